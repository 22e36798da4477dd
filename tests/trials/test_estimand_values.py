"""Outcomes and records under the four strategies, on courses that were made up."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gutskin.model.compiled import load_model
from gutskin.trials.endpoints import endpoints_of
from gutskin.trials.estimand_parts import EVENTS, Strategies
from gutskin.trials.estimand_values import failure, handled, outcome
from gutskin.trials.record import EventVisits

SCORE, SHARE, SICK = endpoints_of(load_model(), ("scorad", "easi75", "eczema"))
VALUES = np.array([[40.0, 50, 60], [30, 45, 55], [20, 40, 50], [10, 35, 45]])  # visit, patient
NEVER = np.full(3, np.inf)
RESCUED = EventVisits(np.array([1.0, np.inf, 0.0]), NEVER, NEVER)


def test_closed_form_each_strategy_after_a_rescue():
    """The first is rescued after visit 1, the second never, the third after the first visit."""
    expected = {
        "treatment policy": [10, 35, 45],
        "hypothetical": [10, 35, 45],  # the course has no rescue in it
        "while on treatment": [30, 35, 60],
        "composite": [40, 35, 60],  # as at the first visit
    }
    for strategy, values in expected.items():
        found = outcome(VALUES, RESCUED, Strategies(rescue=strategy), SCORE, 3)
        assert found.tolist() == values, strategy


def test_closed_form_an_event_at_the_visit_itself_comes_after_its_record():
    at_last = EventVisits(np.array([3.0, 2.0, np.inf]), NEVER, NEVER)
    found = outcome(VALUES, at_last, Strategies(rescue="composite"), SCORE, 3)
    assert found.tolist() == [10, 50, 45]


def test_closed_form_a_failure_is_the_bad_value_of_a_share():
    assert failure(SHARE, np.array([1.0])).tolist() == [0.0]
    assert failure(SICK, np.array([0.0])).tolist() == [1.0]
    assert failure(SCORE, np.array([33.0])).tolist() == [33.0]


def test_closed_form_of_two_events_the_earlier_decides():
    visits = EventVisits(np.array([1.0, 2.0, 2.0]), np.array([2.0, 1.0, 2.0]), NEVER)
    asked = Strategies(rescue="composite", discontinuation="while on treatment")
    found = outcome(VALUES, visits, asked, SCORE, 3)
    assert found.tolist() == [40, 45, 50]


def test_closed_form_what_an_estimator_makes_of_a_record():
    observed = VALUES.T.copy()
    observed[0, 3] = np.nan  # missed
    events = {"rescue": RESCUED.rescue, "discontinuation": NEVER, "dropout": NEVER}
    expected = {
        "treatment policy": observed[[0, 2]],
        "hypothetical": [[40, 30, np.nan, np.nan], [60, np.nan, np.nan, np.nan]],
        "while on treatment": [[40, 30, 30, 30], [60, 60, 60, 60]],
        "composite": [[40, 30, 40, 40], [60, 60, 60, 60]],
    }
    for strategy, values in expected.items():
        found = handled(observed, events, Strategies(rescue=strategy), SCORE)
        assert np.array_equal(found[[0, 2]], values, equal_nan=True), strategy
        assert np.array_equal(found[1], observed[1]), strategy


def test_closed_form_nobody_sits_in_an_empty_place():
    observed = np.full((2, 3), np.nan)
    events = dict.fromkeys(EVENTS, np.full(2, np.inf))
    found = handled(observed, events, Strategies(dropout="composite"), SHARE)
    assert np.isnan(found).all()


VISIT = st.sampled_from([0.0, 1.0, 2.0, 3.0, np.inf])
WAYS = st.sampled_from(["treatment policy", "while on treatment", "composite"])


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    when=st.lists(st.tuples(VISIT, VISIT, VISIT), min_size=3, max_size=3),
    ways=st.tuples(WAYS, WAYS, WAYS), at=st.integers(1, 3), which=st.sampled_from([SCORE, SHARE]),
)  # fmt: skip
def test_double_programming_of_a_whole_record_an_estimator_makes_the_outcome(when, ways, at, which):
    """Where nothing is missing and all events are seen, record and potential outcome agree."""
    visits = EventVisits(*np.array(when).T)
    asked = Strategies(**dict(zip(EVENTS, ways, strict=True)))
    values = VALUES if which is SCORE else (VALUES < 46).astype(float)
    events = {kind: getattr(visits, kind) for kind in EVENTS}
    record = handled(values.T, events, asked, which)[:, at]
    assert np.array_equal(record, outcome(values, visits, asked, which, at))


@pytest.mark.parametrize("strategy", ["composite", "while on treatment", "hypothetical"])
def test_without_an_event_every_strategy_is_treatment_policy(strategy):
    nothing = EventVisits(NEVER, NEVER, NEVER)
    asked = Strategies(rescue=strategy, discontinuation=strategy, dropout=strategy)
    assert np.array_equal(outcome(VALUES, nothing, asked, SCORE, 2), VALUES[2])
