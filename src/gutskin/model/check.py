"""Faults of the model: clashing units, missing sources, missing switches, loose ends.

Each is told with the file and the line of the fragment or the table in which it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from gutskin.errors import InputError, Problem, nearest
from gutskin.model.biology import Biology
from gutskin.model.check_identifiers import identifier_problems
from gutskin.model.check_numbers import sign_problems, speed_problems
from gutskin.model.check_tables import PULSE, at, id_problems, table_problems
from gutskin.model.compiled import compile_model
from gutskin.model.divisors import divisor_problems
from gutskin.model.equation import Equation
from gutskin.model.evidence import load_evidence
from gutskin.model.formula import parse
from gutskin.model.fragments import SITE, read_source
from gutskin.model.model import Model
from gutskin.model.overlay import biology_of
from gutskin.model.overlay_check import id_clashes
from gutskin.model.rows import Row
from gutskin.model.tables import read_tables
from gutskin.model.unfilled import proof_problems, unfilled_problems
from gutskin.model.units import (
    Look,
    formula_unit,
    parse_unit,
    same_unit,
    unit_lookup,
    unit_of_row,
    unit_text,
)

READ_OUTS = ("read-out", "cytokines")  # a comment with one of these opens rules nobody need read

_MECHANISM = re.compile(r"\bM\d\d+\b")


def check_model(biology: Biology | None = None) -> list[Problem]:
    """What is wrong with a biology; nothing, if it is sound.

    Parameters
    ----------
    biology : see `biology_of`
    """
    biology = biology_of(biology)
    problems: list[Problem] = []
    try:
        evidence = load_evidence(biology)
        tables = read_tables(biology)
        problems += table_problems(tables, evidence)
        problems += id_clashes(read_source(biology), tables)
        problems += proof_problems(tables)
        if unfilled := unfilled_problems(tables):  # what is not written cannot be compiled
            return _sorted([*problems, *unfilled])
        checked = _Checked(compile_model(biology))
    except InputError as error:
        problems += error.problems
    else:
        for check in (_units, _mechanisms, _comments, _species, _uses, _endpoints, _rules):
            problems += check(checked)
        problems += [*sign_problems(checked.model), *speed_problems(checked.model)]
        problems += [*identifier_problems(checked.model), *divisor_problems(biology)]
        problems = _once(problems, checked.model.source.sites)
    return _sorted(problems)


def _sorted(problems: list[Problem]) -> list[Problem]:
    return sorted(set(problems), key=lambda one: (str(one.file), one.line or 0, one.message))


def _once(problems: list[Problem], sites: tuple[str, ...]) -> list[Problem]:
    """Keep one of the problems that one line of a fragment has at every site."""
    first: dict[tuple[Any, ...], Problem] = {}
    for one in problems:
        first.setdefault((one.file, one.line, _without_site(one.message, sites)), one)
    return list(first.values())


def _without_site(text: str, sites: tuple[str, ...]) -> str:
    return re.sub(rf"_({'|'.join(sites)})\b", "_SITE", text)


@dataclass(frozen=True)
class _Checked:
    """A compiled model with what the checks ask of it."""

    model: Model

    @cached_property
    def equations(self) -> Mapping[str, Equation]:
        return self.model.equations

    @cached_property
    def unit(self) -> Look:
        """Gives the unit of any id."""
        return unit_lookup(self.equations, self.model.constants, self.model.tables)

    @cached_property
    def written(self) -> Mapping[str, str]:
        """Id of a rule or reaction -> as the fragment writes it, with SITE for the site's name."""
        lines, sites = self.model.source.definitions, self.model.source.sites
        return {
            name: _without_site(name, sites) if lines[name].site else name
            for name in self.equations
            if name in lines
        }

    def at(self, name: str, message: str, remedy: str) -> Problem:
        """A problem of the line of a fragment that defines an id."""
        line = self.model.source.where(name)
        return Problem(message, line and line.file, line and line.line, remedy)


def _units(checked: _Checked) -> Iterator[Problem]:
    """Sums, functions and rates whose units do not fit."""
    look = checked.unit
    for name, one in checked.equations.items():
        clashes: list[str] = []
        unit = formula_unit(parse(one.formula), look, clashes)
        for clash in clashes:
            yield checked.at(name, f"{name}: {clash}.", "Correct the formula or a unit in a table.")
        for state in one.changes:
            expected = look(state)
            if unit is None or expected is None:
                continue
            expected = expected / parse_unit("day")
            if not same_unit(unit, expected):
                yield checked.at(
                    name,
                    f"{name}: the rate is in {unit_text(unit)}, but {state} changes in "
                    f"{unit_text(expected)}.",
                    "Correct the formula or a unit in a table.",
                )


def _mechanisms(checked: _Checked) -> Iterator[Problem]:
    """Switches that are not where the rows of the mechanisms say."""
    tables = checked.model.tables
    claims = tables.biology.table("claims.tsv")
    written = set(checked.written.values())
    owners: dict[str, Row] = {}
    for row in tables.mechanisms.values():
        yield from id_problems(row, "claims", claims, "claim")
        yield from id_problems(row, "rules_and_reactions", written, "rule or reaction")
        switch = row.text("switch")
        if not switch:
            continue
        if switch in owners:
            yield at(row, f"{switch} is the switch of {owners[switch].id} too.", "Give it its own.")
        owners[switch] = row
        yield from _where_switched(checked, row, switch)
    for row in tables.parameters.values():
        if row.text("role") == "switch" and row.id not in owners:
            yield at(row, "is the switch of no mechanism.", "Add a row to mechanisms.tsv.")


def _where_switched(checked: _Checked, row: Row, switch: str) -> Iterator[Problem]:
    uses = {
        checked.written[name]
        for name, one in checked.equations.items()
        if switch in one.names and name in checked.written
    }
    listed = set(row.items("rules_and_reactions"))
    for name in sorted(uses - listed):
        yield at(row, f"{switch} is used in {name}, which the row does not list.", "List it.")
    for name in sorted(listed - uses):
        yield at(row, f"{switch} is not used in {name}, which the row lists.",
                 "Multiply the term by the switch, or take it off the list.")  # fmt: skip


def _comments(checked: _Checked) -> Iterator[Problem]:
    """Every mechanism is named in a comment of a fragment that holds it, and no other is."""
    source, mechanisms = checked.model.source, checked.model.tables.mechanisms
    named: dict[str, set[Path]] = {}
    for line in source.lines:
        _, _, comment = line.text.partition("//")
        for name in _MECHANISM.findall(comment):
            named.setdefault(name, set()).add(line.file)
            if name not in mechanisms:
                yield Problem(f"{name} has no row in mechanisms.tsv.", line.file, line.line,
                              "Add one with a switch, or take the number off.")  # fmt: skip
    for row in mechanisms.values():
        listed = set(row.items("rules_and_reactions"))
        homes = {
            source.definitions[name].file
            for name, word in checked.written.items()
            if word in listed
        }
        if homes and not homes & named.get(row.id, set()):
            shown = ", ".join(sorted(home.name for home in homes))
            yield at(row, f"no comment of {shown} names it.", f"Add `// {row.id} ...` there.")


def _species(checked: _Checked) -> Iterator[Problem]:
    """States that nothing makes or removes, and rows without a species."""
    model = checked.model
    made: set[str] = set()
    removed: set[str] = set()
    for one in checked.equations.values():
        made |= {name for name, amount in one.changes.items() if amount > 0.0}
        removed |= {name for name, amount in one.changes.items() if amount < 0.0}
    for name in model.state_ids:
        if name not in made and model.tables.species[name].text("boundary") != PULSE:
            yield checked.at(
                name, f"nothing makes {name}.", "Add a reaction, or make it a parameter."
            )
        if name not in removed:
            yield checked.at(name, f"nothing removes {name}.", "Add a reaction that does.")
    for row in model.tables.species.values():
        if (row.text("boundary") == "boundary") != (row.id in model.constants):
            yield at(row, "is a boundary species here or in its fragment, but not in both.",
                     "Write $ before its name in the fragment, and boundary here.")  # fmt: skip


def _uses(checked: _Checked) -> Iterator[Problem]:
    """Parameters, states and rules that no equation reads."""
    model, tables = checked.model, checked.model.tables
    by_rules: set[str] = set()
    by_others: set[str] = set()
    for one in checked.equations.values():
        own = set(one.changes) if len(one.changes) == 1 else set()
        by_rules |= one.names if not one.reaction else set()
        by_others |= one.names - own if one.reaction else set()
    drawn = tables.biology.table("drawn_states.tsv").values()
    used = by_rules | by_others | {row.text("covariate") for row in drawn}
    outputs = {row.text("quantity") for row in tables.endpoints.values()}
    # what is written once for every site is read if the copy of one site is
    read = {_without_site(name, model.source.sites) for name in used | outputs}
    loose = [
        name
        for name in (*model.state_ids, *model.assigned_ids)
        if _without_site(name, model.source.sites) not in read
    ]
    for row in tables.parameters.values():
        if row.id not in used:
            yield at(row, "no equation reads it.", "Take the row out, or use it.")
    free = _read_outs(checked)
    for name in loose:
        if name in model.state_ids:
            yield checked.at(name, f"{name} is read by no equation but its own.",
                             "Use it, or take it out.")  # fmt: skip
        elif name not in free:
            yield checked.at(name, f"no equation reads {name}, and it is no endpoint.",
                             "Use it, or put it under a comment `// read-outs`.")  # fmt: skip


def _read_outs(checked: _Checked) -> set[str]:
    """Rules that stand under a comment which opens read-outs."""
    lines = checked.model.source.definitions
    free: set[tuple[Path, int]] = set()
    opened = False
    for line in checked.model.source.lines:
        if line.text.lstrip().startswith("//"):
            opened = any(word in line.text for word in READ_OUTS)
        elif opened:
            free.add((line.file, line.line))
    return {name for name, line in lines.items() if (line.file, line.line) in free}


def _endpoints(checked: _Checked) -> Iterator[Problem]:
    """Endpoints of no quantity, or in another unit than it."""
    model = checked.model
    known = (*model.state_ids, *model.assigned_ids)
    look = checked.unit
    for row in model.tables.endpoints.values():
        quantity = row.text("quantity")
        if quantity not in known:
            yield at(row, f"there is no quantity {quantity}.", nearest(quantity, known))
        elif row.text("scale") == "count":
            if row.text("unit") == "1":
                yield at(row, "a count has the unit 1, as shares have.", "Write what is counted.")
        elif row.text("cutoff") and row.text("scale") != "grade":
            # 1 in who reaches the cut-off, 0 in who does not
            if row.text("unit") != "1":
                yield at(row, "an endpoint with a cut-off has no unit.", "Write 1.")
        elif (unit := look(quantity)) is not None and not same_unit(unit, unit_of_row(row)):
            yield at(row, f"{quantity} is in {unit_text(unit)}, not in {row.text('unit')}.",
                     "Write that unit.")  # fmt: skip


def _rules(checked: _Checked) -> Iterator[Problem]:
    """Names of quantities that are not there."""
    model = checked.model
    for row in model.tables.rules.values():
        sites = model.source.sites if row.id.endswith(SITE) else ("",)
        for name in (row.id.replace(SITE, site) for site in sites):
            if name not in model.assigned_ids:
                yield at(row, f"no rule gives {name}.", nearest(name, model.assigned_ids))
        if not row.text("name"):
            yield at(row, f"{row.id} has no name.", "Write what a reader calls it.")
