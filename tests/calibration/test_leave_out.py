"""Sources foretold by all others."""

from dataclasses import replace
from functools import partial
from types import SimpleNamespace

import numpy as np
import pytest
from known_problem import SOURCES, TARGETS, printed_by, problem, true_world

from gutskin.calibration import leave_out as room
from gutskin.calibration.leave_out import Foretold, left_out_sources
from gutskin.calibration.posterior import draw_posterior
from gutskin.calibration.targets import read_calibration_targets
from gutskin.model.biology import shipped_biology

SOME = [one for one in read_calibration_targets(shipped_biology()) if not one.is_range][:TARGETS]


def foretold(seed: int, enough: float, monkeypatch: pytest.MonkeyPatch) -> list[Foretold]:
    monkeypatch.setattr(room, "WHOLE", 2048)
    monkeypatch.setattr(room, "DRAWS", 256)
    monkeypatch.setattr(room, "ENOUGH", enough)
    few = partial(draw_posterior, chains=64, steps=160)  # steps that test_posterior finds enough
    monkeypatch.setattr(room, "draw_posterior", few)
    point, latents = true_world(seed)
    printed = printed_by(point, latents, seed)
    targets = [replace(one, value=value) for one, value in zip(SOME, printed, strict=True)]
    found = SimpleNamespace(problem=problem(printed))
    return left_out_sources(found, SimpleNamespace(targets=targets), seed)  # type: ignore[arg-type]


def test_weighted_worlds_foretell_as_worlds_drawn_anew() -> None:
    """Single targets left out: where weights are used at all, they tell what drawing anew tells."""
    point, latents = true_world(1)
    fitted = problem(printed_by(point, latents, 1))
    whole = draw_posterior(fitted, room.WHOLE, 1)
    shown = fitted.emulator.at(whole.points)
    weighted = 0
    for place in (1, 9, 14):  # little is learnt of the first two, much of the third
        own = np.arange(TARGETS) == place
        drawn, one = room.drawn_without(fitted, whole, shown, own, 3)
        if not np.isin(drawn.points[:, 0], whole.points[:, 0]).all():
            continue
        weighted += 1
        less = replace(
            fitted, observations=fitted.observations.without(~own),
            emulator=fitted.emulator.of_targets(~own), error=fitted.error[~own],
        )  # fmt: skip
        two = fitted.emulator.at(draw_posterior(less, 2048, 5, chains=64).points)
        spread = two[place].std()
        assert np.median(one[place]) == pytest.approx(np.median(two[place]), abs=0.2 * spread)
        first, second = (
            np.subtract(*np.quantile(each[place], [0.75, 0.25])) for each in (one, two)
        )
        assert first / second == pytest.approx(1.0, abs=0.2)
    assert weighted == 2


def test_half_of_the_unseen_lies_within_half_of_the_draws(monkeypatch: pytest.MonkeyPatch) -> None:
    every = [one for seed in range(3) for one in foretold(seed, 0.0, monkeypatch)]
    assert len(every) == 3 * TARGETS
    assert np.mean([one.holds(0.5) for one in every]) == pytest.approx(0.5, abs=0.17)
    assert np.mean([one.holds(0.95) for one in every]) >= 0.88
    assert SOURCES > 1


def test_a_range_is_held_where_any_part_of_it_is() -> None:
    draws = np.linspace(0, 1, 1001)
    ranged = replace(SOME[0], value=None, low=0.97, high=3.0)
    assert Foretold(ranged, draws).holds(0.95)
    assert not Foretold(ranged, draws).holds(0.5)
    assert Foretold(replace(SOME[0], value=0.6), draws).position == pytest.approx(0.6, abs=0.01)
