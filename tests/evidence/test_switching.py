"""What a switch changes, in words and amounts, without a trial."""

import numpy as np
import pytest

from gutskin.evidence.switching import AS_IT_IS, Amount, Consequence, Switched, _amount, _switched
from gutskin.trials.routes import LastVisit


def visit(effect, control):
    return LastVisit(np.array(effect, float), np.array(control, float))


def consequence(*switched):
    return Consequence("t", "T", "SCORAD", "points", 8.0, "evidence", 1, 50, 40, switched)


def test_closed_form_an_amount_of_many_replicates_has_an_interval_and_an_error():
    values = np.arange(101.0)
    amount = _amount(values)
    assert amount.mean == 50.0
    assert amount.ci95_low == pytest.approx(1.55)  # the (n + 1) p-th of n
    assert amount.ci95_high == pytest.approx(98.45)
    assert amount.monte_carlo_error == pytest.approx(values.std(ddof=1) / np.sqrt(101))


def test_closed_form_few_replicates_have_no_interval_and_one_has_no_error():
    two = _amount(np.array([1.0, 3.0]))
    assert (two.mean, two.ci95_low, two.ci95_high) == (2.0, None, None)
    assert two.monte_carlo_error == pytest.approx(1.0)
    assert _amount(np.array([1.0])) == Amount(1.0, None, None, None)


def test_closed_form_changes_are_those_of_the_same_patients():
    base = visit([-3.0, -1.0], [10.0, 12.0])
    off = _switched(0.0, visit([-1.0, 0.0], [11.0, 14.0]), base)
    assert off.effect.mean == -0.5
    assert off.effect_change.mean == 1.5
    assert off.control.mean == 12.5
    assert off.control_change.mean == 1.5
    one = _switched(AS_IT_IS, base, base)
    assert (one.effect.mean, one.control.mean) == (-2.0, 11.0)
    assert (one.effect_change, one.control_change) == (None, None)


def test_unit_what_failed_has_no_amounts_and_its_failure_no_comparison():
    base = visit([-3.0], [10.0])
    assert _switched(0.0, "it left its bounds", base) == Switched(0.0, failure="it left its bounds")
    alone = _switched(2.0, base, "it left its bounds")
    assert (alone.effect.mean, alone.effect_change, alone.control_change) == (-3.0, None, None)


@pytest.mark.parametrize(
    ("mean", "low", "high", "nothing"),
    [
        (0.049, None, None, True), (-0.049, None, None, True), (0.05, None, None, False),
        (-0.05, None, None, False), (0.0, -0.05, 0.0, False), (0.0, 0.0, 0.06, False),
        (0.0, -0.04, 0.04, True),
    ],
)  # fmt: skip
def test_closed_form_nothing_is_less_than_a_twentieth_in_nearly_every_replicate(
    mean, low, high, nothing
):
    assert Amount(mean, low, high).nothing is nothing


def test_unit_a_trial_is_untouched_if_no_value_changes_it_and_none_failed():
    little, much = Amount(0.01, None, None), Amount(1.0, None, None)
    same = Switched(0.0, little, little, little, little)
    assert consequence(same, Switched(1.0, little, None, little, None)).untouched
    assert not consequence(same, Switched(0.0, little, much, little, little)).untouched
    assert not consequence(same, Switched(0.0, little, little, little, much)).untouched
    assert not consequence(same, Switched(2.0, failure="it left its bounds")).untouched
