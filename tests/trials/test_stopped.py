"""What a user is told of a run that was stopped."""

from types import SimpleNamespace

import pytest

from gutskin.atomic_write import CannotWrite
from gutskin.engine import SimulationFailed
from gutskin.errors import InputError, Problem
from gutskin.trials.stopped import finished_in, note_what_is_finished
from gutskin.trials.store import Damaged


def held(count):
    listed = SimpleNamespace(
        folder="out/a", list_failures=lambda failures: f"{len(failures)} files"
    )
    return SimpleNamespace(count_finished=lambda: count, chunks=[1, 2, 3], store=listed)


def notes(error, folder):
    with pytest.raises(type(error)) as caught, note_what_is_finished(folder):
        raise error
    return "\n".join(getattr(caught.value, "__notes__", []))


def test_unit_how_much_is_kept():
    assert "Nothing is kept: without --out or --report" in finished_in(None)
    assert (
        finished_in(held(0))
        == "Nothing is kept: none of the 3 chunks of this run was finished yet."
    )
    assert finished_in(held(2)).startswith(
        "2 of 3 chunks are finished and kept in out/a.\nThe same"
    )


def test_unit_it_is_told_where_a_run_ends_early_and_not_where_the_input_is_wrong():
    assert "2 of 3 chunks" in notes(KeyboardInterrupt(), held(2))
    assert "2 of 3 chunks" in notes(Damaged("a chunk"), held(2))
    assert notes(InputError(Problem("wrong")), held(2)) == ""
    assert notes(ValueError("a fault of ours"), held(2)) == ""
    with pytest.raises(CannotWrite) as caught, note_what_is_finished(held(2)):
        raise CannotWrite([Problem("no room")])
    assert "2 of 3 chunks are finished" in str(caught.value)
    assert "no room" in str(caught.value)


def test_unit_the_files_of_who_failed_are_named_if_there_is_a_folder():
    failed = SimulationFailed("two failed")
    failed.failures = (1, 2)
    assert notes(failed, held(2)) == "Their patient files: 2 files"
    failed = SimulationFailed("two failed")
    failed.failures = (1, 2)
    assert notes(failed, None) == ""
    assert notes(SimulationFailed("nobody named"), held(2)) == ""
