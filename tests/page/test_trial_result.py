"""A finished run on the page says what `gutskin trial` and `gutskin power` say of it."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

import gutskin
from gutskin.errors import InputError
from gutskin.model.compiled import load_model
from gutskin.model.overlay import biology_of
from gutskin.page.trial_result import SIZES, _power, trial_result_of
from gutskin.trials.power import ArmPower, power_of
from gutskin.trials.power_curves import Estimate, Needed

MODEL = load_model()
EXAMPLE = Path(__file__).parents[2] / "examples" / "overlay"
FILE = """
name = "few"
population = "ad_child"
[visits]
weeks = [0, 2]
[[arms]]
name = "steroid"
n = 4
[[arms.interventions]]
kind = "topical_steroid"
level = 0.5
[[arms]]
name = "placebo"
n = 4
control = true
[analysis]
primary = "scorad"
endpoints = ["scorad"]
meaningful_difference = 8.7
[published]
values = [{ endpoint = "scorad", arm = "steroid", week = 2, mean = 20.0 }]
"""


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """A small trial that was run, and its folder."""
    place = tmp_path_factory.mktemp("trial")
    (place / "few.toml").write_text(FILE)
    run = gutskin.run(place / "few.toml", replicates=6, out=place / "out")
    return run, place / "out"


def test_agreement_it_is_what_the_commands_say(finished):
    run, folder = finished
    found = trial_result_of(folder, MODEL)
    ours = found["stances"]["evidence"]["steroid"]
    comparison = run.analysis.endpoints["scorad"].comparisons["steroid"]
    np.testing.assert_allclose(ours["reported"], np.sort(comparison.difference), rtol=1e-3)
    assert len(ours["for"]) == int((comparison.significant & comparison.better).sum())
    assert ours["true"][2] == pytest.approx(np.median(comparison.true_effect), rel=1e-3)
    power = power_of(run.analysis, run.design, SIZES)["steroid"]
    assert [each[1] for each in ours["power"]["assurance"]] == pytest.approx(
        [size.assurance.value for size in power.at], rel=1e-3
    )
    needed = {"power": power.power.n, "assurance": power.assurance.told, "open_from": None}
    assert ours["power"]["needed"] == needed
    assert found["stances"]["article"]["steroid"]["replicates"] == 1
    assert "no_power" in found["stances"]["article"]["steroid"]
    assert [one["published"]["value"] for one in found["published"]] == [20.0]
    data = run.data["measured"].sel(endpoint="scorad", arm="placebo", visit=2)
    middle = found["course"]["placebo"][1][2]
    assert middle == pytest.approx(float(data.median()), rel=1e-3)
    assert found["primary"]["ratio"] is False
    assert found["primary"]["meaningful"] == 8.7
    json.dumps(found, allow_nan=False)


def test_agreement_what_is_tested_on_logarithms_is_the_ratio_of_the_report(tmp_path):
    text = FILE.replace('"scorad"', '"total_ige"').replace("meaningful_difference = 8.7", "")
    (tmp_path / "few.toml").write_text(text)
    run = gutskin.run(tmp_path / "few.toml", replicates=6, out=tmp_path / "out")
    found = trial_result_of(tmp_path / "out", MODEL)
    assert found["primary"]["ratio"] is True
    comparison = run.analysis.endpoints["total_ige"].comparisons["steroid"]
    ours = found["stances"]["evidence"]["steroid"]
    reported = np.sort(np.exp(comparison.tested_difference))
    np.testing.assert_allclose(ours["reported"], reported, rtol=1e-3)
    sure = comparison.significant & comparison.better
    assert len(ours["for"]) == int(sure.sum())
    true = np.exp(np.median(comparison.tested_effect))
    assert ours["true"][2] == pytest.approx(true, rel=1e-3)
    told = json.loads((tmp_path / "out" / "result.json").read_text())["endpoints"]["total_ige"]
    mean = np.exp(np.mean(np.log(ours["reported"])))
    assert mean == pytest.approx(told["differences"]["steroid"]["ratio"]["mean"], rel=1e-3)


@pytest.mark.parametrize(
    ("n", "low", "high", "limit", "assurance", "open_from"),
    [
        (400, 90, None, (0.81, 0.7, 0.9), None, 90),
        (400, 90, 2000, (0.95, 0.85, 0.99), 400, None),
        (None, None, None, (0.28, 0.01, 0.99), None, 1_000_000),  # the limit alone leaves it open
        (None, None, None, (0.28, 0.2, 0.4), None, None),
    ],
)
def test_a_number_that_worlds_leave_open_is_told_as_open(n, low, high, limit, assurance, open_from):
    limit = Estimate(*limit)
    needed = {
        ("power", 0.8): Needed(50, 40, 60, limit, 0.8),
        ("assurance", 0.8): Needed(n, low, high, limit, 0.8),
    }
    told = _power(ArmPower("steroid", 60, None, (), needed))["needed"]
    assert told == {"power": 50, "assurance": assurance, "open_from": open_from}


def test_refused_a_folder_without_a_whole_result_or_of_another_model(finished, tmp_path):
    _, folder = finished
    with pytest.raises(InputError, match=r"no whole result"):
        trial_result_of(tmp_path, MODEL)
    overlay = SimpleNamespace(biology=biology_of(EXAMPLE))
    with pytest.raises(InputError, match="made with the model"):
        trial_result_of(folder, overlay)
    (folder / "result.json").write_text("{}")
    with pytest.raises(InputError, match="changed or damaged"):
        trial_result_of(folder, MODEL)
