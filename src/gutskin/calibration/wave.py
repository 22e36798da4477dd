"""Waves: many worlds, each with what every target comes to in it; kept, and gone on with.

A wave is computed batch after batch. A finished batch is a file under the cache folder whose name
holds all that decides it (the model, the targets, the points, the patients), so that the same
command goes on where it was stopped, and nothing of another model is taken for this one. Batches
may be computed by several processes side by side, each with a model of its own.

Trials of products take most of the time and say least: their differences hang on strains. Worlds of
the prior are asked for all of them, of later worlds those of every fourth batch. In later worlds
other trials follow more patients: what few patients add to a share of responders is many times what
worlds differ in, and an emulator that learnt from few moves with every wave.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from gutskin.atomic_write import make_folder, write_file
from gutskin.calibration.births import births_in_worlds
from gutskin.calibration.levels import levels_in_worlds
from gutskin.calibration.sampling_error import Readings, nothing_of
from gutskin.calibration.targets import Target
from gutskin.calibration.trial_arms import trials_in_worlds
from gutskin.calibration.unknowns import Unknown, values_of_worlds
from gutskin.disk_cache import key_of
from gutskin.model.model import Model

BATCH = 64  # worlds
IN_LEVELS, FEW, MANY = 128, 12, 48  # patients of a population, of a trial, in each world
BORN = 32  # newborns of a cohort, in each world
PRODUCTS_IN = 2, 8  # of so many batches one is asked for trials of products: of wave 0, later
FILES = ("points", "sets", "panels", "values", "noise", "chance", "lost")
AXES = (0, 0, 0, 1, 1, 1, 0)  # of worlds
BREAKS = (ArithmeticError, ValueError)
Evaluate = Callable[[Mapping[str, np.ndarray], int], Readings]
_LEVEL = "level"  # kind of a target that is no number of a trial
PUBLISHED = "published"  # table of the targets that are headlines of product trials
_BIRTHS = "births"  # of those that are read of cohorts from birth
# points, sets, number of the first world, whether trials of products are asked for, and patients of
# the other trials
Batch = tuple[np.ndarray, np.ndarray, int, bool, int]


@dataclass(frozen=True, eq=False)
class Wave:
    """Worlds and what targets come to in them.

    Parameters
    ----------
    points : Array [world, unknown] (sd from the value)
    sets : Array [world], which of the jointly fitted sets holds, 0 to 1
    panels : Array [world], which panel of patients levels were read of
    values, noise, chance : Array [target, world]; see `Readings`
    lost : Array [world], patients who could not be computed
    """

    points: np.ndarray
    sets: np.ndarray
    panels: np.ndarray
    values: np.ndarray
    noise: np.ndarray
    chance: np.ndarray
    lost: np.ndarray

    def __len__(self) -> int:
        return len(self.sets)

    @classmethod
    def of(cls, parts: Sequence[Wave]) -> Wave:
        """Several as one."""
        return cls(
            *(np.concatenate([getattr(one, name) for one in parts], axis=axis)
              for name, axis in zip(FILES, AXES, strict=True))
        )  # fmt: skip

    @property
    def broken(self) -> np.ndarray:
        """Worlds that could not be computed, or some of whose patients could not [world] (bool)."""
        return (self.lost > 0) | ~np.isfinite(self.values).any(axis=0)

    def to_bytes(self) -> bytes:
        """As a file holds it."""
        file = io.BytesIO()
        np.savez(file, **{name: getattr(self, name) for name in FILES})
        return file.getvalue()

    @classmethod
    def from_bytes(cls, content: bytes) -> Wave:
        """Read back."""
        with np.load(io.BytesIO(content), allow_pickle=False) as table:
            return cls(*(table[name] for name in FILES))


def in_turn(simulator: Simulator, batches: Sequence[Batch]) -> Iterator[None]:
    """Batches one after the other, each told of when it is done."""
    for one in batches:
        simulator.batch(*one)
        yield


SideBySide = Callable[["Simulator", Sequence[Batch]], Iterable[object]]


@dataclass(frozen=True, eq=False)
class Simulator:
    """The model and the targets that worlds are run for.

    Parameters
    ----------
    folder : where finished batches lie
    seed : of patients, conduct and strains
    """

    model: Model
    unknowns: tuple[Unknown, ...]
    targets: tuple[Target, ...]
    folder: Path
    seed: int = 1

    def run(
        self,
        points: np.ndarray,
        sets: np.ndarray,
        first: int = 0,
        progress: Callable[[int, int], None] = lambda done, total: None,
        side_by_side: SideBySide = in_turn,
    ) -> Wave:
        """What the targets come to in these worlds.

        Parameters
        ----------
        points, sets : Array [world, unknown], Array [world]
        first : number of the first world: it names patients, conduct and strains, and 0 is the
            first of the prior
        progress : called with worlds done, worlds in all
        side_by_side : computes batches, in whichever order
        """
        starts = range(0, len(sets), BATCH)
        asked = [
            (points[one : one + BATCH], sets[one : one + BATCH], first + one,
             one // BATCH % PRODUCTS_IN[first > 0] == 0, FEW if first == 0 else MANY)
            for one in starts
        ]  # fmt: skip
        for done, _ in enumerate(side_by_side(self, asked), 1):
            progress(min(done * BATCH, len(sets)), len(sets))
        return Wave.of([self.batch(*one) for one in asked])

    def batch(
        self, points: np.ndarray, sets: np.ndarray, first: int, products: bool, patients: int
    ) -> Wave:
        """A batch, from its file where there is one.

        Parameters
        ----------
        products : whether trials of products are asked for
        patients : of every other trial
        """
        file = self.folder / f"{self._key(points, sets, first, products, patients)}.npz"
        if file.is_file():
            return Wave.from_bytes(file.read_bytes())
        panel = first // BATCH

        def shown(worlds: Mapping[str, np.ndarray], at: int) -> Readings:
            return self._shown(worlds, at, panel, products, patients)

        worlds = values_of_worlds(self.model, self.unknowns, points, sets)
        found = unbroken(shown, worlds, first)
        wave = Wave(
            points, sets, np.full(len(sets), panel), found.values, found.noise, found.chance,
            found.lost,
        )  # fmt: skip
        make_folder(self.folder)
        write_file(file, wave.to_bytes())
        return wave

    def _shown(
        self, worlds: Mapping[str, np.ndarray], first: int, panel: int, products: bool,
        patients: int,
    ) -> Readings:  # fmt: skip
        """What all targets come to; nothing those of products where they are not asked for."""
        shape = (len(self.targets), len(next(iter(worlds.values()))))
        values, noise, chance = (np.full(shape, np.nan) for _ in range(3))
        lost = np.zeros(shape[1])
        kinds = [_LEVEL if one.is_level else one.table for one in self.targets]
        others = sorted({*kinds} - {_LEVEL, _BIRTHS, PUBLISHED})
        for evaluate, of_kinds, followed, named in (
            (levels_in_worlds, [_LEVEL], IN_LEVELS, panel),
            (births_in_worlds, [_BIRTHS], BORN, first),
            (trials_in_worlds, others, patients, first),
            (trials_in_worlds, [PUBLISHED] if products else [], FEW, first),
        ):
            places = [i for i, kind in enumerate(kinds) if kind in of_kinds]
            if not places:
                continue
            own = [self.targets[i] for i in places]
            found = evaluate(self.model, own, worlds, named, followed, self.seed)
            values[places], noise[places] = found.values, found.noise
            chance[places] = found.chance
            lost += found.lost
        return Readings(values, noise, chance, lost)

    def _key(
        self, points: np.ndarray, sets: np.ndarray, first: int, products: bool, patients: int
    ) -> str:
        return key_of([
            self.model.biology.numbers_hash, *(repr(_deciding(one)) for one in self.targets),
            *(one.id for one in self.unknowns), points.tobytes(), sets.tobytes(), str(first),
            str(self.seed), str((IN_LEVELS, BORN, patients, products)),
        ])  # fmt: skip


def unbroken(evaluate: Evaluate, worlds: Mapping[str, np.ndarray], first: int) -> Readings:
    """What worlds show; one that cannot be computed shows nothing, and the others all the same.

    Parameters
    ----------
    evaluate : worlds and the number of the first -> what they show

    Raises
    ------
    ArithmeticError, ValueError
        Where no world can be computed: that is no matter of a world.
    """
    try:
        return evaluate(worlds, first)
    except BREAKS:
        count = len(next(iter(worlds.values())))
        if count == 1:
            raise
    parts: list[Readings | None] = []
    for start in range(count):
        one = {name: value[start : start + 1] for name, value in worlds.items()}
        try:
            parts.append(evaluate(one, first + start))
        except BREAKS:
            parts.append(None)
    sound = [one for one in parts if one is not None]
    if not sound:
        return evaluate(worlds, first)  # and says why
    return Readings.of([nothing_of(sound[0]) if one is None else one for one in parts])


def _deciding(target: Target) -> tuple[object, ...]:
    """What decides how a target is simulated; its value does not."""
    cells: Mapping[str, str] = {} if target.trial else target.row.cells
    names = (
        "population", "given", "quantity", "statistic", "versus", "operation", "at_day", "endpoint",
        "week",
    )  # fmt: skip
    number = target.number
    asked = None if number is None else (
        number.endpoint, number.arm, number.week, number.measure, number.against, number.adjusted
    )  # fmt: skip
    return (target.id, target.trial, asked, *(cells.get(name, "") for name in names))
