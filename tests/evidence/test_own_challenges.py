"""What our own model is put through beside published ones, and what is made of its answers.

The engine is replaced: whoever asks for courses is told what he asked.
"""

from types import SimpleNamespace

import numpy as np
import pytest

from gutskin.evidence import own_challenges as own
from gutskin.evidence.reference_models import experiment
from gutskin.model.compiled import load_model

PLAN = experiment("own")


@pytest.fixture
def asked(monkeypatch):
    """Every request for courses; the answer is made of the number of the request and the day."""
    found = []

    def follow(parameters, start, schedule, days):
        number = len(found) + 1
        found.append(SimpleNamespace(parameters=parameters, start=start, schedule=schedule,
                                     days=list(days)))  # fmt: skip
        count = np.shape(start)[1]
        base = np.array([[number * 10.0 + place] for place in range(len(days))])
        return {name: np.repeat(base + i, count, 1) for i, name in enumerate(own.QUANTITIES)}

    monkeypatch.setattr(own, "_follow", follow)
    return found


@pytest.fixture
def adults(monkeypatch):
    start = np.ones((84, 3))
    parameters = {"atopy": np.arange(3.0), "emollient": np.array([0.0, 0.5, 0.9])}
    monkeypatch.setattr(own, "_severe_adults", lambda: (parameters, start))
    return parameters


def holds(one):
    return {hold.parameter: hold for hold in one.schedule.holds}


def test_unit_care_is_added_to_what_they_use_and_the_drug_comes_on_top(asked, adults):
    told = own.own_dupilumab()
    placebo, drug = asked
    np.testing.assert_array_equal(told["weeks"], np.arange(17.0))
    np.testing.assert_array_equal(placebo.days, 7 * np.arange(17.0))
    for one in asked:
        cream = holds(one)["emollient"]
        assert (cream.start, cream.end) == (0.0, 112.0)
        np.testing.assert_allclose(cream.value, [0.2, 0.7, 1.0])
        usual = load_model().values()["topical_steroid"]
        np.testing.assert_allclose(holds(one)["topical_steroid"].value, usual + 0.05)
    assert not placebo.schedule.pulses
    assert {pulse.state for pulse in drug.schedule.pulses} == {"drug_1_depot"}
    assert told["placebo"][0, 0] == 10.0
    assert told["dupilumab"][-1, 0] == 36.0


def test_unit_killing_is_looked_at_after_four_and_sixteen_weeks(asked, adults):
    told = own.own_killing()
    assert [one.days for one in asked] == [[0.0, 28.0, 112.0]] * 2
    for one, arm in zip(asked, ("spared", "killed"), strict=True):
        for name, value in PLAN[arm].items():
            hold = holds(one)[name]
            assert (hold.start, hold.end, hold.value) == (0.0, 113.0, value)
        np.testing.assert_array_equal(told[f"{arm}_log10"], np.full(3, -2.0))  # first less last
    assert told["killed"][0, 0] == 20.0


def test_closed_form_the_acids_are_summed_and_butyrate_has_its_share():
    read = {
        f"{acid}_concentration": np.array([[9.0, 9.0], [value, 3 * value]])
        for acid, value in zip(own.ACIDS, (10.0, 4.0, 6.0), strict=True)
    }
    assert own._acids(read) == pytest.approx((40.0, 12.0 / 40.0))


def test_closed_form_the_colon(monkeypatch):
    """At the end all is 2, acids are 3, 2 and 1 mM, under fibre butyrate is twice as much, slower
    half as much, and of 4 acids in stool half; on the first day nobody looks."""
    model = load_model()
    values = model.values()
    asked = []

    def follow(parameters, start, schedule, days):
        asked.append((parameters, schedule, days))
        size = (1.0, 2.0, 0.5)[len(asked) - 1]

        def last(value):
            return np.stack([np.full(own.PATIENTS, 77.0), np.full(own.PATIENTS, value)])

        whole = dict.fromkeys(own.QUANTITIES, last(2.0))
        acids = dict(zip(own.ACIDS, (3.0, 2.0, size), strict=True))
        found = {f"{acid}_concentration": last(size * level) for acid, level in acids.items()}
        return {**whole, **found, "stool_scfa_output": last(4 * size)}

    transit = np.full(own.PATIENTS, 1.2)
    monkeypatch.setattr(own, "_follow", follow)
    monkeypatch.setattr(own, "_populations", lambda: {"healthy_adult": {"k_transit": transit}})
    monkeypatch.setattr(own, "_settled", lambda name: np.ones((84, own.PATIENTS)))
    told = own.own_colon()
    assert (told["r4_acetate"], told["r4_propionate"], told["r4_butyrate"]) == pytest.approx(
        (50.0, 100 / 3, 50 / 3)
    )
    assert (told["r4_total"], told["r4_ph"]) == (6.0, 2.0)
    assert told["r4_fibre"] == pytest.approx(100 * (14.0 / 6.0 - 1))
    assert told["r4_fibre_butyrate"] == pytest.approx(100 * (4.0 / 14.0 - 1.0 / 6.0))
    assert told["r4_transit"] == pytest.approx(100 * (2.75 / 6.0 - 1))
    assert told["r4_transit_stool"] == pytest.approx(-50.0)
    crowding = values["g_crowding"] * 2.0 / values["x_gut"]
    leaving = 1.2 * 2.0 * (5 + 4 * crowding)  # enterobacteria do not leave by crowding
    assert told["r4_microbes"] == pytest.approx(leaving * 12.011e-3 / PLAN["carbon_share"])
    (_, usual, days), (_, fibre, _), (slow, _, _) = asked
    assert not usual.holds
    assert days == [0.0, PLAN["fibre_days"]]
    (hold,) = fibre.holds
    assert (hold.parameter, hold.start, hold.end, hold.value) == ("diet_fibre", 0.0, 61.0, 1.5)
    np.testing.assert_allclose(slow["k_transit"], 1.2 / 1.5)


def test_closed_form_infants_by_birth_and_weaning(asked):
    curves = own.own_infants()
    model = load_model()
    assert set(curves) == {
        f"own_{birth}_{weaning}"
        for birth in ("birth_vaginal", "birth_c_section") for weaning in PLAN["infant_weaning"]
    }  # fmt: skip
    first = asked[0]
    assert first.days == [0.0, *PLAN["infant_days"]]
    np.testing.assert_array_equal(first.parameters["t_weaning"], np.full(own.INFANTS, 90.0))
    np.testing.assert_array_equal(first.parameters["age_at_start"], np.zeros(own.INFANTS))
    np.testing.assert_array_equal(first.start[:, 0], model.initial("birth_vaginal"))
    np.testing.assert_array_equal(asked[-1].start[:, 5], model.initial("birth_c_section"))
    days, ratio = curves["own_birth_vaginal_90"]
    np.testing.assert_array_equal(days, PLAN["infant_days"])
    up, down = (own.QUANTITIES.index(f"gut_{name}") for name in ("bifidobacteria", "bacteroides"))
    places = 10.0 + np.arange(1, len(days) + 1)
    np.testing.assert_allclose(ratio, np.log10((places + up) / (places + down)))


def test_unit_hysteresis_starts_from_health_and_from_disease_at_every_allergen(monkeypatch):
    asked = []

    def settle(model, parameters, patients, **given):
        asked.append((parameters, patients, given))
        return len(asked)

    def read(courses):
        return {"scorad": np.array([[0.0] * 9, [1.0] * 9, np.arange(9.0) + 100 * courses])}

    typical = {"atopy": np.array([1.0, 2.0, 9.0]), "k_ph": 0.5}
    monkeypatch.setattr(own, "run_to_steady_state", settle)
    monkeypatch.setattr(own, "_read", read)
    monkeypatch.setattr(own, "_populations", lambda: {"ad_adult": typical})
    curves = own.own_hysteresis()
    names = [f"own_{start}_{times}" for times in (1, 2) for start in ("healthy_adult", "severe")]
    assert list(curves) == names
    for number, (name, (parameters, patients, given)) in enumerate(
        zip(names, asked, strict=True), 1
    ):
        np.testing.assert_array_equal(curves[name][0], PLAN["allergen"])
        np.testing.assert_array_equal(curves[name][1], np.arange(9.0) + 100 * number)
        np.testing.assert_array_equal(
            parameters["atopy"], np.full(9, 2.0 * PLAN["atopy"][(number - 1) // 2])
        )
        np.testing.assert_array_equal(parameters["allergen_skin"], PLAN["allergen"])
        assert parameters["k_ph"] == 0.5
        assert patients == 9
        assert given["start"] in name
        assert (given["days"], given["rtol"]) == (120.0, 1e-3)


def test_unit_severe_adults_are_those_whom_trials_enrol(monkeypatch):
    parameters = {"atopy": np.arange(4.0), "k_ph": 0.5}
    start = np.arange(8.0).reshape(2, 4)
    easi = np.array([[15.9, 16.0, 30.0, 2.0], [99.0] * 4])
    monkeypatch.setattr(own, "_populations", lambda: {"ad_adult": parameters})
    monkeypatch.setattr(own, "_settled", lambda name: start)
    asked = []
    monkeypatch.setattr(own, "_follow", lambda *given: asked.append(given) or {"easi": easi})
    own._severe_adults.cache_clear()
    try:
        chosen, states = own._severe_adults()
    finally:
        own._severe_adults.cache_clear()
    np.testing.assert_array_equal(chosen["atopy"], [1.0, 2.0])
    assert chosen["k_ph"] == 0.5
    np.testing.assert_array_equal(states, start[:, 1:3])
    ((_, begun, schedule, days),) = asked
    assert (begun is start, schedule.holds, days) == (True, (), [0.0, 1.0])


def test_property_the_same_ids_are_drawn_in_three_populations():
    found = own._populations()
    assert set(found) == {"ad_adult", "healthy_adult", "healthy_infant"}
    names = [set(one) for one in found.values()]
    assert names[0] == names[1] == names[2]
    weaning = load_model().values()["t_weaning"]
    for one in found.values():
        np.testing.assert_array_equal(one["t_weaning"], np.full(own.PATIENTS, weaning))
    assert np.ptp(found["ad_adult"]["atopy"]) > 0
    assert found["ad_adult"]["atopy"].mean() > found["healthy_adult"]["atopy"].mean()


class Courses:
    """Courses of 84 states in three people; a quantity is ten times its place, and the day."""

    end = np.full((84, 3), 5.0)

    def quantities(self, names):
        return np.array([[[10.0 * place + day] * 3 for place in range(len(names))]
                         for day in range(2)])  # fmt: skip


def test_closed_form_every_quantity_is_read_by_its_name_and_looked_at(monkeypatch):
    checked = []
    monkeypatch.setattr(own, "refuse_unsound", lambda *given: checked.append(given))
    courses = Courses()
    found = own._read(courses)
    assert list(found) == list(own.QUANTITIES)
    for place, values in enumerate(found.values()):
        np.testing.assert_array_equal(values, [[10.0 * place] * 3, [10.0 * place + 1] * 3])
    assert checked == [(load_model(), courses, found)]


def test_unit_all_courses_share_their_tolerance_and_inputs(monkeypatch):
    asked = []

    def simulate(model, parameters, start, schedule, days, **control):
        asked.append((parameters, start, schedule, days, control))
        return Courses()

    def settle(model, parameters, count, **control):
        asked.append((parameters, count, control))
        return Courses()

    monkeypatch.setattr("gutskin.engine.simulate", simulate)
    monkeypatch.setattr(own, "run_to_steady_state", settle)
    monkeypatch.setattr(own, "refuse_unsound", lambda *given: None)
    monkeypatch.setattr(own, "_populations", lambda: {"ad_adult": {"k_ph": 1.0}})
    assert own._follow({"k_ph": 1.0}, "start", "schedule", [0.0, 1.0])["easi"][1, 0] == 1.0
    own._settled.cache_clear()
    try:
        np.testing.assert_array_equal(own._settled("ad_adult"), Courses.end)
    finally:
        own._settled.cache_clear()
    control = {"rtol": 3e-3, "varying": own.MOVED}
    assert asked == [
        ({"k_ph": 1.0}, "start", "schedule", [0.0, 1.0], control),
        ({"k_ph": 1.0}, own.PATIENTS, control),
    ]


def test_unit_levels_of_the_drug_are_read_every_day_of_the_trial_and_after(asked, monkeypatch):
    monkeypatch.setattr(own, "_populations", lambda: {"ad_adult": {"k_ph": 1.0}})
    monkeypatch.setattr(own, "_settled", lambda name: np.ones((84, 3)))
    levels = own.own_dupilumab_levels()
    (one,) = asked
    place = own.QUANTITIES.index("drug_1_level")
    np.testing.assert_array_equal(levels[:, 0], 10.0 + place + np.arange(len(one.days)))
    assert one.parameters == {"k_ph": 1.0}
    assert {pulse.state for pulse in one.schedule.pulses} == {"drug_1_depot"}
    assert one.days[:2] == [0.0, 1.0]
    assert one.days[-1] > 112.0
