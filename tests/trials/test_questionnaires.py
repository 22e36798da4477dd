"""What patients and families are asked: POEM and quality of life, and whom each is asked of."""

import json

import numpy as np
import pytest
from trial_texts import FULL, problems

from gutskin.model.compiled import load_model
from gutskin.trials.design import TrialDesign, load_trial
from gutskin.trials.endpoints import endpoints_of
from gutskin.trials.run import run_trial

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
