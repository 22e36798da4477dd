"""Whatever is missing in a summary is named in its warnings, with the reason."""

import numpy as np
from synthetic import synthetic

from gutskin.trials.analysis import analyse
from gutskin.trials.design import TrialDesign
from gutskin.trials.summary import summarise
from gutskin.trials.unknown_numbers import unknown_numbers

DESIGN = TrialDesign.model_validate(
    {
        "name": "unknown",
        "population": "ad_adult",
        "visits": {"weeks": (0.0, 8.0)},
        "arms": ({"name": "mix", "n": 6}, {"name": "placebo", "n": 6, "control": True}),
        "analysis": {"primary": "scorad", "endpoints": ("scorad", "tewl")},
    }
)


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


def test_sites_of_which_nothing_can_be_said_are_told():
    arm = {"end_mean": 1.0, "monte_carlo_error": {"end_mean": 0.1}}
    summary = {"replicates": 2, "endpoints": {"scorad": {"mix": arm, "placebo": arm}}}
    known = {"between_sites_sd": 0.0, "within_sites_sd": 3.0, "share_between": 0.0}
    assert list(unknown_numbers(summary | {"control_change": known}, DESIGN)) == []
    nothing = dict.fromkeys(known, float("nan"))
    (told,) = unknown_numbers(summary | {"control_change": nothing}, DESIGN)
    assert "differs between sites is not known" in told
