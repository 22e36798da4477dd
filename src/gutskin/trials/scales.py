"""Logarithms and means of what a trial recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

Array = NDArray[np.float64]


def logs(pair: tuple[Array, Array]) -> tuple[Array, Array]:
    """Logarithms of values at two visits."""
    first, last = (log(value) for value in pair)
    return first, last


def log(values: Array) -> Array:
    """Logarithms; NaN where there is none."""
    return np.log(np.where(values > 0, values, np.nan))


def mean_and_error(paired: Array) -> tuple[Array, Array]:
    """Mean over the patients of each replicate, and its standard error.

    Parameters
    ----------
    paired : Array [replicate, arm, patient]
    """
    values = paired.reshape(len(paired), -1)
    mean = patient_mean(values)
    n = np.isfinite(values).sum(axis=-1)
    squares = np.where(np.isfinite(values), np.square(values - mean[:, None]), 0.0).sum(axis=-1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return mean, np.where(n > 1, np.sqrt(squares / (n - 1) / n), np.nan)


def patient_mean(values: Array) -> Array:
    """Means of those who have a value [...]."""
    seen = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return np.where(seen, values, 0.0).sum(axis=-1) / seen.sum(axis=-1)


def mean_over_patients(values: xr.DataArray, *, on_logs: bool) -> xr.DataArray:
    """The mean over patients of what was recorded: on logarithms the geometric one.

    Parameters
    ----------
    values : DataArray [..., patient]
    """
    if not on_logs:
        return values.mean("patient")
    on_scale = values.copy(data=log(values.values)).mean("patient")
    return on_scale.copy(data=np.exp(on_scale.values))
