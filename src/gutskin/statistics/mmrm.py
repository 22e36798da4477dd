r"""The mixed model for repeated measures: every visit of every patient, missing ones at random.

:math:`y_i = X_i \beta + \varepsilon_i`, :math:`\varepsilon_i \sim N(0, \Sigma)` over the visits
that were recorded, with an unstructured :math:`\Sigma`, fitted by restricted maximum likelihood.
Contrasts are tested with the standard errors and degrees of freedom of Kenward and Roger
(for covariances that are linear in their parameters, so that no second derivative enters) or with
Satterthwaite's. A whole batch of trials is fitted at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gutskin.statistics.estimate import Estimate, estimated
from gutskin.statistics.independent import independent_columns
from gutskin.statistics.restricted_likelihood import (
    Fitted,
    Moments,
    curvature,
    fit_covariance,
    projected_pairs,
    weighted,
)
from gutskin.statistics.untested import Untested

Array = NDArray[np.float64]
Adjustment = Literal["kenward-roger", "satterthwaite"]
ROOM = 2**23  # numbers in one temporary array of a piece of the batch
MOST_VISITS = 30  # of whose covariance, 465 numbers, anything is said


@dataclass(frozen=True, eq=False)
class Mmrm:
    """A batch of fitted models.

    Parameters
    ----------
    coefficients : Array [..., column]; NaN of a column that others determine
    coefficient_covariance : Array [..., column, column]
        adjusted by Kenward and Roger if that was asked for
    covariance : Array [..., visit, visit], of one patient's visits
    log_likelihood : Array [...], restricted, with its constant
    contrasts : Estimate, each field [..., contrast]
    untested : Array [...] (int), why a model could not be fitted
    """

    coefficients: Array
    coefficient_covariance: Array
    covariance: Array
    log_likelihood: Array
    contrasts: Estimate
    untested: NDArray[np.int8]


def mmrm(
    y: ArrayLike,
    x: ArrayLike,
    contrasts: ArrayLike,
    adjustment: Adjustment = "kenward-roger",
) -> Mmrm:
    r"""Fit a batch of trials and test contrasts of their coefficients.

    Parameters
    ----------
    y : Array [..., patient, visit]
        NaN where nothing was recorded
    x : Array [..., patient, visit, column]
        the fixed effects; a record with a NaN among them is left out
    contrasts : Array [contrast, column]
        or of one dimension, [column]

    Returns
    -------
    Mmrm

    Notes
    -----
    A column that those before it determine is taken out, as R and SAS do; a contrast that needs it
    is not estimable. Kenward and Roger's degrees of freedom of a single contrast are
    Satterthwaite's, :math:`2 (l' \Phi l)^2 / g' W g` with :math:`g = \partial (l' \Phi l) /
    \partial \theta`; their standard error is larger than the model's.
    """
    y, x = np.asarray(y, float), np.asarray(x, float)
    asked = np.atleast_2d(np.asarray(contrasts, float))
    if not y.shape[-2]:  # nobody: as somebody of whom nothing is recorded
        y = np.full((*y.shape[:-2], 1, y.shape[-1]), np.nan)
        x = np.zeros((*x.shape[:-3], 1, *x.shape[-2:]))
    shape = np.broadcast_shapes(y.shape[:-2], x.shape[:-3])
    y = np.broadcast_to(y, shape + y.shape[-2:]).reshape(-1, *y.shape[-2:])
    x = np.broadcast_to(x, shape + x.shape[-3:]).reshape(-1, *x.shape[-3:])
    parts = []
    for one in _pieces(y, x.shape[-1]):
        if len(y) and _hopeless(np.isfinite(y[one])):
            parts.append(_unfitted(len(y[one]), y.shape[-1], asked))
        else:
            parts.append(_piece(y[one], x[one], asked, adjustment))
    return _joined(parts, shape)


def arm_columns(baseline: ArrayLike, arm: ArrayLike, visits: int, arms: int = 2) -> Array:
    """The usual fixed effects of a trial: visit, arm by visit, baseline by visit.

    Parameters
    ----------
    baseline : Array [..., patient]
        centred before it is used, which changes no contrast of arms
    arm : Array [patient] (int), 0 the control
    visits : after the baseline
    arms : how many there are

    Returns
    -------
    Array [..., patient, visit, column]
        columns in the order: visits; arm 1 at each visit, arm 2, ...; baseline at each visit
    """
    baseline = np.asarray(baseline, float)
    seen = np.isfinite(baseline)
    total = np.where(seen, baseline, 0.0).sum(axis=-1, keepdims=True)
    centred = baseline - total / np.maximum(seen.sum(axis=-1, keepdims=True), 1)
    dummies = np.asarray(arm)[:, None] == np.arange(1, arms)
    one = np.concatenate(
        [
            np.ones((*baseline.shape, 1)),
            np.broadcast_to(dummies, (*baseline.shape, arms - 1)),
            centred[..., None],
        ],
        axis=-1,
    )
    wide = one[..., None, :, None] * np.eye(visits)[:, None, :]
    return wide.reshape(*baseline.shape, visits, visits * one.shape[-1])


def _pieces(y: Array, columns: int) -> list[slice]:
    """Pieces of a batch y [b, patient, visit] whose sums need no more than ROOM, or one trial.

    A piece keeps sums for every set of visits that anybody in it has, so that where single visits
    are missed a larger piece has more of them, too.
    """
    visits = y.shape[-1]
    numbers = visits * (visits + 1) // 2
    each = max(numbers**2, columns * numbers) * columns + y[0].size * columns if len(y) else 0
    sums = (visits * columns) ** 2
    codes = np.isfinite(y) @ (1 << np.arange(visits))
    start, patterns, pieces = 0, set(), []
    for place, own in enumerate(codes):
        together = patterns.union(own.tolist())
        if place > start and (place + 1 - start) * (each + sums * len(together)) > ROOM:
            pieces.append(slice(start, place))
            start, together = place, set(own.tolist())
        patterns = together
    return [*pieces, slice(start, len(y))]


def _hopeless(seen: NDArray[np.bool_]) -> bool:
    """Whether none of these trials [b, patient, visit] has the patients for so many visits."""
    visits = seen.shape[-1]
    few = seen.any(axis=2).sum(axis=1) <= visits
    return visits > MOST_VISITS or bool(few.all())


def _unfitted(trials: int, visits: int, contrasts: Array) -> Mmrm:
    """What is said of trials that are not fitted: nothing, and why."""
    many, columns = contrasts.shape
    why = np.full(trials, Untested.singular, np.int8)

    def none(*shape: int) -> Array:
        return np.full((trials, *shape), np.nan)

    return Mmrm(
        none(columns), none(columns, columns), none(visits, visits), none(),
        estimated(none(many), none(many), none(many), np.repeat(why[:, None], many, axis=1)), why,
    )  # fmt: skip


def _piece(y: Array, x: Array, contrasts: Array, adjustment: Adjustment) -> Mmrm:
    """A batch that fits into memory at once: y [b, patient, visit], x [.., visit, column]."""
    seen = np.isfinite(y) & np.isfinite(x).all(axis=-1)
    x = np.where(seen[..., None], x, 0.0)
    y = np.where(seen, y, 0.0)
    kept = independent_columns(np.einsum("bijp,bijq->bpq", x, x))
    x = x * kept[:, None, None, :]
    moments = Moments.of(y, x, seen, kept)
    fitted = fit_covariance(moments)
    phi = fitted.phi
    reason = fitted.untested
    projected = projected_pairs(moments, fitted)
    with np.errstate(all="ignore"):
        spread = _inverse(curvature(moments, fitted, projected), fitted) * 2
        model = phi
        if adjustment == "kenward-roger":
            model = _kenward_roger(moments, fitted, projected, spread)
        value = np.einsum("cp,bp->bc", contrasts, fitted.beta)
        variance = np.einsum("cp,bpq,cq->bc", contrasts, model, contrasts)
        naive = np.einsum("cp,bpq,cq->bc", contrasts, phi, contrasts)
        along = np.einsum("cp,bpq->bcq", contrasts, phi)
        slope = np.stack(  # one number of the covariance after the other
            [-np.sum((along @ one) * along, -1) for one in projected.swapaxes(0, 1)],
            axis=-1,
        )
        freedom = 2 * naive**2 / np.einsum("bci,bij,bcj->bc", slope, spread, slope)
    needs = np.einsum("cp,bp->bc", contrasts != 0, ~kept) > 0
    why = np.where(needs, Untested.not_estimable, Untested.tested)
    why = np.where(reason[:, None] > 0, reason[:, None], why)
    # corrected for few patients a variance may come out below nothing where visits nearly agree
    known = (freedom > 0) & (variance >= 0)
    why = np.where((why == 0) & ~known, Untested.singular, why)
    lost = ~kept | (reason > 0)[:, None]
    model = np.where(lost[:, :, None] | lost[:, None, :], np.nan, model)
    scale = moments.scale
    good = why == 0
    return Mmrm(
        np.where(lost, np.nan, fitted.beta * scale[:, None]),
        model * scale[:, None, None] ** 2,
        np.where((reason > 0)[:, None, None], np.nan, fitted.sigma * scale[:, None, None] ** 2),
        np.where(reason > 0, np.nan, fitted.log_likelihood),
        estimated(
            np.where(good, value, np.nan) * scale[:, None],
            np.sqrt(np.where(good, variance, np.nan)) * scale[:, None],
            np.where(good, freedom, np.nan),
            why,
        ),
        reason,
    )


def _inverse(matrix: Array, fitted: Fitted) -> Array:
    """Inverses; of models that were not fitted, nothing."""
    good = fitted.untested == 0
    safe = np.where(good[:, None, None], matrix, np.eye(matrix.shape[-1]))
    try:
        return np.where(good[:, None, None], np.linalg.inv(safe), np.nan)
    except np.linalg.LinAlgError:  # one of them has none
        return np.stack([np.linalg.pinv(one, hermitian=True) for one in safe])


def _kenward_roger(moments: Moments, fitted: Fitted, projected: Array, spread: Array) -> Array:
    r""":math:`\Phi + 2 \Phi (\sum_{ij} w_{ij} (Q_{ij} - P_i \Phi P_j)) \Phi`, [b, column, column].

    Parameters
    ----------
    projected : Array [b, number, column, column], -P_i
    spread : Array [b, number, number], covariance w of the covariance's numbers
    """
    basis, phi, w = moments.basis, fitted.phi, fitted.weights
    inner = np.einsum("bij,iuv,bkvw,jwx->bkux", spread, basis, w, basis, optimize=True)
    around = w @ inner @ w
    quadratic = weighted(moments.xx, around[:, None])[:, 0]
    flat = projected.reshape(*projected.shape[:2], -1)
    lifted = (np.swapaxes(spread, 1, 2) @ flat).reshape(projected.shape)
    product = (lifted @ phi[:, None] @ projected).sum(axis=1)
    return phi + 2 * phi @ (quadratic - product) @ phi


def _joined(parts: list[Mmrm], shape: tuple[int, ...]) -> Mmrm:
    def whole(arrays: list[NDArray]) -> NDArray:
        together = np.concatenate(arrays)
        return together.reshape(shape + together.shape[1:])

    names = ("value", "standard_error", "freedom", "statistic", "p", "untested")
    contrasts = Estimate(
        **{name: whole([getattr(one.contrasts, name) for one in parts]) for name in names}
    )
    fields = ("coefficients", "coefficient_covariance", "covariance", "log_likelihood")
    return Mmrm(
        **{name: whole([getattr(one, name) for one in parts]) for name in fields},
        contrasts=contrasts,
        untested=whole([one.untested for one in parts]),
    )
