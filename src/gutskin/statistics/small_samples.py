"""Wald tests of counts and shares as small trials need them: on t, with the error of few patients.

Likelihood takes the error of a logistic or a negative binomial regression for known, and too small
by what its coefficients take from the data; of sixty patients without an effect 6 to 7% are then
significant. As a linear model does, the error is multiplied by sqrt(n / (n - p)) and held against t
with n - p degrees of freedom: 4.6 to 5.7% (`tests/statistics/test_small_samples.py`).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from gutskin.statistics.estimate import Estimate, estimated


def in_small_samples(found: Estimate, patients: ArrayLike, columns: ArrayLike) -> Estimate:
    """The same estimates with errors and tests for so few patients.

    A test that has no standard error (a score test) stays as it is.

    Parameters
    ----------
    found : of normal tests, each field [...]
    patients, columns : Array [...], how many patients and coefficients the regression has

    Examples
    --------
    >>> few = in_small_samples(estimated(1.0, 0.5), 12, 3)
    >>> round(float(few.standard_error), 4), float(few.freedom), round(float(few.p), 4)
    (0.5774, 9.0, 0.1173)
    """
    patients, columns = np.asarray(patients, float), np.asarray(columns, float)
    freedom = np.maximum(patients - columns, 1.0)
    wald = np.isfinite(found.value) & np.isfinite(found.standard_error) & (patients > columns)
    error = found.standard_error * np.where(wald, np.sqrt(patients / freedom), 1.0)
    tested = estimated(found.value, error, freedom, found.untested)
    fields = (
        np.where(wald, getattr(tested, name), getattr(found, name)) for name in vars(found)
    )  # fmt: skip
    return Estimate(*fields)
