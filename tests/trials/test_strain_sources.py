"""Which part of a trial's answer is known of the strain, of its kin, or of any strain."""

import io
from pathlib import Path

import numpy as np
import pytest
from synthetic import synthetic

from gutskin.credibility.declared import Declared
from gutskin.credibility.frozen_plan import freeze
from gutskin.model.compiled import load_model
from gutskin.population import strain_posterior
from gutskin.population.strain_hierarchy import Curve, Link
from gutskin.report.console import Terminal
from gutskin.report.credibility import plan_document
from gutskin.report.page import figures_of, render
from gutskin.report.plan import print_plan
from gutskin.report.terminal import print_summary
from gutskin.trials.analysis import analyse
from gutskin.trials.design import load_trial
from gutskin.trials.plan import plan_trial
from gutskin.trials.strain_sources import shared_places, strain_sources
from gutskin.trials.summary import summarise

OWN = """
name = "mine"
population = "ad_child"
[visits]
weeks = [0, 8]
[[strains]]
id = "mine"
label = "Mine 1"
species = "Lactiplantibacillus plantarum"
survival = 0.3
[[strains.trials]]
difference = -6.0
se = 1.0
weeks = 8
cfu_per_day = 1e10
population = "ad_child"
[[arms]]
name = "a"
n = 10
[[arms.interventions]]
kind = "probiotic"
strains = ["mine", "cjlp133", "W51"]
cfu_per_day = 4e9
[[arms]]
name = "p"
n = 10
control = true
[analysis]
primary = "scorad"
endpoints = ["scorad"]
"""
BEYOND = OWN.replace("difference = -6.0", "difference = -60.0")


@pytest.fixture(scope="module")
def shown():
    """A made-up trial with its figures, whatever is known of its strains."""
    design = load_trial("six-strain-children")
    data = synthetic(design, 50)
    analysis = analyse(data, design)
    return data, analysis, design, figures_of(data, analysis, design)


@pytest.fixture
def straight(monkeypatch: pytest.MonkeyPatch):
    line = Curve(np.array([-5.0, 5.0]), np.array([12.5, -12.5]))
    link = Link(np.ones(1), {"regulation": line}, {"regulation": 1.0})
    monkeypatch.setattr(strain_posterior, "link_of", lambda model, asked, progress=None: link)
    strain_posterior._posterior.cache_clear()
    yield
    strain_posterior._posterior.cache_clear()


@pytest.mark.usefixtures("straight")
def test_strains_of_a_run_in_alone_are_told_too(tmp_path: Path) -> None:
    path = tmp_path / "trial.toml"
    path.write_text(
        OWN.replace('kind = "probiotic"\nstrains = ["mine", "cjlp133", "W51"]\ncfu_per_day = 4e9',
                    'kind = "fibre"\nfactor = 2')
        + '[run_in]\nweeks = 4\n[[run_in.interventions]]\nkind = "probiotic"\n'
        'strains = ["LGG"]\ncfu_per_day = 1e9\n'
    )  # fmt: skip
    told = strain_sources(load_trial(path), load_model())
    assert [one["id"] for one in told] == ["lgg"]
    assert told[0]["traits"]["regulation"]["level"] == "measured"


def test_unit_each_trait_has_its_level_and_own_trials_are_told(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(OWN)
    plan = plan_trial(str(path))
    mine, kin, other = strain_sources(plan.design, load_model(plan.biology))
    assert (mine["id"], mine["own"], mine["trials"]) == ("mine", True, ["mine_1"])
    levels = {name: trait["level"] for name, trait in mine["traits"].items()}
    assert levels["survival"] == "measured"
    assert levels["regulation"] == "species"
    assert levels["vancomycin_resistant"] == "class"
    assert levels["seal"] == "prior"
    assert mine["traits"]["regulation"]["moved"]
    assert not mine["traits"]["survival"]["moved"]
    assert (kin["own"], kin["trials"]) == (False, [])
    assert kin["traits"]["regulation"]["moved"]  # a sister of the same species
    assert other["id"] == "w51"
    assert (mine["beyond"], kin["beyond"]) == ({}, {})


@pytest.mark.usefixtures("straight")
def test_unit_terminal_and_page_say_which_part_is_which(tmp_path: Path, shown) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(OWN)
    plan = plan_trial(str(path))
    data, analysis, design, drawn = shown
    told = strain_sources(plan.design, load_model(plan.biology))
    summary = summarise(data, design, analysis, strains=told)
    assert summary["strains"] == told
    out = io.StringIO()
    print_summary(summary, design, Terminal(file=out, width=110))
    text = " ".join(out.getvalue().split())
    assert "Mine 1, own strain: of the strain itself: share that reaches the colon;" in text
    assert "moved by own trials: regulation" in text
    assert "moved by trials of its kin: regulation" in text
    page = render(summary, analysis, data, design, "gutskin trial x", drawn=drawn)
    assert "What the answer knows of the strains, and from where" in page
    assert page.count('data-label="Of any strain"') == 3
    assert page.count('data-label="Moved by own trials"') == 3
    summary["strains"] = told[2:]
    page = render(summary, analysis, data, design, "gutskin trial x", drawn=drawn)
    levels = {trait["level"] for trait in told[2]["traits"].values()}
    columns = ("Of the strain itself", "Of its species", "Of its genus", "Of its class")
    for level, column in zip(("measured", "species", "genus", "class"), columns, strict=True):
        assert page.count(f'data-label="{column}"') == (level in levels)  # none that is empty
    assert levels < {"measured", "species", "genus", "class", "prior"}
    assert "Moved by own trials" not in page


@pytest.mark.usefixtures("straight")
def test_unit_a_report_of_what_cannot_be_is_a_warning_of_the_trial(tmp_path: Path, shown) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(BEYOND)
    plan = plan_trial(str(path))
    data, analysis, design, _ = shown
    told = strain_sources(plan.design, load_model(plan.biology))
    assert list(told[0]["beyond"]) == ["mine_1"]
    summary = summarise(data, design, analysis, strains=told)
    (warning,) = [one for one in summary["warnings"] if "mine_1" in one]
    assert "Mine 1: trial mine_1 reports more than can be" in warning
    assert told[0]["beyond"]["mine_1"] in warning


def test_unit_a_trial_without_strains_says_nothing_of_them(shown) -> None:
    data, analysis, design, drawn = shown
    summary = summarise(data, design, analysis)
    assert "strains" not in summary
    page = render(summary, analysis, data, design, "gutskin trial x", drawn=drawn)
    assert "What the answer knows of the strains" not in page


EIGHT = OWN[OWN.index("name") : OWN.index("[[strains]]")] + OWN[OWN.index("[[arms]]") :].replace(
    '"mine", "cjlp133", "W51"', '"W58", "W51", "W52", "W55", "W56", "W57", "W23", "BB-12"'
)
SHARE = "a: BB-12, W51 and W52 share a place in the gut, with their doses added"


def test_unit_strains_that_share_a_place_are_told_wherever_a_trial_is(tmp_path: Path) -> None:
    path = tmp_path / "eight.toml"
    path.write_text(EIGHT)
    plan = plan_trial(str(path))
    design, model = plan.design, load_model(plan.biology)
    told = strain_sources(design, model)
    assert [one["label"] for one in told] == [
        "W58", "W51", "W52", "W55", "W56", "W57", "W23", "BB-12",
    ]  # fmt: skip
    assert all(one["traits"]["survival"]["level"] in ("class", "species") for one in told)
    data = synthetic(design, 50)
    summary = summarise(data, design, analyse(data, design), biology=plan.biology, strains=told)
    assert summary["shared_places"] == [{"arm": "a", "strains": ["BB-12", "W51", "W52"]}]
    out = io.StringIO()
    print_summary(summary, design, Terminal(file=out, width=110))
    assert SHARE in " ".join(out.getvalue().split())
    assert SHARE in render(summary, analyse(data, design), data, design, "gutskin trial x")
    frozen = freeze(plan, Declared(), "evidence")
    assert frozen.values["shared_places"] == summary["shared_places"]
    assert SHARE in str(plan_document(frozen.values, frozen.checksum))
    printed = io.StringIO()
    print_plan(plan, Terminal(file=printed, width=110))
    assert SHARE in " ".join(printed.getvalue().split())
    assert plan.to_json()["shared_places"] == summary["shared_places"]


def test_unit_of_six_strains_nothing_is_shared_and_nothing_said() -> None:
    plan = plan_trial("six-strain-children")
    assert shared_places(plan.design, load_model().tables) == []
    assert "shared_places" not in freeze(plan, Declared(), "evidence").values
    assert "shared_places" not in plan.to_json()
    printed = io.StringIO()
    print_plan(plan, Terminal(file=printed, width=110))
    assert "share a place" not in printed.getvalue()


def test_unit_killed_strains_that_share_a_place_are_called_so(tmp_path: Path) -> None:
    path = tmp_path / "eight.toml"
    path.write_text(EIGHT.replace("cfu_per_day", "viable = false\ncfu_per_day"))
    (shared,) = shared_places(load_trial(path), load_model().tables)
    assert shared["strains"] == ["BB-12 (killed)", "W51 (killed)", "W52 (killed)"]
