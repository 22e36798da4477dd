"""How much memory this machine has, and work that needs more of it refused before it starts."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from gutskin.errors import Problem

CGROUP = Path("/sys/fs/cgroup/memory.max")  # what a container may use
PROGRAM = 600e6  # bytes of Python, JAX and the compiled model


def machine_memory() -> float:
    """What this machine, or the container that we are in, has (bytes)."""
    there = float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    with suppress(OSError, ValueError):  # no container, or "max"
        there = min(there, float(CGROUP.read_text()))
    return there


def in_words(size: float) -> str:
    """Bytes as a reader takes them.

    >>> in_words(600e6), in_words(3.9e15)
    ('0.6 GB', '3,900,000 GB')
    """
    return f"{float(f'{size / 1e9:.2g}'):,.12g} GB"


def memory_problem(needed: float, what: str, remedy: str) -> Problem | None:
    """The problem of work that needs more memory than there is, if it does.

    Parameters
    ----------
    needed : by the work, beside the program (bytes)
    what : the work, in words
    """
    there = machine_memory()
    if needed + PROGRAM <= there:
        return None
    says = f"{what} needs about {in_words(needed + PROGRAM)} of memory; this machine has "
    return Problem(f"{says}{in_words(there)}.", None, None, remedy)
