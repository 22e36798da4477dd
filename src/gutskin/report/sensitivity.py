"""What a trial's answer hangs on: printed, and drawn."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from gutskin.calibration.sensitivity import FEWEST, LEAST
from gutskin.media import agreeing, counted, isolated, lines
from gutskin.report import words
from gutskin.report.canvas import ACTIVE, INK, new_canvas
from gutskin.report.console import say
from gutskin.report.figure_file import write_figures
from gutskin.report.points import POINTS, SHARE
from gutskin.report.told_effect import RATIO
from gutskin.user_text import in_sentence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from gutskin.calibration.sensitivity import Sensitivity, Share
    from gutskin.report.console import Terminal

SHOWN = 10
SIZE = (8.6, 7.2)  # inches
LETTERS = 46
DRAWN = words.WORLDS | {
    "prior": "worlds of the prior: every number with a width by itself, whether or not the targets "
    "of the calibration are met"
}
HOW = (
    "Told by worlds that were left out of the fit; docs/calibration.md has the share of strains in "
    "worlds of the prior, by slopes fitted to all of them, which is another number."
)
BELOW = "A share below 0 is none that worlds left out of the fit bear out; all add up to 100%."
NONE_TOLD = "None explains more than the error of its share."
EVENLY = (
    "Mechanisms that share a number or a rule have equal parts of its share, whichever of them "
    "does more, and so have the sources of one number; strains, drugs and doses count for none."
)


def sentences(found: Sensitivity) -> list[str]:
    """The answer in words."""
    its = found.labels
    times, unit = (100.0, POINTS) if its["unit"] == SHARE else (1.0, words.units(its["unit"]))
    arm, other = (isolated(in_sentence(its[one])) for one in ("arm", "against"))
    size = f"{words.number(times * found.effect)} {unit} with a spread (SD) of "
    if its["scale"] == "log":
        size = f"a {RATIO} of {words.number(math.exp(found.effect), digits=2)}, its logarithm with "
        size += "a spread (SD) of "
    return [
        *found.notes,
        f"The true effect of {arm} against {other} on {isolated(its['endpoint'])} at week "
        f"{found.week:g} is {size}{words.number(times * found.sd)} between "
        f"{counted(found.worlds, 'world')}.",
        f"Drawn of {DRAWN[found.draws]}.",
        *([says] if (says := left_out(found)) else []),
        *_shared(found),
        found.applicability["sentence"],
    ]


def _shared(found: Sensitivity) -> list[str]:
    """What the variance is made of, or why there is nothing to be shared out."""
    if found.why_nothing:
        return [f"There is nothing to share out: {found.why_nothing}."]
    unknown = next(one for one in found.report if one.name == "unknown")
    parts = ", ".join(f"{one.label} {_percent(one)}" for one in found.parts)
    below = f" {BELOW}" if any(one.share < -LEAST for one in found.parts) else ""
    return [
        f"Of that variance: {parts}.{below} {HOW}",
        f"Of the variance of what a trial of this size reports, {words.percent(unknown.share)} is "
        f"what nobody knows, with what is peculiar to a product in one trial, and the rest the "
        f"chance of who takes part.",
    ]


def left_out(found: Sensitivity) -> str | None:
    """In how many worlds there is no effect to be shared out, and why; None where there is none."""
    if not (none := found.drawn - found.worlds):
        return None
    return (
        f"{none:,} of {counted(found.drawn, 'world')} {agreeing(none, 'is', 'are')} left out: of "
        f"those who are asked in such a world fewer than {FEWEST} meet the criteria of the trial "
        f"and have a value at week {found.week:g} under both arms. Shares are of the others."
    )


def print_sensitivity(found: Sensitivity, console: Terminal) -> None:
    """Print the answer, then the largest shares of numbers, mechanisms and sources."""
    console.print(f"\nWhat the answer hangs on: {isolated(found.labels['trial'])}", style="bold")
    for sentence in sentences(found):
        say(console, sentence, indent="  ")
    for title, rows, how in () if found.why_nothing else _tables(found):
        console.print(f"\n{title}", style="bold")
        if not rows:
            say(console, NONE_TOLD, style="dim", indent="  ")
            continue
        if how:
            say(console, how, style="dim", indent="  ")
        for one in rows[:SHOWN]:
            name = one.name if one.name == one.label else f"{one.name}: {one.label}"
            say(console, f"{_percent(one)}  {name}", indent="  ")
    console.print("\nA research model; it gives no medical advice.", style="dim")


def write_sensitivity_figure(found: Sensitivity, path: Path) -> None:
    """Draw the parts and the largest shares, with two standard errors either way.

    Raises
    ------
    InputError
        If it cannot be written.
    """
    with new_canvas(SIZE, "sensitivity") as canvas:
        upper, lower = canvas.subplots(2, 1, height_ratios=[2, 5])
        title = f"Nothing to share out: {found.why_nothing}"
        _bars(
            upper,
            found.parts,
            title if found.why_nothing else "Shares of the variance between worlds",
        )
        _bars(lower, found.parameters[:SHOWN], "Single numbers")
        write_figures(canvas, path)


def _bars(axes: Axes, shares: Sequence[Share], title: str) -> None:
    for y, one in enumerate(reversed(shares)):
        axes.barh(y, 100 * one.share, color=ACTIVE[0], height=0.6)
        ends = [100 * max(one.share - 2 * one.se, 0.0), 100 * (one.share + 2 * one.se)]
        axes.plot(ends, [y, y], color=INK, lw=1.2)
    axes.set_yticks(
        range(len(shares)), ["\n".join(lines(one.label, LETTERS)[:2]) for one in reversed(shares)]
    )
    axes.set_xlim(left=0)
    axes.set_xlabel("%")
    axes.set_title(title)


def _tables(found: Sensitivity) -> tuple[tuple[str, Sequence[Share], str], ...]:
    """A title, its rows, and how they came to their shares where that is not plain."""
    return (
        ("Numbers that explain most of that variance", found.parameters, ""),
        ("Mechanisms in whose rules such numbers stand", found.mechanisms, EVENLY),
        ("Sources that such numbers are taken from", found.sources, ""),
    )


def _percent(one: Share) -> str:
    return words.known(one.share, one.se)
