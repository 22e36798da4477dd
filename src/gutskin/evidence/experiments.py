"""Experiments as data: what `claims.toml` and files like it may say.

The form is described in docs/claims.md. Reading refuses an experiment that could not fail.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gutskin.errors import InputError, Problem, nearest
from gutskin.evidence.could_fail import blind_problems
from gutskin.evidence.experiment_checks import experiment_problems, whole_arms
from gutskin.evidence.experiment_parts import FORMAT, AnyCheck, Arm, Experiment
from gutskin.evidence.sound_experiment import sound_experiment
from gutskin.model.biology import EXPERIMENTS, Biology, shipped_biology
from gutskin.model.rows import Row
from gutskin.model.vocabulary import vocabulary
from gutskin.model.written_equations import written_equations
from gutskin.population.known import known_names
from gutskin.population.own_strains import with_file_strains
from gutskin.population.strain_file import strain_problems
from gutskin.toml_file import parsed
from gutskin.toml_text import (
    Found,
    TomlFile,
    in_order,
    read_toml,
    without_consequences,
    written,
)
from gutskin.user_text import canonical, wrong_with

if TYPE_CHECKING:
    from gutskin.model.model import Model

SHIPPED = tuple(name.removesuffix(".toml") for name in EXPERIMENTS)


@dataclass(frozen=True)
class Statement:
    """An experiment with what the article says and how good the evidence is.

    Parameters
    ----------
    arms : name -> whole arm, what it is like put in
    grade : of the evidence
    """

    id: str
    says: str
    grade: str
    arms: Mapping[str, Arm]
    experiment: Experiment

    def must_show(self, check: AnyCheck) -> bool:
        """Whether human evidence, or structure, asks that a check shows."""
        return (check.grade or self.grade) in ("A", "B", "structure")


def files_of(name: str, biology: Biology) -> tuple[Path, ...]:
    """The files of a set of experiments: the shipped one, and an overlay's if it has one.

    Raises
    ------
    InputError
        For an unknown name.
    """
    if name not in SHIPPED:
        message = f"there is no set of experiments {name!r}."
        raise InputError(Problem(message, remedy=nearest(name, SHIPPED)))
    return tuple(one.path for one in biology.texts(f"{name}.toml"))


def shipped(name: str) -> Path:
    """The file of a shipped set of experiments.

    Raises
    ------
    InputError
        For an unknown name.
    """
    return files_of(name, shipped_biology())[0]


def read_experiments(paths: Path | Sequence[Path], model: Model) -> dict[str, Statement]:
    """The statements of a file, in its order; those of several files together.

    Raises
    ------
    InputError
        With all problems of the files; then, where an overlay has equations that are read by the
        compiler alone, with the experiments of which they say that they could not fail.
    """
    several = [paths] if isinstance(paths, Path) else paths
    planned = _planned(several, model.biology)
    problems: list[Problem] = []
    if written_equations(model.biology) is None:
        for path, statements in planned.items():
            file = read_toml(path)
            for name, one in statements.items():
                found = blind_problems(one.experiment, one.arms, model, model.tables)
                problems += in_order(_problem(file, name, each) for each in found)
    if problems:
        raise InputError(problems)
    return {name: one for statements in planned.values() for name, one in statements.items()}


def plan_experiments(paths: Path | Sequence[Path], biology: Biology) -> dict[str, Statement]:
    """The statements of files with every name, range, time and path compared, nothing compiled.

    Parameters
    ----------
    paths : of one file, or of several; a statement takes the place of an earlier file's of its id

    Raises
    ------
    InputError
        With all problems of the files.
    """
    several = [paths] if isinstance(paths, Path) else paths
    together: dict[str, Statement] = {}
    for statements in _planned(several, biology).values():
        together |= statements
    return together


def chosen(statements: Mapping[str, Statement], ids: Sequence[str]) -> dict[str, Statement]:
    """The statements with these ids, all without; ids in any case.

    Raises
    ------
    InputError
        For an id that there is not; names the shipped set that has it, or the nearest.
    """
    if not ids:
        return dict(statements)
    names = {canonical(one): one for one in statements}
    unknown = [one for one in ids if canonical(one) not in names]
    if unknown:
        raise InputError([
            Problem(f"there is no statement {one!r} here.", remedy=_where(one, tuple(statements)))
            for one in unknown
        ])  # fmt: skip
    return {names[canonical(one)]: statements[names[canonical(one)]] for one in ids}


def _where(id_: str, known: Sequence[str]) -> str:
    """The shipped set that has a statement of this id; else the nearest of those known."""
    for name in SHIPPED:
        rows = read_toml(shipped(name)).values
        if canonical(id_) in {canonical(one) for one in rows}:
            return f"It is one of another set: --set {name}."
    return nearest(id_, known)


def _planned(paths: Sequence[Path], biology: Biology) -> Mapping[Path, Mapping[str, Statement]]:
    """The statements of every file; shipped files are planned once while they stay as they are."""
    if any(path.parent != biology.folder or not path.is_file() for path in paths):
        return _plan_files(paths, biology)
    about = [path.stat() for path in paths]
    stand = tuple((one.st_mtime_ns, one.st_size) for one in about)
    return _plan_shipped(tuple(paths), stand, biology)


@lru_cache(maxsize=32)
def _plan_shipped(
    paths: tuple[Path, ...], _changed: tuple[tuple[int, int], ...], biology: Biology
) -> Mapping[Path, Mapping[str, Statement]]:
    """The statements of files that were changed then and are so large; all read the same ones."""
    return _plan_files(paths, biology)


def _plan_files(paths: Sequence[Path], biology: Biology) -> dict[Path, dict[str, Statement]]:
    """The statements of every file, planned anew."""
    found: dict[Path, dict[str, Statement]] = {}
    problems: list[Problem] = []
    ids: dict[str, str] = {}  # an id of all files by what it is like
    for path in paths:
        found[path], wrong_in_file = _plan_file(path, biology, ids)
        problems += in_order(wrong_in_file)
    if problems:
        raise InputError(problems)
    return found


def _plan_file(
    path: Path, biology: Biology, ids: dict[str, str]
) -> tuple[dict[str, Statement], list[Problem]]:
    """The statements of one file, and what is wrong with it."""
    file = read_toml(path)
    found: dict[str, Statement] = {}
    untold = {place: (what, fix) for place, what, fix in written(file.values)}
    problems = [file.problem(place, *one) for place, one in untold.items()]
    if not file.values:
        remedy = "Write an experiment: docs/claims.md has one."
        problems.append(Problem("there is no experiment in this file.", path, None, remedy))
    for name, entry in file.values.items():
        if name == "strains" and isinstance(entry, list):
            what = "strains of this file stand under no experiment."
            remedy = "Head each with the id of the one that gives them, as [[C99.strains]]."
            problems.append(file.problem((name,), what, remedy))
            continue
        problems_of_one = list(_name_problems(name, ids.setdefault(canonical(name), name)))
        strains = entry.get("strains") if isinstance(entry, dict) else None
        problems_of_one += strain_problems(strains, biology)
        own = with_file_strains(biology, {"strains": strains}, path)
        one, wrong = parsed(FORMAT, entry, known_names(own), name)
        problems_of_one += wrong
        if one is None:
            problems_of_one += _rest_problems(name, entry, wrong, own)
        else:
            names = vocabulary(own)
            arms, wrong = whole_arms(one, names)
            problems_of_one += wrong
            problems_of_one += experiment_problems(one, arms, names, arms_whole=not wrong)
            if not problems_of_one:
                found[name] = _statement(name, one, arms, biology)
                equations = written_equations(biology)
                if equations is not None:
                    problems_of_one += blind_problems(one, arms, equations, names.tables)
        problems += [
            _problem(file, name, each) for each in problems_of_one if (name, *each[0]) not in untold
        ]
    return found, problems


def _rest_problems(
    name: str, entry: Any, wrong: Sequence[Found], biology: Biology
) -> Iterator[Found]:
    """What is wrong between the parts of an experiment whose form is right, where others are not.

    Parameters
    ----------
    wrong : what is said of the form
    """
    rest = sound_experiment(entry, wrong, known_names(biology), name)
    if rest is None:
        return
    names = vocabulary(biology)
    arms, found = whole_arms(rest.experiment, names)
    found += experiment_problems(
        rest.experiment,
        arms,
        names,
        arms_whole=rest.comparable and not found,
        checks_whole=rest.checks_whole,
    )
    placed = [(rest.place_in_file(place), what, fix) for place, what, fix in found]
    yield from without_consequences(placed, wrong)


def _problem(file: TomlFile, name: str, found: Found) -> Problem:
    place, what, fix = found
    return file.problem((name, *place), f"{name}: {what}", fix)


def _name_problems(name: str, first: str) -> Iterator[Found]:
    """What is wrong with an id: figures are named after it. `first` is the first that is alike."""
    if wrong := wrong_with(name):
        yield (), f"{wrong}.", None
    if first != name:
        yield (), f"its id differs from {first!r} in case only.", "Rename one of them."


def _statement(name: str, one: Experiment, arms: Mapping[str, Arm], biology: Biology) -> Statement:
    row = _article(biology).get(name)
    says = one.statement or (row.text("statement") if row else one.experiment)
    grade = one.grade or (grade_of(row.text("evidence")) if row else "none")
    return Statement(name, says, grade, arms, one)


def grade_of(evidence: str) -> str:
    """The grade at the head of what claims.tsv says of the evidence.

    >>> [grade_of(text) for text in ("B- (trials)", "CONTESTED: by a census", "unverified")]
    ['B', 'contested', 'none']
    """
    if evidence.startswith(("CONTESTED", "structure")):
        return "contested" if evidence.startswith("CONTESTED") else "structure"
    return evidence[:1] if re.match(r"[ABC]\b", evidence) else "none"


@cache
def _article(biology: Biology) -> Mapping[str, Row]:
    """What the article says, by id."""
    return biology.table("claims.tsv")
