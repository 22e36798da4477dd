"""A row of the evidence tables in words: species, design, what was found, and where."""

from collections import defaultdict

import pytest

from gutskin.evidence.findings import AGAINST, FOR, finding
from gutskin.model.evidence import Evidence, load_evidence, load_references


def row(table="human_gut", withheld="", **cells):
    usual = {"seen_in": "table", "source": "", "value": "", "unit": "1", "low": "", "high": "",
             "quantity": "butyrate", "population": "", "note": ""}  # fmt: skip
    return Evidence("XX0001", table, 2, defaultdict(str, {**usual, **cells}), withheld)


@pytest.mark.parametrize(
    ("words", "species"),
    [
        ("C57 mice", "mouse"), ("a mouse model", "mouse"), ("murine colon", "mouse"),
        ("rats on fibre", "rat"), ("porcine skin", "pig"), ("canine atopy", "dog"),
        ("adults", "human"), ("children with AD", "human"), ("12 healthy men", "human"),
        ("Caco-2 monolayer", "human"), ("pregnant women", "human"),
        ("batch culture", "bacteria"), ("S. aureus alone", "bacteria"), ("soil", "not stated"),
        ("moderate values", "not stated"), ("mouse and human cells", "mouse"),
    ],
)  # fmt: skip
def test_unit_the_species_is_read_from_whole_words(words, species):
    assert finding(row(population=words)).species == species


def test_unit_the_species_of_the_population_goes_before_that_of_the_note():
    assert finding(row(population="adults", note="as in mice")).species == "human"
    assert finding(row(population="soil", note="as in mice")).species == "mouse"
    assert finding(row(population="", quantity="fermentation rate")).species == "bacteria"


@pytest.mark.parametrize("table", ["treatment_trials", "prevention_trials", "meta_analyses"])
def test_unit_trials_are_of_people_and_models_of_nobody(table):
    assert finding(row(table, population="mice", model="m")).species == "human"
    assert finding(row("models", population="mice", model="m")).species == "model"


@pytest.mark.parametrize(
    ("words", "design"),
    [
        ("in vitro, adults", "in vitro"), ("PBMC co-culture", "in vitro"), ("PBMC", "ex vivo"),
        ("ex vivo skin", "ex vivo"), ("an RCT in adults", "randomised trial"),
        ("placebo group", "randomised trial"), ("mice", "animal experiment"),
        ("dogs", "animal experiment"), ("adults", "observation"), ("", "observation"),
    ],
)  # fmt: skip
def test_unit_the_design_is_read_from_the_words(words, design):
    assert finding(row(population=words)).design == design


def test_unit_some_tables_say_the_design():
    assert finding(row("models", model="kovalenko")).design == "published model kovalenko"
    assert finding(row("meta_analyses", n_studies="9")).design == "meta-analysis of 9 studies"
    assert finding(row("meta_analyses")).design == "meta-analysis"
    assert finding(row("prevention_trials")).design == "prevention trial"
    assert finding(row("treatment_trials")).design == "randomised trial"
    assert finding(row("other_interventions", category="bath")).design == "bath"
    assert finding(row("other_interventions")).design == "intervention"
    mice = row("other_interventions", population="mice, in vitro", category="bath")
    assert finding(mice).design == "in vitro"


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        ({"value": "3", "unit": "mM", "low": "1", "high": "5"}, "butyrate: 3 mM (1 to 5)"),
        ({"value": "3", "unit": "1"}, "butyrate: 3"),
        ({"value": "3", "low": "1"}, "butyrate: 3"),
        ({"value": "3", "high": "5"}, "butyrate: 3"),
        ({"value": "see_quantity", "unit": "mM"}, "butyrate"),
        ({"value": "", "quantity": "gut -> skin"}, "gut → skin"),
    ],
)
def test_closed_form_a_number_is_told_with_unit_and_interval(cells, found):
    assert finding(row(**cells)).finding == found


@pytest.mark.parametrize(
    ("table", "cells", "found"),
    [
        ("meta_analyses", {"measure": "MD", "estimate": "-3", "ci_low": "-5", "ci_high": "-1",
                           "subgroup": "children"}, "MD -3 (-5 to -1), children"),
        ("meta_analyses", {"measure": "MD", "estimate": "-3"}, "MD -3"),
        ("other_interventions", {"outcome": "TEWL", "arm": "oil", "value": "4", "unit": "g",
                                 "timepoint_weeks": "2", "comparator_value": "6"},
         "TEWL, oil at week 2: 4 g against 6"),
        ("other_interventions", {"outcome": "TEWL", "arm": "oil", "value": "4", "unit": "g"},
         "TEWL, oil: 4 g"),
        ("treatment_trials", {"outcome": "EASI", "arm": "drug", "mean": "-72", "unit": "%",
                              "timepoint_weeks": "16"}, "EASI, drug, week 16: -72 %"),
        ("prevention_trials", {"outcome": "eczema", "strains": "LGG", "rr": "0.7",
                               "ci_low": "0.5", "ci_high": "0.9"},
         "eczema, LGG: relative risk 0.7 (0.5 to 0.9)"),
        ("strain_readouts", {"readout": "IL-10", "strain": "W23", "value": "2",
                             "direction": "up"}, "IL-10, W23: 2; up"),
        ("strain_readouts", {"readout": "IL-10", "strain": "W23"}, "IL-10, W23"),
    ],
)  # fmt: skip
def test_closed_form_what_each_table_says(table, cells, found):
    assert finding(row(table, **cells)).finding == found


def test_unit_who_it_is_of_stands_where_the_table_has_it():
    assert finding(row(population="", system="colon")).population == "colon"
    assert finding(row(population="", model="m")).population == "m"
    assert finding(row("prevention_trials", population="x", risk_group="high")).population == "high"
    assert finding(row(population="adults", system="colon")).population == "adults"


def test_unit_a_source_that_is_known_has_its_key():
    key, one = next((k, v) for k, v in load_references().items() if "doi" in v.fields)
    doi = one.fields["doi"]
    assert finding(row(source=f"pmid:0; doi:{doi.upper()}")).source == f"{key}, doi:{doi.upper()}"
    assert finding(row(source="doi:10.1/none")).source == "doi:10.1/none"
    assert finding(row()).source == "not stated"


def test_structure_every_row_is_told_with_its_side_and_how_it_was_seen():
    for one in load_evidence().values():
        told = finding(one, AGAINST)
        assert told.side == AGAINST
        assert told.finding
        assert told.species
        assert (told.seen, told.withheld, told.id) == (one.seen_in, one.withheld, one.id)
    assert finding(row(note="n", withheld="why")).side == FOR
    assert finding(row(note="n", withheld="why")).note == "n"
