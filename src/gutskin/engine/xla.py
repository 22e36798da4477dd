"""How XLA computes for us: 64-bit numbers, the device, and compiled functions kept between runs.

The cache lies where `JAX_COMPILATION_CACHE_DIR` says, else beside our own (see `disk_cache`). JAX
executes what lies there, so a folder to which others may write is not used. A cache that cannot be
used costs the time to compile and nothing else.
"""

from __future__ import annotations

import os
import zlib
from contextlib import suppress
from functools import cache
from pathlib import Path

import jax

from gutskin.disk_cache import VARIABLE, cache_root, private_folder
from gutskin.engine.timeline import LANES
from gutskin.errors import InputError, Problem

GIVEN = "JAX_COMPILATION_CACHE_DIR"
ZLIB = b"\x78"  # what a compressed entry begins with, unless JAX found another compressor
LARGEST_READ = 10_000_000  # bytes of an entry that is looked at
CACHED_FROM = 0.5  # seconds of compilation
OPTIONS = {"xla_cpu_prefer_vector_width": 512}  # bits, where the processor has registers so wide
GPU_LANES = 16_384  # patients computed together on a graphics card: it starts a kernel for them all


def set_up() -> None:
    """Set JAX up; settings that the environment makes itself are left alone."""
    jax.config.update("jax_enable_x64", True)
    jax.config.update("jax_compilation_cache_dir", _cache_folder())
    if "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS" not in os.environ:
        jax.config.update("jax_persistent_cache_min_compile_time_secs", CACHED_FROM)


def _cache_folder() -> str | None:
    """Where JAX may keep what it compiled; None where others could have written."""
    named, root = os.environ.get(GIVEN), cache_root()
    if named and "://" in named:
        return named  # no folder of this machine
    if named:
        folder = private_folder(Path(named), GIVEN)
    else:
        folder = None if root is None else private_folder(root / "xla", VARIABLE)
    if folder is None:
        return None
    _remove_damaged(folder)
    return str(folder)


@cache  # several modules set JAX up, and to read hundreds of entries takes a while
def _remove_damaged(folder: Path) -> None:
    """Take out entries that were cut or changed, once: JAX would warn of them in every run."""
    for path in folder.glob("jit_*-cache"):
        with suppress(OSError):
            if path.stat().st_size > LARGEST_READ:
                continue
            content = path.read_bytes()
            if content[:1] in (ZLIB, b"") and not _decompresses(content):
                path.unlink()


def _decompresses(content: bytes) -> bool:
    try:
        zlib.decompress(content)
    except zlib.error:
        return False
    return True


def use(kind: str) -> str:
    """Compute on a device from now on, "cpu" or "gpu"; what it is called.

    Raises
    ------
    InputError
        When there is none of that kind, or JAX was installed without it.
    """
    try:
        device = jax.devices(kind)[0]
    except RuntimeError:
        raise InputError(
            Problem(
                f"JAX finds no device {kind!r}.", remedy='Install it: pip install "jax[cuda12]".'
            )
        ) from None
    jax.config.update("jax_default_device", device)
    return device.device_kind


def on_cpu() -> bool:
    """Whether the device in use is a processor."""
    device = jax.config.jax_default_device or jax.devices()[0]
    return device.platform == "cpu"


def lanes_for(patients: int) -> int:
    """How many of the patients are computed together on the device in use."""
    if on_cpu():
        return LANES
    return min(GPU_LANES, max(LANES, 1 << (patients - 1).bit_length()))
