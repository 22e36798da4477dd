r"""The restricted likelihood of repeated measures with an unstructured covariance, and its maximum.

All that the likelihood, its slope and its curvature need of the patients are sums over those who
miss the same visits: with :math:`W_k` the inverse covariance of the visits that pattern k has
(0 elsewhere), :math:`X'V^{-1}X = \sum_k \sum_{uv} W_k[u,v] \sum_{i \in k} x_{iu} x_{iv}'`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from gutskin.statistics.untested import Untested

Array = NDArray[np.float64]
ITERATIONS = 40
HALVINGS = 20
SLOPE = 1e-9  # Newton's promise of a lower deviance at which the maximum is reached
SINGULAR = 1e-5  # smallest eigenvalue of a correlation matrix that is still told from none


@dataclass(frozen=True, eq=False)
class Moments:
    """What the likelihood needs of a batch of trials; y is in units of its own `scale`.

    Parameters
    ----------
    xx : Array [b, pattern, visit, visit, column, column]
    xy : Array [b, pattern, visit, visit, column], the second visit is that of y
    yy : Array [b, pattern, visit, visit]
    patients : Array [b, pattern]
    patterns : Array [pattern, visit] (bool), visits that are there
    basis : Array [number, visit, visit], derivatives of the covariance by its numbers
    kept : Array [b, column] (bool), columns that are independent
    scale : Array [b]
    """

    xx: Array
    xy: Array
    yy: Array
    patients: Array
    patterns: NDArray[np.bool_]
    basis: Array
    kept: NDArray[np.bool_]
    scale: Array

    @classmethod
    def of(cls, y: Array, x: Array, seen: NDArray[np.bool_], kept: NDArray[np.bool_]) -> Moments:
        """Sums over patients with the same visits; what is not seen is 0 in y and x."""
        many = seen.sum(axis=(1, 2))
        middle = y.sum(axis=(1, 2)) / np.maximum(many, 1)
        off = np.where(seen, y - middle[:, None, None], 0.0)
        scale = np.sqrt((off**2).sum(axis=(1, 2)) / np.maximum(many, 1))
        largest = np.abs(y).max(axis=(1, 2), initial=0.0)
        scale = np.where(scale > 1e-12 * largest, scale, 1.0)
        y = y / scale[:, None, None]
        visits = y.shape[-1]
        codes = seen @ (1 << np.arange(visits))
        some = np.unique(codes[codes > 0])
        some = some if some.size else np.array([2**visits - 1])
        shape = (len(y), len(some), visits, visits)
        xx = np.zeros((*shape, x.shape[-1], x.shape[-1]))
        xy, yy = np.zeros((*shape, x.shape[-1])), np.zeros(shape)
        patients = np.zeros(shape[:2])
        for place, code in enumerate(some):
            here = (codes == code)[..., None]
            xs, ys = x * here[..., None], y * here
            wide = xs.reshape(*xs.shape[:2], -1)
            squares = np.swapaxes(wide, 1, 2) @ wide
            squares = squares.reshape(len(y), visits, x.shape[-1], visits, x.shape[-1])
            xx[:, place] = np.moveaxis(squares, 3, 2)
            products = np.swapaxes(wide, 1, 2) @ ys
            products = products.reshape(len(y), visits, x.shape[-1], visits)
            xy[:, place] = np.moveaxis(products, 3, 2)
            yy[:, place] = np.swapaxes(ys, 1, 2) @ ys
            patients[:, place] = here[..., 0].sum(axis=1)
        patterns = (some[:, None] >> np.arange(visits)) & 1 == 1
        return cls(xx, xy, yy, patients, patterns, _basis(visits), kept, scale)

    def of_trials(self, some: NDArray[np.intp]) -> Moments:
        """Those of some trials of the batch."""
        if len(some) == len(self.scale):
            return self
        return Moments(
            self.xx[some], self.xy[some], self.yy[some], self.patients[some], self.patterns,
            self.basis, self.kept[some], self.scale[some],
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class Fitted:
    """A batch at one covariance.

    Parameters
    ----------
    sigma : Array [b, visit, visit]
    weights : Array [b, pattern, visit, visit], inverse covariances of the visits that are there
    phi : Array [b, column, column], inverse of X'V^-1 X; 0 for columns that were taken out
    beta : Array [b, column]
    residual : Array [b, pattern, visit, visit], sums of products of residuals
    deviance : Array [b], -2 times the restricted log likelihood, without its constant
    log_likelihood : Array [b], with it, in the unit of the data
    untested : Array [b] (int)
    """

    sigma: Array
    weights: Array
    phi: Array
    beta: Array
    residual: Array
    deviance: Array
    log_likelihood: Array
    untested: NDArray[np.int8]

    def of_trials(self, some: NDArray[np.intp]) -> Fitted:
        """Those of some trials of the batch."""
        return Fitted(*(getattr(self, one.name)[some] for one in fields(self)))

    def with_trials(self, some: NDArray[np.intp], others: Fitted) -> Fitted:
        """The batch with other fits of some of its trials."""

        def put(name: str) -> NDArray:
            whole = getattr(self, name).copy()
            whole[some] = getattr(others, name)
            return whole

        return Fitted(*(put(one.name) for one in fields(self)))


def _basis(visits: int) -> Array:
    rows, columns = np.triu_indices(visits)
    basis = np.zeros((len(rows), visits, visits))
    basis[np.arange(len(rows)), rows, columns] = 1.0
    basis[np.arange(len(rows)), columns, rows] = 1.0
    return basis


def fit_covariance(moments: Moments) -> Fitted:
    """Bring each model to the maximum of its restricted likelihood by Newton's method.

    Where the curvature is not that of a maximum, the expected one stands for it (Fisher scoring);
    a step is halved until the covariance is positive definite and the likelihood grows.
    """
    reason = _why_not(moments)
    here = _at(moments, _start(moments))
    active = np.flatnonzero((reason == 0) & np.isfinite(here.deviance))
    reached = np.zeros(len(reason), bool)
    for _ in range(ITERATIONS):
        if not active.size:
            break
        part = moments.of_trials(active)
        now, done, stuck = _improved(part, here.of_trials(active))
        here = here.with_trials(active, now)
        reached[active[done]] = True
        active = active[~(done | stuck | (_lowest(now.sigma) <= SINGULAR))]
    low = _lowest(here.sigma)
    reason = np.where((reason == 0) & ~(low > SINGULAR), Untested.singular, reason)
    reason = np.where((reason == 0) & ~reached, Untested.no_maximum, reason).astype(np.int8)
    numbers = np.einsum("bk,kv->b", moments.patients, moments.patterns) - moments.kept.sum(axis=1)
    whole = here.deviance + numbers * (np.log(2 * np.pi) + 2 * np.log(moments.scale))
    return Fitted(
        here.sigma, here.weights, here.phi, here.beta, here.residual, here.deviance,
        -whole / 2, reason,
    )  # fmt: skip


def _improved(
    moments: Moments, here: Fitted
) -> tuple[Fitted, NDArray[np.bool_], NDArray[np.bool_]]:
    """One step of each model; which are at their maximum, and which no step brings further."""
    step, promise = _step(moments, here)
    done = promise < SLOPE
    size, searching, best = np.ones(len(promise)), np.ones(len(promise), bool), here
    for _ in range(HALVINGS):
        trial = _at(moments, here.sigma + size[:, None, None] * step)
        with np.errstate(invalid="ignore"):
            better = trial.deviance <= here.deviance + 1e-12 * np.abs(here.deviance)
        best = _chosen(searching & better, trial, best)
        searching &= ~better
        if not searching.any():
            break
        size = np.where(searching, size / 2, size)
    return best, done, searching


def _lowest(sigma: Array) -> Array:
    """The smallest eigenvalue of each correlation matrix [b]."""
    return np.linalg.eigvalsh(_correlation(sigma))[:, 0]


def _why_not(moments: Moments) -> NDArray[np.int8]:
    """Models that no data of this shape could fit."""
    together = np.einsum("bk,ku,kv->buv", moments.patients, moments.patterns, moments.patterns)
    visits = together.shape[-1]
    numbers = np.einsum("buu->b", together)
    free = numbers - moments.kept.sum(axis=1)
    few = (moments.patients.sum(axis=1) <= visits) | (free < visits * (visits + 1) / 2)
    few |= (together < 2).any(axis=(1, 2))
    left = np.einsum("bkuu->b", moments.yy)
    explained = _at(moments, np.broadcast_to(np.eye(visits), together.shape)).residual
    spread = np.einsum("bkuu->bu", explained)
    flat = (spread <= 1e-18 * np.maximum(left, 1.0)[:, None]).any(axis=-1)
    reason = np.where(few, Untested.singular, Untested.tested)
    return np.where((reason == 0) & flat, Untested.no_spread, reason).astype(np.int8)


def _start(moments: Moments) -> Array:
    """Variances of ordinary residuals at each visit, no correlation."""
    visits = moments.yy.shape[-1]
    plain = _at(moments, np.broadcast_to(np.eye(visits), (len(moments.yy), visits, visits)))
    squares = np.einsum("bkuu->bu", plain.residual)
    many = np.einsum("bk,ku->bu", moments.patients, moments.patterns)
    variance = np.maximum(squares / np.maximum(many, 1.0), 1e-12)
    return variance[:, :, None] * np.eye(visits)


def _at(moments: Moments, sigma: Array) -> Fitted:
    """Everything at one covariance; deviance is infinite where it is not positive definite."""
    shape = moments.yy.shape
    weights, logs = np.zeros(shape), np.zeros(shape[:2])
    good = np.ones(len(sigma), bool)
    for place, there in enumerate(moments.patterns):
        block = sigma[:, there][:, :, there]
        values, vectors = np.linalg.eigh(block)
        sound = values[:, 0] > 1e-13 * np.maximum(values[:, -1], 1e-300)
        good &= sound
        values = np.where(sound[:, None], values, 1.0)
        inverse = (vectors / values[:, None, :]) @ np.swapaxes(vectors, 1, 2)
        weights[:, place][:, np.ix_(there, there)[0], np.ix_(there, there)[1]] = inverse
        logs[:, place] = np.log(values).sum(axis=-1)
    out = (~moments.kept)[:, :, None] * np.eye(moments.kept.shape[1])
    precision = weighted(moments.xx, weights[:, None])[:, 0] + out
    score = weighted(moments.xy, weights[:, None])[:, 0]
    values, vectors = np.linalg.eigh(precision)
    sound = values[:, 0] > 1e-13 * values[:, -1]
    values = np.where(sound[:, None], values, 1.0)
    good &= sound
    phi = (vectors / values[:, None, :]) @ np.swapaxes(vectors, 1, 2) - out
    beta = np.einsum("bpq,bq->bp", phi, score)
    mixed = (moments.xy.reshape(len(beta), -1, beta.shape[-1]) @ beta[..., None]).reshape(shape)
    fit = _between(moments, beta[:, :, None] * beta[:, None, :])
    residual = moments.yy - mixed - np.swapaxes(mixed, 2, 3) + fit
    deviance = (
        np.einsum("bk,bk->b", moments.patients, logs)
        + np.log(values).sum(axis=-1)
        + np.einsum("bkuv,bkuv->b", weights, residual)
    )
    deviance = np.where(good, deviance, np.inf)
    none = np.zeros(len(sigma), np.int8)
    return Fitted(sigma, weights, phi, beta, residual, deviance, -deviance / 2, none)


def projected_pairs(moments: Moments, at: Fitted) -> Array:
    """X'V^-1 (dV/dtheta_i) V^-1 X for each number of the covariance [b, number, column, column]."""
    inner = np.einsum("bkus,ist,bktv->bikuv", at.weights, moments.basis, at.weights, optimize=True)
    return weighted(moments.xx, inner)


def weighted(products: Array, weights: Array) -> Array:
    """Sums of products over patterns and pairs of visits, each with its weight [b, number, ...].

    Parameters
    ----------
    products : Array [b, pattern, visit, visit, ...]
    weights : Array [b, number, pattern, visit, visit]
    """
    many = weights.shape[1]
    flat = weights.reshape(len(weights), many, -1)
    summed = flat @ products.reshape(len(products), flat.shape[-1], -1)
    return summed.reshape(len(products), many, *products.shape[4:])


def _between(moments: Moments, middle: Array) -> Array:
    """Sums of x_u' M x_v over the patients of each pattern [b, pattern, visit, visit]."""
    flat = moments.xx.reshape(len(middle), -1, middle[0].size)
    return (flat @ middle.reshape(len(middle), -1, 1)).reshape(moments.yy.shape)


def _slope(moments: Moments, at: Fitted) -> Array:
    """Derivatives of the deviance by the numbers of the covariance [b, number]."""
    w = at.weights
    fit = _between(moments, at.phi)
    inner = moments.patients[..., None, None] * w - w @ (fit + at.residual) @ w
    return np.einsum("bkuv,iuv->bi", inner, moments.basis)


def curvature(moments: Moments, at: Fitted, projected: Array) -> Array:
    """Second derivatives of the deviance by the numbers of the covariance [b, number, number]."""
    expected, observed = _curvatures(moments, at, projected)
    return observed - expected


def _curvatures(moments: Moments, at: Fitted, projected: Array) -> tuple[Array, Array]:
    """tr(P V_i P V_j) and 2 y'P V_i P V_j P y [b, number, number]."""
    w, basis = at.weights, moments.basis
    fit = _between(moments, at.phi)
    around_fit, around_residual = w @ fit @ w, w @ at.residual @ w
    plain = moments.patients[..., None, None] * w
    first = _pairs(plain - 2 * around_fit, w, basis)
    lifted = projected @ at.phi[:, None]
    many = lifted.shape[1]
    flat = lifted.reshape(len(w), many, -1)
    turned = np.swapaxes(lifted, 2, 3).reshape(len(w), many, -1)
    expected = first + flat @ np.swapaxes(turned, 1, 2)
    left = np.einsum("bkus,ist,bktv->bikuv", w, basis, w, optimize=True)
    residual_products = _residual_products(moments, at)
    moved = weighted(residual_products, left)
    explained = moved @ at.phi @ np.swapaxes(moved, 1, 2)
    observed = 2 * (_pairs(around_residual, w, basis) - explained)
    return expected, observed


def _pairs(one: Array, other: Array, basis: Array) -> Array:
    """Sum over patterns of tr(one E_i other E_j), symmetric [b, number, number]."""
    visits = basis.shape[-1]
    shape = (*one.shape[:2], -1)
    whole = np.swapaxes(one.reshape(shape), 1, 2) @ other.reshape(shape)
    whole = whole.reshape(-1, visits, visits, visits, visits)  # u, v, w, x
    whole = whole.transpose(0, 2, 3, 4, 1).reshape(len(one), visits**2, visits**2)
    flat = basis.reshape(len(basis), -1)
    product = flat @ whole @ flat.T
    return (product + np.swapaxes(product, 1, 2)) / 2


def _residual_products(moments: Moments, at: Fitted) -> Array:
    """Sums of x at one visit times the residual at another [b, pattern, visit, visit, column]."""
    columns = at.beta.shape[-1]
    flat = moments.xx.reshape(len(at.beta), -1, columns)
    return moments.xy - (flat @ at.beta[..., None]).reshape(moments.xy.shape)


def _step(moments: Moments, at: Fitted) -> tuple[Array, Array]:
    """Newton's step of the covariance [b, visit, visit], and the fall of deviance it promises."""
    slope = _slope(moments, at)
    expected, observed = _curvatures(moments, at, projected_pairs(moments, at))
    newton = _positive(observed - expected)
    use = np.where(newton[:, None, None], observed - expected, expected)
    values, vectors = np.linalg.eigh(np.where(np.isfinite(use), use, 0.0))
    floor = 1e-12 * np.maximum(values[:, -1:], 1e-300)
    along = np.einsum("bij,bi->bj", vectors, slope) / np.maximum(values, floor)
    step = -np.einsum("bij,bj->bi", vectors, along)
    return np.einsum("bi,iuv->buv", step, moments.basis), -np.einsum("bi,bi->b", step, slope)


def _positive(matrix: Array) -> NDArray[np.bool_]:
    """Which matrices are positive definite [b]."""
    finite = np.isfinite(matrix).all(axis=(1, 2))
    values = np.linalg.eigvalsh(np.where(finite[:, None, None], matrix, 0.0))
    return finite & (values[:, 0] > 1e-10 * np.maximum(values[:, -1], 1e-300))


def _correlation(sigma: Array) -> Array:
    sd = np.sqrt(np.maximum(np.einsum("buu->bu", sigma), 1e-300))
    return sigma / sd[:, :, None] / sd[:, None, :]


def _chosen(use: NDArray[np.bool_], one: Fitted, other: Fitted) -> Fitted:
    """Those of `one` where `use` says so."""

    def pick(a: NDArray, b: NDArray) -> NDArray:
        return np.where(use.reshape(-1, *([1] * (a.ndim - 1))), a, b)

    return Fitted(*(pick(getattr(one, name), getattr(other, name)) for name in one.__dict__))
