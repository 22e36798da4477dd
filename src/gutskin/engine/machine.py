"""Modules of LLVM compiled for the processor of this computer, and kept on disk between runs.

What was compiled lies where `GUTSKIN_CACHE_DIR` says, else in the user's cache folder, under a name
made of all it depends on. A folder that cannot be read or written costs the time to compile and
nothing else.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from ctypes import CFUNCTYPE, c_int64, c_void_p
from pathlib import Path
from threading import get_ident
from typing import Any

import llvmlite
import llvmlite.binding as llvm
from llvmlite import ir
from platformdirs import user_cache_path

LEVEL = 2  # of optimisation
DIGEST = hashlib.sha256().digest_size  # bytes before the code that tell whether it is whole


class Compiled:
    """Functions compiled for this processor; each takes one address.

    Parameters
    ----------
    write : gives the module; called only if it was not compiled before for the same reasons
    reasons : everything that the module depends on
    """

    def __init__(self, write: Callable[[], ir.Module], reasons: Sequence[str]) -> None:
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        features = llvm.get_host_cpu_features().flatten()
        cpu = llvm.get_host_cpu_name()
        target = llvm.Target.from_default_triple()
        self._machine = target.create_target_machine(
            cpu=cpu, features=features, opt=LEVEL, jit=True
        )
        digest = hashlib.sha256()
        for reason in (*reasons, cpu, features, llvmlite.__version__, str(LEVEL)):
            text = reason.encode()
            digest.update(len(text).to_bytes(8, "big") + text)
        path = folder() / f"{digest.hexdigest()[:32]}.o"
        compiled = _read(path)
        if compiled is None:
            compiled = self._object(str(write()))
            _keep(compiled, path)
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), self._machine)
        self._engine.add_object_file(llvm.ObjectFileRef.from_data(compiled))
        self._engine.finalize_object()

    def _object(self, text: str) -> bytes:
        module = llvm.parse_assembly(text)
        module.verify()
        options = llvm.create_pipeline_tuning_options(speed_level=LEVEL)
        options.slp_vectorization = False  # numbers stand in vectors already
        options.loop_vectorization = False
        builder = llvm.create_pass_builder(self._machine, options)
        builder.getModulePassManager().run(module, builder)
        return self._machine.emit_object(module)

    def number(self, name: str) -> int:
        """A whole number that the module says by name."""
        return c_int64.from_address(self._engine.get_global_value_address(name)).value

    def function(self, name: str, addresses: int = 1) -> Callable[..., Any]:
        """A function of so many addresses; Python's lock is open while it runs."""
        return CFUNCTYPE(None, *[c_void_p] * addresses)(self._engine.get_function_address(name))


def _read(path: Path) -> bytes | None:
    """What was kept, if it is whole."""
    with suppress(OSError):
        kept = path.read_bytes()
        if hashlib.sha256(kept[DIGEST:]).digest() == kept[:DIGEST]:
            return kept[DIGEST:]
    return None


def _keep(compiled: bytes, path: Path) -> None:
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        new = path.with_suffix(f".{os.getpid()}.{get_ident()}")
        new.write_bytes(hashlib.sha256(compiled).digest() + compiled)
        new.replace(path)


def folder() -> Path:
    """Where compiled modules are kept."""
    return Path(os.environ.get("GUTSKIN_CACHE_DIR") or user_cache_path("gutskin")) / "kernel"
