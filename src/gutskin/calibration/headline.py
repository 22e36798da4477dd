"""What the answer of one trial rests on: which targets hold it, and which numbers move it.

The effect of the trial in worlds of the prior is regressed on all that varies in them. Along the
slopes of the numbers of bodies and conduct what the targets leave open is known, whole and without
each source (`identifiability.py`): so is how much wider, and where, the answer would be without it.
Strains are fitted to trials of products elsewhere (`scripts/fit_strains.py`) and stand beside.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gutskin.calibration.emulator import relevance
from gutskin.calibration.identifiability import Open, SourceSays
from gutskin.calibration.sensitivity import WORLDS, Effects, simulated
from gutskin.calibration.sensitivity_inputs import STRAINS
from gutskin.model.model import Model
from gutskin.trials.design import TrialDesign


@dataclass(frozen=True, eq=False)
class Headline:
    """The effect of a trial as a sum over what varies.

    Parameters
    ----------
    endpoint : on which the effect is
    slopes : Array [unknown], what one sd of the prior of each number adds to the effect
    of_strains : variance that traits of strains, drugs and doses add
    left_over : variance that the sum does not follow
    """

    trial: str
    endpoint: str
    slopes: np.ndarray
    of_strains: float
    left_over: float

    @property
    def prior(self) -> float:
        """Variance by numbers of bodies and conduct, each within its own width."""
        return float((self.slopes**2).sum())

    def after(self, found: Open) -> float:
        """The same, as targets leave them open."""
        return found.variance_along(self.slopes)

    def shares(self, found: Open) -> np.ndarray:
        """Of that variance what the part of each number has in common with the sum [unknown]."""
        return self.slopes * (found.covariance @ self.slopes) / max(self.after(found), 1e-12)

    def without(self, found: Open, said: SourceSays) -> tuple[float, float]:
        """Without a source: how many times as wide it is (sd), and by how much it moves."""
        wider = np.sqrt(self.after(said.without) / max(self.after(found), 1e-12))
        return float(wider), float(self.slopes @ (said.without.mean - found.mean))


def headline_of(
    design: TrialDesign,
    model: Model,
    seed: int,
    worlds: int = WORLDS,
    progress: Callable[[int, int], None] | None = None,
) -> Headline:
    """What the effect of a trial's first active arm is made of.

    Parameters
    ----------
    model : whose worlds are drawn of the prior; its unknowns are in the order of `read_unknowns`
    worlds : how many are drawn
    """
    asked, inputs, table, _ = simulated(design, model, worlds, seed, progress)
    found = Effects.of(inputs, table)
    slopes = relevance(found.x, found.effect, found.noise)[0][1:]
    strains = np.array([one == STRAINS for one in inputs.parts])
    between = max(float(found.effect.var(ddof=1)) - found.noise, 0.0)
    of_strains = float((found.x[:, strains] @ slopes[strains]).var())
    own = slopes[~strains]
    left = max(between - of_strains - float((own**2).sum()), 0.0)
    return Headline(design.name, asked.analysis.primary, own, of_strains, left)
