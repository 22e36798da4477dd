"""The numbers of the gut that infants set come out of a command, and are where it leaves them."""

import importlib
import tomllib

import numpy as np
import pytest
from fitting import Knob

from gutskin.model.compiled import load_model
from gutskin.population.targets import evaluate_targets, read_targets


@pytest.fixture
def script():
    return importlib.import_module("fit_infants")


def test_closed_form_an_aim_is_missed_by_quarters_of_its_range_beyond_its_ends(script):
    ends = np.array([(0.0, 4.0), (0.0, 4.0), (-2.0, 2.0)])
    assert script.misses(ends, [3.0, 6.0, -2.5]) == [0.0, 2.0, -0.5]


def test_structure_numbers_are_fitted_ones_with_a_prior_and_aims_are_of_infants(script):
    task, model = tomllib.loads(script.TASK.read_text(encoding="utf-8")), load_model()
    for name in task["numbers"]:
        row = model.tables.parameters[name]
        assert row.text("role") == "fitted", name
        assert Knob.of(row).width > 0.0
    targets = read_targets(model)
    named = {name: targets[name].text("population") for name in task["targets"]}
    assert {one for name, one in named.items() if name != "e_coli_adult"} == {"healthy_infant"}
    gut = [one for name, one in named.items() if not name.startswith(("ph_", "tewl_"))]
    assert len(gut) == len(named)


@pytest.mark.slow
def test_the_tables_are_where_the_fit_leaves_them(script):
    """All aims lie within their ends, and every number is at its prior's middle."""
    task, model = tomllib.loads(script.TASK.read_text(encoding="utf-8")), load_model()
    rows = [read_targets(model)[name] for name in task["targets"]]
    missed = [one.id for one in evaluate_targets(model, 96, task["seed"], rows) if not one.met]
    assert missed == []
    for name in task["numbers"]:
        assert abs(Knob.of(model.tables.parameters[name]).here) < 0.02, name


def test_unit_other_central_values_are_tried_without_another_model(script):
    model = load_model()
    row = read_targets(model)["scfa_day_4"]
    usual = evaluate_targets(model, 8, 1, [row])[0].value
    more = evaluate_targets(model, 8, 1, [row], {"j_lactose": 115.0})[0].value
    assert more > 1.1 * usual
