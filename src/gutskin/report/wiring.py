"""Boxes in rows and wires between them that never run through a box or along one another.

Between two rows lies a channel. A wire leaves its box, takes a track of its own in the channel, and
goes on through a gap of the next row if its end lies farther. How many tracks a channel needs
follows from the wires, so whatever the tables hold fits. Pure geometry; no biology.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gutskin.report.wiring_channels import Net, assign_tracks, heights, nets_of, sides_of
from gutskin.report.wiring_rows import Segment, Wire, across, feed_positions, rows_of


@dataclass(frozen=True)
class Placed:
    """Where everything lies.

    Parameters
    ----------
    boxes : id -> left, top, width, height
    wires : id -> points from start to end
    height : lowest point
    """

    boxes: Mapping[str, tuple[float, float, float, float]]
    wires: Mapping[str, tuple[tuple[float, float], ...]]
    height: float


def place(
    rows: Sequence[Sequence[Segment]],
    widths: Mapping[str, float],
    wires: Sequence[Wire],
    box_height: float,
    top: float,
) -> Placed:
    """Place boxes and wires.

    Parameters
    ----------
    rows : from top to bottom
    widths : id of a box -> the width that its text needs
    wires : the order decides nothing but ties
    box_height, top : height of every box, y of the first row
    """
    row_of = rows_of(rows)
    xs, gaps, crossed, widths = across(rows, widths, wires, row_of)
    centres = {box: x + widths[box] / 2 for box, x in xs.items()}
    feed_x = feed_positions(crossed, gaps, row_of, centres, wires)
    beside = _neighbours(rows, wires)
    sides = sides_of(wires, row_of, centres, beside, len(rows))
    nets = nets_of(wires, row_of, xs, widths, feed_x, sides, beside, len(rows))
    for channel in nets:
        assign_tracks(channel)
    tops, tracks, height = heights(nets, len(rows), box_height, top)
    boxes = {box: (x, tops[row_of[box]], widths[box], box_height) for box, x in xs.items()}
    paths = {}
    for wire in wires:
        if wire.id in beside:
            paths[wire.id] = _straight(wire, beside[wire.id], boxes)
        else:
            own = [
                (c, net) for c, channel in enumerate(nets) for net in channel if net.wire == wire
            ]
            paths[wire.id] = _path(wire, own, tracks, row_of, tops, box_height, sides)
    return Placed(boxes, paths, height)


def _neighbours(rows: Sequence[Sequence[Segment]], wires: Sequence[Wire]) -> dict[str, float]:
    """Wires between boxes side by side: they go straight; wire -> shift from the middle."""
    next_to = {frozenset(pair) for row in rows for part in row for pair in pairwise(part.boxes)}
    pairs: dict[frozenset[str], list[str]] = defaultdict(list)
    for wire in wires:
        pair = frozenset((wire.start, wire.end))
        if pair in next_to:
            pairs[pair].append(wire.id)
    return {
        name: 11.0 * (k - (len(names) - 1) / 2)
        for names in pairs.values()
        for k, name in enumerate(names[:3])
    }


def _straight(
    wire: Wire, shift: float, boxes: Mapping[str, tuple[float, float, float, float]]
) -> tuple[tuple[float, float], ...]:
    """A wire from the side of a box to the side of the next."""
    a, b = boxes[wire.start], boxes[wire.end]
    y = a[1] + a[3] / 2 + shift
    if a[0] < b[0]:
        return ((a[0] + a[2], y), (b[0], y))
    return ((a[0], y), (b[0] + b[2], y))


def _path(
    wire: Wire,
    own: Sequence[tuple[int, Net]],
    tracks: Sequence[Mapping[int, float]],
    row_of: Mapping[str, int],
    tops: Sequence[float],
    box_height: float,
    sides: Mapping[str, bool],
) -> tuple[tuple[float, float], ...]:
    """The points of a wire through its channels."""
    first, last = row_of[wire.start], row_of[wire.end]
    if first == last:
        ((channel, net),) = own
        (a, _), (b, _) = net.enter, net.leave
        y = tops[first] if sides[wire.id] else tops[first] + box_height
        track = tracks[channel][net.track]
        return ((a, y), (a, track), (b, track), (b, y))
    down = last > first
    points: list[tuple[float, float]] = []
    for channel, net in own if down else reversed(own):
        enter, leave = net.enter[0], net.leave[0]
        track = tracks[channel][net.track]
        if not points:
            points.append((enter, tops[first] + box_height if down else tops[first]))
        points += [(enter, track), (leave, track)]
    points.append((points[-1][0], tops[last] if down else tops[last] + box_height))
    return tuple(points)
