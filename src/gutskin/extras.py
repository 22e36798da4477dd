"""Packages that only some commands need: they come with an extra of the package.

A plain installation reads trials, simulates and tells. What writes files of patients, draws, takes
other machines or changes the model's equations asks here first, before any work.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib.util import find_spec

from gutskin.errors import InputError, Problem

EXTRAS = {  # modules by extra, as in pyproject.toml
    "files": ("pyarrow", "h5netcdf", "h5py"),
    "figures": ("matplotlib",),
    "cluster": ("distributed",),
    "model": ("antimony", "libsbml", "sbmlode"),
    "tables": ("xlsxwriter",),
}


def require(purpose: str, *extras: str) -> None:
    """Go on if all modules of these extras are installed.

    Parameters
    ----------
    purpose : what they are for, as the beginning of a sentence

    Raises
    ------
    InputError
        Naming what is missing and how to install it.
    """
    if problems := lacking(purpose, *extras):
        raise InputError(problems)


def lacking(purpose: str, *extras: str) -> list[Problem]:
    """What `require` would say; nothing if all modules of these extras are installed."""
    absent = missing(*extras)
    return [_problem(purpose, absent)] if absent else []


def missing(*extras: str) -> list[str]:
    """The modules of these extras that are not installed."""
    return [name for extra in extras for name in EXTRAS[extra] if find_spec(name) is None]


def without(name: str | None) -> InputError | None:
    """What to say where a module of that name was not found; None if it belongs to no extra."""
    root = (name or "").partition(".")[0]
    known = any(root in names for names in EXTRAS.values())
    return InputError(_problem("This command", [root])) if known else None


def _problem(purpose: str, absent: Iterable[str]) -> Problem:
    names = list(absent)
    extras = [extra for extra, modules in EXTRAS.items() if set(modules) & set(names)]
    return Problem(
        f"{purpose} needs {_listed(names)}, which a plain installation leaves out.",
        remedy=f'Install it: pip install "gutskin[{",".join(extras)}]".',
    )


def _listed(names: list[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
