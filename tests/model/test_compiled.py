"""The compiled model: what identifies it, what a stance changes, and one patient beside another."""

import jax.numpy as jnp
import numpy as np
import pytest

from gutskin.errors import InputError
from gutskin.model.biology import Biology
from gutskin.model.compiled import compile_model


@pytest.mark.parametrize("name", ["parameters.tsv", "claims.tsv", "itch.ant", "model.toml"])
def test_another_byte_makes_another_model(model, folder, name):
    assert Biology(folder).content_hash == model.content_hash
    with (folder / name).open("ab") as handle:
        handle.write(b"\n")
    assert Biology(folder).content_hash != model.content_hash


def test_a_stance_changes_only_what_is_claimed(model):
    evidence, article = model.values("evidence"), model.values("article")
    differ = {name for name in model.parameter_ids if evidence[name] != article[name]}
    claimed = {row.id for row in model.tables.parameters.values() if row.text("claimed") != ""}
    assert differ == claimed
    assert len(claimed) > 5


def test_a_stance_or_start_or_parameter_that_is_not_known_suggests_the_nearest(model):
    with pytest.raises(InputError, match="Did you mean 'article'"):
        model.values("artikel")
    with pytest.raises(InputError, match="Did you mean 'healthy_adult'"):
        model.initial("healthy_adults")
    with pytest.raises(InputError, match="Did you mean 'k_ige'"):
        model.parameter("k_igee")


def test_compartments_have_a_size_and_boundary_species_are_empty(model):
    assert model.constants["colon"] == 1.0
    assert model.constants["gut_hexose"] == 0.0
    assert set(model.constants) | set(model.tables.parameters) == set(model.parameter_ids)


def test_every_number_of_the_tables_is_in_the_model(model):
    assert set(model.state_ids) | set(model.constants) >= set(model.tables.species)
    assert model.scales.shape == (len(model.state_ids),)
    assert np.all(model.scales > 0.0)
    for start in ("healthy_adult", "severe", "birth_vaginal", "birth_c_section"):
        assert np.isfinite(model.initial(start)).all()


def test_patients_in_another_order_have_their_rates_in_that_order(model):
    rng = np.random.default_rng(2)
    patients, order = 7, rng.permutation(7)
    y = model.initial("severe")[:, None] * rng.uniform(0.5, 1.5, (len(model.state_ids), patients))
    values = model.values()
    p = [values[name] * rng.uniform(0.8, 1.2, patients) for name in model.parameter_ids]
    t = rng.uniform(0.0, 400.0, patients)
    for function in (model.rhs, model.observe):
        here = np.asarray(function(t, y, p))
        there = np.asarray(function(t[order], y[:, order], [one[order] for one in p]))
        np.testing.assert_array_equal(there, here[:, order])


def test_a_parameter_without_a_row_is_told_with_the_line_that_uses_it(folder):
    path = folder / "itch.ant"
    text = path.read_text(encoding="utf-8").replace("k_phage * skin_phage", "k_phag * skin_phage")
    path.write_text(text, encoding="utf-8")
    line = next(i for i, one in enumerate(text.splitlines(), 1) if "k_phag *" in one)
    with pytest.raises(InputError) as caught:
        compile_model(Biology(folder))
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == (path, line)
    assert "k_phag has no row" in str(problem)


def test_states_of_32_bit_give_rates_of_32_bit(model):
    """Else half of the work would be done in 64-bit, and be thrown away."""
    values = [np.float32(value) for value in model.values().values()]
    start = model.initial()[:, None]
    narrow = model.rhs(np.float32(0.0), start.astype(np.float32), values)
    wide = model.rhs(0.0, start, [float(value) for value in values])
    assert narrow.dtype == np.float32
    assert wide.dtype == np.float64
    # a rate is a difference of flows: rounding is measured against the state, within a day
    np.testing.assert_allclose(narrow[:, 0] / model.scales, wide[:, 0] / model.scales, atol=1e-4)


def test_double_programming_rules_and_rates_are_the_same_by_numpy_as_by_jax(model):
    """Which of them reckons is decided by the kind of the time."""
    rng = np.random.default_rng(5)
    start = model.initial("severe")
    states = start[:, None] * rng.uniform(0.5, 2.0, (len(start), 3))
    values = model.values()
    own = [np.full(3, values[name]) for name in model.parameter_ids]
    time = np.array([0.0, 10.0, 400.0])
    plain = model.observe_rules(time, states, own)
    traced = model.observe_rules(jnp.asarray(time), jnp.asarray(states), own)
    assert all(isinstance(one, np.ndarray) for one in plain)
    assert not any(isinstance(one, np.ndarray) for one in traced)
    np.testing.assert_allclose(np.stack(plain), np.stack(traced), rtol=1e-9, atol=1e-12)
