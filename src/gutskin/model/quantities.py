"""What the tables say of the ids that stand in equations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from gutskin.model.equation import TIME
from gutskin.model.fragments import SITE
from gutskin.model.model import Model
from gutskin.model.rows import Row
from gutskin.model.typeset import symbol
from gutskin.user_text import in_sentence


@dataclass(frozen=True)
class Quantity:
    """What a reader must know of an id: one row of the tables, or one for each site.

    Parameters
    ----------
    kind : "state", "rule", "parameter", "constant" or "time"
    says : what it is, in words; empty if no table says it
    value : value of a parameter, start of a state in the healthy adult, as text
    claimed : value under the article stance, where it is another
    span : range that holds 95% of what is thought possible; empty if none is declared
    evidence : ids of the rows behind it
    """

    id: str
    kind: str
    unit: str
    says: str = ""
    value: str = ""
    claimed: str = ""
    span: str = ""
    role: str = ""
    grade: str = ""
    evidence: tuple[str, ...] = ()


def quantity(model: Model, name: str) -> Quantity:
    """What the tables say of an id of an equation, with SITE or without."""
    if name == TIME:
        return Quantity(name, "time", "day", "time since the simulation starts")
    tables, sites = model.tables, model.source.sites
    every = [name.replace(SITE, site) for site in sites] if name.endswith(SITE) else [name]
    if every[0] in tables.parameters:
        rows = [tables.parameters[one] for one in every]
        first = rows[0]
        if first.text("role") == "switch":
            owners = [row for row in tables.mechanisms.values() if row.text("switch") == name]
            says = "; ".join(f"switch of {row.id}: {row.text('statement')}" for row in owners)
            return Quantity(name, "parameter", "1", says, role="switch")
        return Quantity(
            name,
            "parameter",
            first.text("unit"),
            first.text("note"),
            _by_site([row.text("value") for row in rows], sites),
            _by_site([row.text("claimed") for row in rows], sites),
            _by_site([_span(row) for row in rows], sites),
            first.text("role"),
            first.text("grade"),
            tuple(dict.fromkeys(one for row in rows for one in row.items("evidence"))),
        )
    unit = model.unit(every[0])
    if every[0] in tables.species:
        rows = [tables.species[one] for one in every]
        start = _by_site([row.text("healthy_adult") for row in rows], sites)
        words = rows[0].text("name")
        if name.endswith(SITE):
            words = re.sub(rf",? ?\b({'|'.join(sites)})\b", "", words).strip()
        return Quantity(name, "state", unit, words, start)
    if every[0] in model.constants:
        return Quantity(name, "constant", unit, value=f"{model.constants[every[0]]:g}")
    if end := next(filter(None, (_score(model, one) for one in every)), None):
        return Quantity(name, "rule", unit, end.text("label"))
    named = _rule_of(model, name)
    return Quantity(name, "rule", unit, _without_site(named.text("name")) if named else "")


def in_words(model: Model, name: str) -> tuple[str, str]:
    """What a state or an assigned quantity is called, and its unit, as a reader sees them.

    Returns
    -------
    name, unit
        the unit is empty where there is none to tell
    """
    tables, unit = model.tables, model.unit(name)
    end = _score(model, name)
    if end is not None:
        return end.text("label"), end.text("unit")
    unit = "" if unit == "1" else unit
    if name in tables.species:
        says = tables.species[name].text("name")
        plain = len(says.split()[0]) > 2 and says[1].islower()
        return says[0].upper() + says[1:] if plain else says, unit
    rule = _rule_of(model, name)
    if rule is not None:
        site = next((one for one in model.source.sites if name.endswith(f"_{one}")), "")
        return rule.text("name").replace(SITE, site), rule.text("unit") or unit
    shown = symbol(name, tables.parameters, model.source.sites)
    return f"{shown.base}, {shown.below} skin" if shown.below else shown.base, unit


def _score(model: Model, name: str) -> Row | None:
    """The endpoint that is a quantity itself, not whether it reaches a cut-off."""
    ends = (row for row in model.tables.endpoints.values() if row.text("quantity") == name)
    return next((row for row in ends if not row.text("cutoff")), None)


def called(model: Model, name: str) -> str:
    """What an id is called in a sentence; the id with spaces where no table says it.

    >>> from gutskin.model.compiled import load_model
    >>> [called(load_model(), one) for one in ("skin_treg", "k_skin_treg", "s_m48")]
    ['Treg of the skin', 'turnover of skin Treg', 'the switch of M48']
    """
    if name in model.tables.species:
        return model.tables.species[name].text("name")
    if name in model.assigned_ids:
        return in_sentence(in_words(model, name)[0])
    if name not in model.tables.parameters:
        return name.replace("_", " ")
    if model.tables.parameters[name].text("role") == "switch":
        return f"the switch of {name.removeprefix('s_').upper()}"
    return re.split(r"[;:]", quantity(model, name).says)[0].strip() or name.replace("_", " ")


def _rule_of(model: Model, name: str) -> Row | None:
    """The row of rules.tsv of a quantity, or of its like at every site."""
    site = next((one for one in model.source.sites if name.endswith(f"_{one}")), None)
    general = name if site is None else f"{name.removesuffix(site)}{SITE}"
    rules = model.tables.rules
    return rules.get(name) or rules.get(general)


def _without_site(says: str) -> str:
    """A name without its site, where the equation stands once for every site."""
    return re.sub(rf"( of| on| in|,)? {SITE} skin", "", says)


def _span(row: Row) -> str:
    low, high = row.text("low"), row.text("high")
    return f"{low} to {high}" if low and high else ""


def _by_site(cells: Sequence[str], sites: Sequence[str]) -> str:
    if len(set(cells)) == 1:
        return cells[0]
    return ", ".join(f"{site} {cell}" for site, cell in zip(sites, cells, strict=True))
