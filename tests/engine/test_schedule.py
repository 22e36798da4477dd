"""Schedules: what they say about an input at a moment, and which contradictions they refuse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gutskin.engine.schedule import Course, Hold, Pulse, Schedule
from gutskin.errors import InputError

BATH = Schedule(
    holds=[Hold("bath", 1.0, 3.0, [1.0, 2.0]), Hold("bath", 3.0, 4.0, 5.0)],
    pulses=[Pulse("drug", 2.5, 1.0)],
    courses=[Course("noise", [0.0, 2.0, 4.0], [[0.0, 1.0], [2.0, 3.0], [0.0, 0.0]])],
)


def test_unit_value_at_a_jump_is_the_one_after_it():
    values = BATH.values("bath", [0.0, 1.0, 3.0, 4.0], otherwise=0.5)
    np.testing.assert_array_equal(values, [[0.5, 0.5], [1.0, 2.0], [5.0, 5.0], [0.5, 0.5]])


def test_unit_course_follows_straight_lines_and_stays_constant_outside():
    values = BATH.values("noise", [-1.0, 1.0, 2.0, 9.0], otherwise=7.0)
    np.testing.assert_array_equal(values, [[0.0, 1.0], [1.0, 2.0], [2.0, 3.0], [0.0, 0.0]])


def test_unit_course_of_one_point_is_constant():
    course = Schedule(courses=[Course("noise", [1.0], [3.0])])
    np.testing.assert_array_equal(course.values("noise", [0.0, 1.0, 2.0], 0.0), [3.0, 3.0, 3.0])


def test_unit_input_that_is_not_moved_has_its_own_value():
    np.testing.assert_array_equal(BATH.values("other", [0.0, 1.0], 4.0), [4.0, 4.0])


def test_unit_ends_of_a_segment_are_right_of_its_start_and_left_of_its_stop():
    left, right = BATH.ends("bath", [0.0, 1.0, 3.0], [1.0, 3.0, 4.0], otherwise=0.0)
    np.testing.assert_array_equal(left, [[0.0, 0.0], [1.0, 2.0], [5.0, 5.0]])
    np.testing.assert_array_equal(right, left)
    left, right = BATH.ends("noise", [0.0, 2.0], [2.0, 4.0], otherwise=0.0)
    np.testing.assert_array_equal(right, [[2.0, 3.0], [0.0, 0.0]])


def test_unit_breakpoints_come_sorted_and_once():
    np.testing.assert_array_equal(BATH.breakpoints(), [0.0, 1.0, 2.0, 2.5, 3.0, 4.0])
    np.testing.assert_array_equal(BATH.jumps(), [1.0, 2.5, 3.0, 4.0])
    assert len(Schedule().breakpoints()) == 0


@given(days=st.floats(-100.0, 100.0), at=st.floats(-5.0, 10.0))
def test_property_shifted_schedule_says_the_same_later(days, at):
    later = BATH.shifted(days)
    moved = [time for time in later.jumps() if abs(time - (at + days)) < 1e-9]
    if not moved:  # at a jump itself rounding decides the side
        np.testing.assert_allclose(
            later.values("bath", [at + days], 0.0), BATH.values("bath", [at], 0.0)
        )
    np.testing.assert_allclose(
        later.values("noise", [at + days], 0.0), BATH.values("noise", [at], 0.0), atol=1e-9
    )


def test_property_chosen_patients_keep_their_values():
    second = BATH.for_patients(np.array([1]))
    np.testing.assert_array_equal(second.values("bath", [1.0], 0.0), [[2.0]])
    np.testing.assert_array_equal(second.values("noise", [1.0], 0.0), [[2.0]])


def test_unit_merged_schedules_must_not_contradict():
    both = BATH.merged(Schedule(holds=[Hold("bath", 4.0, np.inf, 9.0)]))
    np.testing.assert_array_equal(both.values("bath", [1e6], 0.0), [[9.0, 9.0]])
    with pytest.raises(InputError, match="overlap"):
        BATH.merged(Schedule(holds=[Hold("bath", 3.5, 4.5, 9.0)]))


@pytest.mark.parametrize(
    ("primitives", "message"),
    [
        ({"holds": [Hold("a", 0.0, 2.0, 1.0), Hold("a", 1.0, 3.0, 1.0)]}, "overlap"),
        ({"holds": [Hold("a", 0.0, 9.0, 1.0), Hold("a", 1.0, 2.0, 1.0)]}, "overlap"),
        ({"holds": [Hold("a", 2.0, 2.0, 1.0)]}, "end is not after the start"),
        ({"holds": [Hold("a", np.nan, 2.0, 1.0)]}, "time is not a number"),
        ({"holds": [Hold("a", 0.0, 2.0, np.nan)]}, "not finite"),
        ({"holds": [Hold("a", 0.0, 2.0, [[1.0]])]}, "shape"),
        ({"holds": [Hold("a", 0.0, 2.0, "much")]}, "not a number"),
        ({"pulses": [Pulse("a", np.inf, 1.0)]}, "time is not a number"),
        ({"pulses": [Pulse("a", 0.0, np.inf)]}, "not finite"),
        ({"courses": [Course("a", [0.0, 1.0, 1.0], [0.0, 1.0, 2.0])]}, "must increase"),
        ({"courses": [Course("a", [0.0, 1.0], [0.0])]}, "2 times but values"),
        ({"courses": [Course("a", [], [])]}, "shape"),
        ({"courses": [Course("a", [0.0], [0.0])] * 2}, "more than one course"),
        (
            {"holds": [Hold("a", 0.0, 1.0, 1.0)], "courses": [Course("a", [0.0], [0.0])]},
            "both held and follows a course",
        ),
    ],
)
def test_unit_contradiction_is_refused(primitives, message):
    with pytest.raises(InputError, match=message):
        Schedule(**primitives)


def test_unit_all_problems_come_together():
    with pytest.raises(InputError) as caught:
        Schedule(holds=[Hold("a", 2.0, 1.0, np.nan)], pulses=[Pulse("b", 0.0, np.nan)])
    assert len(caught.value.problems) == 3


def test_unit_names_that_the_model_lacks_are_named_with_the_nearest():
    problems = list(BATH.problems_with(("drugs",), ("baths", "noise"), patients=3))
    text = "\n".join(map(str, problems))
    assert "Did you mean 'drugs'?" in text
    assert "Did you mean 'baths'?" in text
    assert "2 patients in a batch of 3" in text
