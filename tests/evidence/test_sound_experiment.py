"""One mistake of an experiment hides no other, and nothing is told that only follows from one."""

from itertools import combinations

import pytest
from experiment_texts import GOOD, told

TWO = GOOD.replace(
    "doses = [",
    """holds = [{ parameter = "pollen", start_day = 0, end_day = 9, value = 1 }]
doses = [{ kind = "emollient", level = 0.5, start_day = 1 },
""",
) + (
    """
[[X1.checks]]
says = "pH rises more"
quantity = "skin_ph_lesional"
read = { day = 28 }
contrast = { washed = 1, plain = -1 }
expected = [0, 2.5]
"""
)

FORM = (
    ('why = "few studies"\n', "", "the key 'why' is missing"),
    ('"thin"', '"strong"', "`evidence_verdict = "),
    ("days = 28\n", "days = 1.5\n", "`days = 1.5`"),
    ("days = 28\n", "days = 28\nworlds = 2\n", "`worlds = 2`"),
    ('says = "pH rises"\n', "", "the key 'says' is missing"),
    ("[21, 28] }", "[21, 28] }\nscale = 3", "`scale = 3`"),
    ("level = 0.5", "level = 5", "`level = 5`"),
    ("mean = [21", "meen = [21", "unknown key 'meen'"),
    ("flg_genotype = 0.5", 'flg_genotype = "y2"', "`flg_genotype = "),
    ('population = "ad_child"', "population = 3", "`population = 3`"),
    ("end_day = 9", 'end_day = "x"', "`end_day = "),
)
BETWEEN = (
    ('"skin_ph_nonlesional"', '"skin_ph_nonlesionel"', "no quantity 'skin_ph_nonlesionel'"),
    ("washes_per_day = 5", "washes_per_day = 5000", "more than a person can take"),
    ('"skin_ph_lesional"', '"skin_ph_lesionel"', "no quantity 'skin_ph_lesionel'"),
    ("[0, 2.5]", "[2.5, 0]", "its ends are not in order"),
    ("always = {", "always = { atopi = 1,", "no parameter 'atopi'"),
    ("day = 28 }", "day = 28000 }", "it reads after the last day"),
)


def with_mistakes(*mistakes):
    text = TWO
    for old, new, _ in mistakes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


PAIRS = [(one, other) for one, other in combinations((*FORM, *BETWEEN), 2) if one[0] != other[0]]


@pytest.mark.parametrize("mistakes", [(), *PAIRS, (*FORM[4:], *BETWEEN)])
def test_mistakes_of_form_and_of_meaning_come_together_and_nothing_else_does(tmp_path, mistakes):
    messages = [what for _, what in told(tmp_path, with_mistakes(*mistakes))]
    for _, _, says in mistakes:
        assert sum(says in one for one in messages) == 1, (says, messages)
    assert len(messages) == len(mistakes), messages


def test_what_stands_after_something_left_out_is_told_at_its_own_line(tmp_path):
    text = with_mistakes(FORM[6], FORM[7], BETWEEN[0], BETWEEN[1])
    lines = text.splitlines()
    for line, what in told(tmp_path, text):
        word = what.split("`")[1].split(" ")[0] if "`" in what else what.split("'")[1]
        assert word in lines[line - 1], (line, what)


def test_of_what_is_no_table_only_that_is_told(tmp_path):
    assert [
        what for _, what in told(tmp_path, GOOD.split("[X1.arms.plain]")[0] + "arms = 3\n")
    ] == ["X1: `arms = 3`: it must be a table."]
    assert [line for line, _ in told(tmp_path, "X1 = 3\n")] == [1]


def test_arms_of_which_something_is_left_out_are_not_called_the_same(tmp_path):
    wrong_read = GOOD.replace("{ washed = 1, plain = -1 }", "{ plain = 1 }").replace(
        "mean = [21, 28]", "chang = [0, 28]"
    )
    assert len(told(tmp_path, wrong_read)) == 1  # not that nothing happens in one arm
    one_dose = GOOD.replace("washes_per_day = 5", "washes_per_day = -5")
    (only,) = told(tmp_path, one_dose)
    assert "washes_per_day" in only[1]
