"""The doses that the active arms of a trial give: of products, to whom, and of drugs."""

from __future__ import annotations

from collections.abc import Sequence

from gutskin.model.drugs import is_oral
from gutskin.model.rows import Row
from gutskin.population.drugs import drug_of, series_of
from gutskin.trials.design import TrialDesign
from gutskin.trials.doses_by_weight import kilograms

PRODUCT = "probiotic"
MOTHERS = "maternal_probiotic"  # what a mother takes before birth or while she nurses


def doses_of(design: TrialDesign, kind: str = PRODUCT, kg: float = 1.0) -> list[float]:
    """The daily doses of its products (CFU a day), in the middle where only a range is known.

    Parameters
    ----------
    kg : what a patient weighs, where amounts are for each kilogram
    kind : `PRODUCT`, what patients take themselves, or `MOTHERS`, what their mothers take
    """
    found = []
    for arm in design.active:
        for one in arm.interventions:
            dose = getattr(one, "cfu_per_day", None)
            if one.kind == kind and dose is not None:
                known = dose if isinstance(dose, float | int) else dose.median
                found.append(known * kilograms(one, kg))
    return [float(one) for one in found]


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
