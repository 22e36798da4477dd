"""Who is at risk when an event happens: patients of a batch in the order of their times."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RiskSets:
    """Rows sorted by stratum, then by time; who has no time comes last and is never at risk.

    Parameters
    ----------
    order : Array [b, patient] (int), of the rows as they were given
    times : Array [b, patient]
    event : Array [b, patient], 1 or 0
    seen : Array [b, patient] (bool)
    first, last : Array [b, patient] (int), the rows of the same stratum and time
    end : Array [b, patient] (int), one after the last row of the same stratum
    shape : of the batch
    """

    order: NDArray[np.intp]
    times: Array
    event: Array
    seen: NDArray[np.bool_]
    first: NDArray[np.intp]
    last: NDArray[np.intp]
    end: NDArray[np.intp]
    shape: tuple[int, ...]

    @classmethod
    def of(
        cls,
        time: ArrayLike,
        event: ArrayLike,
        stratum: ArrayLike | None = None,
        known: ArrayLike = True,
    ) -> RiskSets:
        """Of times and events [..., patient], and strata [..., patient] (int).

        Parameters
        ----------
        known : Array [..., patient] (bool), who counts

        Raises
        ------
        ValueError
            If there is nobody.
        """
        time, event = np.asarray(time, float), np.asarray(event, float)
        time, event, known = np.broadcast_arrays(time, event, known)
        labels = np.broadcast_to(0 if stratum is None else stratum, time.shape)
        many = time.shape[-1] if time.ndim else 0
        if not many:
            what = "`time` and `event` hold nobody: give an Array [..., patient] of one at least."
            raise ValueError(what)
        arrays = (one.reshape(-1, many) for one in (time, event, known, labels))
        times, events, known, labels = arrays
        seen = np.isfinite(times) & np.isfinite(events) & known
        times = np.where(seen, times, np.inf)
        labels = np.where(seen, labels, np.iinfo(np.int32).max).astype(np.int64)
        order = np.lexsort((times, labels), axis=1)
        times, events, seen, labels = (
            np.take_along_axis(one, order, 1) for one in (times, events, seen, labels)
        )
        place = np.broadcast_to(np.arange(many), times.shape)
        fresh = np.ones(times.shape, bool)
        fresh[:, 1:] = labels[:, 1:] != labels[:, :-1]
        new = fresh.copy()
        new[:, 1:] |= times[:, 1:] != times[:, :-1]
        first = np.maximum.accumulate(np.where(new, place, 0), axis=1)
        return cls(
            order, times, np.where(seen, events, 0.0), seen, first,
            _next_start(new) - 1, _next_start(fresh), time.shape[:-1],
        )  # fmt: skip

    @property
    def first_of_time(self) -> NDArray[np.bool_]:
        """The first row of each time [b, patient]."""
        return self.first == np.arange(self.times.shape[1])

    def of_trials(self, some: NDArray[np.bool_]) -> RiskSets:
        """Those of some trials of the batch [b], made flat."""
        arrays = {name: one[some] for name, one in vars(self).items() if name != "shape"}
        return replace(self, **arrays, shape=(int(some.sum()),))

    def sorted(self, values: Array) -> Array:
        """Values [..., patient, column] in the order of the rows, 0 of who does not count."""
        flat = np.broadcast_to(values, (*self.shape, *values.shape[-2:]))
        flat = flat.reshape(len(self.order), *values.shape[-2:])
        ordered = np.take_along_axis(flat, self.order[..., None], 1)
        return np.where(self.seen[..., None], ordered, 0.0)

    def at_risk(self, values: Array) -> Array:
        """Sums over who is at risk at each row's time [b, patient, column], rows sorted."""
        clean = np.where(self.seen[..., None], values, 0.0)
        behind = np.zeros((*clean.shape[:1], clean.shape[1] + 1, *clean.shape[2:]))
        behind[:, :-1] = np.cumsum(clean[:, ::-1], axis=1)[:, ::-1]
        return _rows(behind, self.first) - _rows(behind, self.end)

    def tied(self, values: Array) -> Array:
        """Sums over the rows of the same stratum and time [b, patient, column], rows sorted."""
        before = np.zeros((*values.shape[:1], values.shape[1] + 1, *values.shape[2:]))
        before[:, 1:] = np.cumsum(np.where(self.seen[..., None], values, 0.0), axis=1)
        return _rows(before, self.last + 1) - _rows(before, self.first)


def _next_start(starts: NDArray[np.bool_]) -> NDArray[np.intp]:
    """Where the next row that is a start lies, after each row; the number of rows at the end."""
    many = starts.shape[1]
    place = np.broadcast_to(np.arange(many), starts.shape)
    following = np.full(starts.shape, many)
    following[:, :-1] = np.where(starts[:, 1:], place[:, 1:], many)
    return np.minimum.accumulate(following[:, ::-1], axis=1)[:, ::-1]


def _rows(values: Array, place: NDArray[np.intp]) -> Array:
    return np.take_along_axis(values, place[..., None], 1)
