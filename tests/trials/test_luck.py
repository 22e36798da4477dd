"""How much of a trial's error is its patients: closed forms, and what changes nothing."""

import numpy as np
import pytest

from gutskin.trials.luck import share_of_changes, share_of_patients

RNG = np.random.default_rng(1)
SHAPE = (400, 60)  # trials, patients of an arm


def arm(mean=0.0, of_end=2.0, noise_first=1.0, noise_last=1.5):
    """True and recorded pairs of an arm whose parts are known."""
    first = 3.0 * RNG.standard_normal(SHAPE)
    last = mean + 0.6 * first + of_end * RNG.standard_normal(SHAPE)
    recorded = (
        first + noise_first * RNG.standard_normal(SHAPE),
        last + noise_last * RNG.standard_normal(SHAPE),
    )
    return (first, last), recorded


def test_closed_form_the_error_of_the_baseline_is_measurement_too():
    true, recorded = zip(arm(-3.0), arm(), strict=True)
    slope = 0.6 * 9 / (9 + 1)  # of the record of the baseline, which its error makes flatter
    of_baseline = (0.6 - slope) ** 2 * 9 + slope**2 * 1
    expected = 4 / (4 + 2.25 + of_baseline)
    assert share_of_patients(recorded, true).mean() == pytest.approx(expected, abs=0.01)


def test_closed_form_without_errors_all_is_the_patients():
    true, _ = zip(arm(-3.0), arm(), strict=True)
    assert share_of_patients(true, true) == pytest.approx(np.ones(SHAPE[0]))


def test_closed_form_the_change_of_a_single_arm():
    true, recorded = arm()
    of_change = 0.4**2 * 9 + 4
    expected = of_change / (of_change + 1 + 2.25)
    assert share_of_changes(recorded, true).mean() == pytest.approx(expected, abs=0.01)


def test_property_who_was_not_seen_changes_nothing():
    true, recorded = zip(arm(-3.0), arm(), strict=True)
    gone = tuple((first, last.copy()) for first, last in recorded)
    gone[0][1][:, 40:] = np.nan
    fewer = [tuple((a[:, :n], b[:, :n]) for (a, b), n in zip(one, (40, 60), strict=True))
             for one in (recorded, true)]  # fmt: skip
    np.testing.assert_allclose(share_of_patients(gone, true), share_of_patients(*fewer))


def test_unit_nobody_and_no_scatter_leave_no_share():
    still = (np.ones((2, 5)), np.ones((2, 5)))
    assert share_of_patients((still, still), (still, still)).tolist() == [0.0, 0.0]
