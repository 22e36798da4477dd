"""Shares of the variance between trials: closed forms with known parts, coverage, properties."""

import numpy as np
import pytest

from gutskin.statistics.variance_shares import KINDS, ReportedTrials, variance_shares


def known_trials(rng, worlds, each, unknown=3.0, level=1.0, error=4.0, patients=2.5):
    """Trials of whose variance every part is known."""
    world = np.repeat(np.arange(worlds), each)
    levels = rng.standard_normal((len(world), 2))
    scatter = error * rng.chisquare(37, len(world)) / 37
    value = (
        -2.0
        + np.sqrt(unknown) * rng.standard_normal(worlds)[world]
        + np.sqrt(level) * levels[:, 0]
        + np.sqrt(error) * rng.standard_normal(len(world))
    )
    own = patients / error * scatter
    return ReportedTrials(value, scatter, own, levels, np.ones(2), world)


@pytest.mark.parametrize("each", [1, 3])
def test_closed_form_parts_that_are_known_are_found(each):
    found = variance_shares(known_trials(np.random.default_rng(1), 6000 // each, each))[""]
    shares = {kind: one.share for kind, one in found.items()}
    assert shares == pytest.approx(
        {"patients": 2.5 / 8, "chance": 2.5 / 8, "unknown": 3 / 8}, abs=0.02
    )


def test_closed_form_half_of_a_level_is_the_worlds():
    trials = known_trials(np.random.default_rng(2), 6000, 1)
    half = ReportedTrials(**{**trials.__dict__, "of_levels": np.array([0.5, 1.0])})
    one, two = (variance_shares(each)[""] for each in (trials, half))
    assert two["chance"].share == pytest.approx(one["chance"].share - 0.5 / 8, abs=0.01)
    assert two["unknown"].share == pytest.approx(one["unknown"].share + 0.5 / 8, abs=0.01)


def test_closed_form_trials_of_another_size_have_the_same_worlds():
    trials = known_trials(np.random.default_rng(3), 4000, 1)
    found = variance_shares(trials, {"ten times": 10.0})["ten times"]
    assert found["patients"].share == pytest.approx(0.25 / (0.4 + 1 + 3), abs=0.01)
    assert found["chance"].share == pytest.approx((0.15 + 1) / (0.4 + 1 + 3), abs=0.02)


def test_property_shares_sum_to_one_and_where_worlds_do_not_differ_nothing_is_unknown():
    rng = np.random.default_rng(4)
    found = variance_shares(known_trials(rng, 3000, 1, unknown=0.0))[""]
    assert sum(one.share for one in found.values()) == pytest.approx(1.0)
    assert found["unknown"].share < 0.04
    assert all(one.ci95_low <= one.share <= one.ci95_high for one in found.values())


def test_property_levels_that_do_nothing_explain_nothing():
    """Without what chance gives each number, twenty of them would take a tenth of 200 trials."""
    found = []
    for seed in range(40):
        rng = np.random.default_rng(seed)
        trials = known_trials(rng, 200, 1, level=0.0)
        idle = rng.standard_normal((200, 20))
        many = ReportedTrials(**{**trials.__dict__, "levels": idle, "of_levels": np.ones(20)})
        found.append(variance_shares(many)[""]["chance"].share)
    assert np.mean(found) == pytest.approx(1.5 / 7, abs=0.03)


@pytest.mark.parametrize("each", [1, 4])
def test_property_intervals_hold_the_truth_as_often_as_they_say(each):
    """Trials of one world go together: drawn one by one, their intervals would be too narrow."""
    truth = {"patients": 2.5 / 8, "chance": 2.5 / 8, "unknown": 3 / 8}
    held = dict.fromkeys(KINDS, 0)
    for seed in range(120):
        found = variance_shares(known_trials(np.random.default_rng([9, seed]), 100, each))[""]
        for kind, one in found.items():
            held[kind] += one.ci95_low <= truth[kind] <= one.ci95_high
    assert min(held.values()) >= 0.87 * 120


@pytest.mark.parametrize("worlds", [40, 200])
@pytest.mark.parametrize("share", [0.0, 0.1, 0.3])
def test_property_few_worlds_leave_open_how_much_is_unknown(share, worlds):
    """Samples of an estimate that is cut off at 0 held a share of 0.3 in 87% of trials of 40."""
    unknown = 5.0 * share / (1 - share)
    found = [
        variance_shares(known_trials(np.random.default_rng([11, seed]), worlds, 1, unknown))[""]
        for seed in range(150)
    ]
    held = [one["unknown"].ci95_low <= share <= one["unknown"].ci95_high for one in found]
    assert np.mean(held) >= 0.95 - 3 * np.sqrt(0.95 * 0.05 / 150)
    assert min(one["unknown"].ci95_high for one in found) > 0.05
    assert all(one[kind].ci95_low <= one[kind].share <= one[kind].ci95_high
               for one in found for kind in KINDS)  # fmt: skip


def test_closed_form_the_upper_end_of_nothing_is_that_of_a_variance_of_so_many_worlds():
    """Of normal trials with the error that they have R ends at 39 / chi2(39) of 2.5%: 1.65."""
    value = np.random.default_rng(1).standard_normal(40)
    value *= 0.8 / value.std(ddof=1)  # scatters less than its error
    trials = ReportedTrials(
        value, np.ones(40), np.full(40, 0.5), np.zeros((40, 0)), np.zeros(0), np.arange(40)
    )
    found = variance_shares(trials)[""]["unknown"]
    assert (found.share, found.ci95_low) == (0.0, 0.0)
    assert found.ci95_high == pytest.approx(1 - 1 / 1.65, abs=0.08)


def test_unit_trials_that_all_report_the_same_still_leave_something_open():
    trials = ReportedTrials(
        np.zeros(40), np.ones(40), np.ones(40), np.zeros((40, 0)), np.zeros(0), np.arange(40)
    )
    assert variance_shares(trials)[""]["unknown"].ci95_high > 0.2


def test_unit_trials_without_an_error_do_not_count():
    trials = known_trials(np.random.default_rng(5), 100, 1)
    gone = trials.squared_error.copy()
    gone[:50] = np.nan
    some = ReportedTrials(**{**trials.__dict__, "squared_error": gone})
    assert some.usable.sum() == 50
    assert np.isfinite(variance_shares(some)[""]["unknown"].share)
