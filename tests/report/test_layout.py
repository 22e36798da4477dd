"""The report is read on a phone and on paper: nothing sideways, nothing tiny, nothing torn."""

import re
from html.parser import HTMLParser

import pytest
from browser import all_measured, measured, needs_browser, needs_printing, printed
from nasty import LABELS
from synthetic import synthetic, with_routes

from gutskin.evidence.card import make_card
from gutskin.model.compiled import load_model
from gutskin.report.card import render_card
from gutskin.report.equations import render_html
from gutskin.report.page import render
from gutskin.trials.analysis import analyse
from gutskin.trials.design import load_trial
from gutskin.trials.summary import summarise

DESIGN = load_trial("six-strain-children")
LOST = {"cells": 0.9, "metabolites": 0.2, "mediators": -0.01, "barriers": 0.3, "all": 1.0}
PHONE, MARGIN = 390, 16  # pixels
LEAST = 11.0  # pixels of a letter that is still read


def page(design=DESIGN, replicates=60):
    data = with_routes(synthetic(design, replicates), LOST)
    analysis = analyse(data, design)
    return render(summarise(data, design, analysis), analysis, data, design, "gutskin trial x")


@pytest.fixture(scope="module")
def html():
    return page()


class Cells(HTMLParser):
    """Cells of tables that fold, with what they say of their column."""

    def __init__(self):
        super().__init__()
        self.folds, self.labels = False, []

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "table":
            self.folds = "folds" in attrs.get("class", "").split()
        elif tag == "td" and self.folds:
            self.labels.append(attrs.get("data-label", ""))


def test_every_cell_of_a_table_that_folds_says_what_its_column_said(html):
    cells = Cells()
    cells.feed(html)
    assert len(cells.labels) > 50
    assert all(cells.labels)
    for column in ("Difference", "True effect", "p < 0.05"):
        assert sum(column in label for label in cells.labels) >= len(DESIGN.analysis.endpoints)


def test_nothing_scrolls_sideways_by_design(html):
    assert "overflow-x" not in html
    assert 'name="viewport" content="width=device-width' in html


def test_figures_drawn_for_a_phone_have_letters_that_can_be_read(html):
    phone = re.findall(r'<div class="phone">\s*(<svg.*?</svg>)', html, flags=re.S)
    page = re.findall(r'<div class="page">\s*(<svg.*?</svg>)', html, flags=re.S)
    assert len(phone) == len(page) == 7
    for svg in phone:
        wide = float(re.search(r'viewBox="0 0 ([\d.]+) ', svg)[1])
        sizes = [float(one) for one in re.findall(r"font-size: ([\d.]+)px", svg)]
        assert min(sizes) * (PHONE - 2 * MARGIN) / wide >= LEAST


def test_print_rules_keep_headings_with_what_follows(html):
    rules = html[html.index("@media print") : html.index("</style>")]
    assert re.search(r"h2[^{}]*\{[^}]*break-after: avoid", rules)
    assert re.search(r"figure[^{}]*\{[^}]*break-inside: avoid", rules)
    assert "@page" in html


def test_a_table_of_endpoints_that_fits_a_sheet_of_paper_is_not_torn():
    """Its head stood alone at the end of a page, and names of arms broke within a word."""
    some = DESIGN.analysis.model_copy(update={"endpoints": DESIGN.analysis.endpoints[:4]})
    few = page(DESIGN.model_copy(update={"analysis": some}), 4)
    assert re.search(r"<h2>Every endpoint</h2>\s*<table class=\"folds whole\">", few)
    assert ".folds thead th { min-width: 5.6rem; }" in few
    assert re.search(r"\.whole[^{}]*\{ break-inside: avoid; \}", few)


@needs_printing
def test_browser_a_long_table_of_endpoints_begins_below_the_answer(html, tmp_path):
    """Eleven endpoints began on a page of their own and ran over it: one row stood alone."""
    first = printed(tmp_path, html)[0]
    assert "Every endpoint" in first
    assert any(line.startswith("SCORAD") for line in first[first.index("Every endpoint") :])
    assert '<table class="folds whole">' not in html[html.index("<h2>Every endpoint") :][:60]


MEASURE = """page => {
  const shown = one => one.getClientRects().length > 0;
  const letters = [...page.querySelectorAll('svg text')].filter(shown).map(one => {
    const size = parseFloat(getComputedStyle(one).fontSize);
    const to = one.getScreenCTM();
    return size * Math.hypot(to.a, to.b); });
  const cells = [...page.querySelectorAll('td, th, p, dd, h1, h2, svg')].filter(shown);
  return {wide: page.documentElement.scrollWidth, seen: page.documentElement.clientWidth,
    letters: Math.min(...letters), count: letters.length,
    right: Math.max(...cells.map(one => one.getBoundingClientRect().right)),
    before: [...page.querySelectorAll('.folds td')].every(one =>
      getComputedStyle(one, '::before').content.length > 4)}; }"""


@needs_browser
def test_browser_nothing_of_the_report_is_wider_than_a_phone(html, tmp_path):
    found = measured(tmp_path, html, PHONE, MEASURE)
    assert found["wide"] <= found["seen"] <= PHONE
    assert found["right"] <= found["seen"]
    assert found["letters"] >= LEAST
    assert found["count"] > 50
    assert found["before"]


@needs_browser
def test_browser_labels_of_any_kind_leave_the_report_as_wide_as_the_phone(tmp_path):
    labels = [LABELS[kind] for kind in ("long word", "long", "tags", "right to left", "emoji")]
    arms = tuple(
        DESIGN.arms[0].model_copy(update={"name": f"arm_{i}", "label": label})
        for i, label in enumerate(labels)
    )
    some = DESIGN.analysis.model_copy(update={"endpoints": DESIGN.analysis.endpoints[:3]})
    design = DESIGN.model_copy(
        update={"arms": (*arms, DESIGN.control), "title": LABELS["long word"] * 3, "analysis": some}
    )
    found = measured(tmp_path, page(design, 4), PHONE, MEASURE)
    assert found["wide"] <= found["seen"] <= PHONE
    assert found["letters"] >= LEAST


@needs_browser
def test_browser_the_report_fits_a_screen_of_any_width(html, tmp_path):
    for found in all_measured(tmp_path, [(html, 320), (html, 700)], MEASURE):
        assert found["wide"] <= found["seen"]


@needs_printing
def test_browser_printed_pages_are_full_and_no_heading_is_torn_from_its_text(html, tmp_path):
    pages = printed(tmp_path, html)
    headings = [re.sub(r"<.*?>", "", one) for one in re.findall(r"<h2[^>]*>(.*?)</h2>", html)]
    assert len(headings) >= 8
    assert 4 <= len(pages) <= 8
    for lines in pages:
        assert len(lines) >= 8
        assert lines[-1] not in headings
        assert not any(lines[-1].startswith(one) for one in headings)


@pytest.fixture(scope="module")
def model():
    return load_model()


@pytest.fixture(scope="module")
def equations(model):
    return render_html(model)


EQUATIONS = """page => { const all = [...page.querySelectorAll('.equations .right')];
  return {wide: page.documentElement.scrollWidth, seen: page.documentElement.clientWidth,
    all: all.length, cut: all.filter(one => one.scrollWidth > one.clientWidth + 1).length}; }"""


@needs_browser
def test_browser_a_card_and_the_equations_are_as_wide_as_a_phone(model, equations, tmp_path):
    card = render_card(make_card(model, model.tables.mechanisms["M47"]), model)
    both = [(card, PHONE), (equations, PHONE)]
    for found in all_measured(tmp_path, both, EQUATIONS):
        assert found["wide"] <= found["seen"] <= PHONE
        assert found["cut"] == 0
        assert found["all"] >= 1


@needs_printing
def test_browser_a_printed_card_tears_no_heading(model, tmp_path):
    html = render_card(make_card(model, model.tables.mechanisms["M47"]), model)
    headings = {re.sub(r"<.*?>", "", one) for one in re.findall(r"<h2[^>]*>(.*?)</h2>", html)}
    pages = printed(tmp_path, html)
    assert len(headings) >= 5
    assert not headings & {lines[-1] for lines in pages}
    assert len(pages) <= 4
    assert all(len(lines) >= 8 for lines in pages)


@needs_printing
@pytest.mark.parametrize("step", [pytest.param(1, marks=pytest.mark.slow), 3])
def test_browser_no_column_of_printed_equations_is_a_letter_wide(equations, tmp_path, step):
    """Of all places, or of one in three."""
    places = re.findall(r'<section id=".*?</section>', equations, flags=re.S)
    assert len(places) > 12
    for number, place in enumerate(places):
        if number % step:
            equations = equations.replace(place, "")
    pages = printed(tmp_path, equations)
    lines = [line for page in pages for line in page]
    assert len(lines) > 2000 / step
    assert sum(len(line) == 1 for line in lines) < 0.05 * len(lines)
