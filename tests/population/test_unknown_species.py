"""Own strains of a species that no table has are usable, and are told of; unit."""

import pytest

from gutskin.model.biology import shipped_biology
from gutskin.model.strain_knowledge import SPECIES, levels_of
from gutskin.model.vocabulary import vocabulary
from gutskin.population.own_strains import with_strains
from gutskin.population.strain_file import OwnStrain, strain_problems
from gutskin.population.strain_traits import strain_traits_of
from gutskin.population.unknown_species import known_species, near_species, species_notes

LACTOBACILLI = "homofermentative lactobacilli"


def noted(species, **given):
    one = OwnStrain.model_validate({"id": "mine", "species": species, **given})
    return [*species_notes(["mine", "lgg"], with_strains(shipped_biology(), [one]))]


def test_unit_of_a_species_that_is_known_nothing_is_said():
    assert "Lacticaseibacillus rhamnosus" in known_species(shipped_biology())
    assert not {"any", LACTOBACILLI, ""} & {*known_species(shipped_biology())}
    assert noted("Lacticaseibacillus rhamnosus") == []
    assert noted("", **{"class": "lactococci"}) == []
    assert [*species_notes(["lgg", "nowhere"], shipped_biology())] == []


def test_unit_of_another_it_is_said_what_stands_for_it():
    assert noted("Lactobacillus nonexistus") == [
        "mine: nothing is known here of the species 'Lactobacillus nonexistus'; what the file does "
        f"not give is taken from its class ({LACTOBACILLI}) and any strain."
    ]
    (told,) = noted("Lactobacillus gasseri", label="LG 36")
    assert told.startswith("LG 36: nothing is known here of the species 'Lactobacillus gasseri';")
    assert "Did you mean" not in told
    every = {
        name: trait.domain.low if trait.scale == "flag" else 0.5
        for name, trait in strain_traits_of(shipped_biology()).items()
    }
    (told,) = noted("Lactobacillus gasseri", **every)
    assert told.endswith("'; the file gives all its traits.")


@pytest.mark.parametrize(
    ("species", "near"),
    [
        ("Lactobacillus acidofilus", "Lactobacillus acidophilus"),
        ("Lactobacillus rhamnosus", "Lacticaseibacillus rhamnosus"),
        ("Bacillus rhamnosus", "Lacticaseibacillus rhamnosus"),  # the species alone is alike
        ("Bifidobacterium adolescentis", ""), ("Lactobacillus", ""), ("", ""),
        ("Bifidobacterium longum subsp. longum", ""),
    ],
)  # fmt: skip
def test_unit_a_slip_of_the_pen_and_a_former_genus_are_told_by_the_known_name(species, near):
    assert near_species(species, known_species(shipped_biology())) == near
    if near:
        assert noted(species, **{"class": LACTOBACILLI})[0].endswith(f" Did you mean {near!r}?")


def test_unit_a_species_in_another_case_is_the_known_one():
    assert noted("lacticaseibacillus RHAMNOSUS") == []
    one = OwnStrain.model_validate({"id": "mine", "species": "lacticaseibacillus paracasei"})
    tables = vocabulary(with_strains(shipped_biology(), [one])).tables
    assert levels_of(tables, "mine")["survival"] == SPECIES


def test_unit_where_the_class_cannot_be_told_the_near_name_is():
    raw = [{"id": "mine", "species": "Bifidobactrium breve"}]
    ((place, what, fix),) = strain_problems(raw, shipped_biology())
    assert place == ("strains", 0, "species")
    assert "its class cannot be told" in what
    assert fix.startswith("Did you mean 'Bifidobacterium breve'? Write `class =` one of ")
