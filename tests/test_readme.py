"""What the pages say is what the code does: counts, pictures, links, commands, keys of a trial."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from gutskin.cli import app
from gutskin.model.compiled import load_model
from gutskin.model.evidence import load_evidence
from gutskin.population.patient_file import load_patient
from gutskin.report.axis import axis_picture, differences
from gutskin.trials import design

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def test_the_picture_of_the_axis_is_that_of_the_table():
    # what comes from mechanisms.tsv; tests/report/test_axis.py compares the thickness, coarsely
    found = differences(text("docs/images/axis.svg"), axis_picture(load_model()))
    assert found == [], "Run .venv/bin/python scripts/draw_axis.py."


@pytest.mark.parametrize("page", ["README.md", "docs/model.md"])
def test_states_and_mechanisms_are_counted_right(page):
    model = load_model()
    assert f"{len(model.state_ids)} states" in text(page)
    assert f"{len(model.tables.mechanisms)} mechanisms" in text(page)


def test_what_intervals_hold_is_what_the_page_of_scores_counts():
    """The limits told 56, 50, 89 and 86% of worlds that were gone."""
    rows = [line.split(" | ") for line in text("docs/scores.md").splitlines()]
    held = {
        row[1]: (row[3], row[4]) for row in rows if row[0] == "| posterior" and len(row) > 4
    }  # fmt: skip
    told = re.findall(
        r"hold (\d+%) of differences and (\d+%) of control arms, their 95% intervals (\d+) and "
        r"(\d+%); of trials that nothing was fitted to (\d+) and (\d+%), and (\d+) and (\d+%)",
        text("README.md"),
    )
    both = [held["difference"], held["control arm"]]
    both += [held["difference, nothing fitted"], held["control arm, nothing fitted"]]
    expected = [both[i + side][share] for i in (0, 2) for share in (0, 1) for side in (0, 1)]
    assert [tuple(one.rstrip("%") for one in found) for found in told] == [
        tuple(one.rstrip("%") for one in expected)
    ]


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.name)
def test_links_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")):
        assert "://" in target or (page.parent / target).exists(), target


def test_every_key_of_a_trial_is_explained():
    page = text("docs/trials.md")
    parts = [design.TrialDesign, *design.FILE.parts.values(), *design.INTERVENTIONS.values()]
    fields = [field for part in parts for field in part.model_fields.items()]
    keys = {field.alias or name for name, field in fields}
    assert [key for key in sorted(keys) if f"`{key}" not in page and f"{key}]" not in page] == []
    assert [kind for kind in design.INTERVENTIONS if f"`{kind}`" not in page] == []


def test_the_trials_of_the_page_are_trials(tmp_path):
    examples = re.findall(r"```toml\n(.*?)```", text("docs/trials.md"), flags=re.S)
    found = []
    for example in (text for text in examples if text.startswith("name = ")):
        path = tmp_path / "my-trial.toml"
        path.write_text(example, encoding="utf-8")
        found.append(design.load_trial(path).control.name)
    assert found == ["placebo", "usual"]


def test_the_patient_of_the_page_is_a_patient(tmp_path):
    (example,) = re.findall(r"```toml\n(.*?)```", text("docs/patients.md"), flags=re.S)
    path = tmp_path / "boy.toml"
    path.write_text(example, encoding="utf-8")
    assert [dose.kind for dose in load_patient(path).doses] == ["emollient", "antibiotic"]


def test_every_role_of_a_parameter_is_explained():
    roles = {row.text("role") for row in load_model().tables.parameters.values()}
    assert [role for role in sorted(roles) if f"| `{role}` |" not in text("docs/model.md")] == []


def test_the_commands_of_the_pages_exist():
    lines = re.findall(r"^\.venv/bin/gutskin (.+)$", text("README.md"), flags=re.M)
    assert len(lines) >= 5
    for line in lines:
        command = [
            word
            for word in line.split()
            if word in ("trial", "power", "simulate", "model", "claims", "evidence", "strain",
                        "population", "sensitivity", "explain", "optimise")
        ]  # fmt: skip
        command += [word for word in line.split()[1:2] if command == ["model"]]
        shown = CliRunner().invoke(app, [*command, "--help"]).output
        for option in re.findall(r"--[a-z-]+", line):
            assert option in shown, line


def test_every_module_of_the_code_stands_in_the_architecture():
    page = text("docs/architecture.md")
    modules = [path.name for path in (ROOT / "src" / "gutskin").rglob("*.py")]
    tables = [path.name for path in (ROOT / "src" / "gutskin" / "biology").glob("*.t*")]
    named = [name for name in {*modules, *tables} if not name.startswith("__")]
    assert [name for name in sorted(named) if f"`{name}`" not in page] == []


def test_the_page_of_the_evidence_names_the_ids_of_every_table():
    page = text("docs/evidence.md")
    tables = {}
    for row in load_evidence().values():
        tables.setdefault(row.table, []).append(row.id)
    for table, ids in tables.items():
        assert f"| `{table}.tsv` | {ids[0]}-{ids[-1]} |" in page


def test_every_source_that_is_cited_stands_in_a_table():
    cited = {
        (page.name, found)
        for page in PAGES
        for found in re.findall(
            r"\b(?:RV|TT|PT|MA|OI|SR|MO)\d{4}\b", page.read_text(encoding="utf-8")
        )
    }
    assert {one for one in cited if one[1] not in load_evidence()} == set()
