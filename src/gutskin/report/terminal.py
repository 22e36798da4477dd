"""The short table that a trial prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gutskin.report import words
from gutskin.user_text import in_sentence

if TYPE_CHECKING:
    from gutskin.report.console import Terminal
    from gutskin.trials.design import TrialDesign


ARM_WIDTH = 11  # characters; a longer name of an arm is folded


def print_summary(summary: Mapping[str, Any], design: TrialDesign, console: Terminal) -> None:
    """Print what a clinician wants to know: the answer, the table, both stances, the doubts."""
    title = summary["title"] or summary["trial"]
    stance = summary["stance"]
    console.print(f"\n{title}", style="bold")
    says = f"{summary['replicates']} repetitions of {words.sizes(summary)} patients, "
    says += f"{words.weeks(summary)}; {stance} stance; seed {summary['seed']}"
    console.print(says, style="dim")
    console.print(f"\n{words.headline(summary)}", style="bold")
    for sentence in words.verdict(summary, design):
        console.print(sentence)
    _print_endpoints(summary, console)
    _print_other_stance(summary, console)
    _print_routes(summary, console)
    _print_doubts(summary, console)
    for warning in summary["warnings"]:
        console.print(f"Note: {warning}")
    console.print("\nA research model; it gives no medical advice.", style="dim")


def _print_endpoints(summary: Mapping[str, Any], console: Terminal) -> None:
    from gutskin.report.console import Folding

    table = Folding()
    table.add_column("Mean change", min_width=18)
    for arm in summary["arms"]:
        table.add_column(arm["label"], justify="right", max_width=ARM_WIDTH)
    table.add_column("Difference\n(95% of trials)", justify="right", no_wrap=True)
    table.add_column("True effect\n(95% interval)", justify="right", no_wrap=True)
    table.add_column("Trials\np < 0.05", justify="right", no_wrap=True)
    titles = words.arm_titles(summary)
    for name, one in summary["endpoints"].items():
        unit = one["unit"]
        for arm, its in one["differences"].items():
            of = f", {in_sentence(titles[arm])}" if len(one["differences"]) > 1 else ""
            changes = (one[each["name"]]["change_mean"] for each in summary["arms"])
            digits = words.digits_for(its, unit)
            table.add_row(
                f"{words.named(one)}{of}",
                *(words.number(change, unit, digits) for change in changes),
                _with_interval(its, unit),
                _with_interval(its["true_effect"], unit, its),
                words.percent(its["share_p_below_0_05"]),
                style="bold" if name == summary["primary"] else None,
            )
    console.print()
    console.print(table)
    console.print()
    console.print(
        "Difference: what single trials would report. True effect: the same patients on both "
        "treatments; its\ninterval holds what the model draws as unknown and misses what it keeps "
        "fixed.",
        style="dim",
    )


def _with_interval(
    numbers: Mapping[str, Any], unit: str, like: Mapping[str, Any] | None = None
) -> str:
    return f"{words.centre(numbers, unit, like)} ({words.span(numbers, unit, like)})"


def _print_other_stance(summary: Mapping[str, Any], console: Terminal) -> None:
    other = words.other_stance(summary)
    if other is None:
        return
    stance, line = other
    one = summary["endpoints"][line["endpoint"]]
    its, unit = line["difference"], one["unit"]
    console.print(
        f"\nUnder the {stance} stance ({words.STANCES[stance]}): {one['label']} difference "
        f"{_with_interval(its, unit)}, true effect {_with_interval(its['true_effect'], unit)}, "
        f"p < 0.05 in {words.percent(its['share_p_below_0_05'])} of {line['replicates']} trials.",
    )


def _print_routes(summary: Mapping[str, Any], console: Terminal) -> None:
    lost = words.routes(summary)
    if not lost:
        return
    shares = ", ".join(f"{name} {words.percent(share)}" for name, share in lost)
    text = f"\nEffect lost without a route (a prior, not a finding; routes overlap): {shares}."
    console.print(text)


def _print_doubts(summary: Mapping[str, Any], console: Terminal) -> None:
    doubts = words.doubts(summary, 5)
    if not doubts:
        console.print("\nNo single uncertain quantity stands out; more repetitions may show one.")
        return
    console.print("\nWhat the model is least sure of (share of the effect's spread):")
    for one in doubts:
        text = f"  {words.percent(one['share']):>8}  {one['note']}"
        console.print(text)
