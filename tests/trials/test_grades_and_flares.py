"""IGA as a grade of EASI, flares as a count, and what is no endpoint here."""

import numpy as np
import pytest
from trial_texts import FULL, problems

from gutskin.model.compiled import load_model
from gutskin.statistics.negative_binomial import negative_binomial
from gutskin.trials.contrast import Records, compare
from gutskin.trials.design import load_trial
from gutskin.trials.endpoints import endpoints_of, flares, measured, with_events
from gutskin.trials.entry_criteria import criteria
from gutskin.trials.run import run_trial
from gutskin.trials.study import prepare

NAMES = ("easi", "iga", "iga01", "flares")
IGA = FULL.replace("scorad = [25, 103]", "iga = [3, 4]").replace(
    'endpoints = ["scorad", "easi"]', 'endpoints = ["scorad", "easi", "iga", "iga01", "flares"]'
)


def read(tmp_path, text=IGA):
    path = tmp_path / "trial.toml"
    path.write_text(text)
    return load_trial(path)


def test_closed_form_grades_are_bands_of_the_score_and_agree_with_clear_or_almost_clear():
    ends = endpoints_of(load_model(), NAMES)
    easi = np.array([0.0, 0.05, 0.1, 0.11, 3.0, 3.01, 7.0, 7.1, 21.0, 21.1, 60.0])[:, None]
    graded = with_events(ends, np.stack([easi] * 4))
    assert graded[1, :, 0].tolist() == [0, 0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
    assert ((graded[1] <= 1) == (graded[2] == 1)).all()


def test_property_a_grade_is_that_of_the_record_of_easi_itself():
    ends = endpoints_of(load_model(), NAMES)
    assert [one.stream for one in ends] == ["easi"] * 4
    rng = np.random.default_rng(1)
    true = np.broadcast_to(rng.uniform(0, 40, (5, 30)), (4, 5, 30))
    z = np.broadcast_to(rng.normal(size=(5, 30)), true.shape)
    record = measured(ends, true, z, np.zeros(true.shape))
    assert np.allclose(record[0], np.clip(record[1], 0, 72))


def test_closed_form_a_flare_is_a_rise_above_the_lowest_since_the_last():
    score = np.array([[10, 10, 20], [2, 17, 5], [9, 18, 12], [15.9, 30, 5], [16, 24, 12]], float)
    assert flares(score, 7.0).T.tolist() == [
        [0, 0, 1, 1, 2], [0, 1, 1, 2, 2], [0, 0, 1, 1, 2],
    ]  # fmt: skip


def made_up(trials, rate=1.0, ratio=1.0, visits=6, n=40, seed=2):
    """Counts so far of patients with rates of their own, of whom some leave."""
    rng = np.random.default_rng(seed)
    arms = []
    for times in (ratio, 1.0):
        own = rng.gamma(2.0, rate * times / 2.0, (trials, n, 1))
        counts = rng.poisson(own / visits, (trials, n, visits)).cumsum(axis=-1)
        values = np.concatenate([np.zeros((trials, n, 1)), counts], axis=-1)
        last = rng.integers(2, visits + 4, (trials, n, 1))
        arms.append(np.where(np.arange(visits + 1) > last, np.nan, values))
    return arms, tuple(4.0 * visit for visit in range(visits + 1))


def contrast(arms, weeks, method):
    records = Records(
        *arms, None, weeks, False, True, range(len(arms[0])), "flares", None, True
    )  # fmt: skip
    return compare(records, method, "as observed")


def test_second_program_counts_over_the_weeks_until_the_last_visit():
    arms, weeks = made_up(3, ratio=0.5)
    found = contrast(arms, weeks, "negative-binomial")
    both = np.concatenate(arms, axis=1)
    last = np.where(np.isfinite(both), np.arange(7), 0).max(axis=-1)
    count = np.take_along_axis(both, last[..., None], -1)[..., 0]
    x = np.stack([np.ones(count.shape), np.broadcast_to(np.repeat([1, 0], 40), count.shape)], -1)
    fit = negative_binomial(count, x, 4.0 * last)
    assert found.log_ratio == pytest.approx(fit.coefficients.value[:, 1])
    assert found.better.all()


@pytest.mark.parametrize("method", ["negative-binomial", "log-rank"])
def test_monte_carlo_of_trials_without_an_effect_few_are_significant(method):
    found = contrast(*made_up(600, seed=3), method)
    tested = found.untested == 0
    assert tested.mean() > 0.99
    share = (found.p[tested] < 0.05).mean()
    assert 0.03 < share < 0.05 + 3.3 * np.sqrt(0.05 * 0.95 / 1500) + 0.012  # Wald's test


def test_engine_a_trial_enrols_by_iga_and_counts_flares(tmp_path):
    design = read(tmp_path)
    (first, *_) = criteria(prepare(design, load_model(), 1, 1, "evidence"))
    assert first.name == "easi"
    assert 7 < first.low < 7.001
    trial = run_trial(design, load_model(), 2, keep_patients=True)
    data = trial.data["measured"]
    start = data.isel(visit=0)
    assert (start.sel(endpoint="iga") >= 3).all()
    assert (start.sel(endpoint="easi") > 7).all()
    assert ((data.sel(endpoint="iga") <= 1) == (data.sel(endpoint="iga01") == 1)).all()
    counts = data.sel(endpoint="flares").values
    assert (np.diff(counts, axis=-1) >= 0).all()
    assert counts.max() >= 1


def test_unit_grades_and_counts_have_their_methods(tmp_path):
    text = IGA.replace('primary = "scorad"', 'primary = "flares"\nmethod = "negative-binomial"')
    assert read(tmp_path, text).analysis.method == "negative-binomial"
    text = IGA.replace('primary = "scorad"', 'primary = "iga"\nmethod = "cox"')
    ((_, what),) = problems(tmp_path, text)
    assert "iga, a grade" in what


def test_unit_what_is_wrong_with_grades_is_told(tmp_path):
    ((line, what),) = problems(tmp_path, IGA.replace("[3, 4]", "[4, 3]"))
    assert line == 6
    assert "below the first" in what
    ((line, what),) = problems(tmp_path, IGA.replace("iga = [3, 4]", "iga = [3, 4]\neasi = [0, 5]"))
    assert line == 6
    assert "nobody has an IGA of 3 to 4" in what


@pytest.mark.parametrize("name", ["dfi", "TIS", "viga01"])
def test_unit_what_no_body_of_the_model_has_is_refused_with_a_word(tmp_path, name):
    ((_, what),) = problems(tmp_path, FULL.replace('"easi"]', f'"{name}"]'))
    assert "unknown endpoint" in what
    assert any(word in what for word in ("nearest", "notes of [published]", "write iga"))
