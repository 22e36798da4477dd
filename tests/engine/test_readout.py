"""What reads quantities: the equations that they need, and no others."""

import jax.numpy as jnp
import numpy as np
import pytest

from gutskin.engine.readout import CELLS, readout

T = np.linspace(0.0, 50.0, CELLS)
RNG = np.random.default_rng(4)
Y = RNG.uniform(1.0, 2.0, (3, CELLS))
P = RNG.uniform(1.0, 2.0, (4, CELLS))


def observe(t, y, p):
    """Of time, of one parameter, of two of them by way of another quantity, and of none."""
    shared = p[1] * y[0]
    return [t + 1.0, p[0] * y[2], jnp.sqrt(shared) + p[3], jnp.full(CELLS, 7.0), shared]


TRUE = (
    *Y, T + 1.0, P[0] * Y[2], np.sqrt(P[1] * Y[0]) + P[3], np.full(CELLS, 7.0), P[1] * Y[0]
)  # fmt: skip
NEEDS = {0: (), 2: (), 3: (), 4: (0,), 5: (1, 3), 6: (), 7: (1,)}


@pytest.mark.parametrize("places", [(0,), (2,), (3,), (4,), (5,), (6,), (7,), (7, 1, 5, 7), (4, 5)])
def test_closed_form_each_quantity_from_what_it_needs(places):
    of = readout(observe, 3, 4, places)
    table = np.asarray(
        of.read(T, Y[list(of.states)].reshape(-1, CELLS), P[list(of.needs)].reshape(-1, CELLS))
    )
    np.testing.assert_allclose(table, np.stack([TRUE[place] for place in places]), rtol=1e-14)


@pytest.mark.parametrize("places", [(place,) for place in NEEDS] + [(4, 5), (7, 1, 5, 7)])
def test_unit_no_parameter_is_asked_for_that_is_not_needed(places):
    """Nothing has the parameter at place 2."""
    needed = {one for place in places for one in NEEDS.get(place, ())}
    assert readout(observe, 3, 4, places).needs == tuple(sorted(needed))


def test_unit_the_model_s_score_needs_few_of_its_parameters():
    from gutskin.model.compiled import load_model

    model = load_model()
    place = len(model.state_ids) + model.assigned_ids.index("scorad")
    of = readout(model.observe, len(model.state_ids), len(model.parameter_ids), (place,))
    needs = {model.parameter_ids[one] for one in of.needs}
    assert len(needs) < len(model.parameter_ids) / 10
    assert "body_weight" not in needs
