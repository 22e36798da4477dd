"""What lies between a world and a printed number is counted once."""

import numpy as np
import pytest

from gutskin.calibration.likelihood import observations_of
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
