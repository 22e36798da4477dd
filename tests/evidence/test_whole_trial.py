"""Statements about a trial, from replicates made up here."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from gutskin.evidence import whole_trial
from gutskin.evidence.arm_statistics import each_replicate
from gutskin.evidence.experiment_parts import Experiment
from gutskin.evidence.trial_check import TrialCheck

REPLICATES = 50


def check(statistic, expected, **given):
    return TrialCheck.model_validate(
        {"says": "it falls", "endpoint": "scorad", "statistic": statistic, "expected": expected,
         **given}
    )  # fmt: skip


def measured(entry, later):
    """The same two patients in every replicate, on one arm."""
    values = np.array([entry, later], float)  # [visit, patient]
    whole = np.broadcast_to(values, (REPLICATES, 2, len(entry)))
    return (
        xr.Dataset(
            {"measured": (("replicate", "visit", "patient"), whole)},
            coords={"visit": [0.0, 8.0]},
        )
        .expand_dims(endpoint=["scorad"], arm=["placebo"])
        .assign_coords(unit=("endpoint", ["points"]))
    )


def of_one_arm(one, data):
    return each_replicate(one, whole_trial.records_of(data))


@pytest.mark.parametrize(
    ("statistic", "value"),
    [
        ("baseline", 62.5),  # of 40, 80, 30 and 100
        ("percent_change", -215.0 / 3),  # of -50, -75 and -90, the third was not seen
        ("three_quarters_less", 200.0 / 3),
    ],
)
def test_closed_form_what_one_arm_shows_is_of_those_who_were_seen(statistic, value):
    data = measured([40.0, 80.0, 30.0, 100.0], [20.0, 20.0, np.nan, 10.0])
    one = check(statistic, (0.0, 1.0), arm="placebo", week=8.0)
    np.testing.assert_allclose(of_one_arm(one, data), np.full(REPLICATES, value))


def comparison(**given):
    usual = {
        "true_effect": np.full(REPLICATES, -3.0), "difference": np.full(REPLICATES, -5.0),
        "significant": np.ones(REPLICATES, bool), "better": np.ones(REPLICATES, bool),
        "tested": np.ones(REPLICATES, bool),
    }  # fmt: skip
    every = {**usual, **given}
    return SimpleNamespace(**{"asked": every["tested"], **every})


def findings(monkeypatch, checks, first):
    analysis = SimpleNamespace(
        endpoints={"scorad": SimpleNamespace(comparisons={"a": first, "b": None})}
    )
    data = measured([40.0, 80.0], [20.0, 20.0])
    both = analysis, whole_trial.records_of(data)
    monkeypatch.setattr(whole_trial, "_conducted", lambda *given: both)
    one = Experiment.model_validate(
        {"experiment": "x", "evidence_verdict": "thin", "why": "few", "days": 56, "trial": "t",
         "replicates": REPLICATES, "trial_checks": tuple(checks)}
    )  # fmt: skip
    return whole_trial.trial_findings(one, None)


def test_unit_each_check_reads_its_own_statistic_of_the_first_arm(monkeypatch):
    checks = [
        check("true_effect", (-4.0, -2.0)), check("difference", (-6.0, -4.0)),
        check("percent_change", (-70.0, -60.0), arm="placebo", week=8.0),
    ]  # fmt: skip
    found = findings(monkeypatch, checks, comparison())
    assert [one.middle for one in found] == pytest.approx([-3.0, -5.0, -62.5])
    assert [one.verdict for one in found] == ["shown"] * 3


def test_closed_form_a_share_of_trials_is_of_those_tested_and_in_favour(monkeypatch):
    places = np.arange(REPLICATES)
    first = comparison(
        tested=places < 40, significant=places % 2 == 0, better=places % 4 == 0
    )  # 10 of 40
    (one,) = findings(monkeypatch, [check("significant_for", (0.1, 0.5))], first)
    assert one.middle == pytest.approx(10 / 40, abs=0.02)


def test_unit_a_trial_is_conducted_once_for_the_same_question(monkeypatch):
    conducted = []

    def run(*given, **more):
        conducted.append(given[2:])
        assert more == {"keep_patients": True}  # of one arm each is read
        return SimpleNamespace(analysis="analysis", data="data")

    monkeypatch.setattr(whole_trial, "run_trial", run)
    monkeypatch.setattr(whole_trial, "records_of", lambda data: data)
    monkeypatch.setattr(whole_trial, "load_trial", lambda *given: "design")
    monkeypatch.setattr(whole_trial, "_done", {})
    setting = SimpleNamespace(
        model=SimpleNamespace(content_hash="h", biology=None), stance="article", seed=3
    )
    for replicates in (50, 50, 60):
        one = SimpleNamespace(replicates=replicates, crossed=False, one_body=False)
        assert whole_trial._conducted("t", one, setting) == ("analysis", "data")
    assert conducted == [(50, 3, "article"), (60, 3, "article")]


def two_arms(unit, placebo, drug):
    """Two patients in every replicate of two arms, at entry and at week 8."""
    values = np.array([placebo, drug], float)  # [arm, visit, patient]
    whole = np.broadcast_to(values, (1, REPLICATES, 2, 2, 2))
    data = xr.Dataset(
        {"measured": (("endpoint", "replicate", "arm", "visit", "patient"), whole)},
        coords={"endpoint": ["scorad"], "arm": ["placebo", "drug"], "visit": [0.0, 8.0],
                "unit": ("endpoint", [unit])},
    )  # fmt: skip
    return data.transpose("endpoint", "replicate", "arm", "patient", "visit")


def judged_by(monkeypatch, data, **given):
    both = SimpleNamespace(), whole_trial.records_of(data)
    monkeypatch.setattr(whole_trial, "_conducted", lambda *_: both)
    one = Experiment.model_validate(
        {"experiment": "x", "evidence_verdict": "thin", "why": "few", "days": 56, "trial": "t",
         "replicates": REPLICATES,
         "trial_checks": (check(given.pop("statistic"), given.pop("expected"), **given),)}
    )  # fmt: skip
    (found,) = whole_trial.trial_findings(one, None)
    return found


def test_closed_form_the_share_of_responders_at_a_week(monkeypatch):
    data = two_arms("1", [[0, 0], [0, 0]], [[0, 0], [1, 0]])
    found = judged_by(
        monkeypatch, data, statistic="mean", expected=(41.0, 54.0), arm="drug", week=8.0
    )
    assert (found.middle, found.verdict) == (50.0, "shown")
    points = two_arms("points", [[40, 20], [10, 20]], [[40, 20], [10, 20]])
    mean = judged_by(
        monkeypatch, points, statistic="mean", expected=(14.0, 16.0), arm="drug", week=8.0
    )
    assert mean.middle == 15.0


def test_closed_form_one_arm_less_another(monkeypatch):
    data = two_arms("points", [[40, 20], [30, 15]], [[40, 20], [20, 10]])
    found = judged_by(
        monkeypatch, data, statistic="percent_change", expected=(-30.0, -20.0), arm="drug",
        less="placebo", week=8.0,
    )  # fmt: skip
    assert (found.middle, found.verdict) == (-25.0, "shown")


@pytest.mark.parametrize(
    ("expected", "verdict"), [((-30.0, 5.0), "shown"), ((-20.0, 5.0), "not shown")]
)
def test_a_drug_that_failed_is_held_to_a_size(monkeypatch, expected, verdict):
    """The range holds no effect inside: an effect that is too large is not shown."""
    data = two_arms("points", [[40, 20], [30, 15]], [[40, 20], [20, 10]])
    found = judged_by(
        monkeypatch, data, statistic="percent_change", expected=expected, arm="drug",
        less="placebo", week=8.0,
    )  # fmt: skip
    assert found.verdict == verdict
