"""Times to an event: R's numbers, properties, and data without events."""

import numpy as np
import pytest
from reference_stats import numbers, reference, terms, texts

from gutskin.statistics.cox import cox
from gutskin.statistics.kaplan_meier import kaplan_meier
from gutskin.statistics.log_rank import log_rank
from gutskin.statistics.untested import Untested

CELLS = ("squamous", "smallcell", "adeno", "large")


def lung():
    return numbers("lung", "time"), numbers("lung", "status") - 1, numbers("lung", "sex")


def veteran():
    cell = texts("veteran", "celltype")
    kind = np.array([CELLS.index(one) for one in cell])
    return (*(numbers("veteran", key) for key in ("time", "status", "trt", "karno")), kind)


@pytest.mark.parametrize("scale", ["plain", "log", "log-log"])
def test_reference_r_kaplan_meier(scale):
    time, event, sex = lung()
    for name, value in reference(f"kaplan-meier {scale}").items():
        kind, group, *when = name.split()
        curve = kaplan_meier(time[sex == float(group)], event[sex == float(group)])
        if kind == "median":
            assert curve.quantile() == value
            continue
        at = float(when[0])
        ours = {
            "surv": curve.at(at)[0], "se": curve.at(at)[1],
            "lower": curve.interval(at, scale)[0], "upper": curve.interval(at, scale)[1],
        }  # fmt: skip
        assert ours[kind] == pytest.approx(value, rel=1e-9), name


def test_reference_r_log_rank():
    time, event, sex = lung()
    group = sex.astype(int) - 1
    months, died, trt, _, cell = veteran()
    arm = trt.astype(int) - 1
    ovarian = [numbers("ovarian", key) for key in ("futime", "fustat")]
    tests = {
        "lung sex": log_rank(time, event, group),
        "lung sex rho 1": log_rank(time, event, group, rho=1),
        "veteran trt": log_rank(months, died, arm),
        "veteran celltype": log_rank(months, died, cell),
        "veteran trt by celltype": log_rank(months, died, arm, cell),
        "ovarian rx": log_rank(*ovarian, numbers("ovarian", "rx").astype(int) - 1),
    }
    for name, found in tests.items():
        theirs = reference(f"log-rank {name}")
        assert found.chi_square == pytest.approx(theirs["chi_square"], rel=1e-9), name
        assert found.p == pytest.approx(theirs["p"], rel=1e-9), name


def test_reference_r_cox():
    time, event, sex = lung()
    x = np.stack([sex, numbers("lung", "age"), numbers("lung", "ph.ecog")], axis=-1)
    months, died, trt, karno, cell = veteran()
    more = np.stack([trt, karno, *(cell == one for one in (1, 2, 3))], axis=-1)
    old = np.stack([numbers("ovarian", "rx"), numbers("ovarian", "age")], axis=-1)
    fits = {
        "lung efron": cox(time, event, x),
        "lung breslow": cox(time, event, x, ties="breslow"),
        "veteran efron": cox(months, died, more),
        "veteran breslow": cox(months, died, more, ties="breslow"),
        "veteran stratified": cox(months, died, trt[:, None], stratum=cell),
        "ovarian": cox(numbers("ovarian", "futime"), numbers("ovarian", "fustat"), old),
    }
    for name, fit in fits.items():
        case = f"cox {name}"
        np.testing.assert_allclose(fit.coefficients.value, terms(case, "value"), rtol=1e-6)
        np.testing.assert_allclose(fit.coefficients.standard_error, terms(case, "error"), rtol=1e-6)
        assert fit.log_likelihood == pytest.approx(reference(case)["log_likelihood"], rel=1e-9)


def test_property_without_ties_the_score_test_is_the_log_rank_test():
    rng = np.random.default_rng(1)
    time, event = rng.exponential(1, (5, 40)), (rng.random((5, 40)) < 0.7).astype(float)
    arm = np.repeat([1, 0], 20)
    found = log_rank(time, event, arm)
    step = 1e-4
    fit = cox(time, event, arm[:, None].astype(float))
    # The log-rank statistic is near Wald's where the effect is small.
    wald = fit.coefficients.statistic[:, 0] ** 2
    np.testing.assert_allclose(found.chi_square, wald, rtol=0.1, atol=step)


def rare(rng, trials=5, n=40):
    """Times without ties; in the first half of the trials nobody of one arm has the event."""
    time, event = rng.exponential(1, (trials, n)), (rng.random((trials, n)) < 0.4).astype(float)
    arm = np.repeat([1, 0], n // 2)
    event[: trials // 2, arm == 0] = 0.0
    return time, event, arm


@pytest.mark.parametrize("turned", [1.0, -1.0])
def test_property_without_a_finite_ratio_p_is_that_of_the_log_rank_test(turned):
    """Wald's test finds nothing there, however many events the other arm has."""
    time, event, arm = rare(np.random.default_rng(3), 8)
    fit, tests = cox(time, event, turned * arm[:, None]), log_rank(time, event, arm)
    found = fit.coefficients
    endless = np.arange(8) < 4
    assert (found.untested == 0).all()
    assert np.array_equal(np.isnan(found.value[:, 0]), endless)
    assert np.isnan(found.interval()[0][endless]).all()
    assert (fit.untested[endless] == Untested.separation).all()
    np.testing.assert_allclose(found.p[endless, 0], tests.p[endless], rtol=1e-9)
    assert (found.p[endless] < 0.05).all()
    assert (np.sign(found.statistic[endless, 0]) == turned).all()  # events are of arm 1


def test_double_programming_the_score_test_given_another_column():
    """Slopes and curvatures by differences of a likelihood written down patient by patient."""
    from scipy.optimize import minimize_scalar

    rng = np.random.default_rng(4)
    time, event, arm = (one[0] if one.ndim == 2 else one for one in rare(rng, 2))
    x = np.column_stack([arm, rng.normal(size=len(arm))])

    def log_likelihood(a, b):
        risk = np.exp(x @ np.array([a, b]))
        return sum(
            np.log(risk[i]) - np.log(risk[time >= time[i]].sum()) for i in np.flatnonzero(event)
        )

    b = minimize_scalar(lambda one: -log_likelihood(0.0, one), tol=1e-12).x
    h = 1e-3
    slope = (log_likelihood(h, b) - log_likelihood(-h, b)) / (2 * h)
    aa = -(log_likelihood(h, b) - 2 * log_likelihood(0, b) + log_likelihood(-h, b)) / h**2
    bb = -(log_likelihood(0, b + h) - 2 * log_likelihood(0, b) + log_likelihood(0, b - h)) / h**2
    corners = [log_likelihood(s * h, b + t * h) * s * t for s in (1, -1) for t in (1, -1)]
    ab = -sum(corners) / (4 * h**2)
    found = cox(time, event, x).coefficients
    assert found.untested[0] == 0
    assert found.statistic[0] == pytest.approx(slope / np.sqrt(aa - ab**2 / bb), rel=1e-4)


def test_monte_carlo_with_rare_events_few_trials_without_an_effect_are_significant():
    """Of all trials; a quarter of them have all events in one arm, which Wald's test ignores."""
    rng = np.random.default_rng(5)
    arm = np.repeat([1, 0], 20)
    until = rng.exponential(8, (3000, 40))
    time, event = np.minimum(until, 1.0), (until < 1).astype(float)
    found = cox(time, event, arm[:, None]).coefficients
    endless = np.isnan(found.value[:, 0]) & (found.untested[:, 0] == 0)
    assert endless.mean() > 0.1
    significant = found.p[:, 0] < 0.05
    assert (significant & endless).sum() > 3 * (significant & ~endless).sum()
    assert 0.02 < significant.mean() < 0.05 + 3.3 * np.sqrt(0.05 * 0.95 / 3000)


def test_property_a_batch_is_its_members_and_order_does_not_matter():
    rng = np.random.default_rng(2)
    time, event = np.ceil(rng.exponential(6, (6, 40))), (rng.random((6, 40)) < 0.7).astype(float)
    time[:, :3] = np.nan
    x = np.stack(
        [np.broadcast_to(np.repeat([1.0, 0.0], 20), (6, 40)), rng.normal(size=(6, 40))], -1
    )
    whole = cox(time, event, x).coefficients
    tests = log_rank(time, event, x[..., 0].astype(int))
    turned = rng.permutation(40)
    for number in range(6):
        rows = time[number, turned], event[number, turned], x[number, turned]
        np.testing.assert_allclose(cox(*rows).coefficients.p, whole.p[number], rtol=1e-6)
        alone = log_rank(*rows[:2], rows[2][:, 0].astype(int))
        np.testing.assert_allclose(alone.p, tests.p[number], rtol=1e-9)


def test_what_cannot_be_tested_says_why():
    time, arm = np.arange(1.0, 21.0), np.repeat([1, 0], 10)
    x = arm[:, None].astype(float)
    none = np.zeros(20)
    assert log_rank(time, none, arm).untested == Untested.no_events  # all censored
    assert cox(time, none, x).untested == Untested.no_events
    one_sided = (arm == 1).astype(float)  # no event in one arm: the ratio has no end
    assert cox(time, one_sided, x).untested == Untested.separation
    assert cox(time, one_sided, x).coefficients.untested == Untested.tested  # by the score
    beside = np.stack([arm, time > 1], axis=-1)  # the first to go is alone: no end here either
    assert cox(time, one_sided, beside).coefficients.untested[0] == Untested.separation
    assert log_rank(time, one_sided, arm).untested == Untested.tested
    gone = np.where(arm == 1, np.nan, time)
    assert log_rank(gone, none + 1, arm).untested == Untested.empty_arm
    assert cox(gone, none + 1, x).untested == Untested.empty_arm
    assert log_rank(time[:1], [1], [1]).untested == Untested.empty_arm
    assert cox(time[:1], [1], x[:1]).untested == Untested.empty_arm
    assert cox(np.full(4, np.nan), np.ones(4), x[:4]).untested == Untested.too_few
    for fit in (cox(time, none, x), cox(gone, none + 1, x)):
        assert np.isnan(fit.coefficients.p).all()
    flat = kaplan_meier(time, none)
    assert flat.at(20.0)[0] == 1
    assert np.isnan(flat.quantile())


@pytest.mark.parametrize(("time", "event"), [([], []), (np.empty((3, 0)), np.empty((3, 0)))])
def test_edge_a_curve_of_nobody_says_what_is_wanted(time, event):
    with pytest.raises(ValueError, match=r"hold nobody: give an Array \[\.\.\., patient\]"):
        kaplan_meier(time, event)
