"""`TrialResult`: what a script and a notebook see of a trial."""

import json
import re
import tomllib

import numpy as np
import pytest

import gutskin
from gutskin.errors import InputError
from gutskin.trials.design import TrialDesign


@pytest.fixture(scope="module")
def result():
    return gutskin.trial("six-strain-children").run(3, seed=2)


def test_patients_are_the_rows_of_every_visit_with_a_unit_for_each_column(result):
    table = result.patients
    visits, arms = 3, 20 + 20
    assert len(table) == 3 * visits * arms
    assert set(table["visit_week"]) == {0.0, 4.0, 8.0}
    measured = result.data["measured"].sel(endpoint="scorad", arm="placebo", visit=8.0)
    own = table[(table["arm"] == "placebo") & (table["visit_week"] == 8.0)]["scorad"]
    assert np.nanmean(own) == pytest.approx(float(measured.mean()))
    units = table.attrs["units"]
    assert set(units) == set(table.columns)
    assert units["scorad_true_on_placebo"] == "points"
    assert units["tewl"] == "g/m2/h"
    assert units["visit_week"] == "week"
    assert units["patient"] == "1"


def test_nothing_in_a_result_can_be_changed(result):
    difference = result.summary["endpoints"]["scorad"]["difference"]
    for change in (
        lambda: difference.update(mean=-99.0),
        lambda: result.summary["arms"].append("another"),
        lambda: result.analysis.endpoints.clear(),
        lambda: result.analysis.endpoints["scorad"].comparisons.popitem(),
    ):
        with pytest.raises(TypeError, match="change a copy"):
            change()
    comparison = result.analysis.endpoints["scorad"].comparisons["six_strain"]
    for values in (
        comparison.p, comparison.difference, result.data["measured"].values,
        result.courses["scorad"].values, result.trial.shown["world"].values,
    ):  # fmt: skip
        with pytest.raises(ValueError, match="read-only"):
            values.flat[0] = 0.0
    json.dumps(result.summary)


def test_an_outcome_of_an_estimand_has_the_unit_of_its_endpoint():
    text = """
name = "asked"
population = "ad_child"
[eligibility]
scorad = [25, 103]
[visits]
weeks = [0, 4]
[[arms]]
name = "cream"
n = 3
[[arms.interventions]]
kind = "emollient"
level = 1
[[arms]]
name = "none"
n = 3
control = true
[analysis]
primary = "tewl"
endpoints = ["tewl", "scorad"]
[[estimands]]
name = "water"
[[estimands]]
name = "score"
endpoint = "scorad"
"""
    units = gutskin.trial(design_of(text)).run(2).patients.attrs["units"]
    assert units["estimand_water_record_on_cream"] == "g/m2/h"
    assert units["estimand_score_body_on_none"] == "points"


def design_of(text):
    """The design of a file, as it is read."""
    return TrialDesign.model_validate_json(json.dumps(tomllib.loads(text)))


def test_courses_have_units_and_are_those_of_all_patients(result):
    courses = result.courses
    assert courses["scorad"].dims == ("statistic", "arm", "day")
    assert courses["scorad"].attrs == {"units": "points", "long_name": "SCORAD"}
    assert courses["day"].attrs["units"] == "day"
    true = result.data["latent"].sel(endpoint="scorad", given="placebo", visit=8.0)
    read = courses["scorad"].sel(statistic="mean", arm="placebo", day=56.0)
    assert float(read) == pytest.approx(float(true.mean()), abs=0.01)  # other steps of time


def test_a_notebook_shows_a_row_for_each_endpoint_and_the_call_that_repeats_it(result):
    html = result._repr_html_()
    rows = re.findall("<tr><td>.*?</tr>", html)
    assert len(rows) == len(result.summary["endpoints"])
    assert all(row.count("<td>") == html.count("<th>") for row in rows)
    assert "SCORAD (points)" in rows[0]
    assert "gutskin.trial(&#x27;six-strain-children&#x27;).run(3, seed=2)" in html
    again = eval(result.command, {"gutskin": gutskin})
    assert json.dumps(again.summary) == json.dumps(result.summary)


def test_a_figure_is_a_file_or_shown(result, tmp_path):
    assert result.plot(tmp_path / "d.png").read_bytes()[:4] == b"\x89PNG"
    assert result.plot(tmp_path / "d.svg").read_text().startswith("<?xml")
    shown = result.plot()
    assert "<svg" in shown._repr_svg_()
    assert repr(shown).startswith("Picture (SVG, ")
    with pytest.raises(InputError, match=r"a figure is an \.svg or a \.png file"):
        result.plot(tmp_path / "d.jpg")
