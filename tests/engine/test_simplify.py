"""Numbers of an equation, whatever JAX wraps them in."""

from types import SimpleNamespace

import numpy as np

from gutskin.engine.simplify import number_of


class Wrapped:
    """As JAX 0.8 holds a literal: an array to numpy, without a minus."""

    def __array__(self, dtype=None, copy=None):
        return np.array(1.5, np.float32)


def test_unit_a_number_that_knows_no_minus_becomes_one_that_does_in_its_own_precision():
    found = -number_of(SimpleNamespace(val=Wrapped()))
    assert (found, found.dtype) == (-1.5, np.float32)


def test_unit_any_other_number_stays_as_it_is():
    value = np.float32(0.25)
    assert number_of(SimpleNamespace(val=value)) is value
    assert number_of(SimpleNamespace(val=2.0)) == 2.0
