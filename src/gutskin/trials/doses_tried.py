"""The doses of a trial beside those of real trials: of the whole the largest, of each arm its own.

Of a dose of which only a range is known the middle is compared; where an end of it would stand
elsewhere is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

from gutskin.media import isolated, plain
from gutskin.model.biology import Biology
from gutskin.model.drugs import drugs, is_oral
from gutskin.population.drugs import drug_of
from gutskin.trials.axes import IN_WORDS, Standing, reached
from gutskin.trials.design import TrialDesign
from gutskin.trials.doses_given import (
    MOTHERS,
    PRODUCT,
    GivenDose,
    doses_in,
    doses_of,
    doses_of_drug,
)

DOSE = "CFU a day"
DOSES = {PRODUCT: DOSE, MOTHERS: f"{DOSE} to the mother"}  # of each kind of product
FIGURES = (3, 2)  # of an own dose of cells, and of those of others


class ByDose(NamedTuple):
    """Where a trial stands by the dose of one thing.

    Parameters
    ----------
    axis : by its largest dose
    arms : of several active arms that have one of it: each by its own largest
    beside : what a reader should know of arms and ranges that stand elsewhere, a sentence each
    """

    axis: Standing
    arms: dict[str, Standing]
    beside: tuple[str, ...]


def doses_tried(
    design: TrialDesign, seen: Sequence[TrialDesign], kg: float, biology: Biology
) -> Iterator[ByDose]:
    """Each dose of cells, to whomever, and of each drug that a file gives itself.

    Parameters
    ----------
    seen : the real trials
    kg : what a patient weighs, where amounts are for each kilogram
    """
    for kind, unit in DOSES.items():
        others = [dose for one in seen for dose in doses_of(one, kind)]
        largest = _largest(doses_in(design, kind, kg))
        arms = {name: _of_cells(one, others, unit) for name, one in largest.items()}
        if not largest:
            continue
        most = max(largest, key=lambda name: largest[name].cells)
        ranges = _of_ranges(largest, arms, others, unit)
        yield _by_dose(design, arms, most, tuple(ranges))
    yield from _of_drugs(design, seen, kg, biology)


def _largest(doses: Sequence[GivenDose]) -> dict[str, GivenDose]:
    """The largest dose of each arm."""
    found: dict[str, GivenDose] = {}
    for one in doses:
        if one.arm not in found or one.cells > found[one.arm].cells:
            found[one.arm] = one
    return found


def _of_cells(dose: GivenDose, others: Sequence[float], unit: str) -> Standing:
    """Where a dose stands; of a range its middle, which is told with it."""
    found = reached("dose", dose.cells, others, unit, FIGURES)
    if dose.known is None:
        return found
    low, high = (plain(end, FIGURES[0]) for end in dose.known)
    return replace(found, asked=f"{found.asked}, the middle of a prior from {low} to {high}")


def _of_ranges(
    largest: dict[str, GivenDose], arms: dict[str, Standing], others: Sequence[float], unit: str
) -> Iterator[str]:
    """Ends of a range that stand elsewhere than its middle, once for each range."""
    told = set()
    for name, dose in largest.items():
        if dose.known is None or dose.known in told:
            continue
        told.add(dose.known)
        ends = [reached("dose", end, others, unit, FIGURES) for end in dose.known]
        says = [
            f"its {which} end, {one.asked}, is {IN_WORDS[one.where]}"
            for which, one in zip(("lower", "upper"), ends, strict=True)
            if one.where != arms[name].where
        ]
        if says:
            low, high = (plain(end, FIGURES[0]) for end in dose.known)
            yield (
                f"Of a dose only a range is known, {low} to {high}, and its middle is compared: "
                f"{' and '.join(says)} the evidence."
            )


def _by_dose(
    design: TrialDesign, arms: dict[str, Standing], most: str, ranges: tuple[str, ...] = ()
) -> ByDose:
    """With what is to be said of arms that stand elsewhere than the one with the largest dose."""
    titles = {arm.name: isolated(arm.title) for arm in design.arms}
    says = tuple(
        f"By its own dose ({one.asked}) {titles[name]} is {IN_WORDS[one.where]} the evidence; the "
        "trial is placed by its largest."
        for name, one in arms.items()
        if one.where != arms[most].where
    )
    return ByDose(arms[most], arms if len(arms) > 1 else {}, (*says, *ranges))


def _of_drugs(
    design: TrialDesign, seen: Sequence[TrialDesign], kg: float, biology: Biology
) -> Iterator[ByDose]:
    """The largest dose of each drug that a file gives itself; nothing of the usual ones."""
    table = drugs(biology)
    own = [one for arm in design.active for one in arm.interventions if drug_of(one) in table]
    for name in dict.fromkeys(str(drug_of(one)) for one in own if getattr(one, "dose_mg", None)):
        row = table[name]
        unit = f"mg of {name.replace('_', ' ')} a {'day' if is_oral(row) else 'week'}"
        others = doses_of_drug(seen, name, row)
        asked = {
            arm.name: max(doses)
            for arm in design.active
            if (doses := doses_of_drug([_alone(design, arm.name)], name, row, kg))
        }
        arms = {which: reached("dose", most, others, unit) for which, most in asked.items()}
        yield _by_dose(design, arms, max(asked, key=lambda which: asked[which]))


def _alone(design: TrialDesign, name: str) -> TrialDesign:
    """The trial with one of its active arms."""
    arms = tuple(one for one in design.arms if one.name == name or one.control)
    return design.model_copy(update={"arms": arms})
