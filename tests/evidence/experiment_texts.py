"""An experiment as text, and what is said of a wrong one."""

from gutskin.errors import InputError
from gutskin.evidence.experiments import plan_experiments
from gutskin.model.biology import shipped_biology

GOOD = """
[X1]
experiment = "daily washing"
evidence_verdict = "thin"
why = "few studies"
days = 28

[X1.arms.plain]
population = "ad_child"
always = { flg_genotype = 0.5 }

[X1.arms.washed]
like = "plain"
doses = [{ kind = "washing", washes_per_day = 5, start_day = 0 }]

[[X1.checks]]
says = "pH rises"
quantity = "skin_ph_nonlesional"
read = { mean = [21, 28] }
contrast = { washed = 1, plain = -1 }
expected = [0, 1.5]
"""

ARM = '[X1.arms.washed]\nlike = "plain"\n'

HEAD = GOOD.partition("[[X1.checks]]")[0]

DOSES = '[{ kind = "washing", washes_per_day = 5, start_day = 0 }]'

FOUR = """
[X1.arms.one]
like = "plain"
[X1.arms.other]
like = "washed"
"""

MOTHER = """
[X2]
experiment = "newborns whose mothers take a product"
why = "It is asked."
grade = "C"
evidence_verdict = "thin"
days = 30
worlds = 8

[X2.arms.none]
population = "newborn_high_risk"
start = "birth_vaginal"

[X2.arms.mother]
like = "none"
doses = [{ kind = "maternal_probiotic", strains = ["w23"], cfu_per_day = 1e9, start_day = 0 }]

[[X2.checks]]
says = "the leaning moves"
quantity = "type2_leaning"
read = { day = 30 }
contrast = { mother = 1, none = -1 }
expected = [-1, -1e-9]
"""


def told(tmp_path, text):
    """Lines and messages of what is wrong."""
    path = tmp_path / "own.toml"
    path.write_text(text)
    try:
        plan_experiments(path, shipped_biology())
    except InputError as error:
        return [(one.line, one.message) for one in error.problems]
    return []
