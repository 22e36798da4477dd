"""Trials of drugs by the ids D01 to D51: all of them are there, and met but for declared misses."""

import pytest
from test_claims import missed_checks

from gutskin.evidence.experiments import chosen, plan_experiments, read_experiments, shipped
from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model

IDS = [f"D{number:02d}" for number in range(1, 52)]
QUICK = ("D35", "D36", "D39", "D46", "D47", "D48")
KNOWN_MISSES_DRUGS = {  # statement: its checks, counted from 0; docs/claims.md has the numbers
    "D04": [0, 1, 2],
    "D08": [0, 1, 2],
    "D10": [0, 3],
    "D26": [0],
    "D29": [0],
    "D30": [0],
    "D32": [2],
    "D34": [1],
}


def test_structure_every_id_of_the_design_is_an_experiment():
    statements = plan_experiments(shipped("drugs"), shipped_biology())
    assert list(statements) == IDS
    assert all(one.experiment.one_body or name in ("D49", "D50", "D51")
               for name, one in statements.items())  # fmt: skip


def test_reference_some_of_the_statements_of_drugs():
    model = load_model()
    some = chosen(read_experiments(shipped("drugs"), model), QUICK)
    assert missed_checks(some, model) == {}


@pytest.mark.slow
def test_reference_trials_of_drugs():
    """What drugs, creams, their withdrawal and control arms do in trials."""
    model = load_model()
    statements = read_experiments(shipped("drugs"), model)
    assert missed_checks(statements, model) == KNOWN_MISSES_DRUGS
