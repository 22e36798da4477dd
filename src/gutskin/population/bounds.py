"""What the numbers of a body may be: no amount below nothing, no score beyond its scale.

A course outside these bounds is a failure of the computation, or of parameters far outside their
range, and never a result. Being ill is no such thing: a state that its own equation takes below
nothing is signed in species.tsv, scores saturate at the ends of their scales, and no body comes
near the largest size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from gutskin.media import of_all
from gutskin.model.model import Model
from gutskin.model.rows import Row

if TYPE_CHECKING:
    from gutskin.engine import Trajectories

Floats = NDArray[np.float64]

BELOW = 0.1  # of a state's typical size: how far under nothing rounding may bring an amount
BEYOND = 1e6  # typical sizes: nothing in a body is as large
NAMED = 5  # patients that a message names
NOTHING_READ: Mapping[str, Floats] = MappingProxyType({})


@dataclass(frozen=True)
class Range:
    """From the least to the largest value of a quantity, both included.

    Parameters
    ----------
    label : what the quantity is called
    shown : the range in words; empty if nothing needs to be said
    """

    label: str
    least: float
    largest: float
    shown: str = ""

    def why(self, value: float) -> str:
        """What is wrong with a value, in words."""
        return f"{self.label} is {value:.4g}{self.shown}"


def ranges_of_states(model: Model) -> tuple[Range, ...]:
    """The range of each state, in the order of `state_ids`."""
    signed = frozenset(model.signed_ids)
    return tuple(
        Range(name, -(BEYOND if name in signed else BELOW) * size, BEYOND * size)
        for name, size in zip(model.state_ids, np.asarray(model.scales).tolist(), strict=True)
    )


def range_of_endpoint(row: Row) -> Range:
    """The scale of an endpoint; what is measured by its logarithm is positive.

    The ends belong to the scale, within rounding of 32-bit numbers.
    """
    log = row.text("scale") == "log"
    low, high = row.number("low", -np.inf), row.number("high", np.inf)
    least = max(low, np.nextafter(0.0, 1.0)) if log else low
    near = 1e-6 * (high - least) if np.isfinite(high - least) else 0.0
    most = np.finfo(float).max
    shown = f", outside {max(low, 0.0) if log else low:g} to {high:g}"
    return Range(row.text("label"), max(least - near, -most), min(high + near, most), shown)


def ranges_of_quantities(model: Model) -> Mapping[str, Range]:
    """The range of every quantity that an endpoint is read from, by its id.

    Of several endpoints of one quantity the scale is that of the one that is the quantity itself,
    and not who responds (`cutoff`) or what is left of it (`less`).
    """
    rows = sorted(
        model.tables.endpoints.values(),
        key=lambda row: not (row.text("cutoff") or row.text("less")),
    )  # the quantity itself comes last, and stays
    return {row.text("quantity"): range_of_endpoint(row) for row in rows}


@dataclass(frozen=True, eq=False)
class Excursions:
    """Where a batch of courses left its bounds.

    Parameters
    ----------
    times : Array [time] (days)
    ranges : of what was looked at
    values : Array [time, quantity, patient]
    out : Array [time, quantity, patient] (bool)
    """

    times: Floats
    ranges: Sequence[Range]
    values: Floats
    out: NDArray[np.bool_]

    @property
    def patients(self) -> NDArray[np.bool_]:
        """Array [patient], who left them at any time."""
        return self.out.any(axis=(0, 1))

    def first(self, patient: int) -> tuple[float, str]:
        """The day on which a patient left his bounds first, and how."""
        when, place = np.argwhere(self.out[:, :, patient])[0]
        value = float(self.values[when, place, patient])
        return float(self.times[when]), self.ranges[place].why(value)


def excursions(times: Floats, ranges: Sequence[Range], values: Floats) -> Excursions:
    """Where courses leave their bounds.

    Parameters
    ----------
    times : Array [time] (days)
    ranges : one for each quantity
    values : Array [time, quantity, patient]
    """
    least = np.array([one.least for one in ranges])[:, None]
    largest = np.array([one.largest for one in ranges])[:, None]
    with np.errstate(invalid="ignore"):
        out = ~((values >= least) & (values <= largest))
    return Excursions(times, ranges, values, out)


def refuse_unsound(
    model: Model, courses: Trajectories, read: Mapping[str, Floats] = NOTHING_READ
) -> Trajectories:
    """These courses, all of which were computed and stayed within their bounds.

    Parameters
    ----------
    read : quantities that were read from them, id -> Array [time, patient]

    Raises
    ------
    SimulationFailed
        Naming the patients whose course failed, or left its bounds.
    """
    from gutskin.engine import SimulationFailed

    courses.raise_if_failed()
    known = ranges_of_quantities(model)
    names = [name for name in read if name in known]
    shape = (len(names), len(courses.times), courses.states.shape[2])
    values = np.reshape([read[name] for name in names], shape).swapaxes(0, 1)
    looked_at = (
        (ranges_of_states(model), courses.states),
        (tuple(known[name] for name in names), values),
    )
    for ranges, seen in looked_at:
        found = excursions(courses.times, ranges, seen)
        if (who := np.flatnonzero(found.patients)).size:
            raise SimulationFailed(_message(found, who, courses.states.shape[2]))
    return courses


def _message(found: Excursions, who: NDArray[np.intp], patients: int) -> str:
    firsts = [(int(patient), *found.first(int(patient))) for patient in who[:NAMED]]
    named = "; ".join(f"patient {patient}, day {day:.4g}: {why}" for patient, day, why in firsts)
    more = f"; and {len(who) - NAMED} more" if len(who) > NAMED else ""
    return (
        f"The course of {of_all(len(who), patients, 'patient')} left its bounds: {named}{more}. "
        "Look at this patient's parameters for one far outside its range, at his start, and at "
        "what begins at that time."
    )
