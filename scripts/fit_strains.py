"""Means and spreads of the axes of strains that were tried: from results to strains.tsv.

    .venv/bin/python scripts/fit_strains.py            # prints them beside the tables
    .venv/bin/python scripts/fit_strains.py --write    # writes them into the tables

strain_results.tsv names the results, each by rows of the evidence tables that may be calibrated on.
Every strain and every species that is a member of one gets its mean and its sd on that axis
(`gutskin.population.strain_update`). A unit of the axis `factor` is the pooled effect on SCORAD
(MA0001), one of `imprint` the pooled logarithm of the risk ratio of prevention (MA0020). To the
error of a result of one trial (`trials` 1) the spread between trials of one product is added
(`between_trials_*` of conduct.tsv), as to a trial of a user's own strain; the interval of a pool
of several holds its share of it already.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

from fitting import set_cells

from gutskin.model.biology import shipped_biology
from gutskin.model.evidence import Evidence, load_evidence
from gutskin.model.rows import Row
from gutskin.model.strain_knowledge import groups_of
from gutskin.model.tables import Tables, read_tables
from gutskin.population.draw import WIDTH
from gutskin.population.strain_update import Result, updated

BIOLOGY = Path(__file__).parents[1] / "src" / "gutskin" / "biology"
UNIT = {"points": "MA0001", "ln_ratio": "MA0020"}  # the pool that is one unit of the axis
SPREAD = {"points": "between_trials_scorad", "ln_ratio": "between_trials_eczema"}  # conduct.tsv
Fit = dict[tuple[str, str, str], tuple[float, float]]  # (table, row, axis) -> mean, sd


def pooled(row: Evidence, measure: str) -> tuple[float, float]:
    """Estimate and standard error of a row with an interval, in points or as ln of a ratio."""
    fields = row.fields
    value, low, high = (
        float(fields[name]) for name in (
            ("rr" if "rr" in fields else "estimate"), "ci_low", "ci_high",
        )
    )  # fmt: skip
    if measure == "ln_ratio":
        value, low, high = math.log(value), math.log(low), math.log(high)
    return value, (high - low) / WIDTH


def between_arms(active: Evidence, control: Evidence) -> tuple[float, float]:
    """Difference of two arms' changes, and its standard error."""
    arms = (active.fields, control.fields)
    change = [float(one["change_from_baseline"]) for one in arms]
    variance = [float(one["sd"]) ** 2 / float(one["n"]) for one in arms]
    return change[0] - change[1], math.sqrt(sum(variance))


def estimated(row: Row, evidence: dict[str, Evidence]) -> tuple[float, float]:
    """Estimate and standard error of a result, in units of its axis."""
    measure = row.text("measure")
    unit, _ = pooled(evidence[UNIT[measure]], measure)
    rows = [evidence[name] for name in row.items("evidence")]
    for one in rows:
        if not one.calibratable:
            raise SystemExit(f"{row.id}: {one.id} may not be calibrated on")
    if row.text("estimate"):
        value, error = row.number("estimate"), row.number("error")
    elif len(rows) == 2:
        value, error = between_arms(*rows)
    else:
        value, error = pooled(rows[0], measure)
    return value / unit, row.number("widen") * error / abs(unit)


def spread_between_trials(row: Row, evidence: dict[str, Evidence], tables: Tables) -> float:
    """What trials of one product differ by beyond their errors (sd, in units of the axis).

    Of a pool of several its interval holds it already.
    """
    measure = row.text("measure")
    unit, _ = pooled(evidence[UNIT[measure]], measure)
    alone = row.text("trials") == "1"
    return tables.conduct[SPREAD[measure]].number("value") / abs(unit) if alone else 0.0


def member(tables: Tables, name: str, result: str) -> dict[str, str]:
    """The groups of a member: a strain by its id, or an unnamed strain of a species."""
    if name in tables.strains:
        return {**groups_of(tables.strains[name]), "strain": name}
    relatives = [row for row in tables.strains.values() if row.text("species") == name]
    return {**groups_of(relatives[0]), "strain": f"{name} in {result}"}


def fitted(tables: Tables, evidence: dict[str, Evidence]) -> Fit:
    """Mean and sd of each axis of every strain and species that was tried."""
    shares = {
        level: tables.conduct[f"share_{level}"].number("value")
        for level in ("class", "species", "strain")
    }
    shares["strain"] += tables.conduct["share_product"].number("value")  # each in its own product
    rows = tables.biology.table("strain_results.tsv").values()
    found: Fit = {}
    for axis in dict.fromkeys(row.text("axis") for row in rows):
        own = [row for row in rows if row.text("axis") == axis]
        results = []
        for row in own:
            members = tuple(member(tables, name, row.id) for name in row.items("members"))
            estimate, error = estimated(row, evidence)
            error = math.hypot(error, spread_between_trials(row, evidence, tables))
            results.append(Result(members, estimate, error))
        prior = tables.strain_priors["any"]
        mean, sd = prior.number(f"{axis}_mean"), prior.number(f"{axis}_sd")
        for one in (one for result in results for one in result.members):
            new = {**one, "strain": "another"}
            found["strain_priors.tsv", one["species"], axis] = updated(
                new, results, mean, sd, shares
            )
            if one["strain"] in tables.strains:
                found["strains.tsv", one["strain"], axis] = updated(one, results, mean, sd, shares)
    return found


def write(path: Path, fit: Fit) -> None:
    """Put the fitted axes into a table."""
    cells: dict[tuple[str, str], str] = {}
    for (table, name, axis), (mean, sd) in fit.items():
        if table == path.name:
            cells |= {(name, f"{axis}_mean"): f"{mean:.2f}", (name, f"{axis}_sd"): f"{sd:.2f}"}
    set_cells(path, cells)


def main() -> None:
    """Print, and write if asked."""
    tables = read_tables(shipped_biology())
    fit = fitted(tables, dict(load_evidence()))
    for (table, name, axis), (mean, sd) in fit.items():
        rows = tables.strains if table == "strains.tsv" else tables.strain_priors
        was = f"{rows[name].text(f'{axis}_mean')} ({rows[name].text(f'{axis}_sd')})"
        print(f"{table:18} {name:36} {axis:8} {mean:6.2f} ({sd:.2f})   in the table {was}")
    if "--write" in sys.argv[1:]:
        for name in ("strains.tsv", "strain_priors.tsv"):
            write(BIOLOGY / name, fit)


if __name__ == "__main__":
    main()
