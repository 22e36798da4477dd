"""Arms that part too late: refused where nobody has taken anything, and nowhere else."""

import pytest

from gutskin.errors import InputError
from gutskin.trials.design import known_trials, load_trial

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
    ],
)
def test_refused_what_sets_an_arm_apart_begins_with_the_analysis(
    tmp_path, active, control, week, at
):
    path = file(tmp_path, active, control, week)
    with pytest.raises(InputError) as refused:
        load_trial(path)
    (one,) = refused.value.problems
    assert f"begins at week {at}, and arms are compared at week {at}" in one.message
    assert path.read_text().splitlines()[one.line - 1] == f"start_week = {at}"


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
    assert load_trial(file(tmp_path, active, control, week)).control.name == "placebo"


def test_refused_once_what_begins_after_the_last_visit(tmp_path):
    with pytest.raises(InputError) as refused:
        load_trial(file(tmp_path, given(STEROID, 9)))
    assert len(refused.value.problems) == 1


def test_agreement_every_shipped_trial_parts_in_time():
    assert all(load_trial(name).name == name for name in known_trials())
