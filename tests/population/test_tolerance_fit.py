"""The trials by their length to which a product is fitted: what the script reads of them."""

import importlib.util
import math
from pathlib import Path

import pytest

from gutskin.model.biology import shipped_biology
from gutskin.model.tables import read_tables

SCRIPT = Path(__file__).parents[2] / "scripts" / "fit_tolerance.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("fit_tolerance", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.fixture(scope="module")
def rows():
    return shipped_biology().table("duration_results.tsv")


def test_every_result_rests_on_rows_that_may_be_calibrated_on(script, rows):
    assert len(rows) >= 6
    for row in rows.values():
        value, error = script.measured(row)  # refuses a row that is unverified or withheld
        assert error > 0
        assert abs(value) < 20
        assert row.text("quantity") in script.READ
        assert row.number("weeks") <= script.WEEKS[-1]


def test_closed_form_a_difference_between_arms_and_its_error(script, rows):
    value, error = script.measured(rows["killed_rhamnosus"])
    assert value == pytest.approx(-13.89 + 8.37)
    own = math.sqrt((10.05**2 + 9.95**2) / 33)
    assert error == pytest.approx(math.hypot(own, 4.5), rel=1e-3)


def test_closed_form_a_pool_and_what_its_products_may_differ(script, rows):
    value, error = script.measured(rows["class_pool"])
    assert value == -3.07
    assert error == pytest.approx(math.hypot((6.12 - 0.03) / 3.919928, 0.7), rel=1e-3)


def test_knobs_are_parameters_with_a_width(script):
    parameters = read_tables(shipped_biology()).parameters
    for name in script.KNOBS:
        low, high = (parameters[name].number(column) for column in ("low", "high"))
        assert low < script.prior_of(parameters[name]) < high
