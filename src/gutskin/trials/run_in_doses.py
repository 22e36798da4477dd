"""What a run-in gave, for the arms after it: since when, and whether both have room in a body."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gutskin.media import counted
from gutskin.model.biology import Biology
from gutskin.model.drugs import PLACES, drugs
from gutskin.model.rows import Row
from gutskin.population.drugs import antibodies_of, drug_of
from gutskin.population.mother import strains_of
from gutskin.population.strain_places import PLACES as STRAINS
from gutskin.toml_text import Found
from gutskin.trials.interventions import DAYS_PER_WEEK, calendar_of
from gutskin.trials.parts import RunIn


def begun_before(run_in: RunIn | None, table: Mapping[str, Row]) -> dict[str, float]:
    """Drug -> the day of its first injection in the run-in, counted from week 0 (below 0)."""
    if run_in is None:
        return {}
    days = run_in.weeks * DAYS_PER_WEEK
    given = [one for one in run_in.interventions if drug_of(one) is not None]
    found: dict[str, float] = {}
    for one in calendar_of(given, days, table).injections:
        found[one.kind] = min(found.get(one.kind, 0.0), one.day - days)
    return found


def shared_problems(
    before: Sequence[Any], given: Sequence[Any], biology: Biology
) -> Iterator[Found]:
    """More antibodies or strains than a body has room for, in a run-in and an arm after it.

    Parameters
    ----------
    before, given : whose form is right, of the run-in and of the arm

    Returns
    -------
    Iterator of (place in the arm, what is wrong, remedy)
    """
    table = drugs(biology)
    remedy = "Take some out of the arm or of the run-in."
    both = (*before, *given)
    antibodies = antibodies_of(both, table)
    if len(antibodies) > PLACES >= len(antibodies_of(given, table)):
        what = f"the run-in and the arm give {', '.join(antibodies)}: of antibodies a body has "
        what += f"places for {PLACES}."
        yield ("interventions",), what, remedy
    strains = strains_of(both)
    if strains_of(before) and len(strains) > STRAINS:
        what = f"the run-in and the arm give {counted(len(strains), 'strain')}; after a run-in "
        what += f"with strains there are places for {STRAINS}."
        yield ("interventions",), what, remedy


__all__ = ["begun_before", "shared_problems"]
