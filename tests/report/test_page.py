"""The report: one file, no request, no script, every figure in words too."""

import io
import re
from html.parser import HTMLParser

import numpy as np
import pytest
from synthetic import synthetic, with_routes

from gutskin.report.console import Terminal
from gutskin.report.page import figures_of, render, write_report
from gutskin.report.templating import TEMPLATES
from gutskin.report.terminal import print_summary
from gutskin.trials.analysis import analyse
from gutskin.trials.design import load_trial
from gutskin.trials.summary import summarise

DESIGN = load_trial("six-strain-children")
COMMAND = "gutskin trial six-strain-children --replicates 40"


LOST = {"cells": 0.9, "metabolites": 0.2, "mediators": -0.01, "barriers": 0.0, "all": 1.0}


def page(data, design=DESIGN, other=None, drawn=None):
    analysis = analyse(data, design)
    pair = None if other is None else (other, analyse(other, design))
    summary = summarise(data, design, analysis, pair)
    return render(summary, analysis, data, design, COMMAND, drawn=drawn)


@pytest.fixture(scope="module")
def drawn():
    """The figures of a trial of forty repetitions, whatever routes it has."""
    data = synthetic(DESIGN, 40)
    return figures_of(data, analyse(data, DESIGN), DESIGN)


@pytest.fixture(scope="module")
def html():
    return page(
        with_routes(synthetic(DESIGN, 40), LOST),
        other=synthetic(DESIGN, 10, stance="article", effect=-9),
    )


class Tags(HTMLParser):
    """Collects the tags of a page and checks that they close."""

    VOID = frozenset({"meta", "br", "link", "img", "hr"})

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], []

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def tags(html):
    parser = Tags()
    parser.feed(html)
    assert parser.open == []
    return parser.seen


def test_nothing_is_fetched_and_nothing_runs(html):
    for tag, attributes in tags(html):
        assert tag not in {"script", "link", "iframe", "img", "object"}
        for name in ("src", "href", "xlink:href"):
            assert attributes.get(name, "#").startswith("#")
    assert not re.search(r"https?://|@import|url\((?!#)", html)


def test_ids_are_unique_and_every_reference_resolves(html):
    ids = [attributes["id"] for _, attributes in tags(html) if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:href="|url\()#([^")]+)', html)) <= set(ids)


def test_every_figure_has_a_text_alternative(html):
    figures = [one for tag, one in tags(html) if tag == "svg"]
    assert len(figures) == 2 * 7  # for a page and for a phone
    for one in figures:
        assert one["role"] == "img"
        for name in one["aria-labelledby"].split():
            assert re.search(rf'id="{name}">[^<]{{5,}}<', html)


def test_the_page_says_what_it_must(html):
    for text in (
        "No patient was treated",
        "8.7",
        "no medical advice",
        "IgE turns over slowly",
        "0123abcd",
        " ".join(f"<span>{one}</span>" for one in COMMAND.split(" ")),
        "Article: what the article claims",
        "Reported",
        "strain gain on gut Treg",
        "Yesilova 2012",
        "too narrow",
    ):
        assert text in html


def test_routes_are_shown_as_a_prior_and_left_out_where_none_were_closed(html, drawn):
    assert "A prior, not a finding" in html
    assert re.search(r"immune cells that travel (89|9[01])% \(8\d to 9\d%\)", html)
    assert re.search(r"inflammatory mediators in blood −?\d(\.\d)?% \(−?\d to \d%\)", html)
    assert "Which route carries" not in page(synthetic(DESIGN, 3), drawn=drawn)


def test_a_share_whose_interval_says_nothing_is_not_told(drawn):
    """A report said that a route carries "−89% (−644 to 465%)"."""
    data = with_routes(synthetic(DESIGN, 40), {"cells": 0.9, "barriers": 0.0, "all": 0.9})
    effects = data["effect_without"].values
    effects[2] += np.where(np.arange(10) % 2, 40.0, -40.0)  # barriers
    shown = page(data, drawn=drawn)
    assert "leaky barriers and bacterial products cannot be told" in shown
    assert re.search(r"immune cells that travel (89|9[01])% \(8\d to 9\d%\)", shown)
    summary = summarise(data, DESIGN, analyse(data, DESIGN))
    low, high = summary["lost_without_route_ci95"]["barriers"]
    assert low < 0 < 1 < high  # the numbers stand in the result
    stream = io.StringIO()
    print_summary(summary, DESIGN, Terminal(file=stream, width=300))
    assert "leaky barriers and bacterial products cannot be told" in stream.getvalue()
    effects[1:] = effects[2]
    assert page(data, drawn=drawn).count("cannot be told") >= 3  # a figure of nothing but that


def test_of_what_is_no_strain_nothing_is_said_of_how_probiotics_reach_the_skin(drawn):
    arms = tuple(arm.model_copy(update={"interventions": ()}) for arm in DESIGN.arms)
    drug = DESIGN.model_copy(update={"arms": arms})
    data = with_routes(synthetic(drug, 60), {"cells": 0.1, "all": 0.1})
    shown = page(data, drug, drawn=drawn)
    assert "goes by way of the gut" in shown
    assert "by which route a probiotic" not in shown


def test_arrows_that_are_only_claimed_are_told_with_their_sizes(html):
    part = html[html.index("Arrows that are only claimed") :]
    part = part[: part.index("</table>")]
    assert "g_butyrate_barrier" in part
    assert "−0.05 to 0.05" in part
    assert "g_phenol_barrier" not in part  # people stand behind that one
    assert "g_gut_inflammation" not in part  # centred at an effect
    gains = {"g_butyrate_skin", "g_indole_skin", "g_riboflavin_skin", "g_indole_filaggrin"}
    assert gains <= set(re.findall(r"<code>(\w+)</code>", part))


def test_the_same_trial_gives_the_same_page():
    some = DESIGN.analysis.model_copy(update={"endpoints": DESIGN.analysis.endpoints[:3]})
    few = DESIGN.model_copy(update={"analysis": some})
    assert page(synthetic(few, 6), few) == page(synthetic(few, 6), few)


def test_one_replicate_and_missing_numbers_still_make_a_page():
    data = synthetic(DESIGN, 1)
    data["measured"].loc[{"endpoint": "il6"}] = np.nan
    assert "IL-6 not known" in page(data)


def test_text_of_the_trial_file_is_escaped(drawn):
    """In figures it is in test_text_of_users.py."""
    design = DESIGN.model_copy(update={"title": "<script>alert(1)</script>"})
    assert "<script" not in page(synthetic(design, 3), design, drawn=drawn)


def test_a_trial_without_published_result_or_meaningful_difference():
    analysis = DESIGN.analysis.model_copy(update={"meaningful_difference": None})
    published = type(DESIGN.published)()
    design = DESIGN.model_copy(update={"analysis": analysis, "published": published})
    html = page(synthetic(design, 3), design)
    assert "real trial reported" not in html
    assert "matter to a patient" not in html


def test_more_than_two_arms_all_stand_in_the_table():
    extra = DESIGN.arms[0].model_copy(update={"name": "killed", "label": "Killed mix", "n": 5})
    design = DESIGN.model_copy(update={"arms": (*DESIGN.arms, extra)})
    html = page(synthetic(design, 3), design)
    assert html.count("Killed mix") > 10
    assert "of of" not in html
    assert "What the model is least sure of, in <bdi>" in html


def test_the_file_is_written(drawn, tmp_path):
    data = synthetic(DESIGN, 3)
    analysis = analyse(data, DESIGN)
    summary = summarise(data, DESIGN, analysis)
    write_report(tmp_path / "report.html", summary, analysis, data, DESIGN, COMMAND, drawn=drawn)
    assert (tmp_path / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_sentences_of_a_paragraph_stand_apart():
    """A loop over sentences that strips the space before it glues them together."""
    texts = [path.read_text("utf-8") for path in sorted(TEMPLATES.glob("*.j2"))]
    loops = [
        found for text in texts for found in re.findall(r"for sentence in \w+ %\}\n?(.*)", text)
    ]
    assert len(loops) >= 2
    assert all(loop.startswith((" {{", "<")) for loop in loops), loops


EXPLAINED = {
    "trial": "t", "stance": "evidence", "seed": 1, "replicates": 40, "arm": "six_strain",
    "arm_label": "Six-strain mix", "label": "SCORAD", "unit": "points", "nothing": False,
    "routes": {
        "unit": "points", "effect": {"mean": -2.5, "monte_carlo_error": 0.4}, "why_no_shares": "",
        "parts": [
            {"route": "cells", "points": {"mean": -2.0, "monte_carlo_error": 0.3},
             "share": {"value": 0.8, "ci95_low": 0.7, "ci95_high": 0.9}},
            {"route": "none of them", "points": {"mean": -0.5, "monte_carlo_error": 0.1},
             "share": None},
        ],
    },
    "response": {
        "sd": 3.0, "foretells": False, "no_measurement_removes": 0.6,
        "skill": {"value": 0.02, "ci95_low": -0.01, "ci95_high": 0.05},
        "parts": {name: {"share": 0.25, "ci95_low": 0.2, "ci95_high": 0.3}
                  for name in ("worlds", "measured", "person", "days")},
        "traits": [{"label": "Total IgE", "foretells": False, "correlation": -0.1,
                    "skill": {"value": 0.01, "ci95_low": -0.02, "ci95_high": 0.03}}],
    },
}  # fmt: skip


def explained_page(explanation, drawn):
    data = synthetic(DESIGN, 40)
    analysis = analyse(data, DESIGN)
    summary = summarise(data, DESIGN, analysis) | {"explanation": explanation}
    return render(summary, analysis, data, DESIGN, COMMAND, drawn=drawn), summary


def test_what_carries_the_effect_is_told_where_it_was_asked(html, drawn, capsys):
    found, summary = explained_page(EXPLAINED, drawn)
    tags(found)
    text = re.sub(r"<[^>]+>", " ", found)
    assert "What carries the effect, and who responds" in text
    assert "80% (70 to 90%) goes by immune cells that travel" in " ".join(text.split())
    assert "By itself foretells" not in text  # nothing does
    assert "who responds: the share is 2% (−1 to 5%)" in " ".join(text.split())
    assert re.search(r"immune cells that travel\s+−2\.0\s+80%", text)  # two figures of −2.5
    assert "From 40 of the worlds" in text
    assert "What carries the effect, and who responds" not in html
    print_summary(summary, DESIGN, Terminal())
    assert "goes by immune cells that travel" in " ".join(capsys.readouterr().out.split())


def test_what_foretells_is_listed_where_something_does_with_a_mark_at_what_does_not(drawn):
    response = EXPLAINED["response"] | {"foretells": True}
    found, _ = explained_page(EXPLAINED | {"response": response}, drawn)
    assert "By itself foretells" in found
    assert "Total IgE (no better than chance)" in found


def test_an_explanation_without_responses_has_the_routes_alone(drawn):
    bare = EXPLAINED | {"response": None, "why_no_response": "there are too few worlds"}
    found, _ = explained_page(bare, drawn)
    assert "Who responds cannot be said: there are too few worlds." in found
    assert found.count('<th scope="col">Carried by</th>') == 1
    assert "By itself foretells" not in found
