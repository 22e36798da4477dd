"""What nobody is or can take, and what no machine can hold, is refused of an experiment."""

import pytest
from experiment_texts import ARM, GOOD, told

from gutskin.errors import InputError
from gutskin.evidence.experiments import plan_experiments
from gutskin.model.biology import shipped_biology
from gutskin.model.vocabulary import vocabulary
from gutskin.population import memory

OUT_OF_RANGE = {
    "days": ("days = 28", "days = 1000000000", 6, "nobody is followed for more than 14,640"),
    "half a day": ("days = 28", "days = 28.5", 6, "must be a whole number"),
    "no days": ("days = 28", "", 2, "the key 'days' is missing in [X1]"),
    "ages of two arms": (
        'population = "ad_child"', 'population = "ad_child"\nage_years = [5, 2]', 10, "no range",
    ),
    "number or change": ("flg_genotype = 0.5", "flg_genotype = [1]", 10, 'a change such as "x2"'),
    "no array": ("[0, 1.5]", "5", 21, "must be an array in brackets"),
    "half an array": ("[0, 1.5]", "[1]", 21, "a value is missing in it"),
    "no table": ('doses = [{ kind = "washing", washes_per_day = 5, start_day = 0 }]',
                 "doses = [5]", 14, "must be a table"),
    "begins after the end": ("start_day = 0", "start_day = 29", 14, "after the last day, 28"),
    "held after the end": (
        ARM, ARM + 'holds = [{ parameter = "pollen", value = 1, start_day = 30 }]\n', 14,
        "after the last day, 28",
    ),
    "population": ("ad_child", "ad_chid", 9, "Did you mean 'ad_child'?"),
    "parameter": ("{ flg_genotype = 0.5 }", "{ atopy = -5 }", 10, "it lies in 0 to 1000"),
    "factor": ("{ flg_genotype = 0.5 }", '{ atopy = "x1e9" }', 10, "it lies in 0 to 1000"),
    "share": ("{ flg_genotype = 0.5 }", "{ flg_genotype = 1.5 }", 10, "it lies in 0 to 1"),
    "endless": ("{ flg_genotype = 0.5 }", '{ atopy = "+1e400" }', 10, "not finite"),
    "state": (ARM, ARM + "state = { gut_treg = -3 }\n", 14, "gut_treg cannot be -3"),
    "switch": (ARM, ARM + 'off = ["M999"]\n', 14, "no mechanism or route 'M999'"),
    "ages": (ARM, ARM + "age_years = [0.25, 0.5]\n", 14, "it has 1 to 13 years"),
    "ages upside down": (ARM, ARM + "age_years = [5, 2]\n", 14, "is no range"),
    "washes": ("washes_per_day = 5", "washes_per_day = 1e6", 14, "(0 to 100)"),
    "times": ("start_day = 0", "start_day = 5, end_day = 4", 14, "ends on day 4"),
    "late": ("start_day = 0", "start_day = 1e12", 14, "nobody is followed"),
    "strain twice": (
        '"washing", washes_per_day = 5,',
        '"probiotic", strains = ["W23", "w23"], cfu_per_day = 1e9,', 14, "more than once",
    ),
    "two at a time": (
        "start_day = 0 }]",
        'start_day = 0 }, { kind = "washing", washes_per_day = 1, start_day = 9 }]',
        14, "washing from day 9 to the end overlaps",
    ),
    "dose and hold": (
        ARM, ARM + 'holds = [{ parameter = "washing", value = 1 }]\n', 14, "overlaps",
    ),
    "hold": (ARM, ARM + 'holds = [{ parameter = "emollient", value = inf }]\n', 14, "finite"),
    "hold beyond": (ARM, ARM + 'holds = [{ parameter = "emollient", value = 2 }]\n', 14, "0 to 1"),
    "noise and hold": (
        ARM, ARM + 'noise = true\nholds = [{ parameter = "stress", value = 2 }]\n', 14, "overlaps",
    ),
    "read": ("[21, 28]", "[28, 21]", 19, "it reads from day 28 to day 21"),
    "negative read": ("[21, 28]", "[-21, 28]", 19, "it reads on day -21"),
    "expected": ("[0, 1.5]", "[nan, 1.5]", 21, "no number"),
    "no way back": ("mean = [21, 28]", "return_to = [0.5, 28]", 19, "the last, so that nothing"),
    "one week": ("mean = [21, 28]", "ever_above = [5, 20, 26]", 19, "hold no two weeks"),
    "control read": (
        "expected = [0, 1.5]",
        "near = 1\ncontrol = { washed = 1, plain = 1 }\ncontrol_read = { day = 29 }", 23,
        "it reads after the last day (28)",
    ),
    "control read for nothing": (
        "expected =", "control_read = { day = 5 }\nexpected =", 21, "nothing reads `control_read`",
    ),
    "members for nothing": (
        "expected =", 'members = ["plain", "washed"]\nexpected =', 21, "nothing reads `members`",
    ),
    "control is the contrast": (
        "expected = [0, 1.5]", "near = 1\ncontrol = { washed = 1, plain = -1 }", 22,
        "cannot lie inside of `near` and outside",
    ),
    "arm twice": (
        "contrast = { washed = 1, plain = -1 }", 'rising = ["plain", "washed", "plain"]', 20,
        "names arm 'plain' more than once",
    ),
    "off twice": (ARM, ARM + 'off = ["M47", "M47"]\n', 14, "names 'M47' more than once"),
    "says nothing": ('"pH rises"', '""', 17, "it is empty; write what it is"),
    "a side of nothing": ("days = 28", "days = 28\nsides = { for = {} }", 7, "sets nothing"),
    "sides that are one": (
        "days = 28", "days = 28\nsides = { for = { atopy = 2 }, against = { atopy = 2 } }", 7,
        "sides 'for' and 'against' set the same",
    ),
    "scorad": ("days = 28", "days = 28\nscorad = [50, 200]", 7, "is no range of its scale"),
    "room": ("days = 28", "days = 28\nworlds = 1024\npatients = 4096\nscorad = [20, 50]", 8, "GB"),
}  # fmt: skip


@pytest.mark.parametrize("case", OUT_OF_RANGE)
def test_what_nobody_is_or_can_take_is_told_with_its_line_before_compiling(tmp_path, case):
    old, new, line, message = OUT_OF_RANGE[case]
    assert old in GOOD
    path = tmp_path / "own.toml"
    path.write_text(GOOD.replace(old, new, 1))
    with pytest.raises(InputError) as error:
        plan_experiments(path, shipped_biology())
    found = [(one.line, one.message + (one.remedy or "")) for one in error.value.problems]
    assert any(at == line and message in says for at, says in found), found
    if case in ("half a day", "no days", "ages of two arms", "number or change", "no array"):
        assert len(found) == 1, found


@pytest.mark.parametrize(("scorad", "candidates"), [("", 1), ("scorad = [20, 50]\n", 8)])
def test_closed_form_the_room_that_patients_need(tmp_path, monkeypatch, scorad, candidates):
    """Six copies of every state and 200 points of one quantity, 8 bytes each, in two arms."""
    path = tmp_path / "own.toml"
    path.write_text(GOOD.replace("days = 28", f"days = 28\nworlds = 64\npatients = 512\n{scorad}"))
    states = len(vocabulary(shipped_biology()).states)
    needed = 8 * 64 * 512 * candidates * (6 * states + 200) * 2 + memory.PROGRAM
    monkeypatch.setattr(memory, "machine_memory", lambda: needed)
    assert plan_experiments(path, shipped_biology())
    monkeypatch.setattr(memory, "machine_memory", lambda: needed - 1)
    with pytest.raises(InputError, match="64 worlds of 512 patients needs about"):
        plan_experiments(path, shipped_biology())


def test_closed_form_the_room_that_one_arm_needs(tmp_path, monkeypatch):
    """Patients of one arm are held once."""
    text = GOOD.replace("washed = 1, plain = -1", "plain = 1").replace("[0, 1.5]", "[4, 6]")
    text = text.replace("days = 28", "days = 28\nworlds = 64\npatients = 512")
    text = text[: text.index("[X1.arms.washed]")] + text[text.index("[[X1.checks]]") :]
    needed = 8 * 64 * 512 * (6 * len(vocabulary(shipped_biology()).states) + 200) + memory.PROGRAM
    monkeypatch.setattr(memory, "machine_memory", lambda: needed)
    assert told(tmp_path, text) == []
    monkeypatch.setattr(memory, "machine_memory", lambda: needed - 1)
    assert len(told(tmp_path, text)) == 1
