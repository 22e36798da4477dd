"""What the trial's statistician would report, for every replicate of the trial at once.

Each active arm is compared with the control at the last visit by analysis of covariance: value at
the last visit ~ baseline + arm, two-sided t test, complete cases. Beside it stands what no real
trial can see: the true effect, the mean paired difference between the courses of the same patients
under both arms, free of noise and of the luck of randomisation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.trials.design import TrialDesign

Array = NDArray[np.float64]
ALPHA = 0.05


@dataclass(frozen=True)
class ArmSummary:
    """How one arm fared, averaged over replicates; patients with both visits only.

    `change_sd` is the standard deviation between the patients of one trial.
    """

    baseline_mean: float
    end_mean: float
    change_mean: float
    change_sd: float


@dataclass(frozen=True)
class Comparison:
    """One active arm against the control on one endpoint.

    Parameters
    ----------
    difference : Array [replicate] (the endpoint's unit)
        adjusted difference, active minus control
    standard_error : Array [replicate] (the endpoint's unit)
    p : Array [replicate]
        of the two-sided t test; on logarithms where the endpoint is flagged so
    better : Array [replicate]
        bool, whether the tested difference favours the active arm
    true_effect : Array [replicate] (the endpoint's unit)
        mean paired difference of the noise-free values
    """

    difference: Array
    standard_error: Array
    p: Array
    better: NDArray[np.bool_]
    true_effect: Array

    @property
    def significant(self) -> NDArray[np.bool_]:
        """Whether each replicate would report p < 0.05 [replicate]."""
        return self.p < ALPHA

    @property
    def share_significant(self) -> float:
        """Share of replicate trials with p < 0.05."""
        return mean_of(np.where(np.isnan(self.p), np.nan, self.significant))

    @property
    def share_for(self) -> float:
        """Share of replicate trials with p < 0.05 in favour of the active arm."""
        return mean_of(np.where(np.isnan(self.p), np.nan, self.significant & self.better))

    @property
    def share_against(self) -> float:
        """Share of replicate trials with p < 0.05 against the active arm."""
        return mean_of(np.where(np.isnan(self.p), np.nan, self.significant & ~self.better))


@dataclass(frozen=True)
class ArmNumbers:
    """How one arm fared in each replicate; patients with both visits only.

    Parameters
    ----------
    baseline_mean, end_mean, change_mean : Array [replicate] (the endpoint's unit)
    change_sd : Array [replicate] (the endpoint's unit), between the patients of the arm
    """

    baseline_mean: Array
    end_mean: Array
    change_mean: Array
    change_sd: Array


@dataclass(frozen=True)
class EndpointNumbers:
    """One endpoint in each replicate: all that the analysis needs of its patients."""

    name: str
    label: str
    unit: str
    log: bool
    arms: dict[str, ArmNumbers]
    comparisons: dict[str, Comparison]


@dataclass(frozen=True)
class EndpointAnalysis:
    """All that is reported of one endpoint; `comparisons` maps active arm -> comparison."""

    name: str
    label: str
    unit: str
    log: bool
    arms: dict[str, ArmSummary]
    comparisons: dict[str, Comparison]


@dataclass(frozen=True)
class Influence:
    """How far one uncertain parameter moves the true effect on the primary endpoint.

    `share` is the squared Spearman rank correlation: the share of the variance of the effect's rank
    that this parameter alone explains. `beyond_chance` tells whether it exceeds what the largest of
    as many unrelated parameters would reach in one case out of twenty.
    """

    parameter: str
    note: str
    correlation: float
    share: float
    beyond_chance: bool


@dataclass(frozen=True)
class Analysis:
    """The analysis of a trial: `endpoints` in the design's order, `least_sure` sorted by share."""

    endpoints: dict[str, EndpointAnalysis]
    least_sure: tuple[Influence, ...]
    primary: str


@dataclass(frozen=True)
class Ancova:
    """Adjusted difference, its standard error, t and p, each of shape [...] of the batch."""

    difference: Array
    standard_error: Array
    t: Array
    p: Array


def ancova(
    active: tuple[Array, Array],
    control: tuple[Array, Array],
) -> Ancova:
    r"""Analysis of covariance of two arms for a whole batch of trials.

    Parameters
    ----------
    active, control : (baseline, end), each Array [..., patient]
        NaN marks a value that was not recorded; arms may differ in size

    Returns
    -------
    Ancova
        each field [...]; NaN where a trial has no degree of freedom or no spread at baseline

    Notes
    -----
    With sums about the means of each arm, :math:`S_{xy} = \\sum_g \\sum_i (x - \\bar x_g)(y -
    \\bar y_g)`, ordinary least squares of y ~ 1 + x + arm is :math:`b = S_{xy}/S_{xx}`,
    :math:`d = \\bar y_1 - \\bar y_0 - b(\\bar x_1 - \\bar x_0)`, with variance
    :math:`s^2 (1/n_1 + 1/n_0 + (\\bar x_1 - \\bar x_0)^2/S_{xx})`,
    :math:`s^2 = (S_{yy} - b S_{xy})/(n_1 + n_0 - 3)`.

    Examples
    --------
    >>> x, y = np.array([1.0, 2.0, 4.0]), np.array([1.0, 1.0, 3.0])
    >>> round(float(ancova((x, y + 5), (x, y)).difference), 12)
    5.0
    """
    from scipy.special import stdtr

    groups = [_centred(x, y) for x, y in (active, control)]
    n1, n0 = groups[0].n, groups[1].n
    gap_x, gap_y = (groups[0].mean_x - groups[1].mean_x), (groups[0].mean_y - groups[1].mean_y)
    sxx = sum(np.sum(g.x * g.x, axis=-1) for g in groups)
    sxy = sum(np.sum(g.x * g.y, axis=-1) for g in groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = sxy / np.where(sxx > 0, sxx, np.nan)
        residual = sum(np.sum(np.square(g.y - slope[..., None] * g.x), axis=-1) for g in groups)
        freedom = np.where(n1 + n0 > 3, n1 + n0 - 3, np.nan)
        difference = gap_y - slope * gap_x
        error = np.sqrt(residual / freedom * (1 / n1 + 1 / n0 + gap_x**2 / sxx))
        t = difference / error
    return Ancova(difference, error, t, 2 * stdtr(freedom, -np.abs(t)))


@dataclass(frozen=True)
class _Group:
    n: Array
    mean_x: Array
    mean_y: Array
    x: Array
    y: Array


def _centred(x: Array, y: Array) -> _Group:
    """Complete cases of one arm about their means; who is missing counts as zero."""
    seen = np.isfinite(x) & np.isfinite(y)
    n = seen.sum(axis=-1).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean_x, mean_y = (np.where(seen, v, 0.0).sum(axis=-1) / n for v in (x, y))
    cx, cy = (np.where(seen, v - m[..., None], 0.0) for v, m in ((x, mean_x), (y, mean_y)))
    return _Group(n, mean_x, mean_y, cx, cy)


def analyse(dataset: xr.Dataset, design: TrialDesign) -> Analysis:
    """Analyse every replicate of a trial.

    Parameters
    ----------
    dataset : what `conduct` gives; see docs/architecture.md
    design : the trial

    Returns
    -------
    Analysis
        with every endpoint of the design
    """
    return conclude(per_replicate(dataset, design), dataset, design)


def per_replicate(dataset: xr.Dataset, design: TrialDesign) -> dict[str, EndpointNumbers]:
    """What each replicate by itself would report, endpoint by endpoint.

    Parameters
    ----------
    dataset : `measured` and `latent` of some replicates
    """
    return {
        name: _endpoint(dataset.sel(endpoint=name), design) for name in design.analysis.endpoints
    }


def joined(parts: Sequence[dict[str, EndpointNumbers]]) -> dict[str, EndpointNumbers]:
    """The numbers of several parts of a trial, whose replicates follow each other."""
    return {
        name: replace(
            one,
            arms={arm: _end_to_end([part[name].arms[arm] for part in parts]) for arm in one.arms},
            comparisons={
                arm: _end_to_end([part[name].comparisons[arm] for part in parts])
                for arm in one.comparisons
            },
        )
        for name, one in parts[0].items()
    }


def _end_to_end[Numbers: (ArmNumbers, Comparison)](parts: Sequence[Numbers]) -> Numbers:
    names = [field.name for field in fields(parts[0])]
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return type(parts[0])(**joined)


def conclude(
    numbers: Mapping[str, EndpointNumbers], dataset: xr.Dataset, design: TrialDesign
) -> Analysis:
    """What all replicates together say.

    Parameters
    ----------
    numbers : of all replicates
    dataset : `world` and what its parameters are
    """
    effect = numbers[design.analysis.primary].comparisons[design.active[0].name].true_effect
    notes = dataset["note"].values if "note" in dataset.coords else dataset["uncertain"].values
    least_sure = rank_influence(
        dataset["world"].transpose("replicate", "uncertain").values,
        effect,
        [str(one) for one in dataset["uncertain"].values],
        [str(one) for one in notes],
    )
    endpoints = {
        name: EndpointAnalysis(
            one.name, one.label, one.unit, one.log,
            {arm: _summary(its) for arm, its in one.arms.items()},
            one.comparisons,
        )
        for name, one in numbers.items()
    }  # fmt: skip
    return Analysis(endpoints, least_sure, design.analysis.primary)


def _endpoint(data: xr.Dataset, design: TrialDesign) -> EndpointNumbers:
    def flag(name: str, otherwise: object) -> object:
        return data[name].item() if name in data.coords else otherwise

    log, lower_is_better = bool(flag("log", False)), bool(flag("lower_is_better", True))
    measured = data["measured"].transpose("arm", "replicate", "patient", "visit")
    ends = measured.isel(visit=[0, -1])
    pairs = {
        str(arm): (ends.sel(arm=arm).values[..., 0], ends.sel(arm=arm).values[..., 1])
        for arm in data["arm"].values
    }
    control = design.control.name
    comparisons = {}
    for arm in (one.name for one in design.active):
        natural = ancova(pairs[arm], pairs[control])
        tested = ancova(_logs(pairs[arm]), _logs(pairs[control])) if log else natural
        comparisons[arm] = Comparison(
            natural.difference,
            natural.standard_error,
            tested.p,
            (tested.difference < 0) == lower_is_better,
            true_effect(data["latent"], arm, control),
        )
    name = str(data["endpoint"].item())
    return EndpointNumbers(
        name=name,
        label=str(flag("label", name)),
        unit=str(flag("unit", "")),
        log=log,
        arms={arm: _arm(*pair) for arm, pair in pairs.items()},
        comparisons=comparisons,
    )


def _logs(pair: tuple[Array, Array]) -> tuple[Array, Array]:
    first, last = (np.log(np.where(value > 0, value, np.nan)) for value in pair)
    return first, last


def _arm(baseline: Array, end: Array) -> ArmNumbers:
    seen = np.isfinite(baseline) & np.isfinite(end)
    x, y = np.where(seen, baseline, np.nan), np.where(seen, end, np.nan)
    enough = seen.sum(axis=-1) > 1
    spread = np.full(len(seen), np.nan)
    spread[enough] = np.nanstd((y - x)[enough], axis=-1, ddof=1)
    return ArmNumbers(_patient_mean(x), _patient_mean(y), _patient_mean(y - x), spread)


def _summary(its: ArmNumbers) -> ArmSummary:
    first, last, change = (mean_of(v) for v in (its.baseline_mean, its.end_mean, its.change_mean))
    return ArmSummary(first, last, change, mean_of(its.change_sd))


def _patient_mean(values: Array) -> Array:
    seen = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return np.where(seen, values, 0.0).sum(axis=-1) / seen.sum(axis=-1)


def true_effect(latent: xr.DataArray, active: str, control: str) -> Array:
    """What the intervention does to the patients of both arms, free of noise.

    Parameters
    ----------
    latent : DataArray [replicate, arm, patient, given, visit]
    active, control : names along `arm` and `given`

    Returns
    -------
    Array [replicate]
        mean over patients of the paired difference at the last visit
    """
    last = latent.isel(visit=-1).sel(arm=[active, control])
    paired = last.sel(given=active) - last.sel(given=control)
    paired = paired.transpose("replicate", "arm", "patient")
    return _patient_mean(paired.values.reshape(paired.sizes["replicate"], -1))


def rank_influence(
    world: Array, effect: Array, parameters: list[str], notes: list[str]
) -> tuple[Influence, ...]:
    """Which uncertain parameters the effect hangs on, most influential first.

    Parameters
    ----------
    world : Array [replicate, uncertain]
    effect : Array [replicate]
    parameters, notes : ids and descriptions [uncertain]
    """
    from scipy.special import stdtrit
    from scipy.stats import rankdata

    use = np.isfinite(effect)
    n = int(use.sum())
    if n < 3 or not parameters:
        return ()
    ranks = rankdata(world[use], axis=0) - (n + 1) / 2
    target = rankdata(effect[use]) - (n + 1) / 2
    norm = np.sqrt(np.sum(ranks**2, axis=0) * np.sum(target**2))
    rho = np.where(norm > 0, ranks.T @ target / np.where(norm > 0, norm, 1.0), 0.0)
    t = stdtrit(n - 2, 1 - ALPHA / (2 * len(parameters)))
    chance = t**2 / (n - 2 + t**2)
    found = [
        Influence(parameter, note or parameter, float(r), float(r**2), bool(r**2 > chance))
        for parameter, note, r in zip(parameters, notes, rho, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: (-one.share, one.parameter)))


def interval(values: Array) -> tuple[float, float]:
    """The 2.5th and 97.5th percentile of what is a number; NaN if nothing is."""
    seen = values[np.isfinite(values)]
    if not seen.size:
        return float("nan"), float("nan")
    low, high = np.percentile(seen, [2.5, 97.5])
    return float(low), float(high)


def mean_of(values: Array) -> float:
    """The mean of what is a number; NaN if nothing is."""
    seen = values[np.isfinite(values)]
    return float(seen.mean()) if seen.size else float("nan")
