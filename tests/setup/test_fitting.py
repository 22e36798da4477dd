"""What the scripts that fit share: slopes, and tables in which only the wanted cells change."""

import importlib
import tomllib
from pathlib import Path

import numpy as np
import pytest
from fitting import set_cells, slopes_at

from gutskin.model.biology import biology_folder, shipped_biology
from gutskin.model.rows import read_table

SCRIPTS = Path(__file__).parents[2] / "scripts"


def _numbers_of(task: str) -> set[str]:
    """The numbers that a fit moves."""
    read = tomllib.loads((SCRIPTS / f"fit_{task}.toml").read_text(encoding="utf-8"))
    return set(read["knobs" if "knobs" in read else "numbers"])


def test_structure_every_fitted_number_is_one_of_a_script():
    """What no command fits is a prior or an assumption, and its row says so."""
    tables = shipped_biology()
    rows = tables.table("parameters.tsv")
    moved = {name for task in ("skin", "colon", "infants") for name in _numbers_of(task)}
    moved |= set(importlib.import_module("fit_tolerance").KNOBS)
    moved |= rows.keys() & tables.table("newborns.tsv").keys()
    fitted = {name for name, row in rows.items() if row.cells["role"] == "fitted"}
    assert sorted(fitted - moved) == []
    of_conduct = {
        name for name, row in tables.table("conduct.tsv").items() if row.cells["role"] == "fitted"
    }
    assert of_conduct == _numbers_of("conduct")


def test_closed_form_slopes_of_a_straight_line_are_its_coefficients():
    matrix = np.array([[1.0, 2.0], [0.0, -3.0], [5.0, 0.5]])
    here = np.array([0.3, -1.2])
    found = slopes_at(here, matrix @ here, lambda knobs: matrix @ knobs, 0.1)
    np.testing.assert_allclose(found, matrix)
    np.testing.assert_array_equal(here, [0.3, -1.2])  # as it was given


def test_only_the_wanted_cells_of_a_table_change(tmp_path):
    path = tmp_path / "parameters.tsv"
    text = (biology_folder() / "parameters.tsv").read_text(encoding="utf-8")
    path.write_text(text, encoding="utf-8")
    set_cells(path, {("k_sensitise", "value"): "0.5", ("k_tolerance", "low"): "0.001"})
    before, after = text.split("\n"), path.read_text(encoding="utf-8").split("\n")
    changed = [new.split("\t")[0] for old, new in zip(before, after, strict=True) if old != new]
    assert sorted(changed) == ["k_sensitise", "k_tolerance"]
    assert read_table(path)["k_sensitise"].text("value") == "0.5"
    assert read_table(path)["k_tolerance"].text("low") == "0.001"
    row = shipped_biology().table("parameters.tsv")["k_sensitise"]
    assert read_table(path)["k_sensitise"].cells == {**row.cells, "value": "0.5"}


@pytest.mark.parametrize("cell", [("nobody", "value"), ("k_sensitise", "nothing")])
def test_a_cell_that_there_is_not_is_told_and_nothing_is_written(tmp_path, cell):
    path = tmp_path / "parameters.tsv"
    text = "id\tvalue\nk_sensitise\t1\n"
    path.write_text(text)
    with pytest.raises(SystemExit, match=" ".join(cell)):
        set_cells(path, {cell: "2", ("k_sensitise", "value"): "3"})
    assert path.read_text() == text
