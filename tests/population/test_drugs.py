"""Drugs in the body: levels against closed forms, who gets which dose, what is refused."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from gutskin.engine import Pulse, Schedule, simulate
from gutskin.errors import InputError
from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.model.drugs import TARGETS, drugs, tiers_of
from gutskin.population.doses import Drug, Dupilumab, calendar_of
from gutskin.population.drugs import (
    drug_places,
    drug_problems,
    drug_traits,
    in_tier,
    neutralised,
    occupancy,
    one_level,
    placed_drugs,
    share_given,
)
from gutskin.population.streams import patient_keys

TABLE = drugs(shipped_biology())
MODEL = load_model()


def dose(name, **given):
    return Drug(kind="drug", name=name, start_day=0.0, **given)


def levels(doses, times, weight=75.0, **own):
    """Levels in the blood of one healthy adult (mg/L) in both places, and what is taken away."""
    values = dict(MODEL.values()) | drug_traits(MODEL.biology, drug_places(doses, TABLE))
    values |= {"body_weight": weight, **own}
    calendar = calendar_of(doses, float(times[-1]), TABLE)
    pulses = [
        Pulse(one.state, one.day, one.amount * share_given(one, TABLE, values))
        for one in calendar.injections
    ]
    courses = simulate(
        MODEL, values, MODEL.initial(), Schedule(pulses=tuple(pulses)), times,
        rtol=1e-8, atol=1e-9 * MODEL.scales,
    )  # fmt: skip
    names = ("drug_1_level", "drug_2_level", *(f"blocked_{name}" for name in TARGETS))
    return dict(zip(names, courses.quantities(names)[:, :, 0].T, strict=True))


def two_compartments(ka, k10, k12, k21, volume, amount, times):
    """Level after one dose under the skin, two compartments, all loss linear."""
    total, product = k10 + k12 + k21, k10 * k21
    root = math.sqrt(total**2 - 4 * product)
    alpha, beta = (total + root) / 2, (total - root) / 2
    a = (k21 - alpha) / ((ka - alpha) * (beta - alpha))
    b = (k21 - beta) / ((ka - beta) * (alpha - beta))
    c = (k21 - ka) / ((alpha - ka) * (beta - ka))
    course = a * np.exp(-alpha * times) + b * np.exp(-beta * times) + c * np.exp(-ka * times)
    return amount * ka / volume * course


TIMES = np.array([0.0, 0.5, 2.0, 7.0, 14.0, 28.0, 56.0])


@pytest.mark.parametrize("weight", [70.0, 20.0, 120.0])
def test_closed_form_two_compartments_with_absorption_scaled_by_weight(weight):
    row = TABLE["lebrikizumab"]
    found = levels([dose("lebrikizumab", dose_mg=250.0, every_weeks=52.0)], TIMES, weight)
    ratio = weight / 70.0
    volume = 4.1 * ratio**0.814
    k10 = row.number("ke") * ratio ** (1.0 - 0.814)
    expected = two_compartments(
        0.239, k10, row.number("k12"), row.number("k21"), volume, 250 * 0.856, TIMES
    )
    np.testing.assert_allclose(found["drug_1_level"], expected, rtol=1e-5, atol=1e-7)
    assert (found["drug_2_level"] == 0.0).all()


def test_closed_form_by_vein_the_first_level_is_dose_over_volume():
    found = levels([dose("fezakinumab", dose_mg=600.0, every_weeks=52.0)], TIMES, 70.0)
    assert found["drug_1_level"][0] == pytest.approx(600.0 / 3.5)


def test_double_programming_dupilumab_through_a_place_is_as_it_was():
    """Linear and saturable loss as the fragment of one drug had them, integrated by scipy."""
    ka, ke, k12, k21, volume, vmax, km = 0.254, 0.0459, 0.0652, 0.129, 2.74, 0.968, 0.5

    def rate(_, state):
        depot, central, tissue = state
        level = central / volume
        lost = ke * central + vmax * volume * level / (km + level)
        return (
            -ka * depot,
            ka * depot - lost - k12 * central + k21 * tissue,
            k12 * central - k21 * tissue,
        )

    state, expected = np.array([0.607 * 600, 0.0, 0.0]), [0.0]
    for _ in range(8):
        solved = solve_ivp(rate, (0, 14), state, rtol=1e-10, atol=1e-10, method="LSODA")
        state = solved.y[:, -1] + np.array([0.607 * 300, 0.0, 0.0])
        expected.append(state[1] / volume)
    times = np.arange(0.0, 113.0, 14.0)
    short = [Dupilumab(kind="dupilumab", loading_mg=600, dose_mg=300, every_days=14, start_day=0)]
    usual = [dose("dupilumab")]
    for doses in (short, usual):
        found = levels(doses, times)
        np.testing.assert_allclose(found["drug_1_level"], expected, rtol=1e-4)
        bound = np.array(expected) / (6.0 + np.array(expected))
        np.testing.assert_allclose(found["blocked_il4ra"], bound, rtol=1e-4)
    assert 60 < expected[-1] < 80  # trough of week 16 in adults


def test_closed_form_two_antibodies_take_what_the_other_leaves():
    both = [dose("lebrikizumab"), dose("tralokinumab")]
    found = levels(both, TIMES)
    one = found["drug_1_level"] / (0.8 + found["drug_1_level"])
    two = found["drug_2_level"] / (100.0 + found["drug_2_level"])
    assert (found["drug_2_level"][1:] > 0).all()
    np.testing.assert_allclose(found["blocked_il13"], 1 - (1 - one) * (1 - two), rtol=1e-6)
    assert (found["blocked_il4ra"] == 0.0).all()


def test_closed_form_what_antibodies_against_it_take_away():
    less = levels([dose("lebrikizumab")], TIMES, neutralised_drug_1=0.7)
    free = 0.3 * less["drug_1_level"]
    np.testing.assert_allclose(less["blocked_il13"], free / (0.8 + free), rtol=1e-6)


def test_closed_form_occupancy_by_a_tablet():
    assert occupancy(TABLE["abrocitinib"], 200.0) == pytest.approx(0.62, abs=0.005)
    assert occupancy(TABLE["abrocitinib"], 100.0) == pytest.approx(0.51, abs=0.005)
    assert occupancy(TABLE["baricitinib"], 4.0) == pytest.approx(0.42, abs=0.005)
    (found,) = calendar_of([dose("abrocitinib", dose_mg=100.0)], 28.0, TABLE).exposures
    assert (found.input, found.start, found.end) == ("oral_jak", 0.0, math.inf)
    assert found.level == pytest.approx(0.51, abs=0.005)


WHO = [  # years, kg, loading, dose, days
    (1.0, 9.0, 200, 200, 28), (4.0, 15.0, 300, 300, 28), (5.9, 40.0, 300, 300, 28),
    (6.0, 20.0, 600, 300, 28), (9.0, 30.0, 400, 200, 14), (17.0, 59.9, 400, 200, 14),
    (17.0, 60.0, 600, 300, 14), (18.0, 45.0, 600, 300, 14), (0.1, 4.0, 200, 200, 28),
    (8.0, 10.0, 600, 300, 28),
]  # fmt: skip


def test_closed_form_who_gets_which_dose_of_dupilumab():
    """On an edge the older and heavier tier; who fits none gets the nearest of his age."""
    calendar = calendar_of([dose("dupilumab")], 60.0, TABLE)
    people = {
        "age_at_start": np.array([one[0] for one in WHO]) * 365.25,
        "body_weight": np.array([one[1] for one in WHO]),
    }
    given = [(one, share_given(one, TABLE, people) / 0.607) for one in calendar.injections]
    for place, (_, _, loading, later, days) in enumerate(WHO):
        mine = [(one.day, round(one.amount * share[place], 6)) for one, share in given]
        later_days = [(float(day), later) for day in range(days, 61, days)]
        assert [one for one in mine if one[1]] == [(0.0, loading), *later_days]


def test_property_everybody_is_in_one_tier():
    tiers = tiers_of(TABLE["dupilumab"])
    age, kg = (one.ravel() for one in np.meshgrid(np.linspace(0, 60, 61), np.linspace(2, 150, 75)))
    shares = np.stack([in_tier(one, tiers, age, kg) for one in tiers])
    assert (shares.sum(axis=0) == 1.0).all()


def test_unit_a_tablet_of_several_tiers_is_one_level():
    row = TABLE["abrocitinib"]
    two = type(row)({**row.cells, "doses": "12;18;;;;;100;|18;;;;;;200;"}, row.file, row.line)
    table = {**TABLE, "abrocitinib": two}
    exposures = calendar_of([dose("abrocitinib")], 28.0, table).exposures
    people = {"age_at_start": np.array([14.0, 30.0]) * 365.25, "body_weight": np.array([50.0, 70])}
    (found,) = one_level(exposures, table, people)
    assert found.level == pytest.approx([occupancy(row, 100.0), occupancy(row, 200.0)])
    assert found.people is None


def problems(*doses, youngest=30.0):
    return list(drug_problems(dict(enumerate(doses)), shipped_biology(), youngest))


@pytest.mark.parametrize(
    ("given", "youngest", "place", "says"),
    [
        (dose("dupilumab", dose_mg=300.0), 30.0, (0, "dose_mg"), "how often dupilumab is given"),
        (dose("dupilumab", loading_mg=600.0), 30.0, (0, "loading_mg"), "without `dose_mg`"),
        (dose("dupilumab", every_weeks=2.0), 30.0, (0, "every_weeks"), "without `dose_mg`"),
        (dose("abrocitinib", dose_mg=100.0, every_weeks=1.0), 30.0, (0, "every_weeks"),
         "abrocitinib is a tablet of every day"),
        (dose("tralokinumab"), 12.0, (0, "name"), "from 18 years on; the youngest here are 12"),
        (dose("dupilumab"), 0.25, (0, "name"), "from 0.5 years on; the youngest here are 0.25"),
    ],
)  # fmt: skip
def test_a_dose_that_nobody_could_give_is_refused(given, youngest, place, says):
    ((found, what, remedy),) = [
        one for one in problems(given, youngest=youngest) if one[0][1] != "kind"
    ]
    assert found == place
    assert says in what
    assert remedy


def test_a_dose_of_ones_own_is_given_at_any_age():
    own = dose("dupilumab", dose_mg=100.0, every_weeks=4.0)
    assert problems(own, dose("abrocitinib", dose_mg=100.0), youngest=0.3)[:0] == []
    assert [one for one in problems(own, youngest=0.3) if "years" in one[1]] == []


def test_a_third_antibody_has_no_place():
    three = [dose("dupilumab"), dose("amlitelimab"), dose("omalizumab")]
    ((place, what, _),) = problems(*three)
    assert place == (2, "kind")
    assert "3 antibodies are given (dupilumab, amlitelimab, omalizumab)" in what
    with pytest.raises(InputError, match="3 antibodies"):
        drug_places(three, TABLE)
    assert drug_places([*three[:2], dose("abrocitinib"), dose("dupilumab")], TABLE) == {
        "dupilumab": 1, "amlitelimab": 2,
    }  # fmt: skip


def test_a_drug_of_which_nothing_is_read_is_refused(monkeypatch):
    monkeypatch.setattr("gutskin.population.drugs.unread_targets", lambda row, _: ("il33",))
    ((place, what, _),) = problems(dose("etokimab"))
    assert place == (0, "kind")
    assert what == "etokimab acts on il33, and no equation of this model reads that."


def test_what_is_wrong_elsewhere_is_told_elsewhere():
    unknown = SimpleNamespace(kind="drug", name="nothing")
    cream = SimpleNamespace(kind="emollient")
    assert problems(unknown, cream) == []


def test_closed_form_the_half_effective_level_is_drawn_within_its_width():
    worlds = np.arange(4000)
    found = placed_drugs(MODEL, [dose("amlitelimab"), dose("dupilumab")], worlds, 1)
    drawn = np.log(found["ec50_drug_2"])
    assert np.median(drawn) == pytest.approx(np.log(6.0), abs=0.03)
    assert np.quantile(drawn, [0.025, 0.975]) == pytest.approx(np.log([3.0, 12.0]), abs=0.06)
    alone = placed_drugs(MODEL, [dose("dupilumab")], worlds, 1)
    np.testing.assert_array_equal(alone["ec50_drug_1"], found["ec50_drug_2"])
    assert (found["v_drug_1"] == 3.46).all()
    assert placed_drugs(MODEL, [], worlds, 1) == {}


def test_closed_form_who_makes_antibodies_against_a_drug():
    """A share of the patients, from eight weeks after their first injection, in its place."""
    keys = patient_keys(0, "a", 5000)
    calendar = calendar_of([dose("dupilumab")], 112.0, TABLE)
    (found,) = neutralised(MODEL, calendar, {"dupilumab": 2}, 1, keys, 112.0)
    assert (found.parameter, found.start, found.end) == ("neutralised_drug_2", 56.0, 112.0)
    assert set(np.unique(found.value)) == {0.0, 0.7}
    assert np.mean(np.asarray(found.value) > 0) == pytest.approx(0.02, abs=0.008)
    assert neutralised(MODEL, calendar, {"dupilumab": 2}, 1, keys, 56.0) == []
