"""The plan of experiments: who is simulated and meets what, before any of it is compiled."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from gutskin.evidence.experiment_parts import AnyCheck, Arm
from gutskin.evidence.experiments import Statement, chosen, plan_experiments
from gutskin.model.biology import Biology
from gutskin.model.drugs import drugs
from gutskin.model.fragments import SITE, read_source
from gutskin.model.topicals import topicals
from gutskin.model.vocabulary import Vocabulary, vocabulary
from gutskin.population.calendar import DoseCalendar
from gutskin.population.doses import calendar_of
from gutskin.population.populations import Population, load_populations
from gutskin.population.reached_tiers import ANY, WEIGHT, Range, reached
from gutskin.population.regimen import Regimen, regimens, to_json
from gutskin.trials.design import load_trial


@dataclass(frozen=True)
class ExperimentArm:
    """One arm of an experiment, with what it is like put in.

    Parameters
    ----------
    ages : of those who are drawn (years)
    regimens : what they are given, in the order of the file
    calendar : the same, dose by dose
    """

    name: str
    title: str
    arm: Arm
    ages: tuple[float, float]
    regimens: tuple[Regimen, ...]
    calendar: DoseCalendar


@dataclass(frozen=True)
class ExperimentSizes:
    """How much there is to do for an experiment.

    Parameters
    ----------
    patients : in every arm, or in all replicates of its trial
    courses : of all arms, and of all sides of a contested statement
    days : of one course
    doses : of all arms that one patient would be given
    """

    patients: int
    courses: int
    days: float
    doses: int


@dataclass(frozen=True)
class ExperimentPlan:
    """One experiment that can be carried out."""

    statement: Statement
    arms: tuple[ExperimentArm, ...]
    sizes: ExperimentSizes

    def to_json(self, names: Vocabulary) -> dict[str, Any]:
        """As plain values: arms with their doses one by one, checks, sizes."""
        one = self.statement.experiment
        return {
            "id": self.statement.id,
            "statement": self.statement.says,
            "experiment": one.experiment,
            "days": one.days,
            "worlds": one.worlds,
            "patients": one.patients,
            "scorad": None if one.scorad is None else list(one.scorad),
            "trial": one.trial,
            "replicates": one.replicates if one.trial else None,
            "arms": [_arm_to_json(arm) for arm in self.arms],
            "checks": [_check_to_json(check, names) for check in one.everything],
            "sizes": asdict(self.sizes),
        }


@dataclass(frozen=True)
class ExperimentsPlan:
    """Experiments that can be carried out."""

    biology: Biology
    experiments: tuple[ExperimentPlan, ...]

    @property
    def courses(self) -> int:
        """Of all patients in all arms."""
        return sum(one.sizes.courses for one in self.experiments)

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        names = vocabulary(self.biology)
        return {
            "experiments": [one.to_json(names) for one in self.experiments],
            "sizes": {"experiments": len(self.experiments), "courses": self.courses},
        }


def plan_of_experiments(
    paths: Path | Sequence[Path], biology: Biology, ids: Sequence[str] = ()
) -> ExperimentsPlan:
    """Read experiments and plan them; nothing is compiled.

    Parameters
    ----------
    paths : of one file, or of several
    ids : of those that are wanted; all without

    Raises
    ------
    InputError
        With all problems of the files, and for ids that there are not.
    """
    names = vocabulary(biology)
    some = chosen(plan_experiments(paths, biology), ids)
    return ExperimentsPlan(biology, tuple(_planned(one, names) for one in some.values()))


def _planned(one: Statement, names: Vocabulary) -> ExperimentPlan:
    experiment = one.experiment
    arms = tuple(_arm(key, arm, experiment.days, names) for key, arm in one.arms.items())
    patients = experiment.worlds * experiment.patients if arms else 0
    courses = patients * len(arms) * (1 + len(experiment.sides))
    doses = sum(each.doses for arm in arms for each in arm.regimens)
    trials = dict.fromkeys(experiment.trial_of(check) for check in experiment.trial_checks)
    for name in trials:
        assert name is not None
        design = load_trial(name, names.biology)
        seated = sum(arm.n for arm in design.arms) * experiment.replicates
        patients, courses = patients + seated, courses + seated * len(design.arms)
    sizes = ExperimentSizes(patients, courses, float(experiment.days), doses)
    return ExperimentPlan(one, arms, sizes)


def _arm(name: str, arm: Arm, days: int, names: Vocabulary) -> ExperimentArm:
    calendar = calendar_of(arm.doses, float(days), drugs(names.biology), topicals(names.biology))
    population = load_populations(names.biology)[str(arm.population)]
    ages = arm.age_years or population.ages
    calendar = reached(calendar, names.biology, ages, _weights(arm, population))
    courses = regimens(arm.doses, calendar, float(days), names)
    return ExperimentArm(name, arm.title(name), arm, ages, courses, calendar)


def _weights(arm: Arm, population: Population) -> Range | None:
    """The weights that an arm gives its people (kg); None where they are those of their ages."""
    own = arm.always.get(WEIGHT)
    if isinstance(own, int | float):
        return float(own), float(own)
    return ANY if own is not None or WEIGHT in population.covariates else None


def _arm_to_json(one: ExperimentArm) -> dict[str, Any]:
    arm = one.arm
    return {
        "name": one.name,
        "label": one.title,
        "population": arm.population,
        "ages": list(one.ages),
        "start": arm.start,
        "noise": arm.noise,
        "always": dict(arm.always),
        "changed": dict(arm.changed),
        "state": dict(arm.state),
        "off": list(arm.off),
        "off_always": list(arm.off_always),
        **to_json(arm.doses, one.calendar, one.regimens),
        "holds": [_finite(hold.model_dump()) for hold in arm.holds],
    }


def _check_to_json(check: AnyCheck, names: Vocabulary) -> dict[str, Any]:
    found = {"quantity_in_words": called(check.quantity, names)} | check.model_dump(
        mode="json", exclude_none=True
    )
    return _finite(found)


def _finite(values: Any) -> Any:
    """Values for JSON: an open end is None."""
    if isinstance(values, Mapping):
        return {key: _finite(value) for key, value in values.items()}
    if isinstance(values, list | tuple):
        return [_finite(value) for value in values]
    open_end = isinstance(values, float) and values in (float("inf"), float("-inf"))
    return None if open_end else values


def called(quantity: str, names: Vocabulary) -> str:
    """A state, a rule or an endpoint as a reader calls it; its id where no table does."""
    tables = names.tables
    for row in tables.endpoints.values():
        if quantity in (row.id, row.text("quantity")):
            return row.text("label")
    if quantity in tables.species:
        return tables.species[quantity].text("name") or quantity
    for site in ("", *read_source(names.biology).sites):
        key = quantity.removesuffix(f"_{site}") + f"_{SITE}" if site else quantity
        if key in tables.rules and key.replace(SITE, site) == quantity:
            return tables.rules[key].text("name").replace(SITE, site)
    return quantity
