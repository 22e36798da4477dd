"""The strains of a file as part of the biology: rows of strains.tsv, and what was tried with them.

A file's strains become rows on top of the tables, as those of a user's own biology are, so that
whatever reads the tables finds them, a result names them, and another machine is handed them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gutskin.errors import InputError, Problem
from gutskin.model.biology import Biology, Overlay
from gutskin.model.rows import Row, parse_table
from gutskin.model.tables import read_tables
from gutskin.model.vocabulary import vocabulary
from gutskin.population.known import known_names
from gutskin.population.own_trial import estimate_of
from gutskin.population.strain_file import (
    FILE,
    OwnStrain,
    OwnTrial,
    class_of,
    sound_strains,
    strain_problems,
    trial_problems,
    without_faults,
)
from gutskin.population.strain_traits import (
    TraitValue,
    as_cells,
    given_value,
    strain_traits_of,
    trait_of,
)
from gutskin.population.unknown_species import OWN, as_spelled, is_own, known_species
from gutskin.toml_file import parsed
from gutskin.toml_text import in_order, read_toml

if TYPE_CHECKING:
    from gutskin.model.model import Model

STRAINS, TRIALS = "strains.tsv", "strain_trials.tsv"


def with_file_strains(biology: Biology, values: Mapping[str, Any], path: Path) -> Biology:
    """A biology with the strains that a file brings, as far as they can be read.

    Parameters
    ----------
    values : of the file
    path : of the file
    """
    rows = vocabulary(biology).tables.strains
    anything = next(iter(rows.values())).text("genus_class")  # a class that is wrong is told
    strains = [
        one if class_of(one, rows) else one.model_copy(update={"genus_class": anything})
        for one in (
            without_faults(one, biology) for one in sound_strains(values.get("strains")).values()
        )
    ]
    return with_strains(biology, strains, path.name)


def biology_with_file(biology: Biology, path: Path) -> Biology:
    """A biology with the strains of a trial, patient or experiment file, and of nothing else in it.

    Raises
    ------
    InputError
        With all that is wrong with its strains, each with its line; and for a file without any.
    """
    file = read_toml(path)
    within = {key: one for key, one in file.values.items() if isinstance(one, dict)}
    problems: list[Problem] = []
    found = False
    for place, entry in (((), file.values), *(((key,), one) for key, one in within.items())):
        raw = entry.get("strains")
        if raw is None or not (place or isinstance(raw, list)):
            continue
        found = True
        before, biology = biology, with_file_strains(biology, entry, path)
        _, wrong = parsed(FILE, {"strains": raw}, known_names(biology))
        wrong += strain_problems(raw, before)
        problems += [file.problem((*place, *where), what, fix) for where, what, fix in wrong]
    if not found:
        fix = "Write a [[strains]] table (docs/strains.md)."
        problems.append(Problem("the file brings no strain of its own.", path, None, fix))
    if problems:
        raise InputError(in_order(problems))
    return biology


def with_strains(
    biology: Biology, strains: Sequence[OwnStrain], name: str = "own strains"
) -> Biology:
    """A biology with own strains; those that it has already, or whose class is unknown, are not.

    Parameters
    ----------
    name : what stands for them in a result, where there is no other biology of the user's own
    """
    rows = vocabulary(biology).tables.strains
    new: dict[str, OwnStrain] = {}
    for one in strains:
        if one.id not in rows and one.id not in new and class_of(one, rows):
            new[one.id] = one
    if not new:
        return biology
    columns = tuple(next(iter(rows.values())).cells)
    cells = [strain_cells(one, biology) for one in new.values()]
    biology = with_rows(biology, STRAINS, columns, cells, name)
    tried = [
        trial_cells(one.id, number, trial)
        for one in new.values()
        for number, trial in enumerate(one.trials, start=1)
        if not any(trial_problems(one.id, trial, biology, one.label))  # they are told
    ]
    if not tried:
        return biology
    columns = tuple(next(iter(biology.table(TRIALS).values())).cells)
    return with_rows(biology, TRIALS, columns, tried, name)


def without_own_strains(biology: Biology) -> Biology:
    """A biology without the strains that a file brought into it."""
    if biology.overlay is None or STRAINS not in biology.overlay.files:
        return biology
    texts = dict(biology.overlay.texts)
    rows = parse_table(texts[STRAINS], Path(STRAINS))
    own = {key for key, row in rows.items() if is_own(row)}
    for table, column in ((STRAINS, "id"), (TRIALS, "strain")):
        if table not in texts:
            continue
        every = parse_table(texts[table], Path(table)).values()
        kept = [row.cells for row in every if row.text(column) not in own]
        head = texts.pop(table).split("\n", 1)[0]
        if kept:
            lines = ["\t".join(cells[one] for one in head.split("\t")) for cells in kept]
            texts[table] = "\n".join([head, *lines]) + "\n"
    overlay = Overlay(biology.overlay.folder, tuple(sorted(texts.items()))) if texts else None
    return replace(biology, overlay=overlay)


def model_with_strains(model: Model, strains: Sequence[OwnStrain]) -> Model:
    """A model whose tables hold own strains; its equations are the same."""
    biology = with_strains(model.biology, strains)
    if biology is model.biology:
        return model
    return replace(model, tables=read_tables(biology), content_hash=biology.content_hash)


def traits_in(one: OwnStrain, biology: Biology) -> dict[str, TraitValue]:
    """Every trait of an own strain: as given, else that of its species, genus, class, or any."""
    tables = vocabulary(biology).tables
    row = Row(_named(one, biology), Path(STRAINS), 0)
    found = {}
    for name, trait in strain_traits_of(biology).items():
        found[name] = trait_of(tables, row, trait)
        if (given := one.traits.get(name)) is not None:
            found[name] = given_value(trait, given.value, given.low, given.high, found[name])
    return found


def strain_cells(one: OwnStrain, biology: Biology) -> dict[str, str]:
    """An own strain as a row of strains.tsv: what is not given stays empty."""
    cells = _named(one, biology)
    traits = strain_traits_of(biology)
    for name, found in traits_in(one, biology).items():
        if name in one.traits:
            cells |= as_cells(traits[name], found)
    given = ", ".join(one.traits) or "no trait"
    cells["note"] = f"{OWN}{given} given in the file; the rest from strains like it"
    columns = next(iter(vocabulary(biology).tables.strains.values())).cells
    return {key: cells.get(key, "") for key in columns}


def _named(one: OwnStrain, biology: Biology) -> dict[str, str]:
    """What an own strain is, without its traits."""
    rows = vocabulary(biology).tables.strains
    return {
        "id": one.id, "strain": one.label,
        "species": as_spelled(one.species, known_species(biology)),
        "genus_class": class_of(one, rows), "viable_form": "live", "grade": "C",
    }  # fmt: skip


def trial_cells(strain: str, number: int, one: OwnTrial) -> dict[str, str]:
    """A trial as a row of strain_trials.tsv; of a ratio all numbers as logarithms."""
    treatment = one.difference is not None
    found = estimate_of(one)
    low, high = ("" if end is None else end for end in (found.low, found.high))
    youngest, oldest = one.age_years or ("", "")
    lowest, highest = one.scorad or ("", "")
    cells = {
        "id": f"{strain}_{number}", "strain": strain, "with": ";".join(one.with_strains),
        "endpoint": one.endpoint if treatment else "eczema",
        "estimate": found.value, "se": found.se, "low": low, "high": high,
        "weeks": one.weeks or "", "months": one.months or "",
        "given_to": "" if treatment else one.given_to,
        "cfu_per_day": one.cfu_per_day, "viable": int(one.viable), "population": one.population,
        "youngest": youngest, "oldest": oldest, "scorad_low": lowest, "scorad_high": highest,
        "updates": "yes", "evidence": "", "note": one.source,
    }  # fmt: skip
    return {
        key: repr(cell) if isinstance(cell, float) else str(cell) for key, cell in cells.items()
    }


def with_rows(
    biology: Biology,
    table: str,
    columns: Sequence[str],
    rows: Iterable[Mapping[str, str]],
    name: str,
) -> Biology:
    """A biology with rows on top of a table, in memory alone."""
    overlay = biology.overlay or Overlay(Path(name), ())
    before: dict[str, Row] = {}
    if table in overlay.files:
        before = parse_table(overlay.files[table].text, Path(table))
    mine = [*(row.cells for row in before.values()), *rows]
    lines = ["\t".join(columns)]
    lines += ["\t".join(cells.get(one, "") for one in columns) for cells in mine]
    others = [one for one in overlay.texts if one[0] != table]
    texts = tuple(sorted([*others, (table, "\n".join(lines) + "\n")]))
    return replace(biology, overlay=Overlay(overlay.folder, texts))
