"""Where designs of a search stand to the evidence, by endpoint, week, dose and all else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gutskin.optimisation.readings import Key
from gutskin.optimisation.survey import SCALABLE
from gutskin.trials.standing import where_it_stands

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.trials.design import TrialDesign


def where_a_design_stands(
    design: TrialDesign, arm: str, key: Key, biology: Biology
) -> dict[str, Any]:
    """A design that is read from a trial, as plain values.

    Parameters
    ----------
    design : the trial of the file
    arm : its active arm
    key : what is compared; in whom (an enrichment) is not asked
    """
    active = next(one for one in design.active if one.name == arm)
    given = tuple(_times(one, key.dose) for one in active.interventions)
    asked = design.model_copy(
        update={
            "arms": (active.model_copy(update={"interventions": given}), design.control),
            "visits": design.visits.model_copy(update={"weeks": (0.0, key.week)}),
            "analysis": design.analysis.model_copy(
                update={"primary": key.endpoint, "endpoints": (key.endpoint,), "week": None}
            ),
        }
    )
    return where_it_stands(asked, biology)


def _times(given: Any, factor: float) -> Any:
    """An intervention with another dose."""
    doses = {key: getattr(given, key, None) for key in SCALABLE}
    known = {key: factor * one for key, one in doses.items() if isinstance(one, float | int)}
    return given.model_copy(update=known) if known and factor != 1 else given
