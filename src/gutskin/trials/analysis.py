"""What the trial's statistician would report, for every replicate of the trial at once.

Each active arm is compared with the control at the last visit by analysis of covariance: value at
the last visit ~ baseline + arm, two-sided t test, complete cases. Beside it stands what no real
trial can see: the true effect, the mean paired difference between the courses of the same patients
under both arms, free of noise and of the luck of randomisation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gutskin.trials.ancova import ancova
from gutskin.trials.by_method import by_method
from gutskin.trials.certainty import error_of_mean, is_nothing, mean_of
from gutskin.trials.comparison import ArmNumbers, Comparison, EndpointNumbers
from gutskin.trials.distributions import ratio
from gutskin.trials.influence import Influence, rank_influence
from gutskin.trials.interim import with_earlier
from gutskin.trials.luck import share_of_patients
from gutskin.trials.methods import WHOLE
from gutskin.trials.questions import with_adjusted
from gutskin.trials.route_shares import Lost, lost_without
from gutskin.trials.scales import log as log_of
from gutskin.trials.scales import logs, mean_and_error, patient_mean
from gutskin.trials.who_left import beyond_the_truth

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.trials.design import TrialDesign
    from gutskin.trials.endpoints import Endpoint

Array = NDArray[np.float64]


@dataclass(frozen=True)
class ArmSummary:
    """How one arm fared, averaged over replicates; patients with both visits only.

    `change_sd` is the standard deviation between the patients of one trial; `monte_carlo_error`
    has the Monte-Carlo error of each of the others. `change_ratio` is the geometric mean of end
    over baseline, where logarithms are tested; else None.
    """

    baseline_mean: float
    end_mean: float
    change_mean: float
    change_sd: float
    monte_carlo_error: dict[str, float]
    change_ratio: float | None = None

    def entry(self) -> dict[str, Any]:
        """As plain values; what is not asked of an endpoint is no part of them."""
        return {key: one for key, one in asdict(self).items() if one is not None}


@dataclass(frozen=True)
class EndpointAnalysis:
    """All that is reported of one endpoint; `comparisons` maps active arm -> comparison.

    `spread` is the standard deviation of change between patients of the control arm, beside which
    an effect may be nothing; `complete` maps arm -> share of its patients with both visits, `asked`
    arm -> how many of them have the first one (of a questionnaire those of its ages), `missing`
    how many of these, of all arms, have no value at the visit of the analysis. Where logarithms are
    tested `log_change_sd` is the standard deviation of their change between the patients of each
    arm, and `log_spread` that of the control arm. `whole` is as in `EndpointNumbers`.
    """

    name: str
    label: str
    unit: str
    log: bool
    lower_is_better: bool
    arms: dict[str, ArmSummary]
    comparisons: dict[str, Comparison]
    spread: float
    complete: dict[str, float]
    asked: dict[str, float]
    missing: float
    log_change_sd: dict[str, float] = field(default_factory=dict)
    log_spread: float = float("nan")
    whole: bool = False

    def effect_of(self, arm: str) -> Array:
        """The true effects of an active arm on the scale that is tested [replicate]."""
        compared = self.comparisons[arm]
        return compared.tested_effect if self.log else compared.true_effect

    def is_nothing(self, arm: str) -> bool:
        """Whether these are too small to be told from none."""
        return is_nothing(self.effect_of(arm), self.log_spread if self.log else self.spread)

    @property
    def people(self) -> float:
        """Over how many patients a true effect is a mean, where each has a whole number.

        Yes or no, a count, a grade: few people may all be alike, though not everybody is. Without
        end of a score, in which nobody is like another.
        """
        return sum(self.asked.values()) if self.whole else float("inf")


@dataclass(frozen=True)
class Analysis:
    """The analysis of a trial.

    Parameters
    ----------
    endpoints : in the design's order
    least_sure : sorted by share; empty where there is no effect that could hang on anything
    lost_without : route -> what is lost of the primary effect without it; empty where there is no
        effect to lose, or no route was closed
    """

    endpoints: dict[str, EndpointAnalysis]
    least_sure: tuple[Influence, ...]
    lost_without: dict[str, Lost]
    primary: str


def analyse(
    dataset: xr.Dataset, design: TrialDesign, endpoints: Sequence[Endpoint] = ()
) -> Analysis:
    """Analyse every replicate of a trial.

    Parameters
    ----------
    dataset : `data` of `run_trial`; see docs/architecture.md
    design : the trial
    endpoints : its endpoints; what is not among them is taken for a score

    Returns
    -------
    Analysis
        with every endpoint of the design
    """
    return conclude(per_replicate(dataset, design, endpoints), dataset, design)


def per_replicate(
    dataset: xr.Dataset, design: TrialDesign, endpoints: Sequence[Endpoint] = ()
) -> dict[str, EndpointNumbers]:
    """What each replicate by itself would report, endpoint by endpoint.

    Parameters
    ----------
    dataset : `measured` and `latent` of some replicates
    endpoints : as for `analyse`
    """
    known = {one.name: one for one in endpoints}

    def of(name: str, some: xr.Dataset) -> EndpointNumbers:
        plain = _endpoint(some.sel(endpoint=name), design)
        return by_method(plain, some, design, known.get(name))

    found = {name: of(name, dataset) for name in design.analysis.endpoints}
    primary = design.analysis.primary
    found[primary] = with_earlier(
        found[primary], dataset, design, lambda some: of(primary, some).comparisons
    )
    return found


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
    first = parts[0]
    names = [one.name for one in fields(first) if isinstance(getattr(first, one.name), np.ndarray)]
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    return replace(first, **joined)


def conclude(
    numbers: Mapping[str, EndpointNumbers], dataset: xr.Dataset, design: TrialDesign
) -> Analysis:
    """What all replicates together say.

    Parameters
    ----------
    numbers : of all replicates
    dataset : `world` and what its parameters are
    """
    asked = with_adjusted(numbers, design)
    endpoints = {name: _concluded(one, design) for name, one in asked.items()}
    primary = endpoints[design.analysis.primary]
    first = design.active[0].name
    least_sure: tuple[Influence, ...] = ()
    lost: dict[str, Lost] = {}
    if not primary.is_nothing(first):
        notes = dataset["note"].values if "note" in dataset.coords else dataset["uncertain"].values
        least_sure = rank_influence(
            dataset["world"].transpose("replicate", "uncertain").values,
            primary.effect_of(first),
            [str(one) for one in dataset["uncertain"].values],
            [str(one) for one in notes],
        )
        if "effect_without" in dataset:
            lost = lost_without(
                dataset["effect_without"], primary.log_spread if primary.log else primary.spread
            )
    return Analysis(endpoints, least_sure, lost, design.analysis.primary)


def _concluded(one: EndpointNumbers, design: TrialDesign) -> EndpointAnalysis:
    enrolled = {arm.name: arm.n for arm in design.arms}
    spread_of = design.active[0] if design.single_arm else design.control
    log_sd = {
        arm: mean_of(its.log_change_sd)
        for arm, its in one.arms.items()
        if its.log_change_sd is not None
    }
    return EndpointAnalysis(
        one.name, one.label, one.unit, one.log, one.lower_is_better,
        {arm: _summary(numbers) for arm, numbers in one.arms.items()},
        one.comparisons,
        mean_of(one.arms[spread_of.name].change_sd),
        {arm: float(its.complete.mean()) / max(enrolled[arm], 1) for arm, its in one.arms.items()},
        {arm: mean_of(its.asked) for arm, its in one.arms.items()},
        sum(mean_of(its.asked - its.complete) for its in one.arms.values()),
        log_sd, log_sd.get(spread_of.name, float("nan")), one.whole,
    )  # fmt: skip


def _endpoint(data: xr.Dataset, design: TrialDesign) -> EndpointNumbers:
    def flag(name: str, otherwise: object) -> object:
        return data[name].item() if name in data.coords else otherwise

    log, lower_is_better = bool(flag("log", False)), bool(flag("lower_is_better", True))
    measured = data["measured"].transpose("arm", "replicate", "patient", "visit")
    ends = measured.isel(visit=[0, design.analysed])
    pairs = {
        str(arm): (ends.sel(arm=arm).values[..., 0], ends.sel(arm=arm).values[..., 1])
        for arm in data["arm"].values
    }
    control = design.control.name
    true = data["latent"].transpose("visit", "replicate", "arm", "patient", "given")
    ends_true, first_true = true.isel(visit=design.analysed), true.isel(visit=0)
    comparisons = {
        arm.name: _compared(pairs, ends_true, first_true, arm.name, control, log, lower_is_better)
        for arm in design.active
    }
    name = str(data["endpoint"].item())
    return EndpointNumbers(
        name=name,
        label=str(flag("label", name)),
        unit=str(flag("unit", "")),
        log=log,
        lower_is_better=lower_is_better,
        arms={arm: _arm(*pair, log) for arm, pair in pairs.items()},
        comparisons=comparisons,
        whole=str(flag("unit", "")) == "1" or flag("scale", "") in WHOLE,
    )


def _compared(
    pairs: Mapping[str, tuple[Array, Array]],
    latent: xr.DataArray,
    before: xr.DataArray,
    arm: str,
    control: str,
    log: bool,
    lower_is_better: bool,
) -> Comparison:
    """One active arm in each replicate.

    Parameters
    ----------
    pairs : arm -> recorded values at baseline, at the last visit, each Array [replicate, patient]
    latent, before : DataArray [replicate, arm, patient, given], true values at the last visit and
        at the first
    """
    both = latent.sel(arm=[arm, control])
    true = tuple(both.sel(given=one).values for one in (arm, control))
    own = (true[0][:, 0], true[1][:, 1])
    first = (
        before.sel(arm=arm, given=arm).values, before.sel(arm=control, given=control).values
    )  # fmt: skip
    return compared((pairs[arm], pairs[control]), true, own, log, lower_is_better, first)


def compared(
    pairs: tuple[tuple[Array, Array], tuple[Array, Array]],
    true: tuple[Array, ...],
    own: tuple[Array, Array],
    log: bool,
    lower_is_better: bool,
    first: tuple[Array, Array] | None = None,
) -> Comparison:
    """Two arms in each replicate, by analysis of covariance.

    Parameters
    ----------
    pairs : of the active arm and of the control: recorded values at baseline, at the last visit,
        each Array [replicate, patient]
    true : Array [replicate, arm, patient], values of the same patients under the active treatment,
        under the control's, at the last visit, without noise
    own : Array [replicate, patient], of each arm's patients, under what they were assigned to
    first : the same at the first visit, where it is to be told what of the error is the patients'
    """
    natural = ancova(*pairs)
    scaled = tuple(logs(one) if log else one for one in pairs)
    tested = ancova(*scaled) if log else natural
    on_scale = [log_of(values) if log else values for values in (*true, *own)]
    effect, error = mean_and_error(on_scale[0] - on_scale[1])
    beyond = beyond_the_truth((scaled[0], scaled[1]), (on_scale[2], on_scale[3]))
    return Comparison(
        natural.difference,
        natural.standard_error,
        tested.p,
        (tested.difference < 0) == lower_is_better,
        mean_and_error(true[0] - true[1])[0],
        tested.untested,
        tested.difference,
        tested.residual_sd,
        tested.freedom,
        tested.adjusted,
        effect,
        error,
        beyond,
        of_patients=None if first is None else _of_patients(scaled, first, on_scale[2:], log),
        tested_standard_error=tested.standard_error if log else None,
    )


def _of_patients(
    recorded: tuple[tuple[Array, Array], ...],
    first: tuple[Array, Array],
    own: Sequence[Array],
    on_logs: bool,
) -> Array:
    """The share of a squared error that patients leave, on the tested scale [replicate].

    Parameters
    ----------
    recorded, own : on that scale, as for `compared`
    first : as for `compared`
    """
    begin = [log_of(values) if on_logs else values for values in first]
    return share_of_patients((recorded[0], recorded[1]), ((begin[0], own[0]), (begin[1], own[1])))


def _arm(baseline: Array, end: Array, on_logs: bool) -> ArmNumbers:
    seen = np.isfinite(baseline) & np.isfinite(end)
    x, y = np.where(seen, baseline, np.nan), np.where(seen, end, np.nan)
    complete = seen.sum(axis=-1).astype(float)
    asked = np.isfinite(baseline).sum(axis=-1).astype(float)
    means = patient_mean(x), patient_mean(y), patient_mean(y - x)
    change_sd = _between_patients(y - x)
    if not on_logs:
        return ArmNumbers(*means, change_sd, complete, asked)
    change = log_of(y) - log_of(x)
    of_logs = _between_patients(change), patient_mean(change)
    return ArmNumbers(*means, change_sd, complete, asked, *of_logs)


def _between_patients(change: Array) -> Array:
    """The standard deviation between the patients of each replicate; NaN of fewer than two."""
    enough = np.isfinite(change).sum(axis=-1) > 1
    spread = np.full(len(change), np.nan)
    spread[enough] = np.nanstd(change[enough], axis=-1, ddof=1)
    return spread


def _summary(numbers: ArmNumbers) -> ArmSummary:
    names = ("baseline_mean", "end_mean", "change_mean", "change_sd")
    means = {name: mean_of(getattr(numbers, name)) for name in names}
    errors = {name: error_of_mean(getattr(numbers, name)) for name in names}
    if numbers.log_change is None:
        return ArmSummary(**means, monte_carlo_error=errors)
    told = ratio(numbers.log_change, "trials")
    errors["change_ratio"] = told["monte_carlo_error"]
    return ArmSummary(**means, monte_carlo_error=errors, change_ratio=told["mean"])
