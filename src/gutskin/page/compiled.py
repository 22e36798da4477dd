"""The model compiled for a browser: as it travels with the package, else made here and kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jax
import llvmlite

from gutskin.disk_cache import DiskCache, key_of
from gutskin.model.model import Model
from gutskin.page.layout import layout_of
from gutskin.page.shipped import made_of, shipped_module, written_by
from gutskin.page.wasm_code import object_file
from gutskin.page.wasm_link import Linked, link

CACHE = "web_assembly"
EXPORTS = ("advance", "observe")


@dataclass(frozen=True)
class WebModel:
    """A model that a browser runs.

    Parameters
    ----------
    module : bytes of the WebAssembly module
    layout : what the page's code has to know of it, ready for JSON
    """

    module: bytes
    layout: dict[str, Any]


def compile_for_web(model: Model, waiting: Callable[[], None] = lambda: None) -> WebModel:
    """The model as a WebAssembly module: the package's own, else from the disk cache, else made.

    Parameters
    ----------
    waiting : called before it is compiled, which takes some ten seconds
    """
    linked = shipped_module(model) or _kept(model, waiting)
    return WebModel(linked.module, layout_of(model, linked))


def _kept(model: Model, waiting: Callable[[], None]) -> Linked:
    """From the disk cache, else compiled."""
    cache = DiskCache.of(CACHE)
    key = key_of([made_of(model), jax.__version__, llvmlite.__version__, written_by()])
    known = cache.read(key)
    if known is not None:
        head, _, module = known.partition(b"\n")
        where = json.loads(head)
        return Linked(module, where["data"], where["end"])
    waiting()
    linked = compiled_here(model)
    head = json.dumps({"data": linked.data, "end": linked.end}).encode()
    cache.write(key, head + b"\n" + linked.module)
    return linked


def compiled_here(model: Model) -> Linked:
    """The module, compiled and linked now; no linker of the system is asked."""
    return link(object_file(model), EXPORTS)
