"""Product trials as they are printed: those without a benefit appear less often.

The posterior was fitted through a filter of publication: of trials with a significant benefit all
are printed, of the others a share, which it has learnt (`targets/printed.tsv`). A number that is
foretold of a printed trial must have passed the same filter, or trials that were printed for what
they found look like misses of the model. A simulated trial then counts as much as passes of its
result, over what passes of all results that trials of this size can have in its world: one that
stays in a drawer is done again by somebody else, in the same world.

References: Hedges1992 (selection by significance).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.polynomial.hermite_e import hermegauss
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from gutskin.arguments import finite_number
from gutskin.errors import InputError, Problem
from gutskin.model.biology import POSTERIOR, PRINTED, Biology
from gutskin.trials.applicability import kinds_of_treatment
from gutskin.trials.doses_given import PRODUCT
from gutskin.trials.published import TAIL

if TYPE_CHECKING:
    from gutskin.trials.design import TrialDesign

Array = NDArray[np.float64]
CRITICAL = -float(ndtri(TAIL))
NODES, CHANCES = hermegauss(15)
EVEN = (np.arange(20) + 0.5) / 20  # nothing is known: even between none and all


def shares_printed(biology: Biology) -> Array:
    """Of trials without a significant benefit, equally likely shares that are printed [step].

    What the posterior has learnt; even between none and all in other worlds.
    """
    if biology.draws != POSTERIOR or biology.text(PRINTED) is None:
        return EVEN
    (row,) = biology.table(PRINTED, ("id", "shares")).values()
    return np.array([float(one) for one in row.text("shares").split()])


def check_share(passes: float | None) -> float | None:
    """A share that somebody declares to be printed; None for what the worlds have learnt.

    Raises
    ------
    InputError
        For what is no share.
    """
    if passes is None:
        return None
    share = finite_number("passes", passes)
    if not 0.0 <= share <= 1.0:
        fix = "Write 0 to 1, or leave it out: then it is what the worlds have learnt."
        raise InputError(Problem(f"passes: {share:g} is no share.", remedy=fix))
    return share


def passes_a_filter(design: TrialDesign) -> bool:
    """Whether it treats with a product alone, as those trials did that the filter is known of."""
    return {*kinds_of_treatment(design)} == {f"treats {PRODUCT}"}


def weights_of_printed(benefit: Array, chance: float, critical: float, shares: Array) -> Array:
    """How much each simulated trial counts among those that are printed [trial], in all 1.

    Parameters
    ----------
    benefit : Array [trial], what each found, more is better
    chance : the error that the patients of a trial leave
    critical : from which a benefit is significant
    shares : Array [step], equally likely shares of the others that are printed

    Notes
    -----
    What trials find in a world lies about its mean as normal numbers with that error. Of a world
    one trial is seen here: its mean is as the trial says, drawn to the mean of all worlds by the
    share of chance in their variance.

    Examples
    --------
    >>> weights_of_printed(np.array([0.0, 4.0]), 1.0, 2.0, np.array([1.0]))
    array([0.5, 0.5])
    """
    finite = benefit[np.isfinite(benefit)]
    benefit = np.clip(benefit, finite.min(), finite.max())  # ratios of nothing
    all_of_them = float(benefit.var())
    known = max(0.0, 1.0 - chance**2 / all_of_them) if all_of_them > 0.0 else 0.0
    middle = benefit.mean() + known * (benefit - benefit.mean())
    world = middle[:, None] + np.sqrt(known) * chance * NODES  # [trial, node]
    significant = ndtr((world - critical) / chance) if chance > 0.0 else world >= critical
    of_all = shares + (1.0 - shares) * significant[..., None]  # [trial, node, share]
    over = np.einsum("n,tns->ts", CHANCES / CHANCES.sum(), 1.0 / of_all)
    passes = np.where((benefit >= critical)[:, None], 1.0, shares)
    weights = (passes * over).mean(axis=1)
    return weights / weights.sum()
