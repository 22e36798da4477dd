"""Property: whatever the program accepts as a diet leaves a colon that a person could have.

Chance draws diets of people of every age, half of each number at an end of what limits.tsv allows:
fibre, inulin, lactulose, butyrate and protein, milk or formula, a fast or a slow gut.
"""

import numpy as np
import pytest

from gutskin.engine import Hold, Schedule, simulate
from gutskin.model.compiled import load_model
from gutskin.model.domains import limit_of, limits
from gutskin.population.draw import draw_patients, draw_worlds
from gutskin.population.populations import find_population
from gutskin.population.steady_state import run_to_steady_state
from gutskin.population.streams import patient_keys

PATIENTS = 256
YOUNG, OLD = 730.0, 80 * 365.25  # days
LEAST_PH, MOST_PH, MOST_ACIDS = 4.8, 8.2, 200.0
READ = (
    "ph_proximal", "ph_distal", "faecal_ph", "gut_ph", "acids_proximal", "acids_distal",
    "scfa_concentration", "faecal_scfa",
)  # fmt: skip
SUGARS = ("dose_inulin", "dose_lactulose")
RTOL = 3e-3


def most(name):
    """As much of it as may be all day long."""
    return limits().get(f"{name}_a_day", limit_of(name)).high


def people(rng, in_worlds):
    """Parameters of people of every age, as the tables have them or each in a world of his own."""
    model = load_model()
    centres = dict(model.values())
    if in_worlds:
        centres |= draw_worlds(model, np.arange(PATIENTS), 5, "evidence")
    drawn = draw_patients(
        model, find_population("healthy_adult", model.biology),
        patient_keys(0, "diets", PATIENTS), 5, centres=centres,
    )  # fmt: skip
    young = rng.random(PATIENTS) < 0.5
    age = np.where(young, rng.uniform(0, YOUNG, PATIENTS), rng.uniform(0, OLD, PATIENTS))
    transit = limit_of("k_transit")
    own = {
        "age_at_start": age,
        "k_transit": somewhere(rng, transit.low, transit.high),
        "breast_milk": somewhere(rng, 0.0, 1.0),
    }
    return model, dict(drawn.parameters) | own


def somewhere(rng, low, high):
    """Half at an end, half between [patient]."""
    ends = rng.choice([low, high], PATIENTS)
    return np.where(rng.random(PATIENTS) < 0.5, ends, rng.uniform(low, high, PATIENTS))


def settled(model, parameters):
    return run_to_steady_state(
        model, parameters, PATIENTS, start="healthy_adult", rtol=RTOL, varying=model.input_ids
    )


def a_colon_that_a_person_could_have(courses):
    table = courses.quantities(READ)
    assert np.isfinite(table).all()
    ph, acids = table[:, :4], table[:, 4:]
    assert ph.min() > LEAST_PH
    assert ph.max() < MOST_PH
    assert acids.max() < MOST_ACIDS
    return table


@pytest.mark.parametrize("in_worlds", [False, True], ids=["centre", "worlds"])
def test_property_no_accepted_diet_leaves_what_a_colon_can_be(in_worlds):
    rng = np.random.default_rng(11)
    model, parameters = people(rng, in_worlds)
    diet = ("diet_fibre", "dose_butyrate", "diet_protein", *SUGARS)
    parameters |= {name: somewhere(rng, 0.0, most(name)) for name in diet}
    table = a_colon_that_a_person_could_have(settled(model, parameters))
    assert np.ptp(table[-1, 0]) > 1.0  # the diets are no small matter
    assert table[-1, 4].max() > 140.0


def test_property_nor_does_what_is_eaten_at_once():
    rng = np.random.default_rng(12)
    model, parameters = people(rng, in_worlds=False)
    parameters["diet_fibre"] = somewhere(rng, 0.0, most("diet_fibre"))
    start = settled(model, parameters).states[-1]
    holds = []
    for name in SUGARS:
        fastest = limit_of(name).high
        level = np.where(rng.random(PATIENTS) < 0.7, fastest, 0.0)
        holds.append(Hold(name, 0.0, most(name) / fastest, level))
    butyrate = np.where(rng.random(PATIENTS) < 0.5, most("dose_butyrate"), 0.0)
    holds.append(Hold("dose_butyrate", 0.0, 0.1, butyrate))
    times = np.array([0.0, 0.02, 0.05, 0.1, 0.14, 0.18, 0.22, 0.26, 0.3, 0.4, 0.6, 1.0])
    courses = simulate(
        model, parameters, start, Schedule(tuple(holds)), times, rtol=RTOL,
        varying=model.input_ids,
    )  # fmt: skip
    a_colon_that_a_person_could_have(courses)
