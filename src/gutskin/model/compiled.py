"""One immutable compiled model: equations as JAX functions, tables, text and content hash."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.errors import InputError, Problem, nearest
from gutskin.model.tables import Row, Tables, biology_folder, read_tables
from gutskin.model.text import Source, read_source, to_sbml

if TYPE_CHECKING:
    import jax

STANCES = ("evidence", "article")


@dataclass(frozen=True, eq=False)
class Model:
    """The gut-skin axis, ready to be integrated.

    Attributes
    ----------
    state_ids, parameter_ids, assigned_ids : ids in the order of every array
    rhs : `rhs(t, y, p)`, rates of change [state, patient] (per day); `t` scalar or [patient]
        (day), `y` [state, patient], `p` a sequence of scalars or [patient] arrays
    observe_rules : `observe_rules(t, y, p)`, rules then reaction rates [rule + reaction, patient]
    scales : typical size of every state [state], what an error is measured against
    """

    name: str
    version: str
    content_hash: str
    sbml: str
    source: Source
    tables: Tables
    state_ids: tuple[str, ...]
    parameter_ids: tuple[str, ...]
    assigned_ids: tuple[str, ...]
    reaction_ids: tuple[str, ...]
    rhs: Callable[[Any, Any, Sequence[Any]], jax.Array] = field(repr=False)
    observe_rules: Callable[[Any, Any, Sequence[Any]], jax.Array] = field(repr=False)
    scales: np.ndarray = field(repr=False)

    def values(self, stance: str = "evidence") -> Mapping[str, float]:
        """Every parameter's central value under a stance.

        Under `article`, a parameter with an entry under `claimed` takes that; nothing else
        differs.

        Raises
        ------
        InputError
            For an unknown stance.
        """
        if stance not in STANCES:
            raise InputError(Problem(f"stance {stance!r} is not known.", None, None,
                                     nearest(stance, STANCES)))
        rows = self.tables.parameters
        values = {}
        for name in self.parameter_ids:
            if name not in rows:  # compartments and boundary species
                values[name] = 1.0 if name in ("colon", "mucosa", "blood", "skin", "airway") else 0.0
                continue
            claimed = stance == "article" and rows[name].text("claimed") != ""
            values[name] = rows[name].number("claimed" if claimed else "value")
        return MappingProxyType(values)

    def initial(self, start: str = "healthy_adult") -> np.ndarray:
        """The starting state [state] of a column of species.tsv; empty cells take the adult's."""
        rows = self.tables.species
        return np.array(
            [rows[name].number(start, rows[name].number("healthy_adult", 0.0)) for name in self.state_ids]
        )

    def observe(self, t: Any, y: Any, p: Sequence[Any]) -> jax.Array:
        """The assigned quantities [assigned, patient]."""
        return self.observe_rules(t, y, p)[: len(self.assigned_ids)]

    def unit(self, name: str) -> str:
        """The unit of a state, a parameter or an assigned quantity, as the tables write it."""
        for table in (self.tables.species, self.tables.parameters):
            if name in table:
                return table[name].text("unit")
        return self._assigned_units.get(name, "1")

    @property
    def _assigned_units(self) -> Mapping[str, str]:
        return {row.text("quantity"): row.text("unit") for row in self.tables.endpoints.values()}

    def parameter(self, name: str) -> Row:
        """The table row of a parameter.

        Raises
        ------
        InputError
            For an id that is not a parameter; names the nearest.
        """
        rows = self.tables.parameters
        if name not in rows:
            raise InputError(Problem(f"there is no parameter {name!r}.", None, None,
                                     nearest(name, tuple(rows))))
        return rows[name]


def _content_hash(paths: Sequence[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def _functions(sbml: str) -> dict[str, Any]:
    """The Python functions and ids that sbmlode writes for the SBML."""
    from sbmlode import OdeSystem

    system = OdeSystem.from_sbml(sbml)
    code = system.render("diffrax", simulator=False)
    space: dict[str, Any] = {}
    exec(compile(code, "<gutskin model>", "exec"), space)  # noqa: S102  written by sbmlode from our own text
    return space


def compile_model(folder: Path) -> Model:
    """Compile the biology of a folder.

    Raises
    ------
    InputError
        For tables or fragments that cannot be read.
    """
    tables = read_tables(folder)
    source = read_source(folder)
    sbml = to_sbml(source, tables)
    space = _functions(sbml)
    rules = {line.text.split(":=")[0].strip() for line in source.lines if ":=" in line.text}
    assigned = tuple(name for name in space["YIDS"] if name in rules)
    reactions = tuple(name for name in space["YIDS"] if name not in rules)
    order = [space["YIDS"].index(name) for name in (*assigned, *reactions)]
    unknown = [name for name in space["XIDS"] if name not in tables.species]
    if unknown:
        raise InputError([
            Problem(f"species {name} has no row.", folder / "species.tsv", None, "Add one.")
            for name in unknown
        ])

    def observe_rules(t: Any, y: Any, p: Sequence[Any]) -> jax.Array:
        # a rule of parameters alone must have the shape of the others
        shape = y.shape[1:]
        wide = [space["jnp"].broadcast_to(value, shape) for value in p]
        time = space["jnp"].broadcast_to(t, shape)
        return space["f_y"](time, y, wide)[np.array(order)]

    return Model(
        name=source.name,
        version=source.version,
        content_hash=_content_hash(tables.files),
        sbml=sbml,
        source=source,
        tables=tables,
        state_ids=tuple(space["XIDS"]),
        parameter_ids=tuple(space["PIDS"]),
        assigned_ids=assigned,
        reaction_ids=reactions,
        rhs=space["f_dxdt"],
        observe_rules=observe_rules,
        scales=np.array([tables.species[name].number("typical") for name in space["XIDS"]]),
    )


@cache
def load_model() -> Model:
    """The shipped model, compiled once per process."""
    return compile_model(biology_folder())
