"""The line of a trial on the card of a strain: what was reported, and a warning where it is odd."""

from dataclasses import replace

import numpy as np
import pytest

from gutskin.population.strain_known import OwnResult
from gutskin.report.strain_card import result_in_words

TREATED = OwnResult(
    "mine_1", "SCORAD, 8 weeks", False, -4.25, 1.7857, -7.5, -0.5, False, None, -4.25, None,
    True, (), "",
)  # fmt: skip
PREVENTED = OwnResult(
    "mine_1", "eczema, 24 months", True, float(np.log(0.7)), 0.1172, float(np.log(0.69)),
    float(np.log(1.1)), True, None, float(np.log(0.7)), None, True, (), "",
)  # fmt: skip


def test_closed_form_an_interval_is_told_as_reported() -> None:
    assert result_in_words(TREATED).startswith(
        "mine_1: difference -4.25 points (-7.5 to -0.5) in SCORAD"
    )
    assert result_in_words(PREVENTED).startswith("mine_1: risk ratio 0.7 (0.69 to 1.1) in eczema")
    ends = {"low": float(np.log(0.1234)), "high": float(np.log(3.25))}
    assert "risk ratio 0.7 (0.1234 to 3.25)" in result_in_words(replace(PREVENTED, **ends))


def test_closed_form_of_an_error_alone_the_interval_of_a_normal() -> None:
    alone = {"low": None, "high": None, "is_lopsided": False}
    assert "difference -4.2 points (-7.7 to -0.8)" in result_in_words(replace(TREATED, **alone))
    assert "risk ratio 0.70 (0.56 to 0.88)" in result_in_words(replace(PREVENTED, **alone))


@pytest.mark.parametrize(("one", "lopsided"), [(TREATED, False), (PREVENTED, True)])
def test_unit_a_lopsided_estimate_is_warned_of_with_what_the_model_takes(one, lopsided) -> None:
    assert ("warning: the estimate lies far from the middle" in result_in_words(one)) is lopsided
    assert ("takes it as risk ratio 0.70 (0.56 to 0.88)" in result_in_words(one)) is lopsided


def test_unit_a_report_of_what_cannot_be_is_warned_of_with_the_most_that_can() -> None:
    assert "warning" not in result_in_words(replace(TREATED, reach=(-6.0, 3.0)))
    much = replace(TREATED, estimate=-40.0, taken=-11.5, reach=(-6.0, 3.0))
    assert "reaches -6.0 points there at most" in result_in_words(much)
    assert "with the luck of a trial -11.5 points" in result_in_words(much)
    harm = replace(much, estimate=40.0, taken=8.5)
    assert "reaches +3.0 points there at most" in result_in_words(harm)
    ratio = replace(PREVENTED, taken=float(np.log(0.8)), reach=(float(np.log(0.9)), 0.5))
    assert "a risk ratio of 0.90 there at most" in result_in_words(ratio)
    assert "with the luck of a trial a risk ratio of 0.80" in result_in_words(ratio)
