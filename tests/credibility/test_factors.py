"""What single credibility factors say: unit tests."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from gutskin.credibility.factors import _equivalency


@pytest.mark.parametrize(
    ("axes", "says"),
    [
        ("dose outside, age not placed", "Unlike them by dose. It cannot be placed by age."),
        ("dose edge, age inside", "Unlike them by dose."),
        (
            "dose inside, age not placed",
            "Like trials of the same treatment by every axis that can be placed. "
            "It cannot be placed by age.",
        ),
        ("dose inside", "Like trials of the same treatment by every axis."),
    ],
)
def test_an_axis_that_cannot_be_placed_is_neither_like_the_evidence_nor_unlike(axes, says) -> None:
    told = [
        dict(zip(("axis", "where"), one.split(" ", 1), strict=True)) for one in axes.split(", ")
    ]
    have = SimpleNamespace(result={"applicability": {"axes": told}})
    assert _equivalency(cast("Any", have)).says == says
