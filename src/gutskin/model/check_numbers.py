"""Faults that show when equations are worked out: what is too fast, what falls below nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from gutskin.errors import Problem
from gutskin.model.check_tables import at
from gutskin.model.model import Model
from gutskin.model.tables import AMOUNT, EITHER, start_columns

FASTEST = 50.0  # per day; what is faster belongs into an algebraic rule
STARTS = ("healthy_adult", "severe")


@dataclass(frozen=True)
class Spectrum:
    """How fast the model moves near one state.

    Parameters
    ----------
    rates : Array [state] (1/day), sizes of the eigenvalues of the Jacobian, from fast to slow
    fastest_state, slowest_state : the states that move most along the first and the last
    """

    rates: np.ndarray
    fastest_state: str
    slowest_state: str

    @property
    def fastest(self) -> float:
        """The fastest rate (1/day)."""
        return float(self.rates[0])

    @property
    def slowest(self) -> float:
        """The slowest rate (1/day)."""
        return float(self.rates[-1])


def spectrum(model: Model, state: np.ndarray, parameters: Mapping[str, float]) -> Spectrum:
    """The rates of the model near a state, from central differences.

    Parameters
    ----------
    state : Array [state]
    parameters : id -> value; all of them, as `model.values()` gives
    """
    steps = np.diag(1e-6 * model.scales)
    around = np.concatenate([state[:, None] + steps, state[:, None] - steps], axis=1)
    slopes = _rates(model, around, parameters)
    size = len(state)
    jacobian = (slopes[:, :size] - slopes[:, size:]) / (2e-6 * model.scales)
    scaled = jacobian * model.scales / model.scales[:, None]
    values, vectors = np.linalg.eig(scaled)
    order = np.argsort(-np.abs(values))
    moves = np.abs(vectors).argmax(axis=0)
    return Spectrum(
        np.abs(values)[order],
        model.state_ids[moves[order[0]]],
        model.state_ids[moves[order[-1]]],
    )


def speed_problems(model: Model) -> Iterator[Problem]:
    """States that move faster than the integrator should follow."""
    for start in STARTS:
        found = spectrum(model, model.initial(start), model.values())
        if not found.fastest <= FASTEST:
            name = found.fastest_state
            line = model.source.where(name)
            yield Problem(
                f"{name} moves at {found.fastest:.3g} per day from the start {start}; "
                f"{FASTEST:g} is the most.",
                line and line.file,
                line and line.line,
                "Slow it, or make it a rule.",
            )


def sign_problems(model: Model) -> Iterator[Problem]:
    """States that fall below nothing and are not signed, and signed ones that never do."""
    falls = np.array([rate < 0.0 for rate in _rates_at_nothing(model)]).any(axis=0)
    for name, falling in zip(model.state_ids, falls.tolist(), strict=True):
        row = model.tables.species[name]
        if falling and row.text("sign") == AMOUNT:
            yield at(row, "its equation takes it below nothing.",
                     f"Let what removes it end with it, or write the sign {EITHER}.")  # fmt: skip
        elif not falling and row.text("sign") == EITHER:
            yield at(row, "nothing takes it below nothing.", f"Write the sign {AMOUNT}.")


def _rates_at_nothing(model: Model) -> Iterator[np.ndarray]:
    """What each state does where there is none of it, [state] (1/day).

    From every start, with whatever may have either sign at the ends of its range, and with as much
    as is usual of what is empty at the start: a dose.
    """
    signed = {
        row.id: (low, high)
        for row in model.tables.parameters.values()
        if (low := row.number("low", 0.0)) < 0.0 < (high := row.number("high", 0.0))
    }
    size = len(model.state_ids)
    for start in start_columns(model.tables):
        state = model.initial(start)
        state = np.where(state == 0.0, model.scales, state)
        around = np.repeat(state[:, None], size, axis=1)
        np.fill_diagonal(around, 0.0)
        for end in range(2):
            own = {**model.values(), **{name: ends[end] for name, ends in signed.items()}}
            yield np.diagonal(_rates(model, around, own))


def _rates(model: Model, states: np.ndarray, parameters: Mapping[str, float]) -> np.ndarray:
    """Rates of change [state, case] (1/day) of states [state, case] at time 0."""
    import jax

    with jax.enable_x64(True):
        wide: list[Any] = [np.full(states.shape[1], parameters[one]) for one in model.parameter_ids]
        return np.asarray(model.rhs(np.zeros(states.shape[1]), states, wide))
