"""Answers of power, optimise, explain, meta and score, each on one sheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from gutskin.media import counted, isolated, lines
from gutskin.report import explain_words, words
from gutskin.report.rounding import rounded
from gutskin.report.sheet import Grid, Sheet, drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

    from gutskin.evidence.literature import TrialReports

Summary = Mapping[str, Any]
NARROW = 4.6  # inches: a phone
LETTERS = 40  # of a line beneath a figure
SUREST = "The surest designs. Harm: the chance that p < 0.05 is against the treatment."
NOT_A_FINDING = "Routes are a prior, not a finding."


def power_sheet(summary: Summary, command: str) -> Sheet:
    """How many patients it takes."""
    from gutskin.report import power

    arms = power.contrasts(summary)
    owns = [{**summary, **one, "arm": name} for name, one in arms.items()]
    first = owns[0]
    titles = words.arm_titles(summary)
    rows = [
        (
            f"{titles[own['arm']]}, {told}" if len(owns) > 1 else told,
            *(power.with_ends(at, kind) for kind in power.KINDS),
            words.percent(at["wrong_sign"]),
        )
        for own in owns
        for at in own["power"]
        for told in (f"{at['n']:,} {power.counted_on(summary)}",)
    ]
    return Sheet(
        summary["title"] or summary["trial"],
        f"How many patients, from {counted(summary['worlds'], 'world')} of a simulated trial.",
        power.headline(first),
        (*(power.headline(own) for own in owns[1:]), *power.sentences(first)),
        grid=Grid(
            "Chances of p < 0.05. " + power.BRACKETS,
            ("Patients", *(_begun(power.KINDS[one]) for one in power.KINDS),
             "Significant, wrong sign"),
            tuple(rows),
        ),
        drawings=(drawing("power", "Chances by number of patients", power_sizes(summary),
                          partial(power.paint_power, summary=summary)),),
        notes=(*summary["warnings"],),
        command=command,
        source=_source(summary),
    )  # fmt: skip


def power_sizes(summary: Summary) -> tuple[tuple[float, float], ...]:
    """Of the figure of power: of a page, of a phone (inches)."""
    from gutskin.report import power

    arms = len(power.contrasts(summary))
    return power.figure_size(summary), (NARROW, 4.6 if arms == 1 else 2.6 * arms + 1)


def optimise_sheet(summary: Summary, command: str) -> Sheet:
    """Which design shows an effect most surely for the same money."""
    from gutskin.report import optimise

    def paint(canvas: Canvas) -> None:
        optimise.draw_choices(axes := canvas.subplots(), summary)
        _untitled(axes)

    answer, *more = optimise.sentences(summary)
    rows = tuple(
        (
            optimise.described(one, summary), optimise.assurance_of(one),
            words.percent(one["harm"]), "yes" if one["may_be_best"] else "no",
        )
        for one in summary["ranking"]
    )  # fmt: skip
    return Sheet(
        summary["title"] or summary["trial"],
        f"Designs of equal cost, compared in {counted(summary['worlds'], 'world')}.",
        answer,
        tuple(more),
        grid=Grid(SUREST, ("Design", "Assurance", "Harm", "May be best"), rows, 5),
        drawings=(
            drawing("optimise", "Each choice by itself", ((8.6, 6.2), (NARROW, 7.4)), paint),
        ),
        notes=(*summary["warnings"],),
        command=command,
        source=_source(summary),
    )


def explain_sheet(summary: Summary, command: str) -> Sheet:
    """What carries the effect, and who responds."""
    from gutskin.report import explain_figure

    def of_routes(canvas: Canvas) -> None:
        explain_figure.draw_routes(axes := canvas.subplots(), summary)
        _untitled(axes)

    def of_spread(canvas: Canvas) -> None:
        explain_figure.draw_parts(axes := canvas.subplots(), summary)
        _untitled(axes)

    answer, *more = explain_words.sentences(summary)
    (heading, columns, rows), *_ = explain_words.tables(summary)
    sizes = ((8.6, 3.2), (NARROW, 3.4))
    return Sheet(
        summary["title"] or summary["trial"],
        f"Why it comes out so, in {counted(summary['replicates'], 'world')}.",
        answer,
        tuple(more),
        grid=Grid("", (heading, *columns), tuple(map(tuple, rows))),
        drawings=(
            drawing("routes", "What carries the effect", sizes, of_routes),
            drawing("spread", "Where responses differ", sizes, of_spread),
        ),
        notes=(NOT_A_FINDING, *summary["warnings"]),
        command=command,
        source=_source(summary),
    )


def meta_sheet(summary: Summary, reports: Sequence[TrialReports], command: str) -> Sheet:
    """A literature, with and without a filter, beside the real one."""
    from gutskin.report import meta, meta_figure

    def forest(canvas: Canvas) -> None:
        meta_figure.draw_forest(axes := canvas.subplots(), summary)
        _untitled(axes)

    def funnel(canvas: Canvas) -> None:
        meta_figure.draw_funnel(axes := canvas.subplots(), summary, reports)
        _untitled(axes)

    answer, *more = meta.sentences(summary)
    rows = tuple(
        (
            words.percent(one["passes"]), rounded(one["published"], 1),
            _points(one["pooled"]), words.number(one["bias"]["mean"]),
            words.percent(one["ci95_holds"]), words.percent(one["prediction_holds"]),
        )
        for one in summary["literatures"]
    )  # fmt: skip
    sizes = ((8.6, 4.6), (NARROW, 5.0))
    return Sheet(
        "A literature of trials, simulated and pooled",
        f"{counted(summary['n'], 'published trial')}, each simulated in "
        f"{counted(summary['replicates'], 'world')}.",
        answer,
        tuple(more),
        grid=Grid(
            "A filter passes this share of the trials without a significant benefit.",
            ("Passes", "Trials", "Pooled (95% of literatures)", "Bias", "CI holds", "PI holds"),
            rows,
        ),
        drawings=(
            drawing("forest", "Published and simulated", sizes, forest),
            drawing("funnel", "Funnel", sizes, funnel),
        ),
        notes=tuple(f"{isolated(name)} is left out: {why}." for name, why in
                    summary["left_out"].items()),
        command=command,
        source=_source(summary),
    )  # fmt: skip


def score_sheet(summary: Summary, command: str) -> Sheet:
    """Whether published trials are foretold."""
    from gutskin.report import score, score_figure

    def paint(canvas: Canvas) -> None:
        score_figure.draw_scores(canvas.subplots(), summary)

    rows = tuple(_score_rows(summary))
    left = len(summary["left_out"])
    sizes = (score_figure.score_size(summary), score_figure.score_size(summary, NARROW))
    return Sheet(
        "Published trials, foretold and compared",
        f"{counted(summary['n'], 'trial')}, each simulated {summary['replicates']} times.",
        score.headline(summary),
        tuple(score.sentences(summary)),
        grid=Grid("Misses first.", ("Trial", "Of what", "Published", "Simulated (95%)"), rows, 8),
        drawings=(drawing("score", "Where published numbers lie", sizes, paint),) if rows else (),
        notes=(f"{counted(left, 'trial')} not scored.",) if left else (),
        command=command,
        source=_source(summary),
    )


def _score_rows(summary: Summary) -> Iterator[tuple[str, str, str, str]]:
    from gutskin.report.score import SIDES, published_and_simulated

    for one in summary["trials"]:
        for side, name in SIDES.items():
            if (its := one[side]) is not None:
                mark = "" if its["within"]["95"] else " (missed)"
                yield (one["trial"], f"{name}, {its['label']}{mark}",
                       *published_and_simulated(its))  # fmt: skip


def _points(pooled: Summary) -> str:
    low, high = pooled["ci95_low"], pooled["ci95_high"]
    if low is None:
        return words.number(pooled["mean"])
    return f"{words.number(pooled['mean'])} ({words.number(low)} to {words.number(high)})"


def _untitled(axes: Axes) -> None:
    """Leave the title to the heading above, and fold the label beneath to a phone's width.

    It ends where the axes end: beside names that take half of the width it would be cut.
    """
    axes.set_title("")
    axes.set_xlabel("\n".join(lines(axes.get_xlabel(), LETTERS)), loc="right")


def _begun(text: str) -> str:
    return text[:1].upper() + text[1:]


def _source(summary: Summary) -> str:
    """Of which model, stance and seed it is, as far as it is told."""
    parts = [f"Model {summary['model']['content_hash']}"]
    parts += [f"{summary['stance']} stance"] if "stance" in summary else []
    parts += [f"seed {summary['seed']}"] if "seed" in summary else []
    return f"{'; '.join(parts)}."
