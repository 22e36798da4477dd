"""Where a trial stands to the evidence: counts of trials, words, what every result says."""

import pytest

from gutskin.model.biology import shipped_biology
from gutskin.population.own_strains import without_own_strains
from gutskin.report.answer import where_it_stands
from gutskin.trials import applicability as room
from gutskin.trials.applicability import EDGE, INSIDE, OUTSIDE, applicability
from gutskin.trials.design import TrialDesign, load_trial
from gutskin.trials.plan import plan_trial

BIOLOGY = shipped_biology()


def place(design: TrialDesign) -> dict[str, str]:
    return {one.axis: one.where for one in applicability(design, BIOLOGY).axes}


@pytest.mark.parametrize(
    ("count", "where"), [(0, OUTSIDE), (1, EDGE), (2, INSIDE), (9, INSIDE)]
)  # fmt: skip
def test_two_trials_make_an_inside(count: int, where: str) -> None:
    one = room._reached("dose", 5.0, [1.0] * count + [9.0] * count, "CFU a day")
    assert one.where == where
    covered = room._covered("age", (2.0, 10.0), [(1.0, 6.0)] * count + [(9.0, 30.0)] * 5, "years")
    assert covered.where == where  # a range that shares an eighth does not count


def test_a_value_beyond_all_trials_is_outside_from_either_side() -> None:
    for value in (0.5, 9.5):
        assert room._reached("dose", value, [1.0, 2.0, 9.0], "CFU a day").where == OUTSIDE
    assert room._reached("dose", 1.5, [1.0, 2.0, 9.0], "CFU a day").where == EDGE


def test_longer_stronger_and_older_than_any_trial_is_outside() -> None:
    inside = load_trial("sakei-children")
    assert place(inside) == dict.fromkeys(
        ("age", "severity", "dose", "duration", "strain", "endpoint"), INSIDE
    )
    visits = inside.visits.model_copy(update={"weeks": (0.0, 104.0)})
    analysis = inside.analysis.model_copy(update={"primary": "tewl", "endpoints": ("tewl",)})
    longer = inside.model_copy(update={"visits": visits, "analysis": analysis})
    assert place(longer)["duration"] == OUTSIDE
    assert place(longer)["endpoint"] == OUTSIDE
    arm = inside.arms[0]
    dose = arm.interventions[0].model_copy(update={"cfu_per_day": 1e14})
    more = inside.model_copy(
        update={"arms": (arm.model_copy(update={"interventions": (dose,)}), *inside.arms[1:])}
    )
    assert place(more)["dose"] == OUTSIDE


def test_a_drug_is_compared_with_trials_of_that_drug_however_it_is_written() -> None:
    found = applicability(load_trial("dupilumab-adults"), BIOLOGY)
    assert found.trials
    assert "lgg-infants" not in found.trials
    assert applicability(load_trial("dupilumab-adolescents"), BIOLOGY).where == OUTSIDE


def test_prevention_is_no_evidence_for_treatment() -> None:
    treats = applicability(load_trial("lgg-infants"), BIOLOGY)
    prevents = applicability(load_trial("lgg-newborns"), BIOLOGY)
    assert not set(treats.trials) & set(prevents.trials)


def test_nothing_of_the_kind_is_outside_and_every_result_says_so() -> None:
    found = applicability(load_trial("proactive-adults"), BIOLOGY)
    assert (found.where, found.axes) == (OUTSIDE, ())
    told = where_it_stands({"applicability": found.to_json()})
    assert "outside the evidence" in told[0]
    six = applicability(load_trial("six-strain-children"), BIOLOGY)
    assert six.sentence.startswith("Outside the evidence by strain (6 of them")
    assert where_it_stands({}) == []


def test_the_strains_of_a_trial_file_stand_beside_trials_that_bring_the_same_ones() -> None:
    for name in ("sakei-live-dead", "roessler-adults"):
        plan = plan_trial(name, 2)
        assert plan.biology.overlay is not None
        assert without_own_strains(plan.biology) == BIOLOGY
        found = applicability(plan.design, plan.biology)
        assert found.trials == applicability(plan.design, BIOLOGY).trials
        assert found.trials
    assert without_own_strains(BIOLOGY) is BIOLOGY
