"""What `gutskin optimise` tells, in one dictionary ready for JSON: no date in it, no NaN."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.media import counted
from gutskin.model.overlay import worlds_entry
from gutskin.model.vocabulary import vocabulary
from gutskin.optimisation.designs import Design
from gutskin.optimisation.search import MARGIN, Found
from gutskin.optimisation.standing import where_a_design_stands
from gutskin.trials.certainty import FEWEST_DRAWS
from gutskin.trials.methods import IMPUTED, in_words, simple_rule
from gutskin.trials.parting import of_one_arm
from gutskin.trials.standing import where_it_stands
from gutskin.trials.summary import LIMITS

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.optimisation.asked import Asked
    from gutskin.optimisation.information import Decision
    from gutskin.statistics.value_of_information import Information
    from gutskin.trials.design import TrialDesign

LISTED = 20  # designs in the ranking; the table for spreadsheets has all
UNKNOWNS, PILOTS = 10, 12
ASSUMED = (
    "Costs are declared, not measured; another price of patients, visits, weeks or screening gives "
    "another best design.",
    "Every design is tested by analysis of covariance of two arms; effect and scatter of the "
    "simulated worlds are carried over to its size by the noncentral t distribution.",
    "An enriched design takes of those whom the trial admits; who else is screened is paid for and "
    "not followed. Patients who fail a run-in cost what screening costs.",
    "Dropout, missed visits and rescue are those of the simulated trial, which has the visits of "
    "all designs together.",
    "A pilot is one of the trial itself, with its lot, season and raters and whatever else trials "
    "of one product differ by: a pilot apart tells less, and no experiment tells that part. "
    "What it is worth takes the value of a significant benefit to be the budget over the "
    "break-even chance.",
)
CHOICES = ("endpoint", "week", "records", "dose", "run_in_weeks", "enrichment", "allocation")


def summarise_search(
    found: Found, design: TrialDesign, asked: Asked, biology: Biology, seed: int, stance: str
) -> dict[str, Any]:
    """Everything that is told of a search."""
    candidates = asked.candidates
    order = [int(one) for one in np.argsort(-found.assurances.value, kind="stable")]
    first = order[0]
    late, notes = of_one_arm(design, biology, candidates.arm)
    summary: dict[str, Any] = {
        "trial": design.name,
        "title": design.title,
        "stance": stance,
        "seed": seed,
        "worlds": found.worlds,
        "arm": candidates.arm,
        "arms": [one.entry for one in design.arms],
        "labels": _labels(asked, biology),
        "budget": found.budget,
        "cost": {**candidates.cost.model_dump(), "declared_in_file": asked.declared},
        "break_even": candidates.break_even,
        "screened_per_admitted": {f"{key:g}": value for key, value in found.watched.items()},
        "medians": found.cuts,
        "designs": len(order),
        "possibly_best": int(found.against.possible.sum()),
        "margin": MARGIN,
        "best": _row(found, first, first),
        "own": None if found.own is None else _row(found, found.own, first),
        "own_may_be_best": None if found.own is None else bool(found.against.possible[found.own]),
        "chosen_elsewhere": found.chosen,
        "nothing": sorted(found.nothing),
        "not_parted": late,
        "ranking": [_row(found, one, first) for one in order[:LISTED]],
        "by_choice": {name: _by_choice(found, name, first) for name in CHOICES},
        "by_budget": [
            {"times": times, "budget": times * found.budget, **_design(one), "assurance": value}
            for times, (one, value) in found.by_budget.items()
        ],
        "decision": _decision(found, asked),
        "model": {
            "version": found.version,
            "content_hash": biology.content_hash,
            **worlds_entry(biology),
        },
        "limits": [*ASSUMED, *LIMITS],
        "warnings": [*notes, *_warnings(found, design)],
        "applicability": where_it_stands(design, biology),
    }
    for row in (summary["best"], summary["own"], *summary["ranking"]):
        if row is not None:
            key = found.designs[row.pop("number")].key
            row["applicability"] = where_a_design_stands(design, candidates.arm, key, biology)
    return _clean(summary)


def rows_of(found: Found) -> list[dict[str, Any]]:
    """Every design, the best first, for a table."""
    order = [int(one) for one in np.argsort(-found.assurances.value, kind="stable")]
    rows = [_row(found, one, order[0]) for one in order]
    return [_clean({key: one for key, one in row.items() if key != "number"}) for row in rows]


def _labels(asked: Asked, biology: Biology) -> dict[str, str]:
    """What endpoints and enrichments are called."""
    rows = vocabulary(biology).tables.endpoints
    candidates = asked.candidates
    names = (*candidates.endpoints, *candidates.pilot.endpoints)
    groups = {one.name: one.title for one in candidates.enrichment}
    return {name: rows[name].text("label") for name in names} | groups


def _design(one: Design) -> dict[str, Any]:
    key = one.key
    return {
        "endpoint": key.endpoint,
        "week": key.week,
        "records": key.records,
        "dose": key.dose,
        "run_in_weeks": key.run_in_weeks,
        "enrichment": key.enrichment,
        "allocation": one.allocation,
        "control": one.control,
        "active": one.active,
        "patients": one.patients,
        "screened": one.screened * one.patients,
        "visits": one.visits,
        "cost": one.cost,
    }


def _row(found: Found, number: int, best: int) -> dict[str, Any]:
    """One design with its assurance and how far it is from the first."""
    its, against = found.assurances, found.against
    return {
        **_design(found.designs[number]),
        "number": number,
        "assurance": float(its.value[number]),
        "assurance_ci95": _ends(its.repeated[:, number]),
        "harm": float(its.harm[number]),
        "standardised_effect": float(its.effect[number]),
        "less_than_first": float(its.value[best] - its.value[number]),
        "less_than_best_bounds": [float(of[number]) for of in (against.least, against.most)],
        "may_be_best": bool(against.possible[number]),
        "worlds": int(its.worlds[number]),
    }


def _ends(repeated: np.ndarray) -> list[float]:
    """The central 95% of bootstrap samples."""
    return [float(one) for one in np.quantile(repeated, (0.025, 0.975))]


def _by_choice(found: Found, name: str, best: int) -> list[dict[str, Any]]:
    """For each value of one choice the best design that has it, the others free."""
    rows: dict[Any, int] = {}
    for number, one in enumerate(found.designs):
        value = one.allocation if name == "allocation" else getattr(one.key, name)
        held = rows.get(value)
        if held is None or found.assurances.value[number] > found.assurances.value[held]:
            rows[value] = number
    return [{"value": value, **_row(found, number, best)} for value, number in rows.items()]


def _information(one: Information, worth: float) -> dict[str, Any]:
    """What knowing something is worth, as a chance and in money."""
    return {
        "value": one.value,
        "error": one.error,
        "changes": one.changes,
        "worth": one.value * worth,
    }


def _decision(found: Found, asked: Asked) -> dict[str, Any]:
    """The decision, and what would change it."""
    its, candidates = found.decision, asked.candidates
    worth = found.budget / candidates.break_even
    pilot = candidates.pilot
    return {
        "run": its.best is not None,
        "design": None if its.best is None else _design(found.designs[its.best]),
        "gain": its.gain,
        "worth_of_success": worth,
        "options": [_design(found.designs[one]) for one in its.options],
        "perfect": _information(its.perfect, worth),
        "unknowns": [
            {"id": one.name, "note": one.note, **_information(one.information, worth)}
            for one in its.unknowns[:UNKNOWNS]
        ],
        "unknowns_by_chance": its.unknowns_by_chance,
        "pilot_n": pilot.n,
        "pilots": [
            {
                "endpoint": one.endpoint,
                "week": one.week,
                **_information(one.information, worth),
                "cost": _pilot_cost(found, asked, one.week),
            }
            for one in its.pilots[:PILOTS]
        ],
        "pilots_by_chance": its.pilots_by_chance,
        "soonest": _soonest(its),
    }


def _pilot_cost(found: Found, asked: Asked, week: float) -> float:
    """What a pilot costs: two visits of each patient, and the weeks between them."""
    cost, n = asked.candidates.cost, asked.candidates.pilot.n
    screened = next(iter(found.watched.values()))
    return 2 * n * (cost.patient + 2 * cost.visit + cost.week * week + cost.screened * screened)


def _soonest(its: Decision) -> dict[str, Any] | None:
    """The earliest pilot that is worth as much as the best one, within their errors."""
    if not its.pilots or not its.pilots[0].information.value > its.pilots_by_chance:
        return None
    top = its.pilots[0].information
    near = [
        one
        for one in its.pilots
        if one.information.value > its.pilots_by_chance
        and top.value - one.information.value <= 1.96 * math.hypot(top.error, one.information.error)
    ]
    one = min(near, key=lambda pilot: (pilot.week, -pilot.information.value))
    return {"endpoint": one.endpoint, "week": one.week, "value": one.information.value}


def _warnings(found: Found, design: TrialDesign) -> Iterator[str]:
    """What a reader should know of this search."""
    if found.worlds < FEWEST_DRAWS:
        yield (
            f"{counted(found.worlds, 'world')} are too few to tell designs apart; "
            f"write {FEWEST_DRAWS} or more (--replicates)."
        )
    if found.own is None:
        yield "The trial's own design is not among those compared, or the budget is too small."
    if design.analysis.method != "ancova" or design.analysis.missing in IMPUTED:
        yield (
            f"The trial is analysed by {in_words(design.analysis.method, design.analysis.missing)};"
            f" here all are by {in_words('ancova', simple_rule(design.analysis.missing))}."
        )
    if len(design.active) > 1:
        yield "Other active arms of the trial are left out."
    if design.randomisation is not None and design.randomisation.strata:
        yield "Strata of the randomisation are left out."
    if found.left_out:
        names = ", ".join(repr(one) for one in found.left_out)
        yield (
            f"Designs that take {names} are left out, all or some: in more than a tenth of the "
            "worlds too few of the simulated patients fit. Simulate more of each arm (--patients)."
        )
    if found.nothing:
        yield f"There is no effect at all on {', '.join(sorted(found.nothing))}."


def _clean(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _clean(one) for key, one in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_clean(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
