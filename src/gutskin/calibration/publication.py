"""Trials that found no benefit and were never printed: what is seen has passed a filter.

Of product trials with a significant benefit all are printed; of the others a share, which nobody
knows: even between none and all before anything was seen (a step function after Hedges; as
`gutskin meta` has it). A number that was printed is then as likely as it was found, times what
passes of such results, over what passes of all results that a trial of this size could have had in
this world. Worlds in which products do little are not refuted by the trials that say otherwise, if
others could have stayed in a drawer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from gutskin.calibration.targets import Target
from gutskin.model.model import Model
from gutskin.trials.endpoints import endpoints_of
from gutskin.trials.published import TAIL, PublishedNumber, published_error

LEAST = 1e-6  # of what passes
STEPS = 20  # by which what was learnt of it is written down
HEADER = """\
# Written by `make calibrate`: of product trials without a significant benefit, the share that is
# printed: equally likely values of it."""


@dataclass(frozen=True, eq=False)
class PublicationFilter:
    """The targets that appeared through it.

    Parameters
    ----------
    places : Array [trial], which targets they are
    way : Array [trial], 1 where more is better, else -1
    critical : Array [trial], from which a benefit is significant
    """

    places: np.ndarray
    way: np.ndarray
    critical: np.ndarray

    def __len__(self) -> int:
        return len(self.places)

    def of(self, kept: np.ndarray) -> PublicationFilter | None:
        """The filter of some targets, which are counted anew; None where it is of none of them.

        Parameters
        ----------
        kept : Array [target] (bool)
        """
        mine = kept[self.places]
        if not mine.any():
            return None
        places = (np.cumsum(kept) - 1)[self.places[mine]]
        return PublicationFilter(places, self.way[mine], self.critical[mine])

    def is_significant(self, values: np.ndarray) -> np.ndarray:
        """Whether they are a significant benefit [trial, ...] (bool).

        Parameters
        ----------
        values : Array [trial, ...], what was found
        """
        shape = (-1, *(1,) * (values.ndim - 1))
        return self.way.reshape(shape) * values >= self.critical.reshape(shape)

    def log_ratio(
        self, found: np.ndarray, middle: np.ndarray, sd: np.ndarray, levels: np.ndarray,
        passes: np.ndarray,
    ) -> np.ndarray:  # fmt: skip
        """Of what passes of results as found, to what passes of all that could be [world].

        Parameters
        ----------
        found : Array [trial], what was printed
        middle : Array [level, trial, world], around which a number lies
        sd : Array [trial, world], scale of Student's t around it
        levels : Array [level], how likely each is
        passes : Array [world], share of what is not significant that is printed
        """
        beyond = (self.way[:, None] * middle - self.critical[:, None]) / sd
        chance = np.einsum("l,ltw->tw", levels, student_cdf(beyond))
        hidden = len(found) - int(self.is_significant(found).sum())
        of_all = passes + (1.0 - passes) * chance
        return hidden * np.log(passes) - np.log(of_all).sum(axis=0)


def student_cdf(values: np.ndarray) -> np.ndarray:
    """Of Student's t with four degrees of freedom.

    >>> round(float(student_cdf(np.array(0.7407))), 4)
    0.75
    """
    root = 1.0 + values**2 / 4.0
    return 0.5 + 0.375 * values / np.sqrt(root) * (1.0 - values**2 / (12.0 * root))


def passing(latent: np.ndarray) -> np.ndarray:
    """The share that passes, even between 0 and 1 of a standard normal number."""
    return np.clip(ndtr(latent), LEAST, 1.0)


def shares_of_worlds(
    latents: np.ndarray, log_weights: np.ndarray, at: Sequence[float] | np.ndarray
) -> np.ndarray:
    """Quantiles of the share that passes, over weighted worlds [quantile].

    Parameters
    ----------
    latents : Array [world, latent], the last is the filter's
    log_weights : Array [world]
    at : which quantiles
    """
    passes = passing(latents[:, -1])
    order = np.argsort(passes)
    weights = np.exp(log_weights - log_weights.max())[order]
    return np.interp(np.asarray(at), np.cumsum(weights) / weights.sum(), passes[order])


def printed_table(latents: np.ndarray, log_weights: np.ndarray) -> str:
    """The text of `targets/printed.tsv`: equally likely shares, as the worlds have learnt them."""
    shares = shares_of_worlds(latents, log_weights, (np.arange(STEPS) + 0.5) / STEPS)
    row = f"product_trials\t{' '.join(f'{one:.3f}' for one in shares)}"
    return "\n".join([HEADER, "id\tshares", row]) + "\n"


def filter_of(
    targets: Sequence[Target], model: Model, chance: np.ndarray
) -> PublicationFilter | None:
    """The filter of the differences of product trials among the targets; None without any.

    Parameters
    ----------
    chance : Array [target], variance that the patients of the trial left: the error of a
        difference that was printed without one
    """
    found = [
        (place, 1.0 if not _lower_is_better(one.number, model) else -1.0,
         -float(ndtri(TAIL)) * (published_error(one.number) or float(np.sqrt(chance[place]))))
        for place, one in enumerate(targets)
        if one.number is not None and one.id.endswith(":difference")
    ]  # fmt: skip
    if not found:
        return None
    places, way, critical = (np.array(column) for column in zip(*found, strict=True))
    return PublicationFilter(places.astype(int), way, critical)


def _lower_is_better(number: PublishedNumber, model: Model) -> bool:
    (endpoint,) = endpoints_of(model, [number.endpoint])
    return endpoint.lower_is_better
