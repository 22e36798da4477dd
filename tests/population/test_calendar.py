"""What a person is given: counted and dated with the numbers as they are written."""

import math

import pytest

from gutskin.population.calendar import (
    ALWAYS,
    DoseCalendar,
    Exposure,
    Move,
    in_days,
    injection_count,
    injection_days,
    overlaps,
    span,
)


def exposure(start, name="emollient", strain=None):
    return Exposure(0, "kind", name, strain, start, start + 1.0, 1.0)


def move(place, start, end):
    return Move((place,), str(place), start, end)


def pairs(*moves, more=()):
    found = overlaps({"washing": moves, "emollient": more})
    return [(later.words, earlier.words) for later, earlier in found]


@pytest.mark.parametrize(
    ("start", "end", "every", "count"),
    [
        (0, 14, 14, 1), (0, 15, 14, 2), (0, 28, 14, 2), (3.5, 3.5, 1, 0), (5, 3, 1, 0),
        (0, 0.3, 0.1, 3), (1, 1.3, 0.1, 3), (0.1, 0.8, 0.7, 1), (0, 1e-3, 1e-4, 10),
    ],
)  # fmt: skip
def test_closed_form_an_injection_falls_on_its_first_day_and_none_on_the_end(
    start, end, every, count
):
    assert injection_count(start, end, every) == count
    days = injection_days(start, end, every)
    assert len(days) == count
    assert days == pytest.approx([start + n * every for n in range(count)])
    assert all(start <= day < end for day in days)


def test_closed_form_weeks_are_seven_days_and_the_last_day_is_included():
    assert injection_days(0, 4, 2, days=7) == [0.0, 14.0]
    assert injection_days(0, math.inf, 2, days=7, last=28) == [0.0, 14.0, 28.0]
    assert injection_days(1, math.inf, 2, days=7, last=20.9) == [7.0]
    assert injection_days(1, math.inf, 2, days=7, last=6.9) == []
    assert injection_days(0, 2, 1, days=7, last=100) == [0.0, 7.0]
    assert injection_days(0, 20, 1, days=7, last=8) == [0.0, 7.0]
    assert injection_days(3, math.inf, 1, last=1) == []


def test_closed_form_units_of_days_are_exact():
    assert in_days(0.7, 7.0) == 4.9  # 0.7 * 7 is a little less on a computer
    assert in_days(math.inf, 7.0) == math.inf


def test_unit_what_an_exposure_moves():
    assert exposure(0).moves == "emollient"
    assert exposure(0, "", ("w23", True)).moves == "strain w23"
    assert exposure(0, "", ("w23", False)).moves == "killed strain w23"


def test_unit_a_calendar_by_input_and_by_strain():
    late, early, other = exposure(9.0), exposure(1.0), exposure(2.0, "pollen")
    first, again = exposure(3.0, "", ("w51", True)), exposure(5.0, "", ("w51", True))
    killed = exposure(0.0, "", ("w51", False))
    calendar = DoseCalendar((late, first, other, early, again, killed))
    assert calendar.by_input() == {"emollient": [early, late], "pollen": [other]}
    assert calendar.strains() == (("w51", True), ("w51", False))


def test_unit_what_ends_when_the_next_begins_does_not_overlap():
    assert pairs(move("a", 0, 7), move("b", 7, 14)) == []
    assert pairs(move("b", 7, 14), move("a", 0, 7)) == []
    assert pairs(move("a", 0, 7.5), move("b", 7, 14)) == [("b", "a")]
    assert pairs(move("a", 7, 14), move("b", 0, 7.5)) == [("b", "a")]
    assert pairs(move("a", 0, 7), more=[move("b", 0, 7)]) == []  # of another input


def test_unit_each_is_compared_with_the_longest_before_it():
    assert pairs(move("a", 0, 30), move("b", 1, 2), move("c", 10, 11)) == [("b", "a"), ("c", "a")]
    assert pairs(move("a", 0, 5), move("b", 1, 20), move("c", 10, 11)) == [("b", "a"), ("c", "b")]
    same = move("a", 0, 7), move("b", 3, 7), move("c", 5, 6)  # of two that end together the first
    assert pairs(*same) == [("b", "a"), ("c", "a")]


def test_unit_one_place_is_not_at_odds_with_itself_and_a_pair_is_told_once():
    assert pairs(move("a", 0, 7), move("a", 3, 9)) == []
    twice = [move("a", 0, 7), move("b", 3, 9)]
    assert pairs(*twice, more=twice) == [("b", "a")]


def test_unit_when_something_lasts_in_words():
    assert span(7, 14.5, "day") == "from day 7 to day 14.5"
    assert span(0, math.inf, "week") == "from week 0 to the end"
    assert span(*ALWAYS, "day") == "all the time"
