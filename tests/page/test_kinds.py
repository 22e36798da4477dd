"""Kinds of people on the page are parts of those who are drawn, by parameters of their bodies."""

import numpy as np
import pytest

from gutskin.engine import Schedule, simulate
from gutskin.model.compiled import load_model
from gutskin.page.kinds import CARRIED, KINDS, PRODUCERS, SEVERITY, kinds_of
from gutskin.page.scene import ARM, POPULATIONS, SEED
from gutskin.population.draw import draw_patients, draw_worlds
from gutskin.population.populations import find_population
from gutskin.population.steady_state import run_to_steady_state
from gutskin.population.streams import patient_keys

MODEL = load_model()
BODIES = 32
READ = ("scorad", "faecal_butyrate", "s_aureus_log10_lesional")


def drawn(population):
    keys = patient_keys(0, ARM, BODIES)
    centres = {**MODEL.values(), **draw_worlds(MODEL, np.arange(BODIES), SEED, "evidence")}
    return draw_patients(MODEL, population, keys, SEED, centres=centres).parameters


@pytest.fixture(params=POPULATIONS)
def people(request):
    population = find_population(request.param, MODEL.biology)
    own = drawn(population)
    return population, own, kinds_of(MODEL, population, own)


def settled(own):
    """The middle of each quantity that is read, of people as they come."""
    start = run_to_steady_state(MODEL, own, BODIES).end
    course = simulate(MODEL, own, start, Schedule(), [0.0, 1.0], rtol=1e-3, h_max=0.35)
    return dict(zip(READ, np.median(course.quantities(READ)[0], axis=1), strict=True))


def test_every_kind_has_its_parameters_and_no_other(people):
    _, own, kinds = people
    assert {trait: tuple(some) for trait, some in kinds.items()} == KINDS
    assert all(set(values) == set(SEVERITY) for values in kinds["severity"].values())
    assert set(kinds["butyrate"]["low"]) == set(PRODUCERS)
    assert all(set(values) == {CARRIED} for values in kinds["s_aureus"].values())
    free = {name for some in kinds.values() for values in some.values() for name in values}
    assert free <= {*MODEL.individual_ids} & own.keys()


def test_closed_form_thirds_follow_each_other_and_everybody_keeps_his_place(people):
    population, own, kinds = people
    for name in SEVERITY:
        edges = population.covariates[name].at(np.array([1 / 3, 2 / 3]))
        mild, moderate, severe = (kinds["severity"][kind][name] for kind in KINDS["severity"])
        assert mild.max() < edges[0] < moderate.min()
        assert moderate.max() < edges[1] < severe.min()
        for one in (mild, moderate, severe):
            np.testing.assert_array_equal(np.argsort(one), np.argsort(own[name]))
    few, many = (kinds["s_aureus"][kind][CARRIED] for kind in KINDS["s_aureus"])
    row = MODEL.tables.parameters[CARRIED]
    assert few.max() < row.number("value") < many.min()
    np.testing.assert_allclose(few + many[np.argsort(own[CARRIED])[::-1]][
        np.argsort(np.argsort(own[CARRIED]))], 2 * row.number("value"))  # fmt: skip


def test_closed_form_makers_of_butyrate_are_at_the_low_ends_of_their_rows(people):
    _, own, kinds = people
    for name, values in kinds["butyrate"]["low"].items():
        row = MODEL.tables.parameters[name]
        np.testing.assert_allclose(values / own[name], row.number("low") / row.number("value"))


def test_what_is_asked_for_is_what_the_model_answers(people):
    """Severity, butyrate and bacteria themselves are not set; they follow."""
    _, own, kinds = people
    usual = settled(own)
    found = {
        (trait, kind): settled({**own, **values})
        for trait, some in kinds.items()
        for kind, values in some.items()
    }
    scorad = [found["severity", kind]["scorad"] for kind in KINDS["severity"]]
    assert scorad[0] + 5 < scorad[1] < scorad[2] - 5
    assert found["butyrate", "low"]["faecal_butyrate"] < 0.5 * usual["faecal_butyrate"]
    few, many = (found["s_aureus", kind][READ[2]] for kind in KINDS["s_aureus"])
    assert few + 2 < many
