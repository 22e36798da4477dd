"""Sources foretold by all others: what each would have been without having been seen.

A source is left out of the likelihood, worlds are drawn without it on the same emulator, and what
they show of it, with all that may lie between a world and a printed number, is compared with what
was seen. The emulator knows the model, not the data: leaving a source out does not change it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from gutskin.calibration.calibrate import Calibrated
from gutskin.calibration.correction import Correction
from gutskin.calibration.likelihood import DEGREES, Observations
from gutskin.calibration.pareto_smoothing import LIMIT, smooth
from gutskin.calibration.posterior import (
    Posterior,
    Problem,
    draw_posterior,
    effective_share,
)
from gutskin.calibration.publication import passing
from gutskin.calibration.targets import DEFINITION, Target
from gutskin.calibration.wave import Simulator

WHOLE = 8192  # worlds that are drawn with all targets
DRAWS = 1024  # of each source left out
ENOUGH = 0.2  # share of the worlds that weighted ones must be worth; below, intervals stray
MOST_TRIALS = 200  # until one is printed
CHAINS = 64  # where worlds are drawn anew


@dataclass(frozen=True, eq=False)
class Foretold:
    """One target of a source that was left out.

    Parameters
    ----------
    draws : Array [draw], what would have been printed
    """

    target: Target
    draws: np.ndarray

    def interval(self, share: float) -> tuple[float, float]:
        """The central interval that holds a share of the draws."""
        tail = (1.0 - share) / 2.0
        low, high = np.quantile(self.draws, [tail, 1.0 - tail])
        return float(low), float(high)

    def holds(self, share: float) -> bool:
        """Whether the interval meets what was seen: the value, or any part of the range."""
        low, high = self.interval(share)
        first = self.target.middle if self.target.low is None else self.target.low
        last = self.target.middle if self.target.high is None else self.target.high
        return low <= last and high >= first

    @property
    def position(self) -> float:
        """Where among the draws the value lies, 0 to 1."""
        return float((self.draws < self.target.middle).mean())


def left_out_sources(found: Calibrated, simulator: Simulator, seed: int) -> list[Foretold]:
    """Every target of every source, foretold without that source; no definition is one."""
    problem, observations = found.problem, found.problem.observations
    whole = draw_posterior(problem, WHOLE, seed)
    shown = problem.emulator.at(whole.points)
    foretold: list[Foretold] = []
    for source in range(observations.sources):
        own = observations.source == source
        mine = [simulator.targets[place] for place in np.flatnonzero(own)]
        if all(one.error_kind == DEFINITION for one in mine):
            continue
        drawn, there = drawn_without(problem, whole, shown, own, seed + source)
        foretold += foretold_of(simulator.targets, own, problem, drawn, there, seed + source)
    return foretold


def foretold_of(
    targets: Sequence[Target], own: np.ndarray, problem: Problem, drawn: Posterior,
    shown: np.ndarray, seed: int,
) -> list[Foretold]:  # fmt: skip
    """What would have been printed of some targets in worlds drawn without them.

    Parameters
    ----------
    own : Array [target] (bool), which targets
    shown : Array [target, world], what these worlds show of all
    """
    printed = as_printed(
        shown[own], problem.observations.without(own), problem.error[own], drawn.latents, seed
    )
    those = [one for one, mine in zip(targets, own, strict=True) if mine]
    return [Foretold(one, draws) for one, draws in zip(those, printed, strict=True)]


def drawn_without(
    problem: Problem, whole: Posterior, shown: np.ndarray, own: np.ndarray, seed: int
) -> tuple[Posterior, np.ndarray]:
    """Worlds drawn without some targets, and what they show of all [target, world].

    Those that were drawn with them are weighted by how unlikely these targets are in them; where
    that leaves too few, worlds are drawn anew.

    Parameters
    ----------
    shown : Array [target, world], what the worlds drawn with all targets show
    own : Array [target] (bool), what is left out
    """
    log_weights = -problem.observations.without(own).log_likelihood(
        shown[own], whole.latents, problem.error[own]
    )
    smoothed = smooth(log_weights)
    found = Correction(
        smoothed.log_weights, effective_share(smoothed.log_weights), smoothed.shape
    )  # fmt: skip
    if found.share >= ENOUGH and found.shape <= LIMIT:
        chosen = found.resampled(DRAWS, seed)
        return Posterior(whole.points[chosen], whole.latents[chosen]), shown[:, chosen]
    less = Problem(
        problem.observations.without(~own), problem.emulator.of_targets(~own), problem.error[~own]
    )
    drawn = draw_posterior(less, DRAWS, seed, chains=CHAINS)
    return drawn, problem.emulator.at(drawn.points)


def as_printed(
    shown: np.ndarray,
    observations: Observations,
    error: np.ndarray,
    latents: np.ndarray,
    seed: int,
) -> np.ndarray:
    """What sources would print of worlds that show these values [target, world].

    Parameters
    ----------
    shown : Array [target, world]
    error : Array [target], variance of the emulator
    latents : Array [world, latent]; the level of a source that nobody has seen is drawn
    """
    rng = np.random.default_rng([seed, 7])
    common, own = observations.misfit_sd(latents)
    spread = np.sqrt((observations.variance + error)[:, None] + own**2)

    def done() -> np.ndarray:
        level = rng.standard_normal((observations.sources, shown.shape[1]))
        chance = rng.standard_t(DEGREES, shown.shape) * spread
        return shown + common * level[observations.source] + chance

    found, behind = done(), observations.behind
    if behind is None:
        return found
    of_trial = observations.source[behind.places]
    waits = np.zeros((observations.sources, shown.shape[1]), bool)
    waits[of_trial] = True
    for _ in range(MOST_TRIALS):  # one that stays in a drawer is done again by somebody else
        luck = rng.random((len(behind), shown.shape[1]))
        fails = ~behind.is_significant(found[behind.places]) & (luck >= passing(latents[:, -1]))
        failed = np.zeros_like(waits)
        np.logical_or.at(failed, of_trial, fails)
        waits &= failed
        if not waits.any():
            break
        found = np.where(waits[observations.source], done(), found)
    return found
