"""Kinds of trials foretold by all others: closed forms, and the kinds of the shipped targets."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from known_problem import TARGETS, printed_by, problem, true_world

from gutskin.calibration import kinds as room
from gutskin.calibration.kinds import Axis, kinds_of, left_out_kinds, normal_place, table_of
from gutskin.calibration.leave_out import Foretold
from gutskin.calibration.targets import read_calibration_targets
from gutskin.model.biology import shipped_biology
from gutskin.model.rows import parse_table

EVERY = read_calibration_targets(shipped_biology())
SOME = [one for one in EVERY if not one.is_range][:TARGETS]
DRAWS = np.random.default_rng(1).standard_normal(4001)


def seen(value: float, draws: np.ndarray = DRAWS) -> Foretold:
    return Foretold(replace(SOME[0], value=value, low=None, high=None), draws)


def test_closed_form_a_place_among_the_draws_is_a_normal_number() -> None:
    for value in (-1.96, 0.0, 1.0):
        assert normal_place(seen(value)) == pytest.approx(value, abs=0.08)
    assert 3.4 < normal_place(seen(99.0)) < 3.8  # beyond all: half a draw is left


def test_statistical_intervals_half_as_wide_as_they_should_be_are_widened_twice() -> None:
    values = np.random.default_rng(2).standard_normal(4000)
    right = Axis("age", {"all": tuple(seen(value) for value in values)})
    narrow = Axis("age", {"all": tuple(seen(value, 0.5 * DRAWS) for value in values)})
    broad = Axis("age", {"all": tuple(seen(value, 2.0 * DRAWS) for value in values)})
    assert right.wider == pytest.approx(1.0, abs=0.05)
    assert narrow.wider == pytest.approx(2.0, abs=0.15)
    assert broad.rms == pytest.approx(0.5, abs=0.05)
    assert broad.wider == 1.0  # no interval becomes narrower


def test_every_kind_leaves_trials_beside_it_and_a_trial_is_of_one_kind() -> None:
    found = kinds_of(EVERY, shipped_biology())
    trials = {one.trial for one in EVERY if one.id.endswith(":difference")}
    assert set(found) == {"age", "duration", "dose", "strain"}
    for kinds in found.values():
        sizes = [len(those) for those in kinds.values()]
        assert sizes
        assert min(sizes) >= 2
        assert max(sizes) <= len(trials) - 2
        assert len(set().union(*kinds.values())) == sum(sizes)
    assert "lgg-infants" in found["age"]["under 3 years"]
    assert "ls01-adults" in found["age"]["from 12 years"]
    assert "sakei-children" in found["strain"]["lactobacilli"]


def test_all_targets_of_a_kind_are_left_out_and_its_differences_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    point, latents = true_world(1)
    printed = printed_by(point, latents, 1)
    names = ["young", "young", "old", "old"]
    targets = [
        replace(one, value=value, trial=name, id=f"{name}{number}:{what}")
        for number, (one, value) in enumerate(zip(SOME, printed, strict=True))
        for name, what in [(names[number % 4], "control" if number % 2 else "difference")]
    ]
    left: list[list[str]] = []
    without = room.drawn_without

    def drawn(problem, whole, shown, own, seed):
        left.append([one.id for one, mine in zip(targets, own, strict=True) if mine])
        return without(problem, whole, shown, own, seed)

    monkeypatch.setattr(room, "drawn_without", drawn)
    monkeypatch.setattr(room, "WHOLE", 2048)
    monkeypatch.setattr(room, "kinds_of", lambda *_: {"age": {"young": {"young"}, "old": {"old"}}})
    simulator = SimpleNamespace(targets=targets, model=SimpleNamespace(biology=None))
    (axis,) = left_out_kinds(SimpleNamespace(problem=problem(printed)), simulator, 1)  # type: ignore[arg-type]
    assert [{one[:3] for one in those} for those in left] == [{"you"}, {"old"}]
    for kind, those in axis.foretold.items():
        assert those
        assert all(one.target.id.startswith(kind) for one in those)
        assert all(one.target.id.endswith(":difference") for one in those)
    assert 0.2 < axis.rms < 2.5


def test_the_table_says_of_every_axis_how_much_wider(tmp_path) -> None:
    axes = [Axis("age", {"a": (seen(2.0),), "b": (seen(-1.0),)}), Axis("dose", {})]
    rows = parse_table(table_of(axes), tmp_path / "outside.tsv", room.COLUMNS)
    assert [*rows] == ["age"]
    assert rows["age"].number("wider") == pytest.approx(np.sqrt(2.5), abs=0.05)
    assert rows["age"].text("kinds") == "a;b"
    assert rows["age"].number("trials") == 2
