"""Run-ins, entry by other measures, how infants are fed and born, who leaves and why."""

from dataclasses import replace

import numpy as np
import pytest
from trial_texts import problems

from gutskin.model.compiled import load_model
from gutskin.population.streams import patient_keys
from gutskin.trials import run_in, screening
from gutskin.trials.design import load_trial
from gutskin.trials.record import recorded
from gutskin.trials.study import prepare

TRIAL = """\
name = "small"
population = "ad_child"
[eligibility]
scorad = [20, 50]
[visits]
weeks = [0, 4, 8, 12]
screening_weeks = 4
[[arms]]
name = "mix"
n = 20
[[arms.interventions]]
kind = "fibre"
factor = 2
[[arms]]
name = "placebo"
n = 20
control = true
[analysis]
primary = "scorad"
endpoints = ["scorad", "easi75"]
"""
BIRTH = TRIAL.replace('"ad_child"', '"newborn"\nstart = "birth_vaginal"').replace(
    "[eligibility]\nscorad = [20, 50]\n", ""
).replace("screening_weeks = 4\n", "")  # fmt: skip


def study_of(tmp_path, text, replicates=2):
    path = tmp_path / "trial.toml"
    path.write_text(text)
    return prepare(load_trial(path), load_model(), replicates, 1, "evidence")


def enrolled_of(study, n=64):
    keys = patient_keys(0, "mix", n)
    return screening.screen(study, screening.settle(study, keys))


@pytest.fixture(scope="module")
def screened(tmp_path_factory):
    return enrolled_of(study_of(tmp_path_factory.mktemp("plain"), TRIAL))


def test_without_a_run_in_everybody_goes_on_as_he_was(tmp_path, screened):
    study = study_of(tmp_path, TRIAL)
    assert run_in.through(study, screened) is screened


def test_after_a_run_in_the_score_is_that_of_its_end_and_again_in_the_range(tmp_path, screened):
    study = study_of(tmp_path, TRIAL + "[run_in]\nweeks = 2\n")
    after = run_in.through(study, screened)
    before = screened.admitted()
    assert np.array_equal(after.keys, before.keys)
    stayed = after.day >= 0
    assert 0 < stayed.sum() < len(stayed)
    assert np.array_equal(after.day[stayed], before.day[stayed] + 14)
    assert ((after.score[stayed] >= 20) & (after.score[stayed] <= 50)).all()
    out = (after.score < 20) | (after.score > 50)
    assert (out == ~stayed).all()
    assert after.score.mean() < before.score.mean()  # who came at his worst is better by then
    assert not np.allclose(after.start, before.start)


def test_a_stable_score_is_within_a_share_of_itself(tmp_path, screened):
    study = study_of(tmp_path, TRIAL + "[run_in]\nweeks = 2\nstable = 0.1\n")
    after, before = run_in.through(study, screened), screened.admitted()
    stayed = after.day >= 0
    assert (np.abs(after.score - before.score)[stayed] <= 0.1 * before.score[stayed]).all()


def test_an_active_run_in_acts_before_week_0(tmp_path, screened):
    cream = '[run_in]\nweeks = 2\n[[run_in.interventions]]\nkind = "topical_steroid"\nlevel = 1\n'
    plain, treated = (
        run_in.through(study_of(tmp_path, TRIAL + text), screened)
        for text in ("[run_in]\nweeks = 2\n", cream)
    )
    assert treated.score.mean() < plain.score.mean() - 3


def test_entry_by_sensitisation_and_by_other_measures(tmp_path):
    text = TRIAL.replace("[20, 50]", "[20, 50]\nsensitised = true\ntotal_ige = [150, 100000]")
    study = study_of(tmp_path, text)
    keys = patient_keys(0, "mix", 64)
    drawn = screening.patients_of(study, keys).parameters
    either = (drawn["sensitised"] + drawn["sensitised_food"]) > 0
    settled = screening.settle(study, keys)
    assert set(settled.keys[:, 2]) <= set(keys[either, 2])
    names = [one.name for one in screening.criteria(study)]
    assert names == ["scorad", "total_ige"]
    plain = screening.screen(study_of(tmp_path, TRIAL), settled)
    asked = screening.screen(study, settled)
    assert 0 < (asked.day >= 0).sum() < (plain.day >= 0).sum()


def test_food_sensitised_asks_for_food_alone(tmp_path):
    study = study_of(tmp_path, TRIAL.replace("[20, 50]", "[20, 50]\nfood_sensitised = false"))
    keys = patient_keys(0, "mix", 64)
    food = screening.patients_of(study, keys).parameters["sensitised_food"] > 0
    assert not set(screening.settle(study, keys).keys[:, 2]) & set(keys[food, 2])


def test_how_newborns_are_fed_and_born(tmp_path):
    shares = "[infants]\nformula_share = 0.3\nc_section_share = 0.2\n"
    study = study_of(tmp_path, BIRTH + shares)
    keys = patient_keys(0, "mix", 1000)
    milk = screening.patients_of(study, keys).parameters["breast_milk"]
    assert set(milk) == {0.0, 1.0}
    assert (milk == 0).mean() == pytest.approx(0.3, abs=0.04)
    start = screening.born(study, keys).start
    section = load_model().initial("birth_c_section")
    assert (start == section[:, None]).all(axis=0).mean() == pytest.approx(0.2, abs=0.04)
    plain = study_of(tmp_path, BIRTH)
    assert np.ndim(screening.patients_of(plain, keys).parameters["breast_milk"]) == 0


def written(study, latent, n=600):
    """What is written down of patients whose true SCORAD and EASI are these [visit]."""
    keys = patient_keys(0, "mix", n)
    nothing = np.full(n, np.nan)
    people = screening.Enrolled(keys, np.zeros((1, n)), np.zeros(n), nothing, np.arange(n))
    true = np.broadcast_to(latent, (2, 2, 4)).astype(float)[..., None] * np.ones(n)
    quiet = tuple(replace(one, noise=0.0) for one in study.endpoints)
    study = replace(study, endpoints=quiet)
    of = {arm: np.full(n, place) for place, arm in enumerate(("mix", "placebo"))}
    return {arm: recorded(study, people, place, true, 0 * true) for arm, place in of.items()}


def test_each_arm_has_its_own_share_of_those_who_leave(tmp_path):
    text = TRIAL.replace('"mix"\nn = 20', '"mix"\nn = 20\ndropout_share = 0.4')
    found = written(study_of(tmp_path, text + "[conduct]\ndropout_share = 0.1\n"), [40, 39, 38, 37])
    left = {arm: np.isnan(values[0, -1]).mean() for arm, values in found.items()}
    assert left["mix"] == pytest.approx(0.4, abs=0.06)
    assert left["placebo"] == pytest.approx(0.1, abs=0.04)


def test_who_is_no_better_or_worse_leaves_by_the_chance_of_each_visit(tmp_path):
    leave = "[conduct]\nleave_if_no_better = 0.2\nleave_if_worse = 0.5\n"
    study = study_of(tmp_path, TRIAL + leave)
    better = written(study, [40, 20, 20, 20])["mix"][0]
    assert np.isfinite(better).all()
    flat = written(study, [20, 24, 24, 24])["mix"]  # raters of a trial move it by less than a fifth
    assert np.isfinite(flat[0, :2]).all()  # who decides at a visit is there at it
    assert np.isnan(flat[0, 2]).mean() == pytest.approx(0.2, abs=0.05)
    assert np.isnan(flat[0, 3]).mean() == pytest.approx(1 - 0.8**2, abs=0.05)
    assert (flat[1, -1][np.isnan(flat[0, -1])] == 0).all()  # who left is no responder
    worse = written(study, [20, 40, 40, 40])["mix"][0]
    assert np.isnan(worse[2]).mean() == pytest.approx(0.5, abs=0.06)


def test_a_missed_visit_does_not_end_the_trial(tmp_path):
    study = study_of(tmp_path, TRIAL + "[conduct]\nmissed_visits = 0.2\n")
    found = written(study, [40, 30, 30, 30])["mix"][0]
    assert np.isfinite(found[0]).all()
    for visit in (1, 2, 3):
        assert np.isnan(found[visit]).mean() == pytest.approx(0.2, abs=0.05)
    assert (np.isnan(found[1]) & np.isfinite(found[3])).any()


WRONG = {
    "c-section of the settled": (
        TRIAL, "[infants]\nc_section_share = 0.2", "c_section_share =", "from birth alone"
    ),
    "run-in of newborns": (BIRTH, "[run_in]\nweeks = 2", "[run_in]", "before he is born"),
    "short run-in": (TRIAL, "[run_in]\nweeks = 0.5", "weeks = 0.5", "greater than or equal to 1"),
    "strains in a run-in": (
        TRIAL, '[run_in]\nweeks = 2\n[[run_in.interventions]]\nkind = "probiotic"',
        'kind = "prob', "probiotic",
    ),
    "leaving by no score": (
        TRIAL.replace('["scorad", "easi75"]', '["itch"]').replace('"scorad"', '"itch"'),
        "[conduct]\nleave_if_worse = 0.2", "leave_if", 'Add "scorad"'
    ),
    "an arm that all leave": (
        TRIAL.replace("control = true", "control = true\ndropout_share = 0.99"), "", "0.99",
        "leaves 0.2"
    ),
    "itch beyond its scale": (
        TRIAL.replace("[20, 50]", "[20, 50]\nitch = [4, 12]"), "", "itch =", "scale of Itch"
    ),
    "unknown key": (TRIAL, "[run_in]\nweks = 2", "weks", "Did you mean 'weeks'?"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_wrong_files_name_line_and_remedy(tmp_path, case):
    text, more, marked, message = WRONG[case]
    text += more + "\n"
    (line,) = [i for i, one in enumerate(text.split("\n"), 1) if marked in one][-1:]
    found = problems(tmp_path, text)
    assert any(at == line and message in says for at, says in found), found
