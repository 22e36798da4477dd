"""What carries the doubt about a strain, where people answer by formulas made up here."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import expit, logit

from gutskin.evidence import strain_doubts as room
from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.population.strain_known import member_of
from gutskin.population.strain_traits import TraitValue, strain_traits_of
from gutskin.population.strains import central_shares

TRAITS = strain_traits_of(shipped_biology())
Z = 1.959963984540054


class Posterior:
    """What trials leave open, made up: a quarter of every part."""

    def __init__(self):
        self.loads = []

    def left(self, load):
        self.loads.append(dict(load))
        return {name: 0.25 * part**2 for name, part in load.items()}


@pytest.mark.parametrize(
    ("world", "gain", "left"),
    [
        (
            [0, 0, 1, 1],
            [1.0, 3.0, 5.0, 7.0],
            8.0 - 1.0,
        ),  # of means 2 and 6; a mean of two errs by 1
        ([0, 0, 1, 1], [0.0, 10.0, 1.0, 11.0], 0.0),  # all of it is luck
        ([0, 0, 1], [1.0, 3.0, 6.0], 8.0 - 1.0),  # one alone tells of no luck
        ([0, 0, 0, 2, 2, 2], [1.0, 2.0, 3.0, 5.0, 6.0, 7.0], 8.0 - 1.0 / 3.0),
    ],
)
def test_closed_form_what_the_body_leaves_open_is_without_the_luck_of_few_patients(
    world, gain, left
):
    some = SimpleNamespace(world=np.array(world))
    assert room._of_the_body(np.array(gain), some) == pytest.approx(left)


def test_closed_form_a_trait_is_moved_by_one_standard_deviation_on_its_own_scale():
    axis = TraitValue(0.5, 0.5 - 2 * Z, 0.5 + 2 * Z, "prior")
    assert room.moved_by(TRAITS["regulation"], axis, 1.0) == pytest.approx(2.5)
    assert room.moved_by(TRAITS["regulation"], axis, -1.0) == pytest.approx(-1.5)
    share = TraitValue(0.5, float(expit(-Z)), float(expit(2 * Z)), "prior")
    assert room.moved_by(TRAITS["survival"], share, 1.0) == pytest.approx(expit(2.0), rel=1e-4)
    assert room.moved_by(TRAITS["survival"], share, -1.0) == pytest.approx(expit(-1), rel=1e-4)
    rate = TraitValue(2.0, 2.0 * np.exp(-Z), 2.0 * np.exp(Z / 2), "prior")
    assert room.moved_by(TRAITS["washout_per_day"], rate, 1.0) == pytest.approx(
        2 * np.exp(0.5), rel=1e-4
    )
    assert room.moved_by(TRAITS["washout_per_day"], rate, -1.0) == pytest.approx(2 / np.e, rel=1e-4)


def test_closed_form_a_trait_of_strains_alone_adds_their_variances():
    model = load_model()
    found = room.variance_of(
        model, ["w23", "lgg"], "survival", np.array([3.0, 4.0]), "p", Posterior()
    )
    assert found == {"strain": pytest.approx(25.0)}


def test_closed_form_what_strains_share_adds_before_it_is_squared():
    """Two of one species share all but what is their own; of two classes the product alone."""
    model = load_model()
    shares = central_shares(model)
    rows = model.tables.strains
    first, second = next(
        (a.id, b.id) for a in rows.values() for b in rows.values()
        if a.id < b.id and a.text("species") == b.text("species")
    )  # fmt: skip
    other = next(
        one.id for one in rows.values()
        if one.text("genus_class") != rows[first].text("genus_class")
    )  # fmt: skip
    slopes = np.array([3.0, 4.0])
    alone = room.variance_of(model, [first], "regulation", slopes[:1], "p", None)
    assert sum(alone.values()) == pytest.approx(9.0)
    assert {level: part / 9.0 for level, part in alone.items()} == pytest.approx(shares)
    same = room.variance_of(model, [first, second], "regulation", slopes, "p", None)
    assert same["strain"] == pytest.approx(25.0 * shares["strain"])
    for level in ("product", "class", "species"):
        assert same[level] == pytest.approx(49.0 * shares[level])
    apart = room.variance_of(model, [first, other], "regulation", slopes, "p", None)
    assert apart["product"] == pytest.approx(49.0 * shares["product"])
    for level in ("class", "species", "strain"):
        assert apart[level] == pytest.approx(25.0 * shares[level])


def test_unit_what_trials_leave_is_asked_of_the_posterior():
    model, posterior = load_model(), Posterior()
    found = room.variance_of(model, ["lgg"], "regulation", np.array([-4.0]), "lgg", posterior)
    assert sum(found.values()) == pytest.approx(0.25 * 16.0)
    (load,) = posterior.loads
    assert sum(part**2 for part in load.values()) == pytest.approx(16.0)
    assert all(part < 0 for part in load.values())


class People:
    """Four in each of 24 worlds."""

    world = np.repeat(np.arange(24), 4)

    def __len__(self):
        return len(self.world)


@pytest.fixture
def linear(monkeypatch):
    """People in 24 worlds whose score answers to two traits, and whose bodies differ."""
    found = SimpleNamespace(asked=[], people=People())
    body = np.repeat(np.tile([-1.0, 1.0], 12), 4)  # variance between worlds 24 / 23

    def scores(model, conditions, some, own, gcfu, days):
        found.asked.append((gcfu, days))
        said = 0.5 * own["factor_strain_1"] + 2.0 * logit(own["survival_strain_1"])
        return np.array([30.0 + 7.0 * body + gcfu * (said + body)])  # who is worse gains more

    monkeypatch.setattr(room, "scores", scores)
    monkeypatch.setattr(room, "settled_people", lambda model, asked: found.people)
    return found


def doubts(posterior=None, **now):
    model = load_model()
    member = member_of(model, "lgg", "lgg", None)
    traits = tuple(replace(one, now=now.get(one.id, one.now)) for one in member.traits)
    members = [replace(member, traits=traits)]
    return members[0], room.doubts_of(model, ["lgg"], members, "evidence", "lgg", posterior)


def test_closed_form_what_carries_the_uncertainty_of_an_effect(linear):
    """At 4 GCFU: a unit of the axis moves 2 points, one of the logit of survival 8."""
    member, (told, levels) = doubts()
    known = {one.id: one.now for one in member.traits}
    axis = (2.0 * known["regulation"].sd) ** 2
    lives = known["survival"]
    width = (logit(lives.high) - logit(lives.low)) / (2 * 1.96)
    share, body = (8.0 * width) ** 2, 16.0 * 24 / 23
    parts = {"regulation": axis, "survival": share, "body": body}
    found = {one.id: one.share for one in told}
    assert sum(found.values()) == pytest.approx(1.0)
    for name, part in parts.items():
        assert found[name] == pytest.approx(part / sum(parts.values()), rel=1e-3)
    assert [one.share for one in told] == sorted((one.share for one in told), reverse=True)
    assert {one.id for one in told} == {"body"} | {
        name for name, trait in TRAITS.items()
        if trait.parameter and trait.scale not in ("fixed", "flag")
    }  # fmt: skip
    shares = central_shares(load_model())
    whole = axis + share
    expected = {level: shares[level] * axis / whole for level in shares}
    expected["strain"] += share / whole
    assert levels == pytest.approx(expected, rel=1e-3, abs=1e-6)
    assert {gcfu for gcfu, _ in linear.asked} == {0.0, 4.0}
    assert {days for _, days in linear.asked} == {(84.0,)}


def test_closed_form_what_a_trial_narrowed_counts_from_the_width_before(linear):
    """The axis, known half as well as now, is asked of the posterior by its width before."""
    member, _ = doubts()
    before = next(one.now for one in member.traits if one.id == "regulation")
    narrow = TraitValue(before.value, before.value - Z * before.sd / 2,
                        before.value + Z * before.sd / 2, before.source)  # fmt: skip
    posterior = Posterior()
    _, (told, _) = doubts(posterior, regulation=narrow)
    loads = [sum(part**2 for part in load.values()) for load in posterior.loads]
    assert max(loads) == pytest.approx((2.0 * before.sd) ** 2)
    found = {one.id: one.share for one in told}
    assert found["regulation"] / found["body"] == pytest.approx(before.sd**2 * 23 / 24 / 16)


def test_unit_a_strain_of_which_nothing_is_open_has_no_levels(linear, monkeypatch):
    monkeypatch.setattr(room, "variance_of", lambda *given: {"strain": 0.0})
    _, (told, levels) = doubts()
    assert {one.id: one.share for one in told if one.share} == {"body": 1.0}
    assert set(levels.values()) == {0.0}


def test_closed_form_of_two_in_a_place_each_moves_half_of_what_it_says(linear):
    """Place 1 is that of bb12 and w51, equally strong: 2 points a unit of the mean of both."""
    model, strains = load_model(), ("w23", "w51", "w55", "w56", "w57", "w58", "bb12")
    product = "+".join(sorted(strains))
    members = [member_of(model, one, product, None) for one in strains]
    told, levels = room.doubts_of(model, strains, members, "evidence", product, None)
    shares = central_shares(model)
    (sd,) = {m.traits[-5].now.sd for m in members if m.id in ("w51", "bb12")}
    assert members[0].traits[-5].id == "regulation"
    part = (2.0 * sd) ** 2 * (1 - shares["strain"] / 2)
    found = {one.id: one.share for one in told}
    assert found["regulation"] / found["body"] == pytest.approx(part / (16.0 * 24 / 23), rel=1e-3)
    assert levels["product"] / levels["class"] == pytest.approx(shares["product"] / shares["class"])
