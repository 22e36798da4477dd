"""A finished run of a trial as the page shows it: what trials would report, arms, power, numbers.

Nothing is simulated here: patients are read from the folder that `gutskin trial` wrote, analysed
and carried over to trials of other sizes by what the commands use.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from gutskin.errors import InputError, Problem
from gutskin.model.biology import DRAWS
from gutskin.model.compiled import load_model
from gutskin.model.model import Model
from gutskin.model.tables import STANCES
from gutskin.population.own_strains import with_strains
from gutskin.report.shown_effect import shown_effect
from gutskin.trials.analysis import Analysis, Comparison
from gutskin.trials.certainty import of_other_stance
from gutskin.trials.chunks import chunks_of
from gutskin.trials.design import TrialDesign
from gutskin.trials.manifest import RECORD, Manifest
from gutskin.trials.power import ArmPower, power_of
from gutskin.trials.power_curves import MOST, Estimate
from gutskin.trials.result import QUANTILES
from gutskin.trials.result_folder import COURSES, SUMMARY
from gutskin.trials.run import Trial, run_trial
from gutskin.trials.store import Store

SIZES = (5, 10, 15, 20, 30, 40, 50, 75, 100, 150, 200, 300, 400, 500)  # patients of the control arm
DIGITS = 4  # significant ones of a number on the page
FEWEST = 2  # worlds of which effect and scatter are known


def trial_result_of(folder: Path, model: Model) -> dict[str, Any]:
    """The result in a folder, ready for JSON.

    Parameters
    ----------
    model : of the page; a result of another model is refused

    Raises
    ------
    InputError
        If the folder holds no whole result of this model and this program.
    """
    manifest = whole_result(folder)
    record = manifest.record
    design = TrialDesign.model_validate_json(record.design)
    biology = with_strains(model.biology, design.strains, design.name)
    drawn = (replace(biology, draws=draws) for draws in DRAWS)  # results are of any worlds
    biology = next((one for one in drawn if one.content_hash == record.model), biology)
    if record.model != biology.content_hash:
        what = f"it was made with the model {record.model}; this one is {biology.content_hash}."
        raise InputError(Problem(what, folder, None, _again(manifest)))
    own = model if biology == model.biology else load_model(biology)
    other = next(stance for stance in STANCES if stance != record.stance)
    counts = {record.stance: record.replicates, other: of_other_stance(record.replicates)}
    runs = {
        stance: _read(
            folder, design, own, counts[stance], record.seed, stance, _again(manifest),
            explained=stance == record.stance,
        )
        for stance in STANCES
    }  # fmt: skip
    main = runs[record.stance]
    summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    primary = main.analysis.endpoints[design.analysis.primary]
    ratio = any(_on_ratio(run.analysis) for run in runs.values())
    return {
        "name": design.name,
        "title": design.title,
        "command": manifest.command,
        "seed": record.seed,
        "stance": record.stance,
        "primary": {
            "name": design.analysis.primary, "label": primary.label, "unit": primary.unit,
            "lower": primary.lower_is_better, "ratio": ratio,
            "meaningful": None if ratio else design.analysis.meaningful_difference,
        },
        "arms": [arm.entry for arm in design.arms],
        "visits": list(design.visits.weeks),
        "course": _courses(folder, design),
        "sizes": SIZES,
        "stances": {name: _stance(run.analysis, design, ratio) for name, run in runs.items()},
        "published": summary.get("published", []),
        "labels": {name: one["label"] for name, one in summary["endpoints"].items()},
    }  # fmt: skip


def whole_result(folder: Path) -> Manifest:
    """What a folder says of the result in it.

    Raises
    ------
    InputError
        If there is none, or a file of it was changed.
    """
    try:
        manifest = Manifest.read(folder)
    except (OSError, ValueError):
        what = f"there is no whole result here: its {RECORD} is missing or damaged."
        remedy = "`gutskin trial NAME --report` writes one into out/NAME."
        raise InputError(Problem(what, folder, None, remedy)) from None
    if damaged := manifest.damaged(folder):
        raise InputError(damaged)
    return manifest


def _again(manifest: Manifest) -> str:
    return f"Run it anew: `{manifest.command}`." if manifest.command else "Run the trial anew."


def _read(
    folder: Path, design: TrialDesign, model: Model, count: int, seed: int, stance: str, again: str,
    *, explained: bool,
) -> Trial:  # fmt: skip
    """The replicates of a stance, analysed; all of them must lie in the folder.

    Those of the stance that was asked for explain the effect, the others do not.
    """
    chunks = chunks_of(design, model.content_hash, stance, seed, count, explained=explained)
    with TemporaryDirectory(prefix="gutskin-") as place:
        store = Store(Path(place), Store.beside(folder).earlier)
        if len(store.finished(chunks)) < len(chunks):
            what = f"its patients under the {stance} stance are of another version of gutskin."
            raise InputError(Problem(what, folder, None, again))
        return run_trial(design, model, count, seed, stance, store=store, explained=explained)


def _courses(folder: Path, design: TrialDesign) -> dict[str, list[list[float | None]]]:
    """Arm -> for every visit the measured values of its patients at `QUANTILES`."""
    import xarray as xr

    with xr.open_dataset(folder / COURSES) as courses:
        found = courses["measured_quantile"].sel(endpoint=design.analysis.primary)
        found = found.sel(quantile=list(QUANTILES))
        return {
            arm.name: [
                _told(found.sel(arm=arm.name, visit=week).values) for week in design.visits.weeks
            ]
            for arm in design.arms
        }


def _on_ratio(analysis: Analysis) -> bool:
    """Whether the primary effect is told as a ratio of geometric means, as the report tells it."""
    primary = analysis.endpoints[analysis.primary]
    return any(shown_effect(primary, arm).ratio for arm in primary.comparisons)


def _stance(analysis: Analysis, design: TrialDesign, ratio: bool) -> dict[str, Any]:
    comparisons = analysis.endpoints[analysis.primary].comparisons
    found: dict[str, Any] = {name: _comparison(one, ratio) for name, one in comparisons.items()}
    try:
        powers = power_of(analysis, design, SIZES)
    except InputError as trouble:  # too few worlds, or nothing to test
        return {name: {**one, "no_power": str(trouble)} for name, one in found.items()}
    return {name: {**one, "power": _power(powers[name])} for name, one in found.items()}


def _comparison(one: Comparison, ratio: bool) -> dict[str, Any]:
    """What trials would report, in order of size, and what is true of them.

    Parameters
    ----------
    ratio : whether these are ratios of geometric means; else differences
    """
    reported, true = one.difference, one.true_effect
    if ratio:
        reported, true = np.exp(one.tested_difference), np.exp(one.tested_effect)
    order = np.argsort(reported)
    sure = one.significant & one.tested
    return {
        "reported": _told(reported[order]),
        "for": [int(place) for place in np.flatnonzero((sure & one.better)[order])],
        "against": [int(place) for place in np.flatnonzero((sure & ~one.better)[order])],
        "true": _told(np.nanquantile(true, QUANTILES)),
        "tested": int(one.tested.sum()),
        "replicates": len(reported),
    }


def _power(one: ArmPower) -> dict[str, Any]:
    def band(kind: str) -> list[list[float | None]]:
        found: list[Estimate] = [getattr(size, kind) for size in one.at]
        return [_told([each.ci95_low, each.value, each.ci95_high]) for each in found]

    return {
        **{kind: band(kind) for kind in ("power", "assurance", "harm")},
        "needed": {
            "power": one.power.told,
            "assurance": one.assurance.told,
            "open_from": (one.assurance.low or MOST) if one.assurance.undecided else None,
        },
        "worlds": one.worlds,
    }


def _told(values: Any) -> list[float | None]:
    """Numbers as the page has them; none where there is none."""
    return [
        float(f"{value:.{DIGITS}g}") if np.isfinite(value) else None for value in map(float, values)
    ]
