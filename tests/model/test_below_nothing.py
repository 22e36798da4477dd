"""Structure: what the error of a step leaves below nothing is brought back, and moves nothing far.

Steps of a trial let a state err by a thousandth of its typical size, and by three before enrolment.
Where a body sets out from, in worlds far out: an amount that is not there is not taken away, and
one that is a little less than nothing grows no further down and makes no divisor vanish.
"""

import numpy as np
import pytest

from gutskin.model.check_numbers import start_columns
from gutskin.model.compiled import load_model
from gutskin.model.joint_draws import jointly_drawn
from gutskin.population.draw import spread_at

WORLDS = 32
ERRORS = (1e-3, 3e-3)  # of a state's typical size
FAR = 1.0  # typical sizes a day: by how much another rate may move for such an error
DRAWN = ("prior", "assumed", "fitted")
MODEL = load_model()
STARTS = start_columns(MODEL.tables)
AMOUNTS = [n for n, name in enumerate(MODEL.state_ids) if name not in MODEL.signed_ids]


def worlds():
    """Every number with a width, drawn from it: [parameter] of Array [world]."""
    rng = np.random.default_rng(3)
    values = dict(MODEL.values())
    for row in MODEL.tables.parameters.values():
        drawn = row.text("role") in DRAWN and row.text("distribution") != "fixed"
        if drawn and row.id not in jointly_drawn(MODEL.biology):
            values[row.id] = spread_at(row, values[row.id], rng.standard_normal(WORLDS))
    return [np.broadcast_to(values[name], WORLDS).astype(float) for name in MODEL.parameter_ids]


def rates(start, share):
    """Rates (1/day of typical sizes) [state, amount, world], each amount in turn at this share."""
    scales = np.asarray(MODEL.scales)
    usual = MODEL.initial(start)
    usual = np.where(usual == 0.0, scales, usual)  # as much as is usual of what nobody has yet
    states = np.repeat(usual[:, None], len(AMOUNTS), axis=1)
    states[AMOUNTS, range(len(AMOUNTS))] = share * scales[AMOUNTS]
    states = np.repeat(states[..., None], WORLDS, axis=2).reshape(len(scales), -1)
    values = [np.tile(one, len(AMOUNTS)) for one in worlds()]
    found = np.asarray(MODEL.rhs(0.0, states, values)) / scales[:, None]
    return found.reshape(len(scales), len(AMOUNTS), WORLDS)


def named(which):
    """The amounts that are meant by an Array [amount, world] (bool)."""
    return [MODEL.state_ids[AMOUNTS[n]] for n in np.flatnonzero(which.any(axis=1))]


@pytest.mark.parametrize("start", STARTS)
def test_what_is_not_there_is_not_taken_away_and_less_than_nothing_comes_back(start):
    own = (AMOUNTS, range(len(AMOUNTS)))
    empty = rates(start, 0.0)
    assert not named(empty[own] < 0.0)
    for error in ERRORS:
        below = rates(start, -error)
        assert np.isfinite(below).all()
        assert not named(below[own] < 0.0), f"go on down from -{error} of their size"
        far = np.abs(below - empty).max(axis=0) > FAR
        assert not named(far), f"move others far from -{error} of their size"
