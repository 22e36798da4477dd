"""Outside the evidence intervals are wider by what the table says: closed forms, and the words."""

from dataclasses import replace

import pytest

from gutskin.model.biology import POSTERIOR, PRIOR, shipped_biology
from gutskin.report.answer import headline
from gutskin.report.points import in_points
from gutskin.trials.applicability import applicability
from gutskin.trials.axes import INSIDE, OUTSIDE
from gutskin.trials.design import load_trial
from gutskin.trials.outside import TABLE, widened, with_outside

POSTERIORS = replace(shipped_biology(), draws=POSTERIOR)
ROWS = {name: row.number("wider") for name, row in POSTERIORS.table(TABLE).items()}
EFFECT = {"mean": -2.0, "ci95_low": -6.0, "ci95_high": 1.0, "monte_carlo_error": 0.1}
INSIDE_IT = load_trial("sakei-children")


def far(design, **updates):
    """The same for people of 60 to 80 years."""
    eligibility = design.eligibility.model_copy(update={"age_years": (60.0, 80.0)})
    return design.model_copy(
        update={"population": "ad_older", "eligibility": eligibility, **updates}
    )


def test_closed_form_an_interval_is_stretched_about_its_mean():
    found = with_outside(EFFECT, 1.5)
    assert (found["ci95_outside_low"], found["ci95_outside_high"]) == (-8.0, 2.5)
    assert {name: found[name] for name in EFFECT} == EFFECT
    assert with_outside(EFFECT, 1.5, most=3.0)["ci95_outside_low"] == -3.0
    assert with_outside(EFFECT, None) == with_outside(EFFECT, 1.0) == EFFECT
    nothing = {**EFFECT, "ci95_low": None, "ci95_high": None}
    assert with_outside(nothing, 1.5) == nothing


def test_every_axis_that_can_be_left_out_has_a_row():
    assert set(ROWS) == {"age", "duration", "dose", "strain"}
    assert min(ROWS.values()) >= 1.0


def test_only_outside_and_only_in_worlds_of_the_posterior():
    def wider(design, biology=POSTERIORS):
        return widened(applicability(design, biology), design, biology).wider

    assert applicability(INSIDE_IT, POSTERIORS).where == INSIDE
    assert wider(INSIDE_IT) is None
    assert applicability(far(INSIDE_IT), POSTERIORS).where == OUTSIDE
    assert wider(far(INSIDE_IT)) == pytest.approx(ROWS["age"])
    assert wider(far(INSIDE_IT), replace(POSTERIORS, draws=PRIOR)) is None
    analysis = INSIDE_IT.analysis.model_copy(update={"primary": "tewl", "endpoints": ("tewl",)})
    both = 1 + (ROWS["age"] ** 2 - 1) + (max(ROWS.values()) ** 2 - 1)  # variances add up
    assert wider(far(INSIDE_IT, analysis=analysis)) == pytest.approx(both**0.5)
    drug = load_trial("dupilumab-adults")
    assert wider(far(drug)) is None


@pytest.mark.parametrize(("wider", "says"), [(1.4, "1.40 times as wide"), (1.0, "no wider")])
def test_the_sentence_says_how_much_wider(wider, says):
    found = replace(applicability(far(INSIDE_IT), POSTERIORS), wider=wider)
    assert says in found.sentence
    assert found.to_json()["wider"] == wider
    assert "nothing is made wider" in replace(found, wider=None).sentence


def test_the_headline_has_the_wider_interval_too():
    effect = with_outside(
        {**EFFECT, "certainty": "probable", "share_lower": 0.9, "share_higher": 0.1,
         "share_lower_monte_carlo_error": 0.01, "share_higher_monte_carlo_error": 0.01}, 1.5
    )  # fmt: skip
    endpoint = {
        "label": "SCORAD", "unit": "points", "lower_is_better": True,
        "difference": {"true_effect": effect}, "differences": {"a": {"true_effect": effect}},
    }  # fmt: skip
    summary = {
        "primary": "scorad", "weeks": 8.0, "endpoints": {"scorad": endpoint},
        "arms": [{"name": "a", "label": "A", "control": False},
                 {"name": "p", "label": "Placebo", "control": True}],
    }  # fmt: skip
    assert "-6.0 to 1.0, widened outside the evidence to -8.0 to 2.5;" in headline(summary).replace(
        "−", "-"
    )
    shares = {**summary, "endpoints": {"scorad": {**endpoint, "unit": "1"}}}
    told = in_points(shares)["endpoints"]["scorad"]["differences"]["a"]["true_effect"]
    assert told["ci95_outside_low"] == -800.0
