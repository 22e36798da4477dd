"""Sections of docs/calibration.md: stiff directions, what sources say, what an answer rests on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from gutskin.calibration.headline import Headline
from gutskin.calibration.identifiability import (
    SourceSays,
    directions,
    left_open,
    what_sources_say,
)
from gutskin.calibration.posterior import Problem
from gutskin.calibration.targets import Target
from gutskin.calibration.unknowns import Unknown
from gutskin.media import counted

STIFF_SHOWN, PARTS, NUMBERS = 10, 4, 3
LEAST = 0.05  # of the square of a direction: smaller parts are not named
NOTABLE = 1.02  # times as wide: less is not told of a source
HOLDS = 10  # numbers and sources of an answer that are listed
LETTERS = 60
OTHER_SHARES = (
    "Strains, their slopes and what no sum follows are of worlds of the prior, each number drawn "
    "by itself, and the slopes are fitted to all of them; `gutskin sensitivity` shares out the "
    "effect in worlds of the posterior, among worlds that were left out of the fit, and tells "
    "other shares."
)


def identifiability(
    problem: Problem,
    targets: Sequence[Target],
    unknowns: Sequence[Unknown],
    headline: Headline,
) -> Iterator[str]:
    """The three sections.

    Parameters
    ----------
    problem : of the last wave
    headline : of the trial that stands for all answers
    """
    said = what_sources_say(problem)
    yield from _sloppy(problem, unknowns)
    yield from _informed(problem, targets, unknowns, said)
    yield from _rests(problem, targets, unknowns, headline, said)


def _sloppy(problem: Problem, unknowns: Sequence[Unknown]) -> Iterator[str]:
    found = directions(left_open(problem))
    yield "## Stiff and sloppy directions\n"
    steps = ", ".join(
        f"{int((found.variance < one).sum())} have less than {one:.0%}" for one in (0.01, 0.1, 0.5)
    )
    idle = int((found.variance > 1 - LEAST).sum())
    yield (
        f"What is left open has {counted(len(found.variance), 'direction')} that lie apart. Of the "
        f"variance that each had, {steps}: these are stiff. {idle} have {1 - LEAST:.0%} or more: "
        "they are sloppy, and no target says anything of them. Near the best worlds, on the "
        "emulator taken as linear there. In brackets how much of a direction is which number, "
        "with its sign.\n"
    )
    yield "| variance left | made of |"
    yield "| --- | --- |"
    for variance, parts in zip(found.variance[:STIFF_SHOWN], found.parts, strict=False):
        yield f"| {_percent(variance)} | {_made_of(parts, unknowns)} |"
    yield ""


def _informed(
    problem: Problem, targets: Sequence[Target], unknowns: Sequence[Unknown],
    said: Sequence[SourceSays],
) -> Iterator[str]:  # fmt: skip
    yield "## Which source informs what\n"
    yield (
        "How many times as wide (sd) the direction that a source informs most is without it, and "
        "the single numbers likewise; all other sources stay. A source that others stand in for is "
        "not missed.\n"
    )
    yield "| source | targets | direction | made of | numbers |"
    yield "| --- | --- | --- | --- | --- |"
    for one in (each for each in said if each.wider >= NOTABLE):
        best = np.argsort(-one.numbers)[:NUMBERS]
        numbers = ", ".join(
            f"`{unknowns[place].id}` \u00d7 {one.numbers[place]:.2f}"
            for place in best if one.numbers[place] >= NOTABLE
        )  # fmt: skip
        own = _targets_of(one.source, problem, targets)
        yield (
            f"| {_source(own)} | {_named(own)} | \u00d7 {one.wider:.2f} | "
            f"{_made_of(one.parts, unknowns)} | {numbers} |"
        )
    rest = sum(one.wider < NOTABLE for one in said)
    if rest:
        yield f"\n{counted(rest, 'source')} would hardly be missed (under \u00d7 {NOTABLE:g})."
    yield ""


def _rests(
    problem: Problem, targets: Sequence[Target], unknowns: Sequence[Unknown], headline: Headline,
    said: Sequence[SourceSays],
) -> Iterator[str]:  # fmt: skip
    found = left_open(problem)
    before, after = headline.prior, headline.after(found)
    whole = after + headline.of_strains + headline.left_over
    yield f"## What the answer of `{headline.trial}` rests on\n"
    yield (
        f"The true effect on {headline.endpoint} differs between worlds by its strains "
        f"({headline.of_strains / whole:.0%} of the variance; they are fitted to "
        f"`strain_results.tsv` and not here), by numbers of bodies and conduct "
        f"({after / whole:.0%}), and by what no sum follows ({headline.left_over / whole:.0%}). "
        f"The targets take the second from an sd of {np.sqrt(before):.2g} to "
        f"{np.sqrt(after):.2g}. {OTHER_SHARES}\n"
    )
    yield "| number | share of the second | one sd adds | variance lost |"
    yield "| --- | --- | --- | --- |"
    shares = headline.shares(found)
    lost = 1.0 - np.diag(found.covariance)
    for place in np.argsort(-np.abs(shares))[:HOLDS]:
        if headline.slopes[place] != 0:
            yield (
                f"| `{unknowns[place].id}` | {shares[place]:.0%} | {headline.slopes[place]:+.2f} | "
                f"{lost[place]:.0%} |"
            )
    yield "\nWithout a source the answer (its second part) would be so much wider, and move:\n"
    yield "| source | targets | times as wide (sd) | moves by |"
    yield "| --- | --- | --- | --- |"
    moved = [(one, *headline.without(found, one)) for one in said]
    for one, wider, shift in sorted(moved, key=lambda each: -each[1])[:HOLDS]:
        own = _targets_of(one.source, problem, targets)
        yield f"| {_source(own)} | {_named(own)} | {wider:.2f} | {shift:+.2f} |"
    yield ""


def _targets_of(source: int, problem: Problem, targets: Sequence[Target]) -> list[Target]:
    of = problem.observations.source
    return [one for one, its in zip(targets, of, strict=True) if its == source]


def _source(own: Sequence[Target]) -> str:
    """The source of some targets, as a cell of a table."""
    return own[0].source[:LETTERS].replace("|", "/")


def _named(own: Sequence[Target]) -> str:
    """The targets of a source, the first by name."""
    more = f" and {len(own) - 1} more" if len(own) > 1 else ""
    return f"`{own[0].id}`{more}"


def _made_of(parts: np.ndarray, unknowns: Sequence[Unknown]) -> str:
    """The numbers that make most of a direction, the largest positive."""
    order = [place for place in np.argsort(-(parts**2))[:PARTS] if parts[place] ** 2 >= LEAST]
    sign = np.sign(parts[order[0]]) if order else 1.0
    told = [
        f"{'' if sign * parts[place] > 0 else '\u2212'}`{unknowns[place].id}` "
        f"({parts[place] ** 2:.0%})"
        for place in order
    ]
    return ", ".join(told) or "many numbers, none of them much"


def _percent(share: float) -> str:
    return f"{share:.1%}" if share < 0.1 else f"{share:.0%}"
