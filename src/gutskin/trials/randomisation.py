"""Permuted blocks within strata, or minimisation: who of those admitted goes to which arm.

Patients are taken in the order in which they come. Each stratum has blocks of its own; in a block
every arm has its part, in random order. A trial ends when its arms are full: the blocks that it
leaves open are drawn so that they are, and where none can be, the last to come take the places
that are left. Minimisation looks at every group that a patient belongs to by itself, and takes, by
chance mostly, an arm that leaves them most even; an arm that is full is none of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from gutskin.population.draw import DAYS_PER_YEAR
from gutskin.population.streams import draw
from gutskin.trials import screening
from gutskin.trials.design_parts import BY_SCORE, MINIMISATION, Randomisation
from gutskin.trials.seasons import start_days
from gutskin.trials.sites import site_of
from gutskin.trials.study import Study

Places = NDArray[np.int_]
TRIES = 1000  # draws of the open blocks of one trial


def randomised(study: Study, enrolled: screening.Enrolled) -> screening.Enrolled:
    """Everybody in the arm that his block gives him; as he is where the trial has no blocks.

    Parameters
    ----------
    enrolled : as many of every replicate as all arms hold
    """
    asked = study.design.randomisation
    if asked is None:
        return enrolled
    groups = groups_of(study, enrolled)
    stratum = _combined(groups, [one.groups(len(study.design.sites)) for one in asked.strata])
    keys, sizes = enrolled.keys, [arm.n for arm in study.design.arms]
    order = start_days(study.design.seasons, study.seed, keys) + enrolled.day
    ties = draw(study.seed, ["randomise/order"], keys, kind="uniform")[0, :, 0]
    arm, seat = np.full(len(keys), -1), np.full(len(keys), -1)
    for replicate in np.unique(keys[:, 0]):
        mine = np.flatnonzero(keys[:, 0] == replicate)
        if study.design.seasons is None:
            mine = mine[np.argsort(ties[mine])]
        else:
            mine = mine[np.lexsort((ties[mine], order[mine]))]
        rng = np.random.default_rng([study.seed, crc32(b"randomise/blocks"), int(replicate)])
        if asked.method == MINIMISATION:
            arm[mine] = minimised(groups[:, mine], sizes, asked, rng)
        else:
            arm[mine] = permuted_blocks(stratum[mine], sizes, asked, rng)
        for place in range(len(sizes)):
            own = mine[arm[mine] == place]
            seat[own] = np.arange(len(own))
    return replace(enrolled, arm=arm, seat=seat, stratum=stratum)


def groups_of(study: Study, enrolled: screening.Enrolled) -> Places:
    """The group of each patient by everything that strata are told by [stratum by, patient]."""
    asked = study.design.randomisation
    found: list[Places] = []
    if asked is None or not asked.strata:
        return np.zeros((0, len(enrolled)), int)
    parameters = screening.at_enrolment(screening.patients_in(study, enrolled), enrolled)
    for one in asked.strata:
        if one.by in BY_SCORE:
            group = np.searchsorted(one.cuts, enrolled.score, side="right")
        elif one.by == "age_years":
            age = np.asarray(parameters["age_at_start"]) / DAYS_PER_YEAR
            group = np.searchsorted(one.cuts, age, side="right")
        elif one.by == "site":
            group = site_of(study.design, study.seed, enrolled.keys)
        else:
            air, food = (
                np.broadcast_to(np.asarray(parameters[name]) > 0.5, len(enrolled))
                for name in ("sensitised", "sensitised_food")
            )
            group = np.where(food if one.by == "food_sensitised" else air | food, 1, 0)
        found.append(np.asarray(group, int))
    return np.stack(found)


def _combined(groups: Places, counts: Sequence[int]) -> Places:
    """The number of each patient's stratum [patient], from 0; 0 of everybody without strata.

    Parameters
    ----------
    groups : Array [stratum by, patient]
    counts : of the groups of each
    """
    found = np.zeros(groups.shape[1], int)
    for group, count in zip(groups, counts, strict=True):
        found = found * count + group
    return found


def parts_of(asked: Randomisation, sizes: Sequence[int]) -> tuple[int, ...]:
    """The parts of the arms in a block, as small as they can be: 1 and 1, or 2 and 1."""
    ratio = asked.ratio or tuple(sizes)
    return tuple(one // math.gcd(*ratio) for one in ratio)


def minimised(
    groups: Places, sizes: Sequence[int], asked: Randomisation, rng: np.random.Generator
) -> Places:
    """The arm of each patient [patient] by minimisation, in the order in which they come.

    Of a patient's groups it is added up how far the arms would lie apart (the largest less the
    smallest, each in parts of the ratio) with him in each arm that has room.

    Parameters
    ----------
    groups : Array [stratum by, patient]
    sizes : how many each arm holds; together all patients

    References
    ----------
    Pocock SJ, Simon R. Biometrics 1975;31:103-115.
    """
    parts = np.asarray(parts_of(asked, sizes), float)
    factors = np.arange(len(groups))
    has = np.zeros((len(groups), int(groups.max(initial=0)) + 1, len(parts)))
    room = np.array(sizes)
    arm = np.empty(groups.shape[1], int)
    for place, own in enumerate(groups.T):
        with_him = has[factors, own][:, None] + np.eye(len(parts))[None]
        apart = np.ptp(with_him / parts, axis=2).sum(axis=0)
        free = room > 0
        best = free & (apart <= apart[free].min() + 1e-9)
        worse = free & ~best
        some = worse if worse.any() and rng.random() >= asked.chance else best
        weights = np.cumsum(parts * some)
        chosen = int(np.searchsorted(weights, rng.random() * weights[-1], side="right"))
        arm[place] = chosen
        room[chosen] -= 1
        has[factors, own, chosen] += 1
    return arm


def permuted_blocks(
    stratum: Places, sizes: Sequence[int], asked: Randomisation, rng: np.random.Generator
) -> Places:
    """The arm of each patient [patient], in the order in which they come.

    Parameters
    ----------
    stratum : Array [patient]
    sizes : how many each arm holds; together all patients
    """
    parts = parts_of(asked, sizes)
    labels = np.repeat(np.arange(len(parts)), parts)
    block_sizes = asked.block_sizes or ()
    arm = np.empty(len(stratum), int)
    unfilled: list[tuple[Places, Places]] = []
    for one in np.unique(stratum):
        mine, start = np.flatnonzero(stratum == one), 0
        while start < len(mine):
            size = int(rng.choice(block_sizes))
            block = rng.permutation(np.tile(labels, size // len(labels)))
            some = mine[start : start + size]
            arm[some] = block[: len(some)]
            if len(some) < size:
                unfilled.append((some, block))
            start += size
    for _ in range(TRIES if unfilled else 0):
        if _full(arm, sizes):
            return arm
        for some, block in unfilled:
            arm[some] = rng.permutation(block)[: len(some)]
    return _filled_up(arm, sizes)


def _full(arm: Places, sizes: Sequence[int]) -> bool:
    return bool(np.all(np.bincount(arm, minlength=len(sizes)) == sizes))


def _filled_up(arm: Places, sizes: Sequence[int]) -> Places:
    """The last of an arm that holds too many take the places that are left in the others."""
    found = arm.copy()
    while not _full(found, sizes):
        room = np.asarray(sizes) - np.bincount(found, minlength=len(sizes))
        last = np.flatnonzero(found == room.argmin())[-1]
        found[last] = room.argmax()
    return found
