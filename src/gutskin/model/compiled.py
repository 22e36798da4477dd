"""From fragments to the equations as JAX functions: `compile_model`, `load_model`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.metadata import version
from os import PathLike
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.errors import InputError, Problem, nearest
from gutskin.extras import require
from gutskin.model.biology import Biology
from gutskin.model.cached_equations import CachedEquations, cached_equations
from gutskin.model.equation_code import EquationCode
from gutskin.model.fragments import Source, read_source
from gutskin.model.model import Model
from gutskin.model.overlay import biology_of
from gutskin.model.overlay_check import refuse_faulty
from gutskin.model.shipped_equations import CHANGED, EXTRA, origin_of, shipped_equations
from gutskin.model.tables import START, Tables, read_tables

if TYPE_CHECKING:
    pass


def _unmatched(
    space: Mapping[str, Any], tables: Tables, source: Source, constants: Mapping[str, float]
) -> list[Problem]:
    """What the fragments use and no row gives, and species that no fragment has."""
    problems = [
        Problem(f"species {row.id} is in no fragment.", row.file, row.line,
                "Declare it in a fragment, or take the row out.")
        for row in tables.species.values()
        if row.id not in space["XIDS"] and row.id not in constants
    ]  # fmt: skip
    known = {*tables.parameters, *tables.species, *constants}
    missing = [(name, "species") for name in space["XIDS"] if name not in tables.species]
    missing += [(name, "parameters") for name in space["PIDS"] if name not in known]
    for name, table in missing:
        line = source.where(name)
        close = nearest(name, tuple(getattr(tables, table)))
        hint = close if close.startswith("Did") else "Add one."
        message = f"{name} has no row in {table}.tsv."
        problems.append(Problem(message, line and line.file, line and line.line, hint))
    return problems


def _equations(source: Source, tables: Tables) -> CachedEquations:
    """The equations of the model and the code of their functions.

    Those that travel with the package, if they are of these fragments. Else they take seconds to
    make, so they are kept on disk for as long as nothing they come from changes: fragments, ids,
    the code of this room, the packages.

    Raises
    ------
    InputError
        Where they must be made and the packages for that are not installed.
    """
    origin = origin_of(source, tables)
    if (shipped := shipped_equations(origin)) is not None:
        return shipped
    require(CHANGED, EXTRA)
    code = sorted(Path(__file__).parent.glob("*.py"))
    packages = ("antimony", "python-libsbml", "sbmlode")
    reasons = [
        origin,
        *(path.read_bytes() for path in code),
        *(version(name) for name in packages),
    ]
    return cached_equations(reasons, lambda: make_equations(source, tables))


def make_equations(source: Source, tables: Tables) -> CachedEquations:
    """The equations as Antimony, libSBML and sbmlode make them of the fragments.

    Raises
    ------
    InputError
        With the fragment's file and line where Antimony could not read the text.
    """
    from gutskin.model.sbml_equations import read_constants, read_equations
    from gutskin.model.text import to_sbml

    sbml = to_sbml(source, tables)
    constants = read_constants(sbml)
    return CachedEquations(constants, read_equations(sbml, constants), EquationCode.of(sbml))


def functions_of(sbml: str) -> dict[str, Any]:
    """The Python functions and ids that sbmlode writes for the SBML."""
    return EquationCode.of(sbml).functions


class Rows(tuple[Any, ...]):
    """A state, each of its rows an array of its own, for functions that take an array."""

    @property
    def dtype(self) -> Any:
        """Of all of them."""
        return self[0].dtype


def rules_of(space: Mapping[str, Any], t: Any, y: Any, p: Sequence[Any]) -> list[Any]:
    """What the functions of a model make of a state [state, patient]: rules, reaction rates.

    Each is [patient], of JAX or of NumPy as the functions are; one of parameters alone, or of
    numbers, takes the shape of the others.
    """
    jnp, y = space["jnp"], Rows(y)
    shape = y[0].shape
    wide = [jnp.broadcast_to(value, shape) for value in p]
    found = space["f_y"](jnp.broadcast_to(t, shape), y, wide)
    return [jnp.broadcast_to(jnp.asarray(value, y.dtype), shape) for value in found]


def compile_model(biology: Biology) -> Model:
    """Compile a biology.

    Raises
    ------
    InputError
        For tables or fragments that cannot be read, or an overlay that does not fit.
    """
    refuse_faulty(biology)
    tables = read_tables(biology)
    source = read_source(biology)
    equations = _equations(source, tables)
    space = equations.code.functions
    rules = {line.text.split(":=")[0].strip() for line in source.lines if ":=" in line.text}
    assigned = tuple(name for name in space["YIDS"] if name in rules)
    reactions = tuple(name for name in space["YIDS"] if name not in rules)
    order = [space["YIDS"].index(name) for name in (*assigned, *reactions)]
    # what a boundary species is held at stands in its row, where it has one
    constants = {
        name: tables.species[name].number(START, 0.0) if name in tables.species else value
        for name, value in equations.constants.items()
    }
    if unknown := _unmatched(space, tables, source, constants):
        raise InputError(unknown)

    def observe_rules(t: Any, y: Any, p: Sequence[Any]) -> list[Any]:
        known = equations.code.by_numpy if isinstance(t, np.ndarray) else space
        found = rules_of(known, t, y, p)
        return [found[place] for place in order]

    return Model(
        name=source.name,
        version=source.version,
        content_hash=biology.content_hash,
        source=source,
        tables=tables,
        state_ids=tuple(space["XIDS"]),
        parameter_ids=tuple(space["PIDS"]),
        assigned_ids=assigned,
        reaction_ids=reactions,
        constants=MappingProxyType(constants),
        equations=equations.equations,
        rhs=space["f_dxdt"],
        observe_rules=observe_rules,
        scales=np.array([tables.species[name].number("typical") for name in space["XIDS"]]),
    )


_compiled = cache(compile_model)


def load_model(biology: Biology | str | PathLike[str] | None = None) -> Model:
    """The model, compiled once per process.

    Parameters
    ----------
    biology : a folder of own texts and tables to put on top of the shipped ones; without it what
        `GUTSKIN_BIOLOGY` names, and the shipped ones alone if that is not set

    Raises
    ------
    InputError
        For tables or fragments that cannot be read.

    Examples
    --------
    >>> model = load_model()
    >>> len(model.state_ids), model.unit("gut_treg")
    (97, '1')
    """
    return _compiled(biology_of(biology))
