"""What acts on nothing in these people is told, and does nothing: of designs, and by a trial."""

from typing import Any

import numpy as np
import pytest

from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.trials.design import TrialDesign
from gutskin.trials.run import run_trial
from gutskin.trials.without_effect import without_effect

BIOLOGY = shipped_biology()


def design(population: Any, *given: dict[str, Any]) -> TrialDesign:
    """Two arms of eight, of which the first is given these."""
    arms = ({"name": "diet", "n": 8, "interventions": given},
            {"name": "usual", "n": 8, "control": True})  # fmt: skip
    return TrialDesign.model_validate({
        "name": "food", "population": population, "visits": {"weeks": (0.0, 8.0)}, "arms": arms,
        "analysis": {"primary": "easi", "endpoints": ("easi",)},
    })  # fmt: skip


DIET = {"kind": "elimination_diet", "level": 1.0}
EARLY = {"kind": "food_early", "level": 1.0}


@pytest.mark.parametrize("population", ["ad_adult", "ad_child", ["ad_child", "ad_adolescent"]])
def test_told_of_the_grown_by_arm(population):
    """It said nothing, and the result was no effect with an interval of nothing."""
    (says,) = without_effect(design(population, DIET, EARLY), BIOLOGY)
    assert says.startswith("`elimination_diet` and `food_early` of arm 'diet': ")
    assert "keep what they were drawn with: it does nothing to their eczema" in says


def test_nothing_is_told_of_who_is_followed_from_birth_nor_of_what_acts():
    fed = {"kind": "fibre", "factor": 2.0}
    assert [*without_effect(design("ad_adult", fed), BIOLOGY)] == []
    assert [*without_effect(design("newborn", EARLY), BIOLOGY)] == []


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"kind": "allergen", "level": 1.0}, "`allergen` of arm 'diet' has level 1, which"),
        ({"kind": "protein", "factor": 1.0}, "`protein` of arm 'diet' has factor 1, which"),
        ({"kind": "cons_transplant", "level": 0.0}, "`cons_transplant` of arm 'diet' has level 0"),
        (DIET | {"level": 0.0}, "`elimination_diet` of arm 'diet' has level 0, which"),
    ],
)
def test_a_dose_that_leaves_all_as_it_is_is_told(given, says):
    (one,) = without_effect(design("ad_adult", given), BIOLOGY)
    assert one.startswith(says)
    some = given | {key: 0.5 for key in ("level", "factor") if key in given}
    assert all(
        "changes nothing" not in one for one in without_effect(design("ad_adult", some), BIOLOGY)
    )


@pytest.mark.parametrize("given", [DIET, EARLY])
def test_what_is_said_is_so(given):
    """Each patient has the same score under both arms; on fibre he has not."""
    assert _apart(design("ad_child", given)) == pytest.approx(0.0, abs=1e-4)
    assert _apart(design("ad_child", {"kind": "fibre", "factor": 3.0})) > 1e-3


def _apart(trial: TrialDesign) -> float:
    """How far the two courses of a patient lie apart at most at the last visit."""
    found = run_trial(trial, load_model(), 2, explained=False).shown["latent"].isel(visit=-1)
    return float(np.abs(found.isel(given=0) - found.isel(given=1)).max())
