"""The folder of a result: whose it is, who may write into it, and how a new one takes its place.

A folder belongs to one run at a time, and its result to one run: another run is refused unless it
is told to replace it. Nothing is removed that we did not write.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from gutskin.atomic_write import cannot_write, make_folder, probe
from gutskin.errors import InputError, Problem
from gutskin.trials.chunks import Chunk
from gutskin.trials.folder_lock import locked
from gutskin.trials.manifest import RECORD, Manifest
from gutskin.trials.run_record import RunRecord
from gutskin.trials.store import FAILED, OTHER_STANCE, PATIENTS, SUFFIX, Store
from gutskin.trials.store_owner import Owner

SUMMARY, COURSES, REPORT = "result.json", "trajectories.nc", "report.html"
POWER_FILES = ("power.json", "power.svg", "power.png")  # what `gutskin power` adds
OPTIMISE_FILES = ("optimise.json", "optimise.csv", "optimise.svg", "optimise.png")
ADDED = {POWER_FILES: "n_for_80", OPTIMISE_FILES: "possibly_best"}  # a key of the first of each
ADDED_FILES = tuple(name for names in ADDED for name in names)
RESULT_FILES = (SUMMARY, RECORD, PATIENTS, OTHER_STANCE, COURSES, REPORT)
WITHIN = {PATIENTS: SUFFIX, OTHER_STANCE: SUFFIX, FAILED: ".toml"}  # folders of a result
LONGEST_NAME = 200  # bytes: names of files beside it are a little longer, 255 the most

Tell = Callable[[str], None]


@dataclass(frozen=True)
class ResultFolder:
    """A folder that this run alone writes into.

    Parameters
    ----------
    path : where the result will be
    record : of the run
    chunks : of the run, under both stances
    store : of its finished chunks
    command : the command line of the run
    """

    path: Path
    record: RunRecord
    chunks: Sequence[Chunk]
    store: Store
    command: str = ""

    def count_finished(self) -> int:
        """How many finished chunks the same command would find again."""
        return self.store.count(self.chunks)

    def missing(self) -> list[Chunk]:
        """The chunks of which nothing lies here, damaged or not."""
        return [chunk for chunk in self.chunks if not self.store.has(chunk)]

    def replace(self, write: Callable[[Path], None]) -> None:
        """Let `write` fill a new folder, which takes the place of the old one; clear the store."""
        replace_folder(self.path, write)
        self.store.remove(self.chunks)


@contextmanager
def result_folder(
    out_dir: Path,
    record: RunRecord,
    chunks: Sequence[Chunk],
    *,
    overwrite: bool = False,
    command: str = "",
    tell: Tell = lambda text: None,
) -> Iterator[ResultFolder]:
    """A folder for the result of a run, held for this run alone.

    Parameters
    ----------
    record, chunks : of the run
    overwrite : replace the result of another run
    command : told to another run that wants the same folder meanwhile
    tell : called with what a user should know

    Raises
    ------
    InputError
        If the folder cannot be written, holds anything but a result or the result of another run,
        or if another run is writing into it.
    """
    path = check_out_dir(out_dir)
    make_folder(path.parent)
    with locked(path, command, tell):
        recover(path)
        check_out_dir(path)
        _check_record(path, record, overwrite, tell)
        store = Store.beside(path, Owner.of(record, chunks, command))
        store.tidy(tell)
        try:
            yield ResultFolder(path, record, chunks, store, command)
        finally:
            store.leave()


def check_out_dir(out_dir: Path) -> Path:
    """The folder itself, links followed; one that cannot become a result is refused.

    Raises
    ------
    InputError
        If it cannot be written or holds anything but an earlier result: what stands in the way.
    """
    path = Path(os.path.realpath(out_dir))
    try:
        _check_place(path, out_dir)
    except OSError as error:
        raise cannot_write(out_dir, error) from None
    return path


def _check_place(path: Path, out_dir: Path) -> None:
    if len(os.fsencode(path.name)) > LONGEST_NAME:
        raise _refused(out_dir, "the name is too long.", "Name a shorter one.")
    if path.is_mount() or path in (here := Path.cwd(), *here.parents):
        what = "the root of a disk" if path.is_mount() else "the folder you are in"
        raise _refused(out_dir, f"this is {what}; it cannot be replaced.", "Name a folder in it.")
    if path.exists() and not path.is_dir():
        raise _refused(out_dir, "this is a file, not a folder.", "Name another.")
    if strange := sorted(set(_strangers(path))):
        what = f"the folder holds other files ({', '.join(strange[:3])})."
        raise _refused(out_dir, what, "Name a new folder; it would be replaced.")
    above = next(one for one in path.parents if one.exists())
    for place in (above, *([path] if path.exists() else [])):
        if not place.is_dir() or not os.access(place, os.W_OK | os.X_OK):
            raise _refused(out_dir, f"nothing can be written in {place}.", "Name another folder.")
    probe(above)


def _refused(path: Path, what: str, remedy: str) -> InputError:
    return InputError(Problem(what, path, None, remedy))


def _strangers(folder: Path) -> Iterator[str]:
    """Names of what lies in a folder and is no part of a result."""
    if not folder.is_dir():
        return
    try:
        names = os.listdir(folder)
        for name in names:
            place = folder / name
            if name in WITHIN and place.is_dir() and not place.is_symlink():
                entries = os.listdir(place)
                yield from (f"{name}/{one}" for one in entries if not one.endswith(WITHIN[name]))
            elif (
                name not in (*RESULT_FILES, *ADDED_FILES)
                or not place.is_file()
                or place.is_symlink()
            ):
                yield name
    except OSError as error:
        raise InputError(
            Problem(f"cannot be read: {error.strerror}.", folder, None, "Name another.")
        ) from None
    if names and not _is_result(folder) and not _holds_additions_alone(folder, names):
        yield from names


def _holds_additions_alone(folder: Path, names: Sequence[str]) -> bool:
    """Whether there is nothing but what `gutskin power` or `gutskin optimise` wrote."""
    if not set(names) <= set(ADDED_FILES):
        return False
    there = {files: key for files, key in ADDED.items() if set(names) & set(files)}
    try:
        return all(
            key in json.loads((folder / files[0]).read_text(encoding="utf-8"))
            for files, key in there.items()
        )
    except (OSError, ValueError, TypeError):
        return False


def _is_result(folder: Path) -> bool:
    """Whether there is a summary that we wrote."""
    try:
        summary = json.loads((folder / SUMMARY).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return (folder / SUMMARY).is_file() and (folder / RECORD).is_file()
    return isinstance(summary, dict) and {"trial", "stance", "model"} <= set(summary)


def _check_record(path: Path, record: RunRecord, overwrite: bool, tell: Tell) -> None:
    """Refuse to replace the result of another run."""
    if not path.exists() or set(os.listdir(path)) <= set(ADDED_FILES):
        return
    try:
        manifest = Manifest.read(path)
    except (OSError, ValueError):
        manifest = Manifest(record, "", {})
        differ = [f"its {RECORD} is missing or damaged"]
    else:
        differ = manifest.record.differences(record)
    if differ and not overwrite:
        raise _refused(
            path,
            f"the folder holds the result of another run ({', '.join(differ)}).",
            "Add --overwrite to replace it, or name another folder with --out.",
        )
    if differ:
        tell(f"The result in {path} is of another run ({', '.join(differ)}) and will be replaced.")
    elif manifest.record.program != record.program:
        tell(
            f"The result in {path} was computed by another version of the program or its "
            "libraries; everything is computed anew and will replace it."
        )
    else:
        for one in manifest.damaged(path, within=False):
            tell(f"{one.file}: {one.message} It is written anew.")


def finished_replicates(path: Path, record: RunRecord, tell: Tell) -> int | None:
    """How often a finished result repeated the same trial; None if it is of another, or none.

    Parameters
    ----------
    record : of the run that is wanted; its own number of replicates does not matter
    tell : called with what is damaged in it
    """
    if not path.is_dir() or not (path / SUMMARY).exists():
        return None
    try:
        manifest = Manifest.read(path)
    except (OSError, ValueError):
        tell(
            f"{path / RECORD} is missing or damaged, so that nobody knows whose worlds lie there. "
            "Run its trial again with --overwrite."
        )
        return None
    earlier = manifest.record
    now = replace(record, replicates=earlier.replicates, program=earlier.program)
    if replace(now, overlay=earlier.overlay) != earlier:
        return None
    for one in manifest.damaged(path, within=False):
        tell(str(one))
    return earlier.replicates


def refuse_addition_to_another(path: Path, record: RunRecord) -> None:
    """Refuse to write what was found of one trial beside the result of another.

    How often it was repeated, and by which version of the program, makes it no other.

    Parameters
    ----------
    record : of the trial of which something is to be written

    Raises
    ------
    InputError
        Says in what the result that lies there is another one.
    """
    try:
        there = Manifest.read(path).record
    except (OSError, ValueError):
        return  # nothing that could be told apart
    if differ := there.differences(replace(record, replicates=there.replicates)):
        what = f"the folder holds the result of another run ({', '.join(differ)})."
        raise _refused(path, what, "Name another folder with --out.")


def replace_folder(out_dir: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a new folder, then put it in the place of the old one.

    Interrupted at any moment, the old folder is whole: in its place, or, if the program was killed
    between two renames, beside it until `recover` puts it back.

    Raises
    ------
    CannotWrite
        If the disk is full or the place closed; the old folder stays.
    """
    out_dir = out_dir.absolute()
    new, old = _beside(out_dir)
    make_folder(out_dir.parent)
    recover(out_dir)
    try:
        new.mkdir()
        write(new)
        if out_dir.exists():
            out_dir.rename(old)
        new.rename(out_dir)
    except BaseException as error:
        if old.exists() and not out_dir.exists():
            old.rename(out_dir)
        shutil.rmtree(new, ignore_errors=True)
        if isinstance(error, OSError):
            raise cannot_write(out_dir, error) from None
        raise
    shutil.rmtree(old, ignore_errors=True)


def recover(out_dir: Path) -> None:
    """Tidy up after a run that was killed: the old result back in its place, half a new one away.

    Raises
    ------
    InputError
        If what lies there is not ours.
    """
    new, old = _beside(out_dir)
    for path in (new, old):
        if path.is_symlink() or (path.exists() and not path.is_dir()) or _foreign(path):
            raise _refused(path, "this stands in the way and is no result.", "Move it elsewhere.")
    if old.exists() and not out_dir.exists():
        old.rename(out_dir)
    for path in (new, old):
        shutil.rmtree(path, ignore_errors=True)
        if path.exists():
            raise _refused(path, "this is left of an earlier run and cannot be removed.", "Do so.")


def _foreign(folder: Path) -> bool:
    """Whether a folder holds what is not even a part of a result."""
    ours = {*RESULT_FILES, *ADDED_FILES, FAILED}
    return folder.is_dir() and any(
        name not in ours and not name.endswith(".new") for name in os.listdir(folder)
    )


def _beside(out_dir: Path) -> tuple[Path, Path]:
    """Where a new result is made, and where the old one waits meanwhile."""
    name = out_dir.name
    return out_dir.with_name(f".{name}.new"), out_dir.with_name(f".{name}.old")
