"""The table of one patient's course: each quantity once, every number in one piece."""

import io

import numpy as np
import pytest

from gutskin.model.compiled import load_model
from gutskin.model.quantities import in_words
from gutskin.population.course import follow, prepare
from gutskin.population.patient_format import PatientFile
from gutskin.report.console import Terminal
from gutskin.report.course import ALSO, _rows, print_course


@pytest.fixture(scope="module")
def course():
    patient = PatientFile.model_validate({"start": "healthy_adult", "name": "A", "days": 56})
    return follow(prepare(patient))


def test_each_quantity_stands_once_and_no_count_of_patients_is_told_as_a_score(course):
    quantities, labels, _ = zip(*_rows(course), strict=True)
    assert len(set(quantities)) == len(quantities)
    assert len(set(labels)) == len(labels)
    ends = load_model().tables.endpoints.values()
    scores = {row.text("quantity") for row in ends if not row.text("cutoff")}
    assert scores <= set(quantities) <= scores | set(ALSO)
    assert not {row.text("label") for row in ends if row.text("cutoff")} & set(labels)


def test_what_is_an_endpoint_as_well_stands_once(course, monkeypatch):
    usual = list(_rows(course))
    monkeypatch.setattr("gutskin.report.course.ALSO", (*ALSO, "serum_il6"))
    assert np.ptp(course.quantities["serum_il6"]) > 0
    assert list(_rows(course)) == usual


@pytest.mark.parametrize("quantity", ["easi_atopic", "easi_nonatopic"])
def test_a_quantity_is_not_called_by_an_endpoint_with_a_cut_off(quantity):
    assert in_words(load_model(), quantity)[0].startswith("EASI of a child with a")
    assert in_words(load_model(), quantity)[1] == "points"


@pytest.mark.parametrize("width", [60, 80, 110])
def test_no_number_is_folded(course, width):
    stream = io.StringIO()
    print_course(course, Terminal(file=stream, width=width))
    text = stream.getvalue()
    assert max(map(len, text.splitlines())) <= width
    (line,) = [line for line in text.splitlines() if line.startswith("Total IgE")]
    days = [round(7 * float(week)) for week in _numbers(text, "Week")]
    assert days[0] == 0
    assert days[-1] == 56
    ige = course.quantities["serum_ige"][days]
    assert line.split()[2:-1] == [f"{value:.1f}" for value in ige]
    assert "log10 cells/g" in text
    assert np.all(np.diff(days) > 0)


def _numbers(text, title):
    (line,) = [line for line in text.splitlines() if line.startswith(title)]
    return line.split()[1:-1]
