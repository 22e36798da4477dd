"""How likely what was seen is in a world: Student errors, a level per source, classes of misfit.

A target differs from what a world shows by its own error, by what few patients and the conduct of
its trial add, by the emulator's error, and by what the structure of the model may miss: a share of
the value, one for each class of observations and not known itself. Half of that variance is common
to all targets of one source: a level of the source, over which the likelihood is integrated. Errors
have the tails of Student's t with four degrees of freedom, so that single wrong targets are left
alone; a range asks nothing between its ends. What product trials found was printed through a filter
(`publication`), which is a latent number too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gutskin.calibration.emulator import Emulator
from gutskin.calibration.publication import PublicationFilter, passing
from gutskin.calibration.targets import DiscrepancyClass, Target

DEGREES = 4.0
LEVELS = np.linspace(-3.6, 3.6, 17)  # of a source, over which is integrated (trapezoids)
OF_LEVELS = np.exp(-0.5 * LEVELS**2) / np.exp(-0.5 * LEVELS**2).sum()
LEAST = 1e-300
COMMON = 0.5  # share of the variance of a misfit that a source has in common


@dataclass(frozen=True, eq=False)
class Observations:
    """The targets as arrays.

    Parameters
    ----------
    low, high : Array [target], the ends of a range; the value twice where there is one
    variance : Array [target], of error and chance
    size : Array [target], what a misfit is a share of
    source, kind : Array [target], the number of its source and of its class
    middle, log_sd : Array [class], the prior of a class's share
    sources : how many
    behind : the filter through which some of them were printed
    """

    low: np.ndarray
    high: np.ndarray
    variance: np.ndarray
    size: np.ndarray
    source: np.ndarray
    kind: np.ndarray
    middle: np.ndarray
    log_sd: np.ndarray
    sources: int
    behind: PublicationFilter | None = None

    @property
    def latents(self) -> int:
        """Standard normal numbers beside the unknowns: a share per class, and what is printed."""
        return len(self.middle) + 1

    def without(self, kept: np.ndarray) -> Observations:
        """Only some targets; all else stays where it is.

        Parameters
        ----------
        kept : Array [target] (bool)
        """
        picked = {name: getattr(self, name)[kept]
                  for name in ("low", "high", "variance", "size", "source", "kind")}  # fmt: skip
        return Observations(
            **picked, middle=self.middle, log_sd=self.log_sd, sources=self.sources,
            behind=None if self.behind is None else self.behind.of(kept),
        )  # fmt: skip

    def log_likelihood(
        self, shown: np.ndarray, latents: np.ndarray, error: np.ndarray | float = 0.0
    ) -> np.ndarray:
        """Of worlds that show these values, given shares [world].

        Parameters
        ----------
        shown : Array [target, world]
        latents : Array [world, latent], standard normal
        error : Array [target], variance of the emulator
        """
        common, own = self.misfit_sd(latents)
        variance = (np.asarray(self.variance + error))[:, None] + own**2
        order = np.argsort(self.source, kind="stable")
        starts = np.flatnonzero(np.diff(self.source[order], prepend=-1))
        middle = shown[order] + LEVELS[:, None, None] * common[order]  # [level, target, world]
        low, high = self.low[order, None], self.high[order, None]
        miss = np.maximum(np.maximum(low - middle, middle - high), 0.0)
        terms = 1.0 + miss**2 / (DEGREES * variance[order])
        of_sources = np.multiply.reduceat(terms, starts, axis=1) ** (-0.5 * (DEGREES + 1.0))
        mean = np.einsum("l,lsw->sw", OF_LEVELS, of_sources)
        seen = np.log(np.maximum(mean, LEAST)).sum(axis=0) - 0.5 * np.log(variance).sum(axis=0)
        return seen + self._printed(shown, common, np.sqrt(variance), latents)

    def _printed(
        self, shown: np.ndarray, common: np.ndarray, sd: np.ndarray, latents: np.ndarray
    ) -> np.ndarray | float:
        """What the filter adds, 0 where nothing was behind one [world]."""
        if self.behind is None:
            return 0.0
        here = self.behind.places
        middle = shown[here] + LEVELS[:, None, None] * common[here]
        passes = passing(latents[:, -1])
        return self.behind.log_ratio(self.low[here], middle, sd[here], OF_LEVELS, passes)

    def misfit_sd(self, latents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The sd of what the structure misses [target, world]: with its source, and alone."""
        share = self.middle * np.exp(self.log_sd * latents[:, : len(self.middle)])  # [world, class]
        sd = share[:, self.kind].T * self.size[:, None]
        return np.sqrt(COMMON) * sd, np.sqrt(1.0 - COMMON) * sd

    def standardised(
        self, shown: np.ndarray, latents: np.ndarray, error: np.ndarray | float = 0.0
    ) -> np.ndarray:
        """How far above each target a world is, in sd of what it misses alone [target, world]."""
        below, above = self.low[:, None] - shown, shown - self.high[:, None]
        miss = np.where(above > 0, above, -np.maximum(below, 0.0))
        return miss / self._alone_sd(latents, error)

    def common_ratio(self, latents: np.ndarray, error: np.ndarray | float = 0.0) -> np.ndarray:
        """The sd that a target misses with its source, over that alone [target, world]."""
        return self.misfit_sd(latents)[0] / self._alone_sd(latents, error)

    def _alone_sd(self, latents: np.ndarray, error: np.ndarray | float) -> np.ndarray:
        return np.sqrt(np.asarray(self.variance + error)[:, None] + self.misfit_sd(latents)[1] ** 2)


def observations_of(
    targets: Sequence[Target],
    classes: Mapping[str, DiscrepancyClass],
    between: np.ndarray,
    chance: np.ndarray,
    behind: PublicationFilter | None = None,
) -> Observations:
    """The targets as arrays.

    Parameters
    ----------
    between : Array [target], variance that conduct and strains add to a printed number
    chance : Array [target], variance that the patients of the trial left; counted where a target
        brings no error of its own
    behind : the filter through which some were printed
    """
    low = np.array([one.low if one.value is None else one.value for one in targets], float)
    high = np.array([one.high if one.value is None else one.value for one in targets], float)
    own = np.array([
        chance[i] if one.error_kind == "printed" else (one.error or 0.0) ** 2
        for i, one in enumerate(targets)
    ])  # fmt: skip
    sources = {name: i for i, name in enumerate(dict.fromkeys(one.source for one in targets))}
    names = list(classes)
    return Observations(
        low,
        high,
        own + between,
        np.array([one.size for one in targets]),
        np.array([sources[one.source] for one in targets]),
        np.array([names.index(one.discrepancy_class) for one in targets]),
        np.array([one.middle for one in classes.values()]),
        np.array([one.log_sd for one in classes.values()]),
        len(sources),
        behind,
    )


def emulator_error(
    emulator: Emulator, noise: np.ndarray, of_strains: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The emulator's error, and what lies between trials [target] (variances).

    What few simulated patients add is no error of the mean: it is taken out. What is left is the
    emulator's own, but in the differences of product trials: there it is what strains do.

    Parameters
    ----------
    noise : Array [target]; none of a level, whose worlds share a panel
    of_strains : Array [target] (bool), differences of product trials
    """
    left = np.maximum(emulator.residual - noise, 0.0)
    error = np.where(of_strains, 0.0, left) + emulator.of_coefficients
    return error, np.where(of_strains, left, 0.0)
