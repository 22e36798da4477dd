"""Assurances of designs: equal to those of power, in closed form, and never more than chance."""

import numpy as np
import pytest
from made_up import candidates, key, reading
from scipy.stats import nct
from scipy.stats import t as student

from gutskin.optimisation.assurances import (
    assurances_of,
    bootstrap_weights,
    held_out,
    standardised,
    usable,
)
from gutskin.optimisation.designs import Design, budget_of, designs_of, price, visits_of
from gutskin.optimisation.readings import Reading
from gutskin.statistics.best_set import against_best
from gutskin.trials.comparison import Comparison
from gutskin.trials.design import load_trial
from gutskin.trials.effect_sizes import effect_sizes

LOWER = {"scorad": True, "easi": True, "il10": False}


def possibly_best(*given):
    return against_best(*given).possible


def design(one, control=50, active=50):
    return Design(one, active / control, control, active, 3, 2.0, 1.0)


def of(designs, readings, worlds, repetitions=200, seed=1, **more):
    return assurances_of(
        designs, readings, LOWER, bootstrap_weights(worlds, repetitions, seed), **more
    )


def test_effects_are_those_of_power():
    rng = np.random.default_rng(1)
    one = reading(rng, 150, luck=2.0)
    one = Reading(**{**one.__dict__, "beyond": 0.3 * one.effect + rng.normal(0, 1, 150)})
    nothing = np.zeros(150)
    its = Comparison(
        nothing, nothing, nothing, nothing < 1, nothing, nothing.astype(np.int8), nothing,
        one.residual_sd, one.freedom, one.adjusted > 0, one.effect, one.error, one.beyond,
    )  # fmt: skip
    use = usable(one)
    sizes = effect_sizes(its, use)
    found = standardised(one, use, np.ones((1, 150)))
    assert found[0] == pytest.approx(sizes.effect / sizes.residual_sd, rel=1e-9)


def test_a_sample_of_worlds_is_as_if_only_these_were_there():
    rng = np.random.default_rng(2)
    one = reading(rng, 60, luck=2.0)
    weights = np.zeros((1, 60))
    weights[0, :40] = 1.0
    few = Reading(**{name: value[:40] for name, value in one.__dict__.items()})
    some = standardised(few, usable(few), np.ones((1, 40)))
    whole = standardised(one, usable(one), weights)
    assert whole[0, :40] == pytest.approx(some[0])


def test_closed_form_the_same_effect_in_all_worlds_is_the_power_of_a_t_test():
    """Without luck and spread; the mean of imbalance at baseline is that of `difference_test`."""
    rng = np.random.default_rng(3)
    one = reading(rng, 100, effect=-6.0, spread=0.0, luck=0.0, sd=12.0, freedom=10**7)
    one = Reading(**{**one.__dict__, "adjusted": np.zeros(100)})
    found = of([design(key())], {key(): one}, 100)
    ncp = 6 / 12 / np.sqrt(2 / 50)
    power = nct.sf(student.ppf(0.975, 98), 98, ncp)
    assert found.value[0] == pytest.approx(power, abs=2e-4)
    assert found.harm[0] == pytest.approx(nct.cdf(-student.ppf(0.975, 98), 98, ncp), abs=1e-6)
    assert found.effect[0] == pytest.approx(0.5, abs=1e-3)


def test_closed_form_worlds_half_in_favour_have_half_the_power():
    one = reading(np.random.default_rng(4), 2, effect=0.0, spread=1.0, luck=0.0, freedom=10**7,
                  sd=1.0, z=np.array([-3.0, 3.0]))  # fmt: skip
    found = of([design(key(), 500, 500)], {key(): one}, 2)
    assert found.value[0] == pytest.approx(0.5, abs=1e-6)
    assert found.harm[0] == pytest.approx(0.5, abs=1e-6)


def test_higher_is_better_where_it_is():
    z = np.random.default_rng(5).normal(size=80)
    up = reading(np.random.default_rng(6), 80, effect=6.0, spread=1.0, z=z)
    down = reading(np.random.default_rng(6), 80, effect=-6.0, spread=1.0, z=-z)
    found = of([design(key("il10")), design(key())], {key("il10"): up, key(): down}, 80)
    assert found.value[0] > 0.5
    assert found.effect[0] > 0
    assert found.value[0] == pytest.approx(found.value[1], abs=0.05)


def test_where_there_is_no_effect_every_design_finds_two_and_a_half_percent():
    rng = np.random.default_rng(7)
    readings = {key(): reading(rng, 80), key("easi"): reading(rng, 80, effect=-9.0)}
    found = of([*map(design, readings)], readings, 80, nothing=frozenset({"scorad", "easi"}))
    assert found.value == pytest.approx([0.025, 0.025], abs=1e-9)
    assert possibly_best(found.value, found.repeated, 0.01).all()


def test_property_designs_with_the_same_truth_are_told_apart_once_in_twenty():
    """Eight readings of the same worlds, each with the luck of its own patients."""
    rng = np.random.default_rng(8)
    out = 0
    for number in range(100):
        z = rng.normal(size=60)
        readings = {
            key(week=float(week)): reading(rng, 60, luck=1.5, z=z, freedom=40)
            for week in range(1, 9)
        }
        found = of([*map(design, readings)], readings, 60, 200, number)
        out += not possibly_best(found.value, found.repeated)[3]
    assert out / 100 < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 100)


def test_the_best_of_a_toy_is_found_and_a_bootstrap_knows_its_error():
    """Twice the effect at the same scatter is better; the interval is that of other studies."""
    values, errors = [], []
    for seed in range(60):
        rng = np.random.default_rng([9, seed])
        z = rng.normal(size=100)
        readings = {
            key(): reading(rng, 100, effect=-2.0, spread=2.0, z=z),
            key("easi"): reading(rng, 100, effect=-4.0, spread=4.0, z=z),
        }
        found = of([*map(design, readings)], readings, 100)
        assert possibly_best(found.value, found.repeated)[1]
        values.append(found.value[1] - found.value[0])
        errors.append((found.repeated[:, 1] - found.repeated[:, 0]).std())
    assert min(values) > 0
    assert np.mean(errors) == pytest.approx(np.std(values), rel=0.3)


def test_dropout_takes_patients_away_and_worlds_that_tell_nothing_are_left_out():
    rng = np.random.default_rng(10)
    z = rng.normal(size=80)
    readings = {key(): reading(rng, 80, z=z), key("easi"): reading(rng, 80, z=z, stays=0.5)}
    readings[key("easi")].effect[:30] = np.nan
    found = of([*map(design, readings)], readings, 80)
    assert found.value[1] < found.value[0]
    assert found.worlds.tolist() == [80, 50]
    assert np.isnan(found.chance[1]).sum() == 30
    assert np.isfinite(found.repeated).all()


def test_worlds_in_which_nothing_scatters_find_nothing():
    rng = np.random.default_rng(10)
    z = rng.normal(size=80)
    readings = {key(): reading(rng, 80, z=z)}
    readings[key()].residual_sd[:20] = 0.0
    found = of([design(key())], readings, 80)
    assert found.worlds.tolist() == [80]
    assert (found.chance[0, :20] == 0.0).all()
    assert found.value[0] == pytest.approx(found.chance[0].mean())
    assert found.harm[0] < 0.75


def test_the_best_of_many_alike_looks_better_than_it_is():
    rng = np.random.default_rng(11)
    chosen, best = [], []
    for seed in range(30):
        readings = {
            key(week=float(week)): reading(rng, 40, effect=-3.0, luck=0.1, spread=6.0)
            for week in range(1, 31)
        }
        found = of([*map(design, readings)], readings, 40, 2, seed)
        chosen.append(held_out(found))
        best.append(found.value.max())
    assert np.mean(chosen) == pytest.approx(np.mean(found.value), abs=0.05)
    assert np.mean(best) > np.mean(chosen) + 0.08


def test_bootstrap_samples_are_as_large_as_what_is_sampled_and_the_first_is_all():
    weights = bootstrap_weights(30, 50, 3)
    assert weights.shape == (51, 30)
    assert np.all(weights[0] == 1)
    assert np.all(weights.sum(axis=1) == 30)
    assert not np.array_equal(weights[1], weights[2])
    assert np.array_equal(weights, bootstrap_weights(30, 50, 3))


COST = {"trial": 10_000.0, "screened": 100.0, "patient": 1000.0, "visit": 200.0, "week": 25.0}


@pytest.mark.parametrize(
    ("week", "records", "visits"), [(8.0, 1, 3), (8.0, 2, 4), (9.0, 1, 4), (2.0, 1, 2)]
)
def test_visits_are_the_first_one_every_so_often_and_those_averaged(week, records, visits):
    assert visits_of(key(week=week, records=records), candidates()) == visits


def test_closed_form_of_what_a_patient_costs():
    asked = candidates(cost=COST)
    assert price(key(run_in_weeks=2.0), 3.0, asked) == 1000 + 3 * 200 + 10 * 25 + 3 * 100


def test_every_design_fits_the_budget_and_another_patient_would_not():
    asked = candidates(cost=COST)
    rng = np.random.default_rng(12)
    readings = {
        key(): reading(rng, 5), key(week=16.0): reading(rng, 5),
        key(enrichment="half"): reading(rng, 5, share=0.5),
    }  # fmt: skip
    found = designs_of(readings, asked, 100_000.0, {0.0: 3.0}, (1.0, 2.0))
    assert len(found) == 6
    for one in found:
        each = price(one.key, one.screened, asked)
        assert one.cost == pytest.approx(10_000 + one.patients * each)
        assert one.cost <= 100_000
        assert one.cost + (1 + one.allocation) * each > 100_000
        assert one.active == one.allocation * one.control
        assert one.screened == pytest.approx(6.0 if one.key.enrichment == "half" else 3.0)
    assert found[0].patients > found[4].patients


def test_a_design_that_nobody_can_pay_or_nobody_fits_is_none():
    asked = candidates(cost=COST)
    rng = np.random.default_rng(13)
    nobody = {key(): reading(rng, 5, share=0.0)}
    assert designs_of(nobody, asked, 1e6, {0.0: 3.0}, (1.0,)) == []
    assert (
        designs_of({key(): reading(rng, 5)}, asked, 10_000 + 3.9 * 2100, {0.0: 3.0}, (1.0,)) == []
    )
    (one,) = designs_of({key(): reading(rng, 5)}, asked, 10_000 + 4 * 2100, {0.0: 3.0}, (1.0,))
    assert (one.control, one.active) == (2, 2)


def test_without_a_budget_it_is_what_the_two_arms_of_the_trial_cost():
    trial = load_trial("six-strain-children")
    asked = candidates(cost=COST)
    assert budget_of(trial, asked, 3.0) == 10_000 + 40 * price(key(), 3.0, asked)
    assert budget_of(trial, asked.model_copy(update={"budget": 5.0}), 3.0) == 5.0
