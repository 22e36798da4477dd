"""One patient as SBML: what stands in the initial values, and what in events."""

import libsbml
import numpy as np
import pytest

from gutskin.engine import Course, Hold, Pulse, Schedule
from gutskin.model.compiled import load_model
from gutskin.model.export import export_course, export_model

DAYS = 20


def exported(schedule, parameters=None):
    model = load_model()
    text = export_course(
        model, parameters or {}, model.initial("severe"), schedule, DAYS, name="A < B", notes=["x"]
    )
    return text, libsbml.readSBMLFromString(text)


def formula(element):
    """The formula of an element without the units of its numbers."""
    plain = libsbml.L3ParserSettings()
    plain.setParseUnits(False)
    return libsbml.formulaToL3StringWithSettings(element.getMath(), plain)


def events(document):
    """Time of each event -> variable -> formula."""
    return {
        float(formula(event.getTrigger()).split(">=")[1]): {
            one.getVariable(): formula(one) for one in event.getListOfEventAssignments()
        }
        for event in document.getModel().getListOfEvents()
    }


EVERYTHING = Schedule(
    [Hold("antibiotic_broad", 2.0, 7.0, 1.0), Hold("tewl_scale", 2.0, 3.0, 30.0)],
    [Pulse("drug_1_depot", 3.0, 100.0), Pulse("gut_acetate", 3.0, 1.0), Pulse("gut_iga", 4.0, 0.1)],
    [
        Course("season", [0.0, 5.0, 10.0], [1.0, 1.5, 0.5]),
        Course("dose_inulin", [1.0, 5.0], [0.0, 50.0]),
    ],
)
CATEGORIES = [value for name, value in vars(libsbml).items() if name.startswith("LIBSBML_CAT_")]


@pytest.fixture(scope="module", params=["model", "patient"])
def document(request):
    """The model, and a patient to whom everything happens."""
    text = export_model(load_model()) if request.param == "model" else exported(EVERYTHING)[0]
    return libsbml.readSBMLFromString(text)


def test_the_document_is_the_same_each_time_and_of_the_level_that_is_told():
    text, document = exported(EVERYTHING)
    assert (document.getLevel(), document.getVersion()) == (3, 2)
    assert text == exported(EVERYTHING)[0]


STRICT = (libsbml.LIBSBML_CAT_STRICT_UNITS_CONSISTENCY,)  # rules of the other, and seconds


@pytest.mark.parametrize(
    ("document", "unasked"),
    [
        pytest.param("model", (), marks=pytest.mark.slow),  # a patient has all that it has
        pytest.param("patient", (), marks=pytest.mark.slow),
        ("patient", STRICT),
    ],
    indirect=["document"],
)
def test_reference_libsbml_finds_no_error_and_nothing_to_warn_of_units_included(document, unasked):
    for category in CATEGORIES:
        document.setConsistencyChecks(category, category not in unasked)
    document.checkConsistency()
    found = [document.getError(number) for number in range(document.getNumErrors())]
    assert [f"{one.getErrorId()} {one.getMessage()}" for one in found] == []


def test_everything_has_a_unit_a_name_and_a_role(document):
    target = document.getModel()
    assert target.getExtentUnits() == "dimensionless"
    assert all(one.isSetUnits() for one in target.getListOfParameters())
    assert all(one.isSetSubstanceUnits() for one in target.getListOfSpecies())
    named = [
        *target.getListOfParameters(), *target.getListOfSpecies(), *target.getListOfReactions(),
        *target.getListOfCompartments(), *target.getListOfUnitDefinitions(),
        *target.getListOfEvents(), *target.getListOfFunctionDefinitions(),
    ]  # fmt: skip
    assert [one.getId() for one in named if not one.getName().strip()] == []
    roles = [
        *target.getListOfParameters(), *target.getListOfSpecies(), *target.getListOfReactions(),
        *target.getListOfCompartments(), *target.getListOfEvents(),
        *target.getListOfFunctionDefinitions(), target,
    ]  # fmt: skip
    assert [one.getId() for one in roles if not one.isSetSBOTerm()] == []


def test_reactions_and_rates_bear_the_titles_of_their_mechanisms(document):
    model, target = load_model(), document.getModel()
    named = {one.getId(): one.getName() for one in target.getListOfReactions()}
    named |= {one.getId(): one.getName() for one in target.getListOfParameters()}
    reactions = [one.id for one in model.equations.values() if one.reaction]
    assert len({named[name] for name in reactions}) == len(reactions)
    for row in model.tables.mechanisms.values():
        for name in set(row.items("rules_and_reactions")) & set(reactions):
            assert row.text("statement") in named[name]


def test_a_state_that_is_no_matter_is_a_parameter_with_the_same_rate_of_change(document):
    model, target = load_model(), document.getModel()
    states = [name for name in model.state_ids if target.getSpecies(name) is None]
    assert {"skin_itch", "tolerance_imprint", "skin_ph_lesional"} < set(states)
    assert "skin_phage" not in states
    for name in states:
        assert not target.getParameter(name).getConstant()
        rates = {e.id: e.changes[name] for e in model.equations.values() if name in e.changes}
        rule = target.getRateRuleByVariable(name)
        written = formula(rule).replace(" ", "").replace("-", "+-").split("+")
        assert {term.strip("-"): -1.0 if "-" in term else 1.0 for term in written if term} == rates
        for rate in rates:
            law = formula(target.getAssignmentRuleByVariable(rate))
            assert law == model.equations[rate].formula or law.startswith(f"{rate}_of(")


def test_every_number_says_its_prior_and_what_backs_it(document):
    model, target = load_model(), document.getModel()
    for row in model.tables.parameters.values():
        notes = target.getParameter(row.id).getNotesString()
        assert f"Role: {row.text('role')}" in notes
        if row.text("low"):
            assert f"{row.text('distribution')}, 95% between {row.text('low')} and" in notes
        assert all(f"Evidence {one}:" in notes for one in row.items("evidence"))
    said = target.getReaction("home_treg").getNotesString()
    assert f"M47: {model.tables.mechanisms['M47'].text('statement')}" in said


def test_what_is_known_elsewhere_is_linked_there(document):
    tslp = document.getModel().getSpecies("skin_tslp_lesional").getCVTerm(0)
    assert tslp.getBiologicalQualifierType() == libsbml.BQB_IS
    assert tslp.getResourceURI(0) == "https://identifiers.org/uniprot:Q969D9"
    guild = document.getModel().getSpecies("gut_bacteroides").getCVTerm(0)
    assert guild.getBiologicalQualifierType() == libsbml.BQB_HAS_PART
    tone = document.getModel().getSpecies("gut_dendritic").getCVTerm(0)
    assert tone.getBiologicalQualifierType() == libsbml.BQB_IS_PROPERTY_OF
    colon = document.getModel().getCompartment("colon").getCVTerm(0)
    assert colon.getResourceURI(0) == "https://identifiers.org/UBERON:0001155"
    rate = document.getModel().getParameter("k_barrier").getCVTerm(0)
    assert rate.getBiologicalQualifierType() == libsbml.BQB_IS_DESCRIBED_BY
    assert rate.getResourceURI(0) == "https://identifiers.org/doi:10.1016/j.xjidi.2024.100269"


def test_a_patient_stands_in_the_notes_and_what_xml_has_no_room_for_is_replaced():
    model = load_model()
    text = export_course(
        model, {"atopy": 2.25}, model.initial("severe"), Schedule(), DAYS, name="a\x01<b>",
        notes=["x\x02 & y"],
    )  # fmt: skip
    target = libsbml.readSBMLFromString(text).getModel()
    assert target.getName() == "a\ufffd<b>"
    assert "x\ufffd &amp; y" in target.getNotesString()
    assert "atopy = 2.25" in target.getNotesString()


def test_without_a_schedule_there_are_no_events():
    _, document = exported(Schedule(), {"atopy": 2.5})
    model = load_model()
    target = document.getModel()
    assert target.getNumEvents() == 0
    assert target.getParameter("atopy").getValue() == 2.5
    starts = dict(zip(model.state_ids, model.initial("severe"), strict=True))
    amounts = {
        name: species.getInitialAmount()
        if (species := target.getSpecies(name))
        else target.getParameter(name).getValue()
        for name in starts
    }
    assert amounts == pytest.approx(starts)


def test_a_hold_jumps_there_and_back_and_abutting_holds_make_one_event():
    holds = [Hold("emollient", 2.0, 5.0, 0.7), Hold("emollient", 5.0, 9.0, 0.9)]
    _, document = exported(Schedule(holds), {"emollient": 0.3})
    parameter = document.getModel().getParameter("emollient")
    assert (parameter.getConstant(), parameter.getValue()) == (False, 0.3)
    assert events(document) == {
        2.0: {"emollient": "0.7"},
        5.0: {"emollient": "0.9"},
        9.0: {"emollient": "0.3"},
    }


@pytest.mark.parametrize("start", [0.0, -3.0])
def test_what_starts_by_day_0_stands_in_the_initial_values(start):
    schedule = Schedule(
        [Hold("antibiotic_broad", start, 4.0, 1.0)], [Pulse("drug_1_depot", 0.0, 100.0)]
    )
    _, document = exported(schedule)
    target = document.getModel()
    assert target.getParameter("antibiotic_broad").getValue() == 1.0
    assert target.getSpecies("drug_1_depot").getInitialAmount() == 100.0
    assert events(document) == {4.0: {"antibiotic_broad": "0"}}


def test_what_comes_after_the_last_day_is_left_out():
    schedule = Schedule(
        [Hold("antibiotic_broad", 15.0, 25.0, 1.0)],
        [Pulse("drug_1_depot", 20.0, 1.0), Pulse("drug_1_depot", 20.5, 1.0)],
    )
    _, document = exported(schedule)
    assert sorted(events(document)) == [15.0, 20.0]


def test_pulses_at_one_moment_add_up():
    pulses = [Pulse("drug_1_depot", 3.0, 100.0), Pulse("drug_1_depot", 3.0, 20.0)]
    _, document = exported(Schedule(pulses=pulses))
    assert events(document)[3.0]["drug_1_depot"] == "drug_1_depot + 100 + 20"


@pytest.mark.parametrize("first", [-2.0, 0.0, 6.0])
def test_a_course_is_a_slope_set_at_every_bend(first):
    times, values = first + np.array([0.0, 5.0, 10.0]), [1.0, 1.5, 0.5]
    _, document = exported(Schedule(courses=[Course("season", times, values)]))
    target = document.getModel()
    rule = target.getRateRuleByVariable("season")
    assert libsbml.formulaToL3String(rule.getMath()) == "slope_season"
    expected = Course("season", times, values)
    assert target.getParameter("season").getValue() == pytest.approx(float(expected.at(0.0)))
    assert target.getParameter("slope_season").getValue() == (0.1 if first <= 0 else 0.0)
    found = {time: float(set_["slope_season"]) for time, set_ in events(document).items()}
    slopes = dict(zip(times.tolist(), [0.1, -0.2, 0.0], strict=True))
    assert found == pytest.approx({time: slope for time, slope in slopes.items() if time > 0})
