"""A mixture beside its members: what must hold whatever the numbers of the priors are."""

import numpy as np
import pytest

from gutskin.evidence.mixtures import Mixture, compared
from gutskin.model.compiled import load_model


def test_closed_form_numbers_of_a_mixture_of_two():
    alone = np.array([[-1.0, -3.0, 1.0, 2.0], [-2.0, -1.0, 3.0, -4.0]])
    found = Mixture(("a", "b"), alone.mean(axis=0), alone).numbers()
    assert found["effect of the mixture"][0] == pytest.approx(-0.625)
    assert found["effect of a member"][0] == pytest.approx(-0.625)
    assert found["better than the best member"][0] == 0.0
    assert found["harm by the mixture"][0] == 0.25
    assert found["harm by a member"] == (0.375, 0.25, 0.5)


@pytest.mark.slow
def test_a_mixture_harms_less_often_than_its_members_and_lies_between_them():
    found = compared(load_model(), ("w23", "w56", "w58"), 4e9, weeks=4, worlds=48, patients=1,
                     scorad=(15.0, 103.0))  # fmt: skip
    numbers = found.numbers()
    assert numbers["harm by the mixture"][0] < numbers["harm by a member"][0]
    assert numbers["spread over that of a member"][0] < 1.0
    assert numbers["better than the best member"][0] < 0.25
