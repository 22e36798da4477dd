"""What small trials foretell of larger ones, beside larger ones that the engine simulates."""

import numpy as np
import pytest

from gutskin.model.compiled import load_model
from gutskin.trials.design import load_trial
from gutskin.trials.power import power_of
from gutskin.trials.run import run_trial

SHIPPED = load_trial("six-strain-children")
WORLDS = 80


def design_of(n):
    analysis = SHIPPED.analysis.model_copy(update={"endpoints": ("scorad",)})
    arms = tuple(arm.model_copy(update={"n": n}) for arm in SHIPPED.arms)
    return SHIPPED.model_copy(update={"arms": arms, "analysis": analysis})


@pytest.mark.slow
def test_reference_simulated_trials_four_times_as_large_find_what_was_foretold():
    """The same worlds, other patients; the article's stance, where there is something to find."""
    small, large = design_of(10), design_of(40)
    before = run_trial(small, load_model(), WORLDS, 1, "article").analysis
    told = power_of(before, small, [40])["six_strain"].at[0]
    after = run_trial(large, load_model(), WORLDS, 1, "article").analysis
    found = after.endpoints["scorad"].comparisons["six_strain"]
    assert 0.3 < told.assurance.value < 0.95
    # The worlds are the same, so what is left is the chance of single trials.
    again = power_of(after, large, [40])["six_strain"].at[0]
    for estimate, other, share in (
        (told.assurance, again.assurance, found.share_for),
        (told.harm, again.harm, found.share_against),
    ):
        assert abs(estimate.value - share.value) < 3.5 * share.error
        assert abs(estimate.value - other.value) < 0.08
    assert np.isfinite(told.assurance.ci95_low)
