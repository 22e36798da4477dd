"""How likely what was seen is in a world: Student errors, a level per source, classes of misfit.

A target differs from what a world shows by its own error, by what few patients and the conduct of
its trial add, by the emulator's error, and by what the structure of the model may miss: a share of
the value, one for each class of observations and not known itself. Half of that variance is common
to all targets of one source. Errors have the tails of Student's t with four degrees of freedom, so
that single wrong targets are left alone; a range asks nothing between its ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gutskin.calibration.emulator import Emulator
from gutskin.calibration.targets import DiscrepancyClass, Target

DEGREES = 4.0
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

    @property
    def latents(self) -> int:
        """Standard normal numbers beside the unknowns: a level per source, a share per class."""
        return self.sources + len(self.middle)

    def without(self, kept: np.ndarray) -> Observations:
        """Only some targets; all else stays where it is.

        Parameters
        ----------
        kept : Array [target] (bool)
        """
        picked = {name: getattr(self, name)[kept]
                  for name in ("low", "high", "variance", "size", "source", "kind")}  # fmt: skip
        return Observations(**picked, middle=self.middle, log_sd=self.log_sd, sources=self.sources)

    def log_likelihood(
        self, shown: np.ndarray, latents: np.ndarray, error: np.ndarray | float = 0.0
    ) -> np.ndarray:
        """Of worlds that show these values, given levels and shares [world].

        Parameters
        ----------
        shown : Array [target, world]
        latents : Array [world, latent], standard normal: sources first, then classes
        error : Array [target], variance of the emulator
        """
        common, own = self._misfit(latents)
        middle = shown + common
        variance = (self.variance + error)[:, None] + own**2
        below, above = self.low[:, None] - middle, middle - self.high[:, None]
        miss = np.maximum(np.maximum(below, above), 0.0)
        terms = -0.5 * np.log(variance)
        terms -= 0.5 * (DEGREES + 1.0) * np.log1p(miss**2 / (DEGREES * variance))
        return terms.sum(axis=0)

    def common(self, latents: np.ndarray) -> np.ndarray:
        """What a source adds to its targets [target, world]."""
        return self._misfit(latents)[0]

    def own_sd(self, latents: np.ndarray) -> np.ndarray:
        """The sd of what the structure misses of a target alone [target, world]."""
        return self._misfit(latents)[1]

    def _misfit(self, latents: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What sources have in common, and the sd of what a target misses alone [target, world]."""
        level, of_class = latents[:, : self.sources], latents[:, self.sources :]
        share = self.middle * np.exp(self.log_sd * of_class)  # [world, class]
        sd = share[:, self.kind].T * self.size[:, None]
        return np.sqrt(COMMON) * sd * level[:, self.source].T, np.sqrt(1.0 - COMMON) * sd

    def standardised(
        self, shown: np.ndarray, latents: np.ndarray, error: np.ndarray | float = 0.0
    ) -> np.ndarray:
        """How far above each target a world is, in sd of what it misses alone [target, world]."""
        _, own = self._misfit(latents)
        below, above = self.low[:, None] - shown, shown - self.high[:, None]
        miss = np.where(above > 0, above, -np.maximum(below, 0.0))
        return miss / np.sqrt((self.variance + error)[:, None] + own**2)


def observations_of(
    targets: Sequence[Target],
    classes: Mapping[str, DiscrepancyClass],
    between: np.ndarray,
    chance: np.ndarray,
    tau: Mapping[str, float],
) -> Observations:
    """The targets as arrays.

    Parameters
    ----------
    between : Array [target], variance that conduct and strains add to a printed number
    chance : Array [target], variance that the patients of the trial left; counted where a target
        brings no error of its own
    tau : endpoint -> sd between trials of one product, of differences
    """
    low = np.array([one.low if one.value is None else one.value for one in targets], float)
    high = np.array([one.high if one.value is None else one.value for one in targets], float)
    own = np.array([
        chance[i] if one.error_kind == "printed" else (one.error or 0.0) ** 2
        for i, one in enumerate(targets)
    ])  # fmt: skip
    own += np.array([_between_trials(one, tau) ** 2 for one in targets])
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
    )


def _between_trials(target: Target, tau: Mapping[str, float]) -> float:
    """The sd between trials of one product, of a difference in points; nothing of all else."""
    number = target.number
    if number is None or number.measure != "difference":
        return 0.0
    return tau.get(number.endpoint, 0.0)


def emulator_error(
    emulator: Emulator, noise: np.ndarray, targets: Sequence[Target]
) -> tuple[np.ndarray, np.ndarray]:
    """The emulator's error, and what lies between trials [target] (variances).

    What few simulated patients add is no error of the mean: it is taken out. Of what is left a
    level has none but the emulator's; of a trial it is what conduct and strains do.
    """
    left = np.maximum(emulator.residual - noise, 0.0)
    is_level = np.array([one.trial == "" for one in targets])
    return np.where(is_level, left, 0.0) + emulator.of_coefficients, np.where(is_level, 0.0, left)
