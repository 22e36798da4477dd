"""The posterior ensemble: what is written is what a world draws."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from gutskin.calibration import ensemble as room
from gutskin.calibration.ensemble import ensemble_table
from gutskin.calibration.unknowns import prior_points, read_unknowns
from gutskin.errors import InputError
from gutskin.model.biology import DEFAULT_DRAWS, POSTERIOR, Biology, Overlay, shipped_biology
from gutskin.model.compiled import load_model
from gutskin.model.joint_draws import is_of_these_numbers, jointly_drawn, read_ensemble
from gutskin.population.draw import (
    COMMON_CONDUCT,
    WIDTH,
    draw_conduct,
    draw_worlds,
    spread_at,
)
from gutskin.population.references import read_references

MODEL = load_model()
UNKNOWNS = read_unknowns(MODEL)
WORLDS = 32


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> str:
    """The table of some worlds, in which every reference is 1.25 times that of the tables."""
    centres = MODEL.values()
    references = {
        name: np.full(WORLDS, 1.25 * centres[name]) for name in read_references(MODEL.biology)
    }
    medians = {one.id: np.full(WORLDS, 2.0) for one in UNKNOWNS if one.role == "median"}
    monkeypatch.setattr(room, "values_of_worlds", lambda *given: medians)
    monkeypatch.setattr(room, "references_of_worlds", lambda *given: references)
    points, sets = prior_points(UNKNOWNS, range(WORLDS), 1)
    return ensemble_table(MODEL, UNKNOWNS, points, sets, "a test")


def test_a_world_of_the_ensemble_has_every_number_as_it_was_drawn(table: str) -> None:
    own = Biology(
        shipped_biology().folder, Overlay(Path("own"), (("posterior.tsv", table),)), POSTERIOR
    )
    ensemble = read_ensemble(own)
    bodies = {one.id for one in UNKNOWNS if one.role != "conduct"} | set(jointly_drawn(own))
    assert set(ensemble.numbers.ids) == bodies | set(read_references(own))
    assert set(ensemble.of_conduct) == {one.id for one in UNKNOWNS if one.role == "conduct"}
    assert ensemble.numbers.draws.shape[1] == WORLDS
    model = load_model(own)
    worlds = draw_worlds(model, np.arange(400), 1, "evidence")
    points, _ = prior_points(UNKNOWNS, range(WORLDS), 1)
    place = next(i for i, one in enumerate(UNKNOWNS) if one.id == "vmax_th2")
    row = model.tables.parameters["vmax_th2"]
    every = spread_at(row, model.values()["vmax_th2"], points[:, place])
    apart = np.abs(np.log(worlds["vmax_th2"][:, None] / every))
    assert apart.min(axis=1).max() < 0.005  # each is one of the ensemble
    assert len(np.unique(apart.argmin(axis=1))) > 0.9 * WORLDS  # and all of them come
    assert worlds["leak_reference"] == pytest.approx(
        np.full(400, 1.25 * model.values()["leak_reference"])
    )
    assert worlds["ad_child:atopy"] == pytest.approx(np.full(400, 2.0))


def test_half_of_the_variance_of_conduct_is_the_worlds_and_half_each_trials(table: str) -> None:
    lines = table.split("\n")
    place = next(i for i, line in enumerate(lines) if line.startswith("activity_sd\t"))
    lines[place] = "activity_sd\tconduct\t" + " ".join(["2"] * WORLDS)
    overlay = Overlay(Path("own"), (("posterior.tsv", "\n".join(lines)),))
    model = load_model(Biology(shipped_biology().folder, overlay, POSTERIOR))
    row = model.tables.conduct["activity_sd"]
    drawn = np.log(draw_conduct(model, np.arange(2000), 1)["activity_sd"] / row.number("value"))
    z = drawn * WIDTH / np.log(row.number("high") / row.number("low"))
    assert z.mean() == pytest.approx(2 * np.sqrt(COMMON_CONDUCT), abs=0.06)
    assert z.std() == pytest.approx(np.sqrt(1 - COMMON_CONDUCT), abs=0.05)


def test_worlds_of_other_numbers_are_refused(table: str) -> None:
    """Also where a user lays his own numbers on top, they must be of the shipped ones at least."""
    other = table.replace(MODEL.biology.numbers_hash, "0" * 16)
    own = Biology(shipped_biology().folder, Overlay(Path("own"), (("posterior.tsv", other),)))
    with pytest.raises(InputError, match="other numbers") as caught:
        read_ensemble(own)
    assert "make calibrate" in str(caught.value)


def test_what_every_command_draws_by_default_is_there_and_of_these_numbers() -> None:
    if (shipped_biology().folder / "posterior.tsv").exists() or DEFAULT_DRAWS == POSTERIOR:
        assert read_ensemble(shipped_biology()).numbers.draws.shape[1] >= 500


def test_it_says_of_which_numbers_it_was_made(table: str) -> None:
    first = table.split("\n")[0]
    assert MODEL.biology.numbers_hash in first
    assert first.endswith("; a test")
    texts = (("posterior.tsv", table),)
    folder = shipped_biology().folder
    assert is_of_these_numbers(Biology(folder, Overlay(Path("own"), texts)))
    more = (*texts, ("settle.tsv", "id\tfactor\nk_memory\t2\n"))
    assert not is_of_these_numbers(Biology(folder, Overlay(Path("own"), more)))


def test_an_edited_experiment_leaves_the_worlds_of_these_numbers() -> None:
    shipped = shipped_biology()
    edited = shipped.text("drugs.toml")
    assert edited is not None
    other = replace(shipped, overlay=Overlay(Path("own"), (("drugs.toml", edited.text + "\n"),)))
    assert other.content_hash != shipped.content_hash
    assert other.numbers_hash == shipped.numbers_hash


def test_five_hundred_worlds_that_are_shipped_differ() -> None:
    """A world that is kept twice tells nothing twice: at least 500 are asked."""
    draws = read_ensemble(replace(shipped_biology(), draws=POSTERIOR)).numbers.draws
    assert len(np.unique(draws, axis=1).T) >= 500


def test_every_number_with_a_range_is_drawn_in_the_worlds_or_between_patients() -> None:
    """docs/model.md, roles: nothing with a width is held at its centre."""
    shipped = Biology(shipped_biology().folder, None, POSTERIOR)
    drawn = set(read_ensemble(shipped).numbers.ids)
    held = {
        name: row.text("role")
        for name, row in MODEL.tables.parameters.items()
        if row.text("low") and row.text("high") and name not in drawn
    }
    assert set(held.values()) <= {"patient"}, held
