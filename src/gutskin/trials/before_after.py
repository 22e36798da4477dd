"""What a single arm can test: the change since its first visit, where there is one to test.

Nobody is beside a single arm, so its first visit is all that it can be held against. A score can
have risen as well as fallen since then. A count of flares, a response, an illness that once had
counts for ever begin at 0 and can only rise: that they have is no finding, and is not tested.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gutskin.statistics.mcnemar import mcnemar
from gutskin.statistics.paired import paired_change
from gutskin.statistics.untested import Untested
from gutskin.trials.contrast import Contrast
from gutskin.trials.methods import CHANGE, CHANGED_SHARE, ESTIMATE, SCORES, UsedMethod
from gutskin.trials.scales import log

if TYPE_CHECKING:
    from gutskin.statistics.estimate import Estimate

Array = NDArray[np.float64]
BOTH_WAYS = frozenset({"event", "below"})  # scales of shares that may rise and fall


def way_of(scale: str, born: bool = False) -> UsedMethod:
    """How an endpoint of a single arm is analysed.

    Parameters
    ----------
    scale : of endpoints.tsv
    born : whether the first visit is the day of birth

    Examples
    --------
    >>> way_of("linear"), way_of("event"), way_of("count")
    ('before-after', 'mcnemar', 'estimate')
    """
    if born:
        return ESTIMATE
    if scale in SCORES:
        return CHANGE
    return CHANGED_SHARE if scale in BOTH_WAYS else ESTIMATE


def before_after(
    values: Array, scale: str, on_logs: bool, lower_is_better: bool, born: bool = False
) -> Contrast:
    """The change of a single arm since its first visit.

    Of scores by the paired t test, of shares that may rise and fall by McNemar's; of all else how
    large it is, untested.

    Parameters
    ----------
    values : Array [replicate, patient, 2], records at the first visit and at that of the analysis
    scale : of endpoints.tsv
    on_logs : whether logarithms are tested
    born : whether the first visit is the day of birth
    """
    way = way_of(scale, born)
    if way == CHANGED_SHARE:
        found = mcnemar(values)
        return _told(found, found, lower_is_better)
    found = paired_change(values)
    test = paired_change(log(values)) if on_logs else found
    if way == CHANGE:
        return _told(found, test, lower_is_better)
    reason = Untested.newborn if born else Untested.no_reference
    why = np.where(np.isfinite(found.value), reason, Untested.no_pair).astype(np.int8)
    none = np.full(found.p.shape, np.nan)
    better = (found.value < 0) == lower_is_better
    on_scale = test.standard_error if on_logs else None
    return Contrast(
        found.value, found.standard_error, test.value, None, none, better, why,
        tested_standard_error=on_scale,
    )  # fmt: skip


def _told(natural: Estimate, test: Estimate, lower_is_better: bool) -> Contrast:
    return Contrast(
        natural.value, natural.standard_error, test.value, None, test.p,
        (test.value < 0) == lower_is_better, test.untested,
        tested_standard_error=None if test is natural else test.standard_error,
    )  # fmt: skip
