"""References are what the model itself comes to at rest, and the tables hold just that."""

from dataclasses import replace

import pytest

from gutskin import cli
from gutskin.errors import InputError
from gutskin.model.compiled import load_model
from gutskin.population import references
from gutskin.population.references import (
    CLOSE_ENOUGH,
    compute_references,
    read_references,
    shown,
    write_references,
)

MODEL = load_model()


@pytest.fixture(scope="module")
def computed():
    return {one.id: one for one in compute_references(MODEL)}


@pytest.mark.parametrize("name", read_references(MODEL.biology))
def test_a_reference_is_what_the_model_comes_to(name, computed):
    one = computed[name]
    where = f"{name} is {one.written:g}, the model comes to {one.computed:g}"
    assert one.apart < CLOSE_ENOUGH, f"{where}: run `gutskin model references --write`."


def test_every_parameter_of_the_role_has_its_quantity_and_the_other_way_round():
    rows = MODEL.tables.parameters.values()
    named = {row.id for row in rows if row.text("role") == "reference"}
    assert named == set(read_references(MODEL.biology))


def test_a_row_without_its_quantity_or_parameter_is_refused(monkeypatch):
    row = next(iter(read_references(MODEL.biology).values()))
    wrong = replace(row, cells={**row.cells, "id": "nothing", "quantity": "gut_buturate"})
    monkeypatch.setattr(references, "read_references", lambda biology: {"nothing": wrong})
    with pytest.raises(InputError, match="no quantity 'gut_buturate'") as told:
        compute_references(MODEL)
    assert "there is no such parameter" in str(told.value)


def test_values_are_written_in_place_and_missing_rows_are_added(tmp_path, computed):
    path = tmp_path / "parameters.tsv"
    path.write_text("id\tvalue\tnote\nbutyrate_reference\t1\tkept\nother\t2\t\n")
    two = [computed["butyrate_reference"], computed["scfa_reference"]]
    write_references(path, two, MODEL.tables.parameters)
    lines = path.read_text().splitlines()
    assert lines[1] == f"butyrate_reference\t{shown(two[0].computed)}\tkept"
    assert lines[2] == "other\t2\t"
    assert lines[3].startswith(f"scfa_reference\t{shown(two[1].computed)}\t")


@pytest.mark.slow
def test_the_command_shows_them_and_writes_into_a_folder_of_one_s_own(tmp_path, capsys):
    assert cli.main(["model", "references"]) == 0
    assert "butyrate_concentration" in capsys.readouterr().out
    row = MODEL.tables.parameters["j_fibre"]
    cells = {**row.cells, "value": "90"}
    (tmp_path / "parameters.tsv").write_text(
        "\t".join(cells) + "\n" + "\t".join(cells.values()) + "\n"
    )
    own = ["--biology", str(tmp_path)]
    assert cli.main(["model", "references", *own]) == 1  # more fibre: the references have moved
    assert cli.main(["model", "references", "--write", *own]) == 0
    assert "fibre_reference\t90\t" in (tmp_path / "parameters.tsv").read_text()
    assert cli.main(["model", "references", *own]) == 0
