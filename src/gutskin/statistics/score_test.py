"""The score test (Rao): whether a likelihood rises at no effect, where it has no finite maximum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from gutskin.statistics.estimate import Estimate
from gutskin.statistics.newton import inverse_of
from gutskin.statistics.untested import Untested

Array = NDArray[np.float64]


def score(
    slope: Array,
    information: Array,
    kept: NDArray[np.bool_],
    column: int,
    known: NDArray[np.bool_],
) -> Array:
    """The slope at 0 over its standard error, given the other columns [b]; NaN if not known.

    Parameters
    ----------
    slope : Array [b, column], of the log likelihood where `column` is 0 and the others likeliest
    information : Array [b, column, column], there
    kept : Array [b, column] (bool), columns that are in the model
    column : the one that is tested
    known : Array [b] (bool), whether the others have a maximum
    """
    out = (~kept)[:, :, None] * np.eye(kept.shape[1])
    inverse = inverse_of(information * kept[:, :, None] * kept[:, None, :] + out)
    spread = inverse[:, column, column]
    use = known & kept[:, column] & (spread > 0)
    return np.where(use, slope[:, column] * np.sqrt(np.maximum(spread, 0.0)), np.nan)


def score_tested(wald: Estimate, z: Array, endless: NDArray[np.bool_]) -> Estimate:
    """The score test where there is no finite maximum, Wald's elsewhere [b, column].

    Parameters
    ----------
    z : Array [b, column], from `score`; where it is not known nothing is tested
    endless : Array [b, column] (bool), where there is no finite maximum
    """
    from scipy.special import ndtr

    use = endless & np.isfinite(z)
    below = -np.abs(np.where(use, z, 0.0))
    return replace(
        wald,
        statistic=np.where(use, z, wald.statistic),
        p=np.where(use, 2 * ndtr(below), wald.p),
        untested=np.where(use, Untested.tested, wald.untested).astype(np.int8),
    )
