"""What hangs on a mechanism: its ends, what its reactions change, and shares of turnover."""

import numpy as np
import pytest

from gutskin.evidence import fluxes
from gutskin.model.compiled import load_model
from gutskin.trials.design import load_trial


@pytest.fixture(scope="module")
def model():
    return load_model()


@pytest.mark.parametrize(
    ("on", "off", "share"),
    [
        ([2.0, 4.0], [1.0, 4.0], 0.25), ([2.0, 4.0], [2.0, 1.0], 0.75), ([0.0], [-3.0], 1.0),
        ([1.0], [-1.0], 1.0), ([3.0], [3.0], 0.0), ([-4.0], [-3.0], 0.25), ([0.0, 0.0], [0, 0], 0),
    ],
)  # fmt: skip
def test_closed_form_the_largest_change_over_the_largest_flow(on, off, share):
    assert fluxes.flux_of(on, off) == pytest.approx(share)


def test_unit_a_name_means_an_id_or_all_that_begin_with_it(model):
    assert list(fluxes._targets(model, "gut_treg")) == ["gut_treg"]
    sites = list(fluxes._targets(model, "skin_tslp"))
    assert sites == ["skin_tslp_lesional", "skin_tslp_nonlesional"]
    logs = [one for one in fluxes._targets(model, "s_aureus") if one in model.state_ids]
    assert logs == ["ln_s_aureus_lesional", "ln_s_aureus_nonlesional"]
    assert list(fluxes._targets(model, "gut_tre")) == []


def test_unit_a_rule_is_carried_itself_and_a_reaction_by_what_it_changes(model):
    rule = next(one for one in model.equations.values() if not one.reaction)
    reaction = next(one for one in model.equations.values() if one.reaction)
    assert list(fluxes._carried(model, [rule.id])) == [rule.id]
    assert list(fluxes._carried(model, [reaction.id])) == list(reaction.changes)
    site = next(one.id for one in model.equations.values() if one.id.endswith("_nonlesional"))
    both = list(fluxes._carried(model, [site.replace("nonlesional", "SITE")]))
    one = list(fluxes._carried(model, [site]))
    assert len(both) == 2 * len(one)
    assert list(fluxes._carried(model, ["no_such_id"])) == []


def test_closed_form_gains_and_losses_are_what_reactions_bring_and_take(model):
    seen = {name: np.array([1.0, 2.0]) for name in (*model.assigned_ids, *model.reaction_ids)}
    gains, losses = fluxes._turnover(model, seen)
    for state in model.state_ids:
        amounts = [
            float(one.changes[state]) for one in model.equations.values() if state in one.changes
        ]
        more, less = sum(a for a in amounts if a > 0), -sum(a for a in amounts if a < 0)
        np.testing.assert_allclose(gains[state], [more, 2 * more])
        np.testing.assert_allclose(losses[state], [less, 2 * less])


@pytest.mark.parametrize("stance", ["evidence", "article"])
def test_property_the_middle_patient_before_and_after_is_he_of_his_course(model, stance):
    from gutskin.population.course import follow

    design = load_trial("six-strain-children")
    change = fluxes.change_in_trial(design, stance, model)
    case = fluxes._case(design, design.active[0], stance, model)
    course = follow(case).quantities
    assert (change.weeks, change.stance, case.days) == (8.0, stance, 56)
    assert set(change.quantities) == {*model.state_ids, *model.assigned_ids}
    for name in model.state_ids:
        assert change.quantities[name] == (course[name][0], course[name][56])
    for name in ("scorad", "tewl_lesional"):
        assert change.quantities[name][1] == pytest.approx(course[name][56], rel=1e-5)
    assert set(change.fluxes) == set(model.tables.mechanisms)
    assert all(0 <= share <= 1 for pair in change.fluxes.values() for share in pair)
    arrival = next(
        row.id for row in model.tables.mechanisms.values()
        if "arrive_strain_1" in row.text("rules_and_reactions")
    )  # fmt: skip
    before, after = change.fluxes[arrival]
    assert before == 0.0  # no dose yet
    assert after > 0.0


def test_unit_what_the_schedule_moves_is_looked_at_while_it_is_still_taken(model):
    design = load_trial("six-strain-children")
    case = fluxes._case(design, design.active[0], "evidence", model)
    moved = fluxes._moved(case)
    assert moved["dose_strain_1"] > 0
    atopy = model.values("evidence")["atopy"]
    assert case.parameters["atopy"] > atopy


def test_property_a_child_followed_from_birth_is_compared_with_himself_without_it(model):
    """He changes by growing alone, so the two numbers are of one day: without it and on it."""
    design = load_trial("three-strains-newborns")
    design = design.model_copy(
        update={"visits": design.visits.model_copy(update={"weeks": (0.0, 8.0)})}
    )
    change = fluxes.change_in_trial(design, "evidence", model)
    assert change.from_birth
    assert change.moments == ("without it", "on it")
    assert "from birth" in change.patient
    ages = change.quantities["age"]
    assert ages[0] == ages[1] == pytest.approx(56.0, abs=1e-3)
    assert change.fluxes["M122"][0] == 0 < change.fluxes["M122"][1]  # the mother's product
    assert change.fluxes["M11"][0] == 0 < change.fluxes["M11"][1]  # the child's
    without, on = change.quantities["tolerance_imprint"]
    assert on > without
