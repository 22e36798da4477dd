"""Consistency: a mechanism moves what a clinic reads somewhere, or its row argues why not."""

import pytest
from silent import SCENES, moved_by_mechanisms

from gutskin.model.compiled import load_model

MODEL = load_model()


@pytest.fixture(scope="module")
def moved() -> dict[str, float]:
    found = [moved_by_mechanisms(scene) for scene in SCENES]
    return {name: max(one[name] for one in found) for name in found[0]}


def test_whatever_moves_nothing_says_why(moved: dict[str, float]) -> None:
    silent = {name for name, most in moved.items() if most < 1.0}
    argued = {name for name, row in MODEL.tables.mechanisms.items() if row.text("silent")}
    assert len(SCENES) == 5
    assert silent - argued == set()
    assert argued - silent == set()  # a reason that holds no longer is taken out


def test_a_mechanism_on_which_much_hangs_is_seen_in_the_scenes(moved: dict[str, float]) -> None:
    """The least that counts is little: what makes the disease moves it a hundred times over."""
    assert min(moved[name] for name in ("M64", "M59", "M156", "M163")) > 20
