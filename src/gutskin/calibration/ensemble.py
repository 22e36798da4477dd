"""The posterior ensemble as a table: every number of every world that was kept.

The form is that of `joint_draws.tsv`: how many standard deviations of its own width a number lies
from its value, what a reference comes to over the value of the table, and the factor on a median.
"""

from __future__ import annotations

import numpy as np

from gutskin.calibration.targets import targets_hash
from gutskin.calibration.unknowns import (
    CONDUCT,
    MEDIAN,
    Unknown,
    references_of_worlds,
    values_of_worlds,
)
from gutskin.model.joint_draws import (
    COLUMNS,
    MADE_OF,
    OF_BODIES,
    OF_CONDUCT,
    OF_TARGETS,
    read_joint_draws,
)
from gutskin.model.model import Model

PLAIN, SHARP = 2, 4  # decimals of what counts in widths, and of ratios


def ensemble_table(
    model: Model,
    unknowns: tuple[Unknown, ...],
    points: np.ndarray,
    sets: np.ndarray,
    provenance: str,
) -> str:
    """The text of `posterior.tsv`.

    Parameters
    ----------
    points : Array [world, unknown] (sd from the value)
    sets : Array [world], which of the jointly fitted sets holds
    provenance : one line: how they were made
    """
    values = values_of_worlds(model, unknowns, points, sets)
    rows: dict[str, np.ndarray] = {}
    for place, one in enumerate(unknowns):
        rows[one.id] = values[one.id] if one.role == MEDIAN else points[:, place]
    for one in read_joint_draws(model.biology):
        places = np.minimum((sets * one.draws.shape[1]).astype(int), one.draws.shape[1] - 1)
        rows |= dict(zip(one.ids, one.draws[:, places], strict=True))
    centres = model.values("evidence")
    references = references_of_worlds(model, values)
    for name, found in references.items():
        rows[name] = found / centres[name]
    made_of = f"{MADE_OF}{model.biology.numbers_hash}; {OF_TARGETS} {targets_hash(model.biology)}"
    lines = [f"{made_of}; {provenance}", "\t".join(COLUMNS)]
    ratios = {*references, *(one.id for one in unknowns if one.role == MEDIAN)}
    conduct = {one.id for one in unknowns if one.role == CONDUCT}
    lines += [
        f"{name}\t{OF_CONDUCT if name in conduct else OF_BODIES}\t"
        f"{_written(draws, SHARP if name in ratios else PLAIN)}"
        for name, draws in rows.items()
    ]
    return "\n".join(lines) + "\n"


def _written(draws: np.ndarray, decimals: int) -> str:
    return " ".join(f"{value:g}" for value in np.round(draws, decimals) + 0.0)
