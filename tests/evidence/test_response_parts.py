"""Parts of the spread of responses, of made-up patients whose parts are known."""

import numpy as np
import pytest

from gutskin.evidence.response_parts import PARTS, response_parts

VARIANCES = {"worlds": 4.0, "measured": 1.0, "person": 2.0, "days": 3.0}


def people(worlds=120, size=40, seed=1, **changed):
    """Responses made of four independent parts; the second trait tells the measured one."""
    rng = np.random.default_rng(seed)
    sd = {name: np.sqrt(value) for name, value in (VARIANCES | changed).items()}
    number = np.repeat(np.arange(worlds), size)
    n = len(number)
    trait = rng.normal(size=(n, 3))
    body = sd["measured"] * trait[:, 1] + sd["person"] * rng.normal(size=n)
    world = rng.normal(-2, sd["worlds"], worlds)[number]
    lives = [world + body + sd["days"] * rng.normal(size=n) for _ in range(2)]
    return number, *lives, trait


def test_closed_form_every_part_is_found_and_they_add_up():
    found = response_parts(*people())
    total = sum(VARIANCES.values())
    assert sum(one.share for one in found.shares.values()) == pytest.approx(1)
    for name in PARTS:
        one = found.shares[name]
        assert one.share == pytest.approx(VARIANCES[name] / total, abs=0.08)
        assert one.ci95_low <= VARIANCES[name] / total <= one.ci95_high or name == "worlds"
    assert found.together.value == pytest.approx(1 / 6, abs=0.04)
    assert found.knowable == pytest.approx(3 / 6, abs=0.04)
    assert found.sd == pytest.approx(np.sqrt(total), rel=0.1)
    assert [one.ci95_low > 0 for one in found.alone] == [False, True, False]
    assert found.correlation[1] == pytest.approx(1 / np.sqrt(6), abs=0.05)


def test_unit_what_foretells_nothing_is_told_as_nothing():
    found = response_parts(*people(measured=0.0))
    assert found.together.value < 0.01
    assert found.shares["measured"].share < 0.01


def test_property_a_trait_that_helps_where_the_product_helps_and_harms_where_it_harms():
    """It has no correlation over all worlds, and foretells within each of them."""
    number, one, other, traits = people(measured=0.0, worlds=200)
    world = np.array([one[number == w].mean() for w in range(200)])
    more = (world - world.mean())[number] * traits[:, 2]
    shift = world.mean()
    found = response_parts(number, one + more - shift, other + more - shift, traits)
    assert abs(found.correlation[2]) < 0.12
    assert found.alone[2].value > 0.2


def test_unit_too_few_worlds_or_no_spread_give_none():
    assert response_parts(*people(worlds=9)) is None
    number = np.repeat(np.arange(12), 5)
    assert response_parts(number, np.ones(60), np.ones(60), np.ones((60, 2))) is None


def test_unit_who_could_not_be_computed_is_left_out():
    number, one, other, traits = people(worlds=30)
    one[::7], traits[::5, 1] = np.nan, np.nan
    found = response_parts(number, one, other, traits)
    assert np.isfinite([part.share for part in found.shares.values()]).all()
