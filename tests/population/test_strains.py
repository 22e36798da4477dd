"""Strains in closed form: places, the spread of each trait, what strains have in common."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.special import logit, ndtri

from gutskin.model.antibiotics import antibiotics
from gutskin.model.compiled import load_model
from gutskin.model.strain_knowledge import AXIS, knowledge
from gutskin.population.strain_posterior import central_traits, strain_traits
from gutskin.population.strains import (
    SHARED,
    central_shares,
    drawn_shares,
    place_parameters,
    prior_traits,
    product_name,
    strain_values,
)
from gutskin.population.streams import draw

MODEL = load_model()
TRAITS = {
    name: row.text("parameter").removesuffix("_strain")
    for name, row in MODEL.tables.strain_traits.items()
    if row.text("parameter")
}
AXES = [TRAITS[n] for n, row in MODEL.tables.strain_traits.items() if row.text("scale") == AXIS]
WORLDS = np.arange(4000)
TWO = {("w51", True): 1, ("w23", True): 2}
SPAN = 2 * ndtri(0.975)  # of a 95% range, in sd
WITHIN = 4 / np.sqrt(len(WORLDS))


def drawn(places=TWO, products=(("w51", "w23"),), replicates=WORLDS, seed=3, stance="evidence"):
    return strain_traits(MODEL, places, products, replicates, seed, stance)


def row(name="w23", **cells):
    its = MODEL.tables.strains[name]
    return replace(its, cells={**its.cells, **cells})


def with_rows(**rows):
    strains = {**MODEL.tables.strains, **rows}
    return replace(MODEL, tables=replace(MODEL.tables, strains=strains))


def with_shares(**sizes):
    """The model with the variance between strains on these levels only, without a width."""
    conduct = dict(MODEL.tables.conduct)
    for level in SHARED:
        its = conduct[f"share_{level}"]
        size = str(sizes.get(level, 1e-12))
        cells = {**its.cells, "value": size, "low": size, "high": size}
        conduct[its.id] = replace(its, cells=cells)
    return replace(MODEL, tables=replace(MODEL.tables, conduct=conduct))


def numbers(strain, trait):
    return knowledge(MODEL.tables, strain, trait).numbers


def test_an_empty_place_has_no_trait_but_a_rate_at_which_it_empties():
    values = MODEL.values()
    nothing = {name for name in place_parameters(MODEL) if values[name] == 0.0}
    left = {name for name in place_parameters(MODEL) if "strain" in name} - nothing
    assert left == {f"k_leave_strain_{place}" for place in range(1, 7)}


def test_closed_form_survival_is_logit_normal_over_its_range():
    centre, low, high = (logit(value) for value in numbers("w51", "survival"))
    seen = logit(drawn()["survival_strain_1"])
    sd = (high - low) / SPAN
    assert seen.std() == pytest.approx(sd, rel=0.05)
    assert abs(seen.mean() - centre) < WITHIN * sd


def test_closed_form_wash_out_is_log_normal_over_its_range():
    centre, low, high = np.log(numbers("w23", "washout_per_day"))
    seen = np.log(drawn()["k_leave_strain_2"])
    sd = (high - low) / SPAN
    assert seen.std() == pytest.approx(sd, rel=0.05)
    assert abs(seen.mean() - centre) < WITHIN * sd


def test_closed_form_use_of_milk_is_even_on_either_side_of_its_value():
    value, low, high = numbers("w23", "milk_use")
    seen = drawn()["milk_use_strain_2"]
    assert np.median(seen) == pytest.approx(value, abs=0.02)
    assert seen.min() == pytest.approx(low, abs=0.01)
    assert seen.max() == pytest.approx(high, abs=0.01)
    assert np.quantile(seen, 0.25) == pytest.approx((value + low) / 2, abs=0.03)
    assert set(drawn()["milk_use_strain_1"]) == {0.0}


@pytest.mark.parametrize("stance", ["evidence", "article"])
def test_closed_form_the_factor_is_normal_about_the_centre_of_the_stance(stance):
    model = with_rows(w23=row(factor_mean="1.0", factor_sd="1.7", factor_article="2.5"))
    found = strain_traits(model, {("w23", True): 1}, [("w23",)], WORLDS, 3, stance)
    seen, centre = found["factor_strain_1"], {"evidence": 1.0, "article": 2.5}[stance]
    assert seen.std() == pytest.approx(1.7, rel=0.05)
    assert abs(seen.mean() - centre) < WITHIN * 1.7


def test_the_article_changes_of_strains_what_it_claims_and_nothing_else():
    places = {(strain, True): place for place, strain in enumerate(("w23", "lgg"), start=1)}
    seen = central_traits(MODEL, places, "evidence")
    told = central_traits(MODEL, places, "article")
    assert {name for name in seen if seen[name] != told[name]} == {"factor_strain_1"}
    assert told["factor_strain_1"] == MODEL.tables.strains["w23"].number("factor_article")


def test_what_is_empty_is_taken_from_the_nearest_level_that_knows_it():
    tables = MODEL.tables
    levels = {trait: knowledge(tables, "hn001", trait).level for trait in TRAITS}
    assert levels["imprint"] == "measured"
    assert levels["regulation"] == "species"
    assert levels["survival"] == "class"
    assert levels["cell_wall_share"] == "prior"
    species = tables.strain_priors["Lacticaseibacillus rhamnosus"]
    assert numbers("hn001", "regulation")[0] == species.number("factor_mean")
    known = with_rows(hn001=row("hn001", factor_mean="2.0", factor_sd="0.4")).tables
    assert knowledge(known, "hn001", "regulation").numbers == (2.0, 0.4)
    assert knowledge(known, "hn001", "regulation").level == "measured"


SISTERS = {("w51", True): 1, ("bb12", True): 2}  # one subspecies
COUSINS = {("w51", True): 1, ("w23", True): 2}  # one class
STRANGERS = {("w51", True): 1, ("w56", True): 2}
TOGETHER, APART = "one product", "two products"


@pytest.mark.parametrize(
    ("level", "places", "products", "expected"),
    [
        ("species", SISTERS, APART, 1.0), ("species", COUSINS, APART, 0.0),
        ("class", COUSINS, APART, 1.0), ("class", STRANGERS, APART, 0.0),
        ("product", STRANGERS, TOGETHER, 1.0), ("product", STRANGERS, APART, 0.0),
        ("strain", SISTERS, TOGETHER, 0.0),
    ],
)  # fmt: skip
def test_closed_form_each_level_is_shared_by_those_who_belong_to_it(
    level, places, products, expected
):
    names = [strain for strain, _ in places]
    given = [names] if products == TOGETHER else [[name] for name in names]
    found = strain_traits(with_shares(**{level: 1.0}), places, given, WORLDS, 3, "evidence")
    for axis in AXES:
        seen = np.corrcoef(found[f"{axis}_strain_1"], found[f"{axis}_strain_2"])[0, 1]
        assert seen == pytest.approx(expected, abs=WITHIN), axis


def test_closed_form_correlations_add_up_over_the_levels_that_two_strains_share():
    sizes = {level: MODEL.tables.conduct[f"share_{level}"].number("value") for level in SHARED}
    assert sum(sizes.values()) == pytest.approx(1.0)
    model = with_shares(**sizes)
    for places, shared in (
        (SISTERS, ("product", "class", "species")),
        (COUSINS, ("product", "class")),
        (STRANGERS, ("product",)),
    ):
        names = [strain for strain, _ in places]
        found = strain_traits(model, places, [names], WORLDS, 3, "evidence")
        seen = np.corrcoef(found["seal_strain_1"], found["seal_strain_2"])[0, 1]
        assert seen == pytest.approx(sum(sizes[level] for level in shared), abs=WITHIN)


def test_closed_form_the_widths_of_the_shares_are_drawn_and_leave_the_spread_of_a_strain():
    wide, narrow = drawn()["factor_strain_1"], None
    sd = numbers("w51", "regulation")[1]
    assert wide.std() == pytest.approx(sd, rel=0.05)
    found = [drawn(places=SISTERS, products=[["w51"], ["bb12"]], seed=seed) for seed in range(2)]
    narrow = [np.corrcoef(one["factor_strain_1"], one["factor_strain_2"])[0, 1] for one in found]
    assert all(0.2 < one < 0.6 for one in narrow)


def test_other_traits_and_axes_are_independent():
    found = drawn()
    for trait in ("survival_strain", "k_leave_strain"):
        both = np.corrcoef(found[f"{trait}_1"], found[f"{trait}_2"])
        assert abs(both[0, 1]) < WITHIN, trait
    names = (
        "survival_strain",
        "k_leave_strain",
        "cell_wall_strain",
        *(f"{a}_strain" for a in AXES),
    )
    off = np.corrcoef([found[f"{name}_1"] for name in names])[~np.eye(len(names), dtype=bool)]
    assert np.abs(off).max() < WITHIN


def test_living_and_killed_cells_of_a_strain_are_one_strain():
    places = {("w55", True): 1, ("w55", False): 2}
    found = drawn(places=places, products=[("w55",)])
    differing = {
        name.removesuffix("_1") for name in found
        if name.endswith("_1") and not np.array_equal(found[name], found[f"{name[:-1]}2"])
    }  # fmt: skip
    assert differing == {"viable_strain"}


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
    for trait in ("survival_strain", "k_leave_strain", *(f"{axis}_strain" for axis in AXES)):
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
    found = central_traits(MODEL, TWO, "evidence")
    for trait, parameter in TRAITS.items():
        assert found[f"{parameter}_strain_1"] == pytest.approx(numbers("w51", trait)[0])


def test_every_trait_is_a_parameter_of_the_model_and_none_is_left_over():
    named = {name.rpartition("_")[0] for name in drawn(replicates=np.arange(1))}
    found = {name.rpartition("_")[0] for name in place_parameters(MODEL) if "_drug_" not in name}
    resisted = {f"resists_{name}_strain" for name in antibiotics(MODEL.biology)}
    assert found - resisted == named - resisted
    assert resisted & named == {"resists_vancomycin_strain"}  # of the others no strain is known


def test_without_strains_there_are_no_traits():
    assert drawn(places={}, products=()) == {}


@pytest.mark.parametrize("trait", ["survival", "washout_per_day", "milk_use", "regulation"])
def test_closed_form_of_a_hundred_draws_the_second_and_a_half_lie_at_the_ends(trait):
    """At 1.96 sd stand the ends of the range: of a logarithm about the middle of its ends."""
    low, high = (
        strain_values(MODEL, "br03", True, "evidence", dict.fromkeys(TRAITS, np.array([z])))
        for z in (ndtri(0.025), ndtri(0.975))
    )
    value, *beside = numbers("br03", trait)
    found = [float(one[f"{TRAITS[trait]}_strain"][0]) for one in (low, high)]
    if trait == "regulation":
        ends = value - SPAN / 2 * beside[0], value + SPAN / 2 * beside[0]
    elif trait == "washout_per_day":
        half = np.sqrt(beside[1] / beside[0])
        ends = value / half, value * half
    elif trait == "survival":
        half = np.sqrt(np.exp(logit(beside[1]) - logit(beside[0])))
        odds = value / (1 - value)
        ends = odds / half / (1 + odds / half), odds * half / (1 + odds * half)
    else:  # even: 95% of the way to each end
        ends = value + 0.95 * (beside[0] - value), value + 0.95 * (beside[1] - value)
    assert found == pytest.approx(ends)


def test_unit_a_trait_that_no_equation_reads_is_not_handed_on():
    trait = MODEL.tables.strain_traits["seal"]
    silent = replace(trait, cells={**trait.cells, "parameter": ""})
    tables = replace(MODEL.tables, strain_traits={**MODEL.tables.strain_traits, "seal": silent})
    found = prior_traits(replace(MODEL, tables=tables), {("w23", True): 1}, "evidence")
    assert set(prior_traits(MODEL, {("w23", True): 1}, "evidence")) - set(found) == {
        "seal_strain_1"
    }
    assert "_1" not in found


def test_closed_form_shares_are_sizes_by_their_sum_whatever_that_is():
    model = with_shares(product=1.0, strain=3.0, species=2.0)
    assert central_shares(model) == pytest.approx(
        {"product": 1 / 6, "class": 0.0, "species": 1 / 3, "strain": 1 / 2}
    )


def test_closed_form_sizes_of_shares_are_log_normal_each_by_its_own_stream():
    keys = np.arange(500, dtype=np.uint32)[:, None]
    found = drawn_shares(MODEL, keys, 3)
    assert sum(found.values()) == pytest.approx(np.ones(500))
    rows = [MODEL.tables.conduct[f"share_{level}"] for level in ("species", "strain")]
    z = draw(3, ["share/species", "share/strain"], keys)[:, :, 0]
    species, strain = (
        np.log(row.number("value")) + each * np.log(row.number("high") / row.number("low")) / SPAN
        for row, each in zip(rows, z, strict=True)
    )
    assert np.log(found["species"] / found["strain"]) == pytest.approx(species - strain)


def test_closed_form_a_product_is_called_by_its_strains_in_any_order():
    assert product_name(["w51", "w23", "w51"]) == product_name(("w23", "w51")) == "w23+w51"
