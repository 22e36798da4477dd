"""Slice sampling: draws of known densities, around good and poor approximations."""

import numpy as np
import pytest
from scipy import stats

from gutskin.calibration.slice_sampler import Normal, sample


def around(mean: list[float], sd: float) -> Normal:
    return Normal(np.array(mean), sd * np.eye(len(mean)))


@pytest.mark.parametrize(("middle", "sd"), [(0.0, 1.0), (1.5, 0.6), (-1.0, 2.5)])
def test_closed_form_a_student_density_around_a_normal_that_is_off(
    middle: float, sd: float
) -> None:
    draws = sample(
        lambda x: stats.t.logpdf(x[:, 0], 4, 1.0, 0.7), around([middle], sd), 200, 80, 10, seed=3
    )
    wanted = stats.t(4, 1.0, 0.7)
    for share in (0.05, 0.25, 0.5, 0.75, 0.95):
        assert np.mean(draws[:, 0] < wanted.ppf(share)) == pytest.approx(share, abs=0.03)


def test_closed_form_two_numbers_that_hang_together() -> None:
    covariance = np.array([[1.0, 0.9], [0.9, 1.0]])
    density = stats.multivariate_normal([2.0, -1.0], covariance)
    draws = sample(density.logpdf, around([0.0, 0.0], 1.5), 300, 120, 10, seed=1)
    assert draws.mean(axis=0) == pytest.approx([2.0, -1.0], abs=0.06)
    assert np.cov(draws.T) == pytest.approx(covariance, abs=0.08)


def test_the_same_seed_gives_the_same_draws() -> None:
    one, two = (
        sample(lambda x: -(x[:, 0] ** 4), around([0.0], 1.0), 5, 10, 2, seed) for seed in (1, 1)
    )
    assert (one == two).all()
