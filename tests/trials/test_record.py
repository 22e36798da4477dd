"""What is written down of patients: who leaves, who is rescued, who responds."""

from dataclasses import replace

import numpy as np
import pytest
from followed import ENDPOINTS, study

from gutskin.model.compiled import load_model
from gutskin.population.streams import patient_keys
from gutskin.trials import follow, record, screening
from gutskin.trials.endpoints import endpoints_of
from gutskin.trials.parts import Responders
from gutskin.trials.record import Fate


def record_of(conduct, count=4000, visits=5, **numbers):
    """What is written down of many patients whose score is always 40."""
    made = study(conduct, numbers, weeks=tuple(range(visits)), replicates=1)
    keys = patient_keys(0, "active", count)
    start = np.zeros((1, count))
    patients = screening.Enrolled(
        keys, start, np.zeros(count), np.full(count, 40.0), np.arange(count)
    )
    latent = np.full((len(ENDPOINTS), 3, visits, count), 40.0)
    arm = follow.arm_of(made, patients)
    return record.recorded(made, patients, arm, latent, np.zeros_like(latent))


def recorded(share, count=4000, visits=5):
    """The same where a share leaves."""
    return record_of({"dropout_share": share}, count, visits).values


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


SECOND = {"at_week": 4.0, "rule": "easi75"}
KEEP = {"keep_rescue_rate": 0.5, "keep_rescue_at": 0.5}


def responding(*given, **more):
    """What is written down of EASI, EASI-75 and IGA 0/1 of patients with these true EASI."""
    return record_of_easi(*given, **more).values


def record_of_easi(
    conduct, latent, admitted=np.nan, weeks=(0.0, 4.0, 8.0), responders=None, in_arm=0, week=None
):
    """The same with what became of them; arms are compared at a week."""
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
    analysis = made.design.analysis.model_copy(update={"week": week})
    changes = {"eligibility": asked, "responders": second, "analysis": analysis}
    design = made.design.model_copy(update=changes)
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
    """Four weeks without an answer: 0.2 per two weeks; scores are written down as they are."""
    latent = np.tile([[20.0], [19.0], [4.0]], 4000)
    found = responding({"rescue": True}, latent)
    assert (found[0] == latent).all()
    assert (found[1, :2] == 0).all()
    rescued = found[1, 2] == 0
    assert rescued.mean() == pytest.approx(1 - 0.8**2, abs=0.03)
    assert (found[2, 2] == 0)[rescued].all()
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
    latent, weeks = np.tile([[20.0], [4.0], [12.0], [5.0]], 4000), (0.0, 4.0, 8.0, 12.0)
    found = responding({"rescue": True}, latent, weeks=weeks, responders=SECOND)
    assert (found[1, 3] == 0).mean() == pytest.approx(0.75, abs=0.03)
    without = responding({"rescue": True}, latent, weeks=weeks)  # below three quarters nobody is
    assert (without[1, 3] == 1).all()


def test_closed_form_who_is_rescued_at_the_last_visit_is_so_after_it():
    latent = np.tile([[20.0], [4.0], [19.0]], 400)
    found = record_of_easi({"rescue": True}, latent)
    assert not found.rescued.any()


def test_where_no_score_is_measured_nobody_leaves_because_of_one():
    made = study()
    unscored = replace(made, endpoints=tuple(e for e in made.endpoints if e.name == "tewl"))
    keys = patient_keys(0, "active", 4)
    assert not record._fared(unscored, keys, np.ones((1, 3, 4)), 1.0, 1.0, "dropout/fared").any()


def test_closed_form_who_leaves_or_misses_the_visit_of_the_analysis_is_told_apart():
    found = record_of({"dropout_share": 0.3, "missed_visits": 0.2})
    gone = np.isnan(found.values[0])
    assert ((found.fate == Fate.there) == ~gone[-1]).all()
    assert (found.fate == Fate.left).mean() == pytest.approx(0.3, abs=0.03)
    assert (found.fate == Fate.missed).mean() == pytest.approx(0.7 * 0.2, abs=0.03)
    assert gone[:, found.fate == Fate.left][-1].all()
    assert not found.rescued.any()
    assert found.rescued.shape == found.fate.shape == (4000,)


def test_closed_form_what_becomes_of_patients_is_told_of_the_visit_that_arms_are_compared_at():
    """Who leaves before the third visit has left before the second in one case of two."""
    latent = np.tile([[20.0], [20.0], [20.0]], 3000)
    early = record_of_easi({"dropout_share": 1.0}, latent, week=4.0)
    late = record_of_easi({"dropout_share": 1.0}, latent)
    assert (early.fate == Fate.left).mean() == pytest.approx(0.5, abs=0.03)
    assert (late.fate == Fate.left).all()


def test_closed_form_who_did_not_respond_is_no_dropout_and_who_left_before_is_one():
    latent = np.array([[20.0, 20.0, 20.0], [4.0, 6.0, 6.0], [12.0, 4.0, 4.0]])
    found = record_of_easi({}, latent, responders=SECOND)
    assert found.fate.tolist() == [Fate.there, Fate.no_responder, Fate.no_responder]
    many = np.tile(latent[:, 1:2], 3000)
    leaving = record_of_easi({"dropout_share": 1.0}, many, responders=SECOND)
    before = np.isnan(leaving.values[0, 1])
    assert (leaving.fate == np.where(before, Fate.left, Fate.no_responder)).all()
    assert before.mean() == pytest.approx(0.5, abs=0.03)


def test_closed_form_the_rescued_are_those_who_are_there_and_were_given_other_treatment():
    latent = np.tile([[20.0], [19.0], [4.0]], 4000)
    found = record_of_easi({"rescue": True}, latent)
    assert (found.rescued == (found.values[1, 2] == 0)).all()
    assert found.rescued.mean() == pytest.approx(1 - 0.8**2, abs=0.03)
    leaving = record_of_easi({"rescue": True, "dropout_share": 0.5}, latent)
    assert not (leaving.rescued & (leaving.fate == Fate.left)).any()
    assert leaving.rescued.mean() == pytest.approx((1 - 0.8**2) / 2, abs=0.03)


def test_closed_form_who_does_not_go_on_is_not_told_among_the_rescued():
    latent = np.tile([[20.0], [19.0], [19.0]], 4000)
    assert record_of_easi({"rescue": True}, latent).rescued.any()
    found = record_of_easi({"rescue": True}, latent, responders=SECOND)
    assert (found.fate == Fate.no_responder).all()
    assert not found.rescued.any()
