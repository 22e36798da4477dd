"""`Model`: the gut-skin axis as one immutable value: its ids, tables and functions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.arguments import one_of
from gutskin.errors import InputError, Problem, nearest
from gutskin.model.equation import Equation
from gutskin.model.fragments import Source
from gutskin.model.joint_draws import jointly_drawn
from gutskin.model.rows import Row
from gutskin.model.tables import EITHER, STANCES, START, Tables, start_columns
from gutskin.model.units import derived_units, unit_lookup

if TYPE_CHECKING:
    import jax

    from gutskin.model.biology import Biology


@dataclass(frozen=True, eq=False)
class Model:
    """The gut-skin axis, ready to be integrated.

    Attributes
    ----------
    state_ids, parameter_ids, assigned_ids : ids in the order of every array
    rhs : `rhs(t, y, p)`, rates of change [state, patient] (per day); `t` scalar or [patient]
        (day), `y` [state, patient], `p` a sequence of scalars or [patient] arrays
    observe_rules : `observe_rules(t, y, p)`, rules and then reaction rates, a list of [patient];
        by NumPy where `t` is an array of NumPy, which nothing has to be compiled for
    constants : what the equations take as given and no table of parameters holds: the sizes of
        compartments and boundary species
    equations : every rule and reaction by id
    scales : typical size of every state [state], what an error is measured against

    Examples
    --------
    >>> from gutskin.model.compiled import load_model
    >>> model = load_model()
    >>> model.initial("healthy_adult").shape, model.unit("gut_bifidobacteria")
    ((97,), 'mmol')
    >>> model.values("evidence")["s_m47"]  # the switch of a mechanism is on
    1.0
    """

    name: str
    version: str
    content_hash: str
    source: Source
    tables: Tables
    state_ids: tuple[str, ...]
    parameter_ids: tuple[str, ...]
    assigned_ids: tuple[str, ...]
    reaction_ids: tuple[str, ...]
    constants: Mapping[str, float]
    equations: Mapping[str, Equation] = field(repr=False)
    rhs: Callable[[Any, Any, Sequence[Any]], jax.Array] = field(repr=False)
    observe_rules: Callable[[Any, Any, Sequence[Any]], list[Any]] = field(repr=False)
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
        return _central_values(self, one_of("stance", stance, STANCES))

    def initial(self, start: str = START) -> np.ndarray:
        """The starting state [state] of a column of species.tsv; empty cells take the adult's.

        Raises
        ------
        InputError
            For a start that is no column of the table.
        """
        rows = self.tables.species
        starts = start_columns(self.tables)
        if start not in starts:
            raise InputError(
                Problem(
                    f"there is no start {start!r}.",
                    self.biology.folder / "species.tsv",
                    None,
                    nearest(start, starts),
                )
            )
        return np.array(
            [rows[name].number(start, rows[name].number(START, 0.0)) for name in self.state_ids]
        )

    def observe(self, t: Any, y: Any, p: Sequence[Any]) -> list[Any]:
        """The assigned quantities, each [patient]."""
        return self.observe_rules(t, y, p)[: len(self.assigned_ids)]

    @cached_property
    def sbml(self) -> str:
        """The joined fragments as SBML, with the numbers, names and units of the tables."""
        from gutskin.model.text import to_sbml  # brings Antimony, for whoever writes SBML

        return to_sbml(self.source, self.tables)

    @property
    def biology(self) -> Biology:
        """The texts and tables that it was made of."""
        return self.tables.biology

    @cached_property
    def signed_ids(self) -> tuple[str, ...]:
        """Ids of the states that may be below nothing: logarithms, what is signed by its equation.

        All others are amounts.
        """
        rows = self.tables.species
        return tuple(name for name in self.state_ids if rows[name].text("sign") == EITHER)

    @cached_property
    def input_ids(self) -> tuple[str, ...]:
        """Ids of the parameters that a schedule moves: doses, exposures, care."""
        return self._with_role("input")

    @cached_property
    def individual_ids(self) -> tuple[str, ...]:
        """Ids of the parameters that are drawn: for a patient, or for the world he lives in."""
        rows = self.tables.parameters.values()
        spread = tuple(row.id for row in rows if row.number("between_patient_cv", 0.0) > 0)
        drawn = self._with_role("patient", "covariate", "prior")
        return tuple(dict.fromkeys((*spread, *drawn, *jointly_drawn(self.biology))))

    def _with_role(self, *roles: str) -> tuple[str, ...]:
        rows = self.tables.parameters.values()
        return tuple(row.id for row in rows if row.text("role") in roles)

    def unit(self, name: str) -> str:
        """The unit of a state, a parameter or an assigned quantity, as the tables write it.

        That of an assigned quantity which is no endpoint is worked out from its rule.
        """
        for table in (self.tables.species, self.tables.parameters):
            if name in table:
                return table[name].text("unit")
        return self.assigned_units.get(name, "1")

    @cached_property
    def assigned_units(self) -> Mapping[str, str]:
        """Unit of every assigned quantity: that of its endpoint, else as its rule has it."""
        endpoints = self.tables.endpoints.values()
        look = unit_lookup(self.equations, self.constants, self.tables)
        return {
            **derived_units(self.assigned_ids, look, self.tables),
            **{
                row.text("quantity"): row.text("unit")
                for row in endpoints
                if row.text("quantity") in self.assigned_ids and not row.text("cutoff")
            },
        }

    def parameter(self, name: str) -> Row:
        """The table row of a parameter.

        Raises
        ------
        InputError
            For an id that is not a parameter; names the nearest.
        """
        rows = self.tables.parameters
        if name not in rows:
            raise InputError(
                Problem(f"there is no parameter {name!r}.", None, None, nearest(name, tuple(rows)))
            )
        return rows[name]


@cache
def _central_values(model: Model, stance: str) -> Mapping[str, float]:
    rows = model.tables.parameters
    values = {}
    for name in model.parameter_ids:
        if name in model.constants:
            values[name] = model.constants[name]
            continue
        claimed = stance == "article" and rows[name].text("claimed") != ""
        values[name] = rows[name].number("claimed" if claimed else "value")
    return MappingProxyType(values)
