"""Patient files that are refused: each problem with its line, all of them at once."""

import pytest
from patient_texts import COURSE, DOSE, HOLD, INJECTED, PULSE

from gutskin import cli


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('start = "healty_adult"', 1, "Did you mean 'healthy_adult'?"),
        ('start = "severe"\nage = 5', 2, "unknown key 'age'"),
        ('start = "severe"\npopulation = "ad_chid"', 2, "Did you mean 'ad_child'?"),
        ('start = "birth_vaginal"\nage_years = 5', 2, "newborn"),
        ('start = "settled"\nage_years = 0.1', 2, "nobody has settled"),
        ('start = "settled"\nage_years = 0', 2, "nobody has settled"),
        ('start = "settled"\npopulation = "healthy_infant"', 1, "nobody has settled"),
        ('start = "severe"\n[parameters]\natopi = 1', 3, "Did you mean 'atopy'?"),
        ('start = "severe"\n[parameters]\natopy = "high"', 3, "a number"),
        ('start = "severe"\n[parameters]\ns_m51 = 0', 3, "Write `M51 = false` in [switches]."),
        ('start = "severe"\n[switches]\nM511 = false', 3, "there is no mechanism 'M511'"),
        ('start = "severe"\n[switches]\nM51 = 0', 3, "true or false"),
        ('start = "severe"\n[season]\namplitude = 2', 3, "less than or equal to 1"),
        (
            'start = "severe"\n[[doses]]\nkind = "probiotics"\nstrains = ["W23"]\n'
            "cfu_per_day = 1e9\nstart_day = 0",
            3,
            "Did you mean 'probiotic'?",
        ),
        ('start = "settled"\nage_years = -1', 2, "must not be negative"),
        ('start = "settled"\npopulation = "ad_child"\nage_years = -1', 3, "not be negative"),
        ('start = "severe"\nname = "a\\nb"', 2, "it holds a line break"),
        ('start = "severe"\nfoo = 1', 2, "age_years, courses, days, doses, flg, holds, name, noi"),
        (
            'days = 4\nstart = "severe"\n[[pulses]]\nstate = "drug_1_depot"\nday = 9\nadd = 10',
            5,
            "the pulse of drug_1_depot begins on day 9, after the last day, 4.",
        ),
        (
            'days = 4\nstart = "severe"\n[[holds]]\nparameter = "pollen"\nstart_day = 5\n'
            "end_day = 9\nvalue = 0.3",
            5,
            "the hold of pollen begins on day 5, after the last day",
        ),
        (
            'days = 4\nstart = "severe"\n[[courses]]\nparameter = "pollen"\ndays = [5, 9]\n'
            "values = [0, 1]",
            5,
            "the course of pollen begins on day 5, after the last day",
        ),
        ('days = 4\nstart = "severe"\n[[doses]]\nkind = "wash"\nday = 4.5', 5, "the wash begins"),
        (
            'days = 4\nstart = "severe"\n[[doses]]\nkind = "bleach_bath"\nstart_day = 5',
            5,
            "the bleach bath begins on day 5",
        ),
        ("start = ", 1, "not valid TOML"),
        ("days = 5", 1, "the key 'start' is missing"),
    ],
)
def test_a_problem_is_told_with_its_line(problems, text, line, says):
    [(at, message)] = problems(text)
    assert at == line
    assert says in message


@pytest.mark.parametrize(
    ("dose", "line", "says"),
    [
        ("kind = 'probiotic'\nstrains = ['W99']\ncfu_per_day = 1e9\nstart_day = 1", 4, "'W99'"),
        ("kind = 'probiotic'\nstrains = ['W23']\ncfu_per_day = -1\nstart_day = 1", 5, "negative"),
        ("kind = 'antibiotic'\nstart_day = 9\nend_day = 4", 5, "ends on day 4"),
        ("kind = 'antibiotic'\nstart_day = 9\nlevl = 1", 5, "Did you mean 'level'?"),
        (
            "kind = 'antibiotic'\nname = 'amoxicilin'\nstart_day = 9",
            4,
            "unknown antibiotic 'amoxicilin'. Did you mean 'amoxicillin'? Known: broad, "
            "amoxicillin, cephalosporin, macrolide, vancomycin, metronidazole.",
        ),
        ("kind = 'wash'\nday = -1", 4, "negative"),
        (
            "kind = 'probiotic'\nstrains = ['W23', 'w23']\ncfu_per_day = 1e9\nstart_day = 1",
            4,
            "once",
        ),
    ],
)
def test_a_problem_of_a_dose_is_told_with_its_line(problems, dose, line, says):
    [(at, message)] = problems(f'start = "severe"\n[[doses]]\n{dose}')
    assert at == line
    assert says in message


def test_doses_that_overlap_are_named_once_each(problems):
    text = 'start = "severe"'
    for start, end in ((1, 5), (5, 9), (4, 6)):
        text += DOSE.format("emollient") + f"level = 0.5\nstart_day = {start}\nend_day = {end}"
    found = problems(text)
    assert [line for line, _ in found] == [15, 15]
    assert "emollient from day 4 to day 6 overlaps emollient from day 1 to day 5." in found[0][1]


def test_more_than_six_products_of_one_strain_have_no_place(problems):
    text = 'start = "severe"'
    for strain in ("W23", "W51", "W52", "W55", "W56", "W57", "W58"):
        dose = f"strains = ['{strain}']\ncfu_per_day = 1e9\nstart_day = 0"
        text += DOSE.format("probiotic") + dose
    [(_, message)] = problems(text)
    assert "7 strains" in message
    assert "7 kinds" in message


def test_all_problems_come_together_and_nothing_is_written(tmp_path, capsys):
    path, sbml = tmp_path / "patient.toml", tmp_path / "one.xml"
    path.write_text(
        'start = "sever"\n[parameters]\natopi = 1\n[[doses]]\nkind = "pollen"\nlevel = -1\n'
        "start_day = 4\nend_day = 4"
    )
    assert cli.main(["simulate", str(path), "--json", "--export-sbml", str(sbml)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split(":")[1] for line in err.splitlines()] == ["1", "3", "6", "8"]
    assert not sbml.exists()


OUT_OF_RANGE = {
    "age": ("age_years = 200", 2, "beyond 100 years"),
    "huge age": ("age_years = 1e9", 2, "beyond 100 years"),
    "negative age": ("age_years = -1", 2, "not be negative"),
    "age of another population": ('population = "ad_child"\nage_years = 35', 3, "it has 1 to 13"),
    "ages at the end": ("age_years = 90\ndays = 5000", 2, "after 5000 days he is beyond 100"),
    "days": ("days = 100000000000", 2, "nobody is followed for more than 14,640"),
    "no days": ("days = 0", 2, "greater than or equal to 1"),
    "parameter below": ("[parameters]\natopy = -5", 3, "atopy cannot be -5: it lies in 0 to 1000"),
    "parameter above": ("[parameters]\natopy = 1e9", 3, "it lies in 0 to 1000"),
    "divides": ("[parameters]\nj_milk = 0", 3, "j_milk cannot be 0: it lies in 0.0125 to 18750"),
    "share": ("[parameters]\nf_seed_milk = 1.5", 3, "f_seed_milk cannot be 1.5: it lies in 0 to 1"),
    "negative share": ("[parameters]\nf_seed_milk = -0.5", 3, "it lies in 0 to 1"),
    "input": ("[parameters]\nemollient = 2", 3, "it lies in 0 to 1"),
    "rate": ("[parameters]\nk_barrier = -1e-300", 3, "k_barrier cannot be -1e-300"),
    "not a number": ("[parameters]\natopy = nan", 3, "a finite number"),
    "infinite": ("[parameters]\natopy = inf", 3, "a finite number"),
    "compartment": ("[parameters]\ncolon = 2", 3, "there is no parameter 'colon'"),
    "state": ("[states]\ngut_treg = -5", 3, "gut_treg cannot be -5"),
    "huge state": ("[states]\ngut_treg = 1e30", 3, "gut_treg cannot be 1e+30"),
    "season": ("[season]\namplitude = 0.1\npeak_day = 1e9", 4, "less than or equal to 366"),
    "noise": ("[noise]\nseed = 9223372036854775808", 3, "64 bits"),
    "step": ("[numerics]\nlongest_step_days = 1e-12", 3, "greater than or equal to 0.001"),
    "pulse": (PULSE.format("drug_1_depot", 2, -100.0), 6, "it lies in 0 to 2000 mg"),
    "huge pulse": (PULSE.format("drug_1_depot", 2, 1e30), 6, "it lies in 0 to 2000 mg"),
    "pulse of an amount": (PULSE.format("gut_treg", 2, -1.0), 6, "gut_treg cannot be -1"),
    "late pulse": (PULSE.format("gut_treg", 1e9, 1.0), 5, "nobody is followed for longer"),
    "pulse of nothing": (PULSE.format("gut_tregs", 1, 1.0), 4, "Did you mean 'gut_treg'?"),
    "hold": (HOLD.format("emollient", 1, 2, 1.5), 7, "it lies in 0 to 1"),
    "inverted hold": (HOLD.format("emollient", 3, 2, 0.5), 6, "ends on day 2 but starts on day 3"),
    "empty hold": (HOLD.format("emollient", 2, 2, 0.5), 6, "ends on day 2 but starts on day 2"),
    "short hold": (HOLD.format("emollient", 2, 2.00001, 0.5), 6, "is over within"),
    "endless hold": (HOLD.format("emollient", 2, 1e300, 0.5), 6, "nobody is followed"),
    "course back in time": (COURSE.format("stress", [4, 0], [1, 1]), 5, "day 0 follows day 4"),
    "course standing still": (COURSE.format("stress", [1, 1], [1, 1]), 5, "day 1 follows day 1"),
    "course of other length": (COURSE.format("stress", [1, 2], [1]), 6, "2 days but 1 value."),
    "course below": (COURSE.format("stress", [1, 2], [1, -1]), 6, "stress cannot be -1"),
    "course far away": (COURSE.format("stress", [1, 1e12], [1, 1]), 5, "days away"),
    "empty course": (COURSE.format("stress", [], []), 5, "at least 1 item"),
    "cells": (
        DOSE.format("probiotic") + "strains = ['W23']\ncfu_per_day = 1e30\nstart_day = 0",
        6,
        "more than a person can take (0 to 1e14)",
    ),
    "washes": (DOSE.format("washing") + "washes_per_day = 1e6\nstart_day = 0", 5, "(0 to 100)"),
    "minutes": (DOSE.format("wash") + "day = 1\nminutes = 61", 6, "(0.1 to 60)"),
    "moment": (DOSE.format("wash") + "day = 1\nminutes = 1e-9", 6, "the least there is"),
    "late wash": (DOSE.format("wash") + "day = 1e9", 5, "nobody is followed"),
    "fibre": (DOSE.format("fibre") + "factor = 1e3\nstart_day = 0", 5, "(0 to 4)"),
    "inulin": (DOSE.format("inulin") + "g_per_day = 1e5\nstart_day = 0", 5, "(0 to 324)"),
    "inulin of a day": (
        DOSE.format("inulin") + "g_per_day = 61\nstart_day = 0",
        5,
        "comes to 61 within a day, more than a person can eat (0 to 60)",
    ),
    "inulin in two sittings": (
        DOSE.format("inulin")
        + "g_per_day = 240\nstart_day = 0\nend_day = 0.125"
        + DOSE.format("inulin")
        + "g_per_day = 280\nstart_day = 0.5\nend_day = 0.625",
        5,
        "comes to 65 within a day",
    ),
    "inulin by the hour as a course": (
        '[[courses]]\nparameter = "dose_inulin"\ndays = [0, 0.5, 1]\nvalues = [0, 800, 0]',
        5,
        "dose_inulin comes to 400 within a day, more than a person can eat (0 to 370)",
    ),
    "a course that goes on": (
        '[[courses]]\nparameter = "dose_lactulose"\ndays = [0, 1]\nvalues = [0, 600]',
        5,
        "dose_lactulose comes to 600 within a day",
    ),
    "inulin in many short holds": (
        '[[holds]]\nparameter = "dose_inulin"\nstart_day = 0\nend_day = 0.2\nvalue = 1000\n'
        '[[holds]]\nparameter = "dose_inulin"\nstart_day = 0.6\nend_day = 0.9\nvalue = 2000',
        6,
        "dose_inulin comes to 800 within a day",
    ),
    "a hold beside a habit": (
        "[parameters]\ndose_inulin = 300\n"
        '[[holds]]\nparameter = "dose_inulin"\nstart_day = 0\nend_day = 0.2\nvalue = 1000',
        8,
        "dose_inulin comes to 440 within a day",
    ),
    "inulin as a habit": ("[parameters]\ndose_inulin = 400", 3, "it lies in 0 to 370.4"),
    "lactulose": (DOSE.format("lactulose") + "g_per_day = 1e3\nstart_day = 0", 5, "(0 to 342)"),
    "allergen": (DOSE.format("allergen") + "level = 1e9\nstart_day = 0", 5, "(0 to 1000)"),
    "pollen": (DOSE.format("pollen") + "level = 26\nstart_day = 0", 5, "(0 to 25)"),
    "wall": (DOSE.format("wall_damage") + "level = 11\nstart_day = 0", 5, "(0 to 10)"),
    "cream": (
        DOSE.format("emollient") + "level = 1.01\nstart_day = 0",
        5,
        "less than or equal to 1",
    ),
    "endless dose": (
        DOSE.format("emollient") + "level = 1\nstart_day = 0\nend_day = 1e9",
        7,
        "for good",
    ),
    "loading": (INJECTED.format(1e9, 1, 7, 0), 5, "(0 to 2000)"),
    "injection": (INJECTED.format(1, 2001, 7, 0), 6, "(0 to 2000)"),
    "negative injection": (INJECTED.format(1, -1, 7, 0), 6, "not be negative"),
    "many injections": (INJECTED.format(1, 1, 1e-9, 0), 7, "more than 24 injections a day"),
    "no time between": (INJECTED.format(1, 1, 0, 0), 7, "greater than 0"),
    "too many injections": (
        "days = 14640" + INJECTED.format(1, 1, 0.05, 0),
        7,
        "292,800 injections",
    ),
    "late injection": (INJECTED.format(1, 1, 7, 1e18), 8, "nobody is followed"),
}


@pytest.mark.parametrize("case", OUT_OF_RANGE)
def test_what_no_person_is_has_or_can_take_is_told_with_its_line(problems, case):
    text, line, says = OUT_OF_RANGE[case]
    found = problems(f'start = "severe"\n{text}')
    assert any(at == line and says in message for at, message in found), found


CREAM = DOSE.format("emollient") + "level = 0.5\nstart_day = {}\nend_day = {}\n"
AT_ODDS = {
    "dose and hold": (CREAM.format(1, 5) + HOLD.format("emollient", 2, 3, 0.5), 11, "overl"),
    "hold and hold": (HOLD.format("stress", 1, 3, 1) + HOLD.format("stress", 2, 4, 1), 11, "overl"),
    "hold and course": (HOLD.format("stress", 1, 3, 1)
                        + COURSE.format("stress", [0], [1]), 10, "overl"),
    "two courses": (COURSE.format("stress", [0], [1])
                    + COURSE.format("stress", [5], [1]), 9, "overl"),
    "noise and course": ("[noise]\nseed = 1" + COURSE.format("stress", [0], [1]), 5, "[noise]"),
    "season and hold": ("[season]\namplitude = 0" + HOLD.format("season", 1, 2, 1), 6, "[season]"),
    "wash and hold": (DOSE.format("wash") + "day = 1"
                      + HOLD.format("washing", 0, 2, 1), 8, "wash on"),
    "one in another": (CREAM.format(1, 9) + CREAM.format(2, 3) + CREAM.format(4, 5), 12, "overl"),
}  # fmt: skip


@pytest.mark.parametrize("case", AT_ODDS)
def test_what_moves_one_input_twice_at_a_time_is_told_with_its_line(problems, case):
    text, line, says = AT_ODDS[case]
    found = problems(f'start = "severe"\n{text}')
    assert any(at == line and says in message for at, message in found), found


@pytest.mark.parametrize(
    "kind",
    [
        "emollient\"\nlevel = 0.5", "topical_steroid\"\nlevel = 1", "fibre\"\nfactor = 2",
        "washing\"\nwashes_per_day = 2", "antibiotic\"",
        "probiotic\"\nstrains = ['W23']\ncfu_per_day = 1e9",
    ],
)  # fmt: skip
def test_courses_of_one_thing_may_follow_each_other(case, kind):
    text = "".join(
        f'[[doses]]\nkind = "{kind}\nstart_day = {first}\nend_day = {last}\n'
        for first, last in ((4, 8), (0, 4), (20, 30))
    )
    assert len(case(text).schedule.holds) == 3


def test_a_hold_may_follow_a_dose_and_a_wash_fall_into_washing(case):
    text = CREAM.format(1, 5) + HOLD.format("emollient", 5, 9, 0.5)
    text += DOSE.format("washing") + "washes_per_day = 1\nstart_day = 0"
    assert case(text + DOSE.format("wash") + "day = 3").schedule.parameters


def test_every_wrong_thing_of_a_file_is_told_at_once(problems):
    text = """start = "given"
age_years = 200
days = 100000000000
population = "ad_chid"
[parameters]
atopy = -5
f_nothing = 1
[states]
gut_treg = -5
[[doses]]
kind = "pollen"
level = -1
start_day = 4
end_day = 4
[[holds]]
parameter = "emollient"
start_day = 3
end_day = 2
value = 2
[[pulses]]
state = "drug_1_depot"
day = 2
add = -100
[[courses]]
parameter = "stress"
days = [4, 0]
values = [1, -1]
"""
    lines = [line for line, _ in problems(text)]
    assert lines == [1, 2, 3, 4, 6, 7, 9, 12, 14, 18, 19, 23, 26, 27]


def test_a_long_file_is_checked_at_once(problems):
    """Eight hundred washes and one mistake: the work grows with the file, not with its square."""
    text = 'start = "severe"\ndays = 8000\n' + "".join(
        f"[[doses]]\nkind = 'wash'\nday = {day}.5\n" for day in range(8000)
    )
    assert problems(text + "[[doses]]\nkind = 'wash'\nday = -1")[0][0] == 24005


def test_one_mistake_is_not_lost_among_many_doses_after_the_last_day(problems):
    text = 'start = "severe"\ndays = 5\n' + "".join(
        f"[[doses]]\nkind = 'wash'\nday = {day}.5\n" for day in range(800)
    )
    found = problems(text + "[[doses]]\nkind = 'wash'\nday = -1")
    assert len(found) == 7
    assert (found[5][0], found[5][1][:38]) == (35, "this and 789 more begin after the last")
    assert found[6][0] == 2405


def test_days_of_the_command_are_checked_with_the_file(tmp_path, capsys):
    path = tmp_path / "patient.toml"
    path.write_text('start = "sever"\nage_years = 90')
    assert cli.main(["simulate", str(path), "--days", "100000000000"]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 2
    path.write_text('start = "severe"\nage_years = 90')
    assert cli.main(["simulate", str(path), "--days", "5000"]) == 2
    assert "after 5000 days" in capsys.readouterr().err


def test_two_courses_without_a_parameter_are_not_at_odds(problems):
    course = "[[courses]]\ndays = [0, 1]\nvalues = [0, 1]\n"
    found = problems('start = "severe"\n' + 2 * course)
    assert len(found) == 2
    assert all("'parameter' is missing" in message for _, message in found)


@pytest.mark.parametrize("days", ["0", '"56"', "inf", "nan", "-3"])
def test_days_of_a_wrong_form_are_told_and_nothing_is_reckoned_with_them(tmp_path, capsys, days):
    path = tmp_path / "patient.toml"
    injected = (
        'kind = "dupilumab"\nloading_mg = 600\ndose_mg = 300\nevery_days = 14\nstart_day = 3\n'
    )
    text = f'start = "severe"\ndays = {days}\n\n[[doses]]\n{injected}'
    text += '\n[[doses]]\nkind = "pollen"\nlevel = 1\nstart_day = 28\n'
    path.write_text(text)
    assert cli.main(["simulate", str(path), "--plan"]) == 2
    said = capsys.readouterr().err
    (line,) = said.splitlines()
    assert line.startswith(f"{path}:2: `days = ")
