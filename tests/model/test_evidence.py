"""The evidence tables: unique ids, known vocabulary, sources that can be resolved, no slips."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from gutskin.errors import InputError
from gutskin.model.biology import Biology, biology_folder, shipped_biology
from gutskin.model.evidence import (
    NEVER_CALIBRATED,
    SEEN_IN,
    Evidence,
    load_evidence,
    load_references,
)
from gutskin.model.rows import read_table
from gutskin.model.strain_knowledge import levels_of
from gutskin.model.tables import read_tables

SRC = Path(__file__).parents[2] / "src"
CITED = re.compile(r"\b[A-Z][A-Za-z]+(?:19|20)\d{2}[A-Za-z]*\b")
HAVE_DOCSTRINGS = ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
DOI = re.compile(r"10\.\d{4,9}/[^\s;]+")
PREFIXES = {
    "reference_values": "RV",
    "treatment_trials": "TT",
    "prevention_trials": "PT",
    "meta_analyses": "MA",
    "other_interventions": "OI",
    "strain_readouts": "SR",
    "models": "MO",
}


def dois(row) -> list[str]:
    """Every cell or part of a cell that claims to be a DOI."""
    named = [row.fields["doi"]] if row.fields.get("doi") else []
    sources = row.fields.get("source", "").split("; ")
    return named + [part.removeprefix("doi:") for part in sources if part.startswith("doi:")]


@pytest.fixture(scope="module")
def evidence():
    return load_evidence()


@pytest.fixture(scope="module")
def references():
    return load_references()


@pytest.mark.parametrize(("table", "prefix"), PREFIXES.items())
def test_ids_rise_and_carry_the_prefix_of_their_table(evidence, table, prefix):
    # ids may be left out: rows that are kept apart to test predictions have theirs
    numbers = [int(row.id.removeprefix(prefix)) for row in evidence.values() if row.table == table]
    assert numbers == sorted(set(numbers))
    assert numbers[0] == 1
    ids = [row.id for row in evidence.values() if row.table == table]
    assert ids == [f"{prefix}{number:04d}" for number in numbers]


@pytest.mark.parametrize(
    ("fields", "study"),
    [
        ({"trial_id": "A", "item_id": "B", "doi": "10.1/x", "pmid": ""}, "A"),
        ({"trial_id": "", "item_id": "B", "doi": "10.1/x", "pmid": ""}, "B"),
        ({"item_id": "", "doi": "10.1/x", "pmid": "12"}, "doi:10.1/x; pmid:12"),
        ({"source": "url:some page"}, "url:some page"),
        ({"source": ""}, "RV9999"),
    ],
)
def test_unit_a_row_is_of_its_trial_else_of_its_paper_else_of_itself(fields, study):
    assert Evidence("RV9999", "some", 1, fields).study == study


def test_every_table_is_known(evidence):
    assert {row.table for row in evidence.values()} == set(PREFIXES)


def test_seen_in_is_from_the_vocabulary(evidence):
    assert {row.seen_in for row in evidence.values()} == set(SEEN_IN)


def test_a_row_that_was_not_seen_is_never_calibrated_on(evidence):
    assert not any(row.calibratable for row in evidence.values() if row.seen_in in NEVER_CALIBRATED)


@pytest.mark.parametrize(
    "withheld", ["MA0007", "MA0014", "MA0144", "RV0524", "SR0174", "TT0021", "TT0204"]
)
def test_a_row_that_must_not_be_used_as_printed_is_withheld(evidence, withheld):
    assert evidence[withheld].seen_in not in NEVER_CALIBRATED
    assert evidence[withheld].withheld
    assert not evidence[withheld].calibratable


def test_what_claims_to_be_a_doi_has_the_form_of_one(evidence, references):
    claimed = [(row.id, doi) for row in evidence.values() for doi in dois(row)]
    claimed += [(r.key, r.fields["doi"]) for r in references.values() if "doi" in r.fields]
    assert [pair for pair in claimed if not DOI.match(pair[1])] == []


def test_what_claims_to_be_a_pmid_is_a_number(evidence, references):
    claimed = [(row.id, row.fields["pmid"]) for row in evidence.values() if row.fields.get("pmid")]
    claimed += [(r.key, r.fields["pmid"]) for r in references.values() if "pmid" in r.fields]
    assert [pair for pair in claimed if not pair[1].isdigit()] == []


def test_numbers_of_the_model_table_lie_inside_their_range(evidence):
    outside = [
        row.id
        for row in evidence.values()
        if row.table == "models" and row.fields["low"] and row.fields["kind"] != "formula"
        if not float(row.fields["low"])
        <= float(row.fields["value"])
        <= float(row.fields["high"] or "inf")
    ]
    assert outside == []


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("RV0225", "value", "23.5"),
        ("RV0631", "quantity", "Butyrate HDAC inhibition IC50"),
        ("TT0057", "change_from_baseline", "-13.1"),
        ("PT0013", "rr", "0.58"),
        ("MA0001", "ci_low", "-6.12"),
        ("OI0030", "value", "-71.2 to -58.4"),
        ("SR0056", "value", "54.7 v 30.1"),
        ("MA0154", "ci_high", "0.75"),
        ("OI0242", "comparator_value", "36.1% vs 43.0%"),
        ("PT0118", "rr", "1.01"),
        ("RV0743", "value", "0.073"),
        ("SR0174", "unit", "points"),
        ("TT0194", "sd", "9.95"),
    ],
)
def test_copied_cells_equal_their_source(evidence, row, column, value):
    assert evidence[row].fields[column] == value


@pytest.mark.parametrize(
    ("model", "quantity", "value"),
    [
        ("Miyano2022", "d9: T-cell loss in the skin", 0.578),
        ("Kovalenko2016", "ke: elimination", 0.0459),
        ("microPop", "Absorption of short-chain fatty acids", 9.6),
        ("Hayashi2007", "IgE clearance", 71.0),
        ("Fukuda2024", "KLK5 activity relative to pH 7.8, at pH 5.3", 0.153),
        ("Lee2024", "kB: barrier recovery", 0.0711),
        ("IslamFordVersypt2021", "muT: Treg loss", 0.064),
    ],
)
def test_model_parameters_equal_their_source(evidence, model, quantity, value):
    rows = [
        row
        for row in evidence.values()
        if row.fields.get("model") == model and row.fields["quantity"] == quantity
    ]
    assert [float(row.fields["value"]) for row in rows] == [value]


@pytest.mark.parametrize(
    "table",
    [
        "strain_results.tsv",
        "duration_results.tsv",
        "newborns.tsv",
        "targets/levels.tsv",
        "targets/cohorts.tsv",
    ],
)
def test_what_scripts_fit_to_is_no_row_that_nobody_saw(evidence, table):
    """Each row of a table of results rests on one row at least that may be calibrated on."""
    rows = read_table(biology_folder() / table)
    cited = {row.id: row.items("evidence") for row in rows.values() if row.items("evidence")}
    assert len(cited) >= len(rows) / 2
    unseen = {
        name: items for name, items in cited.items()
        if not any(evidence[item].calibratable for item in items if item in evidence)
    }  # fmt: skip
    assert unseen == {}


def test_strains_cite_rows_that_may_be_calibrated_on(evidence):
    strains = read_table(biology_folder() / "strains.tsv")
    strains |= read_table(biology_folder() / "strain_priors.tsv")
    cited = {(row.id, item) for row in strains.values() for item in row.items("evidence")}
    assert {pair for pair in cited if pair[1] not in evidence} == set()
    assert {pair for pair in cited if not evidence[pair[1]].calibratable} == set()


def test_every_strain_says_what_it_rests_on():
    for row in read_table(biology_folder() / "strains.tsv").values():
        assert row.items("evidence"), row.id
        assert row.text("note"), row.id


def test_of_the_six_strains_of_the_article_no_number_is_known_of_the_strain_itself():
    tables = read_tables(shipped_biology())
    for name in ("w23", "w51", "w55", "w56", "w57", "w58"):
        assert "measured" not in levels_of(tables, name).values(), name


def test_sixty_claims_are_numbered_in_order():
    claims = read_table(biology_folder() / "claims.tsv", ("id", "part", "statement", "experiment"))
    assert [*claims] == [f"C{number:02d}" for number in range(1, 61)]


def test_keys_of_references_are_letters_and_digits(references):
    assert [key for key in references if not re.fullmatch(r"[A-Za-z0-9]+", key)] == []


def test_a_reference_says_how_its_source_was_read(references):
    assert [r.key for r in references.values() if "note" not in r.fields] == []


def test_models_that_are_cited_have_a_reference(references):
    wanted = {"Miyano2022", "Lee2024", "Kettle2018", "IslamFordVersypt2021", "Hayashi2007"}
    wanted |= {"Kovalenko2016", "Neis2016", "Boets2017", "Hurault2022", "Totte2016", "Sender2016"}
    assert wanted <= set(references)


def cited_in(text: str) -> set[str]:
    """Keys of references that docstrings of a text of Python name."""
    nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, HAVE_DOCSTRINGS)]
    return {key for node in nodes for key in CITED.findall(ast.get_docstring(node) or "")}


def test_what_docstrings_cite_has_a_reference(references):
    """DerSimonian1986, Efron1981, Li2010, Gutenkunst2007, Sobol2001 and others had none."""
    every = {path: cited_in(path.read_text("utf-8")) for path in SRC.rglob("*.py")}
    assert set().union(*every.values()) >= {"DerSimonian1986", "Efron1979", "Li2010", "Miyano2022"}
    unknown = {path.name: keys - set(references) for path, keys in every.items()}
    assert {name: keys for name, keys in unknown.items() if keys} == {}


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ('"""Of a module: Ab2001 (one), Cd2002SA."""', {"Ab2001", "Cd2002SA"}),
        ('class A:\n    """See Ef1999."""\n    x = "Gh2003"', {"Ef1999"}),
        ('def f():\n    """In 2001, RV2001x0, of 10.1/ab2001."""\n    # Ij2004', set()),
    ],
)
def test_closed_form_keys_are_read_in_docstrings_alone(text, keys):
    assert cited_in(text) == keys


@pytest.mark.parametrize(
    ("key", "journal", "volume", "pages", "doi"),
    [
        ("DerSimonian1986", "Controlled Clinical Trials", "7", "177--188",
         "10.1016/0197-2456(86)90046-2"),
        ("Efron1981", "The Annals of Statistics", "9", "586--596", "10.1214/aos/1176345462"),
        ("Li2010", "The Journal of Physical Chemistry A", "114", "6022--6032",
         "10.1021/jp9096919"),
        ("Gutenkunst2007", "PLoS Computational Biology", "3", "e189",
         "10.1371/journal.pcbi.0030189"),
        ("Sobol2001", "Mathematics and Computers in Simulation", "55", "271--280",
         "10.1016/S0378-4754(00)00270-6"),
    ],
)  # fmt: skip
def test_references_of_methods_equal_their_source(references, key, journal, volume, pages, doi):
    fields = references[key].fields
    assert [fields[one] for one in ("journal", "volume", "pages", "doi")] == [
        journal, volume, pages, doi
    ]  # fmt: skip


def test_problems_of_tables_come_together_with_file_and_line(tmp_path: Path):
    folder = tmp_path / "evidence"
    folder.mkdir()
    (folder / "a.tsv").write_text("id\tseen_in\nXX0001\tabstract\nXX0002\trumour\n")
    (folder / "b.tsv").write_text("id\tseen_in\nXX0001\ttable\n")
    (folder / "withheld.tsv").write_text("id\treason\nXX0009\tretracted\n")
    with pytest.raises(InputError) as caught:
        load_evidence(Biology(tmp_path))
    found = [(Path(str(p.file)).name, p.line) for p in caught.value.problems]
    assert found == [("a.tsv", 3), ("b.tsv", 2), ("withheld.tsv", 2)]
    assert "'rumour'" in str(caught.value)


def test_problems_of_references_come_with_their_line(tmp_path: Path):
    path = tmp_path / "references.bib"
    path.write_text("@article{A2020,\n  year = 2020\n}\n\n@article{A2020,\n  year = {2020},\n}\n")
    with pytest.raises(InputError) as caught:
        load_references(Biology(tmp_path))
    assert [p.line for p in caught.value.problems] == [2, 5]
