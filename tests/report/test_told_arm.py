"""What arms come to is told in the quantity in which their effect is: change, share, or ratio."""

import copy
import io
import math

import numpy as np
import pytest
from looked_at import designed
from synthetic import synthetic

from gutskin.report import told_arm
from gutskin.report.answer import _mostly_control, verdict
from gutskin.report.console import Terminal
from gutskin.report.endpoint_table import print_endpoints, table_of
from gutskin.report.methods import reported
from gutskin.report.page import render
from gutskin.report.points import in_points
from gutskin.report.rounding import of_ratio, of_ratios
from gutskin.report.told_arm import outcome, outcomes, since, told_of
from gutskin.report.told_effect import told_effect
from gutskin.report.trial_sheet import trial_sheet
from gutskin.trials.analysis import analyse
from gutskin.trials.summary import summarise
from gutskin.user_text import in_sentence

ENDS = ("total_ige", "scorad")


@pytest.fixture(scope="module")
def trial():
    """Total IgE, tested on logarithms, is the primary endpoint."""
    design = designed(
        (0.5, 1.0), n=(20, 20), primary="total_ige", endpoints=ENDS, meaningful_difference=None
    )
    data = synthetic(design, 60, effect=-6, spread=0.5)
    analysis = analyse(data, design)
    return design, data, analysis, summarise(data, design, analysis)


def test_closed_form_the_ratio_of_an_arm_is_that_of_geometric_means_over_its_start(trial):
    _, data, _, summary = trial
    measured = data["measured"].sel(endpoint="total_ige", arm="placebo")
    first, last = (measured.isel(visit=place).transpose("replicate", ...).values
                   for place in (0, -1))  # fmt: skip
    seen = np.isfinite(first) & np.isfinite(last) & (first > 0) & (last > 0)
    logs = [np.log(b[ok] / a[ok]).mean() for a, b, ok in zip(first, last, seen, strict=True)]
    its = summary["endpoints"]["total_ige"]["placebo"]
    assert its["change_ratio"] == pytest.approx(np.exp(np.mean(logs)))
    error = np.exp(np.mean(logs)) * np.std(logs, ddof=1) / math.sqrt(60)
    assert its["monte_carlo_error"]["change_ratio"] == pytest.approx(error)
    assert "change_ratio" not in summary["endpoints"]["scorad"]["placebo"]
    assert {"change_mean", "change_sd"} <= its.keys()  # what it always was


def test_unit_an_arm_is_told_beside_a_ratio_as_a_ratio(trial):
    """17±16 stood beside a ratio of 0.99."""
    design, data, analysis, summary = trial
    ige, scorad = (summary["endpoints"][name] for name in ENDS)
    assert (told_of(ige), told_of(scorad)) == (told_arm.TO_START, told_arm.CHANGE)
    cell = outcome(ige, "placebo")
    assert cell.startswith(f"× {ige['placebo']['change_ratio']:.2f}"[:5])
    assert "×" not in outcome(scorad, "placebo")
    says = " ".join(verdict(summary, design))
    assert f"changes by a factor of {outcome(ige, 'six_strain')[2:]} on " in says
    assert f"{cell[2:]} on placebo (geometric means over those of the start)" in says
    natural = f"{abs(ige['placebo']['change_mean']):.1f}"
    page = render(summary, analysis, data, design, "gutskin trial x")
    sheet = trial_sheet(summary, analysis, data, design, "gutskin trial x")
    (row, *_) = sheet.grid.rows
    assert cell in row
    screen = io.StringIO()
    print_endpoints(in_points(summary), Terminal(screen, width=70))
    assert cell in screen.getvalue()
    assert f">{cell}</td>" in page
    for whole in (says, screen.getvalue(), " ".join(row)):
        assert f"{natural}±" not in whole


def test_unit_heads_say_what_stands_beneath_them(trial):
    summary = trial[-1]
    assert outcomes(summary, "total_ige") == "ratio to the start"
    assert outcomes(summary, "scorad") == "change"
    assert outcomes(summary) == "change; ×, ratio to the start"
    assert since(summary) == (
        "Mean change from week 0 to week 8; ×: geometric mean at week 8 over that at week 0."
    )
    alone = {**summary, "endpoints": {"total_ige": summary["endpoints"]["total_ige"]}}
    assert since(alone) == "×: geometric mean at week 8 over that at week 0."
    assert table_of(in_points(alone))[0][0] == "Ratio to the start"


def test_unit_where_no_true_ratio_is_known_both_are_told_in_the_unit(trial):
    one = copy.deepcopy(trial[-1]["endpoints"]["total_ige"])
    one["difference"]["true_effect"]["ratio"]["mean"] = None
    assert told_of(one) == told_arm.CHANGE
    assert "×" not in outcome(one, "placebo")


def test_unit_what_comes_without_the_treatment_is_judged_on_the_logarithm(trial):
    """Heavy tails may carry means up where geometric means fall."""
    summary = copy.deepcopy(trial[-1])
    primary = summary["endpoints"]["total_ige"]
    for arm, ratio in (("six_strain", 0.7), ("placebo", 0.75)):
        primary[arm] |= {"change_ratio": ratio, "change_mean": 5.0}
        primary[arm]["monte_carlo_error"] |= {"change_ratio": 0.01, "change_mean": 0.1}
    assert _mostly_control(summary, "six_strain")
    primary["placebo"]["change_ratio"] = 0.9
    assert not _mostly_control(summary, "six_strain")


def told(mean, low, high, error=0.001):
    return {"mean": mean, "ci95_low": low, "ci95_high": high, "monte_carlo_error": error}


@pytest.mark.parametrize(
    ("mean", "low", "high", "says"),
    [
        (0.9931, 0.9902, 0.9958, "× 0.993±0.001 (0.990 to 0.996)"),
        (0.9931, 0.62, 1.31, "× 0.993±0.001 (0.62 to 1.31)"),
        (12.0, 3.0, 40.0, "× 12 (3 to 40)"),
        (0.99999, 0.999985, 0.999995, "× 1.0000±0.0010 (1.0000 to 1.0000)"),  # nothing
    ],
)
def test_ends_of_a_ratio_are_told_apart(mean, low, high, says):
    """0.99 (0.99 to 0.99) stood there."""
    its = told(mean, low, high)
    mine, _ = told_effect({"ratio": its, "true_effect": {"ratio": its}}, "kU/L")
    assert mine.with_interval() == says
    assert of_ratios([its]) == of_ratio(mean, low, high)


def test_a_ratio_without_an_interval_is_told_as_far_as_its_error():
    assert of_ratios([told(0.9931, None, None, 0.0012)]) == 3
    assert of_ratios([told(0.9931, None, None, None)]) == 2
    assert of_ratios([told(None, None, None, None)]) == 0


def test_unit_the_sentence_on_logarithms_tells_ends_apart(trial):
    """Where the true effect has no ratio, so that no table tells one."""
    summary = copy.deepcopy(trial[-1])
    its = summary["endpoints"]["total_ige"]["differences"]["six_strain"]
    its["ratio"] |= told(0.9931, 0.9902, 0.9958)
    its["true_effect"]["ratio"] = None
    assert "ratio 0.993 (0.990 to 0.996 in 95% of trials)" in reported(summary)[0]


def by_hand(unit, ratios=(), true=None, changes=(), ends=()):
    """An endpoint of arms 0, 1, ...: each ratio to the start, change, end with its error."""
    told = {"change_ratio": ratios, "change_mean": changes, "end_mean": ends}
    arms = {
        str(number): {
            **{key: some[number][0] for key, some in told.items() if some},
            "monte_carlo_error": {key: some[number][1] for key, some in told.items() if some},
        }
        for number in range(max(map(len, told.values())))
    }
    effect = {"ratio": None if true is None else {"mean": true}}
    return {"unit": unit, "difference": {"true_effect": effect}, **arms}


RATIOS = ((0.812, 0.03), (0.9946, 0.0012))
CHANGES = ((-12.34, 0.3), (4.0, 0.02))
SHARES = ((31.4, 2.0), (8.0, 1.0))


@pytest.mark.parametrize(
    ("one", "arm", "digits", "says"),
    [
        (by_hand("kU/L", RATIOS, 0.8, CHANGES), "0", None, "× 0.812±0.030"),  # as many as the other
        (by_hand("kU/L", RATIOS, 0.8, CHANGES), "1", 0, "× 0.995±0.001"),  # whatever a change has
        (by_hand("kU/L", RATIOS, None, CHANGES), "0", None, "−12.3±0.3"),
        (by_hand("kU/L", (), 0.8, CHANGES), "0", None, "−12.3±0.3"),
        (by_hand("kU/L", ((None, None),) * 2, 0.8, CHANGES), "1", None, "4.00±0.02"),
        (by_hand("kU/L", ((None, None), RATIOS[1]), 0.8, CHANGES), "0", None, "not known"),
        (by_hand("kU/L", ((None, None), RATIOS[1]), 0.8, CHANGES), "1", None, "× 0.995±0.001"),
        (by_hand("points", (), None, CHANGES), "1", None, "4.00±0.02"),
        (by_hand("points", (), None, CHANGES), "1", 1, "4.00±0.02"),
        (by_hand("points", (), None, CHANGES), "0", 0, "−12.3±0.3"),
        (by_hand("percentage points", (), None, CHANGES, SHARES), "0", None, "31±2"),
        (by_hand("percentage points", (), None, CHANGES, SHARES), "0", 1, "31.4±2.0"),
    ],
)  # fmt: skip
def test_unit_an_arm_by_hand_with_its_own_decimals_and_with_those_of_a_column(
    one, arm, digits, says
):
    assert outcome(one, arm, digits) == says


@pytest.mark.parametrize(("gone", "there"), [(0, 1), (1, 0)])
def test_unit_what_an_arm_came_to_is_told_to_be_unknown_in_plain_words(trial, gone, there):
    """ "By a factor of not known on placebo" stood there."""
    design, _, _, summary = trial
    summary = copy.deepcopy(summary)
    primary = summary["endpoints"]["total_ige"]
    arms = {one["name"]: in_sentence(one["label"]) for one in summary["arms"]}
    name = [*arms][gone]
    primary[name]["change_ratio"] = primary[name]["monte_carlo_error"]["change_ratio"] = None
    assert outcome(primary, name) == "not known"
    *_, known, unknown = verdict(summary, design)[-1].split(". ")
    label, *names = primary["label"], *arms.values()
    assert unknown == f"What measured {label} comes to on {names[gone]} is not known."
    assert f" on {names[there]} (geometric means over" in known
    assert "not known" not in known


@pytest.mark.parametrize(
    ("unit", "key", "says"),
    [("points", "change_mean", "changes by"), ("percentage points", "end_mean", "is found in")],
)
def test_unit_so_it_is_of_a_change_and_of_a_share(trial, unit, key, says):
    design, _, _, summary = trial
    summary = copy.deepcopy(summary)
    primary = summary["endpoints"]["scorad"] | {"unit": unit}
    summary |= {"primary": "scorad", "endpoints": {"scorad": primary}}
    for gone, names in (("placebo", "placebo"), ("six_strain", "six-strain mix and placebo")):
        primary[gone][key] = primary[gone]["monte_carlo_error"][key] = None
        known, unknown = verdict(summary, design)[-1].rpartition("What measured ")[::2]
        assert unknown.casefold() == f"scorad comes to on {names} is not known."
        assert (says in known) == (gone == "placebo")
        assert "not known" not in known


def test_unit_a_single_arm_without_a_difference_is_told_by_its_change():
    one = {**by_hand("kU/L", RATIOS, 0.8, CHANGES), "difference": None}
    assert told_of(one) == told_arm.CHANGE
    del one["difference"]
    assert told_of(one) == told_arm.CHANGE


def test_unit_heads_of_endpoints_of_every_kind_come_in_one_order():
    summary = {
        "weeks": 16.0,
        "endpoints": {
            "easi75": by_hand("percentage points", ends=SHARES),
            "total_ige": by_hand("kU/L", RATIOS, 0.8),
            "scorad": by_hand("points", changes=CHANGES),
        },
    }
    assert [outcomes(summary, name) for name in summary["endpoints"]] == [
        "at the end", "ratio to the start", "change",
    ]  # fmt: skip
    assert outcomes(summary) == "change; of shares, at the end; ×, ratio to the start"
    assert since(summary) == (
        "Mean change from week 0 to week 16; shares of patients at week 16; "
        "×: geometric mean at week 16 over that at week 0."
    )
    del summary["endpoints"]["scorad"], summary["endpoints"]["total_ige"]
    assert outcomes(summary) == "at the end"
    assert since(summary) == "Shares of patients at week 16."
