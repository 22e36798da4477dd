"""Who takes part in a trial, for its page: the flow of people, and each arm at the first visit."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gutskin.media import isolated
from gutskin.report.rounding import rounded
from gutskin.report.words import Summary, arm_titles, listed, named, number, percent

WHY = {  # of those who are not randomised, in the order of the page
    "far_score": "their usual score is far outside the range",
    "other_body": "weight or sensitisation are not as asked",
    "score_outside": "no measured score within the ranges",
    "steroid": "a steroid cream had not done before what is asked",
    "does_not_come": "the family does not come on a day that would admit",
    "run_in": "not as asked after the run-in",
    "not_computed": "could not be computed",
}
LOST = {
    "left": "left the trial",
    "no_responder": "did not respond to the first part",
    "missed": "missed that visit",
    "not_computed": "could not be computed",
}
EXPLAINED = {
    "mean": "the mean and, in brackets, the standard deviation between the patients of one trial",
    "share": "the percentage of patients",
    "geometric mean": "the geometric mean and, in brackets, the factor that is a standard "
    "deviation of its logarithm",
}


@dataclass(frozen=True)
class Step:
    """A box of the flow.

    Parameters
    ----------
    says : how many of whom
    reasons : why so many of them, if that is told
    """

    says: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class Stage:
    """Those who come to a point of the trial, and those who go no further."""

    there: Step
    gone: Step | None = None


@dataclass(frozen=True)
class ArmFlow:
    """An arm from randomisation to analysis.

    Parameters
    ----------
    title : as a reader sees it
    steps : randomised, lost, still there, analysed
    """

    title: str
    steps: tuple[Step, ...]


@dataclass(frozen=True)
class Flow:
    """The flow of people through one trial.

    Parameters
    ----------
    stages : until they are randomised
    arms : from there on
    """

    stages: tuple[Stage, ...]
    arms: tuple[ArmFlow, ...]


@dataclass(frozen=True)
class Line:
    """A line of the table of who takes part.

    Parameters
    ----------
    label : what it is, with its unit
    cells : of the arms
    """

    label: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """The table of who takes part.

    Parameters
    ----------
    caption : what its numbers are
    columns : the arms with their patients
    lines : what they are like
    """

    caption: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]


def people(count: float) -> str:
    """A mean number of people.

    Examples
    --------
    >>> people(20.0), people(19.42), people(43.98), people(1234.5), people(0.04), people(0.0)
    ('20', '19.4', '44.0', '1,234', 'under 0.1', '0')
    """
    if 0 < count < 0.05:
        return "under 0.1"
    if count >= 1000 or count == round(count):
        return f"{round(count):,}"
    return rounded(count, 1)


def flow_of(summary: Summary) -> Flow | None:
    """The flow of people through a trial; None where it is not known."""
    found = summary.get("flow")
    if found is None:
        return None
    titles = arm_titles(summary)
    randomised = Stage(Step(f"{people(found['randomised'])} randomised"))
    if len(found["arms"]) == 1:
        randomised = Stage(Step(f"{people(found['randomised'])} enrolled"))
    before = () if "screened" not in found else (*_before(found),)
    arms = tuple(
        ArmFlow(isolated(titles[name]), tuple(_steps(its, found["week"])))
        for name, its in found["arms"].items()
    )
    return Flow((*before, randomised), arms)


def _before(found: Mapping[str, Any]) -> Iterator[Stage]:
    """From the population to those who are watched."""
    unseen = Step(
        f"{people(sum(found['not_seen'].values()))} not seen at the clinic",
        _reasons(found["not_seen"], WHY),
    )
    yield Stage(Step(f"{people(found['candidates'])} of the population"), unseen)
    refused = Step(
        f"{people(sum(found['not_admitted'].values()))} not admitted",
        _reasons(found["not_admitted"], WHY),
    )
    yield Stage(Step(f"{people(found['screened'])} screened"), refused)


def _steps(its: Mapping[str, Any], week: float) -> Iterator[Step]:
    """An arm from randomisation to analysis."""
    yield Step(f"{people(its['randomised'])} patients")
    yield Step(f"{people(its['lost'])} lost by week {week:g}", _reasons(its["reasons"], LOST))
    rescued = (f"{people(its['rescued'])} of them given other treatment",) if its["rescued"] else ()
    yield Step(f"{people(its['completed'])} there at week {week:g}", rescued)
    yield Step(f"{people(its['analysed'])} analysed")


def _reasons(counts: Mapping[str, float], means: Mapping[str, str]) -> tuple[str, ...]:
    """How many for which reason; nothing of reasons that nobody has."""
    return tuple(
        f"{people(counts[name])}: {says}" for name, says in means.items() if counts.get(name)
    )


def baseline_of(summary: Summary) -> Table | None:
    """The table of who takes part; None where it is not known."""
    found = summary.get("baseline")
    if found is None:
        return None
    titles, sizes = arm_titles(summary), {arm["name"]: arm["n"] for arm in summary["arms"]}
    arms = [*summary["flow"]["arms"]]
    kinds = [kind for kind in EXPLAINED if any(one["kind"] == kind for one in found)]
    caption = f"At the first visit: {'; '.join(EXPLAINED[kind] for kind in kinds)}."
    if true := [isolated(one["label"]) for one in found if one["source"] == "true"]:
        caption += f" Not measured by the trial, and told as in the body: {listed(true)}."
    return Table(
        caption,
        tuple(f"{isolated(titles[arm])} (n = {sizes[arm]})" for arm in arms),
        tuple(Line(_label(one), tuple(_cells(one, arms))) for one in found),
    )


def _label(one: Mapping[str, Any]) -> str:
    return one["label"] if one["kind"] == "share" else named(one)


def _cells(one: Mapping[str, Any], arms: Sequence[str]) -> Iterator[str]:
    """A line in every arm, with the same decimals in all."""
    its = [one["arms"][arm] for arm in arms]
    if one["kind"] == "share":
        yield from (percent(each["mean"]) for each in its)
        return
    digits = _digits([each["mean"] for each in its], one["unit"])
    for each in its:
        if each["mean"] is None:
            yield "not known"
            continue
        spread = number(each["sd"], one["unit"], digits)
        if one["kind"] != "mean":
            spread = f"×÷ {number(each['sd'], '', 1)}"
        yield f"{number(each['mean'], one['unit'], digits)} ({spread})"


def _digits(means: Sequence[float | None], unit: str) -> int:
    """Decimals of a line: as many as its largest mean deserves."""
    largest = max((abs(one) for one in means if one is not None), default=0.0)
    if unit == "pH":
        return 2
    if largest >= 1 or largest == 0:
        return 0 if largest >= 100 else 1
    return max(2, 1 - math.floor(math.log10(largest)))
