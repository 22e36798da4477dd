"""What so many worlds leave open of a power or an assurance is no number, wherever it is told."""

from dataclasses import replace

import pytest
from known_worlds import design_with
from matplotlib.figure import Figure
from synthetic import synthetic

from gutskin.report.power import headline, paint_power, sentences
from gutskin.report.told_effect import why_recorded
from gutskin.trials.analysis import analyse
from gutskin.trials.design import load_trial
from gutskin.trials.power import power_of
from gutskin.trials.power_curves import Estimate, Needed
from gutskin.trials.power_summary import summarise_power


def test_a_number_that_so_many_worlds_leave_open_is_not_told():
    """Of a limit of about 80% a script read 841,199 patients; the text said that it is open."""
    design, many = design_with(), []
    for effect in (-3.5, -4.2, -9.0):
        data = synthetic(design, 60, seed=1, effect=effect, spread=5.0)
        analysis = analyse(data, design)
        (found,) = power_of(analysis, design, [20]).values()
        summary = summarise_power(data, design, analysis, {found.arm: found})
        low, high = summary["assurance_limit_ci95"]
        for share, name in ((0.8, "n_for_80"), (0.9, "n_for_90")):
            least, most = summary[f"{name}_assurance_ci95"]
            open_ = least is not None and most is None  # whether the curve itself reaches it or not
            assert (share in summary["undecided"]) == open_
            told = summary[name]
            assert told == summary[f"{name}_assurance"]
            many.append((told is None, open_))
            if open_:
                assert told is None
                assert low < share < high
                assert f"an assurance of {share:.0%} is open: 60 worlds leave it" in summary["why"]
                assert f"it takes {least:,} patients at least" in summary["why"]
            elif told is None:
                assert f"{share:.0%}" in summary["why"]
            else:
                assert least <= told <= most
    assert {(True, True), (True, False), (False, False)} == set(many)


@pytest.mark.parametrize(
    ("numbers", "limit", "undecided"),
    [
        ((None, None, None), (0.28, 0.01, 0.99), True),  # the limit alone leaves it open
        ((None, None, None), (0.28, 0.2, 0.79), False),
        ((None, None, None), (0.28, 0.2, 0.8), True),
        ((None, None, None), (0.9, 0.8, 0.99), False),  # a trial without end has it; none looked at
        ((None, 300, None), (0.7, 0.5, 0.79), True),
        ((500, 300, None), (1.0, 1.0, 1.0), True),
        ((500, 300, 900), (0.9, 0.79, 0.99), False),
        ((None, None, None), (0.28, float("nan"), float("nan")), False),
    ],
)
def test_what_a_limit_may_reach_is_open(numbers, limit, undecided):
    needed = Needed(*numbers, Estimate(*limit), 0.8)
    assert needed.undecided == undecided
    assert needed.told == (None if undecided else numbers[0])


def of_limits(of, **limits):
    """The same power with other limits, of which no size reaches any share."""
    needed = {
        (kind, wanted): Needed(None, None, None, Estimate(*limits[kind]), wanted)
        for kind, wanted in of.needed
    }
    return replace(of, needed=needed)


def test_a_limit_that_may_be_anything_is_told_as_open_everywhere():
    """An assurance of 28% (under 1 to 99%) was "not reached at any number of patients"."""
    design = design_with()
    data = synthetic(design, 60, seed=1, effect=-3.5, spread=5.0)
    analysis = analyse(data, design)
    (own,) = power_of(analysis, design, [20]).values()
    wide, sure = (0.28, 0.004, 0.99), (0.28, 0.2, 0.4)
    for assurance, power in ((wide, sure), (sure, wide)):
        found = of_limits(own, assurance=assurance, power=power)
        summary = summarise_power(data, design, analysis, {found.arm: found})
        assert summary["n_for_80"] is summary["n_for_80_power"] is None
        assert summary["undecided"] == ([0.8, 0.9] if assurance == wide else [])
        assert summary["undecided_power"] == ([0.8, 0.9] if power == wide else [])
        says = headline(summary)
        of_power = sentences(summary)[0]
        if assurance == wide:
            assert "is open: 60 worlds leave it between 0% and 99%" in summary["why"]
            assert "up to 1,000,000 none has it" in summary["why"]
            assert "not reached" not in summary["why"] + says
            assert (
                "is open; the limit is 28% (under 1 to 99%); it takes more than 1,000,000 " in says
            )
            assert any("do not decide" in one for one in summary["warnings"])
        else:
            assert "is not reached" in says
            assert (
                "power at the best estimate is open: the limit is 28% (under 1 to 99%)" in of_power
            )
            assert "not reached" not in of_power
        figure = Figure()
        paint_power(figure, summary)
        (told,) = figure.axes[0].texts
        ends = "28% (under 1 to 99%)" if assurance == wide else "28%"
        assert told.get_text() == f"assurance ends at {ends}"


def test_of_no_effect_nothing_is_open():
    """`undecided_power` said that it is open what takes what `nothing` says that nobody finds."""
    design = design_with()
    data = synthetic(design, 60, seed=1, effect=0.0, spread=0.0)
    analysis = analyse(data, design)
    summary = summarise_power(data, design, analysis, power_of(analysis, design, [20]))
    assert summary["effect"]["nothing"]
    assert summary["undecided"] == summary["undecided_power"] == []
    assert summary["n_for_80_power"] is summary["n_for_80"] is None
    assert "because there is no effect" in summary["why"]


def test_power_of_a_best_estimate_within_its_error_is_no_number():
    """The text said that it is open, and `n_for_80_power` was a number."""
    design = design_with()
    data = synthetic(design, 60, seed=1, effect=-9.0, spread=1.0)
    analysis = analyse(data, design)
    (own,) = power_of(analysis, design, [20]).values()
    for error, told in ((0.49, True), (0.51, False)):
        sizes = replace(own.sizes, error=error * abs(own.sizes.best))
        found = replace(own, sizes=sizes)
        summary = summarise_power(data, design, analysis, {found.arm: found})
        assert (summary["n_for_80_power"] is not None) == told
        assert summary["undecided_power"] == ([] if told else [0.8, 0.9])
        assert summary["n_for_80"] is not None


def test_arms_that_have_not_parted_by_the_analysis_are_told_before_any_number():
    """A fault of the design read as a fact about the product: "no number of patients finds one"."""
    design = load_trial("six-strain-children")
    short = design.analysis.model_copy(update={"endpoints": ("scorad",)})
    design = design.model_copy(update={"analysis": short})
    late = design.active[0].model_copy(update={"interventions": tuple(
        one.model_copy(update={"start_week": 8.0, "end_week": 12.0})
        for one in design.active[0].interventions
    )})  # fmt: skip
    for active, told in ((late, {late.name: 8.0}), (design.active[0], {})):
        own = design.model_copy(update={"arms": (active, design.control)})
        data = synthetic(own, 60, effect=0.0, spread=0.0)
        analysis = analyse(data, own)
        summary = summarise_power(data, own, analysis, power_of(analysis, own, [20]))
        assert summary["not_parted"] == told
        says = [one for one in summary["warnings"] if "begins at week 8" in one]
        assert len(says) == len(told)
        assert not told or summary["warnings"][0] == says[0]


@pytest.mark.parametrize(
    ("responders", "leave", "rule"),
    [(True, 0.3, "non-responder"), (True, 0.0, None), (False, 0.3, None)],
)
def test_of_responders_who_left_are_among_the_reasons_of_what_is_recorded(responders, leave, rule):
    """A third of the effect went with them, "since errors, expectation and the ends" moved it."""
    design = load_trial("six-strain-children")
    short = design.analysis.model_copy(update={"endpoints": ("scorad",)})
    conduct = design.conduct.model_copy(update={"dropout_share": leave})
    own = design.model_copy(update={"analysis": short, "conduct": conduct})
    data = synthetic(own, 60, effect=-4.0)
    shown = {"unit": "1", "lower_is_better": False} if responders else {}
    found = analyse(data, own)
    every = {name: replace(one, missing=0.0, **shown) for name, one in found.endpoints.items()}
    analysis = replace(found, endpoints=every)  # who has left has a record: a failure
    summary = summarise_power(data, own, analysis, power_of(analysis, own, [20]))
    assert summary["effect"]["missing"] == rule
    sure = {"recorded_share": 0.67, "recorded_share_monte_carlo_error": 0.02}
    says = why_recorded(summary["effect"] | sure)
    assert ("who is not there counts as a failure" in says) == (rule is not None)
