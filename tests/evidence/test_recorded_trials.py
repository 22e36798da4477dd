"""A trial of which only the records are looked at: every world once, in order, failures refused."""

from contextlib import contextmanager
from types import SimpleNamespace

import numpy as np
import pytest

from gutskin.evidence import recorded_trials
from gutskin.evidence.recorded_trials import read_records
from gutskin.trials.design import load_trial
from gutskin.trials.failures import SimulationFailed

DESIGN = load_trial("six-strain-children")
BORN = load_trial("three-strains-newborns")


@pytest.fixture
def run(monkeypatch):
    """Runs a trial of made-up records: the number of the replicate, chunks out of order."""
    told = SimpleNamespace(work=[], chunks=[], failed={})

    def record_chunk(chunk, model, work, run, *, own_seed):
        told.work.append(work)
        told.chunks.append((chunk, own_seed))
        failed = [
            SimpleNamespace(replicate=chunk.first, arm="mix", index=one)
            for one in range(told.failed.get(chunk.first, 0))
        ]
        return np.arange(chunk.first, chunk.first + chunk.count, dtype=float), failed

    @contextmanager
    def computed(model, chunks, work, how, *, processes):
        yield ((chunk, how(chunk, model, work, None)) for chunk in reversed(chunks))

    monkeypatch.setattr(recorded_trials, "record_chunk", record_chunk)
    monkeypatch.setattr(recorded_trials, "computed", computed)
    told.read = lambda design=DESIGN, many=40, progress=None: read_records(
        design, SimpleNamespace(content_hash="its"), many, 7, "article",
        lambda data: np.stack([data, -data]), progress, 8,
    )  # fmt: skip
    return told


def test_numbers_of_every_world_come_once_in_the_order_of_replicates(run):
    found = run.read()
    assert np.array_equal(found, [np.arange(40.0), -np.arange(40.0)])
    asked = {(one.seed, one.stance, one.model, own_seed) for one, own_seed in run.chunks}
    assert asked == {(7, "article", "its", 8)}
    assert sum(one.count for one, _ in run.chunks) == 40


def test_closed_form_the_work_is_that_of_all_patients_of_the_trial(run):
    run.read()
    assert {one.total for one in run.work} == {(4 + 2) * 40 * 40}
    run.work.clear()
    run.read(BORN, 3)
    patients = sum(arm.n for arm in BORN.arms)
    assert {one.total for one in run.work} == {len(BORN.arms) * patients * 3}


def test_edge_one_patient_in_a_thousand_may_be_missing_over_all_batches_together(run):
    run.failed = {0: 1, 24: 1}  # of 40 times 40
    with pytest.raises(SimulationFailed):
        run.read()
    run.failed = {0: 1}
    assert run.read().shape == (2, 40)
