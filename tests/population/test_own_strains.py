"""Own strains as rows on top of the tables: what a row says, what is left out, what stays."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gutskin.errors import InputError
from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.population.own_strains import (
    biology_with_file,
    model_with_strains,
    strain_cells,
    trial_cells,
    with_file_strains,
    with_strains,
)
from gutskin.population.strain_file import OwnStrain, OwnTrial
from gutskin.population.strain_traits import find_strain

BIOLOGY = shipped_biology()
PLANTARUM = "Lactiplantibacillus plantarum"
TREATED = {"difference": -4.0, "low": -7.5, "high": -0.5, "weeks": 8, "cfu_per_day": 1e10,
           "population": "ad_child"}  # fmt: skip
PREVENTED = {"risk_ratio": 0.7, "low": 0.5, "high": 0.98, "months": 24, "cfu_per_day": 2e9,
             "population": "newborn_high_risk", "given_to": "both"}  # fmt: skip


def own(identity: str = "mine", **given: Any) -> OwnStrain:
    return OwnStrain.model_validate({"id": identity, "species": PLANTARUM, **given})


def filled(cells: dict[str, str]) -> dict[str, str]:
    return {key: cell for key, cell in cells.items() if cell}


def test_closed_form_a_treatment_as_a_row_of_trials() -> None:
    more = {"with": ("w23", "lgg"), "age_years": (1, 12), "scorad": (20, 60), "source": "a b"}
    cells = trial_cells("mine", 2, OwnTrial.model_validate({**TREATED, **more}))
    assert float(cells.pop("se")) == pytest.approx(7.0 / (2 * 1.959964), rel=1e-6)
    assert filled(cells) == {
        "id": "mine_2", "strain": "mine", "with": "w23;lgg", "endpoint": "scorad",
        "estimate": "-4.0", "low": "-7.5", "high": "-0.5", "weeks": "8.0",
        "cfu_per_day": "10000000000.0", "viable": "1",
        "population": "ad_child", "youngest": "1.0", "oldest": "12.0", "scorad_low": "20.0",
        "scorad_high": "60.0", "updates": "yes", "note": "a b",
    }  # fmt: skip
    easi = {**TREATED, "low": None, "high": None, "se": 1.25, "endpoint": "easi", "viable": False}
    cells = trial_cells("mine", 1, OwnTrial.model_validate(easi))
    assert (cells["se"], cells["endpoint"], cells["viable"]) == ("1.25", "easi", "0")
    assert cells["low"] == cells["high"] == ""  # none is reported


def test_closed_form_of_a_risk_ratio_the_logarithm_and_the_error_of_that() -> None:
    cells = trial_cells("mine", 1, OwnTrial.model_validate(PREVENTED))
    assert float(cells.pop("estimate")) == pytest.approx(np.log(0.7))
    ends = [np.exp(float(cells.pop(end))) for end in ("low", "high")]
    assert ends == pytest.approx([0.5, 0.98])
    assert float(cells.pop("se")) == pytest.approx(np.log(0.98 / 0.5) / (2 * 1.959964), rel=1e-6)
    assert filled(cells) == {
        "id": "mine_1", "strain": "mine", "endpoint": "eczema", "months": "24.0",
        "given_to": "both", "cfu_per_day": "2000000000.0", "viable": "1",
        "population": "newborn_high_risk", "updates": "yes",
    }  # fmt: skip
    given = {**PREVENTED, "low": None, "high": None, "se": 0.2}
    assert trial_cells("mine", 1, OwnTrial.model_validate(given))["se"] == "0.2"


def test_unit_a_strain_as_a_row_says_what_is_given_and_leaves_the_rest_to_others_like_it() -> None:
    seal = {"value": 1.5, "low": 0, "high": 3}
    cells = strain_cells(own(label="Mine 1", survival=0.25, seal=seal), BIOLOGY)
    assert list(cells) == list(BIOLOGY.table("strains.tsv")["w23"].cells)
    assert float(cells.pop("seal_sd")) == pytest.approx(3.0 / (2 * 1.959964), rel=1e-6)
    low, high = float(cells.pop("survival_low")), float(cells.pop("survival_high"))
    assert 0.0 < low < 0.25 < high < 1.0
    assert filled(cells) == {
        "id": "mine", "strain": "Mine 1", "species": PLANTARUM,
        "genus_class": BIOLOGY.table("strains.tsv")["cjlp133"].text("genus_class"),
        "viable_form": "live", "grade": "C", "survival": "0.25", "seal_mean": "1.5",
        "note": "own strain: survival, seal given in the file; the rest from strains like it",
    }  # fmt: skip
    assert strain_cells(own(), BIOLOGY)["note"].startswith("own strain: no trait given")


def test_unit_only_strains_that_are_new_and_have_a_class_become_rows() -> None:
    strains = [own("lgg"), own(survival=0.2), own(survival=0.9), own("odd", species="None such")]
    rows = with_strains(BIOLOGY, strains, "here").table("strains.tsv")
    assert set(rows) - set(BIOLOGY.table("strains.tsv")) == {"mine"}
    assert rows["mine"].number("survival") == 0.2  # the first of that name
    assert rows["lgg"].cells == BIOLOGY.table("strains.tsv")["lgg"].cells
    assert with_strains(BIOLOGY, strains[:1]) is BIOLOGY
    assert with_strains(BIOLOGY, []) is BIOLOGY


def test_unit_only_trials_that_are_sound_become_rows_numbered_as_in_the_file() -> None:
    wrong = {**TREATED, "weeks": None}
    found = with_strains(BIOLOGY, [own(trials=(wrong, TREATED)), own("other", trials=(PREVENTED,))])
    rows = found.table("strain_trials.tsv")
    assert set(rows) - set(BIOLOGY.table("strain_trials.tsv")) == {"mine_2", "other_1"}
    assert found.overlay is not None
    assert [name for name, _ in found.overlay.texts] == ["strain_trials.tsv", "strains.tsv"]
    silent = with_strains(BIOLOGY, [own(trials=(wrong,))])
    assert silent.overlay is not None
    assert [name for name, _ in silent.overlay.texts] == ["strains.tsv"]


def test_unit_strains_are_added_to_those_that_a_biology_has_on_top() -> None:
    first = with_strains(BIOLOGY, [own(trials=(TREATED,))], "here")
    second = with_strains(first, [own("other", trials=(TREATED, TREATED))], "there")
    added = {
        table: set(second.table(table)) - set(BIOLOGY.table(table))
        for table in ("strains.tsv", "strain_trials.tsv")
    }
    assert added == {
        "strains.tsv": {"mine", "other"}, "strain_trials.tsv": {"mine_1", "other_1", "other_2"},
    }  # fmt: skip
    assert second.overlay is not None
    assert second.overlay.name == "here"
    assert [name for name, _ in second.overlay.texts] == ["strain_trials.tsv", "strains.tsv"]


def test_unit_a_model_without_new_strains_is_itself() -> None:
    model = load_model()
    assert model_with_strains(model, [own("lgg")]) is model
    other = model_with_strains(model, [own()])
    assert "mine" in other.tables.strains
    assert other.content_hash == other.biology.content_hash != model.content_hash


def test_unit_what_is_wrong_in_a_strain_of_a_file_is_left_out_of_its_row() -> None:
    """It is told elsewhere; the arms that name the strain are to be checked all the same."""
    raw = {"strains": [
        {"id": "mine", "species": PLANTARUM, "survival": 25, "seal": 2.0},
        {"id": "odd", "species": "None such"},
        {"id": "named", "class": "bifidobacteria"},
    ]}  # fmt: skip
    rows = with_file_strains(BIOLOGY, raw, Path("a/b.toml")).table("strains.tsv")
    assert (rows["mine"].text("survival"), rows["mine"].number("seal_mean")) == ("", 2.0)
    assert rows["odd"].text("genus_class") == next(iter(rows.values())).text("genus_class")
    assert rows["named"].text("genus_class") == "bifidobacteria"
    assert rows["mine"].text("genus_class") == rows["cjlp133"].text("genus_class")


TRIAL = "".join(f"{key} = {value!r}\n" for key, value in TREATED.items())
STRAIN = f'[[strains]]\nid = "mine"\nspecies = "{PLANTARUM}"\n[[strains.trials]]\n{TRIAL}'
OTHER = f'[[strains]]\nid = "other"\nlabel = "The other"\nspecies = "{PLANTARUM}"\n'


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "mine.toml"


def lines_of(path: Path) -> list[int | None]:
    with pytest.raises(InputError) as told:
        biology_with_file(BIOLOGY, path)
    assert {one.file for one in told.value.problems} == {path}
    return [one.line for one in told.value.problems]


def test_unit_the_strains_of_any_file_are_taken_and_nothing_else_of_it(file: Path) -> None:
    file.write_text(f'anything = 1\n[visits]\nweeks = []\n{STRAIN}with = ["The other"]\n{OTHER}')
    found = biology_with_file(BIOLOGY, file)
    assert {"mine", "other"} <= set(found.table("strains.tsv"))
    (member,) = found.table("strain_trials.tsv")["mine_1"].items("with")
    assert find_strain(member, found).id == "other"
    experiment = (STRAIN + OTHER).replace("[[strains", "[[X1.strains")
    file.write_text(f'[X1]\nwhy = "a test"\n{experiment}[X2]\nwhy = "another"\n')
    assert {"mine", "other"} <= set(biology_with_file(BIOLOGY, file).table("strains.tsv"))


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (STRAIN.replace("ad_child", "ad_chld"), 10),
        (STRAIN + 'with = ["others"]\n' + OTHER, 11),
        (STRAIN.replace("-4.0", "-40.0"), 5),
        (OTHER + "survival = 25\n", 5),
        (OTHER.replace("[[strains", "[[X1.strains") + "survival = 25\n", 5),
    ],
)
def test_unit_what_is_wrong_with_the_strains_of_a_file_has_its_line(
    file: Path, text: str, line: int
) -> None:
    file.write_text(text)
    assert lines_of(file) == [line]


def test_unit_a_file_without_strains_is_refused_and_all_that_is_wrong_comes_at_once(
    file: Path,
) -> None:
    for text in ("", "strains = 3\n", "[visits]\nweeks = [1]\n"):
        file.write_text(text)
        assert lines_of(file) == [None]
    file.write_text(STRAIN.replace("ad_child", "ad_chld") + OTHER + "survival = 25\n")
    assert lines_of(file) == [10, 15]
