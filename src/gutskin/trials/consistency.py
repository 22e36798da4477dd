"""What is wrong between the parts of a trial file, and with parts that nobody could carry out.

Each part is asked if its own form is right, whatever is wrong with the others, so that no problem
hides another.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from gutskin.model.biology import Biology
from gutskin.model.vocabulary import vocabulary
from gutskin.population.calendar import Move, span
from gutskin.population.daily_totals import given_by_the_week, total_problems
from gutskin.population.dose_checks import (
    amount_problems,
    called,
    injection_problems,
    mother_problems,
    overlap_problems,
    present,
    strain_problems,
    times_problems,
)
from gutskin.population.doses import HELD, held_by
from gutskin.population.drugs import drug_of, drug_problems
from gutskin.population.known import known_names
from gutskin.population.mother import strains_of
from gutskin.population.patient_format import NEWBORN
from gutskin.population.strain_places import place_problems
from gutskin.toml_file import Known, sound, sound_keys, sound_parts, table
from gutskin.toml_lines import Place
from gutskin.toml_text import Found
from gutskin.trials.analysis_problems import method_problems
from gutskin.trials.arm_names import name_problems
from gutskin.trials.birth_problems import birth_problems
from gutskin.trials.design_problems import design_problems
from gutskin.trials.doses_by_weight import by_weight_problems, heaviest
from gutskin.trials.eligibility_problems import eligibility_problems, youngest
from gutskin.trials.estimand_problems import estimand_problems
from gutskin.trials.intervention_parts import INTERVENTIONS, Times
from gutskin.trials.parts import RUN_IN, Analysis, Conduct, RunIn, visits_told
from gutskin.trials.published_problems import published_problems
from gutskin.trials.responder_problems import responder_problems
from gutskin.trials.rule_problems import no_rules, rule_problems
from gutskin.trials.run_in_doses import shared_problems
from gutskin.trials.visit_problems import (
    DAYS_PER_WEEK,
    end_of,
    late_visits,
    latest,
    longest_weeks,
    visit_problems,
)

FEWEST = 2  # patients of an arm
BY_RULE = ("emollient", "topical_steroid")  # which may stand beside the same used anyway


def inconsistencies(raw: Mapping[str, Any], biology: Biology) -> Iterator[Found]:
    """All that is wrong between the parts of a trial file."""
    arms = [arm if isinstance(arm, dict) else {} for arm in _list(raw, "arms")]
    yield from name_problems(arms)
    yield from _analysis(raw, biology)
    known = known_names(biology)
    yield from published_problems(raw, arms, known, vocabulary(biology).tables.endpoints)
    yield from eligibility_problems(raw, biology)
    yield from birth_problems(raw, vocabulary(biology).tables.endpoints)
    yield from visit_problems(raw)
    yield from responder_problems(raw, arms, vocabulary(biology).tables.endpoints)
    yield from estimand_problems(
        raw, arms, known, vocabulary(biology).tables.endpoints, end_of(raw, arms)
    )
    yield from design_problems(raw, arms, vocabulary(biology).tables.endpoints)
    yield from late_visits(raw, arms)
    yield from _dropout(raw, arms)
    longer = f"write `end_week = {latest(raw, arms):g}` in [visits]"
    trial = _Trial(end_of(raw, arms), raw, known, biology, longer)
    for number, arm in enumerate(arms):
        for place, what, remedy in _arm(arm, trial):
            yield ("arms", number, *place), what, remedy
    whole, asked = sound(RunIn, {"weeks": table(raw, "run_in").get("weeks")}), table(raw, "run_in")
    early = _Trial(None if whole is None else whole.weeks, {**raw, "visits": {}}, known, biology,
                   "write more `weeks` in [run_in]")  # fmt: skip
    allowed = [one if _kind(one) in RUN_IN else {} for one in _list(asked, "interventions")]
    for place, what, remedy in _arm({"interventions": allowed}, early):
        yield ("run_in", *place), what, remedy
    for place, where in (("run_in", "a run-in"), ("rescue", "a rescue")):
        for at, what, remedy in no_rules(table(raw, place).get("interventions"), where, known):
            yield (place, "interventions", *at), what, remedy
    before = [*sound_parts(allowed, RUN_IN, known).values()]
    for number, arm in enumerate(arms if before else ()):
        given = [*sound_parts(arm.get("interventions"), INTERVENTIONS, known).values()]
        for place, what, remedy in shared_problems(before, given, biology):
            yield ("arms", number, *place), what, remedy


def _kind(one: Any) -> Any:
    return one.get("kind") if isinstance(one, dict) else None


def _list(values: Mapping[str, Any], key: str) -> list[Any]:
    """The array under a key; nothing if it is no array, which is reported elsewhere."""
    value = values.get(key)
    return value if isinstance(value, list) else []


def _analysis(raw: Mapping[str, Any], biology: Biology) -> Iterator[Found]:
    """Endpoints that stand twice, a primary one that is not measured, a change beyond the scale."""
    analysis = table(raw, "analysis")
    primary, endpoints = analysis.get("primary"), _list(analysis, "endpoints")
    if isinstance(primary, str) and primary not in endpoints:
        yield ("analysis", "primary"), f"{primary!r} is not in `endpoints`.", "Add it there."
    first = {str(one): number for number, one in reversed([*enumerate(endpoints)])}
    for number, one in enumerate(endpoints):
        if first[str(one)] < number:
            place = ("analysis", "endpoints", number)
            yield place, f"the endpoint {one!r} stands twice.", "Take one of the two out."
    whole = sound_keys(Analysis, analysis)
    rows = vocabulary(biology).tables.endpoints
    yield from method_problems(analysis, rows)
    if whole is None or whole.meaningful_difference is None or whole.primary not in rows:
        return
    row = rows[whole.primary]
    if row.text("scale") == "log":
        what = f"`meaningful_difference = {whole.meaningful_difference:g}`: {row.text('label')} is "
        what += "tested on logarithms, so that its effect is a ratio, and no difference says from "
        what += "which ratio on it matters."
        yield ("analysis", "meaningful_difference"), what, "Take it out."
        return
    wide = row.number("high", math.inf) - row.number("low", 0.0)
    if whole.meaningful_difference > wide:
        what = f"`meaningful_difference = {whole.meaningful_difference:g}` is more than the whole "
        what += f"scale of {row.text('label')}, {wide:g}."
        yield ("analysis", "meaningful_difference"), what, "Write a smaller one."


def _dropout(raw: Mapping[str, Any], arms: Sequence[Mapping[str, Any]]) -> Iterator[Found]:
    """A trial that ends with an empty arm, so that nothing could be tested."""
    conduct = sound(Conduct, {"dropout_share": table(raw, "conduct").get("dropout_share", 0.0)})
    wanted = sound(Conduct, {"rescue": table(raw, "conduct").get("rescue", False)})
    if (
        wanted is not None
        and wanted.rescue
        and "easi" not in _list(table(raw, "analysis"), "endpoints")
    ):
        what = "who is rescued is judged by EASI, which is not among the endpoints."
        yield ("conduct", "rescue"), what, 'Add "easi" to `endpoints`.'
    yield from _reasons_to_leave(raw)
    missed = table(raw, "conduct").get("missed_visits", 0.0)
    counts = [arm["n"] for arm in arms if _is_size(arm.get("n"))]
    if counts and isinstance(missed, int | float) and 0 <= 1 - missed < 1 / min(counts):
        what = f"`missed_visits = {missed:g}`: hardly anybody comes to the last visit."
        yield ("conduct", "missed_visits"), what, "Write a smaller share."
    for i, arm in enumerate(arms):
        own, n = arm.get("dropout_share"), arm.get("n", 0)
        if not isinstance(own, int | float) or not _is_size(n) or not 0 <= own <= 1:
            continue
        if (left := n * (1 - own)) < 1:
            what = f"`dropout_share = {own:g}` leaves {left:.2g} of {n} patients of the arm at the "
            what += "last visit: nothing could be tested."
            fix = "Write a smaller share, or more patients."
            yield ("arms", i, "dropout_share"), what, fix
    sizes = [
        arm["n"] for arm in arms if _is_size(arm.get("n")) and arm.get("dropout_share") is None
    ]
    if conduct is None or not sizes:
        return
    share, smallest = conduct.dropout_share, min(sizes)
    if (left := smallest * (1 - share)) < 1:
        what = f"`dropout_share = {share:g}` leaves {left:.2g} of {smallest} patients of an arm at "
        what += "the last visit: nothing could be tested."
        yield ("conduct", "dropout_share"), what, "Write a smaller share, or more patients."


def _is_size(n: Any) -> bool:
    """Whether an arm may have so many patients; what may not be is told by itself."""
    return type(n) is int and n >= FEWEST


def _reasons_to_leave(raw: Mapping[str, Any]) -> Iterator[Found]:
    """Patients who would leave by a score that nobody writes down."""
    measured = _list(table(raw, "analysis"), "endpoints")
    for key in ("leave_if_no_better", "leave_if_worse"):
        scores = {"scorad", "easi"} & {str(one) for one in measured}
        if table(raw, "conduct").get(key) and not scores:
            what = "who leaves for how he fares is judged by SCORAD or EASI, neither an endpoint."
            yield ("conduct", key), what, 'Add "scorad" to `endpoints`.'


@dataclass(frozen=True)
class _Trial:
    """What all arms share.

    Parameters
    ----------
    end : of the trial, if the file says it (week)
    raw : the file
    longer : how the file gives it more time
    """

    end: float | None
    raw: Mapping[str, Any]
    known: Known
    biology: Biology
    longer: str

    @cached_property
    def youngest(self) -> float | None:
        """The age of the youngest who may enrol (years)."""
        return youngest(self.raw, self.biology)

    @cached_property
    def heaviest(self) -> float:
        """The weight of the heaviest who may enrol (kg)."""
        return heaviest(self.raw, self.biology)

    @cached_property
    def last_visit(self) -> float:
        """The week of the last visit; without end where the file does not say it."""
        whole = visits_told(self.raw)
        return math.inf if whole is None else whole.weeks[-1]

    @property
    def born(self) -> bool:
        """Whether it begins at birth."""
        return str(self.raw.get("start", "")).startswith(NEWBORN)


def _arm(arm: Mapping[str, Any], trial: _Trial) -> Iterator[Found]:
    """What is wrong with what an arm receives; places are keys of the arm."""
    values, end = arm.get("interventions"), trial.end
    doses = sound_parts(values, INTERVENTIONS, trial.known)
    over = math.inf if end is None else end
    last = min(over, longest_weeks())
    totals = [*total_problems(given_by_the_week(doses, last, trial.heaviest))]
    more = {place for place, _, _ in totals}  # what a day allows is told, and no wider range
    for number, dose in doses.items():
        amounts = amount_problems(dose, trial.heaviest)
        found = [
            *(one for one in amounts if (number, *one[0]) not in more),
            *strain_problems(dose),
            *_regimen(dose, end),
        ]
        found += by_weight_problems(dose, trial.biology)
        for place, what, remedy in found:
            yield ("interventions", number, *place), what, remedy
    for number, lasts in sound_parts(values, Times).items():
        words = f"the {called(doses[number])}" if number in doses else "it"
        found = [*_span(lasts, trial, words)] or [*_unseen(lasts, trial.last_visit, words)]
        for place, what, remedy in found:
            yield ("interventions", number, *place), what, remedy
    for place, what, remedy in totals:
        yield ("interventions", *place), what, remedy
    fix = 'Write `start = "birth_vaginal"` at the top and take newborns, or take it out.'
    for place, what, remedy in mother_problems(doses, trial.born, fix):
        yield ("interventions", *place), what, remedy
    for place, what, remedy in drug_problems(doses, trial.biology, trial.youngest):
        yield ("interventions", *place), what, remedy
    for place, what, remedy in rule_problems(doses, end, trial.raw, trial.known, trial.biology):
        yield ("interventions", *place), what, remedy
    tables = vocabulary(trial.biology).tables
    if (wrong := place_problems(strains_of(doses.values()), tables)) is not None:
        remedy = "Take strains out, give them as one product, or put them into another arm."
        yield ("interventions",), f"the arm has too many strains: {wrong}", remedy
    for place, what, remedy in overlap_problems(_moves(doses, end)):
        yield ("interventions", *place), what, remedy


def _span(lasts: Times, trial: _Trial, words: str) -> Iterator[Found]:
    """An intervention that lasts beyond the trial, ends before it starts, or is over at once."""
    start, stop, end = lasts.start_week, lasts.end_week, trial.end
    if start is None or stop is None:
        return
    if end is not None and end < stop <= longest_weeks():
        remedy = f"Shorten it or {trial.longer}."
        yield ("end_week",), f"week {stop:g} is after the end, week {end:g}.", remedy
    last = min(stop, math.inf if end is None else end)
    if start >= last:
        whose, fix = ("", "its end") if last == stop else (", the last of the trial", "then")
        message = f"{words} starts at week {start:g} and ends at week {last:g}{whose}."
        yield ("start_week",), message, f"Start it before {fix}."
        return
    yield from times_problems(start, stop, ("start_week", "end_week"), "week", words, DAYS_PER_WEEK)


def _unseen(lasts: Times, last_visit: float, words: str) -> Iterator[Found]:
    """An intervention that begins after the last visit, so that nobody sees what it does."""
    if lasts.start_week is not None and lasts.start_week > last_visit:
        what = f"{words} starts at week {lasts.start_week:g}, and the last visit is at week "
        what += f"{last_visit:g}: nobody sees what it does."
        yield ("start_week",), what, "Start it earlier, or add a later visit to [visits]."


def _regimen(dose: Any, end: float | None) -> Iterator[Found]:
    """Injections that are too many, and a course of antibiotics that is longer than its time."""
    if not present(dose, "start_week", "end_week"):
        return
    last = min(dose.end_week, math.inf if end is None else end)
    if math.isinf(last) or last <= dose.start_week:
        return
    if drug_of(dose) is not None and dose.every_weeks is not None:
        yield from injection_problems(
            dose.start_week, last, dose.every_weeks, "every_weeks", DAYS_PER_WEEK
        )
    if dose.kind == "antibiotic" and dose.days is not None:
        there = (_exact(last) - _exact(dose.start_week)) * 7
        if _exact(dose.days) > there:
            what = f"`days = {dose.days:g}`: the antibiotic starts at week {dose.start_week:g} and "
            what += f"week {last:g}, {float(there):g} days later, is its end."
            yield ("days",), what, "Write fewer days, or end it later."


def _exact(value: float) -> Fraction:
    return Fraction(repr(float(value)))


def _moves(doses: Mapping[int, Any], end: float | None) -> dict[str, list[Move]]:
    """Which interventions move which input, and when (weeks)."""
    moves: dict[str, list[Move]] = {}
    for number, dose in doses.items():
        if not present(dose, "start_week", "end_week") or dose.kind == "maternal_probiotic":
            continue
        last = min(dose.end_week, math.inf if end is None else end)
        if dose.kind == "antibiotic" and dose.days is not None:
            last = min(last, float(_exact(dose.start_week) + _exact(dose.days) / 7))
        if last <= dose.start_week:
            continue
        place: Place = (number, "start_week")
        words = f"{called(dose)} {span(dose.start_week, last, 'week')}"
        names = [held_by(dose)] if dose.kind in HELD else [str(drug_of(dose) or dose.kind)]
        if dose.kind == "topical":  # one cream at a time, beside emollient
            names = ["topical", "topical_steroid"]
        if dose.kind in BY_RULE and dose.when is not None:  # beside one that is used anyway
            names = [f"{dose.kind} by a rule"]
            names += ["topical"] if dose.kind == "topical_steroid" else []
        if dose.kind == "probiotic":
            names = [f"{key}, {dose.viable}" for key in dose.strains or ()]
        for name in names:
            moves.setdefault(name, []).append(Move(place, words, dose.start_week, last))
    return moves
