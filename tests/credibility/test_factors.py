"""What single credibility factors say: unit tests."""

from types import SimpleNamespace
from typing import Any, cast

import pytest

from gutskin.credibility.factors import _equivalency, effect_in


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


def test_closed_form_of_what_is_tested_on_logarithms_the_ratio_is_told():
    part = {"mean": -471.0, "true_effect": {"mean": -538.0}}
    assert effect_in(part) == ("difference", part, part["true_effect"])
    mine, true = {"mean": 0.32}, {"mean": 0.33}
    on_logs = {**part, "ratio": mine, "true_effect": {"mean": -538.0, "ratio": true}}
    assert effect_in(on_logs) == ("ratio of geometric means", mine, true)
    unknown = {**part, "ratio": {"mean": None}, "true_effect": {"mean": 1.0, "ratio": true}}
    assert effect_in(unknown)[0] == "difference"
