"""An estimate with its error, as every method of this room gives it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gutskin.statistics.untested import Untested

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Estimate:
    """What a method says of one contrast in each trial of a batch; every field has shape [...].

    Parameters
    ----------
    value : Array
        the estimate; NaN where there is none
    standard_error : Array
    freedom : Array
        degrees of freedom of the t test; infinite where the test is a normal one
    statistic, p : Array
        of the two-sided test that the value is 0; NaN where `untested` says why
    untested : Array (int)
        see `Untested`
    """

    value: Array
    standard_error: Array
    freedom: Array
    statistic: Array
    p: Array
    untested: NDArray[np.int8]

    @property
    def tested(self) -> NDArray[np.bool_]:
        """Which trials could be tested [...]."""
        return self.untested == Untested.tested

    def interval(self, level: float = 0.95) -> tuple[Array, Array]:
        """The confidence interval, two arrays [...]; NaN where nothing was tested.

        Examples
        --------
        >>> low, high = estimated(1.0, 0.5).interval()
        >>> round(float(low), 3), round(float(high), 3)
        (0.02, 1.98)
        """
        from scipy.special import ndtri, stdtrit

        tail = (1 + level) / 2
        finite = np.where(np.isfinite(self.freedom), self.freedom, 1.0)
        quantile = np.where(np.isfinite(self.freedom), stdtrit(finite, tail), ndtri(tail))
        half = np.where(self.tested, quantile * self.standard_error, np.nan)
        return self.value - half, self.value + half


def estimated(
    value: ArrayLike,
    standard_error: ArrayLike,
    freedom: ArrayLike = np.inf,
    untested: ArrayLike = Untested.tested,
) -> Estimate:
    """Test estimates against 0: Wald's t test, or the normal one with infinite freedom.

    Parameters
    ----------
    value, standard_error, freedom, untested : Array [...]
        a reason in `untested` takes the test away; so does an error that is no positive number
    """
    from scipy.special import ndtr, stdtr

    arrays = np.broadcast_arrays(value, standard_error, freedom)
    value, standard_error, freedom = (np.array(one, float) for one in arrays)
    reason = np.array(np.broadcast_to(untested, value.shape), np.int8)
    good = np.isfinite(value) & np.isfinite(standard_error) & (standard_error > 0) & (freedom > 0)
    reason = np.where((reason == 0) & ~good, Untested.no_spread, reason).astype(np.int8)
    can = reason == Untested.tested
    statistic = np.where(can, value / np.where(can, standard_error, 1.0), np.nan)
    below = np.where(can, -np.abs(statistic), 0.0)
    finite = np.where(can & np.isfinite(freedom), freedom, 1.0)
    p = np.where(np.isfinite(freedom), 2 * stdtr(finite, below), 2 * ndtr(below))
    return Estimate(value, standard_error, freedom, statistic, np.where(can, p, np.nan), reason)
