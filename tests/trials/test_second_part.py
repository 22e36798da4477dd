"""Who goes on into a second part: closed forms, and that nothing missing brings others back."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from gutskin.model.compiled import load_model
from gutskin.trials.by_method import _records
from gutskin.trials.contrast import compare
from gutskin.trials.design import TrialDesign, load_trial
from gutskin.trials.endpoints import endpoints_of
from gutskin.trials.event_times import event_free
from gutskin.trials.second_part import goes_on, of_who_go_on

WEEKS = (0.0, 16.0, 36.0)


def trial(**analysis):
    return TrialDesign.model_validate({
        "name": "withdrawal", "population": "ad_adult", "visits": {"weeks": WEEKS},
        "arms": ({"name": "on", "n": 40}, {"name": "off", "n": 40, "control": True}),
        "responders": {"at_week": 16.0, "rule": "easi75"},
        "analysis": {"primary": "easi75", "endpoints": ("easi75", "easi"), **analysis},
    })  # fmt: skip


def made_up(seed=1, replicates=30):
    """Half respond; of those four in five still do at the end on treatment, one in five off it."""
    rng = np.random.default_rng(seed)
    shape = (replicates, 2, 40)
    responded = rng.random(shape) < 0.5
    keeps = rng.random(shape) < np.array([0.8, 0.2])[:, None]
    response = np.stack([np.zeros(shape), responded, responded & keeps], axis=-1).astype(float)
    easi = 30 - 20 * response + rng.normal(size=response.shape)
    record = np.stack([response, easi])
    record[..., 2][:, ~responded] = np.nan
    return xr.Dataset(
        {"measured": (("endpoint", "replicate", "arm", "patient", "visit"), record)},
        coords={"endpoint": ["easi75", "easi"], "arm": ["on", "off"], "visit": list(WEEKS),
                "replicate": range(replicates)},
    )  # fmt: skip


def test_closed_form_who_goes_on() -> None:
    design = trial()
    rule = np.array([[0.0, 1.0, 0.0], [0.0, 0.0, np.nan], [0.0, np.nan, np.nan]])
    assert goes_on(design, "on", rule).tolist() == [True, False, False]
    early = trial(week=16.0)  # arms are compared before anybody is chosen
    assert goes_on(early, "on", rule).all()
    of_one = design.responders.model_copy(update={"arms": ("on",)})
    assert goes_on(design.model_copy(update={"responders": of_one}), "off", rule).all()
    assert goes_on(load_trial("six-strain-children"), "placebo", rule).all()


def test_nothing_is_known_of_who_does_not_go_on() -> None:
    data = made_up()
    record = of_who_go_on(data["measured"], trial()).transpose(*data["measured"].dims)
    out = np.isnan(data["measured"].values[0, ..., 2])
    assert np.isnan(record.values[:, out]).all()
    np.testing.assert_array_equal(record.values[:, ~out], data["measured"].values[:, ~out])


@pytest.mark.parametrize(
    ("name", "method", "missing"),
    [
        ("easi75", "mantel-haenszel", "non-responder"), ("easi75", "g-computation", "locf"),
        ("easi", "ancova", "locf"), ("easi", "ancova", "multiple imputation"),
        ("easi", "ancova", "jump to reference"), ("easi", "mmrm", "as observed"),
    ],
)  # fmt: skip
def test_no_rule_for_missing_values_brings_back_who_does_not_go_on(name, method, missing) -> None:
    """As failures they halved the difference, 0.3 beside 80 and 20% of those who went on."""
    design, data = trial(primary=name, method=method, missing=missing), made_up()
    endpoint = {one.name: one for one in endpoints_of(load_model(), ("easi75", "easi"))}[name]
    one = SimpleNamespace(name=name, log=False, lower_is_better=endpoint.lower_is_better)
    found = compare(_records(one, data, design, "on", endpoint), method, missing)
    last = data["measured"].sel(endpoint=name).values[..., 2]
    seen = np.nanmean(last, axis=2)
    expected = float((seen[:, 0] - seen[:, 1]).mean())
    assert (found.untested == 0).all()
    assert float(found.difference.mean()) == pytest.approx(expected, rel=0.08)
    assert abs(expected) > (0.5 if name == "easi75" else 10.0)


def test_curves_of_who_is_without_an_event_are_of_those_who_go_on() -> None:
    data, design = made_up(), trial(method="log-rank")
    ends = endpoints_of(load_model(), ("easi75", "easi"))
    curve = event_free(data, design, ends)[0]
    assert curve.shape == (2, 3, 30)
    assert (curve[:, 1] == 0.0).all()  # all who go on have responded by then
