"""Who depends on whom, and claim C23: with its routes off the gut says nothing to the skin."""

import numpy as np
import pytest

from gutskin.engine import Hold, Schedule, simulate
from gutskin.model.compiled import load_model
from gutskin.model.graph import (
    circulating_switches,
    clocks,
    dependencies,
    places,
    reaches,
)

GUT = ("gut_lumen", "gut_strains", "gut_mucosa")
TRAITS = {"survival_strain_1": 0.3, "viable_strain_1": 1.0, "factor_strain_1": 1.0,
          "type1_strain_1": 1.0, "imprint_strain_1": 1.0}  # fmt: skip
SKIN = ("skin_site_immune", "epidermis", "skin_surface", "skin_immune", "itch", "scores")


@pytest.fixture(scope="module")
def model():
    return load_model()


@pytest.fixture(scope="module")
def gut_and_skin(model):
    place, timers = places(model), clocks(model)
    gut = [name for name, where in place.items() if where in GUT and name not in timers]
    skin = [name for name, where in place.items() if where in SKIN and name not in timers]
    return gut, skin


@pytest.fixture(scope="module")
def all_on(model):
    return dependencies(model)


def test_a_path_is_the_shortest_from_any_source():
    graph = {"b": {"a"}, "c": {"b", "a"}, "d": {"c"}, "e": {"f"}}
    assert reaches(graph, ["a"], ["d", "e"]) == [("a", "c", "d")]
    assert reaches(graph, ["a", "c"], ["d"]) == [("c", "d")]


def test_every_place_has_quantities(model):
    place = places(model)
    assert set(place) == {*model.state_ids, *model.assigned_ids}
    assert {*GUT, *SKIN} <= set(place.values())


def test_age_is_a_clock_and_no_gut_quantity(model):
    assert {"age", "milk_share", "supply_fibre"} <= clocks(model)
    assert "gut_acetate" not in clocks(model)
    assert "take_fibre" not in clocks(model)


def test_a_switch_takes_its_term_out_of_the_equation(model, all_on):
    off = dependencies(model, ["s_m38"])
    assert "gut_treg" in all_on["blood_treg"]
    assert "gut_treg" not in off["blood_treg"]
    assert "gut_acetate" in off["acetate_flow"]


def test_c23_with_all_routes_off_no_path_from_gut_to_skin_is_left(model, gut_and_skin):
    graph = dependencies(model, circulating_switches(model))
    assert reaches(graph, *gut_and_skin) == []


def test_c23_with_all_routes_on_the_gut_reaches_the_score(all_on, gut_and_skin):
    gut, skin = gut_and_skin
    reached = {path[-1] for path in reaches(all_on, gut, skin)}
    assert {"scorad", "easi", "skin_itch", "skin_treg"} <= reached


def test_c23_with_all_routes_off_the_skin_runs_the_same_whatever_the_gut_does(model):
    off, disturbed = np.array([1, 1, 0, 0]), np.array([0, 1, 0, 1])
    parameters = dict.fromkeys(circulating_switches(model), 1.0 - off) | {"atopy": 2.0} | TRAITS
    schedule = Schedule(
        holds=[
            Hold("antibiotic_vancomycin", 3.0, 10.0, 1.0 * disturbed),
            Hold("diet_fibre", 0.0, 56.0, 1.0 - 0.7 * disturbed),
            Hold("dose_strain_1", 0.0, 56.0, 4.0 * disturbed),
        ]
    )
    start = np.repeat(model.initial("severe")[:, None], 4, axis=1)
    times = np.linspace(0.0, 56.0, 9)
    # steps so short that accuracy bounds none of them: all patients take the same ones
    courses = simulate(model, parameters, start, schedule, times, rtol=1e-2, h_max=0.02)
    courses.raise_if_failed()
    scaled = courses.states / model.scales[:, None]
    place = places(model)
    skin = [i for i, name in enumerate(model.state_ids) if place[name] in SKIN]
    gut = [i for i, name in enumerate(model.state_ids) if place[name] in GUT]
    between = np.abs(scaled[..., 1] - scaled[..., 0])
    routed = np.abs(scaled[..., 3] - scaled[..., 2])
    assert between[:, gut].max() > 0.1
    assert between[:, skin].max() < 1e-6
    assert routed[:, skin].max() > 1e-3


def test_every_circulating_switch_moves_a_rate(model):
    """One patient for each switch that is off, beside one with all on, in a disturbed state."""
    switches = circulating_switches(model)
    values = model.values("article")
    patients = len(switches) + 1
    rng = np.random.default_rng(1)
    y = np.repeat((model.initial("severe") + 0.3 * model.scales * rng.uniform(size=len(
        model.state_ids)))[:, None], patients, axis=1)  # fmt: skip
    p = []
    for name in model.parameter_ids:
        own = np.full(patients, TRAITS.get(name, values[name]))
        if name in switches:
            own[1 + switches.index(name)] = 0.0
        p.append(own)
    rates = np.asarray(model.rhs(np.zeros(patients), y, p))
    moved = (rates[:, 1:] != rates[:, :1]).any(axis=0)
    assert [s for s, ok in zip(switches, moved, strict=True) if not ok] == []


def test_every_equation_reads_names_of_the_model(model):
    known = {*model.state_ids, *model.assigned_ids, *model.parameter_ids, "time"}
    for one in model.equations.values():
        assert one.names <= known
        assert set(one.changes) <= set(model.state_ids)
