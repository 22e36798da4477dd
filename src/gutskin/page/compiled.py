"""The model compiled for a browser, kept between runs; a change of the model makes it anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import llvmlite

from gutskin.disk_cache import DiskCache, key_of
from gutskin.engine import processor
from gutskin.model.model import Model
from gutskin.page.layout import layout_of
from gutskin.page.wasm_code import object_file
from gutskin.page.wasm_link import Linked, link

CACHE = "web_assembly"
EXPORTS = ("advance", "observe")
HERE = Path(__file__).parent
SOURCES = ("wasm_code", "wasm_link")  # the files here that take part in writing the module


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
    """The model as a WebAssembly module: from the disk cache, else compiled in some ten seconds.

    Parameters
    ----------
    waiting : called before it is compiled
    """
    cache = DiskCache.of(CACHE)
    written = [(HERE / f"{name}.py").read_text(encoding="utf-8") for name in SOURCES]
    key = key_of(
        [model.content_hash, jax.__version__, llvmlite.__version__, *written, *processor.sources()]
    )
    known = cache.read(key)
    if known is not None:
        head, _, module = known.partition(b"\n")
        where = json.loads(head)
        linked = Linked(module, where["data"], where["end"])
    else:
        waiting()
        linked = link(object_file(model), EXPORTS)
        head = json.dumps({"data": linked.data, "end": linked.end}).encode()
        cache.write(key, head + b"\n" + linked.module)
    return WebModel(linked.module, layout_of(model, linked))
