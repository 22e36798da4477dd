"""Arms that part too late: told where nobody has taken anything of them, and nowhere else."""

from types import SimpleNamespace

import pytest

import gutskin
from gutskin.model.biology import shipped_biology
from gutskin.model.vocabulary import vocabulary
from gutskin.report.answer import headline
from gutskin.report.design_words import designed
from gutskin.trials.design import known_trials, load_trial
from gutskin.trials.parting import _begun, not_parted, parting_notes

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
GIVEN = '[[arms.interventions]]\nkind = "{}"\n{} = 0.5\nstart_week = {}\n'
STEROID, CARE = "topical_steroid", "emollient"


def given(kind, start):
    return GIVEN.format(kind, "level", start)


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
    ],
)
def test_told_what_sets_an_arm_apart_begins_with_the_analysis(tmp_path, active, control, week, at):
    design = load_trial(file(tmp_path, active, control, week))
    assert not_parted(design) == {"active": at}
    (note,) = parting_notes(design)
    assert f"begins at week {at}, and arms are compared at week {at}" in note


@pytest.mark.parametrize(
    ("active", "control", "week"),
    [
        (given(STEROID, 7.9), "", ""),
        (given(STEROID, 8) + given(CARE, 0), "", ""),  # parts by its care
        (given(STEROID, 8), given(CARE, 0), ""),  # the control parts first
        (given(STEROID, 4), "", "week = 8"),
        ("", "", ""),  # nothing against nothing may be meant
        (given(STEROID, 8), given(STEROID, 8), ""),
    ],
)
def test_edge_whoever_parts_before_the_analysis_is_compared(tmp_path, active, control, week):
    assert not_parted(load_trial(file(tmp_path, active, control, week))) == {}


@pytest.mark.parametrize(("before", "begun"), [(0.5, True), (0.0, False)])
def test_edge_what_a_mother_took_before_birth_is_taken_however_late_she_goes_on(before, begun):
    hers = SimpleNamespace(start_week=13.0, weeks_before_birth=before)
    assert _begun([hers], 13.0) is begun


def test_a_single_arm_has_nobody_to_part_from(tmp_path):
    path = file(tmp_path, given(STEROID, 8))
    text = path.read_text()
    alone = text[: text.index('[[arms]]\nname = "placebo"')] + text[text.index("[analysis]") :]
    path.write_text(alone)
    assert not_parted(load_trial(path)) == {}


def test_a_result_and_a_plan_do_not_say_that_what_nobody_took_changes_nothing(tmp_path):
    found = gutskin.run(file(tmp_path, given(STEROID, 8)), replicates=2, out=tmp_path / "out")
    assert found.summary["not_parted"] == {"active": 8}
    assert "nobody has taken any of it by then" in found.summary["warnings"][0]
    says = headline(dict(found.summary))
    assert says.startswith("active cannot have changed SCORAD")
    assert "does not change" not in says
    rows = vocabulary(shipped_biology()).tables.endpoints
    assert "by then. Start it earlier" in " ".join(designed(found.design, rows))


def test_agreement_every_shipped_trial_parts_in_time():
    assert all(not_parted(load_trial(name)) == {} for name in known_trials())
