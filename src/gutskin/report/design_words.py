"""A trial's design in sentences: periods, the visit of the analysis, events, estimands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from gutskin.media import counted, isolated
from gutskin.model.overlay import biology_of
from gutskin.model.tables import read_tables
from gutskin.population.mother import strains_of
from gutskin.population.populations import DAYS_PER_YEAR, load_populations
from gutskin.report.words import percent
from gutskin.trials.adjustment import LEAST_IN_STRATUM, within_strata
from gutskin.trials.applicability import ages_of
from gutskin.trials.chosen_method import method_of
from gutskin.trials.design_parts import MINIMISATION
from gutskin.trials.endpoints import COUNT
from gutskin.trials.estimand_parts import EVENTS
from gutskin.trials.estimands import endpoint_of, estimators_of, fitted, measure_of
from gutskin.trials.methods import TIMED
from gutskin.trials.parting import parting_notes
from gutskin.trials.second_part import counted_from

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.model.rows import Row
    from gutskin.trials.design import TrialDesign

WEANING = "t_weaning"  # parameter: when milk is half of what the colon gets (days)
MONTHS = 12.0  # of a year
EVENT_WORDS = {"rescue": "rescue", "discontinuation": "end of the product", "dropout": "leaving"}


def designed(
    design: TrialDesign, rows: Mapping[str, Row], biology: Biology | None = None
) -> Iterator[str]:
    """What is not the usual of a trial with parallel arms; nothing of one.

    Parameters
    ----------
    rows : of endpoints.tsv
    biology : whose usual doses arms are given; without it that of `biology_of`
    """
    weeks = design.visits.weeks
    if design.crossover is not None:
        (first, last), (start, end) = design.crossover.periods
        yield (
            f"Crossover: weeks {first:g} to {last:g}, then {start:g} to {end:g}; wash-out of "
            f"{start - last:g} weeks."
        )
    elif design.analysed < len(weeks) - 1:
        yield f"Arms are compared at week {weeks[design.analysed]:g}; what follows is not tested."
    if design.end_week > weeks[-1]:
        yield (
            f"After its last visit (week {weeks[-1]:g}) the trial goes on unseen to week "
            f"{design.end_week:g}: nothing that is given or happens then is measured. Add visits, "
            "or end it earlier."
        )
    yield from parting_notes(design, biology)
    yield from _fed(design, biology)
    yield from _not_taken(design)
    if design.single_arm:
        yield "A single arm; true effects compare the same people with themselves untreated."
    yield from _parts(design, rows)
    yield from _arrival(design)
    yield from conducted(design)
    yield from _events(design)
    for one in design.estimands:
        name = endpoint_of(one, design)
        ways = [
            f"{EVENT_WORDS[kind]}: {getattr(one.strategies, kind)}" for kind in EVENTS
        ]  # fmt: skip
        week = weeks[design.analysed] if one.week is None else one.week
        of = "" if one.population == "all" else f", in {isolated(one.population)}"
        yield (
            f"Estimand {isolated(one.title)}: {measure_of(one, rows[name].text('scale'))} of "
            f"{rows[name].text('label')} at week {week:g}{of} ({'; '.join(ways)})."
        )
    if design.estimands:
        scales = {
            one.name: rows[endpoint_of(one, design)].text("scale") for one in design.estimands
        }
        used = [
            each for each in estimators_of(design)
            if any(fitted(design, each, one, scales[one.name]) for one in design.estimands)
        ]  # fmt: skip
        yield f"Estimators: {'; '.join(isolated(one.title) for one in used)}."


def _not_taken(design: TrialDesign) -> Iterator[str]:
    """Strains of the file itself that stand in no product."""
    taken = {name for arm in design.arms for name, _ in strains_of(arm.interventions)}
    if idle := [one.id for one in design.strains if one.id not in taken]:
        names = ", ".join(repr(one) for one in idle)
        yield f"No arm is given {names} of [[strains]]: what is written there changes nothing."


def _fed(design: TrialDesign, biology: Biology | None) -> Iterator[str]:
    """How infants are fed, where all who may enrol are older than who lives on milk."""
    own = biology_of(biology)
    if not design.infants.formula_share or design.from_birth:
        return
    if any(name not in load_populations(own) for name in design.population):
        return
    row, first = read_tables(own).parameters[WEANING], ages_of(design, own)[0]
    if first * DAYS_PER_YEAR <= row.number("high"):
        return
    months, old = MONTHS / DAYS_PER_YEAR, "year" if first == 1 else "years"
    half, latest = (row.number(key) * months for key in ("value", "high"))
    yield (
        f"Without human milk: {percent(design.infants.formula_share)} of them. Milk is half of "
        f"what the colon gets at {half:.2g} months ({latest:.2g} at the latest), and the youngest "
        f"who may enrol is {first:.3g} {old} old: what milk they get changes little."
    )


def _parts(design: TrialDesign, rows: Mapping[str, Row]) -> Iterator[str]:
    """What comes before the trial, and a second part of those who responded."""
    if (before := design.run_in) is not None:
        given = [
            str(getattr(one, "name", "") or one.kind).replace("_", " ")
            for one in before.interventions
        ]
        stable = "" if before.stable is None else (
            f"; only those whose score changes by {percent(before.stable)} of it at most"
        )  # fmt: skip
        begins = "the treatment begins" if design.single_arm else "anybody is randomised"
        yield (
            f"Run-in: {before.weeks:g} weeks before {begins}, on "
            f"{', '.join(given) or 'placebo'}{stable}."
        )
    if (part := design.responders) is not None:
        of = f", of {isolated(', '.join(part.arms))}" if part.arms else ""
        yield (
            f"From week {part.at_week:g} on only those go on who respond then "
            f"({rows[part.rule].text('label')}){of}; what follows is told of them."
        )
        if any(_counts(design, rows[name]) for name in design.analysis.endpoints):
            yield f"Flares and times to an event are counted from week {part.at_week:g} on."
    counts = any(rows[name].text("scale") == COUNT for name in design.analysis.endpoints)
    if counts and design.crossover is not None:
        yield "Flares are counted from the first visit of each period on."


def _counts(design: TrialDesign, row: Row) -> bool:
    """Whether events of an endpoint, or times to them, are counted in a second part."""
    scale = row.text("scale")
    timed = method_of(design.analysis, row.id, scale) in TIMED
    return counted_from(design) > 0 and (scale == COUNT or timed)


BY = {
    "scorad": "SCORAD", "easi": "EASI", "age_years": "age (years)",
    "sensitised": "sensitised or not", "food_sensitised": "sensitised to food or not",
    "site": "site",
}  # fmt: skip


def _arrival(design: TrialDesign) -> Iterator[str]:
    """Blocks and strata, seasons, who goes on to an extension."""
    seasons, more = design.seasons, design.extension
    if design.sites:
        whole = sum(one.share for one in design.sites)
        told = ", ".join(
            f"{isolated(one.title)} ({percent(one.share / whole)})" for one in design.sites
        )
        yield (
            f"Patients are seen at {counted(len(design.sites), 'site')}: {told}; each has its own "
            "drift and its own physicians."
        )
    if told := randomised(design):
        yield f"Randomised {told}.{_adjusted(design)}"
    if seasons is not None:
        first, last = seasons.starts
        yield (
            f"Patients come in weeks {first:g} to {last:g} of the year; everyday allergen and "
            f"irritation go {percent(seasons.amplitude)} above and below their mean, with the peak "
            f"in week {seasons.peak_week:g}."
        )
    if more is not None:
        worse = more.share_if_no_better
        no_better = "" if worse is None else f", {percent(worse)} of who is no better"
        yield f"From week {more.from_week:g} on {percent(more.share)} go on{no_better}."


def randomised(design: TrialDesign) -> str:
    """By blocks within strata, or by minimisation over them; nothing of a trial without."""
    if (asked := design.randomisation) is None:
        return ""
    strata = "; ".join(
        BY[one.by] + (f" at {' and '.join(f'{cut:g}' for cut in one.cuts)}" if one.cuts else "")
        for one in asked.strata
    )
    if asked.method == MINIMISATION:
        return f"by minimisation (probability {asked.chance:g}) over {strata}"
    how = f"in blocks of {' or '.join(f'{size}' for size in asked.block_sizes or ())}"
    return f"{how} in {design.strata} strata ({strata})" if asked.strata else how


def _adjusted(design: TrialDesign) -> str:
    """For what the analysis is adjusted, and which factors tests within strata leave out."""
    asked, analysis = design.randomisation, design.analysis
    if asked is None or design.adjusted_strata == 1 or design.crossover is not None:
        return ""
    methods = {analysis.method, *analysis.methods.values()}
    if analysis.method == "mann-whitney":
        return ""
    says = " The analysis is adjusted for them"
    says += ", each by itself." if len(asked.strata) > 1 else "."
    if methods.isdisjoint(("mantel-haenszel", "log-rank")):
        return says
    sizes = [arm.n + design.control.n for arm in design.active]
    taken = within_strata(design, min(sizes))
    if len(taken) == len(asked.strata):
        return says
    by = " and ".join(BY[one.by] for one in taken)
    kept = f"by {by} alone" if taken else "by none of them"
    return (
        f"{says} Tests within strata (log-rank; Mantel and Haenszel) are stratified {kept}: with "
        f"more there would be fewer than {LEAST_IN_STRATUM} patients in a stratum."
    )


def conducted(design: TrialDesign) -> Iterator[str]:
    """Doses that are not taken, patients who leave, visits that are missed, rescue, who guesses.

    Nothing of a trial in which everybody stays and takes what he is given.
    """
    asked = design.conduct
    if asked.adherence < 1 or asked.creams_between_visits < 1:
        taken = "all doses" if asked.adherence == 1 else f"{_asked(asked.adherence)} of the doses"
        fades = "" if asked.creams_between_visits == 1 else (
            f"; of creams {_asked(asked.creams_between_visits)} of that long after a visit"
        )  # fmt: skip
        yield f"Taken: {taken}{fades}."
    yield from _leaving(design)
    if asked.missed_visits:
        yield f"Missed: {_asked(asked.missed_visits)} of the visits after the first."
    if asked.rescue:
        yield (
            "Rescue: who does badly at a visit (above about three quarters of his EASI at entry) "
            "may be given other treatment; as a responder he has failed from the next visit on."
        )
    if asked.decided_at_visits and not any(
        0 < week < design.visits.weeks[design.watched_until] for week in design.visits.weeks
    ):
        yield (
            "No visit lies between the first and the one that arms are compared at: what is "
            "decided at a visit (rescue, who leaves for how he fares) changes nothing there."
        )
    if not asked.in_trial_care:
        yield "Families treat the skin no better than before the trial."
    guess = [one for one in design.arms if one.unblinded_share]
    if guess:
        told = ", ".join(f"{_asked(one.unblinded_share)} of {isolated(one.title)}" for one in guess)
        yield f"Guess which arm they are in: {told}."


def whole(design: TrialDesign) -> Iterator[str]:
    """That nobody leaves, misses a visit or a dose, where the file asks for none of it."""
    asked = design.conduct
    doses = asked.adherence == asked.creams_between_visits == 1
    if design.responders or design.extension or design.discontinuation:
        return  # who goes on, and who stops, is told by itself
    if doses and not asked.missed_visits and not any(_leaving(design)):
        yield "Everybody takes all doses, comes to all visits and stays to the end."


def _leaving(design: TrialDesign) -> Iterator[str]:
    """Who leaves at random, of each arm that has a share of its own, and who for how he fares."""
    asked = design.conduct
    seated = [arm for arm in design.arms if arm.n]
    shares = [
        asked.dropout_share if arm.dropout_share is None else arm.dropout_share for arm in seated
    ]
    parts = []
    if any(shares):
        each = [
            f"{_asked(share)} of {isolated(arm.title)}"
            for arm, share in zip(seated, shares, strict=True)
        ]
        told = _asked(shares[0]) if len({*shares}) == 1 else ", ".join(each)
        parts.append(f"{told} before the last visit, at random")
    if asked.leave_if_no_better:
        parts.append(f"{_asked(asked.leave_if_no_better)} of who is no better at a visit")
    if asked.leave_if_worse:
        parts.append(f"{_asked(asked.leave_if_worse)} of who is worse by a quarter at a visit")
    if parts:
        yield f"Leave: {'; '.join(parts)}."


def _asked(share: float) -> str:
    """A share as the file has it: 2.5% is not rounded."""
    return f"{100 * share:.4g}%"


def _events(design: TrialDesign) -> Iterator[str]:
    """Who stops the product, and what a rescue brings."""
    asked, rescue = design.discontinuation, design.rescue
    if asked is not None:
        reasons = (
            (asked.share, "at random"),
            (asked.if_no_better, "at each visit of who is no better"),
            (asked.if_worse, "at each visit of who is worse"),
        )
        told = ", ".join(f"{percent(share)} {when}" for share, when in reasons if share)
        yield f"The product is stopped by {told}."
    if rescue is not None:
        brings = [
            str(getattr(one, "name", one.kind)).replace("_", " ") for one in rescue.interventions
        ]
        brings += ["the end of the product"] if rescue.stops_product else []
        yield f"A rescue brings {' and '.join(brings)}."
