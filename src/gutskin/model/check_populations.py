"""Faults of populations.toml: what is missing, spreads that are none, values that no body has."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from gutskin.errors import InputError, Problem, nearest
from gutskin.model.biology import Text, parse_toml
from gutskin.model.domains import Domain, limits, parameter_domain
from gutskin.model.tables import Tables
from gutskin.toml_lines import Place, line_of, lines_of
from gutskin.user_text import folded, hidden_in

KEYS = ("label", "evidence", "flg", "age_years")  # what every population has
CARRIERS = ("heterozygous", "homozygous")
ROLES = ("covariate", "patient", "input")  # of parameters that a population sets
SPREADS = {
    "uniform": "[low, high]",
    "lognormal": "[median, sd of ln]",
    "normal": "[mean, sd]",
    "logit": "[mean, sd] of the logit",
    "choice": "[[value, probability], ...]",
}

Found = tuple[Place, str, str]


def population_problems(text: Text, tables: Tables) -> Iterator[Problem]:
    """What keeps the populations of a file from being drawn, each with its line.

    Parameters
    ----------
    tables : with the parameters that a population may set
    """
    try:
        populations = parse_toml(text)
    except InputError as error:
        yield from error.problems
        return
    lines = lines_of(text.text)
    for name, entry in populations.items():
        found: Iterator[Found] | list[Found] = _population(entry, tables)
        if not isinstance(entry, dict):
            found = [((), "it is no population.", f"Write [{name}] above it.")]
        for place, what, remedy in found:
            line = line_of((name, *place), lines)
            yield Problem(f"{name}: {what}", text.path, line, remedy)


def zeros(text: Text) -> Iterator[tuple[str, str, int | None]]:
    """Population, parameter and line wherever somebody of a sound file may have exactly 0."""
    lines = lines_of(text.text)
    for population, entry in parse_toml(text).items():
        for key, value in entry.items():
            if isinstance(value, dict) and len(value) == 1 and not set(value) - set(SPREADS):
                kind, numbers = next(iter(value.items()))
                if 0 in _ends(kind, numbers):
                    yield population, key, line_of((population, key), lines)


def source_problems(text: Text, evidence: Collection[str]) -> Iterator[Problem]:
    """Sources of populations that stand in no table."""
    lines = lines_of(text.text)
    for name, entry in parse_toml(text).items():
        sources = entry.get("evidence", ()) if isinstance(entry, dict) else ()
        for number, one in enumerate(sources if isinstance(sources, list) else ()):
            if one not in evidence:
                line = line_of((name, "evidence", number), lines)
                what = f"{name}: there is no evidence {one}."
                yield Problem(what, text.path, line, "Correct or remove it.")


def _population(entry: Any, tables: Tables) -> Iterator[Found]:
    for key in KEYS:
        if key not in entry:
            yield (), f"{key} is missing.", "Copy a shipped one."
    for key, value in entry.items():
        if key == "label":
            plain = isinstance(value, str) and value == folded(value) and not hidden_in(value)
            if not plain or not value:
                yield (key,), f"label is {value!r}.", "Write on one line what they are called."
        elif key == "evidence":
            if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
                yield (key,), "evidence is no list of ids.", 'Write `evidence = ["RV0391"]`, or [].'
        elif key == "like":
            known = tuple(tables.biology.entries("populations.toml"))
            if value not in known:
                yield (key,), f"like is {value!r}.", f"Name a population: {', '.join(known)}."
        elif key == "flg":
            yield from _carriers(value)
        elif key == "age_years":
            yield from _spread(key, value, limits()["age_years"])
        elif key not in tables.parameters:
            yield (key,), f"there is no parameter {key}.", nearest(key, tuple(tables.parameters))
        elif (role := tables.parameters[key].text("role")) not in ROLES:
            yield (key,), f"{key} has the role {role}.", f"It can set: {', '.join(ROLES)}."
        else:
            yield from _spread(key, value, parameter_domain(tables.parameters[key]))


def _carriers(value: Any) -> Iterator[Found]:
    """Shares of carriers of filaggrin variants."""
    remedy = "Write `flg = { heterozygous = 0.06, homozygous = 0.001 }`."
    if not isinstance(value, dict) or set(value) != set(CARRIERS):
        yield ("flg",), f"flg is not given by {' and '.join(CARRIERS)}.", remedy
    elif not all(_number(one) and 0 <= one <= 1 for one in value.values()):
        yield ("flg",), "a share of flg is no number from 0 to 1.", remedy
    elif sum(value.values()) > 1:
        yield ("flg",), "the shares of flg are more than everybody.", remedy


def _spread(key: str, value: Any, domain: Domain) -> Iterator[Found]:
    """How something is spread, and whether a body can have it."""
    if not isinstance(value, dict) or len(value) != 1 or set(value) - set(SPREADS):
        known = ", ".join(SPREADS)
        yield (key,), f"{key} is spread as {value}.", f"Write one of: {known}."
        return
    kind, numbers = next(iter(value.items()))
    remedy = f"Write {kind} = {SPREADS[kind]}."
    wrong = _choice(numbers) if kind == "choice" else _two(kind, numbers)
    if wrong is not None:
        yield (key,), f"{key}: {wrong}", remedy
        return
    for end in _ends(kind, numbers):
        if end not in domain:
            what = f"{key} cannot be {end:g}: it lies in {domain}."
            yield (key,), what, "Write values in that range."
            return


def _ends(kind: str, numbers: Any) -> Sequence[float]:
    """The values of a spread that a body must be able to have."""
    if kind == "uniform":
        return list(numbers)
    if kind == "choice":
        return [one[0] for one in numbers]
    return [1 / (1 + math.exp(-numbers[0]))] if kind == "logit" else list(numbers[:1])


def _two(kind: str, numbers: Any) -> str | None:
    """What is wrong with the two numbers of a spread."""
    if not isinstance(numbers, list) or len(numbers) != 2 or not all(map(_number, numbers)):
        return f"{kind} takes two numbers."
    first, second = numbers
    if kind == "uniform":
        return None if first < second else "its ends are not in order."
    if second < 0:
        return "the spread is negative."
    if kind == "logit" and abs(first) > 50:
        return "the mean of a logit lies within -50 to 50."
    return "a median is not above 0." if kind == "lognormal" and first <= 0 else None


def _choice(pairs: Any) -> str | None:
    """What is wrong with values and their probabilities."""
    if not isinstance(pairs, list) or not pairs:
        return "choice takes pairs."
    if not all(isinstance(one, list) and len(one) == 2 and all(map(_number, one)) for one in pairs):
        return "choice takes pairs of a value and a probability."
    shares = [share for _, share in pairs]
    if min(shares) < 0 or not math.isclose(sum(shares), 1, abs_tol=1e-6):
        return f"the probabilities add up to {sum(shares):g}, not to 1."
    return None


def _number(value: Any) -> bool:
    whole = isinstance(value, int | float) and not isinstance(value, bool)
    return whole and math.isfinite(value)
