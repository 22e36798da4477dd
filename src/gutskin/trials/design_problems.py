"""What is wrong with a crossover, and with the visit of the analysis."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gutskin.media import counted
from gutskin.model.rows import Row
from gutskin.toml_file import sound, table
from gutskin.toml_text import Found
from gutskin.trials.arrival_problems import arrival_problems
from gutskin.trials.design_parts import Crossover
from gutskin.trials.endpoints import EVER
from gutskin.trials.interim_problems import interim_problems
from gutskin.trials.intervention_parts import Times
from gutskin.trials.parts import UNTREATED, Analysis, Visits, visits_told

BESIDE_CROSSOVER = {
    "responders": "who goes on to the second period is not chosen by a response.",
    "subgroups": "subgroups are of trials with parallel arms.",
    "estimators": "a crossover is analysed within patients, and beside it by its first period.",
    "extension": "a crossover has two periods and no extension.",
}


def design_problems(
    raw: Mapping[str, Any], arms: Sequence[Mapping[str, Any]], endpoints: Mapping[str, Row]
) -> Iterator[Found]:
    """Periods and a visit of the analysis that the trial does not have.

    Parameters
    ----------
    raw : the file
    arms : its arms
    endpoints : the rows of endpoints.tsv
    """
    analysis = table(raw, "analysis")
    week = analysis.get("week")
    asked = sound(Analysis, {"primary": "", "endpoints": [""], "week": week})
    visits = visits_told(raw)
    if asked is not None and visits is not None and asked.week is not None:
        if asked.week not in visits.weeks[1:]:
            what = f"`week = {asked.week:g}` is no visit after the first."
            weeks = ", ".join(f"{one:g}" for one in visits.weeks[1:])
            yield ("analysis", "week"), what, f"Write one of {weeks}."
        if isinstance(raw.get("crossover"), dict):
            what = "a crossover is analysed at the ends of its periods."
            yield ("analysis", "week"), what, "Take `week` out."
    yield from _crossover(raw, arms, visits)
    yield from _once_and_for_all(raw, endpoints)
    yield from arrival_problems(raw, arms, visits)
    alone = len(arms) == 1 or any((one.get("name"), one.get("n")) == (UNTREATED, 0) for one in arms)
    if alone:
        yield from _single_arm(raw)
    yield from interim_problems(raw, arms, alone)


def _single_arm(raw: Mapping[str, Any]) -> Iterator[Found]:
    """What compares arms, in a trial of one."""
    for key in ("estimands", "subgroups", "crossover", "randomisation"):
        if raw.get(key):
            yield (key,), "a trial of a single arm compares no arms.", "Take it out."
    analysis = table(raw, "analysis")
    for key, usual in (("method", "ancova"), ("missing", "as observed"), ("methods", {})):
        if analysis.get(key, usual) != usual:
            what = "a single arm is analysed by the changes of who comes to both visits."
            yield ("analysis", key), what, f"Take `{key}` out."
    if table(raw, "published").get("differences"):
        what = "a trial of a single arm has no difference from a control."
        yield ("published", "differences"), what, "Write its changes as `values`."


def _not_swapped(arms: Sequence[Mapping[str, Any]], whole: Crossover) -> Iterator[Found]:
    """A sequence that has not in one period what the other has in the other, or no wash-out."""
    if len(arms) != 2 or any(arm.get("interventions", []) is None for arm in arms):
        return
    first, second = ([_in_period(arm, one) for one in whole.periods] for arm in arms)
    if first != second[::-1]:
        names = [str(arm.get("name")) for arm in arms]
        what = f"{names[0]!r} and {names[1]!r} are no two sequences of the same two treatments: "
        what += "what one has in a period the other must have in the other."
        fix = "Give each the other's interventions, with the weeks of the other period."
        yield ("crossover",), what, fix
    rest = (whole.periods[0][1], whole.periods[1][0])
    swapped = any(first) and first == second[::-1]
    if swapped and _in_period(arms[0], rest) != _in_period(arms[1], rest):
        what = f"in the wash-out (weeks {rest[0]:g} to {rest[1]:g}) the sequences are given "
        what += "different things: a treatment goes on, or begins before its period."
        yield ("crossover",), what, f"End it with week {rest[0]:g}, or start it with {rest[1]:g}."


def _in_period(arm: Mapping[str, Any], period: Sequence[float]) -> list[str]:
    """What an arm is given in a period, and from when until when in it (weeks since it began)."""
    given = arm.get("interventions") or []
    found = []
    for one in given if isinstance(given, list) else []:
        lasts = sound(Times, one) if isinstance(one, dict) else None
        if lasts is None or lasts.start_week is None or lasts.end_week is None:
            continue
        if lasts.start_week < period[1] and lasts.end_week > period[0]:
            told = {key: value for key, value in one.items() if key not in Times.model_fields}
            told["from"] = max(0.0, lasts.start_week - period[0])
            told["until"] = min(lasts.end_week, period[1]) - period[0]
            if lasts.end_week >= period[1]:
                told["until"] = None  # its end: periods may be of other lengths
            found.append(repr(sorted(told.items(), key=lambda pair: pair[0])))
    return sorted(found)


def _once_and_for_all(raw: Mapping[str, Any], endpoints: Mapping[str, Row]) -> Iterator[Found]:
    """What a patient of a crossover has for good from when on he has had it once."""
    if not isinstance(raw.get("crossover"), dict):
        return
    named = table(raw, "analysis").get("endpoints")
    for number, name in enumerate(named if isinstance(named, list | tuple) else ()):
        row = endpoints.get(name) if isinstance(name, str) else None
        if row is None or row.text("scale") != EVER:
            continue
        what = f"{name}: who has had it in the first period has it in the second too, whatever he "
        what += "is given there."
        score = row.text("quantity") if row.text("quantity") in endpoints else "easi"
        fix = f'Write "{score}", or a share of those who are below a score now ("iga01").'
        yield ("analysis", "endpoints", number), what, fix


def _crossover(
    raw: Mapping[str, Any], arms: Sequence[Mapping[str, Any]], visits: Visits | None
) -> Iterator[Found]:
    """A crossover that is none, or that is analysed as if it were none."""
    if not isinstance(raw.get("crossover"), dict):
        return
    if len(arms) != 2:
        what = f"a crossover has two sequences, and the trial {counted(len(arms), 'arm')}."
        yield ("crossover",), what, "Write one arm for each sequence."
    for key, what in BESIDE_CROSSOVER.items():
        if raw.get(key):
            yield (key,), what, "Take one of the two out."
    analysis = table(raw, "analysis")
    for key, usual in (("method", "ancova"), ("missing", "as observed"), ("methods", {})):
        if analysis.get(key, usual) != usual:
            what = "a crossover is analysed within patients who end both periods."
            yield ("analysis", key), what, f"Take `{key}` out."
    estimands = raw.get("estimands")
    for number, one in enumerate(estimands if isinstance(estimands, list) else ()):
        if not isinstance(one, dict):
            continue
        if one.get("week") is not None:
            what = "estimands of a crossover are at the end of its periods."
            yield ("estimands", number, "week"), what, "Take `week` out."
        if one.get("summary") == "risk ratio":
            what = "within patients risks are compared by their difference."
            yield ("estimands", number, "summary"), what, 'Write "risk difference".'
    for number, arm in enumerate(arms):
        if arm.get("unblinded_share"):
            what = "the arms of a crossover are sequences: which of them one guesses says nothing."
            yield ("arms", number, "unblinded_share"), what, "Take it out."
    whole = sound(Crossover, {"periods": table(raw, "crossover").get("periods")})
    if whole is None or visits is None:
        return
    yield from _not_swapped(arms, whole)
    for number, period in enumerate(whole.periods):
        for place, week in enumerate(period):
            if week not in visits.weeks:
                what = f"week {week:g} is an end of a period and no visit."
                remedy = f"Add {week:g} to `weeks` in [visits]."
                yield ("crossover", "periods", number, place), what, remedy
