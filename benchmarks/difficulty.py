"""Would it pay to group patients by difficulty? Steps of lanes that are computed together.

    python benchmarks/difficulty.py [--replicates 51]

Lanes of a group step together: a group takes as many steps between two kinks of its inputs as its
slowest lane needs. Counted are the evaluations of the right-hand side at each stage of a trial,
with patients grouped as they come, by their own number of steps in that very stage (which no
prediction can beat), and by their number of steps in the stage before. Counts, not seconds: they
are the same on every machine.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np

import gutskin.engine as simulate_room
from gutskin.engine.step_size_controller import STAGES
from gutskin.engine.timeline import LANES
from gutskin.errors import exit_on_input_error
from gutskin.model.compiled import load_model
from gutskin.trials import follow, screening
from gutskin.trials.conduct import _candidates
from gutskin.trials.design import load_trial
from gutskin.trials.study import prepare

SEED = 1


def counting(function: Callable[..., Any], seen: list[tuple[np.ndarray, int]]) -> Any:
    """`simulate`, remembering the steps of every patient and the evaluations of all."""

    def counted(*arguments: Any, **options: Any) -> Any:
        courses = function(*arguments, **options)
        seen.append((courses.steps, courses.evaluations))
        return courses

    return counted


def print_row(stage: str, order: str, steps: np.ndarray, evaluations: int) -> None:
    """One line: how full the groups' steps are."""
    low, mid, high = np.quantile(steps, [0.05, 0.5, 0.95])
    used = STAGES * steps.sum() / evaluations
    print(
        f"{stage:10} {order:22} steps {low:.0f} {mid:.0f} {high:.0f} (5, 50, 95%) "
        f"evaluations {evaluations}  lanes at work {used:.1%}",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--replicates", type=int, default=51)
    replicates = parser.parse_args().replicates
    seen: list[tuple[np.ndarray, int]] = []
    simulate_room.simulate = counting(simulate_room.simulate, seen)
    model = load_model()
    design = load_trial("six-strain-children")
    study = prepare(design, model, replicates, SEED, "evidence")
    more = np.tile([arm.n for arm in design.arms], (replicates, 1)) * 2
    keys = _candidates(design.arms, np.zeros_like(more), more, 0)
    keys = keys[: len(keys) // LANES * LANES]

    def run(stage: str, work: Callable[[Any], Any], who: Any, before: np.ndarray) -> np.ndarray:
        """Steps [patient] of a stage, as they come, sorted by themselves and by the one before."""

        def steps_of(these: Any) -> tuple[np.ndarray, int]:
            seen.clear()
            work(these)
            return np.sum([one[0] for one in seen], axis=0), sum(one[1] for one in seen)

        steps, evaluations = steps_of(who)
        print_row(stage, "as they come", steps, evaluations)
        orders = (("by their own steps", steps), ("by the stage before", before))
        for name, order in orders:
            print_row(stage, name, *steps_of(who[np.argsort(order, kind="stable")]))
        return steps

    steps = run("settling", lambda who: screening.settle(study, who), keys, np.arange(len(keys)))
    settled = screening.settle(study, keys)
    place = {key.tobytes(): i for i, key in enumerate(keys)}
    steps = steps[[place[key.tobytes()] for key in settled.keys]]
    full = len(settled) // LANES * LANES
    settled, steps = settled[slice(full)], steps[:full]
    steps = run("screening", lambda who: screening.screen(study, who), settled, steps)
    enrolled = screening.screen(study, settled)
    chosen = np.flatnonzero(enrolled.day >= 0)
    chosen = chosen[: len(chosen) // LANES * LANES]
    run("follow-up", lambda who: follow.follow(study, who), enrolled[chosen], steps[chosen])


if __name__ == "__main__":
    with exit_on_input_error():
        main()
