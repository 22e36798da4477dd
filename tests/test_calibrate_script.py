"""A calibration looks at its tables before any work: a bad row would cost an hour."""

import sys
from pathlib import Path

import pytest

SCRIPTS = Path(__file__).resolve().parents[1] / "scripts"
sys.path.insert(0, str(SCRIPTS))

import calibrate as script  # noqa: E402

from gutskin.errors import Problem  # noqa: E402

ROW = Problem("high is below low", "parameters.tsv", 12)
TARGET = Problem("no such quantity", "targets/levels.tsv", 3)


class Begun(Exception):
    """Work has begun."""


@pytest.fixture
def problems(monkeypatch):
    """What the two checks find: fill the lists."""
    of_model, of_targets = [], []
    monkeypatch.setattr(script, "check_model", lambda: tuple(of_model))
    monkeypatch.setattr(script, "problems_of_targets", lambda _: tuple(of_targets))
    return of_model, of_targets


@pytest.fixture
def begins(monkeypatch):
    """Whatever takes time says that it was begun."""

    def begun(*_, **__):
        raise Begun

    for name in ("shipped_simulator", "Workers", "calibrate", "compute_references"):
        monkeypatch.setattr(script, name, begun)
    monkeypatch.setattr(sys, "argv", ["calibrate.py", "--worlds", "8", "--try"])


@pytest.mark.parametrize("found", [([ROW], []), ([], [TARGET]), ([ROW], [TARGET])])
def test_structure_whatever_is_wrong_in_a_table_stops_it_before_any_work(problems, begins, found):
    for some, its in zip(problems, found, strict=True):
        some.extend(its)
    with pytest.raises(SystemExit) as left:
        script.main()
    said = str(left.value.code).splitlines()
    assert said == [str(one) for some in found for one in some]  # each on a line, with its place


def test_structure_sound_tables_are_let_through(problems, begins):
    with pytest.raises(Begun):
        script.main()


def test_structure_worlds_of_other_targets_are_no_reason_not_to_make_them_anew(problems, begins):
    worlds = script.biology_folder() / script.TABLE
    problems[1].append(Problem("was made of other targets", worlds, 1))
    with pytest.raises(Begun):
        script.main()


def test_reference_the_shipped_tables_are_sound():
    script._refuse_unsound_tables()


def test_structure_references_of_other_numbers_stop_it_and_are_named(monkeypatch):
    apart = {"far": script.CLOSE_ENOUGH, "near": 0.5 * script.CLOSE_ENOUGH}

    class Reference:
        def __init__(self, name):
            self.id, self.apart = name, apart[name]

    monkeypatch.setattr(script, "compute_references", lambda _: [Reference(one) for one in apart])
    with pytest.raises(SystemExit) as left:
        script._refuse_stale_references(None)
    assert "(far)" in str(left.value.code)
    del apart["far"]
    script._refuse_stale_references(None)
