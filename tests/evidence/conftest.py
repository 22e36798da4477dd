"""What the tests of experiments share."""

import pytest

from gutskin.evidence.experiments import read_experiments
from gutskin.model.compiled import load_model


@pytest.fixture
def read(tmp_path):
    """Experiments of a text, compiled."""

    def of(text):
        path = tmp_path / "own.toml"
        path.write_text(text, encoding="utf-8")
        return read_experiments(path, load_model())

    return of
