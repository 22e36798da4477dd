"""`Equation`: a rule or a reaction of the model, wherever it was read."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

TIME = "time"

_RULE = re.compile(r"(?P<id>\w+)\s*:=\s*(?P<formula>[^;:=]+)")
_REACTION = re.compile(
    r"(?P<id>\w+)\s*:(?!=)\s*(?P<left>[^;:=<>]*?)\s*[-=]>\s*(?P<right>[^;:=<>]*?)\s*;"
    r"\s*(?P<formula>[^;:=]+)"
)
_PARTICIPANT = re.compile(r"(?P<amount>\d+(?:\.\d*)?)?\s*\$?(?P<id>[A-Za-z_]\w*)")
_NAME = re.compile(r"(?<![\w.])[A-Za-z_]\w*(?!\w|\s*\()")


@dataclass(frozen=True)
class Equation:
    """An assignment rule, or a reaction with its rate.

    Parameters
    ----------
    id : the quantity that the rule sets, or the reaction
    formula : the rule or the rate (per day), as text that libSBML reads
    names : ids that the formula reads; `time` among them where it does
    changes : state -> amount that one turn of the reaction makes (+) or removes (-); without
        boundary species
    participants : species -> the same, with boundary species
    reaction : False for a rule
    """

    id: str
    formula: str
    names: frozenset[str]
    changes: Mapping[str, float]
    participants: Mapping[str, float]
    reaction: bool


def equation_of(code: str, constants: Collection[str]) -> Equation | None:
    """The rule or reaction of one line without its comment; None if it is neither.

    Parameters
    ----------
    constants : boundary species, which no reaction changes

    Examples
    --------
    >>> equation_of("half: 2 a + $b => c; k * a^2 * exp(-d)", ["b"]).changes
    mappingproxy({'a': -2.0, 'c': 1.0})
    """
    if found := _RULE.fullmatch(code):
        nothing: Mapping[str, float] = MappingProxyType({})
        return _equation(found, nothing, nothing, reaction=False)
    if not (found := _REACTION.fullmatch(code)):
        return None
    participants: dict[str, float] = {}
    try:
        sides = [*_side(found["left"], -1.0), *_side(found["right"], 1.0)]
    except ValueError:
        return None
    for name, amount in sides:
        participants[name] = participants.get(name, 0.0) + amount
    changes = {name: amount for name, amount in participants.items() if name not in constants}
    return _equation(
        found, MappingProxyType(changes), MappingProxyType(participants), reaction=True
    )


def _equation(
    found: re.Match[str],
    changes: Mapping[str, float],
    participants: Mapping[str, float],
    *,
    reaction: bool,
) -> Equation:
    formula = found["formula"].strip()
    names = frozenset(_NAME.findall(formula))
    return Equation(found["id"], formula, names, changes, participants, reaction)


def _side(text: str, sign: float) -> Iterator[tuple[str, float]]:
    """Who takes part on one side of a reaction, and how often.

    Raises
    ------
    ValueError
        For what is no list of species.
    """
    for part in text.split("+") if text else ():
        if not (found := _PARTICIPANT.fullmatch(part.strip())):
            raise ValueError(part)
        yield found["id"], sign * float(found["amount"] or 1)
