"""Calendars of patients who stop the product or are rescued."""

import numpy as np
import pytest

from gutskin.model.compiled import load_model
from gutskin.model.drugs import drugs
from gutskin.model.topicals import topicals
from gutskin.trials.intervention_parts import INTERVENTIONS
from gutskin.trials.interventions import calendar_of, moved, places_of, schedule_of
from gutskin.trials.product_end import Happening, can_stop, with_happening

MODEL = load_model()
VISITS = np.array([0.0, 14.0, 28.0, 56.0])
END = 56.0
OWN = {name: np.array([0.1, 0.3, 0.2]) for name in moved(MODEL)}
STOPS = np.array([14.0, np.inf, 28.0])
PRODUCT = {"kind": "probiotic", "strains": ("w23",), "cfu_per_day": 4e9, "end_week": 6.0}
DRUG = {"kind": "dupilumab", "loading_mg": 600.0, "dose_mg": 300.0, "every_weeks": 2.0}


def made(*given):
    return [INTERVENTIONS[one["kind"]].model_validate({"end_week": 8.0, **one}) for one in given]


def holds(interventions, happening, adherence=0.5):
    """Input -> value of each patient on a day."""
    calendar = calendar_of(interventions, END, drugs(MODEL.biology), topicals(MODEL.biology))
    calendar, taken = with_happening(
        calendar, None, interventions, happening, VISITS, END, topicals(MODEL.biology)
    )
    schedule = schedule_of(
        MODEL, calendar, places_of(interventions, MODEL.tables), OWN, {}, END, adherence, taken,
        {"age_at_start": np.full(3, 9000.0), "body_weight": np.full(3, 70.0)},
    )  # fmt: skip

    def at(name, day):
        found = [one.value for one in schedule.holds
                 if one.parameter == name and one.start <= day < one.end]  # fmt: skip
        assert len(found) <= 1, name  # nothing moves an input twice at a time
        return np.broadcast_to(found[0], 3).tolist() if found else None

    return at, schedule


def test_closed_form_who_has_stopped_takes_nothing_of_the_product():
    at, _ = holds(made(PRODUCT), Happening(stops=STOPS))
    assert at("dose_strain_1", 13.9) == [2.0, 2.0, 2.0]
    assert at("dose_strain_1", 14.0) == [0.0, 2.0, 2.0]
    assert at("dose_strain_1", 41.9) == [0.0, 2.0, 0.0]
    assert at("dose_strain_1", 42.0) is None


def test_nobody_stops_what_is_in_the_air_unless_the_file_says_so():
    pollen = made({"kind": "pollen", "level": 0.5})
    at, _ = holds(pollen, Happening(stops=STOPS))
    assert at("pollen", 30.0) == [0.5, 0.5, 0.5]
    at, _ = holds(pollen, Happening(stops=STOPS, kinds=("pollen",)))
    assert at("pollen", 30.0) == [0.0, 0.5, 0.0]
    assert not can_stop(pollen, ())


def test_closed_form_who_stops_a_rule_of_washing_washes_as_before():
    at, _ = holds(made({"kind": "washing", "washes_per_day": 3.0}), Happening(stops=STOPS), 1.0)
    assert at("washing", 30.0) == [0.1, 3.0, 0.2]


def test_closed_form_a_diet_that_has_ended_is_the_usual_one():
    at, _ = holds(made({"kind": "fibre", "factor": 3.0}), Happening(stops=STOPS), adherence=1.0)
    assert at("diet_fibre", 30.0) == [1.0, 3.0, 1.0]


def test_closed_form_a_cream_that_has_ended_leaves_what_was_used_before():
    at, _ = holds(
        made({"kind": "topical_steroid", "level": 0.9}), Happening(stops=STOPS), adherence=1.0
    )
    assert at("topical_steroid", 20.0) == [0.1, 0.9, 0.9]
    cream, potency = {"kind": "topical", "name": "steroid_potent"}, "steroid_potency"
    at, _ = holds(made(cream), Happening(stops=STOPS))
    assert at(potency, 20.0) == [0.1, 1.8, 1.8]  # his own again


def test_closed_form_injections_from_the_day_of_stopping_on_are_not_given():
    _, schedule = holds(made(DRUG), Happening(stops=STOPS))
    given = {one.time: np.asarray(one.add) > 0 for one in schedule.pulses}
    assert given[0.0].tolist() == [True, True, True]
    assert given[14.0].tolist() == [False, True, True]
    assert given[28.0].tolist() == [False, True, False]


def test_only_the_kinds_that_are_named_end():
    both = made(PRODUCT, {"kind": "fibre", "factor": 3.0})
    at, _ = holds(both, Happening(stops=STOPS, kinds=("probiotic",)), adherence=1.0)
    assert at("dose_strain_1", 20.0) == [0.0, 4.0, 4.0]
    assert at("diet_fibre", 20.0) == [3.0, 3.0, 3.0]
    assert can_stop(both, ("fibre",))
    assert not can_stop(both, ("drug",))
    assert not can_stop([], ())


def cream(level):
    return made({"kind": "topical_steroid", "level": level})


def test_closed_form_a_rescue_begins_with_its_visit_and_stays():
    at, _ = holds([], Happening(rescued=STOPS, creams=tuple(cream(0.8))), adherence=1.0)
    assert at("topical_steroid", 13.9) == [0.1, 0.3, 0.2]
    assert at("topical_steroid", 14.0) == [0.8, 0.3, 0.2]
    assert at("topical_steroid", 55.0) == [0.8, 0.3, 0.8]


@pytest.mark.parametrize("level", [0.6, 0.9])
def test_closed_form_beside_a_cream_of_the_arm_the_higher_level_counts(level):
    arm = made({"kind": "topical_steroid", "level": 0.7, "start_week": 1.0, "end_week": 5.0})
    at, _ = holds(arm, Happening(rescued=STOPS, creams=tuple(cream(level))), adherence=1.0)
    assert at("topical_steroid", 10.0) == [0.7, 0.7, 0.7]
    assert at("topical_steroid", 20.0) == [max(0.7, level), 0.7, 0.7]
    assert at("topical_steroid", 34.9) == [max(0.7, level), 0.7, max(0.7, level)]
    assert at("topical_steroid", 35.0) == [level, 0.3, level]


def test_where_nothing_happens_the_calendar_is_as_it_was():
    interventions = made(PRODUCT, DRUG)
    calendar = calendar_of(interventions, END, drugs(MODEL.biology), topicals(MODEL.biology))
    never = Happening(stops=np.full(3, np.inf))
    same, taken = with_happening(calendar, None, interventions, never, VISITS, END, {})
    assert same is calendar
    assert taken is None
