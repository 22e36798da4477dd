"""Who the people of an experiment are before day 0, and how its arms share them."""

from types import SimpleNamespace

import numpy as np
import pytest
from test_running import CHECK, check, experiment

from gutskin.evidence import running
from gutskin.evidence.experiment_parts import Arm, Check
from gutskin.model.compiled import load_model
from gutskin.population.draw import uncertain_parameters
from gutskin.population.strains import place_parameters

WORLDS, PATIENTS = 3, 2
PRODUCT = {"kind": "probiotic", "strains": ("w23",), "cfu_per_day": 1e9, "start_day": 0.0}


def arm(**given):
    return Arm.model_validate({"population": "ad_child", **given})


def people(one=None, extra=None, own=(), **given):
    """The parameters of six people, two in each world."""
    one = one or experiment(WORLDS, PATIENTS)
    setting = running.Setting(load_model(), "evidence", 1, own, ("scorad",))
    return running._parameters(one, arm(**given), setting, running._everyone(one), extra or {})


def test_unit_a_setting_moves_what_any_experiment_moves_and_reads_what_any_check_reads():
    model = load_model()
    one = experiment(
        sides={"for": {"g_tcs": 0.5}}, gain={"id": "f_soap", "most": 3.0},
        arms={"a": {"population": "ad_child", "always": {"k_ph": 1.0}, "off": ("M07",)},
              "b": {"population": "ad_child", "changed": {"k_itch": "x2"},
                    "off_always": ("M08",)}},
        checks=(CHECK | {
            "read": {"day": 1.0}, "between": {"quantity": "easi", "read": {"above": (1.0, 2.0)}}},),
    )  # fmt: skip
    told = running.setting_for([(one, one.arms)], model, "article", 5)
    moved = {"g_tcs", "f_soap", "k_ph", "k_itch"}
    moved |= {running.switch_of(model, name) for name in ("M07", "M08")}
    assert set(told.own) == moved | set(place_parameters(model))
    assert told.own == tuple(sorted(told.own))
    assert told.seen == ("easi", "scorad", "skin_ph_lesional")
    assert (told.model, told.stance, told.seed) == (model, "article", 5)
    assert running.setting_for([], model, "article", 5).seen == ("scorad",)


def test_closed_form_sums_over_some_patients_of_each_world():
    group = running._everyone(experiment(3, 2))
    which = np.array([True, False, True, True, False, False])
    total, number = group.summed(np.array([1.0, 2, 4, 8, 16, 32]), which)
    np.testing.assert_array_equal(total, [1.0, 12.0, 0.0])
    np.testing.assert_array_equal(number, [1.0, 2.0, 0.0])


def test_property_what_nobody_knows_is_one_value_for_each_world():
    model = load_model()
    found = people()
    own = {name for name in uncertain_parameters(model) if np.ndim(found[name])}
    shared = [
        name for name in own
        if all(found[name][2 * world] == found[name][2 * world + 1] for world in range(WORLDS))
        and len(set(found[name])) == WORLDS
    ]  # fmt: skip
    assert len(shared) > 0.5 * len(own) > 20
    again = people()
    assert all(np.array_equal(found[name], again[name]) for name in found)


def test_property_of_one_body_the_worlds_do_not_differ_but_by_their_people():
    model = load_model()
    one = replace_one(one_body=True)
    found, centre = people(one), model.values("evidence")
    worlds = people()
    same = [
        name for name in uncertain_parameters(model)
        if np.all(np.asarray(found[name]) == centre[name])
    ]  # fmt: skip
    assert len(same) > 20
    assert not any(np.all(np.asarray(worlds[name]) == centre[name]) for name in same)
    assert len(set(found["atopy"])) == WORLDS * PATIENTS


def replace_one(**given):
    return experiment(WORLDS, PATIENTS).model_copy(update=given)


def test_unit_newborns_are_of_no_age_and_others_of_theirs():
    born = people(population="newborn", start="birth_vaginal")
    np.testing.assert_array_equal(born["age_at_start"], np.zeros(6))
    children = people(age_years=(2.0, 3.0))["age_at_start"] / 365.25
    assert np.all((children >= 2.0) & (children <= 3.0))


def test_unit_what_an_arm_sets_goes_before_what_is_drawn():
    model = load_model()
    switch = running.switch_of(model, "M07")
    usual = people(extra={"g_tcs": 0.25}, own=("k_itch", "g_tcs"))
    found = people(
        extra={"g_tcs": 0.25}, own=("k_itch", "g_tcs"), always={"k_ph": "x2"},
        off_always=("M07",),
    )  # fmt: skip
    np.testing.assert_array_equal(found["k_ph"], 2 * np.asarray(usual["k_ph"]))
    np.testing.assert_array_equal(found[switch], np.zeros(6))
    np.testing.assert_array_equal(found["g_tcs"], np.full(6, 0.25))
    for name in ("k_itch", "g_tcs"):  # arrays, so that one compiled function serves all
        assert np.shape(found[name]) == (6,)
    same = set(found) - {"k_ph", switch}
    assert all(np.array_equal(found[name], usual[name]) for name in same)


def test_unit_a_products_strains_are_drawn_for_each_world_unless_the_arm_sets_them():
    drawn = people(doses=(PRODUCT,))
    trait = drawn["survival_strain_1"]
    np.testing.assert_array_equal(trait[::2], trait[1::2])
    assert len(set(trait)) == WORLDS
    held = people(doses=(PRODUCT,), always={"survival_strain_1": 0.125})
    np.testing.assert_array_equal(held["survival_strain_1"], np.full(6, 0.125))
    side = people(doses=(PRODUCT,), extra={"survival_strain_1": 0.25})
    np.testing.assert_array_equal(side["survival_strain_1"], np.full(6, 0.25))


@pytest.fixture
def engine(monkeypatch):
    """Settling and following are only written down; scores go by the number of a patient."""
    found = SimpleNamespace(settled=[], followed=[])

    def settle(model, parameters, count, **control):
        found.settled.append((parameters, count, control))
        states = np.stack([np.full((2, count), -1.0), np.tile(np.arange(count) * 1.0, (2, 1))])
        return SimpleNamespace(states=states, score=np.arange(count) % 16 * 10.0)

    def follow(one, arm, setting, parameters, start, group, times):
        found.followed.append(SimpleNamespace(
            arm=arm, parameters=parameters, start=start, group=group, times=times))  # fmt: skip
        return SimpleNamespace(score=start[0], states=None)

    def seen(setting, courses):
        values = np.stack([np.zeros_like(courses.score), courses.score])[:, None]
        return running.Seen(None, np.arange(2.0), ("scorad",), values)

    monkeypatch.setattr(running, "run_to_steady_state", settle)
    monkeypatch.setattr(running, "_follow", follow)
    monkeypatch.setattr(running, "_seen", seen)
    return found


def run(one, **arms):
    setting = running.Setting(load_model(), "evidence", 1, (), ("scorad",))
    return running.run_arms(one, arms, setting, {}, [0.0, 28.0])


def test_unit_arms_that_begin_alike_are_settled_once(engine):
    group, seen = run(
        experiment(WORLDS, PATIENTS), a=arm(), b=arm(changed={"k_ph": "x2"}), c=arm(off=("M07",)),
        d=arm(always={"k_ph": "x2"}),
    )  # fmt: skip
    assert len(group) == 6
    assert [count for _, count, _ in engine.settled] == [6, 6]
    assert list(seen) == ["a", "b", "c", "d"]
    for one in engine.followed:
        np.testing.assert_array_equal(one.start, np.tile(np.arange(6.0), (2, 1)))
        assert one.times == [0.0, 28.0]
    _, _, control = engine.settled[0]
    assert (control["rtol"], control["precision"], control["workers"]) == (1e-2, "single", 1)
    assert control["varying"] == load_model().input_ids


def test_closed_form_who_has_the_score_is_followed_in_every_arm_from_his_own_state(engine):
    """Of 16 candidates in a world, 0, 10, 20, ... points; two from 35 to 65 are wanted."""
    one = experiment(WORLDS, PATIENTS, scorad=(35.0, 65.0))
    group, seen = run(one, a=arm(), b=arm(changed={"k_ph": "x2"}), c=arm(always={"k_ph": "x2"}))
    chosen = np.array([4, 5, 20, 21, 36, 37])
    np.testing.assert_array_equal(group.keys[:, 2], [4, 5] * 3)
    np.testing.assert_array_equal(group.world, [0, 0, 1, 1, 2, 2])
    assert [count for _, count, _ in engine.settled] == [48, 6]  # all, and those of another arm
    a, b, c = engine.followed
    np.testing.assert_array_equal(a.start[0], chosen)
    np.testing.assert_array_equal(b.start[0], chosen)
    np.testing.assert_array_equal(c.start[0], np.arange(6.0))
    assert all(np.shape(one.parameters["atopy"]) == (6,) for one in (a, b, c))
    np.testing.assert_array_equal(seen["a"].quantity("scorad")[-1], chosen)


def test_unit_newborns_begin_as_they_are_born_and_are_not_settled(engine):
    run(experiment(WORLDS, PATIENTS), a=arm(population="newborn", start="birth_c_section"))
    assert engine.settled == []
    born = load_model().initial("birth_c_section")
    np.testing.assert_array_equal(engine.followed[0].start, np.tile(born[:, None], 6))


def test_unit_what_is_seen_is_read_once_and_refused_where_a_course_failed(monkeypatch):
    asked = []
    values = np.arange(12.0).reshape(2, 2, 3)  # [time, quantity, patient]
    courses = SimpleNamespace(
        times=np.array([0.0, 1.0]), quantities=lambda names: asked.append(names) or values
    )
    monkeypatch.setattr(running, "refuse_unsound", lambda *given: asked.append(given))
    setting = running.Setting("model", "evidence", 1, (), ("easi", "scorad"))
    seen = running._seen(setting, courses)
    np.testing.assert_array_equal(seen.quantity("scorad"), values[:, 1])
    names, (model, same, read) = asked
    assert (names, model, same) == (("easi", "scorad"), "model", courses)
    np.testing.assert_array_equal(read["easi"], values[:, 0])


def test_closed_form_a_weekly_look_ends_at_the_end_of_its_read():
    read = check(ever_above=(5.0, 0.0, 27.0))
    assert running.times_of(experiment(days=60), [read]) == [0.0, 7.0, 14.0, 21.0, 27.0, 60.0]
    both = Check.model_validate({**CHECK, "read": {"day": 3.0}, "control_read": {"day": 5.0}})
    assert running.times_of(experiment(), [both]) == [0.0, 3.0, 5.0, 28.0]
