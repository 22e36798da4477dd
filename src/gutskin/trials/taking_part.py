"""Who takes part in a trial: how many come to be randomised and analysed, and what they are like.

What a report of a trial shows first: the flow of people through it, and the characteristics of each
arm at the first visit. Every replicate is a trial of its own, with a flow and a table of its own;
what is kept are sums over replicates, as many for a run of any size. They are exact, so that they
are the same however a run is cut into chunks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gutskin.statistics.missing_values import carried_forward, completers, failed_if_missing
from gutskin.trials import follow, screening
from gutskin.trials.chosen_method import method_of, missing_of
from gutskin.trials.event_times import times_of
from gutskin.trials.first_visit import GEOMETRIC, SHARE, traits, traits_of_patients
from gutskin.trials.left_out import UNSEEN, Why
from gutskin.trials.methods import IMPUTED, TIMED
from gutskin.trials.record import Fate
from gutskin.trials.second_part import counted_from, goes_on
from gutskin.trials.study import Study

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.trials.design import TrialDesign
    from gutskin.trials.parts import Arm

Array = NDArray[np.float64]
Exact = NDArray[np.object_]  # of Fraction
MOMENTS = ("known", "mean", "variance")  # of a trait in an arm of one replicate
BESIDE = ("rescued", "analysed")  # rows of `ends` after the fates
AT_THE_END = ("g-computation", "mantel-haenszel")  # these ask for no record of the first visit
PARTS = ("left_out", "ends", "baseline")
BITS = 53  # of a number between two powers of two


@dataclass(frozen=True, eq=False)
class TakingPart:
    """Who takes part in some replicates, as sums over them (see `sums_of`).

    Parameters
    ----------
    left_out : Array [sum, why], candidates who are not randomised, see `Why`
    ends : Array [sum, arm, end], patients by their `Fate`, then those of `BESIDE`
    baseline : Array [sum, arm, trait, moment], each replicate's number of patients whose trait is
        known, their mean and their variance
    """

    left_out: Exact
    ends: Exact
    baseline: Exact

    @classmethod
    def together(cls, parts: Sequence[TakingPart]) -> TakingPart:
        """Of all parts of a run."""
        return cls(*(np.stack([getattr(one, name) for one in parts]).sum(axis=0) for name in PARTS))

    def to_json(self) -> dict[str, Any]:
        """As plain values: every sum as a fraction in words, such as "7/2"."""
        return {name: getattr(self, name).astype(str).tolist() for name in PARTS}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> TakingPart:
        """Of plain values."""
        return cls(*(exactly(plain[name]) for name in PARTS))


def of_batch(
    study: Study,
    replicates: int,
    enrolled: screening.Enrolled,
    results: Sequence[follow.FollowUp],
) -> TakingPart:
    """Who takes part in a batch of replicates.

    Parameters
    ----------
    enrolled : everybody who is randomised
    results : what became of them, in their order
    """
    design, arms = study.design, len(study.design.arms)
    record = np.concatenate([one.measured for one in results], axis=2)
    fate, rescued = (
        np.concatenate([getattr(one, name) for one in results]) for name in ("fate", "rescued")
    )
    primary = design.analysis.endpoints.index(design.analysis.primary)
    arm, asked = follow.arm_of(study, enrolled), study.endpoints[primary]
    own = record[primary]
    if method_of(design.analysis, asked.name, asked.scale) in TIMED:  # until who leaves has left
        came = [one.came for one in results if one.came is not None]
        own = np.where(np.concatenate(came, axis=1), own, np.nan) if came else own
    analysed = is_analysed(
        design, asked.scale, own.T,
        failure=float(asked.lower_is_better),
    ) & _goes_on(design, arm, record)  # fmt: skip
    replicate = enrolled.keys[:, 0].astype(int) - study.first
    group = replicate + replicates * arm
    rows = (*(fate == one for one in Fate), rescued, analysed)
    ends = [np.bincount(group[row], minlength=arms * replicates) for row in rows]
    found = traits_of_patients(study, enrolled, record[:, 0])
    moments = np.stack([moments_of(one, group, arms * replicates) for one in found])
    return TakingPart(
        sums_of(enrolled.left_out.counts(study.first, replicates)),
        sums_of(np.reshape(ends, (len(rows), arms, replicates)).swapaxes(0, 1)),
        sums_of(moments.reshape(*moments.shape[:2], arms, replicates).transpose(2, 0, 1, 3)),
    )


def exactly(values: Any) -> Exact:
    """Numbers, or fractions in words, without rounding, Array of as many axes as they have."""
    made: Any = np.frompyfunc(Fraction, 1, 1)
    found: Exact = made(np.array(values, object))
    return found


def sums_of(values: NDArray[Any]) -> Exact:
    """Of how many replicates a number is known, their sum, that of their squares, [sum, ...].

    Parameters
    ----------
    values : Array [..., replicate]; NaN is not known

    Examples
    --------
    >>> sums_of(np.array([[1.0, 3.0], [2.5, np.nan]])).astype(float).tolist()
    [[2.0, 1.0], [4.0, 2.5], [10.0, 6.25]]
    """
    seen = np.isfinite(values)
    sums = np.empty((3, *seen.shape[:-1]), object)
    sums[0] = exactly(seen.sum(axis=-1))
    for place in np.ndindex(seen.shape[:-1]):
        sums[(slice(1, 3), *place)] = _sum_and_squares(values[place][seen[place]])
    return sums


def _sum_and_squares(values: Array) -> tuple[Fraction, Fraction]:
    """The sum of some numbers and that of their squares, without rounding.

    Every number is a whole number of the smallest unit (a power of two) that one of them needs.
    """
    part, power = np.frexp(np.asarray(values, float))
    unit = int(power.min(initial=0)) - BITS
    whole = [
        number << places
        for number, places in zip(
            np.ldexp(part, BITS).astype(np.int64).tolist(), (power - BITS - unit).tolist(),
            strict=True,
        )
    ]  # fmt: skip
    scale = Fraction(2) ** unit
    return sum(whole) * scale, sum(number * number for number in whole) * scale**2


def mean_and_error(sums: Exact) -> tuple[Array, Array]:
    """The mean over replicates, NaN of none, and its Monte-Carlo error, NaN of fewer than two.

    Parameters
    ----------
    sums : Array [sum, ...]

    Examples
    --------
    >>> mean, error = mean_and_error(sums_of(np.array([[1.0, 3.0], [2.5, np.nan]])))
    >>> mean.tolist(), error.tolist()
    ([2.0, 2.5], [1.0, nan])
    """
    found = np.full((2, *sums.shape[1:]), np.nan)
    for place in np.ndindex(sums.shape[1:]):
        many, total, squares = (sums[(row, *place)] for row in range(3))
        if many > 0:
            found[(0, *place)] = total / many
        if many > 1:
            found[(1, *place)] = np.sqrt(float((squares - total**2 / many) / (many - 1) / many))
    return found[0], found[1]


def moments_of(values: Array, group: NDArray[np.int_], groups: int) -> Array:
    """Of each group how many values are known, their mean and their variance, [moment, group].

    Parameters
    ----------
    values, group : Array [patient]; NaN is not known

    Examples
    --------
    >>> moments_of(np.array([1.0, 3.0, 5.0, np.nan]), np.array([0, 0, 1, 1]), 2).tolist()
    [[2.0, 1.0], [2.0, 5.0], [2.0, nan]]
    """
    seen = np.isfinite(values)
    of, there = group[seen], values[seen]
    many = np.bincount(of, minlength=groups).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.bincount(of, there, minlength=groups) / many
        apart = np.bincount(of, np.square(there - mean[of]), minlength=groups)
        return np.stack([many, mean, np.where(many > 1, apart / (many - 1), np.nan)])


def _goes_on(design: TrialDesign, arm: NDArray[np.int_], record: Array) -> NDArray[np.bool_]:
    """Who is in the part of the trial that is analysed [patient].

    Parameters
    ----------
    arm : Array [patient], place of the arm of each
    record : Array [endpoint, visit, patient]
    """
    if design.responders is None:
        return np.ones(len(arm), bool)
    rule = record[design.analysis.endpoints.index(design.responders.rule)].T
    return np.select(
        [arm == place for place in range(len(design.arms))],
        [goes_on(design, one.name, rule) for one in design.arms],
        default=False,  # else NumPy makes numbers of yes and no, and numbers are places
    )


def is_analysed(
    design: TrialDesign, scale: str, record: Array, failure: float
) -> NDArray[np.bool_]:
    """Whose record of the primary endpoint the trial's own test uses [patient].

    Parameters
    ----------
    scale : of the endpoint
    record : Array [patient, visit]
    failure : what stands for a missing yes or no where that counts as failed
    """
    if design.crossover is not None:
        ends = [design.visits.weeks.index(period[1]) for period in design.crossover.periods]
        return np.isfinite(record[:, ends]).all(axis=1)
    values = record[:, : design.analysed + 1]
    seen = np.isfinite(values)
    if design.single_arm:
        return seen[:, 0] & seen[:, -1]
    method = method_of(design.analysis, design.analysis.primary, scale)
    missing = missing_of(design.analysis, method, scale)
    if missing in IMPUTED:
        return seen[:, 0]
    if missing == "locf":
        values = carried_forward(values)
    elif missing == "completers":
        values = completers(values)
    elif missing == "non-responder":
        values = failed_if_missing(values, seen[:, 0], failure)
    seen = np.isfinite(values)
    if method in TIMED:
        return np.isfinite(times_of(values, design)[0])
    if method in AT_THE_END:
        return seen[:, -1]
    if method == "negative-binomial":
        return seen[:, counted_from(design) + 1 :].any(axis=1)
    return seen[:, 0] & (seen[:, 1:].any(axis=1) if method == "mmrm" else seen[:, -1])


def shown(parts: Sequence[TakingPart | None], study: Study) -> dict[str, Any]:
    """What a trial shows of who takes part, as variables and coordinates; nothing if not known.

    Parameters
    ----------
    parts : of its chunks, in their order
    """
    known = [one for one in parts if one is not None]
    if not known or len(known) < len(parts):
        return {}
    whole, lines = TakingPart.together(known), traits(study.design, study.model)
    about = {
        f"trait_{name}": ("trait", [getattr(one, name) for one in lines])
        for name in ("label", "unit", "kind", "source")
    }
    table, error = mean_and_error(whole.baseline)
    return {
        "left_out": ("why", mean_and_error(whole.left_out)[0]),
        "ends": (("arm", "end"), mean_and_error(whole.ends)[0]),
        "baseline": (("arm", "trait", "moment"), table),
        "baseline_error": (("arm", "trait"), error[..., MOMENTS.index("mean")]),
        "trait": [one.name for one in lines],
        **about,
    }


def summarised(design: TrialDesign, dataset: xr.Dataset) -> dict[str, Any]:
    """The flow of people and the table of who takes part, as plain values; nothing if not known.

    Parameters
    ----------
    dataset : what a trial shows
    """
    if "baseline" not in dataset:
        return {}
    arms = [arm for arm in design.arms if arm.n]
    return {
        "flow": _flow(design, arms, dataset["left_out"].values, dataset["ends"].values),
        "baseline": [*_table(arms, dataset)],
    }


def _flow(design: TrialDesign, arms: Sequence[Arm], left_out: Array, ends: Array) -> dict[str, Any]:
    """How many people of one trial come to which point, on average.

    Parameters
    ----------
    arms : with patients
    left_out : Array [why]
    ends : Array [arm, end]
    """
    found: dict[str, Any] = {}
    randomised = sum(arm.n for arm in arms)
    if not design.from_birth:
        why = {one.name: float(left_out[one]) for one in Why}
        unseen = {one.name: why.pop(one.name) for one in UNSEEN}
        screened = randomised + sum(why.values())
        found = {
            "candidates": screened + sum(unseen.values()),
            "not_seen": unseen,
            "screened": screened,
            "not_admitted": why,
        }
    place = {arm.name: number for number, arm in enumerate(design.arms)}
    of_arms = {}
    for arm in arms:
        row = ends[place[arm.name]]
        reasons = {one.name: float(row[one]) for one in Fate if one is not Fate.there}
        beside = dict(zip(BESIDE, (float(one) for one in row[len(Fate) :]), strict=True))
        of_arms[arm.name] = {
            "randomised": arm.n,
            "completed": float(row[Fate.there]),
            "lost": sum(reasons.values()),
            "reasons": reasons,
            **beside,
        }
    week = float(design.visits.weeks[design.watched_until])
    return {**found, "randomised": randomised, "week": week, "arms": of_arms}


def _table(arms: Sequence[Arm], dataset: xr.Dataset) -> Any:
    """The lines of the table of who takes part."""
    for name in dataset["trait"].values:
        its = dataset.sel(trait=name)
        kind = str(its["trait_kind"].item())
        yield {
            "name": str(name),
            "label": str(its["trait_label"].item()),
            "unit": str(its["trait_unit"].item()),
            "kind": kind,
            "source": str(its["trait_source"].item()),
            "arms": {
                arm.name: _cell(
                    kind,
                    its["baseline"].sel(arm=arm.name).values.tolist(),
                    float(its["baseline_error"].sel(arm=arm.name).item()),
                )
                for arm in arms
            },
        }


def _cell(kind: str, moments: Sequence[float], error: float) -> dict[str, Any]:
    """A line in one arm: mean of one trial, and standard deviation between its patients.

    Of a geometric mean the standard deviation is a factor.
    """
    known, mean, variance = moments
    spread = float(np.sqrt(variance))
    if kind == GEOMETRIC:
        mean, spread = float(np.exp(mean)), float(np.exp(spread))
        error *= mean
    found = {"n": known, "mean": mean, "sd": spread, "monte_carlo_error": error}
    if kind == SHARE:
        del found["sd"]
    return found
