"""Units: what the tables may write, what a formula is in, and what SBML gets."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import libsbml
import pytest

from gutskin.errors import InputError
from gutskin.model import units
from gutskin.model.compiled import load_model
from gutskin.model.formula import parse
from gutskin.model.rows import Row
from gutskin.model.units import formula_unit, parse_unit, same_unit, unit_of_row, unit_text

UNITS = {"amount": "mmol", "volume": "L", "rate": "1/day", "number": "1"}


def unit_of(formula):
    clashes = []
    look = {name: parse_unit(text) for name, text in UNITS.items()}.get
    unit = formula_unit(parse(formula), look, clashes)
    return (None if unit is None else unit_text(unit)), clashes


@pytest.mark.parametrize(
    ("first", "second"),
    [("g/m2/h", "g/m^2/hour"), ("kU/L", "kIU/L"), ("mmol/L", "mol/m^3"), ("points", "1"),
     ("pH", "1"), ("ug/g", "mg/kg"), ("GCFU/day", "GCFU/d"), ("µg", "ug")],
)  # fmt: skip
def test_two_ways_to_write_one_unit(first, second):
    assert same_unit(parse_unit(first), parse_unit(second))


@pytest.mark.parametrize(
    ("first", "second"), [("mg", "g"), ("CFU", "cell"), ("kU/L", "mol/L/s"), ("%", "1"), ("d", "h")]
)
def test_units_that_differ(first, second):
    assert not same_unit(parse_unit(first), parse_unit(second))


@pytest.mark.parametrize(
    ("formula", "unit"),
    [
        ("amount / volume", "mmol/L"),
        ("rate * amount * number^2", "mmol/day"),
        ("sqrt(amount^2 + (2 * amount)^2)", "mmol"),
        ("exp(rate * time) / (1 + number)", "1"),
        ("log10(amount / amount)", "1"),
        ("-amount", "mmol"),
        ("number - 2 * number", "1"),
        ("amount^-1", "1/mmol"),
        ("(amount^2)^(1/2)", "mmol"),
        ("amount^0.5 * sqrt(amount)", "mmol"),
        ("min(amount, 2 * amount) / max(volume, volume)", "mmol/L"),
        ("unknown * amount", None),
    ],
)
def test_the_unit_of_a_formula(formula, unit):
    assert unit_of(formula) == (unit, [])


@pytest.mark.parametrize(
    ("formula", "words"),
    [
        ("amount + volume", "`amount` is in mmol and `volume` in L"),
        ("1 - amount", "`1` is in 1 and `amount` in mmol"),
        ("min(amount, volume)", "`amount` is in mmol and `volume` in L"),
        ("exp(amount)", "`amount` is in mmol inside `exp(amount)`"),
        ("log10(amount / volume)", "mmol/L"),
        ("2^amount", "the exponent `amount` is in mmol"),
        ("amount^number", "must be a number"),
        ("amount^(number/2)", "must be a number"),
        ("number + amount * 2", "`number` is in 1 and `amount · 2` in mmol"),
    ],
)
def test_what_does_not_fit_is_said_in_words(formula, words):
    (clash,) = unit_of(formula)[1]
    assert words in clash


@pytest.mark.parametrize("text", ["", "mmoll", "1/fortnight", "mg/"])
def test_a_unit_that_is_not_known_is_told_with_file_and_line(text):
    with pytest.raises(InputError, match=r"parameters\.tsv:7: k: unit is"):
        unit_of_row(Row({"id": "k", "unit": text}, "parameters.tsv", 7))


def test_sbml_carries_the_units_of_the_tables():
    model = load_model()
    document = libsbml.readSBMLFromString(model.sbml)
    sbml = document.getModel()
    for table in (model.tables.parameters, model.tables.species):
        for row in table.values():
            one = sbml.getParameter(row.id) or sbml.getSpecies(row.id)
            definition = one.getDerivedUnitDefinition()
            wanted = parse_unit(row.text("unit"))
            factor = 1.0
            for place in range(definition.getNumUnits()):
                unit = definition.getUnit(place)
                factor *= (unit.getMultiplier() * 10 ** unit.getScale()) ** unit.getExponent()
            # libSBML counts mass in kilograms or grams, as it was given
            assert factor == pytest.approx(float((1 * wanted).to_base_units().magnitude)), row.id


def test_threads_that_ask_at_once_get_the_same_registry(monkeypatch):
    monkeypatch.setattr(units, "_registry", units.cache(units._registry.__wrapped__))
    together = Barrier(4)

    def ask(_):
        together.wait()
        return units.registry()

    with ThreadPoolExecutor(4) as pool:
        assert len(set(map(id, pool.map(ask, range(4))))) == 1
