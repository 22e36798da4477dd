"""A trial of which only the records are looked at: every world once, in order, failures refused."""

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
    """Runs a trial of made-up records: the number of the replicate, batches out of order."""
    told = SimpleNamespace(work=[], studies=[], failed={})

    def record_batch(study, count, work, run):
        told.work.append(work)
        told.studies.append((study, count))
        failed = [
            SimpleNamespace(replicate=study[-1], arm="mix", index=one)
            for one in range(told.failed.get(study[-1], 0))
        ]
        return np.arange(study[-1], study[-1] + count, dtype=float), failed

    monkeypatch.setattr(recorded_trials, "prepare", lambda *arguments, own_seed: arguments)
    monkeypatch.setattr(recorded_trials, "record_batch", record_batch)
    monkeypatch.setattr(
        recorded_trials, "stream",
        lambda do, parts: [(part, do(part, None)) for part in reversed(parts)],
    )  # fmt: skip
    told.read = lambda design=DESIGN, many=40, progress=None: read_records(
        design, None, many, 7, "article", lambda data: np.stack([data, -data]), progress
    )
    return told


def test_numbers_of_every_world_come_once_in_the_order_of_replicates(run):
    found = run.read()
    assert np.array_equal(found, [np.arange(40.0), -np.arange(40.0)])
    studies = sorted((study for study, _ in run.studies), key=lambda one: one[-1])
    assert [study[2:5] for study in studies] == [
        (count, 7, "article") for _, count in sorted(run.studies, key=lambda one: one[0][-1])
    ]
    assert sum(count for _, count in run.studies) == 40


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
