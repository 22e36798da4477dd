"""What is eaten within a day: sums of doses, holds and courses by hand."""

import math
from types import SimpleNamespace as Dose

import pytest

from gutskin.population.daily_totals import Given, given_of_a_day, total_problems


def eaten(kind, grams, start=0.0, end=math.inf):
    return Dose(kind=kind, g_per_day=grams, start_day=start, end_day=end)


def told_of_a_day(*doses):
    given = given_of_a_day(dict(enumerate(doses)), {}, {}, 9.0)
    return [(number, key, what) for (_, number, key), what, _ in total_problems(given)]


def test_closed_form_what_is_eaten_within_a_day_adds_up_by_its_kind():
    """As much inulin as a person can eat in a day is 370 mmol of hexose, 60 g."""
    assert told_of_a_day(eaten("inulin", 60.0), eaten("lactulose", 60.0)) == []
    ((number, key, what),) = told_of_a_day(eaten("lactulose", 50.0), eaten("inulin", 61))
    assert (number, key) == (1, "g_per_day")
    assert what == "`g_per_day` comes to 61 within a day, more than a person can eat (0 to 60)."
    # one ends as the other begins; 59 g in six hours; 61 g in six hours
    assert told_of_a_day(eaten("inulin", 60.0, 2.0, 3.0), eaten("inulin", 60.0, 3.0)) == []
    assert told_of_a_day(eaten("inulin", 236.0, 0.0, 0.25)) == []
    assert [number for number, *_ in told_of_a_day(eaten("inulin", 244.0, 0.0, 0.25))] == [0]


def test_closed_form_the_day_that_begins_with_a_dose_is_the_day_that_counts():
    """From day 0: 40 g and half of 50; from day 0.5: half of 40 and all of 50."""
    half = eaten("inulin", 40.0, 0.0, 1.0), eaten("inulin", 50.0, 0.5, 9.0)
    ((number, _, what),) = told_of_a_day(*half)
    assert (number, "comes to 70 within a day" in what) == (1, True)
    assert told_of_a_day(eaten("inulin", 99.0, 0.0, None)) == []  # told elsewhere
    assert told_of_a_day(Dose(kind="emollient", level=1.0, start_day=0.0, end_day=9.0)) == []


@pytest.mark.parametrize("start", [0.0, 1.1, 2.3, 5.123, 7.77])
def test_property_rounding_refuses_nobody_what_is_just_within(start):
    """From 2.3 on a day is a little longer than one, in binary numbers."""
    assert told_of_a_day(eaten("inulin", 60.0, start, 9.0)) == []
    assert told_of_a_day(eaten("lactulose", 100.0, start, 9.0)) == []


def test_closed_form_a_course_is_the_area_under_its_lines():
    peak = Given(("courses", 0), "", 1.0, (1.0, 1.5, 2.0), (0.0, 8.0, 2.0), for_good=True)
    assert [peak.within(day) for day in (0.0, 1.0, 1.5, 5.0)] == [0.0, 4.5, 3.5, 2.0]
    hold = Given(("holds", 0), "", 1.0, (1.0, 1.25), (8.0, 8.0))
    assert [hold.within(day) for day in (0.0, 0.125, 1.125, 2.0)] == [0.0, 1.0, 1.0, 0.0]


def test_closed_form_what_is_usual_is_taken_while_nothing_moves_it():
    """Half a day at 500 and half a day at the habit of 300: 400 mmol."""
    hold = Dose(parameter="dose_inulin", start_day=0.0, end_day=0.5, value=500.0)
    given = given_of_a_day({}, {0: hold}, {}, 9.0)
    ((place, what, _),) = total_problems(given, {"dose_inulin": 300.0})
    assert place == ("holds", 0, "value")
    assert "dose_inulin comes to 400 within a day" in what
    assert [*total_problems(given, {"dose_inulin": 200.0})] == []
    assert [*total_problems(given)] == []


def test_rule_what_is_not_counted_by_the_day_or_is_wrong_elsewhere_is_left_out():
    no_end = Dose(parameter="dose_inulin", days=(0.0, math.inf), values=(0.0, 9e9))
    back = Dose(parameter="dose_inulin", days=(1.0, 0.0), values=(9e9, 9e9))
    other = Dose(parameter="pollen", days=(0.0, 1.0), values=(9e9, 9e9))
    assert given_of_a_day({}, {}, dict(enumerate((no_end, back, other))), 9.0) == []
