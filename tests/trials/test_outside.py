"""Outside the evidence intervals are wider by what the table says: closed forms, and the words."""

from dataclasses import replace
from pathlib import Path

import pytest

from gutskin.model.biology import POSTERIOR, PRIOR, Overlay, shipped_biology
from gutskin.report.answer import headline
from gutskin.report.points import in_points
from gutskin.trials.applicability import applicability
from gutskin.trials.axes import INSIDE, OUTSIDE
from gutskin.trials.design import load_trial
from gutskin.trials.outside import TABLE, told_as_it_is, widened, with_outside

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
    of_drugs = {"drug:action", "drug:duration", "drug:endpoint"}
    assert set(ROWS) == {"age", "duration", "dose", "strain"} | of_drugs
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
    emollient = load_trial("beep-newborns")
    assert wider(emollient) is None


def with_table(**wider):
    """The shipped biology with another table of what left-out kinds ask for."""
    rows = [f"{name.replace('_', ':')}\t{value}" for name, value in wider.items()]
    table = "\n".join(["id\twider", *rows]) + "\n"
    return replace(POSTERIORS, overlay=Overlay(Path("own"), ((TABLE, table),)))


def test_closed_form_drugs_have_rows_of_their_own():
    biology = with_table(drug_action=1.5, drug_duration=1.2, age=3.0, drug_endpoint=1.0)

    def found(design):
        return widened(applicability(design, biology), design, biology)

    drug = load_trial("solo1-adults")
    assert found(drug).wider is None
    long = drug.model_copy(
        update={"visits": drug.visits.model_copy(update={"weeks": (0.0, 16.0, 300.0)})}
    )
    by = [one.axis for one in found(long).axes if one.where == OUTSIDE]
    assert by == ["duration"]
    assert found(long).wider == pytest.approx(1.2)
    assert found(long).not_left_out == ()
    old = found(far(drug))
    assert "age" in old.not_left_out  # no drug was tried at two kinds of ages
    others = sum(one.where == OUTSIDE for one in old.axes if one.axis != "endpoint")
    assert old.wider == pytest.approx((1 + others * (1.5**2 - 1)) ** 0.5)
    assert "By age" in old.sentence
    assert "1.50 times as wide" in old.sentence or others != 1


def test_who_widens_nothing_says_that_it_is_no_wider_and_never_how_much():
    for factor, says in ((1.0, "no wider"), (1.4, "nothing is made wider")):
        found = told_as_it_is(far(INSIDE_IT), with_table(age=factor))
        assert says in found.sentence
    assert told_as_it_is(INSIDE_IT, POSTERIORS) == applicability(INSIDE_IT, POSTERIORS)


def test_a_drug_that_was_never_tried_is_as_wide_as_an_action_that_was_left_out():
    drug = load_trial("solo1-adults")
    active, control = drug.arms[0], drug.control
    (given,) = active.interventions
    arm = active.model_copy(
        update={"interventions": (given.model_copy(update={"name": "etokimab"}),)}
    )
    other = drug.model_copy(update={"arms": (arm, control)})
    biology = with_table(drug_action=1.5, drug_duration=1.2)
    found = applicability(other, biology)
    assert not found.trials
    assert found.sentence.endswith("outside the evidence.")
    found = widened(found, other, biology)
    assert found.wider == pytest.approx(1.5)
    assert "1.50 times as wide" in found.sentence


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
