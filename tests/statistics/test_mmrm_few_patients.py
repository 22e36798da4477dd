"""Mixed models of so few patients that the corrected variance may fall below nothing: told."""

import numpy as np
import pytest

from gutskin.statistics.mmrm import arm_columns, mmrm
from gutskin.statistics.untested import Untested


@pytest.mark.parametrize(("patients", "visits", "seed"), [(6, 2, 3), (8, 3, 0), (10, 2, 3)])
def test_edge_a_variance_below_nothing_counts_as_singular(patients, visits, seed):
    """A warning of a root ended the trial; now no test stands on such a variance."""
    rng, trials = np.random.default_rng(seed), 1000
    body = rng.normal(size=(trials, patients, 1))
    noise = rng.normal(size=(trials, patients, visits))
    y = body + noise * rng.choice([0.02, 0.1, 0.5], size=(trials, 1, 1))
    y[rng.random(y.shape) < 0.3] = np.nan
    contrast = np.zeros(3 * visits)
    contrast[2 * visits - 1] = 1.0
    columns = arm_columns(rng.normal(size=(trials, patients)), np.arange(patients) % 2, visits)
    with np.errstate(invalid="raise"):
        found = mmrm(y, columns, contrast)
    its = found.contrasts
    tested = its.untested[:, 0] == Untested.tested
    assert tested.any()
    assert (its.standard_error[tested] > 0).all()
    assert np.isnan(its.p[~tested]).all()
    assert (its.untested[:, 0] == Untested.singular).any()
