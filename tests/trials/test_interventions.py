"""What an arm receives: its calendar, counted and dated, and what of it reaches the body."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gutskin.model.antibiotics import antibiotics, input_of
from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.model.drugs import drugs
from gutskin.model.topicals import topicals
from gutskin.population.calendar import (
    DoseCalendar,
    Exposure,
    Move,
    injection_count,
    injection_days,
    overlaps,
)
from gutskin.population.drugs import ORAL_INPUT
from gutskin.trials.design import TrialDesign
from gutskin.trials.intervention_parts import INTERVENTIONS
from gutskin.trials.interventions import (
    calendar_of,
    fading_creams,
    moved,
    places_of,
    schedule_of,
)

END = 56.0
OWN = {"emollient": np.array([0.2, 0.9]), "topical_steroid": np.array([0.0, 0.3])}
CARE = {"emollient": 0.2, "topical_steroid": 0.05}
DUPILUMAB = {"kind": "dupilumab", "loading_mg": 600.0, "dose_mg": 300.0, "every_weeks": 2.0}
TABLE = drugs(shipped_biology())
SHARE = TABLE["dupilumab"].number("bioavailability")


def received(*interventions):
    """Interventions as a trial of eight weeks reads them."""
    design = TrialDesign.model_validate(
        {
            "name": "t",
            "population": "ad_child",
            "visits": {"weeks": (0.0, 8.0), "end_week": 8.0},
            "arms": (
                {"name": "a", "n": 2, "interventions": interventions},
                {"name": "b", "n": 2, "control": True},
            ),
            "analysis": {"primary": "scorad", "endpoints": ("scorad",)},
        }
    )
    return design.arms[0].interventions


def schedule(*interventions, adherence=1.0, care=CARE, taken=None):
    its = received(*interventions)
    calendar = calendar_of(its, END, TABLE)
    return schedule_of(
        load_model(),
        calendar,
        places_of(its, load_model().tables),
        OWN,
        care,
        END,
        adherence,
        taken,
    )


def level(found, name, days, otherwise=0.0):
    return found.values(name, days, otherwise).T.tolist()


def test_closed_form_a_mix_is_shared_by_its_strains_and_taken_at_the_share_of_adherence():
    mix = {"kind": "probiotic", "strains": ("w23", "w51"), "cfu_per_day": 4e9, "end_week": 4.0}
    found = schedule(mix, adherence=0.75)
    for place in (1, 2):
        assert level(found, f"dose_strain_{place}", [0, 27.9, 28]) == [1.5, 1.5, 0.0]


def test_closed_form_what_is_missed_of_a_diet_is_eaten_as_usual():
    found = schedule({"kind": "fibre", "factor": 3.0}, adherence=0.5)
    assert level(found, "diet_fibre", [0, 55], 1.0) == [2.0, 2.0]


def test_closed_form_lactulose_is_two_hexose_units_of_171_g_a_mol():
    found = schedule({"kind": "lactulose", "g_per_day": 17.1, "end_week": 4.0}, adherence=0.8)
    assert level(found, "dose_lactulose", [0, 27.9, 28]) == pytest.approx([80.0, 80.0, 0.0])


def test_closed_form_washing_and_tablets():
    washing = {"kind": "washing", "washes_per_day": 4.0, "start_week": 1.0, "end_week": 2.0}
    tablets = {"kind": "antibiotic", "days": 7.0, "start_week": 2.0}
    found = schedule(washing, tablets, adherence=0.5)
    assert level(found, "washing", [6, 7, 14]) == [0.0, 2.5, 0.0]  # once a day where he forgets
    assert level(found, "antibiotic_broad", [13, 14, 20.9, 21]) == [0.0, 0.5, 0.5, 0.0]


@pytest.mark.parametrize("adherence", [1.0, 0.5, 0.0])
@pytest.mark.parametrize("asked", [0.0, 4.0])
def test_closed_form_who_does_not_wash_as_told_washes_as_before(asked, adherence):
    usual = np.array([0.5, 2.0])
    its = received({"kind": "washing", "washes_per_day": asked})
    own = {**OWN, "washing": usual}
    found = schedule_of(load_model(), calendar_of(its, END, TABLE), {}, own, CARE, END, adherence)
    (hold,) = (one for one in found.holds if one.parameter == "washing")
    np.testing.assert_allclose(hold.value, usual + (asked - usual) * adherence)


def test_closed_form_antibiotics_by_name_each_move_their_own_input():
    """Two at a time, of which each is taken at the share of adherence."""
    first = {"kind": "antibiotic", "name": "amoxicillin", "days": 7.0, "start_week": 2.0}
    second = {"kind": "antibiotic", "name": "macrolide", "days": 3.0, "start_week": 2.0}
    found = schedule(first, second, adherence=0.5)
    assert level(found, "antibiotic_amoxicillin", [13, 14, 20.9, 21]) == [0.0, 0.5, 0.5, 0.0]
    assert level(found, "antibiotic_macrolide", [14, 16.9, 17]) == [0.5, 0.5, 0.0]
    assert level(found, "antibiotic_broad", [14]) == [0.0]
    assert {input_of(name) for name in antibiotics(load_model().biology)} <= set(
        moved(load_model())
    )


def test_closed_form_a_cream_never_lowers_what_a_patient_uses_anyway():
    """0.2 and 0.9 of his own, 0.2 more in the trial, and a cream of 0.8 taken at nine tenths."""
    cream = {"kind": "emollient", "level": 0.8, "start_week": 2.0, "end_week": 4.0}
    found = schedule(cream, adherence=0.9)
    assert level(found, "emollient", [0, 14, 28, 55]) == [
        pytest.approx([0.4, 0.72, 0.4, 0.4]),
        [1.0, 1.0, 1.0, 1.0],
    ]
    assert level(found, "topical_steroid", [0, 55])[0] == [0.05, 0.05]


@pytest.mark.parametrize("kind", ["emollient", "topical_steroid"])
def test_closed_form_two_courses_of_one_cream_in_one_arm(kind):
    """With days in between, and one at the heels of another."""
    courses = [
        {"kind": kind, "level": share, "start_week": first, "end_week": last}
        for share, first, last in ((0.6, 6.0, 8.0), (0.7, 1.0, 2.0), (0.9, 2.0, 3.0))
    ]
    found = schedule(*courses, care={})
    days = [0, 7, 14, 21, 42, 55]
    assert level(found, kind, days)[0] == [OWN[kind][0], 0.7, 0.9, OWN[kind][0], 0.6, 0.6]


@pytest.mark.parametrize("kind", ["emollient", "topical_steroid"])
@pytest.mark.parametrize("turned", [False, True])
def test_closed_form_of_a_cream_used_anyway_and_one_by_a_rule_the_stronger_counts(kind, turned):
    """A background was refused beside what is used where the score is high."""
    rule = {"score": "scorad", "at_least": 40.0}
    courses = [
        {"kind": kind, "level": 0.5, "start_week": 1.0, "end_week": 6.0},
        {"kind": kind, "level": 0.3, "start_week": 0.0, "end_week": 2.0, "when": rule},
        {"kind": kind, "level": 0.9, "start_week": 3.0, "end_week": 8.0, "when": rule},
    ]
    found = schedule(*(courses[::-1] if turned else courses), care={})
    own = OWN[kind][0]
    assert level(found, kind, [0, 7, 14, 20, 21, 42, 55])[0] == [
        max(own, 0.3), 0.5, 0.5, 0.5, 0.9, 0.9, 0.9,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("one", "input_"),
    [
        ({"kind": "fibre", "factor": 2.0}, "diet_fibre"),
        ({"kind": "washing", "washes_per_day": 2.0}, "washing"),
        ({"kind": "probiotic", "strains": ("w23",), "cfu_per_day": 2e9}, "dose_strain_1"),
    ],
)
def test_closed_form_two_courses_of_one_thing_that_follow_each_other(one, input_):
    found = schedule({**one, "end_week": 1.0}, {**one, "start_week": 1.0, "end_week": 3.0})
    assert level(found, input_, [0, 7, 20.9]) == [2.0, 2.0, 2.0]


def test_closed_form_injections_by_number_and_day():
    calendar = calendar_of(received(DUPILUMAB), END, TABLE)
    assert [(one.number, one.day, one.amount) for one in calendar.injections] == [
        (0, 0.0, 600.0), (1, 14.0, 300.0), (2, 28.0, 300.0), (3, 42.0, 300.0),
    ]  # fmt: skip
    pulses = schedule(DUPILUMAB).pulses
    assert [one.add for one in pulses] == pytest.approx([SHARE * mg for mg in (600, 300, 300, 300)])


def test_two_regimens_of_one_drug_follow_each_other():
    first = {**DUPILUMAB, "end_week": 4.0}
    second = {**DUPILUMAB, "loading_mg": 200.0, "dose_mg": 200.0, "start_week": 4.0}
    days = [
        (one.day, one.amount) for one in calendar_of(received(first, second), END, TABLE).injections
    ]
    assert days == [(0, 600), (14, 300), (28, 200), (42, 200)]


def test_no_injection_falls_on_an_end_that_is_excluded():
    """Weeks 1, 1.7 ... 6.6: numbers as they are written, not as a processor rounds them."""
    one = {**DUPILUMAB, "every_weeks": 0.7, "start_week": 1.0, "end_week": 7.3}
    days = [each.day for each in calendar_of(received(one), END, TABLE).injections]
    assert days == pytest.approx([7 * (1 + 0.7 * number) for number in range(9)])


TENTHS = st.integers(1, 400).map(lambda tenths: tenths / 10)


@settings(deadline=None)
@given(start=TENTHS, every=TENTHS, count=st.integers(1, 300))
def test_property_an_end_on_the_day_of_an_injection_leaves_it_out(start, every, count):
    end = round(start + count * every, 1)
    assert injection_count(start, end, every) == count
    assert len(injection_days(start, end, every, days=7)) == count
    assert injection_count(start, end + 0.01, every) == count + 1


ADHERENCE = 0.25
TABLET = {"kind": "drug", "name": "abrocitinib", "dose_mg": 200.0}
CREAM = {"kind": "topical", "name": "steroid_medium"}
MOTHERS_MIX = {
    "kind": "maternal_probiotic", "strains": ("w23",), "cfu_per_day": 6e9, "weeks_before_birth": 9,
}  # fmt: skip
# Half of what she takes arrives and a quarter leaves a day: 12 GCFU, heard as 12 / (3 + 12).
HER_GUT = {
    "survival_strain_1": 0.5, "k_leave_strain_1": 0.25, "bifid_strain_1": 1.0,
    "cell_wall_strain_1": 0.2, "viable_strain_1": 1.0, "km_strain": 3.0, "f_own_place": 0.4,
}  # fmt: skip
# Each kind: what is given, the input, its level with every dose taken and with a quarter of them.
TAKEN_OF_EACH_KIND = {
    "probiotic": ({"strains": ("w23", "w51"), "cfu_per_day": 8e9}, "dose_strain_2", 4.0, 1.0),
    "maternal_probiotic": (MOTHERS_MIX, "maternal_strain_signal", 12 / 15, 3 / 6),
    "emollient": ({"level": 0.8}, "emollient", 0.8, 0.2),
    "topical_steroid": ({"level": 0.8}, "topical_steroid", 0.8, 0.2),
    "antibiotic": ({"days": 56.0}, "antibiotic_broad", 1.0, 0.25),
    "fibre": ({"factor": 3.0}, "diet_fibre", 3.0, 1.5),
    "inulin": ({"g_per_day": 16.2}, "dose_inulin", 100.0, 25.0),
    "lactulose": ({"g_per_day": 17.1}, "dose_lactulose", 100.0, 25.0),
    "washing": ({"washes_per_day": 4.0}, "washing", 4.0, 1.75),
    "food_on_skin": ({"level": 0.0}, "food_on_skin", 0.0, 0.75),
    "food_early": ({"level": 2.0}, "food_early", 2.0, 0.5),
    "elimination_diet": ({"level": 0.8}, "food_avoided", 0.8, 0.2),
    "protein": ({"factor": 0.5}, "diet_protein", 0.5, 0.875),
    "allergen": ({"level": 0.2}, "allergen_skin", 0.2, 0.8),
    "pollen": ({"level": 0.5}, "pollen", 0.5, 0.5),  # met, not taken
    "cons_transplant": ({"level": 2.0}, "cons_transplant", 2.0, 0.5),
    "bleach_bath": ({"level": 0.8}, "bleach_bath", 0.8, 0.2),
    "topical": (CREAM, "topical_steroid", 0.8, 0.2),
    "drug": (TABLET, ORAL_INPUT, 0.8, 0.2),
    "dupilumab": (DUPILUMAB, "", 0.0, 0.0),  # injections: see above
}


def test_what_is_not_given_once_a_day_says_how_often():
    """Each piece of a cream used twice a week was counted as a dose a day."""
    twice = {"kind": "topical", "name": "steroid_medium", "use": "twice_weekly"}
    washing = {"kind": "washing", "washes_per_day": 3.0}
    calendar = calendar_of(received(twice, washing), END, TABLE, topicals(shipped_biology()))
    assert {(one.kind, one.per_day) for one in calendar.exposures} == {
        ("topical", 2 / 7), ("washing", 3.0),
    }  # fmt: skip


def test_every_kind_of_intervention_has_its_closed_form_of_adherence():
    assert set(TAKEN_OF_EACH_KIND) == set(INTERVENTIONS)


@pytest.mark.parametrize("kind", sorted(set(INTERVENTIONS) - {"dupilumab"}))
def test_closed_form_what_reaches_the_body_of_all_doses_and_of_a_quarter(kind):
    given_, input_, whole, quarter = TAKEN_OF_EACH_KIND[kind]
    its = received({"kind": kind, **given_})
    calendar = calendar_of(its, END, TABLE, topicals(shipped_biology()))
    nobody = dict.fromkeys(OWN, np.zeros(2))
    level_of = {}
    for share in (1.0, ADHERENCE):
        found = schedule_of(
            load_model(),
            calendar,
            places_of(its, load_model().tables),
            nobody,
            {},
            END,
            share,
            parameters=HER_GUT,
        )
        level_of[share] = np.broadcast_to(found.values(input_, [0.0, 55.9], np.nan), (2, 2))
    if kind in ("topical", "drug"):  # what the table says of it, and a quarter of that
        whole = level_of[1.0][0, 0]
        quarter = whole * ADHERENCE
        assert 0 < whole <= 1
    np.testing.assert_allclose(level_of[1.0], whole, rtol=1e-3)
    np.testing.assert_allclose(level_of[ADHERENCE], quarter, rtol=1e-3)


def test_closed_form_a_cream_is_as_strong_as_ever_however_rarely_it_is_put_on():
    its = received(CREAM)
    calendar = calendar_of(its, END, TABLE, topicals(shipped_biology()))
    found = [schedule_of(load_model(), calendar, {}, OWN, {}, END, share) for share in (1.0, 0.25)]
    whole, quarter = (level(one, "steroid_potency", [0, 55]) for one in found)
    assert whole == quarter
    assert np.ravel(whole).min() > 0


def exposure(dose, start, end):
    return Exposure(dose, "emollient", "emollient", None, start, end, 0.5)


def test_a_calendar_is_sorted_by_time_and_names_strains_once():
    calendar = DoseCalendar((exposure(0, 5.0, 6.0), exposure(1, 1.0, 2.0)))
    assert [one.dose for one in calendar.by_input()["emollient"]] == [1, 0]
    mix = {"kind": "probiotic", "strains": ("w23", "w51"), "cfu_per_day": 4e9, "end_week": 4.0}
    killed = {**mix, "viable": False}
    strains = calendar_of(received(mix, killed, {**mix, "end_week": 8.0}), END, TABLE).strains()
    assert strains == (("w23", True), ("w51", True), ("w23", False), ("w51", False))


SPANS = st.tuples(st.integers(0, 12), st.integers(1, 6)).map(lambda one: (one[0], sum(one)))


@given(st.lists(SPANS, max_size=8))
def test_double_programming_something_overlaps_if_and_only_if_two_do(spans):
    moves = [Move((number,), "", *one) for number, one in enumerate(spans)]
    found = list(overlaps({"input": moves}))
    pairs = [
        (one, other)
        for number, one in enumerate(moves)
        for other in moves[:number]
        if max(one.start, other.start) < min(one.end, other.end)
    ]
    assert bool(found) == bool(pairs)
    assert all(pair in pairs for pair in found)
    assert {one.place for pair in pairs for one in pair} >= {one.place for p in found for one in p}


def test_closed_form_creams_are_put_on_more_rarely_the_longer_ago_a_visit_was():
    """The area under each is that of a + (1 - a) exp(-t / 5), begun anew at every visit."""
    visits = np.array([0.0, 28.0])
    (cream,) = received({"kind": "topical", "name": "steroid_medium"})
    whole = calendar_of([cream], END, TABLE, topicals(shipped_biology()))
    fading = fading_creams(whole, visits, 0.6, 5.0)
    level = [one for one in fading.exposures if one.input == "topical_steroid"]
    edges = [(one.start, one.end) for one in level]
    assert edges[0] == (0.0, 2.0)
    assert all(a[1] == b[0] for a, b in pairwise(edges))
    assert edges[-1] == (48.0, 56.0)
    area = sum(one.level * (one.end - one.start) for one in level)
    assert area == pytest.approx(2 * (0.6 * 28 + 0.4 * 5 * (1 - np.exp(-28 / 5))))
    assert level[0].level > level[4].level
    assert level[5].level == pytest.approx(level[0].level)  # just after the next visit
    potency = [one for one in fading.exposures if one.input == "steroid_potency"]
    assert {one.level for one in potency} == {1.0}  # a cream is as strong as ever
    assert fading_creams(whole, visits, 1.0, 5.0) is whole
    each = fading_creams(whole, visits, 0.6, np.array([5.0, 10.0]))
    first = next(one for one in each.exposures if one.input == "topical_steroid")
    assert first.level[0] == pytest.approx(level[0].level)
    assert first.level[1] > first.level[0]
