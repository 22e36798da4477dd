"""The equations of the model as a reader takes them in: by place, by heading, site by site once.

A state's equation is the sum of the reactions that change it; a reaction that changes several
states has a rate of its own, which their equations name. What is written once for every site is
shown once, with SITE in its ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType

from gutskin.model.equation import TIME, Equation
from gutskin.model.formula import (
    Name,
    Node,
    Number,
    Product,
    Sum,
    as_text,
    names_of,
    parse,
)
from gutskin.model.fragments import SITE, SourceLine
from gutskin.model.model import Model

RULE, STATE, RATE = "rule", "state", "rate"
_MECHANISM = re.compile(r"s_(m\d+)")


@dataclass(frozen=True)
class Term:
    """One reaction's share in the change of a state, or the whole of a rule or a rate.

    Parameters
    ----------
    amount : how much of the state one turn of the reaction makes; 1 for a rule or a rate
    node : the rate, or the name of it where it is shown by itself
    reaction : its id; empty for a rule
    """

    amount: float
    node: Node
    reaction: str = ""

    @property
    def in_brackets(self) -> bool:
        """Whether the rate must stand in brackets: a sum that is taken away or taken often."""
        return isinstance(self.node, Sum) and (self.amount < 0 or self.amount != 1)

    @property
    def sized(self) -> Node:
        """The rate times the size of the amount."""
        size = abs(self.amount)
        if size == 1:
            return self.node
        several = self.node.factors if isinstance(self.node, Product) else (self.node,)
        return Product((Number(f"{size:g}"), *several))


@dataclass(frozen=True)
class Shown:
    """One equation.

    Parameters
    ----------
    id : the quantity, the state or the reaction, with SITE for a site
    kind : RULE (id = term), STATE (d id/dt = terms) or RATE (the rate of a reaction = term)
    turns : for a rate, species -> amount that one turn makes, boundary species too
    """

    id: str
    kind: str
    terms: tuple[Term, ...]
    turns: Mapping[str, float] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The ids it reads, each once, in its order; rates are not ids."""
        rates = {term.reaction for term in self.terms}
        found = (name for term in self.terms for name in names_of(term.node))
        return tuple(dict.fromkeys(name for name in found if name not in rates))

    @property
    def mechanisms(self) -> tuple[str, ...]:
        """The mechanisms whose switches stand in it, as `M07`."""
        matches = (_MECHANISM.fullmatch(name) for name in self.names)
        return tuple(match[1].upper() for match in matches if match)

    @property
    def text(self) -> str:
        """The equation as one line."""
        left = {STATE: f"d {self.id}/dt", RATE: f"rate of {self.id}"}.get(self.kind, self.id)
        return f"{left} = {self.right}"

    @property
    def right(self) -> str:
        """What stands on the right, as one line."""
        signed = tuple((1 if term.amount >= 0 else -1, term.sized) for term in self.terms)
        return as_text(Sum(signed))

    @property
    def turnover(self) -> str:
        """What one turn of a reaction does: `2 gut_hexose → 3 gut_acetate`."""
        sides = ([], [])
        for name, amount in self.turns.items():
            size = "" if abs(amount) == 1 else f"{abs(amount):g} "
            sides[amount > 0].append(size + name)
        return " → ".join(" + ".join(side) or "nothing" for side in sides)


@dataclass(frozen=True)
class Section:
    """Equations that stand under one comment of a fragment."""

    heading: str
    shown: tuple[Shown, ...]


@dataclass(frozen=True)
class Fragment:
    """One place of the model.

    Parameters
    ----------
    stem : the file without `.ant`
    title : the first words of the file, `Gut mucosa`
    about : what the file says of itself after that, line by line
    per_site : whether it is read once for every site
    reads : ids of quantities that are met here first, in the order in which they are
    """

    stem: str
    title: str
    about: tuple[str, ...]
    per_site: bool
    sections: tuple[Section, ...]
    reads: tuple[str, ...]


def fragments(model: Model) -> tuple[Fragment, ...]:
    """All equations of the model, place by place."""
    written = written_equations(model)
    rates = _own_rates(written)
    states = _at_home(_states(written, rates), rates, model)
    met: set[str] = set()
    found = []
    for path, lines in _files(model):
        title, about, sections = _sections(path.stem, lines, written, rates, states)
        every = [one for section in sections for one in section.shown]
        reads = dict.fromkeys(name for one in every for name in (*_defined(one), *one.names))
        new = tuple(name for name in reads if name not in met and name != TIME)
        met.update(new)
        per_site = any(line.site for line in lines)
        found.append(Fragment(path.stem, title, about, per_site, tuple(sections), new))
    return tuple(found)


def _defined(one: Shown) -> tuple[str, ...]:
    return () if one.kind == RATE else (one.id,)


@cache
def written_equations(model: Model) -> Mapping[str, Equation]:
    """Rules and reactions as the fragments write them: one for all sites, with SITE in its ids."""
    sites = model.source.sites
    lines = model.source.definitions
    copies: dict[str, dict[str, Equation]] = {}
    for name, one in model.equations.items():
        site = lines[name].site if name in lines else None
        key = _generic(name, sites) if site else name
        copies.setdefault(key, {})[site or ""] = one
    merged = {key: _merged(key, of_site, sites) for key, of_site in copies.items()}
    return MappingProxyType(merged)


def _merged(key: str, copies: Mapping[str, Equation], sites: Sequence[str]) -> Equation:
    """The copies of all sites as one; what differs between them is what SITE stands for."""
    first = next(iter(copies.values()))
    if "" in copies:
        return first
    words = [re.findall(r"\w+|\W+", one.formula) for one in copies.values()]
    formula = "".join(_common(same, sites) for same in zip(*words, strict=True))
    names = zip(*(list(one.participants) for one in copies.values()), strict=True)
    common = {_common(same, sites): same[0] for same in names}
    return Equation(
        key,
        formula,
        frozenset(names_of(parse(formula))),
        {name: first.changes[own] for name, own in common.items() if own in first.changes},
        {name: first.participants[own] for name, own in common.items()},
        first.reaction,
    )


def _common(same: Sequence[str], sites: Sequence[str]) -> str:
    the_same = len(same) > 1 and len(set(same)) == 1
    return same[0] if the_same else _generic(same[0], sites)


def _generic(name: str, sites: Sequence[str]) -> str:
    return re.sub(rf"_({'|'.join(sites)})$", f"_{SITE}", name)


def _own_rates(written: Mapping[str, Equation]) -> set[str]:
    """Reactions that change more than one state."""
    return {name for name, one in written.items() if len(one.changes) > 1}


def _states(written: Mapping[str, Equation], rates: set[str]) -> dict[str, Shown]:
    terms: dict[str, list[Term]] = {}
    for name, one in written.items():
        node = Name(name) if name in rates else parse(one.formula)
        for state, amount in one.changes.items():
            terms.setdefault(state, []).append(Term(amount, node, name))
    return {state: Shown(state, STATE, _gains_first(own)) for state, own in terms.items()}


def _at_home(
    states: Mapping[str, Shown], rates: set[str], model: Model
) -> Mapping[str, Mapping[str, Shown]]:
    """Reaction -> the states whose equations stand at it.

    That is the first reaction of the state's own place which changes it alone; failing that, the
    first which does not, or the first of all.
    """
    lines, sites = model.source.definitions, model.source.sites
    files = {
        _generic(name, sites) if line.site else name: line.file for name, line in lines.items()
    }
    found: dict[str, dict[str, Shown]] = {}
    for state, one in states.items():
        reactions = [term.reaction for term in one.terms]
        home = [name for name in reactions if files[name] == files[state]]
        alone = [name for name in home if name not in rates]
        found.setdefault((alone or home or reactions)[0], {})[state] = one
    return found


def _gains_first(terms: Sequence[Term]) -> tuple[Term, ...]:
    return tuple(sorted(terms, key=lambda term: term.amount < 0))


def _files(model: Model) -> Iterator[tuple[Path, list[SourceLine]]]:
    """The lines of every fragment, those of one site only."""
    source = model.source
    files: dict[Path, list[SourceLine]] = {}
    for line in source.lines:
        if line.site in (None, source.sites[0]):
            site = f"_{line.site}" if line.site else None
            text = line.text if site is None else re.sub(rf"{site}\b", f"_{SITE}", line.text)
            own = SourceLine(text, line.file, line.line, line.site)
            files.setdefault(line.file, []).append(own)
    yield from files.items()


def _sections(
    stem: str,
    lines: Sequence[SourceLine],
    written: Mapping[str, Equation],
    rates: set[str],
    states: Mapping[str, Mapping[str, Shown]],
) -> tuple[str, tuple[str, ...], list[Section]]:
    """Title, what the file says of itself, and its equations under their comments."""
    blocks: list[tuple[list[str], list[str]]] = [([], [])]
    for line in lines:
        code, mark, comment = line.text.partition("//")
        if mark and not code.strip():
            if blocks[-1][1] or (len(blocks) == 1 and _ended(blocks[0][0])):
                blocks.append(([], []))
            blocks[-1][0].append(comment.strip())
        elif match := re.match(r"\s*(\w+)\s*:", code):
            blocks[-1][1].append(match[1])
        elif not code.strip() and len(blocks) == 1 and blocks[0][0]:
            blocks[0][0].append("")  # a blank line ends what the file says of itself
    head = [text for text in blocks[0][0] if text]
    if blocks[0][1]:  # equations under no comment of their own
        blocks.insert(1, ([], blocks[0][1]))
    title, colon, rest = head[0].partition(":") if head else ("", "", "")
    if not colon:  # no name of its own
        title, rest = _sentence(stem.replace("_", " ")), title
    about = tuple(text for text in (_sentence(rest), *head[1:]) if text)
    sections = []
    for comment, ids in blocks[1:]:
        shown = list(_of_section(ids, written, rates, states))
        if shown:
            sections.append(Section("; ".join(comment), tuple(shown)))
    return title.strip(), about, sections


def _ended(head: Sequence[str]) -> bool:
    return "" in head


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:]


def _of_section(
    ids: Sequence[str],
    written: Mapping[str, Equation],
    rates: set[str],
    states: Mapping[str, Mapping[str, Shown]],
) -> Iterator[Shown]:
    """Rules and shared rates in their order, then the states that come up here."""
    for name in ids:
        one = written[name]
        if not one.reaction:
            yield Shown(name, RULE, (Term(1.0, parse(one.formula)),))
        elif name in rates:
            yield Shown(name, RATE, (Term(1.0, parse(one.formula), name),), one.participants)
    for name in ids:
        yield from states.get(name, {}).values()


def equations_with(model: Model, ids: Sequence[str]) -> list[Shown]:
    """Rules and reactions by id, for the card of a mechanism; a reaction by what it changes.

    Parameters
    ----------
    ids : as mechanisms.tsv lists them, with SITE for a site, or with a site's name
    """
    written = written_equations(model)
    shown = []
    for asked in ids:
        name = asked if asked in written else _generic(asked, model.source.sites)
        one = written[name]
        node = parse(one.formula)
        if not one.reaction:
            shown.append(Shown(name, RULE, (Term(1.0, node),)))
        elif len(one.changes) == 1:
            ((state, amount),) = one.changes.items()
            shown.append(Shown(state, STATE, (Term(amount, node, name),)))
        else:
            shown.append(Shown(name, RATE, (Term(1.0, node, name),), one.participants))
    return shown
