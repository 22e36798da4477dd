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

PITCH = 8.0  # between the places where wires may leave a box
TOP, BOTTOM, FEED = 2.6, 0.0, (5.2, 6.6)  # shifts of these places, so that no two of them meet
GAP, MARGIN = 16.0, 4.0  # least gap between boxes, least gap at the ends of a row
PAD, STRAIGHT = 15.0, 16.0  # a channel's room for arrowheads; a channel without tracks
BETWEEN = 3.6  # clear space between tracks
APART = 8.0  # clear space between two wires on one track
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


@dataclass
class _Net:
    """One wire in one channel: where it comes in and goes out (x, at the top?), on one track."""

    wire: Wire
    enter: tuple[float, bool] = (0.0, True)
    leave: tuple[float, bool] = (0.0, True)
    track: int = -1

    @property
    def pins(self) -> tuple[tuple[float, bool], tuple[float, bool]]:
        return self.enter, self.leave

    @property
    def span(self) -> tuple[float, float]:
        return min(self.enter[0], self.leave[0]), max(self.enter[0], self.leave[0])


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
    row_of = _rows_of(rows)
    xs, gaps, crossed, widths = _across(rows, widths, wires, row_of)
    centres = {box: x + widths[box] / 2 for box, x in xs.items()}
    feed_x = _feed_positions(crossed, gaps, row_of, centres, wires)
    beside = _neighbours(rows, wires)
    sides = _sides(wires, row_of, centres, beside, len(rows))
    nets = _nets(wires, row_of, xs, widths, feed_x, sides, beside, len(rows))
    for channel in nets:
        _order(channel)
    tops, tracks, height = _heights(nets, len(rows), box_height, top)
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


def overflow(
    rows: Sequence[Sequence[Segment]], widths: Mapping[str, float], wires: Sequence[Wire]
) -> list[list[float]]:
    """How much wider every segment of every row ought to be (pixels); 0 if it has room."""
    _, _, crossed, widths = _across(rows, widths, wires, _rows_of(rows))
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


def _least(part: Segment, r: int, number: int, feeds: Mapping[Gap, int]) -> list[float]:
    """The least width of every gap of a segment whose first gap has a number in its row."""
    n = len(part.boxes)
    return [
        (MARGIN if k in (0, n) else GAP) + PITCH * feeds.get((r, number + k), 0)
        for k in range(n + 1)
    ]


def _rows_of(rows: Sequence[Sequence[Segment]]) -> dict[str, int]:
    return {box: r for r, row in enumerate(rows) for part in row for box in part.boxes}


def _across(
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


def _spread(wires: Sequence[Wire], left: float, right: float, shift: float) -> list[float]:
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


def _feed_positions(
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
        xs = _spread([by_id[name] for name in names], *gaps[r, k], FEED[r % 2])
        found |= {(name, r): x for name, x in zip(names, xs, strict=True)}
    return found


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


def _sides(
    wires: Sequence[Wire],
    row_of: Mapping[str, int],
    centres: Mapping[str, float],
    beside: Mapping[str, float],
    rows: int,
) -> dict[str, bool]:
    """Whether a wire within a row runs above it: wherever fewer wires run."""
    busy: dict[int, list[tuple[float, float]]] = defaultdict(list)
    level = []
    for wire in wires:
        a, b = sorted((centres[wire.start], centres[wire.end]))
        first, last = sorted((row_of[wire.start], row_of[wire.end]))
        if first == last:
            level.append((b - a, wire.id, wire, a, b))
        for channel in range(first, last):
            busy[channel].append((a, b))
    above = {}
    for _, name, wire, a, b in sorted(level, key=lambda one: one[:2]):
        if name in beside:
            continue
        r = row_of[wire.start]
        loads = [sum(low < b and high > a for low, high in busy[channel]) for channel in (r - 1, r)]
        above[name] = r > 0 and (loads[0] < loads[1] or r == rows - 1)
        busy[r - 1 if above[name] else r].append((a, b))
    return above


def _nets(
    wires: Sequence[Wire],
    row_of: Mapping[str, int],
    xs: Mapping[str, float],
    widths: Mapping[str, float],
    feed_x: Mapping[tuple[str, int], float],
    sides: Mapping[str, bool],
    beside: Mapping[str, float],
    rows: int,
) -> list[list[_Net]]:
    """Every channel's nets with the x of their pins."""
    # what each side of each box has: (box, below?) -> (where it heads, wire, its net, goes out?)
    leaving: dict[tuple[str, bool], list[_Pin]] = defaultdict(list)
    channels: list[dict[str, _Net]] = [{} for _ in range(rows)]
    middle = {box: x + widths[box] / 2 for box, x in xs.items()}
    for wire in wires:
        if wire.id in beside:
            continue
        first, last = row_of[wire.start], row_of[wire.end]
        if first == last:
            below = not sides[wire.id]
            channel = first if below else first - 1
            net = channels[channel][wire.id] = _Net(wire)
            leaving[wire.start, below].append((middle[wire.end], wire.id, net, True))
            leaving[wire.end, below].append((middle[wire.start], wire.id, net, False))
            continue
        down = last > first
        stops = range(first, last + 1) if down else range(first, last - 1, -1)
        for r, following in pairwise(stops):
            channel = min(r, following)
            net = channels[channel].setdefault(wire.id, _Net(wire))
            here = feed_x.get((wire.id, r), middle[wire.start])
            there = feed_x.get((wire.id, following), middle[wire.end])
            if r == first:
                leaving[wire.start, down].append((there, wire.id, net, True))
            else:
                net.enter = (here, down)
            if following == last:
                leaving[wire.end, not down].append((here, wire.id, net, False))
            else:
                net.leave = (there, not down)
    for (box, below), pins in leaving.items():
        _pin(pins, xs[box], widths[box], below)
    return [list(one.values()) for one in channels]


_Pin = tuple[float, str, _Net, bool]


def _pin(pins: list[_Pin], x: float, width: float, below: bool) -> None:
    """Spread the wires of one side of a box over it, in the order in which they part."""
    pins = sorted(pins, key=lambda pin: pin[:2])
    wires = [net.wire for _, _, net, _ in pins]
    spots = _spread(wires, x, x + width, BOTTOM if below else TOP)
    for spot, (_, _, net, out) in zip(spots, pins, strict=True):
        if out:
            net.enter = (spot, below)
        else:
            net.leave = (spot, below)


def _order(nets: list[_Net]) -> None:
    """Give every net a track: few tracks, then few crossings."""
    if not nets:
        return
    ends: list[float] = []
    members: list[list[_Net]] = []
    for net in sorted(nets, key=lambda net: (net.span, net.wire.id)):
        low, high = net.span
        free = [t for t, end in enumerate(ends) if end + APART < low]
        if free:
            # the tightest fit
            track = max(free, key=lambda t: ends[t])
            ends[track] = high
            members[track].append(net)
        else:
            ends.append(high)
            members.append([net])
    cost = [[sum(_crossings(a, b) for a in up for b in low) for low in members] for up in members]
    order = _sorted(cost)
    for place, track in enumerate(order):
        for net in members[track]:
            net.track = place


def _crossings(upper: _Net, lower: _Net) -> int:
    """How often two wires cross if the first runs on a higher track."""
    (a, b), (c, d) = upper.span, lower.span
    down = sum(c <= x <= d for x, above in upper.pins if not above)
    up = sum(a <= x <= b for x, above in lower.pins if above)
    return down + up


def _sorted(cost: Sequence[Sequence[int]]) -> list[int]:
    """An order of tracks with few crossings: each moves to its best place until none gains."""
    order = list(range(len(cost)))
    for _ in range(len(order)):
        moved = False
        for track in range(len(cost)):
            rest = [one for one in order if one != track]
            # what it costs to stand before the first, the second, ... of the others
            costs = [sum(cost[track][one] for one in rest)]
            for one in rest:
                costs.append(costs[-1] - cost[track][one] + cost[one][track])
            here = order.index(track)
            best = min(range(len(costs)), key=costs.__getitem__)
            if costs[best] < costs[here]:
                order = [*rest[:best], track, *rest[best:]]
                moved = True
        if not moved:
            break
    return order


def _heights(
    nets: Sequence[Sequence[_Net]], rows: int, box_height: float, top: float
) -> tuple[list[float], list[dict[int, float]], float]:
    """Height (y) of every row, of every track of every channel, and of the lowest point."""
    tops, tracks, y = [], [], top
    for r in range(rows):
        tops.append(y)
        y += box_height
        thick: dict[int, float] = defaultdict(float)
        for net in nets[r]:
            thick[net.track] = max(thick[net.track], net.wire.thick)
        own = {}
        if thick:
            y += PAD
            for track in sorted(thick):
                own[track] = y + thick[track] / 2
                y += thick[track] + BETWEEN
            y += PAD - BETWEEN
        elif r < rows - 1:
            y += STRAIGHT
        tracks.append(own)
    return tops, tracks, y


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
    own: Sequence[tuple[int, _Net]],
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
