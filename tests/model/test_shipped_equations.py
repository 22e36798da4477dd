"""The equations that travel with the package are of this model; no others are taken for them."""

import pytest

from gutskin import extras
from gutskin.errors import InputError
from gutskin.model import compiled, text
from gutskin.model.biology import Biology, shipped_biology
from gutskin.model.fragments import read_source
from gutskin.model.overlay import biology_of
from gutskin.model.shipped_equations import (
    EQUATIONS,
    OF,
    SHIPPED,
    are_shipped,
    origin_of,
    ship_equations,
    shipped_equations,
)
from gutskin.model.tables import read_tables

BROUGHT = ("antimony", "libsbml", "sbmlode")


def origin(biology):
    return origin_of(read_source(biology), read_tables(biology))


@pytest.fixture
def made():
    biology = shipped_biology()
    return compiled.make_equations(read_source(biology), read_tables(biology))


@pytest.fixture
def plain(monkeypatch):
    """An installation without what makes equations."""
    found = extras.find_spec
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name in BROUGHT else found(name))
    monkeypatch.setattr(text, "_load", lambda *_: pytest.fail("Antimony was asked"))


def test_reference_what_is_shipped_is_what_the_compilers_make_of_the_fragments(made):
    """`make page` writes it anew."""
    shipped = shipped_equations(origin(shipped_biology()))
    assert shipped is not None
    assert shipped.constants == made.constants
    assert shipped.equations == made.equations
    assert list(shipped.equations) == list(made.equations)
    assert shipped.code == made.code


def test_unit_the_shipped_model_is_compiled_without_the_compilers(plain, model):
    again = compiled.compile_model(shipped_biology())
    assert again.rhs.content_hash == model.rhs.content_hash
    assert again.constants == model.constants


@pytest.mark.parametrize(
    ("name", "old", "new", "same"),
    [
        ("itch.ant", "k_phage * skin_phage", "k_phage * skin_phage * 2", False),
        ("itch.ant", "// ", "// or so: ", True),  # a comment
        ("parameters.tsv", "k_ige\t", "k_ige_2\t", False),
        ("species.tsv", "S. aureus in nose", "S. aureus in the nose", True),  # a name
        ("model.toml", 'name = "gutskin"', 'name = "other"', False),
    ],
)
def test_unit_equations_are_of_fragments_and_ids_alone(folder, name, old, new, same):
    content = (folder / name).read_text(encoding="utf-8")
    assert old in content
    (folder / name).write_text(content.replace(old, new, 1), encoding="utf-8")
    assert are_shipped(origin(Biology(folder))) == same


def test_unit_numbers_of_a_user_need_no_compiler(plain, tmp_path):
    rows = read_tables(shipped_biology())
    header = "\t".join(rows.species["gut_hexose"].cells)
    cells = rows.species["gut_hexose"].cells | {"healthy_adult": "3"}
    (tmp_path / "species.tsv").write_text(f"{header}\n" + "\t".join(cells.values()) + "\n")
    header = "\t".join(rows.parameters["k_ige"].cells)
    cells = rows.parameters["k_ige"].cells | {"value": "0.25"}
    (tmp_path / "parameters.tsv").write_text(f"{header}\n" + "\t".join(cells.values()) + "\n")
    mine = compiled.compile_model(biology_of(tmp_path))
    assert mine.values()["k_ige"] == 0.25
    assert mine.constants["gut_hexose"] == mine.values()["gut_hexose"] == 3.0


def test_unit_equations_of_a_user_need_the_extra_and_it_is_named(plain, tmp_path):
    (tmp_path / "more.ant").write_text("more := 2 * airway_inflammation\n")
    with pytest.raises(InputError) as caught:
        compiled.compile_model(biology_of(tmp_path))
    (problem,) = caught.value.problems
    assert "needs antimony, libsbml and sbmlode" in problem.message
    assert "gutskin[model]" in str(problem)


def test_unit_fragments_that_were_changed_in_place_need_the_extra_too(plain, folder):
    (folder / "itch.ant").write_text((folder / "itch.ant").read_text() + "\nmore := itch\n")
    with pytest.raises(InputError, match=r"gutskin\[model\]"):
        compiled.compile_model(Biology(folder))


def test_unit_what_is_shipped_comes_back_and_nothing_else_is_believed(tmp_path, made):
    ship_equations("mine", made, tmp_path)
    assert shipped_equations("mine", tmp_path) == made
    assert shipped_equations("another", tmp_path) is None
    content = (tmp_path / EQUATIONS).read_bytes()
    (tmp_path / EQUATIONS).write_bytes(content.replace(b"jnp.exp", b"jnp.os", 1))
    assert shipped_equations("mine", tmp_path) is None
    (tmp_path / EQUATIONS).unlink()
    assert shipped_equations("mine", tmp_path) is None
    (tmp_path / OF).unlink()
    assert not are_shipped("mine", tmp_path)


def test_unit_both_files_lie_in_the_package():
    assert {path.name for path in SHIPPED.iterdir()} == {OF, EQUATIONS}
