"""The assurance of many designs in the same worlds, with errors that belong together.

In each world a design's trial is significant in favour with a probability (see `trials.power`);
the assurance is its mean. All designs are computed in bootstrap samples of the same worlds, so
that the error of a difference knows how much two designs have in common.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gutskin.optimisation.designs import Design
from gutskin.optimisation.readings import Key, Reading
from gutskin.trials.ancova import ALPHA
from gutskin.trials.difference_test import chance_of_significance, expected_size

Array = NDArray[np.float64]
FOLDS = 10  # in turn left out where it is asked what a choice is worth


@dataclass(frozen=True, eq=False)
class Assurances:
    """Of all designs.

    Parameters
    ----------
    chance : Array [design, world], of significance in favour; NaN where a world tells nothing
    value : Array [design], assurance
    harm : Array [design], chance of significance against the treatment
    repeated : Array [repetition, design], assurance in bootstrap samples of the worlds
    effect : Array [design], mean effect in residual standard deviations, above zero in favour
    worlds : Array [design] (int), of how many worlds each is; where nothing scatters (nobody has an
        event, or everybody) nothing is found, and where people are too few a world tells nothing
    """

    chance: Array
    value: Array
    harm: Array
    repeated: Array
    effect: Array
    worlds: NDArray[np.int_]


def bootstrap_weights(worlds: int, repetitions: int, seed: int) -> Array:
    """How often each world stands in each sample, Array [1 + repetition, world]; all once first."""
    rng = np.random.default_rng([seed, worlds])
    drawn = rng.multinomial(worlds, np.full(worlds, 1 / worlds), repetitions)
    return np.concatenate([np.ones((1, worlds)), drawn.astype(float)])


def assurances_of(
    designs: Sequence[Design],
    readings: Mapping[Key, Reading],
    lower_is_better: Mapping[str, bool],
    weights: Array,
    nothing: frozenset[str] = frozenset(),
) -> Assurances:
    """Assurance of every design in every sample of worlds.

    Parameters
    ----------
    lower_is_better : endpoint -> whether it is
    weights : from `bootstrap_weights`
    nothing : endpoints on which there is no effect at all
    """
    effects: dict[Key, tuple[Array, NDArray[np.bool_]]] = {}
    rows, repeated, harm, size, many = [], [], [], [], []
    for one in designs:
        if one.key not in effects:
            reading = readings[one.key]
            way = -1.0 if lower_is_better[one.key.endpoint] else 1.0
            way = 0.0 if one.key.endpoint in nothing else way
            use = usable(reading)
            effects[one.key] = way * standardised(reading, use, weights), use
        effect, use = effects[one.key]
        still = without_scatter(readings[one.key])
        told = use | still
        chances, against = _chances(one, readings[one.key], effect, use)
        total = np.maximum(weights[:, told].sum(axis=1), 1.0)
        means = (weights[:, use] * chances).sum(axis=1) / total
        whole = np.where(still, 0.0, np.nan)
        whole[use] = chances[0]
        rows.append(whole)
        repeated.append(means)
        harm.append(float(against.sum()) / int(told.sum()))
        size.append(float(effect[0].mean()))
        many.append(int(told.sum()))
    repeats = np.stack(repeated, axis=1)
    return Assurances(
        np.stack(rows), repeats[0], np.array(harm), repeats[1:], np.array(size), np.array(many)
    )


def usable(reading: Reading) -> NDArray[np.bool_]:
    """The worlds in which a comparison has an effect and a scatter [world]."""
    parts = (reading.effect, reading.error, reading.beyond, reading.residual_sd)
    return np.isfinite(parts).all(axis=0) & (reading.freedom >= 1) & (reading.residual_sd > 0)


def without_scatter(reading: Reading) -> NDArray[np.bool_]:
    """The worlds with people enough in whom nothing scatters: nothing is found in them [world]."""
    return (reading.residual_sd <= 0) & (reading.freedom >= 1)


def standardised(reading: Reading, use: NDArray[np.bool_], weights: Array) -> Array:
    r"""Effects in residual standard deviations, without the luck of few patients.

    Parameters
    ----------
    use : Array [world] (bool)
    weights : Array [sample, world], how often each world counts

    Returns
    -------
    Array [sample, world that is used]

    Notes
    -----
    `trials.effect_sizes.effect_sizes` in many samples at once: there stands why.
    """
    from scipy.special import digamma, polygamma

    many = np.maximum(weights[:, use].sum(axis=1, keepdims=True), 1.0)
    w = weights[:, use] / many
    effect, error = reading.effect[use], reading.error[use]
    recorded = 1.0 + _slope(reading.beyond[use], effect, w * many)[:, None]
    drawn = _drawn_in(
        recorded * effect, recorded[:, 0] ** 2 * (w * np.square(error)).sum(axis=1), w, many
    )
    half = reading.freedom[use] / 2
    logs = 2 * np.log(reading.residual_sd[use]) - digamma(half) + np.log(half)
    noise = (w * polygamma(1, half)).sum(axis=1)
    return drawn / np.exp(_drawn_in(np.broadcast_to(logs, w.shape), noise, w, many) / 2)


def _slope(beyond: Array, effect: Array, w: Array) -> Array:
    """By what share records differ more than true values, as far as that is known [sample]."""
    size = (w * effect**2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(size > 0, (w * beyond * effect).sum(axis=1) / size, 0.0)
        off = effect * (beyond - slope[:, None] * effect)
        error = np.where(size > 0, (w * off**2).sum(axis=1) / size**2, 0.0)
        kept = np.where(slope != 0, np.maximum(0.0, 1 - error / slope**2), 0.0)
    return slope * kept


def _drawn_in(values: Array, noise: Array, w: Array, many: Array) -> Array:
    """Values [sample, world] with their mean, and their variance less that of the noise."""
    mean = (w * values).sum(axis=1, keepdims=True)
    freed = many / np.maximum(many - 1, 1)
    variance = (w * (values - mean) ** 2).sum(axis=1) * freed[:, 0]
    with np.errstate(invalid="ignore", divide="ignore"):
        left = np.where(variance > noise, np.sqrt(np.maximum(1 - noise / variance, 0.0)), 0.0)
    return mean + left[:, None] * (values - mean)


def _chances(
    one: Design, reading: Reading, effect: Array, use: NDArray[np.bool_]
) -> tuple[Array, Array]:
    """Chance of significance in favour [sample, world]; against it, in all worlds once [world]."""
    stay = [float(share[use].mean()) if use.any() else 0.0
            for share in (reading.active, reading.control)]  # fmt: skip
    sizes = [
        expected_size(n * share, 1 - share) if share > 0 else 0.0
        for n, share in zip((one.active, one.control), stay, strict=True)
    ]
    largest = 2.0 ** np.ceil(np.log2(np.abs(effect).max(initial=0.0) + 0.01))
    adjusted = bool(reading.adjusted[use].mean() > 0.5) if use.any() else False
    chance = chance_of_significance(*sizes, adjusted, float(largest))
    return chance(effect), chance(-effect[0])


def held_out(assurances: Assurances, folds: int = FOLDS) -> float:
    """The assurance of the design that is chosen, in worlds that did not take part in the choice.

    The best of many looks better than it is: its luck is part of why it was chosen.
    """
    chance = assurances.chance
    fold = np.arange(chance.shape[1]) % folds
    found = np.full(chance.shape[1], np.nan)
    for one in range(folds):
        out = fold == one
        if out.all() or not out.any():
            continue
        with np.errstate(invalid="ignore"):
            means = np.nanmean(chance[:, ~out], axis=1)
        found[out] = chance[int(np.nanargmax(means)), out]
    return float(np.nanmean(found))


def is_no_better_than_chance(assurances: Assurances) -> bool:
    """Whether every design finds what chance alone finds: there is no effect."""
    return bool(np.allclose(assurances.value, ALPHA / 2, atol=1e-6))
