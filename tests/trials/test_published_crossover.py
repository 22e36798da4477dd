"""What a real crossover reported, beside what simulated crossovers print (closed forms)."""

import numpy as np
import pytest
import xarray as xr
from trial_texts import problems

from gutskin.trials.design import load_trial
from gutskin.trials.published import beside, headline, simulated_numbers

CROSSOVER = """\
name = "reported"
population = "ad_child"
[visits]
weeks = [0, 4, 8, 12]
[crossover]
periods = [[0, 4], [8, 12]]
[[arms]]
name = "mix"
n = 3
[[arms.interventions]]
kind = "fibre"
factor = 2
end_week = 4
[[arms]]
name = "placebo"
n = 3
control = true
[[arms.interventions]]
kind = "fibre"
factor = 2
start_week = 8
[analysis]
primary = "scorad"
endpoints = ["scorad", "iga01"]
[published]
"""


def design(tmp_path, text):
    path = tmp_path / "trial.toml"
    path.write_text(CROSSOVER + text, encoding="utf-8")
    return load_trial(path)


@pytest.fixture(scope="module")
def both_periods():
    """One crossover: SCORAD and who is clear of three who have each treatment first."""
    scores = {
        "mix": [[40.0, 20, 30, 35], [30, 22, 30, 30], [36, 30, 33, np.nan]],
        "placebo": [[38.0, 33, 35, 25], [31, 30, 30, 20], [40, 35, 36, 31]],
    }
    clear = {
        "mix": [[0.0, 1, 0, 0], [0, 1, 0, 1], [0, 0, 0, np.nan]],
        "placebo": [[0.0, 0, 0, 1], [0, 0, 0, 1], [0, 1, 0, 0]],
    }
    values = [[list(one.values())] for one in (scores, clear)]
    return xr.Dataset(
        {"measured": (("endpoint", "replicate", "arm", "patient", "visit"), np.array(values))},
        coords={
            "endpoint": ["scorad", "iga01"], "arm": ["mix", "placebo"],
            "visit": [0.0, 4.0, 8.0, 12.0],
        },
    )  # fmt: skip


def test_closed_form_a_difference_of_a_crossover_is_within_patients(tmp_path, both_periods):
    """It was that of the sequences at one visit: of other sign, at the end of the second period."""
    rows = (
        '{ endpoint = "scorad", difference = -9 }, { endpoint = "scorad", ratio = 0.7 },'
        '{ endpoint = "iga01", risk_ratio = 2 }, { endpoint = "iga01", difference = 0.2 },'
        '{ endpoint = "scorad", week = 4, adjusted = false, difference = -8 }'
    )
    trial = design(tmp_path, f"differences = [{rows}]\n")
    told = beside(trial, simulated_numbers(both_periods, trial))
    score, ratio, risks, share, first = (one["simulated"]["mean"] for one in told)
    gaps = np.array([15.0, 8]).mean() - np.array([-8.0, -10, -4]).mean()
    assert score == pytest.approx(-gaps / 2)
    logs = np.log([35 / 20, 30 / 22]).mean() - np.log([25 / 33, 20 / 30, 31 / 35]).mean()
    assert ratio == pytest.approx(np.exp(-logs / 2))
    assert risks == pytest.approx((4 / 6) / (2 / 5))
    assert share == pytest.approx(-(np.mean([-1.0, 0]) - np.mean([1.0, 1, -1])) / 2)
    assert first == pytest.approx(np.mean([-20, -8, -6]) - np.mean([-5, -1, -5]))
    assert [one.get("within_patients", False) for one in told] == [True] * 4 + [False]


def test_a_crossover_is_scored_by_its_first_period_where_arms_alone_are_told(tmp_path):
    """In the second the control sequence has the active treatment."""
    rows = ",".join(
        f'{{ endpoint = "scorad", arm = "{arm}", week = {week}, mean = {mean} }}'
        for arm, means in (("mix", (36, 24, 33)), ("placebo", (36, 32, 25)))
        for week, mean in zip((0, 4, 12), means, strict=True)
    )
    difference, control = headline(design(tmp_path, f"values = [{rows}]\n"))
    assert (difference.week, difference.value) == (4, -8)
    assert (control.week, control.value) == (4, -4)


@pytest.mark.parametrize("week", [8, 12])
def test_a_difference_of_sequences_that_have_had_both_is_refused(tmp_path, week):
    row = f'differences = [{{ endpoint = "scorad", week = {week}, difference = -3 }}]\n'
    ((line, says),) = problems(tmp_path, CROSSOVER + row)
    assert line == CROSSOVER.count("\n") + 1
    assert "each sequence has had both treatments. Take `week` out" in says
