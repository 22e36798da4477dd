"""The trial file: what it means, and what is said about a wrong one."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from gutskin.errors import InputError
from gutskin.toml_lines import line_of, lines_of
from gutskin.trials import design as module
from gutskin.trials.design import known_trials, load_trial

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


def problems(tmp_path, text):
    """Each problem of a trial text as (line, message)."""
    path = tmp_path / "trial.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_trial(path)
    assert all(problem.file == path for problem in error.value.problems)
    return [(one.line, f"{one.message} {one.remedy or ''}".strip()) for one in error.value.problems]


def good(tmp_path, text=GOOD):
    path = tmp_path / "trial.toml"
    path.write_text(text, encoding="utf-8")
    return load_trial(path)


@pytest.mark.parametrize("name", known_trials())
def test_known_trials_load(name):
    assert load_trial(name).name == name


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


def test_every_kind_of_intervention(tmp_path):
    kinds = {
        "emollient": "level = 0.5",
        "topical_steroid": "level = 1.0",
        "antibiotic": "days = 7",
        "fibre": "factor = 2.0",
        "washing": "washes_per_day = 2",
        "food_on_skin": "level = 0",
        "food_early": "level = 1",
        "dupilumab": "loading_mg = 600\ndose_mg = 300\nevery_weeks = 2",
        "probiotic": 'strains = ["W57"]\ncfu_per_day = 1e9\nviable = false\nstart_week = 2',
    }
    assert kinds.keys() == module.INTERVENTIONS.keys()
    blocks = "".join(
        f'[[arms.interventions]]\nkind = "{kind}"\n{keys}\n' for kind, keys in kinds.items()
    )
    trial = good(tmp_path, GOOD.replace("[analysis]", f"{blocks}[analysis]"))
    assert [one.kind for one in trial.control.interventions] == list(kinds)
    assert all(one.end_week == 8 for one in trial.control.interventions)


WRONG = {
    "negative dose": ("1e9", "-4e9", 14, "cfu_per_day = -4000000000.0`: it must not be negative"),
    "unknown strain": ('"LGG"', '"W75"', 13, "unknown strain 'W75'. Did you mean 'W58'?"),
    "unknown population": ("ad_child", "ad_chld", 2, "Did you mean 'ad_child'?"),
    "newborns": ("ad_child", "newborn_high_risk", 2, "Write `age_years` from 0.24 on"),
    "born grown up": ('"ad_child"', '"ad_child"\nstart = "birth_vaginal"', 2, "Take a population"),
    "start": ('"ad_child"', '"ad_child"\nstart = "birth"', 3, "'birth_vaginal'"),
    "unknown endpoint": ('    "easi"', '    "eassi"', 25, "Did you mean 'easi'?"),
    "unknown key on top": ("population", "popluation", 2, "Did you mean 'population'?"),
    "unknown key in an arm": ("control =", "contrl =", 19, "Did you mean 'control'?"),
    "unknown key of a kind": ("cfu_per", "cfu_pr", 14, "Did you mean 'cfu_per_day'?"),
    "unknown kind": ('"probiotic"', '"probiotc"', 12, "Did you mean 'probiotic'?"),
    "missing key": ("n = 10\n", "", 7, "the key 'n' is missing in [arms]"),
    "missing table": ("[visits]\nweeks = [0, 4, 8]\n", "", None, "the key 'visits' is missing"),
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
    "visit after the treatment": ("1e9", "1e9\nend_week = 4", 5, "the visit at week 8 is after"),
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


VALUES = ("3", "-1", '"x"', "[]", "{}", "[1]", "true", "nan", "inf", "1979-05-27", "[[]]", "[{}]")


@pytest.mark.parametrize("value", VALUES)
def test_no_value_anywhere_raises_anything_else(tmp_path, value):
    """Every key of a good file, given a strange value, is accepted or reported with a line."""
    lines = GOOD.replace("[\n", "[").replace('",\n', '",').splitlines()
    for i, line in enumerate(lines):
        if " = " not in line:
            continue
        changed = [*lines[:i], f"{line.split(' = ')[0]} = {value}", *lines[i + 1 :]]
        path = tmp_path / "trial.toml"
        path.write_text("\n".join(changed))
        try:
            load_trial(path)
        except InputError as error:
            found = error.problems
        else:
            continue
        assert found
        assert all(problem.line for problem in found)


@pytest.mark.parametrize(
    "text", ["", "arms = 3", "visits = 3", "[arms]\nname = 1", "analysis = []"]
)
def test_strange_files_are_reported(tmp_path, text):
    assert problems(tmp_path, text)


FULL = """\
name = "full"
population = "ad_child"

[eligibility]
age_years = [2, 12]
scorad = [25, 103]

[visits]
weeks = [0, 4, 8]
screening_weeks = 4
end_week = 8

[[arms]]
name = "drug"
n = 10

[[arms.interventions]]
kind = "dupilumab"
loading_mg = 600
dose_mg = 300
every_weeks = 2

[[arms]]
name = "mix"
n = 10

[[arms.interventions]]
kind = "probiotic"
strains = ["W23", "w51"]
cfu_per_day = 4e9
end_week = 4

[[arms.interventions]]
kind = "emollient"
level = 0.5
start_week = 2
end_week = 4

[[arms.interventions]]
kind = "antibiotic"
days = 7
start_week = 5

[[arms]]
name = "placebo"
n = 10
control = true

[analysis]
primary = "scorad"
endpoints = ["scorad", "easi"]
meaningful_difference = 8.7

[published]
reference = "Yesilova2012"
directions.scorad = "lower"
"""
CREAM = '[[arms.interventions]]\nkind = "emollient"\nlevel = 1\nstart_week = {}\nend_week = {}\n'
OUT_OF_RANGE = {
    "older than the population": ("[2, 12]", "[14, 17]", "[14, 17]", "it has 1 to 13 years"),
    "younger than the population": ("[2, 12]", "[0.25, 0.5]", "0.25, 0.5", "it has 1 to 13 years"),
    "partly older": ("[2, 12]", "[11, 18]", "[11, 18]", "Write `age_years = [11, 13]`"),
    "ages upside down": ("[2, 12]", "[12, 2]", "[12, 2]", "larger than the one before"),
    "negative age": ("[2, 12]", "[-1, 2]", "[-1, 2]", "not be negative"),
    "endless age": ("[2, 12]", "[2, 1e9]", "[2, 1e9]", "Write `age_years = [2, 13]`"),
    "score beyond the scale": ("[25, 103]", "[25, 999]", "[25, 999]", "Write `scorad = [25, 103]`"),
    "score of nobody": ("[25, 103]", "[200, 300]", "[200, 300]", "from 0 to 103"),
    "visit": ("[0, 4, 8]", "[0, 4, 1e9]", "weeks = [0", "at most 2091 weeks"),
    "same visit": ("[0, 4, 8]", "[0, 4, 4]", "weeks = [0", "larger than the one before"),
    "visit within the hour": ("[0, 4, 8]", "[0, 4, 4.001]", "weeks = [0", "within an hour"),
    "screening": ("screening_weeks = 4", "screening_weeks = 1e9", "screening", "at most 104 weeks"),
    "end": ("end_week = 8", "end_week = 1e12", "end_week = 1e12", "at most 2091 weeks"),
    "infinite end": ("end_week = 8", "end_week = inf", "end_week = inf", "a finite number"),
    "endless patients": ("n = 10", "n = 1e20", "n = 1e20", "a whole number"),
    "beyond 64 bits": ("n = 10", "n = 100000000000000000000", "n = 1000", "64 bits"),
    "no patients": ("n = 10", "n = -4", "n = -4", "greater than or equal to 2"),
    "loading": ("= 600", "= 1e30", "1e30", "more than a person can take (0 to 2000)"),
    "injection": ("dose_mg = 300", "dose_mg = 5000", "5000", "(0 to 2000)"),
    "negative injection": ("dose_mg = 300", "dose_mg = -1", "dose_mg", "not be negative"),
    "injections": ("every_weeks = 2", "every_weeks = 1e-9", "every", "more than 24 injections"),
    "cells": ("4e9", "1e30", "1e30", "(0 to 1e+14)"),
    "infinite cells": ("4e9", "inf", "inf", "a finite number"),
    "no number of cells": ("4e9", "nan", "nan", "a finite number"),
    "level": ("level = 0.5", "level = 1.5", "1.5", "less than or equal to 1"),
    "antibiotic beyond its end": ("days = 7", "days = 22", "days = 22", "week 8, 21 days later"),
    "no such antibiotic": (
        'kind = "antibiotic"', 'kind = "antibiotic"\nname = "vancomicin"', "vancomicin",
        "Did you mean 'vancomycin'? Known: broad, amoxicillin, cephalosporin, macrolide",
    ),
    "endless antibiotic": ("days = 7", "days = 1e9", "days = 1e9", "week 8, 21 days later"),
    "short cream": ("= 2\nend_week = 4", "= 2\nend_week = 2.000001", "2.000001", "is over within"),
    "strain twice": ('"w51"', '"W23"', '"W23", "W23"', "names w23 more than once"),
    "strain by id and code": ('"W23", "w51"', '"lgg", "GG (ATCC 53103)"', '"lgg"', "lgg more than"),
    "reference": ("Yesilova2012", "Nosuch2020", "Nosuch2020", "there is no reference 'Nosuch2020'"),
    "direction": ("directions.scorad", "directions.scoradd", "scoradd", "Did you mean 'scorad'"),
    "endpoint twice": ('"easi"]', '"scorad"]', '"scorad"]', "'scorad' stands twice"),
    "difference": ("= 8.7", "= 104", "= 104", "more than the whole scale of SCORAD, 103"),
    "adherence": ("[analysis]", "[conduct]\nadherence = 1.1\n[analysis]", "1.1", "equal to 1"),
    "dropout": ("[analysis]", "[conduct]\ndropout_share = nan\n[analysis]", "nan", "finite"),
}  # fmt: skip


@pytest.mark.parametrize("case", OUT_OF_RANGE)
def test_what_nobody_can_take_or_live_to_see_is_told_with_its_line(tmp_path, case):
    old, new, marked, message = OUT_OF_RANGE[case]
    assert old in FULL
    text = FULL.replace(old, new, 1)
    (line,) = [i for i, one in enumerate(text.split("\n"), 1) if marked in one][:1]
    found = problems(tmp_path, text)
    assert any(at == line and message in says for at, says in found), found


def test_a_full_file_is_right(tmp_path):
    path = tmp_path / "trial.toml"
    path.write_text(FULL)
    assert load_trial(path).end_week == 8


OVERLAPS = {
    "two creams": (CREAM.format(3, 5), "emollient from week 3 to week 5 overlaps"),
    "one in another": (CREAM.format(2.5, 3), "overlaps emollient from week 2 to week 4"),
    "antibiotics": (
        '[[arms.interventions]]\nkind = "antibiotic"\ndays = 3\nstart_week = 5.5\n',
        "overlaps antibiotic from week 5 to week 6",
    ),
    "the same antibiotic by its name": (
        '[[arms.interventions]]\nkind = "antibiotic"\nname = "broad"\ndays = 3\nstart_week = 5.5\n',
        "overlaps antibiotic from week 5 to week 6",
    ),
    "strain of another mix": (
        '[[arms.interventions]]\nkind = "probiotic"\nstrains = ["W51"]\ncfu_per_day = 1\n'
        "start_week = 3\n",
        "probiotic from week 3 to week 8 overlaps probiotic from week 0 to week 4",
    ),
}


@pytest.mark.parametrize("case", OVERLAPS)
def test_two_courses_of_one_thing_at_a_time_are_told_with_their_line(tmp_path, case):
    more, message = OVERLAPS[case]
    text = FULL.replace('[[arms]]\nname = "placebo"', f'{more}[[arms]]\nname = "placebo"')
    (line,) = [i for i, one in enumerate(text.split("\n"), 1) if one == more.split("\n")[3]][-1:]
    line = line if "start_week" in more.split("\n")[3] else line + 1
    assert (line, message) in [
        (at, message) for at, says in problems(tmp_path, text) if message in says
    ]


def test_two_regimens_of_one_drug_at_a_time(tmp_path):
    more = FULL[FULL.index("[[arms.interventions]]") : FULL.index('[[arms]]\nname = "mix"')]
    text = FULL.replace('[[arms]]\nname = "mix"', f'{more}[[arms]]\nname = "mix"')
    assert any("dupilumab from week 0" in says for _, says in problems(tmp_path, text))


@pytest.mark.parametrize(
    "more",
    [
        CREAM.format(4, 6) + CREAM.format(0, 2),
        '[[arms.interventions]]\nkind = "antibiotic"\ndays = 3\nstart_week = 6\n',
        '[[arms.interventions]]\nkind = "antibiotic"\nname = "macrolide"\ndays = 3\n'
        "start_week = 5\n",
        '[[arms.interventions]]\nkind = "probiotic"\nstrains = ["w51"]\ncfu_per_day = 1\n'
        "start_week = 4\n",
        '[[arms.interventions]]\nkind = "probiotic"\nstrains = ["W23"]\ncfu_per_day = 1\n'
        "viable = false\n",
        CREAM.format(0, 8).replace("emollient", "topical_steroid"),
    ],
)
def test_courses_that_follow_each_other_are_right(tmp_path, more):
    path = tmp_path / "trial.toml"
    text = FULL.replace('[[arms]]\nname = "placebo"', f'{more}[[arms]]\nname = "placebo"')
    path.write_text(text)
    assert load_trial(path)


@pytest.mark.parametrize("pair", [("plumless", "buckeroo"), ("codding", "gnu")])
def test_arms_whose_names_are_one_number_in_the_streams_are_refused(tmp_path, pair):
    text = FULL.replace('"drug"', f'"{pair[0]}"').replace('"mix"', f'"{pair[1]}"')
    found = problems(tmp_path, text)
    assert any("random streams cannot tell" in says for _, says in found), found


def test_an_arm_has_places_for_six_strains(tmp_path):
    names = '"W23", "W51", "W52", "W55", "W56", "W57", "W58"'
    found = problems(tmp_path, FULL.replace('"W23", "w51"', names))
    assert any("too many strains: they name 7 strains" in says for _, says in found)


def test_every_wrong_thing_of_a_trial_is_told_at_once(tmp_path):
    text = FULL
    for case in ("older than the population", "score of nobody", "visit", "screening", "loading",
                 "cells", "reference", "direction", "endpoint twice", "difference"):  # fmt: skip
        text = text.replace(*OUT_OF_RANGE[case][:2], 1)
    text = text.replace("level = 0.5", "level = 2").replace(
        "end_week = 4\n\n[[arms.inter", "end_week = 9\n\n[[arms.inter", 1
    )
    lines = {line for line, _ in problems(tmp_path, text)}
    wrong = {
        i
        for i, (a, b) in enumerate(zip(FULL.split("\n"), text.split("\n"), strict=True), 1)
        if a != b
    }
    assert wrong <= lines
