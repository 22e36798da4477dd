"""By which methods a trial is analysed, in words: ratios stand as ratios."""

import pytest

from gutskin.media import isolated
from gutskin.report.methods import as_conducted, by_covariance, reported
from gutskin.report.points import in_points
from gutskin.trials.design import load_trial

RATIO = {"mean": 0.996, "ci95_low": 0.44, "ci95_high": 1.9, "over": "trials"}


@pytest.mark.parametrize(
    ("method", "key", "word"),
    [
        ("cox", "hazard_ratio", "hazard ratio of the test"),
        ("negative-binomial", "rate_ratio", "rate ratio"),
    ],
)
@pytest.mark.parametrize("unit", ["1", "flares"])
def test_unit_a_ratio_is_no_percentage_even_of_a_share(unit, method, key, word):
    its = {"mean": 0.01, "ci95_low": -0.1, "ci95_high": 0.1, "method": method, key: RATIO}
    summary = {
        "arms": [{"name": "mix", "label": "Mix"}, {"name": "placebo", "label": "Placebo"}],
        "endpoints": {"ill": {"label": "Ill", "unit": unit, "differences": {"mix": its}}},
    }
    (says,) = reported(in_points(summary))
    assert says.endswith(f"{word} 1.00 (0.44 to 1.90 in 95% of trials).")


def test_unit_endpoints_of_which_the_same_is_said_are_named_together():
    its = {"mean": None, "method": "within-patient"}
    other = {"mean": None, "method": "mmrm"}
    summary = {
        "arms": [{"name": "mix", "label": "Mix"}],
        "endpoints": {
            name: {"label": name, "unit": "points", "differences": {"mix": one}}
            for name, one in (("SCORAD", its), ("Itch", its), ("EASI", other), ("IL-5", its))
        },
    }
    assert reported(summary) == [
        "SCORAD, Itch and IL-5: by the t test within patients, given the period (crossover).",
        "EASI: by a mixed model of all visits (Kenward-Roger).",
    ]


def test_told_of_what_was_tested_nowhere_no_adjusted_p_is_said_to_be_not_known():
    """ "adjusted p < 0.05 in favour in not known" stood there."""
    its = {"mean": -2.0, "tested": 0, "share_adjusted_p_below_0_05_for": None}
    summary = {
        "arms": [{"name": "mix", "label": "Mix"}],
        "endpoints": {"cdlqi": {"label": "CDLQI", "unit": "points", "differences": {"mix": its}}},
    }
    assert reported(summary) == ["CDLQI: not tested in any repetition."]


def test_told_what_was_tested_nowhere_is_not_said_to_be_tested():
    """ "not tested" stood in the table of a single arm, and McNemar's test among its methods."""
    its = {"mean": -0.2, "method": "mcnemar", "tested": 0}
    other = {"mean": -0.2, "method": "mcnemar", "tested": 3}
    plain = {"mean": -2.0, "tested": 0}
    summary = {
        "arms": [{"name": "mix", "label": "Mix"}],
        "endpoints": {
            name: {"label": name, "unit": "1", "differences": {"mix": one}}
            for name, one in (("Clear", its), ("Ill", other), ("SCORAD", plain))
        },
    }
    how = "by McNemar's test (exact, mid-p) of who changed (a single arm)"
    assert reported(summary) == [
        f"Clear: not tested in any repetition; it would be {how}.",
        f"Ill: {how}.",
        "SCORAD: not tested in any repetition.",
    ]


def test_unit_a_ratio_that_is_not_known_says_so():
    its = {"mean": None, "method": "cox", "hazard_ratio": {**RATIO, "mean": None}}
    summary = {
        "arms": [{"name": "mix", "label": "Mix"}],
        "endpoints": {"ill": {"label": "Ill", "unit": "1", "differences": {"mix": its}}},
    }
    assert reported(summary)[0].endswith("hazard ratio of the test not estimable.")
    some = {"mean": 0.5, "median": 0.0, "not_estimable": 25, "ci95_low": 0.0, "ci95_high": None}
    its["hazard_ratio"] = some
    assert reported(summary)[0].endswith("0.00 (median; 0.00 to infinite in 95% of trials).")


def test_what_is_tested_on_logarithms_has_its_ratio_and_stays_an_analysis_of_covariance():
    """A report of total IgE told a difference alone, in kU/L, of a test on logarithms."""
    ratio = {"mean": 0.97, "ci95_low": 0.76, "ci95_high": 1.24}
    mix = {"ratio": ratio, "true_effect": {}}
    ends = {"total_ige": {"label": "Total IgE", "differences": {"mix": mix}},
            "scorad": {"label": "SCORAD", "differences": {"mix": {}}}}  # fmt: skip
    arms = [{"name": "mix", "label": "Mix", "control": False, "n": 9},
            {"name": "placebo", "label": "Placebo", "control": True, "n": 9}]  # fmt: skip
    summary = {"endpoints": ends, "arms": arms}
    assert reported(summary) == [
        "Tested on logarithms (geometric means): Total IgE, ratio 0.97 "
        "(0.76 to 1.24 in 95% of trials)."
    ]
    mix["true_effect"]["ratio"] = ratio  # the table of endpoints tells both as ratios then
    assert reported(summary) == ["Tested on logarithms (geometric means): Total IgE."]
    mix["method"] = "estimate"  # of a single arm from birth: "not tested" stands in its table
    (on_logarithms, *_) = reported(summary)
    assert on_logarithms == "On logarithms (geometric means): Total IgE."
    del mix["method"]
    assert by_covariance(summary)
    ends["scorad"]["differences"]["mix"]["method"] = "mmrm"
    assert not by_covariance(summary)


def test_unit_methods_tell_sizes_visits_what_is_unusual_and_the_analysis():
    design = load_trial("six-strain-children")
    usual = {"mean": None}
    summary = {
        "replicates": 200,
        "endpoints": {"scorad": {"label": "SCORAD", "differences": {"mix": usual}}},
    }
    told = [*as_conducted(summary, design, ["Taken: 90% of the doses."])]
    first, control = (isolated(one.title) for one in design.arms)
    assert told == [
        f"Parallel arms: 20 on {first} and 20 on {control}.",
        "Visits at weeks 0, 4 and 8; the trial ends with week 8.",
        "Taken: 90% of the doses.",
        "Arms are compared at one visit by analysis of covariance of what was recorded, adjusted "
        "for the value at week 0.",
        "The trial is repeated 200 times, each time with other patients.",
    ]
    born = [*as_conducted(summary, load_trial("lgg-newborns"), [])]
    assert sum("without a covariate" in one for one in born) == 1
    assert not any("week 0." in one for one in born)
    usual["method"] = "mmrm"  # `reported` says it
    assert not any("covariance" in one for one in as_conducted(summary, design, []))
