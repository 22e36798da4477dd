"""A published p and a standard error that contradict the 95% interval beside them by far.

Rounding, exact methods and other tests move a p a little: it contradicts an interval that stands on
the other side of 5% by a whole standard error. A standard error does where the interval does not
reach one of it, or reaches four.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from statistics import NormalDist
from typing import TYPE_CHECKING

from gutskin.trials.intervention_parts import WIDTH

if TYPE_CHECKING:
    from gutskin.toml_text import Found
    from gutskin.trials.published_parts import PublishedDifference

REACH = WIDTH / 2  # standard errors to either side of a 95% interval
LEVEL = 0.05  # of p; who printed that p is below it has written it here
APART = 1.0  # standard errors
# standard errors that half of an interval may be: about twice too few or too many
LEAST, MOST = 1.0, REACH**2
FIX = "Write them as they were printed; leave out what a paper has misprinted."


def contradictions(row: PublishedDifference, measure: str) -> Iterator[Found]:
    """What of a difference cannot be of one analysis.

    Parameters
    ----------
    measure : which of its numbers it has; all but `difference` are ratios
    """
    value = getattr(row, measure)
    if row.low is None or row.high is None or not row.low <= value <= row.high:
        return
    if row.low == row.high or (measure != "difference" and row.low <= 0):
        return
    low, value, high = (
        (row.low, value, row.high)
        if measure == "difference"
        else (math.log(row.low), math.log(value), math.log(row.high))
    )
    half = (high - low) / 2
    interval = f"the interval {row.low:g} to {row.high:g}"
    if row.p is not None and 0 < row.p < 1:
        of_interval, of_p = REACH * abs(value) / half, NormalDist().inv_cdf(1 - row.p / 2)
        excludes = low > 0 or high < 0
        if excludes != (row.p <= LEVEL) and abs(of_interval - of_p) > APART:
            says = "excludes" if excludes else "does not exclude"
            expected = 2 * (1 - NormalDist().cdf(of_interval))
            what = (
                f"`p = {row.p:g}` contradicts {interval}, which {says} no difference: by it p is "
            )
            yield ("p",), f"{what}about {expected:.1g}.", FIX
    if row.se is not None and measure == "difference" and not LEAST <= half / row.se <= MOST:
        what = f"`se = {row.se:g}` contradicts {interval}: by it the standard error is "
        yield ("se",), f"{what}{half / REACH:.2g}.", FIX
