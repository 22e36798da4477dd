"""Why a trial comes out as it does, in one dictionary ready for JSON."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.evidence.explain import Explained
from gutskin.evidence.plain_values import without_nan
from gutskin.evidence.response_parts import FEWEST_WORLDS, ResponseParts, response_parts
from gutskin.media import counted
from gutskin.model.overlay import worlds_entry
from gutskin.statistics.shapley import shapley_values
from gutskin.trials.certainty import error_of_mean, interval, is_nothing, mean_of
from gutskin.trials.distributions import ratio
from gutskin.trials.endpoints import unit_of
from gutskin.trials.outside import told_as_it_is
from gutskin.trials.parting import of_one_arm
from gutskin.trials.route_shares import FEWEST, FEWEST_WITH, lost
from gutskin.trials.routes import ROUTES
from gutskin.trials.summary import LIMITS

if TYPE_CHECKING:
    from gutskin.model.model import Model

REST = "none of them"
NO_EFFECT = "there is no effect that could be shared"
ASSUMED = (
    "Routes are closed from enrolment on: what the gut did to the skin before is the same in all.",
    "What can be measured is what endpoints.tsv has, with its error, at the first visit, beside "
    "age, weight, filaggrin genotype and sensitisation.",
    "The other life of a patient has other days and another course of the disease from enrolment "
    "on; what the course was just then counts as one of his days.",
)


def summarise_explanation(
    found: Explained, model: Model, replicates: int, seed: int, stance: str
) -> dict[str, Any]:
    """All that `gutskin explain` tells: no date in it, no NaN.

    Parameters
    ----------
    replicates, seed, stance : as asked for
    """
    design = found.design
    row = model.tables.endpoints[design.analysis.primary]
    on_log = row.text("scale") == "log"
    spread = _within_sd(found.untreated, found.replicate)
    worlds = np.unique(found.replicate)
    means = np.array([mean_of(found.response[found.replicate == one]) for one in worlds])
    nothing = is_nothing(found.response, spread)
    late, notes = of_one_arm(design, model.biology)
    parts = None
    if not nothing:
        parts = response_parts(found.replicate, found.response, found.other_life, found.known)
    shown = {
        "trial": design.name,
        "title": design.title,
        "stance": stance,
        "seed": seed,
        "replicates": replicates,
        "arm": design.active[0].name,
        "arm_label": design.active[0].title,
        "against": design.control.name,
        "endpoint": row.id,
        "label": row.text("label"),
        "unit": "logarithm of a ratio" if on_log else unit_of(row),
        "week": design.visits.weeks[design.analysed],
        "effect": _draws(means),
        "nothing": nothing,
        "not_parted": late,
        "routes": {
            "unit": unit_of(row),
            **_routes(found.worth, nothing=nothing),
            **(_on_logarithms(found.tested_worth, nothing=nothing) if on_log else {}),
        },
        "shared_in": int(np.isfinite(found.worth).all(axis=0).sum()),
        "response": None if parts is None else _response(parts, found),
        "why_no_response": _why(nothing=nothing, worlds=len(worlds)) if parts is None else "",
        "model": {
            "version": model.version,
            "content_hash": model.content_hash,
            **worlds_entry(model.biology),
        },
        "applicability": told_as_it_is(design, model.biology).to_json(),
        "limits": [*ASSUMED, *LIMITS],
        "warnings": [*notes, *_warnings(found, replicates)],
    }
    return without_nan(shown)


def _routes(worth: np.ndarray, *, nothing: bool) -> dict[str, Any]:
    """What each route adds to the effect on the primary endpoint, in its own unit."""
    whole = worth[:, np.isfinite(worth).all(axis=0)]
    count = whole.shape[1]
    why = NO_EFFECT if nothing else ""
    if not why and count < FEWEST:
        why = f"{counted(count, 'world')} are too few; {FEWEST} are needed"
    if not why and (many := int(np.count_nonzero(whole[-1]))) < FEWEST_WITH:
        why = f"there is an effect in {counted(many, 'world')} of {count}; it takes {FEWEST_WITH}"
    added = {**dict(zip(ROUTES, shapley_values(whole), strict=True)), REST: whole[0]}
    told = []
    for name, draws in added.items():
        share = None
        if not why:
            one = lost(whole[-1], whole[-1] - draws)
            share = {"value": one.share, "ci95_low": one.ci95_low, "ci95_high": one.ci95_high}
        told.append({"route": name, "points": _draws(draws), "share": share})
    return {"effect": _draws(whole[-1]), "parts": told, "why_no_shares": why}


def _on_logarithms(worth: np.ndarray, *, nothing: bool) -> dict[str, Any]:
    """The ratio of geometric means: what each route makes of it, as factors of the whole.

    Shares are those of its logarithm.
    """
    found = _routes(worth, nothing=nothing)
    whole = worth[:, np.isfinite(worth).all(axis=0)]
    added = [*shapley_values(whole), whole[0]]
    parts = [
        {"route": one["route"], "factor": ratio(draws, "worlds"), "share": one["share"]}
        for one, draws in zip(found["parts"], added, strict=True)
    ]
    return {"ratio": {"effect": ratio(whole[-1], "worlds"), "parts": parts}}


def _response(parts: ResponseParts, found: Explained) -> dict[str, Any]:
    """Parts of the spread, and traits, the one that foretells best first."""
    traits = [
        {
            "name": trait.name,
            "label": trait.label,
            "skill": vars(one),
            "correlation": float(correlation),
            "foretells": one.ci95_low > 0,
        }
        for trait, one, correlation in zip(
            found.traits, parts.alone, parts.correlation, strict=True
        )
    ]
    return {
        "patients": int(np.isfinite(found.response).sum()),
        "sd": parts.sd,
        "parts": {name: vars(one) for name, one in parts.shares.items()},
        "skill": vars(parts.together),
        "foretells": parts.together.ci95_low > 0,
        "no_measurement_removes": parts.shares["days"].share + parts.shares["worlds"].share,
        "of_patients_no_measurement_removes": 1 - parts.knowable,
        "traits": sorted(traits, key=lambda one: -one["skill"]["value"]),
    }


def _why(*, nothing: bool, worlds: int) -> str:
    if nothing:
        return "nobody responds: there is no effect"
    if worlds < FEWEST_WORLDS:
        return f"{counted(worlds, 'world')} are too few; {FEWEST_WORLDS} are needed"
    return "all patients of a world respond alike, but for those of one at most"


def _draws(values: np.ndarray) -> dict[str, Any]:
    low, high = interval(values)
    return {
        "mean": mean_of(values), "ci95_low": low, "ci95_high": high, "over": "worlds",
        "monte_carlo_error": error_of_mean(values),
    }  # fmt: skip


def _within_sd(values: np.ndarray, replicate: np.ndarray) -> float:
    """The standard deviation between patients of a world."""
    seen = np.isfinite(values)
    _, number = np.unique(replicate[seen], return_inverse=True)
    count = np.bincount(number)
    mean = np.bincount(number, values[seen]) / np.maximum(count, 1)
    squares = np.square(values[seen] - mean[number]).sum()
    return math.sqrt(squares / max(int((count - 1).sum()), 1))


def _warnings(found: Explained, replicates: int) -> list[str]:
    said = []
    if found.failures:
        many = counted(len(found.failures), "patient")
        said.append(f"{many} could not be computed and are left out.")
    lost_worlds = int((~np.isfinite(found.worth).all(axis=0)).sum())
    if lost_worlds:
        said.append(f"In {counted(lost_worlds, 'world')} a patient was lost with a route closed.")
    if replicates < 2 * FEWEST_WORLDS:
        said.append("So few worlds leave all shares wide open.")
    return said
