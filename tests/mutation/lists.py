"""What became of the mutants: the survivors with reasons, and the score of every module."""

from __future__ import annotations

import csv
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from mutate import Mutant

HERE = Path(__file__).parent
SURVIVORS = HERE / "survivors.tsv"
SCORE = HERE / "score.tsv"
KILLED = ("killed", "timeout")
EQUIVALENT = "equivalent"
COLUMNS = ("module", "mutants", "drawn", "equivalent", "killed", "timeouts")

Key = tuple[str, str, str, str]


@dataclass(frozen=True)
class Found:
    """A mutant, what became of it (killed, timeout, survived, untested), and the test that did."""

    mutant: Mutant
    verdict: str
    by: str = ""


@dataclass(frozen=True)
class Score:
    """What was found for a module.

    Parameters
    ----------
    mutants : all there are
    drawn : of which were tried
    equivalent : of which no test can tell from the original
    killed, timeouts : of which a test noticed, and of these by not coming to an end
    """

    module: str
    mutants: int
    drawn: int
    equivalent: int
    killed: int
    timeouts: int

    @property
    def counted(self) -> int:
        """Those that a test could notice."""
        return self.drawn - self.equivalent

    @property
    def share(self) -> float:
        """Of which one does."""
        return self.killed / self.counted if self.counted else 1.0


def reasons() -> dict[Key, str]:
    """Why a survivor is left, by its key."""
    if not SURVIVORS.exists():
        return {}
    with SURVIVORS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]
    return {(row[0], row[1], row[2], row[3]): row[4] for row in rows}


def update_survivors(found: Iterable[Found], everything: Iterable[Mutant]) -> None:
    """Bring the list of survivors up to date; who is no mutant any more leaves it."""
    known, there = reasons(), {one.key for one in everything}
    judged = {one.mutant.key: one.verdict for one in found}
    alive = {key for key, verdict in judged.items() if verdict not in KILLED}
    alive |= {key for key in known if key in there and key not in judged}
    with SURVIVORS.open("w", encoding="utf-8", newline="") as file:
        file.write("file\tplace\tline\tinstead\treason\n")
        file.writelines("\t".join((*key, known.get(key, ""))) + "\n" for key in sorted(alive))


def update_score(found: Iterable[Found], everything: Iterable[Mutant]) -> list[Score]:
    """Write the scores of the modules that were tried; those of others stay."""
    total = {file: len(list(some)) for file, some in _by_file(everything, lambda one: one.file)}
    why = reasons()
    rows = {one.module: one for one in scores() if one.module in total}
    for module, some in _by_file(found, lambda one: one.mutant.file):
        its = list(some)
        killed = [one for one in its if one.verdict in KILLED]
        equal = [one for one in its if one.verdict not in KILLED
                 and why.get(one.mutant.key, "").startswith(EQUIVALENT)]  # fmt: skip
        timeouts = sum(one.verdict == "timeout" for one in killed)
        rows[module] = Score(module, total[module], len(its), len(equal), len(killed), timeouts)
    with SCORE.open("w", encoding="utf-8", newline="") as file:
        file.write("\t".join(COLUMNS) + "\n")
        for _, one in sorted(rows.items()):
            file.write("\t".join(str(getattr(one, name)) for name in COLUMNS) + "\n")
    return list(rows.values())


def _by_file(some, file):
    return groupby(sorted(some, key=file), key=file)


def scores() -> list[Score]:
    """What `score.tsv` says."""
    if not SCORE.exists():
        return []
    with SCORE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    return [Score(row["module"], *(int(row[name]) for name in COLUMNS[1:])) for row in rows]


def overall(rows: Sequence[Score]) -> tuple[float, float, float]:
    """The share killed of all mutants, and its interval; a module weighs by its mutants.

    The interval is normal, with the variance of a stratified sample without replacement; within a
    module it is that of (k + 1) of (n + 2), since a module where all were killed is not known to
    be without a survivor.
    """
    total = sum(one.mutants for one in rows)
    share = sum(one.mutants * one.share for one in rows) / total
    variance = 0.0
    for one in rows:
        middle = (one.killed + 1) / (one.counted + 2)
        left = 1 - one.drawn / one.mutants
        variance += (one.mutants / total) ** 2 * left * middle * (1 - middle) / (one.counted + 2)
    width = 1.96 * math.sqrt(variance)
    return share, max(0.0, share - width), min(1.0, share + width)
