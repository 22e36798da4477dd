"""Mechanisms on the page have the equations and numbers of the model."""

import pytest
from shown_page import shown

from gutskin.model.compiled import load_model
from gutskin.page.equations import equations_of

MODEL = load_model()
ROWS = MODEL.tables.mechanisms


@pytest.mark.parametrize("name", ROWS)
def test_every_mechanism_has_an_equation_with_its_switch_and_numbers_of_the_table(name):
    found = equations_of(MODEL, ROWS[name])
    assert found["equations"]
    assert all(ROWS[name].text("switch") in formula for _, _, formula in found["equations"])
    assert {gives for gives, *_ in found["equations"]} <= {"rule", "rate", "gain", "loss"}
    for one, value, claimed, unit, *_ in found["numbers"]:
        row = MODEL.tables.parameters[one]
        assert (value, claimed, unit) == tuple(
            row.text(key) for key in ("value", "claimed", "unit")
        )
    assert found["shown_by"]


def test_a_claim_stands_beside_its_value():
    (number,) = [one for one in equations_of(MODEL, ROWS["M51"])["numbers"] if one[2]]
    assert float(number[1]) < float(number[2])


def test_the_scene_carries_them():
    assert shown()["mechanisms"]["M51"][5] == equations_of(MODEL, ROWS["M51"])
