"""Trials of a single arm: its change is tested, the same people untreated are the truth."""

import numpy as np
import pytest
import xarray as xr
from scipy.stats import ttest_rel
from trial_texts import problems

from gutskin.errors import InputError
from gutskin.model.compiled import load_model
from gutskin.report.methods import planned
from gutskin.statistics.paired import paired_change
from gutskin.statistics.untested import Untested
from gutskin.trials.analysis import per_replicate
from gutskin.trials.before_after import before_after, way_of
from gutskin.trials.design import TrialDesign, load_trial
from gutskin.trials.endpoints import endpoints_of
from gutskin.trials.plan import plan_trial
from gutskin.trials.power import check_control
from gutskin.trials.run import run_trial
from gutskin.trials.summary import SINGLE_ARM, summarise

TEXT = """\
name = "alone"
population = "ad_adult"

[visits]
weeks = [0, 4]
screening_weeks = 2

[[arms]]
name = "cream"
n = 6

[[arms.interventions]]
kind = "topical_steroid"
level = 1
end_week = 4

[analysis]
primary = "scorad"
endpoints = ["scorad", "tewl"]
"""


@pytest.fixture
def design(tmp_path):
    path = tmp_path / "trial.toml"
    path.write_text(TEXT)
    return load_trial(path)


def test_double_programming_the_paired_t_test():
    rng = np.random.default_rng(1)
    values = rng.normal(40, 8, (5, 9, 2))
    values[0, 2, 1] = np.nan
    found = paired_change(values)
    for one, value, p in zip(values, found.value, found.p, strict=True):
        pairs = one[np.isfinite(one).all(axis=1)]
        assert value == pytest.approx((pairs[:, 1] - pairs[:, 0]).mean())
        assert p == pytest.approx(ttest_rel(pairs[:, 1], pairs[:, 0]).pvalue)
    nobody = paired_change(np.full((3, 2), np.nan)).untested
    assert nobody == Untested.no_pair
    assert "arm" not in Untested(int(nobody)).words  # there is one alone
    assert paired_change([[1.0, 2.0]]).untested == Untested.too_few
    assert paired_change([[1.0, 2.0], [4.0, 5.0]]).untested == Untested.no_spread


def test_simulation_five_percent_of_trials_without_any_change():
    rng = np.random.default_rng(2)
    p = paired_change(rng.normal(40, 8, (10_000, 7, 2))).p
    assert abs((p < 0.05).mean() - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 10_000)


def test_simulation_the_same_where_some_leave_by_chance():
    rng = np.random.default_rng(4)
    values = rng.normal(40, 8, (10_000, 14, 2))
    values[..., 1] = np.where(rng.random(values.shape[:-1]) < 0.25, np.nan, values[..., 1])
    found = paired_change(values)
    tested = found.untested == Untested.tested
    assert tested.mean() > 0.99
    share = (found.p[tested] < 0.05).mean()
    assert abs(share - 0.05) < 3.3 * np.sqrt(0.05 * 0.95 / tested.sum())


def test_the_same_people_untreated_stand_for_a_control(design):
    assert [arm.n for arm in design.arms] == [6, 0]
    assert design.single_arm
    assert design.control.interventions == ()
    assert TrialDesign.model_validate_json(design.model_dump_json()) == design
    plan = plan_trial(design, 3)  # a design is checked as a file is
    assert plan.sizes.patients == 18
    with pytest.raises(InputError, match="no control"):
        check_control(design)


def test_a_trial_runs_and_tells_what_no_such_trial_can_see(design):
    trial = run_trial(design, load_model(), 3, keep_patients=True)
    its = trial.analysis.endpoints["scorad"].comparisons["cream"]
    record = trial.data["measured"].sel(endpoint="scorad", arm="cream")
    change = (record.isel(visit=-1) - record.isel(visit=0)).mean("patient").values
    assert its.method == "before-after"
    assert np.allclose(its.difference, change)
    latent = trial.data["latent"].sel(endpoint="scorad", arm="cream").isel(visit=-1)
    gain = (latent.sel(given="cream") - latent.sel(given="untreated")).mean("patient").values
    assert np.allclose(its.true_effect, gain)
    assert (gain < 0).all()
    summary = summarise(trial.shown, design, trial.analysis)
    assert summary["limits"][0] == SINGLE_ARM
    assert not any("untreated at the end" in text for text in summary["warnings"])


def test_closed_form_what_would_come_anyway_counts_as_an_effect(design):
    """Everybody falls by 8, by 3 of it for the cream: the change is -8, the truth -3."""
    rng = np.random.default_rng(3)
    first = rng.normal(50, 8, (200, 2, 6))
    latent = np.stack([first, first - 5], axis=-1)[..., None, :] + np.array([[0, -3.0], [0, 0]])
    measured = latent[..., 0, :] + rng.normal(0, 4, (200, 2, 6, 2))
    measured[:, 1], latent[:, 1] = np.nan, np.nan
    arms = ["cream", "untreated"]
    data = xr.Dataset(
        {
            "measured": (("endpoint", "replicate", "arm", "patient", "visit"),
                         np.stack([measured] * 2)),
            "latent": (("endpoint", "replicate", "arm", "patient", "given", "visit"),
                       np.stack([latent] * 2)),
        },
        coords={"endpoint": ["scorad", "tewl"], "replicate": np.arange(200), "arm": arms,
                "given": arms, "visit": [0.0, 4.0], "lower_is_better": ("endpoint", [True] * 2)},
    )  # fmt: skip
    ends = endpoints_of(load_model(), ("scorad", "tewl"))
    its = per_replicate(data, design, ends)["scorad"].comparisons["cream"]
    assert np.allclose(its.true_effect, -3.0)
    assert abs(its.difference.mean() + 8) < 3.5 * its.difference.std() / np.sqrt(200)


def values_of(first, last):
    return np.stack([np.broadcast_to(np.array(one, float), (3, 6)) for one in (first, last)], -1)


@pytest.mark.parametrize(
    ("scale", "first", "last", "method", "why"),
    [
        ("linear", [40, 42, 44, 46, 48, 50], [39, 40, 44, 41, 47, 46], "before-after", 0),
        ("grade", [3, 3, 4, 2, 3, 4], [2, 3, 3, 2, 2, 4], "before-after", 0),
        ("event", [1, 0, 0, 1, 0, 0], [1, 1, 0, 0, 1, 0], "mcnemar", 0),
        ("below", [0] * 6, [1, 0, 0, 1, 1, 1], "mcnemar", Untested.no_reference),
        ("count", [0] * 6, [1, 2, 0, 1, 3, 1], "estimate", Untested.no_reference),
        ("fall", [0] * 6, [1, 1, 0, 1, 1, 1], "estimate", Untested.no_reference),
        ("drop", [0] * 6, [1, 1, 0, 1, 1, 1], "estimate", Untested.no_reference),
        ("ever", [1, 0, 0, 0, 0, 0], [1, 1, 0, 1, 1, 1], "estimate", Untested.no_reference),
    ],
)
def test_unit_only_what_may_rise_and_fall_since_the_first_visit_is_tested(
    scale, first, last, method, why
):
    assert way_of(scale) == method
    found = before_after(values_of(first, last), scale, on_logs=False, lower_is_better=True)
    assert (found.untested == why).all()
    assert (np.isnan(found.p) == (why > 0)).all()
    change = np.mean(last) - np.mean(first)
    assert found.difference == pytest.approx([change] * 3)
    assert (found.better == (change < 0)).all()


def test_double_programming_logarithms_are_tested_and_the_change_told_in_its_unit():
    rng = np.random.default_rng(5)
    values = np.exp(rng.normal(4, 1, (4, 12, 2)))
    found = before_after(values, "log", on_logs=True, lower_is_better=True)
    assert found.difference == pytest.approx((values[..., 1] - values[..., 0]).mean(axis=1))
    on_logs = np.log(values)
    p = [ttest_rel(one[:, 1], one[:, 0]).pvalue for one in on_logs]
    assert found.p == pytest.approx(p)
    assert found.tested_difference == pytest.approx(np.diff(on_logs)[..., 0].mean(axis=1))
    plain = before_after(values, "linear", on_logs=False, lower_is_better=True)
    assert plain.p == pytest.approx([ttest_rel(one[:, 1], one[:, 0]).pvalue for one in values])


@pytest.mark.parametrize("scale", ["linear", "log", "event", "below", "ever", "count"])
def test_unit_from_birth_a_single_arm_tests_nothing(scale):
    """Every score of a newborn can only rise: all that grow would be significant."""
    begin, end = [1, 0, 1, 0, 0, 1], [3, 4, 5, 2, 3, 4]
    if scale == "log":  # of nothing there is no logarithm
        begin, end = [2, 1, 2, 1, 1, 2], [4, 5, 6, 3, 4, 5]
    values = values_of(begin, end)
    assert way_of(scale, born=True) == "estimate"
    found = before_after(values, scale, scale == "log", lower_is_better=True, born=True)
    assert (found.untested == Untested.newborn).all()
    assert np.isnan(found.p).all()
    assert found.difference == pytest.approx([3.0] * 3)
    both = [np.log(one) if scale == "log" else one for one in np.moveaxis(values, -1, 0)]
    np.testing.assert_allclose(found.tested_difference, np.nanmean(both[1] - both[0], axis=-1))


def test_unit_a_patient_of_whom_nothing_is_known_is_no_reason_of_the_design():
    nobody = np.full((2, 6, 2), np.nan)
    assert (before_after(nobody, "count", False, True).untested == Untested.no_pair).all()


def test_a_count_and_a_response_of_a_single_arm_are_told_and_not_tested(tmp_path):
    """A rate of flares cannot be 0: that it is not was significant in every larger trial."""
    path = tmp_path / "trial.toml"
    measured = 'endpoints = ["scorad", "flares", "scorad50", "aero_sensitisation"]'
    path.write_text(TEXT.replace('endpoints = ["scorad", "tewl"]', measured))
    design, model = load_trial(path), load_model()
    planned_ = list(planned(design, model.tables.endpoints))
    assert [text.partition(":")[0] for text in planned_] == [
        "Tested by the paired t test of changes (a single arm)", "Estimated, not tested",
        "Tested by McNemar's test (exact, mid-p) of who changed (a single arm)",
    ]  # fmt: skip
    assert planned_[-1].endswith(
        "; where everybody has it at the first visit, or nobody, it is not tested."
    )
    trial = run_trial(design, model, 2, keep_patients=True)
    summary = summarise(trial.shown, design, trial.analysis)
    for name in ("flares", "scorad50"):
        its = summary["endpoints"][name]["difference"]
        assert (its["method"], its["tested"], its["share_p_below_0_05"]) == ("estimate", 0, None)
        assert its["mean"] is not None
        assert its["true_effect"]["mean"] is not None
    notes = [text for text in summary["warnings"] if "could not be tested in any" in text]
    assert len(notes) == 2
    assert all("The change of" in text and "one direction alone" in text for text in notes)


WRONG = [
    (("n = 6", "n = 6\ncontrol = true"), "a single arm has no control"),
    (("n = 6", "n = 1"), "an arm has 2 patients at least"),
    (("n = 6", "n = 0"), "an arm has 2 patients at least"),
    (('"cream"', '"untreated"'), "cannot be called 'untreated'"),
    (('"scorad"\nend', '"scorad"\nmethod = "mmrm"\nend'), "Take `method` out"),
    (("[analysis]", '[[estimands]]\nname = "x"\n[analysis]'), "compares no arms"),
    (
        ("[analysis]", '[published]\nsource = "x"\ndifferences = '
         '[{ endpoint = "scorad", difference = 1 }]\n[analysis]'),
        "no difference from a control",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("change", "says"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_with_a_single_arm_is_told_with_its_line(tmp_path, change, says):
    assert change[0] in TEXT
    found = problems(tmp_path, TEXT.replace(*change, 1))
    assert any(says in message for _, message in found), found
    assert all(line is not None for line, _ in found)
