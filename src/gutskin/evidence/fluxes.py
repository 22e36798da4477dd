"""What each mechanism carries in one patient, before and after an intervention or without it.

The patient is one of a trial's population: every covariate at its median and every other number at
its centre, but his leaning to allergy (`atopy`) one standard deviation above the median, since the
settled median is milder than those whom trials enrol. He settles, then takes the intervention of
the trial's first arm for as long as the trial lasts, and nothing else about him changes. In a trial
from birth there is no before, and a child changes by growing alone: then he is followed twice from
birth, without the intervention and on it, and both are looked at on the last day.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.model.compiled import load_model
from gutskin.model.model import Model

if TYPE_CHECKING:
    from gutskin.model.rows import Row
    from gutskin.population.course import Case
    from gutskin.trials.design import TrialDesign

DAYS_PER_WEEK = 7
ATOPY_QUANTILE = 0.8413  # one standard deviation above the median
JUST_BEFORE = 1e-6  # days: what is taken until the last day is still taken when we look


@dataclass(frozen=True)
class Change:
    """One patient before and after an intervention, or without and on it.

    Parameters
    ----------
    patient, intervention : in words
    weeks : how long he took it
    stance : evidence or article
    quantities : id of a state or an assigned quantity -> (before, after), in its own unit
    fluxes : id of a mechanism -> (before, after), see `flux_of`; from 0 to 1
    from_birth : whether the first of each pair is the same child without it on the last day
    """

    patient: str
    intervention: str
    weeks: float
    stance: str
    quantities: Mapping[str, tuple[float, float]]
    fluxes: Mapping[str, tuple[float, float]]
    from_birth: bool = False

    @property
    def moments(self) -> tuple[str, str]:
        """What the two numbers of each pair are of, in words."""
        return ("without it", "on it") if self.from_birth else ("before", "after")


def change_in_trial(
    design: TrialDesign, stance: str = "evidence", model: Model | None = None
) -> Change:
    """What the first arm of a trial changes in the middle patient of its population.

    Care that both arms share is left out, so that all of the change is the intervention's.

    Raises
    ------
    InputError
        If the patient's course cannot be computed.
    """
    from gutskin.engine import Schedule
    from gutskin.population.course import follow
    from gutskin.population.populations import find_population

    model = model or load_model()
    arm = design.active[0]
    case = _case(design, arm, stance, model)
    born, last = design.from_birth, float(case.days)
    course = follow(case).quantities
    first, days = course, (0.0, last)
    if born:
        first, days = follow(replace(case, schedule=Schedule())).quantities, (last, last)
    states = np.array([[first[name][-1 if born else 0], course[name][-1]]
                       for name in model.state_ids])  # fmt: skip
    inputs = (case.parameters, {**case.parameters, **_moved(case)})
    looks = [_look(model, day, states[:, i], inputs[i]) for i, day in enumerate(days)]
    values = np.vstack(
        [states, np.stack([look[: len(model.assigned_ids), 0] for look in looks], 1)]
    )
    carried = [_fluxes(model, look) for look in looks]
    population = find_population(design.population[0], model.biology)
    return Change(
        patient=f"from {population.label}, {_how(design)}, atopy one SD up",
        intervention=arm.title,
        weeks=case.days / DAYS_PER_WEEK,
        stance=stance,
        quantities={
            name: (float(first), float(last))
            for name, (first, last) in zip(
                (*model.state_ids, *model.assigned_ids), values, strict=True
            )
        },
        fluxes={name: (carried[0][name], carried[1][name]) for name in carried[0]},
        from_birth=born,
    )


def _how(design: TrialDesign) -> str:
    return "followed from birth" if design.from_birth else "settled"


def shipped_trial(model: Model, name: str = "six-strain-children") -> TrialDesign:
    """A trial that comes with the program; by default the one that the article leans on."""
    from gutskin.trials.design import load_trial

    return load_trial(name, model.biology)


def _case(design: TrialDesign, arm: Any, stance: str, model: Model) -> Case:
    """The middle patient of a trial's population on the intervention of one arm."""
    from gutskin.model.drugs import drugs
    from gutskin.model.topicals import topicals
    from gutskin.population.course import prepare
    from gutskin.population.drugs import drug_places, drug_traits
    from gutskin.population.patient_format import PatientFile
    from gutskin.population.populations import find_population
    from gutskin.population.strain_posterior import central_traits
    from gutskin.trials.interventions import calendar_of, places_of, schedule_of

    days = round(DAYS_PER_WEEK * max(design.visits.weeks))
    covariates = find_population(design.population[0], model.biology).covariates
    own_atopy = float(covariates["atopy"].at(np.array([ATOPY_QUANTILE]))[0])
    patient = PatientFile(
        start=design.start, name=arm.name, population=design.population[0], days=days,
        parameters={"atopy": own_atopy},
    )  # fmt: skip
    case = prepare(patient, days, stance, model)
    places = places_of(arm.interventions, model.tables)
    table = drugs(model.biology)
    antibodies = drug_traits(model.biology, drug_places(arm.interventions, table))
    parameters = {**case.parameters, **central_traits(model, places, stance), **antibodies}
    own: Any = parameters
    adherence = design.conduct.adherence
    calendar = calendar_of(arm.interventions, float(days), table, topicals(model.biology))
    schedule = schedule_of(
        model, calendar, places, own, {}, float(days), adherence, adherence, parameters
    )
    return replace(case, parameters=parameters, schedule=schedule)


def _moved(case: Case) -> dict[str, float]:
    """Whatever the schedule moves, on the last day of what the patient takes."""
    when = np.array([case.days - JUST_BEFORE])
    return {
        name: float(np.ravel(case.schedule.values(name, when, case.parameters[name]))[0])
        for name in case.schedule.parameters
    }


def _look(model: Model, time: float, state: np.ndarray, own: Mapping[str, float]) -> np.ndarray:
    """Rules and reaction rates of one moment, with everything on and with each mechanism off.

    Returns
    -------
    Array [rule + reaction, 1 + mechanism]; the first column has all mechanisms on
    """
    off = [row.text("switch") for row in model.tables.mechanisms.values()]
    wide = np.repeat(state[:, None], 1 + len(off), axis=1)
    p = [np.full(wide.shape[1], own[name]) for name in model.parameter_ids]
    place = {name: number for number, name in enumerate(model.parameter_ids)}
    for column, switch in enumerate(off, start=1):
        p[place[switch]][column] = 0.0
    return np.asarray(model.observe_rules(np.full(wide.shape[1], time), wide, p))


def _fluxes(model: Model, observed: np.ndarray) -> dict[str, float]:
    """The flux of every mechanism at one moment, from what `_look` saw."""
    ids = (*model.assigned_ids, *model.reaction_ids)
    seen = dict(zip(ids, observed, strict=True))
    gains, losses = _turnover(model, seen)
    found = {}
    for column, row in enumerate(model.tables.mechanisms.values(), start=1):
        found[row.id] = 0.0
        for names in moved_by(model, row):
            pairs = [
                ((gains[name], losses[name]) if name in gains else (seen[name],)) for name in names
            ]
            shares = [
                flux_of([one[0] for one in pair], [one[column] for one in pair]) for pair in pairs
            ]
            found[row.id] = found[row.id] or max(shares, default=0.0)
    return found


def moved_by(model: Model, row: Row) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Where the flux of a mechanism is read: what it ends in; what its rules and reactions move.

    The second counts where the first does not move.
    """
    ends = tuple(_targets(model, row.text("to")))
    return ends, tuple(_carried(model, row.items("rules_and_reactions")))


def _turnover(
    model: Model, seen: Mapping[str, np.ndarray]
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """What every state gains and loses a day, each Array [1 + mechanism]."""
    width = len(next(iter(seen.values())))
    gains = {name: np.zeros(width) for name in model.state_ids}
    losses = {name: np.zeros(width) for name in model.state_ids}
    for one in model.equations.values():
        for state, amount in one.changes.items():
            flow = amount * seen[one.id]
            gains[state] += np.maximum(flow, 0.0)
            losses[state] += np.maximum(-flow, 0.0)
    return gains, losses


def flux_of(on: Sequence[float], off: Sequence[float]) -> float:
    """The share of a quantity's turnover, or of its value, that hangs on a mechanism.

    With the body as it is at that moment, the mechanism is switched off. What the state at its end
    gains and loses a day then changes; the flux is that change over the turnover (the largest of
    the gain and the loss, on and off). For a quantity that follows others at once, the flux is the
    change of its value over the larger of the two values. It says what is carried now, not what
    the body would come to without the mechanism.

    Parameters
    ----------
    on, off : gain and loss of a state (unit per day), or the value of a rule, with the mechanism
        on and off

    Returns
    -------
    from 0 (nothing hangs on it) to 1 (all of it does)

    Examples
    --------
    Half of the gain comes by the mechanism; the mechanism holds three quarters back; nothing
    flows at all.

    >>> flux_of([2.0, 2.0], [1.0, 2.0]), flux_of([1.0], [4.0]), flux_of([0.0], [0.0])
    (0.5, 0.75, 0.0)
    """
    whole = max(map(abs, (*on, *off)))
    if whole == 0:
        return 0.0
    moved = max(abs(a - b) for a, b in zip(on, off, strict=True))
    return min(float(moved / whole), 1.0)


def _targets(model: Model, name: str) -> Iterator[str]:
    """The states and rules that a name of mechanisms.tsv means: an id, or the beginning of one."""
    known = (*model.state_ids, *model.assigned_ids)
    if name in known:
        yield name
        return
    starts = (f"{name}_", f"ln_{name}_")
    yield from (one for one in known if one.startswith(starts) or one == f"ln_{name}")


def _carried(model: Model, names: Sequence[str]) -> Iterator[str]:
    """Rules among the names, and the states that the reactions among them change.

    A name with SITE stands for one of each site.
    """
    found = model.equations
    for name in names:
        start, _, end = name.partition("SITE")
        for one in found.values():
            sites = "SITE" in name and one.id.startswith(start) and one.id.endswith(end)
            if one.id == name or sites:
                yield from one.changes if one.reaction else (one.id,)
