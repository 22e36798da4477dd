"""What no longer shows without a mechanism is told on the page for each of them."""

import pytest
from shown_page import shown

from gutskin.model.compiled import load_model
from gutskin.page.absence import absences_of

MODEL = load_model()
FOUND = absences_of(MODEL)
CARDS = shown()["statements"]["cards"]


@pytest.mark.parametrize("name", MODEL.tables.mechanisms)
def test_a_statement_or_an_experiment_tells_a_mechanism_from_nothing(name):
    by = MODEL.tables.mechanisms[name].text("shown_by")
    assert (by in CARDS) != (name in FOUND)
    if name in FOUND:
        setting, *checks = FOUND[name]
        assert setting
        assert checks
        assert all(checks)
    assert shown()["mechanisms"][name][6] == FOUND.get(name, [])


def test_it_is_that_of_the_experiment():
    assert FOUND["M16"] == [
        "children on the six-strain mix for eight weeks",
        "the wall is tighter",
    ]
