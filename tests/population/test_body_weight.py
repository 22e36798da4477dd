"""Body weight by age: medians of the table, spread, and who is drawn."""

import numpy as np
import pytest

from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.population.body_weight import body_weight
from gutskin.population.draw import draw_patients
from gutskin.population.populations import find_population
from gutskin.population.streams import patient_keys

SHIPPED = shipped_biology()


def test_closed_form_medians_between_the_ages_of_the_table():
    assert body_weight([0.0, 1.0, 10.0], 0.0, SHIPPED) == pytest.approx([3.29, 9.3, 32.6])
    assert body_weight(9.0, 0.0, SHIPPED) == pytest.approx(np.sqrt(25.8 * 32.6))
    assert body_weight([30.0, 80.0], 0.0, SHIPPED) == pytest.approx([74.5, 74.5])


def test_closed_form_spread_is_that_of_the_age():
    assert body_weight(10.0, 1.5, SHIPPED) == pytest.approx(32.6 * np.exp(1.5 * 0.188))


@pytest.mark.parametrize(("name", "low", "high"), [("ad_adult", 66, 75), ("ad_child", 20, 27)])
def test_patients_weigh_what_their_age_weighs(name, low, high):
    model = load_model()
    drawn = draw_patients(
        model, find_population(name, SHIPPED), patient_keys(0, "a", 2000), 3,
        centres=model.values(),
    )  # fmt: skip
    kg = drawn.parameters["body_weight"]
    assert low < np.median(kg) < high
    z = np.log(kg / body_weight(drawn.age_years, 0.0, SHIPPED))
    assert abs(np.corrcoef(z, drawn.age_years)[0, 1]) < 0.1
    assert 0.1 < z.std() < 0.25
