"""What is lost without a route: shares whose intervals hold 95%, and effects of nothing."""

import numpy as np
import pytest
import xarray as xr

from gutskin.trials.route_shares import FEWEST, can_be_told, lost, lost_without


def effects(whole, **closed):
    values = np.stack([whole, *closed.values()])
    return xr.DataArray(values, {"route": ["", *closed]}, ("route", "followed"))


def test_closed_form_a_share_of_every_effect_is_that_share():
    whole = np.random.default_rng(1).normal(-3, 4, 12)
    found = lost_without(effects(whole, cells=0.25 * whole, other=1.5 * whole), 12.0)
    assert found["cells"].share == pytest.approx(0.75)
    assert found["other"].share == pytest.approx(-0.5)
    assert found["cells"].ci95_high - found["cells"].ci95_low < 1e-9
    assert found["cells"].replicates == 12


def test_closed_form_jackknife_of_equal_effects_is_students_interval():
    """Equal effects weigh alike: the share is a mean, its interval that of a mean."""
    from scipy.stats import t

    remains = np.random.default_rng(2).normal(0.3, 0.1, 10)
    found = lost(np.full(10, -2.0), -2.0 * remains)
    half = t.ppf(0.975, 9) * remains.std(ddof=1) / np.sqrt(10)
    assert found.share == pytest.approx(1 - remains.mean())
    assert found.ci95_high - found.share == pytest.approx(half)


def test_double_programming_one_world_that_weighs_nearly_all_has_one_degree_of_freedom():
    """Leaving out one world at a time; Student's t of one degree is 12.7, of none it has no end."""
    whole = np.array([1000.0, *np.linspace(1.0, 9.0, 9)])
    closed = whole * np.linspace(0.1, 1.0, 10)
    shares = []
    for left_out in range(10):
        rest = [place for place in range(10) if place != left_out]
        shares.append(1 - sum(whole[rest] * closed[rest]) / sum(whole[rest] ** 2))
    error = np.sqrt(0.9 * sum((one - np.mean(shares)) ** 2 for one in shares))
    found = lost(whole, closed)
    assert found.ci95_high - found.share == pytest.approx(12.7062 * error, rel=1e-4)


@pytest.mark.parametrize("replicates", [10, 20, 40])
@pytest.mark.parametrize(("own", "noise"), [(0.05, 0.0), (0.3, 0.0), (0.1, 0.5)])
def test_property_the_interval_holds_the_share_in_95_percent(replicates, own, noise):
    """Effects of either sign, a share that differs between worlds, and noise."""
    rng = np.random.default_rng(replicates)
    held, many = 0, 2000
    for _ in range(many):
        whole = rng.normal(-3, 4, replicates)
        remains = rng.normal(0.2, own, replicates) * whole + noise * rng.normal(size=replicates)
        one = lost(whole, remains)
        held += one.ci95_low <= 0.8 <= one.ci95_high
    assert 0.93 <= held / many <= 0.975


@pytest.mark.parametrize(
    ("low", "high", "told"),
    [
        (-6.44, 4.65, False), (0.0, 1.0, False), (0.01, 1.0, True), (0.0, 0.99, True),
        (0.4, 3.3, True), (0.4, 3.5, False), (-3.2, -0.3, True), (-3.5, -0.3, False),
        (None, None, True),
    ],
)  # fmt: skip
def test_unit_a_share_is_told_where_its_interval_rules_out_none_or_all(low, high, told):
    assert can_be_told(low, high) is told


def test_unit_an_effect_of_nothing_has_no_shares():
    whole = 1e-9 * np.arange(1.0, 13.0)
    assert lost_without(effects(whole, cells=0.5 * whole), 12.0) == {}
    assert lost_without(effects(np.zeros(12), cells=np.zeros(12)), 12.0) == {}
    assert lost_without(effects(np.full(12, 0.2), cells=np.zeros(12)), 12.0)["cells"].share == 1.0


def test_closed_form_ten_replicates_are_enough():
    whole = np.random.default_rng(4).normal(-3, 4, 10)
    assert lost_without(effects(whole, cells=0.5 * whole), 12.0)["cells"].replicates == 10


def test_unit_too_few_replicates_have_no_share_rather_than_one_without_interval():
    whole = np.random.default_rng(3).normal(-3, 4, FEWEST)
    assert lost_without(effects(whole, cells=whole), 12.0)
    assert lost_without(effects(whole[1:], cells=whole[1:]), 12.0) == {}
    holes = np.where(np.arange(FEWEST) == 4, np.nan, whole)
    assert lost_without(effects(whole, cells=holes), 12.0) == {}


def test_edge_one_replicate_with_an_effect_is_none_to_share():
    """Leaving it out, the jackknife had nothing to divide by."""
    whole = np.zeros(FEWEST)
    whole[3] = -5.0
    assert lost_without(effects(whole, cells=0.5 * whole), 12.0) == {}
    whole[7] = -4.0
    found = lost_without(effects(whole, cells=0.5 * whole), 12.0)["cells"]
    assert found.share == found.ci95_low == found.ci95_high == 0.5
