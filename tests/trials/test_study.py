"""A study's worlds belong to the numbers of its replicates, wherever it begins."""

import numpy as np

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
