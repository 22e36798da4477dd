"""The channels between rows of boxes: a track for every wire, with few tracks and few crossings.

A wire within a channel comes in at one place, runs along its track, and goes out at another. How
many tracks a channel needs follows from the wires. Pure geometry; no biology.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gutskin.report.wiring_rows import Wire, spread

TOP, BOTTOM = 2.6, 0.0  # shifts of the places where wires leave a box, above and below
PAD, STRAIGHT = 15.0, 16.0  # a channel's room for arrowheads; a channel without tracks
BETWEEN = 3.6  # clear space between tracks
APART = 8.0  # clear space between two wires on one track


@dataclass
class Net:
    """One wire in one channel: where it comes in and goes out (x, at the top?), on one track."""

    wire: Wire
    enter: tuple[float, bool] = (0.0, True)
    leave: tuple[float, bool] = (0.0, True)
    track: int = -1

    @property
    def pins(self) -> tuple[tuple[float, bool], tuple[float, bool]]:
        """Both of its ends."""
        return self.enter, self.leave

    @property
    def span(self) -> tuple[float, float]:
        """The x of its left and its right end."""
        return min(self.enter[0], self.leave[0]), max(self.enter[0], self.leave[0])


_Pin = tuple[float, str, Net, bool]  # where it heads, wire, its net, whether it goes out there


def sides_of(
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


def nets_of(
    wires: Sequence[Wire],
    row_of: Mapping[str, int],
    xs: Mapping[str, float],
    widths: Mapping[str, float],
    feed_x: Mapping[tuple[str, int], float],
    sides: Mapping[str, bool],
    beside: Mapping[str, float],
    rows: int,
) -> list[list[Net]]:
    """Every channel's nets with the x of their pins."""
    # what each side of each box has: (box, below?) -> (where it heads, wire, its net, goes out?)
    leaving: dict[tuple[str, bool], list[_Pin]] = defaultdict(list)
    channels: list[dict[str, Net]] = [{} for _ in range(rows)]
    middle = {box: x + widths[box] / 2 for box, x in xs.items()}
    for wire in wires:
        if wire.id in beside:
            continue
        first, last = row_of[wire.start], row_of[wire.end]
        if first == last:
            below = not sides[wire.id]
            channel = first if below else first - 1
            net = channels[channel][wire.id] = Net(wire)
            leaving[wire.start, below].append((middle[wire.end], wire.id, net, True))
            leaving[wire.end, below].append((middle[wire.start], wire.id, net, False))
            continue
        down = last > first
        stops = range(first, last + 1) if down else range(first, last - 1, -1)
        for r, following in pairwise(stops):
            channel = min(r, following)
            net = channels[channel].setdefault(wire.id, Net(wire))
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


def _pin(pins: list[_Pin], x: float, width: float, below: bool) -> None:
    """Spread the wires of one side of a box over it, in the order in which they part."""
    pins = sorted(pins, key=lambda pin: pin[:2])
    wires = [net.wire for _, _, net, _ in pins]
    spots = spread(wires, x, x + width, BOTTOM if below else TOP)
    for spot, (_, _, net, out) in zip(spots, pins, strict=True):
        if out:
            net.enter = (spot, below)
        else:
            net.leave = (spot, below)


def assign_tracks(nets: list[Net]) -> None:
    """Give every net a track: few tracks, then few crossings."""
    if not nets:
        return
    ends: list[float] = []
    members: list[list[Net]] = []
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


def _crossings(upper: Net, lower: Net) -> int:
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


def heights(
    nets: Sequence[Sequence[Net]], rows: int, box_height: float, top: float
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
