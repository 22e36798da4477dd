"""What became of a batch of patients: their states, and the quantities read from these."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gutskin.engine import xla
from gutskin.engine.readout import CELLS, Readout, readout
from gutskin.engine.schedule import Schedule
from gutskin.errors import InputError, Problem, nearest
from gutskin.media import of_all

if TYPE_CHECKING:
    import xarray as xr

xla.set_up()

Floats = NDArray[np.float64]


class SimulatedModel(Protocol):
    """What `simulate` asks of a model; `gutskin.model.Model` is one."""

    @property
    def state_ids(self) -> tuple[str, ...]:
        """Ids of the states, in the order of every array."""
        ...

    @property
    def parameter_ids(self) -> tuple[str, ...]:
        """Ids of the parameters, in the order that `rhs` and `observe` take them."""
        ...

    @property
    def assigned_ids(self) -> tuple[str, ...]:
        """Ids of the assigned quantities, in the order that `observe` gives them."""
        ...

    @property
    def scales(self) -> Floats:
        """Typical size of every state, [state], what an error is measured against."""
        ...

    def values(self, stance: str) -> Mapping[str, float]:
        """Every parameter's central value under a stance."""
        ...

    def rhs(self, t: Any, y: Any, p: Sequence[Any], /) -> Any:
        """Rates of change, [state, patient] (per day)."""
        ...

    def observe(self, t: Any, y: Any, p: Sequence[Any], /) -> Any:
        """The assigned quantities, [assigned, patient] or one after the other."""
        ...

    def unit(self, name: str) -> str:
        """The unit of a state or an assigned quantity."""
        ...


class SimulationFailed(ArithmeticError):
    """A patient's course could not be computed.

    Examples
    --------
    >>> from gutskin.engine import Schedule, simulate
    >>> from gutskin.model.compiled import load_model
    >>> model = load_model()
    >>> far = {"g_commensal_treg": 300.0}  # no body has it
    >>> start = model.initial("severe")[:, None]
    >>> lost = simulate(model, far, start, Schedule(), times=[0.0, 7.0])
    >>> lost.raise_if_failed()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    gutskin.engine.trajectories.SimulationFailed: ...
    """


@dataclass(frozen=True, eq=False)
class Trajectories:
    """States of a batch of patients at the requested times.

    Parameters
    ----------
    times : Array [time] (days)
    states : Array [time, state, patient]; NaN from the moment at which a patient failed
    end : Array [state, patient], the state at the last time before any pulse at it: the start
        from which the next window of the same schedule goes on
    steps : Array [patient], steps accepted and rejected
    evaluations : of the right-hand side for one patient, those included that were worked out for
        lanes that waited or filled up a group
    failed : Array [patient] (bool)
    failed_at : Array [patient] (days); NaN where nothing failed
    model, schedule : what was simulated
    parameters : id -> number or Array [patient], every parameter of the model
    inputs : ids of the parameters that this schedule, or another of the same study, moves
    before : how long before each time inputs are read for quantities (days): above nothing, a
        quantity at a jump of an input is that before it
    """

    times: Floats
    states: Floats
    end: Floats
    steps: NDArray[np.int64]
    evaluations: int
    failed: NDArray[np.bool_]
    failed_at: Floats
    model: SimulatedModel = field(repr=False)
    schedule: Schedule = field(repr=False)
    parameters: Mapping[str, Floats] = field(repr=False)
    inputs: tuple[str, ...] = ()
    before: float = 0.0

    def raise_if_failed(self) -> Trajectories:
        """These courses; raises `SimulationFailed` with the patients' indices if any failed."""
        if not self.failed.any():
            return self
        which = np.flatnonzero(self.failed)
        named = ", ".join(f"{i} (day {self.failed_at[i]:.4g})" for i in which[:5])
        more = f" and {len(which) - 5} more" if len(which) > 5 else ""
        raise SimulationFailed(
            f"The course of {of_all(len(which), len(self.failed), 'patient')} could not be "
            f"computed: patient {named}{more}. A quantity grew without bound or changes "
            "faster than the method can follow. Look at this patient's parameters for one far "
            "outside its range, at the doses that start at that time, or try a smaller rtol."
        )

    def assigned(self) -> Floats:
        """The model's assigned quantities, [time, assigned, patient]."""
        return self.quantities(self.model.assigned_ids)

    def quantities(self, names: Sequence[str]) -> Floats:
        """States or assigned quantities at the requested times; only what they need is computed.

        The same quantities share one compiled function, whatever a schedule moves.

        Parameters
        ----------
        names : ids of states and assigned quantities, in any order

        Returns
        -------
        Array [time, name, patient]
            in each quantity's own unit; at a jump the value after it, unless `before` says
            otherwise; NaN where a patient failed

        Raises
        ------
        InputError
            For an id that is neither; names the nearest.
        """
        times, _, patients = self.states.shape
        places = _places(self.model, names)
        if not places:
            return np.empty((times, 0, patients))
        model = self.model
        of = readout(model.observe, len(model.state_ids), len(model.parameter_ids), places)
        table = np.concatenate([np.asarray(of.read(*piece)) for piece in self._pieces(of)], axis=1)
        table = table[:, : times * patients]
        return np.moveaxis(table.reshape(len(names), times, patients), 0, 1)

    def _pieces(self, of: Readout) -> Iterator[tuple[Floats, Floats, Floats]]:
        """Moments of patients, some at a time, the last filled up from the beginning.

        Gives time [cell], and the states and the parameters that are needed, each [needed, cell].
        """
        times, _, patients = self.states.shape
        cells = np.arange(-(-times * patients // CELLS) * CELLS) % (times * patients)
        when, who = np.divmod(cells, patients)
        needs = [self.model.parameter_ids[place] for place in of.needs]
        moved = [name in self.inputs for name in needs]
        rows = [
            self._followed(name) if moves else np.broadcast_to(self.parameters[name], patients)
            for name, moves in zip(needs, moved, strict=True)
        ]
        for first in range(0, len(cells), CELLS):
            at, lane = when[first : first + CELLS], who[first : first + CELLS]
            y, p = np.empty((len(of.states), CELLS)), np.empty((len(rows), CELLS))
            for place, state in enumerate(of.states):
                y[place] = self.states[at, state, lane]
            for place, (row, moves) in enumerate(zip(rows, moved, strict=True)):
                p[place] = row[at, lane] if moves else row[lane]
            yield self.times[at], y, p

    def _followed(self, name: str) -> Floats:
        """An input at the requested times, [time, patient]."""
        when = self.times - self.before
        values = np.asarray(self.schedule.values(name, when, self.parameters[name]))
        values = values[:, None] if values.ndim == 1 else values
        return np.broadcast_to(values, (len(self.times), self.states.shape[2]))

    def observe(self) -> xr.Dataset:
        """States and assigned quantities as an `xarray.Dataset` with dims time and patient."""
        import xarray as xr

        table = dict(zip(self.model.state_ids, np.moveaxis(self.states, 1, 0), strict=True))
        if self.model.assigned_ids:
            assigned = np.moveaxis(self.assigned(), 1, 0)
            table |= dict(zip(self.model.assigned_ids, assigned, strict=True))
        return xr.Dataset(
            {
                name: (("time", "patient"), value, {"units": self.model.unit(name)})
                for name, value in table.items()
            },
            coords={"time": ("time", self.times, {"units": "day"})},
        )


def _places(model: SimulatedModel, names: Sequence[str]) -> tuple[int, ...]:
    """Where each named quantity stands when the assigned ones follow the states."""
    known = (*model.state_ids, *model.assigned_ids)
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError([
            Problem(f"The model has no quantity {name!r}.", remedy=nearest(name, known))
            for name in unknown
        ])  # fmt: skip
    return tuple(known.index(name) for name in names)
