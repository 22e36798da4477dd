"""A trial's table on terminals of any width: every number is there, in one piece."""

import io
import re

import numpy as np
import pytest
from synthetic import synthetic

from gutskin.report import told_arm, words
from gutskin.report.console import Terminal
from gutskin.report.endpoint_table import effects, print_endpoints, table_of
from gutskin.report.page import render
from gutskin.report.points import in_points
from gutskin.report.rounding import of_endpoint, of_ratios, of_shares
from gutskin.report.terminal import print_summary
from gutskin.report.trial_sheet import trial_sheet
from gutskin.trials.analysis import analyse
from gutskin.trials.design import load_trial
from gutskin.trials.summary import summarise

TWO = load_trial("six-strain-children")


def with_arms(many):
    """The shipped trial with more active arms."""
    active, control = TWO.active[0], next(arm for arm in TWO.arms if arm.control)
    more = (
        active.model_copy(update={"name": f"arm{n}", "label": f"Rocatinlimab {n}"})
        for n in range(2, many)
    )
    return TWO.model_copy(update={"arms": (active, *more, control)})


def summary_of(arms, replicates):
    design = with_arms(arms)
    data = synthetic(design, replicates)
    return in_points(summarise(data, design, analyse(data, design)))


@pytest.fixture(scope="module", params=[(2, 60), (4, 60), (7, 60), (7, 2)])
def summary(request):
    return summary_of(*request.param)


def printed(summary, width):
    stream = io.StringIO()
    print_endpoints(summary, Terminal(file=stream, width=width))
    return stream.getvalue()


def parts(summary):
    """Every number that the table has to show, as text, as often as it is to be shown."""
    of_share = of_shares(summary["endpoints"].values())
    for one in summary["endpoints"].values():
        digits = of_endpoint(one, words.arm_titles(summary))
        for difference in one["differences"].values():
            both, unit, own = (difference, difference["true_effect"]), one["unit"], digits
            if "ratio" in difference:
                both, unit = [each["ratio"] for each in both], ""
                own = of_ratios(both)
            for numbers in both:
                yield words.estimate(numbers, unit, own)
                if numbers["ci95_low"] is not None:
                    yield from words.span(numbers, unit, own).split(" to ")
            for way in ("for", "against"):
                yield words.share_of(difference, f"share_p_below_0_05_{way}", of_share)


@pytest.mark.parametrize("width", [60, 80, 110, 160, 250])
def test_no_number_is_cut_or_folded(summary, width):
    text = printed(summary, width)
    found = re.sub(r"(?<=[\d.])\)(?!\S)|(?<!\S)\((?=[−\d])", " ", text.replace(" (±", "(±")).split()
    expected = [part.replace(" (±", "(±").removesuffix(")") for part in parts(summary)]
    told = sorted(word.removesuffix(")") for word in found)
    for part in set(expected):
        assert told.count(part) >= expected.count(part), part
    assert text.count("p < 0.05") >= 1
    assert "…" not in text


@pytest.mark.parametrize("width", [80, 110])
def test_the_table_is_no_wider_than_the_terminal(summary, width):
    assert max(map(len, printed(summary, width).splitlines())) <= width


def test_what_is_tested_on_logarithms_shows_both_ratios_in_table_and_sheet():
    """A difference of means stood beside a true one that heavy tails had moved."""
    design = TWO.model_copy(
        update={"analysis": TWO.analysis.model_copy(update={"primary": "total_ige"})}
    )
    data = synthetic(design, 60)
    told = in_points(summarise(data, design, analyse(data, design)))
    its = told["endpoints"]["total_ige"]["difference"]
    mine, true = effects(its, "kU/L")
    assert mine.startswith(f"× {words.number(its['ratio']['mean'], digits=2)}")
    assert true.startswith(f"× {words.number(its['true_effect']['ratio']['mean'], digits=2)}")
    (row,) = [row for row in table_of(told)[1] if "IgE" in row[0]]
    assert (row[3], row[4]) == (mine, true)
    plain = effects(told["endpoints"]["scorad"]["difference"], "points")
    assert not any("×" in text for text in plain)


def test_what_does_not_fit_has_a_block_for_each_endpoint_and_a_row_for_each_arm():
    text = printed(summary_of(7, 60), 110)
    many = len(TWO.analysis.endpoints)
    assert text.count("p < 0.05 for") == many
    for label in ("Rocatinlimab 2", "Rocatinlimab 6", "Placebo"):
        assert len(re.findall(f"^{label}", text, re.MULTILINE)) == many


def test_an_error_of_rounding_is_none_and_so_is_one_far_below_the_last_digit():
    assert words.error_of(1.4e-15, None) == ""
    assert words.error_of(9e-6, 1) == ""
    assert words.error_of(9e-6, 5) == "±0.00001"
    assert words.error_of(9e-6, 4) == "±0.000009"
    assert words.error_of(9e-6, None) == "±0.000009"


def of_shares_of_patients(*names):
    """A trial whose first endpoints are yes or no; a few seem to have it at the first visit."""
    design = TWO.model_copy(
        update={"analysis": TWO.analysis.model_copy(update={"endpoints": ("scorad", "easi")})}
    )
    data = synthetic(design, 60)
    for name in names:
        at = {"endpoint": name}
        for values in (data["measured"], data["latent"]):
            low = values.sel(at) < values.sel(at).isel(visit=0).quantile(0.05)
            values.loc[at] = low.where(np.isfinite(values.sel(at)), np.nan)
    units = ["1" if name in names else "points" for name in ("scorad", "easi")]
    data = data.assign_coords(unit=("endpoint", units))
    analysis = analyse(data, design)
    return summarise(data, design, analysis), analysis, data, design


@pytest.mark.parametrize("names", [("scorad",), ("scorad", "easi")])
def test_a_share_of_patients_is_the_same_at_the_end_in_sentence_table_and_report(names):
    """A cohort's report said 18% "at the end" and, in its table, 17% as a mean change."""
    whole, analysis, data, design = of_shares_of_patients(*names)
    summary = in_points(whole)
    numbers = summary["endpoints"]["scorad"]["six_strain"]
    assert numbers["end_mean"] - numbers["change_mean"] > 2.0
    stream = io.StringIO()
    print_summary(whole, design, Terminal(file=stream, width=200))
    told = re.search(r"is found in ([\d.]+±[\d.]+)%", stream.getvalue())[1]
    head, (first, *_) = table_of(summary)
    assert first[1] == told
    assert head[0] == ("At the end" if len(names) == 2 else "Mean change; of shares, at the end")
    html = render(whole, analysis, data, design, "gutskin trial x")
    row = html[html.index('<tr class="primary">') :]
    assert f'at the end">{told}' in row[: row.index("</tr>")]
    caption = "Shares of patients at" if len(names) == 2 else "; shares of patients at"
    assert f"{caption} week 8." in html
    (first, *_) = trial_sheet(whole, analysis, data, design, "gutskin trial x").grid.rows
    assert first[1] == told


def test_scores_are_told_by_their_change():
    summary = summary_of(2, 60)
    points = {**summary, "endpoints": {"scorad": summary["endpoints"]["scorad"]}}
    assert told_arm.since(points) == "Mean change from week 0 to week 8."
    assert table_of(points)[0][0] == "Mean change"
