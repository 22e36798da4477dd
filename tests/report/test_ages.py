"""The picture of the ages: what it takes from the table of targets, and that it is drawn."""

import pytest

from gutskin.model.compiled import load_model
from gutskin.report import ages


@pytest.fixture(scope="module")
def model():
    return load_model()


@pytest.mark.parametrize("panel", ages.PANELS, ids=lambda panel: panel.title)
def test_every_panel_has_something_measured_and_a_range_in_order(panel, model):
    found = ages.points(model, panel)
    assert found
    assert all(one.low < one.high and 0 < one.first <= one.last for one in found)


def test_a_share_takes_only_rows_of_that_share(model):
    panel = next(one for one in ages.PANELS if one.title == "Butyrate share")
    assert all(one.low >= 0 and one.high <= 1 for one in ages.points(model, panel))


def test_the_picture_of_the_first_days_is_drawn(model, tmp_path):
    path = tmp_path / "ages.svg"
    ages.draw(path, model, last=3.0)
    text = path.read_text()
    assert text.startswith("<?xml")
    assert "caesarean birth" in text
    assert all(panel.title in text for panel in ages.PANELS)
