"""Designs that cost the same: what is compared in whom, and how many patients that leaves."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gutskin.optimisation.candidates import EVERYBODY, Candidates
from gutskin.optimisation.readings import Key, Reading
from gutskin.trials.design import TrialDesign


@dataclass(frozen=True)
class Design:
    """One design.

    Parameters
    ----------
    key : what is compared in whom
    allocation : active patients for each control
    control, active : patients of each arm
    visits : of each patient
    screened : candidates watched for each patient who is randomised
    cost : of the whole trial
    """

    key: Key
    allocation: float
    control: int
    active: int
    visits: int
    screened: float
    cost: float

    @property
    def patients(self) -> int:
        """All who are randomised."""
        return self.control + self.active


def visits_of(key: Key, asked: Candidates) -> int:
    """Visits of a patient: the first, one every so many weeks, and those averaged at the end.

    >>> key = Key("scorad", 8.0, 2, 1.0, 0.0, "all")
    >>> visits_of(key, Candidates(visit_every_weeks=4.0))
    4
    """
    assert asked.visit_every_weeks is not None
    return 1 + math.ceil(key.week / asked.visit_every_weeks - 1e-9) + key.records - 1


def price(key: Key, screened: float, asked: Candidates) -> float:
    """What one patient of a design costs, with those who were screened for him."""
    cost = asked.cost
    weeks = key.week + key.run_in_weeks
    visits = visits_of(key, asked)
    return (
        cost.patient + cost.visit * visits + cost.week * weeks + cost.screened * screened
    )  # fmt: skip


def least_cost(asked: Candidates) -> float:
    """What a design costs at least: two patients in each arm, one candidate for each of them.

    >>> asked = Candidates(
    ...     weeks=(8.0,),
    ...     visit_every_weeks=4.0,
    ...     records=(1,),
    ...     allocation=(1.0,),
    ...     run_in_weeks=(0.0,),
    ...     endpoints=("scorad",),
    ... )
    >>> least_cost(asked) == 4 * (1000 + 3 * 200 + 8 * 25 + 100)
    True
    """
    week, records, run_in = asked.weeks[0], asked.records[0], asked.run_in_weeks[0]
    key = Key(asked.endpoints[0], week, records, 1.0, run_in, EVERYBODY.name)
    patients = []
    for ratio in asked.allocation:
        control = max(2, math.ceil(2 / ratio - 1e-9))
        patients.append(control + math.floor(control * ratio + 1e-9))
    return asked.cost.trial + min(patients) * price(key, 1.0, asked)


def own_key(design: TrialDesign, asked: Candidates) -> Key:
    """The comparison that the trial of the file makes itself."""
    week = design.visits.weeks[design.analysed]
    run_in = 0.0 if design.run_in is None else design.run_in.weeks
    return Key(design.analysis.primary, week, 1, 1.0, run_in, EVERYBODY.name)


def budget_of(design: TrialDesign, asked: Candidates, watched: float) -> float:
    """What every design may cost: as asked, or what the two arms of the trial cost.

    Parameters
    ----------
    watched : candidates watched for each who is admitted
    """
    if asked.budget is not None:
        return asked.budget
    active = next(one for one in design.active if one.name == asked.arm)
    patients = active.n + design.control.n
    return asked.cost.trial + patients * price(own_key(design, asked), watched, asked)


def designs_of(
    readings: Mapping[Key, Reading],
    asked: Candidates,
    budget: float,
    watched: Mapping[float, float],
    ratios: Sequence[float],
) -> list[Design]:
    """All designs that the budget has two patients in each arm for.

    Parameters
    ----------
    watched : weeks of run-in -> candidates watched for each who is admitted
    ratios : active patients for each control
    """
    found = []
    for key, reading in readings.items():
        share = float(reading.share.mean())
        if not share > 0:
            continue
        screened = watched[key.run_in_weeks] / share
        each = price(key, screened, asked)
        for ratio in ratios:
            patients = max(0.0, budget - asked.cost.trial) / each
            control = math.floor(patients / (1 + ratio) + 1e-9)
            active = math.floor(control * ratio + 1e-9)
            if min(control, active) < 2:
                continue
            cost = asked.cost.trial + (control + active) * each
            visits = visits_of(key, asked)
            found.append(Design(key, ratio, control, active, visits, screened, cost))
    return found
