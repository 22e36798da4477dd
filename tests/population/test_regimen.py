"""Dosing regimens in words: what is given of each thing, counted by hand."""

from types import SimpleNamespace
from typing import Any

import pytest

from gutskin.model.biology import shipped_biology
from gutskin.model.drugs import drugs
from gutskin.model.vocabulary import vocabulary
from gutskin.population.calendar import DoseCalendar, Exposure
from gutskin.population.doses import KINDS, calendar_of
from gutskin.population.regimen import Regimen, regimens, to_json

NAMES = vocabulary(shipped_biology())
TABLE = drugs(shipped_biology())


def dose(kind: str, **given: Any) -> Any:
    return KINDS[kind].model_validate({"kind": kind, **given})


def counted(*doses: Any, days: float = 28.0) -> list[tuple[str, str, float, float, int]]:
    """(what, amount, first day, last day, how many) of each regimen."""
    found = regimens(doses, calendar_of(doses, days, TABLE), days, NAMES)
    return [(one.what, one.amount, one.first, one.last, one.doses) for one in found]


def dupilumab(first: float, later: float, start: float = 0.0, end: float = 28.0) -> Any:
    return dose("dupilumab", loading_mg=first, dose_mg=later, every_days=7, start_day=start,
                end_day=end)  # fmt: skip


def test_closed_form_injections_of_one_amount_are_one_regimen():
    assert counted(dupilumab(600, 300)) == [
        ("dupilumab", "600 mg", 0, 0, 1), ("dupilumab", "300 mg", 7, 21, 3),
    ]  # fmt: skip
    assert counted(dupilumab(300, 300)) == [("dupilumab", "300 mg", 0, 21, 4)]
    assert counted(dupilumab(600, 300, end=7)) == [("dupilumab", "600 mg", 0, 0, 1)]
    assert counted(dupilumab(600, 300, start=30, end=60)) == []


def test_unit_each_dose_of_the_file_has_its_own_injections():
    cream = dose("topical_steroid", level=0.5, start_day=0, end_day=7)
    two = (dupilumab(600, 300, end=10), cream, dupilumab(200, 100, start=14, end=22))
    assert counted(*two) == [
        ("dupilumab", "600 mg", 0, 0, 1), ("dupilumab", "300 mg", 7, 7, 1),
        ("topical steroid", "level 0.5", 0, 6, 7),
        ("dupilumab", "200 mg", 14, 14, 1), ("dupilumab", "100 mg", 21, 21, 1),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "given", "what", "amount", "doses"),
    [
        ("probiotic", {"strains": ("w23", "lgg"), "cfu_per_day": 3e9},
         "W23, GG (ATCC 53103)", "3e9 CFU a day", 4),
        ("probiotic", {"strains": ("w23",), "cfu_per_day": 3e9, "viable": False},
         "W23, killed", "3e9 CFU a day", 4),
        ("washing", {"washes_per_day": 2.5}, "washing", "2.5 times a day", 10),
        ("fibre", {"factor": 1.5}, "fibre", "1.5 times the usual", 4),
        ("inulin", {"g_per_day": 10}, "inulin", "10 g a day", 4),
        ("lactulose", {"g_per_day": 12}, "lactulose", "12 g a day", 4),
        ("emollient", {"level": 0.5}, "emollient", "level 0.5", 4),
        ("antibiotic", {"level": 0.5}, "antibiotic", "level 0.5", 4),
        ("antibiotic", {"name": "vancomycin"}, "vancomycin", "level 1", 4),
        ("drug", {"name": "baricitinib"}, "baricitinib", "usual dose", 4),
        ("drug", {"name": "baricitinib", "dose_mg": 2}, "baricitinib", "2 mg a day", 4),
        ("food_early", {"level": 1}, "food early", "level 1", 4),
        ("elimination_diet", {}, "elimination diet", "level 1", 4),
        ("food_on_skin", {"level": 0}, "food on skin", "0 times the usual", 4),
        ("allergen", {"level": 0.5}, "allergen", "0.5 times the usual", 4),
        ("protein", {"factor": 0.5}, "protein", "0.5 times the usual", 4),
    ],
)  # fmt: skip
def test_closed_form_what_lasts_is_counted_by_its_days(kind, given, what, amount, doses):
    one = dose(kind, start_day=3, end_day=7, **given)
    assert counted(one) == [(what, amount, 3, 6, doses)]


@pytest.mark.parametrize(
    ("start", "end", "first", "last", "doses"),
    [
        (3, None, 3, 27, 25),  # to the last day
        (3, 90, 3, 27, 25),
        (3.25, 3.5, 3.25, 3.25, 1),  # less than a day is one all the same
        (3, 6.75, 3, 6, 4),  # most of a day is a day
        (3, 6.25, 3, 6, 3),
        (28, 40, 28, 28, 1),  # begins on the last day
        (28.5, 40, None, None, 0),  # and after it
    ],
)
def test_closed_form_part_of_a_day_and_what_the_end_cuts_off(start, end, first, last, doses):
    ends = {} if end is None else {"end_day": end}
    found = counted(dose("emollient", level=1.0, start_day=start, **ends))
    assert found == ([("emollient", "level 1", first, last, doses)] if doses else [])


def test_closed_form_an_antibiotic_of_a_trial_has_no_level_and_is_a_full_course():
    given = DoseCalendar((Exposure(0, "antibiotic", "antibiotic", None, 3.0, 7.0, 1.0),))
    one = SimpleNamespace(kind="antibiotic", name="vancomycin")
    assert regimens((one,), given, 28.0, NAMES) == (
        Regimen("vancomycin", "full course", 3.0, 6.0, 4),
    )


def test_unit_a_strain_that_is_in_no_table_goes_by_its_id():
    one = dose("probiotic", strains=("mine", "w23"), cfu_per_day=1e9, start_day=0, end_day=1)
    assert counted(one)[0][0] == "mine, W23"


def test_closed_form_single_washes_of_one_length_are_one_regimen_in_the_order_of_time():
    washes = [dose("wash", day=day, minutes=10) for day in (9, 2, 28, 28.5)]
    assert counted(*washes) == [("single wash", "10 min", 2, 28, 3)]
    assert counted(dose("wash", day=29)) == []
    longer = dose("wash", day=5, minutes=20)
    assert counted(washes[0], longer, washes[1]) == [
        ("single wash", "10 min", 9, 9, 1), ("single wash", "20 min", 5, 5, 1),
        ("single wash", "10 min", 2, 2, 1),
    ]  # fmt: skip


def test_closed_form_a_mothers_regimen_is_cut_where_the_child_is_no_longer_followed():
    given = {"strains": ("w23",), "cfu_per_day": 2e9, "start_day": 0}

    def hers(**more: Any) -> tuple[str, str, float, float, int]:
        (found,) = counted(dose("maternal_probiotic", **{**given, **more}))
        return found

    words = ("W23, to the mother", "2e9 CFU a day")
    assert hers(end_day=10.5) == (*words, 0, 10, 10)
    assert hers(end_day=90) == (*words, 0, 27, 28)
    assert hers(weeks_before_birth=2, end_day=7) == (*words, -14, 6, 21)
    assert hers(weeks_before_birth=2, while_nursing=False) == (*words, -14, -1, 14)
    assert hers(end_day=0.25) == (*words, 0, 0, 1)
    assert hers(start_day=3, end_day=10) == (*words, 3, 9, 7)
    assert hers(start_day=3, weeks_before_birth=2, while_nursing=False) == (*words, -14, -1, 14)
    assert counted(dose("maternal_probiotic", viable=False, end_day=7, **given))[0][0] == (
        "W23, killed, to the mother"
    )


def test_unit_a_plan_as_plain_values_has_every_injection_and_wash():
    doses = (dupilumab(600, 300, end=8), dose("wash", day=4, minutes=20), dose("wash", day=2))
    calendar = calendar_of(doses, 28.0, TABLE)
    courses = regimens(doses, calendar, 28.0, NAMES)
    found = to_json(doses, calendar, courses)
    assert found["injections"] == [
        {"day": 0.0, "amount": 600.0, "number": 0, "what": "dupilumab"},
        {"day": 7.0, "amount": 300.0, "number": 1, "what": "dupilumab"},
    ]
    assert found["washes"] == [{"day": 4.0, "minutes": 20.0}, {"day": 2.0, "minutes": 10.0}]
    assert found["courses"][0] == {
        "what": "dupilumab", "amount": "600 mg", "first": 0.0, "last": 0.0, "doses": 1,
    }  # fmt: skip
