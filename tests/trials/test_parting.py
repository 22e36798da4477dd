"""Arms that part too late: told where both have been given the same by then, and nowhere else."""

import json
import math

import pytest

import gutskin
from gutskin.model.biology import shipped_biology
from gutskin.model.vocabulary import vocabulary
from gutskin.report.answer import headline, where_it_stands
from gutskin.report.design_words import designed
from gutskin.trials.design import known_trials, load_trial
from gutskin.trials.intervention_parts import (
    Antibiotic,
    Drug,
    Dupilumab,
    MaternalProbiotic,
    Probiotic,
    TopicalSteroid,
    When,
)
from gutskin.trials.parting import not_parted, parting_notes, parts_from
from gutskin.trials.summary import to_json

FILE = """
name = "late"
population = "ad_child"
[visits]
weeks = [0, 4, 8]
end_week = 20
[[arms]]
name = "active"
n = 4
{active}
[[arms]]
name = "placebo"
n = 4
control = true
{control}
[analysis]
primary = "scorad"
endpoints = ["scorad"]
{week}
"""
GIVEN = '[[arms.interventions]]\nkind = "{}"\n{} = {}\nstart_week = {}\n'
STEROID, CARE = "topical_steroid", "emollient"
RULE = When(score="easi", at_least=5.0)
PRODUCT = {"kind": "probiotic", "cfu_per_day": 1e9}
MOTHERS = {"kind": "maternal_probiotic", "cfu_per_day": 1e9, "weeks_before_birth": 4.0}


def given(kind, start, end=None, level=0.5):
    return GIVEN.format(kind, "level", level, start) + (f"end_week = {end}\n" if end else "")


def tablet(**written):
    return Drug(kind="drug", name="abrocitinib", **written)


def file(tmp_path, active="", control="", week=""):
    path = tmp_path / "late.toml"
    path.write_text(FILE.format(active=active, control=control, week=week))
    return path


@pytest.mark.parametrize(
    ("active", "control", "week", "at"),
    [
        (given(STEROID, 8), "", "", 8),
        (given(STEROID, 4), "", "week = 4", 4),
        (given(CARE, 0) + given(STEROID, 8), given(CARE, 0), "", 8),  # both have the same care
        (given(STEROID, 6) + given(CARE, 4), "", "week = 4", 4),
        (given(CARE, 0), given(CARE, 0, end=12), "", 12),  # the control stops
        (given(CARE, 0) + given(STEROID, 7), given(CARE, 0, end=6), "week = 4", 6),
        (given(CARE, 0, 8) + given(CARE, 8, level=0.9), given(CARE, 0), "", 8),  # more of it
        (given(CARE, 0, 2) + given(CARE, 2, 12), given(CARE, 0), "", 12),  # two courses are one
    ],
)
def test_told_what_sets_an_arm_apart_comes_with_the_analysis(tmp_path, active, control, week, at):
    design = load_trial(file(tmp_path, active, control, week))
    assert not_parted(design) == {"active": at}
    (note,) = parting_notes(design)
    by = 4 if week else 8
    assert f"week {at}" in note
    assert f", and arms are compared at week {by}: both have been given the same by then." in note


STARTS = ("apart (active) begins at week {}, and", "Start it earlier")
STOPS = ("apart (active) is a course that ends, seen from week {} on, and", "End it earlier")
DIFFERS = (
    "apart (active) is how much is given from week {} on, and", "Let the amounts differ earlier"
)  # fmt: skip
INJECTED = '[[arms.interventions]]\nkind = "drug"\nname = "nemolizumab"\n'


@pytest.mark.parametrize(
    ("active", "control", "at", "told"),
    [
        (given(STEROID, 8), "", 8, STARTS),
        ("", given(STEROID, 8), 8, STARTS),
        (given(CARE, 0, 8) + given(CARE, 8, level=0.9), given(CARE, 0), 8, STARTS),
        (given(CARE, 0, 4) + given(CARE, 8), given(CARE, 0, 4), 8, STARTS),  # a pause
        (given(CARE, 0), given(CARE, 0, end=12), 12, STOPS),
        (given(CARE, 0, end=8), given(CARE, 0), 8, STOPS),
        (given(CARE, 0, 4) + given(CARE, 4), given(CARE, 0, 9), 9, STOPS),
        (INJECTED + "end_week = 5", INJECTED, 8, STOPS),
        (INJECTED + "start_week = 8", "", 8, STARTS),
        (INJECTED + "end_week = 4\n" + INJECTED + "start_week = 8", INJECTED + "end_week = 4",
         8, STARTS),
        (INJECTED + "dose_mg = 30\nevery_weeks = 4\nloading_doses = 3\nloading_mg = 30\n",
         INJECTED + "dose_mg = 60\nevery_weeks = 4\nloading_doses = 3\nloading_mg = 30\n",
         12, DIFFERS),
    ],
)  # fmt: skip
def test_told_the_remedy_fits_whether_something_begins_ends_or_goes_on_otherwise(
    tmp_path, active, control, at, told
):
    path = file(tmp_path, active, control)
    path.write_text(path.read_text().replace("ad_child", "ad_adult"))  # who has a usual dose
    design = load_trial(path)
    assert not_parted(design) == {"active": at}
    (note,) = parting_notes(design)
    assert told[0].format(at) in note
    assert f"by then. {told[1]}, or compare arms at a later visit" in note


USUAL, WRITTEN = "", "dose_mg = 30\nloading_mg = 60\nevery_weeks = 4\n"
IN_CHILDREN = WRITTEN.replace("60", "30")
A_KILOGRAM = "dose_mg = 0.5\nevery_weeks = 4\n"


@pytest.mark.parametrize(
    ("population", "active", "control", "parted"),
    [
        # the usual dose of adults, by its name and written out: it ends after the third injection
        ("ad_adult", USUAL + "end_week = 9", USUAL + "end_week = 20", 12),
        ("ad_adult", USUAL + "end_week = 9", WRITTEN + "end_week = 20", 12),
        ("ad_adult", USUAL + "end_week = 9", USUAL + "end_week = 12", None),  # the same course
        ("ad_adult", USUAL, WRITTEN, None),
        # of these ages some are given other amounts
        ("ad_adult", USUAL + "end_week = 9", IN_CHILDREN + "end_week = 20", 0),
        ("6 to 13", USUAL + "end_week = 9", WRITTEN + "end_week = 20", 0),
        ("6 to 13", USUAL + "end_week = 9", IN_CHILDREN + "end_week = 20", 0),
        ("6 to 11", USUAL + "end_week = 9", IN_CHILDREN + "end_week = 20", 12),
        # a kilogram of a patient is another dose
        ("ad_adult", A_KILOGRAM + "per_kg = true", A_KILOGRAM, 0),
    ],
)
def test_edge_usual_doses_part_by_the_doses_that_somebody_there_is_given(
    tmp_path, population, active, control, parted
):
    path = file(tmp_path, INJECTED + active, INJECTED + control)
    aged = '"ad_child"\n[eligibility]\nage_years = [{}]'.format(population.replace(" to", ","))
    asked = aged if " to " in population else f'"{population}"'
    path.write_text(path.read_text().replace('"ad_child"', asked))
    late = {"active": parted} if parted else {}
    assert not_parted(load_trial(path)) == late
    assert not_parted(load_trial(path), 20) == {}


SHORT = {"kind": "dupilumab", "loading_mg": 600.0, "dose_mg": 300.0, "every_weeks": 2.0}
LONG = SHORT | {"kind": "drug", "name": "dupilumab"}
STRAINS = ("w23", "lgg", "w51")


@pytest.mark.parametrize(
    ("arm", "control", "at"),
    [
        ([Dupilumab(**SHORT, end_week=8.0)], [Drug(**LONG, end_week=16.0)], 8.0),
        ([tablet(end_week=8.0)], [tablet(end_week=4.0), tablet(start_week=4.0, end_week=9.0)], 8.0),
        ([tablet(end_week=8.0)], [tablet(end_week=8.0, dose_mg=200.0)], math.inf),
        ([tablet(end_week=8.0)], [tablet(end_week=8.0, dose_mg=100.0)], 0.0),
        (
            [Probiotic(**PRODUCT, strains=STRAINS, end_week=8.0)],
            [Probiotic(**PRODUCT, strains=STRAINS[::-1], end_week=9.0)],
            8.0,
        ),
        (
            [Probiotic(**PRODUCT, strains=STRAINS, end_week=8.0)],
            [Probiotic(**PRODUCT, strains=STRAINS[:2], end_week=8.0)],
            0.0,
        ),
        (
            [MaternalProbiotic(**MOTHERS, strains=STRAINS, end_week=8.0)],
            [MaternalProbiotic(**MOTHERS, strains=STRAINS[::-1], end_week=8.0)],
            math.inf,
        ),
    ],
)
def test_edge_the_same_is_the_same_however_it_is_spelt(arm, control, at):
    assert parts_from(arm, control).week == parts_from(control, arm).week == at


@pytest.mark.parametrize(
    ("active", "control", "week"),
    [
        (given(STEROID, 7.9), "", ""),
        (given(STEROID, 8) + given(CARE, 0), "", ""),  # parts by its care
        (given(STEROID, 8), given(CARE, 0), ""),  # the control parts first
        (given(STEROID, 4), "", "week = 8"),
        ("", "", ""),  # nothing against nothing may be meant
        (given(STEROID, 8), given(STEROID, 8), ""),
        (given(CARE, 0), given(CARE, 0, end=7.9), ""),
        (given(CARE, 0, 7) + given(CARE, 7, level=0.9), given(CARE, 0), ""),
        (given(CARE, 0, 6) + given(CARE, 7), given(CARE, 0), ""),  # a week without
        (given(STEROID, 0, end=4), "", ""),
    ],
)
def test_edge_whoever_parts_before_the_analysis_is_compared(tmp_path, active, control, week):
    assert not_parted(load_trial(file(tmp_path, active, control, week))) == {}


HERS = {"kind": "maternal_probiotic", "strains": ("w23",), "cfu_per_day": 1e9, "end_week": 40.0}
BIOLOGIC = {"kind": "drug", "name": "nemolizumab", "dose_mg": 30.0, "every_weeks": 4.0}
LOADED = BIOLOGIC | {"loading_mg": 60.0}


@pytest.mark.parametrize(
    ("arm", "control", "at"),
    [
        ({"weeks_before_birth": 0.5}, None, 0.0),
        ({"weeks_before_birth": 0.5, "while_nursing": False}, None, 0.0),
        ({}, None, 13.0),
        ({"weeks_before_birth": 2.0}, {"weeks_before_birth": 4.0}, 0.0),
        ({"weeks_before_birth": 4.0}, {"weeks_before_birth": 4.0, "end_week": 26.0}, 26.0),
        ({"weeks_before_birth": 4.0}, {"weeks_before_birth": 4.0, "while_nursing": False}, 13.0),
        ({"while_nursing": False}, None, math.inf),
    ],
)
def test_edge_what_a_mother_took_before_birth_is_given_however_late_she_goes_on(arm, control, at):
    both = [
        [] if one is None else [MaternalProbiotic(**HERS | {"start_week": 13.0} | one)]
        for one in (arm, control)
    ]
    assert parts_from(*both).week == parts_from(*both[::-1]).week == at


@pytest.mark.parametrize(
    ("arm", "control", "at"),
    [
        # injections, not weeks: at weeks 0, 4, 8 on both until the fourth falls to one
        ([Drug(**BIOLOGIC, end_week=9.0)], [Drug(**BIOLOGIC, end_week=16.0)], 12.0),
        # a second course begins with its loading dose again, where there is one
        (
            [Drug(**LOADED, end_week=16.0)],
            [Drug(**LOADED, end_week=8.0), Drug(**LOADED, start_week=8.0, end_week=16.0)],
            8.0,
        ),
        (
            [Drug(**BIOLOGIC, end_week=16.0)],
            [Drug(**BIOLOGIC, end_week=8.0), Drug(**BIOLOGIC, start_week=8.0, end_week=16.0)],
            math.inf,
        ),
        # twice as often, and loaded twice: the first injection is the same
        (
            [Drug(**BIOLOGIC | {"every_weeks": 2.0}, end_week=16.0)],
            [Drug(**BIOLOGIC, end_week=16.0)],
            2.0,
        ),
        ([Drug(**LOADED, loading_doses=2, end_week=16.0)], [Drug(**LOADED, end_week=16.0)], 4.0),
        ([Drug(**LOADED, end_week=16.0)], [Drug(**BIOLOGIC, end_week=16.0)], 0.0),
        # two weeks of a course and three, however long they may last
        (
            [Antibiotic(kind="antibiotic", days=14.0, end_week=20.0)],
            [Antibiotic(kind="antibiotic", days=21.0, end_week=9.0)],
            2.0,
        ),
        # who begins anew by a rule is asked anew whether it is met
        (
            [TopicalSteroid(kind=STEROID, level=0.5, end_week=8.0, when=RULE)],
            [
                TopicalSteroid(kind=STEROID, level=0.5, end_week=4.0, when=RULE),
                TopicalSteroid(kind=STEROID, level=0.5, start_week=4.0, end_week=8.0, when=RULE),
            ],
            4.0,
        ),
        (
            [Probiotic(kind="probiotic", strains=("w23",), cfu_per_day=1e9, end_week=8.0)],
            [Probiotic(kind="probiotic", strains=("w23",), cfu_per_day=1e9, end_week=8.0)],
            math.inf,
        ),
    ],
)
def test_courses_part_where_something_else_is_given(arm, control, at):
    assert parts_from(arm, control).week == parts_from(control, arm).week == at


def alone(path):
    text = path.read_text()
    path.write_text(
        text[: text.index('[[arms]]\nname = "placebo"')] + text[text.index("[analysis]") :]
    )
    return path


def test_a_single_arm_that_begins_late_is_told_with_its_change(tmp_path):
    late = load_trial(alone(file(tmp_path, given(STEROID, 8))))
    assert not_parted(late) == {"active": 8}
    (note,) = parting_notes(late)
    assert "What 'active' is given (active) begins at week 8, and it is analysed at week 8" in note
    assert "nobody has taken any of it by then" in note
    for active in (given(STEROID, 7.9), ""):
        assert not_parted(load_trial(alone(file(tmp_path, active)))) == {}


def test_a_run_in_is_had_by_all_and_sets_nobody_apart(tmp_path):
    path = file(tmp_path, given(STEROID, 8))
    before = '[run_in]\nweeks = 2\n[[run_in.interventions]]\nkind = "emollient"\nlevel = 0.5\n'
    path.write_text(path.read_text().replace("[[arms]]", f"{before}[[arms]]", 1))
    assert not_parted(load_trial(path)) == {"active": 8}


@pytest.mark.parametrize(("start", "late"), [(0, {}), (4, {"active": 4})])
def test_sequences_of_a_crossover_part_in_its_first_period(tmp_path, start, late):
    path = file(tmp_path, given(STEROID, start, start + 4), given(STEROID, start + 8, start + 12))
    path.write_text(
        path.read_text()
        .replace("weeks = [0, 4, 8]", "weeks = [0, 4, 8, 12]")
        .replace("[[arms]]", "[crossover]\nperiods = [[0, 4], [8, 12]]\n[[arms]]", 1)
    )
    design = load_trial(path)
    assert not_parted(design) == late
    notes = parting_notes(design)
    assert len(notes) == len(late)
    assert all("the first period ends at week 4" in one and "`periods`" in one for one in notes)


ASKED = '[[estimands]]\nname = "early"\nweek = 4\n[[estimands]]\nname = "last"\n'


def test_an_estimand_of_an_earlier_week_is_told_by_itself(tmp_path):
    path = file(tmp_path, given(STEROID, 4))
    path.write_text(path.read_text() + ASKED)
    found = gutskin.run(path, replicates=2)
    assert "not_parted" not in found.summary
    early, last = found.summary["estimands"]
    assert early["not_parted"] == {"active": 4}
    assert "not_parted" not in last
    (note,) = parting_notes(found.design)
    assert "begins at week 4, and the estimand early is of week 4" in note
    assert note in found.summary["warnings"]
    assert all(one["arms"][0]["true"]["mean"] == 0 for one in (early,))


def test_a_result_and_a_plan_do_not_say_that_what_nobody_took_changes_nothing(tmp_path):
    found = gutskin.run(file(tmp_path, given(STEROID, 8)), replicates=2, out=tmp_path / "out")
    assert found.summary["not_parted"] == {"active": 8}
    assert "both have been given the same by then" in found.summary["warnings"][0]
    says = headline(dict(found.summary))
    assert says.startswith("active cannot have changed SCORAD")
    assert says.endswith("nothing sets it apart by then.")
    assert "does not change" not in says
    rows = vocabulary(shipped_biology()).tables.endpoints
    assert "by then. Start it earlier" in " ".join(designed(found.design, rows))


LGG = '[[arms.interventions]]\nkind = "probiotic"\nstrains = ["LGG"]\ncfu_per_day = {}\n'
NOBODY = "week = 8\n[conduct]\nadherence = 0"


@pytest.mark.parametrize(
    ("active", "control", "conduct", "says"),
    [
        (LGG.format("1e9"), "", NOBODY, "(active) is taken by nobody (`adherence = 0`"),
        (given(STEROID, 2), given(CARE, 0), NOBODY, "is taken by nobody"),
        (LGG.format(0), "", "", "(active) is taken by nobody (`cfu_per_day = 0`)"),
        (LGG.format(0) + given(STEROID, 2), "", "", None),
        (LGG.format(0), LGG.format("1e9"), "", None),
        (LGG.format("1e9"), LGG.format("1e9"), NOBODY, None),  # alike as they are written
        ("", "", NOBODY, None),
        ('[[arms.interventions]]\nkind = "pollen"\nlevel = 1\n', "", NOBODY, None),  # is met
    ],
)
def test_edge_what_nobody_takes_sets_nobody_apart(tmp_path, active, control, conduct, says):
    design = load_trial(file(tmp_path, active, control, conduct))
    assert not_parted(design) == ({"active": None} if says else {})
    notes = parting_notes(design)
    assert [says in one for one in notes] == ([True] if says else [])


def test_told_a_result_says_that_nobody_takes_any_of_it(tmp_path):
    """ "does not change SCORAD. Inside the evidence" stood there of an adherence of nothing."""
    path = file(tmp_path, LGG.format("1e9"), "", NOBODY)
    found = gutskin.run(path, replicates=2)
    assert json.loads(to_json(found.summary))["not_parted"] == {"active": None}
    says = headline(dict(found.summary))
    assert says.startswith("active cannot have changed SCORAD")
    assert says.endswith(": nobody takes any of what sets it apart.")
    assert where_it_stands(dict(found.summary)) == []
    parted = {**found.summary, "not_parted": {}}
    assert where_it_stands(parted) == [found.summary["applicability"]["sentence"]]


def test_agreement_every_shipped_trial_parts_in_time():
    assert all(not_parted(load_trial(name)) == {} for name in known_trials())
