"""Conduct of a trial: the same seed, other replicates and arms, paired and signed effects."""

import numpy as np
import pytest
import xarray as xr

from gutskin.model.compiled import load_model
from gutskin.population.strain_traits import axes_of
from gutskin.population.streams import patient_keys
from gutskin.trials import conduct, screening
from gutskin.trials import study as study_room
from gutskin.trials.design import TrialDesign
from gutskin.trials.run import run_trial
from gutskin.trials.study import prepare

W23 = {"kind": "probiotic", "strains": ("w23",), "cfu_per_day": 4e9}
ACTIVE = {"name": "active", "n": 3, "interventions": (W23,)}
PLACEBO = {"name": "placebo", "n": 3, "control": True}


def design(*arms, dropout=0.0, endpoints=("scorad", "il5")):
    return TrialDesign.model_validate(
        {
            "name": "tiny",
            "population": "ad_child",
            "eligibility": {"scorad": (20.0, 103.0)},
            "visits": {"weeks": (0.0, 1.0, 2.0), "screening_weeks": 1.0},
            "arms": arms or (ACTIVE, PLACEBO),
            "conduct": {"dropout_share": dropout},
            "analysis": {"primary": "scorad", "endpoints": endpoints},
        }
    )


def run(plan=None, replicates=2, **options):
    options = {"seed": 11, "keep_patients": True, **options}
    return run_trial(plan or design(), load_model(), replicates, **options).data


@pytest.fixture(scope="module")
def trial():
    return run()


def test_the_same_seed_gives_the_same_trial_to_the_last_digit(trial):
    xr.testing.assert_identical(trial, run())


def test_another_seed_gives_another_trial(trial):
    assert not np.array_equal(trial.latent, run(seed=12).latent)


def test_every_patient_is_there_under_every_arm(trial):
    assert dict(trial.measured.sizes) == {
        "endpoint": 2, "replicate": 2, "arm": 2, "patient": 3, "visit": 3,
    }  # fmt: skip
    assert dict(trial.latent.sizes) == {**trial.measured.sizes, "given": 2}
    assert trial.latent.notnull().all()
    assert trial.measured.notnull().all()
    assert trial.course.notnull().all()


def test_more_replicates_change_none_of_the_first(trial):
    three = run(replicates=3)
    for name in ("measured", "latent", "world"):
        one, other = trial[name], three[name].isel(replicate=slice(2))
        shared = one if name != "world" else one.sel(uncertain=other.uncertain)
        assert np.array_equal(shared, other), name


def test_all_patients_start_alike_under_every_arm(trial):
    first = trial.latent.isel(visit=0)
    assert np.array_equal(first.isel(given=0), first.isel(given=1))


@pytest.mark.parametrize(
    "third",
    [
        {"name": "double", "n": 3, "interventions": ({**W23, "cfu_per_day": 8e9},)},
        {"name": "larger", "n": 5},
        {"name": "cream", "n": 3, "interventions": ({"kind": "emollient", "level": 0.9},)},
    ],
    ids=lambda arm: arm["name"],
)
@pytest.mark.parametrize("last", [True, False])
def test_a_third_arm_changes_none_of_the_others(trial, third, last):
    arms = (ACTIVE, PLACEBO, third) if last else (third, ACTIVE, PLACEBO)
    names = ["active", "placebo"]
    more = run(design(*arms)).isel(patient=slice(3))
    assert np.array_equal(trial.measured, more.measured.sel(arm=names))
    assert np.array_equal(trial.latent, more.latent.sel(arm=names, given=names))
    assert np.array_equal(trial.world, more.world.sel(uncertain=trial.uncertain))


def test_an_arm_with_another_strain_changes_no_world_and_no_patient():
    other = {"name": "other", "n": 3, "interventions": ({**W23, "strains": ("w51",)},)}
    two, three = (
        prepare(design(*arms), load_model(), 2, 11, "evidence")
        for arms in ((ACTIVE, PLACEBO), (ACTIVE, PLACEBO, other))
    )
    keys = patient_keys(1, "active", 3)
    one, same = (screening.patients_of(study, keys).parameters for study in (two, three))
    assert all(np.array_equal(one[name], same[name]) for name in one)
    mine, theirs = (study.traits["active"] for study in (two, three))
    assert all(np.array_equal(mine[name], theirs[name]) for name in mine)


def test_the_order_and_the_title_of_arms_change_nothing(trial):
    swapped = run(design({**PLACEBO, "label": "Sham"}, {**ACTIVE, "label": "W23"}))
    names = ["active", "placebo"]
    assert np.array_equal(trial.measured, swapped.measured.sel(arm=names))
    assert np.array_equal(trial.latent, swapped.latent.sel(arm=names, given=names))


def test_an_endpoint_changes_no_other(trial):
    one = run(design(endpoints=("scorad",)))
    names = ["scorad"]
    assert np.array_equal(trial.measured.sel(endpoint=names), one.measured)
    assert np.array_equal(trial.latent.sel(endpoint=names), one.latent)


def test_a_name_names_the_patients_of_an_arm(trial):
    renamed = run(design({**ACTIVE, "name": "mixture"}, PLACEBO))
    assert np.array_equal(trial.latent.sel(arm="placebo", given="placebo"),
                          renamed.latent.sel(arm="placebo", given="placebo"))  # fmt: skip
    assert np.array_equal(trial.latent.sel(arm="placebo", given="active"),
                          renamed.latent.sel(arm="placebo", given="mixture"))  # fmt: skip
    assert not np.array_equal(trial.latent.sel(arm="active"), renamed.latent.sel(arm="mixture"))


def test_the_true_effect_is_zero_where_both_arms_receive_the_same():
    twin = {**ACTIVE, "name": "twin"}
    one = run(design(ACTIVE, {**twin, "control": True}))
    assert np.array_equal(one.latent.sel(given="active"), one.latent.sel(given="twin"))


def test_the_effect_turns_round_with_the_sign_of_the_strain_s_factor(monkeypatch):
    effects = {}
    for sign in (1.0, 0.0, -1.0):

        def with_factor(*arguments, sign=sign, **more):
            study = prepare(*arguments, **more)
            traits = study.traits["active"]
            traits["factor_strain_1"] = np.full_like(traits["factor_strain_1"], sign)
            return study

        monkeypatch.setattr(study_room, "prepare", with_factor)
        latent = run().latent.sel(endpoint="scorad")
        effects[sign] = (latent.sel(given="active") - latent.sel(given="placebo")).isel(visit=-1)
    assert np.abs(effects[0.0]).max() < 0.02
    assert effects[1.0].mean() < -0.02
    assert effects[-1.0].mean() > 0.02


def test_who_drops_out_stays_out_and_everyone_has_a_baseline():
    one = run(design(dropout=0.9), replicates=4)
    missing = one.measured.isnull()
    assert not missing.isel(visit=0).any()
    assert missing.isel(visit=-1).any()
    assert not (missing.isel(visit=1) & ~missing.isel(visit=2)).any()
    assert one.latent.notnull().all()


def test_progress_reaches_its_end():
    told = []
    run(progress=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert all(done <= total for done, total in told)


@pytest.mark.parametrize("cores", [1, 2, 3])
@pytest.mark.parametrize("patients", [0, 1, 127, 300, 512, 1024, 1025, 5000])
def test_unit_pieces_hold_everybody_once_and_every_core_gets_one(monkeypatch, patients, cores):
    monkeypatch.setattr(conduct, "cores", lambda: cores)
    found = conduct.pieces(np.arange(patients))
    np.testing.assert_array_equal(np.concatenate([np.arange(0), *found]), np.arange(patients))
    sizes = [len(one) for one in found]
    assert all(size <= conduct.CHUNK and size % 128 == 0 for size in sizes[:-1])
    if patients >= cores * conduct.WORTHWHILE:
        assert len(sizes) >= cores
    if patients < 2 * conduct.WORTHWHILE:
        assert len(sizes) == (patients > 0)
    assert len(sizes) <= max(cores, -(-patients // conduct.CHUNK))


def test_unit_what_an_effect_hangs_on_has_every_axis_of_the_strains(trial):
    """A trial from birth hangs on the imprint first."""
    axes = [one.parameter for one in axes_of(load_model().biology)]
    told = [str(name) for name in trial.uncertain.values]
    for axis in axes:
        assert f"{axis}:active" in told
        assert trial.world.sel(uncertain=f"{axis}:active").std() > 0
