"""What a user is told of a run that was stopped."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from gutskin.atomic_write import CannotWrite
from gutskin.engine import SimulationFailed
from gutskin.errors import InputError, Problem
from gutskin.trials.stopped import finished_in, kept_message, note_what_is_finished
from gutskin.trials.store import Damaged


def held(count):
    listed = SimpleNamespace(
        folder="out/a", list_failures=lambda failures: f"{len(failures)} files"
    )
    return SimpleNamespace(
        count_finished=lambda: count, chunks=[1, 2, 3], store=listed, command="gutskin trial t"
    )


def notes(error, folder):
    with pytest.raises(type(error)) as caught, note_what_is_finished(folder):
        raise error
    return "\n".join(getattr(caught.value, "__notes__", []))


def test_unit_how_much_is_kept():
    assert "Nothing is kept: without --out or --report" in finished_in(None)
    assert finished_in(held(2)) == (
        "2 of 3 chunks are finished and kept in out/a.\n`gutskin trial t` goes on from there."
    )


@pytest.mark.parametrize(
    ("finished", "chunks", "says"),
    [
        (0, 3, "Nothing is kept: none of the 3 chunks of this run was finished yet."),
        (0, 1, "Nothing is kept: the only chunk of this run was not finished yet."),
        (1, 1, "1 of 1 chunk is finished and kept in out.\nThe same command goes on from there."),
        (1, 3, "1 of 3 chunks is finished and kept in out.\nThe same command goes on from there."),
        (3, 3, "3 of 3 chunks are finished and kept in out.\nThe same command goes on from there."),
    ],
)
def test_unit_one_and_several_chunks_have_words_of_their_own(finished, chunks, says):
    assert kept_message(finished, chunks, Path("out")) == says


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
