"""A user's own biology on top of the shipped one: what it adds and replaces, what is refused."""

import pickle

import pytest

from gutskin.errors import InputError
from gutskin.model.biology import shipped_biology
from gutskin.model.overlay import biology_of, differences
from gutskin.population.known import known_names
from gutskin.trials.design import load_trial

STRAINS = "id\tstrain\tspecies\nmine\tM1\tLactobacillus meus\nw23\tW23\tanother\n"


@pytest.fixture
def own(tmp_path):
    folder = tmp_path / "my biology"
    folder.mkdir()
    (folder / "strains.tsv").write_text(STRAINS)
    return folder


def test_rows_are_added_or_take_the_place_of_shipped_ones_and_it_is_told(own):
    biology = biology_of(own)
    rows = biology.table("strains.tsv")
    assert (rows["mine"].file, rows["mine"].line) == (own / "strains.tsv", 2)
    assert rows["w23"].text("species") == "another"
    assert rows["w51"].file == biology.folder / "strains.tsv"
    assert known_names(biology).spelled("strain", "m1") == "mine"
    told = [str(one) for one in differences(biology)]
    assert told == ["adds strains.tsv: mine", "replaces strains.tsv: w23"]


def test_another_biology_has_another_hash_and_goes_to_other_machines_whole(own, monkeypatch):
    assert biology_of(own).content_hash != shipped_biology().content_hash
    assert pickle.loads(pickle.dumps(biology_of(own))) == biology_of(own)
    monkeypatch.setenv("GUTSKIN_BIOLOGY", str(own))
    assert biology_of() == biology_of(own)
    monkeypatch.delenv("GUTSKIN_BIOLOGY")
    assert biology_of() == shipped_biology()


def test_a_relative_folder_brings_its_trials(own, monkeypatch):
    shipped = shipped_biology().folder / "trials" / "six-strain-children.toml"
    (own / "trials").mkdir()
    (own / "trials" / "mine.toml").write_text(shipped.read_text().replace('"W51"', '"M1"'))
    monkeypatch.chdir(own.parent)
    assert "mine" in load_trial("mine", "my biology").active[0].interventions[0].strains


@pytest.mark.parametrize(
    ("name", "text", "line", "says"),
    [
        ("strains.tsv", "id\tstrian\n", 1, "Did you mean 'strain'?"),
        ("strains.tsv", "id\tstrain\na\tA\na\tB\n", 3, "stands here and in line 2"),
        ("strains.tsv", "strain\nA\n", 1, "column 'id' is missing"),
        ("parameter.tsv", "id\n", None, "Did you mean 'parameters.tsv'?"),
        ("populations.toml", "[mine\n", 1, "not valid TOML"),
        ("model.toml", 'onse = ["a.ant"]\n', 1, "Did you mean 'once'?"),
    ],
)
def test_a_wrong_file_is_told_with_its_line(tmp_path, name, text, line, says):
    (tmp_path / name).write_text(text)
    with pytest.raises(InputError) as caught:
        biology_of(tmp_path)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == (tmp_path / name, line)
    assert says in str(problem)


def test_a_folder_that_is_none_or_empty_is_refused(tmp_path):
    for folder, says in ((tmp_path / "none", "no such folder"), (tmp_path, "no biology")):
        with pytest.raises(InputError, match=says):
            biology_of(folder)
