"""Responders that leavers turn to the other side of the truth: closed forms of a told summary."""

from typing import Any

import pytest

from gutskin.trials.design import TrialDesign
from gutskin.trials.leavers_told import against_the_truth

DESIGN = TrialDesign.model_validate(
    {
        "name": "told", "population": "ad_adult", "visits": {"weeks": (0.0, 4.0)},
        "arms": ({"name": "mix", "n": 30}, {"name": "placebo", "n": 30, "control": True}),
        "analysis": {"primary": "scorad50", "endpoints": ("scorad50",)},
    }
)  # fmt: skip


def summary(
    reported: float | None = -0.03, true: float = 0.04, lost: float = 8.0, **own: Any
) -> dict[str, Any]:
    truth = {"mean": true, "monte_carlo_error": 0.01}
    its = {"mean": reported, "monte_carlo_error": 0.02, "true_effect": truth}
    endpoint = {
        "label": "SCORAD-50", "unit": "1", "lower_is_better": False, "differences": {"mix": its},
    } | own  # fmt: skip
    arms = {"mix": {"lost": lost, "randomised": 30}, "placebo": {"lost": 1.5, "randomised": 30}}
    return {"endpoints": {"scorad50": endpoint}, "flow": {"arms": arms}}


def test_told_why_trials_report_the_other_side_of_what_is_true():
    """-3 stood beside +4 without a word."""
    assert [*against_the_truth(summary(), DESIGN)] == [
        "SCORAD-50: trials report −3 percentage points for mix where +4 is true. Who has left "
        "counts as a failure, and of mix 27%, of placebo 5% are not there at the end."
    ]
    (other,) = against_the_truth(summary(0.04, -0.03, 0.0), DESIGN)
    assert "report +4 percentage points for mix where −3 is true" in other


@pytest.mark.parametrize(
    "one",
    [
        summary(0.01),  # on one side
        summary(-0.005, 0.005),  # by chance
        summary(lost=1.5),  # as many leave both
        summary(lost=0.0),  # more leave the control, which would raise it
        summary(reported=None),
        summary(unit="points"),
        summary(lower_is_better=True),  # eczema: who has left has not got it
        {**summary(), "flow": {}},
    ],
)
def test_edge_nothing_is_said_where_leaving_is_not_the_reason(one):
    assert [*against_the_truth(one, DESIGN)] == []
