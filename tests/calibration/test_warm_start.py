"""Properties of worlds near those that are kept: who they are, and what they are for."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gutskin.calibration import calibrate as room
from gutskin.calibration.unknowns import read_unknowns
from gutskin.calibration.warm_start import worlds_near_the_kept
from gutskin.model.biology import Biology, Overlay, shipped_biology
from gutskin.model.compiled import load_model
from gutskin.population.draw import WIDTH

UNKNOWNS = read_unknowns(load_model())
KEPT = {"vmax_th2": [-1.5, 0.25, 0.5, 0.75], "no_number_any_more": [1.0, 2.0, 3.0, 4.0]}
FACTORS = [0.5, 1.0, 2.0, 4.0]  # of a median, as the table has them
OF_OTHER_NUMBERS = "# made of numbers 0123456789abcdef; targets 0123456789abcdef; a test"


def holding(**rows: list[float]) -> Biology:
    """The shipped biology with these worlds."""
    lines = [OF_OTHER_NUMBERS, "id\tset\tdraws"]
    lines += [f"{name}\tposterior\t{' '.join(map(str, own))}" for name, own in rows.items()]
    text = "\n".join(lines) + "\n"
    return Biology(shipped_biology().folder, Overlay(Path("own"), (("posterior.tsv", text),)))


def place_of(name: str) -> int:
    return next(i for i, one in enumerate(UNKNOWNS) if one.id == name)


def test_property_numbers_keep_their_mean_and_spread_whatever_they_were_made_of() -> None:
    biology = holding(**KEPT, **{"ad_child:atopy": FACTORS})
    found = worlds_near_the_kept(biology, UNKNOWNS, 40_000, 1)
    assert found is not None
    assert found.shape == (40_000, len(UNKNOWNS))
    low, high = (UNKNOWNS[place_of("ad_child:atopy")].row.number(end) for end in ("low", "high"))
    in_sd = np.log(FACTORS) / (np.log(high / low) / WIDTH)
    for name, kept in (("vmax_th2", np.array(KEPT["vmax_th2"])), ("ad_child:atopy", in_sd)):
        own = found[:, place_of(name)]
        assert own.mean() == pytest.approx(kept.mean(), abs=0.03)
        assert own.std() == pytest.approx(kept.std(), rel=0.03)
        assert len(np.unique(own)) == len(own)  # none is one of the kept
    with_it = np.corrcoef(found[:, place_of("vmax_th2")], found[:, place_of("ad_child:atopy")])
    kept_with_it = np.corrcoef(KEPT["vmax_th2"], in_sd)
    assert with_it[0, 1] == pytest.approx(0.9**2 * kept_with_it[0, 1], abs=0.03)


def test_property_a_number_that_the_kept_do_not_have_is_drawn_from_its_prior() -> None:
    found = worlds_near_the_kept(holding(**KEPT), UNKNOWNS, 40_000, 1)
    assert found is not None
    own = found[:, place_of("k_barrier")]
    assert own.mean() == pytest.approx(0.0, abs=0.03)
    assert own.std() == pytest.approx(1.0, rel=0.03)


def test_property_they_are_learnt_from_and_never_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """The waves that are weighted are those that were drawn; the first run is near the kept."""
    asked, learnt = [], []

    class Runs:
        unknowns, targets, model = UNKNOWNS[:3], (), None

        def run(self, points, sets, first, progress, side_by_side):
            asked.append((points.copy(), first))
            return Run(points)

    class Run:
        def __init__(self, points):
            self.points, self.broken = points, np.zeros(len(points), bool)

        def __len__(self):
            return len(self.points)

    class Drawn:
        points = np.full((8, 3), 5.0)

    class Found:
        share, shape = 0.5, 0.1

    class Problem:
        emulator = None

    def emulator_of(simulator, waves):
        learnt.append(len(waves))

    monkeypatch.setattr(room, "emulator_of", emulator_of)
    monkeypatch.setattr(room, "problem_of", lambda *given: Problem())
    monkeypatch.setattr(room, "draw_posterior", lambda *given, **more: Drawn())
    monkeypatch.setattr(room, "corrected", lambda *given: Found())
    monkeypatch.setattr(room, "seeds_apart", lambda *given: 0.0)
    monkeypatch.setattr(room, "conducted_points", lambda unknowns, points, seed: points)
    near = np.full((8, 3), -2.0)
    simulator: Any = Runs()
    found = room.calibrate(simulator, 8, 4, 1, near=near)
    assert [points[0, 0] for points, _ in asked[1:]] == [-2.0, 5.0]
    assert len({first for _, first in asked}) == 3  # everybody with patients of his own
    assert learnt == [2, 3]  # the prior and what is near; then what was drawn of that too
    assert found.near == 1
    assert found.shares == (0.5,)
    assert (found.last.points == 5.0).all()
    cold = room.calibrate(simulator, 8, 4, 1)
    assert (cold.near, len(cold.runs), cold.shares) == (0, 1, (0.5,))
