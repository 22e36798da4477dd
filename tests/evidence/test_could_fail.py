"""A check that could not fail is refused: nothing differs, nothing reaches, every value passes."""

import pytest
from experiment_texts import GOOD, MOTHER, told

from gutskin.errors import InputError
from gutskin.evidence.experiments import plan_experiments
from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.model.graph import CIRCULATING


def test_unit_arms_that_do_not_differ_are_refused(read):
    same = GOOD.replace('doses = [{ kind = "washing", washes_per_day = 5, start_day = 0 }]', "")
    with pytest.raises(InputError, match="are the same, so it could not fail"):
        read(same)


def test_unit_a_level_of_one_arm_may_be_asked_for_if_it_is_away_from_nothing(read):
    """Not that it lies above 0: every level does."""
    level = GOOD.replace("contrast = { washed = 1, plain = -1 }", "contrast = { plain = 1 }")
    assert read(level.replace("[0, 1.5]", "[4, 6]"))["X1"]
    with pytest.raises(InputError, match="nothing happens in arm plain, so it could not fail"):
        read(level)


FOUR = """
[X1.arms.one]
like = "plain"
[X1.arms.other]
like = "washed"
"""

DEGENERATE = {
    "all zero": ("{ washed = 1, plain = -1 }", "{ washed = 0, plain = 0 }", "takes the arm out"),
    "one zero": ("{ washed = 1, plain = -1 }", "{ washed = 1, plain = 0.0 }", "'plain' is 0"),
    "infinite": ("{ washed = 1, plain = -1 }", "{ washed = inf, plain = -1 }", "no finite number"),
    "no number": ("{ washed = 1, plain = -1 }", "{ washed = 1, plain = nan }", "no finite number"),
    "cancels": (
        "{ washed = 1, plain = -1 }", "{ washed = 1, other = -1, plain = 1, one = -1 }", "cancel",
    ),
    "same": ("{ washed = 1, plain = -1 }", "{ one = 1, plain = -1 }", "are the same"),
    "steps": (
        "contrast = { washed = 1, plain = -1 }", 'rising = ["one", "plain", "washed"]',
        "arms plain and one are the same",
    ),
    "one step": ("contrast = { washed = 1, plain = -1 }", 'rising = ["plain"]', "one of contrast"),
    "no ratio": ("[0, 1.5]", '[-1, 0]\nscale = "ratio"', "could never show"),
    "no share": ("mean = [21, 28]", "return_to = [2, 3]", "lies between 0 and 1"),
    "control": (
        "expected = [0, 1.5]", "near = 0.1\ncontrol = { one = 1, plain = -1 }", "are the same",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", DEGENERATE)
def test_a_check_that_could_not_fail_is_refused_before_anything_is_compiled(tmp_path, case):
    old, new, message = DEGENERATE[case]
    assert old in GOOD
    path = tmp_path / "own.toml"
    path.write_text(GOOD.replace(old, new, 1).replace("[[X1.checks]]", FOUR + "[[X1.checks]]"))
    with pytest.raises(InputError, match=message) as error:
        plan_experiments(path, shipped_biology())
    assert all(one.line is not None for one in error.value.problems)


def test_structure_an_observable_that_nothing_reaches_is_refused(read):
    """Soap reaches no gut when everything that travels is off."""
    model = load_model()
    travels = [
        name for name, row in model.tables.mechanisms.items() if row.text("route") in CIRCULATING
    ]
    off = ", ".join(f'"{name}"' for name in travels)
    blind = GOOD.replace("always =", f"off = [{off}]\nalways =")
    blind = blind.replace("skin_ph_nonlesional", "gut_butyrate")
    with pytest.raises(InputError, match="nothing that differs between washed and plain reaches"):
        read(blind)
    read(GOOD.replace("skin_ph_nonlesional", "gut_inflammation"))


def test_structure_a_mothers_product_reaches_the_leaning_and_no_culture_of_the_childs_dose(read):
    assert read(MOTHER)["X2"].arms["mother"].doses[0].kind == "maternal_probiotic"
    with pytest.raises(InputError, match="nothing that differs between"):
        read(MOTHER.replace('"type2_leaning"', '"pbmc_il10"'))


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
