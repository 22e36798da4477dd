"""A piece of candidates: the same as stage by stage, also where nobody comes near the range."""

from dataclasses import replace

import numpy as np

from gutskin.model.compiled import load_model
from gutskin.population.streams import patient_keys
from gutskin.trials import screening
from gutskin.trials.plan import plan_trial
from gutskin.trials.study import prepare
from gutskin.trials.tried import tried_of

PLAN = plan_trial("six-strain-children", 1, 3, None)
STUDY = prepare(PLAN.design, load_model(PLAN.biology), 1, 3, "evidence")
KEYS = patient_keys(0, PLAN.design.arms[0].name, 64)


def test_a_piece_is_settled_and_screened_as_stage_by_stage():
    counted = []
    found = tried_of(STUDY, KEYS, lambda some: counted.append(len(some)) or some)
    settled = screening.settle(STUDY, KEYS)
    screened = screening.screen(STUDY, settled)
    assert found.watched == len(settled)
    assert counted == [len(settled), len(screened)]
    assert np.array_equal(found.admitted.keys, screened.admitted().keys)
    assert np.array_equal(found.admitted.start, screened.admitted().start)
    assert np.array_equal(found.unseen.keys, settled.left_out.keys)
    assert np.array_equal(found.admitted.left_out.keys, screened.left_out.keys)
    assert np.array_equal(found.admitted.left_out.why, screened.left_out.why)


def test_where_nobody_comes_near_the_range_nobody_is_watched():
    light = STUDY.design.eligibility.model_copy(update={"weight_kg": (500.0, 600.0)})
    nobody = replace(STUDY, design=STUDY.design.model_copy(update={"eligibility": light}))
    found = tried_of(nobody, KEYS, lambda some: some)
    assert found.watched == 0
    assert len(found.admitted) == 0
    assert len(found.unseen) == len(KEYS)
