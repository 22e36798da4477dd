"""How patients come to their treatments, as parts of a trial file: crossover, randomisation."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, Field

from gutskin.toml_file import NotNegative, Part


def _one_after_the_other(
    periods: tuple[tuple[float, float], ...],
) -> tuple[tuple[float, float], ...]:
    weeks = [week for period in periods for week in period]
    if weeks[0] != 0:
        raise ValueError("the first period must begin with week 0, the baseline")
    if any(first >= last for first, last in periods) or any(b < a for a, b in pairwise(weeks)):
        raise ValueError("each period must end after its start, and before the next one starts")
    return periods


class Crossover(Part):
    """A trial of two sequences: who has one treatment first has the other in the second period.

    `periods` are the first and the last week of both; what lies between them is the wash-out. The
    arms are the sequences, the control is that which begins with the control treatment. What a
    patient shows at the end of one period is compared with what he shows at the end of the other.
    """

    periods: Annotated[
        tuple[tuple[NotNegative, NotNegative], ...],
        Field(min_length=2, max_length=2),
        AfterValidator(_one_after_the_other),
    ]
