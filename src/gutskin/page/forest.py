"""Studies behind a statement: effects with their intervals, the pools, and what speaks against.

Rows are those of the evidence tables that a statement, or a mechanism that carries it, cites, as
far as they are effects: ratios of risk, odds or hazard, and differences in SCORAD. Where a
statement cites a published pool, the single trials of the tables that ask the same stand beside it,
one row for each cohort, and are pooled here as well: one sees whether the two agree.

References
----------
Knapp & Hartung (2003), Improved tests for a random effects meta-regression with a single covariate,
doi:10.1002/sim.1482
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from gutskin.model.evidence import Evidence
from gutskin.model.model import Model
from gutskin.statistics.meta_analysis import meta_analysis

Z = 1.959963984540054  # from an estimate to the end of its 95% interval, in standard errors
RATIOS, POINTS = "ratio", "points"
RATIO = re.compile(r"\b(RR|OR|HR|odds ratio|hazard ratio)\b")
SCORAD = re.compile(r"^(MD|WMD) SCORAD$|^WMD$")
PER_UNIT = re.compile(r"\bper\b")  # the size of a ratio per unit says nothing beside others
AT = 24.0  # months: of several readings of a cohort the nearest is taken
FEWEST = 3  # studies that are pooled
ASKED = {RATIOS: "prevention", POINTS: "treatment"}  # what single trials of a scale ask
ROLES = ("source", "mechanism", "against")


def forests_of(
    cited: Mapping[str, Iterable[str]], model: Model, evidence: Mapping[str, Evidence]
) -> list[dict[str, Any]]:
    """What a card draws, ready for JSON: a forest for ratios and one for points of SCORAD.

    Parameters
    ----------
    cited : ids of rows by role, in the order of `ROLES`
    """
    rows: dict[str, dict[str, Any]] = {}
    for role in ROLES:
        for name in cited[role]:
            if name in evidence and name not in rows:
                row = _row(evidence[name], role)
                if row is not None:
                    rows[name] = row
    found = []
    for scale in (RATIOS, POINTS):
        some = [row for row in rows.values() if row["scale"] == scale]
        asked = any(row["pool"] and row["role"] == "source" and row["asks"] for row in some)
        trials = [*_trials(scale, model, evidence)] if asked else []
        some += [row for row in trials if row["id"] not in rows]
        if some:
            shown = [{key: row[key] for key in row if key != "asks"} for row in some]
            pooled = pool_of(trials, scale)
            found.append({"scale": scale, "rows": sorted(shown, key=_order), "pooled": pooled})
    return found


def pool_of(rows: Iterable[Mapping[str, Any]], scale: str) -> dict[str, Any] | None:
    """Studies of one measure, the most frequent, as one; none where they are too few.

    Random effects (REML), interval by Hartung and Knapp.
    """
    by_measure: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_measure.setdefault(row["measure"], []).append(row)
    some = max(by_measure.values(), key=len, default=[])
    if len(some) < FEWEST:
        return None
    ends = np.array([[row["middle"], row["low"], row["high"]] for row in some])
    if scale == RATIOS:
        ends = np.log(ends)
    found = meta_analysis(ends[:, 0], ((ends[:, 2] - ends[:, 1]) / (2 * Z)) ** 2)
    three = np.array([found.mean.value, *found.mean.interval()])
    if not np.isfinite(three).all():
        return None  # all the same: their spread says nothing of an interval
    if scale == RATIOS:
        three = np.exp(three)
    middle, low, high = (float(f"{value:.3g}") for value in three)
    return {
        "middle": middle,
        "low": low,
        "high": high,
        "measure": some[0]["measure"],
        "count": len(some),
    }


def _row(one: Evidence, role: str) -> dict[str, Any] | None:
    """An effect with its interval; none where a row is something else."""
    cells = one.fields
    middle = _first(cells, "estimate", "rr", "value")
    low, high = _first(cells, "ci_low", "low"), _first(cells, "ci_high", "high")
    measure = cells.get("measure") or cells.get("effect_measure") or cells.get("unit") or ""
    scale = _scale(measure, cells)
    if scale is None or one.withheld or not _ordered(low, middle, high):
        return None
    what = [cells.get(name, "") for name in _WHAT[one.table]]
    return {
        "id": one.id, "scale": scale, "role": role, "pool": one.table == "meta_analyses",
        "name": cells.get("meta_id") or cells.get("trial_id") or cells.get("item_id") or "",
        "what": ", ".join(filter(None, what)), "measure": _short(measure, scale),
        "middle": middle, "low": low, "high": high, "count": cells.get("n_studies") or "",
        "asks": cells.get("question") == ASKED[scale],
    }  # fmt: skip


_WHAT = {
    "meta_analyses": ("population", "subgroup"),
    "prevention_trials": ("outcome",),
    "other_interventions": ("arm", "outcome"),
    "reference_values": ("quantity",),
    "treatment_trials": ("outcome",),
    "strain_readouts": ("readout",),
    "models": ("quantity",),
}


def _scale(measure: str, cells: Mapping[str, str]) -> str | None:
    if RATIO.search(measure):
        per = PER_UNIT.search(f"{measure} {cells.get('quantity', '')}")
        return None if per else RATIOS
    if SCORAD.match(measure) or (
        measure == "points" and cells.get("outcome") == "SCORAD difference"
    ):
        return POINTS
    return None


def _short(measure: str, scale: str) -> str:
    """RR, OR or HR; points."""
    found = RATIO.search(measure)
    if scale == POINTS or found is None:
        return "points"
    return {"odds ratio": "OR", "hazard ratio": "HR"}.get(found[1], found[1])


def _trials(scale: str, model: Model, evidence: Mapping[str, Evidence]) -> Iterator[dict[str, Any]]:
    """Single trials of the tables on the same scale, one row of each cohort."""
    if scale == POINTS:
        for row in model.biology.table("strain_trials.tsv").values():
            source = row.items("evidence")
            if row.text("endpoint") != "scorad" or not source or source[0] not in evidence:
                continue
            cells, middle = evidence[source[0]].fields, row.number("estimate")
            half = Z * row.number("se")
            yield {
                "id": source[0], "scale": scale, "role": "study", "pool": False,
                "name": cells["trial_id"], "what": cells["strains"], "measure": "points",
                "middle": middle, "low": round(middle - half, 2), "high": round(middle + half, 2),
                "count": "", "asks": False,
            }  # fmt: skip
        return
    nearest: dict[str, tuple[float, dict[str, Any]]] = {}
    for one in evidence.values():
        row = _row(one, "study") if one.table == "prevention_trials" else None
        if row is None or not re.search(r"\b(eczema|AD)\b", one.fields["outcome"]):
            continue
        cohort = re.match(r"[A-Za-z]+", row["name"])
        far = abs(float(one.fields["age_at_outcome_months"]) - AT)
        key = cohort[0] if cohort else row["name"]
        if key not in nearest or far < nearest[key][0]:
            nearest[key] = (far, row)
    yield from (row for _, row in nearest.values())


def _first(cells: Mapping[str, str], *names: str) -> float | None:
    """The first of some cells that is a number."""
    for name in names:
        if text := cells.get(name):
            try:
                return float(text)
            except ValueError:
                return None
    return None


def _ordered(low: float | None, middle: float | None, high: float | None) -> bool:
    """Whether three numbers are an estimate within its interval."""
    return low is not None and middle is not None and high is not None and low <= middle <= high


def _order(row: Mapping[str, Any]) -> tuple[bool, int, float]:
    """Studies first, then pools; what is cited first; the strongest first."""
    return row["pool"], [*ROLES, "study"].index(row["role"]), row["middle"]
