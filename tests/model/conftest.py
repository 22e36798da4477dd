"""The shipped model, and a copy of its tables and fragments to put faults into."""

import shutil

import pytest

from gutskin.model.biology import biology_folder
from gutskin.model.compiled import load_model


@pytest.fixture(scope="session")
def model():
    return load_model()


@pytest.fixture
def folder(tmp_path):
    copy = tmp_path / "biology"
    shutil.copytree(biology_folder(), copy)
    return copy
