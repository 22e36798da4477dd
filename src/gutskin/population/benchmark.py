"""What speed is measured on: children with eczema under many doses, and how long they take.

Six strains every day, a fortnight of steroid cream, a week of an antibiotic and an injection every
other week. `benchmarks/` gives the same children to other simulators.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from gutskin.engine import Precision, Schedule, simulate, xla
from gutskin.engine.trajectories import Trajectories
from gutskin.model.model import Model
from gutskin.population.disease_activity import natural_course
from gutskin.population.doses import Antibiotic, Dupilumab, Probiotic, TopicalSteroid, dose_schedule
from gutskin.population.draw import draw_patients
from gutskin.population.drugs import DUPILUMAB, drug_traits
from gutskin.population.populations import find_population
from gutskin.population.strain_places import places_for
from gutskin.population.strain_posterior import central_traits
from gutskin.population.streams import patient_keys

STRAINS = ("w23", "w51", "w55", "w56", "w57", "w58")
SEED = 1


@dataclass(frozen=True)
class Children:
    """A batch of children and two ways to treat them.

    Parameters
    ----------
    parameters : id -> number or Array [patient]
    doses : the schedule in a calm life
    life : the same doses in the challenge of daily life, which bends every few days
    """

    parameters: dict[str, NDArray[np.float64]]
    doses: Schedule
    life: Schedule


def children(model: Model, patients: int, days: int) -> Children:
    """So many children with atopic dermatitis, the same ones every time."""
    keys = patient_keys(0, "benchmark", patients)
    places = places_for([(strain, True) for strain in STRAINS], model.tables)
    values = {
        **model.values(), **central_traits(model, places, "evidence"),
        **drug_traits(model.biology, {DUPILUMAB: 1}),
    }  # fmt: skip
    drawn = draw_patients(
        model, find_population("ad_child", model.biology), keys, SEED, centres=values
    )
    doses = [
        Probiotic(kind="probiotic", strains=STRAINS, cfu_per_day=4e9, start_day=0),
        TopicalSteroid(kind="topical_steroid", level=0.5, start_day=7, end_day=21),
        Antibiotic(kind="antibiotic", start_day=28, end_day=35),
        Dupilumab(kind="dupilumab", loading_mg=300, dose_mg=150, every_days=14, start_day=3.5),
    ]
    what = dose_schedule(doses, model, places, values, days)
    treated = Schedule(what.holds, what.pulses)
    numbers = {row.id: row.number("value") for row in model.tables.conduct.values()}
    life = Schedule(courses=natural_course(numbers, keys, SEED, drawn.age_years, 0.0, days))
    return Children(dict(drawn.parameters), treated, treated.merged(life))


@dataclass(frozen=True)
class Speed:
    """How long a batch took.

    Parameters
    ----------
    lanes : most patients of one piece of work
    first : the first run, compilation or the reading of its cache included (s)
    seconds : the shortest of the later runs (s)
    steps : steps tried, all patients together
    evaluations : of the right-hand side, each for one patient
    """

    lanes: int
    first: float
    seconds: float
    steps: int
    evaluations: int


def measure(
    model: Model, patients: int, days: int, rtol: float, precision: Precision, lanes: int | None
) -> Speed:
    """Follow the children with daily output on the device in use, three times after the first."""
    who = children(model, patients, days)
    start = np.repeat(model.initial("severe")[:, None], patients, axis=1)
    times = np.arange(days + 1.0)

    def once() -> tuple[float, Trajectories]:
        before = perf_counter()
        courses = simulate(
            model, who.parameters, start, who.doses, times,
            rtol=rtol, precision=precision, varying=who.life.parameters, lanes=lanes,
        )  # fmt: skip
        return perf_counter() - before, courses.raise_if_failed()

    first, courses = once()
    seconds = min(once()[0] for _ in range(3))
    together = lanes or xla.lanes_for(patients)
    return Speed(together, first, seconds, int(courses.steps.sum()), courses.evaluations)
