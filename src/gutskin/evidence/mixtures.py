"""When a mixture of strains is better than its members, when worse, and why: numbers over worlds.

By the equations of gut_strains.ant a mixture says what its members say together, saturating: the
mean of its members weighed by dose, as long as they sit on the same places and speak on the same
axes. So it lies between its members, spreads less than one of them, and harms less often. It can be
better than its best member only where members do not stand in each other's way: other places at
the wall, other axes, other food, or a host and a drug that stop one of them and not the others.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from gutskin.evidence.across_worlds import statistic
from gutskin.evidence.experiment_parts import Experiment
from gutskin.evidence.running import run_arms, setting_for
from gutskin.model.model import Model

MIXTURE, NOTHING = "mixture", "nothing"
DAYS_PER_WEEK = 7
STEPS = 3  # cases of `beside_members`, for its progress
AS_IT_IS, NO_PLACES = "as the model is", "no places of their own"
ALL_PLACES, ONE_AXIS = "all places their own", "regulation alone"
# What could let a mixture beat its members, taken away or made strong: places of their own at the
# wall (`f_own_place`, a share), and axes other than regulation.
CASES: Mapping[str, tuple[Mapping[str, float], Sequence[str]]] = {
    AS_IT_IS: ({}, ()),
    NO_PLACES: ({"f_own_place": 0.0}, ()),
    ALL_PLACES: ({"f_own_place": 1.0}, ()),
    ONE_AXIS: ({}, ("M16", "M147", "M148")),
}


@dataclass(frozen=True, eq=False)
class Mixture:
    """What a mixture and each of its members do, in the same worlds and patients.

    Parameters
    ----------
    members : ids of strains
    mixed : Array [world], change of the score against nothing
    alone : Array [member, world], of each member at the dose of the whole mixture
    """

    members: tuple[str, ...]
    mixed: np.ndarray
    alone: np.ndarray

    def numbers(self) -> dict[str, tuple[float, float, float]]:
        """The mixture beside its members: what -> (value, 95% interval).

        Returns
        -------
        dict with the mean effect of the mixture and of its members, its spread over the mean one of
        theirs, how often it is better than the median and than the best of them, and how often it
        and they do harm
        """
        others = [*self.alone]
        spreads = [statistic("spread", self.mixed, [one])[0] for one in others]
        lone_harm = [statistic("raised", one, [])[0] for one in others]
        return {
            "effect of the mixture": _mean(self.mixed),
            "effect of a member": _mean(self.alone.mean(axis=0)),
            "spread over that of a member": _range(spreads),
            "better than the median member": statistic("lower_than_median", self.mixed, others),
            "better than the best member": statistic("lower_than_best", self.mixed, others),
            "harm by the mixture": statistic("raised", self.mixed, []),
            "harm by a member": _range(lone_harm),
        }


@dataclass(frozen=True)
class Beside:
    """A mixture beside its members, and beside itself without what sets them apart.

    Parameters
    ----------
    cfu_per_day : of the mixture, and of each member alone
    weeks : after which the change of SCORAD is read
    members : id -> change of SCORAD, mean over worlds (points)
    harm : id -> share of worlds in which it is worse than nothing
    cases : case of `CASES` -> numbers of `Mixture.numbers`, each with its 95% interval
    """

    cfu_per_day: float
    weeks: int
    members: Mapping[str, float]
    harm: Mapping[str, float]
    cases: Mapping[str, Mapping[str, tuple[float, float, float]]]


def beside_members(
    model: Model,
    strains: Sequence[str],
    stance: str,
    seed: int,
    step: Callable[[], None],
    *,
    cfu_per_day: float = 4e9,
    weeks: int = 8,
) -> Beside:
    """When a mixture is better or worse than its members, and why.

    Parameters
    ----------
    strains : ids, two or more
    step : called after each of `STEPS` cases
    """
    found: dict[str, Mixture] = {}
    for case in (AS_IT_IS, NO_PLACES, ONE_AXIS):
        always, off = CASES[case]
        found[case] = compared(
            model, strains, cfu_per_day, weeks=weeks, seed=seed, stance=stance, always=always,
            off=off,
        )  # fmt: skip
        step()
    alone = dict(zip(strains, found[AS_IT_IS].alone, strict=True))
    return Beside(
        cfu_per_day,
        weeks,
        {name: float(one.mean()) for name, one in alone.items()},
        {name: float((one > 0).mean()) for name, one in alone.items()},
        {case: one.numbers() for case, one in found.items()},
    )


def compared(
    model: Model,
    strains: Sequence[str],
    cfu_per_day: float,
    *,
    weeks: int = 8,
    population: str = "ad_child",
    scorad: tuple[float, float] = (25.0, 103.0),
    quantity: str = "scorad",
    worlds: int = 256,
    patients: int = 4,
    seed: int = 1,
    stance: str = "evidence",
    always: Mapping[str, float] | None = None,
    off: Sequence[str] = (),
) -> Mixture:
    """A mixture beside its members, each alone at the dose of the whole.

    Worlds differ by their strains and patients alone (`Experiment.one_body`).

    Parameters
    ----------
    strains : ids, two or more
    cfu_per_day : of the whole product (CFU/d)
    always : parameter id -> value, in all arms: places of one kind alone (`f_own_place = 0`), ...
    off : mechanisms that are off in all arms

    Raises
    ------
    InputError, SimulationFailed
    """
    base = {
        "population": population,
        "always": dict(always or {}),
        "off_always": tuple(off),
    }
    arms = {NOTHING: base, MIXTURE: {**base, "doses": (_dose(strains, cfu_per_day),)}}
    arms |= {name: {**base, "doses": (_dose((name,), cfu_per_day),)} for name in strains}
    days = weeks * DAYS_PER_WEEK
    one = Experiment.model_validate(
        {
            "experiment": "a mixture beside its members", "evidence_verdict": "thin",
            "why": "computed", "days": days, "worlds": worlds, "patients": patients,
            "scorad": scorad, "one_body": True, "arms": arms,
        }
    )  # fmt: skip
    setting = setting_for([(one, one.arms)], model, stance, seed)
    setting = replace(setting, seen=tuple(sorted({*setting.seen, quantity})))
    group, courses = run_arms(one, one.arms, setting, {}, [0.0, float(days)])
    without = courses[NOTHING].quantity(quantity)[-1]
    effect = {
        name: group.averaged(seen.quantity(quantity)[-1] - without)
        for name, seen in courses.items()
    }
    return Mixture(tuple(strains), effect[MIXTURE], np.stack([effect[name] for name in strains]))


def _dose(strains: Sequence[str], cfu_per_day: float) -> dict[str, object]:
    taken = {"strains": tuple(strains), "cfu_per_day": cfu_per_day, "start_day": 0.0}
    return {"kind": "probiotic", **taken}


def _mean(values: np.ndarray) -> tuple[float, float, float]:
    """The mean over worlds and its 95% interval."""
    half = 1.96 * float(np.std(values)) / np.sqrt(len(values))
    return float(np.mean(values)), float(np.mean(values)) - half, float(np.mean(values)) + half


def _range(values: Sequence[float]) -> tuple[float, float, float]:
    """The mean over members, and the least and the most."""
    return float(np.mean(values)), float(min(values)), float(max(values))
