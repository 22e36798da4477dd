"""One self-contained HTML page about one trial; it needs no network and no script."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gutskin.atomic_write import write_file
from gutskin.model.overlay import own_strains_alone
from gutskin.report import answer, explain_words, figures, forest, reading, shares, told_arm, words
from gutskin.report.estimands import estimand_tables, event_sentences
from gutskin.report.interim import interim_tables
from gutskin.report.methods import as_conducted, by_covariance, reported
from gutskin.report.origins import by_level, levels_known, sharing
from gutskin.report.points import BARE, in_points, matters
from gutskin.report.published import published_rows, which_hazard_ratio
from gutskin.report.rounding import of_endpoint, of_estimates, of_shares
from gutskin.report.sites import of_sites
from gutskin.report.subgroups import lines_of
from gutskin.report.taking_part import baseline_of, flow_of
from gutskin.report.templating import for_pages
from gutskin.report.told_effect import RATIO, direction, told_effect, told_true
from gutskin.report.trial_power import how_many
from gutskin.report.variance_shares import variance_sentences
from gutskin.trials.analysis import Analysis

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.trials.design import TrialDesign

FILTERS = ("number", "span", "percent", "estimate", "share_of", "units")  # of `words`
NO_OVERLAY: Mapping[str, Any] = {"adds": (), "replaces": ()}


@dataclass(frozen=True)
class OfTrial:
    """The figures that show a trial under one stance: those of the answer, and its forests."""

    answer: tuple[figures.Figure, ...]
    forests: tuple[figures.Figure, ...]


def figures_of(dataset: xr.Dataset, analysis: Analysis, design: TrialDesign) -> OfTrial:
    """The figures that need neither the other stance nor a summary.

    Parameters
    ----------
    dataset, analysis : from `run_trial`
    """
    first = forest.arms_figure if len(design.active) > 1 else figures.difference_figure
    shown = (
        first(analysis, design),
        figures.course_figure(dataset, analysis, design),
        figures.patients_figure(dataset, analysis, design),
    )
    forests = (forest.forest_figure(dataset, analysis, design, arm) for arm in design.active)
    return OfTrial(shown, tuple(forests))


def doubts_of(summary: dict[str, Any]) -> tuple[figures.Figure, ...]:
    """What the answer hangs on, and what carries it, as far as the summary has it.

    Parameters
    ----------
    summary : from `summarise`
    """
    return tuple(_doubts(in_points(summary)))


def write_report(
    path: Path,
    summary: dict[str, Any],
    analysis: Analysis,
    dataset: xr.Dataset,
    design: TrialDesign,
    command: str,
    axis: figures.Figure | None = None,
    product: figures.Figure | None = None,
    designed: Sequence[str] = (),
    drawn: OfTrial | None = None,
    doubts: Sequence[figures.Figure] | None = None,
) -> None:
    """Write the report of one trial.

    Parameters
    ----------
    path : the HTML file
    summary, analysis, dataset : from `summarise` and `run_trial`
    design : the trial
    command : the command line that repeats it
    axis : the picture of the axis, see `axis_figure`; without it the page has none
    product : the picture of the strains of a product, see `strain_figure`
    designed : what is not the usual of its design, in sentences
    drawn, doubts : from `figures_of` and `doubts_of`, if they were drawn already
    """
    text = render(
        summary, analysis, dataset, design, command, axis, product, designed, drawn, doubts
    )
    write_file(path, text)


def render(
    summary: dict[str, Any],
    analysis: Analysis,
    dataset: xr.Dataset,
    design: TrialDesign,
    command: str,
    axis: figures.Figure | None = None,
    product: figures.Figure | None = None,
    designed: Sequence[str] = (),
    drawn: OfTrial | None = None,
    doubts: Sequence[figures.Figure] | None = None,
) -> str:
    """The page as text; the same trial gives the same page."""
    drawn = drawn or figures_of(dataset, analysis, design)
    shown = [*drawn.answer, *(doubts or doubts_of(summary)), *filter(None, (axis, product))]
    it_would_take, summary = how_many(summary, command), in_points(summary)
    return _template().render(
        summary=summary,
        design=design,
        command=command,
        headline=answer.headline(summary),
        comparisons=answer.comparisons(summary),
        methods=reported(summary),
        verdict=[
            *answer.verdict(summary, design),
            *answer.where_it_stands(summary),
            *of_sites(summary),
        ],
        forests=drawn.forests,
        figure={one.name: one for one in shown},
        stances=_stances(summary),
        subgroups=lines_of(summary),
        by_covariance=by_covariance(summary),
        published=_published(summary, design),
        explained=[*_explained(summary)],
        flow=flow_of(summary),
        people=baseline_of(summary),
        question=answer.question(summary),
        conducted=[*as_conducted(summary, design, designed)],
        how_many=it_would_take,
        **_asked(summary),
        doubts=words.doubts(summary, 5),
        differ_by=variance_sentences(summary),
        routes=words.routes(summary),
        since=told_arm.since(summary),
        outcomes=partial(told_arm.outcomes, summary),
        bare=BARE,
        digits=of_endpoint,
        **_told(summary),
        **_of_design(summary, design),
        **_origins(summary.get("strains", ())),
        sharing=[sharing(one) for one in summary.get("shared_places", ())],
        followed=summary["lost_without_route_replicates"],
        active=words.first_active(summary),
        against=answer.against(summary),
        titles=words.arm_titles(summary),
        sizes=words.sizes(summary),
    )


def _told(summary: Mapping[str, Any]) -> dict[str, Any]:
    """How the page tells effects, and whether that on the primary endpoint is a ratio."""
    primary = summary["endpoints"][summary["primary"]]
    ratio = told_true(primary["difference"], primary["unit"]).ratio
    return {
        "which_hazard_ratio": which_hazard_ratio(summary),
        "told": told_effect,
        "ratio": RATIO,
        "ratio_told": ratio,
    }


def _of_design(summary: Mapping[str, Any], design: TrialDesign) -> dict[str, Any]:
    """What the page asks of the trial as it was designed."""
    return {
        "of_strains": any(
            "probiotic" in one.kind for arm in design.active for one in design.taken(arm)
        ),
        "of_share": of_shares(summary["endpoints"].values()),
        "compared_people": reading.true_effect(design),
        "sequences": reading.before_it(design),
        "reference": words.cited(design.published.reference),
        "matters": matters(design, summary),
        "worlds": words.WORLDS,
        "own_strains": own_strains_alone(summary["model"].get("overlay", NO_OVERLAY)),
    }


def _asked(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Looks before the end and estimands, where the trial has any."""
    return {
        "looks": [*interim_tables(summary)],
        "estimands": [*estimand_tables(summary)],
        "events": [*event_sentences(summary)],
    }


@cache
def _template() -> Any:
    environment = for_pages().overlay()
    own = {name: getattr(words, name) for name in FILTERS} | {"outcome": told_arm.outcome}
    environment.filters = {**environment.filters, **own}
    return environment.get_template("report.html.j2")


def _explained(summary: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What carries the effect and who responds, where that was asked: sentences and tables."""
    found = summary.get("explanation")
    if found is not None:
        yield {
            "sentences": [*explain_words.sentences(found)],
            "tables": [*explain_words.tables(found)],
        }


def _origins(strains: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """From where the traits of strains are known; no column in which nothing would stand."""
    return {
        "origins": [(one, by_level(one)) for one in strains],
        "levels": levels_known(strains),
        "moved": any(trait["moved"] for one in strains for trait in one["traits"].values()),
    }


def _doubts(summary: dict[str, Any]) -> Iterator[figures.Figure]:
    if variance_sentences(summary):
        yield shares.variance_figure(summary)
    yield shares.doubt_figure(summary)
    if words.routes(summary):
        yield shares.route_figure(summary)


def _stances(summary: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The primary endpoint's lines under each stance that was run, one for each active arm."""
    titles = words.arm_titles(summary)
    own = summary["endpoints"][summary["primary"]]["differences"]
    rows = [(summary["stance"], summary["replicates"], own)]
    other = words.other_stance(summary)
    if other is not None:
        rows.append((other[0], other[1]["replicates"], words.of_stance(summary, other[1])))
    every = [
        one for *_, line in rows for each in line.values() for one in (each, each["true_effect"])
    ]
    unit, digits = summary["endpoints"][summary["primary"]]["unit"], of_estimates(every)
    return [
        {
            "name": name,
            "means": words.STANCES[name],
            "arm": titles[arm],
            "replicates": n,
            "difference": difference,
            "told": told_effect(difference, unit, digits),
        }
        for name, n, differences in rows
        for arm, difference in differences.items()
    ]


def _published(summary: Mapping[str, Any], design: TrialDesign) -> list[dict[str, str]]:
    """What the real trial reported beside what was simulated: in words, then in numbers."""
    rows = []
    for name, says in design.published.directions.items():
        one = summary["endpoints"].get(name)
        simulated = "not simulated"
        if one is not None and one["difference"]["true_effect"]["mean"] is not None:
            simulated = direction(told_true(one["difference"], one["unit"]))
            share = words.share_of(one["difference"], "share_p_below_0_05_for")
            simulated += f"; significant in favour in {share} of repetitions"
        label = name if one is None else one["label"]
        rows.append({"label": label, "published": says, "simulated": simulated})
    return [*rows, *(asdict(one) for one in published_rows(summary))]
