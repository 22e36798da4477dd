"""What an answer rests on, axis by axis: by hand."""

from gutskin.trials.applicability import INSIDE, UNPLACED, Applicability, Standing


def test_an_axis_that_is_not_placed_supports_nothing() -> None:
    axes = (Standing("dose", INSIDE, "1", "", 3), Standing("severity", UNPLACED, "", ""))
    found = Applicability(INSIDE, ("one", "two", "three"), axes)
    assert "each axis rests on 3 at least (dose 3)." in found.sentence
