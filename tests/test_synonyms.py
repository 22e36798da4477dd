"""Who writes another word for something is told ours; who writes nothing known, all that is."""

import pytest

from gutskin.errors import InputError, nearest
from gutskin.population.doses import KINDS
from gutskin.population.plan import plan_patient
from gutskin.synonyms import SYNONYMS, also_called
from gutskin.trials.design import TrialDesign
from gutskin.trials.intervention_parts import INTERVENTIONS
from gutskin.trials.parts import Analysis
from gutskin.trials.plan import plan_trial

KEYS = {*TrialDesign.model_fields, *Analysis.model_fields}
OURS = {*INTERVENTIONS, *KINDS}
TRIAL = """
name = "t"
population = "ad_child"
{extra}
[[arms]]
name = "a"
n = 10
[[arms.interventions]]
kind = "{kind}"
[[arms]]
name = "b"
n = 10
control = true
[visits]
weeks = [0, 4]
[analysis]
primary = "scorad"
endpoints = ["scorad"]
"""


def test_the_table_names_kinds_that_there_are_and_no_word_that_is_one():
    assert set(SYNONYMS) <= OURS | KEYS
    assert not OURS & {word for words in SYNONYMS.values() for word in words}
    assert all(list(words) == sorted(set(words)) for words in SYNONYMS.values())


@pytest.mark.parametrize(
    ("word", "ours"),
    [
        ("strains", "probiotic"), ("steroid", "topical_steroid"), ("antibiotics", "antibiotic"),
        ("Moisturiser", "emollient"), ("diet", "fibre"), ("biologic", "drug"), ("drugs", "drug"),
        ("bleach bath", "bleach_bath"), ("fiber", "fibre"), ("soap", "washing"),
    ],
)  # fmt: skip
def test_a_near_word_is_answered_with_ours(word, ours):
    assert repr(ours) in nearest(word, sorted(OURS)).removeprefix("Did you mean ")


def test_a_near_key_of_a_trial_is_answered_with_ours():
    """Of `primary_endpoint` it was `endpoints`, the word most like it."""
    assert nearest("primary_endpoint", sorted(Analysis.model_fields)) == "Did you mean 'primary'?"
    assert nearest("inclusion", sorted(TrialDesign.model_fields)) == "Did you mean 'eligibility'?"


def test_a_word_of_ours_is_only_suggested_where_it_is_known():
    assert also_called("strains") == ["probiotic"]
    assert nearest("strains", ["tewl", "scorad"]) == "Known: scorad, tewl."


def test_some_of_many_names_are_not_told_as_if_they_were_all():
    names = ["skin_prick_food", "specific_ige_food", "scorad"]
    assert nearest("foo", names) == "Known, among others: skin_prick_food, specific_ige_food."
    assert nearest("foo", names[:2]) == "Known: skin_prick_food, specific_ige_food."


def refused(tmp_path, text):
    path = tmp_path / "t.toml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        plan_trial(path, 2, 1)
    return str(caught.value)


def test_an_unknown_kind_of_a_trial_suggests_ours_with_its_line(tmp_path):
    says = refused(tmp_path, TRIAL.format(kind="strains", extra=""))
    assert "t.toml:9: unknown kind 'strains'. Did you mean 'probiotic'?" in says


@pytest.mark.parametrize(
    ("ages", "says"),
    [
        ("[0.25, 0.5]", 'write `population = "ad_infant"` (0.2 to 1 years)'),
        ("[20, 40]", 'write `population = "ad_adult"` (18 to 55 years)'),
        ("[60, 75]", 'write `population = "ad_older"` (55 to 85 years)'),
        ("[60, 90]", "take other ages: no population has all of these; the oldest are 85 years"),
    ],
)
def test_ages_outside_a_population_name_the_one_that_has_them(tmp_path, ages, says):
    extra = f"[eligibility]\nage_years = {ages}\n"
    text = (
        TRIAL.format(kind="washing", extra="")
        .replace("[visits]", extra + "[visits]")
        .replace('kind = "washing"', 'kind = "washing"\nwashes_per_day = 1')
    )
    assert says in refused(tmp_path, text)


def test_the_age_of_a_patient_outside_his_population_names_the_one_that_has_it(tmp_path):
    path = tmp_path / "p.toml"
    path.write_text('name = "p"\npopulation = "ad_child"\nage_years = 35\n')
    with pytest.raises(InputError, match='write `population = "ad_adult"`'):
        plan_patient(path, 7)
