"""What is wrong with experiments: names, ranges and times, and that they could fail.

Nothing is compiled for it: names and domains come from the tables.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from gutskin.errors import nearest
from gutskin.evidence.check_problems import check_problems, range_problems, unknown_names
from gutskin.evidence.experiment_parts import SETTLED, Arm, Change, Experiment
from gutskin.evidence.trial_check_problems import trial_problems
from gutskin.media import counted
from gutskin.model.biology import Biology
from gutskin.model.domains import Domain, parameter_domain, state_domain
from gutskin.model.rows import Row
from gutskin.model.vocabulary import Vocabulary
from gutskin.population.calendar import ALWAYS, Move, span
from gutskin.population.course_length import length_problems
from gutskin.population.daily_totals import given_of_a_day, total_problems
from gutskin.population.dose_checks import (
    dose_moves,
    dose_problems,
    mother_problems,
    overlap_problems,
    wash_moves,
)
from gutskin.population.drugs import drug_problems
from gutskin.population.memory import memory_problem
from gutskin.population.mother import strains_of
from gutskin.population.patient_file import hold_problems
from gutskin.population.populations import genotypes, load_populations, with_ages
from gutskin.population.strain_places import place_problems
from gutskin.population.value_checks import impossible, outside
from gutskin.toml_text import Found

NEWBORN = "birth_"
CANDIDATES = 8  # drawn in a world for each one wanted, where the settled score decides
COPIES = 6  # of the states of a group that are held at once
TIMES = 200  # points of a course that are held, about
NUMBER = 8  # bytes


def whole_arms(one: Experiment, names: Vocabulary) -> tuple[dict[str, Arm], list[Any]]:
    """Every arm with what it is like put in, and what is wrong with that.

    A route that is off stands for all of its mechanisms, a filaggrin genotype for its parameters.
    """
    whole: dict[str, Arm] = {}
    problems = []
    for name, written in one.arms.items():
        arm = _genotype_spelled_out(written, names.biology)
        if arm.like is None:
            whole[name] = arm
            if arm.population is None:
                place = ("arms", name, "population")
                problems.append((place, f"arm {name!r} has no population.", "Name one."))
        elif arm.like in whole:
            whole[name] = arm.over(whole[arm.like])
        else:
            remedy = nearest(arm.like, tuple(whole)) if whole else "Write that arm first."
            whole[name] = arm
            problems.append((("arms", name, "like"), f"no earlier arm is {arm.like!r}.", remedy))
    mechanisms = names.tables.mechanisms
    return {name: _routes_spelled_out(arm, mechanisms) for name, arm in whole.items()}, problems


def _genotype_spelled_out(arm: Arm, biology: Biology) -> Arm:
    """The arm with what its filaggrin genotype sets among what it always has, its own before it."""
    known = genotypes(biology)
    if arm.flg is None or arm.flg not in known:
        return arm
    return arm.model_copy(update={"always": {**known[arm.flg], **arm.always}})


def _routes_spelled_out(arm: Arm, mechanisms: Mapping[str, Row]) -> Arm:
    """The arm with the mechanisms of each route that it has off in the route's place."""

    def spelled(names: tuple[str, ...]) -> tuple[str, ...]:
        rows = mechanisms.values()
        each = [
            tuple(row.id for row in rows if row.text("route") == name) or (name,) for name in names
        ]
        return tuple(dict.fromkeys(one for some in each for one in some))

    return arm.model_copy(update={"off": spelled(arm.off), "off_always": spelled(arm.off_always)})


def experiment_problems(
    one: Experiment,
    arms: Mapping[str, Arm],
    names: Vocabulary,
    *,
    arms_whole: bool = True,
    checks_whole: bool = True,
) -> Iterator[Found]:
    """What is wrong with an experiment whose form is right.

    Parameters
    ----------
    arms : whole, what they are like put in
    arms_whole, checks_whole : whether nothing of them is left out because its form is wrong
    """
    yield from _size_problems(one, names)
    for name, arm in arms.items():
        yield from _arm_problems(("arms", name), one.arms[name], arm, one.days, names)
    yield from _side_problems(one, names)
    if one.gain is not None:
        gain = {one.gain.id: one.gain.most}
        for _, what, fix in _change_problems(
            ("gain",), gain, names.parameters, parameter_domain, "parameter", names.biology
        ):
            yield ("gain",), what, fix
    if not one.everything and checks_whole:
        yield ("experiment",), "it has no checks, so it could not fail.", "Add [[...checks]]."
    yield from trial_problems(one, names)
    for number, check in enumerate(one.values):
        place = ("values", number)
        known = tuple(names.parameters)
        yield from unknown_names((*place, "parameter"), (check.parameter,), known, "parameter")
        yield from range_problems(place, check)
    for number, check in enumerate(one.checks):
        yield from check_problems(("checks", number), check, one, arms, names, alike=arms_whole)


def _side_problems(one: Experiment, names: Vocabulary) -> Iterator[Found]:
    """Sides of a contested statement that set nothing, what nobody has, or what another sets."""
    firsts: dict[tuple[tuple[str, float], ...], str] = {}
    for side, values in one.sides.items():
        place = ("sides", side)
        yield from _change_problems(place, values, names.parameters, parameter_domain, "parameter",
                                    names.biology)  # fmt: skip
        first = firsts.setdefault(tuple(sorted(values.items())), side)
        if not values:
            yield place, f"side {side!r} sets nothing.", "Write { parameter = value }."
        elif first != side:
            what = f"sides {first!r} and {side!r} set the same."
            yield place, what, "Write another value, or leave one out."


def _size_problems(one: Experiment, names: Vocabulary) -> Iterator[Found]:
    """Too long, a range upside down, or more patients than there is room for."""
    for what, fix in length_problems(one.days):
        yield ("days",), what, fix
    if one.scorad is not None:
        row = names.tables.endpoints["scorad"]
        low, high = one.scorad
        if not row.number("low") <= low < high <= row.number("high"):
            what = f"`scorad = [{low:g}, {high:g}]` is no range of its scale, "
            what += f"{row.number('low'):g} to {row.number('high'):g}."
            yield ("scorad",), what, "Write [low, high] within it."
    people = one.worlds * one.patients * (CANDIDATES if one.scorad is not None else 1)
    held = COPIES * len(names.states) + TIMES * len({check.quantity for check in one.checks})
    found = memory_problem(
        NUMBER * people * held * max(1, len(one.arms)),
        f"{counted(one.worlds, 'world')} of {counted(one.patients, 'patient')}",
        "Write fewer `patients`.",
    )  # fmt: skip
    if found is not None:
        yield ("patients",), found.message, found.remedy


def _arm_problems(
    place: tuple[str | int, ...], own: Arm, arm: Arm, days: float, names: Vocabulary
) -> Iterator[Found]:
    """What is wrong with an arm.

    Parameters
    ----------
    own : as it is written
    arm : with what it is like put in
    """
    populations = load_populations(names.biology)
    if own.population is not None:  # what is taken over is told where it stands
        yield from unknown_names((*place, "population"), (own.population,), tuple(populations),
                                 "population")  # fmt: skip
    for key in ("always", "changed"):
        yield from _change_problems((*place, key), getattr(own, key), names.parameters,
                                    parameter_domain, "parameter", names.biology)  # fmt: skip
    yield from _change_problems((*place, "state"), own.state, names.states, state_domain, "state")
    yield from unknown_names((*place, "start"), (own.start,), (SETTLED, *names.starts), "start")
    mechanisms = names.tables.mechanisms
    routes = {row.text("route") for row in mechanisms.values()}
    for key in ("off", "off_always"):
        yield from unknown_names((*place, key), getattr(own, key), (*mechanisms, *routes),
                            "mechanism or route")  # fmt: skip
        asked_off = getattr(own, key)
        for name in dict.fromkeys(one for one in asked_off if asked_off.count(one) > 1):
            yield (*place, key), f"it names {name!r} more than once.", "Name each once."
    asked = own.age_years is not None or (own.population is not None and own.like is not None)
    if asked and arm.age_years is not None and not arm.start.startswith(NEWBORN):
        yield from _age_problems(place, arm, populations, names.biology)
    yield from _dose_and_hold_problems(place, own, arm, days, names)


def _age_problems(
    place: tuple[str | int, ...], arm: Arm, populations: Mapping[str, Any], biology: Biology
) -> Iterator[Found]:
    """A range of ages that the population does not have."""
    assert arm.age_years is not None
    low, high = arm.age_years
    if not 0 <= low < high:
        what = f"`age_years = [{low:g}, {high:g}]` is no range."
        yield (*place, "age_years"), what, "Write [youngest, oldest]."
    elif arm.population in populations:
        first, last = populations[str(arm.population)].ages
        if low < first or high > last:
            what = f"`age_years = [{low:g}, {high:g}]` is not within population "
            what += f"{arm.population!r}: it has {first:g} to {last:g} years."
            other = with_ages(str(arm.population), low, high, biology)
            yield (*place, "age_years"), what, f"Write a range within it, or {other}."


def _change_problems(
    place: tuple[str | int, ...],
    changes: Mapping[str, Change],
    rows: Mapping[str, Any],
    domain: Any,
    what: str,
    biology: Biology | None = None,
) -> Iterator[Found]:
    """Unknown names, and values that no body has; a change is made of the value in the table.

    Parameters
    ----------
    biology : whose equations may divide by what is changed; states are none of that
    """
    yield from unknown_names(place, changes, tuple(rows), what)
    for name, change in changes.items():
        if name not in rows:
            continue
        row = rows[name]
        value = row.number("value" if "value" in row.cells else "healthy_adult")
        lies: Domain = domain(row)
        if isinstance(change, str):
            number = float(change[1:])
            value = value * number if change[0] == "x" else value
            value += {"+": number, "-": -number}.get(change[0], 0.0)
            if not math.isfinite(number):
                yield (*place, name), f"`{name} = {change!r}` is not finite.", "Write less."
        else:
            value = float(change)
        if biology is None:
            yield from outside((*place, name), value, lies, name)
        else:
            yield from impossible((*place, name), value, lies, name, biology)


def _dose_and_hold_problems(
    place: tuple[str | int, ...], own: Arm, arm: Arm, days: float, names: Vocabulary
) -> Iterator[Found]:
    """What is wrong with doses and holds of an arm; those taken over are told where they stand."""
    first = {"doses": len(arm.doses) - len(own.doses), "holds": len(arm.holds) - len(own.holds)}

    def at(key: str, number: int, *rest: str | int) -> tuple[str | int, ...]:
        mine = number - first[key]
        return (*place, key, mine, *rest) if mine >= 0 else place

    doses = dict(enumerate(arm.doses))
    mine = {number: one for number, one in doses.items() if number >= first["doses"]}
    times = {number: one for number, one in mine.items() if one.kind != "wash"}
    for (number, *rest), what, fix in dose_problems(mine, times, days):
        yield at("doses", int(number), *rest), what, fix
    youngest = _youngest(arm, names)
    for (number, *rest), what, fix in drug_problems(doses, names.biology, youngest):
        if int(number) >= first["doses"]:
            yield at("doses", int(number), *rest), what, fix
    for number, hold in enumerate(arm.holds):
        if number < first["holds"]:
            continue
        yield from unknown_names(at("holds", number, "parameter"), (hold.parameter,), names.inputs,
                            "input")  # fmt: skip
        for rest, what, fix in hold_problems(hold, names, days):
            yield at("holds", number, *rest), what, fix
        if not math.isfinite(hold.value):
            yield at("holds", number, "value"), "it must be a finite number.", None
    if own.doses or own.holds:
        given = given_of_a_day(doses, dict(enumerate(arm.holds)), {}, days)
        for (key, number, *rest), what, fix in total_problems(given):
            yield at(str(key), int(number), *rest), what, fix
    remedy = 'Write `start = "birth_vaginal"` in the arm, or take it out.'
    for (number, *rest), what, fix in mother_problems(doses, arm.start.startswith(NEWBORN), remedy):
        if int(number) >= first["doses"]:
            yield at("doses", int(number), *rest), what, fix
    if own.doses and (wrong := place_problems(strains_of(arm.doses), names.tables)):
        remedy = "Take strains out, or give them as one product."
        yield (*place, "doses"), f"too many strains: {wrong}", remedy
    moves = {
        name: [Move(at("doses", *m.place), m.words, m.start, m.end) for m in some]  # type: ignore[arg-type]
        for name, some in dose_moves(doses).items()
    }
    if any(hold.parameter == "washing" for hold in arm.holds):
        moves.setdefault("washing", []).extend(
            Move(at("doses", *m.place), m.words, m.start, m.end)  # type: ignore[arg-type]
            for m in wash_moves(doses)
        )
    for number, hold in enumerate(arm.holds):
        words = f"the hold of {hold.parameter} {span(hold.start_day, hold.end_day, 'day')}"
        one = Move(at("holds", number, "start_day"), words, hold.start_day, hold.end_day)
        moves.setdefault(hold.parameter, []).append(one)
    for input_id in ("stress", "activity"):
        if arm.noise and input_id in moves:
            moves[input_id].append(Move((*place, "noise"), "`noise`", *ALWAYS))
    if own.doses or own.holds or own.noise:
        yield from overlap_problems(moves)


def _youngest(arm: Arm, names: Vocabulary) -> float | None:
    """The age of the youngest of an arm (years), if its population is known."""
    known = load_populations(names.biology)
    if arm.age_years is not None:
        return arm.age_years[0]
    return known[str(arm.population)].ages[0] if arm.population in known else None
