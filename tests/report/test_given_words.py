"""What each arm is given, in the methods of a report."""

from gutskin.model.biology import shipped_biology
from gutskin.report.given_words import MOST, given
from gutskin.trials.design import TrialDesign
from gutskin.trials.plan import plan_of

PRODUCT = {"kind": "probiotic", "strains": ("w23", "w51"), "cfu_per_day": 4e9}


def told(*interventions, **more):
    design = TrialDesign.model_validate(
        {
            "name": "t",
            "population": "ad_child",
            "visits": {"weeks": (0.0, 8.0), "end_week": 8.0},
            "arms": (
                {"name": "a", "label": "Mix", "n": 2, "interventions": interventions},
                {"name": "b", "label": "Placebo", "n": 2, "control": True},
            ),
            "analysis": {"primary": "scorad", "endpoints": ("scorad",)},
            **more,
        }
    )
    return [*given(plan_of(design, 1, 1, shipped_biology()))]


def test_told_every_arm_with_what_how_much_when_and_how_often():
    covers = {"kind": "allergen", "level": 0.5, "start_week": 2.0, "end_week": 4.0}
    injection = {"kind": "dupilumab", "loading_mg": 600.0, "dose_mg": 300.0, "every_weeks": 8.0}
    mix, placebo = told(PRODUCT, covers, injection)
    assert "Mix" in mix
    assert "W23, W51 (4e9 CFU a day, days 0 to 55, 56 doses); allergen (0.5 times" in mix
    assert "days 14 to 27, 14 doses); dupilumab (600 mg, day 0, 1 dose)" in mix
    assert placebo.endswith(": nothing that acts.")


def test_told_a_run_in_comes_first():
    first, *_ = told(run_in={"weeks": 2, "interventions": ({"kind": "emollient", "level": 0.5},)})
    assert first == (
        "In the run-in of 2 weeks all get: emollient (level 0.5, days 0 to 13, 14 doses)."
    )


def test_told_of_many_courses_the_first():
    many = [
        {"kind": "emollient", "level": 0.5, "start_week": week / 4, "end_week": week / 4 + 0.15}
        for week in range(MOST + 3)
    ]
    mix, _ = told(*many)
    assert mix.count("emollient") == MOST
    assert mix.endswith("; 3 more (see --plan).")
