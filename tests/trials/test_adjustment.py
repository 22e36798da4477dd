"""What is adjusted for the randomisation: checked, and 5% significant where nothing acts."""

from functools import cache

import numpy as np
import pytest
import statsmodels.api as sm
import xarray as xr
from scipy.stats import binom
from test_randomisation import blocks, design, minimisation
from trial_texts import FULL, problems

from gutskin.model.compiled import load_model
from gutskin.report.design_words import designed
from gutskin.trials.adjustment import (
    Adjustment,
    adjustment_in,
    adjustment_of,
    within_strata,
)
from gutskin.trials.contrast import Records, compare
from gutskin.trials.methods import FITS
from gutskin.trials.randomisation import minimised, permuted_blocks
from gutskin.trials.stratified_ancova import stratified_ancova

FACTORS = (2, 2, 4)  # groups of three factors; those of the last matter most


@cache
def made_up(replicates, effect=0.0, seed=1, n=20, missing=0.0, by="blocks"):
    """Two arms in blocks of four within two strata, that matter for the score; or minimised.

    Nobody changes them.
    """
    rng = np.random.default_rng(seed)
    groups = (2,) if by == "blocks" else FACTORS
    factors = np.stack([rng.integers(0, many, (replicates, 2 * n)) for many in groups], axis=-1)
    if by == "blocks":
        arm = np.stack([permuted_blocks(one[:, 0], (n, n), blocks(), rng) for one in factors])
    else:
        arm = np.stack([minimised(one.T, (n, n), minimisation(), rng) for one in factors])
    brings = 12 / (np.array(groups) - 1) * factors
    person = rng.normal(0, 4, arm.shape) + brings.sum(axis=-1)
    visits = person[..., None] + rng.normal(0, 4, (*arm.shape, 3))
    visits[..., 0] -= brings.sum(axis=-1)  # the first visit does not show what the strata do
    visits[..., 1:] += effect * (arm == 0)[..., None]
    visits[..., 1:] = np.where(rng.random(visits[..., 1:].shape) < missing, np.nan, visits[..., 1:])
    order = np.argsort(arm, axis=1, kind="stable")
    values = np.take_along_axis(visits, order[..., None], 1)
    found = values[:, :n], values[:, n:], np.take_along_axis(factors, order[..., None], 1)
    for one in found:
        one.setflags(write=False)
    return found


def adjusted(factors):
    """Adjustment for these factors; tests within strata take the first two, as of 30 in an arm."""
    stratum = factors[..., 0] if factors.shape[-1] == 1 else 2 * factors[..., 0] + factors[..., 1]
    return Adjustment(factors, stratum)


@pytest.mark.parametrize("by", ["blocks", "rule"])
def test_second_program_the_adjusted_analysis_of_covariance(by):
    active, control, factors = made_up(5, effect=-3.0, missing=0.1, by=by)
    found = stratified_ancova(
        (active[..., 0], active[..., 2]), (control[..., 0], control[..., 2]),
        adjusted(factors).columns,
    )  # fmt: skip
    both = np.concatenate([active, control], axis=1)
    for n in range(5):
        seen = np.isfinite(both[n, :, 2])
        columns = [np.ones(40), np.repeat([1, 0], 20), both[n, :, 0]]
        for own in factors[n].T:
            columns += [own == group for group in range(1, own.max() + 1)]
        fit = sm.OLS(both[n, seen, 2], np.stack(columns, axis=1)[seen].astype(float)).fit()
        assert found.difference[n] == pytest.approx(fit.params[1], abs=1e-9)
        assert found.standard_error[n] == pytest.approx(fit.bse[1], abs=1e-9)
        assert found.p[n] == pytest.approx(fit.pvalues[1], abs=1e-9)
        assert found.freedom[n] == fit.df_resid


def test_unit_many_factors_leave_degrees_of_freedom_that_their_combinations_would_take():
    """Twelve patients in sixteen combinations: none is left of crossed strata."""
    active, control, factors = made_up(200, n=6, by="rule", seed=3)
    pairs = [(one[..., 0], one[..., 2]) for one in (active, control)]
    crossed = np.ravel_multi_index(tuple(np.moveaxis(factors, -1, 0)), FACTORS)
    cells = stratified_ancova(*pairs, adjusted(crossed[..., None]).columns)
    main = stratified_ancova(*pairs, adjusted(factors).columns)
    assert (cells.untested == 0).mean() < 0.9
    assert (main.untested == 0).all()
    assert (main.freedom >= 12 - 1 - 5 - 2).all()


def test_unit_who_is_in_a_group_without_an_event_tells_nothing_of_a_ratio():
    factors = np.array([[[0, 0], [0, 1], [1, 0], [1, 1], [1, 2]]])
    events = np.array([[1.0, 0.0, 1.0, np.nan, 0.0]])
    assert adjusted(factors).where_events_are(events).tolist() == [
        [True, False, True, False, False]
    ]


@pytest.mark.parametrize("method", ["cox", "negative-binomial"])
def test_unit_a_site_without_an_event_leaves_the_ratio_of_the_others(method):
    """A third group of whom nobody has an event: R would tell the same ratio, its own endless."""
    rng = np.random.default_rng(2)
    site = rng.integers(0, 3, (20, 80))
    came = np.cumsum(rng.random((20, 80, 3)) < 0.3, axis=-1) * (site < 2)[..., None]
    visits = np.concatenate([np.zeros((20, 80, 1)), np.minimum(came, 1.0)], axis=-1)

    def compared(which):
        values = np.where(which[..., None], visits, np.nan)
        records = Records(
            values[:, :40], values[:, 40:], None, (0, 4, 8, 12), False, True, range(20), "x",
            adjusted(site[..., None]),
        )  # fmt: skip
        return compare(records, method, "as observed")

    everybody, others = compared(site < 3), compared(site < 2)
    assert (everybody.untested == 0).all()
    assert np.allclose(everybody.log_ratio, others.log_ratio)
    assert np.allclose(everybody.p, others.p)


def share(active, control, factors, method):
    shares = "event" in FITS[method] and method != "ancova"
    if shares:
        cut = 8.0 if factors is None or factors.shape[-1] == 1 else 20.0
        active, control = (
            np.where(np.isfinite(one), one > cut, np.nan) for one in (active, control)
        )
        for one in (active, control):
            one[..., 0] = 0.0
    records = Records(
        active, control, None, (0, 4, 8), False, True, range(len(active)), "x",
        None if factors is None else adjusted(factors),
    )  # fmt: skip
    found = compare(records, method, "as observed")
    tested = found.untested == 0
    assert tested.mean() > 0.99
    return (found.p[tested] < 0.05).mean(), tested.sum()


WITHIN_STRATA = ("mantel-haenszel", "log-rank")


@pytest.mark.parametrize("method", ["ancova", "mmrm", "mantel-haenszel", "log-rank"])
@pytest.mark.parametrize(("missing", "by"), [(0.0, "blocks"), (0.15, "blocks"), (0.15, "rule")])
def test_monte_carlo_of_trials_without_an_effect_one_in_twenty_is_significant(method, missing, by):
    found, many = share(*made_up(600, seed=4, n=30, missing=missing, by=by), method)
    low, high = binom.interval(0.999, many, 0.05)
    if by == "rule" and method in WITHIN_STRATA:
        low = 0.01 * many  # they leave out what is even between the arms: too careful
    assert low <= found * many <= high


@pytest.mark.slow
@pytest.mark.parametrize("method", ["ancova", "mmrm", "mantel-haenszel", "log-rank"])
@pytest.mark.parametrize(("missing", "by"), [(0.0, "blocks"), (0.15, "blocks"), (0.15, "rule")])
def test_monte_carlo_the_same_of_ten_thousand_trials(method, missing, by):
    found, many = share(*made_up(10_000, seed=5, n=40, missing=missing, by=by), method)
    spread = 3.3 * np.sqrt(0.05 * 0.95 / many)
    assert found <= 0.05 + spread
    assert found >= (0.01 if by == "rule" and method in WITHIN_STRATA else 0.05 - spread)


@pytest.mark.slow
@pytest.mark.parametrize(("method", "least"), [("cox", 0.025), ("g-computation", 0.04)])
@pytest.mark.parametrize(("missing", "by"), [(0.0, "blocks"), (0.15, "blocks"), (0.15, "rule")])
def test_monte_carlo_walds_tests_come_near(method, least, missing, by):
    """With two visits nearly all times are tied, which makes Efron's Cox too careful."""
    found, many = share(*made_up(10_000, seed=5, n=40, missing=missing, by=by), method)
    most = 0.056 if by == "blocks" else 0.065  # as many numbers of five groups more
    assert least <= found <= most + 3.3 * np.sqrt(0.05 * 0.95 / many)


def test_monte_carlo_without_the_adjustment_blocks_make_a_test_too_careful():
    for by in ("blocks", "rule"):
        active, control, factors = made_up(1500, seed=6, by=by)
        plain, _ = share(active, control, None, "ancova")
        with_factors, _ = share(active, control, factors, "ancova")
        assert plain < 0.025 < with_factors


MANY = """
[[sites]]
name = "one"

[[sites]]
name = "two"

[[sites]]
name = "three"

[randomisation]
method = "minimisation"

[[randomisation.strata]]
by = "site"

[[randomisation.strata]]
by = "scorad"
cuts = [40]

[[randomisation.strata]]
by = "sensitised"
"""


def test_unit_tests_within_strata_take_the_factors_that_leave_ten_patients_in_each(tmp_path):
    """Thirty in both arms: three sites leave ten each, a factor more leaves five."""
    made = design(tmp_path, FULL.replace("n = 10", "n = 15") + MANY)
    assert [one.by for one in within_strata(made, 30)] == ["site"]
    assert [one.by for one in within_strata(made, 29)] == ["scorad"]
    assert [one.by for one in within_strata(made, 120)] == ["site", "scorad", "sensitised"]
    stratum = np.array([[11, 5, 0, -1]])  # of 3 x 2 x 2
    names = [arm.name for arm in made.arms[:2]]
    both = sum(arm.n for arm in made.arms[:2])
    found = adjustment_of(stratum, made, names)
    assert both == 30
    assert found is not None
    assert found.factors[0, :3].tolist() == [[2, 1, 1], [1, 0, 1], [0, 0, 0]]
    assert found.stratum[0, :3].tolist() == [2, 1, 0]
    rows = load_model().tables.endpoints
    assert any(text.endswith("adjusted for them, each by itself.") for text in designed(made, rows))
    by_shares = made.analysis.model_copy(update={"method": "mantel-haenszel"})
    (told,) = (text for text in designed(made.model_copy(update={"analysis": by_shares}), rows)
               if "minimisation" in text)  # fmt: skip
    assert "are stratified by site alone: with more there would be fewer than 10" in told


def test_unit_main_effects_are_a_column_for_each_group_but_the_first():
    found = adjusted(np.array([[[0, 2], [1, 0], [1, 1]], [[1, 0], [0, 0], [0, 0]]])).columns
    assert found.tolist() == [[[0, 0, 1], [1, 0, 0], [1, 1, 0]], [[1, 0, 0], [0, 0, 0], [0, 0, 0]]]
    assert adjusted(np.zeros((1, 3, 1), int)).columns.shape == (1, 3, 0)


def test_unit_events_of_one_trial_say_nothing_of_another():
    factors = np.array([[[0], [0], [1]], [[0], [1], [1]]])
    events = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    found = adjusted(factors).where_events_are(events)
    assert found.tolist() == [[True, True, False], [False, True, True]]


def test_unit_the_groups_of_both_arms_are_read_from_the_record_of_a_trial(tmp_path):
    made = design(tmp_path, FULL.replace("n = 10", "n = 40") + MANY)  # 80: all are crossed
    stratum = np.array([[[11, 5, 0]], [[1, 2, 3]], [[4, 4, 4]]])  # arm, replicate, patient
    arms = [arm.name for arm in made.arms]
    data = xr.Dataset({"stratum": (("arm", "replicate", "patient"), stratum)}, {"arm": arms})
    found = adjustment_in(data, made, (arms[0], arms[2]))
    assert found is not None
    assert found.factors[0].tolist() == [
        [2, 1, 1], [1, 0, 1], [0, 0, 0], [1, 0, 0], [1, 0, 0], [1, 0, 0],
    ]  # fmt: skip
    assert [one.by for one in within_strata(made, 80)] == ["site", "scorad"]
    assert found.stratum[0].tolist() == [5, 2, 0, 2, 2, 2]  # site times two, and the score
    apart = made.randomisation.model_copy(update={"adjust": False})
    for other in (made.model_copy(update={"randomisation": apart}), design(tmp_path, FULL)):
        assert adjustment_in(data, other, (arms[0], arms[2])) is None
        assert adjustment_in(xr.Dataset(), other, (arms[0], arms[2])) is None
        assert adjustment_of(stratum, other, arms[:2]) is None
        assert within_strata(other, 80) == ()


def test_unit_two_groups_alone_are_adjusted_for(tmp_path):
    asked = "\n[randomisation]\nblock_sizes = [3]\n[[randomisation.strata]]\n"
    made = design(tmp_path, FULL + asked + 'by = "sensitised"\n')
    arms = [arm.name for arm in made.arms]
    stratum = np.array([[[0, 1, -1]]] * 3)
    data = xr.Dataset({"stratum": (("arm", "replicate", "patient"), stratum)}, {"arm": arms})
    found = adjustment_in(data, made, (arms[0], arms[2]))
    assert found is not None
    assert found.factors[0, :, 0].tolist() == [0, 1, 0] * 2


def test_unit_a_minimisation_may_have_many_combinations_and_not_too_many_groups(tmp_path):
    cuts = ", ".join(f"{25.5 + one:g}" for one in range(35))
    text = FULL + MANY.replace("[40]", f"[{cuts}]")
    assert design(tmp_path, text).strata == 3 * 36 * 2
    ((_, what),) = problems(tmp_path, text.replace('method = "minimisation"', "block_sizes = [3]"))
    assert "216 strata: a trial in blocks has at most 64" in what
    cuts = ", ".join(f"{25.5 + one:g}" for one in range(60))
    ((_, what),) = problems(tmp_path, FULL + MANY.replace("[40]", f"[{cuts}]"))
    assert "66 groups in `strata`" in what


def test_property_a_difference_that_strata_determine_is_none():
    """Few people in many strata: any number would fit as well, and the mean took it."""
    rng, many = np.random.default_rng(3), 4000
    for n1, n0 in ((1, 2), (2, 2), (3, 4)):
        active, control = rng.normal(30, 8, (2, many, n1)), rng.normal(30, 8, (2, many, n0))
        active[1][rng.random((many, n1)) < 0.3] = np.nan
        factors = rng.integers(0, 2, (many, n1 + n0, 2)).astype(float)
        found = stratified_ancova(tuple(active), tuple(control), factors)
        told = np.isfinite(found.difference)
        assert 0.01 < told.mean() < 0.99
        assert np.abs(found.difference[told]).max() < 1e5
    factors = np.array([1.0, 1, 0, 0])[:, None]  # the arm itself
    both = np.array([10.0, 12.0]), np.array([8.0, 9.0])
    assert np.isnan(stratified_ancova(both, both, factors).difference)
