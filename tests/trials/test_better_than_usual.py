"""Control arms that get worse since who was admitted was better than usual: of told summaries."""

from typing import Any

import pytest

from gutskin.model.biology import shipped_biology
from gutskin.trials.better_than_usual import better_than_usual
from gutskin.trials.design import TrialDesign, every_trial

BIOLOGY = shipped_biology()
MILD: dict[str, Any] = {
    "name": "mild", "population": "ad_adult", "visits": {"weeks": (0.0, 12.0)},
    "eligibility": {"scorad": (5.0, 25.0)},
    "arms": ({"name": "mix", "n": 30}, {"name": "placebo", "n": 30, "control": True}),
    "analysis": {"primary": "scorad", "endpoints": ("scorad",)},
}  # fmt: skip
RUN_IN = {"weeks": 2.0, "interventions": ({"kind": "emollient", "level": 0.7},)}


def told(change: float | None = 5.44, error: float | None = 0.5, **other: Any) -> list[str]:
    placebo = {"change_mean": change, "monte_carlo_error": {"change_mean": error}}
    summary = {"endpoints": {"scorad": {"label": "SCORAD", "placebo": placebo}}}
    return [*better_than_usual(summary, TrialDesign.model_validate(MILD | other), BIOLOGY)]


def test_told_why_the_control_arm_rises():
    """Adults of 5 to 25 SCORAD got worse by a third, "inside the evidence" and without a word."""
    (says,) = told()
    assert says.startswith(
        "SCORAD of the control arm rises by 5.4 points: most likely who is admitted with 5 to 25 "
    )


@pytest.mark.parametrize(
    "nothing",
    [
        {"change": -5.0},
        {"change": 0.9},  # by chance
        {"change": None},
        {"change": float("nan")},
        {"error": None},
        {"eligibility": {}},
        {"eligibility": {"scorad": (25.0, 103.0)}},  # nobody is too ill for it
        {"eligibility": {"easi": (1.0, 6.0)}},  # of which nothing is told
        {"run_in": RUN_IN},  # what helped is stopped
        {"seasons": {"amplitude": 0.5, "peak_week": 20.0, "starts": (1.0, 8.0)}},
    ],
)
def test_edge_nothing_is_said_where_that_is_not_the_reason(nothing):
    assert told(**nothing) == []


def test_reference_no_published_control_arm_of_these_scores_rose():
    """Holds the sentence to the tables: means of the first and the last visit, and changes."""
    falls = []
    for design in every_trial(BIOLOGY).values():
        if design.from_birth or design.single_arm:
            continue
        own = [
            one
            for one in design.published.values
            if one.arm == design.control.name and one.endpoint in ("scorad", "easi")
        ]
        for kind in ("mean", "geometric_mean", "median"):
            seen = {one.week: getattr(one, kind) for one in own if getattr(one, kind) is not None}
            if len(seen) > 1:
                falls.append(seen[max(seen)] - seen[min(seen)])
        falls += [
            change for one in own for change in (one.change, one.change_percent)
            if change is not None
        ]  # fmt: skip
    assert len(falls) > 5
    assert max(falls) < 0
