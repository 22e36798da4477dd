"""The traits of strains: where a value comes from, and what a user's value keeps of its width."""

import pytest

from gutskin.errors import InputError
from gutskin.model.biology import shipped_biology
from gutskin.model.strain_knowledge import knowledge
from gutskin.model.tables import read_tables
from gutskin.population.strain_traits import (
    TraitValue,
    as_cells,
    axes_of,
    find_strain,
    genus_of,
    given_value,
    strain_traits_of,
    trait_of,
)

BIOLOGY = shipped_biology()
TABLES = read_tables(BIOLOGY)
TRAITS = strain_traits_of(BIOLOGY)
WITHIN = 1.959964  # 95% of a normal lies within so many sd


def known(strain: str, trait: str) -> TraitValue:
    return trait_of(TABLES, TABLES.strains[strain], TRAITS[trait])


def test_unit_the_axes_are_the_traits_that_are_spread_as_a_normal() -> None:
    assert [one.id for one in axes_of(BIOLOGY)] == [
        "regulation", "type1", "type17", "seal", "imprint",
    ]  # fmt: skip


def test_closed_form_an_axis_lies_within_two_sd_of_its_mean() -> None:
    mean, sd = knowledge(TABLES, "lgg", "regulation").numbers
    found = known("lgg", "regulation")
    ends = (mean - WITHIN * sd, mean + WITHIN * sd)
    assert (found.low, found.high) == pytest.approx(ends, rel=1e-6)
    assert (found.value, found.source) == (mean, "measured")
    assert found.sd == pytest.approx(sd)


def test_closed_form_the_sd_of_a_range() -> None:
    assert TraitValue(2.0, 1.0, 5.0, "class").sd == pytest.approx(4 / (2 * WITHIN), rel=1e-6)


def test_unit_a_range_of_the_table_is_taken_and_what_is_not_drawn_has_none() -> None:
    numbers = knowledge(TABLES, "w51", "survival").numbers
    found = known("w51", "survival")
    assert (found.value, found.low, found.high) == numbers
    fixed = known("w51", "lactate_yield")
    assert (fixed.low, fixed.high) == (fixed.value, fixed.value)


def test_unit_a_genus_is_the_first_word_of_a_species() -> None:
    assert genus_of("Bifidobacterium animalis subsp. lactis") == "Bifidobacterium"
    assert genus_of("") == ""


@pytest.mark.parametrize(
    ("trait", "value", "before", "after"),
    [
        # the odds grow ninefold: 1/9 to 1, 1/18 to 1/2, 1 to 9
        ("survival", 0.5, (0.1, 1 / 19, 0.5), (0.5, 1 / 3, 0.9)),
        ("washout_per_day", 4.0, (2.0, 1.0, 5.0), (4.0, 2.0, 10.0)),
        ("seal", 2.0, (1.0, -0.5, 3.0), (2.0, 0.5, 4.0)),
        ("milk_use", 0.5, (0.25, 0.125, 0.5), (0.5, 0.375, 0.75)),
        ("milk_use", 0.875, (0.25, 0.125, 0.5), (0.875, 0.75, 1.0)),  # a share is 1 at most
        ("milk_use", 0.0625, (0.25, 0.125, 0.5), (0.0625, 0.0, 0.3125)),
    ],
)
def test_closed_form_a_value_alone_keeps_the_width_on_its_scale(trait, value, before, after):
    fallback = TraitValue(*before, "class")
    found = given_value(TRAITS[trait], value, None, None, fallback)
    assert (found.value, found.low, found.high) == pytest.approx(after)
    assert found.source == "measured"
    for low, high in ((before[1], None), (None, before[2])):  # one end is no range: told elsewhere
        assert given_value(TRAITS[trait], value, low, high, fallback) == found


def test_closed_form_a_width_ends_where_the_domain_does_and_an_axis_has_no_end() -> None:
    trait = TRAITS["washout_per_day"]
    for end, ends in ((trait.domain.high, (10.0, 20.0)), (trait.domain.low, (0.01, 0.025))):
        found = given_value(trait, end, None, None, TraitValue(2.0, 1.0, 5.0, ""))
        assert (found.low, found.high) == pytest.approx(ends)
        assert found.low <= found.value <= found.high
    assert trait.domain.high == 20.0
    most = TRAITS["seal"].domain.high
    found = given_value(TRAITS["seal"], most, None, None, TraitValue(1.0, -0.5, 3.0, ""))
    assert (found.low, found.high) == pytest.approx((most - 1.5, most + 2.0))


@pytest.mark.parametrize("name", ["hn001", "HN 001", "hn-001", " Hn001 "])
def test_unit_a_strain_is_found_however_its_code_is_written(name: str) -> None:
    assert find_strain(name, BIOLOGY).id == "hn001"
    assert find_strain("ATCC 53103", BIOLOGY).id == find_strain("gg", BIOLOGY).id == "lgg"


def test_unit_a_part_of_a_name_is_answered_with_the_names_that_have_it() -> None:
    with pytest.raises(InputError, match=r"there is no strain 'CECT'\. Did you mean 'CECT"):
        find_strain("CECT", BIOLOGY)


def test_unit_a_range_that_is_given_is_taken_and_what_is_not_drawn_is_its_value() -> None:
    fallback = TraitValue(0.5, 0.1, 0.9, "class")
    found = given_value(TRAITS["survival"], 0.3, 0.2, 0.6, fallback)
    assert found == TraitValue(0.3, 0.2, 0.6, "measured")
    for trait in ("lactate_yield", "vancomycin_resistant"):
        found = given_value(TRAITS[trait], 1.0, None, None, fallback)
        assert found == TraitValue(1.0, 1.0, 1.0, "measured")


def test_unit_a_value_as_cells_has_the_columns_of_its_trait_and_no_other() -> None:
    found = TraitValue(0.5, 0.25, 1.0, "measured")
    assert as_cells(TRAITS["survival"], found) == {
        "survival": "0.5", "survival_low": "0.25", "survival_high": "1.0",
    }  # fmt: skip
    axis = as_cells(TRAITS["seal"], found)
    assert set(axis) == {"seal_mean", "seal_sd"}
    assert float(axis["seal_sd"]) == pytest.approx(0.75 / (2 * WITHIN), rel=1e-6)
    assert as_cells(TRAITS["lactate_yield"], found) == {"lactate_yield": "0.5"}
