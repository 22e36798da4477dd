"""The questions of a trial in their order, and p-values adjusted for asking all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gutskin.statistics.multiplicity import fixed_sequence, holm

if TYPE_CHECKING:
    from gutskin.trials.comparison import EndpointNumbers
    from gutskin.trials.design import TrialDesign


def questions(design: TrialDesign) -> list[tuple[str, str]]:
    """Endpoint and active arm: the primary one in every arm first, then in the file's order."""
    analysis = design.analysis
    ordered = [analysis.primary, *(one for one in analysis.endpoints if one != analysis.primary)]
    return [(name, arm.name) for name in ordered for arm in design.active]


def with_adjusted(
    numbers: Mapping[str, EndpointNumbers], design: TrialDesign
) -> dict[str, EndpointNumbers]:
    """The numbers with adjusted p-values, if the design asks for them."""
    if design.analysis.multiplicity == "none":
        return dict(numbers)
    asked = questions(design)
    p = np.stack([numbers[name].comparisons[arm].p for name, arm in asked], axis=-1)
    rule = holm if design.analysis.multiplicity == "holm" else fixed_sequence
    found = dict(zip(asked, np.moveaxis(rule(p), -1, 0), strict=True))
    return {
        name: replace(
            one,
            comparisons={
                arm: replace(compared, adjusted_p=found[name, arm])
                for arm, compared in one.comparisons.items()
            },
        )
        for name, one in numbers.items()
    }
