"""The whole axis in one picture, drawn from the tables: places, states, and every mechanism.

With what a patient's body carries before and after an intervention, arrows have a thickness and
states a colour. Hand-written SVG with real text.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from typing import TYPE_CHECKING

from gutskin.media import in_xml
from gutskin.model.graph import places
from gutskin.report.axis_chart import OTHER, PLACES, ROUTES, SIGNS, Arrow, Chart, Chip
from gutskin.report.axis_svg import (
    FAINT,
    INK,
    KEY,
    LABEL,
    LESS,
    MORE,
    NOTE,
    QUIET,
    dash,
    head_of,
    legend,
    level,
    rounded,
    stroke,
    text_at,
    text_width,
    thickness,
    tint,
    towards,
)  # fmt: skip
from gutskin.report.axis_words import described, titles
from gutskin.report.wiring import Placed, place
from gutskin.report.wiring_rows import Segment, Wire, overflow

if TYPE_CHECKING:
    from gutskin.evidence.fluxes import Change
    from gutskin.model.model import Model
    from gutskin.model.rows import Row

WIDTH, BOX = 1240.0, 38.0  # WIDTH grows if the boxes need more
FLORA = 700.0  # width of the chip that stands for all guilds beneath it
LEFT, PANEL, EDGE = 104.0, 330.0, 10.0  # gutter with the names, panel at the right, border
SHEETS = 20  # how often a wider sheet is tried
LONG = 17  # letters up to which a label takes one line
TOP = 150.0
FONT = "Helvetica, Arial, 'Liberation Sans', 'Nimbus Sans', sans-serif"
NOTHING = 0.05  # share of its typical size below which a state is as good as not there
HALO = 0.02  # a flux that moves by less between before and after has no halo


def axis_picture(model: Model, change: Change | None = None) -> str:
    """The axis of a model as SVG text, with thickness and colour if a change is given."""
    states = {name: model.tables.species[name] for name in model.state_ids}
    return picture(model.tables.mechanisms, states, places(model), change)


def picture(
    mechanisms: Mapping[str, Row],
    states: Mapping[str, Row],
    fragments: Mapping[str, str],
    change: Change | None = None,
) -> str:
    """The axis as SVG text.

    Parameters
    ----------
    mechanisms : rows of mechanisms.tsv by id
    states : rows of species.tsv by id
    fragments : id of a state or an assigned quantity -> the fragment that holds it
    change : what a patient's body carries before and after; without it all arrows are alike

    Raises
    ------
    InputError
        For a mechanism with a sign or a grade that the picture does not know.
    """
    chart = Chart(mechanisms, states, fragments)
    return "\n".join(_svg(chart, change)) + "\n"


def relative_change(name: str, before: float, after: float, typical: float) -> float | None:
    """How far a quantity moved, relative to before; none if it came from nothing.

    A logarithm (`ln_`) is taken back first. Below a twentieth of its typical size a quantity counts
    as nothing.

    Examples
    --------
    >>> round(relative_change("ln_cons_lesional", 0.0, 0.1, 1.0), 3)
    0.105
    >>> relative_change("gut_strain_1", 0, 2, 1), relative_change("blood_treg", 0.01, 0.02, 1)
    (None, 0.0)
    """
    if name.startswith("ln_"):
        return math.expm1(after - before)
    least = NOTHING * typical
    if abs(before) <= least:
        return 0.0 if abs(after) <= least else None
    return after / before - 1


def differences(picture: str, other: str) -> list[str]:
    """In what the arrows of two pictures differ, in words.

    A mechanism, its ends, sign, route, grade and statement must be the same. A thickness may be one
    step off, and is not compared where one of the two has none.
    """
    first, second = _drawn(picture), _drawn(other)
    found = [f"{name} is in one of the two pictures only." for name in sorted({*first} ^ {*second})]
    for name in sorted({*first} & {*second}):
        a, b = first[name], second[name]
        found += [
            f"{name}: {key} is {a[key]!r} in one and {b[key]!r} in the other."
            for key in ("from", "to", "sign", "route", "grade", "statement")
            if a[key] != b[key]
        ]
        found += [
            f"{name}: thickness {key} is step {a[key]} in one and {b[key]} in the other."
            for key in ("before", "after")
            if key in a and key in b and abs(int(a[key]) - int(b[key])) > 1
        ]
    return found


def _drawn(svg: str) -> dict[str, dict[str, str]]:
    """What a picture says of each mechanism."""
    found = {}
    for words, title in re.findall(r'<g class="mechanism" (.*?)>\s*<title>(.*?)</title>', svg):
        own = {key: unescape(cell) for key, cell in re.findall(r'data-(\w+)="(.*?)"', words)}
        own["statement"] = unescape(title).removeprefix(own["id"]).rpartition(" (")[0].strip()
        found[own["id"]] = own
    return found


def _svg(chart: Chart, change: Change | None) -> Iterator[str]:
    fluxes = change.fluxes if change else {}
    notes = {key: note_of(chart, key, change) for key in chart.chips}
    widths = {
        key: max(
            *(text_width(line, LABEL, bold=True) for line in _lines(chip.label)),
            text_width(notes[key][0], NOTE), FLORA if "gut_biomass" in chip.names else 0.0,
        ) + 12
        for key, chip in chart.chips.items()
    }  # fmt: skip
    wires = [
        Wire(one.id, one.start, one.end, thickness(_after(fluxes, one.id)))
        for one in chart.arrows
        if one.start != one.end
    ]
    wires += [Wire(f"link-{a}-{b}", a, b, 1.2) for a, _, b in chart.links]
    placed, right, panel = _placed(chart, widths, wires)
    wide = right + EDGE
    bottom = placed.height + 24
    height = bottom + 196
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide:.0f} {height:.0f}" role="img" '
        f'aria-labelledby="axis-title axis-desc" font-family="{FONT}">'
    )
    title, subtitle = titles(change)
    moments = None if change is None else change.moments
    yield f'<title id="axis-title">{in_xml(title)}</title>'
    yield f'<desc id="axis-desc">{in_xml(described(chart, change))}</desc>'
    yield f'<rect width="{wide:.0f}" height="{height:.0f}" fill="#ffffff"/>'
    yield from _heading(title, subtitle)
    yield from _grounds(chart, placed, right, right - panel)
    for a, sign, b in chart.links:
        yield from _link(placed.wires[f"link-{a}-{b}"], sign)
    for one in sorted(chart.arrows, key=lambda one: fluxes.get(one.id, (0, 0))[1]):
        yield from _arrow(one, placed, fluxes.get(one.id), moments)
    for key in chart.chips:
        yield from _chip(chart.chips[key].label, placed.boxes[key], notes[key])
    yield from legend(bottom, right, moments)
    yield "</svg>"


def _after(fluxes: Mapping[str, tuple[float, float]], name: str) -> float | None:
    return fluxes[name][1] if name in fluxes else None


def _placed(
    chart: Chart, widths: Mapping[str, float], wires: Sequence[Wire]
) -> tuple[Placed, float, float]:
    """Everything placed on a sheet as wide as needed, its right border, the right panel's width."""
    right, panel, rows = WIDTH - EDGE, PANEL, []
    for _ in range(SHEETS):
        rows = [_segments(r, row, right, panel) for r, row in enumerate(chart.rows)]
        over = overflow(rows, widths, wires)
        more = max((row[1] for row in over if len(row) > 1), default=0.0)
        grow = max(row[0] for row in over) + more
        if grow == 0:
            break
        panel += more
        right += grow
    return place(rows, widths, wires, BOX, TOP), right, panel


def _segments(
    r: int, row: Sequence[tuple[str, list[Chip]]], right: float, panel: float
) -> list[Segment]:
    borders = [LEFT, right - panel, right] if len(row) > 1 else [LEFT, right]
    return [
        Segment(borders[i] + (66 if i else 8), borders[i + 1] - 8,
                tuple(f"{chip.label}@{r}" for chip in chips))
        for i, (_, chips) in enumerate(row)
    ]  # fmt: skip


def _lines(label: str) -> list[str]:
    """A label on one line, or on two if it is long."""
    if len(label) <= LONG:
        return [label]
    return textwrap.wrap(label, max(len(label) // 2 + 3, *map(len, label.split())))[:3]


def _heading(title: str, subtitle: str) -> Iterator[str]:
    yield text_at(20, 32, title, 20, INK, bold=True)
    yield text_at(20, 54, subtitle, 13.5, QUIET)
    yield text_at(20, 84, "From gut to skin by four routes:", KEY, INK, bold=True)
    for i, (route, (colour, means)) in enumerate(ROUTES.items()):
        x, y = (20, 560)[i % 2] + 240 * (i % 2 == 0), 84 + 22 * (i // 2)
        x = 250 if i % 2 == 0 else 690
        yield f'<path d="M{x},{y - 4} h30" stroke="{colour}" stroke-width="5"/>'
        yield text_at(x + 38, y, route, KEY, colour, bold=True)
        yield text_at(x + 38 + text_width(route, KEY, bold=True) + 6, y, means, KEY, INK)
    back = "Arrows that point up lead back from skin to gut."
    yield text_at(20, 106, back.split(" lead")[0], KEY, QUIET)
    yield text_at(20, 122, "lead" + back.split(" lead")[1], KEY, QUIET)


def _grounds(chart: Chart, placed: Placed, edge_right: float, split: float) -> Iterator[str]:
    spans: dict[str, list[float]] = {}
    for r, row in enumerate(chart.rows):
        for i, (name, chips) in enumerate(row):
            y = placed.boxes[f"{chips[0].label}@{r}"][1]
            left = split + 4 if i else 8.0
            right = split - 4 if len(row) > 1 and not i else edge_right + 2
            top = spans[name][1] if name in spans else y - 11
            spans[name] = [left, top, right, y + BOX + 11]
    for name, (left, top, right, end) in spans.items():
        title, holds, ground = PLACES[name]
        edge = FAINT if ground == "none" else "#d9c3bd"
        dash = ' stroke-dasharray="4 4"' if ground == "none" else ""
        yield (
            f'<rect x="{left:g}" y="{top:.1f}" width="{right - left:.1f}" '
            f'height="{end - top:.1f}" rx="9" fill="{ground}" stroke="{edge}"{dash}/>'
        )
        lines = [(line, True) for line in textwrap.wrap(title, 12)]
        lines += [(line, False) for line in textwrap.wrap(holds, 14)] if left < LEFT else []
        middle = top + 11 + BOX / 2 if left > LEFT else (top + end) / 2
        y = middle - 7 * len(lines) + 11
        for i, (line, bold) in enumerate(lines):
            size = 12.5 if bold else 10.5
            yield text_at(left + 7, y + 14 * i, line, size, INK if bold else QUIET, bold=bold)


def note_of(chart: Chart, key: str, change: Change | None) -> tuple[str, tuple[float, ...]]:
    """What stands beneath a chip's label, and how far each of its parts moved (as ln)."""
    if change is None:
        return "", ()
    texts, moved = [], []
    for name in chart.shown(key, change.quantities):
        before, after = change.quantities[name]
        share = relative_change(name, before, after, chart.typical(name))
        moved.append(math.inf if share is None else math.log1p(max(share, -0.999)))
        if share is None:
            texts.append("new")
        elif name == "scorad":
            texts.append(f"{before:.1f} → {after:.1f}")
        elif name.startswith("skin_ph_"):
            texts.append(f"{after - before:+.2f}".replace("-", "−"))
        else:
            texts.append(f"{100 * share:+.0f}%".replace("-", "−"))
    still = {"+0%", "−0%", "+0.00", "−0.00"}
    if all(text in still for text in texts):
        return "", ()
    texts = ["0" if text in still else text for text in texts]
    return " · ".join(dict.fromkeys(texts) if len(set(texts)) == 1 else texts), tuple(moved)


def _chip(
    label: str, box: tuple[float, float, float, float], note: tuple[str, tuple[float, ...]]
) -> Iterator[str]:
    x, y, width, height = box
    text, moved = note
    yield '<g class="chip">'
    parts = moved or (0.0,)
    step = width / len(parts)
    for i, one in enumerate(parts):
        yield (
            f'<rect x="{x + i * step:.1f}" y="{y:.1f}" width="{step:.1f}" height="{height:g}" '
            f'fill="{tint(one)}"/>'
        )
    yield (
        f'<rect class="box" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:g}" '
        f'fill="none" stroke="{QUIET}"/>'
    )
    middle = x + width / 2
    lines = [(line, LABEL, True) for line in _lines(label)] + [(text, NOTE, False)] * bool(text)
    size = min(LABEL, (height - 3) / len(lines) - 0.6)
    step = (height - 4) / max(len(lines), 2)
    base = y + height / 2 - step * (len(lines) - 1) / 2 + 4.2
    for i, (words, most, bold) in enumerate(lines):
        yield text_at(middle, base + step * i, words, min(size, most), INK, bold=bold,
                      anchor="middle")  # fmt: skip
    yield "</g>"


def _arrow(
    one: Arrow,
    placed: Placed,
    flux: tuple[float, float] | None,
    moments: tuple[str, str] | None,
) -> Iterator[str]:
    thick = thickness(None if flux is None else flux[1])
    colour = (ROUTES.get(one.route) or OTHER.get(one.route) or OTHER[""])[0]
    carried = (
        "" if flux is None else f' data-before="{level(flux[0])}" data-after="{level(flux[1])}"'
    )
    yield (
        f'<g class="mechanism" data-id="{one.id}" data-from="{in_xml(one.start)}" '
        f'data-to="{in_xml(one.end)}" data-sign="{one.sign}" data-route="{one.route}" '
        f'data-grade="{one.grade}"{carried}>'
    )
    words = f"{one.id} {one.statement} ({SIGNS[one.sign]}; grade {one.grade}"
    if flux is not None and moments is not None:
        words += f"; flux {flux[0]:.0%} {moments[0]}, {flux[1]:.0%} {moments[1]}"
    yield f"<title>{in_xml(words)})</title>"
    if one.id in placed.wires:
        points = placed.wires[one.id]
        head, taken = head_of(points, one.sign, thick)
        line = rounded([*points[:-1], towards(points[-1], points[-2], taken)])
        halo = _halo(flux)
        if halo:
            yield stroke(line, halo, thick + 6, ' stroke-opacity="0.75"')
        else:
            yield stroke(line, "#ffffff", thick + 2.4, ' stroke-opacity="0.85"')
        yield stroke(line, colour, thick, dash(one.grade, thick))
        yield f'<polygon points="{head}" fill="{colour}"/>'
    else:
        yield from _loop(placed.boxes[one.end], one, colour, thick)
    yield "</g>"


def _loop(
    box: tuple[float, float, float, float], one: Arrow, colour: str, thick: float
) -> Iterator[str]:
    """A mechanism within one chip: a small bow over its corner."""
    x, y = box[0] + box[2], box[1]
    thick = min(thick, 2.8)
    points = ((x - 13, y), (x - 13, y - 9), (x + 7, y - 9), (x + 7, y + 9), (x, y + 9))
    head, taken = head_of(points, one.sign, thick)
    path = rounded([*points[:-1], towards(points[-1], points[-2], taken)], 4)
    yield stroke(path, colour, thick, dash(one.grade, thick))
    yield f'<polygon points="{head}" fill="{colour}"/>'


def _halo(flux: tuple[float, float] | None) -> str:
    if flux is None or abs(flux[1] - flux[0]) < max(HALO, 0.1 * max(flux)):
        return ""
    return MORE if flux[1] > flux[0] else LESS


def _link(points: Sequence[tuple[float, float]], sign: str) -> Iterator[str]:
    head, taken = head_of(points, sign, 0.8)
    yield stroke(rounded([*points[:-1], towards(points[-1], points[-2], taken)]), FAINT, 1.2)
    yield f'<polygon points="{head}" fill="{FAINT}"/>'
