"""Cohorts from birth in many worlds: who gets eczema, who is sensitised to food, and who has both.

Each world is a replicate of a cohort to which nothing is given, seen at the visits at which a trial
would see it, with what a trial's conduct and its raters add. Shares are read as log odds: there a
world that moves a rate moves the number by the same amount, however rare the event is.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np

from gutskin.calibration.sampling_error import FEWEST, Readings
from gutskin.calibration.targets import Target
from gutskin.calibration.trial_arms import ArmsOfTrial, followed_in_worlds, study_of
from gutskin.model.model import Model
from gutskin.model.rows import Row
from gutskin.trials.design import TrialDesign

START = "birth_vaginal"  # column of species.tsv


def births_in_worlds(
    model: Model,
    targets: Sequence[Target],
    worlds: Mapping[str, np.ndarray],
    first: int,
    newborns: int,
    seed: int,
) -> Readings:
    """What each target comes to in each world (log odds).

    Parameters
    ----------
    targets : rows of targets/births.tsv
    worlds : id -> Array [world], every number that a world sets
    first : number of the first world, which names its newborns
    newborns : followed of each population in each world
    """
    shape = (len(targets), len(next(iter(worlds.values()))))
    values, noise = np.full(shape, np.nan), np.full(shape, np.nan)
    lost = np.zeros(shape[1])
    for population in dict.fromkeys(one.row.text("population") for one in targets):
        places = [i for i, one in enumerate(targets) if one.row.text("population") == population]
        design = cohort_of(population, [targets[i] for i in places])
        found = followed_in_worlds(study_of(design, model, worlds, first, seed), newborns)
        lost += found.lost
        for i in places:
            row = targets[i].row
            seen = _seen(found, row, "endpoint")
            given = _seen(found, row, "given") if row.text("given") else None
            values[i], noise[i] = shares(seen) if given is None else odds_ratios(seen, given)
    return Readings(values, noise, np.zeros(shape), lost)


def _seen(found: ArmsOfTrial, row: Row, column: str) -> np.ndarray:
    """Who of the newborns has what a column of the table names [world, newborn]."""
    endpoint = found.design.analysis.endpoints.index(row.text(column))
    return found.values[0, endpoint, found.design.visits.weeks.index(row.number("week"))]


def cohort_of(population: str, targets: Sequence[Target]) -> TrialDesign:
    """A cohort of newborns to whom nothing is given, with what targets ask of it.

    It is seen at birth and where a target is read; parents tell of the time in between.
    """
    weeks = sorted({0.0, *(one.row.number("week") for one in targets)})
    columns = ("endpoint", "given")
    named = [one.row.text(column) for column in columns for one in targets]
    endpoints = list(dict.fromkeys(name for name in named if name))
    asked = {
        "name": population.replace("_", "-"), "title": "Born", "population": [population],
        "start": START, "arms": [{"name": "born", "n": 2}],
        "visits": {"weeks": weeks, "end_week": weeks[-1]},
        "analysis": {"primary": endpoints[0], "endpoints": endpoints},
    }  # fmt: skip
    return TrialDesign.model_validate_json(json.dumps(asked))


def shares(seen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log odds of an event and the variance that few newborns leave, of each world.

    Half of one is added to both who had it and who had not, so that neither is nobody.

    Parameters
    ----------
    seen : Array [world, newborn], 1 with it; NaN of who is lost
    """
    known = np.isfinite(seen).sum(axis=1)
    share = (np.nansum(seen, axis=1) + 0.5) / (known + 1.0)
    enough = known >= FEWEST
    noise = 1.0 / (np.maximum(known, 1) * share * (1.0 - share))
    return np.where(enough, np.log(share / (1.0 - share)), np.nan), np.where(enough, noise, np.nan)


def odds_ratios(seen: np.ndarray, given: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log odds ratio of an event, with something over without, and its variance, of each world.

    Half of one is added to each of the four (Haldane), so that none is nobody.

    Parameters
    ----------
    seen, given : Array [world, newborn], 1 with it; NaN of who is lost
    """
    known = np.isfinite(seen) & np.isfinite(given)
    event, beside = known & (seen > 0), known & (given > 0)
    four = np.stack([
        (event & beside).sum(axis=1), (known & ~event & ~beside).sum(axis=1),
        (event & ~beside).sum(axis=1), (known & ~event & beside).sum(axis=1),
    ]) + 0.5  # fmt: skip
    logs = np.log(four)
    enough = known.sum(axis=1) >= FEWEST
    ratio = logs[0] + logs[1] - logs[2] - logs[3]
    return np.where(enough, ratio, np.nan), np.where(enough, (1.0 / four).sum(axis=0), np.nan)
