"""What a frozen plan tells, and that all of it is under its checksum."""

import json
from pathlib import Path

import pytest

from gutskin.credibility.declared import Declared
from gutskin.credibility.frozen_plan import FrozenPlan, changes, freeze
from gutskin.report.credibility import plan_document
from gutskin.trials.plan import plan_trial

TRIALS = Path(__file__).parents[2] / "src/gutskin/biology/trials"


def frozen(name="six-strain-children"):
    return freeze(plan_trial(name, 200, 1), Declared(), "evidence")


def told_of(plan):
    (section,) = (
        one for one in plan_document(plan.values, plan.checksum).sections
        if one.heading == "The trial"
    )  # fmt: skip
    return section.rows


def test_a_frozen_plan_tells_who_gets_what_when_and_by_which_draw(tmp_path):
    text = (
        'name = "told"\npopulation = ["ad_child", "ad_adolescent"]\n'
        "[eligibility]\nage_years = [4, 17]\nscorad = [25, 80]\nsensitised = true\n"
        "[visits]\nweeks = [0, 4, 12]\nend_week = 12\n"
        '[randomisation]\nblock_sizes = [6]\n[[randomisation.strata]]\nby = "scorad"\ncuts = [40]\n'
        '[[arms]]\nname = "mix"\nlabel = "Mix"\nn = 40\n[[arms.interventions]]\n'
        'kind = "probiotic"\nstrains = ["w23"]\ncfu_per_day = 3e9\nend_week = 8\n'
        '[[arms]]\nname = "placebo"\nn = 20\ncontrol = true\n'
        '[analysis]\nprimary = "scorad"\nendpoints = ["scorad", "easi75"]\n'
        'methods = { easi75 = "mantel-haenszel" }\n'
    )
    (tmp_path / "told.toml").write_text(text, encoding="utf-8")
    plan = freeze(plan_trial(tmp_path / "told.toml", 40, 1), Declared(), "evidence")
    told = dict(told_of(plan))
    assert told["Who may enrol"] == "4 to 17 years; measured SCORAD 25 to 80; sensitised"
    assert told["Arm Mix (40)"] == "W23, 3e9 CFU a day, days 0 to 55 (56 doses)"
    assert told["Arm placebo (20, control)"] == "nothing"
    randomised = told["Randomisation"]
    assert randomised == "2:1 (Mix; placebo), in blocks of 6 in 2 strata (SCORAD at 40)"
    assert told["Visits (weeks)"] == "0, 4, 12; the trial ends with week 12"
    assert told["Measured"] == "SCORAD; EASI-75 (fall of EASI by 75%)"
    assert "Mantel and Haenszel" in told["Tested"]


@pytest.mark.parametrize("part", ["who", "given", "design", "analysis", "estimands"])
def test_property_all_that_a_plan_tells_is_under_its_checksum(part):
    plan = frozen()
    other = json.loads(json.dumps(dict(plan.values)))

    def first_leaf(value):
        """Change the first number or word of it."""
        for key in value if isinstance(value, dict) else range(len(value)):
            if isinstance(value[key], dict | list) and value[key]:
                return first_leaf(value[key])
            if not isinstance(value[key], dict | list):
                value[key] = "another"
                return None
        value["more" if isinstance(value, dict) else slice(0, 0)] = ["another"]
        return None

    first_leaf(other[part] if other[part] else other)
    assert FrozenPlan(other).checksum != plan.checksum


def test_another_dose_is_another_trial_and_another_checksum(tmp_path):
    text = (TRIALS / "six-strain-children.toml").read_text("utf-8")
    assert "cfu_per_day = 4" in text
    path = tmp_path / "six-strain-children.toml"
    found = []
    for changed in (text, text.replace("cfu_per_day = 4", "cfu_per_day = 5")):
        path.write_text(changed, encoding="utf-8")
        found.append(freeze(plan_trial(path, 200, 1), Declared(), "evidence"))
    one, other = found
    assert one.checksum != other.checksum
    assert list(changes(one, other)) == ["the trial file changed since the plan was frozen"]
    assert one.values["given"] != other.values["given"]
