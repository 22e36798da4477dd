"""Arms that have not parted from the control by the visit at which they are compared with it.

Drugs are compared by the doses that patients of the trial are given: a usual dose is one with the
same amounts written out, and a course is one with another that is cut off after the same dose.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from gutskin.media import isolated
from gutskin.model.drugs import Tier, drugs, is_oral, tiers_of
from gutskin.model.overlay import biology_of
from gutskin.population.calendar import injection_days
from gutskin.population.drugs import drug_of, series_of
from gutskin.population.populations import load_populations
from gutskin.population.reached_tiers import ANYBODY, People, enrolled, tiers_reached
from gutskin.trials.doses_taken import AROUND

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.model.rows import Row
    from gutskin.trials.design import TrialDesign

DAYS_PER_WEEK = 7.0
NEVER = math.inf

How = Literal["begins", "ends", "changes", "untaken"]
SAYS: Mapping[How, tuple[str, str]] = {  # what sets an arm apart, and what to do about it
    "begins": ("begins at week {week:g}", "Start it earlier"),
    "ends": ("is a course that ends, seen from week {week:g} on", "End it earlier"),
    "changes": ("is how much is given from week {week:g} on", "Let the amounts differ earlier"),
}


class Parting(NamedTuple):
    """From when on two arms are given something else; infinite if they never are.

    Parameters
    ----------
    week : of the trial; what a mother takes before birth is given by week 0
    how : something begins, ends, or goes on in another amount; or nobody takes any of it
    """

    week: float
    how: How


class Amount(NamedTuple):
    """So much of a drug, for people of a tier of ages and weights.

    Parameters
    ----------
    mg : of an injection; of a tablet the dose of a day
    """

    drug: str
    people: Tier | None
    mg: float
    per_kg: bool


Course = tuple[Any, float, float]  # what is given without a break, from when, until when (weeks)
Dose = tuple[Amount, float]  # what is injected, and when (week)
Given = tuple[list[Course], Counter[Dose]]


def not_parted(
    design: TrialDesign, week: float | None = None, biology: Biology | None = None
) -> dict[str, float | None]:
    """Active arms that by a visit have been given what the control has been given, and no more.

    An arm that is given what the control is given never parts from it; that may be meant. What sets
    an arm apart and is taken by nobody (no adherence, a dose of nothing) is told. A single arm is
    compared with the same people untreated.

    Parameters
    ----------
    week : of the visit; that of the analysis (of a crossover the end of its first period) without
    biology : whose usual doses are given; without it that of `biology_of`

    Returns
    -------
    dict arm -> the week from which on it is given something else; None of what nobody takes
    """
    return {
        name: None if one.how == "untaken" else one.week
        for name, one in _late(design, week, biology).items()
    }


def _late(
    design: TrialDesign, week: float | None, biology: Biology | None
) -> dict[str, Parting]:  # fmt: skip
    """The same with how each parts."""
    week = design.visits.weeks[design.analysed] if week is None else week
    own = biology_of(biology)
    people, control = _people(design, own), design.control.interventions
    found = {
        arm.name: _parts(design, arm.interventions, control, own, people) for arm in design.active
    }
    return {
        name: one for name, one in found.items() if week <= one.week < NEVER or one.how == "untaken"
    }


def _parts(
    design: TrialDesign,
    arm: Sequence[Any],
    control: Sequence[Any],
    biology: Biology,
    people: People,
) -> Parting:
    """As `parts_from`, of what is taken by somebody."""
    taken = parts_from(_taken(arm, design), _taken(control, design), biology, people)
    if taken.week == NEVER and parts_from(arm, control, biology, people).week < NEVER:
        return Parting(NEVER, "untaken")
    return taken


def _taken(given: Sequence[Any], design: TrialDesign) -> list[Any]:
    """What of it somebody takes or meets: no dose without adherence, no product without cells."""
    if design.conduct.adherence == 0:
        return [one for one in given if one.kind in AROUND]
    return [one for one in given if getattr(one, "cfu_per_day", None) != 0]


def _people(design: TrialDesign, biology: Biology) -> People:
    """Who may enrol; anybody in a biology that does not know the population."""
    known, asked = load_populations(biology), design.eligibility
    if any(name not in known for name in design.population):
        return ANYBODY
    some = [known[name] for name in design.population]
    return enrolled(some, biology, asked.age_years, asked.weight_kg)


def parting_notes(design: TrialDesign, biology: Biology | None = None) -> list[str]:
    """What a reader should know of such arms, a sentence each; then of estimands of other weeks.

    Parameters
    ----------
    biology : as of `not_parted`
    """
    analysed, labels = design.visits.weeks[design.analysed], {one.name: one for one in design.arms}
    where, remedy = "arms are compared", "compare arms at a later visit (`week` of [analysis])"
    so, own = "both have been given the same by then", "What sets '{}' apart"
    if design.single_arm:
        where, remedy = "it is analysed", "analyse a later visit (`week` of [analysis])"
        so, own = "nobody has taken any of it by then", "What '{}' is given"
    elif design.crossover is not None:
        where, remedy = "the first period ends", "let that end later (`periods` of [crossover])"

    def says(name: str, one: Parting) -> str:
        title = f"{own.format(name)} ({labels[name].label or name})"
        return f"{title} {SAYS[one.how][0].format(week=one.week)}, and"

    late = _late(design, None, biology)
    notes = [
        f"{own.format(name)} ({labels[name].label or name}) is taken by nobody "
        f"({_why_untaken(design)}): there is nothing to be shown. Write how much is taken."
        for name, one in late.items()
        if one.how == "untaken"
    ]
    notes += [
        f"{says(name, one)} {where} at week {analysed:g}: {so}. {SAYS[one.how][1]}, or {remedy}."
        for name, one in late.items()
        if one.how != "untaken"
    ]
    return notes + [
        f"{says(name, one)} the estimand {isolated(asked.title)} is of week {asked.week:g}: {so}, "
        "so that there is nothing to estimate."
        for asked in design.estimands
        if asked.week not in (None, analysed)
        for name, one in _late(design, asked.week, biology).items()
        if one.how != "untaken"
    ]


def _why_untaken(design: TrialDesign) -> str:
    """What a file has written for that."""
    if design.conduct.adherence == 0:
        return "`adherence = 0` in [conduct]"
    return "`cfu_per_day = 0`"


def of_one_arm(
    design: TrialDesign, biology: Biology | None = None, name: str | None = None
) -> tuple[dict[str, float | None], list[str]]:
    """`not_parted` and `parting_notes` of one active arm, where a command tells of it alone.

    Parameters
    ----------
    biology : as of `not_parted`
    name : of the arm; without it the first
    """
    arms = (next(one for one in design.active if name in (None, one.name)), design.control)
    alone = design.model_copy(update={"arms": arms, "estimands": ()})
    return not_parted(alone, None, biology), parting_notes(alone, biology)


def parts_from(
    arm: Sequence[Any],
    control: Sequence[Any],
    biology: Biology | None = None,
    people: People = ANYBODY,
) -> Parting:
    """From when on two arms are given something else, to anybody.

    Parameters
    ----------
    arm, control : interventions of which each has its end
    biology : as of `not_parted`
    people : who takes part: a usual dose goes by age and weight
    """
    table, courses = drugs(biology_of(biology)), (*arm, *control)
    to: dict[str, Sequence[Tier | None]] = {
        name: tuple(tiers_reached(tiers_of(table[name]), *people)) or (None,)
        for name in {drug_of(one) for one in courses}
        if name is not None and name in table
    }
    both = [_given(one, table, to) for one in (arm, control)]
    by_dose = min((when for _, when in _in_one(*(doses for _, doses in both))), default=NEVER)
    edges = {max(0.0, edge) for lasting, _ in both for _, *ends in lasting for edge in ends}
    by_course = next(
        (
            first
            for first, until in pairwise([*sorted(edges), NEVER])
            if len({_joined(lasting, until) for lasting, _ in both}) > 1
        ),
        NEVER,
    )
    week = min(by_dose, by_course)
    return Parting(week, _how(week, both, {(drug_of(one), one.start_week) for one in courses}))


def _how(week: float, both: Sequence[Given], begun: Collection[tuple[str | None, float]]) -> How:
    """What happens at the week at which two arms part.

    Parameters
    ----------
    begun : which drug a course of either is of, or None, and when it begins
    """
    lasting, doses = zip(*both, strict=True)
    differ = _in_one(*(Counter(_joined(one, NEVER)) for one in lasting))
    at = {what.drug for what, when in _in_one(*doses) if when == week}
    if any(start == week for _, start, _ in differ) or any((drug, week) in begun for drug in at):
        return "begins"
    more = [{what.drug for what, when in one if when >= week} for one in doses]
    return "changes" if at and all(at <= one for one in more) else "ends"


def _in_one(first: Counter[Any], second: Counter[Any]) -> Counter[Any]:
    """What is in one and not in the other."""
    return (first - second) + (second - first)


def _given(
    courses: Sequence[Any], table: Mapping[str, Row], to: Mapping[str, Sequence[Tier | None]]
) -> Given:
    """All that is given: what lasts, in the order of its start, and every injection.

    Parameters
    ----------
    table : the rows of drugs.tsv; a drug that is not in it is taken as it is written
    to : drug -> whom of its tiers it may be given to
    """
    lasting: list[Course] = []
    doses: Counter[Dose] = Counter()
    for one in courses:
        drug = drug_of(one)
        if drug is None or drug not in table:
            lasting += _lasting(one)
        elif is_oral(table[drug]):
            amounts = _amounts(one, table[drug], to[drug])
            lasting += [(what, one.start_week, one.end_week) for _, _, what in amounts if what.mg]
        else:
            doses.update(_injections(one, table[drug], to[drug]))
    return sorted(lasting, key=lambda each: each[1]), doses


def _amounts(
    one: Any, row: Row, to: Sequence[Tier | None]
) -> Iterator[tuple[Tier, Amount, Amount]]:
    """Each series of doses: how often it comes, the amount of its first doses and of later ones.

    A dose of the file's own is given to people of every tier.
    """
    for series in series_of(one, row):
        for people in (series.tier,) if series.usual else to:
            if people in to:
                amounts = series.tier.loading, series.tier.dose
                first, later = (Amount(row.id, people, mg, one.per_kg) for mg in amounts)
                yield series.tier, first, later


def _injections(one: Any, row: Row, to: Sequence[Tier | None]) -> Iterator[Dose]:
    """Each injection: what, and when; by which course it comes does not matter."""
    for tier, first, later in _amounts(one, row, to):
        for number, when in enumerate(injection_days(one.start_week, one.end_week, tier.weeks)):
            what = first if number < tier.loadings else later
            if what.mg:
                yield what, when


def _lasting(one: Any) -> Iterator[Course]:
    """What lasts, whenever that is: the order of strains does not matter."""
    same: dict[str, Any] = {"start_week": 0.0, "end_week": 0.0}
    start, end = one.start_week, one.end_week
    if (strains := getattr(one, "strains", None)) is not None:
        same["strains"] = tuple(sorted(strains))
    if one.kind == "antibiotic":
        end, same["days"] = min(end, start + one.days / DAYS_PER_WEEK), 0.0
    if one.kind == "maternal_probiotic":
        same["while_nursing"] = True
        if one.weeks_before_birth:
            yield one.model_copy(update=same), -one.weeks_before_birth, 0.0
        same["weeks_before_birth"] = 0.0
        end = end if one.while_nursing else start
    if start < end:
        yield one.model_copy(update=same), start, end


def _joined(lasting: Sequence[Course], week: float) -> frozenset[Course]:
    """What of it has been given before a week: a course that goes on with the same is one with it.

    Parameters
    ----------
    lasting : in the order of its start
    """
    found: dict[tuple[Any, float], float] = {}  # what and its end -> its start
    for what, start, end in lasting:
        if start < week:
            by_rule = getattr(what, "when", None) is not None  # asked anew where it begins anew
            begun = start if by_rule else found.pop((what, start), start)
            found[what, min(end, week)] = begun
    return frozenset((what, start, end) for (what, end), start in found.items())
