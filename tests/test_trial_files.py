"""What the end of a trial needs: imported beside the simulation, and there to be imported."""

import sys
from importlib.util import find_spec

import pytest

from gutskin import trial_files


@pytest.mark.parametrize("name", [*trial_files.AT_THE_END, *trial_files.TO_DRAW])
def test_what_is_imported_for_the_end_exists(name):
    """A name that is gone would be passed over in silence."""
    assert find_spec(name) is not None


def test_it_is_imported_and_what_is_not_installed_is_passed_over(monkeypatch):
    monkeypatch.setattr(trial_files, "AT_THE_END", ("no_such_package", "gutskin.report.page"))
    monkeypatch.delitem(sys.modules, "gutskin.report.page", raising=False)
    trial_files.import_for_the_end(draws=True)
    assert "gutskin.report.page" in sys.modules
