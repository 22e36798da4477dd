"""What a survey shows, world by world: effect and scatter of everything that may be compared."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gutskin.optimisation.candidates import Candidates, Enrichment
from gutskin.optimisation.survey import RECORD_GAP, Survey
from gutskin.statistics.missing_values import carried_forward, completers, failed_if_missing
from gutskin.trials.analysis import compared
from gutskin.trials.ancova import ancova
from gutskin.trials.scales import log

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Key:
    """What is compared in whom."""

    endpoint: str
    week: float
    records: int
    dose: float
    run_in_weeks: float
    enrichment: str


@dataclass(frozen=True, eq=False)
class Reading:
    """One comparison in every world, each an Array [world]; see `trials.comparison.Comparison`.

    Parameters
    ----------
    effect, error, beyond, residual_sd, freedom, adjusted : on the tested scale
    active, control : share of the patients of each arm who have both visits
    share : share of those admitted whom the enrichment takes
    """

    effect: Array
    error: Array
    beyond: Array
    residual_sd: Array
    freedom: Array
    adjusted: Array
    active: Array
    control: Array
    share: Array


@dataclass(frozen=True, eq=False)
class PilotReading:
    """What a pilot would report of one endpoint at one week.

    Parameters
    ----------
    difference : Array [world]
        adjusted, on the tested scale: of logarithms where these are tested
    """

    endpoint: str
    week: float
    difference: Array


Cuts = Mapping[str, float]  # endpoint -> median of its first record


def medians(parts: Iterable[xr.Dataset], asked: Candidates) -> dict[str, float]:
    """The median of the first record of every endpoint by which halves are taken."""
    names = {name for one in asked.enrichment for name in (*one.upper_half, *one.lower_half)}
    values: dict[str, list[Array]] = {name: [] for name in sorted(names)}
    for part in parts if names else ():
        for name, found in values.items():
            first = part["measured"].sel(endpoint=name).isel(visit=0).values.ravel()
            found.append(first[np.isfinite(first)])
    return {name: float(np.median(np.concatenate(found))) for name, found in values.items()}


def keys_of(survey: Survey, asked: Candidates) -> list[Key]:
    """Every comparison that a survey tells; several records are averaged of scores alone."""
    return [
        Key(endpoint, week, records, dose, survey.run_in_weeks, group.name)
        for endpoint in asked.endpoints
        for week in asked.weeks
        for records in asked.records
        if records == 1 or (week > (records - 1) * RECORD_GAP and endpoint not in survey.shares)
        for dose in asked.dose_factors
        for group in asked.enrichment
    ]


def readings_of(
    survey: Survey, asked: Candidates, parts: Iterable[xr.Dataset], cuts: Cuts
) -> tuple[dict[Key, Reading], list[PilotReading]]:
    """All comparisons and what a pilot reports, of all worlds in their order.

    Parameters
    ----------
    parts : of the survey, in the order of their replicates
    cuts : from `medians`
    """
    keys = keys_of(survey, asked)
    wanted = [(name, week) for name in asked.pilot.endpoints for week in asked.pilot.weeks]
    rows: dict[Key, list[Reading]] = {key: [] for key in keys}
    pilots: dict[tuple[str, float], list[Array]] = {one: [] for one in wanted}
    for part in parts:
        values = _Values(survey, part)
        taken = {one.name: values.taken(one, cuts) for one in asked.enrichment}
        for key in keys:
            rows[key].append(values.reading(key, taken[key.enrichment]))
        for one in wanted:
            pilots[one].append(values.pilot(*one))
    return (
        {key: _joined(found) for key, found in rows.items()},
        [PilotReading(*one, np.concatenate(found)) for one, found in pilots.items()],
    )


def _joined(parts: Sequence[Reading]) -> Reading:
    names = [one.name for one in fields(Reading)]
    return Reading(*(np.concatenate([getattr(one, name) for one in parts]) for name in names))


class _Values:
    """Some replicates of a survey as plain arrays [arm, replicate, patient, ...]."""

    def __init__(self, survey: Survey, data: xr.Dataset) -> None:
        self.survey, design = survey, survey.design
        order = ("endpoint", "arm", "replicate", "patient", "visit")
        self.measured = data["measured"].transpose(*order).values
        self.latent = data["latent"].transpose("given", *order).values
        self.arms = [str(one) for one in data["arm"].values]
        self.endpoints = [str(one) for one in data["endpoint"].values]
        self.logs = data["log"].values
        self.lower = data["lower_is_better"].values
        self.weeks = [float(one) for one in data["visit"].values]
        self.control = self.arms.index(design.control.name)
        self.seated = np.zeros(self.measured.shape[1:4], bool)
        self.tried = np.zeros_like(self.seated)  # in the pilot
        for arm in design.arms:
            place = self.arms.index(arm.name)
            self.seated[place, :, : arm.n] = True
            if arm.name in survey.pilot:
                self.tried[place, :, arm.n - survey.pilot_n : arm.n] = True
        self.member = None
        if "member" in data:
            inside = data["member"].transpose("subgroup", "arm", "replicate", "patient")
            names = [str(one) for one in data["subgroup"].values]
            self.member = dict(zip(names, inside.values, strict=True))

    def taken(self, one: Enrichment, cuts: Cuts) -> NDArray[np.bool_]:
        """Whom an enrichment takes [arm, replicate, patient], outside of the pilot."""
        found = self.seated & ~self.tried
        if one.of_the_person:
            assert self.member is not None
            found = found & self.member[self.survey.member[one.name]]
        for name, (low, high) in one.records.items():
            first = self.measured[self.endpoints.index(name), ..., 0]
            found = found & (first >= low) & (first <= high)
        for name in one.upper_half:
            found = found & (self.measured[self.endpoints.index(name), ..., 0] >= cuts[name])
        for name in one.lower_half:
            found = found & (self.measured[self.endpoints.index(name), ..., 0] < cuts[name])
        return found

    def reading(self, key: Key, taken: NDArray[np.bool_]) -> Reading:
        """One comparison."""
        e, a = self.endpoints.index(key.endpoint), self.arms.index(self.survey.doses[key.dose])
        on_logs, both = bool(self.logs[e]), (a, self.control)
        visits = [self.weeks.index(key.week - back * RECORD_GAP) for back in range(key.records)]
        pairs = tuple(
            (
                np.where(taken[one], records[..., 0], np.nan),
                np.where(taken[one], _mean(records[..., -key.records :], on_logs), np.nan),
            )
            for one, records in ((one, self.records(key, one, visits)) for one in both)
        )
        true = tuple(
            np.moveaxis(np.where(taken, _mean(self.latent[one, e][..., visits], on_logs), np.nan),
                        0, 1)
            for one in both
        )  # fmt: skip
        own = tuple(true[place][:, one] for place, one in enumerate(both))
        found = compared((pairs[0], pairs[1]), true, (own[0], own[1]), on_logs, bool(self.lower[e]))
        there = [np.isfinite(first + last).sum(axis=1) for first, last in pairs]
        of = [np.maximum(taken[one].sum(axis=1), 1) for one in both]
        admitted = (self.seated & ~self.tried).sum(axis=(0, 2))
        return Reading(
            found.tested_effect, found.tested_effect_error, found.recorded_beyond,
            found.residual_sd, found.freedom, found.adjusted.astype(float),
            there[0] / of[0], there[1] / of[1], taken.sum(axis=(0, 2)) / admitted,
        )  # fmt: skip

    def records(self, key: Key, arm: int, visits: Sequence[int]) -> Array:
        """What is recorded of an arm after the trial's rule for what is missing.

        Parameters
        ----------
        visits : those that are averaged

        Returns
        -------
        Array [replicate, patient, visit]
            at the visits of the file before these, then at these in their order in time
        """
        e, ends = self.endpoints.index(key.endpoint), sorted(visits)
        first = self.weeks[ends[0]]
        before = [self.weeks.index(week) for week in self.survey.file_weeks if week < first]
        records = self.measured[e, arm][..., [*(before or [0]), *ends]]
        if self.survey.missing == "locf":
            return carried_forward(records)
        if self.survey.missing == "completers":
            return completers(records)
        if self.survey.missing == "non-responder" and key.endpoint in self.survey.shares:
            return failed_if_missing(records, np.isfinite(records[..., 0]), float(self.lower[e]))
        return records

    def pilot(self, endpoint: str, week: float) -> Array:
        """The adjusted difference that a pilot reports on the tested scale [replicate]."""
        e, visit = self.endpoints.index(endpoint), self.weeks.index(week)
        pairs = []
        for name in self.survey.pilot:
            a = self.arms.index(name)
            ends = [np.where(self.tried[a], self.measured[e, a, ..., one], np.nan)
                    for one in (0, visit)]  # fmt: skip
            pairs.append(tuple(log(one) if self.logs[e] else one for one in ends))
        return ancova(pairs[0], pairs[1]).difference


def _mean(values: Array, on_logs: bool) -> Array:
    """The mean of the records at the end [..., visit] that there are, on the tested scale."""
    if values.shape[-1] == 1:
        return values[..., 0]
    scaled = log(values) if on_logs else values
    seen = np.isfinite(scaled)
    with np.errstate(invalid="ignore"):
        mean = np.where(seen, scaled, 0.0).sum(axis=-1) / seen.sum(axis=-1)
    return np.exp(mean) if on_logs else mean
