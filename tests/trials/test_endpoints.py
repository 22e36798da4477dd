"""Endpoints in closed form: what is read, the error of a record, what expectation takes off."""

from dataclasses import dataclass

import numpy as np
import pytest

from gutskin.engine import Hold, Schedule, simulate
from gutskin.model.compiled import load_model
from gutskin.population.streams import draw, patient_keys
from gutskin.trials.endpoints import (
    Endpoint,
    endpoints_of,
    errors,
    expected_relief,
    measured,
    measurement_noise,
    read,
    with_events,
)


def endpoint(name="score", **changes):
    values = {
        "name": name, "quantity": name, "unit": "points", "label": name, "log": False,
        "noise": 2.0, "noise_spread": 0.0, "low": -np.inf, "high": np.inf, "expectation": 0.0,
        "lower_is_better": True,
    }  # fmt: skip
    return Endpoint(**values | changes)


TRUE = np.array([[[10.0, 20.0, 30.0], [8.0, 16.0, 24.0]]])  # [endpoint, visit, patient]
Z = np.array([[[0.0, 1.0, -1.0], [2.0, -2.0, 0.5]]])
RELIEF = np.array([[[0.0, 0.0, 0.0], [1.0, 2.0, 3.0]]])


def test_closed_form_a_record_is_the_truth_less_the_relief_plus_the_error():
    found = measured((endpoint(noise=2.0),), TRUE, Z, RELIEF)
    assert np.array_equal(found, [[[10.0, 22.0, 28.0], [11.0, 10.0, 22.0]]])


def test_closed_form_an_error_on_the_logarithm_multiplies():
    found = measured((endpoint(log=True, noise=0.3),), TRUE, Z, np.zeros_like(RELIEF))
    assert np.allclose(np.log(found / TRUE), 0.3 * Z, rtol=0, atol=1e-15)


def test_closed_form_an_error_that_is_told_at_a_score_grows_with_the_root_of_the_score():
    found = measured((endpoint(noise=2.0, noise_at=40.0),), TRUE, Z, RELIEF)
    assert np.allclose(found, TRUE - RELIEF + 2.0 * np.sqrt(TRUE / 40.0) * Z, rtol=1e-15, atol=0)
    gone = measured((endpoint(noise=2.0, noise_at=40.0),), 0 * TRUE - 1e-9, Z, 0 * RELIEF)
    assert np.array_equal(gone, 0 * TRUE - 1e-9)  # nothing to misread, and no root of less


def test_a_record_stays_on_its_scale_at_both_ends():
    found = measured((endpoint(noise=50.0, low=5.0, high=25.0),), TRUE, Z, RELIEF)
    assert np.array_equal(found, [[[10.0, 25.0, 5.0], [25.0, 5.0, 25.0]]])


def test_each_endpoint_has_its_own_error():
    both = (endpoint(noise=1.0), endpoint(log=True, noise=0.1))
    found = measured(both, np.repeat(TRUE, 2, 0), np.repeat(Z, 2, 0), np.zeros((2, 2, 3)))
    assert np.allclose(found[0], TRUE[0] + Z[0])
    assert np.allclose(found[1], TRUE[0] * np.exp(0.1 * Z[0]))


def test_closed_form_expectation_takes_a_share_of_what_the_patient_rates():
    subjective = np.array([[4.0, 6.0, 8.0], [3.0, 5.0, 7.0]])
    ends = (endpoint("scorad"), endpoint("itch", expectation=1.0), endpoint("tewl"))
    relief = expected_relief(ends, np.repeat(TRUE, 3, 0), subjective, 0.1)
    assert np.allclose(relief[0, 1], 0.1 * subjective[1])  # of SCORAD: its subjective points
    assert np.allclose(relief[1, 1], 0.1 * TRUE[0, 1])  # of a rating: all of it
    assert np.array_equal(relief[2], np.zeros((2, 3)))  # of a device: nothing


def test_expectation_lowers_a_rating_and_never_raises_it():
    ends = (endpoint("scorad", noise=0.0), endpoint("itch", expectation=1.0, noise=0.0))
    true = np.repeat(TRUE, 2, 0)
    relief = expected_relief(ends, true, np.ones((2, 3)), 0.2)
    found = measured(ends, true, np.zeros_like(true), relief)
    assert (found[:, 1] < true[:, 1]).all()


def test_at_enrolment_nobody_expects_anything_yet():
    relief = expected_relief((endpoint("scorad"),), TRUE, np.ones((2, 3)), 0.2)
    assert np.array_equal(relief[:, 0], np.zeros((1, 3)))


def test_without_expectation_nothing_is_taken_off():
    ends = (endpoint("scorad"), endpoint("itch", expectation=1.0))
    relief = expected_relief(ends, np.repeat(TRUE, 2, 0), np.ones((2, 3)), 0.0)
    assert not relief.any()


@dataclass(frozen=True)
class Courses:
    """One patient whose quantities stay what they are."""

    table: dict
    times: int = 1
    before: float = 0.0

    def quantities(self, names):
        return np.array([[[self.table[name]] for name in names]] * self.times)


def test_closed_form_who_is_seen_first_is_not_treated_yet_and_who_is_seen_last_still_is():
    """An emollient softens at once: SCORAD falls with it, and rises where it ends."""
    model = load_model()
    start = model.initial("severe")[:, None]
    ends = endpoints_of(model, ["scorad", "tewl"])

    def at_both_ends(*holds):
        courses = simulate(model, {}, start, Schedule(holds=holds), [0.0, 28.0])
        return read(courses, ends)[0][:, :, 0]

    none, to_the_visit, longer = (
        at_both_ends(),
        at_both_ends(Hold("emollient", 0.0, 28.0, 1.0)),
        at_both_ends(Hold("emollient", 0.0, 40.0, 1.0)),
    )
    assert np.array_equal(to_the_visit[:, 0], none[:, 0])
    assert np.allclose(to_the_visit, longer, rtol=1e-9)
    held = simulate(model, {"emollient": 1.0}, longer_state(model, start), Schedule(), [0.0, 1e-6])
    assert np.allclose(read(held, ends)[0][:, 0, 0], longer[:, 1], rtol=1e-4)
    assert longer[0, 1] < none[0, 1] - 0.5


def longer_state(model, start):
    """The state after four weeks of emollient."""
    schedule = Schedule(holds=[Hold("emollient", 0.0, 40.0, 1.0)])
    return simulate(model, {}, start, schedule, [0.0, 28.0]).states[-1]


def test_reading_keeps_endpoints_apart_and_adds_up_the_subjective_points():
    table = {"tewl": 7.0, "scorad": 40.0, "itch_score": 5.0, "sleep_loss": 3.0}
    values, subjective = read(Courses(table, 2), (endpoint("tewl"), endpoint("scorad")))
    assert np.array_equal(values, [[[7.0], [7.0]], [[40.0], [40.0]]])
    assert np.array_equal(subjective, [[8.0], [8.0]])


def test_errors_are_standard_normal_and_independent_from_visit_to_visit():
    keys = patient_keys(0, "placebo", 4000)
    z = measurement_noise((endpoint("scorad"), endpoint("itch")), keys, 3, 3)
    assert z.shape == (2, 3, 4000)
    rows = z.reshape(6, 4000)
    within = 4 / np.sqrt(4000)  # four standard errors of a mean
    assert np.abs(rows.mean(axis=1)).max() < within
    assert np.abs(rows.std(axis=1) - 1).max() < within
    assert np.abs(np.corrcoef(rows) - np.eye(6)).max() < within


def test_property_how_large_an_error_is_differs_between_trials_as_the_table_says():
    """One size for all of a trial and for all that is told by the same record."""
    width = {"noise_spread": 0.3}
    ends = (endpoint("scorad", **width), endpoint("easi", **width), endpoint("itch"))
    answer = endpoint("mild", record="scorad", cutoff=25.0, response="below", **width)
    keys = np.concatenate([patient_keys(number, "mix", 4) for number in range(2000)])
    found = errors((*ends, answer), keys, 3, 2, "measure")
    z = draw(3, [f"measure/{one.stream}" for one in (*ends, answer)], keys, 2)
    size = np.log(found / np.moveaxis(z, 2, 1)).reshape(4, 2, 2000, 4)
    assert np.allclose(size[2], 0.0)  # no width
    assert np.allclose(size[0], size[3])
    assert np.ptp(size, axis=(1, 3)).max() < 1e-9
    own = size[:2, 0, :, 0]
    assert np.std(own, axis=1) == pytest.approx(0.3, rel=0.08)
    assert np.mean(own, axis=1) == pytest.approx(0.0, abs=0.03)
    assert abs(np.corrcoef(own)[0, 1]) < 0.1


@pytest.mark.parametrize(
    ("name", "unit"),
    [("s_aureus", "units"), ("skin_il22", "units"), ("eczema", "1"), ("easi75", "1"),
     ("scorad", "points"), ("iga", "points"), ("tewl", "g/m2/h")],
)  # fmt: skip
def test_a_number_without_unit_is_a_share_of_patients_only_where_each_has_it_or_not(name, unit):
    assert endpoints_of(load_model(), [name])[0].unit == unit


def test_closed_form_the_spread_of_an_error_is_that_of_its_ends():
    model = load_model()
    (scorad,) = endpoints_of(model, ["scorad"])
    row = model.tables.endpoints["scorad"]
    ends = np.log([row.number("noise_low"), row.number("noise_high")])
    assert scorad.noise_spread == pytest.approx(np.diff(ends)[0] / (2 * 1.959964), rel=1e-6)


def test_the_error_of_an_endpoint_belongs_to_its_name_and_not_to_its_place():
    keys = patient_keys(2, "active", 5)
    two = measurement_noise((endpoint("scorad"), endpoint("itch")), keys, 3, 4)
    one = measurement_noise((endpoint("itch"),), keys, 3, 4)
    assert np.array_equal(one[0], two[1])
    assert np.array_equal(two[0].T, draw(3, ["measure/scorad"], keys, 4)[0])  # of no width


@pytest.mark.parametrize("name", sorted(load_model().tables.endpoints))
def test_every_column_of_the_table_reaches_the_endpoint(name):
    row = load_model().tables.endpoints[name].cells
    (found,) = endpoints_of(load_model(), (name,))
    assert (found.name, found.quantity, found.unit, found.label) == (
        name, row["quantity"],
        "units" if row["unit"] == "1" and not row["cutoff"] else row["unit"], row["label"],
    )  # fmt: skip
    assert found.log == (row["scale"] == "log")
    assert found.noise == float(row["noise"]) > 0
    assert found.noise_at == (float(row["noise_at"]) if row["noise_at"] else None)
    assert found.low == (float(row["low"]) if row["low"] else -np.inf)
    assert found.high == (float(row["high"]) if row["high"] else np.inf)
    assert found.expectation == float(row["expectation"])
    assert found.lower_is_better == (row["better"] != "higher")


def test_only_what_a_patient_rates_can_be_moved_by_expectation():
    rated = {
        name
        for name, row in load_model().tables.endpoints.items()
        if row.number("expectation") != 0
    }
    asked = {"poem", "poem_mcid", "dlqi", "dlqi_mcid", "cdlqi", "idqol"}
    # SCORAD by its two subjective items, elsewhere
    assert rated == {"itch", "itch4", "sleep"} | asked


def test_what_is_measured_by_its_logarithm_has_no_relief_to_lose():
    rows = load_model().tables.endpoints.values()
    assert not [row.id for row in rows if row.text("scale") == "log" and row.number("expectation")]


def test_closed_form_a_record_with_a_cut_off_is_yes_or_no():
    one = (endpoint(noise=2.0, cutoff=15.0),)
    found = with_events(one, measured(one, TRUE, Z, np.zeros_like(RELIEF)))
    assert np.array_equal(found, [[[0, 1, 1], [0, 0, 1]]])  # 10, 22, 28; 12, 12, 25


def test_closed_form_who_has_had_it_keeps_it():
    at_visit, ever = endpoint(cutoff=15.0), endpoint(cutoff=15.0, ever=True)
    true = np.array([[[10.0, 20.0], [16.0, 8.0], [9.0, 8.0]]])  # [endpoint, visit, patient]
    assert np.array_equal(with_events((at_visit,), true), [[[0, 1], [1, 0], [0, 0]]])
    assert np.array_equal(with_events((ever,), true), [[[0, 1], [1, 1], [1, 1]]])


def test_without_a_cut_off_values_stay_as_they_are():
    assert np.array_equal(with_events((endpoint(),), TRUE), TRUE)


def test_food_sensitisation_and_eczema_with_and_without_it_are_endpoints():
    names = ("food_sensitisation", "eczema", "atopic_eczema", "nonatopic_eczema")
    found = {one.name: one for one in endpoints_of(load_model(), names)}
    assert found["food_sensitisation"].cutoff == 3.0
    assert not found["food_sensitisation"].ever
    assert all(found[name].ever and found[name].cutoff == 3.5 for name in names[1:])


def test_closed_form_who_has_fallen_by_three_quarters_of_his_own_first_record():
    one = endpoint(cutoff=0.75, response="fall")
    records = np.array([[[40.0, 40.0, 8.0], [10.0, 10.1, 2.0], [12.0, 1.0, 0.0]]])
    assert np.array_equal(with_events((one,), records), [[[0, 0, 0], [1, 0, 1], [0, 1, 1]]])


def test_closed_form_whose_score_was_nothing_at_first_has_not_fallen():
    one = endpoint(cutoff=0.75, response="fall")
    records = np.array([[[0.0, 0.1], [0.0, 0.0], [3.0, 0.02]]])
    assert np.array_equal(with_events((one,), records), [[[0, 0], [0, 1], [0, 1]]])


def test_closed_form_who_is_at_most_so_ill():
    one = endpoint(cutoff=3.0, response="below")
    records = np.array([[[40.0, 3.0], [3.1, 2.9]]])
    assert np.array_equal(with_events((one,), records), [[[0, 1], [0, 1]]])


def test_responders_are_read_from_the_record_of_their_score():
    ends = endpoints_of(load_model(), ("easi", "easi50", "easi75", "easi90", "iga01"))
    assert {one.stream for one in ends} == {"easi"}
    assert [one.cutoff for one in ends] == [None, 0.5, 0.75, 0.9, 3.0]
    assert [one.lower_is_better for one in ends] == [True, False, False, False, False]
    assert len({one.noise for one in ends}) == 1
    keys = patient_keys(0, "a", 20)
    z = measurement_noise(ends, keys, 3, 2)
    assert (z == z[:1]).all()


def test_closed_form_better_by_points_and_not_worse_than_the_start():
    names = ["scorad", "scorad_mcid", "scorad_lower", "scorad_mild"]
    ends = endpoints_of(load_model(), names)
    score = np.array([[40.0, 40.0, 24.0], [31.3, 31.4, 24.0]])  # [visit, patient]
    found = with_events(ends, np.stack([score] * 4))
    assert found[1].tolist() == [[0, 0, 0], [1, 0, 0]]
    assert found[2, 1].tolist() == [1, 1, 1]
    assert found[3].tolist() == [[0, 0, 1], [0, 0, 1]]
    assert {one.stream for one in ends} == {"scorad"}


def test_closed_form_objective_scorad_is_what_the_physician_sees():
    of = {"scorad": 50.0, "itch_score": 6.0, "sleep_loss": 3.0}
    ends = endpoints_of(load_model(), ["scorad", "objective_scorad"])
    true, subjective = read(Courses(of), ends)
    assert true[:, 0, 0].tolist() == [50.0, 41.0]
    assert subjective[0, 0] == 9.0
    relief = expected_relief(ends, true, subjective, 0.1)
    assert not relief[1].any()
