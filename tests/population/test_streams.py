"""Named random streams: a draw belongs to its seed, name and key, and to nothing else."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gutskin.population.streams import draw, name_number, patient_keys

NAMES = ["patient/k_a", "patient/k_b", "noise"]


def test_the_same_seed_gives_the_same_draw():
    keys = patient_keys(0, "placebo", 5)
    assert np.array_equal(draw(7, NAMES, keys, 4), draw(7, NAMES, keys, 4))
    assert not np.array_equal(draw(7, NAMES, keys, 4), draw(8, NAMES, keys, 4))


def test_another_stream_changes_no_draw():
    keys = patient_keys(0, "placebo", 5)
    all_three = draw(7, NAMES, keys, 4)
    assert np.array_equal(all_three[[0, 2]], draw(7, [NAMES[0], NAMES[2]], keys, 4))
    assert np.array_equal(all_three[::-1], draw(7, NAMES[::-1], keys, 4))


@pytest.mark.parametrize("more", [6, 16, 17, 16_387])
def test_more_patients_change_no_draw(more):
    few = draw(7, NAMES, patient_keys(0, "placebo", 5))
    assert np.array_equal(draw(7, NAMES, patient_keys(0, "placebo", more))[:, :5], few)


def test_replicate_arm_and_index_each_change_the_draw():
    one = patient_keys(0, "placebo", 2)
    values = [draw(7, NAMES[:1], keys)[0, :, 0] for keys in
              (one, patient_keys(1, "placebo", 2), patient_keys(0, "active", 2))]  # fmt: skip
    assert len(np.unique(values)) == 6


def test_keys_name_replicate_arm_and_index():
    keys = patient_keys(3, "active", 2)
    assert keys.tolist() == [[3, name_number("active"), 0], [3, name_number("active"), 1]]


@pytest.mark.parametrize("kind", ["normal", "uniform"])
@pytest.mark.parametrize("length", [1, 3, 1171, 8193])
def test_reference_draws_are_those_of_jax_for_a_key_folded_by_name_and_words(kind, length):
    keys = patient_keys(2, "active", 9)[4:]
    found = draw(2**63 - 1, NAMES[1:], keys, length, kind)
    with jax.enable_x64(True):
        for name, of_name in zip(NAMES[1:], found, strict=True):
            for words, its in zip(keys, of_name, strict=True):
                key = jax.random.fold_in(jax.random.key(2**63 - 1), name_number(name))
                for word in words:
                    key = jax.random.fold_in(key, word)
                assert np.array_equal(its, getattr(jax.random, kind)(key, (length,), jnp.float64))


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1, 2**32, 12345678901234567])
def test_every_bit_of_a_seed_counts_as_in_jax(seed):
    with jax.enable_x64(True):
        key = jax.random.fold_in(jax.random.key(seed), name_number("noise"))
        key = jax.random.fold_in(key, np.uint32(2**32 - 1))
        asked = jax.random.normal(key, (3,), jnp.float64)
    found = draw(seed, ["noise"], np.full((1, 1), 2**32 - 1, np.uint32), 3)
    assert np.array_equal(found[0, 0], asked)


def test_more_draws_change_no_draw():
    keys = patient_keys(0, "placebo", 300)
    more = draw(7, NAMES, keys, 60)
    assert np.array_equal(more[:, :, :4], draw(7, NAMES, keys, 4))


def test_nothing_is_drawn_for_nobody():
    assert draw(7, NAMES, patient_keys(0, "placebo", 0), 4).shape == (3, 0, 4)
    assert draw(7, [], patient_keys(0, "placebo", 2), 4).shape == (0, 2, 4)


@pytest.mark.parametrize(("kind", "mean", "sd"), [("normal", 0.0, 1.0), ("uniform", 0.5, 12**-0.5)])
def test_draws_have_the_distribution_they_name(kind, mean, sd):
    values = draw(7, ["a", "b"], patient_keys(0, "placebo", 5000), 4, kind)
    assert values.mean() == pytest.approx(mean, abs=5 * sd / values.size**0.5)
    assert values.std() == pytest.approx(sd, rel=0.02)
    assert abs(np.corrcoef(values.reshape(2, -1))[0, 1]) < 0.03


def test_a_draw_is_the_same_whatever_was_imported_before():
    """Frozen: in a process of its own nothing else has set JAX to 64 bits."""
    says = "import numpy; from gutskin.population.streams import draw; "
    says += "print(*draw(7, ['noise'], numpy.zeros((1, 3), numpy.uint32), 2).ravel().tolist())"
    alone = subprocess.run([sys.executable, "-c", says], capture_output=True, text=True, check=True)
    here = draw(7, ["noise"], np.zeros((1, 3), np.uint32), 2).ravel().tolist()
    assert (
        [float(word) for word in alone.stdout.split()]
        == here
        == [-2.38892378795541, 0.40507455258869834]
    )
