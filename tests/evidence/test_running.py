"""Who takes part in an experiment, when he is looked at, and what his group's means are."""

import numpy as np
import pytest

from gutskin.errors import InputError
from gutskin.evidence import running
from gutskin.evidence.experiment_parts import Check, Experiment
from gutskin.model.compiled import load_model
from gutskin.population.streams import name_number

CHECK = {"says": "it rises", "quantity": "skin_ph_lesional", "expected": (0.0, 1.0),
         "contrast": {"a": 1.0, "b": -1.0}}  # fmt: skip


def experiment(worlds=4, patients=3, **given):
    usual = {"experiment": "washing", "evidence_verdict": "thin", "why": "few", "days": 28}
    one = Experiment.model_validate({**usual, **given})
    return one.model_copy(update={"worlds": worlds, "patients": patients})  # fewer than files may


def check(**read):
    return Check.model_validate({**CHECK, "read": read})


def test_closed_form_everybody_belongs_to_a_world_and_has_a_key_of_his_own():
    group = running._everyone(experiment())
    assert (len(group), group.keys.shape) == (12, (12, 3))
    np.testing.assert_array_equal(group.world, np.repeat(np.arange(4), 3))
    np.testing.assert_array_equal(group.keys[:, 0], group.world)
    assert set(group.keys[:, 1]) == {name_number("experiment")}
    np.testing.assert_array_equal(group.keys[:, 2], np.tile(np.arange(3), 4))


def test_closed_form_where_a_score_is_asked_for_eight_are_drawn_for_each():
    group = running._everyone(experiment(scorad=(20.0, 50.0)))
    assert len(group) == 4 * 3 * 8
    np.testing.assert_array_equal(group.keys[:, 2], np.tile(np.arange(24), 4))


def test_closed_form_means_of_worlds():
    group = running._everyone(experiment(worlds=2))
    np.testing.assert_allclose(group.averaged(np.array([1.0, 2, 6, 10, 20, 30])), [3.0, 20.0])
    chosen = group.chosen(np.array([4, 5]))
    np.testing.assert_array_equal(chosen.world, [0, 0])  # the first world has nobody left
    np.testing.assert_allclose(chosen.averaged(np.array([2.0, 4.0])), [3.0])


def test_closed_form_the_first_of_each_world_whose_score_is_in_the_range_ends_included():
    one = experiment(worlds=2, patients=2, scorad=(20.0, 50.0))
    group = running._everyone(one)
    score = np.full(32, 60.0)
    score[[3, 5, 9]] = 20.0, 50.0, 30.0
    score[[16, 31]] = 20.5, 49.5
    np.testing.assert_array_equal(running._in_range(one, group, score), [3, 5, 16, 31])


def test_unit_worlds_without_enough_patients_are_left_out_while_nearly_all_have_them():
    one = experiment(worlds=100, patients=1, scorad=(20.0, 50.0))
    group = running._everyone(one)
    score = np.where(group.world < 50, 30.0, 60.0)
    which = running._in_range(one, group, score)
    np.testing.assert_array_equal(group.world[which], np.arange(50))
    score[group.world == 0] = 60.0
    with pytest.raises(InputError, match="only 49 of 100 worlds have enough patients"):
        running._in_range(one, group, score)


def test_unit_of_few_worlds_all_must_have_their_patients():
    one = experiment(worlds=2, patients=1, scorad=(20.0, 50.0))
    group = running._everyone(one)
    with pytest.raises(InputError, match="only 1 of 2 worlds"):
        running._in_range(one, group, np.where(group.world < 1, 30.0, 60.0))


@pytest.mark.parametrize(
    ("change", "value"), [("x1.5", 3.0), ("+1.5", 3.5), ("-1.5", 0.5), (7.0, 7.0)]
)
def test_closed_form_what_a_change_makes_of_a_value(change, value):
    np.testing.assert_array_equal(running.changed(np.full(2, 2.0), change), np.full(2, value))


@pytest.mark.parametrize(
    ("read", "days"),
    [
        ({"day": 7.0}, {0.0, 7.0, 28.0}),
        ({"change": (3.0, 9.0)}, {0.0, 3.0, 9.0, 28.0}),
        ({"mean": (4.0, 28.0)}, set(np.linspace(4.0, 28.0, 25)) | {0.0}),
        ({"area": (0.0, 2.0)}, set(np.linspace(0.0, 2.0, 25)) | {28.0}),
        ({"highest_on": (3.0, 6.0)}, {0.0, 3.0, 4.0, 5.0, 6.0, 28.0}),
        ({"ever_above": (5.0, 0.0, 28.0)}, {0.0, 7.0, 14.0, 21.0, 28.0}),
    ],
)
def test_closed_form_the_days_that_a_read_needs(read, days):
    told = running.times_of(experiment(), [check(**read)])
    assert told == sorted(told)
    assert set(told) == days


def test_closed_form_long_stretches_are_read_at_200_points_and_short_ones_at_25():
    long = running.times_of(experiment(days=1000), [check(mean=(0.0, 1000.0))])
    assert len(long) == 201
    month = running.times_of(experiment(days=100), [check(max=(0.0, 50.0))])
    assert len(month) == 51 + 1
    back = running.times_of(experiment(), [check(return_to=(0.5, 8.0))])
    assert set(np.linspace(8.0, 28.0, 201)) <= set(back)


def test_closed_form_a_figure_has_a_point_for_every_day():
    assert running.times_of(experiment(), [], daily=True) == pytest.approx(np.arange(29.0))
    assert len(running.times_of(experiment(days=2), [], daily=True)) == 29
    assert len(running.times_of(experiment(days=1000), [], daily=True)) == 201


def test_unit_what_arms_share_before_day_0_is_settled_once():
    arm = running.Arm(population="ad_child")
    same = arm.model_copy(update={"changed": {"stress": 2.0}, "off": ("M07",)})
    assert running._before(arm) == running._before(same)
    for name, value in (("population", "ad_adult"), ("start", "severe"), ("age_years", (2.0, 3.0)),
                        ("always", {"stress": 1.0}), ("off_always", ("M07",))):  # fmt: skip
        assert running._before(arm) != running._before(arm.model_copy(update={name: value}))


def followed(monkeypatch, **given):
    """What the engine is asked for to follow an arm of two people."""
    asked = {}

    def simulate(model, parameters, start, schedule, times, **control):
        asked.update(parameters=parameters, start=start, schedule=schedule, times=times, **control)
        return "courses"

    monkeypatch.setattr(running, "simulate", simulate)
    model = load_model()
    own = {name: given.pop(name) for name in ("exact", "days") if name in given}
    one = experiment(worlds=2, patients=1, **own)
    arm = running.Arm.model_validate({"population": "ad_child", **given})
    setting = running.Setting(model, "evidence", 1, (), ("scorad",))
    parameters = {name: np.full(2, value) for name, value in model.values("evidence").items()}
    parameters["washing"] = np.array([1.0, 2.0])
    start = np.full((len(model.state_ids), 2), 3.0)
    group = running._everyone(one)
    assert running._follow(one, arm, setting, parameters, start, group, [0.0, 28.0]) == "courses"
    np.testing.assert_array_equal(start, np.full(start.shape, 3.0))  # the start is nobody else's
    return asked, parameters


def test_closed_form_a_single_wash_is_added_to_the_mean_habit(monkeypatch):
    wash = {"kind": "wash", "day": 2.0, "minutes": 14.4}
    asked, _ = followed(monkeypatch, doses=(wash,))
    (hold,) = asked["schedule"].holds
    assert (hold.parameter, hold.start, hold.end) == ("washing", 2.0, 2.01)
    assert hold.value == pytest.approx(1.5 + 100.0)


def test_unit_an_arm_changes_parameters_states_and_switches_of_its_own(monkeypatch):
    held = {"parameter": "emollient", "value": 0.5, "start_day": 1.0, "end_day": 9.0}
    asked, before = followed(
        monkeypatch, changed={"k_ph": "x2"}, off=("M07",), state={"gut_treg": "+1"}, holds=(held,)
    )
    model = load_model()
    np.testing.assert_allclose(asked["parameters"]["k_ph"], 2 * before["k_ph"])
    np.testing.assert_array_equal(asked["parameters"][running.switch_of(model, "M07")], [0.0, 0.0])
    place = model.state_ids.index("gut_treg")
    assert set(asked["start"][place]) == {4.0}
    assert set(np.delete(asked["start"], place, axis=0).ravel()) == {3.0}
    (hold,) = asked["schedule"].holds
    assert (hold.parameter, hold.start, hold.end, hold.value) == ("emollient", 1.0, 9.0, 0.5)


def test_unit_how_exactly_an_arm_is_followed(monkeypatch):
    calm, _ = followed(monkeypatch)
    assert (calm["rtol"], calm["h_max"], calm["precision"]) == (1e-3, None, "single")
    assert calm["schedule"].courses == ()
    noisy, _ = followed(monkeypatch, noise=True)
    assert noisy["rtol"] == 1e-2
    assert [lived.parameter for lived in noisy["schedule"].courses] == ["stress", "activity"]
    for lived in noisy["schedule"].courses:
        assert (lived.times[0], np.shape(lived.values)[-1]) == (0.0, 2)
        assert lived.times[-1] >= 28.0
    exact, _ = followed(monkeypatch, exact=True)
    assert (exact["rtol"], exact["h_max"], exact["precision"]) == (1e-6, 0.05, "double")


@pytest.mark.parametrize("days", range(1, 9))
def test_property_the_noise_of_days_lasts_to_the_end(monkeypatch, days):
    asked, _ = followed(monkeypatch, noise=True, days=days)
    assert asked["schedule"].courses
    assert all(lived.times[-1] >= days for lived in asked["schedule"].courses)
