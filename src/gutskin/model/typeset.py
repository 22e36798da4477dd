"""Formulas as LaTeX and as MathML, and how an id is set: a letter with a subscript, or words."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gutskin.media import in_xml
from gutskin.model.formula import (
    DOT,
    MINUS,
    Call,
    Fraction,
    Name,
    Node,
    Number,
    Power,
    Product,
    Sum,
)
from gutskin.model.fragments import SITE

_SWITCH = re.compile(r"s_(m\d+)")
_LETTERS = ("vmax", "ec50", "phi", "k12", "k21")  # longer than two, and still a symbol
_AS_WRITTEN = {
    "agr": "agr", "aureus": "aureus", "cfu": "CFU", "cons": "CoNS", "easi": "EASI", "flg": "FLG",
    "gamma": "γ", "ifn": "IFN", "iga": "IgA", "ige": "IgE", "il4ra": "IL-4Rα", "mannitol":
    "mannitol", "ox40l": "OX40L", "ph": "pH", "phi": "φ", "s": "S.", "scfa": "SCFA", "scorad":
    "SCORAD", "tarc": "TARC", "tewl": "TEWL", "tnf": "TNF", "treg": "Treg", "tslp": "TSLP",
}  # fmt: skip


@dataclass(frozen=True)
class Symbol:
    """How an id is set: a letter or words, with a subscript.

    Parameters
    ----------
    kind : "switch", "letter" (italic) or "words" (upright)
    """

    base: str
    below: str
    kind: str


def symbol(name: str, parameters: Mapping[str, object], sites: tuple[str, ...] = ()) -> Symbol:
    """How an id is set.

    Examples
    --------
    >>> symbol("k_gut_treg", {"k_gut_treg": 0})
    Symbol(base='k', below='gut Treg', kind='letter')
    >>> symbol("ln_s_aureus_SITE", {})
    Symbol(base='ln S. aureus', below='site', kind='words')
    >>> symbol("s_m07", {"s_m07": 0})
    Symbol(base='M07', below='', kind='switch')
    """
    if switch := _SWITCH.fullmatch(name):
        return Symbol(switch[1].upper(), "", "switch")
    first, _, rest = name.partition("_")
    short = first in ("f", "k") or (name in parameters and (len(first) < 3 or first in _LETTERS))
    if rest and short and first != "ph":
        site = next((one for one in (SITE, *sites) if rest == one), None)
        below = "site" if site == SITE else _words(rest)
        return Symbol("φ" if first == "phi" else first, below, "letter")
    for site in (SITE, *sites):
        if name.endswith(f"_{site}"):
            return Symbol(_words(name.removesuffix(f"_{site}")), site.lower(), "words")
    return Symbol(_words(name), "", "words")


def _words(name: str) -> str:
    """An id as words: `blood_th2_memory` is blood Th2 memory."""
    shown = []
    for word in name.split("_"):
        word = re.sub(r"^il(\d+)$", r"IL-\1", word)
        word = re.sub(r"^th(\d*)$", r"Th\1", word)
        shown.append("site" if word == SITE else _AS_WRITTEN.get(word, word))
    return " ".join(shown).replace("IFN γ", "IFN-γ")


LINE = 30  # letters that stand together; what is longer may be broken between terms and factors
HIGH = 52  # letters of a fraction; what is longer is written on a line
_TALL = 2.1  # em, brackets around a fraction


def width(node: Node) -> int:
    """About how many letters wide a formula is."""
    match node:
        case Fraction(top=top, bottom=bottom):
            return max(width(top), width(bottom))
        case Sum(terms=terms):
            return sum(width(term) + 3 for _, term in terms)
        case Product(factors=parts) | Call(arguments=parts):
            return sum(width(part) + 2 for part in parts)
        case Power(base=base, exponent=exponent):
            return width(base) + width(exponent)
        case Name(id=name):
            return len(name)
        case Number(text=text):
            return len(text)


def tall(node: Node) -> bool:
    """Whether a formula is higher than one line."""
    match node:
        case Fraction():
            return True
        case Sum(terms=terms):
            return any(tall(term) for _, term in terms)
        case Product(factors=parts) | Call(arguments=parts):
            return any(tall(part) for part in parts)
        case Power(base=base):
            return tall(base)
        case Name() | Number():
            return False


class Typesetter(ABC):
    """Formulas as pieces between which a line may be broken.

    A piece is markup of one mathematical expression. Brackets are as high as what they hold, also
    where this runs over several pieces.

    Parameters
    ----------
    write_name : markup of an id
    """

    def __init__(self, write_name: Callable[[str], str]) -> None:
        self.write_name = write_name

    def pieces(self, node: Node) -> list[str]:
        """The formula in pieces."""
        if width(node) <= LINE:
            return [self.whole(node)]
        match node:
            case Sum(terms=terms):
                return self._sum(terms)
            case Product(factors=factors):
                return self._product(factors)
            case Fraction(top=top, bottom=bottom) if width(node) > HIGH:
                above = self.bracketed(top, isinstance(top, Sum))
                below = self.bracketed(bottom, isinstance(bottom, Sum | Product))
                return [*above[:-1], above[-1] + self.operator("/"), *below]
            case Call(function=function, arguments=arguments) if function != "sqrt":
                inside = self._arguments(arguments)
                return [self.function(function) + inside[0], *inside[1:]]
            case _:
                return [self.whole(node)]

    def _sum(self, terms: tuple[tuple[int, Node], ...]) -> list[str]:
        found: list[str] = []
        for sign, term in terms:
            first, *rest = self.bracketed(term, sign < 0 and isinstance(term, Sum))
            found += [self._lead(sign, not found) + first, *rest]
        return found

    def _lead(self, sign: int, first: bool) -> str:
        """What stands before a term."""
        if first:
            return self.negative() if sign < 0 else ""
        return self.operator(MINUS if sign < 0 else "+")

    def negative(self) -> str:
        """A minus before the first term."""
        return self.operator(MINUS)

    def _product(self, factors: tuple[Node, ...]) -> list[str]:
        found: list[str] = []
        for factor in factors:
            if found:
                found[-1] += self.operator(DOT)
            found += self.bracketed(factor, isinstance(factor, Sum))
        return found

    def _arguments(self, arguments: tuple[Node, ...]) -> list[str]:
        """What a function is of, in brackets."""
        opening, closing = self.brackets(any(tall(argument) for argument in arguments))
        found: list[str] = []
        for argument in arguments:
            if found:
                found[-1] += self.operator(",")
            found += self.pieces(argument)
        found[0] = opening + found[0]
        found[-1] += closing
        return found

    def bracketed(self, node: Node, wanted: bool) -> list[str]:
        """The pieces of a formula, in brackets if they are wanted."""
        inside = self.pieces(node)
        if wanted:
            opening, closing = self.brackets(tall(node))
            inside[0] = opening + inside[0]
            inside[-1] += closing
        return inside

    def whole(self, node: Node) -> str:
        """The formula in one piece."""
        match node:
            case Name(id=name):
                return self.write_name(name)
            case Number(text=text):
                return self.number(text)
            case Sum(terms=terms):
                text = ""
                for sign, term in terms:
                    shown = self.one(term, sign < 0 and isinstance(term, Sum))
                    text += self._lead(sign, not text) + shown
                return text
            case Product(factors=factors):
                shown = (self.one(factor, isinstance(factor, Sum)) for factor in factors)
                return self.operator(DOT).join(shown)
            case Fraction(top=top, bottom=bottom):
                return self.fraction(self.whole(top), self.whole(bottom))
            case Power(base=base, exponent=exponent):
                wide = isinstance(base, Sum | Product | Fraction)
                return self.power(self.one(base, wide), self.whole(exponent))
            case Call(function="sqrt", arguments=(only,)):
                return self.root(self.whole(only))
            case Call(function=function, arguments=arguments):
                opening, closing = self.brackets(any(tall(one) for one in arguments))
                inside = self.operator(",").join(self.whole(one) for one in arguments)
                return self.function(function) + opening + inside + closing

    def one(self, node: Node, wanted: bool) -> str:
        """The formula in one piece, in brackets if they are wanted."""
        opening, closing = self.brackets(tall(node)) if wanted else ("", "")
        return opening + self.whole(node) + closing

    @abstractmethod
    def number(self, text: str) -> str:
        """A number."""

    @abstractmethod
    def operator(self, sign: str) -> str:
        """A sign between two things."""

    @abstractmethod
    def function(self, name: str) -> str:
        """The name of a function."""

    @abstractmethod
    def brackets(self, high: bool) -> tuple[str, str]:
        """An opening and a closing bracket."""

    @abstractmethod
    def fraction(self, top: str, bottom: str) -> str:
        """One over the other."""

    @abstractmethod
    def power(self, base: str, exponent: str) -> str:
        """A power."""

    @abstractmethod
    def root(self, inside: str) -> str:
        """A square root."""


class MathML(Typesetter):
    """MathML as browsers set it; a piece stands inside `<math>`."""

    def number(self, text: str) -> str:
        """A number."""
        return f"<mn>{in_xml(text)}</mn>"

    def operator(self, sign: str) -> str:
        """A sign between two things."""
        space = "0.1em" if sign == DOT else "0.22em"
        return f'<mo form="infix" lspace="{space}" rspace="{space}">{in_xml(sign)}</mo>'

    def negative(self) -> str:
        """A minus before the first term."""
        return f'<mo form="prefix">{MINUS}</mo>'

    def function(self, name: str) -> str:
        """The name of a function."""
        if name == "log10":
            return "<msub><mi>log</mi><mn>10</mn></msub>"
        return f"<mi>{in_xml(name)}</mi>"

    def brackets(self, high: bool) -> tuple[str, str]:
        """An opening and a closing bracket."""
        size = f' stretchy="true" minsize="{_TALL}em" maxsize="{_TALL}em"'
        how = size if high else ' stretchy="false"'
        return f'<mo form="prefix"{how}>(</mo>', f'<mo form="postfix"{how}>)</mo>'

    def fraction(self, top: str, bottom: str) -> str:
        """One over the other."""
        return f"<mfrac><mrow>{top}</mrow><mrow>{bottom}</mrow></mfrac>"

    def power(self, base: str, exponent: str) -> str:
        """A power."""
        return f"<msup><mrow>{base}</mrow><mrow>{exponent}</mrow></msup>"

    def root(self, inside: str) -> str:
        """A square root."""
        return f"<msqrt>{inside}</msqrt>"


class Latex(Typesetter):
    """LaTeX with amsmath; a line may be broken at every sign, also inside of brackets."""

    def number(self, text: str) -> str:
        """A number."""
        return text.replace(MINUS, "-")

    def operator(self, sign: str) -> str:
        """A sign between two things."""
        return {DOT: r" \cdot ", MINUS: " - ", ",": ", "}.get(sign, f" {sign} ")

    def function(self, name: str) -> str:
        """The name of a function."""
        known = {"exp": r"\exp", "ln": r"\ln", "log10": r"\log_{10}"}
        return known.get(name, rf"\operatorname{{{name}}}")

    def brackets(self, high: bool) -> tuple[str, str]:
        """An opening and a closing bracket."""
        return (r"\Bigl(", r"\Bigr)") if high else ("(", ")")

    def fraction(self, top: str, bottom: str) -> str:
        """One over the other."""
        return rf"\frac{{{top}}}{{{bottom}}}"

    def power(self, base: str, exponent: str) -> str:
        """A power."""
        return rf"{{{base}}}^{{{exponent}}}"

    def root(self, inside: str) -> str:
        """A square root."""
        return rf"\sqrt{{{inside}}}"
