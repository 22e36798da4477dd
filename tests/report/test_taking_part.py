"""Who takes part, for a reader: the flow of people in boxes, the table of the first visit."""

import re

import pytest
from browser import measured, needs_browser, needs_printing, printed
from synthetic import synthetic

from gutskin.report.page import render
from gutskin.report.taking_part import baseline_of, flow_of, people
from gutskin.trials.analysis import analyse
from gutskin.trials.design import load_trial
from gutskin.trials.summary import summarise

DESIGN = load_trial("six-strain-children")
NOBODY = dict.fromkeys(("score_outside", "steroid", "does_not_come", "run_in", "not_computed"), 0.0)
STAYED = {
    "randomised": 20, "completed": 20.0, "lost": 0.0, "rescued": 0.0, "analysed": 20.0,
    "reasons": dict.fromkeys(("left", "no_responder", "missed", "not_computed"), 0.0),
}  # fmt: skip
FLOW = {
    "candidates": 103.5,
    "not_seen": {"other_body": 0.0, "far_score": 41.25},
    "screened": 62.25,
    "not_admitted": NOBODY | {"score_outside": 12.25, "run_in": 10.0},
    "randomised": 40,
    "week": 8.0,
    "arms": {
        "six_strain": STAYED | {
            "completed": 18.5, "lost": 1.5, "rescued": 2.25, "analysed": 19.0,
            "reasons": STAYED["reasons"] | {"left": 1.25, "missed": 0.25},
        },
        "placebo": STAYED,
    },
}  # fmt: skip


def line(name, label, unit, kind, cells, source="recorded"):
    arms = dict(zip(("six_strain", "placebo"), cells, strict=True))
    return {
        "name": name, "label": label, "unit": unit, "kind": kind, "source": source, "arms": arms
    }  # fmt: skip


def cell(mean, sd=None):
    return {"n": 20.0, "mean": mean, "sd": sd, "monte_carlo_error": 0.1}


BASELINE = [
    line("age", "Age", "years", "mean", (cell(6.54, 3.3), cell(7.0, 3.26)), "known"),
    line("sensitised", "Sensitised", "1", "share", (cell(0.254), cell(0.0)), "known"),
    line("total_ige", "Total IgE", "kU/L", "geometric mean", (cell(190.4, 3.66), cell(99.6, 4.0))),
    line("skin_ph", "pH of lesional skin", "pH", "mean", (cell(5.846, 0.41), cell(5.9, 0.4))),
    line("wheal", "Wheal (mm)", "mm", "mean", (cell(0.346, 0.4), cell(None, None))),
    line("s_aureus", "S. aureus", "units", "mean", (cell(-3.7, 2.5), cell(-12.0, 2.4)), "true"),
]
SUMMARY = {"arms": [arm.entry for arm in DESIGN.arms], "flow": FLOW, "baseline": BASELINE}


def changed(**parts):
    return {**SUMMARY, "flow": {**FLOW, **parts}}


def test_unit_the_boxes_say_who_comes_to_which_point_and_who_goes_no_further():
    flow = flow_of(SUMMARY)
    assert [stage.there.says for stage in flow.stages] == [
        "103.5 of the population", "62.2 screened", "40 randomised",
    ]  # fmt: skip
    assert [stage.gone and stage.gone.says for stage in flow.stages] == [
        "41.2 not seen at the clinic", "22.2 not admitted", None,
    ]  # fmt: skip
    assert flow.stages[0].gone.reasons == ("41.2: their usual score is far outside the range",)
    assert flow.stages[1].gone.reasons == (
        "12.2: no measured score within the ranges", "10: not as asked after the run-in",
    )  # fmt: skip
    assert flow.stages[1].there.reasons == ()


def test_unit_an_arm_is_told_from_randomisation_to_analysis():
    mix, placebo = flow_of(SUMMARY).arms
    assert [step.says for step in mix.steps] == [
        "20 patients", "1.5 lost by week 8", "18.5 there at week 8", "19 analysed",
    ]  # fmt: skip
    assert mix.title == "Six-strain mix"
    assert mix.steps[1].reasons == ("1.2: left the trial", "0.2: missed that visit")
    assert mix.steps[2].reasons == ("2.2 of them given other treatment",)
    assert [step.says for step in placebo.steps[1:]] == [
        "0 lost by week 8", "20 there at week 8", "20 analysed",
    ]  # fmt: skip
    assert all(step.reasons == () for step in placebo.steps)


def test_unit_from_birth_nobody_is_screened_and_a_single_arm_is_enrolled():
    born = {key: FLOW[key] for key in ("randomised", "week", "arms")}
    (only,) = flow_of({**SUMMARY, "flow": born}).stages
    assert (only.there.says, only.gone) == ("40 randomised", None)
    alone = changed(arms={"placebo": STAYED})
    assert flow_of(alone).stages[-1].there.says == "40 enrolled"
    assert [one.title for one in flow_of(alone).arms] == ["Placebo"]


@pytest.mark.parametrize(
    ("count", "says"),
    [(0.0, "0"), (0.049, "under 0.1"), (0.05, "0.1"), (2.0, "2"), (43.98, "44.0"),
     (999.94, "999.9"), (1000.4, "1,000"), (20000.0, "20,000")],
)  # fmt: skip
def test_closed_form_a_mean_number_of_people(count, says):
    assert people(count) == says


def test_unit_the_table_has_an_arm_in_each_column_and_the_same_decimals_in_a_line():
    table = baseline_of(SUMMARY)
    assert table.columns == ("Six-strain mix (n = 20)", "Placebo (n = 20)")
    assert [(one.label, *one.cells) for one in table.lines] == [
        ("Age (years)", "6.5 (3.3)", "7.0 (3.3)"),
        ("Sensitised", "25%", "0%"),
        ("Total IgE (kU/L)", "190 (×÷ 3.7)", "100 (×÷ 4.0)"),
        ("pH of lesional skin", "5.85 (0.41)", "5.90 (0.40)"),
        ("Wheal (mm)", "0.35 (0.40)", "not known"),
        ("S. aureus", "−3.7 (2.5)", "−12.0 (2.4)"),
    ]


@pytest.mark.parametrize(
    ("mean", "says"),
    [(0.0, "0.0 (0.0)"), (0.99, "0.99 (0.00)"), (1.0, "1.0 (0.0)"), (0.0123, "0.012 (0.004)"),
     (99.94, "99.9 (0.0)"), (100.0, "100 (0)")],
)  # fmt: skip
def test_closed_form_a_line_has_as_many_decimals_as_its_largest_mean_deserves(mean, says):
    one = line("x", "X", "mm", "mean", (cell(mean, 0.004), cell(mean / 2, 0.004)))
    (found,) = baseline_of({**SUMMARY, "baseline": [one]}).lines
    assert found.cells[0] == says


def test_unit_the_caption_explains_what_is_in_the_table_and_nothing_else():
    whole = baseline_of(SUMMARY).caption
    assert whole.startswith("At the first visit: the mean and, in brackets, the standard deviation")
    for part in ("percentage of patients", "geometric mean", "told as in the body: S. aureus."):
        assert part in whole
    plain = baseline_of({**SUMMARY, "baseline": BASELINE[:1]}).caption
    assert plain == (
        "At the first visit: the mean and, in brackets, the standard deviation between the "
        "patients of one trial."
    )


def test_unit_of_what_is_not_known_nothing_is_told():
    assert flow_of({"arms": SUMMARY["arms"]}) is None
    assert baseline_of({"arms": SUMMARY["arms"]}) is None


def page(**changes):
    data = synthetic(DESIGN, 60)
    analysis = analyse(data, DESIGN)
    summary = summarise(data, DESIGN, analysis) | {"flow": FLOW, "baseline": BASELINE} | changes
    told = ["Randomised in blocks of 4."]
    return render(summary, analysis, data, DESIGN, "gutskin trial x", designed=told)


@pytest.fixture(scope="module")
def html():
    return page()


def test_the_page_shows_flow_table_and_design_after_the_endpoints(html):
    headings = re.findall(r"<h2>(.*?)</h2>", html)
    assert headings.index("Who takes part") == headings.index("Every endpoint") + 1
    part = html[html.index("<h2>Who takes part") : html.index("under both stances")]
    text = " ".join(re.sub(r"<[^>]+>", " ", part).split())
    for says in (
        "103.5 of the population", "40 randomised",
        "1.2: left the trial", "People of one trial: the mean over 60 repetitions.",
        "Total IgE (kU/L) 190 (×÷ 3.7) 100 (×÷ 4.0)",
    ):  # fmt: skip
        assert says in text
    assert part.count('<div class="stage">') == 3
    assert part.count('<div class="arm">') == 2
    assert 'data-label="Placebo (n = 20)"' in part
    assert "Randomised in blocks of 4." in html[html.index("<h2>Methods") :]


def test_a_page_without_them_has_no_empty_section():
    data = synthetic(DESIGN, 3)
    analysis = analyse(data, DESIGN)
    bare = render(summarise(data, DESIGN, analysis), analysis, data, DESIGN, "gutskin trial x")
    assert "Who takes part" not in bare
    assert 'class="flow"' not in bare


BOXES = """page => {
  const boxes = [...page.querySelectorAll('.flow div')].map(one => one.getBoundingClientRect());
  const text = [...page.querySelectorAll('.flow, .flow li')].map(
    one => parseFloat(getComputedStyle(one).fontSize));
  return {wide: page.documentElement.scrollWidth, seen: page.documentElement.clientWidth,
    right: Math.max(...boxes.map(one => one.right)), count: boxes.length,
    least: Math.min(...text)}; }"""


@needs_browser
@pytest.mark.parametrize("width", [320, 390, 1100])
def test_browser_no_box_is_wider_than_the_screen_and_every_letter_is_read(html, width, tmp_path):
    found = measured(tmp_path, html, width, BOXES)
    assert found["wide"] <= found["seen"]
    assert found["right"] <= found["seen"]
    assert found["count"] > 12
    assert found["least"] >= 13


@needs_printing
def test_browser_the_flow_is_printed_whole(html, tmp_path):
    pages = [" ".join(one) for one in printed(tmp_path, html)]
    (flow,) = [one for one in pages if "103.5 of the population" in one]
    assert "19 analysed" in flow
    assert sum("Wheal (mm)" in one for one in pages) == 1
