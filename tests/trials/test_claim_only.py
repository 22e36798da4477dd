"""Arrows that are only claimed: the two stances differ, and the evidence stance has no effect."""

from gutskin.model.compiled import load_model
from gutskin.trials.claim_only import claim_only
from gutskin.trials.routes import switches_of


def test_structure_each_is_nothing_under_one_stance_and_claimed_under_the_other():
    model = load_model()
    evidence, article = model.values("evidence"), model.values("article")
    apart = {name for name in evidence if evidence[name] == 0.0 != article[name]}
    priors = {name for name in apart if model.tables.parameters[name].text("role") == "prior"}
    found = {one["parameter"]: one for one in claim_only()}
    assert set(found) == priors
    assert len(switches_of(model, "metabolites")) > 5  # the arms that may be claimed are there
    for name, one in found.items():
        assert one["claimed"] == article[name]
        assert one["low"] < 0.0 < one["high"]


def test_structure_what_people_support_is_not_among_them():
    found = {one["parameter"] for one in claim_only()}
    assert found.isdisjoint({"g_phenol_barrier", "g_gut_inflammation", "g_tolerance_skin"})
