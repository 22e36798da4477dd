"""The equations that travel with the package, so that who changes none needs no compiler of them.

They are of fragments and ids alone: numbers, names and units may change without them. `make page`
writes them; where a biology has other equations they are left alone and made anew.
"""

from __future__ import annotations

from pathlib import Path

from gutskin.disk_cache import key_of
from gutskin.model.cached_equations import CachedEquations
from gutskin.model.fragments import Source
from gutskin.model.tables import Tables

SHIPPED = Path(__file__).parent / "shipped"
OF = "origin.txt"
EQUATIONS = "equations.json"
EXTRA = "model"
CHANGED = "A model with equations other than the shipped ones"


def origin_of(source: Source, tables: Tables) -> str:
    """What equations come from, as one name: the lines of fragments that state one, and all ids.

    Comments count as nothing. The order of rows counts, since it is that of the arrays.
    """
    lines = (line.code for line in source.lines)
    return key_of([
        source.name,
        "\n".join(line for line in lines if line),
        "\n".join(tables.parameters),
        "\n".join(tables.species),
    ])  # fmt: skip


def are_shipped(origin: str, folder: Path = SHIPPED) -> bool:
    """Whether the equations of a folder are of this origin."""
    try:
        return (folder / OF).read_text(encoding="utf-8").strip() == origin
    except (OSError, ValueError):
        return False


def shipped_equations(origin: str, folder: Path = SHIPPED) -> CachedEquations | None:
    """The equations of a folder, if they are of this origin; else none."""
    if not are_shipped(origin, folder):
        return None
    try:
        return CachedEquations.from_bytes((folder / EQUATIONS).read_bytes())
    except (OSError, ValueError):
        return None


def ship_equations(origin: str, equations: CachedEquations, folder: Path = SHIPPED) -> None:
    """Put equations, with what they are of, where they travel with the package."""
    folder.mkdir(exist_ok=True)
    (folder / EQUATIONS).write_bytes(equations.to_bytes() + b"\n")
    (folder / OF).write_text(f"{origin}\n", encoding="utf-8")
