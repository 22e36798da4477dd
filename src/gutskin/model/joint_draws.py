"""Numbers that were fitted together and are drawn together: `joint_draws.tsv`.

A row holds the draws of one parameter, all rows of a set as many; draw number 7 of every row is one
set that meets what was fitted to. A draw is how many standard deviations of its own width (`low` to
`high`) a parameter lies from its `value`; of a reference, an output of the model, it is what the
set comes to over the value of the table.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from gutskin.errors import InputError, Problem, nearest
from gutskin.media import counted
from gutskin.model.biology import ENSEMBLE, Biology
from gutskin.model.rows import Row, parse_table

TABLE = "joint_draws.tsv"
OF_NUMBERS, OF_TARGETS = "numbers", "targets"
MADE_OF = "# made of numbers "  # and their hash: the first line of the ensemble
COLUMNS = ("id", "set", "draws")
OF_BODIES, OF_CONDUCT = "posterior", "conduct"  # sets of the ensemble
MAKE_IT = "`make calibrate` makes it anew; until then draw worlds of the prior (`--draws prior`)."
FEWEST = 20  # draws of a set: below that worlds are hardly different


@dataclass(frozen=True, eq=False)
class JointDraws:
    """One set of parameters that are drawn together.

    Parameters
    ----------
    name : of the set
    ids : of its parameters
    draws : Array [parameter, draw]
    """

    name: str
    ids: tuple[str, ...]
    draws: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Ensemble:
    """Worlds that meet the targets.

    Parameters
    ----------
    numbers : of bodies
    of_conduct : what all trials have in common: id -> Array [world] (sd from the value)
    """

    numbers: JointDraws
    of_conduct: Mapping[str, NDArray[np.float64]]


@cache
def read_joint_draws(biology: Biology) -> tuple[JointDraws, ...]:
    """All sets of a biology, in the order of the table."""
    return _sets_of(biology.table(TABLE, COLUMNS))


@cache
def read_ensemble(biology: Biology) -> Ensemble:
    """The worlds that meet the targets of the calibration; a user's own take their place whole.

    Raises
    ------
    InputError
        Where there are none, where they are not all of one length, and where they were made of
        other numbers than the tables hold now (a user's own on top of them aside).
    """
    text = biology.text(ENSEMBLE)
    sets = () if text is None else _sets_of(parse_table(text.text, text.path, COLUMNS))
    named = {one.name: one for one in sets}
    worlds = {one.draws.shape[1] for one in sets}
    if OF_BODIES not in named or len(worlds) != 1 or not {*named} <= {OF_BODIES, OF_CONDUCT}:
        message = f"{ENSEMBLE} holds {counted(len(sets), 'set')} of worlds, none that can be drawn."
        raise InputError(Problem(message, biology.folder / ENSEMBLE, None, MAKE_IT))
    if _made_of(biology) not in (biology.numbers_hash, replace(biology, overlay=None).numbers_hash):
        message = f"{ENSEMBLE} was made of other numbers than the tables hold now."
        raise InputError(Problem(message, biology.folder / ENSEMBLE, 1, MAKE_IT))
    conduct = named.get(OF_CONDUCT)
    own = {} if conduct is None else dict(zip(conduct.ids, conduct.draws, strict=True))
    return Ensemble(named[OF_BODIES], own)


def is_of_these_numbers(biology: Biology) -> bool:
    """Whether the ensemble was made of the numbers that stand in the tables now."""
    return _made_of(biology) == biology.numbers_hash


def ensemble_made_of(biology: Biology) -> Mapping[str, str]:
    """What the first line of the ensemble says it was made of: hashes by name; empty without one.

    >>> sorted(parts_of("# made of numbers 12ab; targets 34cd; 640 worlds of some wave").items())
    [('numbers', '12ab'), ('targets', '34cd')]
    """
    text = biology.text(ENSEMBLE)
    return parts_of("" if text is None else text.text.partition("\n")[0])


def parts_of(line: str) -> dict[str, str]:
    """Hashes by name, of such a line."""
    if not line.startswith(MADE_OF):
        return {}
    words = [one.split() for one in line.removeprefix("# made of ").split(";")]
    told = (one for one in words if len(one) == 2 and one[0] in (OF_NUMBERS, OF_TARGETS))
    return dict(told)


def _made_of(biology: Biology) -> str:
    """The hash of the numbers that the ensemble was made of; empty where there is none."""
    return ensemble_made_of(biology).get(OF_NUMBERS, "")


def _sets_of(rows: Mapping[str, Row]) -> tuple[JointDraws, ...]:
    groups: dict[str, dict[str, list[float]]] = {}
    for row in rows.values():
        numbers = [float(word) for word in row.text("draws").split()]
        groups.setdefault(row.text("set"), {})[row.id] = numbers
    return tuple(
        JointDraws(name, tuple(rows), np.array(list(rows.values())))
        for name, rows in groups.items()
    )


def jointly_drawn(biology: Biology) -> tuple[str, ...]:
    """Ids of all parameters that are drawn together with others."""
    return tuple(name for one in read_joint_draws(biology) for name in one.ids)


def joint_draw_problems(biology: Biology, parameters: Mapping[str, Row]) -> Iterator[Problem]:
    """What is wrong with the table: parameters, numbers, sets of unequal length."""
    lengths: dict[str, int] = {}
    for row in biology.table(TABLE, COLUMNS).values():
        parameter, words = parameters.get(row.id), row.text("draws").split()
        if parameter is None:
            yield Problem(
                f"{row.id} is no parameter.", row.file, row.line, nearest(row.id, [*parameters])
            )
            continue
        is_reference = parameter.text("role") == "reference"
        if not is_reference and not (parameter.text("low") and parameter.text("high")):
            message = f"{row.id} has no width of which a draw could be a share."
            yield Problem(message, row.file, row.line, "Give it low and high in parameters.tsv.")
        values = [_number(word) for word in words]
        wrong = [word for word, value in zip(words, values, strict=True) if not np.isfinite(value)]
        if wrong:
            message = f"{row.id}: draw {wrong[0]!r} is no number."
            yield Problem(message, row.file, row.line, "Write numbers, with spaces between them.")
        elif is_reference and min(values, default=1.0) <= 0.0:
            message = f"{row.id}: a reference is {min(values):g} times what it is in the table."
            yield Problem(message, row.file, row.line, "Write ratios above 0.")
        first = lengths.setdefault(row.text("set"), len(words))
        if len(words) != first or len(words) < FEWEST:
            message = (
                f"{row.id} has {counted(len(words), 'draw')}, its set {row.text('set')!r} {first}."
            )
            remedy = f"Give every row of a set equally many, {FEWEST} at least."
            yield Problem(message, row.file, row.line, remedy)


def _number(word: str) -> float:
    try:
        return float(word)
    except ValueError:
        return np.nan
