"""A mixture beside its members: what must hold whatever the numbers of the priors are."""

import numpy as np
import pytest

from gutskin.evidence import mixtures
from gutskin.evidence.mixtures import CASES, STEPS, Mixture, beside_members, compared
from gutskin.evidence.running import Group
from gutskin.model.compiled import load_model


def test_closed_form_numbers_of_a_mixture_of_two():
    alone = np.array([[-1.0, -3.0, 1.0, 2.0], [-2.0, -1.0, 3.0, -4.0]])
    found = Mixture(("a", "b"), alone.mean(axis=0), alone).numbers()
    assert found["effect of the mixture"][0] == pytest.approx(-0.625)
    assert found["effect of a member"][0] == pytest.approx(-0.625)
    assert found["better than the best member"][0] == 0.0
    assert found["harm by the mixture"][0] == 0.25
    assert found["harm by a member"] == (0.375, 0.25, 0.5)
    assert found["better than the median member"][0] == 0.0


def test_closed_form_a_mean_over_worlds_has_the_interval_of_a_mean():
    """Four worlds at -3, -1, 1 and 3: sd is the root of 5, the error that over 2."""
    mixed = np.array([-3.0, -1.0, 1.0, 3.0]) - 5.0
    alone = np.stack([2 * mixed, np.zeros(4)])
    half = 1.96 * np.sqrt(5.0) / 2
    found = Mixture(("a", "b"), mixed, alone).numbers()
    for name in ("effect of the mixture", "effect of a member"):
        assert found[name] == pytest.approx((-5.0, -5.0 - half, -5.0 + half))


def test_closed_form_the_spread_is_told_beside_each_member():
    mixed = np.array([-3.0, -1.0, 1.0, 3.0])
    alone = np.stack([mixed[::-1] * 4, mixed[::-1] * 2 + 7.0])  # in other worlds
    found = Mixture(("a", "b"), mixed, alone).numbers()["spread over that of a member"]
    assert found == pytest.approx((0.375, 0.25, 0.5))


@pytest.fixture
def asked(monkeypatch):
    """What `compared` asks of the engine; each strain moves the score by its own number."""
    found = {}
    moved = {"w23": -2.0, "w56": 4.0}

    class Seen:
        def __init__(self, arm):
            strains = arm.doses[0].strains if arm.doses else ()
            self.change = sum(moved[name] for name in strains) / max(1, len(strains))

        def quantity(self, name):
            found["read"] = name
            last = np.array([10.0, 20.0, 30.0, 50.0]) + self.change * np.array([1.0, 3.0, 1.0, 1.0])
            return np.stack([np.full(4, 99.0), np.full(4, 77.0), last])

    def run_arms(one, arms, setting, extra, times):
        found.update(one=one, arms=arms, setting=setting, extra=extra, times=times)
        group = Group(np.zeros((4, 3), np.uint32), np.array([0, 0, 1, 1]))
        return group, {name: Seen(arm) for name, arm in arms.items()}

    monkeypatch.setattr(mixtures, "run_arms", run_arms)
    return found


def test_closed_form_the_change_against_nothing_is_a_mean_of_each_world(asked):
    told = compared(load_model(), ("w23", "w56"), 4e9)
    assert told.members == ("w23", "w56")
    np.testing.assert_allclose(told.mixed, [2.0, 1.0])  # of 1 and 3 times 1, of 1 and 1
    np.testing.assert_allclose(told.alone, [[-4.0, -2.0], [8.0, 4.0]])


def test_unit_members_are_given_the_dose_of_the_whole_to_the_same_people(asked):
    compared(
        load_model(), ("w23", "w56"), 4e9, weeks=3, population="ad_adult", scorad=(15.0, 60.0),
        quantity="itch_score", worlds=9, patients=2, seed=5, stance="article",
        always={"f_own_place": 0.0}, off=("M07",),
    )  # fmt: skip
    one, arms = asked["one"], asked["arms"]
    assert (one.days, one.worlds, one.patients, one.scorad) == (21, 9, 2, (15.0, 60.0))
    assert one.one_body
    assert (asked["times"], asked["extra"], asked["read"]) == ([0.0, 21.0], {}, "itch_score")
    assert {"itch_score", "scorad"} <= set(asked["setting"].seen)
    assert (asked["setting"].seed, asked["setting"].stance) == (5, "article")
    assert {name: [dose.strains for dose in arm.doses] for name, arm in arms.items()} == {
        "nothing": [], "mixture": [("w23", "w56")], "w23": [("w23",)], "w56": [("w56",)],
    }  # fmt: skip
    for arm in arms.values():
        assert (arm.population, arm.always, arm.off_always) == (
            "ad_adult", {"f_own_place": 0.0}, ("M07",),
        )  # fmt: skip
        assert all((dose.cfu_per_day, dose.start_day) == (4e9, 0.0) for dose in arm.doses)


def test_unit_who_is_compared_where_nothing_is_said(asked):
    """Children with at least moderate disease, for eight weeks: as the trials of such products."""
    compared(load_model(), ("w23", "w56"), 4e9)
    one = asked["one"]
    assert (one.days, one.worlds, one.patients, one.scorad) == (56, 256, 4, (25.0, 103.0))
    assert (asked["setting"].seed, asked["setting"].stance) == (1, "evidence")
    assert {arm.population for arm in asked["arms"].values()} == {"ad_child"}
    assert all(arm.always == {} and arm.off_always == () for arm in asked["arms"].values())


def test_unit_a_mixture_stands_beside_each_member_and_itself_without_what_sets_them_apart(
    monkeypatch,
):
    """Two worlds; without places of their own the mixture does half."""
    asked, steps = [], []

    def told(model, strains, cfu_per_day, **rest):
        asked.append((tuple(strains), cfu_per_day, rest))
        mixed = np.array([-4.0, -2.0]) * (0.5 if rest["always"] else 1.0)
        return Mixture(tuple(strains), mixed, np.array([[-3.0, -2.0], [1.0, -2.0]]))

    monkeypatch.setattr(mixtures, "compared", told)
    found = beside_members(
        load_model(), ("w23", "w56"), "article", 7, lambda: steps.append(1), cfu_per_day=1e9,
        weeks=3,
    )  # fmt: skip
    assert (found.cfu_per_day, found.weeks, len(steps)) == (1e9, 3, STEPS)
    assert found.members == {"w23": -2.5, "w56": -0.5}
    assert found.harm == {"w23": 0.0, "w56": 0.5}
    assert list(found.cases) == [mixtures.AS_IT_IS, mixtures.NO_PLACES, mixtures.ONE_AXIS]
    effects = [one["effect of the mixture"][0] for one in found.cases.values()]
    assert effects == [-3.0, -1.5, -3.0]
    for case, (strains, dose, rest) in zip(found.cases, asked, strict=True):
        assert (strains, dose, rest["weeks"]) == (("w23", "w56"), 1e9, 3)
        assert (rest["stance"], rest["seed"]) == ("article", 7)
        assert (rest["always"], rest["off"]) == CASES[case]


@pytest.mark.slow
def test_a_mixture_harms_less_often_than_its_members_and_lies_between_them():
    found = compared(load_model(), ("w23", "w56", "w58"), 4e9, weeks=4, worlds=48, patients=1,
                     scorad=(15.0, 103.0))  # fmt: skip
    numbers = found.numbers()
    assert numbers["harm by the mixture"][0] < numbers["harm by a member"][0]
    assert numbers["spread over that of a member"][0] < 1.0
    assert numbers["better than the best member"][0] < 0.25
