"""Screening: who enrols, when, and that selection acts on the measured score."""

from dataclasses import replace

import numpy as np
import pytest

from gutskin.engine import Course, Schedule, simulate
from gutskin.errors import InputError
from gutskin.model.compiled import load_model
from gutskin.population import disease_activity, steady_state
from gutskin.population.streams import name_number, patient_keys
from gutskin.trials import conduct, enrolled, screening
from gutskin.trials.design import Arm, TrialDesign
from gutskin.trials.left_out import LeftOut, Why
from gutskin.trials.refused import hardly_anyone, refusals
from gutskin.trials.run import run_trial
from gutskin.trials.study import prepare
from gutskin.trials.tried import Tried


def study(low=0.0, high=103.0, weeks=2.0):
    design = TrialDesign.model_validate(
        {
            "name": "small",
            "population": "ad_child",
            "eligibility": {"age_years": (2.0, 9.0), "scorad": (low, high)},
            "visits": {"weeks": (0.0, 2.0), "screening_weeks": weeks},
            "arms": (
                {
                    "name": "active",
                    "n": 3,
                    "interventions": (
                        {"kind": "probiotic", "strains": ("w23",), "cfu_per_day": 4e9},
                    ),
                },
                {"name": "placebo", "n": 3, "control": True},
            ),
            "analysis": {"primary": "scorad", "endpoints": ("scorad",)},
        }
    )
    return prepare(design, load_model(), 2, 7, "evidence")


KEYS = patient_keys(0, "active", 24)


@pytest.fixture(scope="module")
def settled():
    return screening.settle(study(), KEYS)


@pytest.fixture(scope="module")
def screened(settled):
    return screening.screen(study(low=20.0), settled)


def test_everyone_settles_where_the_trial_takes_everyone(settled):
    assert len(settled) == len(KEYS)
    assert np.isfinite(settled.start).all()


def test_who_never_comes_near_the_range_is_left_out(settled):
    margin = study().numbers()["screening_margin"]
    far = screening.settle(study(low=30.0 + margin), KEYS)
    assert 0 < len(far) < len(settled)
    known = {tuple(key) for key in settled.keys.tolist()}
    assert {tuple(key) for key in far.keys.tolist()} < known


def test_another_candidate_changes_nobody(settled, screened):
    few = screening.settle(study(), KEYS[:5])
    assert np.array_equal(few.start, settled.start[:, :5])
    one = screening.screen(study(low=20.0), settled[:5])
    assert np.array_equal(one.score, screened.score[:5])


def test_enrolment_is_on_the_measured_score_and_inside_the_window(screened):
    admitted = screened.admitted()
    assert 0 < len(admitted) < len(screened)
    assert (admitted.score >= 20.0).all()
    assert (admitted.score <= 103.0).all()
    step = study().numbers()["noise_step_days"]
    assert set(admitted.day % step) == {0.0}
    assert len(set(admitted.day)) > 1  # families come on any day
    assert admitted.day.max() <= 14.0
    assert np.isfinite(admitted.start).all()


def test_a_family_that_waits_for_a_flare_comes_at_its_first():
    keys = patient_keys(0, "active", 400)

    def within(score):
        low, high = study(low=20.0).design.eligibility.scorad
        return (score >= low) & (score <= high)

    score = np.full((8, 400), 25.0)
    score[5:] = 40.0

    def comes(share, worse):
        one = study(low=20.0)
        named = ("flare_share", "flare_share_infant")
        always = {name: np.full_like(one.conduct[name], share) for name in named}
        one = replace(one, conduct={**one.conduct, **always})
        patients = screening.patients_of(one, keys)
        return screening._visit_of_enrolment(one, patients, within(score), worse)

    assert set(comes(1.0, within(score) & (score >= 34))) == {5}
    assert set(comes(1.0, within(score) & (score >= 43))) == {-1}
    any_day = comes(0.0, within(score) & (score >= 34))
    assert np.bincount(any_day, minlength=8) / 400 == pytest.approx(1 / 8, abs=0.06)


def test_the_first_admitted_take_the_seats():
    arms = [Arm(name="active", n=2), Arm(name="placebo", n=2, control=True)]
    words = [(0, "placebo", 7), (1, "active", 0), (0, "active", 9), (0, "active", 3),
             (0, "active", 5), (0, "placebo", 1), (1, "active", 4)]  # fmt: skip
    keys = np.array([[r, name_number(a), i] for r, a, i in words], np.uint32)
    count = np.arange(len(words), dtype=float)
    found = screening.Enrolled(keys, count[None], count, count, np.full(len(words), -1))
    seated = enrolled.first_of_each([found[:3], found[3:]], arms, 2)
    places = {(int(k[0]), int(k[2])): int(seat) for k, seat in
              zip(seated.keys, seated.seat, strict=True)}  # fmt: skip
    assert places == {(0, 3): 0, (0, 5): 1, (1, 0): 0, (1, 4): 1, (0, 1): 0, (0, 7): 1}
    index = {(r, i): n for n, (r, _, i) in enumerate(words)}
    assert seated.score.tolist() == [index[int(k[0]), int(k[2])] for k in seated.keys]


def test_a_trial_that_admits_nobody_says_so():
    design = study(low=102.0, weeks=0.0).design
    with pytest.raises(InputError, match="hardly anyone of population 'ad_child'"):
        run_trial(design, load_model(), 1)


def test_age_is_counted_from_enrolment(screened):
    one = study(low=20.0)
    admitted = screened.admitted()
    patients = screening.patients_of(one, admitted.keys)
    age = screening.at_enrolment(patients, admitted)["age_at_start"]
    assert np.array_equal(age - patients.parameters["age_at_start"], admitted.day)
    assert patients.age_years.min() >= 2.0
    assert patients.age_years.max() <= 9.0


def test_patients_of_a_replicate_share_its_world():
    one = study()
    keys = np.concatenate([patient_keys(0, "active", 2), patient_keys(1, "placebo", 2)])
    parameters = screening.patients_of(one, keys).parameters
    first, second, third, fourth = parameters["g_strain_treg"]
    assert first == second == one.worlds["g_strain_treg"][0]
    assert third == fourth == one.worlds["g_strain_treg"][1]


def test_closed_form_who_comes_on_the_first_day_is_admitted():
    days = np.array([-1.0, 0.0, 1.0])
    found = screening.Enrolled(KEYS[:3], days[None], days, days, np.full(3, -1))
    assert found.admitted().day.tolist() == [0.0, 1.0]
    assert found.admitted().start.tolist() == [[0.0, 1.0]]


def test_closed_form_criteria_are_the_scores_that_a_trial_asks_for():
    one = study(low=20.0)
    asked = one.design.eligibility.model_copy(update={"easi": (16.0, 72.0)})
    both = replace(one, design=one.design.model_copy(update={"eligibility": asked}))
    numbers = one.numbers()
    names = [(each.name, each.low, each.high) for each in screening.criteria(both)]
    assert names == [("easi", 16.0, 72.0), ("scorad", 20.0, one.design.eligibility.scorad[1])]
    assert screening.criteria(both)[0].margin == numbers["screening_margin_easi"]
    easi = replace(
        one, design=one.design.model_copy(
            update={"eligibility": asked.model_copy(update={"scorad": None})}
        ),
    )  # fmt: skip
    assert [each.name for each in screening.criteria(easi)] == ["easi"]
    free = replace(
        one, design=one.design.model_copy(
            update={"eligibility": asked.model_copy(update={"scorad": None, "easi": None})}
        ),
    )  # fmt: skip
    (scorad,) = screening.criteria(free)
    assert (scorad.name, scorad.low, scorad.high) == ("scorad", -np.inf, np.inf)


def test_who_is_admitted_by_easi_has_it_within_the_range():
    one = study(low=20.0)
    asked = one.design.eligibility.model_copy(update={"scorad": None, "easi": (4.0, 9.0)})
    by_easi = replace(one, design=one.design.model_copy(update={"eligibility": asked}))
    keys = patient_keys(0, "active", 192)
    found = screening.screen(by_easi, screening.settle(by_easi, keys)).admitted()
    assert 3 < len(found) < 192
    assert ((found.score >= 4.0) & (found.score <= 9.0)).all()


@pytest.mark.parametrize("low", [4.0, 16.0])
def test_closed_form_who_is_barely_ill_enough_comes_more_rarely_at_every_severity(low):
    one = study(low=20.0)
    keys = patient_keys(0, "active", 4000)
    asked = screening.Criterion("easi", low, 72.0, 8.0)
    numbers = one.numbers_of(keys)
    at, power = numbers["seek_at"][0], numbers["seek_power"][0]
    half = np.full(4000, low * at / 2)
    came = screening.comes_at_all(one, keys, half, asked)
    assert came.mean() == pytest.approx(0.5**power, abs=0.03)
    assert screening.comes_at_all(one, keys, 2 * half, asked).all()
    by_scorad = screening.Criterion("scorad", low, 103.0, 8.0)
    assert np.array_equal(screening.comes_at_all(one, keys, half, by_scorad), came)
    for everybody in (0.0, -np.inf):
        asks_nothing = screening.Criterion("scorad", everybody, 103.0, 8.0)
        assert screening.comes_at_all(one, keys, half, asks_nothing).all()


def with_noise_of(days, ages=(20.0, 40.0), population="ad_adult"):
    """A study of people who live in noise for so many days before the window, of 1,120 known."""
    model = load_model()
    conduct = dict(model.tables.conduct)
    for name, value in (("noisy_days", days), ("remembered_days", 1120 - days)):
        conduct[name] = replace(conduct[name], cells={**conduct[name].cells, "value": str(value)})
    model = replace(model, tables=replace(model.tables, conduct=conduct))
    eligibility = study().design.eligibility.model_copy(update={"age_years": ages})
    design = study().design.model_copy(
        update={"eligibility": eligibility, "population": (population,)}
    )
    return prepare(design, model, 1, 7, "evidence", one_body=True)


@pytest.mark.parametrize(
    ("ages", "population"), [((20.0, 40.0), "ad_adult"), ((6.0, 12.0), "ad_child")]
)
def test_eight_weeks_of_noise_come_to_what_years_of_it_do(ages, population):
    """The same people in the same noise: what they settle at is what it leaves.

    With the mean of activity and of stress in its place scores are several percent too high.
    """
    scores, longest = {}, with_noise_of(1064, ages, population)
    keys = patient_keys(0, "active", 200)
    lived = screening.natural_course_of(longest, screening.patients_of(longest, keys))
    for days in (1064, 56, 0):
        one = with_noise_of(days or 56, ages, population)
        patients = screening.patients_of(one, keys)
        own = screening.lived_before(one, patients) if days else {}
        start = steady_state.run_to_steady_state(
            one.model, patients.parameters | own, len(keys),
            last=-one.numbers()["noisy_days"], rtol=3e-2, precision="single", workers=1,
        ).states[-1]  # fmt: skip
        courses = simulate(
            one.model, patients.parameters, start, Schedule(courses=lived),
            [-one.numbers()["noisy_days"], -14.0], rtol=3e-2, precision="single", workers=1,
        )  # fmt: skip
        scores[days] = courses.quantities(("easi",))[-1, 0]
    years = scores[1064].mean()
    assert scores[56].mean() == pytest.approx(years, rel=0.035)
    assert scores[56].std() == pytest.approx(scores[1064].std(), rel=0.05)
    assert scores[0].mean() > 1.06 * years


def test_candidates_settle_at_what_they_have_lived_through():
    """Not at the mean of activity, and each at his own."""
    one = with_noise_of(56)
    patients = screening.patients_of(one, KEYS)
    own = screening.lived_before(one, patients)
    lived = screening.natural_course_of(one, patients)
    begins = {course.parameter: float(np.asarray(course.times)[0]) for course in lived}
    numbers = one.numbers()
    assert begins == {"stress": -56.0, "activity": -56.0 - numbers["remembered_days"]}
    known = np.asarray(lived[1].times) <= -56.0
    before = Course(
        "activity", np.asarray(lived[1].times)[known], np.asarray(lived[1].values)[known]
    )
    assert before.times[-1] == -56.0
    remembered = disease_activity.remembered_activity(before, numbers["memory_of_activity_days"])
    np.testing.assert_allclose(own["activity"], remembered, rtol=1e-12)
    assert own["activity"].mean() < 0.95
    assert np.ptp(own["stress"]) == 0 < own["stress"][0] < 1


def test_who_would_not_come_even_with_a_much_higher_score_is_not_watched():
    """The same draw decides: whom it leaves out a rise by the margin alone would bring."""
    one = study(low=20.0)
    eager = {"seek_power": np.full_like(one.conduct["seek_power"], 1e-9)}
    everybody = replace(one, conduct={**one.conduct, **eager})
    keys = patient_keys(0, "active", 200)
    near, kept = screening.settle(everybody, keys), screening.settle(one, keys)
    assert 0.5 * len(near) < len(kept) < 0.95 * len(near)
    assert {tuple(key) for key in kept.keys.tolist()} < {tuple(key) for key in near.keys.tolist()}
    known = {tuple(key) for key in kept.keys.tolist()}
    dropped = near[np.array([tuple(key) not in known for key in near.keys.tolist()])]
    admitted = screening.screen(one, near).admitted()
    lost = {tuple(key) for key in dropped.keys.tolist()} & {
        tuple(key) for key in admitted.keys.tolist()
    }
    assert len(lost) <= 0.02 * len(admitted)


def test_whom_a_cream_helps_is_not_admitted_where_its_failure_is_asked():
    """The run-in leaves no trace in those who stay, and keeps out who answers well to steroid."""
    made = study()
    asked = made.design.eligibility.model_copy(update={"steroid_failed": True})
    failed = replace(made, design=made.design.model_copy(update={"eligibility": asked}))
    keys = patient_keys(0, "active", 384)
    settled = screening.settle(made, keys)
    everyone, unhelped = screening.screen(made, settled), screening.screen(failed, settled)
    stay, came = unhelped.day >= 0, everyone.day >= 0
    assert not (stay & ~came).any()
    assert 0 < stay.sum() < came.sum()
    np.testing.assert_array_equal(unhelped.start[:, stay], everyone.start[:, stay])
    answer = np.asarray(screening.patients_of(made, settled.keys).parameters["steroid_sensitivity"])
    assert answer[stay].mean() < answer[came & ~stay].mean()
    asked = made.design.eligibility.model_copy(update={"steroid_helped": True})
    helped = replace(made, design=made.design.model_copy(update={"eligibility": asked}))
    others = screening.screen(helped, settled).day >= 0
    np.testing.assert_array_equal(others, came & ~stay)


def test_closed_form_only_who_weighs_what_is_asked_may_enrol():
    made = study()
    weight = np.asarray(screening.patients_of(made, KEYS).parameters["body_weight"])
    low, high = np.quantile(weight, [0.25, 0.75])
    asked = made.design.eligibility.model_copy(update={"weight_kg": (low, high)})
    some = replace(made, design=made.design.model_copy(update={"eligibility": asked}))
    everyone, within = screening.settle(made, KEYS), screening.settle(some, KEYS)
    kept = (weight >= low) & (weight <= high)
    wanted = {tuple(key) for key in everyone.keys} & {tuple(key) for key in KEYS[kept]}
    assert {tuple(key) for key in within.keys} == wanted
    assert 0 < len(wanted) < len(everyone.keys)


def test_no_error_of_the_rater_brings_a_family_that_waits_for_a_flare(monkeypatch):
    """A family sees its skin: records of 60 alone, on skin as usual, bring nobody."""
    one = study(low=20.0)
    waits = {"flare_share": 1.0, "flare_share_infant": 1.0, "flare_margin": 9.0}
    numbers = {name: np.full_like(one.conduct[name], x) for name, x in waits.items()}
    one = replace(one, conduct={**one.conduct, **numbers})
    monkeypatch.setattr(screening, "measured", lambda ends, true, z, relief: 0 * true + 60.0)
    found = screening.screen(one, screening.settle(one, KEYS))
    usual = screening.screen(study(low=20.0), screening.settle(study(low=20.0), KEYS))
    assert len(found.admitted()) == 0 < len(usual.admitted())


def test_who_hardly_anyone_is_says_what_each_criterion_refuses():
    design = study(low=95.0, weeks=0.0).design
    asked = design.eligibility.model_copy(
        update={"total_ige": (5000.0, 20000.0), "weight_kg": (5.0, 60.0), "sensitised": False}
    )
    one = prepare(design.model_copy(update={"eligibility": asked}), load_model(), 2, 7, "evidence")
    keys = patient_keys(0, "active", 64)
    found = refusals(one, keys)
    ige, sensitised = "Total IgE 5,000 to 20,000 kU/L", "`sensitised = false`"
    assert set(found) == {"SCORAD 95 to 103", ige, sensitised, "a weight of 5 to 60 kg"}
    assert found["SCORAD 95 to 103"].many == 64
    assert found["a weight of 5 to 60 kg"] == (0, "")
    assert 0 < found[sensitised].many < 64  # each by itself, not after the one before it
    left = [LeftOut(keys[:3], np.array([Why.steroid, Why.steroid, Why.far_score]))]
    (said,) = hardly_anyone(one, keys, (640, 1), left).problems
    assert "1 of 640 candidates. Of 64 candidates, as they usually are, SCORAD 95" in str(said)
    assert f"{sensitised} refuses {found[sensitised].many}" in str(said)
    low, high = found[ige].have.removesuffix(" kU/L").split(" to ")
    assert 0 < float(low.replace(",", "")) < float(high.replace(",", "")) < 20_000
    assert f"refuses {found[ige].many} (most have {low} to {high} kU/L)" in str(said)
    assert "some fell later: what steroid cream did before 2." in str(said)
    assert "Widen what refuses most (SCORAD 95 to 103)" in str(said)


def test_few_are_asked_before_a_trial_is_called_impossible(monkeypatch):
    """Rounds of twenty for each empty seat went on for minutes before it was said."""
    one = prepare(study(low=80.0, weeks=0.0).design, load_model(), 40, 7, "evidence")
    asked = []

    def nobody_fits(study, keys, count):
        asked.append(len(keys))
        none = screening.Enrolled(keys[:0], np.empty((1, 0)), np.empty(0), np.empty(0),
                                  np.empty(0, int))  # fmt: skip
        return Tried(len(keys), (), LeftOut(keys, np.full(len(keys), Why.far_score)), none)

    monkeypatch.setattr(conduct, "tried_of", nobody_fits)
    with pytest.raises(InputError, match="0 of"):
        conduct.enrol(one, 40, conduct.WorkCounter(None, 240, 2))
    assert sum(asked) <= 2 * 400 + 240
