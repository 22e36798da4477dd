"""Our courses against an independent simulator (libRoadRunner) that reads the exported SBML."""

from pathlib import Path

import numpy as np
import pytest
from elsewhere import in_libroadrunner

from gutskin.model.compiled import load_model
from gutskin.population.course import follow, prepare
from gutskin.population.patient_file import load_patient

EXAMPLES = Path(__file__).parents[1] / "examples"
LARGEST = 1e-3  # of each quantity's scale

EVERYTHING = """
start = "severe"
population = "ad_adult"
age_years = 35
[season]
amplitude = 0.4
peak_day = 20
[noise]
seed = 3
[[doses]]
kind = "probiotic"
strains = ["GG (ATCC 53103)", "BB-12"]
cfu_per_day = 1e10
start_day = 0
end_day = 30.25
[[doses]]
kind = "probiotic"
strains = ["BB-12"]
cfu_per_day = 1e11
start_day = 30.25
[[doses]]
kind = "antibiotic"
start_day = 2
end_day = 6
[[doses]]
kind = "fibre"
factor = 2
start_day = 10
end_day = 20
[[doses]]
kind = "inulin"
g_per_day = 10
start_day = 12
end_day = 25
[[doses]]
kind = "emollient"
level = 0.9
start_day = 3
end_day = 40
[[doses]]
kind = "topical_steroid"
level = 0.5
start_day = 7
end_day = 14
[[doses]]
kind = "bleach_bath"
start_day = 20
end_day = 27
[[doses]]
kind = "washing"
washes_per_day = 1
start_day = 30
end_day = 37
[[doses]]
kind = "wash"
day = 33
[[doses]]
kind = "wash"
day = 45.5
[[doses]]
kind = "pollen"
level = 0.5
start_day = 15
end_day = 22
[[doses]]
kind = "allergen"
level = 3
start_day = 40
end_day = 43
[[doses]]
kind = "cons_transplant"
level = 2
start_day = 47
end_day = 54
[[doses]]
kind = "wall_damage"
level = 0.5
start_day = 5
end_day = 9
[[doses]]
kind = "dupilumab"
loading_mg = 600
dose_mg = 300
every_days = 14
start_day = 14
"""


def deviations(course):
    """Largest distance of each quantity from libRoadRunner's over the days, over its scale."""
    case = course.case
    ids = list(course.quantities)
    other = in_libroadrunner(case.to_sbml(), ids)
    table = np.array(other.simulate(0, case.days, case.days + 1))
    assert table[:, 0].tolist() == course.times.tolist()
    ours = np.stack([course.quantities[name] for name in ids], axis=1)
    assert np.isfinite(ours).all()
    scale = np.abs(ours).max(axis=0)
    worst = np.abs(table[:, 1:] - ours).max(axis=0) / np.where(scale > 0, scale, 1.0)
    return dict(zip(ids, worst.tolist(), strict=True))


@pytest.mark.parametrize(
    ("name", "days"),
    [
        ("infant_from_birth", 365),
        pytest.param("ad_child", 56, marks=pytest.mark.slow),  # an ill body: everything, below
        pytest.param("healthy_adult", 56, marks=pytest.mark.slow),
        pytest.param("ad_child", 1095, marks=pytest.mark.slow),
    ],
)  # fmt: skip
def test_the_exported_examples_run_alike_elsewhere(name, days):
    model = load_model()
    case = prepare(load_patient(EXAMPLES / f"{name}.toml"), days, model=model)
    found = deviations(follow(case))
    assert set(found) == {*model.state_ids, *model.assigned_ids}
    assert {key: size for key, size in found.items() if size > LARGEST} == {}


@pytest.mark.parametrize(
    "stance", ["article", pytest.param("evidence", marks=pytest.mark.slow)]
)  # the infant is of the evidence
def test_every_kind_of_dose_season_and_noise_run_alike_elsewhere(stance, tmp_path):
    path = tmp_path / "everything.toml"
    path.write_text(EVERYTHING)
    model = load_model()
    found = deviations(follow(prepare(load_patient(path), 56, stance, model)))
    assert {key: size for key, size in found.items() if size > LARGEST} == {}
