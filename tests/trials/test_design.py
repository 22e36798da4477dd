"""The trial file: what it means, and what is said about a wrong one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from trial_texts import problems

from gutskin.errors import InputError
from gutskin.model.biology import shipped_biology
from gutskin.model.overlay import biology_of
from gutskin.toml_lines import line_of, lines_of
from gutskin.trials import design as module
from gutskin.trials.design import TrialDesign, every_trial, known_trials, load_trial
from gutskin.trials.design_source import source_of

GOOD = """\
name = "small"
population = "ad_child"

[visits]
weeks = [0, 4, 8]

[[arms]]
name = "mix"
n = 10

[[arms.interventions]]
kind = "probiotic"
strains = ["w23", "LGG"]
cfu_per_day = 1e9

[[arms]]
name = "placebo"
n = 12
control = true

[analysis]
primary = "scorad"
endpoints = [
    "scorad",
    "easi",
]
"""


def good(tmp_path, text=GOOD):
    path = tmp_path / "trial.toml"
    path.write_text(text, encoding="utf-8")
    return load_trial(path)


@pytest.mark.parametrize("name", known_trials())
def test_known_trials_load(name):
    assert load_trial(name).name == name


def test_every_trial_is_what_each_is_by_its_name():
    found = every_trial(shipped_biology())
    assert tuple(found) == known_trials()
    assert found == {name: load_trial(name) for name in known_trials()}
    assert all(source_of(one) == name for name, one in found.items())


@pytest.mark.parametrize("name", known_trials())
def test_what_a_file_may_say_may_be_said_in_python(name):
    assert module.resolved(load_trial(name), shipped_biology()) == load_trial(name)


def test_of_a_users_own_biology_every_trial_is_compared_with_itself(tmp_path):
    (tmp_path / "trials").mkdir()
    faulty = GOOD.replace('primary = "scorad"', 'primary = "itch"')  # which is not measured
    (tmp_path / "trials" / "mine.toml").write_text(faulty, encoding="utf-8")
    with pytest.raises(InputError, match=r"mine\.toml"):
        every_trial(biology_of(tmp_path))


def test_defaults(tmp_path):
    trial = good(tmp_path)
    assert trial.end_week == 8
    assert trial.control.name == "placebo"
    assert [arm.name for arm in trial.active] == ["mix"]
    assert trial.conduct.adherence == 1
    assert trial.conduct.dropout_share == 0
    assert trial.conduct.in_trial_care
    (probiotic,) = trial.arms[0].interventions
    assert (probiotic.start_week, probiotic.end_week, probiotic.viable) == (0, 8, True)


def test_strains_are_found_by_id_or_code_in_any_case(tmp_path):
    assert good(tmp_path).arms[0].interventions[0].strains == ("w23", "lgg")


def test_designs_are_immutable(tmp_path):
    with pytest.raises(ValidationError):
        good(tmp_path).name = "other"


def test_every_kind_of_intervention(tmp_path, monkeypatch):
    # no equation reads a cream by name yet but the steroid's short form
    monkeypatch.setattr("gutskin.population.drugs.read_ids", lambda _: frozenset({"topical_jak"}))
    kinds = {
        "emollient": "level = 0.5",
        "topical_steroid": "level = 1.0\nend_week = 4",
        "antibiotic": "days = 7",
        "fibre": "factor = 2.0",
        "inulin": "g_per_day = 8",
        "lactulose": "g_per_day = 10",
        "washing": "washes_per_day = 2",
        "food_on_skin": "level = 0",
        "food_early": "level = 1",
        "elimination_diet": "",
        "protein": "factor = 0.5",
        "allergen": "level = 0.5",
        "pollen": "level = 0.2\nend_week = 6",
        "cons_transplant": "level = 1",
        "bleach_bath": "level = 0.5",
        "topical": 'name = "ruxolitinib"\nstart_week = 4\nend_week = 8',
        "drug": 'name = "amlitelimab"\ndose_mg = 100\nevery_weeks = 4',
        "dupilumab": "loading_mg = 600\ndose_mg = 300\nevery_weeks = 2",
        "probiotic": 'strains = ["W57"]\ncfu_per_day = 1e9\nviable = false\nstart_week = 2',
    }
    mothers = {"maternal_probiotic"}  # of trials from birth alone, see test_from_birth.py
    assert kinds.keys() == module.INTERVENTIONS.keys() - mothers
    blocks = "".join(
        f'[[arms.interventions]]\nkind = "{kind}"\n{keys}\n' for kind, keys in kinds.items()
    )
    trial = good(tmp_path, GOOD.replace("[analysis]", f"{blocks}[analysis]"))
    assert [one.kind for one in trial.control.interventions] == list(kinds)
    early = {"topical_steroid"}  # makes room for another cream
    ends = {one.kind: one.end_week for one in trial.control.interventions}
    own = {"pollen": 6} | dict.fromkeys(early, 4)
    assert ends == {kind: own.get(kind, 8) for kind in ends}


WRONG = {
    "everybody leaves": (
        "[analysis]",
        "[conduct]\ndropout_share = 1\n\n[analysis]",
        22,
        "leaves 0 of 10 patients",
    ),
    "nobody comes": (
        "[analysis]",
        "[conduct]\nmissed_visits = 1\n\n[analysis]",
        22,
        "hardly anybody comes to the last visit",
    ),
    "nearly everybody leaves": (
        "[analysis]",
        "[conduct]\ndropout_share = 0.95\n\n[analysis]",
        22,
        "leaves 0.5 of 10",
    ),
    "label of two lines": ('name = "mix"', 'name = "mix"\nlabel = "a\\nb"', 9, "line break"),
    "negative dose": ("1e9", "-4e9", 14, "cfu_per_day = -4000000000.0`: it must not be negative"),
    "strain by its code": ('"LGG"', '"L. rhamnosus GG"', 13, "Did you mean 'lgg'?"),
    "strain without a hyphen": ('"LGG"', '"B. lactis BB12"', 13, "Did you mean 'bb12'?"),
    "unknown strain": ('"LGG"', '"W75"', 13, "unknown strain 'W75'. Did you mean 'W57'?"),
    "strain of another number": ('"LGG"', '"W53"', 13, "Known, among others: W23, W51, W52"),
    "strain like an id": ('"LGG"', '"LGGG"', 13, "unknown strain 'LGGG'. Did you mean 'lgg'?"),
    "unknown population": ("ad_child", "ad_chld", 2, "Did you mean 'ad_child'?"),
    "newborns": ("ad_child", "newborn_high_risk", 2, "Write `age_years` from 0.24 on"),
    "infants who are too young": (
        '"ad_child"',
        '["ad_infant", "ad_child"]\neligibility = { age_years = [0, 6] }',
        3,
        "Write `age_years = [0.24, 6]`",
    ),
    "born grown up": ('"ad_child"', '"ad_child"\nstart = "birth_vaginal"', 2, "Take a population"),
    "start": ('"ad_child"', '"ad_child"\nstart = "birth"', 3, "'birth_vaginal'"),
    "endpoint of another number": (
        '    "easi"',
        '    "il7"',
        25,
        "unknown endpoint 'il7'. Known, among others: il10, il5, il6.",
    ),
    "unknown endpoint": ('    "easi"', '    "eassi"', 25, "Did you mean 'easi'?"),
    "unknown key on top": ("population", "popluation", 2, "Did you mean 'population'?"),
    "unknown key in an arm": ("control =", "contrl =", 19, "Did you mean 'control'?"),
    "unknown key of a kind": ("cfu_per", "cfu_pr", 14, "Did you mean 'cfu_per_day'?"),
    "unknown kind": ('"probiotic"', '"probiotc"', 12, "Did you mean 'probiotic'?"),
    "missing key": ("n = 10\n", "", 7, "the key 'n' is missing in [arms]"),
    "missing table": ("[visits]\nweeks = [0, 4, 8]\n", "", 1, "the section [visits] is missing"),
    "duplicate arm": ('"mix"', '"placebo"', 17, "two arms are called 'placebo'"),
    "reserved arm": ('"mix"', '"difference"', 8, "cannot be called 'difference'"),
    "no control": ("control = true", "control = false", 7, "there are 0 control arms"),
    "two controls": ("n = 10", "n = 10\ncontrol = true", 20, "there are 2 control arms"),
    "first visit": ("[0, 4, 8]", "[1, 4, 8]", 5, "the first visit must be week 0"),
    "order of visits": ("[0, 4, 8]", "[0, 8, 4]", 5, "larger than the one before it"),
    "no fraction of a patient": ("n = 10", "n = 10.5", 9, "it must be a whole number"),
    "text for a number": ("n = 10", 'n = "10"', 9, "it must be a whole number"),
    "method": ('"scorad"\nend', '"scorad"\nmethod = "anova"\nend', 23, "'ancova'"),
    "primary not measured": ('primary = "scorad"', 'primary = "itch"', 22, "is not in `endpoints`"),
    "visit after a stated end": ("8]\n", "8]\nend_week = 6\n", 5, "the visit at week 8 is after"),
    "treatment after the end": (
        "8]\n\n[[arms]]\n",
        "8]\nend_week = 8\n[[arms]]\n"
        'interventions = [{kind = "fibre", factor = 2, end_week = 9}]\n',
        8,
        "week 9 is after the end",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_files_name_line_and_remedy(tmp_path, case):
    old, new, line, message = WRONG[case]
    assert old in GOOD
    text = GOOD.replace(old, new, 1)
    if case == "treatment after the end":
        text = re.sub(r"\[\[arms.interventions\]\](.|\n)*?\n\n", "", text)
    found = problems(tmp_path, text)
    assert any(at == line and message in says for at, says in found), found


def test_all_problems_of_a_file_come_together(tmp_path):
    text = GOOD.replace("1e9", "-1").replace("ad_child", "x").replace('"mix"', '"placebo"')
    found = problems(tmp_path, text + "[conduct]\nadherence = 2\n")
    assert [line for line, _ in found] == [2, 14, 17, 28]
    assert len(found) == 4


def test_reported_lines_are_in_order(tmp_path):
    lines = [line for line, _ in problems(tmp_path, GOOD.replace("n = 1", "m = 1"))]
    assert lines == sorted(lines)


def test_what_is_not_toml_names_its_line(tmp_path):
    ((line, message),) = problems(tmp_path, GOOD.replace("n = 10", "n = = 10"))
    assert line == 9
    assert "not valid TOML" in message


def test_unfinished_toml(tmp_path):
    ((line, message),) = problems(tmp_path, 'name = "x')
    assert line == 1
    assert "not valid TOML" in message


def test_a_file_that_is_not_text(tmp_path):
    path = tmp_path / "trial.toml"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="cannot be read"):
        load_trial(path)


def test_unknown_names_suggest_the_nearest():
    with pytest.raises(InputError, match="Did you mean 'six-strain-children'"):
        load_trial("six-strain-childrn")


def test_missing_files_are_named(tmp_path):
    with pytest.raises(InputError, match=r"none\.toml: there is no such file"):
        load_trial(tmp_path / "none.toml")


@given(st.integers(0, 4), st.integers(0, 3), st.integers(1, 3))
def test_lines_are_found_whatever_stands_around_them(comments, blanks, tables):
    """Property: the locator counts comments, blank lines and earlier tables of the same array."""
    above = "# a = [\n" * comments + "\n" * blanks
    text = (
        above + '[[t]]\na = 1\nb = """\nx = 2\n"""\n\n' * tables + "[u]\nc = [\n  7,\n\n  8,\n]\n"
    )
    start, lines = comments + blanks, lines_of(text)
    for i in range(tables):
        assert line_of(("t", i, "a"), lines) == start + 6 * i + 2
        assert line_of(("t", i, "b"), lines) == start + 6 * i + 3
    assert line_of(("u", "c", 1), lines) == start + 6 * tables + 5
    assert line_of(("u", "missing"), lines) == start + 6 * tables + 1
    assert line_of(("nothing",), lines) is None


@pytest.mark.parametrize(
    "text", ["", "arms = 3", "visits = 3", "[arms]\nname = 1", "analysis = []"]
)
def test_strange_files_are_reported(tmp_path, text):
    assert problems(tmp_path, text)


@pytest.mark.parametrize("weeks", ["[-4, 0]", "[0]", "[0, -4]", "[nan, 4]", "[4, 0]", "4"])
def test_wrong_weeks_are_told_once_and_nothing_that_follows_from_them(tmp_path, weeks):
    assert len(problems(tmp_path, GOOD.replace("[0, 4, 8]", weeks))) == 1


@pytest.mark.parametrize("given", [None, "", 5])
def test_what_is_neither_a_name_nor_a_file_is_one_message(given):
    with pytest.raises(InputError, match="is neither the name of a trial nor a file"):
        load_trial(given)


def test_what_ends_earlier_than_the_trial_keeps_its_end(tmp_path):
    text = GOOD.replace("cfu_per_day = 1e9", "cfu_per_day = 1e9\nend_week = 6")
    text = text.replace("[visits]", "[visits]\nend_week = 8")
    (probiotic,) = good(tmp_path, text).arms[0].interventions
    assert probiotic.end_week == 6


@pytest.mark.parametrize("name", known_trials())
def test_every_shipped_trial_comes_back_from_what_is_written_of_it(name: str) -> None:
    """Its replicates are computed of that text."""
    design = load_trial(name)
    assert TrialDesign.model_validate_json(design.model_dump_json()) == design
