"""A simulated literature beside the real one, on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from gutskin.media import counted, isolated
from gutskin.report.console import Folding, say
from gutskin.report.rounding import rounded
from gutskin.report.terminal import print_biology
from gutskin.report.words import between, percent

if TYPE_CHECKING:
    from gutskin.report.console import Terminal

Summary = Mapping[str, Any]


def print_literature(summary: Summary, console: Terminal) -> None:
    """Print the answer, what filters do, and the trials."""
    print_biology(summary["model"], console)
    console.print()
    for number, sentence in enumerate(sentences(summary)):
        say(console, sentence, style=None if number else "bold")
    console.print()
    console.print(_filters(summary))
    console.print()
    console.print(_trials(summary))
    for name, why in summary["left_out"].items():
        say(console, f"{isolated(name)} is left out: {why}.")
    console.print("\nA research model; it gives no medical advice.", style="dim")


def sentences(summary: Summary) -> Iterator[str]:
    """What the real literature says, what the model makes of it, and what a filter adds."""
    real, plain = summary["real"], summary["literatures"][0]
    found = (
        f"{counted(summary['n'], 'published trial')} pool to {_points(real['mean'])} points of "
        f"SCORAD ({_ends(real)}); one more trial like them would truly lie within "
        f"{_span(real['prediction_low'], real['prediction_high'])}."
    )
    yield found
    pooled = plain["pooled"]
    yield (
        f"The same trials simulated pool to {_points(pooled['mean'])} "
        f"(in 95% of literatures {_ends(pooled)}), where nothing is hidden."
    )
    if len(summary["literatures"]) > 1:
        last = summary["literatures"][-1]
        yield (
            f"A filter that passes {percent(last['passes'])} of the trials without a significant "
            f"benefit makes of that {_points(last['pooled']['mean'])}: it adds "
            f"{_points(last['added']['mean'])} points to what is true, and the published pool lies "
            f"{_points(real['mean'] - pooled['mean'])} from the unfiltered one."
        )
    passes = summary["passes"]
    yield (
        f"{real['significant']} of the {summary['n']} were significant, where the model expects "
        f"{rounded(real['expected_significant'], 1)} without a filter: so much speaks for one that "
        f"passes {percent(passes['median'])} of the others "
        f"({between(passes['ci95_low'], passes['ci95_high'])})."
    )
    yield summary["applicability"]["sentence"]


def _filters(summary: Summary) -> Folding:
    table = Folding(gap=2)
    names = ("Passes", "Trials", "Pooled", "95% of literatures", "Bias", "p < 0.05", "CI", "PI")
    for name in names:
        table.add_column(name, justify="right", no_wrap=True)
    for one in summary["literatures"]:
        table.add_row(
            percent(one["passes"]), rounded(one["published"], 1), _points(one["pooled"]["mean"]),
            _ends(one["pooled"]), _points(one["bias"]["mean"]), percent(one["significant"]),
            percent(one["ci95_holds"]), percent(one["prediction_holds"]),
        )  # fmt: skip
    table.caption = (
        "Passes: of trials without a significant benefit. CI, PI: how often the 95% confidence and "
        "prediction intervals of the pool hold what is true on average."
    )
    return table


def _trials(summary: Summary) -> Folding:
    table = Folding(gap=2)
    table.add_column("Trial")
    for name in ("Published", "Error", "Significant", "Simulated", "95% of trials", "Would be"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in summary["trials"]:
        table.add_row(
            isolated(one["trial"]), _points(one["found"]),
            rounded(one["found_error"], 1) + ("*" if one["error_derived"] else ""),
            "yes" if one["found_significant"] else "no", _points(one["simulated"]["mean"]),
            _ends(one["simulated"]), percent(one["share_significant"]),
        )  # fmt: skip
    if any(one["error_derived"] for one in summary["trials"]):
        table.caption = "* not printed: that of simulated trials"
    return table


def _points(value: float | None) -> str:
    return "not known" if value is None else rounded(value, 1)


def _span(low: float | None, high: float | None) -> str:
    return "not told" if low is None or high is None else f"{_points(low)} to {_points(high)}"


def _ends(one: Mapping[str, Any]) -> str:
    return _span(one["ci95_low"], one["ci95_high"])
