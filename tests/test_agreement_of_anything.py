"""Whatever is moved, and whenever: our courses are those of libRoadRunner on the exported SBML."""

from itertools import pairwise

import numpy as np
import pytest
from elsewhere import in_libroadrunner
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from gutskin.errors import InputError
from gutskin.model.compiled import load_model
from gutskin.population.bounds import excursions, ranges_of_quantities, ranges_of_states
from gutskin.population.course import follow, prepare
from gutskin.population.patient_file import PatientFile

DAYS = 6
MODEL = load_model()
CENTRES = MODEL.values()
TYPICAL = dict(zip(MODEL.state_ids, MODEL.scales.tolist(), strict=True))
LARGEST = 1e-3  # of each quantity's scale
QUICK = settings(
    max_examples=2, derandomize=True, deadline=None, database=None,
    phases=[Phase.generate], suppress_health_check=list(HealthCheck),
)  # fmt: skip
LONG = settings(QUICK, max_examples=40)

SHARE = st.floats(0.7, 1.4)
MOMENT = st.integers(0, 8 * DAYS).map(lambda eighths: eighths / 8)
ANY_MOMENT = st.integers(-16, 8 * DAYS + 16).map(lambda eighths: eighths / 8)


def moved(name, share):
    """A value of a parameter not far from its centre; a switch may be off, half or on."""
    row = MODEL.tables.parameters.get(name)
    if row is not None and row.text("role") == "switch":
        return 0.0 if share < 0.9 else 0.5 if share < 1.1 else 1.0
    return CENTRES[name] * share if CENTRES[name] else share - 0.7


@st.composite
def holds(draw, name):
    """One or two holds of a parameter, that may abut, and last beyond the end."""
    edges = sorted(draw(st.sets(MOMENT, min_size=2, max_size=3)))
    return [
        {"parameter": name, "start_day": first, "end_day": last, "value": moved(name, draw(SHARE))}
        for first, last in pairwise(edges)
    ]


@st.composite
def courses(draw, name):
    """Straight lines, of which any part may lie before the start or after the end."""
    days = sorted(draw(st.sets(ANY_MOMENT, min_size=1, max_size=4)))
    values = tuple(moved(name, draw(SHARE)) for _ in days)
    return {"parameter": name, "days": tuple(days), "values": values}


@st.composite
def pulses(draw):
    """A state jumps up; a day or a state may come twice."""
    name = draw(st.sampled_from(MODEL.state_ids))
    return {"state": name, "day": draw(MOMENT), "add": TYPICAL[name] * draw(st.floats(0.0, 1.0))}


@st.composite
def patients(draw):
    """A patient file in which anything may be moved, and anything be his own."""
    names = draw(
        st.lists(st.sampled_from(MODEL.parameter_ids), min_size=6, max_size=16, unique=True)
    )
    third = len(names) // 3
    first = draw(st.sampled_from(("healthy_adult", "severe", "birth_vaginal")))
    start = dict(zip(MODEL.state_ids, MODEL.initial(first).tolist(), strict=True))
    own = draw(st.lists(st.sampled_from(MODEL.state_ids), max_size=5, unique=True))
    return PatientFile.model_validate(
        {
            "name": "anything",
            "start": first,
            "age_years": 0.0 if first.startswith("birth") else draw(st.floats(1.0, 60.0)),
            "days": DAYS,
            "holds": tuple(one for name in names[:third] for one in draw(holds(name))),
            "courses": tuple(draw(courses(name)) for name in names[third : 2 * third]),
            "pulses": tuple(draw(st.lists(pulses(), max_size=6))),
            "parameters": {name: moved(name, draw(SHARE)) for name in names[2 * third :]},
            "states": {name: start[name] + 0.3 * TYPICAL[name] * draw(SHARE) for name in own},
        }
    )


def differences(patient):
    """What differs: quantity -> largest distance over its scale, at jumps and in between.

    A body pushed beyond what its equations bear must be beyond it for both.
    """
    case = prepare(patient, model=MODEL)
    moments = case.schedule.breakpoints()
    inside = moments[(moments >= 0) & (moments <= DAYS)]
    times = np.union1d(np.linspace(0.0, DAYS, 31), inside)
    ids = [*MODEL.state_ids, *MODEL.assigned_ids]
    table = elsewhere(case, times, ids)
    if table is None:
        with pytest.raises(InputError, match="could not be computed"):
            follow(case, times)
        return {}
    try:
        quantities = follow(case, times).quantities
    except InputError:  # out of what a body may be: so it must be elsewhere
        out = excursions(times, ranges_of_states(MODEL), table[:, : len(MODEL.state_ids), None])
        scores = ranges_of_quantities(MODEL)
        columns = table[:, [ids.index(name) for name in scores], None]
        assert out.patients.any() or excursions(times, list(scores.values()), columns).out.any()
        return {}
    assert list(quantities) == ids
    ours = np.stack(list(quantities.values()), axis=1)
    scale = np.maximum(np.abs(ours).max(axis=0), [1e-6 * TYPICAL.get(name, 1.0) for name in ids])
    worst = np.abs(table - ours).max(axis=0) / scale
    return {name: size for name, size in zip(ids, worst, strict=True) if not size <= LARGEST}


def elsewhere(case, times, ids):
    """The exported SBML in libRoadRunner, [time, quantity]; None if it cannot be computed."""
    other = in_libroadrunner(case.to_sbml(), ids)
    try:
        table = np.array(other.simulate(times=times.tolist()))
    except RuntimeError:
        return None
    assert table[:, 0].tolist() == times.tolist()
    return table[:, 1:]


@QUICK
@given(patients())
def test_property_anything_that_moves_moves_alike_elsewhere(patient):
    assert differences(patient) == {}


@pytest.mark.slow
@LONG
@given(patients())
def test_property_many_that_move_anything_move_alike_elsewhere(patient):
    assert differences(patient) == {}
