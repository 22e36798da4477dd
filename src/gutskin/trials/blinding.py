"""Who guesses which arm he is in, and what he then expects of it.

Whoever does not know expects by the odds of the draw: of N patients K are given something, so he
is with a chance of K / N. The share `expectation` of `conduct.tsv` is his. Whoever knows expects it
for certain, by N / K times as much, or, in the control arm, not at all. That expectation goes with
the odds is an assumption: nothing of ours measured it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from gutskin.population.streams import Keys, draw
from gutskin.trials.design import TrialDesign
from gutskin.trials.parts import Arm


def expectation_in(
    arm: Arm, design: TrialDesign, seed: int, keys: Keys, blind: ArrayLike
) -> ArrayLike:
    """The share of what a patient rates that expectation takes off under an arm.

    The same patients guess under every arm that has as large a share of them.

    Parameters
    ----------
    keys : Array [patient, word]
    blind : of those who do not know, a number or Array [patient]

    Returns
    -------
    number or Array [patient], 1 at most
    """
    if arm.unblinded_share == 0:
        return blind
    knows = draw(seed, ["unblinded"], keys, kind="uniform")[0, :, 0] < arm.unblinded_share
    given = sum(one.n for one in design.active)
    surer = 0.0 if arm.control else sum(one.n for one in design.arms) / given
    return np.where(knows, np.minimum(surer * np.asarray(blind), 1.0), blind)
