"""Whatever is missing in a summary is named in its warnings, with the reason."""

from types import SimpleNamespace

import numpy as np
import pytest
from synthetic import synthetic

from gutskin.trials.analysis import analyse
from gutskin.trials.design import TrialDesign
from gutskin.trials.summary import _of_events, summarise
from gutskin.trials.unknown_numbers import unknown_numbers, without_ratio

DESIGN = TrialDesign.model_validate(
    {
        "name": "unknown",
        "population": "ad_adult",
        "visits": {"weeks": (0.0, 8.0)},
        "arms": ({"name": "mix", "n": 6}, {"name": "placebo", "n": 6, "control": True}),
        "analysis": {"primary": "scorad", "endpoints": ("scorad", "tewl")},
    }
)


ARM = {"end_mean": 1.0, "change_sd": 1.0,
       "monte_carlo_error": {"end_mean": 0.1, "change_sd": 0.1}}  # fmt: skip
WHOLE = {"replicates": 2, "endpoints": {"scorad": {"label": "SCORAD", "mix": ARM, "placebo": ARM}}}


def warnings_of(data):
    return summarise(data, DESIGN, analyse(data, DESIGN))["warnings"]


def test_an_arm_that_is_known_in_one_repetition_alone_is_told():
    data = synthetic(DESIGN, 3, dropout=0.0)
    assert not any("known in one repetition" in text for text in warnings_of(data))
    data["measured"].loc[{"endpoint": "tewl", "arm": "mix", "replicate": [0, 1], "visit": 8.0}] = (
        np.nan
    )
    found = [text for text in warnings_of(data) if "known in one repetition" in text]
    assert len(found) == 1
    assert found[0].startswith("TEWL on mix is known in one repetition alone")
    assert not any("alone, so" in text for text in warnings_of(data.isel(replicate=[2])))


def test_a_spread_that_one_repetition_alone_has_is_told():
    data = synthetic(DESIGN, 3, dropout=0.0)
    data["measured"].loc[{"arm": "mix", "replicate": [0, 1], "patient": range(1, 6)}] = np.nan
    found = [text for text in warnings_of(data) if "known in one repetition" in text]
    assert [text.split(" is known")[0] for text in found] == [
        "The spread of the change of SCORAD on mix", "The spread of the change of TEWL on mix",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("method", "ratio", "test"),
    [
        ("cox", "The hazard ratio", "score (log-rank) test."),
        ("negative-binomial", "The rate ratio", "score test."),
    ],
)
@pytest.mark.parametrize(
    ("logs", "untested", "told"),
    [
        ([-np.inf, 0.2, np.nan], [0, 0, 4], "not estimable in 1 of 3 repetitions"),
        ([-np.inf, np.inf], [0, 0], "not estimable in 2 of 2 repetitions"),
        ([0.1, np.nan], [0, 5], None),  # what cannot be tested is told by itself
        (None, [0, 0], None),
    ],
)
def test_unit_a_ratio_without_a_finite_value_beside_a_test_is_told(
    logs, untested, told, method, ratio, test
):
    logs = None if logs is None else np.array(logs)
    compared = SimpleNamespace(
        log_ratio=logs, untested=np.array(untested), tested=np.array(untested) == 0, method=method
    )
    found = "".join(without_ratio("difference in eczema between a and b", compared))
    assert ("of the others" in found) == (told is not None and "1 of 3" in told)
    if told is None:
        assert not found
    else:
        assert f"{ratio} that belongs to the difference in eczema" in found
        assert told in found
        assert found.endswith(f"Their p is that of the {test}")


def test_a_difference_that_only_logarithms_show_is_told():
    """Of every repetition that is left out of its mean, whether or not there is an interval."""
    data = synthetic(DESIGN, 3, dropout=0.0)
    assert not any("tested on logarithms" in text for text in warnings_of(data))
    analysis = analyse(data, DESIGN)
    compared = analysis.endpoints["tewl"].comparisons["mix"]
    compared.difference[1] = np.nan
    (told,) = [
        text for text in summarise(data, DESIGN, analysis)["warnings"] if "on logarithms" in text
    ]
    assert told.startswith("The difference in TEWL between mix and placebo, tested on logarithms")
    assert "in 2 of 3 repetitions" in told


def test_a_subgroup_without_anybody_is_told():
    summary = WHOLE
    known = {"mean": 1.0, "monte_carlo_error": 0.1}
    nothing = {"mean": float("nan"), "monte_carlo_error": float("nan")}
    group = {"label": "Mild", "arm": "mix", "difference": nothing, "true_effect": known}
    (told,) = unknown_numbers(summary | {"subgroups": [group]}, DESIGN)
    assert told.startswith("The difference in the subgroup Mild, mix, is not known")
    both = [group, group | {"difference": known}, group | {"true_effect": nothing}]
    assert len(list(unknown_numbers(summary | {"subgroups": both}, DESIGN))) == 3


def test_a_subgroup_that_one_repetition_has_is_told_to_have_no_error():
    """Of a single repetition that is told of everything at once."""
    known, once = ({"mean": 1.0, "monte_carlo_error": error} for error in (0.1, float("nan")))
    group = {"label": "Mild", "arm": "mix", "difference": once, "true_effect": known}
    found = [group, group | {"true_effect": once}, group | {"difference": known}]
    says = list(unknown_numbers(WHOLE | {"subgroups": found, "replicates": 2}, DESIGN))
    assert [one.split(" in the subgroup Mild, mix, ")[0] for one in says] == [
        "The difference", "The difference and the true effect",
    ]  # fmt: skip
    assert says[0].startswith(
        "The difference in the subgroup Mild, mix, is known in one repetition"
    )
    assert " are known in one repetition alone" in says[1]
    alone = WHOLE | {"subgroups": found, "replicates": 1}
    assert not [one for one in unknown_numbers(alone, DESIGN) if "Mild" in one]


def test_sites_of_which_nothing_can_be_said_are_told():
    summary = WHOLE
    known = {"between_sites_sd": 0.0, "within_sites_sd": 3.0, "share_between": 0.0,
             "arm": "placebo"}  # fmt: skip
    assert list(unknown_numbers(summary | {"control_change": known}, DESIGN)) == []
    nothing = dict.fromkeys(known, float("nan")) | {"arm": "placebo"}
    (told,) = unknown_numbers(summary | {"control_change": nothing}, DESIGN)
    assert "change of 'placebo' differs between sites is not known: no repetition" in told
    still = {"between_sites_sd": 0.0, "within_sites_sd": 0.0, "share_between": None,
             "arm": "placebo"}  # fmt: skip
    (told,) = unknown_numbers(summary | {"control_change": still}, DESIGN)
    assert "differs between sites is not known: nobody" in told


def test_closed_form_a_ratio_counts_repetitions_that_have_no_finite_one():
    """Of 40: 25 in which the active arm has no event, 15 with ratios of a half."""
    found = _of_events(np.array([-np.inf] * 25 + [np.log(0.5)] * 15 + [np.nan]))
    assert found["mean"] == 0.5  # of what is finite
    assert (found["median"], found["not_estimable"]) == (0.0, 25)
    assert (found["ci95_low"], found["ci95_high"]) == (0.0, 0.5)
    few = _of_events(np.array([-np.inf] * 2 + [np.log(0.5)] * 36 + [np.inf] * 2))
    assert few["median"] == 0.5
    assert (few["ci95_low"], few["ci95_high"]) == (0.0, np.inf)
    assert np.isnan(_of_events(np.array([np.nan]))["median"])
    edge = np.array([-np.inf] + [0.0] * 40)  # the end lies between the first and the second
    assert _of_events(edge)["ci95_low"] == 0.0
