"""Worlds to learn from near where the posterior will be: those that are kept, drawn a little apart.

A change of the model that is small leaves the posterior near where it was. An emulator that has
seen runs from there needs fewer waves than one that has seen the prior alone. Such worlds are
learnt from and never kept: what they were drawn by has no part in any weight.
"""

from __future__ import annotations

import numpy as np

from gutskin.calibration.unknowns import MEDIAN, Unknown
from gutskin.model.biology import ENSEMBLE, Biology
from gutskin.model.joint_draws import COLUMNS
from gutskin.model.rows import Row, parse_table
from gutskin.population.draw import WIDTH

KEPT = 0.9  # share of its distance from the mean that a world keeps; the rest is drawn anew


def worlds_near_the_kept(
    biology: Biology, unknowns: tuple[Unknown, ...], count: int, seed: int
) -> np.ndarray | None:
    """Worlds around those of the package, whatever numbers these were made of.

    Each is one of them, moved towards the mean and then at random, so that mean and standard
    deviation of every number stay (West's kernel). A number that they do not have is drawn from its
    prior, one that the model no longer has is left out.

    Parameters
    ----------
    count : how many

    Returns
    -------
    Array [world, unknown] (sd from the value), or None where the package has no worlds
    """
    text = biology.text(ENSEMBLE)
    if text is None:
        return None
    rows = parse_table(text.text, text.path, COLUMNS)
    rng = np.random.default_rng([seed, 7])
    points = rng.standard_normal((count, len(unknowns)))
    worlds = min(len(row.text("draws").split()) for row in rows.values())
    chosen = rng.integers(worlds, size=count)
    for place, one in enumerate(unknowns):
        if one.id in rows:
            kept = _points_of(one, rows[one.id])
            own = KEPT * (kept[chosen] - kept.mean())
            points[:, place] *= np.sqrt(1 - KEPT**2) * kept.std()
            points[:, place] += kept.mean() + own
    return points


def _points_of(unknown: Unknown, row: Row) -> np.ndarray:
    """How far its draws lie from the value, in sd [world]."""
    draws = np.array([float(word) for word in row.text("draws").split()])
    if unknown.role != MEDIAN:
        return draws
    low, high = unknown.row.number("low"), unknown.row.number("high")
    return np.log(draws) / (np.log(high / low) / WIDTH)  # the table has the factor itself
