"""To which part, mechanism and source an unknown number of a sensitivity counts, and how much."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from gutskin.model.evidence import load_evidence
from gutskin.model.fragments import SITE, read_source

if TYPE_CHECKING:
    from gutskin.calibration.sensitivity_inputs import Inputs
    from gutskin.model.model import Model

DECLARED = "declared, no source"
WORD = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")

Groups = dict[str, dict[int, float]]  # name -> number of an input, and how much of it counts


def by_part(inputs: Inputs) -> Groups:
    """Each input to its part."""
    return {
        part: {i: 1.0 for i, one in enumerate(inputs.parts) if one == part}
        for part in dict.fromkeys(inputs.parts)
    }


def by_mechanism(inputs: Inputs, model: Model) -> Groups:
    """Each parameter to the mechanisms in whose terms it stands, evenly."""
    source = read_source(model.biology)
    stands: dict[str, set[str]] = {}
    for row in model.tables.mechanisms.values():
        for name in row.items("rules_and_reactions"):
            line = source.definitions.get(name.replace(SITE, source.sites[0]))
            for word in WORD.findall(line.code if line is not None else ""):
                stands.setdefault(word, set()).add(row.id)
    return _shared_evenly(inputs, lambda name: sorted(stands.get(name, ())))


def by_source(inputs: Inputs, model: Model) -> Groups:
    """Each number to the sources that its row cites, evenly."""
    evidence, rows = (
        load_evidence(model.biology),
        {**model.tables.parameters, **model.tables.conduct},
    )

    def sources(name: str) -> Iterator[str]:
        cited = rows[name].items("evidence") if name in rows else ()
        found = [evidence[one].source or one for one in cited if one in evidence]
        yield from found or [DECLARED]

    return _shared_evenly(inputs, lambda name: [*sources(name)])


def _shared_evenly(inputs: Inputs, to: Callable[[str], list[str]]) -> dict[str, dict[int, float]]:
    found: dict[str, dict[int, float]] = {}
    for place in np.flatnonzero(inputs.unknowns):
        names = to(inputs.names[place])
        for name in names:
            own = found.setdefault(name, {})
            own[int(place)] = own.get(int(place), 0.0) + 1.0 / len(names)
    return found
