"""Who may enrol: what a plan says of it, and criteria that nobody meets."""

from types import SimpleNamespace

import pytest
from trial_texts import FULL, problems

from gutskin.errors import InputError
from gutskin.model.biology import shipped_biology
from gutskin.report.plan import _criteria
from gutskin.trials.design import load_trial

ENTRY = "scorad = [25, 103]\n"


def test_every_criterion_stands_in_the_plan(tmp_path):
    path = tmp_path / "trial.toml"
    asked = (
        "weight_kg = [10, 60]\nitch = [4, 10]\ntotal_ige = [150, 9000]\nsensitised = true\n"
        "food_sensitised = false\nsteroid_failed = true\n"
    )
    path.write_text(FULL.replace(ENTRY, ENTRY + asked), encoding="utf-8")
    plan = SimpleNamespace(design=load_trial(path), biology=shipped_biology())
    assert _criteria(plan) == (
        ", 10 to 60 kg, measured SCORAD 25 to 103, measured Itch (0-10) 4 to 10, measured Total "
        "IgE 150 to 9000 kU/L, sensitised, not sensitised to food, not helped by steroid cream"
    )


def test_nothing_is_said_where_nothing_is_asked(tmp_path):
    path = tmp_path / "trial.toml"
    path.write_text(FULL.replace(ENTRY, ""), encoding="utf-8")
    assert _criteria(SimpleNamespace(design=load_trial(path), biology=shipped_biology())) == ""


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("weight_kg = [120, 150]\n",
         "hardly anybody of 2 to 12 years weighs 120 to 150 kg. Write a range that shares"),
        ("weight_kg = [0, 1]\n", "hardly anybody of 2 to 12 years weighs 0 to 1 kg."),
        ("steroid_failed = true\nsteroid_helped = true\n",
         "steroid cream cannot have failed and helped the same patient. Take one of both out."),
        ("objective_scorad = [0, 4.5]\n", "nobody has a SCORAD of 25 to 103 and `objective_scorad` "
         "of 0 to 4.5: what the patient rates, 0 to 20 points, is the rest of it."),
    ],
)  # fmt: skip
def test_criteria_that_nobody_meets_are_told(tmp_path, wrong, says):
    ((line, said),) = problems(tmp_path, FULL.replace(ENTRY, ENTRY + wrong))
    assert said.startswith(says)
    assert line == 6 + wrong.count("\n")


@pytest.mark.parametrize(
    ("scorad", "more", "fits"),
    [
        ("[10, 30]", "objective_scorad = [31, 60]", False),
        ("[10, 30]", "objective_scorad = [30, 60]", True),
        ("[50, 60]", "objective_scorad = [10, 29.9]", False),
        ("[50, 60]", "objective_scorad = [10, 30]", True),
        ("[0, 6]", "itch = [7, 10]", False),
        ("[0, 8]", "itch = [7, 10]", True),
        ("[80, 103]", "itch = [0, 3]", True),
    ],
)
def test_edge_ranges_of_parts_that_exclude_each_other_are_refused_at_once(
    tmp_path, scorad, more, fits
):
    text = FULL.replace(ENTRY, f"scorad = {scorad}\n{more}\n")
    said = []
    try:
        (tmp_path / "one.toml").write_text(text, encoding="utf-8")
        load_trial(tmp_path / "one.toml")
    except InputError as error:
        said = [one.line for one in error.problems if "nobody has a SCORAD" in one.message]
    assert said == ([] if fits else [7])


def test_a_weight_that_some_have_is_taken(tmp_path):
    path = tmp_path / "trial.toml"
    path.write_text(FULL.replace(ENTRY, ENTRY + "weight_kg = [30, 500]\n"), encoding="utf-8")
    assert load_trial(path).eligibility.weight_kg == (30, 500)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("scorad = [-3, 200]", ["-3", "200 is beyond the scale of SCORAD, which runs to 103."]),
        ("itch = [11, -3]", ["-3", "11 is beyond the scale of Itch (0-10), which runs to 10."]),
        ('easi = ["x", 80]', ['"x"', "80 is beyond the scale of EASI, which runs to 72."]),
        ("scorad = [-3, 103]", ["-3"]),
        ("scorad = [110, 105]", ["[110, 105]"]),
    ],
)
def test_edge_both_wrong_ends_of_a_range_are_told_at_once(tmp_path, wrong, says):
    found = problems(tmp_path, FULL.replace(ENTRY, f"{wrong}\n"))
    assert [line for line, _ in found] == [6] * len(says)
    assert all(any(one in said for _, said in found) for one in says), found


@pytest.mark.parametrize(
    ("people", "asked", "says"),
    [
        ('"healthy_child"', "scorad = [25, 103]", "SCORAD 25 to 103 is of eczema, and population"),
        ('"healthy_child"', "easi = [7, 72]", "EASI 7 to 72 is of eczema"),
        ('"healthy_child"', "iga = [3, 4]", "IGA 3 to 4 is of eczema"),
        (
            '["healthy_child", "healthy_adult"]',
            "scorad = [10, 30]",
            "'healthy_child' or 'healthy_adult' is of people without it",
        ),
        ('"healthy_child"', "scorad = [0, 30]", None),
        ('"healthy_child"', "iga = [0, 4]", None),
        ('["healthy_child", "ad_child"]', "scorad = [25, 103]", None),
        ('"ad_child"', "eosinophils = [0.3, 0.9]", "Write `eosinophils = [300, 900]`"),
        ('"ad_child"', "eosinophils = [0.3, 0.9]", "healthy adults have 0 to 500"),
        ('"ad_child"', "eosinophils = [0.3, 900]", None),
    ],
)
def test_edge_scores_and_counts_that_nobody_has_are_told_before_anybody_is_asked(
    tmp_path, people, asked, says
):
    """`--plan` took them, and a trial refused them after it had asked thousands."""
    text = FULL.replace(ENTRY, f"{asked}\n").replace('"ad_child"', people)
    path = tmp_path / "trial.toml"
    path.write_text(text.replace("age_years = [2, 12]\n", ""), encoding="utf-8")
    said = []
    try:
        load_trial(path)
    except InputError as error:
        said = [str(one) for one in error.problems]
    told = [one for one in said if "without it" in one or "less than one cell" in one]
    assert len(told) == (says is not None), said
    assert says is None or says in told[0]
