"""What patients and families are asked: POEM and quality of life, and whom each is asked of."""

import json

import numpy as np
import pytest
from trial_texts import FULL, problems

from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.report.spreadsheet import rows_of_trial
from gutskin.trials.asked_ages import answered, beyond_their_ages
from gutskin.trials.design import TrialDesign, load_trial
from gutskin.trials.endpoints import endpoints_of
from gutskin.trials.run import run_trial
from gutskin.trials.summary import summarise

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
    assert "nobody of the trial is (0 to 0.998 years)" in what


@pytest.mark.parametrize(
    ("population", "beyond"),
    [("ad_adult", 0), ("ad_adolescent", 1), (("ad_child", "ad_adult"), 1)],
)
def test_unit_who_is_not_of_the_ages_of_a_questionnaire_is_told(population, beyond):
    named = [population] if isinstance(population, str) else list(population)
    design = asked_of_some(named, {"primary": "poem", "endpoints": ["poem", "dlqi"]})
    told = [*beyond_their_ages(design, shipped_biology())]
    assert len(told) == beyond
    assert all("from 16 years on; who is not at enrolment is not asked" in one for one in told)


def asked_of_some(population, analysis, **more):
    asked = {
        "name": "asked", "population": population, "visits": {"weeks": [0, 4, 8]},
        "arms": [{"name": "a", "n": 12}, {"name": "b", "n": 12, "control": True}],
        "analysis": analysis, **more,
    }  # fmt: skip
    return TrialDesign.model_validate_json(json.dumps(asked))


MIXED = {
    "primary": "dlqi", "endpoints": ["dlqi", "cdlqi", "dlqi_mcid", "itch", "easi"],
    "methods": {"dlqi": "mmrm", "dlqi_mcid": "g-computation"}, "missing": "non-responder",
}  # fmt: skip
LEAVING = {"dropout_share": 0.3}
OF_LIFE = {"name": "life", "label": "Life", "strategies": {"dropout": "hypothetical"}}


@pytest.fixture(scope="module")
def mixed(model):
    """A trial of adolescents and adults of whom three in ten leave; half are asked the DLQI."""
    design = asked_of_some(
        ["ad_adolescent"], MIXED, conduct=LEAVING, estimands=[OF_LIFE],
        eligibility={"age_years": [13, 18], "scorad": [10, 103]},
    )  # fmt: skip
    return design, run_trial(design, model, 4, 3, keep_patients=True)


def test_who_is_too_young_or_too_old_is_not_asked_and_everybody_else_is(mixed):
    _, trial = mixed
    data = trial.data
    there = np.isfinite(data["latent"].sel(endpoint="itch").isel(given=0, visit=0))
    first = data["measured"].isel(visit=0)
    grown, young = (np.isfinite(first.sel(endpoint=name)) for name in ("dlqi", "cdlqi"))
    assert 0.2 < float(grown.sum() / there.sum()) < 0.8
    assert bool((grown ^ young == there).all())  # each patient answers one of the two
    for name in ("measured", "latent"):
        rest = data[name].sel(endpoint=["dlqi", "dlqi_mcid"]).where(~grown)
        assert not bool(np.isfinite(rest).any())
    left = np.isfinite(data["measured"].sel(endpoint="dlqi").isel(visit=-1))
    assert 0 < int(left.sum()) < int(grown.sum())
    # Who left without responding has failed; who was never asked has neither failed nor responded.
    told = np.isfinite(data["measured"].sel(endpoint="dlqi_mcid").isel(visit=-1))
    assert bool((told == grown).all())


def test_analyses_of_a_questionnaire_have_those_who_are_asked_alone(mixed):
    design, trial = mixed
    found = summarise(trial.shown, design, trial.analysis, biology=shipped_biology())
    grown = np.isfinite(trial.data["measured"].isel(visit=0).sel(endpoint="dlqi"))
    many = grown.sum("patient").mean("replicate")
    told = found["endpoints"]["dlqi"]["answered"]
    assert told == {arm: float(many.sel(arm=arm)) for arm in ("a", "b")}
    assert "answered" not in found["endpoints"]["itch"]
    (says,) = (one for one in found["limits"] if one.startswith("DLQI, quality"))
    assert f"{told['a']:.3g} of 12 on a, {told['b']:.3g} of 12 on b answer" in says
    rows = [row for row in rows_of_trial(found) if row["endpoint"] == "dlqi" and row["arm"] == "a"]
    assert rows[0]["n"] == told["a"]
    for name in ("dlqi", "dlqi_mcid"):
        difference = found["endpoints"][name]["difference"]
        assert np.isfinite([difference["mean"], difference["true_effect"]["mean"]]).all()
    assert np.isfinite(found["estimands"][0]["arms"][0]["true"]["mean"])
    # Everybody is there to leave: whoever is asked nothing has not dropped out.
    assert found["flow"]["arms"]["a"]["randomised"] == 12
    assert np.isfinite(trial.shown["course"].sel(endpoint="dlqi")).all()


def test_estimands_have_those_who_are_asked_alone(mixed):
    _, trial = mixed
    data = trial.data
    grown = np.isfinite(data["measured"].isel(visit=0).sel(endpoint="dlqi"))
    potential = np.isfinite(data["potential"].isel(estimand=0))
    assert bool((potential == grown).all())
    observed = np.isfinite(data["observed"].sel(endpoint="dlqi")).any("visit")
    assert bool((observed == grown).all())


def test_unit_who_is_not_yet_of_the_age_is_not_asked_later(tmp_path):
    """A questionnaire is chosen at enrolment: a DLQI of children who will be 16 asks nobody."""
    text = FULL.replace('"easi"]', '"easi", "dlqi"]')
    assert "age_years = [2, 12]" in text
    ((_, what),) = problems(tmp_path, text.replace("age_years = [2, 12]", "age_years = [2, 12.9]"))
    assert "nobody of the trial is (2 to 12.9 years)" in what


def cohort(weeks, *endpoints):
    """A cohort from birth that is seen until `weeks`."""
    return TrialDesign.model_validate_json(json.dumps({
        "name": "cohort", "title": "Born", "population": ["newborn"], "start": "birth_vaginal",
        "arms": [{"name": "born", "n": 4}],
        "visits": {"weeks": [0, weeks], "end_week": weeks},
        "analysis": {"primary": endpoints[0], "endpoints": endpoints},
    }))  # fmt: skip


@pytest.mark.parametrize(
    ("weeks", "endpoint", "told"),
    [(104, "idqol", False), (250, "idqol", False), (280, "idqol", True), (104, "cdlqi", True)],
)
def test_closed_form_a_cohort_may_grow_a_year_beyond_a_questionnaire(weeks, endpoint, told):
    """IDQOL is asked until 4 years: a last visit at 4.8 is let pass, one at 5.4 is told."""
    design = cohort(weeks, endpoint)
    said = list(beyond_their_ages(design, shipped_biology()))
    assert bool(said) == told
    assert all("here everybody answers it, from 0 to" in one for one in said)


def test_closed_form_answers_are_told_as_soon_as_one_arm_has_fewer():
    design = load_trial("six-strain-children")
    whole = {arm.name: float(arm.n) for arm in design.arms}
    first = next(iter(whole))
    assert answered(whole, design) == {}
    fewer = whole | {first: 0.5 * whole[first]}
    assert answered(fewer, design) == {"answered": fewer}
