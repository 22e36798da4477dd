"""Numbers of one column share their decimals, whoever prints them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from test_endpoint_table import printed, summary_of

from gutskin.report import told_arm, words
from gutskin.report.rounding import decimals, of_endpoint, of_estimates, rounded, share

FINITE = st.floats(-1e6, 1e6).filter(lambda one: one == 0 or abs(one) > 1e-9)
NUMBER = re.compile(r"−?\d+(?:\.(\d+))?")
# errors (a small one keeps one figure), shares, ranges of scores, ratios beside amounts, names
NO_AMOUNTS = r"±[\d.]+|\S+% \(±\S+\)|\(0-10\)|× [\d.]+|\b[A-Z]+-\d+"


def places(text):
    """Decimals of every number of a text."""
    return {len(found) for found in NUMBER.findall(text)}


@given(st.lists(FINITE, min_size=1), st.lists(st.floats(1e-5, 1e5), min_size=1))
def test_property_the_smallest_error_is_never_told_as_nothing(values, errors):
    digits = decimals(values, errors)
    assert all(float(rounded(one, digits)) > 0 for one in errors)
    assert digits == decimals(reversed(values), reversed(errors))


def test_the_error_of_a_solver_decides_no_decimals():
    """Steroid use under two arms that leave it alone differs by 1e-11, and by nothing."""
    assert decimals([0.38, 1e-11], errors=[0.013, 1.4e-11]) == 2
    none = {"mean": 2e-11, "ci95_low": -3e-11, "ci95_high": 3e-11, "monte_carlo_error": 1.4e-11}
    assert words.estimate(none) == "0"
    assert words.span(none) == "0 to 0"


@given(st.lists(FINITE, min_size=1, max_size=9))
def test_property_of_sizes_alone_the_largest_has_three_figures(values):
    digits = decimals(values)
    largest = max(map(abs, values))
    if 1e-3 <= largest < 100:
        assert float(rounded(largest, digits)) == pytest.approx(largest, rel=5.001e-3)
    if largest >= 1000:
        assert digits == 0


@pytest.mark.parametrize(
    ("ends", "expected"), [((-6.2, 0.7), 0), ((1, 2.6), 1), ((0.1, 0.4), 2), ((None, None), 0)]
)
def test_closed_form_one_standard_error_of_an_interval_keeps_one_figure(ends, expected):
    assert decimals([], intervals=[ends]) == expected


def test_errors_of_adding_floats_and_what_is_not_known_decide_nothing():
    assert decimals([None, float("nan"), 3.0], [1e-15, None, 0.0], [(None, None)]) == 2
    assert decimals([], [], []) == 0


def test_shares_that_are_neither_none_nor_all_are_never_told_as_such():
    assert [share(one, 0) for one in (0, 0.004, 0.5, 0.999, 1)] == [
        "0%", "under 1%", "50%", "over 99%", "100%",
    ]  # fmt: skip


@pytest.mark.parametrize("arms", [2, 4])
@pytest.mark.parametrize("replicates", [2, 60])
def test_every_number_of_an_endpoint_has_the_same_decimals(arms, replicates):
    summary = summary_of(arms, replicates)
    arm_names = words.arm_titles(summary)
    for one in summary["endpoints"].values():
        digits = of_endpoint(one, arm_names)
        for difference in one["differences"].values():
            for numbers in (difference, difference["true_effect"]):
                text = words.centre(numbers, one["unit"], digits)
                if numbers["ci95_low"] is not None:
                    text += words.span(numbers, one["unit"], digits)
                assert places(text) == {digits}
        for arm in arm_names:
            if told_arm.told_of(one) != told_arm.TO_START:
                assert places(told_arm.outcome(one, arm, digits)) == {digits}


def endpoint_with(true, error, spread):
    """An endpoint of which trials scatter by some units, and whose true effect is known well."""
    arm = {"change_mean": -4.93, "change_sd": spread, "monte_carlo_error": {"change_mean": 2.9}}
    true_effect = {"mean": true, "ci95_low": 3 * true, "ci95_high": 0.1 * true}
    difference = {"mean": -3.2, "ci95_low": -168.1, "ci95_high": 30.5, "monte_carlo_error": 4.7}
    difference["true_effect"] = {**true_effect, "monte_carlo_error": error}
    return {"unit": "", "mix": arm, "none": arm, "differences": {"mix": difference}}


@pytest.mark.parametrize(
    ("true", "error", "spread", "digits", "told"),
    [
        (-0.0036, 0.0003, 30.0, 0, "0"),  # acids of stool, which strains hardly move: 4 before
        (-3.24, 0.4, 16.0, 1, "−3.2±0.4"),
        (-3.24, 0.04, 16.0, 1, "−3.24±0.04"),
        (-3.24, 0.04, 0.0, 2, "−3.24±0.04"),  # who do not differ say nothing of the unit
    ],
)
def test_a_true_effect_next_to_nothing_gives_a_column_no_decimals(
    true, error, spread, digits, told
):
    one = endpoint_with(true, error, spread)
    assert of_endpoint(one, ["mix", "none"]) == digits
    assert words.estimate(one["differences"]["mix"]["true_effect"], "", digits) == told


def test_a_row_of_the_printed_table_mixes_no_decimals():
    text = printed(summary_of(2, 60), 250)
    rows = [line for line in text.splitlines() if "±" in line and "(±" in line]
    assert rows
    for row in rows:
        ratios = "× " in row  # of an endpoint tested on logarithms there is nothing else
        assert len(places(re.sub(NO_AMOUNTS, "", row))) == (0 if ratios else 1), row


def test_means_with_errors_follow_the_smallest_of_them():
    numbers = {"mean": 1.0, "ci95_low": 0.0, "ci95_high": 2.0}
    rows = [numbers | {"monte_carlo_error": one} for one in (0.5, 0.04, None)]
    assert of_estimates(rows) == 2
