"""Analysis of covariance of records in which a rule stands for what is missing, for its power.

Effect, scatter and number of patients are then all those of the same records: a value that is
carried forward shows less of an effect that grows, and whoever came to every visit may have had
more of it than who left.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gutskin.trials.contrast import adjusted, ruled
from gutskin.trials.scales import log

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gutskin.trials.comparison import Comparison
    from gutskin.trials.contrast import Records
    from gutskin.trials.methods import Missing

Array = NDArray[np.float64]


def with_filled(
    compared: Comparison,
    records: Records,
    missing: Missing,
    truth: tuple[Array, Array],
    enrolled: Sequence[int],
) -> Comparison:
    """A comparison whose effect and patients are those of the records after the rule.

    `recorded_beyond` becomes what the analysis finds in these records less what it finds in the
    true values of everybody who began, each on the tested scale and given the same baseline.

    Parameters
    ----------
    missing : a simple rule, none of `IMPUTED`
    truth : of active and of control patients, true values at the last visit, each Array [replicate,
        patient]
    enrolled : patients of the active arm and of the control
    """
    filled = ruled(records, missing)
    arms, first = (filled.active, filled.control), (records.active, records.control)
    shares = [
        (np.isfinite(one[..., 0]) & np.isfinite(one[..., -1])).sum(axis=-1) / max(many, 1)
        for one, many in zip(arms, enrolled, strict=True)
    ]
    whole = tuple(
        np.stack([one[..., 0], end], axis=-1) for one, end in zip(first, truth, strict=True)
    )
    found, true = (
        adjusted(filled, *(log(one) if records.log else one for one in pair)).difference
        for pair in (arms, whole)
    )
    return replace(compared, recorded_beyond=found - true, counted=np.stack(shares, axis=-1))
