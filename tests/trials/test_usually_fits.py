"""Who is usually too ill for a trial comes more rarely: closed form, and whom it keeps out."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from gutskin.model.compiled import load_model
from gutskin.population.streams import patient_keys
from gutskin.trials import screening
from gutskin.trials.design import load_trial
from gutskin.trials.study import prepare


def study(low, high):
    """The shipped trial with another range of SCORAD at entry."""
    design = load_trial("six-strain-children")
    asked = design.eligibility.model_copy(update={"scorad": (low, high)})
    return prepare(design.model_copy(update={"eligibility": asked}), load_model(), 2, 7, "evidence")


def test_closed_form_the_chance_is_a_power_of_how_much_too_ill(monkeypatch):
    """Of whose usual score half of them should come, half do; who is no more ill, always."""
    one, count = study(2.0, 12.0), 2000
    keys = patient_keys(0, "active", count)
    power = one.numbers_of(keys)["history_power"][0]
    asked = screening.Criterion("scorad", 2.0, 12.0, 8.0)
    everyone, given = np.ones(count, bool), []
    monkeypatch.setattr(
        screening, "run_to_steady_state", lambda _, parameters, *__, **___: given.append(parameters)
    )
    for own, share in ((12.0 * 2 ** (1 / power), 0.5), (12.0 * 4 ** (1 / power), 0.25), (9.0, 1.0)):
        monkeypatch.setattr(screening, "read", lambda *_, own=own: [np.full((1, 1, count), own)])
        patients = SimpleNamespace(keys=keys)
        came = screening.usually_fits(one, patients, {"activity": 3.0}, asked, everyone)
        assert came.mean() == pytest.approx(share, abs=0.03)
    assert all((those["activity"] == 1.0).all() for those in given)  # years, not the last weeks


def test_who_is_usually_too_ill_comes_more_rarely_the_more_ill_he_is():
    """The same draw decides at every power: whom a smaller one keeps out a larger one does too."""
    limited, made = study(2.0, 12.0), study(2.0, 103.0)
    keys = patient_keys(0, "active", 300)

    def kept(one, power):
        conduct = {"history_power": np.full_like(one.conduct["history_power"], power)}
        found = screening.settle(replace(one, conduct={**one.conduct, **conduct}), keys)
        return {tuple(key) for key in found.keys.tolist()}

    every, some, few = (kept(limited, power) for power in (1e-9, 2.0, 200.0))
    assert few < some < every
    assert 0.1 * len(every) < len(few) < 0.8 * len(every)
    assert kept(made, 1e-9) == kept(made, 200.0)  # nobody is too ill for a trial without a limit
