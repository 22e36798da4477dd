"""Arms that part from the control too late for what compares them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gutskin.toml_file import sound_keys, sound_parts, table
from gutskin.trials.intervention_parts import INTERVENTIONS
from gutskin.trials.parts import Analysis, visits_told

if TYPE_CHECKING:
    from gutskin.toml_file import Known
    from gutskin.toml_text import Found


def parting_problems(raw: Mapping[str, Any], known: Known) -> Iterator[Found]:
    """Active arms in which nobody has taken anything of their own by the visit of the analysis.

    An arm that is given what the control is given parts from it never, which may be meant.

    Parameters
    ----------
    raw : the file; parts that are wrong elsewhere are passed over
    """
    arms, visits = raw.get("arms"), visits_told(raw)
    analysis = sound_keys(Analysis, table(raw, "analysis"))
    if not isinstance(arms, list | tuple) or visits is None or raw.get("crossover") is not None:
        return
    week = None if analysis is None else analysis.week
    week = visits.weeks[-1] if week is None else week
    given = [
        sound_parts(one.get("interventions"), INTERVENTIONS, known) if isinstance(one, dict) else {}
        for one in arms
    ]
    controls = [n for n, one in enumerate(arms) if isinstance(one, dict) and one.get("control")]
    if len(controls) != 1:
        return
    control = list(given[controls[0]].values())
    for number, its in enumerate(given):
        own = {place: one for place, one in its.items() if one not in control}
        theirs = [one for one in control if one not in its.values()]
        if number in controls or not own or _begun([*own.values(), *theirs], week):
            continue
        first = min(own, key=lambda place: own[place].start_week)
        if own[first].start_week > visits.weeks[-1]:
            continue  # told of itself
        what = f"what sets this arm apart begins at week {own[first].start_week:g}, and arms are "
        what += f"compared at week {week:g}: nobody has taken any of it by then."
        remedy = "Start it earlier, or compare arms at a later visit (`week` of [analysis])."
        yield ("arms", number, "interventions", first, "start_week"), what, remedy


def _begun(given: Sequence[Any], week: float) -> bool:
    """Whether anything of it is taken before a week; what has no start in weeks is."""
    return any(getattr(one, "start_week", 0.0) < week for one in given)
