"""A cohort beside what was seen of such people: every target of a population, met or missed."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

from gutskin.errors import InputError, Problem, nearest
from gutskin.model.biology import Biology
from gutskin.model.model import Model
from gutskin.population.populations import find_population, load_populations
from gutskin.population.targets import Result, evaluate_targets, targets_of

PATIENTS = 512
SINGULAR = {
    "children": "child", "adults": "adult", "infants": "infant", "newborns": "newborn",
    "eczema": "ad",
}  # fmt: skip


@dataclass(frozen=True)
class Cohort:
    """A population and its targets.

    Parameters
    ----------
    name, label : of the population
    patients, seed : how many were drawn of it, and of which draw
    results : target by target, misses first
    evidence : target -> rows of the evidence tables
    notes : target -> how its range was set
    """

    name: str
    label: str
    patients: int
    seed: int
    results: tuple[Result, ...]
    evidence: dict[str, tuple[str, ...]]
    notes: dict[str, str]

    @property
    def met(self) -> int:
        """How many targets are met."""
        return sum(one.met for one in self.results)

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "population": self.name,
            "label": self.label,
            "patients": self.patients,
            "seed": self.seed,
            "met": self.met,
            "of": len(self.results),
            "targets": [
                {
                    **asdict(one),
                    "evidence": list(self.evidence[one.id]),
                    "note": self.notes[one.id],
                }
                for one in self.results
            ],
        }


def named_population(name: str, biology: Biology) -> str:
    """The population that a name means: ad_child is also children-ad.

    Raises
    ------
    InputError
        For a name that means none.
    """
    known = [*load_populations(biology)]
    if name in known:
        return name
    found = [one for one in known if _words(one) == _words(name)]
    if len(found) == 1:
        return found[0]
    message = f"there is no population {name!r}."
    raise InputError(Problem(message, None, None, nearest(name, known)))


def _words(name: str) -> frozenset[str]:
    words = re.split(r"[^a-z0-9]+", name.lower())
    return frozenset(SINGULAR.get(word, word) for word in words if word)


def cohort_of(model: Model, name: str, patients: int = PATIENTS, seed: int = 1) -> Cohort:
    """Draw a population and hold it beside its targets.

    Patients differ; what nobody knows has its central value.

    Parameters
    ----------
    patients : drawn of it, and of each population with which a target compares it
    seed : of the draw

    Raises
    ------
    InputError
        For an unknown population, and one of which no target speaks.
    """
    found = find_population(named_population(name, model.biology), model.biology)
    rows = targets_of(model, found.name)
    if not rows:
        message = f"no target of biology/targets/ speaks of {found.name}."
        raise InputError(Problem(message, None, None, "Take another population."))
    results = evaluate_targets(model, patients, seed, rows)
    return Cohort(
        found.name, found.label, patients, seed,
        tuple(sorted(results, key=lambda one: one.met)),
        {row.id: row.items("evidence") for row in rows},
        {row.id: row.text("note") for row in rows},
    )  # fmt: skip
