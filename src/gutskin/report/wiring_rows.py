"""Boxes in rows: how wide each is, where it stands, and the gaps through which wires pass.

Every box is as wide as its text and the busier of its two sides need; what is left over of a row
widens its gaps. Pure geometry; no biology.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

PITCH = 8.0  # between the places where wires may leave a box
FEED = (5.2, 6.6)  # shifts of the places in gaps of even and odd rows, so that no two meet
GAP, MARGIN = 16.0, 4.0  # least gap between boxes, least gap at the ends of a row
THICK = 4.0  # from here on two wires side by side need more room

Gap = tuple[int, int]  # row, place in the row


@dataclass(frozen=True)
class Segment:
    """A part of a row: boxes from left to right between two borders."""

    left: float
    right: float
    boxes: tuple[str, ...]


@dataclass(frozen=True)
class Wire:
    """From one box to another, so many pixels thick."""

    id: str
    start: str
    end: str
    thick: float = 1.0


def rows_of(rows: Sequence[Sequence[Segment]]) -> dict[str, int]:
    """The row of every box."""
    return {box: r for r, row in enumerate(rows) for part in row for box in part.boxes}


def across(
    rows: Sequence[Sequence[Segment]],
    widths: Mapping[str, float],
    wires: Sequence[Wire],
    row_of: Mapping[str, int],
) -> tuple[
    dict[str, float], dict[Gap, tuple[float, float]], dict[tuple[str, int], Gap], dict[str, float]
]:
    """Left edges of boxes, gaps, the gaps that wires pass, and the final widths of boxes."""
    widths = _wide_enough(widths, wires, row_of)
    xs, gaps = _columns(rows, widths, {})
    crossed = _feeds(wires, row_of, xs, widths, gaps)
    xs, gaps = _columns(rows, widths, _counted(crossed, wires))
    return xs, gaps, crossed, widths


def _step(a: Wire, b: Wire) -> int:
    """How many places two neighbours lie apart: two if both are thick."""
    return 2 if min(a.thick, b.thick) >= THICK else 1


def _room(wires: Sequence[Wire]) -> int:
    """How many places wires side by side may need, in any order."""
    thick = sum(wire.thick >= THICK for wire in wires)
    return len(wires) + max(thick - 1, 0)


def spread(wires: Sequence[Wire], left: float, right: float, shift: float) -> list[float]:
    """Where wires side by side run between two borders, on the grid of their kind."""
    steps = [_step(a, b) for a, b in pairwise(wires)]
    whole = sum(steps)
    wide = 2 if PITCH * 2 * whole + 2 * MARGIN <= right - left else 1
    first = (left + right - PITCH * wide * whole) / 2
    first = round((first - shift) / PITCH) * PITCH + shift
    return [first + PITCH * wide * sum(steps[:k]) for k in range(len(wires))]


def _wide_enough(
    widths: Mapping[str, float], wires: Sequence[Wire], row_of: Mapping[str, int]
) -> dict[str, float]:
    """Every box as wide as its text and the busier of its two sides need."""
    above: dict[str, list[Wire]] = defaultdict(list)
    below: dict[str, list[Wire]] = defaultdict(list)
    level: dict[str, list[Wire]] = defaultdict(list)  # may come to lie on either side
    for wire in wires:
        down = row_of[wire.end] - row_of[wire.start]
        (below if down > 0 else above if down < 0 else level)[wire.start].append(wire)
        (above if down > 0 else below if down < 0 else level)[wire.end].append(wire)
    need = {
        box: PITCH * (max(_room(above[box]), _room(below[box])) + _room(level[box]) // 2)
        + 2 * MARGIN
        for box in widths
    }
    return {box: max(width, need[box]) for box, width in widths.items()}


def _columns(
    rows: Sequence[Sequence[Segment]], widths: Mapping[str, float], feeds: Mapping[Gap, int]
) -> tuple[dict[str, float], dict[Gap, tuple[float, float]]]:
    """Left edge of every box, and the borders of every gap; what is left over widens the gaps."""
    xs: dict[str, float] = {}
    gaps: dict[Gap, tuple[float, float]] = {}
    for r, row in enumerate(rows):
        number = 0
        for part in row:
            n = len(part.boxes)
            least = _least(part, r, number, feeds)
            whole = sum(least) + sum(widths[box] for box in part.boxes)
            spare = (part.right - part.left - whole) / max(n, 1)
            shares = [0.5 if k in (0, n) else 1.0 for k in range(n + 1)]
            x = part.left
            for k, size in enumerate(least):
                end = x + max(size + shares[k] * spare, MARGIN if k in (0, n) else 8.0)
                gaps[r, number + k] = (x, end)
                x = end
                if k < n:
                    xs[part.boxes[k]] = x
                    x += widths[part.boxes[k]]
            number += n + 1
    return xs, gaps


def _least(part: Segment, r: int, number: int, feeds: Mapping[Gap, int]) -> list[float]:
    """The least width of every gap of a segment whose first gap has a number in its row."""
    n = len(part.boxes)
    return [
        (MARGIN if k in (0, n) else GAP) + PITCH * feeds.get((r, number + k), 0)
        for k in range(n + 1)
    ]


def _feeds(
    wires: Sequence[Wire],
    row_of: Mapping[str, int],
    xs: Mapping[str, float],
    widths: Mapping[str, float],
    gaps: Mapping[Gap, tuple[float, float]],
) -> dict[tuple[str, int], Gap]:
    """The gap through which a wire passes each row between its ends: (wire, row) -> gap."""
    chosen: dict[tuple[str, int], Gap] = {}
    load: dict[Gap, int] = defaultdict(int)
    for wire in wires:
        first, last = row_of[wire.start], row_of[wire.end]
        step = 1 if last > first else -1
        x = xs[wire.start] + widths[wire.start] / 2
        goal = xs[wire.end] + widths[wire.end] / 2
        for r in range(first + step, last, step):
            left = abs(last - r)
            ideal = goal + (x - goal) * (left / (left + 1)) * 0.5
            options = [(gap, (a + b) / 2) for gap, (a, b) in gaps.items() if gap[0] == r]
            # a detour costs, and so does a crowd
            gap, x = min(options, key=lambda one: abs(one[1] - ideal) + PITCH * load[one[0]])
            load[gap] += 1
            chosen[wire.id, r] = gap
    return chosen


def _counted(crossed: Mapping[tuple[str, int], Gap], wires: Sequence[Wire]) -> dict[Gap, int]:
    by_id = {wire.id: wire for wire in wires}
    members: dict[Gap, list[Wire]] = defaultdict(list)
    for (name, _), gap in crossed.items():
        members[gap].append(by_id[name])
    return {gap: _room(own) for gap, own in members.items()}


def feed_positions(
    crossed: Mapping[tuple[str, int], Gap],
    gaps: Mapping[Gap, tuple[float, float]],
    row_of: Mapping[str, int],
    centres: Mapping[str, float],
    wires: Sequence[Wire],
) -> dict[tuple[str, int], float]:
    """Where wires run in each gap that they pass, in the order in which they part."""
    ends = {wire.id: centres[wire.start] + centres[wire.end] for wire in wires}
    members: dict[Gap, list[str]] = defaultdict(list)
    for (name, _), gap in crossed.items():
        members[gap].append(name)
    by_id = {wire.id: wire for wire in wires}
    found = {}
    for (r, k), names in members.items():
        names.sort(key=lambda name: (ends[name], name))
        xs = spread([by_id[name] for name in names], *gaps[r, k], FEED[r % 2])
        found |= {(name, r): x for name, x in zip(names, xs, strict=True)}
    return found


def overflow(
    rows: Sequence[Sequence[Segment]], widths: Mapping[str, float], wires: Sequence[Wire]
) -> list[list[float]]:
    """How much wider every segment of every row ought to be (pixels); 0 if it has room."""
    _, _, crossed, widths = across(rows, widths, wires, rows_of(rows))
    feeds = _counted(crossed, wires)
    found = []
    for r, row in enumerate(rows):
        number, over = 0, []
        for part in row:
            least = sum(_least(part, r, number, feeds)) + sum(widths[box] for box in part.boxes)
            over.append(max(0.0, least - (part.right - part.left)))
            number += len(part.boxes) + 1
        found.append(over)
    return found
