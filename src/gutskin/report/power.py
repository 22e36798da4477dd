"""How many patients it takes: on a terminal and as a figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gutskin.media import counted, isolated
from gutskin.report import words
from gutskin.report.answer import where_it_stands
from gutskin.report.points import POINTS, SHARE
from gutskin.report.rounding import decimals, of_points, of_ratio, share
from gutskin.report.terminal import print_biology
from gutskin.report.told_effect import RATIO, why_recorded
from gutskin.report.variance_shares import variance_sentences
from gutskin.trials.certainty import FEWEST_DRAWS
from gutskin.trials.power import WANTED
from gutskin.trials.power_curves import MOST
from gutskin.user_text import in_sentence

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

    from gutskin.report.console import Terminal

Summary = Mapping[str, Any]
LETTERS = 0.08  # of the axis that a line of text takes
KINDS = {
    "power": "power at the best estimate",
    "assurance": "assurance over worlds",
    "harm": "significant harm",
}
MOST_DECIMALS = 2  # of a chance in percent: under 0.01% is told as that
EFFECT = ("best_estimate", "ci95_low", "ci95_high")
SIZE = (7.2, 4.2)  # inches
NARROW_LETTERS = 38  # of a line of a title on a phone
COLUMNS, WIDTH, PANEL, MARGIN = 2, 9.6, 2.9, 1.2  # of several arms: panels in a row; inches
COLUMNS_OF_TABLE = {
    "power": "Power at the\nbest estimate",
    "assurance": "Assurance\nover worlds",
    "harm": "Significant\nharm",
    "wrong_sign": "Significant,\nwrong sign",
    "exaggeration": "Significant,\ntoo large by",
}
BRACKETS = (
    "In brackets 95% confidence intervals: what so few simulated worlds leave open. More of them "
    "(--replicates) make these narrower, not the difference between power and assurance."
)


def headline(summary: Summary) -> str:
    """How many patients it takes, in one sentence."""
    arm, against = _names(summary)
    trial = f"{isolated(arm)} against {against} on {isolated(summary['label'])}"
    needed = summary["n_for_80_assurance"]
    if summary["effect"]["nothing"]:
        return (
            f"{trial}: there is no effect (in each of {counted(summary['worlds'], 'world')} less "
            "than a hundredth of the spread between patients), so that no number of patients "
            "finds one."
        )
    if summary["worlds"] < FEWEST_DRAWS:
        found = _not_reached(summary, "assurance")
        if needed is not None:
            found = f"takes {needed:,} patients {counted_on(summary)}"
        return (
            f"{trial}: {counted(summary['worlds'], 'world')} are too few to say how many patients "
            f"it takes; in them an assurance of 80% {found}."
        )
    if WANTED[0] in summary["undecided"]:
        return (
            f"{trial}: whether any number of patients has an assurance of 80% is open; the "
            f"limit is {with_ends(summary, 'assurance_limit')}; it takes "
            f"{_least(summary, 'assurance')}."
        )
    if needed is None and summary["assurance_limit"] >= WANTED[0]:
        return (
            f"{trial}: an assurance of 80% is not reached by up to {MOST:,} patients; in some "
            "worlds the effect is too near nothing."
        )
    if needed is None:
        return (
            f"{trial}: an assurance of 80% is not reached at any number of patients; the limit is "
            f"{with_ends(summary, 'assurance_limit')}, the share of worlds in its favour."
        )
    return f"{trial}: an assurance of 80% takes {_patients(summary, 'assurance')}."


def sentences(summary: Summary) -> list[str]:
    """What stands beside the headline: power at the best estimate, and what the words mean."""
    effect = summary["effect"]
    if effect["nothing"]:
        return ["What is significant then is so by chance, 2.5% on either side."]
    if _by_chance(effect):
        power = "80% power at the best estimate is open"
    elif WANTED[0] in summary["undecided_power"]:
        power = "80% power at the best estimate is open: the limit is "
        power += f"{with_ends(summary, 'power_limit')}; it takes {_least(summary, 'power')}"
    elif summary["n_for_80_power"] is None:
        power = f"80% power at the best estimate {_not_reached(summary, 'power')}"
        power += f" (limit {with_ends(summary, 'power_limit')}"
        power += ", since that is for the worse)" if effect["for_the_worse"] else ")"
    else:
        power = f"80% power at the best estimate takes {_patients(summary, 'power')}"
        if (more := summary["n_for_90_power"]) is not None:
            power += f", 90% {more:,}"
    best, low, high = _told_sizes(summary)
    over = ""
    if effect["ci95_low"] is not None:
        over = f" (in 95% of worlds {low} to {high}, without the luck of who enrols)"
    worse = ", for the worse" if effect["for_the_worse"] else ""
    told = POINTS if summary["unit"] == SHARE else words.units(summary["unit"])
    unit = "" if effect["tested_on"] == "logarithm" else f" {told}"
    return [
        f"{_ninety(summary)}{power}. The best estimate of the {_quantity(effect)} that trials "
        "record is "
        f"{best}{unit}{worse}{over}{why_recorded(effect)}.{_by_chance(effect)}",
        "Power takes the best estimate for the truth. Assurance is the chance that the trial is "
        "significant in favour, over all worlds that the model holds possible; harm the chance "
        "that it is against. Of the results that are significant some have the wrong sign, and on "
        f"average they tell of more than is true{_told_on(effect)}.",
    ]


def _not_reached(summary: Summary, kind: str) -> str:
    """That no number of patients reaches 80%, or none that was looked at."""
    if summary[f"{kind}_limit"] >= WANTED[0]:
        return f"is not reached by up to {MOST:,} patients"
    return "is not reached at any number of patients"


def _least(summary: Summary, kind: str) -> str:
    """How many patients it takes at least, where it is open whether any number is enough."""
    low, who = summary[f"n_for_80_{kind}_ci95"][0], counted_on(summary)
    return (
        f"more than {MOST:,} patients {who}" if low is None else f"{low:,} patients {who} at least"
    )


def _by_chance(effect: Mapping[str, Any]) -> str:
    """That a best estimate cannot be told from none, and so nothing that hangs on it."""
    if abs(effect["best_estimate"]) > 2 * (effect["monte_carlo_error"] or 0.0):
        return ""
    return (
        " That is within two Monte-Carlo errors of none: no number of patients can be told from it "
        "yet. Repeat more often (--replicates)."
    )


def _told_on(effect: Mapping[str, Any]) -> str:
    """On which scale an effect is too large by a factor, where it is not its own."""
    on_logs = effect["tested_on"] == "logarithm"
    return " (the factor is one of the logarithm of the ratio)" if on_logs else ""


def _quantity(effect: Mapping[str, Any]) -> str:
    """What a best estimate is of."""
    return RATIO if effect["tested_on"] == "logarithm" else "difference"


def _ninety(summary: Summary) -> str:
    """What an assurance of 90% takes, in a sentence, where 80% is reached at all."""
    takes = summary["n_for_90_assurance"]
    if summary["n_for_80_assurance"] is None or summary["worlds"] < FEWEST_DRAWS:
        return ""
    if takes is None:
        return f"{summary['why']} "
    return f"An assurance of 90% takes {takes:,} patients {counted_on(summary)}. "


def _told_sizes(summary: Summary) -> list[str]:
    """The best estimate and its ends, as differences or as factors, with the same decimals."""
    import math

    effect = summary["effect"]
    values = [effect[name] for name in EFFECT]
    if effect["tested_on"] == "logarithm":
        values = [None if one is None else math.exp(one) for one in values]
        mean, low, high = values
        digits = None if mean is None else of_ratio(mean, low or mean, high)
        return [words.number(one, digits=digits) for one in values]
    if summary["unit"] == SHARE:
        values = [None if one is None else 100 * one for one in values]
    _, low, high = values
    digits = None if low is None or high is None else of_points(low, high)
    return [words.number(one, summary["unit"], digits) for one in values]


def _names(summary: Summary) -> tuple[str, str]:
    titles = words.arm_titles(summary)
    return titles[summary["arm"]], in_sentence(titles[words.control(summary)])


def _patients(summary: Summary, kind: str) -> str:
    """A number of patients with its interval."""
    needed, (low, high) = summary[f"n_for_80_{kind}"], summary[f"n_for_80_{kind}_ci95"]
    who = counted_on(summary)
    if low is None:
        return f"{needed:,} patients {who}"
    most = "not reached" if high is None else f"{high:,}"
    return f"{needed:,} patients {who} ({low:,} to {most})"


def counted_on(summary: Summary) -> str:
    """In which arm patients are counted: "per arm", "on placebo"."""
    return "per arm" if _even(summary) else f"on {_names(summary)[1]}"


def _even(summary: Summary) -> bool:
    return len({arm["n"] for arm in summary["arms"]}) == 1


def with_ends(numbers: Mapping[str, Any], name: str, digits: int | None = None) -> str:
    """A chance with its 95% confidence interval, with the decimals of its column or its own."""
    low, high = numbers[f"{name}_ci95"]
    digits = _digits([numbers], name) if digits is None else digits
    value = share(numbers[name], digits)
    if low is None:
        return value
    least, most = share(low, digits), share(high, digits)
    return value if value == least == most else f"{value} ({least.removesuffix('%')} to {most})"


def _digits(rows: Sequence[Mapping[str, Any]], name: str) -> int:
    """Decimals of the percentages in one column."""
    ends = (one[f"{name}_ci95"] for one in rows)
    own = decimals((), (), [(100 * low, 100 * high) for low, high in ends if low is not None])
    return min(own, MOST_DECIMALS)


def print_power(summary: Summary, console: Terminal) -> None:
    """Print the answer and the table."""
    from gutskin.report.console import Folding

    console.print(f"\n{summary['title'] or summary['trial']}", style="bold")
    console.print(
        f"From {counted(summary['worlds'], 'world')}, each simulated with {words.sizes(summary)} "
        f"patients; "
        f"{summary['stance']} stance; seed {summary['seed']}",
        style="dim",
    )
    print_biology(summary["model"], console)
    everything = contrasts(summary)
    console.print()
    for name, one in everything.items():
        own = {**summary, **one, "arm": name}
        console.print(headline(own), style="bold")
        # What the words mean is the same of every arm, and is told once, after the last.
        last = name == list(everything)[-1]
        for sentence in sentences(own) if last else sentences(own)[:1]:
            console.print(sentence)
    for sentence in (*where_it_stands(summary), *variance_sentences(summary)):
        console.print(sentence)
    for name, one in everything.items():
        table = Folding(2)
        title = words.arm_titles(summary)[name]
        table.add_column("Patients\nper arm" if _even(summary) else "Patients\nin each arm")
        for text in COLUMNS_OF_TABLE.values():
            table.add_column(text, justify="right")
        digits = {kind: _digits(one["power"], kind) for kind in KINDS}
        for at in one["power"]:
            cells = [with_ends(at, kind, digits[kind]) for kind in KINDS]
            wrong = words.percent(at["wrong_sign"])
            table.add_row(_sizes(at, summary), *cells, wrong, _times(at["exaggeration"]))
        console.print()
        if len(everything) > 1:
            console.print(title, style="bold")
        console.print(table)
    if any(
        at[f"{kind}_ci95"][0] is not None
        for one in everything.values()
        for at in one["power"]
        for kind in KINDS
    ):
        console.print(f"\n{BRACKETS}", style="dim")
    for warning in summary["warnings"]:
        console.print(f"Note: {warning}")
    console.print("\nA research model; it gives no medical advice.", style="dim")


def _times(factor: float | None) -> str:
    """A factor as a reader says it.

    >>> _times(2.34), _times(None)
    ('× 2.3', 'not known')
    """
    return "not known" if factor is None else f"× {words.number(factor)}"


def contrasts(summary: Summary) -> Mapping[str, Summary]:
    """Arm -> its numbers against the control."""
    found: Mapping[str, Summary] = summary.get("by_arm", {summary["arm"]: summary})
    return found


def _sizes(at: Mapping[str, Any], summary: Summary) -> str:
    if _even(summary):
        return f"{at['n']:,}"
    return " + ".join(f"{at['sizes'][arm['name']]:,}" for arm in summary["arms"])


def write_power_figures(summary: Summary, *paths: Path) -> None:
    """Draw power, assurance and harm over the number of patients.

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

    with new_canvas(figure_size(summary), "power") as canvas:
        paint_power(canvas, summary)
        write_figures(canvas, *paths)


def figure_size(summary: Summary) -> tuple[float, float]:
    """Of the figure: as many rows of panels as the arms need (inches)."""
    arms = len(contrasts(summary))
    return SIZE if arms == 1 else (WIDTH, PANEL * -(-arms // COLUMNS) + MARGIN)


def paint_power(canvas: Canvas, summary: Summary) -> None:
    """One panel for each active arm, on the same axes; on a phone all below each other."""
    from gutskin.media import lines

    everything = contrasts(summary)
    narrow = canvas.get_figwidth() < min(SIZE[0], WIDTH)
    letters = NARROW_LETTERS if narrow else 80
    columns = 1 if narrow else min(COLUMNS, len(everything))
    panels = canvas.subplots(
        -(-len(everything) // columns), columns, sharex=True, sharey=True, squeeze=False
    ).ravel()
    for axes, (name, one) in zip(panels, everything.items(), strict=False):
        _draw(axes, {**summary, **one, "arm": name})
        axes.tick_params(labelbottom=True)
    for empty in panels[len(everything) :]:
        empty.remove()
    arm, against = _names(summary)
    title = f"Chance of p < 0.05 on {summary['label']}"
    if len(everything) == 1:
        title += f", {in_sentence(arm)} against {against}"
        panels[0].set_title("\n".join(lines(title, letters)), fontweight="bold")
    else:
        for axes, name in zip(panels, everything, strict=False):
            axes.set_title("\n".join(lines(words.arm_titles(summary)[name], min(letters, 50))))
        whole = lines(f"{title} against {against}", letters if narrow else 100)
        canvas.suptitle("\n".join(whole), fontweight="bold")
    last = panels[: len(everything)][-columns:]
    for axes in last:
        axes.set_xlabel("Patients per arm" if _even(summary) else f"Patients on {against}")
    shown = panels[0].get_legend_handles_labels()
    canvas.legend(*shown, loc="outside lower left", ncols=1 if narrow else 3)


def _draw(axes: Axes, summary: Summary) -> None:
    """The curves of one arm."""
    from gutskin.report.canvas import ACTIVE, CONTROL, GRID, QUIET, WARN

    rows = sorted(summary["power"], key=lambda at: at["n"])
    n = [at["n"] for at in rows]
    looks = {"power": (CONTROL, "--"), "assurance": (ACTIVE[0], "-"), "harm": (WARN, "-")}
    for kind, (colour, dashes) in looks.items():
        values = [100 * at[kind] for at in rows]
        axes.plot(n, values, "o", ls=dashes, color=colour, lw=2, ms=5, label=KINDS[kind])
        ends = [at[f"{kind}_ci95"] for at in rows]
        if all(low is not None for low, _ in ends):
            low, high = ([100 * end[place] for end in ends] for place in (0, 1))
            axes.fill_between(n, low, high, color=colour, alpha=0.14, lw=0)
    axes.axhline(80, color=QUIET, lw=1, ls=(0, (2, 3)))
    limit = summary["assurance_limit"]
    if not summary["effect"]["nothing"]:
        axes.axhline(100 * limit, color=ACTIVE[0], lw=1, ls=(0, (1, 3)))
        open_ = WANTED[0] in summary["undecided"]
        where = with_ends(summary, "assurance_limit") if open_ else words.percent(limit)
        above = WANTED[0] < limit < WANTED[0] + LETTERS  # below it would stand on the line of 80%
        axes.annotate(
            f"assurance ends at {where}", (0.01, 100 * limit), (0, 3 if above else -3),
            xycoords=("axes fraction", "data"), textcoords="offset points", color=ACTIVE[0],
            va="bottom" if above else "top",
        )  # fmt: skip
    axes.set_xscale("log")
    axes.set_xticks(n, [f"{one:,}" for one in n])
    axes.minorticks_off()
    axes.set_ylim(0, 102)
    axes.set_yticks(range(0, 101, 20), [f"{one}%" for one in range(0, 101, 20)])
    axes.grid(axis="y", color=GRID, lw=0.8)
    axes.set_axisbelow(True)
