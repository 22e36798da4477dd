"""The assessment table of ICH M15, filled from a frozen plan, the run and what is known."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from gutskin.credibility.declared import NOT_DECLARED, Declared, risk_of
from gutskin.credibility.factors import Evidence, Factor, criteria_of, effect_in, factors_of
from gutskin.media import agreeing, counted

if TYPE_CHECKING:
    from collections.abc import Mapping

NOBODY = "Not declared (gutskin plan --declare FILE)."


def assess(have: Evidence) -> dict[str, Any]:
    """The credibility report, ready for JSON."""
    criteria, factors = criteria_of(have), factors_of(have)
    counts = Counter(one.status for one in criteria)
    declared = have.plan.values["declared"]
    levels = Declared(influence=declared["influence"], consequence=declared["consequence"])
    return {
        "kind": "credibility of a simulated trial",
        "trial": have.plan.values["trial"],
        "title": have.plan.values["title"],
        "plan_sha256": have.plan.checksum,
        "changed": list(have.differs),
        "damaged": list(have.damaged),
        "table": table_of(have, risk_of(levels), criteria),
        "criteria": [one.to_json() for one in criteria],
        "factors": [one.to_json() for one in factors],
        "met": counts["met"],
        "missed": counts["missed"],
        "not_shown": counts["not shown"],
        "verdict": verdict(have, counts),
    }


def verdict(have: Evidence, counts: Mapping[str, int]) -> str:
    """What follows of the criteria, in one sentence.

    A run that is not what was planned answers another question, whatever it meets.
    """
    if have.differs or have.damaged:
        return (
            "The run is not what was planned: it does not count as its confirmation "
            f"({counted(len(have.differs) + len(have.damaged), 'difference')})."
        )
    missed, open_ = counts["missed"], counts["not shown"]
    if not missed and not open_:
        return "Every criterion of the plan is met."
    parts = []
    if missed:
        parts.append(f"{counted(missed, 'criterion')} {agreeing(missed, 'is', 'are')} missed")
    if open_:
        parts.append(f"{counted(open_, 'criterion')} {agreeing(open_, 'is', 'are')} not shown")
    text = " and ".join(parts).replace("criterions", "criteria")
    return f"Credibility for this use is not established: {text}."


def table_of(have: Evidence, risk: str, criteria: list[Factor]) -> list[dict[str, str]]:
    """The rows of the table: element, what is said."""
    plan, declared = have.plan.values, have.plan.values["declared"]
    its = plan["analysis"]
    question = declared["question"] or (
        f"Not declared. The trial asks whether {' and '.join(its['active'])} "
        f"{agreeing(len(its['active']), 'differs', 'differ')} from {its['control']} in "
        f"{its['label']} at week {its['week']:g}."
    )
    rows = {
        "Question of interest": question,
        "Context of use": declared["context_of_use"] or NOBODY,
        "Model influence": _level(declared["influence"], declared["influence_because"]),
        "Consequence of a wrong decision": _level(
            declared["consequence"], declared["consequence_because"]
        ),
        "Model risk": NOBODY if risk == NOT_DECLARED else risk.capitalize(),
        "Model impact": _level(declared["impact"], ""),
        "Technical criteria": "; ".join(f"{one.name}: {one.criterion}" for one in criteria),
        "Verification": _of_group(have, "Verification"),
        "Validation": _of_group(have, "Validation"),
        "Applicability": _of_group(have, "Applicability"),
        "Uncertainty": _uncertainty(have),
    }
    return [{"element": key, "says": value} for key, value in rows.items()]


def _level(level: str, why: str) -> str:
    if level == NOT_DECLARED:
        return NOBODY
    return f"{level.capitalize()}. {why}".strip()


def _of_group(have: Evidence, group: str) -> str:
    """How the factors of a group stand, in numbers."""
    counts = Counter(one.status for one in factors_of(have) if one.group.startswith(group))
    return ", ".join(f"{many} {status}" for status, many in counts.items()) + "."


def _uncertainty(have: Evidence) -> str:
    """The answer with its interval over worlds, and the chance of a significant benefit."""
    one = have.result["endpoints"][have.result["primary"]]["difference"]
    chance = one.get("share_p_below_0_05_for")
    what, one, true = effect_in(one)
    said = f"{what.capitalize()} {one['mean']:.3g}"
    if one.get("ci95_low") is not None:
        said += f" (95% of trials {one['ci95_low']:.3g} to {one['ci95_high']:.3g})"
    if true.get("ci95_low") is not None:
        said += f"; true effect in 95% of worlds {true['ci95_low']:.3g} to {true['ci95_high']:.3g}"
    if chance is not None:
        said += f"; significant in favour in {100 * chance:.3g}% of trials"
    return f"{said}. What the model leaves out is in no interval."
