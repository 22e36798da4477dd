"""Trial files as texts, and what is said of a wrong one."""

import pytest

from gutskin.errors import InputError
from gutskin.trials.design import load_trial

REPORTED = """\
name = "reported"
population = "ad_child"
[visits]
weeks = [0, 4, 8]
[[arms]]
name = "mix"
n = 3
[[arms.interventions]]
kind = "fibre"
factor = 2
[[arms]]
name = "placebo"
n = 3
control = true
[analysis]
primary = "scorad"
endpoints = ["scorad", "easi75"]
[published]
source = "a paper"
"""

FULL = """\
name = "full"
population = "ad_child"

[eligibility]
age_years = [2, 12]
scorad = [25, 103]

[visits]
weeks = [0, 4, 8]
screening_weeks = 4
end_week = 8

[[arms]]
name = "drug"
n = 10

[[arms.interventions]]
kind = "dupilumab"
loading_mg = 600
dose_mg = 300
every_weeks = 2

[[arms]]
name = "mix"
n = 10

[[arms.interventions]]
kind = "probiotic"
strains = ["W23", "w51"]
cfu_per_day = 4e9
end_week = 4

[[arms.interventions]]
kind = "emollient"
level = 0.5
start_week = 2
end_week = 4

[[arms.interventions]]
kind = "antibiotic"
days = 7
start_week = 5

[[arms]]
name = "placebo"
n = 10
control = true

[analysis]
primary = "scorad"
endpoints = ["scorad", "easi"]
meaningful_difference = 8.7

[published]
reference = "Yesilova2012"
directions.scorad = "lower"
"""


def problems(tmp_path, text):
    """Each problem of a trial text as (line, message)."""
    path = tmp_path / "trial.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as error:
        load_trial(path)
    assert all(problem.file == path for problem in error.value.problems)
    return [(one.line, f"{one.message} {one.remedy or ''}".strip()) for one in error.value.problems]
