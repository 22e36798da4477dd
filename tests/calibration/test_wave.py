"""Waves: kept on disk, gone on with, and computed anew when what decides them changes."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gutskin.calibration import wave as room
from gutskin.calibration.levels import noise_of_panel
from gutskin.calibration.sampling_error import Readings, jackknife
from gutskin.calibration.targets import read_calibration_targets
from gutskin.calibration.unknowns import (
    conduct_of,
    conducted_points,
    prior_points,
    read_unknowns,
)
from gutskin.calibration.wave import BATCH, Simulator, Wave, unbroken
from gutskin.calibration.workers import Workers, shipped_simulator
from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model

MODEL = load_model()
UNKNOWNS = read_unknowns(MODEL)
TARGETS = tuple(
    one for one in read_calibration_targets(shipped_biology())
    if one.id in ("tewl_healthy", "any_food_12", "solo1_easi75", "sakei-children:control")
)  # fmt: skip
WORLDS = BATCH + 3


@pytest.fixture
def simulator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Simulator:
    """One whose worlds show the number of a target, and notes the first world of each batch."""
    monkeypatch.setattr(
        room, "values_of_worlds", lambda model, unknowns, points, sets: {"all": points}
    )

    def shown(model: Any, targets: Any, worlds: Any, first: int, patients: int, seed: int) -> Any:
        done.append((len(targets), first, patients))
        points = worlds["all"]
        table = np.tile(np.arange(len(targets))[:, None], len(points)) + points[:, 0]
        return Readings(table, np.zeros_like(table), np.ones_like(table), np.zeros(len(points)))

    done.clear()
    monkeypatch.setattr(room, "levels_in_worlds", shown)
    monkeypatch.setattr(room, "births_in_worlds", shown)
    monkeypatch.setattr(room, "trials_in_worlds", shown)
    return Simulator(MODEL, UNKNOWNS, TARGETS, tmp_path)


done: list[tuple[int, int, int]] = []  # targets, first world or panel, patients


def test_a_wave_is_computed_batch_after_batch_and_once(simulator: Simulator) -> None:
    points, sets = prior_points(UNKNOWNS, range(WORLDS), 1)
    told: list[tuple[int, int]] = []
    one = simulator.run(points, sets, 5, lambda *count: told.append(count))
    # levels: a panel for each batch; products: in the first of eight batches of a later wave
    panel, many, few, born = room.IN_LEVELS, room.MANY, room.FEW, room.BORN
    first, second = 5, 5 + BATCH
    assert done == [
        (1, 0, panel), (1, first, born), (1, first, many), (1, first, few),
        (1, 1, panel), (1, second, born), (1, second, many),
    ]  # fmt: skip
    assert told == [(BATCH, WORLDS), (WORLDS, WORLDS)]
    two = simulator.run(points, sets, 5)
    assert len(done) == 7  # all of it lay there
    for name in room.FILES:
        assert np.array_equal(getattr(one, name), getattr(two, name), equal_nan=True), name
    order = [one.id for one in TARGETS]
    assert one.values[order.index("tewl_healthy")] == pytest.approx(points[:, 0])
    of_product = one.values[order.index("sakei-children:control")]
    assert np.isfinite(of_product[:BATCH]).all()
    assert np.isnan(of_product[BATCH:]).all()
    done.clear()
    prior = simulator.run(points, sets, 0)  # products: in every second batch of the prior's
    assert done == [
        (1, 0, panel), (1, 0, born), (1, 0, few), (1, 0, few),
        (1, 1, panel), (1, BATCH, born), (1, BATCH, few),
    ]  # fmt: skip
    assert np.isfinite(prior.values[:, :BATCH]).all()
    assert np.isnan(prior.values).sum() == WORLDS - BATCH  # of one target, in the second batch


def test_batches_may_be_computed_in_any_order(simulator: Simulator) -> None:
    points, sets = prior_points(UNKNOWNS, range(WORLDS), 1)

    def backwards(own: Simulator, batches: Any) -> Any:
        for one in reversed(batches):
            yield own.batch(*one)

    one = simulator.run(points, sets, 0, side_by_side=backwards)
    assert [first for _, first, _ in done] == [1, BATCH, BATCH, 0, 0, 0, 0]
    two = replace(simulator, folder=simulator.folder / "other").run(points, sets, 0)
    assert np.array_equal(one.values, two.values, equal_nan=True)


@pytest.mark.slow
def test_processes_side_by_side_compute_what_one_does(tmp_path: Path) -> None:
    one = shipped_simulator(tmp_path / "one", 1)
    points, sets = prior_points(one.unknowns, range(BATCH + 2), 1)
    workers = Workers(2, tmp_path / "two", 1)
    two = replace(one, folder=tmp_path / "two").run(points, sets, 0, side_by_side=workers)
    wave = one.run(points, sets, 0)
    for name in room.FILES:
        assert np.array_equal(getattr(wave, name), getattr(two, name), equal_nan=True), name


def test_closed_form_the_noise_of_a_level_is_what_its_patients_do_to_worlds() -> None:
    rng = np.random.default_rng(1)
    worlds, patients = 4000, 50
    of_world, of_patient = rng.standard_normal((worlds, 1)), rng.standard_normal((1, patients))
    table = of_world + 3.0 * of_patient + 2.0 * rng.standard_normal((worlds, patients))
    at = ("who", None)

    def read(seen: Any) -> float:
        return float(seen[at][0].mean())

    found = noise_of_panel({at: table[None]}, read)
    assert found == pytest.approx(4.0 / patients, rel=0.06)  # 3 of the patients is no world's
    assert np.isnan(noise_of_panel({at: table[None, :1]}, read))


def test_what_decides_a_wave_makes_it_another(simulator: Simulator) -> None:
    points, sets = prior_points(UNKNOWNS, range(8), 1)
    simulator.run(points, sets)
    before = len(done)
    moved = replace(TARGETS[0], low=1.0, high=99.0)  # what was seen does not decide what is shown
    replace(simulator, targets=(moved, *TARGETS[1:])).run(points, sets)
    assert len(done) == before
    for other in (
        replace(simulator, seed=2),
        replace(simulator, targets=TARGETS[:2]),
        replace(simulator, model=replace(MODEL, tables=replace(MODEL.tables, biology=_edited()))),
    ):
        count = len(done)
        other.run(points, sets)
        assert len(done) > count
    count = len(done)
    simulator.run(points + 0.1, sets)
    assert len(done) > count


def _edited() -> Any:
    biology = shipped_biology()
    return replace(biology, overlay=room_overlay("settle.tsv", "id\tfactor\nk_memory\t2\n"))


def room_overlay(name: str, text: str) -> Any:
    from gutskin.model.biology import Overlay

    return Overlay(Path("own"), ((name, text),))


def test_a_world_is_the_same_however_many_are_drawn() -> None:
    many, few = (prior_points(UNKNOWNS, worlds, 3) for worlds in (range(40), range(20, 30)))
    assert (many[0][20:30] == few[0]).all()
    assert (many[1][20:30] == few[1]).all()
    points = prior_points(UNKNOWNS, range(200), 3)[0]
    assert points.mean() == pytest.approx(0, abs=0.02)
    assert points.std() == pytest.approx(1, abs=0.02)


def test_every_number_with_a_width_is_unknown_and_no_reference_is() -> None:
    roles = {one.id: one.role for one in UNKNOWNS}
    assert len(roles) > 400
    assert {"prior", "assumed", "fitted", "median", "conduct"} == set(roles.values())
    rows = MODEL.tables.parameters
    assert "activity_sd" in roles
    assert "between_trials_scorad" not in roles  # that is how trials differ
    for one in UNKNOWNS:
        if one.role not in ("median", "conduct"):
            row = rows[one.id]
            assert row.number("low") < row.number("high"), one.id
    assert not [name for name in roles if name in rows and rows[name].text("role") == "reference"]


def test_closed_form_the_jackknife_of_a_mean_is_its_squared_standard_error() -> None:
    values = np.random.default_rng(1).standard_normal((1, 30))
    wanted = values.var(ddof=1) / 30
    without = np.array([np.delete(values, i).mean() for i in range(30)])
    assert jackknife(without) == pytest.approx(wanted)


def test_a_world_that_breaks_shows_nothing_and_the_others_all_the_same() -> None:
    def evaluate(worlds: Any, first: int) -> Readings:
        own = worlds["all"]
        if (own == 3).any():
            raise ArithmeticError
        table = np.tile(own + first - own[0], (2, 1))
        return Readings(table, table, table, np.zeros(len(own)))

    found = unbroken(evaluate, {"all": np.arange(6.0)}, 10)
    assert np.isnan(found.values[:, 3]).all()
    assert found.values[0, [0, 1, 2, 4, 5]].tolist() == [10, 11, 12, 14, 15]

    def never(worlds: Any, first: int) -> Readings:
        raise ArithmeticError("this is no matter of a world")

    with pytest.raises(ArithmeticError, match="no matter"):
        unbroken(never, {"all": np.arange(3.0)}, 0)


def test_conduct_of_its_own_leaves_the_common_part_and_the_width() -> None:
    points = np.random.default_rng(1).standard_normal((4000, len(UNKNOWNS)))
    run, own = conducted_points(UNKNOWNS, points, 1), conduct_of(UNKNOWNS)
    assert (run[:, ~own] == points[:, ~own]).all()
    assert run[:, own].std(axis=0) == pytest.approx(np.ones(own.sum()), abs=0.05)
    both = np.array(
        [np.corrcoef(*pair)[0, 1] for pair in zip(run.T[own], points.T[own], strict=True)]
    )
    assert both**2 == pytest.approx(np.full(own.sum(), 0.5), abs=0.05)


def test_a_wave_is_read_back_as_it_was_written() -> None:
    one = Wave(np.ones((2, 3)), np.zeros(2), np.zeros(2), np.full((4, 2), np.nan), np.ones((4, 2)), np.ones((4, 2)), np.zeros(2))  # noqa: E501  # fmt: skip
    two = Wave.from_bytes(one.to_bytes())
    assert all(
        np.array_equal(getattr(one, name), getattr(two, name), equal_nan=True)
        for name in room.FILES
    )
