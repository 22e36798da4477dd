"""An answer on one sheet: all of it on one page of paper, and legible on a phone."""

import re

import numpy as np
import pytest
from browser import measured, needs_browser, needs_printing, printed
from nasty import LABELS
from synthetic import synthetic

from gutskin.errors import InputError
from gutskin.report.sheet import LONGEST, Fact, Grid, Sheet, check_sheet, drawing, render
from gutskin.report.sheets import power_sheet, score_sheet
from gutskin.report.trial_sheet import trial_sheet
from gutskin.trials.analysis import analyse
from gutskin.trials.design import load_trial
from gutskin.trials.power import power_of
from gutskin.trials.power_summary import summarise_power
from gutskin.trials.summary import summarise

DESIGN = load_trial("six-strain-children")
COMMAND = "gutskin trial six-strain-children --seed 1"


def of_trial(design=DESIGN, replicates=60):
    data = synthetic(design, replicates)
    analysis = analyse(data, design)
    return trial_sheet(summarise(data, design, analysis), analysis, data, design, COMMAND)


def many_arms(number, label="Arm"):
    active = tuple(
        DESIGN.active[0].model_copy(update={"name": f"a{i}", "label": f"{label} {i}"})
        for i in range(number)
    )
    return DESIGN.model_copy(update={"arms": (*active, DESIGN.control)})


@pytest.fixture(scope="module")
def sheet():
    return of_trial()


@pytest.fixture(scope="module")
def html(sheet):
    return render(sheet)


def test_a_trial_says_its_answer_its_numbers_and_how_to_repeat_it(sheet, html):
    assert "SCORAD" in sheet.answer
    assert [fact.name for fact in sheet.facts][1:3] == [
        "What one trial would report", "Trials with p < 0.05 for the treatment",
    ]  # fmt: skip
    assert sheet.grid.shown[0][0] == "SCORAD (points)"
    assert len(sheet.grid.shown) == 6
    assert "4 rows more" in sheet.grid.more
    command = " ".join(f"<span>{one}</span>" for one in COMMAND.split(" "))
    for told in (sheet.answer, "no medical advice", "content hash"):
        assert told.replace("<", "&lt;") in html
    assert f"<code>{command}</code>" in html  # no line ends within a word
    digits = {len(one.partition(".")[2]) for one in re.findall(r"[\d.]+", sheet.facts[0].value)}
    row = sheet.grid.shown[0]
    assert sheet.facts[0].value in row[4]
    assert sheet.facts[1].value in row[3]
    assert len(digits) == 1
    assert sheet.grid.caption == (
        "Mean change from week 0 to week 8; ×: geometric mean at week 8 over that at week 0."
    )


def test_of_several_arms_every_one_has_its_row_and_the_first_are_told_in_words():
    found = of_trial(many_arms(6), 40)
    assert len(found.grid.rows) == 6
    assert found.facts == ()
    assert "2 more arms stand in the table." in found.sentences
    assert sum(one.startswith("Arm") for one in found.sentences) == 4


def test_sentences_stop_where_the_room_ends_and_the_first_always_stands():
    long = "w" * (LONGEST - 10)
    assert Sheet("t", "s", "a", (long, "next sentence")).told == (long,)
    assert Sheet("t", "s", "a", ("w" * (LONGEST + 5), "x")).told == ("w" * (LONGEST + 5),)
    assert len(Sheet("t", "s", "a", tuple("abcdefghij")).told) == 7


def test_a_table_counts_the_rows_it_has_no_room_for():
    rows = tuple((str(i),) for i in range(5))
    assert Grid("", ("a",), rows, 5).more == ""
    assert Grid("", ("a",), rows, 4).more.startswith("1 row more")
    assert Grid("", ("a",), rows, 4).shown == rows[:4]
    long = (("w" * 33,), ("x" * 32,), ("y",))
    assert Grid("", ("a",), long, 3).shown == long[:2]
    assert Grid("", ("a",), long, 1).shown == long[:1]


def test_a_summary_is_a_page_at_a_place_that_can_be_written(tmp_path):
    check_sheet(None)
    check_sheet(tmp_path / "a.HTML")
    with pytest.raises(InputError, match=r"\.html file"):
        check_sheet(tmp_path / "a.pdf")
    with pytest.raises(InputError):
        check_sheet(tmp_path / "nowhere" / "a.html")


def worst():
    """As much as a sheet ever holds, of the longest words that a file may write."""

    def paint(canvas):
        canvas.subplots().plot([0, 1], label="x")

    one = drawing("x", "A figure", ((8.6, 4.0), (4.6, 5.0)), paint)
    label = ("Lactobacillus something " * 4)[:80]
    rows = tuple((f"{label} {i}", "−12.0±0.9", "−3.4±0.9 (−13.4 to 9.4)", "28% (±7)")
                 for i in range(20))  # fmt: skip
    return Sheet(
        ("A long title of a trial " * 10)[:240], "A simulated trial. " * 4,
        f"{label} may or may not change SCORAD against {label} after 12 weeks (95% interval).",
        ("A sentence of the usual length that tells what the answer means. " * 2,) * 7,
        tuple(Fact("What one trial would report", "−2.4±0.4", "95% of trials: −15 to 9")
              for _ in range(4)),
        Grid("A caption of the table.", ("Arm", "Change", "Difference", "p"), rows),
        (one, one), ("A note that must be known to read it rightly. " * 4,) * 5,
        "gutskin trial " + "a" * 80, "Model 0.1.0.",
    )  # fmt: skip


@needs_printing
@pytest.mark.parametrize("which", ["trial", "arms", "worst"])
def test_browser_a_sheet_prints_on_one_page_with_its_foot(which, html, tmp_path):
    page = {
        "trial": lambda: html,
        "arms": lambda: render(of_trial(many_arms(12), 40)),
        "worst": lambda: render(worst()),
    }[which]()
    pages = printed(tmp_path, page)
    assert len(pages) == 1
    assert "gutskin trial" in " ".join(pages[0][-4:])


WIDE = """page => ({wide: page.documentElement.scrollWidth, seen: page.documentElement.clientWidth,
  least: Math.min(...[...page.querySelectorAll('p, td, li, dd, th')].filter(one => one.offsetParent)
    .map(one => parseFloat(getComputedStyle(one).fontSize)))})"""


@needs_browser
def test_browser_a_sheet_is_as_wide_as_a_phone_and_its_letters_are_read(html, tmp_path):
    labelled = DESIGN.model_copy(update={"title": next(iter(LABELS.values()))})
    for page in (html, render(of_trial(labelled, 40)), render(worst())):
        found = measured(tmp_path, page, 390, WIDE)
        assert found["wide"] <= found["seen"]
        assert found["least"] >= 12


def test_figures_of_a_phone_have_letters_that_can_be_read(html):
    narrow = re.findall(r'<div class="phone">(<svg.*?</svg>)', html, flags=re.S)
    assert len(narrow) == 2
    for svg in narrow:
        wide = float(re.search(r'viewBox="0 0 ([\d.]+) ', svg)[1])
        sizes = [float(one) for one in re.findall(r"font-size: ([\d.]+)px", svg)]
        assert min(sizes) * (390 - 32) / wide >= 11


@needs_printing
def test_browser_power_on_one_sheet_names_every_number_of_patients(tmp_path):
    analysis = DESIGN.analysis.model_copy(update={"endpoints": ("scorad",)})
    design = DESIGN.model_copy(update={"analysis": analysis})
    data = synthetic(design, 60)
    found = analyse(data, design)
    summary = summarise_power(data, design, found, power_of(found, design, [20, 100, 500]))
    sheet = power_sheet(summary, "gutskin power x")
    assert [row[0] for row in sheet.grid.rows] == ["20 per arm", "100 per arm", "500 per arm"]
    assert sheet.grid.columns[1] == "Power at the best estimate"
    pages = printed(tmp_path, render(sheet))
    assert len(pages) == 1
    assert "gutskin power x" in pages[0][-1]


@pytest.mark.parametrize("number", [1, 3])
def test_everything_of_the_figure_of_power_stands_within_a_phone(number):
    """Title and legend of one line each ran over the edge, and were cut."""
    from gutskin.report.canvas import new_canvas
    from gutskin.report.power import paint_power
    from gutskin.report.sheets import power_sizes

    analysis = DESIGN.analysis.model_copy(update={"endpoints": ("scorad",)})
    design = many_arms(number, "An arm of a long name").model_copy(update={"analysis": analysis})
    data = synthetic(design, 60)
    found = analyse(data, design)
    summary = summarise_power(data, design, found, power_of(found, design, [20, 500]))
    for size in power_sizes(summary):
        with new_canvas(size, "power") as canvas:
            paint_power(canvas, summary)
            canvas.draw_without_rendering()
            box = canvas.get_tightbbox()
            assert min(box.x0, box.y0) >= -0.01
            assert max(box.x1 - size[0], box.y1 - size[1]) <= 0.01
            legend = canvas.legends[0].get_window_extent()
            assert all(one.get_window_extent().y0 >= legend.y1 for one in canvas.axes)


def test_scores_stand_misses_first_and_what_is_missed_says_so():
    from gutskin.evidence.score import Predicted, Scored
    from gutskin.evidence.score_summary import summarise_scores
    from gutskin.report.canvas import new_canvas
    from gutskin.report.score_figure import draw_scores, score_size
    from gutskin.trials.published import PublishedNumber

    draws = np.linspace(-4, 4, 79)

    def predicted(value):
        number = PublishedNumber("scorad", "mix", 8.0, "difference", value, "placebo")
        return Predicted(number, value, 1.0, draws)

    trials = [Scored(load_trial(name), predicted(value), None)
              for name, value in (("lgg-infants", 0.5), ("cect-children", 7.0))]  # fmt: skip
    summary = summarise_scores(trials, {"x": "why"}, 79, "evidence")
    summary |= {"model": {"content_hash": "h"}}
    sheet = score_sheet(summary, "gutskin score")
    assert [row[0] for row in sheet.grid.rows] == ["cect-children", "lgg-infants"]
    assert ["(missed)" in row[1] for row in sheet.grid.rows] == [True, False]
    assert sheet.notes == ("1 trial not scored.",)
    assert "lgg-infants" in sheet.drawings[0].svg
    size = score_size(summary, 4.6)  # of a phone
    with new_canvas(size, "score") as canvas:
        draw_scores(canvas.subplots(), summary)
        canvas.draw_without_rendering()
        box = canvas.get_tightbbox()
    assert min(box.x0, box.y0) >= -0.01
    assert max(box.x1 - size[0], box.y1 - size[1]) <= 0.01
