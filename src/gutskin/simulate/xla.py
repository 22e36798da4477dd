"""How XLA computes for us: 64-bit numbers, and compiled functions kept between runs.

The cache lies where `JAX_COMPILATION_CACHE_DIR` says, else in the user's cache folder. A cache that
cannot be read or written costs the time to compile and nothing else.
"""

from __future__ import annotations

import os
from contextlib import suppress

import jax
from platformdirs import user_cache_path

CACHED_FROM = 0.5  # seconds of compilation


def set_up() -> None:
    """Set JAX up; settings that the environment makes itself are left alone."""
    jax.config.update("jax_enable_x64", True)
    if "JAX_COMPILATION_CACHE_DIR" not in os.environ:
        folder = user_cache_path("gutskin") / "xla"
        with suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            jax.config.update("jax_compilation_cache_dir", str(folder))
    if "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS" not in os.environ:
        jax.config.update("jax_persistent_cache_min_compile_time_secs", CACHED_FROM)
