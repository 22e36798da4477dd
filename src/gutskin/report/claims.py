"""What statements came to: the table, one statement in full, and its figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from gutskin.evidence.claims import Verdict
from gutskin.evidence.experiments import Check
from gutskin.evidence.verdicts import PART, SHOWN, Finding
from gutskin.report.figure_file import write_figure

if TYPE_CHECKING:
    from rich.console import Console

    from gutskin.evidence.running import Group, Seen

STYLE = {SHOWN: "green", PART: "yellow"}
COLOURS = ("#3b6fb6", "#d1495b", "#6a994e", "#8d6cab", "#e09f3e", "#577590", "#99582a", "#8d99ae")
LEAST = 1e-4


def print_verdicts(verdicts: Sequence[Verdict], stance: str, console: Console) -> None:
    """One row for each statement, and what is missed."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    table.add_column("Statement and experiment", ratio=5)
    table.add_column("Expected", ratio=2)
    table.add_column("Came out (95%)", ratio=2)
    table.add_column("Model", ratio=1)
    table.add_column("Evidence", ratio=1)
    for one in verdicts:
        statement = one.statement
        says = f"{statement.says}\n[dim]{statement.experiment.experiment}[/dim]"
        if one.findings:
            found, unit = one.findings[one.leading], one.units[one.leading]
            expected, came = _expected(found, unit), _observed(found, unit)
        else:
            expected = came = "could not run"
        evidence = f"{statement.grade}, {statement.experiment.evidence_verdict}"
        table.add_row(statement.id, says, expected, came, _verdict(one), evidence)
    console.print(table)
    print_missed(verdicts, stance, console)


def print_missed(verdicts: Sequence[Verdict], stance: str, console: Console) -> None:
    """How many are shown, and what the stance asks for and misses."""
    shown = sum(one.model_verdict == SHOWN for one in verdicts)
    part = sum(one.model_verdict == PART for one in verdicts)
    rest = len(verdicts) - shown - part
    text = f"\n{stance} stance: {shown} shown, {part} partly, {rest} not shown."
    console.print(text, highlight=False, style="bold")
    for one in verdicts:
        if one.needed is not None:
            console.print(f"  {one.statement.id} {one.needed}.", highlight=False)
    missed = [one for one in verdicts if not one.holds(stance)]
    asks = "all" if stance == "article" else "what is graded A, B or structure"
    if missed:
        names = ", ".join(one.statement.id for one in missed)
        console.print(f"This stance asks that {asks} be shown; missed: {names}.", highlight=False)
        for one in missed:
            if one.failure:
                console.print(f"  {one.statement.id} could not run: {one.failure}", markup=False)


def print_verdict(one: Verdict, console: Console) -> None:
    """One statement in full: every check, both sides, and how good the evidence is."""
    statement = one.statement
    experiment = statement.experiment
    console.print(f"\n{statement.id}  {statement.says}", style="bold", highlight=False)
    console.print(experiment.experiment, highlight=False)
    if one.failure:
        console.print(f"It could not run: {one.failure}", markup=False, highlight=False)
        return
    _print_findings(one.findings, one.units, console)
    for side, findings in one.sides.items():
        values = ", ".join(f"{k} = {v:g}" for k, v in experiment.sides[side].items())
        console.print(f"\n{side} ({values})", style="italic", highlight=False)
        _print_findings(findings, one.units, console)
    console.print(f"\nModel: {_verdict(one)}", highlight=False)
    if one.needed is not None:
        console.print(f"It {one.needed}.", highlight=False)
    console.print(
        f"Evidence: grade {statement.grade}, {experiment.evidence_verdict}. {experiment.why}",
        highlight=False,
    )
    if experiment.source:
        console.print(f"Source: {', '.join(experiment.source)}", style="dim", highlight=False)


def _print_findings(findings: Sequence[Finding], units: Sequence[str], console: Console) -> None:
    for found, unit in zip(findings, units, strict=True):
        style = STYLE.get(found.verdict, "red")
        text = f"  [{style}]{found.verdict}[/{style}]  {found.check.says}: {_observed(found, unit)}"
        text += f"; expected {_expected(found, unit)}; {found.share:.0%} of {found.units}"
        if found.control is not None:
            text += f"; control {_number(found.control)}"
        console.print(text, highlight=False)


def _verdict(one: Verdict) -> str:
    verdict = one.model_verdict
    text = "partly" if verdict == PART else verdict
    if verdict != SHOWN and one.findings:
        text += f" ({one.share:.0%})"
    style = STYLE.get(verdict, "red")
    return f"[{style}]{text}[/{style}]"


def _observed(found: Finding, unit: str) -> str:
    ends = f"({_number(found.low)} to {_number(found.high)})"
    return f"{_number(found.middle)} {ends}{_unit(unit)}"


def _expected(found: Finding, unit: str) -> str:
    check = found.check
    if isinstance(check, Check) and check.near is not None:
        return f"within ±{_number(check.near)}{_unit(unit)}"
    assert check.expected is not None
    low, high = check.expected
    if np.isinf(high):
        return f"over {_number(low)}{_unit(unit)}"
    if np.isinf(low):
        return f"under {_number(high)}{_unit(unit)}"
    return f"{_number(low)} to {_number(high)}{_unit(unit)}"


def _unit(unit: str) -> str:
    return "" if unit == "1" else f" {unit}"


def _number(value: float) -> str:
    if value != 0 and abs(value) < LEAST:
        return f"{value:.0e}".replace("-", "−", 1) if value < 0 else f"{value:.0e}"
    text = f"{value:.3g}"
    if "e" in text:
        text = f"{value:.0f}"
    return text.replace("-", "−")


def draw_verdict(one: Verdict, group: Group, courses: Mapping[str, Seen], path: Path) -> None:
    """The course of every quantity of a statement in every arm, as an SVG or PNG.

    Parameters
    ----------
    group, courses : of `running.run_arms`, at close times
    """
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    names = list(dict.fromkeys(check.quantity for check in one.statement.experiment.checks))
    columns = min(3, len(names))
    rows = -(-len(names) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(4.2 * columns, 3.0 * rows + 0.9), squeeze=False,
        layout="constrained",
    )  # fmt: skip
    colour = dict(zip(courses, COLOURS * len(courses), strict=False))
    for place, name in enumerate(names):
        panel = axes.flat[place]
        for arm, its in courses.items():
            values = its.quantity(name)
            low, middle, high = np.quantile(values, [0.1, 0.5, 0.9], axis=1)
            panel.fill_between(its.times, low, high, color=colour[arm], alpha=0.12, lw=0)
            panel.plot(its.times, middle, color=colour[arm], lw=1.8, label=arm.replace("_", " "))
        some = next(iter(courses.values()))
        unit = some.model.unit(name)
        panel.set_title(name.replace("_", " "), fontsize=10, loc="left")
        panel.set_xlabel("day", fontsize=9)
        panel.set_ylabel("" if unit == "1" else unit, fontsize=9)
        panel.tick_params(labelsize=8)
        panel.spines[["top", "right"]].set_visible(False)
    for panel in axes.flat[len(names) :]:
        panel.set_visible(False)
    handles, labels = axes.flat[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(4, len(labels)),
                  frameon=False, fontsize=9)  # fmt: skip
    figure.suptitle(
        f"{one.statement.id}  {one.statement.says}\nmedian and middle 80% of {len(group)} patients",
        fontsize=10, x=0.01, ha="left",
    )  # fmt: skip
    try:
        write_figure(figure, path)
    finally:
        plt.close(figure)
