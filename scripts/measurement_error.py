"""Measure what an error of one record does to a trial, and what published records allow.

    .venv/bin/python scripts/measurement_error.py      the tables of docs/measurement_error.md

Three tables: the error that the items of a diary leave in a score (a floor), the error that the
reliability studies give with the spread of our own trials at entry (a ceiling), and trials of
children with errors between them beside what trials reported.
"""

import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

from gutskin.errors import exit_on_input_error
from gutskin.model.compiled import load_model
from gutskin.model.evidence import load_evidence
from gutskin.model.rows import Row
from gutskin.trials.design import load_trial
from gutskin.trials.run import run_trial

# item of SCORAD: the row of models.tsv with its error in diaries
ITEMS = {
    "body_extent": "MO0194", "itch_score": "MO0196", "sleep_loss": "MO0198",
    "sign_dryness": "MO0200", "sign_erythema": "MO0202", "sign_oedema": "MO0204",
    "sign_oozing": "MO0206", "sign_excoriation": "MO0208", "sign_lichenification": "MO0210",
}  # fmt: skip
TOP = {"body_extent": 100.0, "itch_score": 10.0, "sleep_loss": 10.0}  # of a sign 3
EASI_SIGNS = ("sign_erythema", "sign_oedema", "sign_excoriation", "sign_lichenification")
WORLDS, PATIENTS = 16, 60
ERRORS = (2.75, 4.5, 7.3)

TRIAL = """
name = "one-arm"
title = "Placebo alone"
population = "{population}"
[eligibility]
age_years = {ages}
scorad = {scorad}
[visits]
weeks = {weeks}
screening_weeks = 4
[[arms]]
name = "placebo"
n = {patients}
control = true
[[arms]]
name = "other"
n = 2
[analysis]
primary = "scorad"
endpoints = ["scorad", "easi"]
"""
TRIALS = {
    "as in the six-strain trial": {"ages": [1, 13], "scorad": [25, 103], "weeks": [0, 8]},
    "moderate, 12 weeks": {"ages": [1, 12], "scorad": [25, 50], "weeks": [0, 12]},
    "mild to moderate, 12 weeks": {"ages": [1, 13], "scorad": [15, 40], "weeks": [0, 12]},
    "after a run-in of 2 weeks": {"ages": [1, 13], "scorad": [20, 50], "weeks": [0, 2, 14]},
}


def design_of(population="ad_child", **keys):
    """A trial with one arm that counts."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "one-arm.toml"
        path.write_text(
            TRIAL.format(population=population, patients=PATIENTS, **keys), encoding="utf-8"
        )
        return load_trial(str(path))


def with_errors(model, errors):
    """The model with other errors of measurement: endpoint -> error of one record."""
    ends = dict(model.tables.endpoints)
    for name, error in errors.items():
        ends[name] = replace(ends[name], cells={**ends[name].cells, "noise": str(error)})
    return replace(model, tables=replace(model.tables, endpoints=ends))


def with_items(model):
    """The model with every item of SCORAD as an endpoint without error."""
    cells = {"scale": "linear", "noise": "0", "expectation": "0", "label": "", "unit": "1"}
    rows = {name: Row({"id": name, "quantity": name, **cells}, Path("items"), 0) for name in ITEMS}
    tables = replace(model.tables, endpoints={**model.tables.endpoints, **rows})
    return replace(model, tables=tables)


def scores(items):
    """SCORAD and EASI of these items, as in scores.ant."""
    signs = sum(value for name, value in items.items() if name.startswith("sign_"))
    some = sum(items[name] for name in EASI_SIGNS)
    scorad = items["body_extent"] / 5 + 3.5 * signs + items["itch_score"] + items["sleep_loss"]
    return scorad, 72 * (items["body_extent"] / 100) ** 0.9 * (some / 12) ** 0.9


def placebo(design, model, names, replicates=WORLDS):
    """True values and records of the control [name, replicate, patient, visit]."""
    wanted = design.analysis.model_copy(update={"endpoints": names})
    design = design.model_copy(update={"analysis": wanted})
    data = run_trial(design, model, replicates, keep_patients=True).data
    arm = design.control.name
    data = data.isel(patient=slice(0, design.control.n))
    return data["latent"].sel(arm=arm, given=arm).to_numpy(), data["measured"].sel(
        arm=arm
    ).to_numpy()


def spread(values):
    """Standard deviation between the patients of one world, over worlds [replicate, patient]."""
    return float(np.sqrt(np.nanmean(np.nanvar(values, axis=1, ddof=1))))


def floor(design, model, rng):
    """Mean and spread at entry of both scores, and the error that a diary's items leave in them."""
    names = ("scorad", "easi", *ITEMS)
    true, _ = placebo(design, with_items(model), names, 8)
    true = dict(zip(names, true[..., 0]))
    items = {name: true[name] for name in ITEMS}
    for own, other in zip((true["scorad"], true["easi"]), scores(items)):
        np.testing.assert_allclose(own, other, rtol=1e-3, atol=1e-2)
    evidence = load_evidence()
    found = []
    for _ in range(20):
        noisy = {
            name: np.clip(
                value + float(evidence[ITEMS[name]].fields["value"]) * rng.normal(size=value.shape),
                0.0, TOP.get(name, 3.0),
            )
            for name, value in items.items()
        }  # fmt: skip
        found.append(scores(noisy))
    errors = [np.nanstd([one[place] for one in found], axis=0).mean() for place in (0, 1)]
    return [
        (float(np.nanmean(true[name])), spread(true[name]), float(error))
        for name, error in zip(("scorad", "easi"), errors)
    ]


def reliabilities(place):
    """Same-rater reliability of EASI (0) or objective SCORAD (1), by study."""
    values = [load_evidence()[row].fields["value"].split("/") for row in ("RV0758", "RV0760")]
    return [float(one[place]) for one in values]


def heads(*words):
    """The first two lines of a table."""
    yield "| " + " | ".join(words) + " |"
    yield "| " + " | ".join(["---"] * len(words)) + " |"


def table_of_limits(model):
    """The floor and the ceiling of the error of one record."""
    rng = np.random.default_rng(1)
    yield from heads(
        "score", "in", "mean, SD between patients at entry", "floor: items of a diary",
        "ceiling: same rater twice", "geometric mean",
    )  # fmt: skip
    entered = {
        "children": design_of(ages=[1, 13], scorad=[25, 103], weeks=[0, 1]),
        "severe adults": design_of("ad_adult", ages=[18, 55], scorad=[55, 103], weeks=[0, 1]),
    }
    for who, design in entered.items():
        limits = floor(design, model, rng)
        for (mean, sd, least), name, place in zip(limits, ("SCORAD", "EASI"), (1, 0)):
            most = [sd * (1 - icc) ** 0.5 for icc in reliabilities(place)]
            middle = (least * most[0]) ** 0.5
            yield (
                f"| {name} | {who} | {mean:.0f}, {sd:.1f} | {least:.1f} | "
                f"{most[0]:.1f} and {most[1]:.1f} | {middle:.1f} |"
            )


def table_of_trials(model):
    """Control arms with each error."""
    yield from heads(
        "trial", "error", "SD at entry, at the end", "change", "SD of change, of it true",
        "correlation of entry and end",
    )  # fmt: skip
    for title, keys in TRIALS.items():
        design = design_of(**keys)
        for error in ERRORS:
            (true,), (seen,) = placebo(design, with_errors(model, {"scorad": error}), ("scorad",))
            first = 0
            if len(keys["weeks"]) == 3:  # enrolled anew after the run-in
                first = 1
                low, high = keys["scorad"]
                kept = (seen[..., 1] >= low) & (seen[..., 1] <= high)
                true, seen = (np.where(kept[..., None], one, np.nan) for one in (true, seen))
            change, real = seen[..., -1] - seen[..., first], true[..., -1] - true[..., first]
            both = [np.ma.masked_invalid(one) for one in (seen[..., first], seen[..., -1])]
            r = np.mean([np.ma.corrcoef(a, b)[0, 1] for a, b in zip(*both)])
            ends = f"{spread(seen[..., first]):.1f}, {spread(seen[..., -1]):.1f}"
            yield (
                f"| {title} | {error:g} | {ends} | "
                f"{np.nanmean(change):.1f} | {spread(change):.1f}, {spread(real):.1f} | {r:.2f} |"
            )


def tables():
    """Every table, as Markdown, by name."""
    model = load_model()
    return {
        "limits": "\n".join(table_of_limits(model)),
        "trials": "\n".join(table_of_trials(model)),
    }


if __name__ == "__main__":
    with exit_on_input_error():
        found = tables()
    for name, text in found.items():
        print(name, text, sep="\n\n", end="\n\n")
