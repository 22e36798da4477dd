"""Follow-up: what each arm is simulated with, what is written down, who leaves."""

from dataclasses import dataclass, fields, replace

import numpy as np
import pytest

from gutskin import engine
from gutskin.engine.integrate import simulate
from gutskin.model.compiled import load_model
from gutskin.population.streams import draw, patient_keys
from gutskin.trials import follow, record, screening
from gutskin.trials.care import young_or_grown
from gutskin.trials.design import TrialDesign
from gutskin.trials.endpoints import endpoints_of
from gutskin.trials.parts import Responders
from gutskin.trials.study import prepare

SEED = 5
W23 = {"kind": "probiotic", "strains": ("w23",), "cfu_per_day": 4e9}
W51 = {"kind": "probiotic", "strains": ("w51",), "cfu_per_day": 2e9}
CREAM = {"kind": "emollient", "level": 0.8}
ENDPOINTS = ("scorad", "easi", "itch", "tewl")


def study(conduct=None, numbers=None, replicates=2, weeks=(0.0, 1.0, 2.0)):
    design = TrialDesign.model_validate(
        {
            "name": "followed",
            "population": "ad_child",
            "visits": {"weeks": weeks, "screening_weeks": 2.0},
            "arms": (
                {"name": "active", "n": 3, "interventions": (W23, CREAM)},
                {"name": "other", "n": 3, "interventions": (W51,)},
                {"name": "placebo", "n": 3, "control": True},
            ),
            "conduct": conduct or {},
            "analysis": {"primary": "scorad", "endpoints": ENDPOINTS},
        }
    )
    made = prepare(design, load_model(), replicates, SEED, "evidence")
    return with_numbers(made, numbers or {})


def with_numbers(made, changes):
    """The same study with other numbers of conduct.tsv."""

    @dataclass(frozen=True, eq=False)
    class Changed(type(made)):
        def numbers_of(self, keys):
            return super().numbers_of(keys) | changes

    return Changed(**{one.name: getattr(made, one.name) for one in fields(made)})


def enrolled(made, count=3, day=4.0):
    """Patients of every arm of every replicate, all ill alike, enrolled on one day."""
    replicates = len(next(iter(made.worlds.values())))
    keys = np.concatenate(
        [patient_keys(r, arm.name, count) for r in range(replicates) for arm in made.design.arms]
    )
    start = np.repeat(load_model().initial("severe")[:, None], len(keys), axis=1)
    everyone = np.arange(len(keys))
    return screening.Enrolled(
        keys, start, np.full(len(keys), day), 30.0 + everyone, np.tile(np.arange(count), 3)
    )


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
    z = draw(SEED, [f"measure/{name}" for name in ENDPOINTS], patients.keys, 3)
    for place, one in enumerate(made.endpoints):
        assigned = found.latent[place, arm_of, :, np.arange(len(patients))].T
        error = one.noise * z[place].T
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
    z = draw(SEED, ["measure/scorad"], patients.keys, 3)[0].T
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


def recorded(share, count=4000, visits=5):
    """What is written down of many patients whose score is always 40, and how many leave."""
    made = study({"dropout_share": share}, weeks=tuple(range(visits)), replicates=1)
    keys = patient_keys(0, "active", count)
    start = np.zeros((1, count))
    patients = screening.Enrolled(
        keys, start, np.zeros(count), np.full(count, 40.0), np.arange(count)
    )
    latent = np.full((len(ENDPOINTS), 3, visits, count), 40.0)
    arm = follow.arm_of(made, patients)
    return record.recorded(made, patients, arm, latent, np.zeros_like(latent))


def test_closed_form_the_share_that_leaves_and_when():
    """Every visit after the first is equally likely to be the first that is missed."""
    gone = np.isnan(recorded(0.3)[0])
    assert not gone[0].any()
    assert (gone[1:] >= gone[:-1]).all()  # who is gone stays away
    shares = np.diff(gone.mean(axis=1))
    error = np.sqrt(0.3 / 4 * (1 - 0.3 / 4) / 4000)
    assert np.abs(shares - 0.3 / 4).max() < 4 * error


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_nobody_leaves_or_everybody(share):
    gone = np.isnan(recorded(share, count=50))
    assert gone[:, -1].all() if share else not gone.any()
    assert not gone[:, 0].any()


def test_who_leaves_is_missed_by_every_endpoint_at_once():
    gone = np.isnan(recorded(0.5, count=200))
    assert np.array_equal(gone[0], gone[1])
    assert 0 < gone[0, -1].sum() < 200


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
        follow.Weekly(days, np.stack([one.sum(axis=3), (one**2).sum(axis=3)]), one.shape[3])
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
    assert follow.Weekly.of([found]).patients == len(patients) - 1


SECOND = {"at_week": 4.0, "rule": "easi75"}
KEEP = {"keep_rescue_rate": 0.5, "keep_rescue_at": 0.5}


def responding(conduct, latent, admitted=np.nan, weeks=(0.0, 4.0, 8.0), responders=None, in_arm=0):
    """What is written down of EASI, EASI-75 and IGA 0/1 of patients with these true EASI."""
    made = study(
        conduct,
        {"rater_shift": 0.0, "rescue_rate": 0.2, "rescue_at": 0.75, **KEEP},
        replicates=1,
        weeks=weeks,
    )
    names = ("easi", "easi75", "iga01")
    ends = tuple(replace(one, noise=0.0) for one in endpoints_of(load_model(), names))
    asked = made.design.eligibility.model_copy(update={"easi": (1.0, 72.0)})
    second = None if responders is None else Responders.model_validate(responders)
    design = made.design.model_copy(update={"eligibility": asked, "responders": second})
    count = latent.shape[1]
    keys = patient_keys(0, "active", count)
    patients = screening.Enrolled(
        keys, np.zeros((1, count)), np.zeros(count), np.full(count, admitted), np.arange(count)
    )
    true = np.repeat(np.repeat(latent[None, None], 3, axis=0), 3, axis=1)
    whole = replace(made, endpoints=ends, design=design)
    arm = np.full(count, in_arm)
    return record.recorded(whole, patients, arm, true, np.zeros_like(true))


def test_closed_form_a_responder_falls_from_the_score_that_admitted_him():
    latent = np.array([[20.0, 20.0], [6.0, 2.0], [5.1, 20.0]])
    found = responding({}, latent, admitted=24.0)
    assert found[0, 0].tolist() == [24.0, 24.0]
    assert found[1].tolist() == [[0, 0], [1, 1], [1, 0]]  # 6 is a quarter of 24
    assert found[2].tolist() == [[0, 0], [0, 1], [0, 0]]


def test_who_leaves_has_failed_as_a_responder_and_has_no_score():
    found = responding({"dropout_share": 1.0}, np.tile([[20.0], [1.0], [1.0]], 50))
    gone = np.isnan(found[0])
    assert gone[2].all()
    assert (found[1] == np.where(gone, 0, [[0], [1], [1]])).all()


def test_closed_form_who_does_badly_is_rescued_at_a_rate_and_has_failed():
    """Half a year without an answer: 0.2 per two weeks; the last record before it stays."""
    latent = np.tile([[20.0], [19.0], [4.0]], 4000)
    found = responding({"rescue": True}, latent)
    share = 1 - 0.8**2
    rescued = found[0, 1] == 20.0  # as on the visit before
    assert rescued.mean() == pytest.approx(share, abs=0.03)
    assert (found[0, 2] == np.where(rescued, 20.0, 4.0)).all()
    assert (found[1, 2] == ~rescued).all()
    answered = responding({"rescue": True}, np.tile([[20.0], [15.0], [4.0]], 50))
    assert (answered[1, 2] == 1).all()  # at three quarters nobody is rescued yet


def test_who_did_not_respond_leaves_after_the_first_part():
    latent = np.array([[20.0, 20.0], [4.0, 6.0], [12.0, 4.0]])
    found = responding({}, latent, responders=SECOND)
    assert found[0, :2].tolist() == [[20.0, 20.0], [4.0, 6.0]]
    assert found[:, 2, 0].tolist() == [12.0, 0.0, 0.0]  # he responded, and has lost it
    assert np.isnan(found[:, 2, 1]).all()
    others = responding({}, latent, responders=SECOND | {"arms": ("active",)}, in_arm=1)
    assert others[0, 2].tolist() == [12.0, 4.0]  # nobody of this arm is chosen


def test_closed_form_in_the_second_part_rescue_has_its_own_rate_and_share():
    """From half of his EASI at entry on, at 0.5 per two weeks: three in four in four weeks."""
    latent = np.tile([[20.0], [4.0], [12.0]], 4000)
    found = responding({"rescue": True}, latent, responders=SECOND)
    rescued = found[0, 2] == 4.0
    assert rescued.mean() == pytest.approx(0.75, abs=0.03)
    without = responding({"rescue": True}, latent)  # below three quarters nobody is
    assert (without[0, 2] == 12.0).all()


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


def test_where_no_score_is_measured_nobody_leaves_because_of_one():
    made = study()
    unscored = replace(made, endpoints=tuple(e for e in made.endpoints if e.name == "tewl"))
    keys = patient_keys(0, "active", 4)
    assert not record._fared(unscored, keys, np.ones((1, 3, 4)), 1.0, 1.0, "dropout/fared").any()
