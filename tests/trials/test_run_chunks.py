"""What a run does with its chunks: asks for what is missing, keeps what is wanted, counts, tells.

Nothing is simulated: a chunk's patients are drawn from the numbers of its replicates.
"""

from contextlib import contextmanager

import numpy as np
import pytest
import xarray as xr
from test_run import DESIGN, SEED

from gutskin.model.compiled import load_model
from gutskin.trials import batches as batches_room
from gutskin.trials import chunks as chunk_room
from gutskin.trials import run as room
from gutskin.trials.chunks import chunks_of
from gutskin.trials.conduct import ReplicateBatch, labelled
from gutskin.trials.endpoints import endpoints_of
from gutskin.trials.failures import Failure, TooMany
from gutskin.trials.follow import Weekly
from gutskin.trials.run import run_trial
from gutskin.trials.store import Store

REPLICATES = 12


def batch(chunk):
    """Seven patients of every replicate, none alike; the second replicate of a chunk lost one."""
    endpoints = endpoints_of(load_model(), ("scorad", "il5"))
    numbers = chunk.first + np.arange(chunk.count)
    latent = np.stack([
        np.random.default_rng(number).uniform(20, 60, (2, 2, 4, 2, 2)) for number in numbers
    ], axis=1)  # fmt: skip
    latent[:, :, 0, 3] = np.nan  # three on the active arm
    measured = np.stack([latent[:, :, arm, :, arm] for arm in (0, 1)], axis=2) + 1.0
    lost = [Failure(int(numbers[1]), "active", 0, "settling", 1.0, "it grows", {"days": 1})]
    effects = -1.0 - numbers.astype(float)
    return ReplicateBatch(
        labelled(DESIGN, endpoints, measured, latent, chunk.first),
        {"": effects, "cells": effects / 2},
        Weekly(
            np.array([0.0, 7.0]), np.full((2, 2, 2, 2), float(chunk.count)),
            np.full(2, chunk.count),
        ),
        tuple(lost) if chunk.first == 4 else (),
    )  # fmt: skip


@pytest.fixture
def conducted(monkeypatch):
    """The first replicates of the chunks that were conducted: in memory, and as bytes."""
    found = {"in memory": [], "as bytes": []}

    def conduct(chunk, model, work, run):
        found["in memory"].append(chunk.first)
        work.add(work.of(chunk.patients))
        return batch(chunk)

    def compute(chunk, model, work, run):
        found["as bytes"].append(chunk.first)
        work.add(work.of(chunk.patients))
        return chunk_room.to_bytes(batch(chunk), chunk.trial)

    monkeypatch.setattr(batches_room, "LARGEST", 28)  # four replicates
    monkeypatch.setattr(chunk_room, "conduct_chunk", conduct)
    monkeypatch.setattr(chunk_room, "compute", compute)
    monkeypatch.setattr("gutskin.trials.failures.LIMIT", 0.5)
    return found


def run(**given):
    return run_trial(DESIGN, load_model(), REPLICATES, SEED, **given)


def backwards(chunks, work):
    for chunk in reversed(chunks):
        yield chunk, chunk_room.compute(chunk, load_model(), work, None)


def whole():
    chunks = chunks_of(DESIGN, load_model().content_hash, "evidence", SEED, REPLICATES)
    return xr.concat([batch(chunk).data for chunk in chunks], "replicate", join="exact")


def test_unit_where_nobody_wants_patients_no_file_is_made_of_them(conducted):
    trial = run()
    assert sorted(conducted["in memory"]) == [0, 4, 8]
    assert conducted["as bytes"] == []
    assert (trial.files, trial.contents) == ((), ())
    with pytest.raises(ValueError, match="run it with keep_patients"):
        _ = trial.data


@pytest.mark.parametrize("compute", [None, backwards])
def test_unit_patients_in_memory_stand_in_the_order_of_their_replicates(conducted, compute):
    trial = run(keep_patients=True, compute=compute)
    assert sorted(conducted["as bytes"]) == [0, 4, 8]
    assert conducted["in memory"] == []
    assert (trial.files, len(trial.contents)) == ((), 3)
    for name in ("measured", "latent"):
        xr.testing.assert_identical(trial.data[name], whole()[name])
    np.testing.assert_array_equal(trial.data["replicate"], np.arange(REPLICATES))
    assert trial.data.attrs == trial.shown.attrs


def test_unit_whoever_computes_them_chunks_are_asked_for_as_bytes(conducted):
    trial = run(compute=backwards)
    assert conducted["as bytes"] == [8, 4, 0]
    assert (trial.files, trial.contents) == ((), ())


def test_closed_form_what_is_shown_of_all_and_of_the_first(conducted):
    shown = run().shown
    data = whole()
    mean = data["measured"].sel(endpoint="scorad", drop=True).mean("patient")
    np.testing.assert_array_equal(shown["mean_course"].values, mean.values)
    assert shown["mean_course"].dims == ("replicate", "arm", "visit")
    first = data.isel(replicate=0, drop=True)
    for name in ("measured", "latent"):
        np.testing.assert_array_equal(shown[name].values, first[name].values)
        assert shown[name].dims == first[name].dims
        assert "replicate" not in shown[name].coords
    np.testing.assert_array_equal(shown["effect_without"].sel(route=""), -1.0 - np.arange(12.0))
    course = shown["course"].sel(statistic="mean")
    np.testing.assert_array_equal(course, np.ones(course.shape))  # 12 sums of 12 patients


def test_unit_who_failed_is_named_in_the_order_of_the_replicates(conducted):
    (lost,) = run(compute=backwards).failures
    assert lost.replicate == 5


def test_closed_form_failures_are_a_share_of_all_patients_and_not_of_those_so_far(
    conducted, monkeypatch
):
    """One of 84: more than 1.1%, less than 1.2%."""
    monkeypatch.setattr("gutskin.trials.failures.LIMIT", 0.012)
    assert len(run().failures) == 1
    monkeypatch.setattr("gutskin.trials.failures.LIMIT", 0.0118)
    with pytest.raises(TooMany, match="1 of 84 patients"):
        run()


def test_unit_a_store_keeps_the_chunks_and_the_next_run_reads_them(conducted, tmp_path):
    told, store = [], Store(tmp_path / "kept")
    first = run(store=store, tell=told.append)
    assert told == []
    assert [path.parent for path in first.files] == [store.folder] * 3
    assert sorted(conducted["as bytes"]) == [0, 4, 8]
    again = run(store=store, tell=told.append, compute=backwards)
    assert len(conducted["as bytes"]) == 3
    assert again.files == first.files
    xr.testing.assert_identical(again.shown, first.shown)
    xr.testing.assert_identical(again.data["measured"], whole()["measured"])
    assert told == [
        f"All 3 chunks were computed before and are used again, from {store.folder}. "
        "Remove that folder to compute them anew."
    ]


def test_unit_what_is_missing_or_damaged_is_computed_and_counted_as_the_work(conducted, tmp_path):
    told, steps, store = [], [], Store(tmp_path / "kept")
    first, second, third = run(store=store).files
    second.unlink()
    third.write_bytes(b"")
    conducted["as bytes"].clear()
    trial = run(
        store=store, compute=backwards, tell=told.append, keep_patients=True,
        progress=lambda done, total: steps.append((done, total)),
    )  # fmt: skip
    assert conducted["as bytes"] == [8, 4]
    assert trial.files == (first, second, third)
    assert len(trial.contents) == 3
    assert told == [
        "1 of 3 chunks was finished before; going on.",
        f"1 of 3 chunks was damaged on the disk and is computed again ({third}).",
    ]
    work = 2 * 4 * 7 * 6  # two chunks of four replicates of seven, four steps and two arms each
    assert steps == [(work // 2, work), (work, work)]


@pytest.mark.parametrize(
    ("given", "asked"), [({}, 0), ({"keep_patients": True}, 1), ({"store": True}, 1)]
)
def test_unit_who_keeps_patients_needs_the_packages_for_files(
    conducted, tmp_path, monkeypatch, given, asked
):
    needed = []
    monkeypatch.setattr(room, "require", lambda purpose, *extras: needed.append(extras))
    run(**{**given, **({"store": Store(tmp_path)} if "store" in given else {})})
    assert needed == [("files",)] * asked


def test_unit_ctrl_c_is_heard_while_chunks_are_computed(conducted, monkeypatch):
    heard = []

    @contextmanager
    def hearing():
        heard.append("on")
        yield
        heard.append("off")

    def compute(chunks, work):
        heard.append("computed")
        yield from backwards(chunks, work)

    monkeypatch.setattr(room, "ctrl_c_heard", hearing)
    run(compute=compute)
    assert heard == ["on", "computed", "off"]
