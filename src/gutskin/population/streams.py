"""Named random streams: every draw belongs to a name and a key, and to nothing else.

A draw is a function of (seed, name of the stream, key of the patient or replicate). Adding a
patient, an arm, a replicate or a parameter therefore changes no other draw. Streams are Threefry
keys as JAX makes them, folded by name and by key; the draws from one are its words by their number,
made normal or uniform as JAX makes them. Machine code of our own computes them (`random_code.py`),
the same for whatever is asked for.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from gutskin.arguments import whole_number
from gutskin.errors import InputError, Problem
from gutskin.media import shortened

Keys = np.ndarray[Any, np.dtype[np.uint32]]

MOST_SEED = 2**63 - 1


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


def seed_of(seed: int, name: str) -> int:
    """The seed of something that has draws of its own in a study: of its name alone.

    >>> seed_of(1, "one") == seed_of(1, "one"), seed_of(1, "one") == seed_of(1, "another")
    (True, False)
    """
    return zlib.crc32(f"{seed}/{name}".encode())


def patient_keys(replicate: int, arm: str, count: int) -> Keys:
    """Keys [patient, 3] of the patients of one arm of one replicate: (replicate, arm, index)."""
    keys = np.empty((count, 3), np.uint32)
    keys[:, 0], keys[:, 1], keys[:, 2] = replicate, name_number(arm), np.arange(count)
    return keys


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
    from gutskin.engine import random_code

    words = np.asarray(keys, np.uint32)
    if not len(names) * len(words) * length:
        return np.empty((len(names), len(words), length))
    numbers = np.array([name_number(name) for name in names], np.uint32)
    found = random_code.draws(int(seed), numbers, words, length, normal=kind == "normal")
    return np.moveaxis(found, 1, 2)
