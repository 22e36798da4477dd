"""A study's worlds belong to the numbers of its replicates, wherever it begins."""

from dataclasses import replace

import numpy as np
import pytest

from gutskin.model.biology import POSTERIOR, PRIOR, shipped_biology
from gutskin.model.compiled import load_model
from gutskin.trials.design import load_trial
from gutskin.trials.study import prepare


def test_closed_form_a_part_of_a_study_has_the_worlds_of_the_whole():
    design, model = load_trial("six-strain-children"), load_model()
    whole = prepare(design, model, 5, 3, "evidence")
    part = prepare(design, model, 2, 3, "evidence", first=3)
    assert (whole.first, part.first) == (0, 3)
    for name, values in whole.worlds.items():
        np.testing.assert_array_equal(part.worlds[name], values[3:])
    for arm, traits in whole.traits.items():
        for name, values in traits.items():
            np.testing.assert_array_equal(part.traits[arm][name], values[3:])
    replicates = np.array([4, 3, 3])
    ours, theirs = part.centres(replicates), whole.centres(replicates)
    for name in whole.worlds:
        np.testing.assert_array_equal(ours[name], theirs[name])
        np.testing.assert_array_equal(ours[name], whole.worlds[name][replicates])
    assert part.numbers()["noisy_days"] == model.tables.conduct["noisy_days"].number("value")


@pytest.mark.parametrize("draws", [PRIOR, POSTERIOR])
def test_with_one_body_all_worlds_are_the_central_one(draws: str) -> None:
    model = load_model(replace(shipped_biology(), draws=draws))
    design = load_trial("six-strain-children", model.biology)
    centres = model.values("evidence")
    drawn, central = (
        prepare(design, model, 6, 1, "evidence", one_body=one_body).worlds
        for one_body in (False, True)
    )
    assert set(drawn) == set(central)
    for name, values in central.items():
        assert (values == centres.get(name, 1.0)).all(), name
    assert max(np.std(values) for values in drawn.values()) > 0
    if draws == POSTERIOR:
        assert (central["ad_child:atopy"] == 1.0).all()  # a factor on a median
        assert np.std(drawn["ad_child:atopy"]) > 0
