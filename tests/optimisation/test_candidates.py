"""The file of candidates: what is refused, with its line, and what stands for what is not said."""

from pathlib import Path

import pytest

from gutskin.errors import InputError
from gutskin.model.overlay import biology_of
from gutskin.optimisation.asked import candidates_for
from gutskin.optimisation.candidates import FILE, Enrichment
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
    "name",
    [
        "roessler-adults",
        "rosenfeldt-children",
        "withdrawal-adults",
        "hn001-newborns",
        "watts-hay-fever-adults",
    ],
)
def test_trials_of_another_kind_are_refused_with_a_word(name):
    trial = load_trial(name)
    with pytest.raises(InputError, match="are not compared") as error:
        candidates_for(trial, BIOLOGY)
    remedy = str(error.value)
    assert ("gutskin power" in remedy) != trial.single_arm  # which has no power either


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


def wrong_surveys(tmp_path, text):
    asked = asked_of(tmp_path, text)
    with pytest.raises(InputError) as error:
        surveys_of(DESIGN, asked.candidates, BIOLOGY, 10, asked.file)
    return [(one.line, str(one)) for one in error.value.problems]


def test_a_dose_that_nobody_may_take_is_refused_at_its_factor(tmp_path):
    ((line, says),) = wrong_surveys(tmp_path, "weeks = [8]\n\ndose_factors = [1, 2, 1e6]\n")
    assert line == 3
    assert "other design: 1e+06 times: `cfu_per_day = 4e15` is more than" in says
    with pytest.raises(InputError, match="other design"):
        survey_of(tmp_path, "dose_factors = [1, 1e6]\n")


def test_weeks_and_run_ins_too_far_off_are_refused_at_their_lines(tmp_path):
    text = "weeks = [8, 3000]\nrecords = [1]\nrun_in_weeks = [0, 105]\n[pilot]\nweeks = [4]\n"
    found = wrong_surveys(tmp_path, text)
    assert {line for line, _ in found} == {1, 3}
    assert sum("1e" in says or "times" in says for _, says in found) == 0
    assert len(found) == len(set(found))


def test_any_factors_have_arms_of_their_own_unless_a_reader_cannot_tell_them(tmp_path):
    (one,), _ = survey_of(tmp_path, "dose_factors = [1e-3, 0.03333333333, 1, 1e4]\n")
    assert list(one.doses.values()) == [
        "six_strain", "six_strain_x0_001", "six_strain_x0_03333333333", "six_strain_x10000",
    ]  # fmt: skip
    ((_, says),) = wrong_surveys(tmp_path, "dose_factors = [0.033333331, 0.033333332]\n")
    assert says.endswith("Write factors further apart.")


def with_dose(dose, label="Six-strain mix"):
    """The trial with another dose of its product."""
    arm = DESIGN.arms[0]
    (given,) = arm.interventions
    given = given.model_copy(update={"cfu_per_day": dose})
    arm = arm.model_copy(update={"interventions": (given,), "label": label})
    return DESIGN.model_copy(update={"arms": (arm, *DESIGN.arms[1:])})


@pytest.mark.parametrize(("dose", "factors"), [(6e13, (0.5, 1.0)), (5e13, (0.5, 1.0, 2.0))])
def test_without_a_file_no_dose_is_asked_that_nobody_may_take(dose, factors):
    found = candidates_for(with_dose(dose), BIOLOGY).candidates
    assert found.dose_factors == factors
    (one,) = surveys_of(with_dose(dose), found, BIOLOGY, 10)
    assert set(one.doses) == set(factors)


def test_an_arm_without_a_label_is_told_by_its_name_and_the_factor(tmp_path):
    (one,), _ = survey_of(tmp_path, "dose_factors = [2]\n", with_dose(1e9, ""))
    assert [arm.label for arm in one.design.arms] == ["Placebo", "", "six_strain (× 2)"]


CHEAP = """allocation = [2, 3]
weeks = [8]
records = [2]
visit_every_weeks = 4
[cost]
trial = 10
patient = 100
visit = 10
week = 1
screened = 5
"""  # each has 4 visits: 100 + 40 + 8 + 5


def test_closed_form_a_budget_below_two_patients_in_each_arm_is_refused_before_anything_is_done(
    tmp_path,
):
    least = 10 + 6 * 153
    assert asked_of(tmp_path, f"budget = {least}\n{CHEAP}").candidates.budget == least
    found = problems_of(tmp_path, f"\nbudget = {least - 1}\n{CHEAP}")
    assert found == {2: "a budget of 927 has no two patients in each arm of any design."}
    path = tmp_path / "candidates.toml"
    path.write_text(f"budget = 1\n{CHEAP}")
    assert candidates_for(DESIGN, BIOLOGY, path, least).candidates.budget == least
    path.write_text(f"budget = 1e6\n{CHEAP}")
    with pytest.raises(InputError, match=r"^a budget of 3 .* Write 928 or more"):
        candidates_for(DESIGN, BIOLOGY, path, 3.0)


def test_closed_form_fewer_active_than_control_patients_need_two_active_ones(tmp_path):
    text = CHEAP.replace("[2, 3]", "[0.4]")  # 5 and 2
    least = 10 + 7 * 153
    assert asked_of(tmp_path, f"budget = {least}\n{text}").candidates.budget == least
    assert 1 in problems_of(tmp_path, f"budget = {least - 1}\n{text}")


def test_faults_of_form_and_of_what_fits_the_trial_come_together(tmp_path):
    text = 'arm = "placebo"\nbudgt = 4\nbudget = -3\nendpoints = ["scorad", "flares", "poem"]\n'
    text += "records = [0]\n[pilot]\nn = 1\n"
    assert set(problems_of(tmp_path, text)) == {1, 2, 3, 4, 5, 7}


@pytest.mark.parametrize(
    ("asks", "line", "says"),
    [
        ("records = { scorad = [104, 200] }", 3, "`scorad = [104, 200]` is not within its scale."),
        ('upper_half = ["itch"]\nlower_half = ["scorad", "itch"]', 4, "the median of 'itch'"),
        ("food_sensitised = true\nsensitised = false", 4, "sensitised to food is sensitised"),
        ('label = "Ill"\nsensitised = true\n[[enrichment]]\nname = "ill"\nsensitised = true', 6,
         "a reader takes 'ill' for an earlier enrichment"),
    ],
)  # fmt: skip
def test_enrichments_that_nobody_fits_or_that_read_alike_are_refused(tmp_path, asks, line, says):
    (found,) = problems_of(tmp_path, f'[[enrichment]]\nname = "x"\n{asks}\n').items()
    assert found[0] == line
    assert says in found[1]


def test_edge_enrichments_that_somebody_fits_are_taken(tmp_path):
    for asks in ("records = { scorad = [103, 200] }", "food_sensitised = true\nsensitised = true",
                 "food_sensitised = false\nsensitised = false",
                 'upper_half = ["itch"]\nlower_half = ["scorad"]'):  # fmt: skip
        assert asked_of(tmp_path, f'[[enrichment]]\nname = "x"\n{asks}\n').candidates.enrichment


def test_an_enrichment_against_what_the_trial_admits_is_refused(tmp_path):
    admits = DESIGN.eligibility.model_copy(update={"sensitised": True})
    design = DESIGN.model_copy(update={"eligibility": admits})
    text = '[[enrichment]]\nname = "x"\nsensitised = '
    assert "`sensitised = true`" in problems_of(tmp_path, text + "false\n", design)[3]
    assert asked_of(tmp_path, text + "true\n", design)


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


def test_another_dose_of_an_arm_that_has_none_is_refused(tmp_path):
    design = load_trial("creams-adults")
    found = problems_of(tmp_path, "\ndose_factors = [1, 2]\n", design)
    assert "receives nothing of which there could be another dose." in found[2]
    assert asked_of(tmp_path, "dose_factors = [1]\n", design)


def test_who_is_more_severe_is_told_by_the_primary_score():
    analysis = DESIGN.analysis.model_copy(update={"primary": "easi"})
    design = DESIGN.model_copy(update={"analysis": analysis})
    other = DESIGN.model_copy(
        update={"analysis": DESIGN.analysis.model_copy(update={"primary": "tewl"})}
    )
    for its, score in ((DESIGN, "scorad"), (design, "easi"), (other, "scorad")):
        found = candidates_for(its, BIOLOGY).candidates.enrichment
        (severe,) = [one for one in found if one.name == "more_severe"]
        assert severe.upper_half == (score,)


def test_what_is_given_until_the_end_lasts_as_long_as_the_design_and_the_rest_does_not(tmp_path):
    (given,) = DESIGN.arms[0].interventions
    early = given.model_copy(update={"end_week": 2.0})
    arm = DESIGN.arms[0].model_copy(update={"interventions": (early, given)})
    design = DESIGN.model_copy(update={"arms": (arm, *DESIGN.arms[1:])})
    with pytest.raises(InputError):  # the same strains twice at a time
        survey_of(tmp_path, "weeks = [12]\n", design)
    late = given.model_copy(update={"start_week": 2.0})
    arm = DESIGN.arms[0].model_copy(update={"interventions": (early, late)})
    design = DESIGN.model_copy(update={"arms": (arm, *DESIGN.arms[1:])})
    (one,), _ = survey_of(tmp_path, "weeks = [12]\n", design)
    assert [its.end_week for its in one.design.arms[1].interventions] == [2.0, 12.0]


def test_an_enrichment_without_a_label_goes_by_its_name():
    assert Enrichment(name="more_severe").title == "more severe"
    assert Enrichment(name="more_severe", label="Ill").title == "Ill"


def test_edge_records_are_averaged_from_the_first_week_on(tmp_path):
    assert asked_of(tmp_path, "weeks = [2]\nrecords = [2]\n").candidates.records == (2,)
    assert 2 in problems_of(tmp_path, "weeks = [1]\nrecords = [1, 2]\n")
