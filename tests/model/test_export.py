"""One patient as SBML: what stands in the initial values, and what in events."""

import libsbml
import numpy as np
import pytest

from gutskin.engine import Course, Hold, Pulse, Schedule
from gutskin.model.compiled import load_model
from gutskin.model.export import export_course

DAYS = 20


def exported(schedule, parameters=None):
    model = load_model()
    text = export_course(
        model, parameters or {}, model.initial("severe"), schedule, DAYS, name="A < B", notes=["x"]
    )
    return text, libsbml.readSBMLFromString(text)


def events(document):
    """Time of each event -> variable -> formula."""
    return {
        float(libsbml.formulaToL3String(event.getTrigger().getMath()).split(">=")[1]): {
            one.getVariable(): libsbml.formulaToL3String(one.getMath())
            for one in event.getListOfEventAssignments()
        }
        for event in document.getModel().getListOfEvents()
    }


def test_the_document_is_valid_and_the_same_each_time():
    schedule = Schedule(
        [Hold("antibiotic", 2.0, 7.0, 1.0)],
        [Pulse("drug_depot", 3.0, 100.0)],
        [Course("season", [0.0, 5.0, 10.0], [1.0, 1.5, 0.5])],
    )
    text, document = exported(schedule)
    document.setConsistencyChecks(libsbml.LIBSBML_CAT_UNITS_CONSISTENCY, False)
    document.checkConsistency()
    assert document.getNumErrors(libsbml.LIBSBML_SEV_ERROR) == 0
    assert (document.getLevel(), document.getVersion()) == (3, 2)
    assert text == exported(schedule)[0]


def test_without_a_schedule_there_are_no_events():
    _, document = exported(Schedule(), {"atopy": 2.5})
    model = load_model()
    target = document.getModel()
    assert target.getNumEvents() == 0
    assert target.getParameter("atopy").getValue() == 2.5
    starts = dict(zip(model.state_ids, model.initial("severe"), strict=True))
    amounts = {name: target.getSpecies(name).getInitialAmount() for name in starts}
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
    schedule = Schedule([Hold("antibiotic", start, 4.0, 1.0)], [Pulse("drug_depot", 0.0, 100.0)])
    _, document = exported(schedule)
    target = document.getModel()
    assert target.getParameter("antibiotic").getValue() == 1.0
    assert target.getSpecies("drug_depot").getInitialAmount() == 100.0
    assert events(document) == {4.0: {"antibiotic": "0"}}


def test_what_comes_after_the_last_day_is_left_out():
    schedule = Schedule(
        [Hold("antibiotic", 15.0, 25.0, 1.0)],
        [Pulse("drug_depot", 20.0, 1.0), Pulse("drug_depot", 20.5, 1.0)],
    )
    _, document = exported(schedule)
    assert sorted(events(document)) == [15.0, 20.0]


def test_pulses_at_one_moment_add_up():
    pulses = [Pulse("drug_depot", 3.0, 100.0), Pulse("drug_depot", 3.0, 20.0)]
    _, document = exported(Schedule(pulses=pulses))
    assert events(document)[3.0]["drug_depot"] == "drug_depot + 100 + 20"


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
