"""Who goes on into a second part: closed forms, and that nothing missing brings others back."""

from types import SimpleNamespace

import numpy as np
import pytest
import xarray as xr

from gutskin.model.compiled import load_model
from gutskin.statistics.negative_binomial import negative_binomial
from gutskin.trials.by_method import _records
from gutskin.trials.contrast import compare
from gutskin.trials.design import TrialDesign, load_trial
from gutskin.trials.endpoints import endpoints_of, flares, with_events
from gutskin.trials.event_times import event_free, summarised
from gutskin.trials.run import run_trial
from gutskin.trials.second_part import counted_from, goes_on, of_who_go_on

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
        ("easi75", "mantel-haenszel", "non-responder"),
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


def test_closed_form_events_are_counted_from_where_arms_part() -> None:
    design = trial()
    assert counted_from(design) == 1
    assert counted_from(trial(week=16.0)) == 0  # arms are compared before they part
    assert counted_from(load_trial("six-strain-children")) == 0
    score = np.array([[10.0, 30.0, 12.0, 20.0, 12.0, 19.0]]).T
    (flares,) = endpoints_of(load_model(), ("flares",))
    values = np.stack([score])
    assert with_events((flares,), values)[0, :, 0].tolist() == [0, 1, 1, 2, 2, 3]
    assert with_events((flares,), values, [2])[0, :, 0].tolist() == [0, 0, 0, 1, 1, 2]


LATER = (0.0, 4.0, 16.0, 26.0, 36.0)


def flaring(method):
    """Everybody responds; flares of the first part are no longer counted in the second."""
    whole = trial().model_dump(exclude={"analysis", "visits"}) | {
        "visits": {"weeks": LATER},
        "analysis": {"primary": "flares", "endpoints": ("flares", "easi75"), "method": method,
                     "methods": {"easi75": "ancova"}},
    }  # fmt: skip
    rng = np.random.default_rng(2)
    new = rng.random((20, 2, 40, 2)) < np.array([0.2, 0.5])[:, None, None]
    count = np.concatenate([np.zeros((20, 2, 40, 3)), new.cumsum(axis=-1)], axis=-1)
    response = np.broadcast_to(np.array([0.0, 1.0, 1.0, 1.0, 1.0]), count.shape)
    data = xr.Dataset(
        {"measured": (("endpoint", "replicate", "arm", "patient", "visit"),
                      np.stack([count, response]))},
        coords={"endpoint": ["flares", "easi75"], "arm": ["on", "off"], "visit": list(LATER),
                "replicate": range(20)},
    )  # fmt: skip
    return TrialDesign.model_validate(whole), data, new


def contrast_of(design, data, method):
    ends = endpoints_of(load_model(), ("flares", "easi75"))
    one = SimpleNamespace(name="flares", log=False, lower_is_better=True)
    return compare(_records(one, data, design, "on", ends[0]), method, "as observed")


def test_second_program_flares_are_over_the_weeks_since_the_second_part_began() -> None:
    """Over weeks since entry the rates would be too low, and of who leaves early by the most."""
    design, data, new = flaring("negative-binomial")
    data["measured"][..., 4][:, :, :, :9] = np.nan  # nine of each arm leave after week 26
    found = contrast_of(design, data, "negative-binomial")
    weeks = np.where(np.arange(40) < 9, 10.0, 20.0)
    count = np.where(np.arange(40) < 9, new[..., 0], new.sum(axis=-1))
    x = np.stack([np.ones(80), np.repeat([1, 0], 40)], axis=-1)
    fit = negative_binomial(count.reshape(20, 80), x, np.tile(weeks, 2))
    assert found.log_ratio == pytest.approx(fit.coefficients.value[:, 1])


@pytest.mark.parametrize("method", ["log-rank", "cox"])
def test_times_run_from_where_the_second_part_begins(method) -> None:
    design, data, new = flaring(method)
    ends = endpoints_of(load_model(), ("flares", "easi75"))
    curve = event_free(data, design, ends)[0]
    assert curve.shape == (2, 3, 20)
    assert (curve[:, 0] == 1.0).all()
    np.testing.assert_allclose(curve[:, 1], 1 - new[..., 0].mean(axis=2).T)
    told = summarised(design, ["flares"], curve[None])["flares"]["on"]
    assert [one["week"] for one in told] == [16.0, 26.0, 36.0]
    before = data.copy(deep=True)
    before["measured"].loc[{"endpoint": "flares", "visit": 4.0}] = 1.0  # nothing to the second
    np.testing.assert_array_equal(
        contrast_of(design, data, method).p, contrast_of(design, before, method).p
    )


def test_engine_flares_of_a_withdrawal_are_those_of_its_second_part() -> None:
    drug = {"kind": "drug", "name": "dupilumab"}
    arms = (
        {"name": "on", "n": 4, "interventions": (drug,)},
        {"name": "off", "n": 4, "control": True, "interventions": (drug | {"end_week": 16.0},)},
    )
    design = TrialDesign.model_validate({
        "name": "withdrawal", "population": "ad_adult", "arms": arms,
        "eligibility": {"easi": (16.0, 72.0)},
        "visits": {"weeks": (0.0, 4.0, 8.0, 16.0, 24.0, 36.0)},
        "responders": {"at_week": 16.0, "rule": "easi50"},
        "analysis": {"primary": "flares", "endpoints": ("flares", "easi", "easi50"),
                     "method": "negative-binomial"},
    })  # fmt: skip
    data = run_trial(design, load_model(), 2, keep_patients=True).data
    for record in (data["measured"], data["latent"]):
        count = record.sel(endpoint="flares")
        assert (count.sel(visit=[0.0, 4.0, 8.0, 16.0]) == 0).all()
        assert count.sel(visit=36.0).max() >= 1
    easi = data["measured"].sel(endpoint="easi").transpose(..., "visit", "patient").values
    again = flares(easi[..., 3:, :], 6.6)
    there = np.isfinite(easi[..., -1, :])
    count = data["measured"].sel(endpoint="flares").transpose(..., "visit", "patient").values
    np.testing.assert_array_equal(again[..., -1, :][there], count[..., -1, :][there])
