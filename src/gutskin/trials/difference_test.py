"""The test of a difference between two arms of any size: how often it is significant.

The statistic has a noncentral t distribution; its noncentrality depends on the chance imbalance of
the baseline, over which everything here is averaged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from gutskin.trials.ancova import ALPHA

Array = NDArray[np.float64]
NODES = 12  # of the average over chance imbalance at baseline
GRID = 241  # points of noncentrality
NEVER = 7.0  # standard errors beyond which a chance is below 1e-11, or above 1 - 1e-11


@dataclass(frozen=True, eq=False)
class DifferenceTest:
    r"""A two-sided test of two arms, by ANCOVA or the t test.

    Parameters
    ----------
    freedom : degrees of freedom, N - 3 with the baseline as a covariate, else N - 2
    critical : value of t from which a result is significant
    unit : Array [node], noncentrality of an effect of one residual standard deviation
    weights : Array [node], of each imbalance

    Notes
    -----
    The noncentrality of an effect z is :math:`z / \sqrt{(1/n_1 + 1/n_0)(1 + W/(N-2))}`. W is the
    chance imbalance of the baseline, F(1, N - 2) for a normal one (Shieh 2020).
    """

    freedom: float
    critical: float
    unit: Array
    weights: Array

    @classmethod
    def of(
        cls, active: float, control: float, adjusted: bool, alpha: float = ALPHA
    ) -> DifferenceTest | None:
        """The test of arms of this size; None where no freedom is left.

        Parameters
        ----------
        active, control : patients with both visits; expected numbers may be fractions
        adjusted : whether the baseline is a covariate (ANCOVA; else the t test)
        alpha : of both sides together
        """
        from scipy.special import fdtri, stdtrit

        total = active + control
        freedom = total - (3 if adjusted else 2)
        if freedom < 1 or min(active, control) < 1:
            return None
        nodes, weights = np.polynomial.legendre.leggauss(NODES)
        imbalance = fdtri(1, total - 2, (nodes + 1) / 2) if adjusted else np.zeros(1)
        return cls(
            freedom,
            float(stdtrit(freedom, 1 - alpha / 2)),
            1 / np.sqrt((1 / active + 1 / control) * (1 + imbalance / (total - 2))),
            weights / 2 if adjusted else np.ones(1),
        )

    def averaged(self, largest: float, value: Callable[[Array], Array]) -> Callable[[Array], Array]:
        """The mean over imbalances of a value, as a function of the effect: a spline.

        Parameters
        ----------
        largest : effect up to which it is used, in residual standard deviations
        value : Array [grid, node] of noncentralities -> Array [grid, node]
        """
        from scipy.interpolate import CubicSpline

        # Points lie close where the curve bends.
        top = self.unit.max()
        ends = np.arcsinh(max(largest, 1e-6) * top)
        grid = np.linspace(-ends, ends, GRID)
        found = value((np.sinh(grid) / top)[:, None] * self.unit)
        spline = CubicSpline(grid, (self.weights * found).sum(axis=1))
        return lambda effect: spline(np.arcsinh(effect * top))


def nothing(effect: Array) -> Array:
    """What comes of arms that cannot be tested, at any effect [...]."""
    return np.zeros(np.shape(effect))


def expected_size(n: float, lost: float) -> float:
    """Patients in an arm who count: the number whose inverse is the mean inverse of those who stay.

    Parameters
    ----------
    n : expected to stay
    lost : share that leaves, each for himself
    """
    return n / (1 + lost / n)


@lru_cache(maxsize=4096)
def chance_of_significance(
    active: float, control: float, adjusted: bool, largest: float
) -> Callable[[Array], Array]:
    """The chance that a trial reports p < 0.05 in favour, as a function of the effect.

    Parameters
    ----------
    active, control, adjusted : see `DifferenceTest.of`
    largest : effect up to which the function is used, in residual standard deviations

    Returns
    -------
    function
        Array [...] of effects in residual standard deviations, above zero in favour -> chance;
        the chance against the treatment is the same function at -effect
    """
    from scipy.special import chdtri, nctdtr

    test = DifferenceTest.of(active, control, adjusted)
    if test is None:
        return nothing
    # The statistic is (Z + moved) / s, and s is as large in one of 1e13 trials.
    widest = np.sqrt(chdtri(test.freedom, 1e-13) / test.freedom)
    always = test.critical * widest + NEVER

    def value(moved: Array) -> Array:
        chance = np.where(moved < always, 0.0, 1.0)
        open_ = (moved > -NEVER) & (moved < always)
        chance[open_] = nctdtr(test.freedom, -moved[open_], -test.critical)
        return chance

    found = test.averaged(largest, value)
    return lambda effect: np.clip(found(effect), 0.0, 1.0)
