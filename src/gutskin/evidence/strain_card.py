"""The card of a strain or a mixture: what is known, from where, what follows, what to measure.

What follows is a small simulation: the same people on nothing and on the product at several doses,
read after several times, each world with strains and a body of its own draw. What would be worth
measuring is asked in the middle: each trait is moved by one standard deviation, people staying the
same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.model.compiled import load_model
from gutskin.model.overlay import biology_of
from gutskin.model.rows import Row
from gutskin.model.strain_knowledge import AXIS, MEASURED, knowledge
from gutskin.population.draw import WIDTH
from gutskin.population.own_strains import biology_with_file
from gutskin.population.populations import find_population
from gutskin.population.strain_hierarchy import LEVELS, Posterior, Voice
from gutskin.population.strain_link import Conditions, People, scores, settled_people
from gutskin.population.strain_posterior import (
    central_traits,
    posterior_for,
    strain_traits,
    tried_in,
    voice_of,
)
from gutskin.population.strain_traits import TraitValue, find_strain, strain_traits_of, trait_of
from gutskin.population.strains import (
    CFU_PER_GCFU,
    central_shares,
    places_for,
    product_name,
    streams_of,
)
from gutskin.trials.certainty import interval

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.model.model import Model

WORLDS = 96  # an interval needs 39
DOSES = (1e9, 4e9, 1e10, 4e10)  # CFU a day at which the product is tried
WEEKS = (4.0, 8.0, 12.0, 24.0)
PEOPLE = (("ad_child", (1.0, 3.0)), ("ad_child", (3.0, 13.0)), ("ad_adult", (18.0, 55.0)))
MIDDLE = (1, 1, 2)  # children over 3 years, 4e9 CFU a day, 12 weeks: where traits are weighed
WEEK = 7.0
UNTOUCHED = 0.02  # of its sd: an axis that own trials move by less is told as it was
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class KnownTrait:
    """A trait of a strain.

    Parameters
    ----------
    before : from the tables or the file; the same as `now` but for what own trials moved
    now : given its trials
    level : where it is known: measured on the strain, of its species, genus, class, or a prior
    evidence : ids of the rows of evidence behind it
    """

    id: str
    label: str
    unit: str
    before: TraitValue
    now: TraitValue
    level: str
    evidence: tuple[str, ...]
    note: str
    acts: str
    measured: str
    is_axis: bool
    is_flag: bool


@dataclass(frozen=True)
class OwnResult:
    """A trial that bears on a strain: what it reports, and what the model expected of it.

    Parameters
    ----------
    estimate, se : as reported; of a risk ratio its logarithm
    expected : before the trial
    counts : whether it updates the strain, or stands in its traits already
    """

    id: str
    what: str
    estimate: float
    se: float
    expected: float | None
    counts: bool
    evidence: tuple[str, ...]
    note: str


@dataclass(frozen=True)
class Member:
    """One strain of the product."""

    id: str
    label: str
    species: str
    genus_class: str
    note: str
    traits: tuple[KnownTrait, ...]
    trials: tuple[OwnResult, ...]


@dataclass(frozen=True)
class Effect:
    """The change of SCORAD that the product makes, over worlds (points).

    Parameters
    ----------
    who : the population in words
    harm : share of worlds in which it does harm
    """

    population: str
    who: str
    age_years: tuple[float, float]
    cfu_per_day: float
    weeks: float
    mean: float
    ci95_low: float | None
    ci95_high: float | None
    harm: float


@dataclass(frozen=True)
class Doubt:
    """What carries the uncertainty of the effect in the middle.

    Parameters
    ----------
    share : of the variance of the effect
    """

    id: str
    label: str
    share: float
    measured: str


@dataclass(frozen=True, repr=False)
class StrainCard:
    """All that is known of a strain or a mixture.

    Parameters
    ----------
    effects : of every people, dose and time; empty if nothing was simulated
    doubts : the largest first; shares sum to 1
    levels : level -> share of what the strains leave open

    Examples
    --------
    >>> from gutskin.model.compiled import load_model
    >>> card = make_card(load_model(), ["lgg"], simulated=False)
    >>> card["imprint"].level
    'measured'
    """

    members: tuple[Member, ...]
    stance: str
    effects: tuple[Effect, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    levels: Mapping[str, float] | None = None

    @property
    def title(self) -> str:
        """What a reader sees above it."""
        return " + ".join(one.label for one in self.members)

    def __getitem__(self, trait: str) -> KnownTrait:
        """A trait of the first strain, by its id."""
        return next(one for one in self.members[0].traits if one.id == trait)

    def __repr__(self) -> str:
        """What it is a card of, and how much of it is known of the strain itself."""
        of_it = [one.id for m in self.members for one in m.traits if one.level == MEASURED]
        return f"StrainCard of {self.title}; known of it: {', '.join(of_it) or 'nothing'}"

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


def load_strain(
    *names: str,
    file: str | PathLike[str] | None = None,
    simulated: bool = False,
    stance: str = "evidence",
    seed: int = 1,
    biology: Biology | str | PathLike[str] | None = None,
) -> StrainCard:
    """What is known of a strain, or of several as one product in equal parts.

    Parameters
    ----------
    names : ids or short codes
    file : a trial, patient or experiment file with strains of its own
    simulated : also what follows for dose, time and age, and what would be worth measuring
    biology : a folder of own texts and tables on top of the shipped ones, see `biology_of`

    Raises
    ------
    InputError
        For names that no strain has, or with all that is wrong with the strains of the file.

    Examples
    --------
    >>> card = load_strain("LGG")
    >>> card.title, card["survival"].level, card["regulation"].level
    ('GG (ATCC 53103)', 'class', 'measured')
    """
    own = biology_of(biology)
    if file is not None:
        own = biology_with_file(own, Path(file))
    ids = [find_strain(name, own).id for name in names]
    return make_card(load_model(own), ids, stance, seed, simulated=simulated)


def make_card(
    model: Model,
    strains: Sequence[str],
    stance: str = "evidence",
    seed: int = 1,
    *,
    simulated: bool = True,
    progress: Progress | None = None,
) -> StrainCard:
    """The card of a strain, or of several as one product in equal parts.

    Parameters
    ----------
    strains : ids of strains.tsv
    simulated : whether to say what follows, which takes a while
    """
    posterior = posterior_for(model, progress)
    product = product_name(strains)
    members = tuple(_member(model, one, product, posterior) for one in strains)
    if not simulated:
        return StrainCard(members, stance)
    steps = len(PEOPLE) * len(DOSES) + 1
    effects = _effects(model, strains, stance, seed, progress, steps)
    doubts, levels = _doubts(model, strains, members, stance, product, posterior)
    if progress is not None:
        progress(steps, steps)
    return StrainCard(members, stance, effects, doubts, levels)


def _member(model: Model, strain: str, product: str, posterior: Posterior | None) -> Member:
    row = model.tables.strains[strain]
    traits = strain_traits_of(model.biology)
    known = []
    for name, trait in traits.items():
        before, found = trait_of(model.tables, row, trait), knowledge(model.tables, strain, name)
        now = before
        if posterior is not None and trait.is_axis:
            now = _given_trials(posterior, voice_of(model, strain, name, product), before)
        known.append(
            KnownTrait(
                name, trait.label, trait.domain.unit, before, now, found.level,
                found.row.items("evidence"), found.row.text("note"), trait.acts, trait.measured,
                trait.is_axis, trait.scale == "flag",
            )
        )  # fmt: skip
    rows = model.biology.table("strain_trials.tsv").values()
    its = [one for one in rows if strain in (one.text("strain"), *one.items("with"))]
    results = tuple(_result(model, one) for one in its)
    return Member(
        strain, row.text("strain") or strain, row.text("species"), row.text("genus_class"),
        row.text("note"), tuple(known), results,
    )  # fmt: skip


def _given_trials(posterior: Posterior, voice: Voice, before: TraitValue) -> TraitValue:
    mean, covariance = posterior.moments([voice])
    centre, sd = float(mean[0]), float(np.sqrt(covariance[0, 0]))
    if abs(centre - before.value) < UNTOUCHED * before.sd and sd > (1 - UNTOUCHED) * before.sd:
        return before  # the trial bears on it by nothing that shows
    return TraitValue(centre, centre - sd * WIDTH / 2, centre + sd * WIDTH / 2, before.source)


def _result(model: Model, row: Row) -> OwnResult:
    counts = row.text("updates") == "yes"
    expected = None
    if counts:  # its curves are there already
        one = tried_in(model, row)
        said = {axis: np.array([v.mean for v in some]) for axis, some in one.voices.items()}
        expected = one.link.effect(said)
    treatment = row.text("endpoint") != "eczema"
    when = f"{row.text('weeks')} weeks" if treatment else f"{row.text('months')} months"
    what = f"{row.text('endpoint')}, {when}, {row.number('cfu_per_day'):.2g} CFU a day, "
    what += row.text("population").replace("_", " ")
    what += f", given to {row.text('given_to')}" if row.text("given_to") else ""
    return OwnResult(
        row.id, what, row.number("estimate"), row.number("se"), expected, counts,
        row.items("evidence"), row.text("note"),
    )  # fmt: skip


def asked_of(strains: Sequence[str], who: int) -> Conditions:
    """Under which a product is tried on one of the groups of `PEOPLE`."""
    population, ages = PEOPLE[who]
    return Conditions(
        tuple(strains), True, DOSES[MIDDLE[1]], population, "scorad", WEEKS[-1], age_years=ages
    )


def _effects(
    model: Model,
    strains: Sequence[str],
    stance: str,
    seed: int,
    progress: Progress | None,
    steps: int,
) -> tuple[Effect, ...]:
    """What the product does to SCORAD, by people, dose and time."""
    places = places_for((one, True) for one in strains)
    traits = strain_traits(model, places, [strains], np.arange(WORLDS), seed, stance)
    days = [week * WEEK for week in WEEKS]
    found = []
    for who, (population, ages) in enumerate(PEOPLE):
        asked = asked_of(strains, who)
        people = settled_people(model, asked, WORLDS)
        label = find_population(population, model.biology).label
        own = {name: values[people.world] for name, values in traits.items()}
        off = scores(model, asked, people, own, 0.0, days)
        for number, dose in enumerate(DOSES):
            gain = scores(model, asked, people, own, dose / CFU_PER_GCFU, days) - off
            for week, each in zip(WEEKS, gain, strict=True):
                by_world = np.bincount(people.world, each) / np.bincount(people.world)
                low, high = interval(by_world)
                sure = bool(np.isfinite([low, high]).all())
                harm = float((by_world > 0).mean())
                found.append(
                    Effect(
                        population, label, ages, dose, week, float(by_world.mean()),
                        float(low) if sure else None, float(high) if sure else None, harm,
                    )
                )  # fmt: skip
            if progress is not None:
                progress(who * len(DOSES) + number + 1, steps)
    return tuple(found)


def _doubts(
    model: Model,
    strains: Sequence[str],
    members: Sequence[Member],
    stance: str,
    product: str,
    posterior: Posterior | None,
) -> tuple[tuple[Doubt, ...], dict[str, float]]:
    """Which trait, and which level, carries the uncertainty of the effect in the middle."""
    who, dose, week = MIDDLE
    asked = asked_of(strains, who)
    people = settled_people(model, asked)
    places = places_for((one, True) for one in strains)
    centre = central_traits(model, places, stance)
    traits = strain_traits_of(model.biology)

    def mean(own: Mapping[str, float], gcfu: float) -> np.ndarray:
        full = {name: np.full(len(people), value) for name, value in own.items()}
        return scores(model, asked, people, full, gcfu, (WEEKS[week] * WEEK,))[0]

    gcfu = DOSES[dose] / CFU_PER_GCFU
    off = mean(centre, 0.0)
    parts: dict[str, float] = {}
    of_level = dict.fromkeys(LEVELS, 0.0)
    for name, trait in traits.items():
        if not trait.parameter or trait.scale in ("fixed", "flag"):
            continue
        slopes = []
        for (strain, _), place in places.items():
            key = f"{trait.parameter}_{place}"
            known = next(t for m in members if m.id == strain for t in m.traits if t.id == name)
            ends = [_moved_by(trait, known.now, sign) for sign in (-1.0, 1.0)]
            low, high = (mean({**centre, key: end}, gcfu).mean() for end in ends)
            narrowed = known.before.sd / known.now.sd if trait.is_axis else 1.0
            slopes.append((high - low) / 2 * narrowed)
        by_level = _variance(model, strains, name, np.array(slopes), product, posterior)
        parts[name] = sum(by_level.values())
        for level, part in by_level.items():
            of_level[level] += part
    body = _of_the_body(mean(centre, gcfu) - off, people)
    total = sum(parts.values()) + body
    doubts = [
        Doubt(name, traits[name].label, part / total, traits[name].measured)
        for name, part in parts.items()
    ]
    doubts.append(
        Doubt("body", "what is not known of the body", body / total, "the response of people")
    )
    doubts.sort(key=lambda one: -one.share)
    whole = sum(of_level.values()) or 1.0
    return tuple(doubts), {level: part / whole for level, part in of_level.items()}


def _moved_by(trait: Any, now: TraitValue, sign: float) -> float:
    """A trait one standard deviation away, on the scale on which it is spread."""
    if trait.scale == AXIS:
        return now.value + sign * now.sd
    middle = trait.transformed(now.value)
    end = trait.transformed(now.high if sign > 0 else now.low)
    return trait.back(middle + (end - middle) / 1.96)


def _variance(
    model: Model,
    strains: Sequence[str],
    name: str,
    slopes: np.ndarray,
    product: str,
    posterior: Posterior | None,
) -> dict[str, float]:
    """Variance of the effect by one trait of all strains, by level.

    Parameters
    ----------
    slopes : Array [strain], effect of one prior standard deviation of it
    """
    if model.tables.strain_traits[name].text("varies") != "levels":
        return {"strain": float(slopes @ slopes)}
    shares = central_shares(model)
    load: dict[str, float] = {}
    level_of: dict[str, str] = {}
    for strain, slope in zip(strains, slopes, strict=True):
        for level, stream in streams_of(model, strain, product, name).items():
            load[stream] = load.get(stream, 0.0) + float(slope) * np.sqrt(shares[level])
            level_of[stream] = level
    left = {stream: part**2 for stream, part in load.items()}
    if posterior is not None:
        left = posterior.left(load)
    parts = dict.fromkeys(LEVELS, 0.0)
    for stream, part in left.items():
        parts[level_of[stream]] += part
    return parts


def _of_the_body(gain: np.ndarray, people: People) -> float:
    """Variance between worlds of the effect of the strains at their centre."""
    groups = [gain[people.world == one] for one in np.unique(people.world)]
    means = np.array([one.mean() for one in groups])
    luck = np.mean([one.var(ddof=1) / len(one) for one in groups if len(one) > 1])
    return float(max(means.var(ddof=1) - luck, 0.0))


__all__ = [
    "MEASURED", "Doubt", "Effect", "KnownTrait", "Member", "StrainCard", "asked_of", "load_strain",
    "make_card",
]  # fmt: skip
