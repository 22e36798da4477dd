"""An extension that patients may choose: who goes on, and what is refused."""

import numpy as np
from trial_texts import FULL, problems

from gutskin.model.compiled import load_model
from gutskin.population.streams import patient_keys
from gutskin.trials.design import load_trial
from gutskin.trials.record import reported
from gutskin.trials.study import prepare

WEEK = FULL.replace('primary = "scorad"', 'primary = "scorad"\nweek = 4')


def record(tmp_path, extension, values):
    path = tmp_path / "trial.toml"
    path.write_text(WEEK + extension)
    study = prepare(load_trial(path), load_model(), 1, 1, "evidence")
    keys = patient_keys(0, "mix", values.shape[-1])
    return reported(study, keys, np.ones(values.shape[-1], int), values).values


def test_closed_form_the_share_that_goes_on_is_that_of_the_better_and_of_the_others(tmp_path):
    n = 4000
    values = np.full((2, 3, n), 40.0)
    values[0, 1:, : n // 2] = 30.0  # the first half is better at week 4
    extension = "\n[extension]\nfrom_week = 4\nshare = 0.8\nshare_if_no_better = 0.3\n"
    seen = np.isfinite(record(tmp_path, extension, values))
    assert seen[:, :2].all()
    assert (seen[0] == seen[1]).all()
    better, worse = seen[0, 2, : n // 2].mean(), seen[0, 2, n // 2 :].mean()
    assert abs(better - 0.8) < 4 * 0.4 / np.sqrt(n / 2)
    assert abs(worse - 0.3) < 4 * 0.46 / np.sqrt(n / 2)


def test_unit_without_a_share_everybody_goes_on(tmp_path):
    values = np.full((2, 3, 50), 40.0)
    assert np.isfinite(record(tmp_path, "\n[extension]\nfrom_week = 4\n", values)).all()


def test_unit_an_extension_before_the_comparison_is_refused(tmp_path):
    (found,) = problems(tmp_path, FULL + "\n[extension]\nfrom_week = 4\n")
    assert found[0] == 58
    assert "compared after patients chose" in found[1]
    (found,) = problems(tmp_path, WEEK + "\n[extension]\nfrom_week = 5\n")
    assert "is no visit between" in found[1]
    text = WEEK + '\n[extension]\nfrom_week = 4\n\n[[estimands]]\nname = "late"\nweek = 8\n'
    (found,) = problems(tmp_path, text)
    assert "chosen not to go on" in found[1]
