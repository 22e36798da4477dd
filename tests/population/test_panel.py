"""The same patients in many worlds: what is read of them, and who is followed on."""

import numpy as np
import pytest

from gutskin.model.compiled import load_model
from gutskin.population.panel import AGE, at_rest, from_birth, panel_parameters

MODEL = load_model()
CENTRE = MODEL.values("evidence")
WORLDS = {"k_barrier": CENTRE["k_barrier"] * np.array([1.0, 1.0, 0.7])}


def test_property_the_patients_of_all_worlds_are_the_same_people():
    drawn = panel_parameters(MODEL, "ad_child", WORLDS, 0, 8, 1)
    people = {name: drawn[name].reshape(3, 8) for name in ("atopy", "flg_genotype", "k_barrier")}
    assert (people["atopy"] == people["atopy"][0]).all()
    assert people["k_barrier"][2] == pytest.approx(0.7 * people["k_barrier"][0])
    names = ("flg_genotype", "scorad", AGE)
    seen = at_rest(MODEL, drawn, names).reshape(3, 3, 8)
    assert (seen[0] == people["flg_genotype"]).all()
    assert seen[2, 0] == pytest.approx(drawn["age_at_start"][:8] / 365.25)
    assert (seen[1, 0] == seen[1, 1]).all()  # a world that is the same does the same
    assert (seen[1, 0] != seen[1, 2]).any()


def test_property_who_is_followed_on_takes_the_course_that_he_would_have_taken():
    """Stopped on day 60 and gone on with, against followed to the end at once."""
    drawn = panel_parameters(MODEL, "newborn_high_risk", WORLDS, 0, 6, 2)
    names, days = ("easi", "tewl_nonlesional", AGE), [60.0, 120.0]
    whole = from_birth(MODEL, drawn, days, names)
    middle = np.median(whole[60.0][1])
    some = from_birth(MODEL, drawn, days, names, (60.0, lambda table: table[1] > middle))
    who = whole[60.0][1] > middle
    assert 0 < who.sum() < len(who)
    assert some[60.0] == pytest.approx(whole[60.0])
    assert np.isnan(some[120.0][:, ~who]).all()
    assert some[120.0][:, who] == pytest.approx(whole[120.0][:, who], rel=0.02, abs=0.02)
    assert whole[120.0][2] == pytest.approx(120 / 365.25)
