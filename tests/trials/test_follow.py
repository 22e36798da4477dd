"""Follow-up: what each arm is simulated with, and the course that each patient has."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from followed import CREAM, ENDPOINTS, SEED, W23, enrolled, study
from scipy.stats import binom

from gutskin import engine
from gutskin.engine.integrate import simulate
from gutskin.population.streams import draw
from gutskin.trials import follow, screening
from gutskin.trials.care import young_or_grown
from gutskin.trials.endpoints import errors


@pytest.fixture(scope="module")
def seen():
    """A follow-up, and what the engine was asked for under each arm."""
    made, asked = study(), []
    with pytest.MonkeyPatch.context() as patch:

        def spy(*arguments, **options):
            asked.append((arguments, options))
            return simulate(*arguments, **options)

        patch.setattr(engine, "simulate", spy, raising=False)
        patients = enrolled(made)
        return made, patients, follow.follow(made, patients), asked


def test_every_arm_is_followed_from_the_same_state(seen):
    _, patients, _, asked = seen
    assert len(asked) == 3
    for (_, _, start, *_), _ in asked:
        assert np.array_equal(start, patients.start)


def test_the_days_of_life_go_on_after_enrolment_under_every_arm_alike(seen):
    """Exact: on day d of the trial `stress` is that of the patient's own life on day 4 + d, and
    `activity` too, but for the drift of his trial."""
    made, patients, _, asked = seen
    courses = screening.natural_course_of(made, screening.patients_of(made, patients.keys))
    level, end = made.numbers_of(patients.keys)["trial_level"], made.design.end_week * 7
    for (_, _, _, schedule, _), _ in asked:
        for whole in courses:
            (lived,) = [one for one in schedule.courses if one.parameter == whole.parameter]
            times = np.asarray(lived.times)
            assert times[0] == 0
            assert times[-1] >= made.design.end_week * 7
            first = np.searchsorted(whole.times, 4.0)
            assert whole.times[first] == 4.0
            expected = np.asarray(whole.values)[first : first + len(times)]
            if whole.parameter == "activity":
                expected = expected * level ** np.clip(times / end, 0, 1)[:, None]
            assert np.array_equal(lived.values, expected)
            assert np.ptp(lived.values, axis=0).min() > 0  # no two days are alike


def test_strains_get_the_traits_of_their_arm_in_the_world_of_the_replicate(seen):
    made, patients, _, asked = seen
    replicate = patients.keys[:, 0].astype(int)
    for arm, ((_, parameters, *_), _) in zip(made.design.arms, asked, strict=True):
        for name, drawn in made.traits[arm.name].items():
            assert np.array_equal(parameters[name], drawn[replicate]), (arm.name, name)
    (_, active, *_), (_, other, *_) = asked[0][0], asked[1][0]
    assert not np.array_equal(active["factor_strain_1"], other["factor_strain_1"])


def test_each_arm_receives_what_its_interventions_say(seen):
    _, _, _, asked = seen
    doses = [
        {hold.parameter: np.asarray(hold.value) for hold in arguments[3].holds}
        for arguments, _ in asked
    ]
    assert doses[0]["dose_strain_1"] == pytest.approx(4.0)
    assert doses[1]["dose_strain_1"] == pytest.approx(2.0)
    assert "dose_strain_1" not in doses[2]
    assert (doses[0]["emollient"] >= 0.8).all()
    assert (doses[2]["emollient"] < 0.8).any()


DUPILUMAB = {"kind": "dupilumab", "loading_mg": 600.0, "dose_mg": 300.0, "every_weeks": 1.0}
STEROID = {"kind": "topical_steroid", "level": 1.0}


def asked_under(monkeypatch, conduct, active, numbers=None, endpoints=ENDPOINTS):
    """A follow-up, its study and patients, and the schedule that each arm asked for."""
    asked = []

    def spy(*arguments, **options):
        asked.append(arguments[3])
        return simulate(*arguments, **options)

    monkeypatch.setattr(engine, "simulate", spy, raising=False)
    made = study(conduct, numbers, active=active, endpoints=endpoints)
    patients = enrolled(made)
    return follow.follow(made, patients), made, patients, asked


def part(keys, one, first, last, share):
    """Of the doses between two visits the part that each patient takes, by SciPy's binomial."""
    uniform = draw(SEED, [f"adherence/{one}/{first}"], keys, kind="uniform")[0, :, 0]
    return binom.ppf(uniform, last - first, share) / (last - first)


@pytest.mark.parametrize("share", [1.0, 0.25])
def test_closed_form_adherence_of_the_file_reaches_every_body(monkeypatch, share):
    conduct = {"adherence": share, "in_trial_care": False}
    _, made, patients, asked = asked_under(monkeypatch, conduct, (W23, CREAM, DUPILUMAB))
    own = screening.patients_of(made, patients.keys).parameters["emollient"]
    at = {(hold.parameter, hold.start): np.asarray(hold.value) for hold in asked[0].holds}
    other = {(hold.parameter, hold.start): hold.value for hold in asked[1].holds}
    visits = [7 * int(week) for week in made.design.visits.weeks]
    for first, last in pairwise(visits if share < 1 else [visits[0], visits[-1]]):
        product, cream = (
            part(patients.keys, one, first, last, share) for one in ("probiotic/0", "emollient/0")
        )
        assert np.allclose(at["dose_strain_1", first], 4.0 * product)
        assert at["emollient", first] == pytest.approx(np.maximum(own, 0.8 * cream))
        assert np.allclose(other["dose_strain_1", first], 2.0 * product)
    whole = [600.0, 300.0]
    streams = [f"adherence/dupilumab/{number}" for number in range(2)]
    taken = draw(SEED, streams, patients.keys, kind="uniform")[:, :, 0] < share
    assert [pulse.time for pulse in asked[0].pulses] == [0.0, 7.0]
    for pulse, mg, who in zip(asked[0].pulses, whole, taken, strict=True):
        given = np.broadcast_to(pulse.add, len(patients))
        most = given.max()
        assert mg / 2 < most <= mg  # its bioavailability
        assert np.array_equal(given, np.where(who, most, 0.0))
    assert not asked[1].pulses


def test_closed_form_creams_between_visits_fade_by_the_number_of_the_trial(monkeypatch):
    """Of 1.0 on the first two days the mean of 0.4 + 0.6 exp(-t / 4)."""
    conduct = {"creams_between_visits": 0.4, "in_trial_care": False}
    _, made, patients, asked = asked_under(
        monkeypatch, conduct, (STEROID,), {"cream_fade_days": np.full(18, 4.0)}
    )
    own = screening.patients_of(made, patients.keys).parameters["topical_steroid"]
    first = next(h for h in asked[0].holds if h.parameter == "topical_steroid" and h.start == 0)
    assert first.end == 2.0
    mean = 0.4 + 0.6 * 4.0 * (1 - np.exp(-2 / 4)) / 2
    assert np.asarray(first.value) == pytest.approx(np.maximum(own, mean))


def test_closed_form_expectation_takes_its_share_of_itch_and_sleep_within_the_score(monkeypatch):
    numbers = {"rater_shift": 0.0, "expectation": 0.2}
    names = ("scorad", "itch", "sleep")
    found, made, patients, _ = asked_under(monkeypatch, {}, (W23,), numbers, names)
    arm = np.repeat(np.tile([0, 1, 2], 2), 3)
    scorad, itch, sleep = (found.latent[place, arm, :, range(18)].T for place in range(3))
    z = errors(made.endpoints[:1], patients.keys, SEED, 3, "measure")[0]
    one = made.endpoints[0]
    eased = np.clip(scorad - 0.2 * (itch + sleep) + one.noise * z, one.low, one.high)
    assert np.allclose(found.measured[0, 1:], eased[1:], rtol=1e-12)
    assert np.ptp(itch + sleep) > 0


def test_closed_form_care_adds_to_emollient_as_the_number_of_the_trial_says(monkeypatch):
    """A strain takes no cream's place: what the family uses anyway, and 0.3 more, 1 at most."""
    numbers = {"care_emollient": 0.3}
    _, made, patients, asked = asked_under(monkeypatch, {"in_trial_care": True}, (W23,), numbers)
    own = screening.patients_of(made, patients.keys).parameters["emollient"]
    for schedule in asked:
        (care,) = [hold for hold in schedule.holds if hold.parameter == "emollient"]
        assert (care.start, care.end) == (0.0, 14.0)
        assert np.asarray(care.value) == pytest.approx(np.minimum(own + 0.3, 1.0))


def test_closed_form_of_what_care_adds_a_newborn_has_the_infants_number_and_the_grown_their_own():
    numbers = {"young_age": 3.0, "cream": 0.5, "cream_infant": 0.1}
    ages = np.array([0.0, 3.0, 9.0, 1e9])
    assert young_or_grown(numbers, "cream", ages) == pytest.approx([0.1, 0.3, 0.4, 0.5])


def test_age_goes_on_from_the_day_of_enrolment(seen):
    made, patients, _, asked = seen
    people = screening.patients_of(made, patients.keys)
    for (_, parameters, *_), _ in asked:
        assert np.allclose(parameters["age_at_start"], people.age_years * 365.25 + 4.0)


def test_closed_form_a_record_is_the_assigned_course_with_its_error(seen):
    made, patients, found, _ = seen
    own = made.numbers_of(patients.keys)
    share, shift = own["expectation"], own["rater_shift"]
    assert len(set(shift)) == 2  # one of each trial
    arm_of = np.repeat(np.tile([0, 1, 2], 2), 3)
    z = errors(made.endpoints, patients.keys, SEED, 3, "measure")
    for place, one in enumerate(made.endpoints):
        assigned = found.latent[place, arm_of, :, np.arange(len(patients))].T
        error = one.noise * z[place]
        if one.noise_at is not None:
            seen_first = np.vstack([np.ones_like(shift), 1 + shift, 1 + shift])
            error = error * np.sqrt(assigned * seen_first / one.noise_at)
        if one.name == "scorad":
            assert np.array_equal(found.measured[place, 0], patients.score)
            record, ceiling = found.measured[place, 1:], (assigned * (1 + shift) + error)[1:]
            assert (record < ceiling).all()  # less by what expectation takes off
            continue
        relief = np.zeros_like(assigned)
        relief[1:] = share * one.expectation * assigned[1:]
        seen_by = assigned.copy()
        seen_by[1:] *= 1 + shift * (one.quantity == "easi")
        expected = assigned * np.exp(error) if one.log else seen_by - relief + error
        expected = np.clip(expected, one.low, one.high)
        assert np.allclose(found.measured[place], expected, rtol=1e-12), one.name


def test_closed_form_without_expectation_a_score_is_the_truth_with_its_error():
    made = study(numbers={"expectation": 0.0, "rater_shift": 0.0})
    patients = enrolled(made)
    found = follow.follow(made, patients)
    scorad = made.endpoints[0]
    z = errors(made.endpoints[:1], patients.keys, SEED, 3, "measure")[0]
    arm_of = np.repeat(np.tile([0, 1, 2], 2), 3)
    assigned = found.latent[0, arm_of, :, np.arange(len(patients))].T
    expected = np.clip(assigned + scorad.noise * z, scorad.low, scorad.high)
    assert np.allclose(found.measured[0, 1:], expected[1:], rtol=1e-12)


def test_care_is_better_in_a_trial_under_every_arm_unless_the_file_says_no(monkeypatch):
    levels = {}
    for care in (True, False):
        asked = []

        def spy(*arguments, asked=asked, **options):
            asked.append(arguments[3])
            return simulate(*arguments, **options)

        monkeypatch.setattr(engine, "simulate", spy, raising=False)
        made = study({"in_trial_care": care}, weeks=(0.0, 1.0))
        follow.follow(made, enrolled(made, count=1))
        levels[care] = [
            next(hold.value for hold in schedule.holds if hold.parameter == "topical_steroid")
            for schedule in asked
        ]
    made = study()
    patients = screening.patients_of(made, enrolled(made, count=1).keys)
    extra = young_or_grown(
        made.numbers_of(patients.keys), "care_topical_steroid", patients.age_years
    )
    assert (np.diff(extra[np.argsort(patients.age_years)][:1]) <= 0).all()
    for cared, alone in zip(levels[True], levels[False], strict=True):
        assert np.allclose(cared, np.minimum(np.asarray(alone) + extra, 1.0))
        assert (np.asarray(cared) > np.asarray(alone)).all()


def test_a_switch_turned_off_from_enrolment_on_is_off_under_every_arm(monkeypatch):
    asked = []

    def spy(*arguments, **options):
        asked.append(arguments[1])
        return simulate(*arguments, **options)

    monkeypatch.setattr(engine, "simulate", spy, raising=False)
    made = study(weeks=(0.0, 1.0))
    follow.follow(made, enrolled(made, count=1), {"s_m47": 0.0})
    assert [parameters["s_m47"] for parameters in asked] == [0.0] * 3


def test_weekly_courses_are_the_true_values_of_all_patients():
    made = study(weeks=(0.0, 1.5, 2.0))
    patients = enrolled(made, count=1)
    found = follow.follow(made, patients, weekly=True)
    assert found.days.tolist() == [0.0, 7.0, 10.5, 14.0]
    days, (mean, sd) = follow.mean_courses([follow.Weekly.of([found])])
    at = np.searchsorted(days, [0.0, 10.5, 14.0])
    assert np.allclose(mean[:, :, at], found.latent.mean(axis=3))
    assert np.allclose(sd[:, :, at], found.latent.std(axis=3), atol=1e-6)


def test_closed_form_mean_and_spread_of_several_pieces():
    days = np.array([0.0, 7.0])
    values = np.random.default_rng(1).normal(10.0, 2.0, (1, 1, 2, 9))
    pieces = [values[..., :4], values[..., 4:]]
    weekly = [
        follow.Weekly(
            days,
            np.stack([one.sum(axis=3), (one**2).sum(axis=3)]),
            np.full(one.shape[0], one.shape[3]),
        )
        for one in pieces
    ]
    _, (mean, sd) = follow.mean_courses(weekly)
    assert np.allclose(mean, values.mean(axis=3))
    assert np.allclose(sd, values.std(axis=3))


def test_who_cannot_be_computed_under_one_arm_is_left_out_of_all():
    made = study(weeks=(0.0, 1.0))
    patients = enrolled(made, count=1)
    broken = patients.start.copy()
    broken[:, 2] *= -50.0
    found = follow.follow(made, replace(patients, start=broken))
    lost = np.isnan(found.latent).any(axis=(0, 1, 2))
    assert np.flatnonzero(lost).tolist() == [2]
    assert np.isnan(found.measured[:, :, 2]).all()
    assert {one.index for one in found.failures} == {0}
    assert len(found.failures) == 3
    assert set(follow.Weekly.of([found]).patients) == {len(patients) - 1}


def test_a_patient_is_written_down_in_every_arm_as_if_he_were_in_it():
    made = study({"dropout_share": 0.5})
    patients = enrolled(made)
    whole = follow.follow(made, patients, in_every_arm=True)
    own = follow.arm_of(made, patients)
    assert whole.under_each.shape == (3, *whole.measured.shape)
    chosen = whole.under_each[own, :, :, np.arange(len(patients))]
    np.testing.assert_array_equal(np.moveaxis(chosen, 0, 2), whole.measured)
    gone = np.isnan(whole.under_each)
    assert (gone == gone[:1]).all()  # he leaves whatever he is given
    assert not np.array_equal(whole.under_each[0], whole.under_each[2], equal_nan=True)
    assert follow.follow(made, patients).under_each is None
