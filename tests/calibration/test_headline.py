"""What an answer rests on: the parts of an effect whose parts are known."""

import numpy as np
import pytest

from gutskin.calibration import headline as room
from gutskin.calibration.headline import headline_of
from gutskin.calibration.identifiability import Open
from gutskin.calibration.sensitivity_inputs import BODIES, STRAINS, Inputs
from gutskin.model.compiled import load_model
from gutskin.trials.design import load_trial

DESIGN = load_trial("six-strain-children")


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    """-2 a + c of bodies, 3 s of strains, and a bend of variance 2, seen in 16 noisy patients."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((3000, 5))
    bend = x[:, 1] ** 2 - 1.0
    effect = -2.0 * x[:, 0] + x[:, 2] + 3.0 * x[:, 4] + bend
    table = np.zeros((2, 3000, 16))
    table[0] = effect[:, None] + 2.0 * rng.standard_normal((3000, 16))
    inputs = Inputs(
        ("a", "b", "c", "d", "s"), ("",) * 5, (*[BODIES] * 4, STRAINS), x, np.arange(3000)
    )
    monkeypatch.setattr(room, "simulated", lambda *args: (DESIGN, inputs, table, table))


def test_closed_form_numbers_strains_and_what_no_sum_follows(known: None) -> None:
    found = headline_of(DESIGN, load_model(), 1)
    assert found.slopes == pytest.approx([-2, 0, 1, 0], abs=0.1)
    assert (found.of_strains, found.left_over) == (
        pytest.approx(9, rel=0.08), pytest.approx(2, rel=0.25)
    )  # fmt: skip
    assert found.prior == pytest.approx(5, rel=0.08)
    half = Open(np.zeros(4), np.diag([0.25, 1.0, 1.0, 1.0]))
    assert found.after(half) == pytest.approx(2, rel=0.08)
    assert found.shares(half) == pytest.approx([0.5, 0, 0.5, 0], abs=0.05)
