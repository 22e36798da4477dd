"""How the replicates of a study are cut into batches: by the design alone, whoever computes them.

The first batches are small and the next ones larger, so that a short run that is stopped has
finished something, and a long one is not cut into crumbs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gutskin.trials.design import TrialDesign

LARGEST = 8192  # patients in one batch, about: a few seconds of one core
FIRST = 512  # patients in the first one


def batches_of(design: TrialDesign, replicates: int) -> list[range]:
    """The replicates of each batch; those of fewer replicates are among those of more, but one.

    Each batch is as large as all before it together, from the first size up to the largest.

    >>> from gutskin.trials.design import load_trial
    >>> batches_of(load_trial("six-strain-children"), 250)
    [range(0, 12), range(12, 24), range(24, 48), range(48, 96), range(96, 192), range(192, 250)]
    """
    patients = sum(arm.n for arm in design.arms)
    largest = max(1, LARGEST // patients)
    first = min(largest, max(1, FIRST // patients))
    batches: list[range] = []
    start = 0
    while start < replicates:
        stop = min(start + min(max(first, start), largest), replicates)
        batches.append(range(start, stop))
        start = stop
    return batches
