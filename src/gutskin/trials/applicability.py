"""Where a trial stands to the evidence: inside, at the edge or outside of what real trials show.

The evidence are the real trials whose numbers were seen, of the same kind of treatment. By age,
severity, daily dose and duration a trial is inside where two trials at least reach it from either
side (or cover it), at the edge where one does, outside where none does; the dose that a mother
takes is asked of trials in which mothers took a product. The duration is that until the visit, and
of a product that for which it is taken by then: what is worse of both counts. Of several arms the
largest dose places the trial; whose own dose stands elsewhere is said. A strain is inside that was
tried itself, living or killed as it is given, at the edge where its species was. An endpoint is
inside that two trials reported, and outside where of trials at these ages none did. What is given
together, or in arms beside each other, is inside where two trials gave each arm just that; people
without eczema are where trials of such people are. Severity is compared as SCORAD, whatever score a
file asks for (`severity.py`), of a range that is open above where nearly all are of whom it is
asked; what cannot be read so is not placed, and no trial is inside with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, NamedTuple

from gutskin.media import ends
from gutskin.model.biology import Biology
from gutskin.model.tables import read_tables
from gutskin.population.body_weight import body_weight
from gutskin.population.mother import strains_of
from gutskin.population.own_strains import without_own_strains
from gutskin.population.populations import find_population
from gutskin.trials.axes import (
    EDGE,
    ENOUGH,
    INSIDE,
    ORDER,
    OUTSIDE,
    UNPLACED,
    Standing,
    covered,
    reached,
    so_many_trials,
    where_with,
)
from gutskin.trials.design import TrialDesign
from gutskin.trials.doses_given import weeks_taken
from gutskin.trials.doses_tried import ByDose, doses_tried
from gutskin.trials.real_trials import RealTrial, real_trials
from gutskin.trials.severity import populations, severity_of, some_are_ill
from gutskin.trials.severity_bands import Interval, where_most_are

SEVERAL = 2  # things given, of which it is asked whether they were given so


@dataclass(frozen=True)
class Applicability:
    """Where a trial stands to the evidence.

    Parameters
    ----------
    where : the worst of all axes; the edge at best where one is not placed
    trials : names of the trials that are the evidence
    axes : one by one
    wider : how much wider intervals over worlds are than inside, where that is known (`outside.py`)
    arms : of several active arms with a dose: each with where its own dose stands
    beside : what a reader should know of doses that stand elsewhere, a sentence each
    not_left_out : axes by which it is outside and no kind of trial could be left out
    """

    where: str
    trials: tuple[str, ...]
    axes: tuple[Standing, ...]
    wider: float | None = None
    arms: tuple[tuple[str, Standing], ...] = ()
    beside: tuple[str, ...] = ()
    not_left_out: tuple[str, ...] = ()

    @property
    def fewest(self) -> int:
        """How many trials reach it by the axis that fewest reach it by."""
        return min((one.trials for one in self.axes if one.trials is not None), default=0)

    @property
    def sentence(self) -> str:
        """In plain words."""
        if not self.trials:
            says = "No trial of this kind of treatment was seen: the answer is outside the evidence"
            return f"{says}; {self._width}" if self.wider is not None else f"{says}."
        says = f"Inside the evidence: {self._support}."
        if self.where != INSIDE:
            says = self._beyond if self.where == OUTSIDE else self._edge
        unplaced = [f"It cannot be placed by {one}." for one in self._by(UNPLACED)]
        return " ".join([says, *unplaced, *self.beside])

    @property
    def _support(self) -> str:
        """What each axis rests on."""
        counts: dict[str, int] = {}
        for one in self.axes:
            if one.trials is not None:
                counts[one.axis] = min(one.trials, counts.get(one.axis, one.trials))
        each = ", ".join(f"{axis} {count}" for axis, count in counts.items())
        of = so_many_trials(len(self.trials))
        return f"of {of} of this kind each axis rests on {self.fewest} at least ({each})"

    @property
    def _edge(self) -> str:
        if not (edge := self._by(EDGE)):
            return "Whether it is inside the evidence is not known."
        return f"At the edge of the evidence by {'; '.join(edge)}."

    @property
    def _beyond(self) -> str:
        return f"Outside the evidence by {'; '.join(self._by(OUTSIDE))}: {self._width}"

    @property
    def _width(self) -> str:
        """How much wider it is there, and what that was seen of."""
        if self.wider is None:
            return (
                "what no trial has seen is not in the intervals, and nothing is made wider for it."
            )
        says = "trials left out with all others of their kind were "
        if self.wider > 1.0:
            says += "missed by more than the intervals said, and so that over worlds is "
            says += f"{self.wider:.2f} times as wide here."
        else:
            says += "foretold as surely as the intervals said, and so that over worlds is no wider "
            says += "here."
        if self.not_left_out:
            says += f" By {' and '.join(self.not_left_out)} no kind of trial could be left out: "
            says += "the most that another axis shows is taken for it."
        return says

    def _by(self, where: str) -> list[str]:
        """The axes of one standing, each with what is asked and what was tried."""
        return [
            f"{one.axis} ({one.asked}: {one.evidence})" for one in self.axes if one.where == where
        ]

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "where": self.where,
            "trials": list(self.trials),
            "fewest": self.fewest,
            "axes": [asdict(one) for one in self.axes],
            "wider": self.wider,
            "sentence": self.sentence,
        } | (
            {"arms": [{"arm": name, **asdict(one)} for name, one in self.arms]} if self.arms else {}
        )


class _Strain(NamedTuple):
    """A strain that a trial gives: its name, its species, what a reader sees, living or killed."""

    name: str
    species: str
    label: str = ""
    viable: bool = True

    @property
    def told(self) -> str:
        """What a reader sees."""
        return f"{self.label or self.name}{'' if self.viable else ' (killed)'}"


def applicability(design: TrialDesign, biology: Biology, *, without: str = "") -> Applicability:
    """Where a trial stands to real ones of the same kind.

    A trial that ships with its own numbers is evidence for itself: it was done.

    Parameters
    ----------
    without : name of a trial that is to be no evidence, as if it had not been done
    """
    kinds = kinds_of_treatment(design)
    seen = [
        one
        for one in real_trials(without_own_strains(biology))
        if one.design.name != without and kinds & kinds_of_treatment(one.design)
    ]
    if not seen:
        return Applicability(OUTSIDE, (), ())
    weight, tried = _weight(design, biology), [one.design for one in seen]
    doses = list(doses_tried(design, tried, weight, biology))
    axes = tuple(_axes(design, seen, doses, biology))
    where = max((EDGE if one.where == UNPLACED else one.where for one in axes), key=ORDER.index)
    arms = tuple((name, its) for one in doses for name, its in one.arms.items())
    beside = tuple(says for one in doses for says in one.beside)
    return Applicability(where, tuple(one.name for one in seen), axes, arms=arms, beside=beside)


def kinds_of_treatment(design: TrialDesign) -> frozenset[str]:
    """What its active arms are given that its control is not, and whether it prevents.

    Where both are given the same kinds (a crossover, a withdrawal, living against killed), those of
    which the active arms are given something at another time or in another way.
    """
    prevents = "prevents" if design.from_birth else "treats"
    return frozenset(f"{prevents} {kind}" for arm in given_together(design) for kind in arm)


def given_together(design: TrialDesign) -> frozenset[frozenset[str]]:
    """The same arm by arm, without the aim."""
    taken = design.control.interventions
    arms = [arm.interventions for arm in design.active]
    usual = {_kind(one) for one in taken}
    given = {frozenset(_kind(one) for one in arm) - usual for arm in arms}
    if not any(given):
        given = {frozenset(_kind(one) for one in arm if one not in taken) for arm in arms}
    return frozenset(one for one in given if one)


def _kind(one: Any) -> str:
    """What is given; a drug is its own kind, however a file writes it."""
    return str(getattr(one, "drug", "") or getattr(one, "name", "") or one.kind)


def _axes(
    design: TrialDesign, real: Sequence[RealTrial], doses: Sequence[ByDose], biology: Biology
) -> Iterator[Standing]:
    seen, own_ages = [one.design for one in real], ages_of(design, biology)
    ages = [ages_of(one, biology) for one in seen]
    age = covered("age", f"{_between(own_ages)} years", own_ages, ages)
    yield age
    alike = [bool(covered("age", "", own_ages, [one]).trials) for one in ages]
    yield from _of_severity(design, seen, alike, biology)
    yield from (one.axis for one in doses)
    yield _of_duration(design, seen)
    if strains := _strains(design, biology):
        yield _of_strains(strains, [_strains(one, biology) for one in seen])
    yield from _of_treatments(design, seen)
    primary = design.analysis.primary
    having = [its for one, its in zip(real, ages, strict=True) if primary in one.endpoints]
    label, reported = read_tables(biology).endpoints[primary].text("label"), len(having)
    told = f"{so_many_trials(reported)} with numbers"
    if reported and age.trials and not covered("age", "", own_ages, having).trials:
        told, reported = f"{told}, none of these ages", 0
    yield Standing("endpoint", where_with(reported), label, told, reported)


def _of_severity(
    design: TrialDesign, seen: Sequence[TrialDesign], alike: Sequence[bool], biology: Biology
) -> Iterator[Standing]:
    """As SCORAD, of people who have eczema at the start; how many are without, of others.

    Parameters
    ----------
    alike : whether each of those seen is of these ages
    """
    if not some_are_ill(design, biology):
        count = sum(not some_are_ill(one, biology) for one in seen)
        reach = f"{so_many_trials(count)} of such people"
        yield Standing("severity", where_with(count), "people without eczema", reach, count)
        return
    if design.from_birth:
        return
    own = severity_of(design, biology)
    ill = [
        (severity_of(one, biology), like)
        for one, like in zip(seen, alike, strict=True)
        if some_are_ill(one, biology)
    ]
    others = [(one.scorad, like) for one, like in ill if one.scorad is not None]
    if own.scorad is None or (ill and not others):
        missing = own.missing or "how ill the people of such trials are"
        yield Standing("severity", UNPLACED, own.asked, f"no table tells {missing}")
        return
    asked = where_most_are(own.scorad, biology)
    whole = [where_most_are(one, biology) for one, _ in others]
    found = covered("severity", own.asked, asked, whole)
    same = [one for one, (_, like) in zip(whole, others, strict=True) if like]
    few = covered("", "", asked, same).trials
    if any(alike) and found.where == INSIDE and few is not None and few < ENOUGH:
        told = f"{found.evidence}, of these ages {so_many_trials(few)}"
        found = replace(found, where=EDGE, evidence=told)
    yield found


def _of_duration(design: TrialDesign, seen: Sequence[TrialDesign]) -> Standing:
    """By the weeks until the visit or, if that is worse, those for which a product is taken."""
    until = reached("duration", weeks_of(design), [weeks_of(one) for one in seen], "weeks")
    if not (own := weeks_taken(design)):
        return until
    others = [taken for one in seen if (taken := weeks_taken(one))]
    taken = reached("duration", own, others, "weeks on the product")
    return min(until, taken, key=lambda one: one.trials or 0)


def _of_treatments(design: TrialDesign, seen: Sequence[TrialDesign]) -> Iterator[Standing]:
    """How many trials gave an arm just what each arm is given, where that is several things."""
    own = given_together(design)
    if len({kind for arm in own for kind in arm}) < SEVERAL:
        return
    others = [given_together(one) for one in seen]
    counts = {" with ".join(sorted(arm)): sum(arm in one for one in others) for arm in own}
    fewest = min(counts.values())
    named = "; ".join(sorted(name for name, count in counts.items() if count == fewest))
    told = f"given so in {so_many_trials(fewest)}"
    yield Standing("treatment", where_with(fewest), named.replace("_", " "), told, fewest)


def _between(own: Interval) -> str:
    return ends(f"{own[0]:g}", f"{own[1]:g}")


def _of_strains(own: frozenset[_Strain], given: Sequence[frozenset[_Strain]]) -> Standing:
    """Whether the strains themselves were tried, or others of their species.

    Parameters
    ----------
    given : the strains of each real trial
    """
    tried = frozenset(one for those in given for one in those)
    kin = {one for one in own - tried if any(_same(one.species, other.species) for other in tried)}
    strange = own - tried - kin
    where = OUTSIDE if strange else (EDGE if kin else INSIDE)
    fewest = min(
        sum(
            one in those
            if one in tried
            else any(_same(one.species, other.species) for other in those)
            for those in given
        )
        for one in own
    )
    parts = [
        (len(some), words)
        for some, words in (
            (own & tried, "tried"),
            (kin, "of a species that was tried"),
            (strange, "of species in no trial with numbers"),
        )
        if some
    ]  # fmt: skip
    if len(own) == 1:
        (only,), words = own, parts[0][1].replace("of species", "of a species")
        return Standing("strain", where, only.told, words, fewest)
    told = ", ".join(f"{count} {words}" for count, words in parts)
    return Standing("strain", where, f"{len(own)} of them", told, fewest)


def _same(one: str, other: str) -> bool:
    """Whether two names may be of one species: where one has a subspecies, the other none too.

    >>> _same("Bifidobacterium animalis", "Bifidobacterium animalis subsp. lactis")
    True
    """
    return bool(one) and (f"{one} ".startswith(f"{other} ") or f"{other} ".startswith(f"{one} "))


def ages_of(design: TrialDesign, biology: Biology) -> Interval:
    """Ages that are admitted (years)."""
    ages = [find_population(name, biology).ages for name in populations(design)]
    low, high = min(a for a, _ in ages), max(b for _, b in ages)
    asked = design.eligibility.age_years
    if asked is None:
        return low, high
    own = _pair(asked)
    return max(low, own[0]), min(high, own[1])


def _weight(design: TrialDesign, biology: Biology) -> float:
    """What one in the middle of those ages weighs (kg), or the nearest weight that is admitted."""
    usual = float(body_weight(sum(ages_of(design, biology)) / 2, 0.0, biology))
    low, high = design.eligibility.weight_kg or (0.0, usual)
    return min(max(usual, low), max(high, low))


def _pair(asked: Any) -> Interval:
    low, high = asked
    return float(low), float(high)


def weeks_of(design: TrialDesign) -> float:
    """The week of the visit that is analysed."""
    return float(design.visits.weeks[design.analysed])


def _strains(design: TrialDesign, biology: Biology) -> frozenset[_Strain]:
    """The strains of its active arms; what a file calls its own strains says nothing elsewhere."""
    own = {one.id: one for one in design.strains}
    rows = read_tables(biology).strains
    given = {one for arm in design.active for one in strains_of(arm.interventions)}
    return frozenset(
        _Strain(name, own[name].species, own[name].title, viable)
        if name in own
        else _Strain(name, rows[name].text("species"), rows[name].text("strain"), viable)
        if name in rows
        else _Strain(name, "", viable=viable)
        for name, viable in given
    )
