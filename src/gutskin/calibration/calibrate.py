"""The calibration: worlds of the prior, an emulator, worlds that meet targets, their true runs.

Wave 0 is drawn from the prior. Each later wave is drawn from the posterior on the emulator of all
waves before it and run, and its worlds are weighted by what their runs show beside that emulator.
This goes on, with an emulator that has learnt from the wave, until the weighted worlds are worth
enough of the drawn ones, or for as many waves as were asked for; how far it came is told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from gutskin.calibration.correction import Correction, Truth, correct, true_values
from gutskin.calibration.emulator import Emulator, fit_emulator
from gutskin.calibration.likelihood import Observations, emulator_error, observations_of
from gutskin.calibration.pareto_smoothing import LIMIT
from gutskin.calibration.posterior import Posterior, Problem, draw_posterior
from gutskin.calibration.publication import filter_of
from gutskin.calibration.targets import read_classes
from gutskin.calibration.unknowns import conduct_of, conducted_points, prior_points
from gutskin.calibration.wave import BATCH, SideBySide, Simulator, Wave, in_turn
from gutskin.media import counted
from gutskin.population.draw import COMMON_CONDUCT

ENOUGH = 0.3  # of the drawn worlds that the weighted ones are worth
NO_MATTER = 1e12  # variance of a target that hardly any world shows: it says nothing
APART = 8192  # draws by which two seeds are compared
STEPS = 1200  # of the chains of a wave: by 300 two seeds were 0.10 sd apart, as far as is allowed
ENSEMBLE = 640  # worlds that are kept, by weight: some twice, so that 500 differ
TELL = Callable[[str], None]


@dataclass(frozen=True, eq=False)
class Calibrated:
    """A finished calibration.

    Parameters
    ----------
    prior : wave 0
    runs : all later waves, the last of which was drawn last
    emulator : of all runs
    problem : targets and emulator
    drawn : worlds of the last wave
    correction : their weights
    seeds_apart : how far two seeds of the sampler are apart at most, in sd of an unknown
    shares : effective share of every wave that was drawn
    """

    prior: Wave
    runs: tuple[Wave, ...]
    emulator: Emulator
    problem: Problem
    drawn: Posterior
    correction: Correction
    seeds_apart: float
    shares: tuple[float, ...]

    @property
    def last(self) -> Wave:
        """The runs of the worlds that were drawn last."""
        return self.runs[-1]

    @property
    def is_corrected(self) -> bool:
        """Whether enough worlds are left when weighted by their runs, by weights to be trusted."""
        return self.correction.share >= ENOUGH and self.correction.shape <= LIMIT

    def ensemble(self, count: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
        """The worlds that are kept: points [world, unknown], and which joint set holds [world].

        By weight from the last wave; where too few would be left of it, drawn on the emulator that
        has learnt from all runs.
        """
        if self.is_corrected:
            chosen = self.correction.resampled(count, seed)
            return self.drawn.points[chosen], self.last.sets[chosen]
        drawn = draw_posterior(self.problem, count, seed + 300, steps=STEPS)
        return drawn.points, np.random.default_rng([seed, 300]).random(count)


def calibrate(
    simulator: Simulator,
    worlds: int,
    waves: int,
    seed: int,
    tell: TELL = lambda text: None,
    progress: Callable[[str], Callable[[int, int], None]] = lambda label: lambda done, total: None,
    side_by_side: SideBySide = in_turn,
) -> Calibrated:
    """Draw worlds that meet the targets.

    Parameters
    ----------
    worlds : of each wave
    waves : drawn from the posterior at most
    tell : called with what a reader should know on the way
    progress : label -> called with worlds done, worlds in all
    side_by_side : computes batches of worlds
    """
    points, sets = prior_points(simulator.unknowns, range(worlds), seed)
    prior = simulator.run(points, sets, 0, progress("Wave 0"), side_by_side)
    of_runs = emulator_of(simulator, (prior,))
    problem = problem_of(simulator, (prior,), of_runs)
    runs: list[Wave] = []
    shares: list[float] = []
    last: tuple[Posterior, Correction] | None = None
    for number in range(1, waves + 1):
        drawn = draw_posterior(problem, worlds, seed + number, steps=STEPS)
        own_sets = np.random.default_rng([seed, number]).random(worlds)
        run = simulator.run(
            conducted_points(simulator.unknowns, drawn.points, seed + number), own_sets,
            number * _whole_batches(worlds), progress(f"Wave {number}"), side_by_side,
        )  # fmt: skip
        runs.append(run)
        found = corrected(simulator, drawn, problem, of_runs, (prior, *runs))
        shares.append(found.share)
        tell(
            f"wave {number}: {counted(int(run.broken.sum()), 'world')} of {worlds} cannot be "
            f"computed; the weighted worlds are worth {found.share:.0%} of those drawn (shape of "
            f"the tail {found.shape:.2f})"
        )
        last = drawn, found
        of_runs = emulator_of(simulator, (prior, *runs))
        problem = problem_of(simulator, (prior, *runs), of_runs)
        if found.share >= ENOUGH and found.shape <= LIMIT:
            break
    assert last is not None, "a calibration draws one wave at least"
    return Calibrated(
        prior, tuple(runs), problem.emulator, problem, *last,
        seeds_apart(problem, seed),
        tuple(shares),
    )  # fmt: skip


def _whole_batches(worlds: int) -> int:
    """So many that every wave begins with a batch, and a panel of patients, of its own."""
    return -(-worlds // BATCH) * BATCH


def corrected(
    simulator: Simulator,
    drawn: Posterior,
    problem: Problem,
    of_runs: Emulator,
    waves: tuple[Wave, ...],
) -> Correction:
    """Weights of the worlds of the last of some waves by what they show.

    Parameters
    ----------
    problem : the one by which they were drawn
    of_runs : its emulator of worlds as they are run
    """
    run, said = waves[-1], problem.emulator.at(drawn.points)
    truth = true_values(
        run, of_runs, mean_noise(waves), _levels(simulator), _of_strains(simulator), problem.error
    )
    # What conduct of its own did to a run is in the likelihood: the common part is what counts.
    common = truth.values + said - of_runs.at(run.points)
    error = np.where(problem.error < NO_MATTER, truth.error, NO_MATTER)
    return correct(
        drawn, problem.observations, said, problem.error, Truth(common, error), run.broken
    )


def emulator_of(simulator: Simulator, waves: tuple[Wave, ...]) -> Emulator:
    """The emulator of worlds as they are run, each with the whole conduct of its trials."""
    whole = Wave.of(waves)
    levels = _levels(simulator)
    panels = np.where(levels[:, None], whole.panels, 0)
    values = np.where(whole.broken, np.nan, whole.values)
    drawn = np.arange(len(whole)) >= len(waves[0]) if len(waves) > 1 else None
    return fit_emulator(
        whole.points, values, mean_noise(waves), panels, conduct_of(simulator.unknowns), levels,
        drawn,
    )  # fmt: skip


def problem_of(simulator: Simulator, waves: tuple[Wave, ...], of_runs: Emulator) -> Problem:
    """Targets and the emulator of some waves, for the part of conduct that trials have in common.

    Parameters
    ----------
    of_runs : emulator of worlds as they are run
    """
    emulator, of_conduct = of_runs.with_common(conduct_of(simulator.unknowns), COMMON_CONDUCT)
    error, between = (
        np.where(np.isfinite(one), one, NO_MATTER)
        for one in emulator_error(of_runs, mean_noise(waves), _of_strains(simulator))
    )
    return Problem(observations(simulator, waves, between + of_conduct), emulator, error)


def _levels(simulator: Simulator) -> np.ndarray:
    """Which targets are levels [target] (bool)."""
    return np.array([one.is_level for one in simulator.targets])


def _of_strains(simulator: Simulator) -> np.ndarray:
    """Which targets are differences of product trials [target] (bool)."""
    return np.array([one.id.endswith(":difference") for one in simulator.targets])


def observations(
    simulator: Simulator, waves: tuple[Wave, ...], between: np.ndarray
) -> Observations:
    """The targets as arrays."""
    model = simulator.model
    chance = _mean(Wave.of(waves).chance)
    behind = filter_of(simulator.targets, model, chance)
    return observations_of(simulator.targets, read_classes(model.biology), between, chance, behind)


def mean_noise(waves: tuple[Wave, ...]) -> np.ndarray:
    """The variance that few patients leave in a target, in drawn worlds if any [target]."""
    return _mean(Wave.of(waves[1:] or waves).noise)


def _mean(values: np.ndarray) -> np.ndarray:
    """Over the worlds in which it was worked out [target]; nothing where in none."""
    seen = np.isfinite(values)
    return np.where(seen, values, 0.0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)


def seeds_apart(problem: Problem, seed: int) -> float:
    """How far the means of two samples are apart at most, in sd of an unknown."""
    one, two = (draw_posterior(problem, APART, seed + far, steps=STEPS) for far in (100, 200))
    active = problem.emulator.active
    apart = one.points[:, active].mean(axis=0) - two.points[:, active].mean(axis=0)
    return float(np.abs(apart / one.points[:, active].std(axis=0)).max())
