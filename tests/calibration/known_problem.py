"""Targets that hang on unknowns in a way that is known: a true world, what it prints, the fit."""

import numpy as np

from gutskin.calibration.emulator import Emulator
from gutskin.calibration.leave_out import as_printed
from gutskin.calibration.likelihood import Observations
from gutskin.calibration.polynomial import terms_of
from gutskin.calibration.posterior import Problem

UNKNOWNS, TARGETS, SOURCES, CLASSES = 24, 20, 6, 2
ERROR = 0.3


def emulator(seed: int = 1) -> Emulator:
    """Each target hangs on a few unknowns, some of them bent."""
    rng = np.random.default_rng(seed)
    slopes = rng.standard_normal((TARGETS, UNKNOWNS)) * (rng.random((TARGETS, UNKNOWNS)) < 0.25)
    terms = terms_of(np.arange(3))
    return Emulator(
        rng.standard_normal(TARGETS), slopes, np.zeros((0, UNKNOWNS)), terms,
        0.15 * rng.standard_normal((TARGETS, len(terms))), np.full(TARGETS, ERROR**2),
        np.full(TARGETS, 0.01), np.full(TARGETS, 0.9), np.zeros(TARGETS, bool),
    )  # fmt: skip


def observations(printed: np.ndarray) -> Observations:
    """What was printed, with its errors; two classes of misfit."""
    return Observations(
        printed, printed, np.full(TARGETS, ERROR**2), np.full(TARGETS, 2.0),
        np.arange(TARGETS) % SOURCES, np.arange(TARGETS) % 2, np.array([0.1, 0.2]),
        np.array([0.5, 0.5]), SOURCES,
    )  # fmt: skip


def printed_by(point: np.ndarray, latents: np.ndarray, seed: int) -> np.ndarray:
    """What a world prints [target], with levels and shares of its own."""
    one = emulator()
    nothing = observations(np.zeros(TARGETS))
    return as_printed(one.at(point[None]), nothing, one.of_coefficients, latents[None], seed)[:, 0]


def problem(printed: np.ndarray) -> Problem:
    """The fit to what was printed."""
    one = emulator()
    return Problem(observations(printed), one, one.of_coefficients)


def true_world(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Unknowns and latents of the prior."""
    rng = np.random.default_rng([seed, 3])
    return rng.standard_normal(UNKNOWNS), rng.standard_normal(CLASSES + 1)
