"""How a target is read from patients: who counts, which statistic, compared with whom."""

from types import SimpleNamespace

import numpy as np
import pytest

from gutskin.errors import InputError
from gutskin.population import targets

MODEL = SimpleNamespace(values=lambda stance: {"k_slow": 0.1})
SEEN = {
    ("child", None): {"scorad": np.array([10.0, 30.0, 50.0]), "tewl": np.array([5.0, 9.0, 13.0])},
    ("adult", None): {"scorad": np.array([20.0, 20.0, 20.0]), "tewl": np.array([1.0, 2.0, 6.0])},
    ("child", 90.0): {"scorad": np.array([1.0, 2.0, 3.0]), "tewl": np.array([3.0, 4.0, 8.0])},
}


def row(**cells):
    usual = {"population": "child", "quantity": "tewl", "statistic": "mean", "given": "",
             "versus": "", "operation": "", "at_day": "", "label": "TEWL", "unit": "g"}  # fmt: skip
    its = {**usual, **cells}
    return SimpleNamespace(
        id="one", file="targets.tsv", line=3, text=lambda name: its[name],
        number=lambda name: float(its[name]),
    )  # fmt: skip


def value(**cells):
    return targets.value_of(row(**cells), MODEL, SEEN)


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ({}, 9.0),
        ({"at_day": "90"}, 5.0),
        ({"statistic": "median", "at_day": "90"}, 4.0),
        ({"statistic": "share_above:5"}, 2 / 3),
        ({"statistic": "share_above:4.9"}, 1.0),
        ({"given": "scorad>=30"}, 11.0),
        ({"versus": "adult:tewl", "operation": "ratio"}, 3.0),
        ({"versus": "adult:tewl", "operation": "difference"}, 6.0),
        ({"given": "scorad>=30", "versus": "child:scorad", "operation": "ratio"}, 11 / 40),
        ({"given": "scorad>=30", "versus": "adult:tewl", "operation": "ratio"}, 11 / 3),
        ({"population": "-", "quantity": "k_slow", "statistic": "parameter"}, 0.1),
        ({"population": "", "quantity": "k_slow", "statistic": "half_life"}, np.log(2) / 0.1),
    ],
)
def test_closed_form_the_value_of_a_row(cells, expected):
    assert value(**cells) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"given": "scorad>=51"}, "Nobody of this population is left"),
        ({"given": "scorad>=x"}, "Write a filter like"),
        ({"versus": "adult", "operation": "ratio"}, "Write population:quantity"),
        ({"versus": "adult:tewl", "operation": "sum"}, "Write population:quantity"),
        ({"statistic": "share_above:"}, "Use mean, geometric_mean, median, share_above:NUMBER"),
        ({"statistic": "mode"}, "Use mean, geometric_mean, median, share_above:NUMBER"),
        ({"population": "-", "quantity": "k"}, "Name a parameter, or give a population"),
        ({"population": "-", "quantity": "k_slow"}, "it is parameter or half_life"),
    ],
)
def test_unit_what_a_row_cannot_mean_is_told(cells, says):
    with pytest.raises(InputError, match=says):
        value(**cells)


@pytest.mark.parametrize(
    ("at", "met"), [(1.0, True), (2.0, True), (0.99, False), (2.01, False), (np.nan, False)]
)
def test_closed_form_both_ends_of_a_range_meet_it(at, met):
    found = targets._result(row(low="1", high="2"), at)
    assert found.met is met
    assert (found.low, found.high, found.unit) == (1.0, 2.0, "g")
