"""One patient as one SBML document: the model with his parameters, start values and schedule.

Any SBML simulator that knows events follows it, without this package. Inputs that are held jump in
events; inputs that follow straight lines have a rate rule whose slope is set in events, so that a
simulator stops wherever something jumps or bends. All that happens at one moment is one event.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Protocol
from xml.sax.saxutils import escape

import libsbml
import numpy as np

from gutskin.model.model import Model

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
    document = libsbml.readSBMLFromString(model.sbml)
    target = document.getModel()
    target.setName(name)
    _write_notes(target, notes)
    state = dict(zip(model.state_ids, np.asarray(start, float).tolist(), strict=True))
    for pulse in schedule.pulses:
        if pulse.time == 0:
            state[pulse.state] += _number(pulse.add)
    for key, value in {**parameters, **state}.items():
        _set_value(target, key, float(value))
    own = {**model.values(), **parameters}
    changes: dict[float, dict[str, str]] = {}
    for hold in schedule.holds:
        _free(target, hold.parameter, _at(schedule, hold.parameter, 0.0, own))
        for time in (hold.start, hold.end):
            value = _at(schedule, hold.parameter, time, own)
            changes.setdefault(float(time), {})[hold.parameter] = repr(value)
    for course in schedule.courses:
        _follow(model, target, course, changes, schedule, own)
    for pulse in schedule.pulses:
        at = changes.setdefault(float(pulse.time), {})
        at[pulse.state] = f"{at.get(pulse.state, pulse.state)} + {_number(pulse.add)!r}"
    for number, time in enumerate(sorted(t for t in changes if 0 < t <= days), start=1):
        _add_event(target, number, time, changes[time])
    return libsbml.writeSBMLToString(document)


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
    changes: dict[float, dict[str, str]],
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
        changes.setdefault(knot, {}).update({key: repr(value), slope: repr(steep)})


def _add_slope(model: Model, target: Any, key: str, value: float) -> None:
    parameter = target.createParameter()
    parameter.setId(SLOPE.format(key))
    parameter.setName(f"slope of {key}")
    parameter.setConstant(False)
    parameter.setValue(value)
    unit = f"{model.unit(key)}/day"
    alike = [row.id for row in model.tables.parameters.values() if row.text("unit") == unit]
    if alike:
        parameter.setUnits(target.getParameter(alike[0]).getUnits())


def _add_event(target: Any, number: int, time: float, assignments: Mapping[str, str]) -> None:
    event = target.createEvent()
    event.setId(f"moment_{number}")
    event.setName(f"day {time:g}")
    event.setUseValuesFromTriggerTime(True)
    trigger = event.createTrigger()
    trigger.setInitialValue(True)
    trigger.setPersistent(True)
    trigger.setMath(libsbml.parseL3Formula(f"time >= {time!r}"))
    for variable in sorted(assignments):
        assignment = event.createEventAssignment()
        assignment.setVariable(variable)
        assignment.setMath(libsbml.parseL3Formula(assignments[variable]))


def _write_notes(target: Any, notes: Iterable[str]) -> None:
    lines = "".join(f"<p>{escape(note)}</p>" for note in notes)
    if lines:
        target.setNotes(f'<body xmlns="http://www.w3.org/1999/xhtml">{lines}</body>')
