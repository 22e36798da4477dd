"""`Study`: what all patients of some replicates of a trial share, before any of them is drawn."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from gutskin.model.model import Model
from gutskin.population.draw import draw_conduct, draw_worlds
from gutskin.population.strains import place_parameters
from gutskin.population.streams import Keys
from gutskin.trials.design import TrialDesign
from gutskin.trials.endpoints import Endpoint, endpoints_of
from gutskin.trials.interventions import moved, traits_of, unknown_doses
from gutskin.trials.seasons import INPUT as SEASON
from gutskin.trials.sites import draw_sites, numbers_of_sites


@dataclass(frozen=True, eq=False)
class Before:
    """What is given in a run-in, drawn: traits by id, doses that nobody reported by number."""

    traits: Mapping[str, np.ndarray] = MappingProxyType({})
    doses: Mapping[int, np.ndarray] = MappingProxyType({})


@dataclass(frozen=True, eq=False)
class Study:
    """Replicates of a trial ready to be conducted: what their patients share.

    `worlds`, `conduct`, `traits` and `doses` (those that nobody reported, by the number of an arm's
    intervention) hold an Array [replicate] for each name, from replicate `first` on; `sites` holds
    an Array [replicate, site] of what each site has of its own. `before` are the traits and doses
    of a run-in. In the `other_life` of its patients their days from enrolment on are others; all
    else is the same.
    """

    design: TrialDesign
    model: Model
    seed: int
    stance: str
    endpoints: tuple[Endpoint, ...]
    worlds: Mapping[str, np.ndarray]
    conduct: Mapping[str, np.ndarray]
    traits: Mapping[str, Mapping[str, np.ndarray]]
    doses: Mapping[str, Mapping[int, np.ndarray]]
    first: int
    other_life: bool = False
    sites: Mapping[str, np.ndarray] = MappingProxyType({})
    before: Before = Before()

    @cached_property
    def varying(self) -> tuple[str, ...]:
        """The inputs that move in this study, by which the compiled functions are shared."""
        return (*moved(self.model), *(() if self.design.seasons is None else (SEASON,)))

    def numbers(self) -> dict[str, float]:
        """The values of conduct.tsv, the same in every trial."""
        return dict(self._numbers)

    @cached_property
    def _numbers(self) -> dict[str, float]:
        return {row.id: row.number("value") for row in self.model.tables.conduct.values()}

    def numbers_of(self, keys: Keys) -> dict[str, Any]:
        """The numbers of conduct.tsv in each patient's trial: id -> value or Array [patient]."""
        replicate = keys[:, 0].astype(int) - self.first
        of_trial = {name: own[replicate] for name, own in self.conduct.items()}
        of_site = numbers_of_sites(self.design, self.seed, keys, self.sites, self.first)
        return {**self.numbers(), **of_trial, **of_site}

    def centres(self, replicates: np.ndarray) -> dict[str, Any]:
        """What the patients of these replicates spread around: id -> value or Array [patient]."""
        values: dict[str, Any] = dict(self.model.values(self.stance))
        for name, drawn in self.worlds.items():
            values[name] = drawn[replicates - self.first]
        for name in place_parameters(self.model):  # arrays in every arm: one compiled function
            values[name] = np.full(len(replicates), values[name])
        return values


def prepare(
    design: TrialDesign,
    model: Model,
    replicates: int,
    seed: int,
    stance: str,
    first: int = 0,
    one_body: bool = False,
    own_seed: int | None = None,
) -> Study:
    """Draw the worlds of a study, from replicate `first` on, and give its strains their places.

    With `one_body` what nobody knows of bodies stays at its centre in all of them. `own_seed` is
    that of what is the trial's own: its people, its conduct, what is peculiar to it of a product;
    without it that of the worlds, so that two trials have people in common, as far as they ask for
    the same.
    """
    numbers = first + np.arange(replicates)
    own = seed if own_seed is None else own_seed
    worlds = draw_worlds(model, numbers, seed, stance)
    if one_body:
        centres = model.values(stance)  # a factor on a median, POPULATION:COVARIATE, is 1 there
        worlds = {name: np.full(replicates, float(centres.get(name, 1.0))) for name in worlds}
    traits = {
        arm.name: traits_of(model, design.taken(arm), numbers, seed, stance, own)
        for arm in design.arms
    }
    before = Before(
        traits_of(model, design.before, numbers, seed, stance, own),
        unknown_doses(design.before, numbers, own),
    )
    endpoints = endpoints_of(model, design.analysis.endpoints)
    conduct = draw_conduct(model, numbers, seed, own)
    doses = {arm.name: unknown_doses(arm.interventions, numbers, own) for arm in design.arms}
    sites = draw_sites(model, design, numbers, seed, conduct["site_share"], own)
    return Study(
        design,
        model,
        own,
        stance,
        endpoints,
        worlds,
        conduct,
        traits,
        doses,
        first,
        sites=sites,
        before=before,
    )
