"""Where a value or a range stands among those of trials: by hand, in closed form."""

import pytest

from gutskin.trials import axes
from gutskin.trials.axes import EDGE, INSIDE, OUTSIDE


@pytest.mark.parametrize(
    ("count", "where"), [(0, OUTSIDE), (1, EDGE), (2, INSIDE), (9, INSIDE)]
)  # fmt: skip
def test_two_trials_make_an_inside(count: int, where: str) -> None:
    one = axes.reached("dose", 5.0, [1.0] * count + [9.0] * count, "CFU a day", (3, 2))
    assert one.where == where
    others = [(1.0, 6.0)] * count + [(9.0, 30.0)] * 5
    covered = axes.covered("age", "2 to 10 years", (2.0, 10.0), others)
    assert (one.trials, covered.trials) == (count, count)
    assert covered.where == where  # a range that shares an eighth does not count


def test_a_value_beyond_all_trials_is_outside_from_either_side() -> None:
    for value in (0.5, 9.5):
        assert axes.reached("dose", value, [1.0, 2.0, 9.0], "CFU a day", (3, 2)).where == OUTSIDE
    assert axes.reached("dose", 1.5, [1.0, 2.0, 9.0], "CFU a day", (3, 2)).where == EDGE


def test_doses_read_as_products_are_labelled_and_equal_ends_stand_once() -> None:
    """4.47214e+09 and 24 to 24 stood there."""
    dose = axes.reached("dose", 3.25e9, [4.47213595e9, 1e10], "CFU a day", (3, 2))
    assert (dose.asked, dose.evidence) == ("3.25e9 CFU a day", "trials have 4.5e9 to 1e10")
    weeks = axes.reached("duration", 16.0, [24.0, 24.0], "weeks")
    assert (weeks.asked, weeks.evidence) == ("16 weeks", "trials have 24")
    assert axes.reached("duration", 4.0, [8.0, 104.0], "weeks").evidence == "trials have 8 to 104"
    long = axes.reached("duration", 8.1234567, [7.1234567, 9.0], "weeks")  # six figures of each
    assert (long.asked, long.evidence[:19]) == ("8.12346 weeks", "trials have 7.12346")


@pytest.mark.parametrize(
    ("own", "others", "count"),
    [
        ((2.0, 6.0), [(4.0, 9.0), (0.0, 4.0), (0.0, 3.9), (4.1, 9.0)], 2),  # half of it, or less
        ((2.0, 6.0), [(7.0, 9.0), (0.0, 1.0)], 0),  # none of it
        ((0.0, 1.0), [(0.0, 0.5), (0.6, 1.0)], 1),
        ((5.0, 5.0), [(5.0, 7.0), (1.0, 5.0), (4.0, 6.0), (5.1, 9.0), (0.0, 4.9)], 3),  # a point
        ((0.5, 0.5), [(0.0, 1.0), (0.6, 1.0)], 1),
        ((1.0, 1.5), [(1.1, 30.0), (0.0, 1.2)], 1),  # short, and no point
    ],
)
def test_closed_form_which_trials_share_half_of_a_range(own, others, count) -> None:
    found = axes.covered("age", "some years", own, others)
    words = {0: "no trial", 1: "1 trial"}.get(count, f"{count} trials")
    assert found.evidence == f"{words} with numbers in at least half of that"
    assert found.where == (INSIDE if count > 1 else EDGE if count else OUTSIDE)


def test_a_value_that_trials_had_is_reached_from_both_sides() -> None:
    both = axes.reached("dose", 4.0, [4.0, 4.0], "CFU a day", (3, 2))
    assert (both.where, both.evidence) == (INSIDE, "trials have 4, 2 at least on either side")
    one = axes.reached("duration", 16.0, [8.0, 12.0, 104.0], "weeks")
    assert (one.where, one.evidence) == (EDGE, "trials have 8 to 104, 1 at least on either side")
    assert axes.reached("dose", 4.0, [], "CFU a day", (3, 2)).evidence == "no trial"
