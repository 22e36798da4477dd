"""The axis as a figure of a page: the picture, and where it has no room the same as a list.

The list holds what the picture shows that moves: place by place the quantities with their change,
then the mechanisms that carry more or less than before, or than without the intervention.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from gutskin.media import in_xml
from gutskin.model.graph import places
from gutskin.report.axis import note_of, picture
from gutskin.report.axis_chart import GRADES, PLACES, Arrow, Chart
from gutskin.report.axis_svg import tint
from gutskin.report.figures import Figure
from gutskin.report.words import percent

if TYPE_CHECKING:
    from gutskin.evidence.fluxes import Change
    from gutskin.model.model import Model

MOST = 10  # mechanisms that the list names
LEAST = 0.005  # change of a flux below which it is not told


def axis_figure(model: Model, change: Change) -> Figure:
    """The whole axis in one patient before and after the first arm's intervention, or without."""
    states = {name: model.tables.species[name] for name in model.state_ids}
    chart = Chart(model.tables.mechanisms, states, places(model))
    svg = picture(model.tables.mechanisms, states, places(model), change).strip()
    return Figure(
        "axis",
        f"The whole axis, {' and '.join(change.moments)}",
        re.findall(r"<desc[^>]*>(.*?)</desc>", svg, flags=re.S)[0],
        "Drawn from the tables of the model: places from gut lumen to skin surface, all mechanisms "
        "with sign and evidence. Thickness, halo and colour are those of one patient on the first "
        "arm's intervention, without the daily noise and the extra care of a trial.",
        re.sub(r' xmlns="[^"]*"', "", svg, count=1),
        "\n".join(_list(chart, change)),
    )


def _list(chart: Chart, change: Change) -> Iterator[str]:
    yield '<div class="axis-list">'
    for place, chips in _moved(chart, change).items():
        title, holds, _ = PLACES[place]
        yield f"<h3>{in_xml(title)}</h3>"
        yield f'<p class="quiet">{in_xml(holds)}</p>' if holds else ""
        yield '<ul class="chips">'
        for label, note, colour in chips:
            yield f'<li style="background:{colour}">{in_xml(label)} <b>{in_xml(note)}</b></li>'
        yield "</ul>"
    moved = _carriers(chart, change)
    if moved:
        yield "<h3>Mechanisms that carry more or less</h3>"
        yield "<ul>"
        for one, before, after in moved:
            says = f"{one.statement} ({GRADES[one.grade]})"
            yield f"<li>{in_xml(says)}: <b>{percent(before)} → {percent(after)}</b></li>"
        yield "</ul>"
        says = f"Share of what each acts on that hangs on it, {' and '.join(change.moments)}."
        yield f'<p class="quiet">{says}</p>'
    yield "</div>"


def _moved(chart: Chart, change: Change) -> dict[str, list[tuple[str, str, str]]]:
    """Place -> what moved there: label, change in words, colour."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for r, row in enumerate(chart.rows):
        for place, chips in row:
            for chip in chips:
                note, moved = note_of(chart, f"{chip.label}@{r}", change)
                if note:
                    most = max(moved, key=abs)
                    found.setdefault(place, []).append((chip.label, note, tint(most)))
    return found


def _carriers(chart: Chart, change: Change) -> list[tuple[Arrow, float, float]]:
    """The mechanisms whose flux moves most, with what each carries before and after."""
    carried = [
        (one, *change.fluxes[one.id])
        for one in chart.arrows
        if one.id in change.fluxes
        and abs(change.fluxes[one.id][1] - change.fluxes[one.id][0]) >= LEAST
    ]
    return sorted(carried, key=lambda one: -abs(one[2] - one[1]))[:MOST]
