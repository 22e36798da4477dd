"""The analysis of covariance, the true effect, and what the effect hangs on."""

import numpy as np
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, spearmanr
from synthetic import synthetic

from gutskin.trials.analysis import analyse, ancova, interval, rank_influence, true_effect
from gutskin.trials.design import load_trial

DESIGN = load_trial("six-strain-children")


def ols(active, control):
    """The same comparison by statsmodels: difference, standard error, p."""
    x = np.concatenate([active[0], control[0]])
    y = np.concatenate([active[1], control[1]])
    arm = np.repeat([1.0, 0.0], [active[0].size, control[0].size])
    seen = np.isfinite(x) & np.isfinite(y)
    fit = sm.OLS(y[seen], np.column_stack([np.ones(seen.sum()), x[seen], arm[seen]])).fit()
    return fit.params[2], fit.bse[2], fit.pvalues[2]


def arms(rng, replicates=20, n=(20, 17), missing=0.1):
    """Two arms of unequal size with missing values."""
    made = []
    for size in n:
        x = rng.normal(45, 9, (replicates, size))
        y = 10 + 0.6 * x + rng.normal(0, 8, x.shape)
        y[rng.random(x.shape) < missing] = np.nan
        made.append((x, y))
    return made


@pytest.mark.parametrize("n", [(20, 20), (20, 17), (4, 3), (2, 60)])
def test_double_programming_ancova(n):
    active, control = arms(np.random.default_rng(1), n=n, missing=0.1 if min(n) > 5 else 0)
    ours = ancova(active, control)
    for r in range(20):
        theirs = ols(tuple(v[r] for v in active), tuple(v[r] for v in control))
        got = ours.difference[r], ours.standard_error[r], ours.p[r]
        np.testing.assert_allclose(got, theirs, rtol=1e-9, atol=1e-10)


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


def test_closed_form_without_a_covariate_effect():
    """Balanced baselines unrelated to the outcome leave the difference of the means."""
    x = np.array([1.0, 1.0, 3.0, 3.0])
    y = np.array([1.0, 3.0, 1.0, 3.0])
    fit = ancova((x, y + 5), (x, y))
    assert fit.difference == pytest.approx(5.0)
    # Residual sum of squares 8 on 5 degrees of freedom, two arms of four.
    assert fit.standard_error == pytest.approx(np.sqrt(8 / 5 * (1 / 4 + 1 / 4)))


def test_closed_form_baseline_is_adjusted_for():
    """Arms that differ at baseline only, on the same line, do not differ."""
    rng = np.random.default_rng(2)
    x1, x0 = rng.normal(50, 5, 30), rng.normal(40, 5, 30)
    noise = rng.normal(0, 1e-9, 60)
    fit = ancova((x1, 2 * x1 + noise[:30]), (x0, 2 * x0 + noise[30:]))
    assert abs(fit.difference) < 1e-8


def test_null_gives_five_percent_false_positives():
    """Exchanging labels at random: the count of p < 0.05 lies in its binomial bound."""
    rng = np.random.default_rng(3)
    trials = 20_000
    active, control = arms(rng, replicates=trials, n=(20, 20), missing=0.025)
    count = int((ancova(active, control).p < 0.05).sum())
    low, high = binom.interval(0.999, trials, 0.05)
    assert low <= count <= high


def test_exchanging_arms_turns_the_sign():
    active, control = arms(np.random.default_rng(4))
    there, back = ancova(active, control), ancova(control, active)
    np.testing.assert_allclose(there.difference, -back.difference, rtol=1e-10)
    np.testing.assert_allclose(there.p, back.p, rtol=1e-10)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_permuting_patients_changes_nothing(seed):
    rng = np.random.default_rng(seed)
    data = synthetic(DESIGN, 3, seed=5)
    mixed = data.isel(patient=rng.permutation(data.sizes["patient"]))
    for name in ("scorad", "il5"):
        one = analyse(data, DESIGN).endpoints[name].comparisons["six_strain"]
        two = analyse(mixed, DESIGN).endpoints[name].comparisons["six_strain"]
        np.testing.assert_allclose(one.difference, two.difference, rtol=1e-9)
        np.testing.assert_allclose(one.p, two.p, rtol=1e-8)
        np.testing.assert_allclose(one.true_effect, two.true_effect, rtol=1e-9)


def test_missing_patients_are_as_if_never_enrolled():
    active, control = arms(np.random.default_rng(6), replicates=1, missing=0)
    holes = (active[0].copy(), active[1].copy())
    holes[1][0, :5] = np.nan
    kept = tuple(v[:, 5:] for v in active)
    np.testing.assert_allclose(ancova(holes, control).p, ancova(kept, control).p, rtol=1e-12)


def test_too_few_patients_give_no_number():
    x = np.array([1.0, 2.0])
    fit = ancova((x, np.array([np.nan, 1.0])), (x, x))
    assert np.isnan(fit.p)


def test_an_empty_endpoint_gives_no_number_and_no_warning():
    data = synthetic(DESIGN, 4)
    data["measured"].loc[{"endpoint": "easi"}] = np.nan
    one = analyse(data, DESIGN).endpoints["easi"]
    assert np.isnan(one.arms["placebo"].change_sd)
    assert np.isnan(one.comparisons["six_strain"].share_significant)


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
    np.testing.assert_allclose(true_effect(latent, "six_strain", "placebo"), by_hand, rtol=1e-12)


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
    assert scorad.share_for > 0.9 > 0.1 > scorad.share_against
    assert il10.share_against > 0.9 > 0.1 > il10.share_for
    total = scorad.share_for + scorad.share_against
    assert total == pytest.approx(scorad.share_significant)


def test_influence_agrees_with_scipy_and_is_sorted():
    rng = np.random.default_rng(7)
    world = rng.normal(size=(200, 4))
    effect = np.exp(world[:, 2]) + 0.3 * world[:, 0]
    found = rank_influence(world, effect, list("abcd"), ["", "", "strain", ""])
    assert [one.parameter for one in found][:2] == ["c", "a"]
    assert found[0].note == "strain"
    assert found[0].beyond_chance
    for one in found:
        rho = spearmanr(world[:, "abcd".index(one.parameter)], effect).statistic
        assert one.correlation == pytest.approx(rho)
        assert one.share == pytest.approx(rho**2)


def test_influence_of_nothing_is_rarely_beyond_chance():
    rng = np.random.default_rng(8)
    names = [f"k{i}" for i in range(50)]
    hits = sum(
        rank_influence(rng.normal(size=(60, 50)), rng.normal(size=60), names, names)[
            0
        ].beyond_chance
        for _ in range(200)
    )
    assert hits <= binom.ppf(0.9999, 200, 0.06)


def test_influence_of_a_constant_parameter_is_none():
    found = rank_influence(np.ones((10, 1)), np.arange(10.0), ["k"], [""])
    assert found[0].share == 0


def test_interval_ignores_what_is_not_a_number():
    assert interval(np.array([np.nan, 1.0, 1.0])) == (1.0, 1.0)
    assert np.isnan(interval(np.array([np.nan]))).all()
