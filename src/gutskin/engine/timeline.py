"""The horizon of a schedule cut into segments, intervals and blocks of a fixed size.

Jumps and ramps of the inputs cut the time line into segments; on each of them every input is a
straight line. What is compiled takes a block of them, so that a longer horizon compiles nothing
anew.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gutskin.engine.schedule import Schedule

Floats = NDArray[np.float64]

LANES = 128  # patients computed together, unless the device wants more
BLOCK = 32  # segments in one call of the function that XLA compiles
SHORTEST = 1e-9  # days; in a shorter segment no input moves


@dataclass(frozen=True, eq=False)
class Timeline:
    """The horizon cut into segments, and the segments into intervals.

    Inside a segment every input is a straight line. A interval begins where an input or a state may
    jump or a result is wanted: there the patients wait for each other, at a ramp they do not.

    Parameters
    ----------
    times : Array [time] (days), the requested ones
    starts, stops : Array [segment] (days)
    interval : Array [segment] (bool), a interval begins with it
    restart : Array [segment] (bool), something may jump at its start
    output_segments : Array [time - 1], the segment that begins at each requested time but the last
    """

    times: Floats
    starts: Floats
    stops: Floats
    interval: NDArray[np.bool_]
    restart: NDArray[np.bool_]
    output_segments: NDArray[np.intp]

    def blocks(self, most: int) -> Iterator[tuple[int, int]]:
        """The segments in pieces, (number of the first, how many)."""
        for first in range(0, len(self.starts), most):
            yield first, min(most, len(self.starts) - first)

    @staticmethod
    def of(schedule: Schedule, times: Floats) -> Timeline:
        """The segments from the first to the last requested time."""
        points, jumps = schedule.breakpoints(), schedule.jumps()
        inside = points[(points > times[0]) & (points < times[-1])]
        edges = np.union1d(times, inside)
        restart = np.isin(edges[:-1], jumps)
        interval = restart | np.isin(edges[:-1], times)
        output_segments = np.searchsorted(edges, times[:-1])
        return Timeline(times, edges[:-1], edges[1:], interval, restart, output_segments)

    def output_indices(self, begin: int, intervals: EventIntervals) -> NDArray[np.intp]:
        """For every interval of the block from a segment on, the time it begins with, or -1."""
        segment = begin + intervals.first
        number = np.searchsorted(self.output_segments, segment)
        wanted = np.isin(segment, self.output_segments) & (intervals.after > intervals.first)
        return np.where(wanted, number, -1)


def ramped_inputs(schedule: Schedule, inputs: Sequence[str]) -> tuple[int, ...]:
    """The numbers of the inputs that follow straight lines (ramps)."""
    ramped = {course.parameter for course in schedule.courses}
    return tuple(number for number, name in enumerate(inputs) if name in ramped)


def group_of(first: int, patients: int, lanes: int = LANES) -> NDArray[np.intp]:
    """Indices of the patients of one group, the last one repeated to fill it."""
    return np.minimum(np.arange(first, first + lanes), patients - 1)


class SmoothSegments(NamedTuple):
    """The segments of a block; those that fill it up belong to no interval."""

    start: Any  # [segment] (days)
    length: Any  # [segment] (days)
    left: Any  # [segment, input, lane]
    slope: Any  # [segment, input that ramps, lane] (per day)


class EventIntervals(NamedTuple):
    """The intervals of a block; those that fill it up have no segments."""

    first: Any  # [interval], its first segment
    after: Any  # [interval], the segment after its last
    restart: Any  # [interval] (bool): an input or a state may jump at its start
    pulses: Any  # [interval], how many
    pulsed: Any  # [interval, pulse], index of the state; what follows the last adds nothing
    add: Any  # [interval, pulse, lane]


@dataclass(frozen=True)
class ParameterLayout:
    """How each parameter reaches the right-hand side; one function is compiled for each layout.

    Parameters
    ----------
    kinds : for every parameter "shared" (one number), "own" (one per patient) or "moved"
    order : for every moved one, its number among the inputs, by place
    """

    kinds: tuple[str, ...]
    order: tuple[int, ...]

    @staticmethod
    def of(ids: Sequence[str], own: Mapping[str, Floats], inputs: Sequence[str]) -> ParameterLayout:
        """The layout of parameters `own` (id -> number or Array [lane]) and of moved inputs."""
        kinds = tuple(
            "moved" if name in inputs else "own" if own[name].ndim else "shared" for name in ids
        )
        return ParameterLayout(kinds, tuple(inputs.index(name) for name in ids if name in inputs))

    def named(self, ids: Sequence[str], kind: str) -> list[str]:
        """Those of the ids that are of a kind."""
        return [name for name, other in zip(ids, self.kinds, strict=True) if other == kind]

    def places(self, kind: str) -> list[int]:
        """Where the parameters of a kind stand among all."""
        return [place for place, other in enumerate(self.kinds) if other == kind]

    def parameters(self, shared: Any, own: Any, moved: Any) -> list[Any]:
        """All parameters in the model's order, from the values of each kind in that order."""
        rows = {"shared": iter(shared), "own": iter(own), "moved": iter(moved)}
        return [next(rows[kind]) for kind in self.kinds]


def block_of_segments(
    schedule: Schedule,
    timeline: Timeline,
    inputs: tuple[str, ...],
    own: Mapping[str, Floats],
    state_ids: Sequence[str],
    first: int,
    lanes: int = LANES,
    size: int = BLOCK,
) -> tuple[SmoothSegments, EventIntervals]:
    """The segments from `first` on with their intervals, filled up to the size.

    Parameters
    ----------
    schedule : cut to the patients of one group
    timeline : the whole horizon
    inputs : ids of the moved inputs, in the order of the rows of `SmoothSegments`
    own : id -> number or Array [lane], the value of an input where nothing is scheduled
    state_ids : ids of the model's states
    first : number of the block's first segment
    lanes : patients computed together
    size : how many segments and intervals, some of which may fill up

    Returns
    -------
    SmoothSegments, EventIntervals
        numpy arrays
    """
    here = slice(first, first + size)
    count = len(timeline.starts[here])
    starts, stops = (np.full(size, timeline.stops[here][-1]) for _ in range(2))
    starts[:count], stops[:count] = timeline.starts[here], timeline.stops[here]
    segments = _segments(schedule, inputs, own, starts, stops, lanes)
    begin = timeline.interval[here].copy()
    begin[0] = True  # a block ends the interval that it cuts
    firsts = np.flatnonzero(begin)
    first_of, after_of = np.full((2, size), count)
    first_of[: len(firsts)] = firsts
    after_of[: len(firsts)] = [*firsts[1:], count]
    restart = np.zeros(size, bool)
    restart[: len(firsts)] = timeline.restart[here][firsts]
    restart[0] |= first == 0
    pulses = _pulses(schedule, state_ids, starts[firsts], size, lanes)
    return segments, EventIntervals(first_of, after_of, restart, *pulses)


def _segments(
    schedule: Schedule,
    inputs: tuple[str, ...],
    own: Mapping[str, Floats],
    starts: Floats,
    stops: Floats,
    lanes: int,
) -> SmoothSegments:
    """The straight lines of all inputs between starts and stops [segment] (days)."""
    size, length = len(starts), stops - starts
    ramped = ramped_inputs(schedule, inputs)
    left, slope = (np.zeros((size, many, lanes)) for many in (len(inputs), len(ramped)))
    # Within less than any step an input does not move, and its slope may be NaN.
    moves = length > SHORTEST
    for place, name in enumerate(inputs):
        one, other = (
            end.reshape(size, -1) for end in schedule.ends(name, starts, stops, own[name])
        )
        left[:, place] = one
        if place in ramped:
            slope[moves, ramped.index(place)] = (other - one)[moves] / length[moves, None]
    return SmoothSegments(starts, length, left, slope)


def _pulses(
    schedule: Schedule, state_ids: Sequence[str], begins: Floats, size: int, lanes: int
) -> tuple[NDArray[np.intp], NDArray[np.int64], Floats]:
    """How many pulses come at the beginning of each interval, on which states, how much.

    Parameters
    ----------
    begins : Array [interval] (days), of those that are there; at most `size`, which fill up
    """
    at: list[list[int]] = [[] for _ in range(size)]
    for number, pulse in enumerate(schedule.pulses):
        for interval in np.flatnonzero(begins == pulse.time):
            at[interval].append(number)
    most = max(len(numbers) for numbers in at)
    slots = max(4, 1 << max(most - 1, 0).bit_length())  # so that few shapes are compiled
    pulsed, add = np.zeros((size, slots), np.int64), np.zeros((size, slots, lanes))
    for interval, numbers in enumerate(at):
        for place, number in enumerate(numbers):
            pulsed[interval, place] = state_ids.index(schedule.pulses[number].state)
            add[interval, place] = schedule.pulses[number].add
    return np.array([len(numbers) for numbers in at]), pulsed, add
