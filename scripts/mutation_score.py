"""What mutation testing found, in one sentence; `make mutants` writes what it is read from."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "mutation"))

import lists


def sentence():
    """How many mutants were tried, and how many were killed."""
    rows = lists.scores()
    share, low, high = lists.overall(rows)
    drawn, counted, killed, equivalent, timeouts = (
        sum(getattr(row, name) for row in rows)
        for name in ("drawn", "counted", "killed", "equivalent", "timeouts")
    )
    return (
        f"of {sum(row.mutants for row in rows):,} mutants in {len(rows)} modules {drawn} were "
        f"drawn, some of each; {equivalent} of them no test can tell from the original, of the "
        f"other {counted}, {killed} were killed ({timeouts} by never coming to an end). Each "
        f"module weighing by its mutants, that is {100 * share:.0f}% "
        f"(95% interval {100 * low:.0f} to {100 * high:.0f}%)"
    )
