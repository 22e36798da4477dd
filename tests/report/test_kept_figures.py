"""Figures that are kept: drawn once, and anew for another trial, model, stance or code."""

from types import SimpleNamespace

import pytest

from gutskin.disk_cache import DiskCache
from gutskin.errors import InputError, Problem
from gutskin.report import kept_figures
from gutskin.report.figures import Figure
from gutskin.trials.design import load_trial

DESIGN = load_trial("six-strain-children")
MODEL = SimpleNamespace(content_hash="a model")
FIGURE = Figure("axis", "title", "alt", "caption", "<svg>ü</svg>", "<ul></ul>")


@pytest.fixture
def drawn(monkeypatch, tmp_path):
    """Draws the figure in a cache of its own; tells how often."""
    monkeypatch.setenv("GUTSKIN_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(kept_figures, "drawing", lambda: "code")
    times = []

    def draw(name="axis", design=DESIGN, model=MODEL, stance="evidence"):
        found = kept_figures.kept_figure(
            name, design, model, stance, lambda: times.append(name) or FIGURE
        )
        return found, len(times)

    return draw


def test_a_figure_is_drawn_once_and_the_same_afterwards(drawn):
    assert drawn() == (FIGURE, 1)
    assert drawn() == (FIGURE, 1)


def test_it_is_drawn_anew_for_whatever_it_hangs_on(drawn, monkeypatch):
    drawn()
    arm = DESIGN.active[0]
    fewer = tuple(one.model_copy(update={"cfu_per_day": 1e9}) for one in arm.interventions)
    arms = (arm.model_copy(update={"interventions": fewer}), DESIGN.control)
    others = [
        {"name": "product"},
        {"design": DESIGN.model_copy(update={"arms": arms})},
        {"model": SimpleNamespace(content_hash="another")},
        {"stance": "article"},
    ]
    for count, other in enumerate(others, start=2):
        assert drawn(**other)[1] == count
    monkeypatch.setattr(kept_figures, "drawing", lambda: "other code")
    assert drawn()[1] == 2 + len(others)


def test_nothing_is_kept_of_a_figure_that_could_not_be_drawn(drawn):
    def fails():
        raise InputError(Problem("nobody can draw it"))

    with pytest.raises(InputError, match="nobody can draw it"):
        kept_figures.kept_figure("axis", DESIGN, MODEL, "evidence", fails)
    assert drawn() == (FIGURE, 1)


@pytest.mark.parametrize("content", [b"no json", b'{"name": "axis"}', b"[]"])
def test_an_entry_of_another_form_is_drawn_anew(drawn, monkeypatch, content):
    kept = []
    monkeypatch.setattr(DiskCache, "read", lambda self, key: content)
    monkeypatch.setattr(DiskCache, "write", lambda self, key, given: kept.append(given))
    assert drawn() == (FIGURE, 1)
    assert len(kept) == 1


def test_the_code_that_draws_is_named_by_its_text(monkeypatch):
    kept_figures.drawing.cache_clear()
    whole = kept_figures.drawing()
    monkeypatch.setattr(kept_figures, "PATTERNS", ("report/*.py",))
    kept_figures.drawing.cache_clear()
    assert kept_figures.drawing() != whole
    kept_figures.drawing.cache_clear()
