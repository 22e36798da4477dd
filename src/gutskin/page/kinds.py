"""Kinds of people that a reader may ask for: by severity, by butyrate, by *S. aureus*.

A kind is a part of the people who are drawn anyway: each body keeps its place among the others, and
takes that place in a part of the population's own distribution of a parameter of bodies. Butyrate
is another thing, because the tables say of no number of the colon how it differs between people
but of the food they eat: with `low`, its producers take starch and fibre at the low ends that
`parameters.tsv` declares. What that comes to is the model's answer, not set.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from gutskin.model.model import Model
from gutskin.population.draw import spread_at
from gutskin.population.populations import Population

Floats = np.ndarray[Any, Any]
THIRDS = {"low": (0.0, 1 / 3), "middle": (1 / 3, 2 / 3), "high": (2 / 3, 1.0)}
SEVERITY = ("atopy", "severity_scale")  # leaning to Th2, and how much lesion an activity gives
CARRIED = "ln_floor_s_aureus"
PRODUCERS = ("a_starch_but", "a_fibre_but")
KINDS = {
    "severity": ("mild", "moderate", "severe"),
    "butyrate": ("low",),
    "s_aureus": ("few", "many"),
}


def kinds_of(
    model: Model, population: Population, drawn: Mapping[str, Any]
) -> dict[str, dict[str, dict[str, Floats]]]:
    """The parameters of each body as one of a kind: trait -> kind -> id -> Array [body].

    Parameters
    ----------
    drawn : parameters of the bodies as the population has them, id -> Array [body]
    """
    rows = model.tables.parameters
    spreads = {name: population.covariates[name].at for name in SEVERITY}
    carried = _placed(CARRIED, drawn, _of_row(model, CARRIED))
    severity = [
        {name: _placed(name, drawn, at)(*THIRDS[third]) for name, at in spreads.items()}
        for third in ("low", "middle", "high")
    ]
    low = {
        name: np.asarray(drawn[name]) * rows[name].number("low") / rows[name].number("value")
        for name in PRODUCERS
    }
    return {
        "severity": dict(zip(KINDS["severity"], severity, strict=True)),
        "butyrate": {"low": low},
        "s_aureus": {
            kind: {CARRIED: carried(*THIRDS[third])}
            for kind, third in (("few", "low"), ("many", "high"))
        },
    }


def _placed(
    name: str, drawn: Mapping[str, Any], at: Callable[[Floats], Floats]
) -> Callable[[float, float], Floats]:
    """A function that puts bodies, in their own order, between two quantiles of a distribution."""
    values = np.asarray(drawn[name])
    place = (np.argsort(np.argsort(values, kind="stable")) + 0.5) / len(values)
    return lambda low, high: at(low + (high - low) * place)


def _of_row(model: Model, name: str) -> Callable[[Floats], Floats]:
    """Quantiles of a parameter that differs between people as its row says."""
    from scipy.special import ndtri

    row = model.tables.parameters[name]
    return lambda uniform: spread_at(row, row.number("value"), ndtri(uniform))
