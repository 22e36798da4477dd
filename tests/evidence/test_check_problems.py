"""What is wrong with one check: what it reads and when, its range, and whom it compares."""

import pytest
from experiment_texts import FOUR, GOOD, told

EXPECTED = "expected = [0, 1.5]"
NEAR = "control = {{ washed = 1, plain = 1 }}\nnear = [{}]"


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("mean = [21, 28]", "day = 28.5", 19, "reads after the last day (28)"),
        ("mean = [21, 28]", "return_to = [1, 3]", 19, "lies between 0 and 1"),
        ("mean = [21, 28]", "return_to = [0, 3]", 19, "lies between 0 and 1"),
        (EXPECTED, NEAR.format("nan, 1"), 22, "is no number"),
        (EXPECTED, NEAR.format("-1, nan"), 22, "is no number"),
        (EXPECTED, NEAR.format("1, 2"), 22, "leaves out 0"),
        (EXPECTED, NEAR.format("-2, -1"), 22, "leaves out 0"),
        ("[0, 1.5]", '[-1, -0.5]\nscale = "ratio"', 21, "a ratio is above 0"),
        ("[0, 1.5]", "[0, nan]", 21, "an end of it is no number"),
        ("mean = [21, 28]", "ever_above = [5, 20, 26.5]", 19, "hold no two weeks"),
        ("mean = [21, 28]", "return_to = [0.5, 28]", 19, "the last, so that nothing can return"),
        ("mean = [21, 28]", "return_to = [0.5, 29]", 19, "reads after the last day (28)"),
        ("mean = [21, 28]", "mean = [-1, 28]", 19, "it reads on day -1"),
        ("expected", "control_read = { day = 5 }\nexpected", 21, "nothing reads `control_read`"),
        ("expected", 'members = ["plain", "washed"]\nexpected', 21, "nothing reads `members`"),
    ],
)
def test_unit_a_mistake_of_a_check_is_told_once_at_its_line(tmp_path, old, new, line, says):
    assert old in GOOD
    (found,) = told(tmp_path, GOOD.replace(old, new, 1))
    assert found[0] == line
    assert says in found[1]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (EXPECTED, NEAR.format("0, 1")),
        (EXPECTED, NEAR.format("-1, 0")),
        ("mean = [21, 28]", "day = 28"),
        ("mean = [21, 28]", "return_to = [0.5, 3]"),
        ("[0, 1.5]", '[0, 1]\nscale = "ratio"'),
        ("mean = [21, 28]", "ever_above = [5, 20, 27]"),
        ("mean = [21, 28]", "return_to = [0.5, 27]"),
        ("mean = [21, 28]", "change = [0, 28]"),
        (EXPECTED, NEAR.format("0, 1") + "\ncontrol_read = { day = 5 }"),
    ],
)
def test_closed_form_what_a_check_may_say(tmp_path, old, new):
    assert old in GOOD
    assert told(tmp_path, GOOD.replace(old, new, 1)) == []


@pytest.mark.parametrize(
    ("check", "names"),
    [
        ('rising = ["plain", "washed", "other", "washed"]', ["washed"]),
        ('falling = ["plain", "washed", "plain", "washed", "plain"]', ["plain", "washed"]),
    ],
)
def test_unit_an_arm_that_an_order_names_twice_is_told_once(tmp_path, check, names):
    text = GOOD.replace("[[X1.checks]]", FOUR + "[[X1.checks]]")
    found = told(tmp_path, text.replace("contrast = { washed = 1, plain = -1 }", check))
    said = [what for _, what in found if "more than once" in what]
    assert [what.split("'")[1] for what in said] == names


def test_unit_what_is_to_be_near_and_away_at_once_is_no_control(tmp_path):
    near = "near = [0, 1]\ncontrol = { washed = 1, plain = -1 }"
    (found,) = told(tmp_path, GOOD.replace(EXPECTED, near))
    assert "cannot lie inside of `near` and outside" in found[1]


BETWEEN = "washed = 1, plain = -1"


def of_worlds(contrast, *lines):
    """The experiment with four arms, and a check over worlds."""
    text = GOOD.replace("[[X1.checks]]", FOUR + "[[X1.checks]]").replace(BETWEEN, contrast)
    return text.replace("expected = [0, 1.5]", "\n".join([*lines, "expected = [0.2, 0.9]"]))


@pytest.mark.parametrize("kind", ["spread", "size", "distinct"])
def test_unit_a_comparison_with_another_contrast_needs_one(tmp_path, kind):
    across = f'across = "{kind}"'
    (found,) = told(tmp_path, of_worlds(BETWEEN, across))
    assert "without a `control` has nothing to compare with" in found[1]
    assert told(tmp_path, of_worlds(BETWEEN, across, "control = { other = 1, plain = -1 }")) == []


@pytest.mark.parametrize(
    ("contrast", "members", "says"),
    [
        (BETWEEN, '["one"]', "without `members`"),
        (BETWEEN, "[]", "without `members`"),
        ("washed = 2, plain = -2", '["one", "other"]', "no arm of `contrast` stands at 1"),
        (BETWEEN, '["one", "other"]', None),
        (BETWEEN, '["one", "other", "washed"]', None),
    ],
)
@pytest.mark.parametrize("kind", ["lower_than_best", "lower_than_median"])
def test_unit_a_comparison_with_members_needs_two_and_a_place_for_them(
    tmp_path, kind, contrast, members, says
):
    found = told(tmp_path, of_worlds(contrast, f'across = "{kind}"', f"members = {members}"))
    if says is None:
        assert found == []
    else:
        assert [says in one for _, one in found] == [True]


def test_unit_how_often_it_harms_needs_nothing_beside_it(tmp_path):
    assert told(tmp_path, of_worlds(BETWEEN, 'across = "raised"')) == []


@pytest.mark.parametrize("read", ["recovered", "return_to"])
def test_unit_what_is_read_of_a_contrast_tells_no_patients_apart(tmp_path, read):
    days = "[0.5, 7]" if read == "return_to" else "[7, 28]"
    text = GOOD.replace("mean = [21, 28]", f"{read} = {days}")
    among = 'among = { quantity = "easi", read = { above = [3, 7] } }'
    plain = told(tmp_path, text)
    found = told(tmp_path, text.replace("expected", f"{among}\nexpected"))
    assert [one for one in found if one not in plain] == [
        (19, f"X1: `{read}` is of a contrast, which has no patients to tell apart.")
    ]


@pytest.mark.parametrize(
    ("check", "says"),
    [
        ("contrast = { plain = 1 }", None),
        ("contrast = { washed = 1, plain = -1 }", "`between` compares patients of one arm"),
        ('rising = ["plain", "washed"]', "`between` compares patients of one arm"),
        ('rising = ["plain", "washed", "other"]', "`between` compares patients of one arm"),
    ],
)
def test_unit_those_who_meet_a_condition_are_compared_within_one_arm(tmp_path, check, says):
    between = 'between = { quantity = "easi", read = { above = [3, 28] } }'
    text = GOOD.replace("contrast = { washed = 1, plain = -1 }", f"{check}\n{between}")
    found = told(tmp_path, text.replace("[[X1.checks]]", FOUR + "[[X1.checks]]"))
    assert [one for _, one in found if "one arm" in one] == ([f"X1: {says}."] if says else [])
    if says is None:
        assert found == []
