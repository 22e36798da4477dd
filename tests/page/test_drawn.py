"""The figure of an experiment is its courses, to the width of a line."""

from types import SimpleNamespace

import numpy as np
import pytest

from gutskin.evidence.experiments import files_of, read_experiments
from gutskin.model.compiled import load_model
from gutskin.page.drawn import POINTS, STEPS, figure_of

MODEL = load_model()
STATEMENT = read_experiments(files_of("claims", MODEL.biology), MODEL)["C12"]
DAYS = np.arange(29.0)


def course(level):
    """A course of 40 people, whatever is read of it."""
    values = level + np.add.outer(np.sin(DAYS / 5), np.linspace(-1, 1, 40))
    return SimpleNamespace(model=MODEL, times=DAYS, quantity=lambda name: values)


def figure(first, second):
    arms = list(STATEMENT.arms)
    return figure_of(
        STATEMENT,
        {
            "evidence": dict.fromkeys(arms, course(first)),
            "article": dict.fromkeys(arms, course(second)),
        },
    )


@pytest.mark.parametrize(("first", "second"), [(0.0, 0.5), (1e6, 1e6 + 30), (-7.0, -7.0)])
def test_closed_form_what_is_kept_lies_a_line_from_the_median_and_the_middle_80_percent(
    first, second
):
    found = figure(first, second)
    assert found["arms"] == [arm.title(name) for name, arm in STATEMENT.arms.items()]
    assert len(found["days"]) == POINTS
    assert (found["days"][0], found["days"][-1]) == (0, 28)
    for panel in found["panels"]:
        low, high = panel["ends"]
        for stance, level in {"evidence": first, "article": second}.items():
            whole = np.array(panel["lines"][stance])
            assert whole.shape == (len(STATEMENT.arms), 3, POINTS)
            assert whole.min() >= 0
            assert whole.max() <= STEPS
            at = np.searchsorted(DAYS, np.floor(found["days"]))
            wanted = np.quantile(course(level).quantity("")[at], [0.1, 0.5, 0.9], axis=1)
            told = low + whole[0] / STEPS * (high - low)
            np.testing.assert_allclose(told, wanted, atol=0.6 * (high - low) / STEPS)


def test_what_is_no_number_is_told_apart_and_one_level_has_a_panel_of_some_height():
    flat = SimpleNamespace(model=MODEL, times=DAYS, quantity=lambda name: np.full((29, 4), 3.0))
    lost = SimpleNamespace(model=MODEL, times=DAYS, quantity=lambda name: np.full((29, 4), np.nan))
    acid, raised = STATEMENT.arms
    found = figure_of(STATEMENT, {"evidence": {acid: flat, raised: lost}})
    for panel in found["panels"]:
        low, high = panel["ends"]
        assert low <= 3.0 < high
        assert panel["lines"]["evidence"][1] == [[-1] * POINTS] * 3
