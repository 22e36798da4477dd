"""The picture of the axis in words: its title, what stands beneath it, and what it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gutskin.media import shortened
from gutskin.report.axis_chart import GRADES, ROUTES, Chart
from gutskin.user_text import in_sentence

if TYPE_CHECKING:
    from gutskin.evidence.fluxes import Change

LONGEST_NAME = 56  # letters of an intervention in the title


def titles(change: Change | None) -> tuple[str, str]:
    """The title of the picture, and the line beneath it."""
    if change is None:
        return "The gut-skin axis", "Every mechanism of the model, with its sign and its evidence."
    first, second = change.quantities["scorad"]
    before, after = change.moments
    what = shortened(in_sentence(change.intervention), LONGEST_NAME)
    title = f"The gut-skin axis, before and after {change.weeks:g} weeks of the {what}"
    if change.from_birth:
        title = f"The gut-skin axis {change.weeks:g} weeks after birth, without and on the {what}"
    says = (
        f"Computed for one patient: {change.patient}. {change.stance.capitalize()} stance. "
        f"SCORAD {first:.1f} {before}, {second:.1f} {after}."
    )
    return title, says


def described(chart: Chart, change: Change | None) -> str:
    """The picture in words."""
    counts = {grade: sum(one.grade == grade for one in chart.arrows) for grade in GRADES}
    says = [
        f"{len(chart.arrows)} mechanisms between {len(chart.chips)} groups of states: "
        "gut lumen, gut wall, blood and lymph, skin immunity, epidermis, skin surface, itch and "
        "score, and what is eaten and what the skin meets.",
        "Evidence grades: " + ", ".join(f"{n} {grade}" for grade, n in counts.items()) + ".",
    ]
    for route in ROUTES:
        own = [f"{one.statement} ({one.grade})" for one in chart.arrows if one.route == route]
        says.append(f"By {route}: " + "; ".join(own) + ".")
    if change is not None:
        before, after = change.quantities["scorad"]
        when = ("without", "on") if change.from_birth else ("before", "after")
        says.append(
            f"SCORAD is {before:.1f} {when[0]} and {after:.1f} {when[1]} {change.intervention}."
        )
    return " ".join(says)
