"""A trial on a real cluster: workers, client and scheduler die, and nothing finished is lost."""

import os
import pickle
import signal
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO

import pytest
import xarray as xr
from test_run import DESIGN, SEED, text_of

from gutskin.errors import InputError, Problem
from gutskin.model.compiled import load_model
from gutskin.trials import batches as batches_room
from gutskin.trials import cluster as cluster_room
from gutskin.trials.chunks import chunks_of
from gutskin.trials.cluster import ClusterLost, compute_here, on_cluster
from gutskin.trials.conduct import WorkCounter
from gutskin.trials.failures import Failure, TooMany
from gutskin.trials.run import run_trial
from gutskin.trials.store import Store, checksum

REPLICATES = 6


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(batches_room, "LARGEST", 7)  # one replicate


@contextmanager
def three_workers():
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=3, threads_per_worker=1, dashboard_address=None, silence_logs=50
    ) as cluster:
        yield cluster


def pids(cluster):
    return [nanny.pid for nanny in cluster.workers.values()]


def run(store, compute):
    return run_trial(DESIGN, load_model(), REPLICATES, SEED, store=store, compute=compute)


@pytest.mark.slow
def test_three_workers_one_killed_give_the_same_result_to_the_last_bit(tmp_path):
    here = run(Store(tmp_path / "here"), None)
    there, computed = Store(tmp_path / "there"), []
    with three_workers() as cluster:
        address = cluster.scheduler_address
        with on_cluster(address, load_model(), print) as compute:

            def first_two(chunks, work):
                for number, (chunk, content) in enumerate(compute(chunks, work)):
                    if number == 0:
                        os.kill(pids(cluster)[0], signal.SIGKILL)
                    if number == 3:
                        raise KeyboardInterrupt  # the client dies too
                    computed.append(chunk.name)
                    yield chunk, content

            with pytest.raises(KeyboardInterrupt):
                run(there, first_two)
            assert len(list(there.folder.glob("*.parquet"))) == 3

            def rest(chunks, work):
                for chunk, content in compute(chunks, work):
                    computed.append(chunk.name)
                    yield chunk, content

            done = run(there, rest)
    assert sorted(computed) == sorted(set(computed))
    assert len(computed) == REPLICATES
    assert text_of(done) == text_of(here)
    assert [path.read_bytes() for path in done.files] == [path.read_bytes() for path in here.files]


def test_where_no_scheduler_answers_the_message_says_so(monkeypatch):
    monkeypatch.setattr(cluster_room, "PATIENCE", "1s")
    with (
        pytest.raises(InputError, match=r"no Dask scheduler answers at 'tcp://127\.0\.0\.1:9'"),
        on_cluster("tcp://127.0.0.1:9", load_model(), print),
    ):
        pass


def test_a_worker_with_another_program_refuses():
    chunk = chunks_of(DESIGN, load_model().content_hash, "evidence", SEED, 1)[0]
    error = compute_here(replace(chunk, program="another"))
    assert isinstance(error, InputError)
    assert "Install the same on every machine" in str(error)


def test_errors_travel_between_processes_with_all_they_say():
    failure = Failure(3, "active", 7, "screening", 2.5, "SCORAD is 1000", {"days": 28})
    too_many = pickle.loads(pickle.dumps(TooMany("17 of 84 patients", (failure,))))
    assert (str(too_many), too_many.failures) == ("17 of 84 patients", (failure,))
    wrong = pickle.loads(pickle.dumps(InputError(Problem("nobody is admitted.", "a.toml", 3))))
    assert str(wrong) == "a.toml:3: nobody is admitted."
    assert wrong.problems[0].line == 3


@pytest.fixture
def in_threads():
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=1, threads_per_worker=2, processes=False, dashboard_address=None
        ) as cluster,
        Client(cluster) as client,
    ):
        yield client


def test_damaged_bytes_of_a_worker_are_computed_again_and_told(in_threads, monkeypatch, tmp_path):
    chunks = chunks_of(DESIGN, "m", "evidence", SEED, 4)
    told, content = [], b"rows"

    def damaged_once(chunk):
        before = len(list(tmp_path.glob(f"{chunk.first}-*")))
        (tmp_path / f"{chunk.first}-{before}").touch()
        broken = before == 0 and chunk.first in (0, 3)
        return checksum(chunk.name, content), b"rowz" if broken else content

    monkeypatch.setattr(cluster_room, "compute_here", damaged_once)
    work = WorkCounter(None, 28, 2)
    found = list(cluster_room._results(in_threads, chunks, work, told.append))
    assert sorted(chunk.first for chunk, _ in found) == [0, 1, 2, 3]
    assert {its for _, its in found} == {content}
    assert len(list(tmp_path.iterdir())) == 6
    assert len(told) == 2
    assert "came damaged from the cluster and is computed again" in told[0]


def test_a_file_is_written_here_while_a_cluster_is_at_hand():
    """And locked here: the scheduler knows no lock of what lies in memory."""
    from distributed import LocalCluster

    with (
        LocalCluster(
            n_workers=1, processes=False, protocol="tcp", dashboard_address=None
        ) as cluster,
        on_cluster(cluster.scheduler_address, load_model(), print),
    ):
        file = BytesIO()
        xr.Dataset({"scorad": ("day", [1.0, 2.0])}).to_netcdf(file, engine="h5netcdf")
    assert file.getvalue()


def test_a_chunk_that_always_comes_damaged_is_given_up(in_threads, monkeypatch):
    (chunk,) = chunks_of(DESIGN, "m", "evidence", SEED, 1)
    right = checksum(chunk.name, b"rows of another chunk")
    monkeypatch.setattr(
        cluster_room, "compute_here", lambda chunk: (right, b"rows of this one, or none")
    )
    with pytest.raises(ClusterLost, match="came damaged 4 times"):
        list(cluster_room._results(in_threads, [chunk], WorkCounter(None, 7, 2), print))
