"""Looks before the end of a trial: where it stops, and what it then reports.

At a look the trial's own analysis is made of those patients of each arm who came first; the z of
its p is held against a boundary on either side. Nothing is known at a look of who is still under
way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gutskin.statistics.group_sequential import Boundaries, boundaries
from gutskin.trials.ancova import ALPHA
from gutskin.trials.certainty import error_of_mean, mean_of, share_of
from gutskin.trials.distributions import ratio, share_entry

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.trials.comparison import Comparison, EndpointNumbers
    from gutskin.trials.design import TrialDesign
    from gutskin.trials.parts import Arm

Array = NDArray[np.float64]
WAYS = {"for": 1.0, "against": -1.0}


def with_earlier(
    whole: EndpointNumbers,
    dataset: xr.Dataset,
    design: TrialDesign,
    compare: Callable[[xr.Dataset], Mapping[str, Comparison]],
) -> EndpointNumbers:
    """The primary endpoint with what each look before the end finds; as it is without any.

    Parameters
    ----------
    dataset : `measured` and what else is analysed of some replicates
    compare : gives active arm -> comparison of such a dataset
    """
    asked = design.analysis.interim
    if asked is None:
        return whole
    looks = [compare(_until(dataset, design, look)) for look in range(len(asked.looks) - 1)]
    comparisons = {
        arm: replace(
            one,
            earlier=np.stack(
                [np.stack([of[arm].evidence, of[arm].difference], axis=-1) for of in looks], axis=1
            ),
            earlier_tested=np.stack([of[arm].tested_difference for of in looks], axis=1),
        )
        for arm, one in whole.comparisons.items()
    }
    return replace(whole, comparisons=comparisons)


def _until(dataset: xr.Dataset, design: TrialDesign, look: int) -> xr.Dataset:
    """The patients that a look sees; nothing is recorded of others."""
    import xarray as xr

    asked = design.analysis.interim
    assert asked is not None
    seen = {arm.name: asked.seen(arm.n)[look] for arm in design.arms}
    many = np.array([seen[str(arm)] for arm in dataset["arm"].values])
    early = dataset.isel(patient=slice(0, int(many.max())))
    inside = np.arange(early.sizes["patient"]) < many[:, None]
    kept = early["measured"].where(xr.DataArray(inside, dims=("arm", "patient")))
    return early.assign(measured=kept)


def boundaries_of(design: TrialDesign, arm: Arm) -> Boundaries:
    """The boundaries of an active arm at the information that whole patients make [look].

    Information about a difference is ab / (a + b) with a and b patients in the two arms, in parts
    of what all of them will give.

    Examples
    --------
    >>> from gutskin.trials.design import load_trial
    >>> from gutskin.trials.parts import Interim
    >>> design = load_trial("six-strain-children")
    >>> analysis = design.analysis.model_copy(update={"interim": Interim(looks=(0.5, 1.0))})
    >>> found = boundaries_of(design.model_copy(update={"analysis": analysis}), design.active[0])
    >>> found.information.tolist(), found.z.round(3).tolist()
    ([0.5, 1.0], [2.797, 1.977])
    """
    asked = design.analysis.interim
    assert asked is not None
    a, b = (np.array(asked.seen(one.n), float) for one in (arm, design.control))
    information = a * b / (a + b)
    return boundaries(information / information[-1], asked.boundary, ALPHA / 2)


def planned(design: TrialDesign, arm: Arm) -> list[dict[str, Any]]:
    """What is known beforehand of every look at an active arm.

    `patients` of both arms, `information`, the boundary as `z` and as a two-sided `p`, and the
    `false_alarms` by then of a trial without an effect, either way.
    """
    asked, found = design.analysis.interim, boundaries_of(design, arm)
    assert asked is not None
    seen = [asked.seen(one.n) for one in (arm, design.control)]
    return [
        {
            "patients": {arm.name: seen[0][k], design.control.name: seen[1][k]},
            "information": float(found.information[k]),
            "z": float(found.z[k]),
            "p": 2 * float(found.p[k]),
            "false_alarms": 2 * float(found.spent[k]),
        }
        for k in range(len(asked.looks))
    ]


def summarised(
    design: TrialDesign, comparisons: Mapping[str, Comparison], *, on_logs: bool = False
) -> dict[str, Any]:
    """What looks before the end come to, as plain values; nothing of a trial without any.

    Parameters
    ----------
    comparisons : active arm -> comparison on the primary endpoint, of all replicates
    on_logs : whether logarithms are tested: ratios then stand beside differences
    """
    asked = design.analysis.interim
    if asked is None:
        return {}
    arms = {arm.name: _of_arm(design, arm, comparisons[arm.name], on_logs) for arm in design.active}
    return {"interim": {"boundary": asked.boundary, "alpha": ALPHA, "arms": arms}}


def _of_arm(design: TrialDesign, arm: Arm, its: Comparison, on_logs: bool) -> dict[str, Any]:
    """One active arm: every look, and the whole with looks beside the whole without."""
    looks = planned(design, arm)
    found = _paths(its)
    z, differences = found[..., 0], found[..., 1]
    tested = _tested(its)
    end, way = _ended(z, np.array([one["z"] for one in looks]))
    counted = its.asked | (way != 0).any()
    told = []
    for k, look in enumerate(looks):
        entry = dict(look)
        for word, side in WAYS.items():
            here, by_now = (end == k) & (way == side), (end <= k) & (way == side)
            entry |= _share(f"share_stopped_{word}", here, counted)
            entry |= _share(f"share_stopped_by_now_{word}", by_now, counted)
        own = (end == k) & (way == WAYS["for"])
        entry |= _estimate(differences[own, k], its.true_effect[own])
        told.append(entry | (_ratios(tested[own, k], its.tested_effect[own]) if on_logs else {}))
    sizes = np.array([sum(one["patients"].values()) for one in looks], float)
    patients = np.where(counted, sizes[end], np.nan)
    rows = np.arange(len(end))
    ratios = _ratios(tested[rows, end], its.tested_effect) if on_logs else {}
    return {
        "looks": told,
        "patients": mean_of(patients),
        "patients_monte_carlo_error": error_of_mean(patients),
        "patients_without_looks": int(sizes[-1]),
        **_share("share_without_looks_for", its.significant & its.better, its.asked),
        **_share("share_without_looks_against", its.significant & ~its.better, its.asked),
        **_estimate(differences[rows, end], its.true_effect),
        **ratios,
    }


def _paths(its: Comparison) -> Array:
    """Evidence in favour and difference at every look [replicate, look, 2]."""
    assert its.earlier is not None
    last = np.stack([its.evidence, its.difference], axis=-1)
    return np.concatenate([its.earlier, last[:, None]], axis=1)


def _tested(its: Comparison) -> Array:
    """The difference on the tested scale at every look [replicate, look]."""
    assert its.earlier_tested is not None
    return np.concatenate([its.earlier_tested, its.tested_difference[:, None]], axis=1)


def _ended(z: Array, boundary: Array) -> tuple[NDArray[np.intp], Array]:
    """At which look each replicate ends [replicate], and 1 for, -1 against, 0 neither way.

    A look at which nothing could be tested stops nothing.

    Parameters
    ----------
    z : Array [replicate, look], evidence in favour; NaN where nothing was tested
    boundary : Array [look]
    """
    beyond = np.abs(z) >= boundary
    stops = beyond.any(axis=1)
    end = np.where(stops, beyond.argmax(axis=1), z.shape[1] - 1)
    return end, np.where(stops, np.sign(z[np.arange(len(z)), end]), 0.0)


def _share(name: str, hits: NDArray[np.bool_], counted: NDArray[np.bool_]) -> dict[str, float]:
    return share_entry(name, share_of(hits, counted))


def _estimate(difference: Array, true: Array) -> dict[str, float]:
    """The mean difference that some replicates report, beside what is true in the same ones."""
    true = np.where(np.isfinite(difference), true, np.nan)
    return {
        "difference": mean_of(difference),
        "difference_monte_carlo_error": error_of_mean(difference),
        "true_effect": mean_of(true),
        "true_effect_monte_carlo_error": error_of_mean(true),
    }


def _ratios(logs: Array, true: Array) -> dict[str, float]:
    """The same of ratios of geometric means, from their logarithms."""
    true = np.where(np.isfinite(logs), true, np.nan)
    return {
        key: value
        for name, values in (("ratio", logs), ("true_ratio", true))
        for found in (ratio(values, ""),)
        for key, value in (
            (name, found["mean"]), (f"{name}_monte_carlo_error", found["monte_carlo_error"])
        )
    }  # fmt: skip
