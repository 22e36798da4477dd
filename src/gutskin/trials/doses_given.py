"""The doses that the active arms of a trial give: of products, to whom, and of drugs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gutskin.model.drugs import is_oral
from gutskin.model.rows import Row
from gutskin.population.drugs import drug_of, series_of
from gutskin.trials.design import TrialDesign
from gutskin.trials.doses_by_weight import kilograms

PRODUCT = "probiotic"
MOTHERS = "maternal_probiotic"  # what a mother takes before birth or while she nurses


class GivenDose(NamedTuple):
    """A daily dose of a product that an arm is given.

    Parameters
    ----------
    cells : CFU a day, in the middle where only a range is known
    known : that range
    """

    arm: str
    cells: float
    known: tuple[float, float] | None = None


def doses_in(design: TrialDesign, kind: str = PRODUCT, kg: float = 1.0) -> list[GivenDose]:
    """The daily doses of the products of its active arms.

    Parameters
    ----------
    kg : what a patient weighs, where amounts are for each kilogram
    kind : `PRODUCT`, what patients take themselves, or `MOTHERS`, what their mothers take
    """
    found = []
    for arm in design.active:
        for one in arm.interventions:
            dose = getattr(one, "cfu_per_day", None)
            if one.kind != kind or dose is None:
                continue
            by = kilograms(one, kg)
            if isinstance(dose, float | int):
                found.append(GivenDose(arm.name, float(by * dose)))
            else:
                ends = float(by * dose.low), float(by * dose.high)
                found.append(GivenDose(arm.name, float(by * dose.median), ends))
    return found


def doses_of(design: TrialDesign, kind: str = PRODUCT, kg: float = 1.0) -> list[float]:
    """The same as numbers (CFU a day), in the middle where only a range is known."""
    return [one.cells for one in doses_in(design, kind, kg)]


def weeks_taken(design: TrialDesign) -> float:
    """For how many weeks a product is taken until the visit that is analysed, at most in an arm.

    0 where nobody takes one himself.
    """
    end = float(design.visits.weeks[design.analysed])
    longest = 0.0
    for arm in design.active:
        taken, until = 0.0, 0.0
        courses = [
            (one.start_week, min(one.end_week, end))
            for one in arm.interventions
            if one.kind == PRODUCT
        ]
        for first, last in sorted(courses):
            taken += max(0.0, last - max(first, until))
            until = max(until, last)
        longest = max(longest, taken)
    return longest


def doses_of_drug(
    trials: Sequence[TrialDesign], name: str, row: Row, kg: float = 1.0
) -> list[float]:
    """Of every course of a drug the most that it gives (mg a week; of a tablet mg a day).

    Parameters
    ----------
    name, row : of the drug in drugs.tsv
    kg : what a patient weighs, where amounts are for each kilogram
    """
    given = [one for trial in trials for arm in trial.active for one in arm.interventions]
    return [
        kilograms(one, kg)
        * max(
            series.tier.dose / (1.0 if is_oral(row) else series.tier.weeks)
            for series in series_of(one, row)
        )
        for one in given
        if drug_of(one) == name
    ]
