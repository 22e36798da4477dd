"""A filter between trials and print: against trials that were drawn, hidden and done again."""

import numpy as np
import pytest
from scipy.stats import norm

from gutskin.errors import InputError
from gutskin.evidence.as_printed import (
    CRITICAL,
    EVEN,
    check_share,
    passes_a_filter,
    shares_printed,
    weights_of_printed,
)
from gutskin.evidence.score_rules import worth
from gutskin.model.biology import CENTRE, POSTERIOR, PRIOR
from gutskin.model.usual_draws import biology_of_worlds
from gutskin.trials.design import load_trial

SHARES = np.array([0.1, 0.3, 0.6])
MEAN, BETWEEN, CHANCE = 1.0, 1.5, 2.0


def trials(number, seed):
    """What trials found, each in a world of its own [trial], and the means of these worlds."""
    rng = np.random.default_rng(seed)
    worlds = rng.normal(MEAN, BETWEEN, number)
    return rng.normal(worlds, CHANCE), worlds


def done_again(seed):
    """What is printed where a trial that stays in a drawer is done again in the same world."""
    rng = np.random.default_rng(seed)
    found, worlds = trials(100_000, seed)
    passes = rng.choice(SHARES, len(found))
    hidden = np.ones(len(found), bool)
    for _ in range(400):
        hidden &= (found < CRITICAL * CHANCE) & (rng.random(len(found)) >= passes)
        found = np.where(hidden, rng.normal(worlds, CHANCE), found)
    assert not hidden.any()
    return found


def test_simulated_trials_count_as_those_that_were_hidden_and_done_again_until_one_was_printed():
    found, _ = trials(100_000, 1)
    weights = weights_of_printed(found, CHANCE, CRITICAL * CHANCE, SHARES)
    printed = done_again(2)
    assert weights.sum() == pytest.approx(1.0)
    assert np.average(found, weights=weights) == pytest.approx(printed.mean(), abs=0.04)
    assert printed.mean() > found.mean() + 0.5  # the filter does something
    for at in (-2.0, 0.0, 2.0, 5.0):
        assert weights[found < at].sum() == pytest.approx((printed < at).mean(), abs=0.01)


def test_closed_form_worlds_that_are_all_alike_share_one_chance_of_a_significant_result():
    found = np.random.default_rng(3).normal(0.0, 1.0, 50_000)
    weights = weights_of_printed(found, 1.0, CRITICAL, np.array([0.2]))
    significant = norm.sf(CRITICAL)
    expected = significant / (significant + 0.2 * (1 - significant))
    assert weights[found >= CRITICAL].sum() == pytest.approx(expected, abs=0.01)


def test_where_all_are_printed_all_count_the_same_and_worth_says_how_many_they_are():
    found, _ = trials(200, 4)
    weights = weights_of_printed(found, CHANCE, CRITICAL * CHANCE, np.array([1.0]))
    assert weights == pytest.approx(1 / 200)
    assert worth(weights) == pytest.approx(200)
    assert worth(np.array([0.5, 0.5, 0.0])) == pytest.approx(2)


def test_edge_no_chance_and_ratios_of_nothing():
    found = np.array([-np.inf, 0.0, 3.0, np.inf])
    weights = weights_of_printed(found, 0.0, 2.0, np.array([0.5]))
    assert weights == pytest.approx([0.25] * 4)  # each world prints in the end what it has
    weights = weights_of_printed(np.repeat(found, 2), 1.0, 2.0, np.array([0.5]))
    assert np.isfinite(weights).all()
    assert weights[-1] > weights[0]
    assert weights_of_printed(np.zeros(4), 1.0, 2.0, np.array([0.5])) == pytest.approx([0.25] * 4)


def test_products_that_treat_pass_a_filter_and_drugs_and_cohorts_from_birth_do_not():
    known = {"six-strain-children": True, "jade-mono2": False, "lgg-newborns": False}
    assert {name: passes_a_filter(load_trial(name)) for name in known} == known


def test_worlds_of_the_posterior_have_learnt_what_is_printed_and_the_prior_knows_nothing():
    for draws in (PRIOR, CENTRE):
        assert (shares_printed(biology_of_worlds(None, draws)) == EVEN).all()
    learnt = shares_printed(biology_of_worlds(None, POSTERIOR))
    assert (np.diff(learnt) > 0).all()
    assert learnt[0] > 0
    assert learnt[-1] < 1
    assert np.median(learnt) < 0.5  # half of what is printed was significant, one in ten expected


@pytest.mark.parametrize("wrong", [-0.1, 1.2])
def test_input_what_is_no_share_is_refused_with_a_remedy(wrong):
    with pytest.raises(InputError, match="is no share") as told:
        check_share(wrong)
    assert "Write 0 to 1" in str(told.value)
    with pytest.raises(InputError, match="passes"):
        check_share(float("nan"))
    assert check_share(0.25) == 0.25
    assert check_share(None) is None


def test_none_and_all_are_shares_that_somebody_may_declare():
    assert [check_share(one) for one in (None, 0, 1.0)] == [None, 0.0, 1.0]
    for wrong in (-0.001, 1.001):
        with pytest.raises(InputError, match="is no share"):
            check_share(wrong)


def test_property_where_nothing_is_known_shares_are_the_middles_of_twenty_even_parts():
    assert (EVEN[0], EVEN[-1], len(EVEN)) == (0.025, 0.975, 20)
    assert np.diff(EVEN) == pytest.approx(np.full(19, 0.05))


def test_closed_form_a_trial_counts_by_what_passes_where_chance_is_all():
    """All scatter is chance: of every world the same passes, so that weights are of the filter."""
    benefit = np.array([-3.0, 3.0])  # a variance of 9, all of it chance
    found = weights_of_printed(benefit, 3.0, 2.0, np.array([0.25]))
    assert found == pytest.approx([0.2, 0.8])
