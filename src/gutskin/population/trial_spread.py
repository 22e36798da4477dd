"""What a product does in one trial beside what it does in all: drawn once for every trial.

Trials of one product differ by more than their errors (`between_trials_*` of conduct.tsv): a lot, a
carrier, what people eat beside it. On an axis that speaks of an outcome of trials (`between_trials`
of strain_traits.tsv) every strain of the product is shifted by the same number of units, normal
with the spread between trials over what one unit of the axis does (`one_unit`), so that what the
body makes of the shift is the mechanisms' own. Whoever asks what a strain does, and not what one
trial of it will find, draws none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from gutskin.population.draw import WIDTH
from gutskin.population.streams import draw

if TYPE_CHECKING:
    from gutskin.model.model import Model


def spreads_between_trials(model: Model, kind: str, keys: np.ndarray, seed: int) -> np.ndarray:
    """The spread between trials of one product in each world, Array [replicate].

    Parameters
    ----------
    kind : what is read, a row `between_trials_KIND` of conduct.tsv, whose unit it has
    keys : Array [replicate, 1]
    """
    row = model.tables.conduct[f"between_trials_{kind}"]
    width = np.log(row.number("high") / row.number("low")) / WIDTH
    z = draw(seed, [f"trials/{kind}"], keys)[0, :, 0]
    return np.asarray(row.number("value") * np.exp(z * width))


def shifts_of_trial(
    model: Model, product: str, keys: np.ndarray, seed: int, own_seed: int
) -> Mapping[str, np.ndarray]:
    """How far a trial of a product shifts the axes of its strains: parameter -> Array [replicate].

    Parameters
    ----------
    product : its name in the random streams; all arms of a trial that are given it share a shift
    keys : Array [replicate, 1]
    seed, own_seed : of the worlds, which know how far trials lie apart, and of the trial

    Returns
    -------
    dict parameter without its place -> Array [replicate], in units of the axis
    """
    found = {}
    for name, row in model.tables.strain_traits.items():
        if kind := row.text("between_trials"):
            sd = spreads_between_trials(model, kind, keys, seed) / row.number("one_unit")
            z = draw(own_seed, [f"this trial/{product}/{name}"], keys)[0, :, 0]
            found[row.text("parameter")] = sd * z
    return found
