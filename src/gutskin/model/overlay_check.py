"""What keeps a user's own biology from being computed, told before anything is compiled."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from gutskin.errors import InputError, Problem, nearest
from gutskin.extras import lacking
from gutskin.model.biology import Biology
from gutskin.model.check_strain_trials import strain_trial_problems
from gutskin.model.equation import TIME, equation_of
from gutskin.model.fragments import Source, read_source
from gutskin.model.shipped_equations import CHANGED, EXTRA, are_shipped, origin_of
from gutskin.model.tables import Tables, read_tables

STRAINS = "strain*.tsv"  # the tables of strains
Place = tuple[Path, int, str]  # file, line, what it is there


@cache
def refuse_faulty(biology: Biology) -> None:
    """Compare an overlay with what it is put on top of; the shipped biology is sound.

    Raises
    ------
    InputError
        For numbers that are missing or none, units that are not known, ids given twice or nowhere,
        and fragments that are no Antimony, or need it where it is not installed; all together,
        with file and line.
    """
    if biology.overlay is None:
        return
    # they bring pint, for an overlay alone
    from gutskin.model.check_tables import quantity_problems, strain_problems
    from gutskin.model.divisors import divisor_problems

    tables = read_tables(biology)
    if all(Path(name).match(STRAINS) for name in biology.overlay.files):
        # no equation reads them: the rest is as it was shipped
        if problems := [*strain_problems(tables), *strain_trial_problems(biology)]:
            raise InputError(problems)
        return
    source = read_source(biology)
    problems = [*quantity_problems(tables), *id_clashes(source, tables)]
    problems += strain_trial_problems(biology)
    problems += _unwritten(source, tables)
    if not are_shipped(origin_of(source, tables)):
        problems += lacking(CHANGED, EXTRA) or _unreadable(source, biology.overlay.folder)
    problems += _unknown_names(source, tables)
    if not problems:
        problems += divisor_problems(biology, biology.overlay.folder)
    if problems:
        raise InputError(problems)


def _unreadable(source: Source, folder: Path) -> Iterator[Problem]:
    """What Antimony cannot read of the fragments of a folder."""
    from gutskin.model.text import unreadable

    return unreadable([line for line in source.lines if line.file.is_relative_to(folder)])


def _unwritten(source: Source, tables: Tables) -> Iterator[Problem]:
    """States that no fragment declares or no row holds, and what is named after nothing."""
    for name, line in source.species():
        if name not in tables.species:
            what = f"species {name} has no row in species.tsv."
            yield Problem(what, line.file, line.line, "Add one, or take it out of the fragment.")
    declared = {name for name, _, _ in source.defined()}
    for row in tables.species.values():
        if row.id not in declared:
            remedy = "Declare it in a fragment, or take the row out."
            what = f"species {row.id} is in no fragment."
            yield Problem(what, row.file, row.line, remedy)
    known = (*tables.species, *declared)
    for row in tables.endpoints.values():
        if (quantity := row.text("quantity")) not in known:
            what = f"{row.id}: there is no quantity {quantity}."
            yield Problem(what, row.file, row.line, nearest(quantity, known))


def _unknown_names(source: Source, tables: Tables) -> Iterator[Problem]:
    """Names that equations read and that are nowhere, each at the first line that reads it."""
    declared = {name for name, _, _ in source.defined()}
    known = {*tables.parameters, *tables.species, *declared, TIME}
    for line in source.lines:
        one = None if line.states_nothing else equation_of(line.code, ())
        for name in sorted(one.names - known) if one is not None else ():
            known.add(name)
            close = nearest(name, tuple(tables.parameters))
            remedy = close if close.startswith("Did") else "Add one."
            yield Problem(f"{name} has no row in parameters.tsv.", line.file, line.line, remedy)


def id_clashes(source: Source, tables: Tables) -> Iterator[Problem]:
    """Ids that are defined twice: by two lines of fragments, by two tables, or by both.

    A problem stands where an overlay has the second one.
    """
    found: dict[str, Place] = {}
    for kind, table in (("state", tables.species), ("parameter", tables.parameters)):
        for row in table.values():
            yield from _clash(row.id, (row.file, row.line, f"a {kind}"), found)
    by_table = dict(found)
    found.clear()
    for name, declared, line in source.defined():
        here = (line.file, line.line, "an equation" if not declared else "a declaration")
        if not declared and name in by_table:
            yield _problem(name, here, by_table[name])
        elif found.get(name, here)[:2] != here[:2]:
            yield _problem(name, here, found[name])
        found.setdefault(name, here)


def _clash(name: str, here: Place, found: dict[str, Place]) -> Iterator[Problem]:
    if name in found:
        yield _problem(name, here, found[name])
    found.setdefault(name, here)


def _problem(name: str, here: Place, there: Place) -> Problem:
    other = f"{there[2]} in line {there[1]} of {there[0]}"
    remedy = "Rename one; what is meant to take a shipped fragment's place has the fragment's name."
    return Problem(f"{name} is {here[2]} here and {other}.", here[0], here[1], remedy)
