"""The file of candidates: what is refused, with its line, and what stands for what is not said."""

from pathlib import Path

import pytest

from gutskin.errors import InputError
from gutskin.model.overlay import biology_of
from gutskin.optimisation.asked import candidates_for
from gutskin.optimisation.candidates import FILE
from gutskin.optimisation.survey import surveys_of
from gutskin.trials.design import load_trial

BIOLOGY = biology_of(None)
DESIGN = load_trial("six-strain-children")


def asked_of(tmp_path, text, design=DESIGN):
    path = tmp_path / "candidates.toml"
    path.write_text(text, encoding="utf-8")
    return candidates_for(design, BIOLOGY, path)


def problems_of(tmp_path, text, design=DESIGN):
    with pytest.raises(InputError) as error:
        asked_of(tmp_path, text, design)
    return {one.line: one.message for one in error.value.problems}


def test_without_a_file_every_list_has_what_suits_the_trial():
    asked = candidates_for(DESIGN, BIOLOGY)
    found = asked.candidates
    assert not asked.declared
    assert found.arm == "six_strain"
    assert found.endpoints == ("scorad", "easi", "itch")
    assert found.weeks == (4.0, 8.0)
    assert found.dose_factors == (0.5, 1.0, 2.0)
    assert (found.run_in_weeks, found.visit_every_weeks) == ((0.0,), 4.0)
    names = [one.name for one in found.enrichment]
    assert names == ["all", "younger", "older", "sensitised", "more_severe", "s_aureus", "butyrate"]
    assert found.enrichment[1].age_years == (1.0, 7.0)
    assert found.pilot.endpoints == DESIGN.analysis.endpoints


def test_what_is_in_the_file_stands_and_the_rest_is_as_without_one(tmp_path):
    text = "weeks = [8]\nrecords = [1]\n"
    text += "[[enrichment]]\nname = 'ill'\nrecords = { scorad = [40, 103] }\n"
    asked = asked_of(tmp_path, text + "[cost]\npatient = 5\n")
    found = asked.candidates
    assert asked.declared
    assert (found.weeks, found.records, found.pilot.weeks) == ((8.0,), (1,), (8.0,))
    assert [one.name for one in found.enrichment] == ["all", "ill"]
    assert (found.cost.patient, found.cost.visit) == (5.0, 200.0)
    assert found.endpoints == ("scorad", "easi", "itch")


def test_the_example_is_right():
    path = Path(__file__).parents[2] / "examples" / "candidates.toml"
    found = candidates_for(DESIGN, BIOLOGY, path).candidates
    assert len(surveys_of(DESIGN, found, BIOLOGY, 10)) == 2
    assert found.cost.trial == 50_000


def test_every_key_of_the_file_is_explained():
    page = (Path(__file__).parents[2] / "docs" / "optimise.md").read_text(encoding="utf-8")
    parts = (FILE.root, *FILE.parts.values())
    keys = {name for part in parts for name in part.model_fields}
    assert [key for key in sorted(keys) if f"`{key}`" not in page and f"`[{key}]`" not in page
            and f"`[[{key}]]`" not in page] == []  # fmt: skip


def test_an_arm_without_a_dose_has_no_other_dose():
    design = load_trial("creams-adults")
    assert candidates_for(design, BIOLOGY).candidates.dose_factors == (1.0,)


def test_all_problems_of_a_file_come_together_with_their_lines(tmp_path):
    text = """arm = "sixstrain"
endpoints = ["scorad", "flares"]
records = [1, 4]
weeks = [2, 8]
run_in_weeks = [0, 0.5]
[[enrichment]]
name = "all"
sensitised = true
[[enrichment]]
name = "nothing"
[[enrichment]]
name = "old"
age_years = [30, 40]
"""
    found = problems_of(tmp_path, text)
    assert set(found) == {1, 2, 3, 5, 7, 9, 13}
    assert "no active arm" in found[1]
    assert "how many visits" in found[2]
    assert "asks for nothing" in found[9]
    assert "admits nobody of 30 to 40 years" in found[13]


def test_edge_ages_at_both_ends_are_refused_and_within_accepted(tmp_path):
    one = '[[enrichment]]\nname = "x"\nage_years = [{}]\n'
    assert problems_of(tmp_path, one.format("13, 20"))
    assert problems_of(tmp_path, one.format("0, 1"))
    assert asked_of(tmp_path, one.format("12.9, 20")).candidates.enrichment[1].name == "x"


def test_unknown_keys_and_names_are_errors_with_the_nearest_word(tmp_path):
    with pytest.raises(InputError) as error:
        asked_of(tmp_path, 'week = [8]\nendpoints = ["scora"]\n[cost]\npatients = 3\n')
    told = str(error.value)
    assert "Did you mean 'weeks'?" in told
    assert "Did you mean 'scorad'?" in told
    assert "Did you mean 'patient'?" in told


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("weeks = [8, 4]\n", "larger than the one before"),
        ('endpoints = ["scorad", "scorad"]\n', "stands twice"),
        ("[cost]\nscreened = 0\npatient = 0\nvisit = 0\nweek = 0\n", "cost something"),
        ("break_even = 1\n", "less than 1"),
        ("records = [0]\n", "greater than or equal to 1"),
        ("[pilot]\nn = 3\n", "greater than or equal to 4"),
    ],
)
def test_a_form_that_nothing_can_be_made_of_is_refused(tmp_path, text, says):
    assert any(says in what for what in problems_of(tmp_path, text).values())


@pytest.mark.parametrize(
    "name", ["roessler-adults", "rosenfeldt-children", "withdrawal-adults", "hn001-newborns"]
)
def test_trials_of_another_kind_are_refused_with_a_word(name):
    with pytest.raises(InputError, match="are not compared"):
        candidates_for(load_trial(name), BIOLOGY)


def survey_of(tmp_path, text="", design=DESIGN, patients=10):
    asked = asked_of(tmp_path, text, design).candidates
    return surveys_of(design, asked, BIOLOGY, patients), asked


def test_a_survey_measures_everything_in_the_same_patients_at_every_dose(tmp_path):
    (one,), _ = survey_of(tmp_path, "weeks = [4, 12]\n[pilot]\nn = 5\n")
    design = one.design
    assert design.visits.weeks == (0.0, 3.0, 4.0, 8.0, 11.0, 12.0)
    assert [(arm.name, arm.n) for arm in design.arms] == [
        ("placebo", 15), ("six_strain", 15), ("six_strain_x0_5", 10), ("six_strain_x2", 10),
    ]  # fmt: skip
    given = {arm.name: arm.interventions for arm in design.arms}
    assert given["placebo"] == ()
    doses = {name: its[0].cfu_per_day for name, its in given.items() if its}
    assert doses == {"six_strain": 4e9, "six_strain_x0_5": 2e9, "six_strain_x2": 8e9}
    assert {its[0].end_week for its in given.values() if its} == {12.0}
    assert one.doses == {0.5: "six_strain_x0_5", 1.0: "six_strain", 2.0: "six_strain_x2"}
    assert {"s_aureus", "stool_butyrate", "total_ige"} <= set(design.analysis.endpoints)
    assert [group.name for group in design.subgroups] == ["younger", "older", "sensitised"]
    assert (design.analysis.primary, design.estimands) == ("scorad", ())


def test_each_run_in_has_a_survey_of_its_own(tmp_path):
    found, _ = survey_of(tmp_path, "run_in_weeks = [0, 2]\n")
    assert [one.run_in_weeks for one in found] == [0.0, 2.0]
    assert found[0].design.run_in is None
    assert found[1].design.run_in.weeks == 2.0


def test_a_dose_that_nobody_may_take_is_refused(tmp_path):
    with pytest.raises(InputError, match="other design"):
        survey_of(tmp_path, "dose_factors = [1, 1e6]\n")


def test_both_ends_of_an_unreported_dose_are_scaled(tmp_path):
    arms = list(DESIGN.arms)
    dose = arms[0].interventions[0].model_dump() | {"cfu_per_day": {"low": 1e9, "high": 1e10}}
    values = DESIGN.model_dump(mode="json")
    values["arms"][0]["interventions"] = [dict(dose, strains=list(dose["strains"]))]
    path = tmp_path / "trial.json"
    path.write_text("")
    from gutskin.population.known import known_names
    from gutskin.toml_file import parsed
    from gutskin.trials.design import FILE

    design, wrong = parsed(
        FILE, {k: v for k, v in values.items() if v is not None}, known_names(BIOLOGY)
    )
    assert not wrong
    (one,), _ = survey_of(tmp_path, "dose_factors = [2]\n", design)
    own = next(arm for arm in one.design.arms if arm.name == "six_strain_x2")
    prior = own.interventions[0].cfu_per_day
    assert (prior.low, prior.high) == (2e9, 2e10)
