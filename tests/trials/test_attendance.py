"""Times to a response end where a patient leaves: closed form, a second program, and the engine."""

from functools import cache

import numpy as np
import pytest
import statsmodels.api as sm
import xarray as xr

from gutskin.model.compiled import load_model
from gutskin.trials.analysis import per_replicate
from gutskin.trials.attendance import of_who_came
from gutskin.trials.chunks import patient_table
from gutskin.trials.design import TrialDesign
from gutskin.trials.endpoints import endpoints_of
from gutskin.trials.event_times import event_free, times_a_response
from gutskin.trials.run import run_trial
from gutskin.trials.summary import summarise

WEEKS = (0.0, 4.0, 8.0, 12.0, 16.0)
MANY, REPLICATES = 40, 12


def trial(method="cox", endpoints=("itch4", "scorad"), n=MANY, **more):
    return TrialDesign.model_validate(
        {
            "name": "times",
            "population": "ad_adult",
            "visits": {"weeks": WEEKS, "screening_weeks": 2.0},
            "arms": (
                {"name": "drug", "n": n, "interventions": ({"kind": "drug", "name": "dupilumab"},)},
                {"name": "placebo", "n": n, "control": True},
            ),
            "analysis": {"primary": endpoints[0], "endpoints": endpoints, "method": method},
        }
        | more
    )


def made_up(seed=1, hazard=(0.3, 0.12), leaving=(0.25, 0.05)):
    """A response that once there stays; who has left is written down as no responder."""
    rng = np.random.default_rng(seed)
    shape = (REPLICATES, 2, MANY)
    at = [np.array(one)[:, None, None] for one in (hazard, leaving)]
    responds, leaves = (rng.random((*shape, 5)) < one for one in at)
    responds[..., 0] = leaves[..., 0] = False
    has = np.maximum.accumulate(responds, axis=-1)
    came = ~np.maximum.accumulate(leaves, axis=-1)
    people = ("replicate", "arm", "patient")
    values = np.where(came, has, 0.0)
    score = np.where(came, rng.normal(40, 8, came.shape), np.nan)
    return xr.Dataset(
        {
            "measured": (("endpoint", *people, "visit"), np.stack([values, score])),
            "latent": (
                ("endpoint", *people, "given", "visit"),
                np.repeat(np.stack([has, has])[..., None, :], 2, axis=-2).astype(float),
            ),
            "came": ((*people, "visit"), came),
        },
        coords={
            "endpoint": ["itch4", "scorad"],
            "lower_is_better": ("endpoint", [False, True]),
            "replicate": range(REPLICATES),
            "arm": ["drug", "placebo"],
            "given": ["drug", "placebo"],
            "visit": list(WEEKS),
        },
    )


def by_hand(data, replicate):
    """Time, event and arm of every patient of one replicate, one after the other."""
    values = data["measured"].sel(endpoint="itch4").values[replicate]
    told = []
    for arm in (0, 1):
        for patient in range(values.shape[1]):
            here = [v for v in range(5) if data["came"].values[replicate, arm, patient, v]]
            with_it = [v for v in here if values[arm, patient, v] > 0.5]
            visit = min(with_it) if with_it else max(here)
            if visit:
                told.append((WEEKS[visit], bool(with_it), 1 - arm))
    return (np.array(column) for column in zip(*told, strict=True))


def ends(design):
    return endpoints_of(load_model(), design.analysis.endpoints)


def test_second_program_cox_and_log_rank_censor_who_leaves_at_his_last_visit():
    data = made_up()
    found = {}
    for method in ("cox", "log-rank"):
        design = trial(method)
        found[method] = per_replicate(data, design, ends(design))["itch4"].comparisons["drug"]
    for replicate in range(REPLICATES):
        time, event, arm = by_hand(data, replicate)
        fit = sm.PHReg(time, arm[:, None], status=event, ties="efron").fit()
        assert found["cox"].log_ratio[replicate] == pytest.approx(fit.params[0], abs=1e-3)
        _, p = sm.duration.survdiff(time, event, arm)
        assert found["log-rank"].p[replicate] == pytest.approx(p, rel=1e-6)


def test_closed_form_the_curve_is_that_of_who_would_have_stayed():
    design = trial()
    free = np.mean(
        [event_free(made_up(seed), design, ends(design))[0, :, -1].mean(-1) for seed in range(20)],
        axis=0,
    )
    error = 0.5 / np.sqrt(20 * REPLICATES * MANY) * 2
    assert free == pytest.approx([0.7**4, 0.88**4], abs=4 * error)


def test_a_share_at_a_visit_still_counts_who_left_as_no_responder():
    data, design = made_up(), trial("ancova")
    own = per_replicate(data, design, ends(design))["itch4"].arms["drug"]
    assert (own.complete == MANY).all()
    last = data["measured"].sel(endpoint="itch4", arm="drug").isel(visit=-1)
    assert own.end_mean == pytest.approx(last.mean("patient").values)


def test_records_without_attendance_stay_as_they_are():
    data = made_up().drop_vars("came")
    assert of_who_came(data["measured"], data).identical(data["measured"])


def test_attendance_is_known_where_times_to_a_response_are_compared():
    assert times_a_response(trial(), ends(trial()))
    assert not times_a_response(trial("ancova"), ends(trial()))
    flares = trial("cox", ("scorad_flares", "scorad"))
    assert not times_a_response(flares, ends(flares))


@cache
def conducted():
    design = trial(
        "log-rank", ("itch4", "scorad"), 8, conduct={"dropout_share": 0.5, "missed_visits": 0.2}
    )
    return design, run_trial(design, load_model(), 2, keep_patients=True)


def test_the_engine_tells_who_came_as_a_score_does():
    design, run = conducted()
    data = run.data
    seen = data["measured"].sel(endpoint="scorad").notnull()
    came = data["came"].transpose(*seen.dims)
    assert (~came).sum() > 0
    assert (came == seen).all()
    assert (data["measured"].sel(endpoint="itch4").where(~came) > 0).sum() == 0
    assert patient_table(data, design)["came"].to_numpy().sum() == int(came.sum())


def test_the_flow_counts_those_whose_time_is_known():
    design, run = conducted()
    data = run.data
    came = data["came"].transpose("replicate", "arm", "patient", "visit").values
    back = came[..., 1:].any(axis=-1).sum(axis=-1).mean(axis=0)
    flow = summarise(run.shown, design, run.analysis)["flow"]["arms"]
    assert [flow[name]["analysed"] for name in ("drug", "placebo")] == back.tolist()
    assert back.sum() < 16


def test_without_a_score_among_the_endpoints_leavers_are_known_too():
    design = trial("log-rank", ("itch4",), 8, conduct={"dropout_share": 0.5})
    run = run_trial(design, load_model(), 1, keep_patients=True)
    assert (~run.data["came"]).sum() > 0
