"""Named random streams: every draw belongs to a name and a key, and to nothing else.

A draw is a function of (seed, name of the stream, key of the patient or replicate). Adding a
patient, an arm, a replicate or a parameter therefore changes no other draw. Streams are Threefry
keys of JAX, folded by name and by key.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from gutskin.errors import Problem

Keys = np.ndarray[Any, np.dtype[np.uint32]]

MOST_SEED = 2**63 - 1
LOT = 256  # keys are drawn for in lots of this size, so that few shapes are compiled


def seed_problem(seed: int) -> Problem | None:
    """What is wrong with a seed: keys of Threefry are made of 64-bit numbers with a sign."""
    if 0 <= seed <= MOST_SEED:
        return None
    what = f"seed {seed}: it lies between 0 and {MOST_SEED}."
    return Problem(what, None, None, "Write another; any gives its own patients.")


def name_number(name: str) -> int:
    """The number that stands for a name in a stream."""
    return zlib.crc32(name.encode())


def patient_keys(replicate: int, arm: str, count: int) -> Keys:
    """Keys [patient, 3] of the patients of one arm of one replicate: (replicate, arm, index)."""
    keys = np.empty((count, 3), np.uint32)
    keys[:, 0], keys[:, 1], keys[:, 2] = replicate, name_number(arm), np.arange(count)
    return keys


def _folded(key: Any, words: Any) -> Any:
    import jax

    for place in range(words.shape[0]):
        key = jax.random.fold_in(key, words[place])
    return key


@cache
def _compiled() -> Callable[..., Any]:
    """The draws as one compiled function; JAX comes with the first of them."""
    import jax

    return jax.jit(_draws, static_argnums=(3, 4))


def _draws(seed: Any, names: Any, keys: Any, length: int, kind: str) -> Any:
    import jax
    import jax.numpy as jnp

    sampler = jax.random.normal if kind == "normal" else jax.random.uniform

    def one(name: Any, words: Any) -> Any:
        key = _folded(jax.random.fold_in(jax.random.key(seed), name), words)
        return sampler(key, (length,), jnp.float64)

    return jax.vmap(lambda name: jax.vmap(lambda words: one(name, words))(keys))(names)


def draw(
    seed: int, names: Sequence[str], keys: Keys, length: int = 1, kind: str = "normal"
) -> np.ndarray:
    """Standard normal or uniform draws.

    Parameters
    ----------
    seed : of the study
    names : streams
    keys : Array [key, word], words below 2**32
    length : draws from each
    kind : "normal" or "uniform"

    Returns
    -------
    Array [name, key, length]
    """
    import jax

    numbers = np.array([name_number(name) for name in names], np.uint32)
    words = np.asarray(keys, np.uint32)
    filled = words[np.arange(-(-len(words) // LOT) * LOT) % max(1, len(words))]
    with jax.enable_x64(True):  # whoever imported JAX before us, and how
        return np.asarray(_compiled()(seed, numbers, filled, length, kind))[:, : len(words)]
