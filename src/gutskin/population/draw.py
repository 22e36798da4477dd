"""Virtual patients: parameters drawn for a population, and for worlds that may be true.

Two kinds of not knowing are kept apart. A *world* is one draw of what nobody knows (role `prior`):
all patients of a replicate live in the same world. A *patient* differs from others by covariates
(the population's distributions) and by parameters with a `between_patient_cv`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.model.biology import CENTRE, POSTERIOR
from gutskin.model.joint_draws import JointDraws, jointly_drawn, read_ensemble, read_joint_draws
from gutskin.model.rows import Row
from gutskin.population.ages import ages_of
from gutskin.population.body_weight import body_weight
from gutskin.population.populations import DAYS_PER_YEAR, Population, filaggrin
from gutskin.population.streams import Keys, draw

if TYPE_CHECKING:
    from gutskin.model.model import Model

OF_PRODUCTS = ("share_", "between_trials_")  # rows of conduct.tsv
WIDTH = 2 * 1.959963984540054  # from 2.5% to 97.5% of a normal, in sd
COMMON_CONDUCT = 0.5  # share of the variance of conduct that all trials have in common


@dataclass(frozen=True, eq=False)
class Patients:
    """A batch of virtual patients.

    Parameters
    ----------
    keys : Array [patient, word], the patients' names in the random streams
    parameters : id -> Array [patient]
    age_years : Array [patient]
    """

    keys: Keys
    parameters: Mapping[str, np.ndarray]
    age_years: np.ndarray

    def __getitem__(self, which: Any) -> Patients:
        """Some of them."""
        if np.asarray(which).dtype == bool:  # there are hundreds of arrays: places are faster
            which = np.flatnonzero(which)
        own = {
            name: value[which] if isinstance(value, np.ndarray) and value.ndim else value
            for name, value in self.parameters.items()
        }
        return Patients(self.keys[which], own, self.age_years[which])

    @classmethod
    def joined(cls, parts: Sequence[Patients]) -> Patients:
        """Those of several batches, drawn in one study."""
        first = parts[0].parameters
        own = {
            name: np.concatenate([one.parameters[name] for one in parts])
            if np.ndim(value)
            else value
            for name, value in first.items()
        }
        return cls(
            np.concatenate([one.keys for one in parts]), own,
            np.concatenate([one.age_years for one in parts]),
        )  # fmt: skip


def spread_at(row: Row, centre: np.ndarray | float, z: np.ndarray) -> np.ndarray:
    """A prior's value at standard normal `z`; `low` and `high` are its 95% range."""
    from scipy.special import expit, logit

    kind = row.text("distribution")
    low, high = row.number("low"), row.number("high")
    if kind == "lognormal":
        return np.asarray(centre) * np.exp(z * np.log(high / low) / WIDTH)
    if kind == "logit":
        return expit(logit(np.asarray(centre)) + z * (logit(high) - logit(low)) / WIDTH)
    return np.asarray(centre) + z * (high - low) / WIDTH


def conduct_rows(model: Model) -> dict[str, Row]:
    """The rows of conduct.tsv that a trial draws."""
    return {
        name: row
        for name, row in model.tables.conduct.items()
        if row.text("distribution") != "fixed" and not name.startswith(OF_PRODUCTS)
    }


def draw_conduct(
    model: Model, replicates: np.ndarray, seed: int, own_seed: int | None = None
) -> dict[str, np.ndarray]:
    """What is a trial's own and not a body's (conduct.tsv): one draw of each for every replicate.

    Numbers that say how products differ (`share_*`, `between_trials_*`) are drawn with the strains.
    What trials have in common (`COMMON_CONDUCT`) is the world's, the rest each trial's.

    Parameters
    ----------
    replicates : Array [replicate], their numbers
    seed, own_seed : of the worlds, and of what is the trial's own; one for both without the latter

    Returns
    -------
    dict id -> Array [replicate]
    """
    rows = conduct_rows(model)
    return _spread(rows, _scores_of_trials(model, rows, replicates, seed, own_seed))


def draw_conduct_of_site(
    model: Model,
    names: Sequence[str],
    site: int,
    replicates: np.ndarray,
    seed: int,
    share: np.ndarray,
    own_seed: int | None = None,
) -> dict[str, np.ndarray]:
    """What a trial comes to at one of its sites: one draw of each for every replicate.

    A site is as far from the middle as a trial may be; `share` of that variance is its own, the
    rest is what all sites of the trial have in common.

    Parameters
    ----------
    names : ids of conduct.tsv
    site : a number of its own
    replicates, share : Array [replicate], their numbers and the site's share of the variance

    Returns
    -------
    dict id -> Array [replicate]
    """
    rows = {name: row for name, row in conduct_rows(model).items() if name in names}
    keys = np.column_stack([np.asarray(replicates, np.uint32), np.full(len(replicates), site)])
    people = seed if own_seed is None else own_seed
    own = draw(people, [f"conduct/{name}" for name in rows], keys)[:, :, 0]
    common = _scores_of_trials(model, rows, replicates, seed, own_seed)
    return _spread(rows, np.sqrt(1 - share) * common + np.sqrt(share) * own)


def _scores_of_trials(
    model: Model, rows: Mapping[str, Row], replicates: np.ndarray, seed: int, own_seed: int | None
) -> np.ndarray:
    """How far conduct lies from its middle, in sd, Array [row, replicate]."""
    keys = np.asarray(replicates, np.uint32)[:, None]
    own, streams = seed if own_seed is None else own_seed, [f"conduct/{name}" for name in rows]
    z = draw(own, streams, keys)[:, :, 0].copy()
    alone, together = np.sqrt(1 - COMMON_CONDUCT), np.sqrt(COMMON_CONDUCT)
    if model.biology.draws == POSTERIOR:
        common = read_ensemble(model.biology).of_conduct
        place = world_of_ensemble(model, keys, seed)
        for i, name in enumerate(rows):
            if name in common:
                z[i] = alone * z[i] + together * common[name][place]
    elif own != seed:  # that of a world of the prior has a stream of the world's
        z = alone * z + together * draw(seed, streams, keys)[:, :, 0]
    return z


def _spread(rows: Mapping[str, Row], z: np.ndarray) -> dict[str, np.ndarray]:
    """Draws of rows of conduct.tsv from how far they lie from the middle."""
    return {
        name: spread_at(row, row.number("value"), its)
        for (name, row), its in zip(rows.items(), z, strict=True)
    }


def uncertain_parameters(model: Model) -> tuple[str, ...]:
    """Ids of the parameters that a world draws: role `prior`, and what was fitted together.

    References, which a world draws with them, are outputs of the model and not counted here, nor
    factors on the medians of populations.
    """
    if model.biology.draws == POSTERIOR:
        rows = model.tables.parameters
        return tuple(
            name for name in read_ensemble(model.biology).numbers.ids
            if name in rows and rows[name].text("role") != "reference"
        )  # fmt: skip
    together = frozenset(jointly_drawn(model.biology))
    return tuple(
        row.id
        for row in model.tables.parameters.values()
        if row.text("role") == "prior" or (row.id in together and row.text("role") != "reference")
    )


def draw_worlds(
    model: Model, replicates: np.ndarray, seed: int, stance: str
) -> dict[str, np.ndarray]:
    """One draw of every uncertain parameter for each replicate.

    What was fitted together is drawn together: one set of `joint_draws.tsv` for each replicate,
    with the references that it comes to. Where the biology asks for the posterior, each replicate
    gets one world of `posterior.tsv`; where it asks for the centre, everything stays there. What
    the article claims is then drawn around the claim, with the width of the prior: the ensemble
    says how far the evidence's number may lie from its own centre, and nothing of the claim.

    Parameters
    ----------
    replicates : Array [replicate], their numbers
    stance : sets the centre; the width is the prior's

    Returns
    -------
    dict id -> Array [replicate]
    """
    centres, rows = model.values(stance), model.tables.parameters
    keys = np.asarray(replicates, np.uint32)[:, None]
    if model.biology.draws == CENTRE:
        uncertain = uncertain_parameters(model)
        return {name: np.full(len(keys), float(centres[name])) for name in uncertain}
    if model.biology.draws == POSTERIOR:
        numbers, place = read_ensemble(model.biology).numbers, world_of_ensemble(model, keys, seed)
        usual = model.values()
        claimed = [name for name in numbers.ids if name in rows and centres[name] != usual[name]]
        own = _apart(model, claimed, keys, seed, centres)
        return joint_values(numbers, place, centres, rows) | own
    sets, together = read_joint_draws(model.biology), frozenset(jointly_drawn(model.biology))
    ids = [name for name in uncertain_parameters(model) if name not in together]
    found = _apart(model, ids, keys, seed, centres)
    z = draw(seed, [f"world/set {one.name}" for one in sets], keys)[:, :, 0]
    for one, own in zip(sets, z, strict=True):
        found |= joint_values(one, _places(own, one.draws.shape[1]), centres, rows)
    return found


def _apart(
    model: Model, ids: Sequence[str], keys: Keys, seed: int, centres: Mapping[str, float]
) -> dict[str, np.ndarray]:
    """Parameters that are drawn one by one, each within its own width: id -> Array [world]."""
    z = draw(seed, [f"world/{name}" for name in ids], keys)[:, :, 0]
    rows = model.tables.parameters
    return {
        name: spread_at(rows[name], centres[name], its) for name, its in zip(ids, z, strict=True)
    }


def joint_values(
    one: JointDraws,
    places: np.ndarray,
    centres: Mapping[str, float],
    rows: Mapping[str, Row],
) -> dict[str, np.ndarray]:
    """The numbers of some draws of a set: id -> Array [world].

    Parameters
    ----------
    places : Array [world], the number of each world's draw
    centres : the values around which they were drawn
    rows : of parameters.tsv
    """
    found = {}
    for name, draws in zip(one.ids, one.draws[:, places], strict=True):
        if ":" in name:  # a factor on the median of a population
            found[name] = draws
        elif rows[name].text("role") == "reference":
            found[name] = centres[name] * draws
        else:
            found[name] = spread_at(rows[name], centres[name], draws)
    return found


def world_of_ensemble(model: Model, keys: Keys, seed: int) -> np.ndarray:
    """Which world of the posterior each replicate lives in [replicate]."""
    own = draw(seed, ["world/ensemble"], keys)[0, :, 0]
    return _places(own, read_ensemble(model.biology).numbers.draws.shape[1])


def _places(z: np.ndarray, count: int) -> np.ndarray:
    """Which of so many equally likely draws a standard normal number picks."""
    from scipy.special import ndtr

    return np.minimum((ndtr(z) * count).astype(int), count - 1)


def draw_patients(
    model: Model,
    population: Population | Sequence[Population],
    keys: Keys,
    seed: int,
    *,
    centres: Mapping[str, Any],
    age_years: tuple[float, float] | None = None,
) -> Patients:
    """Draw the patients with these keys.

    Parameters
    ----------
    population : one, or several: ages are then even over all that they have between them, and
        everybody is drawn as one of a population that has his age, each as likely as another
    keys : Array [patient, word]
    centres : id -> number or Array [patient]: the values around which patients spread (the
        stance's values, or the world each of them lives in); POPULATION:COVARIATE is a factor on
        the covariate's median
    age_years : the range of ages that a trial admits, within the population's

    Returns
    -------
    Patients

    Raises
    ------
    InputError
        For a range of ages outside the population's.
    """
    values = {name: centres[name] for name in model.parameter_ids}
    parameters = _spread_between_patients(model, values, keys, seed)
    people = [population] if isinstance(population, Population) else [*population]
    uniform = _uniform_of_covariates(people, keys, seed)
    age, which = ages_of(people, age_years, uniform["age_years"], keys, seed)
    for name, u in uniform.items():
        if name == "flg":
            carried = [filaggrin(one.carriers, u, model.biology) for one in people]
            parameters |= {id_: _of(which, [each[id_] for each in carried]) for id_ in carried[0]}
        elif name != "age_years":
            parameters[name] = _of(
                which,
                [
                    one.covariates[name].at(u) * centres.get(f"{one.like}:{name}", 1.0)
                    if name in one.covariates
                    else np.broadcast_to(values[name], len(keys))
                    for one in people
                ],
            )  # fmt: skip
    parameters["age_at_start"] = age * DAYS_PER_YEAR
    if "body_weight" not in uniform:
        heavy = draw(seed, ["patient/body_weight"], keys)[0, :, 0]
        parameters["body_weight"] = body_weight(age, heavy, model.biology)
    return Patients(keys, parameters, age)


def _spread_between_patients(
    model: Model, values: Mapping[str, Any], keys: Keys, seed: int
) -> dict[str, Any]:
    """All parameters, those that differ between patients drawn: id -> number or Array [patient].

    Parameters
    ----------
    values : id -> number or Array [patient], around which they spread
    """
    rows, (spread, own) = model.tables.parameters, _spread_names(model)
    varying = tuple(spread)
    z = draw(seed, [f"patient/{name}" for name in varying], keys)[:, :, 0]
    parameters: dict[str, Any] = dict(values)
    for i, name in enumerate(varying):
        sd, other, share = spread[name]
        its = z[i]
        if other:
            its = share * z[varying.index(other)] + np.sqrt(1 - share**2) * its
        parameters[name] = np.asarray(values[name]) * np.exp(sd * its)
    drawn = draw(seed, [f"patient/{name}" for name in own], keys)[:, :, 0]
    for name, draws in zip(own, drawn, strict=True):
        parameters[name] = spread_at(rows[name], values[name], draws)
    return parameters


@cache
def _spread_names(
    model: Model,
) -> tuple[Mapping[str, tuple[float, str, float]], tuple[str, ...]]:
    """Which parameters differ between patients, and which are a patient's own.

    Of the former the sd of the logarithm, with which other it is correlated, and how far.
    """
    rows, spread = model.tables.parameters, {}
    for name in model.parameter_ids:
        if name in rows and (cv := rows[name].number("between_patient_cv", 0.0)) > 0:
            other, _, share = rows[name].text("correlated_with").partition(":")
            spread[name] = np.sqrt(np.log1p(cv**2)), other, float(share) if other else 0.0
    own = tuple(name for name, row in rows.items() if row.text("role") == "patient")
    return MappingProxyType(spread), own


def _uniform_of_covariates(
    people: Sequence[Population], keys: Keys, seed: int
) -> dict[str, np.ndarray]:
    """Where each patient stands in every covariate's distribution: id -> Array [patient], 0 to 1.

    The genotype of filaggrin (`flg`) is the last.
    """
    from scipy.special import ndtr

    names = [*dict.fromkeys(name for one in people for name in one.covariates), "flg"]
    normal = draw(seed, [f"covariate/{name}" for name in names], keys)[:, :, 0]
    return dict(zip(names, ndtr(normal), strict=True))


def _of(which: np.ndarray, values: Sequence[np.ndarray]) -> np.ndarray:
    """Each patient's value in his own population [patient]."""
    return values[0] if len(values) == 1 else np.choose(which, values)
