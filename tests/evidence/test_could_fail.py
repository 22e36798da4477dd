"""A check that could not fail is refused: nothing differs, nothing reaches, every value passes."""

import pytest
from experiment_texts import FOUR, GOOD, MOTHER

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
    "one step": (
        "contrast = { washed = 1, plain = -1 }", 'rising = ["plain"]', "one of `contrast`",
    ),
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
