"""What is asked of a cluster and made of its answers; this one is made up and answers at once."""

import sys
from dataclasses import replace
from multiprocessing import resource_tracker
from pathlib import Path
from types import SimpleNamespace

import distributed
import pytest
from test_run import DESIGN

from gutskin.engine import SimulationFailed
from gutskin.errors import InputError, Problem
from gutskin.model.biology import Overlay
from gutskin.model.compiled import load_model
from gutskin.trials import batches as batches_room
from gutskin.trials import cluster
from gutskin.trials.chunks import chunks_of
from gutskin.trials.cluster import ClusterLost
from gutskin.trials.conduct import WorkCounter
from gutskin.trials.store import checksum


class Future:
    """A task whose answer is there as soon as it is asked for."""

    def __init__(self, of, answer, key):
        self.of, self.answer, self.key = of, answer, key

    def result(self):
        if isinstance(self.answer, BaseException) and not isinstance(
            self.answer, InputError | SimulationFailed
        ):
            raise self.answer
        return self.answer

    def release(self):
        self.of.released.append(self.key)


class Cluster:
    """A scheduler with two workers of one and two threads, that keeps what it is asked."""

    def __init__(self, answers=None, threads=(1, 2)):
        self.answers, self.threads = answers or {}, threads
        self.asked, self.released, self.most, self.lose = [], [], 0, False
        self.loop = object()

    def submit(self, function, chunk, *overlay, key, retries):
        self.asked.append(SimpleNamespace(chunk=chunk, overlay=overlay, key=key, retries=retries))
        content = f"rows of {chunk.first}".encode()
        some = self.answers.get(chunk.first, ())
        turn = sum(one.chunk is chunk for one in self.asked) - 1
        right = checksum(chunk.name, content), content
        return Future(self, some[turn] if turn < len(some) else right, key)

    def nthreads(self):
        return dict(enumerate(self.threads))

    def as_completed(self, futures, loop):
        assert loop is self.loop  # that of this cluster, whichever others there are
        return Completed(self, futures)


class Completed:
    def __init__(self, of, futures):
        self.of, self.left = of, list(futures)

    def add(self, future):
        self.left.append(future)

    def __iter__(self):
        while self.left and not (self.of.lose and len(self.of.released) == 2):
            self.of.most = max(self.of.most, len(self.left))
            yield self.left.pop(0)


@pytest.fixture
def chunks(monkeypatch):
    monkeypatch.setattr(batches_room, "LARGEST", 7)  # one replicate
    return chunks_of(DESIGN, "m", "evidence", 1, 20)


@pytest.fixture
def results(chunks, monkeypatch):
    """What a cluster gives back, and the work that was counted."""

    def of(cluster_, told=print, own=None):
        monkeypatch.setattr(distributed, "as_completed", cluster_.as_completed)
        work = WorkCounter(None, 7 * len(chunks), 2)
        found = list(cluster._results(cluster_, chunks, work, told, own))
        return found, work

    return of


def test_unit_every_chunk_is_one_task_that_is_tried_again_and_let_go(results, chunks):
    there = Cluster()
    found, work = results(there)
    assert [(chunk.first, content) for chunk, content in found] == [
        (first, f"rows of {first}".encode()) for first in range(20)
    ]
    assert [one.key for one in there.asked] == [f"{chunk.name}-0" for chunk in chunks]
    assert {(one.retries, one.overlay) for one in there.asked} == {(3, ())}
    assert there.released == [one.key for one in there.asked]
    assert work.done == work.total == 20 * 7 * 6


@pytest.mark.parametrize(("threads", "most"), [((1, 2), 6), ((), 2), ((1,), 2)])
def test_closed_form_a_cluster_holds_two_chunks_for_each_thread(results, threads, most):
    """And of one that is still waiting for its first worker, two."""
    there = Cluster(threads=threads)
    results(there)
    assert there.most == most


def test_unit_an_overlay_goes_to_the_workers_with_every_chunk(results):
    there = Cluster()
    results(there, own="overlay")
    assert {one.overlay for one in there.asked} == {("overlay",)}


def test_unit_without_chunks_nothing_is_asked(monkeypatch):
    assert list(cluster._results(None, [], WorkCounter(None, 0, 2), print)) == []


def test_closed_form_damaged_bytes_are_asked_for_three_times_again(results, chunks):
    wrong = ("another checksum", b"rows of 4")
    told, there = [], Cluster({4: (wrong, wrong, wrong)})
    found, work = results(there, told.append)
    assert sorted(chunk.first for chunk, _ in found) == list(range(20))
    assert [one.key for one in there.asked if one.chunk.first == 4] == [
        f"{chunks[4].name}-{time}" for time in range(4)
    ]
    assert work.done == 20 * 7 * 6
    assert [line.split()[1] for line in told] == [chunks[4].name] * 3
    with pytest.raises(ClusterLost, match="came damaged 4 times"):
        results(Cluster({4: (wrong,) * 4}), told.append)


@pytest.mark.parametrize("error", [InputError(Problem("nobody")), SimulationFailed("it grows")])
def test_unit_what_no_worker_can_conduct_is_told_as_it_is(results, error):
    with pytest.raises(type(error), match=str(error)):
        results(Cluster({3: (error,)}))


def test_unit_any_other_error_is_a_lost_cluster(results):
    with pytest.raises(ClusterLost, match="gave a chunk up: no heartbeat") as caught:
        results(Cluster({3: (OSError("no heartbeat"),)}))
    assert isinstance(caught.value.__cause__, OSError)


def test_unit_a_list_of_results_that_ends_too_early_is_a_lost_cluster(results):
    there = Cluster()
    there.lose = True
    with pytest.raises(ClusterLost, match="before all chunks were finished"):
        results(there)


class End:
    """A client or a cluster, and how long it was given to close."""

    def __init__(self, late=False):
        self.late, self.given = late, []

    def close(self, timeout):
        self.given.append(timeout)
        if self.late:
            raise TimeoutError


@pytest.mark.parametrize("late", [False, True])
def test_unit_whoever_is_interrupted_does_not_wait(late):
    calm, hurried = End(late), End(late)
    with cluster._closing(calm) as same:
        assert same is calm
    with pytest.raises(KeyboardInterrupt), cluster._closing(hurried):
        raise KeyboardInterrupt
    assert (calm.given, hurried.given) == ([20.0], [0.2])


@pytest.fixture
def dask(monkeypatch):
    """Dask with a cluster and a client that only say how they were made."""
    made = SimpleNamespace(clusters=[], clients=[], warned=[], threads=(1, 1, 1))

    class LocalCluster(End):
        scheduler_address = "tcp://127.0.0.1:1"

        def __init__(self, **given):
            super().__init__()
            made.clusters.append((self, given))

    class Client(End):
        def __init__(self, where, **given):
            super().__init__()
            if where == "tcp://nowhere:1":
                raise OSError("timed out")
            made.clients.append((self, where, given))

        def nthreads(self):
            return dict(enumerate(made.threads))

    monkeypatch.setattr(distributed, "LocalCluster", LocalCluster)
    monkeypatch.setattr(distributed, "Client", Client)
    monkeypatch.setattr(cluster, "check_address", lambda address: None)
    monkeypatch.setattr(
        resource_tracker, "ensure_running", lambda: made.warned.append(list(sys.warnoptions))
    )
    return made


def test_unit_a_cluster_of_our_own_has_a_process_for_each_core_and_is_closed(dask):
    told, before = [], list(sys.warnoptions)
    with cluster.on_cluster("local", load_model(), told.append) as compute:
        assert list(compute([], WorkCounter(None, 0, 2))) == []
    ((own, given),) = dask.clusters
    assert (given["n_workers"], given["threads_per_worker"]) == (cluster.cores(), 1)
    assert given["dashboard_address"] is None
    ((client, where, _),) = dask.clients
    assert where is own
    assert own.given == client.given == [20.0]
    assert told == [f"Dask: {cluster.cores()} worker processes at tcp://127.0.0.1:1."]
    assert dask.warned == [[*before, "ignore:resource_tracker"]]  # while the tracker starts
    assert sys.warnoptions == before


@pytest.mark.parametrize(
    ("threads", "says"), [((1, 1, 1), "3 workers at tcp://there:1."),
                          ((), "0 workers at tcp://there:1, waiting for the first.")],
)  # fmt: skip
def test_unit_a_cluster_that_there_is_is_told_with_its_workers(dask, threads, says):
    told, dask.threads = [], threads
    with cluster.on_cluster("tcp://there:1", load_model(), told.append) as compute:
        assert list(compute([], WorkCounter(None, 0, 2))) == []
    assert told == [f"Dask: {says}"]
    ((client, where, given),) = dask.clients
    asked = {"timeout": "30s", "set_as_default": False}
    assert (where, given, client.given) == ("tcp://there:1", asked, [20.0])
    assert dask.clusters == []


def test_unit_a_scheduler_that_does_not_answer_is_told_with_what_to_do(dask):
    with (
        pytest.raises(InputError, match=r"no Dask scheduler answers at 'tcp://nowhere:1'"),
        cluster.on_cluster("tcp://nowhere:1", load_model(), print),
    ):
        pass


def test_unit_dask_is_told_how_often_a_worker_may_die_and_only_meanwhile(dask):
    from dask import config

    def now():
        return config.get("distributed.scheduler.allowed-failures", None)

    before = now()
    with cluster.on_cluster("local", load_model(), print):
        assert now() == 10
        assert config.get("distributed.comm.retry.count") == 2
    assert now() == before


@pytest.fixture
def chunk():
    return chunks_of(DESIGN, load_model().content_hash, "evidence", 1, 1)[0]


def test_unit_a_worker_gives_back_the_bytes_of_a_chunk_with_their_checksum(chunk, monkeypatch):
    asked = []

    def compute(one, model, work, run):
        asked.append((one, model.content_hash, work.total, run(lambda piece: -piece, [1, 2])))
        return b"rows"

    monkeypatch.setattr(cluster, "compute", compute)
    assert cluster.compute_here(chunk) == (checksum(chunk.name, b"rows"), b"rows")
    assert asked == [(chunk, chunk.model, 7 * 6, [-1, -2])]


@pytest.mark.parametrize("changed", [{"program": "another"}, {"model": "another"}])
def test_unit_a_worker_with_another_program_or_model_refuses(chunk, changed):
    found = cluster.compute_here(replace(chunk, **changed))
    assert isinstance(found, InputError)
    assert "Install the same on every machine" in str(found)


@pytest.mark.parametrize("error", [InputError(Problem("nobody")), SimulationFailed("it grows")])
def test_unit_a_trial_that_nobody_can_conduct_is_given_back_as_its_error(chunk, error, monkeypatch):
    def compute(*given):
        raise error

    monkeypatch.setattr(cluster, "compute", compute)
    assert cluster.compute_here(chunk) is error


def test_unit_a_worker_reads_the_overlay_that_came_with_the_chunk(chunk, monkeypatch):
    model, seen = load_model(), []

    def load(biology):
        seen.append(biology.overlay)
        return model

    monkeypatch.setattr("gutskin.model.compiled.load_model", load)
    monkeypatch.setattr(cluster, "compute", lambda *given: b"rows")
    own = Overlay(Path("own"), (("parameters.tsv", "id\tvalue\n"),))
    cluster.compute_here(chunk)
    cluster.compute_here(chunk, own)
    assert seen == [None, own]
