"""Data of a regression in a batch of trials: flat, with what is missing taken out."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gutskin.statistics.independent import independent_columns

Array = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class RegressionData:
    """Outcome and columns of each patient of each trial; 0 in both of who has a NaN anywhere.

    Parameters
    ----------
    y : Array [b, patient]
    x : Array [b, patient, column], divided by `scale`; 0 in columns that others determine
    seen : Array [b, patient] (bool)
    kept : Array [b, column] (bool), columns that those before them do not determine
    scale : Array [b, column]
    shape : of the batch, before it was made flat
    """

    y: Array
    x: Array
    seen: NDArray[np.bool_]
    kept: NDArray[np.bool_]
    scale: Array
    shape: tuple[int, ...]

    @classmethod
    def of(cls, y: ArrayLike, x: ArrayLike) -> RegressionData:
        """Of outcomes [..., patient] and columns [..., patient, column]."""
        y, x = np.asarray(y, float), np.asarray(x, float)
        shape = np.broadcast_shapes(y.shape, x.shape[:-1])
        y = np.broadcast_to(y, shape).reshape(-1, shape[-1])
        x = np.broadcast_to(x, (*shape, x.shape[-1])).reshape(-1, shape[-1], x.shape[-1])
        seen = np.isfinite(y) & np.isfinite(x).all(axis=-1)
        y, x = np.where(seen, y, 0.0), np.where(seen[..., None], x, 0.0)
        scale = np.sqrt((x**2).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)[:, None])
        scale = np.where(scale > 0, scale, 1.0)
        x = x / scale[:, None, :]
        kept = independent_columns(np.swapaxes(x, 1, 2) @ x)
        return cls(y, x * kept[:, None, :], seen, kept, scale, shape[:-1])

    def of_trials(self, some: NDArray[np.bool_]) -> RegressionData:
        """Those of some trials of the batch [b], made flat."""
        arrays = {name: one[some] for name, one in vars(self).items() if name != "shape"}
        return replace(self, **arrays, shape=(int(some.sum()),))

    def back(self, values: NDArray) -> NDArray:
        """An array [b, ...] in the shape of the batch [..., ...]."""
        return values.reshape(self.shape + values.shape[1:])

    def unscaled(self, coefficients: Array, covariance: Array) -> tuple[Array, Array]:
        """Coefficients and their covariance in the unit of the columns; NaN of those taken out."""
        lost = ~self.kept
        found = np.where(lost, np.nan, coefficients / self.scale)
        spread = covariance / self.scale[:, :, None] / self.scale[:, None, :]
        return found, np.where(lost[:, :, None] | lost[:, None, :], np.nan, spread)
