"""Permuted blocks in strata: read, drawn, adjusted for; 5% significant where nothing acts."""

import json

import numpy as np
import pytest
from trial_texts import FULL, problems

from gutskin.model.compiled import load_model
from gutskin.trials.arrival_problems import arrival_problems
from gutskin.trials.chunks import from_bytes, to_bytes
from gutskin.trials.conduct import WorkCounter, conduct_batch
from gutskin.trials.design import TrialDesign, load_trial
from gutskin.trials.design_parts import Randomisation
from gutskin.trials.endpoints import endpoints_of
from gutskin.trials.randomisation import minimised, parts_of, permuted_blocks
from gutskin.trials.run import run_trial
from gutskin.trials.study import prepare

BLOCKS = """
[randomisation]
block_sizes = [3, 6]

[[randomisation.strata]]
by = "scorad"
cuts = [40]

[[randomisation.strata]]
by = "sensitised"
"""


def blocks(sizes=(4,), ratio=(), strata=()):
    return Randomisation(block_sizes=sizes, ratio=ratio, strata=strata)


def test_property_arms_are_full_and_whole_blocks_hold_the_ratio():
    rng = np.random.default_rng(1)
    for _ in range(50):
        stratum = rng.integers(0, 3, 60)
        arm = permuted_blocks(stratum, (40, 20), blocks((6,)), rng)
        assert np.bincount(arm).tolist() == [40, 20]
        for one in range(3):
            mine = arm[stratum == one]
            whole = mine[: len(mine) // 6 * 6].reshape(-1, 6)
            assert (whole.sum(axis=1) == 2).all()


def test_unit_arms_that_blocks_cannot_fill_are_filled_by_the_last_who_come():
    arm = permuted_blocks(
        np.zeros(40, int), (21, 19), blocks(ratio=(1, 1)), np.random.default_rng(2)
    )
    assert np.bincount(arm).tolist() == [21, 19]
    assert (arm[:36].reshape(-1, 4).sum(axis=1) == 2).all()
    assert parts_of(blocks(), (20, 10)) == (2, 1)


def test_property_nobody_is_likelier_in_one_arm_wherever_he_comes():
    rng = np.random.default_rng(3)
    stratum = np.arange(10) % 2
    draws = np.stack([permuted_blocks(stratum, (5, 5), blocks((4, 6), (1, 1)), rng)
                      for _ in range(4000)])  # fmt: skip
    assert np.abs(draws.mean(axis=0) - 0.5).max() < 5 * 0.5 / np.sqrt(4000)


def minimisation(probability=None, ratio=()):
    strata = ({"by": "sensitised"}, {"by": "food_sensitised"})
    return Randomisation(method="minimisation", probability=probability, ratio=ratio, strata=strata)


def farthest(groups, arm, parts=(1, 1)):
    """How far the arms lie apart in the group where they do most, at the end of the trial."""
    tables = [np.bincount(arm[own == n], minlength=2) / parts for own in groups for n in (0, 1)]
    return max(np.ptp(one) for one in tables)


def test_property_minimisation_fills_the_arms_and_evens_out_every_group():
    rng = np.random.default_rng(5)
    by_chance, by_rule = [], []
    for _ in range(60):
        groups = rng.integers(0, 2, (2, 60))
        arm = minimised(groups, (30, 30), minimisation(), rng)
        assert np.bincount(arm).tolist() == [30, 30]
        by_rule.append(farthest(groups, arm))
        by_chance.append(farthest(groups, rng.permutation(np.repeat([0, 1], 30))))
    assert np.mean(by_rule) < 0.5 * np.mean(by_chance)


def test_closed_form_without_chance_groups_differ_by_what_one_patient_makes():
    rng = np.random.default_rng(6)
    groups = np.arange(40)[None] % 4 // 2  # two and two, in turn
    arm = minimised(groups, (20, 20), minimisation(1.0), rng)
    assert farthest(groups, arm) == 0
    both = [minimised(groups, (20, 20), minimisation(1.0), rng)[0] for _ in range(400)]
    assert 140 < np.sum(both) < 260  # the first goes either way


def test_property_minimisation_keeps_the_ratio_in_every_group_on_the_way():
    rng = np.random.default_rng(7)
    groups = rng.integers(0, 2, (2, 90))
    arm = minimised(groups, (60, 30), minimisation(ratio=(2, 1)), rng)
    assert np.bincount(arm).tolist() == [60, 30]
    assert farthest(groups[:, :75], arm[:75], (2, 1)) <= 3
    assert {*np.unique(arm[:6])} == {0, 1}


def test_property_a_lower_probability_leaves_more_to_chance():
    rng = np.random.default_rng(8)
    groups = rng.integers(0, 2, (400, 2, 40))
    often, rarely = (
        np.mean([farthest(one, minimised(one, (20, 20), minimisation(p), rng)) for one in groups])
        for p in (0.95, 0.55)
    )
    assert often < rarely - 0.5


def design(tmp_path, text=FULL + BLOCKS):
    path = tmp_path / "trial.toml"
    path.write_text(text)
    return load_trial(path)


def test_engine_blocks_strata_and_their_column_survive_a_file(tmp_path):
    made = design(tmp_path)
    assert TrialDesign.model_validate_json(made.model_dump_json()) == made
    assert made.strata == made.adjusted_strata == 4
    study = prepare(made, load_model(), 2, 1, "evidence")
    part = conduct_batch(study, 2, WorkCounter(None, 60, 3))
    stratum = part.data["stratum"].values
    assert ((stratum >= 0) & (stratum < 4)).all()
    first = part.data["measured"].sel(endpoint="scorad").isel(visit=0).values
    assert ((first >= 40) == (stratum // 2 == 1)).all()
    for one in np.unique(stratum):
        count = (stratum == one).sum(axis=2)  # replicate, arm
        assert (count.max(axis=1) - count.min(axis=1) <= 3).all()
    again = from_bytes(
        to_bytes(part, made), made, endpoints_of(load_model(), ("scorad", "easi")), 0
    )
    assert (again.data["stratum"].values == stratum).all()
    assert np.allclose(again.data["measured"], part.data["measured"], equal_nan=True)


def test_engine_the_same_patients_take_part_whatever_the_blocks(tmp_path):
    one = run_trial(design(tmp_path, FULL), load_model(), 2, keep_patients=True)
    other = run_trial(design(tmp_path), load_model(), 2, keep_patients=True)
    scores = [
        np.sort(run.data["measured"].sel(endpoint="scorad").isel(visit=0).values.reshape(2, -1))
        for run in (one, other)
    ]
    assert np.array_equal(*scores)
    assert other.analysis.endpoints["scorad"].comparisons["mix"].freedom[0] <= 20 - 2 - 2


RULE = BLOCKS.replace("block_sizes = [3, 6]", 'method = "minimisation"')


def test_engine_a_trial_by_minimisation_has_even_groups_and_full_arms(tmp_path):
    study = prepare(design(tmp_path, FULL + RULE), load_model(), 2, 1, "evidence")
    part = conduct_batch(study, 2, WorkCounter(None, 60, 3))
    first = part.data["measured"].sel(endpoint="scorad").isel(visit=0).values
    ill, many = first >= 40, np.isfinite(first).sum(axis=2)
    assert (many == 10).all()
    assert (np.ptp(ill.sum(axis=2), axis=1) <= 3).all()
    assert 0 < ill.sum() < ill.size


def test_unit_what_belongs_to_blocks_and_to_minimisation_is_kept_apart(tmp_path):
    text = FULL + RULE.replace("[[", "block_sizes = [3]\nprobability = 0.4\n[[", 1)
    assert [line for line, _ in problems(tmp_path, text)] == [61, 62]
    (found,) = problems(tmp_path, FULL + '\n[randomisation]\nmethod = "minimisation"\n')
    assert "evens out groups" in found[1]
    (found,) = problems(tmp_path, FULL + "\n[randomisation]\nratio = [1, 1, 1]\n")
    assert "`block_sizes` is missing" in found[1]
    (found,) = problems(tmp_path, FULL + BLOCKS.replace("[[", "probability = 0.9\n[[", 1))
    assert "belongs to a minimisation" in found[1]


@pytest.mark.parametrize("cut", [60, 10, 9, 110])
def test_unit_a_cut_that_leaves_a_group_empty_is_told(tmp_path, cut):
    """The trial admits from 2 to 12 years and a SCORAD of 25 to 103."""
    by_age = BLOCKS.replace('by = "scorad"', 'by = "age_years"')
    for blocks_, low, high in (BLOCKS, 25, 103), (by_age, 2, 12):
        text = FULL + blocks_.replace("[40]", f"[{cut}]")
        if low < cut < high:
            assert design(tmp_path, text).strata == 4
            continue
        ((line, what),) = problems(tmp_path, text)
        assert (line, "both sides of" in what) == (63, True)


@pytest.mark.parametrize(("sizes", "ratio", "blocks_", "fits"), [
    ((10, 10), (2, 1), "[6]", "`n` of 14, 7 (or other multiples of 2, 1)"),
    ((10, 10), (4, 2), "[6]", "`n` of 14, 7 (or other multiples of 2, 1)"),
    ((20, 10), (1, 2), "[3, 6]", "`n` of 10, 20 (or other multiples of 1, 2)"),
    ((2, 2), (4, 1), "[5]", "`n` of 8, 2 (or other multiples of 4, 1)"),
    ((20, 10), (2, 1), "[6]", None), ((15, 7), (2, 1), "[6]", None),
    ((48, 41), (1, 1), "[4]", None), ((21, 19), (1, 1), "[4]", None),
    ((3, 5), (1, 1), "[8]", None), ((30, 20), (1, 1), "[4]", "`n` of 25, 25"),
])  # fmt: skip
def test_unit_arms_that_no_such_ratio_gives_are_refused(sizes, ratio, blocks_, fits):
    """The last block may be open, and who left is missing of the sizes that were analysed."""
    arms = [{"name": str(number), "n": n} for number, n in enumerate(sizes)]
    asked = {"ratio": [*ratio], "block_sizes": json.loads(blocks_)}
    for more in ({}, {"method": "minimisation", "block_sizes": None, "strata": [{"by": "site"}]}):
        raw = {"randomisation": {**asked, **more}, "sites": [{"name": "a"}, {"name": "b"}]}
        found = [*arrival_problems(raw, arms, None)]
        if fits is None:
            assert not found
            continue
        ((place, what, fix),) = found
        assert place == ("randomisation", "ratio")
        assert what.startswith(f"arms of {sizes[0]}, {sizes[1]} patients are not {ratio[0]} to ")
        assert fits in fix


def test_unit_a_ratio_that_the_arms_have_not_is_told_with_its_line(tmp_path):
    text = FULL + "\n[randomisation]\nblock_sizes = [4]\nratio = [2, 1, 1]\n"
    ((line, what),) = problems(tmp_path, text)
    assert line == 60
    assert "are not 2 to 1 to 1. Write `n` of " in what


def test_unit_what_is_wrong_is_told_with_its_line(tmp_path):
    text = FULL + "\n[randomisation]\nblock_sizes = [4]\n"
    assert problems(tmp_path, text) == [
        (59, "a block of 4 cannot hold arms of 1 to 1 to 1. Write a multiple of 3, or the `ratio` "
             "that was meant, such as [1, 1].")
    ]  # fmt: skip
    text = FULL + "\n[randomisation]\nblock_sizes = [4]\nratio = [1, 1]\n"
    (found,) = problems(tmp_path, text)
    assert found[0] == 60
    assert "2 parts, and the trial 3 arms" in found[1]
    text = FULL + BLOCKS.replace('by = "scorad"', 'by = "easi"').replace("[40]", "[7, 7]")
    assert [line for line, _ in problems(tmp_path, text)] == [63]
    text = FULL + BLOCKS.replace('by = "scorad"', 'by = "easi"')
    (found,) = problems(tmp_path, text)
    assert "'easi' is not the score that admits" in found[1]
    text = FULL + BLOCKS.replace('by = "sensitised"', 'by = "scorad"\ncuts = [50]')
    (found,) = problems(tmp_path, text)
    assert "twice" in found[1]
