"""What is wrong with creams by a rule: a score that is none, too many looks, a rescue beside it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gutskin.model.biology import Biology
from gutskin.model.rows import Row
from gutskin.model.topicals import AS_NEEDED, inputs_of, topicals
from gutskin.model.vocabulary import vocabulary
from gutskin.population.doses import HELD, held_by
from gutskin.toml_file import Known, sound_parts, table
from gutskin.toml_text import Found
from gutskin.trials.endpoints import COUNT, EVENT, EVER, RESPONSES, grades_of
from gutskin.trials.intervention_parts import INTERVENTIONS
from gutskin.trials.parts import visits_told

MOST_LOOKS = 400  # of one rule: the course is followed from each to the next
DAYS_PER_WEEK = 7.0
YES_OR_NO = (EVENT, EVER, COUNT, *RESPONSES)


def rule_problems(
    doses: Mapping[int, Any],
    end: float | None,
    raw: Mapping[str, Any],
    known: Known,
    biology: Biology,
) -> Iterator[Found]:
    """What is wrong with the rules of one arm; places are keys of its interventions.

    Parameters
    ----------
    doses : of the arm, whose form is right, by their numbers
    end : of the trial, if the file says it (week)
    raw : the file
    """
    rows = vocabulary(biology).tables.endpoints
    rescue = _rescue_inputs(raw, known, biology)
    visits = visits_told(raw)
    weeks = () if visits is None or visits.weeks is None else visits.weeks
    for number, one in doses.items():
        when = getattr(one, "when", None)
        if when is None:
            continue
        for place, what, remedy in _rule(one, when, end, rows, weeks):
            yield (number, *place), what, remedy
        if both := rescue & _inputs(one, biology):
            what = f"a rescue gives {', '.join(sorted(both))} too, which this rule decides on."
            yield (number, "when"), what, "Give another cream, or take one of the two out."


def no_rules(values: Any, where: str, known: Known) -> Iterator[Found]:
    """Rules where nobody looks: in a run-in, in a rescue.

    Parameters
    ----------
    values : an array of interventions
    """
    for number, one in sound_parts(values, INTERVENTIONS, known).items():
        if getattr(one, "when", None) is not None:
            what = f"{where} gives its creams without a rule."
            yield (number, "when"), what, "Take `when` out."


def _rule(
    one: Any, when: Any, end: float | None, rows: Mapping[str, Row], weeks: Sequence[float]
) -> Iterator[Found]:
    row = rows.get(when.score or "")
    if row is not None and row.text("scale") in YES_OR_NO:
        what = f"{when.score} is no score, but a yes or no, or a count."
        yield ("when", "score"), what, 'Write a score, such as "scorad", "itch" or "iga".'
    elif row is not None and when.at_least is not None:
        high = float(len(grades_of(row))) or row.number("high", math.inf)
        if when.at_least > high:
            what = f"`at_least = {when.at_least:g}` is beyond the scale of {row.text('label')}."
            yield ("when", "at_least"), what, f"Write {high:g} at most."
    if when.at_least is not None and when.stays_from > when.at_least:
        what = f"`until_below = {when.until_below:g}` is above `at_least = {when.at_least:g}`."
        yield ("when", "until_below"), what, "Write the same number or a smaller one."
    if getattr(one, "use", None) == AS_NEEDED:
        what = '`use = "as_needed"` follows the lesions that families see, `when` a score.'
        yield ("when",), what, "Take one of the two out."
    stop = min(one.end_week if one.end_week is not None else math.inf, end or math.inf)
    if one.start_week is None:
        return
    if when.every_days is None and weeks and not any(one.start_week <= w < stop for w in weeks):
        what = f"no visit lies from week {one.start_week:g} to week {stop:g}: nobody looks."
        yield ("when",), what, "Add a visit, or `every_days`."
    if when.every_days is None or math.isinf(stop):
        return
    looks = math.ceil((stop - one.start_week) * DAYS_PER_WEEK / when.every_days)
    if looks > MOST_LOOKS:
        what = f"{looks:,} looks: a rule has at most {MOST_LOOKS}."
        yield ("when", "every_days"), what, "Look more rarely, or for fewer weeks."


def _rescue_inputs(raw: Mapping[str, Any], known: Known, biology: Biology) -> set[str]:
    """The inputs that a rescue of the trial moves."""
    given = table(raw, "rescue").get("interventions")
    creams = sound_parts(given, INTERVENTIONS, known).values()
    return {name for one in creams for name in _inputs(one, biology)}


def _inputs(one: Any, biology: Biology) -> set[str]:
    """The inputs that a cream moves."""
    if one.kind == "topical":
        row = topicals(biology).get(one.name or "")
        return set() if row is None or one.use is None else set(inputs_of(row, one.use))
    return {held_by(one)} if one.kind in HELD else set()


__all__ = ["no_rules", "rule_problems"]
