"""An endpoint stands where trials of people of these ages reported it."""

import pytest

from gutskin.model.biology import shipped_biology
from gutskin.trials.applicability import applicability
from gutskin.trials.axes import EDGE, INSIDE, OUTSIDE
from gutskin.trials.design import load_trial

BIOLOGY = shipped_biology()


def reporting(name: str, endpoint: str) -> dict[str, tuple[str, int | None, str]]:
    """Where a trial stands that has this endpoint for its primary one."""
    trial = load_trial(name)
    asked = trial.analysis.model_copy(update={"primary": endpoint, "endpoints": (endpoint,)})
    axes = applicability(trial.model_copy(update={"analysis": asked}), BIOLOGY).axes
    return {one.axis: (one.where, one.trials, one.evidence) for one in axes}


@pytest.mark.parametrize("endpoint", ["tarc", "total_ige"])
def test_what_was_seen_in_children_alone_is_outside_for_adults(endpoint) -> None:
    """One trial of adults stood there, of numbers of children."""
    adults = reporting("dupilumab-adults", endpoint)
    assert adults["endpoint"] == (OUTSIDE, 0, "1 trial with numbers, none of these ages")
    assert adults["age"][:2] == (INSIDE, 4)
    young = reporting("dupilumab-adolescents", endpoint)
    assert young["endpoint"] == (EDGE, 1, "1 trial with numbers")
    assert young["age"][:2] == (INSIDE, 2)


def test_what_was_seen_in_adults_is_no_finding_in_adolescents_and_tewl_was_seen_in_both() -> None:
    for name in ("dupilumab-adults", "dupilumab-adolescents"):
        assert reporting(name, "tewl")["endpoint"] == (EDGE, 1, "1 trial with numbers")
    seen = reporting("dupilumab-adolescents", "easi75")["endpoint"]
    assert seen == (OUTSIDE, 0, "2 trials with numbers, none of these ages")
    assert reporting("solo1-adults", "easi75")["endpoint"] == (INSIDE, 2, "2 trials with numbers")


def test_who_is_of_no_age_that_was_tried_is_outside_by_age_alone() -> None:
    trial = load_trial("sakei-children")
    older = trial.model_copy(update={
        "population": "ad_older", "eligibility": trial.eligibility.model_copy(
            update={"age_years": None})})  # fmt: skip
    told = {one.axis: one for one in applicability(older, BIOLOGY).axes}
    assert (told["age"].where, told["endpoint"].where) == (OUTSIDE, INSIDE)
    assert told["endpoint"].evidence == f"{told['endpoint'].trials} trials with numbers"
