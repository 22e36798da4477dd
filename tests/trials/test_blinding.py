"""Who guesses his arm expects by it: closed forms, and what is written down of him."""

import numpy as np
import pytest
from trial_texts import problems

from gutskin.model.compiled import load_model
from gutskin.population.streams import patient_keys
from gutskin.trials import screening
from gutskin.trials.blinding import expectation_in
from gutskin.trials.design import load_trial
from gutskin.trials.study import prepare
from gutskin.trials.under_arm import Setting

TRIAL = """\
name = "guessed"
population = "ad_child"
[visits]
weeks = [0, 4]
[[arms]]
name = "one"
n = 30
{one}
[[arms.interventions]]
kind = "fibre"
factor = 1.01
[[arms]]
name = "placebo"
n = 10
control = true
{placebo}
[analysis]
primary = "itch"
endpoints = ["itch", "scorad", "easi"]
"""
SHARE = "unblinded_share = {:g}"
KEYS = patient_keys(0, "one", 4000)


def design_of(tmp_path, one="", placebo="", more=""):
    path = tmp_path / "trial.toml"
    path.write_text(TRIAL.format(one=one, placebo=placebo) + more)
    return load_trial(path)


def test_closed_form_who_knows_expects_for_certain_or_nothing(tmp_path):
    design = design_of(tmp_path, SHARE.format(1), SHARE.format(1))
    one, placebo = design.arms
    assert expectation_in(one, design, 1, KEYS[:3], 0.3) == pytest.approx([0.4] * 3)  # 40 / 30
    assert expectation_in(placebo, design, 1, KEYS[:3], 0.3) == pytest.approx([0.0] * 3)
    blind = np.array([0.3, 0.6, 0.9])
    assert expectation_in(one, design, 1, KEYS[:3], blind) == pytest.approx([0.4, 0.8, 1.0])


def test_nobody_guesses_unless_the_file_says_so(tmp_path):
    design = design_of(tmp_path)
    assert expectation_in(design.arms[0], design, 1, KEYS, 0.3) == 0.3


def test_statistical_so_many_guess_and_the_same_in_both_arms(tmp_path):
    design = design_of(tmp_path, SHARE.format(0.25), SHARE.format(0.25))
    surer, none = (expectation_in(arm, design, 1, KEYS, 0.3) != 0.3 for arm in design.arms)
    assert surer.mean() == pytest.approx(0.25, abs=0.025)
    assert np.array_equal(surer, none)


def test_it_is_in_what_is_rated_and_not_in_the_body(tmp_path):
    made = {}
    for name, share in (("blind", 0), ("known", 1)):
        design = design_of(tmp_path, SHARE.format(share), SHARE.format(share))
        study = prepare(design, load_model(), 1, 1, "evidence")
        keys = patient_keys(0, "one", 16)
        some = screening.screen(study, screening.settle(study, keys)).admitted()
        setting = Setting.of(study, some)
        made[name] = [setting.under(arm) for arm in design.arms]
    for blind, known, times in zip(made["blind"], made["known"], (4 / 3, 0.0), strict=True):
        assert np.array_equal(blind.true, known.true)
        assert (blind.eased[:2, 1] > 0).all()  # itch, and SCORAD
        assert known.eased == pytest.approx(blind.eased * times)
        assert not known.eased[2].any()  # EASI is seen by a rater
        assert not known.eased[:, 0].any()


def test_a_share_is_a_share_and_sequences_of_a_crossover_are_not_guessed(tmp_path):
    text = TRIAL.format(one="unblinded_share = 1.2", placebo="")
    ((line, message),) = problems(tmp_path, text)
    assert (line, "unblinded_share" in message) == (8, True)
    crossed = TRIAL.format(one=SHARE.format(0.5), placebo="").replace(
        "weeks = [0, 4]", "weeks = [0, 4, 8]"
    )
    found = problems(tmp_path, crossed + "[crossover]\nperiods = [[0, 4], [4, 8]]\n")
    assert any(line == 8 and "are sequences" in message for line, message in found)
