"""The compiled module that travels with the package, and whether it is of the model at hand.

`make page` writes it. Where it is of another model (an overlay, tables that were changed), or was
written by other code, it is left alone and the model is compiled where it is.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import jax
import llvmlite

from gutskin.disk_cache import key_of
from gutskin.engine import processor
from gutskin.model.biology import PRIOR
from gutskin.model.model import Model
from gutskin.page.wasm_link import Linked

HERE = Path(__file__).parent
SHIPPED = HERE / "shipped"
MODULE = "model.wasm"
OF = "model.json"  # what it was made of
SOURCES = ("wasm_code", "wasm_link")  # the files here that take part in writing the module
REMEDY = "`make page` writes it anew."


@cache
def written_by() -> str:
    """The text of all code that writes the module, as one name."""
    own = [(HERE / f"{name}.py").read_text(encoding="utf-8") for name in SOURCES]
    return key_of([*own, *processor.sources()])


def shipped_module(model: Model, folder: Path = SHIPPED) -> Linked | None:
    """The module that travels with the package, if it is of this model; else none."""
    if wrong_with(model, folder):
        return None
    of = _what_it_is_of(folder)
    return Linked((folder / MODULE).read_bytes(), of["data"], of["end"])


def wrong_with(model: Model, folder: Path = SHIPPED) -> str:
    """Why the module of a folder is not of this model, with the remedy; empty where it is."""
    try:
        of = _what_it_is_of(folder)
        module = (folder / MODULE).read_bytes()
    except (OSError, ValueError) as trouble:
        return f"There is no compiled module of the page ({trouble}). {REMEDY}"
    if not isinstance(of, dict) or of.get("module") != _digest(module):
        return f"{OF} and {MODULE} do not belong together. {REMEDY}"
    if of["model"] != made_of(model):
        return (
            f"The compiled module of the page is of model {of['model']}, and this is model "
            f"{made_of(model)}. {REMEDY}"
        )
    if of["written_by"] != written_by():
        return f"The code that writes the module of the page was changed. {REMEDY}"
    return ""


def ship(model: Model, linked: Linked, folder: Path = SHIPPED) -> None:
    """Put a compiled module, with what it is of, where it travels with the package."""
    folder.mkdir(exist_ok=True)
    of = {
        "model": made_of(model),
        "module": _digest(linked.module),
        "written_by": written_by(),
        "versions": {"jax": jax.__version__, "llvmlite": llvmlite.__version__},
        "end": linked.end,
        "data": linked.data,
    }
    (folder / MODULE).write_bytes(linked.module)
    (folder / OF).write_text(json.dumps(of, indent=1) + "\n", encoding="utf-8")


def made_of(model: Model) -> str:
    """The content hash by which a module goes: worlds of the posterior are none of its code."""
    biology = model.biology
    return (
        model.content_hash if biology.draws == PRIOR else replace(biology, draws=PRIOR).content_hash
    )


def _what_it_is_of(folder: Path) -> dict[str, Any]:
    return json.loads((folder / OF).read_text(encoding="utf-8"))


def _digest(module: bytes) -> str:
    return hashlib.sha256(module).hexdigest()
