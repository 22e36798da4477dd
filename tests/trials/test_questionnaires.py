"""What patients and families are asked: POEM and quality of life, and whom each is asked of."""

import json

import numpy as np
import pytest
from trial_texts import FULL, problems

from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.trials.asked_ages import beyond_their_ages
from gutskin.trials.design import TrialDesign, load_trial
from gutskin.trials.endpoints import endpoints_of
from gutskin.trials.run import run_trial

FROM_BIRTH = """\
name = "born"
population = "newborn"
start = "birth_vaginal"

[visits]
weeks = [0, {last}]

[[arms]]
name = "a"
n = 10

[[arms]]
name = "b"
n = 10
control = true

[analysis]
primary = "eczema"
endpoints = ["eczema", "cdlqi"]
"""
NAMES = ("itch", "poem", "dlqi", "sleep", "scorad")


@pytest.fixture(scope="module")
def model():
    return load_model()


@pytest.fixture(scope="module")
def adults(model):
    """What 120 adults of any severity truly have [endpoint, patient]."""
    asked = {
        "name": "asked", "title": "Asked", "population": ["ad_adult"],
        "eligibility": {"scorad": [1, 103]}, "arms": [{"name": "none", "n": 60}],
        "visits": {"weeks": [0, 1], "end_week": 1, "screening_weeks": 1},
        "analysis": {"primary": "scorad", "endpoints": [*NAMES]},
    }  # fmt: skip
    design = TrialDesign.model_validate_json(json.dumps(asked))
    data = run_trial(design, model, 4, 3, keep_patients=True).data
    found = data["latent"].isel(given=0, visit=0).transpose("endpoint", ...).values
    found = found.reshape(len(NAMES), -1)
    return dict(zip(NAMES, found[:, np.isfinite(found).all(axis=0)], strict=True))


def test_reference_bands_of_one_anchor_meet_in_the_patients_of_the_model(adults):
    """Patients' own word parts itch at 3 to 4 and 6 to 7, POEM at 7 to 8 and 16 to 17 (RV0958)."""
    for (low, high), poem, dlqi in (((2.7, 4.3), 7.5, 5.5), ((5.8, 7.2), 16.5, 10.5)):
        there = (adults["itch"] > low) & (adults["itch"] < high)
        assert there.sum() > 5
        assert np.median(adults["poem"][there]) == pytest.approx(poem, abs=2.5)
        assert np.median(adults["dlqi"][there]) == pytest.approx(dlqi, abs=1.6)


def test_property_scales_hold_and_who_is_worse_tells_more(adults):
    order = np.argsort(adults["scorad"])
    for name, most in (("poem", 28.0), ("dlqi", 30.0)):
        told = adults[name]
        assert (told >= 0).all()
        assert (told < most).all()
        tenth = len(order) // 10
        assert told[order[-tenth:]].mean() > 1.5 * told[order[:tenth]].mean()
        assert np.corrcoef(told, adults["scorad"])[0, 1] > 0.7


def test_unit_the_changes_that_matter_are_told_by_the_record_of_the_questionnaire(model):
    ends = endpoints_of(model, ["poem_mcid", "dlqi_mcid", "poem", "dlqi", "cdlqi", "idqol"])
    assert [one.stream for one in ends] == ["poem", "dlqi", "poem", "dlqi", "cdlqi", "idqol"]
    assert [one.cutoff for one in ends[:2]] == [3.5, 4.0]
    assert all(one.expectation == 1 for one in ends)  # patients and families answer


@pytest.mark.parametrize(
    ("name", "fine"), [("cdlqi", True), ("dlqi", False), ("idqol", True), ("poem", True)]
)
def test_unit_a_questionnaire_is_asked_of_its_ages(tmp_path, name, fine):
    """The children of this trial are 2 to 12 years old."""
    text = FULL.replace('"easi"]', f'"easi", "{name}"]')
    if fine:
        path = tmp_path / "fine.toml"
        path.write_text(text, encoding="utf-8")
        assert name in load_trial(path).analysis.endpoints
        return
    ((_, what),) = problems(tmp_path, text)
    assert "dlqi is asked of people from 16 years on" in what
    assert "cdlqi" in what


def test_unit_a_rule_decides_by_no_questionnaire_that_nobody_is_asked(tmp_path):
    """The children of this trial are 2 to 12 years old: a rule has no DLQI of them."""
    given = 'kind = "emollient"\nlevel = 0.5\n'
    rule = 'when = { score = "cdlqi", at_least = 6, every_days = 7 }\n'
    text = FULL.replace(given, given + rule)
    path = tmp_path / "fine.toml"
    path.write_text(text, encoding="utf-8")
    assert load_trial(path).arms[1].interventions[1].model_dump()["when"]["score"] == "cdlqi"
    ((_, what),) = problems(tmp_path, text.replace("cdlqi", "dlqi"))
    assert "dlqi is asked of people from 16 years on, and nobody of the trial is" in what
    assert "Write 'cdlqi'" in what


@pytest.mark.parametrize(("last", "fine"), [(52, False), (312, True)])
def test_unit_newborns_grow_into_a_questionnaire(tmp_path, last, fine):
    born = FROM_BIRTH.format(last=last)
    path = tmp_path / "born.toml"
    path.write_text(born, encoding="utf-8")
    if fine:
        assert "cdlqi" in load_trial(path).analysis.endpoints
        return
    ((_, what),) = problems(tmp_path, born)
    assert "nobody of the trial is (0 to 0.998)" in what


@pytest.mark.parametrize(
    ("population", "beyond"),
    [("ad_adult", 0), ("ad_adolescent", 1), (("ad_child", "ad_adult"), 1)],
)
def test_unit_who_is_beyond_the_ages_of_a_questionnaire_is_told(population, beyond):
    named = [population] if isinstance(population, str) else list(population)
    asked = {
        "name": "asked", "population": named, "visits": {"weeks": [0, 8]},
        "arms": [{"name": "a", "n": 5}, {"name": "b", "n": 5, "control": True}],
        "analysis": {"primary": "poem", "endpoints": ["poem", "dlqi"]},
    }  # fmt: skip
    design = TrialDesign.model_validate_json(json.dumps(asked))
    told = [*beyond_their_ages(design, shipped_biology())]
    assert len(told) == beyond
    assert all("from 16 years on; here everybody answers it" in one for one in told)
