"""How much of a trial's error is who takes part, and how much is how he is measured.

The error of a comparison is made of what its baseline leaves of every patient. Without errors of
measurement the same patients would leave what the true values leave; what both have in common is
the patients', the rest the measurement's, that of the baseline among it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Pair = tuple[Array, Array]


def share_of_patients(recorded: tuple[Pair, Pair], true: tuple[Pair, Pair]) -> Array:
    r"""The share of the squared error of a comparison that patients leave [...], 0 to 1.

    Parameters
    ----------
    recorded, true : of the active arm and of the control: what was written down and what was so at
        the first visit and at the last, each Array [..., patient]; NaN of who was not seen

    Notes
    -----
    :math:`\sum e_i p_i / \sum e_i^2` with the residuals of both arms together after an analysis
    of covariance of the records, :math:`e`, and of the true values, :math:`p`.

    Examples
    --------
    >>> x, y = np.array([1.0, 2.0, 4.0]), np.array([1.0, 1.0, 3.0])
    >>> float(share_of_patients(((x, y), (x, y)), ((x, y), (x, y))))
    1.0
    """
    seen = [np.isfinite(sum(one)) & np.isfinite(sum(two))
            for one, two in zip(recorded, true, strict=True)]  # fmt: skip
    left = _residuals(recorded, seen)
    of_body = _residuals(true, seen)
    whole = sum(np.sum(one**2, axis=-1) for one in left)
    both = sum(np.sum(one * two, axis=-1) for one, two in zip(left, of_body, strict=True))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.clip(np.where(whole > 0, both / whole, 0.0), 0.0, 1.0)


def share_of_changes(recorded: Pair, true: Pair) -> Array:
    """The same of the change of a single arm since its first visit [...]."""
    seen = np.isfinite(sum(recorded)) & np.isfinite(sum(true))
    change, body = (_about_mean(one[1] - one[0], seen) for one in (recorded, true))
    whole, both = np.sum(change**2, axis=-1), np.sum(change * body, axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.clip(np.where(whole > 0, both / whole, 0.0), 0.0, 1.0)


def _residuals(arms: tuple[Pair, Pair], seen: list[NDArray[np.bool_]]) -> list[Array]:
    """What baseline and arm leave of every patient of both arms; 0 of who was not seen."""
    about = [
        tuple(_about_mean(values, use) for values in pair)
        for pair, use in zip(arms, seen, strict=True)
    ]
    sxx = sum(np.sum(x * x, axis=-1) for x, _ in about)
    sxy = sum(np.sum(x * y, axis=-1) for x, y in about)
    slope = np.where(sxx > 0, sxy / np.where(sxx > 0, sxx, 1.0), 0.0)
    return [y - slope[..., None] * x for x, y in about]


def _about_mean(values: Array, seen: NDArray[np.bool_]) -> Array:
    """Values about their mean; 0 of who was not seen."""
    here = np.where(seen, values, 0.0)
    mean = here.sum(axis=-1) / np.maximum(seen.sum(axis=-1), 1)
    return np.where(seen, here - mean[..., None], 0.0)
