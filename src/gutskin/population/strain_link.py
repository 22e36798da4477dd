"""What the model itself says a product does in a trial, along every axis on which strains speak.

The same people, each in a world of his own draw, are followed on nothing, on the product as it is
thought to be, and on the product saying more or less on one axis at a time, all as one batch and
without the noise of daily life. What comes out is a curve for each axis: the effect at that dose,
after that time, in people of that age. In newborns it is the logarithm of the risk ratio of eczema.
Curves are kept on disk: they hang on equations, people, dose and what is known of the strains.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.disk_cache import DiskCache, key_of
from gutskin.errors import InputError, Problem
from gutskin.population.calendar import MothersProduct
from gutskin.population.disease_activity import natural_course
from gutskin.population.draw import draw_patients, draw_worlds
from gutskin.population.mother import mothers_inputs
from gutskin.population.populations import DAYS_PER_YEAR, find_population
from gutskin.population.steady_state import run_to_steady_state
from gutskin.population.strain_hierarchy import Curve, Link
from gutskin.population.strain_places import Strain, equal_parts, in_places, places_for
from gutskin.population.strain_traits import Trait, axes_of, find_strain, trait_of
from gutskin.population.strains import CFU_PER_GCFU, prior_traits, prior_values
from gutskin.population.streams import name_number

if TYPE_CHECKING:
    from gutskin.engine import Hold
    from gutskin.model.model import Model

WORLDS, IN_A_WORLD, NEWBORNS = 24, 4, 384  # whose worlds differ; newborns, each in his own
CANDIDATES = 6  # drawn for each one wanted where a score decides
SEED = 1
MAIN, OTHER = (-4.0, -2.5, -1.2, 0.0, 1.2, 2.5, 4.0), (-2.5, 0.0, 2.5)  # points, in prior sd
WEEK, MONTH = 7.0, DAYS_PER_YEAR / 12
ECZEMA = "eczema"  # the endpoint of prevention: ever above its cut-off at two weekly readings
BORN = "birth_vaginal"
CACHE = "strain_links"
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Conditions:
    """Under which a product is tried.

    Parameters
    ----------
    strains : of the product
    cfu_per_day : of the whole product
    endpoint : scorad or easi, read after `weeks`; or eczema, counted up to `months`
    given_to : child, mother or both, of newborns
    scorad : range of the settled score of those who take part
    """

    strains: tuple[str, ...]
    viable: bool
    cfu_per_day: float
    population: str
    endpoint: str
    weeks: float = 0.0
    months: float = 0.0
    given_to: str = "child"
    age_years: tuple[float, float] | None = None
    scorad: tuple[float, float] | None = None

    @property
    def days(self) -> float:
        """How long they are followed."""
        return self.months * MONTH if self.endpoint == ECZEMA else self.weeks * WEEK


@dataclass(frozen=True, eq=False)
class People:
    """Who is followed.

    Parameters
    ----------
    start : Array [state, patient]
    world : Array [patient]
    lived : courses of what befalls newborns anyway; of the others none
    """

    parameters: Mapping[str, np.ndarray]
    start: np.ndarray
    world: np.ndarray
    lived: tuple[Any, ...] = ()

    def __len__(self) -> int:
        return len(self.world)


def link_of(model: Model, asked: Conditions, progress: Progress | None = None) -> Link:
    """What a product does under these conditions, by what its strains say; from disk if known.

    Raises
    ------
    InputError
        If too few of the population have the score that is asked for.
    """
    cache, key = DiskCache.of(CACHE), _key(model, asked)
    if (content := cache.read(key)) is not None:
        with suppress(ValueError, KeyError, TypeError):
            return _read(content)
    found = _computed(model, asked, progress)
    cache.write(key, json.dumps(_plain(found)).encode())
    return found


def _key(model: Model, asked: Conditions) -> str:
    """Everything that the curves hang on."""
    traits = prior_traits(model, _places(model, asked), "evidence")
    texts = [one.text for name in ("populations.toml", "conduct.tsv") for one in
             model.biology.texts(name)]  # fmt: skip
    code = sorted(Path(__file__).parent.glob("*.py"))
    return key_of([
        model.biology.equations_hash, repr(asked), repr(sorted(traits.items())), *texts,
        *(path.read_bytes() for path in code),
    ])  # fmt: skip


def _plain(link: Link) -> dict[str, Any]:
    curves = {axis: [one.points.tolist(), one.values.tolist()] for axis, one in link.curves.items()}
    return {**asdict(link), "weights": link.weights.tolist(), "curves": curves}


def _read(content: bytes) -> Link:
    found = json.loads(content)
    curves = {
        axis: Curve(np.array(points), np.array(values))
        for axis, (points, values) in found["curves"].items()
    }
    weights, centres = np.array(found["weights"]), dict(found["centres"])
    return Link(weights, curves, centres, float(found["spread"]))


def _places(model: Model, asked: Conditions) -> dict[Strain, int]:
    return places_for([(strain, asked.viable) for strain in asked.strains], model.tables)


def _computed(model: Model, asked: Conditions, progress: Progress | None) -> Link:
    people = _newborns(model, asked) if asked.endpoint == ECZEMA else settled_people(model, asked)
    axes = axes_of(model.biology)
    priors = {
        axis.id: [trait_of(model.tables, find_strain(one, model.biology), axis)
                  for one in asked.strains]
        for axis in axes
    }  # fmt: skip
    centres = {name: float(np.mean([one.value for one in some])) for name, some in priors.items()}
    main = "imprint" if asked.endpoint == ECZEMA else axes[0].id
    points = {
        axis.id: centres[axis.id]
        + max(one.sd for one in priors[axis.id]) * np.array(MAIN if axis.id == main else OTHER)
        for axis in axes
    }
    settings: list[Mapping[str, Sequence[float]]] = []
    count = len(asked.strains)
    for name, some in points.items():
        settings += [{**_same(centres, count), name: [float(x)] * count} for x in some]
    step = max(one.sd for one in priors[main])
    if count > 1:
        for member in range(count):
            said = [centres[main] + step * (member == other) for other in range(count)]
            settings.append({**_same(centres, count), main: said})
    effects, spread = _effects(model, asked, people, axes, settings, main, progress)
    curves, at = {}, 0
    for name, some in points.items():
        curves[name] = Curve(np.asarray(some), effects[at : at + len(some)])
        at += len(some)
    gains = effects[at:] - float(curves[main].at(centres[main]))
    parts = np.maximum(gains * gains.sum(), 0.0)  # of those who work the way of the whole
    weights = parts / parts.sum() if parts.any() else np.full(count, 1 / count)
    return Link(weights, {main: curves[main], **curves}, centres, spread)


def _same(centres: Mapping[str, float], count: int) -> dict[str, Sequence[float]]:
    """Every strain says what is thought of the middle one."""
    return {name: [value] * count for name, value in centres.items()}


def _drawn(model: Model, asked: Conditions, worlds: int, each: int) -> tuple[np.ndarray, Any]:
    """People, each in his world: number of the world, and their parameters."""
    keys = np.zeros((worlds * each, 3), np.uint32)
    keys[:, 0], keys[:, 2] = np.divmod(np.arange(len(keys)), each)
    keys[:, 1] = name_number("strain")
    world = keys[:, 0].astype(int)
    centres: dict[str, Any] = dict(model.values("evidence"))
    drawn = draw_worlds(model, np.arange(worlds), SEED, "evidence")
    centres |= {name: values[world] for name, values in drawn.items()}
    patients = draw_patients(
        model, find_population(asked.population, model.biology), keys, SEED,
        centres=centres, age_years=asked.age_years,
    )  # fmt: skip
    traits = prior_traits(model, _places(model, asked), "evidence")
    parameters = {**patients.parameters, **traits}
    return keys, {
        name: np.broadcast_to(np.asarray(value, float), len(keys))
        for name, value in parameters.items()
    }


def settled_people(model: Model, asked: Conditions, worlds: int = WORLDS) -> People:
    """People at rest, with the score that is asked for, some in each of the first worlds.

    Raises
    ------
    InputError
        If too few of the population have it.
    """
    each = IN_A_WORLD * (CANDIDATES if asked.scorad else 1)
    keys, parameters = _drawn(model, asked, worlds, each)
    courses = run_to_steady_state(
        model, parameters, len(keys), rtol=1e-2, precision="single", varying=model.input_ids
    )
    world = keys[:, 0].astype(int)
    which = np.arange(len(keys))
    if asked.scorad is not None:
        score = courses.quantities(("scorad",))[-1, 0]
        fits = (score >= asked.scorad[0]) & (score <= asked.scorad[1])
        some = [np.flatnonzero(fits & (world == one))[:IN_A_WORLD] for one in range(worlds)]
        which = np.concatenate(some)
        if len(which) < worlds:
            low, high = asked.scorad
            what = f"hardly anybody of {asked.population} has a settled SCORAD of {low:g} to "
            fix = "Widen `scorad`, or leave it out."
            raise InputError(Problem(f"{what}{high:g}.", None, None, fix))
    own = {name: value[which] for name, value in parameters.items()}
    return People(own, courses.states[-1][:, which], world[which])


def _newborns(model: Model, asked: Conditions) -> People:
    """Newborns, each in a world of his own, and what befalls them anyway."""
    return newborns(model, asked, NEWBORNS, 1)


def newborns(model: Model, asked: Conditions, worlds: int, each: int) -> People:
    """Newborns, so many in each of the first worlds, and what befalls them anyway."""
    keys, parameters = _drawn(model, asked, worlds, each)
    parameters = {**parameters, "age_at_start": np.zeros(len(keys))}
    numbers = {row.id: row.number("value") for row in model.tables.conduct.values()}
    lived = natural_course(numbers, keys, SEED, 0.0, 0.0, asked.days + 1)
    start = np.repeat(model.initial(BORN)[:, None], len(keys), axis=1)
    return People(parameters, start, keys[:, 0].astype(int), lived)


def _effects(
    model: Model,
    asked: Conditions,
    people: People,
    axes: Sequence[Trait],
    settings: Sequence[Mapping[str, Sequence[float]]],
    main: str,
    progress: Progress | None,
) -> tuple[np.ndarray, float]:
    """The effect in each setting of what the strains say, and its spread over worlds.

    Returns
    -------
    Array [setting]; sd over worlds of the effect of the middle, as a share of its mean
    """
    off = _followed(model, asked, people, {}, 0.0)
    places, found = _places(model, asked), []
    priors = prior_values(model, places, "evidence")
    for number, said in enumerate(settings):
        values = {
            (strain, asked.viable): {**priors[strain, asked.viable]}
            | {axis.parameter: said[axis.id][member] for axis in axes if axis.parameter}
            for member, strain in enumerate(asked.strains)
        }
        own = {
            name: np.full(len(people), value)
            for name, value in in_places(places, values, model.tables).items()
        }
        found.append(_followed(model, asked, people, own, asked.cfu_per_day / CFU_PER_GCFU))
        if progress is not None:
            progress(number + 1, len(settings))
    if asked.endpoint == ECZEMA:
        return np.array([_log_ratio(one, off) for one in found]), 0.0
    gains = np.stack(found) - off  # [setting, patient]
    strongest = gains[np.argmax(np.abs(gains.mean(axis=1)))]
    return gains.mean(axis=1), _between(strongest, people.world)


def _log_ratio(on: np.ndarray, off: np.ndarray) -> float:
    """Logarithm of the ratio of two risks; half a case is added to each."""
    return float(np.log((on.sum() + 0.5) / (off.sum() + 0.5)))


def _between(gain: np.ndarray, world: np.ndarray) -> float:
    """Spread over worlds, without that between the patients of a world, as a share of the mean."""
    groups = [gain[world == one] for one in np.unique(world)]
    groups = [one for one in groups if len(one) > 1]
    if len(groups) < 2 or abs(gain.mean()) < 1e-6:
        return 0.0
    means = np.array([one.mean() for one in groups])
    luck = np.mean([one.var(ddof=1) / len(one) for one in groups])
    return float(np.sqrt(max(means.var(ddof=1) - luck, 0.0)) / abs(gain.mean()))


def _followed(
    model: Model, asked: Conditions, people: People, own: Mapping[str, np.ndarray], gcfu: float
) -> np.ndarray:
    """What is read from each patient: the score at the end, or whether he has had eczema."""
    from gutskin.engine import Schedule, simulate

    if not people.lived:
        return scores(model, asked, people, own, gcfu, (asked.days,))[-1]
    places, count = _places(model, asked), len(people)
    parameters = {**people.parameters, **own}
    if asked.given_to != "child":
        strains = tuple(places)
        product = MothersProduct(0, strains, gcfu, np.inf, 0.0, asked.days)
        parameters |= {
            name: np.broadcast_to(value, count)
            for name, value in mothers_inputs(product, places, parameters).items()
        }
    child = gcfu if asked.given_to != "mother" else 0.0
    times = np.arange(0.0, asked.days + 0.5, WEEK)
    given = Schedule(_doses(places, child, asked.days, count), (), people.lived)
    courses = simulate(
        model, parameters, people.start, given, times,
        rtol=1e-2, precision="single", varying=model.input_ids,
    )  # fmt: skip
    row = model.tables.endpoints[ECZEMA]
    above = courses.quantities((row.text("quantity"),))[:, 0] > row.number("cutoff")
    return (above[1:] & above[:-1]).any(axis=0).astype(float)


def scores(
    model: Model,
    asked: Conditions,
    people: People,
    own: Mapping[str, np.ndarray],
    gcfu: float,
    days: Sequence[float],
) -> np.ndarray:
    """The endpoint of people who take the product from day 0 on [day, patient].

    Parameters
    ----------
    own : what the strains are like, parameter -> Array [patient]; else as the tables say
    gcfu : dose of the whole product (GCFU/d)
    """
    from gutskin.engine import Schedule, simulate

    given = Schedule(_doses(_places(model, asked), gcfu, max(days), len(people)))
    courses = simulate(
        model, {**people.parameters, **own}, people.start, given, [0.0, *days],
        rtol=1e-3, precision="single", varying=model.input_ids,
    )  # fmt: skip
    return courses.quantities((asked.endpoint,))[1:, 0]


def _doses(
    places: Mapping[tuple[str, bool], int], gcfu: float, days: float, count: int
) -> tuple[Hold, ...]:
    from gutskin.engine import Hold

    return tuple(
        Hold(f"dose_strain_{place}", 0.0, days, np.full(count, part))
        for place, part in equal_parts(places, gcfu).items()
    )
