"""Who is usually too ill for a trial comes more rarely: closed form, and whom it keeps out.

And outside clinics there are fewer of the more ill: closed form, and held against what was seen.
"""

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
        monkeypatch.setattr(screening, "read", lambda *_, own=own: [np.full((2, 1, count), own)])
        patients = SimpleNamespace(keys=keys, age_years=np.full(count, 5.0))
        came = screening.usually_fits(one, patients, {"activity": 3.0}, asked, everyone)
        assert came.mean() == pytest.approx(share, abs=0.03)
    assert all((those["activity"] == 1.0).all() for those in given)  # years, not the last weeks


def test_closed_form_of_adults_the_more_ill_are_found_more_rarely(monkeypatch):
    """A usual EASI of 9 keeps no child out, and of adults all but so many."""
    one, count = study(2.0, 12.0), 2000
    keys = patient_keys(0, "active", count)
    power = one.numbers_of(keys)["community_power"][0]
    asked = screening.Criterion("scorad", 2.0, 12.0, 8.0)
    monkeypatch.setattr(screening, "run_to_steady_state", lambda *_, **__: None)
    monkeypatch.setattr(screening, "read", lambda *_: [np.full((2, 1, count), 9.0)])
    for age, share in ((30.0, 9.0**-power), (5.0, 1.0)):
        patients = SimpleNamespace(keys=keys, age_years=np.full(count, age))
        came = screening.usually_fits(one, patients, {}, asked, np.ones(count, bool))
        assert came.mean() == pytest.approx(share, abs=0.03)


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


NUMBERS = {"community_at": 1.0, "community_power": 0.5, "clinic_from": 18.0}


@pytest.mark.parametrize(
    ("easi", "age", "share"),
    [(4.0, 30.0, 0.5), (16.0, 18.0, 0.25), (1.0, 30.0, 1.0), (0.0, 30.0, 1.0), (16.0, 17.9, 1.0)],
)
def test_closed_form_outside_clinics_the_more_ill_are_fewer(easi, age, share):
    """A power of the usual EASI, of adults alone; who is hardly ill is found as he is."""
    found = screening.found_outside_clinics(NUMBERS, np.array([easi]), np.array([age]))
    assert found == pytest.approx([share])


def test_adults_found_outside_clinics_are_as_ill_as_those_asked_at_home():
    """In the middle of what is drawn they are nearer to what was seen than those of clinics.

    Held against surveys of the general population: 60% mild, 11% severe (RV0961), a mean SCORAD of
    26 (23.8 to 28.3, RV0962).
    """
    one = prepare(load_trial("ls01-adults"), load_model(), 2, 7, "evidence")
    keys = patient_keys(0, "active", 400)
    patients, parameters, courses = screening.at_rest(one, keys)
    ends = screening.endpoints_of(one.model, ["easi", "scorad"])
    easi, scorad = screening.read(courses, ends)[0][:, -1]  # as they are on a day
    usual, _ = screening.usual_scores(one, parameters, len(keys), ends)
    weight = screening.found_outside_clinics(one.numbers(), usual, patients.age_years)
    seen = {"mild": (easi < 7, 0.60), "severe": (easi > 21, 0.11), "scorad": (scorad, 26.0)}
    for of_clinics, of_homes in seen.values():
        found = np.average(of_clinics, weights=weight)
        assert abs(found - of_homes) < abs(of_clinics.mean() - of_homes)
    assert 23.8 < np.average(scorad, weights=weight) < 28.3
