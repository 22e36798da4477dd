"""Which tiers of a usual dose people of some ages and weights can come to."""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from gutskin.model.biology import shipped_biology
from gutskin.model.drugs import Tier, drugs, tiers_of
from gutskin.population.calendar import DoseCalendar, Exposure, Injection
from gutskin.population.drugs import in_tier
from gutskin.population.reached_tiers import ANY, reached, tiers_reached

SHIPPED = shipped_biology()
DUPILUMAB = tiers_of(drugs(SHIPPED)["dupilumab"])


def given_to(tiers, drug="dupilumab"):
    return DoseCalendar(
        injections=tuple(Injection(0, drug, "drug_1_depot", 0, 0.0, one.dose, one) for one in tiers)
    )


def left(ages, weights=None, tiers=DUPILUMAB):
    found = reached(given_to(tiers), SHIPPED, ages, weights)
    return [one.people.people for one in found.injections]


@pytest.mark.parametrize(
    ("ages", "weights", "people"),
    [
        ((18, 55), None, ["from 18 years"]),
        ((30, 30), (500, 500), ["from 18 years"]),
        ((6, 6), (20, 20), ["6 to 18 years, 15 to 30 kg"]),
        ((8, 8), (30, 30), ["6 to 18 years, 30 to 60 kg"]),  # on an end the heavier
        ((12, 18), (60, 100), ["6 to 18 years, from 60 kg"]),  # nobody is just as old as an end
        ((12, 18.5), (60, 100), ["6 to 18 years, from 60 kg", "from 18 years"]),
        ((0.1, 0.1), None, ["0.5 to 6 years, 5 to 15 kg"]),  # the nearest, where none fits
        (ANY, ANY, [one.people for one in DUPILUMAB]),
    ],
)
def test_unit_a_calendar_keeps_what_somebody_there_is_given(ages, weights, people):
    assert left(ages, weights) == people


def test_unit_weights_are_those_of_the_ages_where_none_are_given():
    assert left((6, 7.5)) == ["6 to 18 years, 15 to 30 kg", "6 to 18 years, 30 to 60 kg"]


def test_unit_what_is_for_everybody_stays():
    own = Injection(0, "dupilumab", "drug_1_depot", 0, 0.0, 300.0)
    tablet = Exposure(1, "baricitinib", "oral_jak", None, 0.0, 9.0, 0.2)
    calendar = DoseCalendar((tablet,), (own,))
    assert reached(calendar, SHIPPED, (1, 1), (9, 9)) == calendar


def test_unit_tablets_have_tiers_too():
    (tier,) = tiers_of(drugs(SHIPPED)["baricitinib"])
    tablet = Exposure(0, "baricitinib", "oral_jak", None, 0.0, 9.0, 0.2, tier)
    assert reached(DoseCalendar((tablet,)), SHIPPED, (20, 30)).exposures == (tablet,)


ENDS = st.sampled_from([0.0, 2.0, 5.0, 6.0, 12.0, 18.0, 40.0])
TIERS = st.lists(
    st.tuples(ENDS, st.sampled_from([1.0, 4.0, math.inf]), ENDS, st.sampled_from([3.0, math.inf])),
    min_size=1, max_size=5, unique=True,
)  # fmt: skip


@given(tiers=TIERS, age=st.floats(0, 60), kg=st.floats(0, 60), wider=st.floats(0, 20))
def test_property_whoever_is_in_the_range_finds_his_dose_in_it(tiers, age, kg, wider):
    every = [
        Tier(low, low + long, light, light + broad, 1.0, 1, float(number), 2.0)
        for number, (low, long, light, broad) in enumerate(tiers)
    ]
    assume(age % 0.5 and kg % 0.5)  # the ends, and halfway between two
    his = [one for one in every if np.all(in_tier(one, every, age, kg))]
    ages, weights = (max(0.0, age - wider), age + wider), (max(0.0, kg - wider), kg + wider)
    assert set(his) <= tiers_reached(every, ages, weights)
    assert tiers_reached(every, (age, age), (kg, kg)) == set(his)


def test_closed_form_between_two_tiers_the_nearer_is_reached():
    young = Tier(0.0, 2.0, 0.0, math.inf, 1.0, 1, 1.0, 2.0)
    old = Tier(10.0, 20.0, 0.0, math.inf, 1.0, 1, 2.0, 2.0)
    found = [tiers_reached((young, old), (3.0, last), (10.0, 10.0)) for last in (5.9, 6.5)]
    assert found == [{young}, {young, old}]  # from six years on the older is nearer
