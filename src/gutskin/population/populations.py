"""Populations: who is drawn, from `populations.toml`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from gutskin.errors import InputError, Problem, nearest
from gutskin.model.biology import Biology

DAYS_PER_YEAR = 365.25
SINGULAR = {
    "children": "child", "adults": "adult", "infants": "infant", "newborns": "newborn",
    "adolescents": "adolescent", "eczema": "ad",
}  # fmt: skip
CARRIERS = ("heterozygous", "homozygous")
SET_BY_GENOTYPE = ("flg_genotype", "flg_penetration")  # columns of genotypes.tsv, ids of parameters


@dataclass(frozen=True)
class Marginal:
    """How one covariate is spread over a population.

    Parameters
    ----------
    kind : `uniform`, `lognormal`, `normal`, `logit` or `choice`
    numbers : its two numbers, or (value, probability) pairs
    """

    kind: str
    numbers: tuple[Any, ...]

    def at(self, uniform: np.ndarray) -> np.ndarray:
        """The covariate at quantiles `uniform` [patient] (0 to 1)."""
        if self.kind == "choice":
            values = np.array([value for value, _ in self.numbers], float)
            edges = np.cumsum([share for _, share in self.numbers])
            return values[np.minimum(np.searchsorted(edges, uniform), len(values) - 1)]
        first, second = self.numbers
        if self.kind == "uniform":
            return first + (second - first) * uniform
        from scipy.special import expit, ndtri

        z = ndtri(np.clip(uniform, 1e-12, 1 - 1e-12))
        if self.kind == "lognormal":
            return first * np.exp(second * z)
        if self.kind == "logit":
            return expit(first + second * z)
        return first + second * z


@dataclass(frozen=True)
class Population:
    """A population: its covariates' distributions and its FLG carriers.

    Parameters
    ----------
    like : the population whose people these are but for their age: what a world makes of its
        medians holds here too; itself where none is named
    """

    name: str
    label: str
    covariates: Mapping[str, Marginal]
    carriers: Mapping[str, float]
    evidence: tuple[str, ...]
    like: str

    @property
    def ages(self) -> tuple[float, float]:
        """The youngest and the oldest (years)."""
        first, last = self.covariates["age_years"].at(np.array([0.0, 1.0]))
        return float(first), float(last)

    @property
    def middle_age(self) -> float:
        """The age in the middle (years)."""
        return float(self.covariates["age_years"].at(np.array([0.5]))[0])


def covered_ages(populations: Sequence[Population]) -> tuple[tuple[float, float], ...]:
    """The ages that populations have between them, as ranges without gaps (years).

    >>> from gutskin.model.biology import shipped_biology
    >>> known = load_populations(shipped_biology())
    >>> covered_ages([known["ad_infant"], known["ad_child"], known["ad_adult"]])
    ((0.2, 13.0), (18.0, 55.0))
    """
    found: list[tuple[float, float]] = []
    for low, high in sorted(one.ages for one in populations):
        if found and low <= found[-1][1]:
            found[-1] = found[-1][0], max(found[-1][1], high)
        else:
            found.append((low, high))
    return tuple(found)


def with_ages(name: str, low: float, high: float, biology: Biology) -> str:
    """What to write for people of other ages than a population has.

    Parameters
    ----------
    name : the population; one of the same people (ill, healthy) is named before others
    low, high : the ages that are wanted (years)

    Examples
    --------
    >>> from gutskin.model.biology import shipped_biology
    >>> with_ages("ad_child", 0.25, 0.5, shipped_biology())
    'write `population = "ad_infant"` (0.2 to 1 years)'
    >>> with_ages("ad_child", 60, 90, shipped_biology())
    'take other ages: no population has all of these; the oldest are 85 years'
    """
    every = load_populations(biology).values()
    whole = [one for one in every if one.ages[0] <= low and high <= one.ages[1]]
    if not whole:
        oldest = max(one.ages[1] for one in every)
        return f"take other ages: no population has all of these; the oldest are {oldest:g} years"
    alike = [one for one in whole if one.name.split("_")[0] == name.split("_")[0]]
    named = (
        f'`population = "{one.name}"` ({one.ages[0]:g} to {one.ages[1]:g} years)'
        for one in alike or whole
    )
    return f"write {' or '.join(named)}"


@cache
def load_populations(biology: Biology) -> Mapping[str, Population]:
    """The populations of a biology by name."""
    return {
        name: _population(name, entry)
        for name, entry in biology.entries("populations.toml").items()
    }


def _population(name: str, entry: Mapping[str, Any]) -> Population:
    covariates = {
        key: Marginal(*next(iter((kind, tuple(numbers)) for kind, numbers in spread.items())))
        for key, spread in entry.items()
        if isinstance(spread, dict) and key != "flg"
    }
    like = entry.get("like", name)
    return Population(
        name, entry["label"], covariates, entry["flg"], tuple(entry["evidence"]), like
    )


def find_population(name: str, biology: Biology) -> Population:
    """A population of a biology by name.

    Raises
    ------
    InputError
        For an unknown name; suggests the nearest.
    """
    known = load_populations(biology)
    if name not in known:
        raise InputError(
            Problem(f"there is no population {name!r}.", None, None, nearest(name, tuple(known)))
        )
    return known[name]


def named_population(name: str, biology: Biology) -> str:
    """The population that a name means: ad_child is also children-ad.

    Raises
    ------
    InputError
        For a name that means none.
    """
    known = [*load_populations(biology)]
    if name in known:
        return name
    found = [one for one in known if _words(one) == _words(name)]
    if len(found) == 1:
        return found[0]
    message = f"there is no population {name!r}."
    raise InputError(Problem(message, None, None, nearest(name, known)))


def _words(name: str) -> frozenset[str]:
    words = re.split(r"[^a-z0-9]+", name.lower())
    return frozenset(SINGULAR.get(word, word) for word in words if word)


@cache
def genotypes(biology: Biology) -> Mapping[str, dict[str, float]]:
    """The filaggrin genotypes, by id, each with the parameters that it sets.

    >>> from gutskin.model.biology import shipped_biology
    >>> genotypes(shipped_biology())["wild_type"]
    {'flg_genotype': 1.0, 'flg_penetration': 1.0}
    """
    rows = biology.table("genotypes.tsv").values()
    return {row.id: {name: row.number(name) for name in SET_BY_GENOTYPE} for row in rows}


def filaggrin(
    carriers: Mapping[str, float], uniform: np.ndarray, biology: Biology
) -> dict[str, np.ndarray]:
    """FLG genotype of patients at quantiles `uniform` [patient]: the parameters it sets."""
    edges = np.cumsum([carriers[kind] for kind in CARRIERS])
    which = np.searchsorted(edges, uniform)
    kinds: Sequence[str] = (*CARRIERS, "wild_type")
    table = genotypes(biology)
    return {
        name: np.array([table[kind][name] for kind in kinds])[which] for name in SET_BY_GENOTYPE
    }
