"""A small trial whose patients are all ill alike, for tests of what follows enrolment."""

from dataclasses import dataclass, fields

import numpy as np

from gutskin.model.compiled import load_model
from gutskin.population.streams import patient_keys
from gutskin.trials import screening
from gutskin.trials.design import TrialDesign
from gutskin.trials.study import prepare

SEED = 5
W23 = {"kind": "probiotic", "strains": ("w23",), "cfu_per_day": 4e9}
W51 = {"kind": "probiotic", "strains": ("w51",), "cfu_per_day": 2e9}
CREAM = {"kind": "emollient", "level": 0.8}
ENDPOINTS = ("scorad", "easi", "itch", "tewl")


def study(
    conduct=None,
    numbers=None,
    replicates=2,
    weeks=(0.0, 1.0, 2.0),
    active=(W23, CREAM),
    endpoints=ENDPOINTS,
):
    design = TrialDesign.model_validate(
        {
            "name": "followed",
            "population": "ad_child",
            "visits": {"weeks": weeks, "screening_weeks": 2.0},
            "arms": (
                {"name": "active", "n": 3, "interventions": active},
                {"name": "other", "n": 3, "interventions": (W51,)},
                {"name": "placebo", "n": 3, "control": True},
            ),
            "conduct": conduct or {},
            "analysis": {"primary": "scorad", "endpoints": endpoints},
        }
    )
    made = prepare(design, load_model(), replicates, SEED, "evidence")
    return with_numbers(made, numbers or {})


def with_numbers(made, changes):
    """The same study with other numbers of conduct.tsv."""

    @dataclass(frozen=True, eq=False)
    class Changed(type(made)):
        def numbers_of(self, keys):
            return super().numbers_of(keys) | changes

    return Changed(**{one.name: getattr(made, one.name) for one in fields(made)})


def enrolled(made, count=3, day=4.0):
    """Patients of every arm of every replicate, all ill alike, enrolled on one day."""
    replicates = len(next(iter(made.worlds.values())))
    keys = np.concatenate(
        [patient_keys(r, arm.name, count) for r in range(replicates) for arm in made.design.arms]
    )
    start = np.repeat(load_model().initial("severe")[:, None], len(keys), axis=1)
    everyone = np.arange(len(keys))
    return screening.Enrolled(
        keys, start, np.full(len(keys), day), 30.0 + everyone, np.tile(np.arange(count), 3)
    )
