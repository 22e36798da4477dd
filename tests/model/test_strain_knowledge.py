"""What is known of a strain, and at which level."""

from dataclasses import replace

import pytest

from gutskin.errors import InputError
from gutskin.model.biology import shipped_biology
from gutskin.model.strain_knowledge import (
    CLASS,
    LEVELS,
    PRIOR,
    SPECIES,
    columns_of,
    groups_of,
    knowledge,
    levels_of,
)
from gutskin.model.tables import read_tables

TABLES = read_tables(shipped_biology())


def without(name, *columns):
    """The tables with these cells of a row of strain_priors.tsv empty."""
    row = TABLES.strain_priors[name]
    cells = {**row.cells, **dict.fromkeys(columns, "")}
    return replace(TABLES, strain_priors={**TABLES.strain_priors, name: replace(row, cells=cells)})


def test_every_trait_of_every_strain_is_known_at_some_level():
    for name in TABLES.strains:
        assert set(levels_of(TABLES, name)) == set(TABLES.strain_traits), name
        assert set(levels_of(TABLES, name).values()) <= set(LEVELS), name


def test_the_nearest_level_that_knows_a_trait_is_taken():
    assert knowledge(TABLES, "w56", "survival").level == SPECIES
    columns = columns_of(TABLES.strain_traits["survival"])
    class_only = without("Lacticaseibacillus paracasei", *columns)
    assert knowledge(class_only, "w56", "survival").level == CLASS
    both = replace(
        without("Lacticaseibacillus paracasei", *columns),
        strain_priors={
            name: row for name, row in TABLES.strain_priors.items()
            if name not in ("Lacticaseibacillus paracasei", "homofermentative lactobacilli")
        },
    )  # fmt: skip
    assert knowledge(both, "w56", "survival").level == PRIOR


def test_what_goes_with_a_value_stands_in_the_same_row():
    known = knowledge(TABLES, "hn001", "imprint")
    assert known.row is TABLES.strains["hn001"]
    assert known.numbers == (known.row.number("imprint_mean"), known.row.number("imprint_sd"))


def test_a_trait_that_no_level_knows_is_refused_at_the_strain():
    tables = without("any", "seal_mean")
    with pytest.raises(InputError, match="seal_mean is known neither of the strain") as caught:
        knowledge(tables, "w51", "seal")
    assert caught.value.problems[0].line == TABLES.strains["w51"].line


def test_groups_are_species_genus_class_and_any_strain():
    groups = groups_of(TABLES.strains["w51"])
    assert list(groups.values()) == [
        "Bifidobacterium animalis subsp. lactis", "Bifidobacterium", "bifidobacteria", "any",
    ]  # fmt: skip
