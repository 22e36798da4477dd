"""Figures of what is tested on logarithms: ratios on a logarithmic axis, no effect at 1."""

from xml.etree import ElementTree

import numpy as np
import pytest
from looked_at import designed
from synthetic import synthetic

from gutskin.report.canvas import new_canvas
from gutskin.report.figures import _repetitions, course_figure, difference_figure, marked
from gutskin.report.forest import arms_figure, forest_figure
from gutskin.report.shown_effect import axis_of_effect, ratio_ticks, shown_effect
from gutskin.report.told_effect import told_effect
from gutskin.report.words import number
from gutskin.trials.analysis import analyse
from gutskin.trials.summary import summarise

ARM = "six_strain"


@pytest.fixture(scope="module")
def trial():
    ends = ("total_ige", "scorad")
    design = designed(None, n=(20, 20), primary="total_ige", endpoints=ends)
    data = synthetic(design, 60, effect=-6, spread=0.5)
    return design, data, analyse(data, design)


def test_unit_a_figure_shows_the_numbers_of_the_table(trial):
    design, data, analysis = trial
    endpoint = analysis.endpoints["total_ige"]
    shown = shown_effect(endpoint, ARM)
    difference = summarise(data, design, analysis)["endpoints"]["total_ige"]["difference"]
    mine, true = told_effect(difference, "kU/L")
    for values, one in ((shown.reported, mine), (shown.true, true)):
        assert shown.mean(values) == pytest.approx(one.numbers["mean"])
        ends = one.numbers["ci95_low"], one.numbers["ci95_high"]
        assert shown.ends(values) == pytest.approx(ends)
    assert (shown.ratio, shown.none, shown.unit) == (True, 1.0, "")
    natural = shown_effect(analysis.endpoints["scorad"], ARM)
    assert (natural.ratio, natural.none, natural.unit) == (False, 0.0, "points")


def test_unit_the_histogram_stands_on_a_logarithmic_axis_with_a_line_at_one(trial):
    design, _, analysis = trial
    endpoint = analysis.endpoints["total_ige"]
    assert marked(endpoint, design) is None  # 8.7 kU/L say nothing of a ratio
    with new_canvas((6, 4), "x") as canvas:
        _repetitions(endpoint, design).paint(canvas, narrow=False)
        (axes,) = canvas.axes
        assert axes.get_xscale() == "log"
        low, high = axes.get_xlim()
        assert low < np.exp(shown_effect(endpoint, ARM).reported.min())
        assert high > 1
        assert any(set(line.get_xdata()) == {1.0} for line in axes.lines)
        assert axes.get_xlabel().startswith("Ratio of geometric means of Total IgE,")
        drawn = sum(patch.get_height() for patch in axes.patches)
    assert drawn == 60


def test_unit_pictures_say_the_ratio_in_words(trial):
    design, _, analysis = trial
    shown = shown_effect(analysis.endpoints["total_ige"], ARM)
    mean, low, high = shown.told(shown.true)
    assert mean.startswith("× 0.")
    one = difference_figure(analysis, design)
    assert f"mean true effect is {mean}, in 95% of worlds {low} to {high}." in one.alt
    assert "1 is no effect" in one.caption
    several = arms_figure(analysis, design)
    assert f"(ratio of geometric means): Six-strain mix {mean} ({low} to {high})," in several.alt
    assert "kU/L" not in one.alt + several.alt
    assert "ashed" not in several.caption
    for figure in (one, several):
        text = "".join(ElementTree.fromstring(figure.svg).itertext())
        assert "Ratio of geometric means of Total IgE" in " ".join(text.split())


def test_closed_form_on_one_scale_logarithms_are_in_their_own_deviations(trial):
    design, data, analysis = trial
    seen = data["measured"].sel(endpoint="total_ige").isel(visit=[0, -1])
    change = np.log(seen).diff("visit").isel(visit=0)
    sd = np.sqrt(np.mean([change.sel(arm=arm.name).std("patient", ddof=1).mean() ** 2
                          for arm in design.arms]))  # fmt: skip
    effect = analysis.endpoints["total_ige"].comparisons[ARM].tested_effect.mean() / float(sd)
    figure = forest_figure(data, analysis, design)
    assert f"Total IgE {number(effect)} (" in figure.alt
    assert "What is tested on logarithms is shown in logarithms" in figure.caption


def test_closed_form_arms_over_time_have_geometric_means(trial):
    design, data, analysis = trial
    seen = data["measured"].sel(endpoint="total_ige", arm="placebo").isel(visit=0)
    expected = np.exp(np.log(seen).mean("patient").mean()).item()
    assert seen.mean() > 1.2 * expected
    figure = course_figure(data, analysis, design)
    assert f"Placebo from {number(expected)} to " in figure.alt
    assert figure.caption.startswith("Geometric mean of all repetitions")


@pytest.mark.parametrize(("low", "high"), [(0.15, 1.05), (0.97, 1.01), (0.01, 30.0), (0.8, 1.3)])
def test_property_ticks_are_few_round_and_inside(low, high):
    ticks = ratio_ticks(low, high)
    assert 3 <= len(ticks) <= 8
    assert low <= min(ticks) < max(ticks) <= high
    assert 1.0 in ticks
    assert all(len(f"{one:g}") <= 5 for one in ticks)


def test_unit_an_axis_of_differences_stays_as_it_is():
    with new_canvas((6, 4), "x") as canvas:
        axes = canvas.subplots()
        axis_of_effect(axes, [-3.0, 2.0], on_ratio=False)
        assert axes.get_xscale() == "linear"
        assert set(axes.lines[0].get_xdata()) == {0}


def test_unit_a_ratio_that_no_repetition_found_is_told_without_its_sign(trial):
    shown = shown_effect(trial[-1].endpoints["total_ige"], ARM)
    assert shown.told(np.full(3, np.nan)) == ("not known",) * 3
    assert shown.told(np.log([0.5, 0.5]))[0].startswith("× 0.5")
