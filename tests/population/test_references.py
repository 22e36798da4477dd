"""References are what the model itself comes to at rest, and the tables hold just that."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from gutskin import cli
from gutskin.errors import InputError
from gutskin.model.compiled import load_model
from gutskin.population import references
from gutskin.population.references import (
    CLOSE_ENOUGH,
    Reference,
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
    wrong.cells["population"] = "ad_chld"
    with pytest.raises(InputError, match="no quantity 'gut_buturate'") as told:
        compute_references(MODEL)
    assert "there is no such parameter" in str(told.value)
    assert "there is no population 'ad_chld'. Did you mean 'ad_child'?" in str(told.value)
    assert len(told.value.problems) == 3


def test_values_are_written_in_place_and_missing_rows_are_added(tmp_path, computed):
    path = tmp_path / "parameters.tsv"
    path.write_text("id\tvalue\tnote\nbutyrate_reference\t1\tkept\nother\t2\t\n")
    two = [computed["butyrate_reference"], computed["scfa_reference"]]
    write_references(path, two, MODEL.tables.parameters)
    lines = path.read_text().splitlines()
    assert lines[1] == f"butyrate_reference\t{shown(two[0].computed)}\tkept"
    assert lines[2] == "other\t2\t"
    assert lines[3].startswith(f"scfa_reference\t{shown(two[1].computed)}\t")


def test_a_folder_without_the_table_is_given_one(tmp_path, computed):
    path = tmp_path / "parameters.tsv"
    write_references(path, [computed["scfa_reference"]], MODEL.tables.parameters)
    head, row = (line.split("\t") for line in path.read_text().splitlines())
    cells = MODEL.tables.parameters["scfa_reference"].cells
    written = dict(zip(head, row, strict=True))
    assert written == {**cells, "value": shown(computed["scfa_reference"].computed)}


def come_to(monkeypatch, **answers):
    """A body that comes to a known number, 7 or what is given, for each reference put in."""
    rows = read_references(MODEL.biology)
    of_quantity = {row.text("quantity"): name for name, row in rows.items()}
    asked = []

    def settled(model, patient, count, **how):
        asked.append(how["days"])

        def quantities(names):
            ends = [[answers.get(of_quantity[name], lambda _: 7.0)(patient[of_quantity[name]])]
                    for name in names]  # fmt: skip
            return np.array([np.full((len(names), 1), 99.0), ends])

        return SimpleNamespace(quantities=quantities)

    monkeypatch.setattr(references, "run_to_steady_state", settled)
    return asked


def test_closed_form_references_are_put_back_until_all_of_them_stay(monkeypatch):
    """One comes half-way to 6 each time; the others are there at once, and wait for it."""
    asked = come_to(monkeypatch, scfa_reference=lambda given: (given + 6.0) / 2)
    found = {one.id: one for one in compute_references(MODEL)}
    assert found["scfa_reference"].computed == pytest.approx(6.0, rel=2e-6)
    written = MODEL.values("evidence")["scfa_reference"]
    halvings = np.ceil(np.log2(abs(written - 6.0) / 6e-6))  # until a step is a millionth of 6
    populations = {row.text("population") for row in read_references(MODEL.biology).values()}
    others = 2 * (len(populations) - 1)  # those of another population are there at once, and stay
    assert len(asked) == halvings + others
    assert set(asked) == {3 * 60.0}  # six digits take longer than a patient who settles
    others = [one for name, one in found.items() if name != "scfa_reference"]
    assert {one.computed for one in others} == {7.0}
    assert found["scfa_reference"].apart == pytest.approx(written / 6.0 - 1.0, rel=2e-6)


def test_a_reference_that_runs_away_is_refused_with_what_feeds_back(monkeypatch):
    asked = come_to(monkeypatch, scfa_reference=lambda given: 1.5 * given)
    with pytest.raises(InputError, match="do not come to rest in 60 rounds") as told:
        compute_references(MODEL)
    assert "scfa_reference" in str(told.value)
    assert len(asked) == 60


@pytest.mark.parametrize(("apart", "status"), [(0.9e-4, 0), (1.1e-4, 1), (-1.1e-4, 1)])
def test_closed_form_the_command_fails_where_a_reference_is_a_ten_thousandth_apart(
    monkeypatch, capsys, apart, status
):
    found = [Reference("scfa_reference", "scfa_concentration", 5.0 * (1 + apart), 5.0)]
    monkeypatch.setattr(references, "compute_references", lambda model: found)
    assert cli.main(["model", "references"]) == status
    assert ("*" in capsys.readouterr().out) == bool(status)


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
