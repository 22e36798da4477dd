"""Looks before the end in words: on the terminal, on the page and in the plan alike."""

import io

import pytest
from looked_at import designed
from synthetic import synthetic

from gutskin.report.console import Terminal
from gutskin.report.interim import interim_tables, planned_looks, print_interim
from gutskin.report.methods import planned
from gutskin.report.page import render
from gutskin.trials.analysis import analyse
from gutskin.trials.summary import summarise


@pytest.fixture(scope="module")
def trial():
    design = designed((0.5, 1.0), n=(20, 20))
    data = synthetic(design, 60, effect=-6, spread=0.5)
    analysis = analyse(data, design)
    return design, data, analysis, summarise(data, design, analysis)


def in_share(summary):
    its = {"looks": [], "patients": 30.0, "patients_monte_carlo_error": 0.2,
           "patients_without_looks": 40, "difference": -0.3, "true_effect": -0.2}  # fmt: skip
    look = {"patients": {"a": 10, "b": 10}, "z": 2.5, "p": 0.0124, "difference": -0.4,
            "true_effect": -0.25}  # fmt: skip
    for part in (its, look):
        for name in ("difference", "true_effect"):
            part[f"{name}_monte_carlo_error"] = 0.01
        for way in ("for", "against"):
            for name in ("share_stopped", "share_stopped_by_now", "share_without_looks"):
                part |= {f"{name}_{way}": 0.25, f"{name}_{way}_monte_carlo_error": 0.02}
    never = {**look, "difference": None, "difference_monte_carlo_error": None,
             "true_effect": None, "true_effect_monte_carlo_error": None}  # fmt: skip
    arm = next(iter(summary["interim"]["arms"]))
    found = {"boundary": "pocock", "alpha": 0.05, "arms": {arm: {**its, "looks": [look, never]}}}
    primary = {**summary["endpoints"]["scorad"], "unit": "percentage points"}
    return {**summary, "interim": found, "endpoints": {"scorad": primary}}


def test_unit_shares_are_told_in_percentage_points_and_nobody_where_none_stops(trial):
    (table,) = interim_tables(in_share(trial[-1]))
    (label, (boundary, stops, _, reported)), (_, never) = table.rows
    assert label == "20 of 40 patients"
    assert boundary == ("z 2.50", "(p 0.012)")
    assert stops == ("25% (±2)", "25% (±2)")
    assert reported == ("−40±1", "(−25±1)")
    assert never[-1] == ("nobody", "")
    assert "30.0±0.2 of 40 patients" in table.sentences[0]
    assert "report −30±1 percentage points on average, where −20±1 is true" in table.sentences[1]


def test_unit_terminal_and_page_say_the_same(trial):
    design, data, analysis, summary = trial
    screen = io.StringIO()
    print_interim(summary, Terminal(screen, width=200))
    html = render(summary, analysis, data, design, "gutskin trial x")
    (table,) = interim_tables(summary)
    for text in (screen.getvalue(), html):
        for label, cells in table.rows:
            assert label in text
            assert all(part in text for cell in cells for part in cell)
    assert html.index("Looks before the end") < html.index("<h2>Every endpoint</h2>")
    plain = {key: value for key, value in summary.items() if key != "interim"}
    screen = io.StringIO()
    print_interim(plain, Terminal(screen))
    assert screen.getvalue() == ""


def test_unit_a_plan_says_when_it_is_looked_at_and_what_stops_it():
    (says,) = planned_looks(designed((0.5, 1.0), "pocock"))
    assert says == (
        "Looks before the end at the primary endpoint, boundaries of Pocock: after 20 of 40 "
        "patients p < 0.029, 40 of 40 patients p < 0.029."
    )
    assert not [*planned_looks(designed(None))]


def test_unit_the_plan_of_a_trial_has_that_sentence():
    class Row:
        def text(self, key):
            return {"scale": "linear", "label": "SCORAD"}[key]

    design = designed((0.5, 1.0))
    assert next(planned(design, {"scorad": Row()})) in [*planned_looks(design)]
