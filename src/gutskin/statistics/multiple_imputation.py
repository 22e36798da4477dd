r"""Multiple imputation of repeated measures: at random, or as if treatment had been left.

Each visit is regressed on arm, baseline and the visits before it; that is the joint normal model of
all visits with a covariance common to the arms, one visit at a time. The regressions' numbers are
drawn from their posterior (flat prior), and the values that are missing from the regressions. After
a patient has left an active arm his means may be those of the reference (jump to reference) or may
change as those of the reference do (copy increments in reference); what he deviated from his own
arm's means before stays with him.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gutskin.statistics.independent import independent_columns
from gutskin.statistics.newton import inverse_of

Array = NDArray[np.float64]
Rule = Literal["at random", "jump to reference", "copy increments"]
ROUNDS = 20  # of drawing visits missed in between, before they are kept


@dataclass(frozen=True, eq=False)
class _Draws:
    """The regressions of one round of imputations.

    Parameters
    ----------
    mean : Array [m, b, arm, visit], intercepts
    slope : Array [m, b, visit], of the baseline
    before : Array [m, b, visit, visit], of earlier visits
    variance : Array [m, b, visit], of what is left
    """

    mean: Array
    slope: Array
    before: Array
    variance: Array


def imputations(
    y: ArrayLike,
    baseline: ArrayLike,
    arm: ArrayLike,
    generators: Sequence[np.random.Generator],
    number: int = 20,
    rule: Rule = "at random",
) -> tuple[Array, NDArray[np.bool_]]:
    """Draw what was not recorded.

    Parameters
    ----------
    y : Array [trial, patient, visit]
        NaN where nothing was recorded
    baseline : Array [trial, patient]
        who has none is left as he is
    arm : Array [patient] (int), 0 the reference, 1, 2, ...
    generators : one for each trial, so that a trial's draws do not depend on the others
    number : of imputations
    rule : of what comes after a patient's last record; visits missed in between are drawn at random

    Returns
    -------
    imputed : Array [imputation, trial, patient, visit]
    possible : Array [trial] (bool)
        false where there are too few patients for the regressions; nothing is imputed there

    References
    ----------
    Rubin, Multiple imputation for nonresponse in surveys (1987); Carpenter, Roger and Kenward,
    Analysis of longitudinal trials with protocol deviation (2013).
    """
    y, baseline = np.asarray(y, float), np.asarray(baseline, float)
    arm = np.asarray(arm)
    known = np.isfinite(baseline)
    middle = np.where(known, baseline, 0.0).sum(axis=1) / np.maximum(known.sum(axis=1), 1)
    centred = np.where(known, baseline - middle[:, None], 0.0)
    seen = np.isfinite(y) & known[..., None]
    visits = y.shape[-1]
    last = np.where(seen, np.arange(visits), -1).max(axis=-1)
    until = np.arange(visits) <= last[..., None]
    between = until & ~seen
    filled = np.where(seen, y, 0.0)[None].repeat(number, axis=0)
    possible = np.ones(len(y), bool)
    if between.any():
        filled = _filled(filled, seen, until, centred, arm, generators, possible)
    draws = _drawn(filled, until, centred, arm, generators, possible)
    noise = np.stack([one.normal(size=(number, *y.shape[1:])) for one in generators], axis=1)
    means = _means(draws, centred)
    own = np.take_along_axis(means, arm[None, None, :, None, None], 3)[:, :, :, 0]
    path = _path(means[:, :, :, 0], own, last, rule)
    for visit in range(visits):
        off = filled[..., :visit] - path[..., :visit]
        along = np.einsum("mbpv,mbv->mbp", off, draws.before[:, :, visit, :visit])
        spread = np.sqrt(draws.variance[:, :, visit])[..., None] * noise[..., visit]
        value = path[..., visit] + along + spread
        filled[..., visit] = np.where(until[..., visit], filled[..., visit], value)
    usable = known & possible[:, None]
    return np.where(usable[None, ..., None], filled, y[None]), possible


def _path(reference: Array, own: Array, last: NDArray[np.intp], rule: Rule) -> Array:
    """The means about which a patient's values lie, before and after he left.

    Parameters
    ----------
    reference, own : Array [m, b, patient, visit], means of the reference arm and of his own
    last : Array [b, patient] (int), his last record; -1 of none
    """
    visits = own.shape[-1]
    after = np.arange(visits) > last[..., None]
    if rule == "at random":
        return own
    if rule == "jump to reference":
        return np.where(after, reference, own)
    place = np.broadcast_to(np.maximum(last, 0)[None, ..., None], (*own.shape[:-1], 1))
    gap = np.take_along_axis(own - reference, place, -1)
    # Who left before the first visit was like the reference then: at baseline arms are alike.
    gap = np.where((last >= 0)[..., None], gap, 0.0)
    return np.where(after, reference + gap, own)


def _means(draws: _Draws, baseline: Array) -> Array:
    """Means in every arm at each patient's baseline [m, b, patient, arm, visit]."""
    visits = draws.slope.shape[-1]
    shape = (*draws.mean.shape[:2], baseline.shape[1], draws.mean.shape[2], visits)
    means = np.zeros(shape)
    for visit in range(visits):
        means[..., visit] = (
            draws.mean[:, :, None, :, visit]
            + (draws.slope[:, :, visit, None] * baseline[None])[..., None]
            + np.einsum("mbpav,mbv->mbpa", means[..., :visit], draws.before[:, :, visit, :visit])
        )
    return means


def _drawn(
    filled: Array,
    there: NDArray[np.bool_],
    baseline: Array,
    arm: NDArray,
    generators: Sequence[np.random.Generator],
    possible: NDArray[np.bool_],
) -> _Draws:
    """One draw of each visit's regression for every imputation; `possible` is brought up to date.

    Parameters
    ----------
    filled : Array [m, b, patient, visit]
    there : Array [b, patient, visit] (bool), what counts as recorded
    """
    m, b, people, visits = filled.shape
    arms = int(arm.max(initial=0)) + 1
    dummies = np.broadcast_to(np.eye(arms)[arm], (m, b, people, arms))
    slopes = np.broadcast_to(baseline[None, ..., None], (m, b, people, 1))
    draws = _Draws(
        np.zeros((m, b, arms, visits)), np.zeros((m, b, visits)),
        np.zeros((m, b, visits, visits)), np.ones((m, b, visits)),
    )  # fmt: skip
    for visit in range(visits):
        use = there[..., visit].astype(float)
        x = np.concatenate([dummies, slopes, filled[..., :visit]], axis=-1) * use[None, ..., None]
        target = filled[..., visit] * use[None]
        beta, variance, good = _posterior(x, target, use.sum(axis=1), generators)
        possible &= good
        draws.mean[..., visit] = beta[..., :arms]
        draws.slope[..., visit] = beta[..., arms]
        draws.before[:, :, visit, :visit] = beta[..., arms + 1 :]
        draws.variance[..., visit] = variance
    return draws


def _posterior(
    x: Array, y: Array, many: Array, generators: Sequence[np.random.Generator]
) -> tuple[Array, Array, NDArray[np.bool_]]:
    """A draw of coefficients [m, b, column] and variance [m, b]; and where there is one [b].

    Parameters
    ----------
    x : Array [m, b, patient, column], y : Array [m, b, patient], 0 of who does not count
    many : Array [b], who counts
    """
    m, _, _, columns = x.shape
    cross = np.swapaxes(x, 2, 3) @ x
    kept = independent_columns(cross)
    out = (~kept)[..., None] * np.eye(columns)
    values, vectors = np.linalg.eigh(cross * kept[..., None] * kept[..., None, :] + out)
    values = np.maximum(values, 1e-12 * values[..., -1:])
    target = np.where(kept, np.einsum("mbpc,mbp->mbc", x, y), 0.0)
    within = np.einsum("mbij,mbi->mbj", vectors, target) / values
    beta = np.einsum("mbij,mbj->mbi", vectors, within)
    left = y - np.einsum("mbpc,mbc->mbp", x, beta)
    freedom = many[None] - kept.sum(axis=-1)
    good = (freedom >= 1).all(axis=0)
    safe = np.maximum(freedom, 1)
    chi = np.stack([g.chisquare(safe[:, i]) for i, g in enumerate(generators)], axis=1)
    variance = (left**2).sum(axis=-1) / chi
    z = np.stack([g.normal(size=(m, columns)) for g in generators], axis=1)
    wide = np.einsum("mbij,mbj->mbi", vectors, z / np.sqrt(values))
    return np.where(kept, beta + np.sqrt(variance)[..., None] * wide, 0.0), variance, good


def _filled(
    filled: Array,
    seen: NDArray[np.bool_],
    until: NDArray[np.bool_],
    baseline: Array,
    arm: NDArray,
    generators: Sequence[np.random.Generator],
    possible: NDArray[np.bool_],
) -> Array:
    """Values of visits missed in between, by data augmentation [m, b, patient, visit]."""
    visits = filled.shape[-1]
    between = until & ~seen
    codes = seen @ (1 << np.arange(visits))
    mean = filled.sum(axis=2, keepdims=True) / np.maximum(seen.sum(axis=1, keepdims=True), 1)[None]
    filled = np.where(between[None], mean, filled)
    for _ in range(ROUNDS):
        draws = _drawn(filled, until, baseline, arm, generators, possible)
        means = _means(draws, baseline)
        own = np.take_along_axis(means, arm[None, None, :, None, None], 3)[:, :, :, 0]
        sigma = _covariance(draws)
        z = np.stack([g.normal(size=filled.shape[:1] + filled.shape[2:]) for g in generators], 1)
        for code in np.unique(codes[between.any(axis=-1)]):
            has = (code >> np.arange(visits)) & 1 == 1
            here = (codes == code) & between.any(axis=-1)
            drawn = _conditional(filled, own, sigma, has, z)
            lacks = here[None, ..., None] & between[None]
            filled = np.where(lacks, drawn, filled)
    return filled


def _covariance(draws: _Draws) -> Array:
    """Covariance of the visits that the regressions amount to [m, b, visit, visit]."""
    visits = draws.slope.shape[-1]
    lower = np.linalg.inv(np.eye(visits) - draws.before)
    return (lower * draws.variance[..., None, :]) @ np.swapaxes(lower, 2, 3)


def _conditional(
    filled: Array, means: Array, sigma: Array, has: NDArray[np.bool_], z: Array
) -> Array:
    """Draws of the visits that are missing, given those that are there [m, b, patient, visit]."""
    lacks = ~has
    inner = sigma[..., has, :][..., :, has]
    cross = sigma[..., lacks, :][..., :, has]
    flat = inner.reshape(-1, *inner.shape[-2:])  # singular where the visits do not scatter
    gain = cross @ inverse_of(flat).reshape(inner.shape)
    left = sigma[..., lacks, :][..., :, lacks] - gain @ np.swapaxes(cross, 2, 3)
    values, vectors = np.linalg.eigh((left + np.swapaxes(left, 2, 3)) / 2)
    root = vectors * np.sqrt(np.maximum(values, 0.0))[..., None, :]
    off = (filled - means)[..., has]
    found = np.zeros_like(filled)
    found[..., lacks] = (
        means[..., lacks]
        + np.einsum("mblh,mbph->mbpl", gain, off)
        + np.einsum("mblk,mbpk->mbpl", root, z[..., lacks])
    )
    return found
