"""Shares of the variance of what trials report: patients, chance, and what nobody knows.

Each trial of a batch is in a world of its own, or some are in the same one, and brings its own
error. What trials differ by beyond their errors is what worlds differ by (random effects, by the
method of moments).

References: DerSimonian1986 (random effects), Efron1979 (bootstrap, here of worlds).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
KINDS = ("patients", "chance", "unknown")
RESAMPLES, SEED = 400, 1
TAIL = 0.025


@dataclass(frozen=True)
class VarianceShare:
    """A share of the variance with its 95% confidence interval over worlds."""

    share: float
    ci95_low: float
    ci95_high: float


@dataclass(frozen=True, eq=False)
class ReportedTrials:
    """What trials report, and what each knows of its own error.

    Parameters
    ----------
    value : Array [trial], what each reports
    squared_error : Array [trial], its squared standard error: who takes part, and how he is
        measured
    of_patients : Array [trial], the part of it that measuring without error would leave
    levels : Array [trial, number], what each trial has of its own (its raters, its season)
    of_levels : Array [number], which share of what goes with a number is the trial's own
    world : Array [trial] (int), in which world each is
    """

    value: Array
    squared_error: Array
    of_patients: Array
    levels: Array
    of_levels: Array
    world: NDArray[np.int_]

    @property
    def usable(self) -> NDArray[np.bool_]:
        """The trials that report a value and its error [trial]."""
        return np.isfinite(self.value) & np.isfinite(self.squared_error + self.of_patients)


def variance_shares(
    trials: ReportedTrials, smaller: Mapping[str, float] = MappingProxyType({})
) -> dict[str, dict[str, VarianceShare]]:
    r"""Shares of the variance between trials, of trials of this size and of others.

    Parameters
    ----------
    trials : three at least that are usable
    smaller : a name -> by which factor the squared error of trials of another size is smaller

    Returns
    -------
    dict name -> dict of `KINDS`; the trials themselves go by the name ``""``

    Notes
    -----
    With :math:`d_r = \mu + u_{w(r)} + l_r + e_r`, where :math:`e_r` has the known variance
    :math:`s_r^2`, of which :math:`p_r` is the patients', and :math:`l_r` is linear in the levels:
    patients :math:`\overline{p}`, chance :math:`\overline{s^2} - \overline{p} + L`, unknown
    :math:`\max(0, \operatorname{var} d - \overline{s^2} - L)`, with :math:`L` the variance that
    goes with the levels, each number less what chance gives it. Shares are those of the sum of the
    three. Intervals are percentiles over samples of worlds, each with all of its trials. In them
    :math:`R = \operatorname{var} d / (\overline{s^2} + L)` goes as a variance with the freedom
    :math:`\nu` that its logarithm shows over the samples: as :math:`R \nu / \chi^2_\nu`, in their
    order. Where it is found below 1 it is taken as 1: that nothing is unknown is then the best
    estimate, and what so few worlds leave open stands in the interval.

    Examples
    --------
    >>> trials = ReportedTrials(
    ...     np.array([-3.0, 0.0, 3.0]),
    ...     np.full(3, 4.0),
    ...     np.full(3, 1.0),
    ...     np.zeros((3, 0)),
    ...     np.zeros(0),
    ...     np.arange(3),
    ... )
    >>> {name: round(one.share, 3) for name, one in variance_shares(trials)[""].items()}
    {'patients': 0.111, 'chance': 0.333, 'unknown': 0.556}
    """
    use = trials.usable
    weights = _resampled(trials.world[use])
    within, of_patients = (weights @ one[use] / weights.sum(axis=1)
                           for one in (trials.squared_error, trials.of_patients))  # fmt: skip
    total, along = _moments(trials.value[use], trials.levels[use], weights)
    of_levels = np.maximum(along @ trials.of_levels, 0.0)
    unknown = _unknown(total, within + of_levels, len(np.unique(trials.world[use])))
    found = {}
    for name, factor in {"": 1.0, **smaller}.items():
        patients = of_patients / factor
        chance = (within - of_patients) / factor + of_levels
        parts = np.stack([patients, chance, unknown])
        whole = parts.sum(axis=0)
        shares = np.where(whole > 0, parts / np.where(whole > 0, whole, 1.0), np.nan)
        found[name] = {kind: _told(shares[i]) for i, kind in enumerate(KINDS)}
    return found


def _told(shares: Array) -> VarianceShare:
    """A share [sample], as it is found and then as it may be, with its interval."""
    share, (low, high) = float(shares[0]), np.nanquantile(shares[1:], [TAIL, 1 - TAIL])
    return VarianceShare(share, min(float(low), share), max(float(high), share))


def _unknown(total: Array, known: Array, worlds: int) -> Array:
    """What of the variance worlds make: as it is found, then as it may be [sample].

    Parameters
    ----------
    total, known : Array [sample], the variance, and what of it errors and levels make
    worlds : how many there are
    """
    from scipy.special import chdtri  # as chi2.isf, without the second that scipy.stats takes

    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = total / known
        spread = float(np.var(np.log(ratio[1:]), ddof=1))
    found = np.maximum(total - known, 0.0)
    if not np.isfinite(ratio).all():
        return found  # nothing but worlds
    # The variance of the logarithm of a mean square with this freedom (trigamma, two terms).
    freedom = (1 + np.sqrt(1 + 2 * spread)) / spread if 0 < spread < np.inf else worlds
    freedom *= max(worlds - 3.0, 1.0) / (worlds + 1.0)  # samples of few worlds scatter too little
    place = (np.argsort(np.argsort(ratio[1:])) + 0.5) / (len(ratio) - 1)
    factor = freedom / chdtri(freedom, place)
    found[1:] = np.maximum(max(ratio[0], 1.0) * factor - 1.0, 0.0) * known[1:]
    return found


def _resampled(world: NDArray[np.int_]) -> Array:
    """How often each trial counts: once, then as often as its world is drawn [sample, trial]."""
    _, place = np.unique(world, return_inverse=True)
    count = int(place.max()) + 1
    rng = np.random.default_rng(SEED)
    drawn = rng.multinomial(count, np.full(count, 1 / count), RESAMPLES)
    return np.concatenate([np.ones((1, len(world))), drawn[:, place].astype(float)])


def _moments(value: Array, levels: Array, weights: Array) -> tuple[Array, Array]:
    """The variance of values [sample], and what of it goes with each level [sample, number]."""
    n = weights.sum(axis=1)
    table = np.column_stack([value, levels])
    means = weights @ table / n[:, None]
    products = np.einsum("sr,ri,rj->sij", weights, table, table, optimize=True)
    moment = products - n[:, None, None] * means[:, :, None] * means[:, None, :]
    moment /= n[:, None, None] - 1.0
    total, cross, count = moment[:, 0, 0], moment[:, 0, 1:], levels.shape[1]
    if not count:
        return total, np.zeros((len(n), 0))
    slope = np.linalg.pinv(moment[:, 1:, 1:], hermitian=True) @ cross[:, :, None]
    explained = slope[:, :, 0] * cross
    left = (total - explained.sum(axis=1)) / np.maximum(n - 1.0 - count, 1.0)
    return total, explained - left[:, None]
