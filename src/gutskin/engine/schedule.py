"""What happens to a patient and when: exposures held, doses given, inputs that follow a course.

Three primitives say everything: an input that is held for a while (`Hold`), a state that jumps at
a moment (`Pulse`), and an input that follows straight lines (`Course`). A value at a jump is the
one after the jump. Times are in days and common to the whole batch.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import inf, isfinite

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gutskin.errors import InputError, Problem, nearest
from gutskin.media import counted

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Hold:
    """An input holds a value for a while; before and after it has the patient's own value.

    Parameters
    ----------
    parameter : id of the input
    start : first moment of the hold (days), included
    end : end of the hold (days), excluded; infinity means for good
    value : number or Array [patient] (unit of the parameter)
    """

    parameter: str
    start: float
    end: float
    value: ArrayLike

    def problems(self) -> Iterator[Problem]:
        """What is wrong with this hold."""
        name = f"Hold of {self.parameter!r} from {self.start} to {self.end}"
        if not isfinite(self.start) or not (isfinite(self.end) or self.end == inf):
            yield Problem(f"{name}: a time is not a number.", remedy="Give times in days.")
        elif not self.end > self.start:
            yield Problem(f"{name}: the end is not after the start.", remedy="Swap or drop it.")
        yield from _value_problems(name, "value", self.value, 1)


@dataclass(frozen=True)
class Pulse:
    """A state jumps by an amount at a moment: a dose of a drug, a transplant.

    Parameters
    ----------
    state : id of the state
    time : moment of the jump (days)
    add : what is added, number or Array [patient] (unit of the state)
    """

    state: str
    time: float
    add: ArrayLike

    def problems(self) -> Iterator[Problem]:
        """What is wrong with this pulse."""
        name = f"Pulse of {self.state!r} at {self.time}"
        if not isfinite(self.time):
            yield Problem(f"{name}: the time is not a number.", remedy="Give it in days.")
        yield from _value_problems(name, "amount", self.add, 1)


@dataclass(frozen=True)
class Course:
    """An input follows straight lines between points; before and after them it stays constant.

    Parameters
    ----------
    parameter : id of the input
    times : Array [time] (days), increasing
    values : Array [time] or [time, patient] (unit of the parameter)
    """

    parameter: str
    times: ArrayLike
    values: ArrayLike

    def problems(self) -> Iterator[Problem]:
        """What is wrong with this course."""
        name = f"Course of {self.parameter!r}"
        times, values = np.asarray(self.times, float), np.asarray(self.values, float)
        if times.ndim != 1 or len(times) == 0:
            yield Problem(f"{name}: times have shape {times.shape}.", remedy="Give a list of days.")
            return
        if not np.isfinite(times).all():
            yield Problem(f"{name}: a time is not a number.", remedy="Give times in days.")
        elif (np.diff(times) <= 0).any():
            at = int(np.argmax(np.diff(times) <= 0)) + 1
            yield Problem(
                f"{name}: time {times[at]} follows {times[at - 1]}.",
                remedy="Times must increase; a jump is a Hold.",
            )
        if values.ndim not in (1, 2) or len(values) != len(times):
            yield Problem(
                f"{name}: {counted(len(times), 'time')} but values of shape {values.shape}.",
                remedy="Give one value, or one row [patient], for each time.",
            )
        yield from _value_problems(name, "value", values, 2)

    def at(self, times: ArrayLike) -> Floats:
        """Values on the straight lines, [moment] or [moment, patient]."""
        knots, values = np.asarray(self.times, float), np.asarray(self.values, float)
        wanted = np.clip(np.asarray(times, float), knots[0], knots[-1])
        right = np.clip(np.searchsorted(knots, wanted, side="right"), 1, max(len(knots) - 1, 1))
        left, right = right - 1, np.minimum(right, len(knots) - 1)
        width = np.where(right > left, knots[right] - knots[left], 1.0)
        share = (wanted - knots[left]) / width
        if values.ndim == 2:
            share = share[:, None]
        return values[left] * (1.0 - share) + values[right] * share


@dataclass(frozen=True)
class Schedule:
    """Everything that is done to a batch of patients.

    Raises `InputError` with all problems together when it contradicts itself.

    Parameters
    ----------
    holds, pulses, courses : the primitives, in any order

    Examples
    --------
    >>> bath = Schedule(holds=[Hold("bleach_bath", 0.0, 28.0, 1.0)])
    >>> bath.breakpoints().tolist()
    [0.0, 28.0]
    >>> bath.values("bleach_bath", [-1.0, 0.0, 28.0], otherwise=0.0).tolist()
    [0.0, 1.0, 0.0]
    """

    holds: Sequence[Hold] = ()
    pulses: Sequence[Pulse] = ()
    courses: Sequence[Course] = ()
    _by_parameter: dict[str, tuple[Hold, ...] | Course] = field(
        init=False, repr=False, compare=False, default_factory=dict
    )

    def __post_init__(self) -> None:
        for name in ("holds", "pulses", "courses"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        problems = list(self._problems())
        if problems:
            raise InputError(problems)
        held: dict[str, list[Hold]] = {}
        for hold in sorted(self.holds, key=lambda hold: hold.start):
            held.setdefault(hold.parameter, []).append(hold)
        self._by_parameter.update({name: tuple(holds) for name, holds in held.items()})
        self._by_parameter.update({course.parameter: course for course in self.courses})

    def _problems(self) -> Iterator[Problem]:
        for primitive in (*self.holds, *self.pulses, *self.courses):
            yield from primitive.problems()
        in_order = sorted(self.holds, key=lambda hold: (hold.parameter, hold.start))
        for one, other in pairwise(in_order):
            if one.parameter == other.parameter and other.start < one.end:
                yield Problem(
                    f"Two holds of {one.parameter!r} overlap: {one.start} to {one.end} and "
                    f"{other.start} to {other.end}.",
                    remedy="End the first where the second starts, or add them into one.",
                )
        coursed = [course.parameter for course in self.courses]
        for name in sorted({name for name in coursed if coursed.count(name) > 1}):
            yield Problem(f"{name!r} has more than one course.", remedy="Join them into one.")
        for name in sorted(set(coursed) & {hold.parameter for hold in self.holds}):
            yield Problem(
                f"{name!r} is both held and follows a course.", remedy="Write it as one course."
            )

    @property
    def parameters(self) -> tuple[str, ...]:
        """Ids of the inputs that this schedule moves, sorted."""
        return tuple(sorted(self._by_parameter))

    def breakpoints(self) -> Floats:
        """Moments at which an input jumps or turns, or a state jumps (days), sorted, each once."""
        knots = [np.asarray(course.times, float) for course in self.courses]
        return np.unique(np.concatenate([self.jumps(), *knots]))

    def jumps(self) -> Floats:
        """Moments at which an input or a state may jump (days), sorted, each once."""
        times = [time for hold in self.holds for time in (hold.start, hold.end) if isfinite(time)]
        return np.unique(np.array([*times, *(pulse.time for pulse in self.pulses)], float))

    def values(self, parameter: str, times: ArrayLike, otherwise: ArrayLike) -> Floats:
        """Value of an input at moments; at a jump the value after it.

        Parameters
        ----------
        parameter : id of the input
        times : Array [moment] (days)
        otherwise : number or Array [patient], its value where nothing is scheduled

        Returns
        -------
        Array [moment] or [moment, patient]
        """
        moments = np.asarray(times, float)
        moved = self._by_parameter.get(parameter, ())
        if isinstance(moved, Course):
            return moved.at(moments)
        levels = [np.asarray(level, float) for level in (otherwise, *(h.value for h in moved))]
        shape = np.broadcast_shapes(*(level.shape for level in levels))
        table = np.stack([np.broadcast_to(level, shape) for level in levels])
        which = np.zeros(moments.shape, int)
        for number, hold in enumerate(moved, start=1):
            which[(moments >= hold.start) & (moments < hold.end)] = number
        return table[which]

    def ends(
        self, parameter: str, starts: ArrayLike, stops: ArrayLike, otherwise: ArrayLike
    ) -> tuple[Floats, Floats]:
        """Value of an input just after the start and just before the stop of each segment.

        The segments must not contain a breakpoint of the schedule inside: on each of them the
        input is then a straight line between the two values.

        Parameters
        ----------
        parameter : id of the input
        starts, stops : Array [segment] (days)
        otherwise : number or Array [patient], its value where nothing is scheduled

        Returns
        -------
        left, right : Array [segment] or [segment, patient]
        """
        left = self.values(parameter, starts, otherwise)
        if isinstance(self._by_parameter.get(parameter), Course):
            return left, self.values(parameter, stops, otherwise)
        return left, left

    def shifted(self, days: float) -> Schedule:
        """The same schedule, later by a number of days."""
        return Schedule(
            [replace(hold, start=hold.start + days, end=hold.end + days) for hold in self.holds],
            [replace(pulse, time=pulse.time + days) for pulse in self.pulses],
            [replace(c, times=np.asarray(c.times, float) + days) for c in self.courses],
        )

    def merged(self, other: Schedule) -> Schedule:
        """Both schedules together; a contradiction between them raises `InputError`."""
        return Schedule(
            (*self.holds, *other.holds),
            (*self.pulses, *other.pulses),
            (*self.courses, *other.courses),
        )

    def problems_with(
        self, state_ids: Sequence[str], parameter_ids: Sequence[str], patients: int
    ) -> Iterator[Problem]:
        """What does not fit a model and a batch: unknown ids, a wrong number of patients."""
        for pulse in self.pulses:
            if pulse.state not in state_ids:
                yield Problem(
                    f"Pulse of {pulse.state!r}: the model has no such state.",
                    remedy=nearest(pulse.state, state_ids),
                )
        for name in self.parameters:
            if name not in parameter_ids:
                yield Problem(
                    f"The schedule moves {name!r}: the model has no such parameter.",
                    remedy=nearest(name, parameter_ids),
                )
        yield from self._size_problems(patients)

    def _size_problems(self, patients: int) -> Iterator[Problem]:
        sized: list[tuple[str, ArrayLike, int]] = [
            *((f"Hold of {hold.parameter!r}", hold.value, 1) for hold in self.holds),
            *((f"Pulse of {pulse.state!r}", pulse.add, 1) for pulse in self.pulses),
            *((f"Course of {course.parameter!r}", course.values, 2) for course in self.courses),
        ]
        for name, value, per_patient in sized:
            shape = np.shape(value)
            if len(shape) == per_patient and shape[-1] != patients:
                yield Problem(
                    f"{name}: values for {shape[-1]} patients in a batch of {patients}.",
                    remedy="Give one number, or one per patient.",
                )

    def for_patients(self, chosen: slice | NDArray[np.intp]) -> Schedule:
        """The schedule of some of the patients: values given per patient are cut to them."""

        def cut(value: ArrayLike, per_patient: int) -> ArrayLike:
            array = np.asarray(value, float)
            return array[..., chosen] if array.ndim == per_patient else array

        return Schedule(
            [replace(hold, value=cut(hold.value, 1)) for hold in self.holds],
            [replace(pulse, add=cut(pulse.add, 1)) for pulse in self.pulses],
            [replace(course, values=cut(course.values, 2)) for course in self.courses],
        )


def _value_problems(name: str, what: str, value: ArrayLike, most: int) -> Iterable[Problem]:
    try:
        array = np.asarray(value, float)
    except (TypeError, ValueError):
        return [Problem(f"{name}: the {what} is not a number.", remedy="Give a finite number.")]
    if array.ndim > most:
        return [Problem(f"{name}: the {what} has shape {array.shape}.", remedy="Too many axes.")]
    if not np.isfinite(array).all():
        return [Problem(f"{name}: a {what} is not finite.", remedy="Give finite numbers.")]
    return []
