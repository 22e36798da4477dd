"""Strains in closed form: places, the spread of each trait, what the strains of a product share."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logit, ndtri

from gutskin.errors import InputError
from gutskin.model.compiled import load_model
from gutskin.population import strains
from gutskin.population.strains import (
    central_traits,
    places_for,
    strain_parameters,
    strain_traits,
)

MODEL = load_model()
WORLDS = np.arange(4000)
TWO = {("w51", True): 1, ("w23", True): 2}
SPAN = 2 * ndtri(0.975)  # of a 95% range, in sd


def drawn(places=TWO, products=(("w51", "w23"),), replicates=WORLDS, seed=3, stance="evidence"):
    return strain_traits(MODEL, places, products, replicates, seed, stance)


def row(name="w23", **cells):
    its = MODEL.tables.strains[name]
    return replace(its, cells={**its.cells, **cells})


def with_rows(**rows):
    strains = {**MODEL.tables.strains, **rows}
    return replace(MODEL, tables=replace(MODEL.tables, strains=strains))


def test_a_strain_keeps_its_place_and_killed_cells_have_their_own():
    places = places_for([("a", True), ("b", True), ("a", True), ("a", False)])
    assert places == {("a", True): 1, ("b", True): 2, ("a", False): 3}


def test_six_strains_have_places_and_a_seventh_has_none():
    assert len(places_for([(str(i), True) for i in range(6)])) == 6
    with pytest.raises(InputError, match="7 strains"):
        places_for([(str(i), True) for i in range(7)])


def test_closed_form_survival_is_logit_normal_over_its_range():
    strain = MODEL.tables.strains["w51"]
    seen = logit(drawn()["survival_strain_1"])
    low, centre, high = (
        logit(strain.number(name)) for name in ("survival_low", "survival", "survival_high")
    )
    sd = (high - low) / SPAN
    assert seen.std() == pytest.approx(sd, rel=0.05)
    assert abs(seen.mean() - centre) < 4 * sd / np.sqrt(len(WORLDS))


def test_closed_form_wash_out_is_log_normal_over_its_range():
    strain = MODEL.tables.strains["w23"]
    seen = np.log(drawn()["k_leave_strain_2"])
    sd = np.log(strain.number("washout_high") / strain.number("washout_low")) / SPAN
    assert seen.std() == pytest.approx(sd, rel=0.05)
    centre = np.log(strain.number("washout_per_day"))
    assert abs(seen.mean() - centre) < 4 * sd / np.sqrt(len(WORLDS))


@pytest.mark.parametrize("stance", ["evidence", "article"])
def test_closed_form_the_factor_is_normal_about_the_centre_of_the_stance(stance):
    model = with_rows(w23=row(factor_mean="1.0", factor_sd="1.5", factor_article="2.5"))
    found = strain_traits(model, {("w23", True): 1}, [("w23",)], WORLDS, 3, stance)
    seen, centre = found["factor_strain_1"], {"evidence": 1.0, "article": 2.5}[stance]
    assert seen.std() == pytest.approx(1.5, rel=0.05)
    assert abs(seen.mean() - centre) < 4 * 1.5 / np.sqrt(len(WORLDS))


def test_where_nothing_is_claimed_the_article_s_centre_is_the_same():
    model = with_rows(w23=row(factor_mean="0.7", factor_article=""))
    found = central_traits(model, {("w23", True): 1}, "article")
    assert found["factor_strain_1"] == 0.7


def test_closed_form_factors_of_one_product_correlate_by_rho_and_of_two_not_at_all():
    rho = MODEL.tables.conduct["rho_strain_factor"].number("value")
    within = 4 / np.sqrt(len(WORLDS))
    mixed, apart = drawn(), drawn(products=[("w51",), ("w23",)])
    together = np.corrcoef(mixed["factor_strain_1"], mixed["factor_strain_2"])[0, 1]
    assert together == pytest.approx(rho, abs=within)
    assert abs(np.corrcoef(apart["factor_strain_1"], apart["factor_strain_2"])[0, 1]) < within


def test_other_traits_of_a_product_s_strains_are_independent():
    found = drawn()
    for trait in ("survival_strain", "k_leave_strain"):
        both = np.corrcoef(found[f"{trait}_1"], found[f"{trait}_2"])
        assert abs(both[0, 1]) < 4 / np.sqrt(len(WORLDS)), trait
    three = [found[f"{name}_1"] for name in ("survival_strain", "k_leave_strain", "factor_strain")]
    off = np.corrcoef(three)[~np.eye(3, dtype=bool)]
    assert np.abs(off).max() < 4 / np.sqrt(len(WORLDS))


def test_a_strain_belongs_to_the_first_product_that_names_it():
    first, same = (
        drawn(products=products, replicates=np.arange(5))
        for products in ([("w51",), ("w51", "w23")], [("w51",), ("w23", "w51")])
    )
    alone = strain_traits(MODEL, {("w51", True): 1}, [("w51",)], np.arange(5), 3, "evidence")
    assert np.array_equal(first["factor_strain_1"], alone["factor_strain_1"])
    assert all(np.array_equal(first[name], same[name]) for name in first)


def test_a_place_changes_no_trait_and_another_world_changes_all():
    one, other = drawn(), drawn(places={("w23", True): 1, ("w51", True): 2})
    for trait in ("survival_strain", "k_leave_strain", "factor_strain"):
        assert np.array_equal(one[f"{trait}_1"], other[f"{trait}_2"])
        assert len(np.unique(one[f"{trait}_1"])) == len(WORLDS)
    assert not np.array_equal(one["factor_strain_1"], drawn(seed=4)["factor_strain_1"])


def test_killed_cells_are_told_and_so_are_bifidobacteria():
    places = {("w55", True): 1, ("w55", False): 2, ("w23", True): 3}
    found = drawn(places=places, products=[("w55", "w23")])
    assert [found[f"viable_strain_{place}"][0] for place in (1, 2, 3)] == [1.0, 0.0, 1.0]
    rows = MODEL.tables.strains
    expected = [
        float(rows[name].text("genus_class") == "bifidobacteria") for name in ("w55", "w23")
    ]
    assert [found["bifid_strain_1"][0], found["bifid_strain_3"][0]] == expected
    assert set(expected) == {0.0, 1.0}


def test_closed_form_at_the_centre_nothing_is_drawn():
    strain = MODEL.tables.strains["w51"]
    found = central_traits(MODEL, TWO, "evidence")
    assert found["survival_strain_1"] == pytest.approx(strain.number("survival"))
    assert found["k_leave_strain_1"] == pytest.approx(strain.number("washout_per_day"))
    assert found["factor_strain_1"] == strain.number("factor_mean")


def test_every_trait_is_a_parameter_of_the_model_and_none_is_left_over():
    named = {name.rpartition("_")[0] for name in drawn(replicates=np.arange(1))}
    assert {name.rpartition("_")[0] for name in strain_parameters(MODEL)} == named


def test_without_strains_there_are_no_traits():
    assert drawn(places={}, products=()) == {}


def test_closed_form_each_trait_grows_with_its_own_draw():
    """The high end of its 95% range at 1.96, the low end at -1.96."""
    strain = MODEL.tables.strains["w23"]
    z = np.array([[-1.0, 0.0, 1.0]] * 3) * SPAN / 2
    found = strains._traits(MODEL, "w23", True, 1, "evidence", z)
    centre, ratio = (
        strain.number("washout_per_day"),
        np.sqrt(strain.number("washout_high") / strain.number("washout_low")),
    )
    np.testing.assert_allclose(
        found["k_leave_strain_1"], [centre / ratio, centre, centre * ratio], rtol=1e-6
    )
    assert np.all(np.diff(found["survival_strain_1"]) > 0)
    np.testing.assert_allclose(
        np.diff(found["factor_strain_1"]), strain.number("factor_sd") * SPAN / 2, rtol=1e-6
    )
