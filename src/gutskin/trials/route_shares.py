"""What is lost of an effect when a route is closed, as a share with its confidence interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gutskin.arguments import whole_number
from gutskin.errors import InputError, Problem
from gutskin.trials.certainty import TAIL, is_nothing

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]
OPEN = ""  # the name under which the effect with every route open stands
FEWEST = 10  # replicates for an interval that holds its 95%
FEWEST_WITH = 2  # of them with an effect: the jackknife leaves one out
WIDEST = 3.0  # whole effects: as from -100 to 200%


@dataclass(frozen=True)
class Lost:
    """A share of the true effect.

    Parameters
    ----------
    share : 1 is all of it; below 0 the effect grows without the route
    ci95_low, ci95_high : 95% confidence interval of the share over all worlds
    replicates : from how many
    """

    share: float
    ci95_low: float
    ci95_high: float
    replicates: int


def can_be_told(low: float | None, high: float | None) -> bool:
    """Whether the interval of a share says anything of it, so that the share may be told.

    Parameters
    ----------
    low, high : ends of its 95% confidence interval; None where there is none

    Notes
    -----
    What is asked of a share is whether the route carries nothing (0) of the effect or all of it
    (1). An interval that holds both has ruled out neither, and its middle is as good as any other
    number in it. Where the effect is near none, shares of it have no end: an interval longer than
    three whole effects, as from -100 to 200%, is one of those, wherever it lies. No interval is
    another matter: few replicates, which are told by themselves.

    Examples
    --------
    >>> can_be_told(0.4, 1.5), can_be_told(-0.4, 0.3), can_be_told(-1.82, 2.94)
    (True, True, False)
    >>> can_be_told(-9.0, -1.0)
    False
    """
    if low is None or high is None:
        return True
    return not (low <= 0.0 and high >= 1.0) and high - low <= WIDEST


def check_shared(shared: int) -> int:
    """In how many worlds the effect is shared among routes: not in none.

    Raises
    ------
    InputError
        For what is no whole number, and for less than 1.
    """
    found = whole_number("shared", shared)
    if found >= 1:
        return found
    what = f"shared {found}: the effect is shared in one world at least."
    raise InputError(Problem(what, remedy="Write 10 or more."))


def lost_without(effects: xr.DataArray, spread: float) -> dict[str, Lost]:
    """The share of the true effect that is lost without each route.

    Parameters
    ----------
    effects : DataArray [route, followed], true effect of each replicate; route "" has all open
    spread : standard deviation between patients, beside which an effect may be nothing

    Returns
    -------
    dict route -> Lost
        empty where there is no effect to lose, or fewer replicates have one than an interval needs
    """
    values = effects.transpose("route", "followed").values
    usable = np.isfinite(values).all(axis=0)
    names = [str(one) for one in effects["route"].values]
    whole = values[names.index(OPEN)][usable]
    few = usable.sum() < FEWEST or np.count_nonzero(whole) < FEWEST_WITH
    if few or is_nothing(whole, spread):
        return {}
    return {
        name: lost(whole, closed[usable])
        for name, closed in zip(names, values, strict=True)
        if name != OPEN
    }


def lost(whole: Array, closed: Array) -> Lost:
    r"""One share: the slope through the origin of what remains on what there was, from 1.

    Parameters
    ----------
    whole, closed : Array [replicate], true effect with every route open and with one closed

    Notes
    -----
    :math:`1 - \sum x y / \sum x^2`, so that a world without an effect, where the share means
    nothing, has no weight. The interval is the jackknife's, leaving out a replicate at a time, with
    Student's t. A few worlds with a large effect weigh most, so the degrees of freedom are those of
    Kish's effective number of replicates, :math:`(\sum x^2)^2 / \sum x^4`, less one.

    Examples
    --------
    >>> lost(np.array([1.0, 2.0, 3.0]), np.array([0.5, 1.0, 1.5])).share
    0.5
    """
    from scipy.special import stdtrit

    n = len(whole)
    xx, xy = whole * whole, whole * closed
    slope = xy.sum() / xx.sum()
    without = (xy.sum() - xy) / (xx.sum() - xx)
    error = np.sqrt((n - 1) / n * np.sum(np.square(without - without.mean())))
    freedom = max(xx.sum() ** 2 / np.sum(xx**2) - 1, 1.0)
    half = stdtrit(freedom, 1 - TAIL) * error
    share = float(1 - slope)
    return Lost(share, float(share - half), float(share + half), n)
