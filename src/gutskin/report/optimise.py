"""Designs of equal cost and what to learn first: on a terminal, as a table and as a figure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gutskin.media import counted, isolated
from gutskin.report.console import Folding, say
from gutskin.report.rounding import rounded
from gutskin.report.terminal import print_biology
from gutskin.report.words import between, percent
from gutskin.user_text import in_sentence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from gutskin.report.console import Terminal

Summary = Mapping[str, Any]
CHOICES = {
    "endpoint": "Endpoint",
    "week": "Compared at",
    "records": "Records averaged",
    "dose": "Dose",
    "run_in_weeks": "Run-in",
    "enrichment": "Who takes part",
    "allocation": "Active to control",
}
SHOWN = 8  # designs of the ranking on a terminal
SIZE = (9.2, 7.2)  # inches
LETTERS = 36  # of a line beside a point


def sentences(summary: Summary) -> Iterator[str]:
    """The answer: the best design, whether it is told from others, and from the trial's own."""
    best, own = summary["best"], summary["own"]
    if summary.get("not_parted"):
        yield (
            "In the trial of the file both arms have been given the same by the visit that "
            "compares them, so that there is nothing to be shown there (first note)."
        )
    yield (
        f"Of {counted(summary['designs'], 'design')} that cost {_money(summary['budget'])}, the "
        f"surest to show a benefit is {described(best, summary)}: assurance "
        f"{assurance_of(best)}."
    )
    many = summary["possibly_best"]
    if many > 1:
        yield (
            f"It cannot be told from {counted(many - 1, 'other')}: so many worlds leave "
            f"differences open, or they are below {percent(summary['margin'])}. Chosen in some "
            f"worlds and tried in others, the best has {percent(summary['chosen_elsewhere'])}."
        )
    else:
        yield "It is better than each of the others beyond the error of so many worlds."
    if own is not None and own != best:
        yield (
            f"The trial's own design has {assurance_of(own)}, {_less(own)} points less than the "
            f"first: {_may_be_best(summary)}."
        )
    yield from _decision(summary)


def _may_be_best(summary: Summary) -> str:
    """Whether the trial's own design may be the best, as its bounds say."""
    least, _ = summary["own"]["less_than_best_bounds"]
    if not summary["own_may_be_best"]:
        return "it is told to be worse than the best"
    if least == 0:
        return "it may as well be the best"
    under = percent(summary["margin"]).removesuffix("%")
    return f"it may be less than {under} point worse than the best, which counts as no difference"


def _less(one: Mapping[str, Any]) -> str:
    """By how many points a design has less than the first, and its bounds to the best."""
    least, most = one["less_than_best_bounds"]
    told, low, high = (rounded(100 * value, 1) for value in (one["less_than_first"], least, most))
    return f"{told} ({low} to {high})"


def _decision(summary: Summary) -> Iterator[str]:
    """Whether to run it, and what would change that."""
    its = summary["decision"]
    even = percent(summary["break_even"])
    if its["run"]:
        yield (
            f"A trial is worth its cost from {even} on (declared): run it; it gains "
            f"{percent(its['gain'])} of a success."
        )
    else:
        yield (
            f"A trial is worth its cost from {even} on (declared), and no design reaches that: "
            f"do not run one of this budget."
        )
    perfect = its["perfect"]
    yield (
        f"If everything were known before, another decision would be taken in "
        f"{percent(perfect['changes'])} of worlds; that is worth {_money(perfect['worth'])} "
        f"(± {_money(_error(perfect))})."
    )
    soonest = its["soonest"]
    if soonest is None:
        yield (
            f"No pilot of {its['pilot_n']} patients per arm is worth more than chance makes one "
            "seem: none would change the decision often enough."
        )
    else:
        label = isolated(summary["labels"].get(soonest["endpoint"], soonest["endpoint"]))
        yield (
            f"The soonest pilot that decides as well as any reads {label} at week "
            f"{soonest['week']:g} ({its['pilot_n']} patients per arm)."
        )


def _error(information: Mapping[str, Any]) -> float:
    """The Monte-Carlo error in money."""
    value = information["value"]
    if not value:
        return 0.0
    return float((information["error"] or 0.0) * information["worth"] / value)


def described(one: Mapping[str, Any], summary: Summary) -> str:
    """A design in words."""
    labels = summary["labels"]
    parts = [
        f"{isolated(labels.get(one['endpoint'], one['endpoint']))} at week {one['week']:g}",
        f"{one['active']:,} + {one['control']:,} patients",
    ]
    if one["records"] > 1:
        parts.append(f"mean of {one['records']} records")
    if one["dose"] != 1:
        parts.append(f"{one['dose']:g} times the dose")
    if one["run_in_weeks"]:
        parts.append(f"{one['run_in_weeks']:g} weeks of run-in")
    if one["enrichment"] != "all":
        parts.append(str(isolated(in_sentence(labels[one["enrichment"]]))))
    return ", ".join(parts)


def assurance_of(one: Mapping[str, Any]) -> str:
    """The assurance of a design with its 95% interval."""
    low, high = one["assurance_ci95"]
    return f"{percent(one['assurance'])} ({between(low, high)})"


def _money(value: float | None) -> str:
    """An amount of the currency of the file.

    >>> _money(12345.6)
    '12,346'
    """
    return "not known" if value is None else f"{value:,.0f}"


def print_search(summary: Summary, console: Terminal) -> None:
    """Print the answer, the designs, each choice by itself, and what to learn first."""
    console.print(f"\n{summary['title'] or summary['trial']}", style="bold")
    console.print(
        f"{counted(summary['worlds'], 'world')}; {summary['stance']} stance; "
        f"seed {summary['seed']}; {_costs(summary)}",
        style="dim",
    )
    print_biology(summary["model"], console)
    console.print()
    for number, sentence in enumerate(sentences(summary)):
        say(console, sentence, style=None if number else "bold")
    for sentence in standings(summary):
        say(console, sentence)
    console.print()
    console.print(_ranking(summary))
    console.print()
    console.print(_choices(summary))
    console.print()
    console.print(_budgets(summary))
    console.print()
    console.print(_learned(summary))
    for warning in summary["warnings"]:
        say(console, f"Note: {warning}")
    console.print("\nA research model; it gives no medical advice.", style="dim")


def standings(summary: Summary) -> Iterator[str]:
    """Where the trial of the file stands to the evidence, and the first design if elsewhere."""
    own, first = summary["applicability"], summary["best"]["applicability"]
    yield own["sentence"]
    if first["sentence"] != own["sentence"]:
        yield f"The first design: {first['sentence'][0].lower()}{first['sentence'][1:]}"


def _costs(summary: Summary) -> str:
    cost = summary["cost"]
    whose = "as declared in the file" if cost["declared_in_file"] else "assumed; declare your own"
    names = ("trial", "screened", "patient", "visit", "week")
    return f"costs {whose}: " + ", ".join(f"{name} {cost[name]:g}" for name in names)


def _ranking(summary: Summary) -> Folding:
    table = Folding(gap=2)
    table.add_column("Design", ratio=1)
    for name in ("Assurance", "Harm", "Less than the first", "May be best"):
        table.add_column(name, justify="right")
    for one in summary["ranking"][:SHOWN]:
        table.add_row(
            described(one, summary), assurance_of(one), percent(one["harm"]),
            _less(one), "yes" if one["may_be_best"] else "no",
        )  # fmt: skip
    table.caption = (
        "In brackets behind assurance 95% intervals (bootstrap over worlds); behind points less "
        "than the first by how many a design is behind the best at least and at most, whichever "
        "that is: each of these two is wrong once in twenty. A design may be the best if the least "
        f"is no more than {percent(summary['margin'])}. Harm: the chance that p < 0.05 is against "
        "the treatment."
    )
    return table


def _choices(summary: Summary) -> Folding:
    table = Folding(gap=2)
    for name in ("Choice", "Value"):
        table.add_column(name)
    for name in ("Best assurance with it", "Less than the first", "May be best"):
        table.add_column(name, justify="right")
    for choice, title in CHOICES.items():
        rows = summary["by_choice"][choice]
        if len(rows) < 2:
            continue
        for number, one in enumerate(rows):
            table.add_row(
                "" if number else title, _value(choice, one["value"], summary), assurance_of(one),
                _less(one), "yes" if one["may_be_best"] else "no",
            )  # fmt: skip
    table.caption = "The best design that has each value, everything else free."
    return table


def _value(choice: str, value: Any, summary: Summary) -> str:
    """A value of a choice in words."""
    if choice in ("endpoint", "enrichment"):
        return str(isolated(summary["labels"].get(value, value)))
    units = {
        "week": "week {}",
        "dose": "× {}",
        "run_in_weeks": "{} weeks",
        "allocation": "{} to 1",
    }
    return units.get(choice, "{}").format(f"{value:g}")


def _budgets(summary: Summary) -> Folding:
    table = Folding(gap=2)
    table.add_column("Budget", justify="right")
    table.add_column("Best assurance", justify="right")
    table.add_column("Design", ratio=1)
    for one in summary["by_budget"]:
        table.add_row(
            _money(one["budget"]), percent(one["assurance"]), described(one, summary)
        )  # fmt: skip
    table.caption = "What other budgets would reach."
    return table


def _learned(summary: Summary) -> Folding:
    its = summary["decision"]
    table = Folding(gap=2)
    table.add_column("What to learn before the decision", ratio=1)
    for name in ("Worth", "Changes it in", "Cost"):
        table.add_column(name, justify="right")
    for one in its["pilots"][:5]:
        label = isolated(summary["labels"].get(one["endpoint"], one["endpoint"]))
        table.add_row(
            f"Pilot: {label} at week {one['week']:g}", _worth(one, its["pilots_by_chance"]),
            percent(one["changes"]), _money(one["cost"]),
        )  # fmt: skip
    for one in its["unknowns"][:5]:
        table.add_row(
            f"Known for certain: {isolated(_unknown(one))}",
            _worth(one, its["unknowns_by_chance"]), percent(one["changes"]), "",
        )  # fmt: skip
    table.caption = (
        "Expected value of sample (pilot) and of partial perfect information, by regression over "
        "the simulated worlds, in the currency of the costs. By chance: no more than the most "
        "telling of them would seem to be worth if none told anything."
    )
    return table


def _unknown(one: Mapping[str, Any]) -> str:
    """What a number is, as far as its note begins with it, and its id: others are named by both.

    >>> _unknown({"id": "k_a", "note": "absorption of lactate, slow (P23: 1.2); no measurement"})
    'absorption of lactate, slow (k_a)'
    """
    name = re.split(r"[;:]| \(", one["note"])[0]
    return f"{name} ({one['id']})" if name else str(one["id"])


def _worth(one: Mapping[str, Any], chance: float) -> str:
    if not one["value"] > chance:
        return "by chance"
    return f"{_money(one['worth'])} ± {_money(_error(one))}"


def write_search_figures(summary: Summary, *paths: Path) -> None:
    """Draw each choice by itself, and the best assurance over budgets.

    Parameters
    ----------
    paths : files ending in .svg or .png

    Raises
    ------
    InputError
        If one cannot be written.
    """
    from gutskin.report.canvas import new_canvas
    from gutskin.report.figure_file import write_figures

    with new_canvas(SIZE, "optimise") as canvas:
        left, right = canvas.subplots(1, 2, width_ratios=[3, 2])
        draw_choices(left, summary)
        draw_budgets(right, summary)
        write_figures(canvas, *paths)


def draw_choices(axes: Axes, summary: Summary) -> None:
    """A point for the best design with each value."""
    from gutskin.media import lines
    from gutskin.report.canvas import ACTIVE, CONTROL, INK, QUIET

    names: list[str] = []
    for choice, title in CHOICES.items():
        rows = summary["by_choice"][choice]
        if len(rows) < 2:
            continue
        for one in rows:
            y = len(names)
            low, high = one["assurance_ci95"]
            colour = ACTIVE[0] if one["may_be_best"] else CONTROL
            axes.plot([100 * low, 100 * high], [y, y], color=colour, lw=1.4)
            axes.plot(100 * one["assurance"], y, "o", color=colour, ms=6)
            says = f"{title}: {_value(choice, one['value'], summary)}"
            names.append("\n".join(lines(says, LETTERS, 2)))
    axes.axvline(100 * summary["best"]["assurance"], color=QUIET, lw=0.8, ls=":")
    axes.set_yticks(range(len(names)), names, color=INK, fontsize=8.5)
    axes.invert_yaxis()
    axes.set_xlabel("Assurance of the best design with it (%)\ngrey: told to be worse")
    axes.set_title(f"Designs that cost {_money(summary['budget'])}")


def draw_budgets(axes: Axes, summary: Summary) -> None:
    """The best assurance that money reaches."""
    from gutskin.report.canvas import ACTIVE, GRID, QUIET

    rows = summary["by_budget"]
    axes.plot(
        [one["budget"] for one in rows], [100 * one["assurance"] for one in rows], "o-",
        color=ACTIVE[0],
    )  # fmt: skip
    axes.axhline(100 * summary["break_even"], color=QUIET, lw=1, ls=(0, (2, 3)))
    axes.set_xscale("log")
    axes.set_xticks([one["budget"] for one in rows], [_money(one["budget"]) for one in rows],
                    rotation=45, ha="right")  # fmt: skip
    axes.minorticks_off()
    axes.set_ylim(0, 100)
    axes.grid(axis="y", color=GRID, lw=0.8)
    axes.set_xlabel("Budget; dotted: break-even")
    axes.set_title("Best assurance (%)")
