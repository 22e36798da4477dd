"""Estimands in every replicate: their true values, and what each estimator reports of them.

The true value of an estimand is a mean over the patients of both arms, each as he would be under
either: no luck of randomisation is in it. An estimator sees what the trial wrote down. Ratios are
told on the logarithm.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gutskin.trials.adjustment import Adjustment, adjustment_of
from gutskin.trials.chosen_method import method_of, rule_of
from gutskin.trials.estimand_parts import (
    EVENTS,
    EVERYBODY,
    GIVES,
    OF,
    Estimand,
    Estimator,
    Strategies,
    SummaryMeasure,
)
from gutskin.trials.estimand_values import handled
from gutskin.trials.methods import FITS, RULES, SHARES, WITHIN, Method
from gutskin.trials.scales import log

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.trials.design import TrialDesign
    from gutskin.trials.endpoints import Endpoint

MIXED, FIRST_PERIOD = "mixed_model", "first_period"
COUNTED, LEFT_OUT = (
    Strategies(rescue=way, discontinuation=way, dropout=way)
    for way in ("treatment policy", "hypothetical")
)


@dataclass(frozen=True, eq=False)
class EstimandNumbers:
    """Estimands of some replicates.

    Parameters
    ----------
    values : Array [estimand, active, told, replicate], told: the true value by the record, that of
        bodies, then each estimator; NaN where one does not fit; ratios as logarithms
    shares : Array [arm, event, replicate], of patients to whom an event happened before the end
    """

    values: np.ndarray
    shares: np.ndarray


def measure_of(one: Estimand, scale: str) -> SummaryMeasure:
    """The summary of an estimand: its own, or the usual one of its endpoint.

    What is tested on logarithms is compared by the ratio of geometric means, as the test does.
    """
    if one.summary is not None:
        return one.summary
    if scale == "log":
        return "ratio of geometric means"
    return "risk difference" if scale in SHARES else "difference of means"


def endpoint_of(one: Estimand, design: TrialDesign) -> str:
    """The endpoint of an estimand."""
    return one.endpoint or design.analysis.primary


def estimators_of(design: TrialDesign) -> tuple[Estimator, ...]:
    """The estimators of a trial: the file's, or the trial's own analysis and its usual rivals."""
    if design.estimators:
        return design.estimators
    own = Estimator(name="as_asked", label="own analysis, events as the estimand asks")
    other = Estimator(name=MIXED, label="mixed model, events as the estimand asks", method="mmrm")
    if design.crossover is not None:
        label = "first period alone, events as the estimand asks"
        other = Estimator(name=FIRST_PERIOD, label=label)
    if not (design.conduct.rescue or design.discontinuation):
        return own, other
    every = Estimator(name="all_values", label="own analysis of all values", strategies=COUNTED)
    before = Estimator(
        name="before_events", label="own analysis of values before events", strategies=LEFT_OUT
    )
    return own, every, before, other


def fitted(
    design: TrialDesign, estimator: Estimator, one: Estimand, scale: str
) -> Estimator | None:
    """An estimator as it is used of an estimand; None if it cannot give its summary.

    That of a crossover compares within patients. The trial's own analysis has the method and the
    rule for missing values of the endpoint, or another method where that one does not give the
    summary; the mixed model is no rival where it is that method.

    Parameters
    ----------
    scale : of the endpoint
    """
    if design.crossover is not None:
        used = "ancova" if estimator.name == FIRST_PERIOD else WITHIN
        return estimator.model_copy(update={"method": used})
    allowed: list[Method] = [each for each in GIVES[measure_of(one, scale)] if scale in FITS[each]]
    own = method_of(design.analysis, endpoint_of(one, design), scale)
    if estimator.name == MIXED and own == "mmrm" and not design.estimators:
        return None
    if design.estimators or estimator.name == MIXED:
        methods, scales = RULES[estimator.missing]
        fits = estimator.method in allowed and estimator.method in methods and scale in scales
        return estimator if fits else None
    method: Method = own if allowed.count(own) else allowed[0]
    missing = rule_of(design.analysis, method, scale)
    return estimator.model_copy(update={"method": method, "missing": missing})


def of_each_replicate(
    dataset: xr.Dataset, design: TrialDesign, endpoints: Sequence[Endpoint]
) -> EstimandNumbers:
    """The estimands of some replicates.

    Parameters
    ----------
    dataset : `observed`, `event` and `potential` of some replicates, `member` of subgroups
    endpoints : of the design
    """
    asked, told = design.estimands, len(OF) + len(estimators_of(design))
    count, arms = dataset.sizes["replicate"], [arm.name for arm in design.arms]
    values = np.full((len(asked), len(design.active), told, count), np.nan)
    shares = np.full((len(arms), len(EVENTS), count), np.nan)
    if not asked:
        return EstimandNumbers(values, shares)
    record = _Record.of(dataset, design, endpoints)
    for number, one in enumerate(design.arms):
        last = len(design.visits.weeks) - 1
        shares[number] = (record.events[:, number, :, : one.n] < last).mean(axis=-1)
    for place, one in enumerate(asked):
        for number, arm in enumerate(design.active):
            pair = [arms.index(arm.name), arms.index(design.control.name)]
            found = list(record.true(place, one, pair))
            found += [record.reported(one, pair, each) for each in estimators_of(design)]
            values[place, number] = found
    return EstimandNumbers(values, shares)


@dataclass(frozen=True, eq=False)
class _Record:
    """What is known of some replicates, as arrays.

    Parameters
    ----------
    observed : Array [endpoint, arm, replicate, patient, visit]
    events : Array [event, arm, replicate, patient], number of a visit
    potential : Array [estimand, of, given, arm, replicate, patient]
    member : Array [subgroup, arm, replicate, patient] (bool)
    stratum : Array [arm, replicate, patient] (int), where the analysis is adjusted for strata
    """

    design: TrialDesign
    endpoints: Sequence[Endpoint]
    observed: np.ndarray
    events: np.ndarray
    potential: np.ndarray
    member: np.ndarray | None
    replicates: list[int]
    stratum: np.ndarray | None = None

    @classmethod
    def of(cls, data: xr.Dataset, design: TrialDesign, endpoints: Sequence[Endpoint]) -> _Record:
        order = ("arm", "replicate", "patient")
        return cls(
            design, endpoints,
            data["observed"].transpose("endpoint", *order, "visit").values,
            _visit_numbers(data["event"].transpose("kind", *order).values, design),
            data["potential"].transpose("estimand", "of", "given", *order).values,
            data["member"].transpose("subgroup", *order).values if design.subgroups else None,
            [int(number) for number in np.atleast_1d(data["replicate"].values)],
            data["stratum"].transpose(*order).values if design.adjusted_strata > 1 else None,
        )  # fmt: skip

    def inside(self, one: Estimand, pair: list[int]) -> np.ndarray:
        """Who belongs to the population of an estimand, Array [2, replicate, patient] (bool)."""
        shape = self.observed[0, pair, ..., 0].shape
        if one.population == EVERYBODY or self.member is None:
            return np.ones(shape, bool)
        names = [group.name for group in self.design.subgroups]
        return self.member[names.index(one.population)][pair]

    def true(self, place: int, one: Estimand, pair: list[int]) -> Iterator[np.ndarray]:
        """The true value by the record and of bodies, each Array [replicate]."""
        endpoint = self.endpoint(one)
        measure, inside = measure_of(one, endpoint.scale), self.inside(one, pair)
        for of in range(len(OF)):
            both = self.potential[place, of][pair][:, pair]  # [given, arm, replicate, patient]
            if measure == "ratio of geometric means":
                both = log(both)
            seen = inside & np.isfinite(both).all(axis=0)
            with np.errstate(invalid="ignore", divide="ignore"):
                active, control = (
                    np.where(seen, given, 0.0).sum(axis=(0, 2)) / seen.sum(axis=(0, 2))
                    for given in both
                )
                ratio = np.log(active / control) if measure == "risk ratio" else active - control
            yield np.where(np.isfinite(ratio), ratio, np.nan)

    def endpoint(self, one: Estimand) -> Endpoint:
        """The endpoint of an estimand."""
        name = endpoint_of(one, self.design)
        return next(each for each in self.endpoints if each.name == name)

    def reported(self, one: Estimand, pair: list[int], estimator: Estimator) -> np.ndarray:
        """What an estimator reports of an estimand, Array [replicate]; NaN if it does not fit."""
        from gutskin.trials.contrast import Records, compare, within_patients

        endpoint = self.endpoint(one)
        measure = measure_of(one, endpoint.scale)
        used = fitted(self.design, estimator, one, endpoint.scale)
        if used is None:
            return np.full(len(self.replicates), np.nan)
        weeks, on_logs = self.design.visits.weeks, measure == "ratio of geometric means"
        until = self.design.analysed + 1 if one.week is None else weeks.index(one.week) + 1
        place = self.endpoints.index(endpoint)
        strategies = used.strategies or one.strategies
        events = {kind: self.events[n][pair] for n, kind in enumerate(EVENTS)}
        values = handled(self.observed[place][pair], events, strategies, endpoint)
        values = np.where(self.inside(one, pair)[..., None], values, np.nan)
        crossover = self.design.crossover
        if crossover is not None and used.name != FIRST_PERIOD:
            ends = [weeks.index(period[1]) for period in crossover.periods]
            found = within_patients(
                values[0][..., ends], values[1][..., ends], endpoint.log or on_logs,
                endpoint.lower_is_better,
            )  # fmt: skip
        else:
            values = values[..., :until]
            found = compare(
                Records(
                    values[0], values[1], self._score(endpoint, pair), weeks[:until],
                    endpoint.log or on_logs, endpoint.lower_is_better, self.replicates,
                    f"{one.name}/{used.name}/{pair[0]}",
                    self._adjustment(pair),
                ),
                used.method, used.missing,
            )  # fmt: skip
        if measure == "risk ratio":
            told = found.log_risk_ratio
        else:
            told = found.tested_difference if on_logs else found.difference
        assert told is not None
        return np.where(np.isfinite(told), told, np.nan)

    def _adjustment(self, pair: list[int]) -> Adjustment | None:
        """What two arms are adjusted for, each field [replicate, patient, ...]."""
        if self.stratum is None:
            return None
        names = [self.design.arms[place].name for place in pair]
        return adjustment_of(np.concatenate(self.stratum[pair], axis=-1), self.design, names)

    def _score(self, endpoint: Endpoint, pair: list[int]) -> np.ndarray | None:
        """The baseline of the score behind a share, if it is recorded [replicate, patient]."""
        names = [one.name for one in self.endpoints]
        if endpoint.cutoff is None or endpoint.stream not in names:
            return None
        first = self.observed[names.index(endpoint.stream)][pair][..., 0]
        return np.concatenate([first[0], first[1]], axis=-1)


def _visit_numbers(weeks: np.ndarray, design: TrialDesign) -> np.ndarray:
    """Numbers of visits by their weeks; infinity of what never was."""
    number = np.searchsorted(np.array(design.visits.weeks), np.where(np.isnan(weeks), 0.0, weeks))
    return np.where(np.isnan(weeks), np.inf, number)
