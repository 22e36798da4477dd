"""The answer of a trial on one sheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from gutskin.report import answer, figures, forest, reading, told_arm, words
from gutskin.report.endpoint_table import effects
from gutskin.report.methods import reported
from gutskin.report.points import in_points, matters
from gutskin.report.rounding import of_endpoint, of_shares
from gutskin.report.sheet import Drawing, Fact, Grid, Sheet
from gutskin.report.told_effect import RATIO, told_effect
from gutskin.user_text import in_sentence

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.report.words import Summary
    from gutskin.trials.analysis import Analysis
    from gutskin.trials.design import TrialDesign

ENDPOINTS, TOLD_ARMS = 6, 4  # rows of endpoints; arms that are told in words
NO_INTERVAL = "too few repetitions for an interval"
READING = (
    "Difference: what trials would report, 95% of them between the ends. True effect: {people}; "
    "95% of the worlds that the model holds possible between the ends. ±: Monte-Carlo error of so "
    "few repetitions."
)


def trial_sheet(
    summary: Mapping[str, Any],
    analysis: Analysis,
    dataset: xr.Dataset,
    design: TrialDesign,
    command: str,
) -> Sheet:
    """Answer, numbers, two figures, every endpoint or every arm, and what it hangs on.

    Parameters
    ----------
    summary, analysis, dataset : from `summarise` and `run_trial`
    command : that repeats it
    """
    summary = in_points(summary)
    several = len(design.active) > 1
    first = forest.arms_figure if several else figures.difference_figure
    drawn = (first(analysis, design), figures.course_figure(dataset, analysis, design))
    return Sheet(
        summary["title"] or summary["trial"],
        f"A simulated trial: {words.sizes(summary)} patients, {words.weeks(summary)}, repeated "
        f"{summary['replicates']} times. No patient was treated.",
        answer.headline(summary),
        (*_in_words(summary), *answer.verdict(summary, design), *answer.where_it_stands(summary)),
        () if several else tuple(_facts(summary, design)),
        _arms(summary) if several else _endpoints(summary),
        tuple(Drawing(one.title, one.svg, one.narrow) for one in drawn),
        (*_read(design), *_hangs_on(summary), *summary["warnings"]),
        command,
        f"Model {summary['model']['version']}, content hash {summary['model']['content_hash']}; "
        f"{summary['stance']} stance, seed {summary['seed']}.",
    )


def _read(design: TrialDesign) -> list[str]:
    """How the numbers are read."""
    says = [reading.before_it(design), READING.format(people=reading.true_effect(design))]
    return [one for one in says if one]


def _in_words(summary: Summary) -> list[str]:
    """Each of several arms in a sentence; of many the first ones, the others in the table alone."""
    found = answer.comparisons(summary)
    if len(found) <= TOLD_ARMS:
        return found
    return [*found[:TOLD_ARMS], f"{len(found) - TOLD_ARMS} more arms stand in the table."]


def _facts(summary: Summary, design: TrialDesign) -> Iterator[Fact]:
    """What a reader looks for first."""
    primary = summary["endpoints"][summary["primary"]]
    main, unit = primary["difference"], primary["unit"]
    mine, true = told_effect(main, unit, of_endpoint(primary, words.arm_titles(summary)))
    what = f"{RATIO}; " if true.ratio else ""
    for name, of, told in (
        (f"True effect on {primary['label']}", "worlds", true),
        ("What one trial would report", "trials", mine),
    ):
        ends = f"95% of {of}: {told.ends}" if told.ends else NO_INTERVAL
        yield Fact(name, told.centre, f"{what}{ends}")
    against = f"against it: {words.share_of(main, 'share_p_below_0_05_against')}"
    found = words.share_of(main, "share_p_below_0_05_for") if main["tested"] else "not tested"
    yield Fact("Trials with p < 0.05 for the treatment", found, against if main["tested"] else "")
    if (least := matters(design, summary)) is not None:
        of = f"{words.units(unit)} of {primary['label']}"
        yield Fact("Matters to a patient", words.number(least), of)


def _endpoints(summary: Summary) -> Grid:
    """A row for each endpoint, the primary one first."""
    titles = words.seen_arms(summary)
    columns = (
        "Endpoint", *(f"{title}: {told_arm.outcomes(summary)}" for title in titles.values()),
        "Difference", "True effect", "p < 0.05 for, against",
    )  # fmt: skip
    every = summary["endpoints"]
    of_share = of_shares(every.values())
    rows = []
    for name in (summary["primary"], *(one for one in every if one != summary["primary"])):
        one = every[name]
        digits = of_endpoint(one, titles)
        changes = (told_arm.outcome(one, arm, digits) for arm in titles)
        rows.append(
            (
                words.named(one),
                *changes,
                *_compared(one["difference"], one["unit"], digits, of_share),
            )
        )
    return Grid(told_arm.since(summary), columns, tuple(rows), ENDPOINTS)


def _arms(summary: Summary) -> Grid:
    """A row for each active arm on the primary endpoint."""
    primary, titles = summary["endpoints"][summary["primary"]], words.arm_titles(summary)
    digits = of_endpoint(primary, titles)
    of_share = of_shares(summary["endpoints"].values())
    rows = tuple(
        (
            titles[arm], told_arm.outcome(primary, arm, digits),
            *_compared(its, primary["unit"], digits, of_share),
        )
        for arm, its in primary["differences"].items()
    )  # fmt: skip
    control = words.control(summary)
    its_own = told_arm.outcome(primary, control, digits)
    told = told_arm.outcomes(summary, summary["primary"])
    what = told_effect(primary["difference"], primary["unit"])[1].quantity
    caption = (
        f"{words.named(primary)}, each arm against {answer.against(summary)} ({told} {its_own})."
    )
    return Grid(
        caption,
        ("Arm", told.capitalize(), what.capitalize(), "True effect", "p < 0.05 for, against"),
        rows,
    )


def _compared(
    its: Mapping[str, Any], unit: str, digits: int, of_share: int | None
) -> tuple[str, str, str]:
    """Difference, true effect and the shares of significant trials of one comparison."""
    shares = "not tested"
    if its["tested"]:
        ways = (f"share_p_below_0_05_{way}" for way in answer.WAYS)
        shares = ", ".join(words.share_of(its, way, of_share) for way in ways)
    return (*effects(its, unit, digits), shares)


def _hangs_on(summary: Summary) -> Iterator[str]:
    """How it was analysed where that is not the usual, the other stance, the greatest doubt."""
    parts = []
    if (other := words.other_stance(summary)) is not None:
        stance, line = other
        its = words.of_stance(summary, line)[words.first_active(summary)]
        unit = summary["endpoints"][line["endpoint"]]["unit"]
        parts.append(
            f"Under the {stance} stance ({words.STANCES[stance]}) the true effect is "
            f"{effects(its, unit)[1]}."
        )
    if doubts := words.doubts(summary, 1):
        share = words.percent(doubts[0]["share"])
        parts.append(f"The model is least sure of {in_sentence(doubts[0]['note'])} ({share} of the "
                     "spread).")  # fmt: skip
    if parts:
        yield " ".join(parts)
    yield from reported(summary)[:1]
