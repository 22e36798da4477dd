"""One patient as one SBML document: the model with his parameters, start values and schedule.

Any SBML simulator that knows events follows it, without this package. Inputs that are held jump in
events; inputs that follow straight lines have a rate rule whose slope is set in events, so that a
simulator stops wherever something jumps or bends. All that happens at one moment is one event.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Protocol

import libsbml
import numpy as np

from gutskin.media import in_sbml
from gutskin.model.model import Model
from gutskin.model.sbml_functions import share_terms
from gutskin.model.sbml_notes import describe, write_notes
from gutskin.model.sbml_rate_rules import use_rate_rules
from gutskin.model.sbml_units import number_node, set_units
from gutskin.model.unit_book import UnitBook
from gutskin.model.units import parse_unit, unit_text

SLOPE = "slope_{}"


class Timetable(Protocol):
    """What the export asks of a schedule (`gutskin.engine.Schedule` is one)."""

    @property
    def holds(self) -> Sequence[Any]:
        """Inputs that hold a value for a while."""
        ...

    @property
    def pulses(self) -> Sequence[Any]:
        """States that jump."""
        ...

    @property
    def courses(self) -> Sequence[Any]:
        """Inputs that follow straight lines."""
        ...

    def values(self, parameter: str, times: Any, otherwise: Any) -> np.ndarray:
        """Values of an input at moments; at a jump the value after it."""
        ...


def export_course(
    model: Model,
    parameters: Mapping[str, float],
    start: np.ndarray,
    schedule: Timetable,
    days: float,
    *,
    name: str = "",
    notes: Iterable[str] = (),
) -> str:
    """One patient under a schedule as a self-contained SBML L3V2 document.

    An SBML event fires when its trigger becomes true, so what starts at or before day 0 stands in
    the initial values. At a jump the value is the one after it, as in `simulate`.

    Parameters
    ----------
    parameters : id -> value; missing ids keep the model's
    start : Array [state], before any pulse on day 0
    schedule : of one patient
    days : what happens after this day is left out (days)
    name, notes : for the reader of the document

    Returns
    -------
    str
        the same text for the same patient, without dates
    """
    document = libsbml.readSBMLFromString(export_model(model))
    target = document.getModel()
    target.setName(in_sbml(name))
    write_notes(target, (*notes, *_own_values(model, parameters)))
    state = dict(zip(model.state_ids, np.asarray(start, float).tolist(), strict=True))
    for pulse in schedule.pulses:
        if pulse.time == 0:
            state[pulse.state] += _number(pulse.add)
    for key, value in {**parameters, **state}.items():
        _set_value(target, key, float(value))
    own = {**model.values(), **parameters}
    changes: dict[float, dict[str, _Assignment]] = {}
    for hold in schedule.holds:
        _free(target, hold.parameter, _at(schedule, hold.parameter, 0.0, own))
        for time in (hold.start, hold.end):
            value = _at(schedule, hold.parameter, time, own)
            changes.setdefault(float(time), {})[hold.parameter] = _Assignment((value,))
    for course in schedule.courses:
        _follow(model, target, course, changes, schedule, own)
    for pulse in schedule.pulses:
        at = changes.setdefault(float(pulse.time), {})
        before = at.get(pulse.state, _Assignment((), adds=True)).numbers
        at[pulse.state] = _Assignment((*before, _number(pulse.add)), adds=True)
    event_term = model.biology.table("sbo.tsv")["event"].text("term")
    for number, time in enumerate(sorted(t for t in changes if 0 < t <= days), start=1):
        _add_event(target, number, time, changes[time]).setSBOTerm(event_term)
    return libsbml.writeSBMLToString(document)


@cache
def export_model(model: Model) -> str:
    """The model as one SBML L3V2 document: consistent in its units, named, explained, annotated.

    Every number keeps its value. Reactions count their extent in bare numbers (`sbml_units`);
    states that are no matter are parameters with rate rules (`sbml_rate_rules`); formulas that
    would be long where a simulator writes rules out are functions (`sbml_functions`).
    """
    document = libsbml.readSBMLFromString(model.sbml)
    target = document.getModel()
    target.setName(model.name)
    use_rate_rules(target, model, set_units(target, model))
    share_terms(target)
    describe(target, model)
    write_notes(
        target,
        (
            f"{model.name} {model.version} (content {model.content_hash}): the gut-skin axis.",
            "Time is in days. Each parameter says what it is, its prior and what backs it; each "
            "reaction and rule which mechanism it is.",
            "A research model; it gives no medical advice.",
        ),
    )
    return libsbml.writeSBMLToString(document)


def _own_values(model: Model, parameters: Mapping[str, float]) -> Iterator[str]:
    """What of a patient differs from the centre of the evidence stance, as one line."""
    centre = model.values()
    own = {name: value for name, value in parameters.items() if value != centre[name]}
    if own:
        shown = (f"{name} = {value:.6g} {model.unit(name)}".removesuffix(" 1")
                 for name, value in own.items())  # fmt: skip
        yield f"His own, in place of the values of the evidence stance: {', '.join(shown)}."


@dataclass(frozen=True)
class _Assignment:
    """What an event does to a variable: numbers that take its place, or are added to it."""

    numbers: tuple[float, ...]
    adds: bool = False


def _number(value: Any) -> float:
    """A scheduled value of one patient."""
    return float(np.asarray(value, float).reshape(-1)[0])


def _at(schedule: Timetable, parameter: str, time: float, own: Mapping[str, Any]) -> float:
    """The value of an input at a moment, after any jump."""
    return _number(schedule.values(parameter, [time], own[parameter])[0])


def _set_value(target: Any, key: str, value: float) -> None:
    species, parameter = target.getSpecies(key), target.getParameter(key)
    if species is not None:
        species.unsetInitialConcentration()
        species.setInitialAmount(value)
    elif parameter is not None:
        parameter.setValue(value)
    else:
        target.getCompartment(key).setSize(value)


def _free(target: Any, key: str, value: float) -> None:
    """Let events and rules move a parameter or a constant, from its value on day 0."""
    target.getElementBySId(key).setConstant(False)
    _set_value(target, key, value)


def _follow(
    model: Model,
    target: Any,
    course: Any,
    changes: dict[float, dict[str, _Assignment]],
    schedule: Timetable,
    own: Mapping[str, Any],
) -> None:
    """An input on straight lines: a rate rule, and a new slope at every bend.

    The input is set to its value there as well, so that no error adds up over the bends.
    """
    key, slope = course.parameter, SLOPE.format(course.parameter)
    knots = np.asarray(course.times, float)
    values = schedule.values(key, knots, own[key]).reshape(len(knots), -1)[:, 0]
    after = np.append(np.diff(values) / np.diff(knots), 0.0)
    now = np.searchsorted(knots, 0.0, side="right") - 1
    _free(target, key, _at(schedule, key, 0.0, own))
    _add_slope(model, target, key, 0.0 if now < 0 else float(after[now]))
    rule = target.createRateRule()
    rule.setVariable(key)
    rule.setMath(libsbml.parseL3Formula(slope))
    for knot, value, steep in zip(knots.tolist(), values.tolist(), after.tolist(), strict=True):
        now_is = {key: _Assignment((value,)), slope: _Assignment((steep,))}
        changes.setdefault(knot, {}).update(now_is)


def _add_slope(model: Model, target: Any, key: str, value: float) -> None:
    parameter = target.createParameter()
    parameter.setId(SLOPE.format(key))
    parameter.setName(f"slope of {key}")
    parameter.setConstant(False)
    parameter.setValue(value)
    parameter.setSBOTerm(model.biology.table("sbo.tsv")["parameter"].text("term"))
    unit = parse_unit(model.unit(key)) / parse_unit("day")
    parameter.setUnits(UnitBook(target).sbml_id(unit_text(unit), unit))


def _add_event(
    target: Any, number: int, time: float, assignments: Mapping[str, _Assignment]
) -> libsbml.Event:
    event = target.createEvent()
    event.setId(f"moment_{number}")
    event.setName(f"day {time:g}")
    event.setUseValuesFromTriggerTime(True)
    trigger = event.createTrigger()
    trigger.setInitialValue(True)
    trigger.setPersistent(True)
    reached = libsbml.parseL3Formula("time >= 0")
    reached.replaceChild(1, number_node(time, target.getTimeUnits()))
    trigger.setMath(reached)
    for variable in sorted(assignments):
        made = event.createEventAssignment()
        made.setVariable(variable)
        made.setMath(_formula(variable, _unit_of(target, variable), assignments[variable]))
    return event


def _formula(variable: str, unit: str, assignment: _Assignment) -> libsbml.ASTNode:
    numbers = [number_node(number, unit) for number in assignment.numbers]
    if not assignment.adds:
        return numbers[0]
    whole = libsbml.ASTNode(libsbml.AST_PLUS)
    for part in (libsbml.parseL3Formula(variable), *numbers):
        whole.addChild(part)
    return whole


def _unit_of(target: Any, key: str) -> str:
    """The unit of a species, a parameter or a compartment, by its id in the document."""
    species = target.getSpecies(key)
    return species.getSubstanceUnits() if species else target.getElementBySId(key).getUnits()
