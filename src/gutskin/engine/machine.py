"""Modules of LLVM compiled for the processor of this computer, and kept on disk between runs.

What was compiled lies in the disk cache, which is read only where nobody else can have written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from ctypes import CFUNCTYPE, c_int64, c_void_p
from typing import Any

import llvmlite
import llvmlite.binding as llvm
from llvmlite import ir

from gutskin.disk_cache import DiskCache, key_of

LEVEL = 2  # of optimisation
CACHE = "machine_code"


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
        cache = DiskCache.of(CACHE)
        key = key_of([*reasons, cpu, features, llvmlite.__version__, str(LEVEL)])
        compiled = cache.read(key)
        if compiled is None:
            compiled = self._object(str(write()))
            cache.write(key, compiled)
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
