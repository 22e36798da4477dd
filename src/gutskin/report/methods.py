"""By which methods a trial is analysed, in words; of ANCOVA of what was recorded, nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gutskin.media import counted, isolated
from gutskin.report.interim import planned_looks
from gutskin.report.rounding import of_ratios
from gutskin.report.told_effect import on_logarithms
from gutskin.report.words import arm_titles, between, listed, number, percent, share_of
from gutskin.statistics.untested import Untested
from gutskin.trials.before_after import way_of
from gutskin.trials.chosen_method import method_of, missing_of
from gutskin.trials.methods import CHANGED_SHARE, ESTIMATE, WITHIN, in_words
from gutskin.user_text import in_sentence

if TYPE_CHECKING:
    from gutskin.model.rows import Row
    from gutskin.report.words import Summary
    from gutskin.trials.design import TrialDesign

ONE_WAY = "where everybody has it at the first visit, or nobody, it is not tested"
FEWEST_DECIMALS = 2  # of a ratio in it
SEVERAL = {"holm": "p-values adjusted after Holm", "fixed sequence": "tested in a fixed sequence"}
RATIOS = {
    "hazard_ratio": "hazard ratio of the test",
    "rate_ratio": "rate ratio",
}


def planned(design: TrialDesign, rows: Mapping[str, Row]) -> Iterator[str]:
    """By what each endpoint will be tested.

    Parameters
    ----------
    rows : of endpoints.tsv
    """
    analysis = design.analysis
    yield from planned_looks(design)
    if design.crossover is not None:
        yield f"All are tested {_method(WITHIN, 'as observed')}."
        return
    if design.single_arm:
        yield from _alone(analysis.endpoints, rows, design.from_birth)
        return
    for name in analysis.endpoints:
        scale = rows[name].text("scale")
        method = method_of(analysis, name, scale)
        missing = missing_of(analysis, method, scale)
        if told := _method(method, missing):
            yield f"{rows[name].text('label')} is tested {told}."
    if analysis.multiplicity != "none":
        yield f"Several questions: {SEVERAL[analysis.multiplicity]}."


def _alone(names: Sequence[str], rows: Mapping[str, Row], born: bool) -> Iterator[str]:
    """How the endpoints of a single arm are analysed, those of one way together."""
    ways = {name: way_of(rows[name].text("scale"), born) for name in names}
    why = Untested.newborn if born else Untested.no_reference
    for way in dict.fromkeys(ways.values()):
        labels = "; ".join(rows[name].text("label") for name in names if ways[name] == way)
        if way == ESTIMATE:
            yield f"Estimated, not tested: {labels}; {why.words}."
        else:
            one_way = f"; {ONE_WAY}" if way == CHANGED_SHARE else ""
            yield f"Tested {_method(way, 'as observed')}: {labels}{one_way}."


def reported(summary: Summary) -> list[str]:
    """By what each comparison was tested; a ratio and an adjusted p with it.

    Endpoints of which the same is said are named together.
    """
    curves, titles = _on_logarithms(summary), arm_titles(summary)
    told: dict[str, list[str]] = {}
    for one in summary["endpoints"].values():
        if "event_free" in one:
            curves.append(_event_free(one, titles))
        for arm, its in one["differences"].items():
            parts = [_method(its.get("method", "ancova"), its.get("missing", "as observed"))]
            if its.get("tested") == 0 and its.get("method") != ESTIMATE:
                parts = [f"not tested in any repetition{_meant(parts[0])}"]
            parts += [_ratio(word, its[key]) for key, word in RATIOS.items() if key in its]
            if its.get("share_adjusted_p_below_0_05_for") is not None:
                share = share_of(its, "share_adjusted_p_below_0_05_for")
                parts.append(f"adjusted p < 0.05 in favour in {share}")
            if any(parts):
                of = f", {in_sentence(titles[arm])}" if len(one["differences"]) > 1 else ""
                says = "; ".join(part for part in parts if part)
                told.setdefault(says, []).append(f"{one['label']}{of}")
    return [*curves, *(f"{listed(names)}: {says}." for says, names in told.items())]


def by_covariance(summary: Summary) -> bool:
    """Whether every difference is that of an analysis of covariance of what was recorded."""
    return all(
        not _method(its.get("method", "ancova"), its.get("missing", "as observed"))
        for one in summary["endpoints"].values()
        for its in one["differences"].values()
    )


def as_conducted(summary: Summary, design: TrialDesign, designed: Sequence[str]) -> Iterator[str]:
    """Design, visits and analysis, a sentence each, for the methods of a report.

    Parameters
    ----------
    designed : what is not the usual of its design, in sentences
    """
    kind = "A single arm" if design.single_arm else "Parallel arms"
    if design.crossover is None:
        sizes = listed([f"{one.n} on {isolated(one.title)}" for one in design.arms if one.n])
        yield f"{kind}: {sizes}."
    visits = listed([f"{week:g}" for week in design.visits.weeks])
    yield f"Visits at weeks {visits}; the trial ends with week {design.end_week:g}."
    yield from designed
    if by_covariance(summary):
        adjusted = "adjusted for the value at week 0"
        if design.from_birth:
            adjusted = "without a covariate: at birth all are alike"
        yield (
            "Arms are compared at one visit by analysis of covariance of what was recorded, "
            f"{adjusted}."
        )
    times = counted(summary["replicates"], "time")
    yield f"The trial is repeated {times}, each time with other patients."


def _on_logarithms(summary: Summary) -> list[str]:
    """What is tested on logarithms; with its ratio only where no table tells it as one."""
    titles = arm_titles(summary)
    found: dict[str, dict[str, None]] = {"Tested on": {}, "On": {}}
    for one in summary["endpoints"].values():
        for arm, its in one["differences"].items():
            parts = found["On" if its.get("method") == ESTIMATE else "Tested on"]
            if (ratio := its.get("ratio")) is None or ratio["mean"] is None:
                continue
            if on_logarithms(its):
                parts[one["label"]] = None
                continue
            of = f", {in_sentence(titles[arm])}" if len(one["differences"]) > 1 else ""
            parts[f"{one['label']}{of}, {_ratio('ratio', ratio)}"] = None
    return [
        f"{how} logarithms (geometric means): {'; '.join(parts)}."
        for how, parts in found.items()
        if parts
    ]


def _event_free(one: Mapping[str, Any], titles: Mapping[str, str]) -> str:
    """Who is still without the event at the end, by arm."""
    parts, week = [], 0.0
    for arm, curve in one["event_free"].items():
        last = curve[-1]
        week, ends = last["week"], ""
        if last["ci95_low"] is not None:
            ends = f" ({between(last['ci95_low'], last['ci95_high'])} in 95% of trials)"
        parts.append(f"{in_sentence(titles[arm])} {percent(last['mean'])}{ends}")
    return f"{one['label']}: still without it at week {week:g} (Kaplan-Meier): {', '.join(parts)}."


def _method(method: str, missing: str) -> str:
    if (method, missing) == ("ancova", "as observed"):
        return ""
    if method == ESTIMATE:
        return "estimated, not tested (a single arm)"
    return f"by {in_words(method, missing)}"


def _meant(method: str) -> str:
    """By what it would have been tested."""
    return f"; it would be {method}" if method else ""


def _ratio(word: str, its: Mapping[str, Any]) -> str:
    """A ratio with the interval of trials, if there is one.

    The median where some trials have none that is finite: a mean would leave them out.
    """
    if its["mean"] is None:
        return f"{word} not estimable"
    whole = not its.get("not_estimable")
    centre, parts = its["mean" if whole else "median"], [] if whole else ["median"]
    digits = max(FEWEST_DECIMALS, of_ratios([its]))
    if its["ci95_low"] is not None:
        low, high = (_side(its[key], digits) for key in ("ci95_low", "ci95_high"))
        parts.append(f"{low} to {high} in 95% of trials")
    return f"{word} {_side(centre, digits)}" + (f" ({'; '.join(parts)})" if parts else "")


def _side(value: float | None, digits: int) -> str:
    """A ratio in figures; one that is not finite is `null` in the summary."""
    return "infinite" if value is None else number(value, digits=digits)
