"""The rows of a new mechanism: what is written, what is refused, what is left to fill in."""

import re
from pathlib import Path

import pytest

from gutskin import cli
from gutskin.errors import InputError
from gutskin.evidence.experiments import plan_experiments
from gutskin.model.biology import Biology, biology_folder, shipped_biology
from gutskin.model.check import check_model
from gutskin.model.new_mechanism import NewMechanism, draft_mechanism
from gutskin.model.overlay import biology_of

IGA = NewMechanism("M100", "gut_iga", "blood_bacterial_products", "-", "barriers")
OPTIONS = ["--from", IGA.source, "--to", IGA.target, "--sign", "-", "--route", "barriers"]


@pytest.fixture
def own(tmp_path):
    return tmp_path / "mine"


def written(folder):
    return {path.name: path.read_text() for path in folder.iterdir()}


def drafted(own, **cells):
    draft = draft_mechanism(NewMechanism(**{**vars(IGA), **cells}), shipped_biology(), own)
    return draft, {path.name: text for path, text in draft.files.items()}


def fill_tables(own):
    cells = {
        "mechanisms.tsv": {
            "statement": "IgA of the gut lowers bacterial products in blood",
            "rules_and_reactions": "clear_products", "evidence": "RV0349", "grade": "C",
        },
        "parameters.tsv": {
            "value": "0.3", "unit": "1", "distribution": "normal", "low": "0", "high": "0.6",
            "grade": "C", "note": "log rise of clearance",
        },
    }  # fmt: skip
    for name, by_column in cells.items():
        header, first, *others = (own / name).read_text().splitlines()
        row = [
            by_column.get(c, cell)
            for c, cell in zip(header.split("\t"), first.split("\t"), strict=True)
        ]
        (own / name).write_text("\n".join([header, "\t".join(row), *others]) + "\n")


def test_every_gap_is_named_with_its_line_until_it_is_filled(own):
    assert cli.main(["model", "new-mechanism", "M100", *OPTIONS, "--biology", str(own)]) == 0
    problems = check_model(biology_of(own))
    gaps = {
        (path.name, number)
        for path in own.iterdir()
        for number, line in enumerate(path.read_text().splitlines(), start=1)
        if "\t?" in line or '"?"' in line or "M100 ?" in line
    }
    assert {(one.file.name, one.line) for one in problems} == gaps
    assert len(problems) == len(gaps) >= 8
    assert "statement, rules_and_reactions, evidence, grade are still" in "\n".join(
        map(str, problems)
    )


def fill_equation(own):
    place = own / "circulation.ant"
    old = "k_products * blood_bacterial_products"
    new = "k_products * exp(s_m100 * g_m100 * (gut_iga - 1)) * blood_bacterial_products"
    assert old in place.read_text()
    place.write_text(place.read_text().replace(old, new).replace("M100 ?", "M100 IgA clears"))


def test_filled_in_it_is_sound(own):
    assert cli.main(["model", "new-mechanism", "M100", *OPTIONS, "--biology", str(own)]) == 0
    fill_tables(own)
    fill_equation(own)
    alone = own / "mechanisms_alone.toml"
    alone.write_text(alone.read_text().replace('"?"', '"C"'))
    assert [str(one) for one in check_model(biology_of(own))] == []


def test_documentation_the_experiment_of_the_page_is_one(own, tmp_path):
    assert cli.main(["model", "new-mechanism", "M100", *OPTIONS, "--biology", str(own)]) == 0
    fill_tables(own)
    fill_equation(own)
    page = (Path(__file__).parents[2] / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (example,) = re.findall(r" {3}```toml\n(.*?)```", page, flags=re.S)
    path = tmp_path / "example.toml"
    path.write_text(example)
    assert list(plan_experiments((path,), biology_of(own))) == ["M100"]


def test_without_an_id_it_is_the_one_above_the_last(own):
    draft, texts = drafted(own, id=None)
    last = max(int(name[1:]) for name in shipped_biology().table("mechanisms.tsv"))
    assert draft.id == f"M{last + 1}"
    assert f"\ns_m{last + 1}\t1\t" in texts["parameters.tsv"]


def test_what_a_user_has_already_is_kept_and_columns_are_added(own):
    own.mkdir()
    (own / "mechanisms.tsv").write_text("id\tstatement\nM01\tmy words\n")
    draft = draft_mechanism(IGA, biology_of(own), own)
    header, mine, new = draft.files[own / "mechanisms.tsv"].splitlines()
    assert mine.startswith("M01\tmy words\t")
    assert len({line.count("\t") for line in (header, mine, new)}) == 1
    assert new.split("\t")[:2] == ["M100", "?"]
    assert draft.copied == "circulation.ant"


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ({"id": "M47"}, "M47 is in use. Leave it out, and M"),
        ({"id": "47"}, "'47' is no id of a mechanism"),
        ({"source": "gut_igx"}, "--from: no state, rule or input begins with 'gut_igx'. Did you"),
        ({"target": "blod_treg", "fragment": "gut_lumen.ant"}, "--to: no state"),
        ({"sign": "0"}, "--sign is '0'"),
        ({"route": "blod"}, "--route is 'blod'"),
        ({"fragment": "../gut.ant"}, "no fragment '../gut.ant'"),
        ({"fragment": "mechanisms.tsv"}, "'mechanisms.tsv' is no fragment"),
        ({"target": "?"}, "Name its place with `--fragment`"),
    ],
)
def test_what_cannot_be_is_refused(own, cells, says):
    with pytest.raises(InputError, match=r".") as found:
        drafted(own, **cells)
    assert says in str(found.value)
    assert not own.exists()


def test_an_installed_package_is_not_written_into(folder):
    with pytest.raises(InputError, match="installed, not a checkout") as found:
        draft_mechanism(IGA, Biology(folder), None)
    assert "--biology FOLDER" in str(found.value)


def test_in_a_checkout_every_file_grows_at_its_end_only():
    draft = draft_mechanism(IGA, shipped_biology(), None)
    for path, text in draft.files.items():
        assert path.parent == biology_folder()
        assert text.startswith(path.read_text(encoding="utf-8"))
    assert draft.copied is None


def test_a_file_that_cannot_be_written_leaves_all_as_they_were(own, monkeypatch, capsys):
    from gutskin import atomic_write

    own.mkdir()
    (own / "mechanisms.tsv").write_text("id\tstatement\nM01\tmy words\n")
    before, write = written(own), atomic_write._replace

    def full(path, data):
        if path.name == "circulation.ant":
            raise OSError(28, "No space left on device")
        write(path, data)

    monkeypatch.setattr(atomic_write, "_replace", full)
    assert cli.main(["model", "new-mechanism", "M100", *OPTIONS, "--biology", str(own)]) == 2
    assert "circulation.ant: cannot be written" in capsys.readouterr().err
    assert written(own) == before
