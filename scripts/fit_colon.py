"""Fit the numbers of the colon to what its targets and experiments ask of it.

    .venv/bin/python scripts/fit_colon.py            fit, show what is met, change nothing
    .venv/bin/python scripts/fit_colon.py --write    and put the numbers into the tables, with the
                                                     sets that worlds draw (scripts/colon_draws.py)
    ... --write --rounds 1 --members 20 --proposed 120 a minute, to see that all of it runs
    .venv/bin/python scripts/fit_colon.py --show     only show what the tables' own numbers meet

scripts/fit_colon.toml names the numbers, the cases and the ranges. A round draws sets of all
numbers at once, each within its prior's 95% range; every set meets every case in one batch, as the
middle adult or a newborn, with the references that it comes to itself. The best sets say where the
next round draws (cross-entropy method; Rubinstein 1999). The same seed gives the same numbers.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import tomllib
from scipy.special import expit, logit

from gutskin.engine import Hold, Schedule, simulate
from gutskin.model.biology import biology_folder, shipped_biology
from gutskin.model.compiled import compile_model, load_model
from gutskin.model.model import Model
from gutskin.population.populations import find_population
from gutskin.population.references import (
    NUMBERS,
    compute_references,
    middle_patient,
    read_references,
    write_references,
    write_values,
)
from gutskin.population.steady_state import run_to_steady_state

TASK = Path(__file__).with_suffix(".toml")
RTOL = 3e-3
REFERENCE_ROUNDS = 3  # of settling with the references of the round before
COURSE_HOURS = np.array([0.0, 1.0, 2.0, 2.5, 3.0, 3.5, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0])
HELD_DAYS = 3 / 24
HOURS_PER_DAY = 24.0
READS = ("", "highest", "area_6h", "area_12h")
FAILED = 1e6  # the penalty of a set that cannot be computed
WIDTH = 2 * 1.959963984540054  # from 2.5% to 97.5% of a normal, in sd


@dataclass(frozen=True)
class Range:
    """One reading and where it should lie.

    Parameters
    ----------
    case, day : who is read, and when (newborns)
    quantity, read : what, and how of a course
    of : a quantity that it is divided by, in the same case
    over, less : a case that it is divided by, or that is taken off
    """

    case: str
    day: float | None
    quantity: str
    read: str
    of: str
    over: str
    less: str
    low: float
    high: float

    @property
    def label(self) -> str:
        """What it is, in short."""
        when = f" day {self.day:g}" if self.day is not None else ""
        of = f" of {self.of}" if self.of else ""
        other = f" over {self.over}" if self.over else f" less {self.less}" if self.less else ""
        return f"{self.case}{when}{other}: {self.quantity} {self.read}{of}"

    def penalty(self, value: np.ndarray) -> np.ndarray:
        """Squared distance from the range, in quarters of it [set]."""
        return penalty(value, self.low, self.high)


def penalty(value: np.ndarray, low: Any, high: Any) -> np.ndarray:
    """Squared distance of readings from their ranges, in quarters of these."""
    outside = np.maximum(low - value, 0.0) + np.maximum(value - high, 0.0)
    return np.minimum((outside / (0.25 * (high - low))) ** 2, FAILED)


def ranges_of(task: Mapping[str, Any]) -> list[Range]:
    """All readings of the task."""
    found = []
    for check in task["checks"]:
        for name, low, high, *of in check["ranges"]:
            quantity, _, read = name.partition(":")
            assert read in READS, read
            found.append(
                Range(
                    check["case"], check.get("day"), quantity, read, *(of or [""]),
                    check.get("over", ""), check.get("less", ""), low, high,
                )
            )  # fmt: skip
    return found


class Numbers:
    """The numbers that are fitted: from the unit cube of their priors to their values."""

    def __init__(self, model: Model, names: list[str]) -> None:
        self.names = names
        rows = [model.tables.parameters[name] for name in names]
        self.kinds = np.array([row.text("distribution") == "logit" for row in rows])
        low = np.array([row.number("low") for row in rows])
        high = np.array([row.number("high") for row in rows])
        self.low, self.high = self._scaled(low), self._scaled(high)
        self.now = self.place(np.array([row.number("value") for row in rows]))

    def _scaled(self, value: np.ndarray) -> np.ndarray:
        safe = np.where(self.kinds, value, 0.5)
        return np.where(self.kinds, logit(safe), np.log(value))

    def place(self, values: np.ndarray) -> np.ndarray:
        """Where values lie in their priors, in sd from the middle [number]."""
        return ((self._scaled(values) - self.low) / (self.high - self.low) - 0.5) * WIDTH

    def values(self, places: np.ndarray) -> np.ndarray:
        """Values [set, number] at these places."""
        scaled = self.low + (places / WIDTH + 0.5) * (self.high - self.low)
        return np.where(self.kinds, expit(scaled), np.exp(scaled))

    def around(self, moves: np.ndarray) -> dict[str, np.ndarray]:
        """Values of sets so many sd from the table's own, by name; `moves` [set, number]."""
        return dict(zip(self.names, self.values(self.now + moves).T, strict=True))


class Colon:
    """What becomes of sets of numbers in every case of the task."""

    def __init__(self, model: Model, task: Mapping[str, Any]) -> None:
        self.model, self.task, self.ranges = model, task, ranges_of(task)
        self.base = middle_patient(model, find_population("healthy_adult", model.biology))
        self.references = {
            row.id: row.text("quantity")
            for row in read_references(model.biology).values()
            if row.text("population") == "healthy_adult"
        }
        self.quantities = tuple(
            sorted(
                {one.quantity for one in self.ranges} | {one.of for one in self.ranges if one.of}
            )
        )

    def readings(self, own: Mapping[str, np.ndarray]) -> np.ndarray:
        """Every reading of every set [range, set]."""
        return self.follow(own)[0]

    def follow(self, own: Mapping[str, np.ndarray]) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        """Every reading of every set [range, set], and its numbers with the references it has."""
        count = len(next(iter(own.values())))
        own = dict(own)
        for _ in range(REFERENCE_ROUNDS):
            settled = self.settle(own, {"usual": {}}, count)
            own |= dict(
                zip(self.references, settled.quantities(tuple(self.references.values()))[-1],
                    strict=True)
            )  # fmt: skip
        seen = self._seen_settled(own, count)
        seen |= self._seen_course(own, count, settled.states[-1])
        seen |= self._seen_birth(own, count)
        return np.array([self._reading(one, seen) for one in self.ranges]), own

    def charge(self, own: Mapping[str, np.ndarray], readings: np.ndarray) -> np.ndarray:
        """What sets are charged for readings outside their ranges and for their order [set]."""
        charged = np.array(
            [one.penalty(value) for one, value in zip(self.ranges, readings, strict=True)]
        )
        return np.where(np.isfinite(charged), charged, FAILED).sum(axis=0) + self.disorder(own)

    def disorder(self, own: Mapping[str, np.ndarray]) -> np.ndarray:
        """What sets are charged where the first of a pair is not less than the second [set]."""
        return sum(
            (10.0 * np.maximum(np.log(own[less] * 1.1 / own[more]), 0.0) ** 2
             for less, more in self.task["order"]),
            np.zeros(len(next(iter(own.values())))),
        )  # fmt: skip

    def _parameters(
        self, own: Mapping[str, np.ndarray], cases: Mapping[str, Any], count: int
    ) -> dict[str, Any]:
        """Parameters of all sets in all cases, case by case [case x set]."""
        values: dict[str, Any] = dict(self.base)
        values |= {name: np.tile(value, len(cases)) for name, value in own.items()}
        moved = {name for case in self.task["settled"].values() for name in case}
        moved |= {name for case in self.task["birth"].values() for name in case}
        moved |= {name for case in cases.values() for name in case}
        for name in sorted(moved - {"transit_hours"}):
            levels = [case.get(name, self.base[name]) for case in cases.values()]
            values[name] = np.repeat(np.array(levels, float), count)
        hours = [case.get("transit_hours") for case in cases.values()]
        usual = self.base["k_transit"]
        rates = [usual if one is None else usual * self.usual_hours / one for one in hours]
        values["k_transit"] = np.repeat(np.array(rates), count)
        values["age_at_start"] = np.full(len(cases) * count, self.base["age_at_start"])
        return values

    @property
    def usual_hours(self) -> float:
        """The transit of the middle adult (h)."""
        grown = self.base["g_transit_child"] / (
            1 + self.base["age_at_start"] / self.base["t_transit_child"]
        )
        return HOURS_PER_DAY / (self.base["k_transit"] * (1 + grown))

    def settle(self, own: Mapping[str, np.ndarray], cases: Mapping[str, Any], count: int) -> Any:
        """Every set at rest in every case, case by case [case x set]."""
        return run_to_steady_state(
            self.model, self._parameters(own, cases, count), len(cases) * count,
            start="healthy_adult", rtol=RTOL, varying=self.model.input_ids, refuse=False,
        )  # fmt: skip

    def _seen_settled(self, own: Mapping[str, np.ndarray], count: int) -> dict[Any, np.ndarray]:
        cases = self.task["settled"]
        table = self.settle(own, cases, count).quantities(self.quantities)[-1]
        shaped = table.reshape(len(self.quantities), len(cases), count)
        return {
            (case, None, "", name): shaped[i, j]
            for i, name in enumerate(self.quantities)
            for j, case in enumerate(cases)
        }

    def _seen_course(
        self, own: Mapping[str, np.ndarray], count: int, start: np.ndarray
    ) -> dict[Any, np.ndarray]:
        """The hours after a dose, from rest."""
        cases = self.task["course"]
        values = self._parameters(own, {name: {} for name in cases}, count)
        held = sorted({name for case in cases.values() for name in case})
        holds = tuple(
            Hold(name, 0.0, HELD_DAYS,
                 np.repeat(np.array([case.get(name, 0.0) for case in cases.values()]), count))
            for name in held
        )  # fmt: skip
        courses = simulate(
            self.model, values, np.tile(start, (1, len(cases))), Schedule(holds),
            COURSE_HOURS / HOURS_PER_DAY, rtol=RTOL, varying=self.model.input_ids,
        )  # fmt: skip
        table = courses.quantities(self.quantities)
        days = courses.times
        reads = {
            "highest": table.max(axis=0),
            "area_6h": np.trapezoid(table[days <= 0.2501], days[days <= 0.2501], axis=0),
            "area_12h": np.trapezoid(table, days, axis=0),
        }
        return {
            (case, None, read, name): found[i].reshape(len(cases), count)[j]
            for read, found in reads.items()
            for i, name in enumerate(self.quantities)
            for j, case in enumerate(cases)
        }

    def _seen_birth(self, own: Mapping[str, np.ndarray], count: int) -> dict[Any, np.ndarray]:
        """Newborns followed from birth."""
        cases = self.task["birth"]
        days = sorted({one.day for one in self.ranges if one.day is not None})
        values = self._parameters(own, cases, count)
        values["age_at_start"] = np.zeros(len(cases) * count)
        start = np.repeat(self.model.initial("birth_vaginal")[:, None], len(cases) * count, axis=1)
        courses = simulate(
            self.model, values, start, Schedule(), [0.0, *days],
            rtol=RTOL, varying=self.model.input_ids,
        )  # fmt: skip
        table = courses.quantities(self.quantities)[1:]
        return {
            (case, day, "", name): table[k, i].reshape(len(cases), count)[j]
            for k, day in enumerate(days)
            for i, name in enumerate(self.quantities)
            for j, case in enumerate(cases)
        }

    def _reading(self, one: Range, seen: Mapping[Any, np.ndarray]) -> np.ndarray:
        def value(case: str) -> np.ndarray:
            found = seen[case, one.day, one.read, one.quantity]
            return found / seen[case, one.day, one.read, one.of] if one.of else found

        if one.over:
            return value(one.case) / value(one.over)
        return value(one.case) - value(one.less) if one.less else value(one.case)


def penalties(colon: Colon, numbers: Numbers, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What each set is charged [set], and its readings [range, set]."""
    values = numbers.values(places)
    own = dict(zip(numbers.names, values.T, strict=True))
    readings = colon.readings(own)
    far = colon.task["prior_weight"] * (places**2).sum(axis=1)
    return colon.charge(own, readings) + far, readings


def fit(colon: Colon, numbers: Numbers) -> np.ndarray:
    """The places of the best set [number]."""
    task = colon.task
    rng = np.random.default_rng(task["seed"])
    middle, spread = numbers.now.copy(), np.full(len(numbers.names), 0.5)
    best, least = numbers.now.copy(), np.inf
    for number in range(task["rounds"]):
        drawn = middle + spread * rng.standard_normal((task["sets"], len(middle)))
        places = np.clip(drawn, -0.5 * WIDTH, 0.5 * WIDTH)
        places[0] = best
        charged, _ = penalties(colon, numbers, places)
        order = np.argsort(charged)
        if charged[order[0]] < least:
            best, least = places[order[0]].copy(), float(charged[order[0]])
        chosen = places[order[: task["kept"]]]
        middle = 0.7 * chosen.mean(axis=0) + 0.3 * middle
        spread = np.maximum(0.6 * chosen.std(axis=0) + 0.4 * spread, 0.02)
        print(f"round {number + 1} of {task['rounds']}: {least:.3f}", file=sys.stderr, flush=True)
    return best


def show(colon: Colon, readings: np.ndarray) -> None:
    """Every reading beside its range."""
    for one, value in zip(colon.ranges, readings[:, 0], strict=True):
        mark = "" if one.low <= value <= one.high else "  *"
        print(f"{one.label:75}{value:10.4g}   {one.low:g} to {one.high:g}{mark}")


def write(model: Model, numbers: Numbers, values: np.ndarray) -> None:
    """Put the numbers, and then the references they come to, into parameters.tsv."""
    path = biology_folder() / NUMBERS
    new = {name: f"{value:.4g}" for name, value in zip(numbers.names, values, strict=True)}
    write_values(path, new, model.tables.parameters)
    fresh = compile_model(shipped_biology())
    write_references(path, compute_references(fresh), fresh.tables.parameters)
    print(f"Written: {path}", file=sys.stderr)


def main() -> None:
    """Fit, show, write."""
    from colon_draws import renew, size_options  # which takes this script's parts

    asked = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    asked.add_argument("--write", action="store_true", help="put the numbers into the tables")
    asked.add_argument("--show", action="store_true", help="only show what the tables meet")
    asked.add_argument("--rounds", type=int, help="instead of those of the task")
    size_options(asked)
    options = asked.parse_args()
    task = tomllib.loads(TASK.read_text())
    if options.rounds is not None:
        task["rounds"] = options.rounds
    model = load_model()
    colon, numbers = Colon(model, task), Numbers(model, task["numbers"])
    places = numbers.now if options.show else fit(colon, numbers)
    charged, readings = penalties(colon, numbers, places[None])
    show(colon, readings)
    print(f"charged {charged[0]:.3f}")
    values = numbers.values(places)
    for name, value, before in zip(numbers.names, values, numbers.values(numbers.now), strict=True):
        print(f"{name:24}{before:12.4g}{value:12.4g}")
    if options.write:
        write(model, numbers, values)
        renew(biology_folder(), options.members, options.proposed)


if __name__ == "__main__":
    main()
