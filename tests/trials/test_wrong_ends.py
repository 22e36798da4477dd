"""Both ends of a range of who may enrol are told at once: by examples, key by key."""

import pytest
from trial_texts import problems

TEXT = """\
name = "both-ends"
population = "ad_child"

[eligibility]
{}

[visits]
weeks = [0, 8]

[[arms]]
name = "mix"
n = 8

[[arms]]
name = "placebo"
n = 8
control = true

[[arms.interventions]]
kind = "emollient"

[analysis]
primary = "scorad"
endpoints = ["scorad"]
"""
NEGATIVE, NUMBER = "must not be negative", "must be a number"
AGE, HEAVY = "beyond the ages of the population, which has 1 to 13 years", "hardly anybody of 1 to"
SCALE, GRADE = "beyond the scale of SCORAD", "less than or equal to 4"


def told(tmp_path, eligibility):
    """What is wrong, apart from what arms are given."""
    found = problems(tmp_path, TEXT.format(eligibility))
    return [message for line, message in found if line is not None and 4 < line < 8]


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("age_years = [-1, 200]", (NEGATIVE, f"200 is {AGE}")),
        ('age_years = ["a", 200]', (NUMBER, f"200 is {AGE}")),
        ('age_years = [200, "a"]', (NUMBER, f"200 is {AGE}")),
        ('age_years = [0.5, "a"]', (NUMBER, f"0.5 is {AGE}")),
        ("age_years = [-1, 13]", (NEGATIVE,)),
        ('age_years = [13, "a"]', (NUMBER,)),
        ("age_years = [-2, -1]", (NEGATIVE, NEGATIVE)),
        ('weight_kg = [900, "a"]', (NUMBER, HEAVY + " 13 years weighs 900 kg or more.")),
        ("weight_kg = [-3, 2]", (NEGATIVE, HEAVY + " 13 years weighs 2 kg or less.")),
        ("weight_kg = [-3, 900]", (NEGATIVE,)),  # up to any weight, as [20, 900] is right
        ('age_years = ["a", 12]\nweight_kg = [900, 999]', (NUMBER, "weighs 900 to 999 kg")),
        ("iga = [-1, 7]", (NEGATIVE, GRADE)),
        ('iga = ["a", 7]', ("must be a whole number", GRADE)),
        ("scorad = [-1, 200]", (NEGATIVE, f"200 is {SCALE}")),
        ('scorad = [200, "a"]', (NUMBER, f"200 is {SCALE}")),
        ('scorad = [0, "a"]', (NUMBER,)),
        ("scorad = [true, 200]", (NUMBER, f"200 is {SCALE}")),
        ("scorad = [1, 2, 200]", ("at most 2",)),
        ("scorad = [300, 200]", ("each number must be larger",)),
    ],
)
def test_each_wrong_end_is_told_and_no_right_one(tmp_path, written, says):
    """Of ages -1 to 200 the first was told, and the second when that was mended."""
    found = told(tmp_path, written)
    assert len(found) == len(says), found
    for one in set(says):
        assert sum(one in message for message in found) == says.count(one), (one, found)


def test_on_the_day_of_birth_nobody_is_told_that_an_age_is_beyond_the_population(tmp_path):
    text = TEXT.format('age_years = [200, "a"]').replace("ad_child", "newborn")
    found = problems(tmp_path, text.replace("\n\n[elig", '\nstart = "birth_vaginal"\n\n[elig'))
    assert not any("beyond the ages" in message for _, message in found)
    assert any(NUMBER in message for _, message in found)


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ("age_years = [-1, 200]", (NEGATIVE, f"200 is {AGE}")),
        ("scorad = [-1, 200]", (NEGATIVE, f"200 is {SCALE}")),
        ("scorad = [20, 200]", ("is not within the scale of SCORAD: it runs from 0 to 103",)),
        ("scorad = [20, 21]", ()),  # who is in it is looked at in many
        ("total_ige = [1e8, 1e9]", ("nobody has a Total IgE above", "'total_ige' is not among")),
        ("age_years = [3, 6]", ()),
        ("", ("does not say who is in it",)),
    ],
)
def test_ends_of_a_subgroup_are_told_as_those_of_who_may_enrol(tmp_path, written, says):
    """A scale was asked of nobody, and who is wrong is who "does not say who is in it"."""
    text = TEXT.format("") + f'\n[[subgroups]]\nname = "some"\n{written}\n'
    first = text.splitlines().index("[[subgroups]]")
    told = [message for line, message in problems(tmp_path, text) if line and line > first]
    assert len(told) == len(says)
    assert all(any(one in message for message in told) for one in says), told
