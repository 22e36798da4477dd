"""The search: simulate the surveys, read every design from them, rank, and value information."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gutskin.errors import InputError, Problem
from gutskin.optimisation.asked import Asked
from gutskin.optimisation.assurances import (
    Assurances,
    assurances_of,
    bootstrap_weights,
    held_out,
    usable,
    without_scatter,
)
from gutskin.optimisation.candidates import Candidates
from gutskin.optimisation.designs import Design, budget_of, designs_of, own_key
from gutskin.optimisation.information import Decision, decide
from gutskin.optimisation.readings import (
    Key,
    PilotReading,
    Reading,
    medians,
    readings_of,
)
from gutskin.optimisation.survey import Survey
from gutskin.statistics.best_set import AgainstBest, against_best
from gutskin.trials.certainty import NOTHING
from gutskin.trials.chunks import from_bytes
from gutskin.trials.store import read_whole

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.trials.design import TrialDesign
    from gutskin.trials.run import Trial

REPETITIONS = 400  # bootstrap samples of the worlds
MARGIN = 0.01  # of assurance: a smaller difference makes no design the better one
ENOUGH = 0.9  # of the worlds, in which a comparison can be tested
FEWEST = 10  # worlds with an effect and a scatter
BUDGETS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0)  # times what is asked

Simulate = Callable[[Survey], "Trial"]


@dataclass(frozen=True, eq=False)
class Found:
    """All designs, and what is decided.

    Parameters
    ----------
    designs, assurances : in the same order
    own : number of the design of the file among them; None if the budget does not reach it
    budget : what each may cost
    watched : candidates watched for each who is admitted, by weeks of run-in
    against : of every design, how far it is from the best, and whether it may be the best itself
    chosen : assurance of what is chosen, in worlds that took no part in choosing it
    nothing : endpoints on which there is no effect
    cuts : endpoint -> its median at the first visit, by which halves are taken
    by_budget : multiple of the budget -> the best design for it, and its assurance
    worlds : how many were simulated
    left_out : enrichments of which some comparison could not be tested in enough worlds
    version : of the model
    """

    designs: Sequence[Design]
    assurances: Assurances
    own: int | None
    budget: float
    watched: dict[float, float]
    against: AgainstBest
    chosen: float
    decision: Decision
    nothing: frozenset[str]
    cuts: dict[str, float]
    by_budget: dict[float, tuple[Design, float]]
    worlds: int
    left_out: tuple[str, ...]
    version: str


def search(
    design: TrialDesign, asked: Asked, surveys: Sequence[Survey], simulate: Simulate, seed: int
) -> Found:
    """Find the designs that may be the best.

    Parameters
    ----------
    simulate : runs the trial of a survey, keeping its patients
    """
    candidates = asked.candidates
    readings: dict[Key, Reading] = {}
    pilots: list[PilotReading] = []
    watched: dict[float, float] = {}
    cuts: dict[str, float] | None = None
    shown: xr.Dataset | None = None
    lower: dict[str, bool] = {}
    for survey in surveys:
        trial = simulate(survey)
        watched[survey.run_in_weeks] = _watched(survey, trial)
        if cuts is None:
            cuts = medians(_parts(survey, trial), candidates)
        found, tried = readings_of(survey, candidates, _parts(survey, trial), cuts)
        readings |= found
        if shown is None:
            shown, pilots = trial.shown, tried
            lower = {one.name: one.lower_is_better for one in trial.endpoints}
    assert shown is not None
    assert cuts is not None
    return _ranked(design, asked, readings, pilots, watched, shown, lower, cuts, seed)


def _ranked(
    design: TrialDesign,
    asked: Asked,
    readings: dict[Key, Reading],
    pilots: Sequence[PilotReading],
    watched: dict[float, float],
    shown: xr.Dataset,
    lower: dict[str, bool],
    cuts: dict[str, float],
    seed: int,
) -> Found:
    """All designs with their assurance, the best of them, and the decision."""
    candidates = asked.candidates
    few = {key for key, one in readings.items() if not _tells(one)}
    readings = {key: one for key, one in readings.items() if key not in few}
    if not readings:
        what = "no comparison could be tested in enough of the worlds."
        raise InputError(Problem(what, remedy="Simulate more patients of each arm (--patients)."))
    budget = budget_of(design, candidates, next(iter(watched.values())))
    nothing = frozenset(name for name in candidates.endpoints if _is_nothing(readings, name))
    unknown = _unknowns(shown)
    weights = bootstrap_weights(shown.sizes["replicate"], REPETITIONS, seed)

    def affordable(times: float) -> list[Design]:
        return designs_of(readings, candidates, times * budget, watched, candidates.allocation)

    if not (designs := affordable(1.0)):
        what = f"a budget of {budget:,.0f} has no two patients in each arm of any design."
        raise InputError(Problem(what, remedy="Write a larger one (--budget)."))
    assurances = assurances_of(designs, readings, lower, weights, nothing)
    against = against_best(assurances.value, assurances.repeated, MARGIN)
    own = own_number(design, designs, candidates)
    by_budget = {}
    for times in BUDGETS:
        others = affordable(times)
        values = assurances_of(others, readings, lower, weights[:1], nothing).value
        by_budget[times] = (others[int(values.argmax())], float(values.max()))
    decision = decide(
        assurances, against.possible, own, candidates.break_even, unknown, pilots, seed
    )
    return Found(
        designs, assurances, own, budget, watched, against, held_out(assurances), decision, nothing,
        cuts, by_budget, len(unknown[2]), tuple(sorted({key.enrichment for key in few})),
        str(shown.attrs["model_version"]),
    )  # fmt: skip


def _tells(one: Reading) -> bool:
    """Whether enough worlds tell of a comparison, and an effect is known in some of them."""
    known = usable(one)
    told = known | without_scatter(one)
    return bool(told.mean() >= ENOUGH and known.sum() >= min(FEWEST, known.size))


def _unknowns(shown: xr.Dataset) -> tuple[list[str], list[str], NDArray[np.float64]]:
    """What differs between worlds: ids, what they are, Array [world, unknown]; each once."""
    world = shown["world"].transpose("replicate", "uncertain").values
    ids, notes = ([str(one) for one in shown[name].values] for name in ("uncertain", "note"))
    kept: dict[bytes, int] = {}
    for number, values in enumerate(world.T):
        if values.std() > 0:  # the strains of two doses are the same
            kept.setdefault(np.ascontiguousarray(values).tobytes(), number)
    places = list(kept.values())
    return [ids[one] for one in places], [notes[one] for one in places], world[:, places]


def own_number(
    design: TrialDesign, designs: Sequence[Design], candidates: Candidates
) -> int | None:
    """The number of the design that the file has itself, by its comparison and its allocation."""
    key = own_key(design, candidates)
    active = next(one for one in design.active if one.name == candidates.arm)
    ratio = active.n / design.control.n
    for number, one in enumerate(designs):
        if one.key == key and abs(one.allocation - ratio) < 0.05:
            return number
    return None


def _is_nothing(readings: dict[Key, Reading], endpoint: str) -> bool:
    """Whether no world has any effect on an endpoint."""
    mine = [one for key, one in readings.items() if key.endpoint == endpoint]
    return all(
        not np.isfinite(one.effect).any()
        or np.nanmax(np.abs(one.effect)) <= NOTHING * np.nanmean(one.residual_sd)
        for one in mine
    )


def _contents(trial: Trial) -> Iterator[bytes]:
    """The chunks of a trial, from memory or from its store."""
    if trial.contents:
        yield from trial.contents
    else:
        for path in trial.files:
            yield read_whole(path)


def _parts(survey: Survey, trial: Trial) -> Iterator[xr.Dataset]:
    """The replicates of a survey, part by part."""
    first = 0
    for content in _contents(trial):
        part = from_bytes(content, survey.design, trial.endpoints, first)
        first += part.data.sizes["replicate"]
        yield part.data


def _watched(survey: Survey, trial: Trial) -> float:
    """Candidates watched in the screening window for each who was admitted."""
    total = np.zeros(2)
    for content in _contents(trial):
        total += from_bytes(content, survey.design, trial.endpoints, 0).watched
    return float(total[0] / total[1]) if total[1] else 1.0
