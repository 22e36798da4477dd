"""A chunk of a study: its name, its rows, and numbers that are none."""

import numpy as np
import pytest

from gutskin.trials import chunks
from gutskin.trials.design import load_trial


def test_unit_what_is_no_number_is_null_in_json():
    assert chunks._listed(np.array([1.5, np.nan, np.inf, 0.0])) == [1.5, None, None, 0.0]


@pytest.mark.parametrize("count", [1, 3])
def test_closed_form_every_row_of_a_patient_table_has_its_arm(count):
    design = load_trial("six-strain-children")
    arms = [arm.model_copy(update={"n": n}) for arm, n in zip(design.arms, (2, 3), strict=True)]
    design = design.model_copy(update={"arms": tuple(arms)})
    visits = len(design.visits.weeks)
    (_, active), (_, control) = chunks._seats(design, count)
    rows = count * visits * 5
    assert sorted([*active, *control]) == list(range(rows))
    assert len(active) == count * visits * 2
    of_one = visits * 5
    assert set(active % of_one) == set(range(visits * 2))


def test_unit_the_program_is_named_by_its_code_and_its_libraries(monkeypatch):
    chunks.program.cache_clear()
    one = chunks.program()
    chunks.program.cache_clear()
    assert chunks.program() == one
    monkeypatch.setattr(chunks, "version", lambda name: "0")
    chunks.program.cache_clear()
    assert chunks.program() != one
    chunks.program.cache_clear()
