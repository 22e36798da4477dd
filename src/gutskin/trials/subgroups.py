"""Subgroups that were named beforehand: who is in them, and what each replicate shows in them.

A patient belongs to a subgroup by what he is (sensitised, his age at enrolment) and by what was
written down of him at the first visit, error and all, as in a real trial. In each the primary
endpoint is compared as in the whole trial; beside it stands the true effect in the same people.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.population.draw import DAYS_PER_YEAR
from gutskin.trials import screening
from gutskin.trials.ancova import ancova
from gutskin.trials.certainty import mean_of
from gutskin.trials.distributions import distribution, ratio
from gutskin.trials.entry_criteria import sensitisation_fits
from gutskin.trials.scales import log, logs
from gutskin.trials.study import Study

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.trials.design import TrialDesign

BY_RECORD = ("scorad", "easi", "itch", "total_ige")  # keys that are endpoints
SHOWN = ("n", "difference", "true_effect", "tested_difference", "tested_effect")


def members(study: Study, enrolled: screening.Enrolled, first: np.ndarray) -> np.ndarray:
    """Who belongs to each subgroup, Array [subgroup, patient] (bool).

    Parameters
    ----------
    first : Array [endpoint, patient], as written down at the first visit
    """
    asked = study.design.subgroups
    if not asked:
        return np.ones((0, len(enrolled)), bool)
    parameters = screening.at_enrolment(screening.patients_in(study, enrolled), enrolled)
    age = np.asarray(parameters["age_at_start"]) / DAYS_PER_YEAR
    names = [one.name for one in study.endpoints]
    found = []
    for one in asked:
        fits = sensitisation_fits(one, parameters, len(enrolled))
        if one.age_years is not None:
            fits &= (age >= one.age_years[0]) & (age <= one.age_years[1])
        for key in BY_RECORD:
            if (ends := getattr(one, key)) is not None:
                value = first[names.index(key)]
                fits &= (value >= ends[0]) & (value <= ends[1])
        found.append(fits)
    return np.stack(found)


def of_each_replicate(dataset: xr.Dataset, design: TrialDesign) -> np.ndarray:
    """What each replicate shows, Array [subgroup, active arm, shown, replicate]; NaN where none.

    The last two are on logarithms, where these are tested; else they are the two before them.

    Parameters
    ----------
    dataset : `measured`, `latent` and `member` of some replicates
    """
    shape = (len(design.subgroups), len(design.active), len(SHOWN), dataset.sizes["replicate"])
    found = np.full(shape, np.nan)
    if not design.subgroups:
        return found
    data = dataset.sel(endpoint=design.analysis.primary)
    on_logs = "log" in data.coords and bool(data["log"].item())
    record = data["measured"].transpose("arm", "replicate", "patient", "visit")
    latent = (
        data["latent"].isel(visit=design.analysed).transpose("given", "arm", "replicate", "patient")
    )
    inside = dataset["member"].transpose("subgroup", "arm", "replicate", "patient").values
    place = {str(arm): number for number, arm in enumerate(data["arm"].values)}
    control, last = place[design.control.name], design.analysed
    for group, within in enumerate(inside):
        values = np.where(within[..., None], record.values, np.nan)
        true = np.where(within, latent.values, np.nan)
        for number, arm in enumerate(design.active):
            own = place[arm.name]
            pairs = [(values[one, ..., 0], values[one, ..., last]) for one in (own, control)]
            many, gain = _gain(true, own, control)
            natural = (ancova(*pairs).difference, gain)
            tested = natural
            if on_logs:
                tested = (ancova(*(logs(pair) for pair in pairs)).difference,
                          _gain(log(true), own, control)[1])  # fmt: skip
            found[group, number] = (many, *natural, *tested)
    return found


def _gain(true: np.ndarray, own: int, control: int) -> tuple[np.ndarray, np.ndarray]:
    """How many patients of two arms have true values under both, and their mean difference.

    Parameters
    ----------
    true : Array [given, arm, replicate, patient]
    own, control : numbers of the arms

    Returns
    -------
    many, gain : Array [replicate]
    """
    gain = (true[own] - true[control])[[own, control]]  # the same people under both
    seen = np.isfinite(gain)
    many = seen.sum(axis=(0, 2))
    with np.errstate(invalid="ignore", divide="ignore"):
        return many, np.where(seen, gain, 0.0).sum(axis=(0, 2)) / many


def summarised(
    design: TrialDesign, found: np.ndarray, *, on_logs: bool = False
) -> list[dict[str, Any]]:
    """Each subgroup and active arm, as plain values.

    Parameters
    ----------
    found : of `of_each_replicate`, of all replicates
    on_logs : whether logarithms are tested: each estimate then has its ratio
    """
    return [
        {
            "subgroup": group.name,
            "label": group.title,
            "arm": arm.name,
            "patients": mean_of(found[i, j, 0]),
            **{
                name: distribution(found[i, j, row], over)
                | ({"ratio": ratio(found[i, j, row + 2], over)} if on_logs else {})
                for name, over, row in (
                    ("difference", "trials", 1),
                    ("true_effect", "worlds", 2),
                )
            },
        }
        for i, group in enumerate(design.subgroups)
        for j, arm in enumerate(design.active)
    ]
