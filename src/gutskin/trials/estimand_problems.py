"""What is wrong with the estimands of a trial file, its intercurrent events and estimators."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gutskin.errors import nearest
from gutskin.model.rows import Row
from gutskin.toml_file import Known, sound, sound_parts, table
from gutskin.toml_lines import Place
from gutskin.toml_text import Found
from gutskin.trials.arm_names import alike_titles
from gutskin.trials.doses_taken import AROUND
from gutskin.trials.estimand_parts import (
    EVERYBODY,
    GIVES,
    Discontinuation,
    Estimand,
    Estimator,
    RescueTreatment,
    SummaryMeasure,
)
from gutskin.trials.methods import COUNTS, RULES, SHARES
from gutskin.trials.parts import visits_told

SCORES = ("scorad", "easi")
MEASURES: dict[str, tuple[SummaryMeasure, ...]] = {
    "share": ("risk difference", "risk ratio"),
    "log": ("ratio of geometric means", "difference of means"),
    "score": ("difference of means",),
}


def estimand_problems(
    raw: Mapping[str, Any],
    arms: Sequence[Mapping[str, Any]],
    known: Known,
    endpoints: Mapping[str, Row],
    end: float | None,
) -> Iterator[Found]:
    """All that is wrong with them.

    Parameters
    ----------
    raw : the file
    arms : its arms
    endpoints : rows of endpoints.tsv
    end : of the trial, if the file says it (week)
    """
    yield from _discontinuation(raw, arms, known)
    yield from _rescue(raw, arms, known, end)
    if raw.get("estimators") and not raw.get("estimands"):
        what = "estimators are compared with estimands, and the trial has none."
        yield ("estimators",), what, "Add [[estimands]]."
    if raw.get("estimands") and isinstance(raw.get("responders"), dict):
        what = "estimands are of everybody who was randomised; [responders] chooses among them."
        yield ("estimands",), what, "Take one of the two out."
    for part, form in (("estimands", Estimand), ("estimators", Estimator)):
        yield from _twice(raw, part, form)
    for number, one in sound_parts(raw.get("estimands"), Estimand, known).items():
        for place, what, remedy in _estimand(one, raw, endpoints):
            yield ("estimands", number, *place), what, remedy
    for number, one in sound_parts(raw.get("estimators"), Estimator, known).items():
        for place, what, remedy in _estimator(one, raw, known, endpoints):
            yield ("estimators", number, *place), what, remedy


def _list(values: Mapping[str, Any], key: str) -> list[Any]:
    value = values.get(key)
    return value if isinstance(value, list) else []


def _twice(raw: Mapping[str, Any], part: str, form: Any) -> Iterator[Found]:
    """Names that stand twice."""
    seen: set[str] = set()
    for number, one in enumerate(_list(raw, part)):
        name = one.get("name") if isinstance(one, dict) else None
        if isinstance(name, str) and name in seen:
            what = f"two {part} are called {name!r}."
            yield (part, number, "name"), what, "Rename one of them."
        seen.add(str(name))
    yield from alike_titles(raw, part, part[:-1])


def _endpoint(one: Estimand, raw: Mapping[str, Any]) -> str:
    return one.endpoint or str(table(raw, "analysis").get("primary"))


def _kind(name: str, endpoints: Mapping[str, Row]) -> str:
    scale = endpoints[name].text("scale")
    return "share" if scale in SHARES else "log" if scale == "log" else "score"


def _estimand(
    one: Estimand, raw: Mapping[str, Any], endpoints: Mapping[str, Row]
) -> Iterator[Found]:
    """A population, a variable or a summary that the trial does not have."""
    groups = [each.get("name") for each in _list(raw, "subgroups") if isinstance(each, dict)]
    if one.population != EVERYBODY and one.population not in groups:
        names = (EVERYBODY, *(str(name) for name in groups))
        what = f"the trial has no subgroup {one.population!r}."
        yield ("population",), what, nearest(one.population, names)
    measured = table(raw, "analysis").get("endpoints")
    if one.endpoint is not None and isinstance(measured, list) and one.endpoint not in measured:
        what = f"{one.endpoint!r} is not among the endpoints of the trial."
        yield ("endpoint",), what, "Add it to `endpoints` in [analysis]."
    # Estimands of a crossover have no week, which is told of any.
    visits = None if raw.get("crossover") else visits_told(raw)
    if one.week is not None and visits is not None and one.week not in visits.weeks[1:]:
        weeks = ", ".join(f"{week:g}" for week in visits.weeks[1:])
        what = f"`week = {one.week:g}` is no visit after the first."
        yield ("week",), what, f"Write one of {weeks}."
    name = _endpoint(one, raw)
    if name in endpoints and endpoints[name].text("scale") in COUNTS:
        ways = one.strategies.those("composite") if one.strategies is not None else ()
        for kind in sorted(ways):
            what = f"{name} is a count, in which nobody has failed."
            yield ("strategies", kind), what, 'Write another strategy than "composite".'
    if name not in endpoints or one.summary is None:
        return
    allowed = MEASURES[_kind(name, endpoints)]
    if one.summary not in allowed:
        what = f"{one.summary!r} does not fit {name}."
        yield ("summary",), what, f"Write {_listed(allowed)}."


def _estimator(
    one: Estimator, raw: Mapping[str, Any], known: Known, endpoints: Mapping[str, Row]
) -> Iterator[Found]:
    """An estimator that can give none of the estimands."""
    methods, scales = RULES[one.missing]
    if one.method not in methods:
        what = f"{one.missing!r} does not fit {one.method!r}."
        yield ("missing",), what, 'Write "as observed", or another method.'
        return
    asked = sound_parts(raw.get("estimands"), Estimand, known).values()
    able: list[bool] = []
    wanted: set[str] = set()
    for each in asked:
        if (name := _endpoint(each, raw)) not in endpoints:
            return
        measure = each.summary or MEASURES[_kind(name, endpoints)][0]
        wanted |= set(GIVES[measure])
        able.append(one.method in GIVES[measure] and endpoints[name].text("scale") in scales)
    if able and not any(able):
        what = f"{one.method!r} ({one.missing}) gives the summary of none of the estimands."
        yield ("method",), what, f"Write {_listed(sorted(wanted))}."


def _discontinuation(
    raw: Mapping[str, Any], arms: Sequence[Mapping[str, Any]], known: Known
) -> Iterator[Found]:
    """Who stops nothing, or by a score that nobody writes down."""
    if not isinstance(raw.get("discontinuation"), dict):
        return
    one = sound(Discontinuation, dict(table(raw, "discontinuation")), known)
    if one is None:
        return
    place: Place = ("discontinuation",)
    if not (one.share or one.if_no_better or one.if_worse):
        what = "nobody stops: there is neither a `share` nor a chance."
        yield place, what, "Add `share`, `if_no_better` or `if_worse`."
    measured = _list(table(raw, "analysis"), "endpoints")
    if (one.if_no_better or one.if_worse) and not set(SCORES) & {str(name) for name in measured}:
        what = "who stops for how he fares is judged by SCORAD or EASI, neither an endpoint."
        yield place, what, 'Add "scorad" to `endpoints`.'
    given = {
        str(dose["kind"]) for arm in arms for dose in _list(arm, "interventions")
        if isinstance(dose, dict) and isinstance(dose.get("kind"), str)
    }  # fmt: skip
    if given and given <= set(AROUND) and not one.kinds:
        what = f"nothing is stopped: {' and '.join(sorted(given))} is met, not taken."
        yield place, what, f"Take it out, or name what ends: `kinds = {sorted(given)}`."
    for number, kind in enumerate(one.kinds):
        if kind not in given:
            what = f"no arm receives any {kind}."
            yield (*place, "kinds", number), what, nearest(kind, [str(name) for name in given])


def _rescue(
    raw: Mapping[str, Any], arms: Sequence[Mapping[str, Any]], known: Known, end: float | None
) -> Iterator[Found]:
    """A treatment that nobody is given, does nothing, or stands against what an arm receives."""
    if not isinstance(raw.get("rescue"), dict):
        return
    one = sound(RescueTreatment, dict(table(raw, "rescue")), known)
    if not table(raw, "conduct").get("rescue"):
        yield ("rescue",), "nobody is rescued.", "Write `rescue = true` in [conduct]."
    if one is None:
        return
    if not one.interventions and not one.stops_product:
        what = "the rescue brings nothing and ends nothing."
        yield ("rescue",), what, "Add `interventions`, or `stops_product = true`."
    kinds = [each.kind for each in one.interventions]
    steroids = [n for n, kind in enumerate(kinds) if kind != "emollient"]
    for number, kind in enumerate(kinds):
        if (kind == "emollient" and kind in kinds[:number]) or number in steroids[1:]:
            what = "one emollient and one other cream at a time can be rescue."
            yield ("rescue", "interventions", number), what, "Take it out."
        lasts = one.interventions[number]
        if lasts.start_week != 0 or (end is not None and lasts.end_week < end):
            what = "a rescue begins with its visit and lasts until the end of the trial."
            place: Place = ("rescue", "interventions", number)
            yield place, what, "Take `start_week` and `end_week` out."
    topical = [
        (i, j)
        for i, arm in enumerate(arms) for j, dose in enumerate(_list(arm, "interventions"))
        if isinstance(dose, dict) and dose.get("kind") == "topical"
    ]  # fmt: skip
    if steroids and topical and not one.stops_product:
        what = "the rescue's cream would come beside the arm's own; one is used at a time."
        fix = "Write `stops_product = true` in [rescue], or another rescue."
        yield ("arms", topical[0][0], "interventions", topical[0][1], "kind"), what, fix


def _listed(names: Sequence[str]) -> str:
    texts = [f'"{one}"' for one in names]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}"
