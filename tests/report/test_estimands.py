"""Estimands in words: on the terminal and on the page alike."""

import io

from gutskin.report.console import Terminal
from gutskin.report.estimands import (
    OTHER_QUANTITY,
    _asks,
    estimand_tables,
    event_sentences,
    print_estimands,
)

TRUE = {"mean": -0.12, "ci95_low": -0.2, "ci95_high": -0.04, "monte_carlo_error": 0.01}
SUMMARY = {
    "arms": [{"name": "drug", "label": "Drug"}, {"name": "placebo", "label": "Placebo"}],
    "endpoints": {"easi75": {"label": "EASI-75", "unit": "percentage points"}},
    "events": {"drug": {"rescue": 0.25, "discontinuation": 0.0, "dropout": 0.1}},
    "estimands": [
        {
            "name": "share", "label": "share", "population": "severe", "endpoint": "easi75",
            "week": 8.0, "summary": "risk difference", "unit": "1",
            "strategies": {"rescue": "composite", "discontinuation": "treatment policy",
                           "dropout": "composite"},
            "arms": [{
                "arm": "drug", "true": TRUE, "body": TRUE,
                "estimators": [
                    {"label": "own", "method": "g-computation", "missing": "non-responder",
                     "reported": TRUE, "bias": 0.03, "bias_monte_carlo_error": 0.01},
                    {"label": "other", "method": "ancova", "missing": "as observed",
                     "reported": TRUE, "bias": 0.01, "bias_monte_carlo_error": 0.01},
                ],
            }],
        }
    ],
}  # fmt: skip


def test_unit_a_share_is_told_in_percentage_points_and_a_bias_beyond_chance_is_marked():
    (table,) = estimand_tables(SUMMARY)
    assert "severe" in table.asks
    assert "rescue: composite; end of the product: treatment policy" in table.asks
    assert table.true == "−12±1 percentage points (−20 to −4, 95% of worlds)"
    assert table.rows[0].bias == "3±1 percentage points"
    assert [row.beyond for row in table.rows] == [True, False]


def test_unit_a_ratio_without_bias_is_one():
    one = {**SUMMARY["estimands"][0], "unit": "ratio", "summary": "risk ratio"}
    rows = [{**one["arms"][0]["estimators"][0], "bias": bias, "bias_monte_carlo_error": 0.05}
            for bias in (1.02, 0.7)]  # fmt: skip
    one["arms"] = [{**one["arms"][0], "estimators": rows}]
    (table,) = estimand_tables({**SUMMARY, "estimands": [one]})
    assert [row.beyond for row in table.rows] == [False, True]
    assert table.rows[1].bias.startswith("0.7±0.1 times")


def test_unit_every_method_of_an_estimator_has_its_words():
    from typing import get_args

    from gutskin.report.estimands import METHODS
    from gutskin.trials.estimand_parts import Estimator
    from gutskin.trials.methods import WITHIN

    asked = get_args(Estimator.model_fields["method"].annotation)
    assert {*asked, WITHIN} <= METHODS.keys()
    one = SUMMARY["estimands"][0]
    rows = [{**one["arms"][0]["estimators"][0], "method": WITHIN}]
    told = {**one, "arms": [{**one["arms"][0], "estimators": rows}]}
    (table,) = estimand_tables({**SUMMARY, "estimands": [told]})
    assert "within patients" in table.rows[0].label


def test_events_that_never_happen_are_not_told():
    assert [*event_sentences(SUMMARY)] == ["Before the last visit, drug: rescue 25%, leaving 10%."]


def test_the_terminal_says_all_of_it_and_nothing_without_estimands():
    out = io.StringIO()
    print_estimands(SUMMARY, Terminal(out))
    says = " ".join(out.getvalue().split())
    assert "bias 3±1 percentage points (beyond chance)" in says
    out = io.StringIO()
    print_estimands({**SUMMARY, "estimands": []}, Terminal(out))
    assert not out.getvalue()


def test_who_asks_for_a_difference_of_what_is_tested_on_logarithms_is_told_that_it_is_another():
    for tested, summary, says in (
        ("logarithm", "difference of means", True),
        ("logarithm", "ratio of geometric means", False),
        ("natural scale", "difference of means", False),
    ):
        ends = {"ige": {"label": "Total IgE", "difference": {"tested_on": tested}}}
        one = {
            "endpoint": "ige", "population": "all", "summary": summary, "week": 8.0,
            "strategies": dict.fromkeys(("rescue", "discontinuation", "dropout"), "composite"),
        }  # fmt: skip
        text = _asks(one, {"endpoints": ends}, "drug")
        assert (OTHER_QUANTITY in text) == says
