"""A cohort beside what was seen of such people: every target of a population, in many worlds.

Patients differ inside a world, and worlds differ; both are told, apart. Who is drawn is the same
in all worlds. Weights (`match`) belong to the patients of each world by itself: worlds count alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from gutskin.calibration.cohort_births import births_of
from gutskin.calibration.cohort_patients import (
    CohortPatients,
    Progress,
    follow_cohort,
    without_group,
)
from gutskin.calibration.cohort_result import InWorlds, TargetResult, in_worlds
from gutskin.errors import InputError, Problem
from gutskin.model.biology import CENTRE, Biology
from gutskin.model.evidence import load_evidence
from gutskin.model.model import Model
from gutskin.model.rows import Row
from gutskin.population.draw import draw_worlds
from gutskin.population.matching import match_patients, rows_to_match
from gutskin.population.populations import Population, find_population, named_population
from gutskin.population.target_statistics import PLAIN, quantile
from gutskin.population.targets import check_row, targets_of, value_of, who_counts

WORLDS = 40  # the fewest that have a 95% interval, and one
GROUPS = 8  # of patients, each left out once
WITH_ERROR = 8  # worlds in which the error of few patients is worked out
MIDDLE = (0.025, 0.975)


@dataclass(frozen=True)
class Effective:
    """What weights leave of the patients of a world, as a share.

    Parameters
    ----------
    value, least : the middle of worlds, and the least of them
    """

    value: float
    least: float


@dataclass(frozen=True)
class Cohort:
    """A population and its targets.

    Parameters
    ----------
    name, label : of the population
    patients, worlds : how many were drawn of it in each world, and how many worlds
    draws, seed : how worlds were drawn, and of which draw all is
    results : target by target, misses first
    effective : of weighted patients; None where they were not matched
    """

    name: str
    label: str
    patients: int
    worlds: int
    draws: str
    seed: int
    results: tuple[TargetResult, ...]
    effective: Effective | None = None

    @property
    def met(self) -> int:
        """How many targets the middle of worlds meets."""
        return sum(one.drawn.met for one in self.results)

    @property
    def met_when_matched(self) -> int:
        """The same of weighted patients; what weights cannot move counts as it was drawn."""
        return sum((one.matched or one.drawn).met for one in self.results)

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        told: dict[str, Any] = {
            "population": self.name,
            "label": self.label,
            "patients": self.patients,
            "worlds": self.worlds,
            "draws": self.draws,
            "seed": self.seed,
            "met": self.met,
            "of": len(self.results),
            "targets": [one.to_json() for one in self.results],
        }
        if self.effective is not None:
            told["matched"] = {
                "met": self.met_when_matched,
                "effective_share": self.effective.value,
                "least_effective_share": self.effective.least,
            }
        return told


def rows_of(name: str, biology: Biology) -> list[Row]:
    """What was seen of the people of a population.

    Raises
    ------
    InputError
        For a row that rests on what nobody saw.
    """
    rows, evidence = targets_of(biology, name), load_evidence(biology)
    problems = []
    for row in rows:
        for key in row.items("evidence"):
            if key not in evidence or not evidence[key].calibratable:
                what = f"{row.id}: {key} was not seen."
                remedy = "Name a row of the evidence tables that somebody read."
                problems.append(Problem(what, row.file, row.line, remedy))
    if problems:
        raise InputError(problems)
    return rows


def check_cohort(name: str, biology: Biology, *, match: bool = False) -> Population:
    """The population that is meant, if anything was seen of such people.

    Parameters
    ----------
    match : whether its patients are also weighed

    Raises
    ------
    InputError
        For an unknown population, one of which no target speaks, rows that nobody saw, and
        weights of people who are followed from birth.
    """
    found = find_population(named_population(name, biology), biology)
    rows = rows_of(found.name, biology)
    if not rows and not births_of(found.name, biology):
        what = f"no target of biology/targets/ speaks of {found.name}."
        raise InputError(Problem(what, None, None, "Take another population."))
    if match and not rows_to_match(rows):
        what = f"{found.name} is followed from birth: only patients at rest are matched."
        raise InputError(Problem(what, None, None, "Leave the matching out."))
    return found


def cohort_of(
    model: Model,
    name: str,
    patients: int | None = None,
    worlds: int = WORLDS,
    seed: int = 1,
    *,
    match: bool = False,
    show: Progress = lambda _done, _total: None,
) -> Cohort:
    """Draw a population in many worlds and hold it beside its targets.

    Parameters
    ----------
    patients : drawn of it in each world, and of each population with which a target compares it;
        without it 512, of newborns 128
    worlds : how many; one where all stay at the centre
    match : whether the patients of each world are also weighed until they meet the targets
    show : is told how much is done

    Raises
    ------
    InputError
        See `check_cohort`; and for a row that names an unknown quantity or statistic.
    """
    found = check_cohort(name, model.biology, match=match)
    rows, births = rows_of(found.name, model.biology), births_of(found.name, model.biology)
    for row in rows:
        check_row(row, model)
    worlds = 1 if model.biology.draws == CENTRE else worlds
    drawn = draw_worlds(model, np.arange(worlds), seed, "evidence")
    people = follow_cohort(model, found.name, rows, births, drawn, patients, seed, show)
    matched, effective = _match(rows, people, model) if match else ({}, None)
    results = [_result(row, model, people, matched.get(row.id)) for row in rows]
    results += people.births
    return Cohort(
        found.name, found.label, people.patients, worlds, model.biology.draws, seed,
        tuple(sorted(results, key=lambda one: one.drawn.met)), effective,
    )  # fmt: skip


def _value(row: Row, model: Model, seen: Any, weights: np.ndarray | None = None) -> float:
    """The value of a row in one world; NaN where nobody passes its filter."""
    try:
        return value_of(row, model, seen, weights)
    except InputError:
        return np.nan


def _match(
    rows: Sequence[Row], people: CohortPatients, model: Model
) -> tuple[dict[str, np.ndarray], Effective]:
    """What weighted patients come to in each world: row -> Array [world]; what they are worth."""
    moved = rows_to_match(rows)
    values: Mapping[str, list[float]] = {row.id: [] for row in moved}
    shares = []
    for seen in people.seen:
        told = [row for row in moved if np.isfinite(_value(row, model, seen))]
        found = match_patients(told, seen)
        shares.append(found.effective)
        for row in moved:
            values[row.id].append(_value(row, model, seen, found.weights))
    effective = Effective(float(np.median(shares)), float(np.min(shares)))
    return {name: np.array(own) for name, own in values.items()}, effective


def _result(
    row: Row, model: Model, people: CohortPatients, matched: np.ndarray | None
) -> TargetResult:
    values = np.array([_value(row, model, seen) for seen in people.seen])
    low, high = row.number("low"), row.number("high")
    weighed: InWorlds | None = None if matched is None else in_worlds(matched, low, high)
    return TargetResult(
        row.id, row.text("label"), row.text("unit"), low, high, in_worlds(values, low, high),
        _error(row, model, people), _between_patients(row, people), weighed,
        row.items("evidence"), row.text("note"),
    )  # fmt: skip


def _error(row: Row, model: Model, people: CohortPatients) -> float:
    """The standard error that few patients leave in one world: groups left out in turn."""
    found = []
    for seen in people.seen[:WITH_ERROR]:
        left = [_value(row, model, without_group(seen, group, GROUPS)) for group in range(GROUPS)]
        found.append((GROUPS - 1) * np.var(left))
    known = [one for one in found if np.isfinite(one)]
    return float(np.sqrt(np.mean(known))) if known else np.nan


def _between_patients(row: Row, people: CohortPatients) -> tuple[float, float] | None:
    """Where 95% of the patients of a world lie, in the middle of worlds; of a mean or the like."""
    if row.text("statistic") not in PLAIN or row.text("versus"):
        return None
    ends = []
    for seen in people.seen:
        try:
            chosen = who_counts(row, seen)
        except InputError:
            continue
        day = row.number("at_day") if row.text("at_day") else None
        values = seen[row.text("population"), day][row.text("quantity")][chosen]
        ends.append([quantile(values, share) for share in MIDDLE])
    if not ends:
        return None
    low, high = np.median(ends, axis=0)
    return float(low), float(high)
