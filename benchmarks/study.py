"""What every engine is given: the same children, their doses, the moments wanted, and the truth.

Children with atopic dermatitis, settled, are followed with daily output: six strains every day, a
fortnight of steroid cream, a week of an antibiotic and an injection every other week; in a calm
life, or with the challenge of daily life, which has a kink every few days.

An error is the difference from libRoadRunner at a relative tolerance of 1e-10, as a share of a
state's size plus a tenth of its typical size; `worst` is the largest over children, days and
states, `rms` the root of the mean square.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from time import perf_counter, process_time

import numpy as np

from gutskin.engine import Schedule
from gutskin.model.compiled import load_model
from gutskin.model.export import export_course
from gutskin.model.model import Model
from gutskin.population.benchmark import children
from gutskin.population.steady_state import run_to_steady_state

EXACT = 1e-10
FLOOR = 0.1  # share of a state's typical size below which its error counts as absolute
SETTLED = 1000  # children that are settled; a larger batch repeats them


@dataclass(frozen=True)
class Study:
    """Who is simulated, and what happens to them.

    Parameters
    ----------
    parameters : id -> number or Array [patient]
    start : Array [state, patient]
    times : Array [time] (days)
    schedules : name -> schedule
    inputs : ids that any of the schedules moves
    """

    model: Model
    parameters: dict[str, np.ndarray]
    start: np.ndarray
    times: np.ndarray
    schedules: dict[str, Schedule]
    inputs: tuple[str, ...]

    @property
    def patients(self) -> int:
        return self.start.shape[1]

    def of(self, chosen: Sequence[int]) -> Study:
        """Some of the patients, in this order; one may come more than once."""
        which = np.asarray(chosen)
        return replace(
            self,
            parameters={k: v[which] if np.ndim(v) else v for k, v in self.parameters.items()},
            start=self.start[:, which],
            schedules={name: s.for_patients(which) for name, s in self.schedules.items()},
        )

    def first(self, patients: int) -> Study:
        """So many patients: the first of them, and from the beginning again where they run out."""
        return self.of(np.arange(patients) % self.patients)

    def document(self, patient: int, name: str) -> str:
        """One patient under a schedule as one SBML document."""
        alone = self.schedules[name].for_patients(np.array([patient]))
        own = {k: float(v[patient] if np.ndim(v) else v) for k, v in self.parameters.items()}
        return export_course(self.model, own, self.start[:, patient], alone, float(self.times[-1]))


def study_of(patients: int, days: int) -> Study:
    """Children with atopic dermatitis and their two schedules, before they have settled."""
    model = load_model()
    who = children(model, patients, days)
    schedules = {"doses": who.doses, "doses and daily life": who.life}
    start = np.repeat(model.initial("severe")[:, None], patients, axis=1)
    inputs = schedules["doses and daily life"].parameters
    return Study(model, who.parameters, start, np.arange(days + 1.0), schedules, inputs)


def settled_starts(patients: int) -> np.ndarray:
    """Where the children come to rest, [state, patient]."""
    study = study_of(patients, 1)
    courses = run_to_steady_state(study.model, study.parameters, patients, varying=study.inputs)
    return courses.states[-1]


def timed(function: Callable, repeats: int, prepare: Callable = lambda: None):
    """Shortest times of some runs, [clock, processor] (seconds), and the last result."""
    times = []
    for _ in range(repeats):
        prepare()
        before = np.array([perf_counter(), process_time()])
        result = function()
        times.append(np.array([perf_counter(), process_time()]) - before)
    return np.min(times, axis=0), result


def errors(model: Model, states: np.ndarray, truth: np.ndarray) -> tuple[float, float]:
    """The worst error and the root of the mean square of all, over the patients of both."""
    patients = min(states.shape[2], truth.shape[2])
    truth = truth[..., :patients]
    size = np.abs(truth) + FLOOR * model.scales[None, :, None]
    error = np.abs(states[..., :patients] - truth) / size
    return float(error.max()), float(np.sqrt(np.mean(error**2)))
