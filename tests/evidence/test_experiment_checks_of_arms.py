"""An arm that takes over another: each mistake is told once, at the line where it is written."""

import pytest
from experiment_texts import told

TWO_ARMS = """
[X1]
experiment = "washing"
evidence_verdict = "thin"
why = "few studies"
days = 28

[X1.arms.plain]
population = "ad_child"
age_years = [2, 5]
doses = [
    { kind = "wash", day = 3 },
    { kind = "emollient", level = 0.5, start_day = 0, end_day = 9 },
]
holds = [
    { parameter = "stress", value = 1, start_day = 3, end_day = 9 },
]

[X1.arms.washed]
like = "plain"
doses = [
    { kind = "wash", day = 5 },
    { kind = "topical_steroid", level = 0.5, start_day = 0, end_day = 9 },
]
holds = [
    { parameter = "pollen", value = 1, end_day = 9 },
    { parameter = "allergen_skin", value = 1, end_day = 9 },
]

[[X1.checks]]
says = "pH rises"
quantity = "skin_ph_nonlesional"
read = { mean = [21, 28] }
contrast = { washed = 1, plain = -1 }
expected = [0, 1.5]
"""

CREAM = '{ kind = "emollient", level = 1, start_day = 0, end_day = 2 }'


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        # each is told where it is written, however many were taken over before it
        ("day = 3 }", "day = 30 }", 12, "after the last day"),
        ("day = 5 }", "day = 50 }", 22, "after the last day"),
        ('"topical_steroid", level = 0.5', '"topical_steroid", level = 5', 23, "level"),
        ('"stress", value = 1', '"stress", value = inf', 16, "finite"),
        ('"stress"', '"stres"', 16, "'stres'"),
        ('"pollen", value = 1', '"pollen", value = inf', 26, "finite"),
        ('"allergen_skin", value = 1', '"allergen_skin", value = -1', 27, "allergen_skin"),
        ('"allergen_skin"', '"allergen"', 27, "'allergen'"),
        # two at a time: within the first arm, within the second, and across the two
        ("day = 3 },", f"day = 3 }},\n    {CREAM},", 14, "overlap"),
        ('"allergen_skin"', '"pollen"', 27, "overlaps"),
        ('"allergen_skin"', '"stress"', 27, "overlaps"),
        ('"topical_steroid"', '"emollient"', 23, "overlaps"),
        # who takes over a hold of stress cannot have noise as well
        ('like = "plain"', 'like = "plain"\nnoise = true', 21, "overlaps"),
        # the ages of the first arm are none of another population
        ('like = "plain"', 'like = "plain"\npopulation = "ad_adult"', 19, "it has 18 to 55 years"),
    ],
)  # fmt: skip
def test_unit_of_an_arm_that_takes_over_another_each_mistake_is_told_once_at_its_line(
    tmp_path, old, new, line, says
):
    assert old in TWO_ARMS
    assert told(tmp_path, TWO_ARMS) == []
    (found,) = told(tmp_path, TWO_ARMS.replace(old, new, 1))
    assert says in found[1]
    assert found[0] == line


def alone(first, second):
    """Two arms of which the second takes over all of the first and adds a line."""
    head, _, tail = TWO_ARMS.partition("doses = [")
    check = tail[tail.index("[[X1.checks]]") :]
    return f'{head}{first}\n\n[X1.arms.washed]\nlike = "plain"\n{second}\n\n{check}'


STRESS = 'holds = [{ parameter = "stress", value = 1, start_day = 3, end_day = 9 }]'
TWICE = f"doses = [{CREAM}, {CREAM}]"
HERS = (
    'doses = [{ kind = "maternal_probiotic", strains = ["w23"], cfu_per_day = 1e9, start_day = 0 }]'
)
WASHES = """doses = [
    { kind = "washing", washes_per_day = 2, start_day = 0 }, { kind = "wash", day = 3 },
]"""
HELD = """doses = [{ kind = "wash", day = 3 }]
holds = [{ parameter = "washing", value = 1 }, { parameter = "pollen", value = 1 }]"""


@pytest.mark.parametrize(
    ("first", "second", "lines"),
    [
        (TWICE, 'off = ["M07"]', [11]),
        (HERS, 'off = ["M07"]', [11]),
        (STRESS, "noise = true", [15]),
        (STRESS, 'off = ["M07"]', []),
        (WASHES, 'off = ["M07"]', []),  # a wash on a day of the habit adds to it
        (HELD, 'off = ["M07"]', [12]),  # where washing is held there is none to add to
    ],
)
def test_unit_what_is_taken_over_whole_is_told_once(tmp_path, first, second, lines):
    assert [line for line, _ in told(tmp_path, alone(first, second))] == lines
