"""What would be worth measuring of a strain or a mixture, and at which level its doubt lies.

Asked in the middle: each trait is moved by one standard deviation, people staying the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.evidence.strain_effects import DOSES, MIDDLE, WEEK, WEEKS, asked_of
from gutskin.model.strain_knowledge import AXIS
from gutskin.population.strain_hierarchy import LEVELS, Posterior
from gutskin.population.strain_known import Member
from gutskin.population.strain_link import People, scores, settled_people
from gutskin.population.strain_places import in_places, places_for
from gutskin.population.strain_posterior import central_traits, central_values
from gutskin.population.strain_traits import TraitValue, strain_traits_of
from gutskin.population.strains import CFU_PER_GCFU, central_shares, streams_of

if TYPE_CHECKING:
    from gutskin.model.model import Model


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


def doubts_of(
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
    places = places_for([(one, True) for one in strains], model.tables)
    centre, each = central_traits(model, places, stance), central_values(model, places, stance)
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
        for strain in strains:
            known = next(t for m in members if m.id == strain for t in m.traits if t.id == name)
            ends = [moved_by(trait, known.now, sign) for sign in (-1.0, 1.0)]
            changed = (
                {**each, (strain, True): {**each[strain, True], trait.parameter: end}}
                for end in ends
            )
            low, high = (mean(in_places(places, own, model.tables), gcfu).mean() for own in changed)
            narrowed = known.before.sd / known.now.sd if trait.is_axis else 1.0
            slopes.append((high - low) / 2 * narrowed)
        by_level = variance_of(model, strains, name, np.array(slopes), product, posterior)
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


def moved_by(trait: Any, now: TraitValue, sign: float) -> float:
    """A trait one standard deviation away, on the scale on which it is spread."""
    if trait.scale == AXIS:
        return now.value + sign * now.sd
    middle = trait.transformed(now.value)
    end = trait.transformed(now.high if sign > 0 else now.low)
    return trait.back(middle + (end - middle) / 1.96)


def variance_of(
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
