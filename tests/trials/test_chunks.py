"""A chunk of a study: its name, its rows, its file, and numbers that are none."""

import json

import numpy as np
import pyarrow.parquet as pq
import pytest
import xarray as xr

from gutskin.model.compiled import load_model
from gutskin.trials import chunks
from gutskin.trials.conduct import ReplicateBatch, labelled
from gutskin.trials.design import load_trial
from gutskin.trials.endpoints import endpoints_of
from gutskin.trials.failures import Failure
from gutskin.trials.follow import Weekly


def small(*sizes):
    """The six-strain trial with so many patients an arm, and two endpoints."""
    design = load_trial("six-strain-children")
    arms = [arm.model_copy(update={"n": n}) for arm, n in zip(design.arms, sizes, strict=True)]
    analysis = design.analysis.model_copy(update={"endpoints": ("scorad", "il5")})
    return design.model_copy(update={"arms": tuple(arms), "analysis": analysis})


def test_unit_what_is_no_number_is_null_in_json():
    assert chunks._listed(np.array([1.5, np.nan, np.inf, 0.0])) == [1.5, None, None, 0.0]


@pytest.mark.parametrize("count", [1, 3])
def test_closed_form_every_row_of_a_patient_table_has_its_arm(count):
    design = small(2, 3)
    visits = len(design.visits.weeks)
    (_, active), (_, control) = chunks._seats(design, count)
    rows = count * visits * 5
    assert sorted([*active, *control]) == list(range(rows))
    assert len(active) == count * visits * 2
    of_one = visits * 5
    assert set(active % of_one) == set(range(visits * 2))


def made_up(design, weekly):
    """Two replicates of which every value is another, two visits after one dropped out missing."""
    visits, most = len(design.visits.weeks), max(arm.n for arm in design.arms)
    shape = (2, 2, 2, most)  # endpoint, replicate, arm, patient
    measured = np.arange(np.prod(shape) * visits, dtype=float).reshape(*shape, visits)
    latent = -1.0 - np.arange(np.prod(shape) * 2 * visits).reshape(*shape, 2, visits)
    measured[:, 1, 0, 1, -2:] = np.nan
    latent[:, 1, 0, 1, :, -2:] = np.nan
    for a, arm in enumerate(design.arms):  # nobody sits there
        measured[:, :, a, arm.n :] = np.nan
        latent[:, :, a, arm.n :] = np.nan
    failure = Failure(7, "placebo", 3, "settling", 2.5, "it grows", {"days": 28, "start": "given"})
    return ReplicateBatch(
        labelled(design, endpoints_of(load_model(), ("scorad", "il5")), measured, latent, 6),
        {"": np.array([-1.5, np.nan]), "cells": np.array([0.25, -0.5])}, weekly, (failure,),
    )  # fmt: skip


@pytest.mark.parametrize("sizes", [(2, 3), (4, 1)])
@pytest.mark.parametrize(
    "weekly",
    [None, Weekly(np.array([0.0, 7.0]), np.arange(16.0).reshape(2, 2, 2, 2), np.array([9, 7]))],
)
def test_property_a_chunk_comes_back_from_its_bytes_as_it_was(sizes, weekly):
    design = small(*sizes)
    part = made_up(design, weekly)
    endpoints = endpoints_of(load_model(), design.analysis.endpoints)
    again = chunks.from_bytes(chunks.to_bytes(part, design), design, endpoints, 6)
    xr.testing.assert_identical(again.data, part.data)
    assert again.failures == part.failures
    assert again.failures[0].patient == part.failures[0].patient
    assert list(again.routes) == ["", "cells"]
    for name, values in part.routes.items():
        np.testing.assert_array_equal(again.routes[name], values)
    if weekly is None:
        assert again.weekly is None
    else:
        np.testing.assert_array_equal(again.weekly.days, weekly.days)
        np.testing.assert_array_equal(again.weekly.sums, weekly.sums)
        np.testing.assert_array_equal(again.weekly.patients, weekly.patients)


def test_closed_form_a_patient_table_has_a_row_for_each_visit_and_null_for_what_is_missing(
    tmp_path,
):
    design = small(2, 3)
    part = made_up(design, None)
    visits, weeks = len(design.visits.weeks), list(design.visits.weeks)
    path = tmp_path / "chunk.parquet"
    path.write_bytes(chunks.to_bytes(part, design))
    table = pq.read_table(path)
    assert table.num_rows == 2 * 5 * visits
    first, control = table["arm"].to_pylist()[0], table["arm"].to_pylist()[-1]
    assert (first, control) == tuple(arm.name for arm in design.arms)
    assert table["replicate"].to_pylist() == [6] * 5 * visits + [7] * 5 * visits
    assert table["patient"].to_pylist()[: 5 * visits : visits] == [0, 1, 0, 1, 2]
    assert table["visit_week"].to_pylist()[:visits] == weeks
    own = part.data["latent"].sel(given=first, arm=first, endpoint="scorad").values
    other = part.data["latent"].sel(given=control, arm=first, endpoint="scorad").values
    assert table["scorad_true"].to_pylist()[:visits] == own[0, 0].tolist()
    assert table[f"scorad_true_on_{control}"].to_pylist()[:visits] == other[0, 0].tolist()
    assert (table["scorad"].null_count, table["scorad_true"].null_count) == (2, 2)


def test_unit_a_chunk_of_a_trial_knows_its_patients():
    design = small(2, 3)
    one, *_ = chunks.chunks_of(design, "m", "evidence", 3, 5)
    assert (one.patients, one.trial, one.count) == (25, design, 5)
    assert json.loads(one.design)["name"] == design.name


def test_unit_the_program_is_named_by_its_code_and_its_libraries(monkeypatch):
    chunks.program.cache_clear()
    one = chunks.program()
    chunks.program.cache_clear()
    assert chunks.program() == one
    monkeypatch.setattr(chunks, "version", lambda name: "0")
    chunks.program.cache_clear()
    assert chunks.program() != one
    chunks.program.cache_clear()


def test_unit_the_program_changes_with_the_code_that_decides_numbers_and_no_other(
    tmp_path, monkeypatch
):
    for room in (*chunks.ROOMS, "report"):
        (tmp_path / room / "deeper").mkdir(parents=True)
        (tmp_path / room / "deeper" / "one.py").write_text(f"{room}\n")
    monkeypatch.setattr(chunks, "__file__", str(tmp_path / "trials" / "chunks.py"))

    def name():
        chunks.program.cache_clear()
        return chunks.program()

    names = [name()]
    try:
        (tmp_path / "report" / "deeper" / "one.py").write_text("another\n")
        assert name() == names[0]
        for room in chunks.ROOMS:
            (tmp_path / room / "deeper" / "one.py").write_text("another\n")
            names.append(name())
        (tmp_path / "model" / "deeper" / "one.py").rename(tmp_path / "model" / "one.py")
        names.append(name())
    finally:
        chunks.program.cache_clear()
    assert len(set(names)) == len(chunks.ROOMS) + 2
