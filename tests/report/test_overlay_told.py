"""A result of a user's own biology says so: in its JSON, on the page, on the terminal."""

import io
import json
from dataclasses import asdict, replace
from types import SimpleNamespace

import pytest
from synthetic import synthetic

from gutskin.evidence import claims
from gutskin.model.biology import CENTRE, POSTERIOR, PRIOR, shipped_biology
from gutskin.model.compiled import load_model
from gutskin.model.overlay import biology_of, overlay_sentence
from gutskin.report.console import Terminal
from gutskin.report.page import figures_of, render
from gutskin.report.power import print_power
from gutskin.report.terminal import print_summary
from gutskin.trials.analysis import analyse
from gutskin.trials.design import load_trial
from gutskin.trials.power import power_of
from gutskin.trials.power_summary import summarise_power
from gutskin.trials.run_record import RunRecord
from gutskin.trials.summary import summarise, to_json

DESIGN = load_trial("six-strain-children")
TOLD = {
    "name": "my <b>own</b>",
    "adds": ["populations.toml: mine"],
    "replaces": ["genotypes.tsv: heterozygous"],
}


@pytest.fixture(scope="module")
def drawn():
    """The figures of a made-up trial, which are the same whatever its biology is."""
    data = synthetic(DESIGN, 20)
    return figures_of(data, analyse(data, DESIGN), DESIGN)


@pytest.fixture
def own(tmp_path):
    folder = tmp_path / TOLD["name"].replace("/", "\N{FRACTION SLASH}")
    folder.mkdir()
    shipped = (shipped_biology().folder / "populations.toml").read_text(encoding="utf-8")
    section = shipped.split("[healthy_adult]\n", 1)[1].split("\n[", 1)[0]
    (folder / "populations.toml").write_text(f"[mine]\n{section}\n")
    (folder / "genotypes.tsv").write_text(
        "id\tflg_genotype\tflg_penetration\nheterozygous\t0.4\t0.9\n"
    )
    return biology_of(folder)


@pytest.mark.parametrize(
    ("draws", "told"),
    [
        (PRIOR, "Drawn of worlds of the prior"),
        (POSTERIOR, "Drawn of worlds that meet the targets of the calibration"),
        (CENTRE, "Drawn of the central world alone"),
    ],
)
def test_every_result_says_of_which_worlds_it_is_made(draws, told, drawn):
    data, own = synthetic(DESIGN, 20), replace(shipped_biology(), draws=draws)
    analysis = analyse(data, DESIGN)
    summary = json.loads(to_json(summarise(data, DESIGN, analysis, biology=own)))
    power = summarise_power(data, DESIGN, analysis, power_of(analysis, DESIGN, [20]), own)
    assert summary["model"]["draws"] == power["model"]["draws"] == draws
    page = render(summary, analysis, data, DESIGN, "gutskin trial", drawn=drawn)
    stream = io.StringIO()
    print_summary(summary, DESIGN, Terminal(file=stream, width=200))
    print_power(power, Terminal(file=stream, width=200))
    assert stream.getvalue().count("Drawn of") == 2
    said = " ".join(stream.getvalue().split())
    assert ("less what it keeps fixed" in said) is (draws == PRIOR)
    assert ("stay at their centre" in page) is (draws == PRIOR)
    assert told in stream.getvalue()
    assert told in page


def test_every_result_names_the_folder_and_what_it_changes(own, drawn):
    data = synthetic(DESIGN, 20)
    analysis = analyse(data, DESIGN)
    summary = json.loads(to_json(summarise(data, DESIGN, analysis, biology=own)))
    power = summarise_power(data, DESIGN, analysis, power_of(analysis, DESIGN, [20]), own)
    assert summary["model"]["overlay"] == power["model"]["overlay"]
    assert summary["model"]["overlay"] == TOLD | {"name": own.overlay.name}
    stream = io.StringIO()
    print_summary(summary, DESIGN, Terminal(file=stream, width=200))
    print_power(power, Terminal(file=stream, width=200))
    line = "adds 1 (populations.toml: mine), replaces 1 (genotypes.tsv: heterozygous)."
    assert stream.getvalue().count(line) == 2
    assert stream.getvalue().count(own.overlay.name) == 2
    page = render(summary, analysis, data, DESIGN, "gutskin trial", drawn=drawn)
    assert "my &lt;b&gt;own" in page
    assert "<code>genotypes.tsv: heterozygous</code>" in page


def test_statements_put_to_it_say_so(own, capsys):
    from gutskin.cli.claims import _print_claims
    from gutskin.cli.options import Stance

    model = load_model()
    model = replace(model, tables=replace(model.tables, biology=own))
    assert json.loads(claims.to_json([], model, "evidence", 1))["model"]["overlay"] == (
        TOLD | {"name": own.overlay.name}
    )
    _print_claims([], SimpleNamespace(model=model), Stance.evidence, None, alone=False)
    assert f"Own biology {own.overlay.name!r}: adds 1" in capsys.readouterr().out


def test_strains_alone_are_no_biology_of_ones_own(drawn):
    data = synthetic(DESIGN, 20)
    analysis = analyse(data, DESIGN)
    summary = summarise(data, DESIGN, analysis, biology=shipped_biology())
    adds = ["strain_traits.tsv: x1/seal", "strains.tsv: x1", "strains.tsv: x2"]
    summary["model"]["overlay"] = {"name": "mine.toml", "adds": adds, "replaces": []}
    html = render(summary, analysis, data, DESIGN, "gutskin trial", drawn=drawn)
    assert "Own biology" not in html
    assert "Own strains" in html
    assert "<code>x1</code>, <code>x2</code>; the biology is the shipped one" in html
    assert overlay_sentence(summary["model"]["overlay"]) == "Own strains of 'mine.toml': x1, x2."
    adds.append("parameters.tsv: k")
    assert "Own biology" in render(summary, analysis, data, DESIGN, "gutskin trial", drawn=drawn)
    assert overlay_sentence(summary["model"]["overlay"]).startswith("Own biology")


def test_a_result_of_the_shipped_biology_has_no_word_of_it(drawn):
    data = synthetic(DESIGN, 20)
    analysis = analyse(data, DESIGN)
    summary = summarise(data, DESIGN, analysis, biology=shipped_biology())
    assert set(summary["model"]) == {"version", "content_hash", "draws"}
    assert "Own biology" not in render(
        summary, analysis, data, DESIGN, "gutskin trial", drawn=drawn
    )


def test_the_record_of_a_run_names_it(own):
    mine, shipped = (
        RunRecord.of(DESIGN, one, 5, 1, "evidence") for one in (own, shipped_biology())
    )
    assert RunRecord.from_values(asdict(mine)).overlay == own.overlay.name
    (differs,) = shipped.differences(mine)
    assert (
        differs
        == f"another model (own biology {own.overlay.name!r} instead of the shipped biology)"
    )
