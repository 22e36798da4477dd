"""The equations as the fragments state them are those of the compiled model."""

import libsbml
import pytest

from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.model.equation import equation_of
from gutskin.model.formula import Fraction, Node, Number, Sum, _read_sbml, parse
from gutskin.model.graph import circulating_switches, dependencies
from gutskin.model.overlay import biology_of
from gutskin.model.written_equations import written_equations

FORMULAS = (
    "-x^2", "a^b^c", "a^-b", "2 * -x", "a - b - c", "a - (b - c)", "a + (b - c)", "a / b / c",
    "a * -b^c", "-a * b", "--a", "-(a + b)", "a / (b * c) / d * e", "1e-3 * x", "lambda * x",
    "piecewise(1, x < 2, 0)", "(a * b) * (c * d)", "2^0.5", "-2", "pi * x", "sqrt(x)", "log10(x)",
    "log(x)", "ln(x) + exp(-x)", "max(a, b)", "pow(a, b)", "tanh(x)", "time * k", "in", "a > b",
)  # fmt: skip


@pytest.fixture(scope="module")
def model():
    return load_model()


def test_reference_fragments_state_what_the_compiler_reads(model):
    written = written_equations(model.biology)
    assert written is not None
    assert set(written.state_ids) == set(model.state_ids)
    assert set(written.assigned_ids) == set(model.assigned_ids)
    assert set(written.equations) == set(model.equations)
    for name, one in model.equations.items():
        mine = written.equations[name]
        assert (mine.names, mine.reaction) == (one.names, one.reaction), name
        assert (mine.changes, mine.participants) == (one.changes, one.participants), name


@pytest.mark.parametrize("off", [False, True])
def test_reference_who_reads_whom_is_the_same_before_and_after_compiling(model, off):
    switches = circulating_switches(model) if off else ()
    written = written_equations(shipped_biology())
    assert dependencies(written, switches) == dependencies(model, switches)


@pytest.mark.parametrize("formula", FORMULAS)
def test_reference_a_formula_is_read_as_libsbml_reads_it(formula):
    assert parse(formula) == _read_sbml(libsbml.parseL3Formula(formula))


def test_reference_every_formula_of_the_model_is_read_as_libsbml_reads_it(model):
    assert all(
        _numbers(parse(one.formula)) == _numbers(_read_sbml(libsbml.parseL3Formula(one.formula)))
        for one in model.equations.values()
    )


def _numbers(node: Node) -> Node:
    """A formula in which a ratio of two numbers is one number, as libSBML takes it."""
    match node:
        case Fraction(top=Number(text=top), bottom=Number(text=bottom)):
            return Number(f"{float(top) / float(bottom):g}")
        case Sum(terms=((-1, one),)) if isinstance(number := _numbers(one), Number):
            return Number(f"−{number.text}")
    if not hasattr(node, "__dataclass_fields__"):
        return tuple(map(_numbers, node)) if isinstance(node, tuple) else node
    values = (getattr(node, name) for name in node.__dataclass_fields__)
    return type(node)(*map(_numbers, values))


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("go: a => b; k * a", {"a": -1.0, "b": 1.0}),
        ("go: 2 a + $out -> 1.5 b; k * a^2", {"a": -2.0, "b": 1.5}),
        ("go: => a; k", {"a": 1.0}),
        ("go: a => ; k * a", {"a": -1.0}),
        ("go: a => a + b; k * a", {"a": 0.0, "b": 1.0}),
    ],
)
def test_closed_form_a_reaction_changes_what_stands_on_its_sides(code, changes):
    one = equation_of(code, ["out"])
    assert one is not None
    assert one.reaction
    assert dict(one.changes) == changes


@pytest.mark.parametrize(
    "code", ["a' = 3", "at (x > 2): a = 1", "go: a => b", "x = 3", "go: a* => b; k", "a := b := c"]
)
def test_a_line_that_is_neither_rule_nor_reaction_is_left_to_the_compiler(code):
    assert equation_of(code, ()) is None


def test_an_overlay_with_such_a_line_is_read_by_the_compiler_alone(tmp_path):
    (tmp_path / "mine.ant").write_text("mine := 2 * t_weaning\n")
    biology = biology_of(tmp_path)
    written = written_equations(biology)
    assert written is not None
    assert written.equations["mine"].names == {"t_weaning"}
    (tmp_path / "mine.ant").write_text("t_mine = 3\n")
    assert written_equations(biology_of(tmp_path)) is None


def test_a_call_is_no_name_and_an_exponent_is_none():
    one = equation_of("x := exp (1e-3 * a) + 2.5e3 * b_1^c", ())
    assert one is not None
    assert one.names == {"a", "b_1", "c"}
