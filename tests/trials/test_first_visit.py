"""What patients are like at the first visit: the lines of the table, and a value of each."""

from dataclasses import replace

import numpy as np
import pytest
from followed import enrolled, study

from gutskin.model.compiled import load_model
from gutskin.trials import screening
from gutskin.trials.design import load_trial
from gutskin.trials.first_visit import (
    GEOMETRIC,
    KNOWN,
    MEAN,
    RECORDED,
    SHARE,
    TRUE,
    traits,
    traits_of_patients,
)
from gutskin.trials.study import prepare

BODY = ["age", "body_weight", "flg_carrier", "sensitised", "food_sensitised"]


def lines(made):
    return {one.name: one for one in traits(made.design, made.model)}


def values(made, people, first=None):
    found = np.ones((len(made.endpoints), len(people))) if first is None else first
    names = [one.name for one in traits(made.design, made.model)]
    return dict(zip(names, traits_of_patients(made, people, found), strict=True))


@pytest.fixture(scope="module")
def many():
    """Patients of one arm, with what the streams make of them."""
    made = study(replicates=1, endpoints=("scorad", "il5"))
    people = enrolled(made, 60)
    return made, people, screening.patients_of(made, people.keys)


def test_unit_lines_are_what_patients_are_then_what_is_measured_then_what_is_not():
    made = study(endpoints=("easi", "tewl", "easi75", "iga", "flares", "iga01", "itch4"))
    found = lines(made)
    measured = ["easi", "tewl", "iga", "iga01"]
    assert [*found] == [*BODY, *measured, "scorad", "total_ige", "s_aureus"]
    assert {found[name].source for name in BODY} == {KNOWN}
    assert {found[name].source for name in measured} == {RECORDED}
    assert {found[name].source for name in ("scorad", "total_ige", "s_aureus")} == {TRUE}
    kinds = {name: found[name].kind for name in ("age", "flg_carrier", "tewl", "iga", "iga01")}
    assert [*kinds.values()] == [MEAN, SHARE, GEOMETRIC, MEAN, SHARE]
    assert found["tewl"].label == "TEWL of lesional skin"
    assert (found["tewl"].unit, found["age"].unit, found["iga01"].unit) == ("g/m2/h", "years", "1")


def test_unit_newborns_have_no_age_no_sensitisation_and_no_eczema_yet():
    design = load_trial("three-strains-newborns")
    found = [one.name for one in traits(design, load_model())]
    assert found[:3] == ["body_weight", "flg_carrier", "human_milk"]
    assert not {"age", "sensitised", "food_sensitised", "scorad", "s_aureus"} & set(found)


def test_closed_form_every_patient_has_what_he_was_drawn_with(many):
    made, people, patients = many
    found = values(made, people)
    days = patients.age_years * 365.25 + people.day
    assert found["age"] == pytest.approx(days / 365.25)
    assert (found["body_weight"] == patients.parameters["body_weight"]).all()
    genotype = np.asarray(patients.parameters["flg_genotype"])
    assert (found["flg_carrier"] == (genotype != genotype.max())).all()
    air, food = (patients.parameters[name] for name in ("sensitised", "sensitised_food"))
    assert (found["food_sensitised"] == food).all()
    assert (found["sensitised"] == np.maximum(air, food)).all()
    for name in ("flg_carrier", "sensitised", "food_sensitised"):
        assert set(found[name]) == {0.0, 1.0}


def test_closed_form_what_is_measured_is_the_record_and_lives_on_its_own_scale(many):
    made, people, _ = many
    count = len(people)
    first = np.stack([np.arange(count) - 1.0, np.arange(count) - 1.0])
    found = values(made, people, first)
    assert (found["scorad"] == first[0]).all()
    assert np.isnan(found["il5"][:2]).all()  # nothing has no logarithm
    assert found["il5"][2:] == pytest.approx(np.log(first[1, 2:]))


def test_closed_form_what_is_not_measured_is_that_of_the_day_of_enrolment(many):
    """Of the same start everybody has the same bacteria; of twice as many 0.3 more."""
    made, people, _ = many
    found = values(made, people)
    assert np.ptp(found["s_aureus"]) == pytest.approx(0.0, abs=1e-6)
    row = made.model.state_ids.index("ln_s_aureus_lesional")
    start = people.start.copy()
    start[row] += np.log(2.0)
    twice = values(made, replace(people, start=start))
    assert twice["s_aureus"] - found["s_aureus"] == pytest.approx(np.log10(2.0), abs=1e-6)
    assert (twice["easi"] >= 0).all()


def test_closed_form_who_gets_formula_alone_is_not_fed_human_milk():
    design = load_trial("three-strains-newborns")
    infants = design.infants.model_copy(update={"formula_share": 0.3})
    made = prepare(
        design.model_copy(update={"infants": infants}), load_model(), 1, 7, "evidence"
    )  # fmt: skip
    people = screening.born(made, enrolled(study(replicates=1), 60).keys)
    found = values(made, people)["human_milk"]
    milk = np.asarray(screening.patients_of(made, people.keys).parameters["breast_milk"])
    assert (found == (milk > 0)).all()
    assert 0.5 < found.mean() < 0.9
