"""Looks before the end: what each sees, where trials stop, and how often without an effect."""

from dataclasses import replace

import numpy as np
import pytest
from looked_at import designed
from scipy.stats import binom, norm
from synthetic import synthetic
from test_analysis import ols

from gutskin.model.compiled import load_model
from gutskin.statistics.group_sequential import boundaries
from gutskin.trials.analysis import analyse, joined, per_replicate
from gutskin.trials.chunks import from_bytes, to_bytes
from gutskin.trials.conduct import ReplicateBatch
from gutskin.trials.design import load_trial
from gutskin.trials.endpoints import endpoints_of
from gutskin.trials.interim import _ended, boundaries_of, planned, summarised
from gutskin.trials.summary import summarise

DESIGN = load_trial("six-strain-children")
ARM = DESIGN.active[0].name


def compared(data, design):
    return per_replicate(data, design)["scorad"].comparisons[ARM]


def test_double_programming_a_look_is_the_analysis_of_who_came_first():
    design = designed((0.4, 0.7, 1.0), n=(20, 11))
    data = synthetic(design, 6, dropout=0.1)
    found = compared(data, design).earlier
    assert found.shape == (6, 2, 2)
    ends = data["measured"].sel(endpoint="scorad").isel(visit=[0, -1])
    seen = {DESIGN.active[0].name: (8, 14), DESIGN.control.name: (4, 8)}
    order = [ARM, DESIGN.control.name]
    if DESIGN.arms[0].control:
        seen = {ARM: (4, 8), DESIGN.control.name: (8, 14)}
    for r in range(6):
        for look in (0, 1):
            pairs = [tuple(ends.sel(arm=a).values[r, : seen[a][look]].T) for a in order]
            difference, _, p = ols(*pairs)
            z = norm.isf(p / 2) * -np.sign(difference)  # a lower score is better
            np.testing.assert_allclose(found[r, look], [z, difference], rtol=1e-7)


@pytest.mark.parametrize("method", ["ancova", "mmrm", "mann-whitney"])
@pytest.mark.parametrize("missing", ["as observed", "completers"])
def test_unit_whatever_the_method_a_look_is_a_smaller_trial(method, missing):
    if (method, missing) == ("ancova", "completers"):
        missing = "locf"
    design = designed((0.6, 1.0), method=method, missing=missing)
    small = designed(None, n=(12, 12), method=method, missing=missing)
    data = synthetic(design, 4, dropout=0.2)
    alone = compared(data.isel(patient=slice(0, 12)), small)
    found = compared(data, design).earlier[:, 0]
    np.testing.assert_allclose(found[:, 0], alone.evidence, rtol=1e-9)
    np.testing.assert_allclose(found[:, 1], alone.difference, rtol=1e-9)


def test_unit_the_end_is_what_it_is_without_looks_to_the_last_bit():
    data = synthetic(designed(), 8)
    with_looks, without = (compared(data, designed(looks)) for looks in ((0.5, 1.0), None))
    for name, value in vars(without).items():
        if isinstance(value, np.ndarray):
            np.testing.assert_array_equal(getattr(with_looks, name), value)
    assert without.earlier is None
    plain = designed(None)
    assert "interim" not in summarise(data, plain, analyse(data, plain))


def test_property_however_a_run_is_cut_looks_are_the_same():
    design = designed((0.3, 0.6, 1.0))
    data = synthetic(design, 9, dropout=0.1)
    whole = per_replicate(data, design)
    parts = [per_replicate(data.isel(replicate=slice(*ends)), design) for ends in ((0, 2), (2, 9))]
    again = joined(parts)["scorad"].comparisons[ARM].earlier
    np.testing.assert_array_equal(again, whole["scorad"].comparisons[ARM].earlier)


def test_property_a_stored_chunk_has_the_same_looks():
    design = designed((0.5, 1.0), n=(20, 14))
    data = synthetic(design, 3, dropout=0.1).assign_coords(scale=("endpoint", ["linear"]))
    content = to_bytes(ReplicateBatch(data, {}, None, ()), design)
    back = from_bytes(content, design, endpoints_of(load_model(), ("scorad",)), 0).data
    np.testing.assert_array_equal(compared(back, design).earlier, compared(data, design).earlier)


@pytest.mark.parametrize("boundary", ["obrien-fleming", "pocock", "spending pocock"])
def test_null_one_trial_in_twenty_is_significant_over_all_looks(boundary):
    many, design = 20_000, designed((0.3, 0.65, 1.0), boundary, (40, 40))
    data = synthetic(design, many, seed=3, effect=0, spread=0, dropout=0.1)
    found = summarised(design, {ARM: compared(data, design)})["interim"]["arms"][ARM]["looks"]
    low, high = binom.interval(0.999, many, 0.05)
    last = found[-1]
    both = last["share_stopped_by_now_for"] + last["share_stopped_by_now_against"]
    assert low <= both * many <= high
    first = found[0]["share_stopped_for"] + found[0]["share_stopped_against"]
    low, high = binom.interval(0.999, many, found[0]["false_alarms"])
    assert low <= first * many <= high


def test_closed_form_where_trials_end():
    nan = np.nan
    z = np.array([[2.9, 0.0], [1.0, 2.0], [1.0, 1.9], [-3.0, 3.0], [nan, -2.0], [nan, nan]])
    end, way = _ended(z, np.array([2.8, 1.98]))
    assert end.tolist() == [0, 1, 1, 0, 1, 1]
    assert way.tolist() == [1, 1, 0, -1, -1, 0]


def test_closed_form_a_trial_that_cannot_be_tested_at_all_finds_nothing():
    design = designed((0.5, 1.0), n=(20, 20))
    one = compared(synthetic(design, 4), design)
    p = np.array([1e-6, 1e-6, np.nan, np.nan])
    its = replace(
        one, p=p, better=np.ones(4, bool), earlier=np.full((4, 1, 2), np.nan),
        untested=np.array([0, 0, 2, 2], np.int8),
    )  # fmt: skip
    found = summarised(design, {ARM: its})["interim"]["arms"][ARM]
    assert found["looks"][-1]["share_stopped_by_now_for"] == 0.5
    assert found["share_without_looks_for"] == 0.5


def test_closed_form_the_sum_of_a_few_trials():
    design = designed((0.5, 1.0), n=(20, 20))
    one = compared(synthetic(design, 5), design)
    p = 2 * norm.sf([1.0, 3.0, 1.0, 4.0, 1.0])
    worse = np.array([True, True, True, False, True])
    earlier = np.array([[3.0, -9.0], [1.0, -5.0], [-3.0, 6.0], [0.0, -2.0], [np.nan, np.nan]])
    its = replace(
        one, p=p, better=worse, earlier=earlier[:, None], untested=np.zeros(5, np.int8),
        difference=np.array([-1.0, -4.0, 0.0, 2.0, 1.0]), true_effect=np.arange(5.0),
    )  # fmt: skip
    found = summarised(design, {ARM: its})["interim"]["arms"][ARM]
    first, last = found["looks"]
    names = ("share_stopped_for", "share_stopped_against", "share_stopped_by_now_for",
             "share_stopped_by_now_against")  # fmt: skip
    assert [first[name] for name in names] == [0.2, 0.2, 0.2, 0.2]
    assert [last[name] for name in names] == [0.2, 0.2, 0.4, 0.4]
    assert (first["difference"], first["true_effect"]) == (-9.0, 0.0)
    assert (last["difference"], last["true_effect"]) == (-4.0, 1.0)
    assert found["patients"] == pytest.approx((20 + 40 + 20 + 40 + 40) / 5)
    assert found["patients_without_looks"] == 40
    assert found["difference"] == pytest.approx((-9 - 4 + 6 + 2 + 1) / 5)
    assert found["share_without_looks_for"] == pytest.approx(0.2)
    assert found["share_without_looks_against"] == pytest.approx(0.2)


def test_unit_who_stops_early_reports_too_much():
    design = designed((0.3, 1.0), "pocock", (40, 40))
    data = synthetic(design, 2_000, effect=-5, spread=0)
    found = summarised(design, {ARM: compared(data, design)})["interim"]["arms"][ARM]
    first, last = found["looks"]
    assert first["difference"] < 1.3 * first["true_effect"] < 0
    assert last["share_stopped_by_now_for"] < found["share_without_looks_for"]
    assert found["patients"] < 70


def test_unit_information_is_of_whole_patients_of_both_arms():
    design = designed((0.5, 1.0), "spending pocock", (15, 30))
    found = boundaries_of(design, design.active[0])
    seen, whole = 8 * 15 / (8 + 15), 15 * 30 / 45
    np.testing.assert_allclose(found.information, [seen / whole, 1.0])
    np.testing.assert_allclose(found.z, boundaries(found.information, "spending pocock").z)
    looks = planned(design, design.active[0])
    assert [sum(one["patients"].values()) for one in looks] == [23, 45]
    assert looks[1]["false_alarms"] == pytest.approx(0.05)
    np.testing.assert_allclose([one["p"] for one in looks], 2 * norm.sf(found.z))


def test_closed_form_on_logarithms_looks_tell_ratios_too():
    design = designed((0.5, 1.0))
    one = compared(synthetic(design, 4), design)
    tested, effect = np.log([0.5, 0.25, 0.5, 1.0]), np.log([0.8, 0.2, 0.4, 0.5])
    its = replace(
        one, p=np.full(4, 1e-6), better=np.ones(4, bool), tested_difference=tested,
        tested_effect=effect, earlier=np.tile([0.0, 3.0], (4, 1, 1)),
        earlier_tested=np.log(np.full((4, 1), 0.9)),
    )  # fmt: skip
    its = replace(its, earlier=np.where(np.arange(4)[:, None, None] < 2, [9.0, 3.0], its.earlier))
    found = summarised(design, {ARM: its}, on_logs=True)["interim"]["arms"][ARM]
    early, late = found["looks"]
    assert (early["ratio"], late["ratio"]) == pytest.approx((0.9, 0.5**0.5))
    assert (early["true_ratio"], late["true_ratio"]) == pytest.approx((0.4, 0.2**0.5))
    assert found["ratio"] == pytest.approx((0.9 * 0.9 * 0.5) ** 0.25)
    error = np.log([0.8, 0.2]).std(ddof=1) / 2**0.5
    assert early["true_ratio_monte_carlo_error"] == pytest.approx(0.4 * error)
    assert not any("ratio" in key for key in summarised(design, {ARM: its})["interim"]["arms"][ARM])
