"""What follows from a strain or a mixture in newborns: eczema and food sensitisation by one year.

Newborns of families with atopy are followed from birth, some in each world with strains and a body
of its own draw, on nothing and on the product: taken by the mother before birth, while she nurses
too, by the child from birth or later, or by both. A breast-fed child meets the mother's product
through milk. The risk ratio compares the same children. A child's risk is the chance that whoever
sees him near the cut-off calls it eczema, or a positive prick, given the error of that (`noise` of
endpoints.tsv, which for eczema grows with the root of the score):

    risk = Phi((worst two weekly EASI in a row - cut-off) / error)

What is spread between worlds is told without the luck of the few children of each: with risks a on
the product and b without it, the logarithm of the ratio of their means has about the variance of
a / mean(a) - b / mean(b) over the number of children.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.model.strain_knowledge import knowledge
from gutskin.population.calendar import MothersProduct
from gutskin.population.mother import mothers_holds
from gutskin.population.populations import find_population
from gutskin.population.strain_link import ECZEMA, MONTH, WEEK, Conditions, People, newborns
from gutskin.population.strain_places import Places, equal_parts, places_for, sharers_of
from gutskin.population.strain_posterior import central_traits, strain_traits
from gutskin.population.strain_traits import axes_of
from gutskin.population.strains import CFU_PER_GCFU
from gutskin.trials.certainty import interval
from gutskin.trials.endpoints import error_sd

if TYPE_CHECKING:
    from gutskin.model.model import Model
    from gutskin.model.rows import Row

WORLDS, CHILDREN = 48, 32  # an interval needs 39 worlds
MONTHS = 12.0
FOOD = "food_sensitisation"  # of endpoints.tsv
POPULATION = "newborn_high_risk"
BEFORE = 42.0  # days before birth from which a mother takes it
NURSING, LATE = 6 * MONTH, 3 * MONTH  # how long she goes on, and when a child begins late


@dataclass(frozen=True)
class Regimen:
    """Who takes the product and when, in days from birth; nothing where it is not taken.

    Parameters
    ----------
    says : in words
    given_to : mother, child or both
    cfu_per_day : to each who takes it
    nursing : until when a nursing mother takes it; 0 if before birth alone
    child_from : from when the child takes it
    """

    says: str
    given_to: str
    cfu_per_day: float
    nursing: float = 0.0
    child_from: float | None = None


MOTHER, CHILD, BOTH = "mother", "child", "both"
DOSE = 4e9
REGIMENS = (
    Regimen("mother, 6 weeks before birth", MOTHER, DOSE),
    Regimen("mother, before birth and 6 months of nursing", MOTHER, DOSE, NURSING),
    Regimen("child from birth", CHILD, DOSE, child_from=0.0),
    Regimen("child from 3 months", CHILD, DOSE, child_from=LATE),
    Regimen("both from before birth", BOTH, DOSE, NURSING, 0.0),
    Regimen("both, a quarter of the dose", BOTH, DOSE / 4, NURSING, 0.0),
    Regimen("both, ten times the dose", BOTH, DOSE * 10, NURSING, 0.0),
)
MIDDLE = REGIMENS[4]  # in which axes are weighed
STEPS = len(REGIMENS) + 2  # of progress


@dataclass(frozen=True)
class Ratio:
    """A risk ratio: over all worlds, where 95% of them lie, the share in which it harms."""

    mean: float
    ci95_low: float | None
    ci95_high: float | None
    harm: float


@dataclass(frozen=True)
class Prevented:
    """What the product does to the first year of newborns at risk, over worlds.

    Parameters
    ----------
    who : the population in words
    says, given_to, cfu_per_day, child_from_months : as of a `Regimen`
    eczema, food : risk ratios of eczema by 12 months and of food sensitisation at 12 months
    """

    population: str
    who: str
    says: str
    given_to: str
    cfu_per_day: float
    child_from_months: float | None
    months: float
    eczema: Ratio
    food: Ratio


@dataclass(frozen=True)
class Carrier:
    """What an axis carries of the prevention at its centre, both taking it.

    Parameters
    ----------
    ratio_without : risk ratio of eczema with the axis silent
    doubt : share of the variance between worlds that not knowing the axis makes; nothing where
        worlds do not differ
    """

    id: str
    label: str
    ratio_without: float
    doubt: float | None
    measured: str


@dataclass(frozen=True)
class Prevention:
    """All that follows in newborns.

    Parameters
    ----------
    risk_without : of eczema by 12 months, on nothing
    at_centre : risk ratio of eczema with strains at their centre, both taking it
    carriers : the axes that carry it, the strongest first
    from_strains : share of the variance between worlds that the strains make, the rest the body
    """

    risk_without: float
    regimens: tuple[Prevented, ...]
    at_centre: float
    carriers: tuple[Carrier, ...]
    from_strains: float | None


def prevention_of(
    model: Model,
    strains: Sequence[str],
    stance: str,
    seed: int,
    step: Callable[[], None] = lambda: None,
) -> Prevention:
    """What strains that are taken as one product in equal parts do from birth on.

    Parameters
    ----------
    step : called after each of `STEPS`
    """
    places = places_for([(one, True) for one in strains], model.tables)
    asked = Conditions(tuple(strains), True, DOSE, POPULATION, ECZEMA, months=MONTHS)
    people = newborns(model, asked, WORLDS, CHILDREN)
    drawn = strain_traits(model, places, [strains], np.arange(WORLDS), seed, stance)
    own = {name: values[people.world] for name, values in drawn.items()}
    who = find_population(POPULATION, model.biology).label
    off = followed(model, people, places, own, None)
    step()
    found, spread = [], 0.0
    for one in REGIMENS:
        on = followed(model, people, places, own, one)
        eczema, food = (ratio_of(a, b, people.world) for a, b in zip(on, off, strict=True))
        if one is MIDDLE:
            spread = between_worlds(on[0], off[0], people.world)
        late = None if one.child_from is None else one.child_from / MONTH
        found.append(
            Prevented(
                POPULATION, who, one.says, one.given_to, one.cfu_per_day, late, MONTHS, eczema, food
            )
        )
        step()
    centre = central_traits(model, places, stance)
    same = {name: np.full(len(people), value) for name, value in centre.items()}
    on = followed(model, people, places, same, MIDDLE)
    body = between_worlds(on[0], off[0], people.world)
    share = None if spread <= 0 else float(np.clip(1 - body / spread, 0.0, 1.0))
    at_centre, carriers = _carriers(model, people, places, same, off[0], on[0], share)
    step()
    return Prevention(float(off[0].mean()), tuple(found), at_centre, carriers, share)


def followed(
    model: Model,
    people: People,
    places: Places,
    own: Mapping[str, np.ndarray],
    regimen: Regimen | None,
) -> np.ndarray:
    """Risk of eczema by 12 months and of a positive prick to food at 12 months [2, child]."""
    from gutskin.engine import Schedule, simulate

    parameters = {**people.parameters, **own}
    given = Schedule(holds_of(regimen, places, parameters, len(people)), (), people.lived)
    times = np.arange(0.0, MONTHS * MONTH + 0.5, WEEK)
    courses = simulate(
        model, parameters, people.start, given, times,
        rtol=1e-2, precision="single", varying=model.input_ids,
    )  # fmt: skip
    rows = [model.tables.endpoints[name] for name in (ECZEMA, FOOD)]
    easi, wheal = np.moveaxis(courses.quantities(tuple(row.text("quantity") for row in rows)), 1, 0)
    worst = np.minimum(easi[1:], easi[:-1]).max(axis=0), wheal[-1]
    return np.stack([_chance(one, row) for one, row in zip(worst, rows, strict=True)])


def _chance(true: np.ndarray, row: Row) -> np.ndarray:
    """That a record of a value reaches the cut-off of its endpoint [child]."""
    from scipy.special import ndtr

    at = row.number("noise_at") if row.text("noise_at") else None
    error = np.maximum(error_sd(true, row.number("noise"), at), 1e-9)  # a score of 0 has none
    return ndtr((true - row.number("cutoff")) / error)


def holds_of(
    regimen: Regimen | None, places: Places, parameters: Mapping[str, Any], count: int
) -> tuple[Any, ...]:
    """The doses of a regimen as holds, the mother's and the child's."""
    from gutskin.engine import Hold

    if regimen is None:
        return ()
    last, gcfu = MONTHS * MONTH + 1, regimen.cfu_per_day / CFU_PER_GCFU
    holds: list[Any] = []
    if regimen.given_to != CHILD:
        hers = MothersProduct(0, tuple(places), gcfu, BEFORE, 0.0, regimen.nursing)
        holds += mothers_holds([hers], places, parameters, last)
    if regimen.child_from is not None:
        holds += [
            Hold(f"dose_strain_{place}", regimen.child_from, last, np.full(count, part))
            for place, part in equal_parts(places, gcfu).items()
        ]
    return tuple(holds)


def _logs(on: np.ndarray, off: np.ndarray, world: np.ndarray) -> tuple[np.ndarray, float]:
    """The logarithm of the risk ratio of each world, and the mean variance of its luck."""
    count = np.bincount(world)
    a, b = (_sums(one, world) / count for one in (on, off))
    apart = on / a[world] - off / b[world]
    about = np.bincount(world, apart) / count
    luck = np.bincount(world, (apart - about[world]) ** 2) / np.maximum(count - 1, 1) / count
    return np.log(a / b), float(luck.mean())


def _sums(risk: np.ndarray, world: np.ndarray) -> np.ndarray:
    """Cases to be expected in each world; half a case is added."""
    return np.bincount(world, risk) + 0.5


def between_worlds(on: np.ndarray, off: np.ndarray, world: np.ndarray) -> float:
    """Variance of the logarithm of the risk ratio between worlds, without luck."""
    logs, luck = _logs(on, off, world)
    return float(max(logs.var(ddof=1) - luck, 0.0))


def ratio_of(on: np.ndarray, off: np.ndarray, world: np.ndarray) -> Ratio:
    """The risk ratio of children who are followed twice, over worlds.

    Parameters
    ----------
    on, off : Array [child], risk on the product and without it
    world : Array [child], number of the world of each
    """
    logs, luck = _logs(on, off, world)
    total = logs.var(ddof=1)
    shrink = np.sqrt(max(total - luck, 0.0) / total) if total > 0 else 0.0
    true = logs.mean() + shrink * (logs - logs.mean())
    low, high = interval(true)
    sure = bool(np.isfinite([low, high]).all())
    ends = (float(np.exp(low)), float(np.exp(high))) if sure else (None, None)
    return Ratio(float((on.sum() + 0.5) / (off.sum() + 0.5)), *ends, float((true > 0).mean()))


def _carriers(
    model: Model,
    people: People,
    places: Places,
    centre: Mapping[str, np.ndarray],
    off: np.ndarray,
    on: np.ndarray,
    from_strains: float | None,
) -> tuple[float, tuple[Carrier, ...]]:
    """The risk ratio at the centre; with each axis silent, and with it one deviation further."""

    def ratio(own: Mapping[str, np.ndarray]) -> float:
        risk = followed(model, people, places, {**centre, **own}, MIDDLE)[0]
        return float((risk.sum() + 0.5) / (off.sum() + 0.5))

    whole = float((on.sum() + 0.5) / (off.sum() + 0.5))
    found, moved = [], {}
    for axis in axes_of(model.biology):
        names = {f"{axis.parameter}_{place}": group for place, group in sharers_of(places).items()}
        silent = ratio({name: np.zeros(len(people)) for name in names})
        sds = {
            name: np.mean([knowledge(model.tables, one, axis.id).numbers[1] for one, _ in group])
            for name, group in names.items()
        }
        further = ratio({name: centre[name] + sd for name, sd in sds.items()})
        moved[axis.id] = np.log(further / whole) ** 2
        found.append((axis, silent))
    total = sum(moved.values()) or 1.0
    carriers = [
        Carrier(
            axis.id, axis.label, silent,
            None if from_strains is None else from_strains * float(moved[axis.id] / total),
            axis.measured,
        )
        for axis, silent in found
    ]  # fmt: skip
    carriers.sort(key=lambda one: -abs(np.log(one.ratio_without / whole)))
    return whole, tuple(carriers)
