"""Times to an event, and curves of who is without it, as trials of the design show them."""

import numpy as np
import pytest
import xarray as xr

from gutskin.model.compiled import load_model
from gutskin.report.methods import reported
from gutskin.trials.design import TrialDesign
from gutskin.trials.endpoints import endpoints_of
from gutskin.trials.event_times import event_free, first_events, summarised, timed_endpoints
from gutskin.trials.run import run_trial
from gutskin.trials.summary import summarise

WEEKS = (0.0, 13.0, 26.0, 52.0)
ENDS = endpoints_of(load_model(), ("eczema", "easi"))


def trial(method="log-rank", n=40):
    return TrialDesign.model_validate(
        {
            "name": "time",
            "population": "newborn_high_risk",
            "start": "birth_vaginal",
            "visits": {"weeks": WEEKS},
            "arms": ({"name": "mix", "n": n}, {"name": "placebo", "n": n, "control": True}),
            "analysis": {"primary": "eczema", "endpoints": ("eczema", "easi"), "method": method},
        }
    )


def test_closed_form_times_are_those_of_the_first_visit_with_it():
    nan = np.nan
    values = np.array([
        [0, 0, 1, 1], [0, nan, nan, 0], [0, 0, nan, nan], [1, 1, 1, 1], [0, nan, nan, nan],
        [nan, 0, 1, 1],
    ])  # fmt: skip
    time, event = first_events(values, WEEKS)
    assert np.array_equal(time, [26, 52, 13, nan, nan, nan], equal_nan=True)
    assert event[:3].tolist() == [1, 0, 0]


def made_up(design, hazard, leaving, replicates=50, seed=1):
    """Of those without eczema a share gets it between visits, of all a share leaves."""
    rng = np.random.default_rng(seed)
    n = design.arms[0].n
    has = np.zeros((replicates, 2, n, len(WEEKS)))
    for visit in range(1, len(WEEKS)):
        new = rng.random((replicates, 2, n)) < np.array(hazard)[:, None]
        has[..., visit] = np.maximum(has[..., visit - 1], new)
    gone = rng.random((replicates, 2, n, len(WEEKS))) < leaving
    gone[..., 0] = False
    has[np.maximum.accumulate(gone, axis=-1)] = np.nan
    return xr.Dataset(
        {"measured": (("endpoint", "replicate", "arm", "patient", "visit"), np.stack([has] * 2))},
        coords={"endpoint": ["eczema", "easi"], "arm": ["mix", "placebo"], "visit": list(WEEKS)},
    )


def test_closed_form_without_leaving_it_is_the_share_without_it():
    design = trial()
    data = made_up(design, (0.1, 0.2), 0.0)
    found = event_free(data, design, ENDS)
    share = 1 - data["measured"].sel(endpoint="eczema").mean("patient")
    assert np.allclose(found[0], share.transpose("arm", "visit", "replicate").values)
    assert (found[0, :, 0] == 1).all()


def test_leaving_at_random_biases_the_share_and_not_the_curve():
    design = trial(n=200)
    found = event_free(made_up(design, (0.1, 0.2), 0.2), design, ENDS)[0, :, -1]
    for place, hazard in enumerate((0.1, 0.2)):
        error = found[place].std() / np.sqrt(50)
        assert abs(found[place].mean() - (1 - hazard) ** 3) < 4 * error


def test_only_endpoints_whose_times_are_tested_have_curves():
    assert timed_endpoints(trial(), ENDS) == ("eczema",)
    assert timed_endpoints(trial("cox"), ENDS) == ("eczema",)
    assert timed_endpoints(trial("ancova"), ENDS) == ()
    design = trial("ancova")
    assert event_free(made_up(design, (0.1, 0.2), 0.0), design, ENDS).shape == (0, 2, 4, 50)


def test_the_summary_has_each_arm_at_each_visit():
    design = trial()
    found = event_free(made_up(design, (0.1, 0.2), 0.1), design, ENDS)
    curve = summarised(design, ["eczema"], found)["eczema"]["placebo"]
    assert [one["week"] for one in curve] == list(WEEKS)
    assert curve[-1]["mean"] == pytest.approx(found[0, 1, -1].mean())
    assert curve[-1]["ci95_low"] < curve[-1]["mean"] < curve[-1]["ci95_high"]


def test_a_trial_from_birth_tells_its_curves():
    design = trial("cox", n=4)
    run = run_trial(design, load_model(), 2)
    summary = summarise(run.shown, design, run.analysis)
    assert set(summary["endpoints"]["eczema"]["event_free"]) == {"mix", "placebo"}
    assert "event_free" not in summary["endpoints"]["easi"]
    assert any("still without it at week 52 (Kaplan-Meier)" in text for text in reported(summary))
