"""Named random streams: every draw belongs to a name and a key, and to nothing else.

A draw is a function of (seed, name of the stream, key of the patient or replicate). Adding a
patient, an arm, a replicate or a parameter therefore changes no other draw. Streams are Threefry
keys of JAX, folded by name and by key; the draws from one are its words by their number, made
normal or uniform as JAX makes them. All are computed in lots of one size, whatever is asked for, so
that nothing is compiled for the sake of a new number of patients, names or draws.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from gutskin.arguments import whole_number
from gutskin.errors import InputError, Problem
from gutskin.media import shortened

Keys = np.ndarray[Any, np.dtype[np.uint32]]

CIPHER = "threefry2x32"
MOST_SEED = 2**63 - 1
LOT = 8192  # draws that are computed together
_PLACES = np.arange(LOT, dtype=np.uint32)


def check_seed(seed: int) -> int:
    """A seed: keys of Threefry are made of 64-bit numbers with a sign.

    Raises
    ------
    InputError
        For what is no whole number, one below 0, or one of more than 63 bits.
    """
    found = whole_number("seed", seed)
    if 0 <= found <= MOST_SEED:
        return found
    what = f"seed {shortened(str(found))}: it lies between 0 and {MOST_SEED}."
    raise InputError(Problem(what, None, None, "Write another; any gives its own patients."))


def name_number(name: str) -> int:
    """The number that stands for a name in a stream."""
    return zlib.crc32(name.encode())


def patient_keys(replicate: int, arm: str, count: int) -> Keys:
    """Keys [patient, 3] of the patients of one arm of one replicate: (replicate, arm, index)."""
    keys = np.empty((count, 3), np.uint32)
    keys[:, 0], keys[:, 1], keys[:, 2] = replicate, name_number(arm), np.arange(count)
    return keys


@dataclass(frozen=True)
class _Lots:
    """What is compiled, each for one lot.

    Parameters
    ----------
    fold : seed, names [lot], words [lot, word] -> keys of the streams [lot, 2]
    drawn : keys [lot, 2], numbers of the draws [lot], kind -> draws [lot]
    """

    fold: Callable[..., Any]
    drawn: Callable[..., Any]


@cache
def _compiled() -> _Lots:
    """The functions for lots; JAX comes with the first of them."""
    import jax
    import jax.numpy as jnp

    def fold(seed: Any, names: Any, words: Any) -> Any:
        def one(name: Any, own: Any) -> Any:
            key = jax.random.fold_in(jax.random.key(seed, impl=CIPHER), name)
            for place in range(own.shape[0]):
                key = jax.random.fold_in(key, own[place])
            return jax.random.key_data(key)

        return jax.vmap(one)(names, words)

    def drawn(keys: Any, places: Any, kind: str) -> Any:
        def word(key: Any, place: Any) -> Any:  # the same as the bits of a longer draw at a place
            stream = jax.random.wrap_key_data(key, impl=CIPHER)
            return jax.random.key_data(jax.random.fold_in(stream, place))

        halves = jax.vmap(word)(keys, places).astype(jnp.uint64)
        mantissa = (halves[:, 0] << 32 | halves[:, 1]) >> 12
        ones = jax.lax.bitcast_convert_type(mantissa | jnp.uint64(0x3FF << 52), jnp.float64)
        share = ones - 1.0
        if kind != "normal":
            return share
        least = np.nextafter(-1.0, 0.0)
        inside = jnp.maximum(least, share * (1.0 - least) + least)
        return np.sqrt(2.0) * jax.lax.erf_inv(inside)

    return _Lots(jax.jit(fold), jax.jit(drawn, static_argnums=2))


def _in_lots(
    function: Callable[[np.ndarray, np.ndarray], Any], rows: int, columns: int
) -> np.ndarray:
    """What a function of row and column gives for a table, row after row, a lot at a time."""
    found = []
    for first in range(0, rows * columns, LOT):
        begun, at = divmod(first, columns)
        places = at + _PLACES
        lines = places // columns
        found.append(function(np.minimum(begun + lines, rows - 1), places - lines * columns))
    return np.concatenate([np.asarray(one) for one in found])[: rows * columns]


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

    words = np.asarray(keys, np.uint32)
    if not len(names) * len(words) * length:
        return np.empty((len(names), len(words), length))
    numbers = np.array([name_number(name) for name in names], np.uint32)
    lots = _compiled()

    def fold(name: np.ndarray, who: np.ndarray) -> Any:
        return lots.fold(seed, numbers[name], words[who])

    def drawn(stream: np.ndarray, place: np.ndarray) -> Any:
        return lots.drawn(folded[stream], place, kind)

    with jax.enable_x64(True):  # whoever imported JAX before us, and how
        folded = _in_lots(fold, len(names), len(words))
        whole = _in_lots(drawn, len(folded), length)
    return whole.reshape(len(names), len(words), length)
