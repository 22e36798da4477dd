"""Frozen: draws of every stream, and the results of three small trials, as they were.

`make baseline WHY="..."` renews them and says why in the changelog. Draws must not move at all;
courses may move by the rounding of another processor, which decides about the size of a step.
"""

import json

import frozen
import numpy as np
import pytest

WAS = json.loads(frozen.FROZEN.read_text(encoding="utf-8"))


def moved(now, was, tolerance):
    """Names that came, went or moved, with what they are and were."""
    names = sorted(now.keys() | was.keys())
    return {
        name: (now.get(name), was.get(name))
        for name in names
        if name not in now
        or name not in was
        or not np.allclose(now[name], was[name], rtol=tolerance, atol=1e-12, equal_nan=True)
    }


def test_frozen_no_draw_of_any_stream_has_moved():
    assert moved(frozen.draws(), WAS["draws"], 1e-9) == {}


@pytest.fixture(scope="module")
def trials():
    return frozen.trials()


@pytest.mark.parametrize("name", frozen.TRIALS)
def test_frozen_no_number_of_a_small_trial_has_moved(trials, name):
    def of(rows):
        return {key: value for key, value in rows.items() if key.split()[0] == name}

    assert of(WAS["trials"])
    assert moved(of(trials), of(WAS["trials"]), 1e-3) == {}


def test_the_changelog_says_why_they_were_renewed():
    assert WAS["changelog"] in frozen.CHANGELOG.read_text(encoding="utf-8").splitlines()


def test_a_number_that_moves_is_seen():
    was = {"a": [1.0, 2.0], "b": [0.0]}
    assert moved(was, was, 1e-9) == {}
    assert set(moved({"a": [1.0, 2.001], "b": [0.0]}, was, 1e-9)) == {"a"}
    assert set(moved({"a": [1.0, 2.0]}, was, 1e-9)) == {"b"}
    assert set(moved({**was, "c": [1.0]}, was, 1e-9)) == {"c"}
