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


def test_every_kind_leaves_numbers_beside_it_and_a_number_is_of_one_kind() -> None:
    found = kinds_of(EVERY, shipped_biology())
    of_drugs = {"drug:action", "drug:duration", "drug:endpoint"}
    assert set(found) == {"age", "duration", "dose", "strain"} | of_drugs
    known = {one.id: one for one in EVERY}
    for axis, kinds in found.items():
        sizes = [len(those) for those in kinds.values()]
        assert len(sizes) >= 2 or axis == "strain"
        assert min(sizes) >= 2
        every = set().union(*kinds.values())
        assert len(every) == sum(sizes)
        tables = {known[name].table for name in every}
        assert tables == ({"arms"} if axis in of_drugs else {"published"})
    assert "lgg-infants:difference" in found["age"]["under 3 years"]
    assert "lgg-infants:control" in found["age"]["under 3 years"]
    assert "ls01-adults:difference" in found["age"]["from 12 years"]
    assert "sakei-children:difference" in found["strain"]["lactobacilli"]


def test_arms_of_drugs_are_of_a_kind_by_where_they_act_when_and_what_is_seen() -> None:
    found = kinds_of(EVERY, shipped_biology())
    assert {"jade2_200_easi75", "jade2_100_easi75"} == found["drug:action"]["JAK1"]
    assert {"ignite_easi75", "coast1_easi75"} <= found["drug:action"]["OX40"]
    together = found["drug:action"]["IL-4 and IL-13"]
    assert {"solo1_easi75", "advocate1_easi75", "dupilumab_tarc"} <= together
    assert "early_itch_12" in found["drug:duration"]["up to 12 weeks"]
    assert "solo1_itch4" in found["drug:endpoint"]["itch"]
    assert "solo1_easi75" in found["drug:endpoint"]["EASI"]
    every = {name for kinds in found.values() for those in kinds.values() for name in those}
    assert not any("placebo" in name for name in every)


def test_a_range_has_no_place_and_is_left_out_all_the_same() -> None:
    known = {one.id: one for one in EVERY}
    assert not room._is_asked(known["dupilumab_tarc"])
    assert room._is_asked(known["solo1_easi75"])
    assert room._is_asked(known["lgg-infants:difference"])
    assert not room._is_asked(known["lgg-infants:control"])


def test_all_targets_of_a_kind_are_left_out_and_its_differences_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    point, latents = true_world(1)
    printed = printed_by(point, latents, 1)
    names = ["young", "young", "old", "old"]
    targets = [
        replace(one, value=value, trial=name, table="published", id=f"{name}{number}:{what}")
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
    kinds = {name: {one.id for one in targets if one.trial == name} for name in ("young", "old")}
    monkeypatch.setattr(room, "kinds_of", lambda *_: {"age": kinds})
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
    assert rows["age"].number("numbers") == 2
