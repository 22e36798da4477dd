"""The equations a reader sees are those the model computes with."""

import math
import re

import pytest

from gutskin.media import in_tex
from gutskin.model.compiled import load_model
from gutskin.model.equations import RATE, RULE, STATE, Shown, Term, equations_with, fragments
from gutskin.model.formula import (
    Call,
    Fraction,
    Name,
    Number,
    Power,
    Product,
    Sum,
    as_text,
    names_of,
    parse,
)
from gutskin.model.quantities import quantity
from gutskin.model.switches import brought_by, whole_term
from gutskin.model.typeset import SITE, Latex, MathML, symbol

NUMBERS = {name: 0.3 + 0.1 * place for place, name in enumerate("abcdkxyz")}
FORMULAS = [
    "k*a*(1 - x)/(1 + y)*z - k*x",
    "-a*(b - c)",
    "k*(-a*(b - c))",
    "a - (b - c)",
    "a - b*(c - d)",
    "a/b/c*d",
    "a/(b/c)",
    "a/(b*c)",
    "(a + b)/(c + d)^2",
    "(a*b)^x",
    "exp(-a*b)*sqrt(x + y)",
    "log10(a/b) + (-x)^2",
    "2*(a + b)*3",
    "(a - b)/-c",
]


def value(node, numbers):
    match node:
        case Name(id=name):
            return numbers[name]
        case Number(text=text):
            return float(text.replace("−", "-"))
        case Sum(terms=terms):
            return sum(sign * value(term, numbers) for sign, term in terms)
        case Product(factors=factors):
            return math.prod(value(one, numbers) for one in factors)
        case Fraction(top=top, bottom=bottom):
            return value(top, numbers) / value(bottom, numbers)
        case Power(base=base, exponent=exponent):
            return value(base, numbers) ** value(exponent, numbers)
        case Call(function=function, arguments=(only,)):
            return getattr(math, function)(value(only, numbers))


RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")


def computed(text, numbers):
    """The value of a line of text, as Python computes it."""
    text = re.sub(r"[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+", lambda match: "**" + match[0].translate(RAISED), text)
    code = text.replace("·", "*").replace("−", "-").replace("^", "**")
    return eval(code, {"exp": math.exp, "sqrt": math.sqrt, "log10": math.log10}, numbers)


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_means_the_same_as_a_tree_and_as_text(formula):
    expected = computed(formula, NUMBERS)
    node = parse(formula)
    assert value(node, NUMBERS) == pytest.approx(expected)
    assert computed(as_text(node), NUMBERS) == pytest.approx(expected)


def test_a_hill_term_is_a_fraction_of_its_own():
    node = parse("vmax*x/(km + x)*y")
    assert [type(factor) for factor in node.factors] == [Name, Fraction, Name]


def test_every_equation_of_the_model_keeps_its_names_as_text_and_as_a_tree():
    for one in load_model().equations.values():
        node = parse(one.formula)
        assert set(names_of(node)) == one.names, one.id
        words = re.findall(r"\b[A-Za-z_][A-Za-z_0-9]*(?![A-Za-z_0-9(])", as_text(node))
        assert set(words) == one.names, one.id


def with_site(name, site):
    return re.sub(rf"_{SITE}$", f"_{site}", name)


def test_every_rule_and_every_reaction_is_shown_and_nothing_twice():
    model = load_model()
    shown = [one for part in fragments(model) for section in part.sections for one in section.shown]
    rules = [one.id for one in shown if one.kind == RULE]
    states = [one.id for one in shown if one.kind == STATE]
    assert len(set(rules)) == len(rules)
    assert len(set(states)) == len(states)
    sites = model.source.sites
    assert {with_site(name, site) for name in rules for site in sites} == set(model.assigned_ids)
    assert {with_site(name, site) for name in states for site in sites} == set(model.state_ids)
    rates = {one.id for one in shown if one.kind == RATE}
    terms = {term.reaction for one in shown for term in one.terms}
    reactions = {with_site(name, site) for name in terms - {""} for site in sites}
    # what is left of the sugar of dosed strains moves no state
    assert set(model.reaction_ids) - reactions == {"ferment_strains_rest"}
    assert reactions <= set(model.reaction_ids)
    for one in shown:
        named = {t.node.id for t in one.terms if isinstance(t.node, Name) and t.reaction}
        assert {name for name in named if name in terms} <= rates | set(model.assigned_ids)


def test_a_state_s_equation_has_the_amounts_of_its_reactions():
    model = load_model()
    every = model.equations
    shown = {
        one.id: one
        for part in fragments(model)
        for section in part.sections
        for one in section.shown
        if one.kind == STATE
    }
    for state, one in shown.items():
        if SITE in state:
            continue
        expected = {name: e.changes[state] for name, e in every.items() if state in e.changes}
        assert {term.reaction: term.amount for term in one.terms} == expected


def test_the_copies_of_a_site_s_equation_are_one_that_stands_for_both():
    model = load_model()
    part = next(part for part in fragments(model) if part.per_site)
    for section in part.sections:
        for one in section.shown:
            for site in model.source.sites:
                for term in one.terms:
                    own = model.equations[with_site(term.reaction or one.id, site)]
                    names = {with_site(name, site) for name in names_of(term.node)}
                    assert names == own.names


def test_every_name_of_an_equation_is_explained_in_one_place():
    model = load_model()
    parts = fragments(model)
    reads = [name for part in parts for name in part.reads]
    assert len(set(reads)) == len(reads)
    for part in parts:
        for section in part.sections:
            for one in section.shown:
                assert set(one.names) - {"time"} <= set(reads)
    assert all(quantity(model, name).unit for name in reads)


@pytest.mark.parametrize(
    ("formula", "own", "whole"),
    [
        ("s_m07*k*a*x", ["k", "a", "x"], True),
        ("k*(1 - s_m07*f + s_m07*f*x)", ["f", "x"], False),
        ("(1 + g)/(1 + g*(1 - s_m07 + s_m07*x))*y", ["g", "x"], False),
        ("k*(h + f*(1 - s_m07 + s_m07*x))", ["f", "x"], False),
        ("k*(1 - g + s_m07*g*2*x/(1 + x))", ["g", "x"], False),
        ("exp(s_m07*g*(x - 1))*y", ["g", "x"], False),
        ("s_m07*a + s_m07*b", ["a", "b"], True),
        ("a + s_m07*b", ["b"], False),
    ],
)
def test_what_belongs_to_a_switch(formula, own, whole):
    one = Shown("y", STATE, (Term(1.0, parse(formula), "r"),))
    assert list(brought_by(one, "s_m07")) == own
    assert whole_term(one, "s_m07") == whole


def test_every_mechanism_brings_something_to_the_equations_of_its_row():
    model = load_model()
    for row in model.tables.mechanisms.values():
        shown = equations_with(model, row.items("rules_and_reactions"))
        assert any(brought_by(one, row.text("switch")) for one in shown), row.id
        assert all(row.id in one.mechanisms for one in shown), row.id


def test_a_subtracted_sum_and_a_rate_taken_several_times_stand_in_brackets():
    loss = Shown("x", STATE, (Term(1.0, parse("a")), Term(-1.0, parse("b + c"))))
    assert loss.text == "d x/dt = a − (b + c)"
    often = Shown("x", STATE, (Term(3.0, parse("a + b")), Term(-2.0, parse("c*x"))))
    assert often.text == "d x/dt = 3 · (a + b) − 2 · c · x"


def test_markup_has_every_name_and_its_brackets_close():
    model = load_model()
    for one in model.equations.values():
        node = parse(one.formula)
        tokens = [f"<{name}>" for name in names_of(node)]
        mathml = "".join(MathML(lambda name: f"<mi><{name}></mi>").pieces(node))
        latex = "".join(Latex(lambda name: f"<{name}>").pieces(node))
        for markup in (mathml, latex):
            found = [token for token in re.findall(r"<\w+>", markup) if token in tokens]
            assert sorted(found) == sorted(tokens), one.id
        assert mathml.count("<mrow>") == mathml.count("</mrow>")
        assert mathml.count(">(<") == mathml.count(">)<")
        assert latex.count("{") == latex.count("}")
        assert latex.count("(") == latex.count(")")


def test_a_long_formula_may_be_broken_and_a_short_one_may_not():
    long = " + ".join(f"a_rather_long_name_{n} * another_long_name_{n}" for n in range(4))
    setter = MathML(lambda name: f"<mi>{name}</mi>")
    assert len(setter.pieces(parse(f"k * ({long})"))) > 4
    assert len(setter.pieces(parse(f"min(most, {long})"))) > 4
    assert len(setter.pieces(parse("k * (a + b)"))) == 1


@pytest.mark.parametrize(
    ("name", "base", "below", "kind"),
    [
        ("gut_treg", "gut Treg", "", "words"),
        ("km_contact", "km", "contact", "letter"),
        ("skin_ph_lesional", "skin pH", "lesional", "words"),
        ("ph_healthy", "pH healthy", "", "words"),
        ("s_m99", "M99", "", "switch"),
        ("serum_ifn_gamma", "serum IFN-γ", "", "words"),
    ],
)
def test_ids_are_set_as_the_field_writes_them(name, base, below, kind):
    known = {"km_contact": 0, "ph_healthy": 0, "s_m99": 0}
    how = symbol(name, known, ("lesional", "nonlesional"))
    assert (how.base, how.below, how.kind) == (base, below, kind)


def test_latex_text_has_no_character_that_stops_latex():
    assert in_tex("50% of A_b & c^2 {d} ~ #1 $") == (
        r"50\% of A\_b \& c\textasciicircum{}2 \{d\} \textasciitilde{} \#1 \$"
    )
    assert in_tex("日") == "?"
