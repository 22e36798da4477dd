"""Endpoints: what is read from a body, and what a trial writes down.

`endpoints.tsv` names the model quantity behind each endpoint, its measurement error (additive, or
on the logarithm), the ends of its scale, and whether being treated at all lowers it (expectation,
for what the patient rates). An endpoint of scale `event` is 1 in who reaches `cutoff` at a visit
and 0 in who does not; of scale `ever` it stays 1 from then on. The error is that of the quantity.
Those of scale `fall` (the score has fallen from its own baseline by a share), `drop` (by so many
points) and `below` (it is at most so much) are responders: the record is that of the score itself,
error and all, and who left or was rescued has failed. `less` names parts of the quantity that an
endpoint leaves out. One of scale `grade` is the grade of a physician, from 0 up, whose ends on the
score are the numbers of `cutoff`; one of scale `count` the number of times so far that the score
has risen by so many points above its lowest since the last time; where a trial has a second part,
since that began, and in a crossover since its period did.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from gutskin.model.rows import Row
from gutskin.population.draw import WIDTH
from gutskin.population.streams import Keys, draw

if TYPE_CHECKING:
    from gutskin.engine import Trajectories
    from gutskin.model.model import Model

EVENT, EVER = "event", "ever"
FALL, BELOW, DROP = "fall", "below", "drop"  # responders
RESPONSES = (FALL, BELOW, DROP)
GRADE, COUNT = "grade", "count"
OF_A_RECORD = (*RESPONSES, GRADE, COUNT)  # told by the record of another endpoint
BARE = "units"  # of a number without a unit that is no share of patients
MOMENT = 1e-6  # days
RATED = ("scorad", "easi")  # quantities that a physician scores
SUBJECTIVE = ("itch_score", "sleep_loss")  # the part of SCORAD that the patient rates


@dataclass(frozen=True)
class Endpoint:
    """One endpoint and its measurement."""

    name: str
    quantity: str
    unit: str
    label: str
    log: bool
    noise: float
    noise_spread: float
    low: float
    high: float
    expectation: float
    lower_is_better: bool
    cutoff: float | None = None
    ever: bool = False
    response: str = ""
    record: str = ""
    less: tuple[str, ...] = ()
    noise_at: float | None = None
    grades: tuple[float, ...] = ()
    counts: bool = False
    asked: tuple[float, float] | None = None  # ages (years) of whom it is asked, None of everybody

    @property
    def scale(self) -> str:
        """Its scale, as endpoints.tsv has it."""
        if self.grades or self.counts:
            return GRADE if self.grades else COUNT
        if self.cutoff is None:
            plain = "linear" if self.noise_at is None else "root"
            return "log" if self.log else plain
        return self.response or (EVER if self.ever else EVENT)

    @property
    def stream(self) -> str:
        """The endpoint whose record it is."""
        return self.record or self.name


def endpoints_of(model: Model, names: Sequence[str]) -> tuple[Endpoint, ...]:
    """The endpoints with these names, from endpoints.tsv."""
    table = model.tables.endpoints
    rows = [table[name] for name in names]
    return tuple(
        Endpoint(
            row.id, row.text("quantity"), unit_of(row), row.text("label"),
            row.text("scale") == "log", row.number("noise"), _spread(row),
            row.number("low", -np.inf),
            row.number("high", np.inf), row.number("expectation"),
            row.text("better") != "higher",
            row.number("cutoff") if row.text("cutoff") and row.text("scale") != GRADE else None,
            row.text("scale") == EVER,
            row.text("scale") if row.text("scale") in RESPONSES else "",
            _record_of(row, table),
            tuple(name for name in row.text("less").split(";") if name),
            row.number("noise_at") if row.text("noise_at") else None,
            grades_of(row), row.text("scale") == COUNT, asked_of(row),
        )
        for row in rows
    )  # fmt: skip


def unit_of(row: Row) -> str:
    """The unit in which a trial tells it: `1` is a share of patients, and of no other number."""
    bare = row.text("unit") == "1" and not row.text("cutoff")
    return BARE if bare else row.text("unit")


def _spread(row: Row) -> float:
    """How far the error differs between trials: the sd of its logarithm, 0 where no width is."""
    if not row.text("noise_low") or not row.text("noise_high") or not row.number("noise"):
        return 0.0
    return float(np.log(row.number("noise_high") / row.number("noise_low")) / WIDTH)


def grades_of(row: Row) -> tuple[float, ...]:
    """The highest score of every grade but the last; none of an endpoint without grades."""
    if row.text("scale") != GRADE:
        return ()
    return tuple(float(one) for one in row.text("cutoff").split(";"))


def asked_of(row: Row) -> tuple[float, float] | None:
    """The ages of whom an endpoint is asked (years); None of whatever is asked of everybody."""
    ends = row.number("asked_from", 0.0), row.number("asked_until", np.inf)
    return None if ends == (0.0, np.inf) else ends


def _record_of(row: Row, table: Mapping[str, Row]) -> str:
    """The endpoint that is written down where another is told by its record."""
    if row.text("scale") not in OF_A_RECORD:
        return row.id
    same = (one for one in table.values() if one.text("quantity") == row.text("quantity"))
    return next(one.id for one in same if not one.text("cutoff"))


def read(courses: Trajectories, endpoints: Sequence[Endpoint]) -> tuple[np.ndarray, np.ndarray]:
    """True values [endpoint, time, patient]; subjective points of SCORAD [time, patient].

    Nobody is treated yet when he is seen first, and who comes to the last visit still is: where a
    treatment begins or ends at a visit, what it does at once is that of the moment before.
    """
    courses = replace(courses, before=MOMENT)
    names = (*(one.quantity for one in endpoints), *SUBJECTIVE)
    without = tuple(name for one in endpoints for name in one.less if name not in names)
    names = (*names, *dict.fromkeys(without))
    values = np.moveaxis(courses.quantities(names), 1, 0)
    subjective = values[len(endpoints) : len(endpoints) + len(SUBJECTIVE)].sum(axis=0)
    own = values[: len(endpoints)]
    if any(one.less for one in endpoints):
        left = [sum(values[names.index(name)] for name in one.less) for one in endpoints]
        own = np.stack([value - less for value, less in zip(own, left, strict=True)])
    return own, subjective


def measurement_noise(
    endpoints: Sequence[Endpoint], keys: Keys, seed: int, visits: int
) -> np.ndarray:
    """Errors of a visit's records [endpoint, visit, patient], of the size that the table has."""
    return errors(endpoints, keys, seed, visits, "measure")


def errors(
    endpoints: Sequence[Endpoint], keys: Keys, seed: int, records: int, stream: str
) -> np.ndarray:
    """Errors of records [endpoint, record, patient], of the size that the table has.

    Standard normal, a stream for every record, times what the raters of this trial make of it:
    how large an error is nobody knows, so each replicate draws it from `noise_low` to `noise_high`,
    one for all endpoints that are told by the same record.
    """
    z = draw(seed, [f"{stream}/{one.stream}" for one in endpoints], keys, records)
    own = draw(seed, [f"error_size/{one.stream}" for one in endpoints], keys[:, :1])[:, :, 0]
    spread = np.array([[one.noise_spread] for one in endpoints]).reshape(-1, 1)
    return np.moveaxis(z * np.exp(spread * own)[:, :, None], 2, 1)


def rated(endpoints: Sequence[Endpoint], true: np.ndarray, shift: ArrayLike) -> np.ndarray:
    """What a trial's physicians see after the first visit, who score higher or lower than at it.

    Parameters
    ----------
    true : Array [endpoint, visit, patient]
    shift : of the score, a number or Array [patient]

    Returns
    -------
    Array [endpoint, visit, patient]
    """
    seen = true.copy()
    for place, one in enumerate(endpoints):
        if one.quantity in RATED:
            seen[place, 1:] = true[place, 1:] * (1 + np.asarray(shift))
    return seen


def error_sd(true: np.ndarray, noise: float, noise_at: float | None) -> ArrayLike:
    """The sd of the error of a record, in the unit of its quantity.

    That of a sum of products grows with its root: it is `noise` at a score of `noise_at`.

    >>> error_sd(np.array([0.0, 4.0, 16.0]), 3.0, 16.0).tolist(), error_sd(np.ones(1), 4.5, None)
    ([0.0, 1.5, 3.0], 4.5)
    """
    return noise if noise_at is None else noise * np.sqrt(np.maximum(true, 0.0) / noise_at)


def measured(
    endpoints: Sequence[Endpoint], true: np.ndarray, z: np.ndarray, relief: np.ndarray
) -> np.ndarray:
    """What a trial writes down, each in the unit of its quantity; see `with_events`.

    Parameters
    ----------
    true, z : Array [endpoint, visit, patient], values, and `errors`
    relief : Array [endpoint, visit, patient], points by which expectation lowers the rating

    Returns
    -------
    Array [endpoint, visit, patient]
    """
    values = np.empty_like(true)
    for place, one in enumerate(endpoints):
        if one.log:
            values[place] = true[place] * np.exp(one.noise * z[place])
        else:
            spread = error_sd(true[place], one.noise, one.noise_at)
            values[place] = true[place] - relief[place] + spread * z[place]
        values[place] = np.clip(values[place], one.low, one.high)
    return values


def with_events(
    endpoints: Sequence[Endpoint], values: np.ndarray, counted_from: Sequence[int] = (0,)
) -> np.ndarray:
    """Values in which an endpoint with a cut-off is 1 in who reaches it and 0 in who does not.

    Grades and counts stand as such. Whose score was 0 at first has nothing that could fall.

    Parameters
    ----------
    values : Array [endpoint, ..., visit, patient], each in the unit of its quantity
    counted_from : numbers of the visits from which counts are counted anew; until the first of
        them they are 0
    """
    found = values.copy()
    for place, one in enumerate(endpoints):
        if one.grades:
            found[place] = np.searchsorted(one.grades, values[place], side="left")
            continue
        if one.cutoff is None:
            continue
        if one.counts:
            found[place] = 0.0
            for begins, ends in pairwise((*counted_from, values.shape[-2])):
                since = values[place][..., begins : ends + 1, :]
                found[place][..., begins + 1 : ends + 1, :] = flares(since, one.cutoff)[..., 1:, :]
            continue
        first = values[place][..., :1, :]  # what was written down on the first visit
        if one.response == FALL:
            found[place] = (first > 0) & (values[place] <= (1.0 - one.cutoff) * first)
        elif one.response == DROP:
            found[place] = values[place] <= first - one.cutoff
        elif one.response == BELOW:
            found[place] = values[place] <= one.cutoff
        else:
            found[place] = values[place] >= one.cutoff
            if one.ever:
                found[place] = np.maximum.accumulate(found[place], axis=-2)
    return found


def flares(score: np.ndarray, points: float) -> np.ndarray:
    """How often a score has risen by so many points above its lowest since the last time.

    Parameters
    ----------
    score : Array [..., visit, patient]

    Examples
    --------
    >>> flares(np.array([[10.0], [4.0], [12.0], [13.0], [5.0], [20.0]]), 7.0)[:, 0].tolist()
    [0.0, 0.0, 1.0, 1.0, 1.0, 2.0]
    """
    count = np.zeros(score.shape)
    lowest = score[..., 0, :]
    for visit in range(1, score.shape[-2]):
        now = score[..., visit, :]
        risen = now >= lowest + points
        count[..., visit, :] = count[..., visit - 1, :] + risen
        lowest = np.where(risen, now, np.minimum(lowest, now))
    return count


def expected_relief(
    endpoints: Sequence[Endpoint], true: np.ndarray, subjective: np.ndarray, share: ArrayLike
) -> np.ndarray:
    """Points [endpoint, time, patient] that expectation takes off what the patient rates.

    Parameters
    ----------
    true : Array [endpoint, time, patient]
    subjective : Array [time, patient], the subjective part of SCORAD
    share : of the points that the patient gives, from the first visit after enrolment on, a number
        or Array [patient]
    """
    relief = np.zeros_like(true)
    for place, one in enumerate(endpoints):
        if one.stream == "scorad":
            relief[place] = np.asarray(share) * subjective
        elif one.expectation:
            relief[place] = np.asarray(share) * true[place]
    relief[:, 0] = 0.0
    return relief
