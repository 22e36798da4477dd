"""The doses that the active arms of a trial give: of products, to whom, and of drugs."""

from __future__ import annotations

from collections.abc import Sequence

from gutskin.model.drugs import is_oral
from gutskin.model.rows import Row
from gutskin.population.drugs import drug_of, series_of
from gutskin.trials.design import TrialDesign

PRODUCT = "probiotic"
MOTHERS = "maternal_probiotic"  # what a mother takes before birth or while she nurses


def doses_of(design: TrialDesign, kind: str = PRODUCT) -> list[float]:
    """The daily doses of its products (CFU a day), in the middle where only a range is known.

    Parameters
    ----------
    kind : `PRODUCT`, what patients take themselves, or `MOTHERS`, what their mothers take
    """
    found = []
    for arm in design.active:
        for one in arm.interventions:
            dose = getattr(one, "cfu_per_day", None)
            if one.kind == kind and dose is not None:
                found.append(dose if isinstance(dose, float | int) else dose.median)
    return [float(one) for one in found]


def doses_of_drug(trials: Sequence[TrialDesign], name: str, row: Row) -> list[float]:
    """Of every course of a drug the most that it gives (mg a week; of a tablet mg a day).

    Parameters
    ----------
    name, row : of the drug in drugs.tsv
    """
    given = [one for trial in trials for arm in trial.active for one in arm.interventions]
    tiers = [
        [series.tier for series in series_of(one, row)] for one in given if drug_of(one) == name
    ]
    return [max(one.dose / (1.0 if is_oral(row) else one.weeks) for one in some) for some in tiers]
