"""The sections on what is known of what: unit tests on a problem that is known."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from gutskin.calibration.emulator import Emulator
from gutskin.calibration.headline import Headline
from gutskin.calibration.identifiability import left_open, what_sources_say
from gutskin.calibration.likelihood import Observations
from gutskin.calibration.posterior import Problem
from gutskin.report.identifiability import OTHER_SHARES, identifiability

IDS = ("a", "b", "c", "idle")
SLOPES = np.array([[3.0, 4.0, 0.0, 0.0], [0.0, 0.0, 2.0, 0.0], [0.0, 0.0, 1.0, 0.0]])
SEEN = np.array([1.0, 0.0, 2.0])
HEADLINE = Headline("some-trial", "scorad", np.array([2.0, 0.0, 1.0, 0.0]), 4.0, 1.0)


def known() -> Problem:
    emulator = Emulator(
        np.zeros(3), SLOPES, np.zeros((0, 4)), np.zeros((0, 4), int), np.zeros((3, 0)),
        np.zeros(3), np.zeros(3), np.ones(3), np.zeros(3, bool),
    )  # fmt: skip
    observations = Observations(
        SEEN, SEEN, np.ones(3), np.zeros(3), np.array([0, 1, 1]), np.zeros(3, int),
        np.array([0.1]), np.array([0.5]), 2,
    )  # fmt: skip
    return Problem(observations, emulator, np.zeros(3))


@pytest.fixture(scope="module")
def page() -> str:
    targets = [SimpleNamespace(id=f"t{i}", source=f"study {i > 0:d}") for i in range(3)]
    unknowns = [SimpleNamespace(id=one) for one in IDS]
    return "\n".join(identifiability(known(), targets, unknowns, HEADLINE))  # type: ignore[arg-type]


def test_unit_stiff_directions_come_first_with_what_they_are_made_of(page: str) -> None:
    rows = [line for line in page.split("## Which source")[0].splitlines() if line[:3] == "| 7"]
    assert rows == ["| 7.4% | `b` (64%), `a` (36%) |"]
    assert "2 have less than 50%" in page
    assert "2 have 95% or more" in page


def test_unit_a_source_is_told_with_its_targets_and_the_numbers_it_informs(page: str) -> None:
    row = next(line for line in page.splitlines() if line.startswith("| study 1"))
    assert "`t1` and 1 more" in row
    assert "`c` × 1.87" in row  # the root of 1 + 5/2: both targets of the source are gone
    assert "`a`" not in row


def test_closed_form_what_the_answer_rests_on(page: str) -> None:
    found = left_open(known())
    of_a, of_c = 1 - 9 / 2 / (1 + 25 / 2), 1 / (1 + 5 / 2)
    assert HEADLINE.after(found) == pytest.approx(4 * of_a + of_c, rel=1e-3)
    assert HEADLINE.shares(found).sum() == pytest.approx(1.0)
    without = {one.source: HEADLINE.without(found, one) for one in what_sources_say(known())}
    wider = np.sqrt((4 + of_c) / (4 * of_a + of_c))
    assert without[0][0] == pytest.approx(wider, rel=1e-3)
    assert f"| study 0 | `t0` | {wider:.2f} |" in page
    assert without[0][1] < 0  # it was seen above what the prior says, and pulls the effect up
    last = page.split("rests on")[1]
    assert last.index("`a`") < last.index("`c`")
    assert "`idle`" not in last


def test_property_shares_of_the_whole_are_told_in_percent_of_it(page: str) -> None:
    whole = HEADLINE.after(left_open(known())) + 5.0
    assert f"({4.0 / whole:.0%} of the variance" in page
    assert OTHER_SHARES in page


def test_the_page_says_of_which_worlds_its_shares_are():
    """Strains had 65% there and 73% by `gutskin sensitivity`, and neither said why."""
    page = Path(__file__).parents[2] / "docs" / "calibration.md"
    assert OTHER_SHARES in page.read_text(encoding="utf-8")
