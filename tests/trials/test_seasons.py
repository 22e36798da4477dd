"""Starts over the seasons: when patients come, and what their skin meets then."""

from dataclasses import replace

import numpy as np
from trial_texts import FULL, problems

from gutskin.model.compiled import load_model
from gutskin.population.draw import DAYS_PER_YEAR
from gutskin.population.streams import patient_keys
from gutskin.trials import screening
from gutskin.trials.conduct import WorkCounter, conduct_batch
from gutskin.trials.design import load_trial
from gutskin.trials.design_parts import Seasons
from gutskin.trials.randomisation import randomised
from gutskin.trials.seasons import seasonal_course, start_days
from gutskin.trials.study import prepare

SEASONS = "\n[seasons]\namplitude = 0.4\npeak_week = {peak}\nstarts = [{first}, {last}]\n"


def study(tmp_path, text, replicates=2):
    path = tmp_path / "trial.toml"
    path.write_text(text)
    return prepare(load_trial(path), load_model(), replicates, 1, "evidence")


def test_unit_the_course_of_a_year_has_its_peak_in_its_week():
    asked = Seasons(amplitude=0.4, peak_week=3, starts=(10, 20))
    days = np.arange(0.0, 400.0)
    course = seasonal_course(asked, np.array([0.0, 21.0]), days)
    values = np.asarray(course.values)
    assert course.parameter == "season"
    assert values[21, 0] == values[0, 1] == 1.4
    assert np.isclose(values[: round(DAYS_PER_YEAR)].mean(axis=0), 1, atol=2e-3).all()
    assert values.min() >= 0.6


def test_property_starts_are_even_between_both_ends_and_belong_to_the_patient(tmp_path):
    made = study(tmp_path, FULL + SEASONS.format(peak=3, first=36, last=52))
    keys = patient_keys(0, "mix", 4000)
    days = start_days(made.design.seasons, 1, keys)
    assert 36 * 7 <= days.min() < 37 * 7
    assert 51 * 7 < days.max() <= 52 * 7
    assert abs(days.mean() - 44 * 7) < 4 * 16 * 7 / np.sqrt(12 * 4000)
    assert np.array_equal(days[100:200], start_days(made.design.seasons, 1, keys[100:200]))


def test_engine_who_comes_in_the_season_has_worse_skin_at_the_end_than_who_leaves_it(tmp_path):
    """The same patients: seasons that rise during the trial, or fall; nothing else differs."""
    ends = {}
    for name, peak in (("rises", 9), ("falls", 35)):  # 8 weeks from week 1 to 9 of the year
        text = FULL + SEASONS.format(peak=peak, first=1, last=1)
        made = study(tmp_path, text)
        keys = np.concatenate([patient_keys(r, "placebo", 10) for r in range(2)])
        people = screening.Enrolled(
            keys, np.repeat(load_model().initial("severe")[:, None], 20, axis=1), np.zeros(20),
            np.full(20, 40.0), np.arange(20),
        )  # fmt: skip
        from gutskin.trials.follow import follow

        ends[name] = follow(made, people).latent[0, 2, -1]
    assert (ends["rises"] > ends["falls"]).all()
    assert (ends["rises"] - ends["falls"]).mean() > 0.5


def test_engine_blocks_follow_the_calendar(tmp_path):
    """Who comes first is in the first block, so that both arms have patients of every season."""
    blocks = "\n[randomisation]\nblock_sizes = [3]\n"
    made = study(tmp_path, FULL + blocks + SEASONS.format(peak=3, first=0, last=52), 1)
    keys = np.concatenate([patient_keys(0, arm.name, 10) for arm in made.design.arms])
    people = screening.Enrolled(keys, np.zeros((1, 30)), np.zeros(30), np.zeros(30), np.zeros(30))
    seated = randomised(made, people)
    order = np.argsort(start_days(made.design.seasons, 1, keys))
    assert all(set(block) == {0, 1, 2} for block in seated.arm[order].reshape(-1, 3))
    without = replace(made, design=made.design.model_copy(update={"randomisation": None}))
    assert randomised(without, people) is people


def test_engine_a_whole_trial_runs_through_the_seasons(tmp_path):
    made = study(tmp_path, FULL + SEASONS.format(peak=3, first=36, last=60), 1)
    part = conduct_batch(made, 1, WorkCounter(None, 30, 3))
    assert np.isfinite(part.data["measured"].values).all()


def test_unit_wrong_seasons_are_refused_with_their_line(tmp_path):
    (found,) = problems(tmp_path, FULL + SEASONS.format(peak=3, first=50, last=30))
    assert found[0] == 61
    assert "before the first" in found[1]
    (found,) = problems(tmp_path, FULL + SEASONS.format(peak=60, first=5, last=30))
    assert found[0] == 60
