"""The analysis of covariance, the true effect, and what the effect hangs on."""

from types import SimpleNamespace

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from synthetic import synthetic

from gutskin.trials.analysis import analyse, per_replicate
from gutskin.trials.ancova import Untested
from gutskin.trials.design import load_trial
from gutskin.trials.unknown_numbers import untested

DESIGN = load_trial("six-strain-children")


def ols(active, control):
    """The same comparison by statsmodels: difference, standard error, p."""
    x = np.concatenate([active[0], control[0]])
    y = np.concatenate([active[1], control[1]])
    arm = np.repeat([1.0, 0.0], [active[0].size, control[0].size])
    seen = np.isfinite(x) & np.isfinite(y)
    fit = sm.OLS(y[seen], np.column_stack([np.ones(seen.sum()), x[seen], arm[seen]])).fit()
    return fit.params[2], fit.bse[2], fit.pvalues[2]


@pytest.mark.parametrize("name", DESIGN.analysis.endpoints)
def test_double_programming_whole_trial(name):
    data = synthetic(DESIGN, 8, dropout=0.1)
    its = analyse(data, DESIGN).endpoints[name].comparisons["six_strain"]
    measured = data["measured"].sel(endpoint=name).isel(visit=[0, -1])
    log = bool(data["log"].sel(endpoint=name))
    for r in range(8):
        pair = [tuple(measured.sel(arm=a).values[r].T) for a in ("six_strain", "placebo")]
        difference, error, p = ols(*pair)
        if log:
            p = ols(*[tuple(np.log(v) for v in one) for one in pair])[2]
        np.testing.assert_allclose(its.difference[r], difference, rtol=1e-10)
        np.testing.assert_allclose(its.standard_error[r], error, rtol=1e-10)
        np.testing.assert_allclose(its.p[r], p, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize(
    ("unit", "scale", "whole"),
    [("1", "event", True), ("flares", "count", True), ("points", "grade", True),
     ("points", "linear", False), ("kU/L", "log", False), ("points", None, False)],
)  # fmt: skip
def test_few_people_of_whole_numbers_may_all_be_alike(unit, scale, whole):
    """Of counts and grades, too, an effect of 0 in few is no proof of none."""
    data = synthetic(DESIGN, 3).sel(endpoint=["scorad"]).assign_coords(unit=("endpoint", [unit]))
    if scale is not None:
        data = data.assign_coords(scale=("endpoint", [scale]))
    only = DESIGN.analysis.model_copy(update={"endpoints": ("scorad",)})
    found = analyse(data, DESIGN.model_copy(update={"analysis": only})).endpoints["scorad"]
    assert found.people == (pytest.approx(40) if whole else np.inf)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_permuting_patients_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    data = synthetic(DESIGN, 3, seed=5)
    mixed = data.isel(patient=rng.permutation(data.sizes["patient"]))
    two_endpoints = DESIGN.analysis.model_copy(update={"endpoints": ("scorad", "il5")})
    short = DESIGN.model_copy(update={"analysis": two_endpoints})
    analyses = [per_replicate(each, short) for each in (data, mixed)]
    for name in ("scorad", "il5"):
        one, two = (whole[name].comparisons["six_strain"] for whole in analyses)
        np.testing.assert_allclose(one.difference, two.difference, rtol=1e-9)
        np.testing.assert_allclose(one.p, two.p, rtol=1e-8)
        np.testing.assert_allclose(one.true_effect, two.true_effect, rtol=1e-9)


def test_an_empty_endpoint_gives_no_number_and_no_warning():
    data = synthetic(DESIGN, 4)
    data["measured"].loc[{"endpoint": "easi"}] = np.nan
    one = analyse(data, DESIGN).endpoints["easi"]
    assert np.isnan(one.arms["placebo"].change_sd)
    assert np.isnan(one.comparisons["six_strain"].share_significant.value)


def test_true_effect_is_the_paired_difference_of_all_patients():
    data = synthetic(DESIGN, 6)
    latent = data["latent"].sel(endpoint="scorad")
    by_hand = [
        np.mean(
            [
                float(latent[r, a, p, 0, -1] - latent[r, a, p, 1, -1])
                for a in range(2)
                for p in range(20)
            ]
        )
        for r in range(6)
    ]
    its = analyse(data, DESIGN).endpoints["scorad"].comparisons["six_strain"]
    np.testing.assert_allclose(its.true_effect, by_hand, rtol=1e-12)


def test_arm_summaries_use_complete_cases():
    data = synthetic(DESIGN, 5, dropout=0.3)
    its = analyse(data, DESIGN).endpoints["scorad"].arms["placebo"]
    values = data["measured"].sel(endpoint="scorad", arm="placebo").values
    changes = [v[np.isfinite(v[:, -1])] for v in values]
    assert its.change_mean == pytest.approx(np.mean([(v[:, -1] - v[:, 0]).mean() for v in changes]))
    sd = np.mean([(v[:, -1] - v[:, 0]).std(ddof=1) for v in changes])
    assert its.change_sd == pytest.approx(sd)
    assert its.end_mean - its.baseline_mean == pytest.approx(its.change_mean)


def test_unequal_and_more_arms():
    small, large = DESIGN.arms[0], DESIGN.arms[1].model_copy(update={"n": 30})
    killed = small.model_copy(update={"name": "killed", "n": 12})
    design = DESIGN.model_copy(update={"arms": (small, killed, large)})
    its = analyse(synthetic(design, 4), design).endpoints["scorad"]
    assert list(its.comparisons) == ["six_strain", "killed"]
    assert np.isfinite(its.comparisons["killed"].p).all()


def test_in_favour_follows_the_endpoints_direction():
    """A fall of SCORAD favours the treatment; a fall of IL-10 speaks against it."""
    endpoints = analyse(synthetic(DESIGN, 100, effect=-15, spread=0), DESIGN).endpoints
    scorad = endpoints["scorad"].comparisons["six_strain"]
    il10 = endpoints["il10"].comparisons["six_strain"]
    assert scorad.share_for.value > 0.9 > 0.1 > scorad.share_against.value
    assert il10.share_against.value > 0.9 > 0.1 > il10.share_for.value
    total = scorad.share_for.value + scorad.share_against.value
    assert total == pytest.approx(scorad.share_significant.value)


def test_unit_only_repetitions_that_could_not_be_tested_are_told():
    def told(*why, log=False):
        its = SimpleNamespace(untested=np.array(why), difference=np.array([1.0, np.nan]),
                              tested=np.array(why) == 0)  # fmt: skip
        one = SimpleNamespace(unit="points", log=log)
        return list(untested("difference in SCORAD", its, one))

    assert told(0, 0) == []
    nobody = int(Untested.nobody)
    (some,) = told(0, nobody)
    assert some.startswith("The difference in SCORAD could not be tested in 1 of 2 repetitions: ")
    assert some.endswith(f"{Untested.nobody.words}. They count as not significant.")
    (every,) = told(nobody, nobody, log=True)
    assert "in any repetition: " in every
    assert every.endswith("that has a logarithm.")
