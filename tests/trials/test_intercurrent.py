"""Patients with and without intercurrent events: the same streams, another way after them."""

import numpy as np
import pytest

from gutskin.model.compiled import load_model
from gutskin.trials import chunks
from gutskin.trials.conduct import WorkCounter, conduct_batch
from gutskin.trials.design import TrialDesign
from gutskin.trials.estimand_parts import EVENTS
from gutskin.trials.estimands import of_each_replicate
from gutskin.trials.study import prepare

ALL = ("treatment policy", "hypothetical", "composite", "while on treatment")
DRUG = {"kind": "dupilumab", "loading_mg": 600.0, "dose_mg": 300.0, "every_weeks": 2.0}


def same_strategy(way):
    return {"name": way.replace(" ", "_"), "strategies": dict.fromkeys(EVENTS, way)}


def trial(conduct=None, n=16, **parts):
    return TrialDesign.model_validate(
        {
            "name": "events",
            "population": "ad_adult",
            "eligibility": {"easi": (16.0, 72.0)},
            "visits": {"weeks": (0.0, 4.0, 8.0, 12.0), "screening_weeks": 2.0},
            "arms": (
                {"name": "drug", "n": n, "interventions": (DRUG,)},
                {"name": "placebo", "n": n, "control": True},
            ),
            "conduct": conduct or {},
            "estimands": tuple(same_strategy(way) for way in ALL),
            "analysis": {"primary": "easi", "endpoints": ("easi", "scorad", "easi75")},
            **parts,
        }
    )


def conducted(design, replicates=2):
    study = prepare(design, load_model(), replicates, 3, "evidence")
    return study, conduct_batch(study, replicates, WorkCounter(None, 1, 2))


@pytest.fixture(scope="module")
def quiet():
    return conducted(trial(subgroups=({"name": "severe", "easi": (30.0, 72.0)},)))


@pytest.fixture(scope="module")
def lively():
    """A third stops the product, many are rescued, some leave."""
    design = trial(
        {"rescue": True, "dropout_share": 0.2},
        discontinuation={"share": 0.4},
        rescue={"interventions": ({"kind": "topical_steroid", "level": 1.0},)},
    )
    return conducted(design)


def values(data, name, *order):
    return data[name].transpose(*order, "replicate", "arm", "patient", ...).values


def test_without_events_all_estimands_are_the_same_outcome(quiet):
    """Exact: and what is observed is the record, whose mean difference ANCOVA estimates."""
    _, batch = quiet
    potential = values(batch.data, "potential", "estimand", "of")
    for other in potential[1:]:
        assert np.array_equal(other, potential[0])
    assert np.isnan(batch.data["event"].values).all()
    assert np.array_equal(batch.data["observed"].values, batch.data["measured"].values)
    record = batch.data["measured"].sel(endpoint="easi").isel(visit=-1).values
    for arm in range(2):
        assert np.array_equal(potential[0, 0, :, arm, :, arm], record[:, arm])
    latent = batch.data["latent"].sel(endpoint="easi").isel(visit=-1)
    latent = latent.transpose("replicate", "arm", "patient", "given").values
    assert np.array_equal(potential[0, 1], latent)


def test_until_his_event_a_patient_goes_the_same_way_and_then_another(quiet, lively):
    """Exact: the same streams. What is observed differs from the quiet record after events."""
    _, batch = lively
    observed = values(batch.data, "observed", "endpoint")[0]
    record = values(quiet[1].data, "measured", "endpoint")[0]
    weeks = batch.data["visit"].values
    fell = batch.data["event"].transpose("kind", "replicate", "arm", "patient").values
    first = np.nanmin(np.concatenate([fell, np.full((1, *fell.shape[1:]), np.inf)]), axis=0)
    after = weeks > first[..., None]
    seen = np.isfinite(observed)
    assert np.array_equal(observed[~after & seen], record[~after & seen])
    those = after[:, 0] & seen[:, 0]
    active, clear = observed[:, 0][those] - record[:, 0][those], record[:, 0][those] == 0
    assert ((active != 0) | clear).all()  # at the end of the scale there is nothing to tell
    assert (~clear).sum() > 5


def test_stopping_the_drug_makes_patients_worse_and_rescue_helps(lively):
    data = lively[1].data
    easi = data["observed"].sel(endpoint="easi").isel(visit=-1)
    fell, weeks = data["event"], float(data["visit"].values[-1])
    quiet_value = data["potential"].sel(estimand="hypothetical", of="record")
    stopped = (fell.sel(kind="discontinuation") < weeks) & fell.sel(kind="rescue").isnull()
    drug = (easi - quiet_value.sel(given="drug")).where(stopped).sel(arm="drug").values
    assert np.nanmean(drug) > 0.3
    placebo = (easi - quiet_value.sel(given="placebo")).sel(arm="placebo")
    rescued = fell.sel(kind="rescue", arm="placebo") < weeks
    assert np.nanmean(placebo.where(rescued).values) < -0.3
    only_stopped = stopped.sel(arm="placebo")  # there is nothing to stop
    assert np.nanmax(np.abs(placebo.where(only_stopped).values)) == 0


def test_who_left_is_followed_in_his_body_but_not_observed(lively):
    data = lively[1].data
    left = data["event"].sel(kind="dropout")
    gone = (data["visit"] > left).transpose("replicate", "arm", "patient", "visit").values
    assert gone.any()
    assert np.isnan(values(data, "observed", "endpoint")[:, gone]).all()
    assert np.isfinite(values(data, "potential", "estimand", "of")).all()


def test_composite_counts_the_rescued_as_failed_under_either_arm(lively):
    data = lively[1].data
    composite = data["potential"].sel(estimand="composite", of="record")
    first = data["observed"].sel(endpoint="easi").isel(visit=0)
    happened = (data["event"] < float(data["visit"].values[-1])).any("kind")
    for arm in ("drug", "placebo"):
        own = composite.sel(arm=arm, given=arm)
        assert np.array_equal(
            own.where(happened.sel(arm=arm), drop=False).values,
            first.sel(arm=arm).where(happened.sel(arm=arm)).values,
            equal_nan=True,
        )


def test_a_chunk_keeps_what_estimands_ask_for(lively):
    study, batch = lively
    back = chunks.from_bytes(chunks.to_bytes(batch, study.design), study.design, study.endpoints, 0)
    for name in ("observed", "event", "potential"):
        assert np.array_equal(
            back.data[name].transpose(*batch.data[name].dims).values, batch.data[name].values,
            equal_nan=True,
        ), name  # fmt: skip


def test_double_programming_the_true_value_is_the_mean_of_paired_differences(quiet, lively):
    for study, batch in (quiet, lively):
        found = of_each_replicate(batch.data, study.design, study.endpoints).values
        potential = batch.data["potential"]
        gain = potential.sel(given="drug") - potential.sel(given="placebo")
        mean = gain.mean(("arm", "patient")).transpose("estimand", "of", "replicate").values
        assert np.allclose(found[:, 0, :2], mean, rtol=1e-12)


def test_a_trial_of_several_patients_without_events_has_one_row_an_estimator(quiet):
    """The trial's own analysis and a mixed model; rivals that differ after events alone are not."""
    study, batch = quiet
    found = of_each_replicate(batch.data, study.design, study.endpoints)
    assert found.values.shape == (4, 1, 4, 2)
    assert np.allclose(found.values[0], found.values[1:], rtol=1e-9)
    assert not found.shares.any()
