"""What records of those who are there show beyond the truth: closed forms, and who has left."""

import numpy as np
import pytest

from gutskin.trials.who_left import beyond_the_truth, beyond_within

RNG = np.random.default_rng(8)
FIRST, TRUE = RNG.uniform(10, 40, (2, 3, 6)), RNG.uniform(10, 30, (2, 3, 6))
ERRORS = RNG.normal(0, 3, TRUE.shape)


def beyond(last, first=FIRST, true=TRUE):
    """Of two arms [arm, replicate, patient]."""
    pairs = (first[0], last[0]), (first[1], last[1])
    return beyond_the_truth(pairs, (true[0], true[1]))


def difference(x, y, of_control, control):
    """The difference of two arms given the baseline, by least squares."""
    arm = np.repeat([1.0, 0.0], [len(x), len(of_control)])
    columns = np.column_stack([np.ones(len(arm)), arm, np.concatenate([x, of_control])])
    values = np.concatenate([y, control])
    use = np.isfinite(columns).all(axis=1) & np.isfinite(values)
    return np.linalg.lstsq(columns[use], values[use])[0][1]


def test_closed_form_records_show_the_effect_of_those_who_stayed():
    """By hand: errors of those who are there, and their true difference beside everybody's."""
    last = TRUE + ERRORS
    last[0, 1, 2:], last[1, 2, 0] = np.nan, np.nan
    expected = []
    for one in range(3):
        here = np.where(np.isfinite(last[:, one]), TRUE[:, one], np.nan)
        some, whole = (
            difference(FIRST[0, one], ends[0], FIRST[1, one], ends[1])
            for ends in (here, TRUE[:, one])
        )
        errors = np.nanmean(last[:, one] - TRUE[:, one], axis=1)
        expected.append(errors[0] - errors[1] + some - whole)
    np.testing.assert_allclose(beyond(last), expected)


def test_closed_form_where_nobody_has_left_it_is_what_was_written_down_wrongly():
    np.testing.assert_allclose(
        beyond(TRUE + ERRORS), ERRORS[0].mean(axis=-1) - ERRORS[1].mean(axis=-1)
    )


def test_property_records_without_errors_of_all_who_began_show_the_truth():
    np.testing.assert_allclose(beyond(TRUE), 0.0, atol=1e-9)


def test_property_who_leaves_by_chance_alike_moves_nothing_where_all_have_the_same_effect():
    """The true end is the baseline less something: whoever is there has the same difference."""
    true = FIRST - np.array([12.0, 5.0])[:, None, None]
    last = true.copy()
    last[0, :, :3], last[1, :, 4] = np.nan, np.nan
    np.testing.assert_allclose(beyond(last, true=true), 0.0, atol=1e-9)


@pytest.mark.parametrize("arm", [0, 1])
def test_edge_who_was_not_there_at_first_is_not_compared_whatever_was_written_down_later(arm):
    """Neither his record nor what is true of him counts: he has no baseline."""
    first, last = FIRST.copy(), TRUE + ERRORS
    first[arm, :, 0] = np.nan
    other, wild = last.copy(), TRUE.copy()
    other[arm, :, 0], wild[arm, :, 0] = 1e6, -1e6
    np.testing.assert_allclose(beyond(other, first, wild), beyond(last, first))


def test_edge_arms_of_different_size_and_one_that_nobody_is_left_of():
    last = TRUE + ERRORS
    pairs = (FIRST[0], last[0]), (FIRST[1][:, :4], last[1][:, :4])
    found = beyond_the_truth(pairs, (TRUE[0], TRUE[1][:, :4]))
    expected = ERRORS[0].mean(axis=-1) - ERRORS[1][:, :4].mean(axis=-1)
    np.testing.assert_allclose(found, expected)
    last[0, 0] = np.nan
    found = beyond(last)
    assert np.isnan(found[0])
    assert np.isfinite(found[1:]).all()


def test_closed_form_within_patients_records_show_what_those_who_stayed_gain():
    """By hand: every second one gains nothing, has a period of his own, and one of them leaves."""
    gain = np.array([-4.0, 0.0, -4.0, 0.0])
    body = RNG.uniform(10, 30, (2, 4, 1, 1)) + np.array([0.0, 3.0])
    true = np.repeat(body, 2, axis=2)  # sequence, patient, given, period
    true[:, :, 0, 0] += gain
    true[:, :, 1, 1] += gain
    true[:, :, 0, 1] += gain / 4  # what is left of the first period
    records = np.stack([true[0, :, 0], true[1, :, 1]])
    both, pair = tuple(records), tuple(true)
    assert float(beyond_within(both, pair)) == pytest.approx(0.25)  # of 2 points a quarter, halved
    wrong = records + np.array([[[1.0, 0.0]], [[0.0, 0.0]]])  # raters of one sequence, at first
    assert float(beyond_within(tuple(wrong), pair)) == pytest.approx(0.25 + 0.5)
    records[0, [1, 3], 1] = np.nan  # of one sequence stay those with the effect
    assert float(beyond_within(tuple(records), pair)) == pytest.approx(0.875 * -3.0 + 2.0)
