"""Analysis of covariance of records in which a rule stands for what is missing, for its power.

Effect, scatter and number of patients are then all those of the same records: a value that is
carried forward shows less of an effect that grows. A rule that only leaves people out has the
effect of those who are there, by whatever rule they are chosen (see `who_left`).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gutskin.trials.contrast import adjusted, ruled
from gutskin.trials.scales import log
from gutskin.trials.who_left import beyond_the_truth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gutskin.trials.comparison import Comparison
    from gutskin.trials.contrast import Records
    from gutskin.trials.methods import Missing

Array = NDArray[np.float64]
Pair = tuple[Array, Array]


def with_filled(
    compared: Comparison,
    records: Records,
    missing: Missing,
    truth: tuple[Pair, Pair],
    enrolled: Sequence[int],
) -> Comparison:
    """A comparison whose effect and patients are those of the records after the rule.

    `recorded_beyond` becomes what the analysis finds in these records less what it finds in the
    true values of everybody who began, each on the tested scale and given the same baseline.

    Parameters
    ----------
    missing : a simple rule, none of `IMPUTED`
    truth : of active and of control patients, what was recorded at the first visit and what is true
        at the last, each Array [replicate, patient]
    enrolled : patients of the active arm and of the control
    """

    def scaled(values: Array) -> Array:
        return log(values) if records.log else values

    filled = ruled(records, missing)
    arms = (filled.active, filled.control)
    shares = [
        (np.isfinite(one[..., 0]) & np.isfinite(one[..., -1])).sum(axis=-1) / max(many, 1)
        for one, many in zip(arms, enrolled, strict=True)
    ]
    if missing == "completers":
        active, control = (
            (scaled(first), scaled(one[..., -1]))
            for (first, _), one in zip(truth, arms, strict=True)
        )
        ends = tuple(scaled(end) for _, end in truth)
        beyond = beyond_the_truth((active, control), (ends[0], ends[1]))
    else:
        whole = tuple(np.stack(both, axis=-1) for both in truth)
        found, true = (
            adjusted(filled, *(scaled(one) for one in pair)).difference for pair in (arms, whole)
        )
        beyond = found - true
    return replace(compared, recorded_beyond=beyond, counted=np.stack(shares, axis=-1))
