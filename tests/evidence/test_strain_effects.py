"""What a strain does by dose, time and age, where people answer by formulas made up here."""

import numpy as np
import pytest

from gutskin.evidence import strain_effects as room
from gutskin.model.compiled import load_model


def people(worlds, each=1):
    world = np.repeat(np.arange(worlds), each)

    class People:
        def __len__(self):
            return len(world)

    found = People()
    found.world = world
    return found


def test_closed_form_the_effect_in_every_people_dose_and_time(monkeypatch):
    """The effect grows with dose and week, falls with the number of the world, and is luck too."""
    asked, told = [], []

    def scores(model, conditions, some, own, gcfu, days):
        asked.append((conditions, gcfu, days))
        luck = np.tile([1.0, -1.0], len(some) // 2)
        said = own["factor_strain_1"] - 40.0  # from -40 to 55
        return np.array([50.0 + gcfu * day * said + luck * 100.0 * gcfu for day in days])

    monkeypatch.setattr(room, "scores", scores)
    monkeypatch.setattr(room, "settled_people", lambda model, one, worlds: people(worlds, 2))
    monkeypatch.setattr(
        room, "strain_traits",
        lambda model, places, products, worlds, seed, stance: told.append(
            (places, products, seed, stance)) or {"factor_strain_1": worlds * 1.0},
    )  # fmt: skip
    steps = []
    found = room.effects_of(load_model(), ["lgg"], "article", 7, lambda: steps.append(1))
    assert told == [({("lgg", True): 1}, [["lgg"]], 7, "article")]
    assert [(one.cfu_per_day, one.weeks) for one in found[:16]] == [
        (dose, week) for dose in (1e9, 4e9, 1e10, 4e10) for week in (4.0, 8.0, 12.0, 24.0)
    ]
    assert [one.population for one in found] == ["ad_child"] * 32 + ["ad_adult"] * 16
    assert [found[place].age_years for place in (0, 16, 32)] == [(1, 3), (3, 13), (18, 55)]
    assert [one.who for one in found[::16]] == [
        "children with atopic dermatitis", "children with atopic dermatitis",
        "adults with atopic dermatitis",
    ]  # fmt: skip
    for one in found:
        times = one.cfu_per_day / 1e9 * one.weeks * 7
        assert one.mean == pytest.approx(times * 7.5)
        assert one.harm == pytest.approx(55 / 96)  # nothing is no harm
        assert -40 <= one.ci95_low / times < -36 < 51 < one.ci95_high / times <= 55
    assert {(conditions.strains, conditions.scorad) for conditions, _, _ in asked} == {
        (("lgg",), None)
    }
    assert asked[0][1:] == (0.0, [28.0, 56.0, 84.0, 168.0])
    assert len(asked) == 3 * 5  # nothing, and four doses
    assert len(steps) == room.STEPS == 12


def test_unit_few_worlds_have_a_mean_and_no_interval(monkeypatch):
    monkeypatch.setattr(room, "WORLDS", 10)
    monkeypatch.setattr(room, "scores", lambda *given: np.full((4, 10), given[4]))
    monkeypatch.setattr(room, "settled_people", lambda model, one, worlds: people(worlds))
    first = room.effects_of(load_model(), ["lgg"], "evidence", 1, lambda: None)[0]
    assert (first.mean, first.ci95_low, first.ci95_high, first.harm) == (1.0, None, None, 1.0)


def test_unit_a_product_is_tried_alive_at_four_gcfu_for_half_a_year():
    for who, (population, ages) in enumerate(
        [("ad_child", (1, 3)), ("ad_child", (3, 13)), ("ad_adult", (18, 55))]
    ):
        asked = room.asked_of(["lgg", "w23"], who)
        assert (asked.strains, asked.viable, asked.cfu_per_day) == (("lgg", "w23"), True, 4e9)
        assert (asked.population, asked.age_years, asked.weeks) == (population, ages, 24.0)
        assert asked.endpoint == "scorad"
