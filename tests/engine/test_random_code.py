"""Machine code for random draws: the same numbers as JAX, in the middle and in the tails."""

from time import sleep

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from gutskin.engine import random_code
from gutskin.engine.parallel import run_chunks
from gutskin.engine.random_code import draws, fuses

NAME, WORD = np.array([3], np.uint32), np.array([[9]], np.uint32)


def of_jax(words, length, kind):
    """Draws [draw, key] from the streams of seed 5 and of the name."""
    with jax.enable_x64(True):
        root = jax.random.fold_in(jax.random.key(5), NAME[0])
        keys = jax.vmap(lambda word: jax.random.fold_in(root, word))(words)
        of_each = jax.vmap(lambda key: getattr(jax.random, kind)(key, (length,), jnp.float64))
        return np.asarray(jax.jit(of_each)(keys)).T


@pytest.mark.parametrize("kind", ["normal", "uniform"])
def test_a_million_draws_are_those_of_jax(kind):
    words = np.arange(1000, dtype=np.uint32)
    found = draws(5, NAME, words[:, None], 1000, normal=kind == "normal")[0]
    asked = of_jax(words, 1000, kind)
    if fuses():
        assert np.array_equal(found, asked)
    else:
        assert np.abs(found - asked).max() < 1e-14
    if kind == "normal":
        # -log(1 - x^2) of 6.25 and 16, where the polynomials change, lie at 3.1 and 5.3
        assert (np.abs(found) > 3.3).sum() > 500
        assert np.abs(found).max() > 4.5


def test_a_draw_depends_on_nobody_beside_it():
    words = np.arange(40, dtype=np.uint32)[:, None]
    whole = draws(5, NAME, words, 3, normal=True)
    for some in (slice(0, 1), slice(7, 24), slice(15, 40)):
        assert np.array_equal(draws(5, NAME, words[some], 3, normal=True), whole[:, :, some])


def test_who_has_no_words_has_the_draws_of_the_name():
    found = draws(5, NAME, np.empty((1, 0), np.uint32), 2, normal=False)[0, :, 0]
    with jax.enable_x64(True):
        key = jax.random.fold_in(jax.random.key(5), NAME[0])
        assert np.array_equal(found, jax.random.uniform(key, (2,), jnp.float64))


def test_without_one_operation_for_product_and_sum_the_draws_differ_in_the_last_bits(monkeypatch):
    words = np.arange(100, dtype=np.uint32)[:, None]
    usual = draws(5, NAME, words, 9, normal=True)
    with monkeypatch.context() as patch:
        patch.setattr(random_code, "fuses", lambda: False)
        apart = random_code.Compiled(random_code.module, ["apart"])
        patch.setattr(random_code, "_advance", lambda: apart.function("draws"))
        other = draws(5, NAME, words, 9, normal=True)
    assert np.abs(other - usual).max() < 1e-14


def test_threads_that_draw_at_once_share_what_the_first_compiles(monkeypatch):
    made = []

    class Slow(random_code.Compiled):
        def __init__(self, *given):
            sleep(0.05)
            super().__init__(*given)
            made.append(self)

    random_code._compiled.cache_clear()
    with monkeypatch.context() as patch:
        patch.setattr(random_code, "Compiled", Slow)
        found = run_chunks(lambda word: draws(5, NAME, word, 3, normal=True), [WORD] * 8, 8)
    random_code._compiled.cache_clear()
    assert len(made) == 1
    assert all(np.array_equal(one, found[0]) for one in found)


@pytest.mark.slow
def test_the_far_tail_is_that_of_jax():
    words = np.arange(20_000, dtype=np.uint32)
    found = draws(5, NAME, words[:, None], 2000, normal=True)[0]
    assert np.abs(found).max() > 5.3
    if fuses():
        assert np.array_equal(found, of_jax(words, 2000, "normal"))
