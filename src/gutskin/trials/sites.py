"""Sites of a trial: who is seen where, and what of its conduct each site has of its own.

Where patients are seen at several sites, the drift of a region and how its physicians score
(`trial_level`, `rater_shift` of conduct.tsv) differ between them: a share of the variance that
trials have (`site_share`) is each site's own, the rest all of them have in common; a file may state
them instead.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gutskin.population.draw import draw_conduct_of_site
from gutskin.population.streams import Keys, draw, name_number
from gutskin.trials.certainty import mean_of

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.model.model import Model
    from gutskin.trials.design import TrialDesign

Array = NDArray[np.float64]
OWN = ("trial_level", "rater_shift")  # ids of conduct.tsv


def draw_sites(
    model: Model,
    design: TrialDesign,
    replicates: np.ndarray,
    seed: int,
    share: np.ndarray,
    own_seed: int | None = None,
) -> dict[str, np.ndarray]:
    """What each site has of its own, id -> Array [replicate, site]; nothing without sites.

    A site goes by its name: another one beside it changes nothing of it.

    Parameters
    ----------
    replicates, share : Array [replicate], their numbers, and which share of the variance between
        trials is a site's own
    seed, own_seed : of the worlds, and of what is the trial's own
    """
    if not design.sites:
        return {}
    drawn = [
        draw_conduct_of_site(model, OWN, name_number(one.name), replicates, seed, share, own_seed)
        for one in design.sites
    ]
    stated = [one.model_dump() for one in design.sites]
    return {
        name: np.stack(
            [
                of[name] if its[name] is None else np.full(len(replicates), float(its[name]))
                for of, its in zip(drawn, stated, strict=True)
            ],
            axis=1,
        )
        for name in OWN
    }


def site_of(design: TrialDesign, seed: int, keys: Keys) -> NDArray[np.int_]:
    """The number of the site at which each patient is seen [patient], by the sites' shares."""
    shares = np.array([one.share for one in design.sites])
    u = draw(seed, ["site"], keys, kind="uniform")[0, :, 0]
    found = np.searchsorted(np.cumsum(shares) / shares.sum(), u, side="right")
    return np.minimum(found, len(shares) - 1)


def numbers_of_sites(
    design: TrialDesign, seed: int, keys: Keys, drawn: Mapping[str, np.ndarray], first: int
) -> dict[str, Any]:
    """The numbers of each patient's site, id -> Array [patient]; nothing without sites.

    Parameters
    ----------
    drawn : from `draw_sites`, from replicate `first` on
    """
    if not drawn:
        return {}
    replicate, site = keys[:, 0].astype(int) - first, site_of(design, seed, keys)
    return {name: own[replicate, site] for name, own in drawn.items()}


def variance_components(values: Array, site: NDArray[np.int_], sites: int) -> tuple[Array, Array]:
    r"""Variance between sites and within them, by the analysis of variance.

    Parameters
    ----------
    values : Array [replicate, patient]
        NaN marks what was not recorded
    site : Array [replicate, patient] (int)
    sites : how many there are

    Returns
    -------
    between, within : Array [replicate]
        without bias, so that the first may be below zero; NaN of fewer than two sites with anybody

    Notes
    -----
    :math:`\sigma^2_b = (MS_b - MS_w)/n_0` with :math:`n_0 = (N - \sum n_i^2/N)/(k - 1)`.

    Examples
    --------
    >>> between, within = variance_components(
    ...     np.array([[1.0, 3.0, 11.0, 13.0]]), np.array([[0, 0, 1, 1]]), 2
    ... )
    >>> float(between[0]), float(within[0])
    (49.0, 2.0)
    """
    seen = np.isfinite(values)
    of = (site[..., None] == np.arange(sites)) & seen[..., None]
    n = of.sum(axis=1).astype(float)
    there, total = (n > 0).sum(axis=1), n.sum(axis=1)
    filled = np.where(seen, values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        means = np.where(n > 0, (of * filled[..., None]).sum(axis=1) / n, 0.0)
        grand = filled.sum(axis=1) / total
        own = (of * means[:, None, :]).sum(axis=2)
        within = np.where(seen, (filled - own) ** 2, 0.0).sum(axis=1) / (total - there)
        apart = (n * (means - grand[:, None]) ** 2).sum(axis=1) / (there - 1)
        size = (total - (n**2).sum(axis=1) / total) / (there - 1)
        good = (there > 1) & (total > there)
        return np.where(good, (apart - within) / size, np.nan), np.where(good, within, np.nan)


def of_each_replicate(dataset: xr.Dataset, design: TrialDesign) -> Array:
    """What sites show of the control arm's change (a single arm's own), Array [shown, replicate].

    Rows are the variance between sites and within them, of the change of the primary endpoint until
    the visit of the analysis, then the share of all patients at each site. Nothing without sites.
    """
    many = len(design.sites)
    found = np.full((2 + many if many else 0, dataset.sizes["replicate"]), np.nan)
    if not many:
        return found
    site = dataset["site"].transpose("arm", "replicate", "patient")
    whose = _whose(design)
    record = dataset["measured"].sel(endpoint=design.analysis.primary, arm=whose)
    record = record.transpose("replicate", "patient", "visit").values
    change = record[..., design.analysed] - record[..., 0]
    found[:2] = variance_components(change, site.sel(arm=whose).values, many)
    seats = site.sel(arm=[arm.name for arm in design.arms if arm.n]).values
    seated = (seats[..., None] == np.arange(many)).sum(axis=(0, 2))
    found[2:] = (seated / seated.sum(axis=1, keepdims=True)).T
    return found


def _whose(design: TrialDesign) -> str:
    """The arm whose changes tell how far sites differ: the control, else the single one."""
    return design.active[0].name if design.single_arm else design.control.name


def summarised(design: TrialDesign, found: Array) -> dict[str, Any]:
    """Sites with their share of patients, and how far they differ, as plain values.

    Parameters
    ----------
    found : of `of_each_replicate`, of all replicates
    """
    between, within = (mean_of(found[row]) for row in (0, 1))
    whole = max(between, 0.0) + within
    return {
        "sites": [
            {"name": one.name, "label": one.title, "patients": mean_of(found[2 + number])}
            for number, one in enumerate(design.sites)
        ],
        "control_change": {
            "arm": _whose(design),
            "between_sites_sd": float(np.sqrt(max(between, 0.0))),
            "within_sites_sd": float(np.sqrt(within)),
            "share_between": max(between, 0.0) / whole if whole else None,
        },
    }
