"""A page and a terminal speak of every arm, and of a responder endpoint in its own words."""

import copy
import io
import re

import numpy as np
import pytest
from synthetic import synthetic

from gutskin.report.answer import comparisons, headline, question, verdict
from gutskin.report.console import Terminal
from gutskin.report.page import render
from gutskin.report.points import in_points
from gutskin.report.terminal import print_summary
from gutskin.trials.analysis import analyse
from gutskin.trials.design import load_trial
from gutskin.trials.summary import summarise

DESIGN = load_trial("six-strain-children")
NAMES = ("Six-strain mix", "Killed mix", "Half dose")


def with_arms(*labels):
    first, control = DESIGN.active[0], DESIGN.control
    more = [
        first.model_copy(update={"name": f"arm_{i}", "label": label})
        for i, label in enumerate(labels)
    ]
    return DESIGN.model_copy(update={"arms": (first, *more, control)})


def told(design, replicates=60, responder=False):
    """The summary, the page and the terminal of a made-up trial."""
    summary, analysis, data = summarised(design, replicates, responder)
    html = render(summary, analysis, data, design, "gutskin trial x")
    printed = io.StringIO()
    print_summary(summary, design, Terminal(file=printed, width=110))
    return in_points(summary), html, " ".join(printed.getvalue().split())


def summarised(design, replicates=60, responder=False):
    """The summary of a made-up trial, and what it is of."""
    data = synthetic(design, replicates, effect=-3)
    second = synthetic(design, 40, stance="article", effect=-9)
    for one in (data, second) if responder else ():
        is_primary = one["endpoint"] == design.analysis.primary
        for name in ("measured", "latent"):
            has = one[name].sel(endpoint=design.analysis.primary) < 36.0
            one[name].loc[{"endpoint": design.analysis.primary}] = has.astype(float)
        one["label"] = one["label"].where(~is_primary, "EASI-75 (fall of EASI by 75%)")
        one["unit"] = one["unit"].where(~is_primary, "1")
        one["lower_is_better"] = one["lower_is_better"] & ~is_primary
    analysis = analyse(data, design)
    return summarise(data, design, analysis, (second, analyse(second, design))), analysis, data


def box(html):
    """What stands before the first heading below the title."""
    return html[html.index("<body") : html.index("<h2")]


@pytest.fixture(scope="module")
def several():
    return told(with_arms("Killed mix", "Half dose"))


@pytest.fixture(scope="module")
def single():
    return told(DESIGN)


def test_every_arm_has_its_sentence_its_box_its_row_and_its_figure(several):
    summary, html, printed = several
    lines = comparisons(summary)
    assert [line.split(" may ")[0].split(" prob")[0] for line in lines] == list(NAMES)
    top = re.sub(r"<[^>]+>", " ", box(html))
    for name, line in zip(NAMES, lines, strict=True):
        # sentence, doubt, what matters, p, change, row
        assert top.lower().count(name.lower()) == 7
        assert line[:60] in printed
    assert html.count("All endpoints on one scale: ") >= 3
    assert "Every arm against placebo" in html
    assert "3 arms of 20 against 20 patients" in html


def test_each_sentence_has_the_numbers_of_its_own_arm():
    summary = in_points(summarised(with_arms("Killed mix"))[0])
    effect = summary["endpoints"]["scorad"]["differences"]["arm_0"]["true_effect"]
    effect |= {"mean": 5.04, "certainty": "certain", "share_higher": 0.99}
    first, second = comparisons(summary)
    assert second.startswith("Killed mix raises it by 5.0±")
    assert "5.0±" not in first
    says = verdict(summary, DESIGN)
    assert any("on killed mix is a worsening" in one.lower() for one in says)


def test_the_other_stance_has_a_line_for_every_arm(several):
    _, html, printed = several
    part = html[html.index("under both stances") :]
    assert all(part[: part.index("</table>")].count(name) == 2 for name in NAMES)
    assert printed[printed.index("Under the article stance") :].count("true effect") >= 3


def test_one_comparison_has_no_list(several, single):
    summary, html, _ = single
    assert comparisons(summary) == []
    assert headline(summary).startswith("Six-strain mix ")
    assert "arm by arm" in headline(several[0])
    assert "Every arm against" not in html
    assert '<dl class="facts">' in html


def test_a_responder_endpoint_speaks_of_patients_and_not_of_a_score_that_falls():
    design = DESIGN.model_copy(
        update={"analysis": DESIGN.analysis.model_copy(update={"meaningful_difference": 0.1})}
    )
    summary, html, printed = told(design, responder=True)
    for text in (html, printed):
        assert "it falls in every arm" not in text
        assert "share of patients)" not in text
    assert "the share with" in headline(summary)
    assert re.search(r"is found in [\d.]+±[\d.]+% on six", verdict(summary, design)[-1])
    assert "changes by" not in verdict(summary, design)[-1]
    assert "true value" not in html
    assert "true score" in html  # of which it is told whether it is so
    assert "10.0: matters" in html  # percentage points at the axis, as in the words


def test_why_an_endpoint_moves_is_told_of_the_score_by_which_patients_enrol(single):
    assert "Patients enrol by their SCORAD" in single[1]
    analysis = DESIGN.analysis.model_copy(update={"primary": "il5"})
    assert "Patients enrol by" not in told(DESIGN.model_copy(update={"analysis": analysis}))[1]


def test_a_fall_comes_without_the_treatment_where_the_control_never_had_it():
    from gutskin.trials.parts import Responders

    design = load_trial("six-strain-children")
    summary = fallen(design)
    assert "most of the fall comes without" in verdict(summary, design)[-1]
    second = Responders.model_validate({"at_week": 4.0, "rule": "easi75"})
    withdrawal = design.model_copy(update={"responders": second})
    assert "without the treatment" not in verdict(summary, withdrawal)[-1]


def fallen(design):
    """A summary in which placebo does three quarters of what the product does."""
    data = synthetic(design, 60)
    summary = in_points(summarise(data, design, analyse(data, design)))
    primary = summary["endpoints"][summary["primary"]]
    for arm, change in (("six_strain", -12.0), ("placebo", -9.0)):
        primary[arm] |= {"change_mean": change}
        primary[arm]["monte_carlo_error"] |= {"change_mean": 0.1}
    return summary


@pytest.mark.parametrize(
    ("mean", "error", "says"),
    [
        (0.04, 2.0, "is no difference."), (-0.04, 2.0, "is no difference."),
        (2.04, 0.9, "is a worsening."),
        (2.04, 1.1, "is within two Monte-Carlo errors of no difference."),
        (-2.04, 1.1, "is within two Monte-Carlo errors of no difference."),
        (-2.04, 0.9, "is less than the 8.7 points that matter to a patient."),
    ],
)  # fmt: skip
def test_what_rounds_to_nothing_or_is_not_known_from_it_is_no_worsening(single, mean, error, says):
    summary = copy.deepcopy(single[0])
    effect = summary["endpoints"]["scorad"]["difference"]["true_effect"]
    wide = {"ci95_low": -30.0, "ci95_high": 30.0, "monte_carlo_error": error}
    for one in (effect, *(
        each["true_effect"] for each in summary["endpoints"]["scorad"]["differences"].values()
    )):  # fmt: skip
        one |= {"mean": mean, "certainty": "open", **wide}
    assert f"The best estimate {says}" in verdict(summary, DESIGN)


@pytest.fixture(scope="module")
def one_arm():
    return told(DESIGN)[0]


def effect_of(values, on_logs=False):
    """The true effect of a summary, of these worlds."""
    values = np.asarray(values, float)
    spread = {"monte_carlo_error": 0.01, "ci95_low": values.min(), "ci95_high": values.max()}
    shares = {
        f"share_{side}{end}": share
        for side, here in (("lower", values < 0), ("higher", values > 0))
        for end, share in (("", float(here.mean())), ("_monte_carlo_error", 0.02))
    }
    its = {"mean": float(values.mean()), "certainty": "open", **spread, **shares}
    if on_logs:
        ends = {key: float(np.exp(its[key])) for key in ("mean", "ci95_low", "ci95_high")}
        its["ratio"] = its | ends
    return its


def test_the_page_asks_before_it_answers_and_tells_its_methods(one_arm):
    _, html, _ = told(DESIGN)
    asked = re.sub(r"<[^>]+>", "", html)
    asked = asked.replace("\u2068", "").replace("\u2069", "")
    says = "The question: what does Six-strain mix do to SCORAD in 8 weeks, against placebo?"
    assert says in asked
    assert asked.index(says) < asked.index("true effect") < asked.index("Methods")
    assert "<h2>Methods</h2>" in html


def test_the_question_names_every_arm_and_none_of_an_untreated_one(one_arm):
    summary = copy.deepcopy(one_arm)
    assert question(summary).startswith("The question: what does")
    summary["arms"][-1]["n"] = 0
    assert " change in 8 weeks on " in question(summary)


@pytest.mark.parametrize("lower_is_better", [True, False])
@pytest.mark.parametrize("on_logs", [True, False])
@pytest.mark.parametrize("sign", [1.0, -1.0])
def test_the_share_of_the_headline_is_on_its_side_and_what_is_for_the_worse_says_so(
    one_arm, sign, on_logs, lower_is_better
):
    """Higher in 33% of worlds, it said, and not that it was lower in twice as many."""
    summary = copy.deepcopy(one_arm)
    primary = summary["endpoints"][summary["primary"]]
    primary["lower_is_better"] = lower_is_better
    side, other = ("higher", "lower") if sign > 0 else ("lower", "higher")

    def says(values):
        its = primary["difference"] | {"true_effect": effect_of(sign * np.array(values), on_logs)}
        if on_logs:
            its["ratio"] = its["true_effect"]["ratio"]
        primary["difference"] = its
        return headline(summary), verdict(summary, DESIGN)[0]

    few, means = says([1.6] * 33 + [-0.2] * 67)
    assert f"best estimate {side}, " in few or f" {side} against" in few
    assert few.endswith(f"; {side} in 33% (±2) of worlds and, by less, {other} in 67% (±2)).")
    assert ("is a worsening" in means) == ((sign > 0) == lower_is_better)
    many, _ = says([0.6] * 67 + [-0.4] * 33)
    assert many.endswith(f"; {side} in 67% (±2) of worlds).")
