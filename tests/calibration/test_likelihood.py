"""What lies between a world and a printed number is counted once."""

import numpy as np
import pytest

from gutskin.calibration.emulator import Emulator
from gutskin.calibration.likelihood import emulator_error, observations_of
from gutskin.calibration.targets import read_calibration_targets, read_classes
from gutskin.model.biology import shipped_biology


def test_closed_form_the_variance_of_a_target_is_its_error_and_what_worlds_were_seen_to_add():
    """What trials of one product differ by is in what simulated trials add, and nowhere else."""
    biology = shipped_biology()
    targets = read_calibration_targets(biology)
    between, chance = np.arange(len(targets)) / 7, 1.0 + np.arange(len(targets)) / 3
    found = observations_of(targets, read_classes(biology), between, chance).variance
    told = {one.id for one in targets if one.id.endswith(":difference")}
    assert len(told) >= 10
    for place, one in enumerate(targets):
        own = chance[place] if one.error_kind == "printed" else (one.error or 0.0) ** 2
        assert found[place] == pytest.approx(own + between[place]), one.id


def test_closed_form_the_error_of_the_emulator_is_what_it_leaves_less_the_luck_of_few_patients():
    """Halved, intervals are too narrow and nothing else in the quick tests would say so."""
    none = np.zeros((0, 4), int)
    emulator = Emulator(
        np.zeros(4), np.zeros((4, 2)), np.zeros((0, 2)), none, np.zeros((4, 0)),
        residual=np.array([5.0, 5.0, 1.0, 5.0]), of_coefficients=np.array([0.5, 0.0, 0.25, 0.5]),
        explained=np.ones(4), logs=np.zeros(4, bool),
    )  # fmt: skip
    noise = np.array([2.0, 0.0, 3.0, 2.0])
    error, between = emulator_error(emulator, noise, np.array([False, False, False, True]))
    np.testing.assert_allclose(error, [3.5, 5.0, 0.25, 0.5])
    np.testing.assert_allclose(between, [0.0, 0.0, 0.0, 3.0])


def test_a_range_keeps_both_ends_and_a_value_is_one():
    """A range taken as its middle asks for what nobody saw."""
    biology = shipped_biology()
    targets = read_calibration_targets(biology)
    none = np.zeros(len(targets))
    found = observations_of(targets, read_classes(biology), none, none)
    assert any(one.is_range for one in targets)
    for place, one in enumerate(targets):
        ends = (one.low, one.high) if one.is_range else (one.value, one.value)
        assert (found.low[place], found.high[place]) == ends, one.id
