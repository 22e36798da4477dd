"""A frozen plan: trial, model, estimands, analysis, draws and what must hold, under one checksum.

Written before a trial is simulated. Whoever holds it can tell later whether trial, model, analysis
or criteria were changed after the result was known.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gutskin.credibility.declared import Declared
from gutskin.errors import InputError, Problem
from gutskin.model.joint_draws import jointly_drawn
from gutskin.model.overlay import worlds_entry
from gutskin.model.vocabulary import vocabulary
from gutskin.population.populations import load_populations
from gutskin.trials.ancova import ALPHA
from gutskin.trials.chunks import program
from gutskin.trials.estimands import endpoint_of, estimators_of
from gutskin.trials.outside import told_as_it_is
from gutskin.trials.parts import OTHER_CRITERIA
from gutskin.trials.strain_sources import shared_places
from gutskin.unchangeable import unchangeable

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.trials.design import TrialDesign
    from gutskin.trials.plan import TrialPlan

KIND = "frozen plan of a simulated trial"
PLAN = "plan.json"
GIVEN = ("arms", "run_in", "adherence")  # of a plan: who gets what, dose by dose
SCORES = ("scorad", "easi", "iga", "itch", "total_ige")  # of entry and of subgroups
WORDS = ("label", "scale", "unit")  # columns of endpoints.tsv


@dataclass(frozen=True, eq=False)
class FrozenPlan:
    """A plan as it was frozen.

    Parameters
    ----------
    values : all that it says, ready for JSON
    """

    values: Mapping[str, Any]

    def __post_init__(self) -> None:
        """What is frozen cannot be changed."""
        object.__setattr__(self, "values", unchangeable(self.values))

    @property
    def checksum(self) -> str:
        """SHA-256 of all that it says, however it is laid out."""
        text = json.dumps(self.values, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def to_json(self) -> str:
        """As its file holds it."""
        whole = {**self.values, "checksum": self.checksum}
        return json.dumps(whole, indent=2, ensure_ascii=False, allow_nan=False) + "\n"

    @classmethod
    def read(cls, folder: Path) -> FrozenPlan:
        """That of a folder.

        Raises
        ------
        InputError
            If it is missing, or was changed after it was frozen.
        """
        path = folder / PLAN
        remedy = "Freeze a plan there first: gutskin plan TRIAL --out FOLDER."
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise InputError(Problem("there is no frozen plan.", path, None, remedy)) from None
        if not isinstance(values, dict) or values.get("kind") != KIND:
            raise InputError(Problem("this is no frozen plan.", path, None, remedy))
        told = values.pop("checksum", "")
        found = cls(values)
        if found.checksum != told:
            what = "the plan was changed after it was frozen: its checksum is another one."
            raise InputError(Problem(what, path, None, "Take the file as it was frozen."))
        return found


def freeze(plan: TrialPlan, declared: Declared, stance: str) -> FrozenPlan:
    """The plan of a trial that is about to be simulated."""
    design, biology = plan.design, plan.biology
    text = design.model_dump_json()
    values = {
        "kind": KIND,
        "trial": design.name,
        "title": design.title,
        "declared": declared.model_dump(mode="json", exclude={"acceptance"}),
        "acceptance": declared.acceptance.model_dump(mode="json"),
        "design": json.loads(text),
        "design_sha256": hashlib.sha256(text.encode()).hexdigest(),
        "model": {"content_hash": biology.content_hash, **worlds_entry(biology)},
        "program": program(),
        "stance": stance,
        "draws": str(biology.draws),
        "seed": plan.seed,
        "replicates": plan.replicates,
        "alpha": ALPHA,
        "who": _who(plan),
        "given": {key: value for key, value in plan.to_json().items() if key in GIVEN},
        "analysis": _analysis(plan),
        "estimands": [one.model_dump(mode="json") for one in design.estimands],
        "estimators": [one.name for one in estimators_of(design)] if design.estimands else [],
        "unknowns": _unknowns(biology),
        "applicability": told_as_it_is(design, biology).to_json(),
    }
    if shared := shared_places(design, vocabulary(biology).tables):
        values["shared_places"] = shared
    if plan.unknown_species:
        values["unknown_species"] = plan.unknown_species
    return FrozenPlan(values)


def _analysis(plan: TrialPlan) -> dict[str, Any]:
    """How it will be analysed, in words of the file and of endpoints.tsv."""
    design, rows = plan.design, vocabulary(plan.biology).tables.endpoints
    looks = design.analysis.interim
    return {
        "primary": design.analysis.primary,
        "label": rows[design.analysis.primary].text("label"),
        "week": design.visits.weeks[design.analysed],
        "endpoints": list(design.analysis.endpoints),
        "method": design.analysis.method,
        "methods": dict(design.analysis.methods),
        "missing": design.analysis.missing,
        "multiplicity": design.analysis.multiplicity,
        **({} if looks is None else {"interim": looks.model_dump(mode="json")}),
        "control": design.control.name,
        "active": [one.name for one in design.active],
        "words": {name: {key: rows[name].text(key) for key in WORDS} for name in _named(design)},
    }


def _named(design: TrialDesign) -> list[str]:
    """Every endpoint that the plan speaks of: measured, or asked of who may enrol or go on."""
    named = [*design.analysis.endpoints, *SCORES, *OTHER_CRITERIA]
    named += [endpoint_of(one, design) for one in design.estimands]
    named += [] if design.responders is None else [design.responders.rule]
    return list(dict.fromkeys(named))


def _who(plan: TrialPlan) -> dict[str, Any]:
    """Populations with their labels, and the ages of those who may enrol (years)."""
    known = load_populations(plan.biology)
    people = {name: known[name].label for name in plan.design.population}
    return {"populations": people, "ages": list(plan.ages)}


def _unknowns(biology: Biology) -> dict[str, Any]:
    """What is drawn of what nobody knows, and what stands behind the mechanisms."""
    tables = vocabulary(biology).tables
    roles = Counter(row.text("role") for row in tables.parameters.values())
    grades = Counter(row.text("grade") for row in tables.mechanisms.values())
    claimed = sum(
        row.text("role") == "prior" and bool(row.text("claimed")) and row.number("value") == 0.0
        for row in tables.parameters.values()
    )
    return {
        "parameters": len(tables.parameters),
        "priors": roles["prior"],
        "fitted_together": len(jointly_drawn(biology)),
        "conduct": sum(bool(row.text("low")) for row in tables.conduct.values()),
        "mechanisms": len(tables.mechanisms),
        "grades": {grade: grades[grade] for grade in ("A", "B", "C")},
        "claim_only": claimed,
    }


NAMES = {
    "design_sha256": "the trial file",
    "model": "the model (its tables and equations)",
    "program": "the program",
    "stance": "the stance",
    "draws": "how worlds are drawn",
    "seed": "the seed",
    "replicates": "the number of replicates",
    "acceptance": "what must hold",
    "declared": "what was declared",
}


def changes(frozen: FrozenPlan, now: FrozenPlan) -> Iterator[str]:
    """In what the trial of now is another than the plan that was frozen, in words."""
    for key, name in NAMES.items():
        if frozen.values.get(key) != now.values.get(key):
            yield f"{name} changed since the plan was frozen"


def changes_of_run(frozen: FrozenPlan, record: Mapping[str, Any]) -> Iterator[str]:
    """In what a finished run is not what was planned, in words.

    Parameters
    ----------
    record : `trial`, `design`, `model`, `stance`, `seed`, `replicates`, `program` of its run.json
    """
    told = hashlib.sha256(str(record["design"]).encode()).hexdigest()
    pairs = {
        "design_sha256": told,
        "program": record["program"],
        "stance": record["stance"],
        "seed": record["seed"],
        "replicates": record["replicates"],
    }
    for key, value in pairs.items():
        if frozen.values[key] != value:
            said = "" if len(str(value)) > 20 else f" ({value} instead of {frozen.values[key]})"
            yield f"{NAMES[key]} of the run is not the planned one{said}"
    if frozen.values["model"]["content_hash"] != record["model"]:
        yield f"{NAMES['model']} of the run is not the planned one"
