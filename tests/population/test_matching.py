"""Weights of patients: closed forms of maximum entropy, and what they may not do."""

from types import SimpleNamespace

import numpy as np
import pytest

from gutskin.population.matching import (
    LEAST_EFFECTIVE,
    can_be_matched,
    effective_share,
    entropy_weights,
    match_patients,
    rows_to_match,
)
from gutskin.population.target_statistics import statistic
from gutskin.population.targets import value_of

RNG = np.random.default_rng(4)
SCORAD = RNG.gamma(2.0, 10.0, 800)
OWN = {
    "scorad": SCORAD,
    "ige": np.exp(RNG.normal(5.0, 1.3, 800)),
    "tewl": 5.0 + 0.2 * SCORAD + RNG.normal(0.0, 3.0, 800),
    "other": RNG.normal(10.0, 1.0, 800),
}
SEEN = {
    ("child", None): OWN,
    ("healthy", None): {"other": RNG.normal(9.0, 1.0, 300), "tewl": RNG.normal(6.0, 1.0, 300)},
}
MODEL = SimpleNamespace(values=lambda stance: {})


def row(low, high, quantity, words, **cells):
    usual = {"population": "child", "given": "", "versus": "", "operation": "", "at_day": ""}
    its = {**usual, "quantity": quantity, "statistic": words, "low": low, "high": high, **cells}
    return SimpleNamespace(
        id="one", file="t.tsv", line=1, text=lambda name: str(its[name]),
        number=lambda name: float(its[name]),
    )  # fmt: skip


def test_closed_form_the_mean_of_normal_patients_is_moved_by_tilting():
    """Of a normal quantity the weights are exp(a x), a the shift in units of the variance."""
    x = np.random.default_rng(5).normal(size=200_000)
    weights = entropy_weights(np.array([x - 0.5]), 0.0)
    assert np.average(x, weights=weights) == pytest.approx(0.5, abs=1e-4)
    slope = np.polyfit(x[:2000], np.log(weights[:2000]), 1)[0]
    assert slope == pytest.approx(0.5, abs=0.01)
    assert effective_share(weights) == pytest.approx(np.exp(-0.25), abs=0.01)  # exp(-shift**2)


def test_property_who_meets_all_keeps_equal_weights():
    found = match_patients([row(0, 100, "scorad", "mean")], SEEN)
    assert found.effective == pytest.approx(1.0)
    assert found.weights == pytest.approx(np.ones(800))


@pytest.mark.parametrize(
    "wanted",
    [
        row(25, 27, "scorad", "mean"),
        row(14, 15, "scorad", "mean"),
        row(220, 260, "ige", "geometric_mean"),
        row(24, 26, "scorad", "median"),
        row(13, 15, "scorad", "median"),
        row(0.6, 0.7, "scorad", "share_above:15"),
        row(0.5, 0.6, "scorad", "share_below:15"),
        row(0.3, 0.5, "ige", "correlation:scorad"),
        row(0.3, 0.5, "tewl", "correlation:scorad"),
        row(11.5, 12, "tewl", "mean", given="scorad>=25"),
        row(7.0, 7.3, "tewl", "mean", given="scorad<15"),
        row(1.3, 1.4, "tewl", "mean", versus="healthy:tewl", operation="ratio"),
        row(1.9, 2.2, "tewl", "mean", versus="healthy:tewl", operation="difference"),
        row(0.7, 0.75, "tewl", "mean", versus="child:other", operation="ratio"),
        row(-3, -2.5, "tewl", "mean", versus="child:other", operation="difference"),
    ],
)
def test_property_every_kind_of_target_is_met_by_weights(wanted):
    before = value_of(wanted, MODEL, SEEN)
    assert not wanted.number("low") <= before <= wanted.number("high")
    found = match_patients([wanted], SEEN)
    after = value_of(wanted, MODEL, SEEN, found.weights)
    assert wanted.number("low") <= after <= wanted.number("high")
    assert found.weights.min() > 0
    assert found.weights.mean() == pytest.approx(1.0)


def test_property_the_weights_move_nothing_further_than_they_must():
    """They end just inside the nearer end of the range, so the least patients are lost."""
    found = match_patients([row(24, 40, "scorad", "mean")], SEEN)
    assert statistic("mean", SCORAD, weights=found.weights) == pytest.approx(24.8, abs=0.05)


def test_unit_what_would_cost_too_many_patients_is_let_go_and_stays_missed():
    wanted = row(70, 80, "scorad", "mean")
    found = match_patients([wanted], SEEN)
    assert found.effective >= LEAST_EFFECTIVE
    assert value_of(wanted, MODEL, SEEN, found.weights) < 70


def test_unit_rows_that_weights_at_rest_cannot_move():
    assert not can_be_matched(row(0, 1, "tewl", "mean", at_day="60"))
    assert not can_be_matched(row(0, 1, "k", "parameter", population="-"))
    own = {"versus": "child:other", "operation": "ratio"}
    assert not can_be_matched(row(0, 1, "tewl", "median", **own))
    assert rows_to_match([row(0, 1, "tewl", "mean", **own)])
