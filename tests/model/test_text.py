"""Fragments: joined in order, once or per site, each line with the file it came from."""

import shutil

import pytest

from gutskin.errors import InputError
from gutskin.model.biology import Biology, biology_folder
from gutskin.model.fragments import read_source
from gutskin.model.tables import read_tables
from gutskin.model.text import to_sbml

MANIFEST = 'name = "tiny"\nversion = "1"\nonce = ["body.ant"]\nper_site = ["site.ant"]\n'


@pytest.fixture
def tiny(tmp_path):
    manifest = MANIFEST + 'sites = ["lesional", "nonlesional"]\n'
    (tmp_path / "model.toml").write_text(manifest, encoding="utf-8")
    body = "compartment skin = 1\nsubstanceOnly species a in skin, $b in skin\n\nmake: b => a; k\n"
    (tmp_path / "body.ant").write_text(body, encoding="utf-8")
    site = "// of SITE\nopen_SITE := 1 - a * f_SITE // uses late\n"
    (tmp_path / "site.ant").write_text(site, encoding="utf-8")
    return tmp_path


def test_a_fragment_per_site_is_read_once_for_each(tiny):
    source = read_source(Biology(tiny))
    assert source.text.splitlines()[-1] == "open_nonlesional := 1 - a * f_nonlesional // uses late"
    assert [line.site for line in source.lines] == 4 * [None] + 2 * ["lesional"] + 2 * [
        "nonlesional"
    ]


def test_every_id_knows_the_line_that_defines_it(tiny):
    source = read_source(Biology(tiny))
    places = {name: (line.file.name, line.line) for name, line in source.definitions.items()}
    assert places == {
        "skin": ("body.ant", 1),
        "a": ("body.ant", 2),
        "b": ("body.ant", 2),
        "make": ("body.ant", 4),
        "open_lesional": ("site.ant", 2),
        "open_nonlesional": ("site.ant", 2),
    }
    assert source.where("f_lesional").line == 2
    assert source.where("k").line == 4
    assert source.where("late") is None  # a comment defines nothing


def test_a_missing_fragment_is_told(tiny):
    (tiny / "site.ant").unlink()
    with pytest.raises(InputError, match=r"fragment site\.ant is missing"):
        read_source(Biology(tiny))


@pytest.mark.parametrize(
    ("name", "start"), [("gut_lumen.ant", "supply_mucin"), ("skin_surface.ant", "agr_SITE")]
)
def test_text_that_cannot_be_read_is_told_with_its_line(tmp_path, name, start):
    folder = tmp_path / "biology"
    shutil.copytree(biology_folder(), folder)
    path = folder / name
    lines = path.read_text(encoding="utf-8").splitlines()
    (place,) = [i for i, line in enumerate(lines) if line.startswith(f"{start} :=")]
    lines[place] += " * ("
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        to_sbml(read_source(Biology(folder)), read_tables(Biology(folder)))
    (problem,) = caught.value.problems
    assert problem.file == path
    assert problem.line in (place + 1, place + 2)  # where the text stops making sense
