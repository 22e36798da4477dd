"""An effect on what is tested on logarithms is one quantity, a ratio, wherever it is told."""

import copy
import io
import re
from dataclasses import replace

import numpy as np
import pytest
from looked_at import designed
from synthetic import synthetic

from gutskin.report.answer import comparisons, headline, verdict
from gutskin.report.console import Terminal
from gutskin.report.interim import interim_tables
from gutskin.report.page import render
from gutskin.report.points import matters
from gutskin.report.sheet import render as sheet_page
from gutskin.report.subgroups import lines_of, print_subgroups
from gutskin.report.terminal import print_summary
from gutskin.report.told_effect import direction, looks_told, told_effect, told_true
from gutskin.report.trial_sheet import trial_sheet
from gutskin.trials.analysis import analyse
from gutskin.trials.parts import Subgroup
from gutskin.trials.summary import summarise

RATIO = "ratio of geometric means"
UNTOLD = {"meaningful_difference": None}


def told(mean, low=None, high=None, error=0.01, **more):
    return {"mean": mean, "ci95_low": low, "ci95_high": high, "monte_carlo_error": error, **more}


@pytest.fixture(scope="module")
def trial():
    """Total IgE is the primary endpoint; two subgroups show what all show."""
    ends = ("total_ige", "scorad")
    design = designed((0.5, 1.0), n=(20, 20), primary="total_ige", endpoints=ends, **UNTOLD)
    groups = tuple(Subgroup(name=name, scorad=(0, 103)) for name in ("one", "other"))
    design = design.model_copy(update={"subgroups": groups})
    data = synthetic(design, 60, effect=-6, spread=0.5)
    analysis = analyse(data, design)
    its = analysis.endpoints["total_ige"].comparisons["six_strain"]
    shown = [its.difference + 20, its.difference, its.true_effect, its.tested_difference,
             its.tested_effect]  # fmt: skip
    data["subgroups"] = (
        ("subgroup", "active", "shown", "replicate"), np.tile(shown, (2, 1, 1, 1)),
    )  # fmt: skip
    return design, data, analysis, summarise(data, design, analysis)


def of_primary(summary):
    one = summary["endpoints"]["total_ige"]
    return one["difference"], told_effect(one["difference"], one["unit"])


def test_closed_form_the_ratio_is_the_geometric_mean_of_what_is_tested(trial):
    _, _, analysis, summary = trial
    difference, (mine, true) = of_primary(summary)
    its = analysis.endpoints["total_ige"].comparisons["six_strain"]
    assert mine.numbers["mean"] == pytest.approx(np.exp(its.tested_difference.mean()))
    assert true.numbers["mean"] == pytest.approx(np.exp(its.tested_effect.mean()))
    assert true.numbers["share_lower"] == (its.tested_effect < 0).mean() == 1
    assert difference["mean"] == pytest.approx(its.difference.mean())  # what it always was
    assert (true.none, true.unit, true.lower) == (1.0, "", True)


def test_unit_how_sure_one_is_of_a_ratio_is_said_of_its_logarithm(trial):
    design, data, analysis, _ = trial
    primary = analysis.endpoints["total_ige"]
    its = primary.comparisons["six_strain"]
    other = replace(its, true_effect=np.abs(its.true_effect))  # means are higher, ratios below 1
    turned = replace(primary, comparisons={"six_strain": other})
    whole = replace(analysis, endpoints={**analysis.endpoints, "total_ige": turned})
    found = summarise(data, design, whole)["endpoints"]["total_ige"]["difference"]["true_effect"]
    assert (found["share_higher"], found["ratio"]["share_lower"]) == (1.0, 1.0)
    assert found["ratio"]["certainty"] == "certain"
    small = replace(
        other, tested_effect=np.full_like(its.tested_effect, 0.005 * primary.log_spread)
    )
    turned = replace(primary, comparisons={"six_strain": small})
    whole = replace(analysis, endpoints={**analysis.endpoints, "total_ige": turned})
    found = summarise(data, design, whole)["endpoints"]["total_ige"]["difference"]["true_effect"]
    assert (found["certainty"], found["ratio"]["certainty"]) == ("certain", "no effect")
    assert turned.is_nothing("six_strain")
    assert not primary.is_nothing("six_strain")


def test_unit_headline_tiles_and_sheet_tell_the_ratio_of_the_table(trial):
    design, data, analysis, summary = trial
    difference, (mine, true) = of_primary(summary)
    says = headline(summary)
    amount = true.centre.removeprefix("× ")
    assert says.startswith(
        f"Six-strain mix lowers Total IgE against placebo after 8 weeks: {RATIO}"
    )
    assert f"{RATIO} {amount} (95% interval over worlds {true.ends}; lower in " in says
    sheet = trial_sheet(summary, analysis, data, design, "gutskin trial x")
    assert [one.value for one in sheet.facts[:2]] == [true.centre, mine.centre]
    assert sheet.facts[0].beneath == f"{RATIO}; 95% of worlds: {true.ends}"
    page = render(summary, analysis, data, design, "gutskin trial x")
    facts = re.search(r'<dl class="facts">(.*?)</dl>', page, re.S)[1]
    assert re.findall(r"<dd>(.*?) <small>", facts)[:2] == [true.centre, mine.centre]
    rows = re.findall(r"(?s)<tr class=\"primary\">.*?</tr>", page)
    assert f">{mine.centre} <span" in rows[0]
    assert f">{true.centre} <span" in rows[0]
    for whole in (re.sub(r"(?s)<svg.*?</svg>", "", page), sheet_page(sheet), says):
        for natural in (difference["mean"], difference["true_effect"]["mean"]):
            assert f"−{abs(natural):.1f}" not in whole  # the difference of means, however told
            assert f"−{abs(natural):.0f}±" not in whole


def test_unit_terminal_looks_and_subgroups_tell_ratios(trial):
    design, _, _, summary = trial
    screen = io.StringIO()
    print_summary(summary, design, Terminal(screen, width=200))
    text = " ".join(screen.getvalue().split())
    _, (mine, true) = of_primary(summary)
    assert f"{RATIO} {mine.named} ({mine.ends}), true effect {true.named} ({true.ends})." in text
    assert f"trials report a {RATIO} of 0." in text
    (table,) = interim_tables(summary)
    cells = [row[-1] for _, row in table.rows if row[-1][0] != "nobody"]
    assert cells
    assert all(one.startswith("× 0.") and other.startswith("(× 0.") for one, other in cells)
    one, other = lines_of(summary)
    assert one.difference.centre == other.difference.centre == mine.centre
    assert one.true_effect.ends == true.ends
    assert "of the variance of the logarithm of the ratio" in text.lower()


def test_unit_a_subgroup_without_a_test_still_has_its_true_ratio(trial):
    summary = copy.deepcopy(trial[-1])
    summary["subgroups"][0]["difference"] |= told(None) | {"ratio": told(None)}
    screen = io.StringIO()
    print_subgroups(summary, Terminal(screen, width=200))
    first = screen.getvalue().splitlines()[2]
    assert RATIO not in first
    assert "true effect 0." in first


def test_unit_the_way_and_the_words_are_those_of_the_ratio(trial):
    """Heavy tails may carry a difference of means the other way, or to nothing."""
    summary = copy.deepcopy(trial[-1])
    true = summary["endpoints"]["total_ige"]["difference"]["true_effect"]
    true |= {"mean": 40.0, "share_lower": 0.0, "certainty": "no effect"}
    assert " lowers Total IgE " in headline(summary)
    assert "worsening" not in " ".join(verdict(summary, trial[0]))
    assert direction(told_true({"true_effect": true}, "kU/L")) == "lower"
    true["ratio"] |= {"mean": 1.3, "certainty": "open", "share_higher": 0.7}
    says = headline(summary)
    assert "may or may not change Total IgE" in says
    assert f"best estimate higher, {RATIO} 1.3" in says
    assert "The best estimate is a worsening." in verdict(summary, trial[0])
    true["ratio"]["certainty"] = "no effect"
    assert headline(summary).startswith("Six-strain mix does not change Total IgE")


def test_unit_several_arms_each_by_its_ratio(trial):
    summary = copy.deepcopy(trial[-1])
    primary = summary["endpoints"]["total_ige"]
    summary["arms"].insert(1, {**summary["arms"][0], "name": "half", "label": "Half"})
    primary["differences"]["half"] = copy.deepcopy(primary["difference"])
    primary["differences"]["half"]["true_effect"]["ratio"] |= {"mean": 0.9, "certainty": "probable"}
    one, other = comparisons(summary)
    assert one.startswith(f"Six-strain mix lowers it: {RATIO} 0.")
    assert other.startswith(f"Half probably lowers it: {RATIO} 0.90")


def test_unit_no_difference_is_what_rounds_to_one(trial):
    summary = copy.deepcopy(trial[-1])
    ratio = summary["endpoints"]["total_ige"]["difference"]["true_effect"]["ratio"]
    ratio |= told(0.9996, 0.91, 1.09, 0.0001)
    assert "The best estimate is no difference." in verdict(summary, trial[0])


def test_unit_no_difference_is_set_beside_a_ratio(trial):
    design, *_, summary = trial
    analysis = design.analysis.model_copy(update={"meaningful_difference": 100.0})
    assert matters(design.model_copy(update={"analysis": analysis}), summary) is None


@pytest.mark.parametrize("known", [True, False])
def test_unit_a_look_at_which_nobody_stops_is_told_of_no_number(known):
    value = 0.5 if known else None
    part = {f"{name}{more}": value for name in ("difference", "true_effect", "ratio", "true_ratio")
            for more in ("", "_monte_carlo_error")}  # fmt: skip
    mine, true = looks_told(part, "kU/L")
    assert (mine.ratio, mine.known, true.known) == (True, known, known)


def test_unit_without_logarithms_it_is_the_difference():
    mine, true = told_effect({**told(-3.2, -5, -1), "true_effect": told(-3.0)}, "points", 1)
    assert (mine.with_interval(), true.centre) == ("−3.20±0.01 (−5.0 to −1.0)", "−3.00±0.01")
    assert (mine.none, mine.named_unit, mine.quantity) == (0.0, "points", "difference")


def test_unit_a_ratio_that_nobody_knows_is_told_without_its_sign():
    """ "× not known" stood there."""
    mine, true = told_effect({"ratio": None, "true_effect": {"ratio": told(0.62)}}, "kU/L")
    assert (mine.centre, mine.with_interval()) == ("not known", "not known")
    assert true.centre == "× 0.62±0.01"


def test_closed_form_what_a_single_arm_changed_by_has_decimals_of_its_own():
    """× 170.51±29.32 stood beside × 171±29, since what is true of it needs two decimals."""
    many = {"mean": 170.51, "monte_carlo_error": 29.32, "ci95_low": None, "ci95_high": None}
    few = {"mean": 0.95, "monte_carlo_error": 0.01, "ci95_low": None, "ci95_high": None}
    its = {"ratio": many, "true_effect": {"ratio": few}}
    alone = told_effect({**its, "method": "estimate"}, "kU/L")
    assert [one.centre for one in alone] == ["× 171±29", "× 0.95±0.01"]
    compared = told_effect({**its, "method": "mmrm"}, "kU/L")
    assert [one.digits for one in compared] == [2, 2]
