"""The fit of the conduct of trials: what an aim costs, what is read from a control arm."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

from gutskin.model.compiled import load_model
from gutskin.model.rows import Row
from gutskin.population.draw import WIDTH

SCRIPTS = Path(__file__).resolve().parents[2] / "scripts"


@pytest.fixture(scope="module")
def fit():
    sys.path.insert(0, str(SCRIPTS))
    spec = importlib.util.spec_from_file_location("fit_conduct", SCRIPTS / "fit_conduct.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules["fit_conduct"] = module
    spec.loader.exec_module(module)
    yield module
    sys.path.remove(str(SCRIPTS))


def aim(statistic, **cells):
    return Row({"id": "x", "quantity": "easi", "statistic": statistic, **cells}, Path("aims"), 2)


@pytest.mark.parametrize(
    ("value", "cost"), [(10.0, 0.0), (12.0, 0.0), (20.0, 0.0), (8.0, -0.5), (28.0, 2.0)]
)
def test_closed_form_an_aim_costs_nothing_between_its_ends(fit, value, cost):
    assert fit.miss(aim("change", low="10", high="20", width="4"), value) == pytest.approx(cost)


def test_closed_form_statistics_of_a_control_arm(fit):
    first = np.array([[20.0, 20.0, 40.0, 40.0], [20.0, 20.0, 40.0, 40.0]])
    last = np.array([[5.0, 20.0, 40.0, 10.0], [20.0, 20.0, 1.0, np.nan]])
    fallen = np.array([[1.0, 0.0, 0.0, 1.0], [0.0, 0.0, 1.0, 0.0]])
    arm = {
        "easi": np.stack([first, first * 7, last], axis=2),
        "easi75": np.stack([first * 0, first * 0, fallen], axis=2),
    }
    read = {name: fit.statistic(aim(name), arm) for name in ("baseline", "change")}
    read["share"] = fit.statistic(aim("share", quantity="easi75"), arm)
    assert read["baseline"] == 30.0
    assert read["change"] == pytest.approx(100 * np.nanmean(last - first) / 30.0)
    assert read["share"] == pytest.approx(100 * 3 / 8)  # as it was written down
    change = last - first
    within = np.sqrt(np.mean([np.var(change[0], ddof=1), np.nanvar(change[1], ddof=1)]))
    assert fit.statistic(aim("sd_of_change"), arm) == pytest.approx(within)


def test_closed_form_trials_differ_by_what_sampling_does_not_explain(fit):
    rng = np.random.default_rng(3)
    change = rng.normal(size=(4000, 10)) * 6.0 + 3.0 * rng.normal(size=(4000, 1))
    arm = {"easi": np.stack([np.zeros((4000, 10)), change], axis=2)}
    assert fit.statistic(aim("sd_between"), arm) == pytest.approx(3.0, abs=0.2)
    alike = {"easi": np.stack([np.zeros((4000, 10)), change * 0 + 1], axis=2)}
    assert fit.statistic(aim("sd_between"), alike) == 0.0


def test_unit_a_knob_starts_where_the_table_is_and_moves_in_widths_of_its_range(fit):
    row = load_model().tables.conduct["activity_sd"]
    knob = fit.Knob.of(row)
    assert knob.at(knob.here) == pytest.approx(row.number("value"))
    assert knob.at(WIDTH / 2) == pytest.approx(row.number("high"))
    assert knob.at(-WIDTH / 2) == pytest.approx(row.number("low"))


def test_unit_only_the_numbers_given_change(fit):
    model = load_model()
    other = fit.with_conduct(model, {"activity_sd": 0.123})
    before, after = model.tables.conduct, other.tables.conduct
    assert after["activity_sd"].number("value") == 0.123
    assert after["activity_sd"].number("low") == before["activity_sd"].number("low")
    assert [name for name in before if before[name].cells != after[name].cells] == ["activity_sd"]


def test_closed_form_the_search_comes_to_the_nearest_end(fit):
    """One aim that is the knob itself, between 2 and 3; the prior is 0 with width 1."""
    rows = [aim("change", low="2", high="3", width="0.1")]

    def misses(seen):
        return [fit.miss(row, x) for row, x in zip(rows, seen, strict=True)]

    place, found = fit.search(misses, np.zeros(1), np.zeros(1), lambda here: 1.5 * here, 6)
    assert found[0] == pytest.approx(2.0 / (1 + 0.01 / 2.25), rel=1e-3)
    assert place[0] == pytest.approx(found[0] / 1.5)


def test_every_aim_names_a_trial_of_the_script(fit):
    import tomllib

    task = tomllib.loads(fit.TASK.read_text(encoding="utf-8"))
    aims = load_model().biology.table(fit.AIMS).values()
    assert {row.text("trial") for row in aims} == set(task["trials"])
    assert set(task["knobs"]) <= set(load_model().tables.conduct)
    assert {"control-arm"} == {fit.design_of(**keys).name for keys in task["trials"].values()}
