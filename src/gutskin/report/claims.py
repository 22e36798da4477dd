"""What statements came to, printed: the table, or one statement in full."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from gutskin.evidence.claims import Verdict
from gutskin.evidence.experiment_parts import Check
from gutskin.evidence.verdicts import PART, SHOWN, Finding
from gutskin.report.words import percent

if TYPE_CHECKING:
    from gutskin.report.console import Terminal

STYLE = {SHOWN: "green", PART: "yellow"}
LEAST = 1e-4


def print_verdicts(verdicts: Sequence[Verdict], stance: str, console: Terminal) -> None:
    """One row for each statement, and what is missed."""
    from gutskin.report.console import Folding, joined

    table = Folding()
    table.add_column("", no_wrap=True)
    table.add_column("Statement and experiment", ratio=5)
    table.add_column("Expected", ratio=2)
    table.add_column("Came out (95%)", ratio=2)
    table.add_column("Model", ratio=1)
    table.add_column("Evidence", ratio=1)
    for one in verdicts:
        statement = one.statement
        says = joined(statement.says, "\n", (statement.experiment.experiment, "dim"))
        if one.findings:
            found, unit = one.findings[one.leading], one.units[one.leading]
            expected, came = _expected(found, unit), _observed(found, unit)
        else:
            expected = came = "could not run"
        evidence = f"{statement.grade}, {statement.experiment.evidence_verdict}"
        table.add_row(statement.id, says, expected, came, joined(_verdict(one)), evidence)
    console.print(table)
    print_missed(verdicts, stance, console)


def print_missed(verdicts: Sequence[Verdict], stance: str, console: Terminal) -> None:
    """How many are shown, and what the stance asks for and misses."""
    shown = sum(one.model_verdict == SHOWN for one in verdicts)
    part = sum(one.model_verdict == PART for one in verdicts)
    rest = len(verdicts) - shown - part
    text = f"\n{stance} stance: {shown} shown, {part} partly, {rest} not shown."
    console.print(text, style="bold")
    for one in verdicts:
        if one.needed is not None:
            console.print(f"  {one.statement.id} {one.needed}.")
    missed = [one for one in verdicts if not one.holds(stance)]
    asks = "all" if stance == "article" else "what is graded A, B or structure"
    if missed:
        names = ", ".join(one.statement.id for one in missed)
        console.print(f"This stance asks that {asks} be shown; missed: {names}.")
        for one in missed:
            if one.failure:
                console.print(f"  {one.statement.id} could not run: {one.failure}")


def print_verdict(one: Verdict, console: Terminal) -> None:
    """One statement in full: every check, both sides, and how good the evidence is."""
    statement = one.statement
    from gutskin.report.console import joined

    experiment = statement.experiment
    console.print(f"\n{statement.id}  {statement.says}", style="bold")
    console.print(experiment.experiment)
    if one.failure:
        console.print(f"It could not run: {one.failure}")
        return
    _print_findings(one.findings, one.units, console)
    for side, findings in one.sides.items():
        values = ", ".join(f"{k} = {v:g}" for k, v in experiment.sides[side].items())
        console.print(f"\n{side} ({values})", style="italic")
        _print_findings(findings, one.units, console)
    console.print(joined("\nModel: ", _verdict(one)))
    if one.needed is not None:
        console.print(f"It {one.needed}.")
    console.print(
        f"Evidence: grade {statement.grade}, {experiment.evidence_verdict}. {experiment.why}",
    )
    if experiment.source:
        console.print(f"Source: {', '.join(experiment.source)}", style="dim")


def _print_findings(findings: Sequence[Finding], units: Sequence[str], console: Terminal) -> None:
    from gutskin.report.console import joined

    for found, unit in zip(findings, units, strict=True):
        verdict = (found.verdict, STYLE.get(found.verdict, "red"))
        text = f"  {found.check.says}: {_observed(found, unit)}"
        text += f"; expected {_expected(found, unit)}; {percent(found.share)} of {found.units}"
        if found.control is not None:
            text += f"; control {_number(found.control)}"
        if found.without:
            text += f"; {found.without} without a value (nobody to read, or nothing to divide by)"
        console.print(joined("  ", verdict, text))


def _verdict(one: Verdict) -> tuple[str, str]:
    """The model's verdict and its colour."""
    verdict = one.model_verdict
    text = "partly" if verdict == PART else verdict
    shares = [found.share for found in one.findings if getattr(found.check, "across", None) is None]
    if verdict != SHOWN and shares:  # of what is one number over worlds there is no share
        text += f" ({percent(min(shares))})"
    return text, STYLE.get(verdict, "red")


def _observed(found: Finding, unit: str) -> str:
    if np.isnan(found.middle):
        return "no value"
    if np.isnan(found.low):  # of fewer units than an interval needs
        return f"{_number(found.middle)}{_unit(unit)}"
    ends = f"({_number(found.low)} to {_number(found.high)})"
    return f"{_number(found.middle)} {ends}{_unit(unit)}"


def _expected(found: Finding, unit: str) -> str:
    check = found.check
    if isinstance(check, Check) and isinstance(check.near, float) and check.null == 0:
        return f"within ±{_number(check.near)}{_unit(unit)}"
    span = check.stays or check.expected
    assert span is not None
    low, high = span
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
