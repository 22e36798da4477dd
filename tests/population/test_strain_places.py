"""Which strains share a place in the gut where they are more than six, and what that place does."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gutskin.engine import Hold, Schedule, simulate
from gutskin.errors import InputError
from gutskin.model.compiled import load_model
from gutskin.model.strain_knowledge import knowledge
from gutskin.population.calendar import MothersProduct
from gutskin.population.doses import Antibiotic, MaternalProbiotic, Probiotic, dose_schedule
from gutskin.population.mother import mothers_inputs, strains_of
from gutskin.population.strain_places import (
    PLACES,
    equal_parts,
    in_places,
    leads_of,
    place_problems,
    places_for,
    sharers_of,
)
from gutskin.population.strain_posterior import central_traits, strain_traits
from gutskin.population.strains import SHARED, prior_traits, prior_values

MODEL = load_model()
TABLES = MODEL.tables
SIX = ("w23", "w51", "w55", "w56", "w57", "w58")  # of six species
EIGHT = (*SIX, "bb12", "w52")
SAID = ("strain_signal", "strain_type1", "strain_type17", "strain_seal", "strain_imprint",
        "strain_stool_output", "gut_acetate", "gut_lactate")  # fmt: skip


def alive(*names):
    return [(name, True) for name in names]


def together(strains):
    """The ids of those that share, by place."""
    groups = sharers_of(places_for(strains, TABLES)).values()
    return sorted(sorted(name for name, _ in group) for group in groups if len(group) > 1)


def clones(count, **cells):
    """The model with so many equal strains, c0 on; places for them have equal traits."""
    its = TABLES.strains["w51"]
    rows = {
        f"c{n}": replace(its, cells={**its.cells, "id": f"c{n}", **cells}) for n in range(count)
    }
    return replace(MODEL, tables=replace(TABLES, strains={**TABLES.strains, **rows}))


def test_up_to_six_strains_take_places_as_they_come_and_killed_cells_one_of_their_own():
    places = places_for([("a", True), ("b", True), ("a", True), ("a", False)], TABLES)
    assert places == {("a", True): 1, ("b", True): 2, ("a", False): 3}
    assert places_for(alive(*reversed(SIX)), TABLES) == {
        (name, True): place for place, name in enumerate(reversed(SIX), start=1)
    }


@pytest.mark.parametrize(
    ("more", "shared"),
    [
        (("bb12",), [["bb12", "w51"]]),  # of one subspecies
        (("bb12", "w52"), [["bb12", "w51", "w52"]]),
        (("br03",), [["br03", "w23"]]),  # of one genus; of several pairs the first by name
        (("br03", "cect7347"), [["br03", "cect7347"], ["w23", "w51"]]),  # few in a place
        (("hn001",), [["hn001", "w56"]]),
        (("bb12", "hn001"), [["bb12", "w51"], ["hn001", "w56"]]),
        (("ls01",), [["ls01", "w57"]]),
    ],
)
def test_the_nearest_kin_share_and_no_more_than_need_be(more, shared):
    assert together(alive(*SIX, *more)) == shared


def test_of_several_genera_those_of_one_class_share_before_others():
    of_six = ("w57", "kctc10755bp", "cjlp133", "w56", "pcc", "w55", "w58")
    assert together(alive(*of_six)) == [["cjlp133", "kctc10755bp"]]
    last = ("w57", "pcc", "w55", "w58", "w23")  # pcc, of another class, is alike in resistance
    assert together([*alive(*last), ("w23", False), ("w55", False)]) == [["pcc", "w57"]]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([*TABLES.strains]), st.booleans()), unique=True,
                min_size=7, max_size=14), st.randoms())  # fmt: skip
def test_property_sharers_are_of_one_kind_and_the_order_of_the_file_is_nothing(strains, random):
    found = places_for(strains, TABLES)
    assert set(found) == set(strains)
    assert set(found.values()) == set(range(1, PLACES + 1))
    for group in sharers_of(found).values():
        for (one, lives), (other, also) in combinations(group, 2):
            first, second = TABLES.strains[one], TABLES.strains[other]
            bifid = [row.text("genus_class") == "bifidobacteria" for row in (first, second)]
            resists = [
                knowledge(TABLES, name, "vancomycin_resistant").value for name in (one, other)
            ]
            assert lives == also
            assert bifid[0] == bifid[1]
            assert resists[0] == resists[1] or not lives
    shuffled = random.sample(strains, len(strains))
    assert places_for(shuffled, TABLES) == found
    assert [*places_for(shuffled, TABLES)] == [*found]  # so sums are the same to the last bit


def test_only_strains_of_the_very_same_doses_share():
    hers = MaternalProbiotic(kind="maternal_probiotic", strains=("w51", "bb12"), start_day=0,
                             cfu_per_day=1e9)  # fmt: skip
    his = Probiotic(kind="probiotic", strains=("bb12", *EIGHT[:6], "w52"), start_day=0,
                    cfu_per_day=1e9)  # fmt: skip
    given_ = strains_of([hers, Antibiotic(kind="antibiotic", start_day=0), his])
    assert given_["w51", True] == given_["bb12", True] == (0, 2)
    assert given_["w52", True] == (2,)
    places = places_for(given_, TABLES)
    assert places["w51", True] == places["bb12", True]
    assert places["w52", True] == places["w23", True]  # its nearest in that product


def test_seven_products_of_one_strain_each_are_refused_with_the_reason():
    given_ = {(name, True): (number,) for number, name in enumerate((*SIX, "bb12"))}
    assert place_problems(dict.fromkeys(given_, (0,)), TABLES) is None
    assert place_problems(dict(list(given_.items())[:6]), TABLES) is None
    wrong = place_problems(given_, TABLES)
    assert "they name 7 strains; the model has places for 6, and these are of 7 kinds" in wrong
    with pytest.raises(InputError, match="7 strains") as caught:
        places_for(given_, TABLES)
    assert caught.value.problems[0].remedy.startswith("Take strains out, give them as one")


def test_edge_a_strain_that_nobody_knows_is_left_to_the_check_of_names():
    six = {(name, True): (number,) for number, name in enumerate(SIX)}
    assert place_problems(six | {("bb12x", True): (6,)}, TABLES) is None
    wrong = place_problems(six | {("bb12", True): (6,), ("bb12x", True): (7,)}, TABLES)
    assert "they name 7 strains" in wrong  # of the eight those that are known


def test_a_place_takes_the_doses_of_its_strains_and_no_dose_is_lost():
    dose = Probiotic(kind="probiotic", strains=EIGHT, start_day=0, cfu_per_day=8e9)
    places = places_for(strains_of([dose]), TABLES)
    found = dose_schedule([dose], MODEL, places, MODEL.values(), 10.0)
    seen = {hold.parameter: float(np.asarray(hold.value)) for hold in found.holds}
    shared = places["w51", True]
    assert seen == pytest.approx(
        {f"dose_strain_{n}": 3.0 if n == shared else 1.0 for n in range(1, PLACES + 1)}
    )
    assert len(found.holds) == PLACES
    assert {f"dose_strain_{n}": part for n, part in equal_parts(places, 8.0).items()} == seen
    assert sum(count for _, count in leads_of(places).values()) == len(EIGHT)


def test_closed_form_two_in_a_place_have_the_means_of_what_their_cells_are():
    """Cells at rest 0.2 / 1 and 0.3 / 2; of the killed a wall of 0.5 and 1 is heard."""
    values = {
        "survival_strain": (0.2, 0.3), "k_leave_strain": (1.0, 2.0), "cell_wall_strain": (0.5, 1),
        "viable_strain": (0.0, 0.0), "bifid_strain": (1.0, 1.0), "factor_strain": (2.0, -1.0),
        "acetate_yield_strain": (1.5, 0.0),
    }  # fmt: skip
    two = {(name, False): {key: both[n] for key, both in values.items()}
           for n, name in enumerate("ab")}  # fmt: skip
    found = in_places({("a", False): 4, ("b", False): 4}, two, TABLES)
    assert found == pytest.approx({
        "survival_strain_4": 0.25, "k_leave_strain_4": 0.5 / 0.35,
        "cell_wall_strain_4": (0.2 * 0.5 + 0.15) / 0.35, "viable_strain_4": 0.0,
        "bifid_strain_4": 1.0, "factor_strain_4": (0.1 * 2.0 - 0.15) / 0.25,
        "acetate_yield_strain_4": 0.2 * 1.5 / 0.35,
    })  # fmt: skip
    lives = {one: {**own, "viable_strain": 1.0} for one, own in two.items()}
    found = in_places({("a", False): 1, ("b", False): 1}, lives, TABLES)
    assert found["factor_strain_1"] == pytest.approx((0.2 * 2.0 - 0.15) / 0.35)
    same = {one: {**own, "k_leave_strain": 1.0, "survival_strain": 0.2}
            for one, own in lives.items()}  # fmt: skip
    assert in_places({("a", False): 1, ("b", False): 1}, same, TABLES)[
        "factor_strain_1"
    ] == pytest.approx(0.5)  # of equal strength: the plain mean
    mute = {one: {**own, "cell_wall_strain": 0.0} for one, own in two.items()}  # killed, no wall
    found = in_places({("a", False): 1, ("b", False): 1}, mute, TABLES)
    assert found["factor_strain_1"] == pytest.approx(0.5)  # said by nobody, and a number
    none = {one: {**own, "survival_strain": 0.0} for one, own in two.items()}
    found = in_places({("a", False): 1, ("b", False): 1}, none, TABLES)
    assert found["k_leave_strain_1"] == pytest.approx(1.5)


def at_rest(model, *cases):
    """What is said after 40 days by strains in their places, each case in a body of its own.

    Parameters
    ----------
    cases : places, and the traits of the places
    """
    usual = model.values()
    names = {name for _, traits in cases for name in traits}
    own = {name: np.array([traits.get(name, usual[name]) for _, traits in cases], float)
           for name in names}  # fmt: skip
    doses = [equal_parts(places, 4.0) for places, _ in cases]
    holds = tuple(
        Hold(f"dose_strain_{n}", 0.0, 40.0, np.array([one.get(n, 0.0) for one in doses]))
        for n in range(1, PLACES + 1)
    )
    start = np.repeat(model.initial("healthy_adult")[:, None], len(cases), axis=1)
    found = simulate(model, {**usual, **own}, start, Schedule(holds), [0.0, 40.0], rtol=1e-5)
    return found.quantities(SAID)[-1]


def two_places(viable):
    """Two strains that differ in all traits: apart, and in one place."""
    strains = [(name, viable) for name in ("w56", "lgg")]
    values = prior_values(MODEL, strains, "evidence")
    first = {"survival_strain": 0.15, "k_leave_strain": 0.8, "cell_wall_strain": 0.4,
             "factor_strain": 3.0, "type1_strain": -1.0, "type17_strain": 2.0, "seal_strain": 0.2,
             "acetate_yield_strain": 0.5, "lactate_yield_strain": 1.0}  # fmt: skip
    values[strains[0]] |= first
    for places in (dict(zip(strains, (1, 2), strict=True)), dict.fromkeys(strains, 1)):
        yield places, in_places(places, values, TABLES)


def test_closed_form_at_rest_a_place_does_what_its_strains_do_apart_and_eight_alike_what_six_do():
    model = clones(8)
    alike = [places_for(alive(*(f"c{n}" for n in range(count))), model.tables) for count in (6, 8)]
    assert [len(set(places.values())) for places in alike] == [6, 6]
    cases = [*two_places(True), *two_places(False)]
    cases += [(places, prior_traits(model, places, "evidence")) for places in alike]
    found = at_rest(model, *cases)
    for one, other in ((0, 1), (2, 3), (4, 5)):
        assert found[:, one] == pytest.approx(found[:, other], rel=1e-4), (one, other)
    assert np.abs(found[:, 0] - found[:, 2]).max() > 0.01  # and these are not alike


def test_closed_form_a_childs_mother_says_with_strains_in_one_place_what_she_says_with_them_apart():
    for viable in (True, False):
        strains = tuple((name, viable) for name in ("w56", "lgg"))
        product = MothersProduct(0, strains, 4.0, np.inf, 0.0, 100.0)
        said = []
        for places, traits in two_places(viable):
            found = mothers_inputs(product, places, {**MODEL.values(), **traits}, 0.5)
            total = found["maternal_strain_signal"]
            imprint = sum(
                found[f"mother_strain_{n}"] * traits[f"imprint_strain_{n}"]
                for n in set(places.values())
            )
            said.append([total, found["prenatal_strain_signal"], total * imprint])
        assert np.array(said[0], float) == pytest.approx(np.array(said[1], float))


def test_closed_form_what_a_shared_place_says_spreads_as_a_mean_does():
    """Of strains alike in all but what each says for itself, n spread by 1 / sqrt(n)."""
    fixed = {"survival": "0.3", "survival_low": "0.3", "survival_high": "0.3",
             "washout_per_day": "1", "washout_low": "1", "washout_high": "1",
             "factor_mean": "1", "factor_sd": "1.7"}  # fmt: skip
    model = clones(8, **fixed)
    conduct = dict(model.tables.conduct)
    for level in SHARED:
        size = "1" if level == "strain" else "1e-12"
        its = conduct[f"share_{level}"]
        conduct[its.id] = replace(
            its, cells={**its.cells, "value": size, "low": size, "high": size}
        )
    model = replace(model, tables=replace(model.tables, conduct=conduct))
    names = [f"c{n}" for n in range(8)]
    places = places_for(alive(*names), model.tables)
    worlds = np.arange(4000)
    found = strain_traits(model, places, [names], worlds, 3, "evidence")
    apart = {
        name: strain_traits(model, {(name, True): 1}, [names], worlds, 3, "evidence")
        for name in names
    }
    for place, group in sharers_of(places).items():
        seen = found[f"factor_strain_{place}"]
        assert seen.std() == pytest.approx(1.7 / np.sqrt(len(group)), rel=0.05)
        assert seen.mean() == pytest.approx(1.0, abs=4 * 1.7 / np.sqrt(4000))
        each = [apart[name]["factor_strain_1"] for name, _ in group]  # from the same streams
        assert seen == pytest.approx(np.mean(each, axis=0))
    assert sorted(len(group) for group in sharers_of(places).values()) == [1, 1, 1, 1, 2, 2]


def test_the_centre_of_a_shared_place_is_that_of_its_strains():
    places = places_for(alive(*EIGHT), TABLES)
    found = central_traits(MODEL, places, "evidence")
    assert {name.rpartition("_")[2] for name in found} == {str(n) for n in range(1, PLACES + 1)}
    alone = central_traits(MODEL, {("bb12", True): 1}, "evidence")
    shared = places["bb12", True]
    for name, value in alone.items():  # all three are known by their subspecies alone
        assert found[f"{name.rpartition('_')[0]}_{shared}"] == pytest.approx(value)
    assert all(isinstance(value, float) for value in found.values())
    assert central_traits(MODEL, {("w51", True): 2}, "evidence").keys() == {
        name.replace("_1", "_2") for name in alone
    }
