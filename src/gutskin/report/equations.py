"""All equations of the model as a page, as LaTeX, or as lines on a terminal."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from gutskin.media import in_tex, in_xml
from gutskin.model.equations import RATE, STATE, Fragment, Shown, fragments
from gutskin.model.formula import MINUS, Name
from gutskin.model.quantities import Quantity, quantity
from gutskin.model.typeset import Latex, MathML, Typesetter, symbol
from gutskin.report.templating import for_pages, for_tex
from gutskin.report.words import units

if TYPE_CHECKING:
    from gutskin.model.model import Model

_MECHANISM = re.compile(r"\bM\d\d+\b")
ROLES = {
    "fixed": "a constant or a definition",
    "fitted": "set by a command so that measured values are met",
    "prior": "known within a width only; drawn once per world",
    "assumed": "chosen by us; a width is declared; drawn in worlds of the posterior",
    "patient": "differs between people",
    "covariate": "age, atopy, genotype; set by the population",
    "switch": "a mechanism on (1) or off (0)",
    "input": "a dose, an exposure, care; moved by the schedule",
    "trial": "a trait of a dosed strain or drug",
    "setting": "how to compute, no biology",
}

KINDS = {"rule": "follows at once"}


class Markup:
    """Equations of one model as markup of one kind.

    Parameters
    ----------
    model : whose ids are set
    linked : ids that the page explains, to which a name may lead; all if not given
    """

    def __init__(self, model: Model, linked: Iterable[str] | None = None) -> None:
        self.model = model
        self.linked = None if linked is None else frozenset(linked)
        self.quantity: Callable[[str], Quantity] = cache(lambda name: quantity(model, name))
        self.mathml = MathML(self._mathml_name)
        self.latex = Latex(self._latex_name)

    def _symbol(self, name: str) -> Any:
        return symbol(name, self.model.tables.parameters, self.model.source.sites)

    def _mathml_name(self, name: str) -> str:
        how = self._symbol(name)
        if how.kind == "switch":
            grade = self.model.tables.mechanisms[how.base].text("grade")
            says = self.model.tables.mechanisms[how.base].text("statement")
            link = f'<a href="#{how.base}" title="{in_xml(says)}">{how.base}</a>'
            return f'<mtext class="switch grade{grade}">{link}</mtext>'
        known = self.quantity(name)
        if how.kind == "letter":
            return f"<msub><mi>{how.base}</mi>{self._words(how.below, name, known)}</msub>"
        words = self._words(how.base, name, known)
        return f"<msub>{words}<mtext>{how.below}</mtext></msub>" if how.below else words

    def _words(self, words: str, name: str, known: Quantity) -> str:
        says = f"{name}: {known.says or known.kind}"
        says += f", {known.value} {known.unit}" if known.value else f" ({known.unit})"
        shown = in_xml(words)
        if known.kind != "time" and (self.linked is None or name in self.linked):
            shown = f'<a href="#q-{name}" title="{in_xml(says)}">{shown}</a>'
        kind = "input" if known.role == "input" else known.kind
        return f'<mtext class="{kind}">{shown}</mtext>'

    def _latex_name(self, name: str) -> str:
        how = self._symbol(name)
        base, below = in_tex(how.base), in_tex(how.below)
        if how.kind == "switch":
            return rf"\switch{{{base}}}"
        if how.kind == "letter":
            return rf"{base.replace('$', '')}_{{\text{{{below}}}}}"
        words = rf"\quantity{{{base}}}"
        return rf"{words}_{{\text{{{below}}}}}" if below else words

    def name(self, name: str) -> str:
        """An id as MathML, for a table."""
        return f"<math>{self._mathml_name(name)}</math>"

    def left(self, one: Shown) -> str:
        """What stands on the left, as MathML."""
        if one.kind == RATE:
            words = in_xml(one.id.replace("_", " "))
            return f'<math><msub><mi id="v-{one.id}">v</mi><mtext>{words}</mtext></msub></math>'
        name = self._mathml_name(one.id)
        if one.kind != STATE:
            return f"<math>{name}</math>"
        below = "<mrow><mi>d</mi><mi>t</mi></mrow>"
        fraction = f"<mfrac><mrow><mi>d</mi><mspace width='.15em'/>{name}</mrow>{below}</mfrac>"
        return f'<math displaystyle="true">{fraction}</math>'

    def right(self, one: Shown) -> str:
        """What stands on the right, as MathML in pieces between which a line may be broken."""
        found = ""
        for pieces, term in zip(self._terms(one, self.mathml), one.terms, strict=True):
            shown = "<wbr>".join(f'<math displaystyle="true">{piece}</math>' for piece in pieces)
            found += f'<wbr><span class="term" title="{in_xml(term.reaction)}">{shown}</span>'
        return found

    def _terms(self, one: Shown, typesetter: Typesetter) -> Iterator[list[str]]:
        """The terms of an equation in pieces, with the signs between them."""
        for place, term in enumerate(one.terms):
            sign = MINUS if term.amount < 0 else "+"
            size = "" if abs(term.amount) == 1 else typesetter.number(f"{abs(term.amount):g}")
            lead = typesetter.operator(sign) if place else ""
            lead = typesetter.negative() if not place and term.amount < 0 else lead
            if isinstance(term.node, Name) and term.node.id == term.reaction:
                yield [lead + size + self._rate(term.reaction, typesetter)]
                continue
            pieces = typesetter.bracketed(term.node, term.in_brackets)
            pieces[0] = lead + (size + typesetter.operator("·") if size else "") + pieces[0]
            yield pieces

    def _rate(self, reaction: str, typesetter: Typesetter) -> str:
        words = reaction.replace("_", " ")
        if isinstance(typesetter, Latex):
            return rf"v_{{\text{{{in_tex(words)}}}}}"
        return f'<msub><mi>v</mi><mtext><a href="#v-{reaction}">{in_xml(words)}</a></mtext></msub>'

    def tex(self, one: Shown) -> str:
        """The whole equation as LaTeX; TeX breaks its lines."""
        if one.kind == RATE:
            left = self._rate(one.id, self.latex)
        else:
            left = self._latex_name(one.id)
            left = rf"\frac{{\mathrm{{d}}\,{left}}}{{\mathrm{{d}}t}}" if one.kind == STATE else left
        right = "".join(piece for pieces in self._terms(one, self.latex) for piece in pieces)
        return f"{left} = {right}"

    def tex_name(self, name: str) -> str:
        """An id as LaTeX, for a table."""
        return f"${self._latex_name(name)}$"


def linked_heading(heading: str, known: Iterable[str]) -> str:
    """A comment of a fragment, in which mechanisms lead to their rows."""
    known = frozenset(known)

    def link(match: re.Match[str]) -> str:
        name = match[0]
        return f'<a href="#{name}">{name}</a>' if name in known else name

    return _MECHANISM.sub(link, in_xml(heading))


def render_html(model: Model) -> str:
    """All equations as one self-contained page; the same model gives the same page."""
    markup = Markup(model)
    mechanisms = model.tables.mechanisms
    return (
        for_pages()
        .get_template("equations.html.j2")
        .render(
            model=model,
            fragments=fragments(model),
            markup=markup,
            heading=lambda text: linked_heading(text, mechanisms),
            rows=lambda fragment: list(_rows(fragment, markup)),
            mechanisms=list(mechanisms.values()),
            roles=_roles_met(model),
            kinds=KINDS,
            units=_unit,
            where=_where(model),
        )
    )


def render_latex(model: Model) -> str:
    """All equations as one LaTeX document that compiles by itself."""
    markup = Markup(model)
    return (
        for_tex()
        .get_template("equations.tex.j2")
        .render(
            model=model,
            fragments=fragments(model),
            markup=markup,
            rows=lambda fragment: list(_rows(fragment, markup)),
            mechanisms=list(model.tables.mechanisms.values()),
            roles=_roles_met(model),
        )
    )


def _unit(unit: str) -> str:
    return "" if unit == "1" else units(unit)


def _roles_met(model: Model) -> dict[str, str]:
    met = {row.text("role") for row in model.tables.parameters.values()}
    return {role: says for role, says in ROLES.items() if role in met}


def _rows(fragment: Fragment, markup: Markup) -> Iterator[Quantity]:
    """What is met first in a fragment; switches stand with their mechanisms."""
    for name in fragment.reads:
        one = markup.quantity(name)
        if one.role != "switch":
            yield one


def _where(model: Model) -> dict[str, list[str]]:
    """Mechanism -> the places in whose equations it stands."""
    found: dict[str, list[str]] = {name: [] for name in model.tables.mechanisms}
    for fragment in fragments(model):
        met = {m for section in fragment.sections for one in section.shown for m in one.mechanisms}
        for name in met:
            found[name].append(fragment.stem)
    return found


def text_lines(model: Model, width: int) -> Iterator[str]:
    """All equations as lines of text, each place with its quantities.

    Parameters
    ----------
    width : letters in a line; what is longer goes on, indented
    """
    for fragment in fragments(model):
        yield f"{fragment.title} ({fragment.stem}.ant)".upper()
        for line in fragment.about:
            yield from textwrap.wrap(line, width)
        for section in fragment.sections:
            yield ""
            yield from textwrap.wrap(section.heading, width)
            for one in section.shown:
                yield from equation_lines(one, width)
        yield ""
        yield "Quantities that are met here first"
        for name in fragment.reads:
            yield from quantity_lines(quantity(model, name), width)
        yield ""
    yield "MECHANISMS"
    for row in model.tables.mechanisms.values():
        yield f"  {row.id} [{row.text('grade')}] {row.text('statement')}"


def equation_lines(one: Shown, width: int) -> list[str]:
    """One equation, wrapped between its signs."""
    text = one.text + (f"   [{one.turnover}]" if one.kind == RATE else "")
    return textwrap.wrap(
        text, width, initial_indent="  ", subsequent_indent="      ", break_long_words=False
    )


def quantity_lines(one: Quantity, width: int) -> list[str]:
    """One quantity: its id, what it is, its value."""
    parts = [one.says or KINDS.get(one.kind, one.kind)]
    unit = "" if one.unit == "1" else f" {units(one.unit)}"
    if one.kind == "state":
        parts.append(f"starts at {one.value}{unit}")
    elif one.value:
        value = f"{one.value}{unit}"
        value += f" ({one.span})" if one.span else ""
        value += f"; the article claims {one.claimed}" if one.claimed else ""
        parts.append(value)
        parts += [one.role] if one.role else []
        parts += [f"grade {one.grade}"] if one.grade else []
        parts += [" ".join(one.evidence)] if one.evidence else []
    elif unit:
        parts.append(unit.strip())
    return textwrap.wrap(
        f"{one.id}: {'; '.join(parts)}", width, initial_indent="  ", subsequent_indent="      ",
        break_long_words=False,
    )  # fmt: skip
