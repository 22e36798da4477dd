"""Chunks shared out among processes: who computes a chunk changes nothing in it.

Most tests let real processes conduct real trials, which is what could go wrong.
"""

import multiprocessing
import os
import signal
import sys
import threading
from concurrent.futures import CancelledError

import numpy as np
import pytest
from asked_elsewhere import process_of, tripled
from test_run import DESIGN, SEED

from gutskin.engine.interpreter import Gone
from gutskin.errors import InputError, Problem
from gutskin.model.compiled import load_model
from gutskin.trials import batches as batches_room
from gutskin.trials import chunks as chunk_room
from gutskin.trials import processes as room
from gutskin.trials.chunks import chunks_of
from gutskin.trials.conduct import WorkCounter
from gutskin.trials.design import load_trial
from gutskin.trials.processes import Processes, processes_for
from gutskin.trials.run import run_trial
from gutskin.trials.store import Store

REPLICATES = 12
PATIENCE = 20  # seconds for what takes a moment


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(batches_room, "LARGEST", 28)  # four replicates


@pytest.fixture
def two():
    two = Processes(load_model().biology, 1)
    yield two
    two.end()


@pytest.fixture(scope="module")
def both():
    """This process and another, for one test after the other: nothing of a run is left in them."""
    both = Processes(load_model().biology, 1)
    yield both
    both.end()


@pytest.fixture(scope="module")
def alone():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches_room, "LARGEST", 28)
        return run_trial(DESIGN, load_model(), REPLICATES, SEED, keep_patients=True)


def chunks(stance="evidence", **more):
    model = load_model()
    return chunks_of(DESIGN, model.content_hash, stance, SEED, REPLICATES, **more)


def work(progress=None):
    return WorkCounter(progress, 7 * REPLICATES, 2)


@pytest.mark.parametrize(
    ("patients", "asked", "processes"),
    [(0, "", 1), (2999, "", 1), (3000, "", 2), (9000, "", 4), (10**6, "", 8), (10**6, "3", 3),
     (10**6, "1", 1), (10**6, "0", 1), (10**6, "many", 8)],
)  # fmt: skip
def test_unit_a_process_for_each_core_where_it_is_worth_it(monkeypatch, patients, asked, processes):
    monkeypatch.setattr(room, "cores", lambda: 8)
    monkeypatch.setattr(os, "sysconf", lambda name: 2**40)
    monkeypatch.setenv(room.VARIABLE, asked)
    assert processes_for(patients) == processes


def test_unit_no_more_processes_than_there_is_memory_for(monkeypatch):
    monkeypatch.delenv(room.VARIABLE, raising=False)
    monkeypatch.setattr(room, "cores", lambda: 8)
    sizes = {"SC_PHYS_PAGES": 5 * 2**18, "SC_PAGE_SIZE": 2**12}
    monkeypatch.setattr(os, "sysconf", sizes.__getitem__)
    assert processes_for(10**6) == 5

    def unknown(name):
        raise ValueError(name)

    monkeypatch.setattr(os, "sysconf", unknown)
    assert processes_for(10**6) == 8


def test_unit_no_more_processes_than_a_container_has_memory_for(monkeypatch, tmp_path):
    monkeypatch.delenv(room.VARIABLE, raising=False)
    monkeypatch.setattr(room, "cores", lambda: 8)
    monkeypatch.setattr(os, "sysconf", lambda name: 2**40)
    files = [tmp_path / name for name in ("none", "free", "limited")]
    files[1].write_text("max\n")
    files[2].write_text(f"{3 * 2**30 + 1}\n")
    for limits, processes in ((files[:2], 8), (files, 3)):
        monkeypatch.setattr(room, "LIMITS", limits)
        assert processes_for(10**6) == processes


def test_unit_a_worker_of_multiprocessing_begins_no_others(monkeypatch):
    """There are as many workers as cores: each with others would be cores times cores."""
    monkeypatch.delenv(room.VARIABLE, raising=False)
    monkeypatch.setattr(room, "cores", lambda: 8)
    monkeypatch.setattr(os, "sysconf", lambda name: 2**40)
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: object())
    assert processes_for(10**6) == 1


class Imagined:
    """Another process that is none: it answers from this one."""

    def __init__(self):
        self.asked, self.told, self.gate, self.ended = [], 0, threading.Event(), False
        self.gate.set()

    def __call__(self, function, *given, hear=None):
        self.asked.append(function)
        if function is room._made_ready:
            return self.made()
        if self.told:
            hear(self.told)
        self.gate.wait(PATIENCE)
        if self.ended:
            raise Gone
        return function(*given, lambda what: None)

    def made(self):
        pass

    def end(self):
        self.ended = True
        self.gate.set()


@pytest.fixture
def imagined(monkeypatch):
    """Processes with one other, imagined, made from a class of it."""
    made = []

    def begun(kind):
        monkeypatch.setattr(room, "Interpreter", kind)
        made.append(Processes(load_model().biology, 1))
        return made[-1], made[-1]._others[0]

    yield begun
    for one in made:
        one.end()


def until(true):
    waited = threading.Event()
    for _ in range(int(PATIENCE / 0.01)):
        if true():
            return True
        waited.wait(0.01)
    return False


def test_unit_of_a_process_that_cannot_make_its_model_nothing_is_expected(imagined, capfd):
    """As of an overlay with a faulty equation, which this process tells of: no traceback beside."""

    class Unable(Imagined):
        def made(self):
            raise InputError(Problem("this is no equation."))

    processes, other = imagined(Unable)
    list(processes.results([], load_model(), work(), chunk_room.compute))
    assert processes.ask(tripled, 4).result(PATIENCE) == 12
    assert until(lambda: other.ended)
    assert other.asked == [room._made_ready]
    assert capfd.readouterr().err == ""


def test_unit_a_call_is_for_another_process_once_it_is_ready(imagined):
    processes, other = imagined(Imagined)
    assert until(lambda: processes._tasks._others)
    list(processes.results([], load_model(), work(), chunk_room.compute))
    assert processes.ask(tripled, 4).result(PATIENCE) == 12
    assert other.asked[1:] == [room._called]


def test_unit_no_answer_is_read_before_xarray_is_there_whole(imagined, monkeypatch):
    """An answer asked for a part of it while a chunk here asked for all of it: a traceback, 1."""
    monkeypatch.delitem(sys.modules, "xarray", raising=False)
    there = []

    class Looks(Imagined):
        def __call__(self, function, *given, hear=None):
            there.append("xarray" in sys.modules)
            return super().__call__(function, *given, hear=hear)

    processes, _ = imagined(Looks)
    assert until(lambda: processes._tasks._others)
    assert there == [True]


def test_unit_whoever_waits_when_all_ends_waits_no_longer(imagined):
    """What is under way in the other process, what has not begun, what is asked for later."""
    processes, other = imagined(Imagined)
    other.gate.clear()
    under_way = processes.ask(tripled, 1)
    assert until(lambda: room._called in other.asked)
    waiting = processes.ask(tripled, 2)
    processes.end()
    for one in (under_way, waiting, processes.ask(tripled, 3)):
        with pytest.raises(CancelledError):
            one.result(PATIENCE)


def test_unit_a_chunk_of_a_process_that_dies_is_told_of_once(imagined, monkeypatch):
    processes, other = imagined(Imagined)
    other.told = 5
    other.gate.clear()
    monkeypatch.setattr(room, "_done", lambda chunk, how, tell, *more: tell(7))
    one = chunks()[0]
    processes.expect([one], load_model().biology, chunk_room.compute)
    assert until(lambda: processes._heard._told)
    counter = work()
    found = processes.results([one], load_model(), counter, chunk_room.compute)
    asking = threading.Thread(target=list, args=(found,))
    asking.start()
    assert until(lambda: counter.done == 5)
    other.end()
    asking.join(PATIENCE)
    assert counter.done == 7


def test_unit_what_was_told_of_a_chunk_is_not_told_again_when_it_is_computed_again():
    heard, first, second = room._Heard(), work(), work()
    heard("a", 3)
    heard.listen(["a"], first)
    heard("a", 4)
    heard.listen(["a"], second)
    assert (first.done, second.done) == (7, 0)


def test_unit_who_is_interrupted_while_they_begin_leaves_none(monkeypatch):
    begun = []

    def interrupted():
        if begun:
            raise KeyboardInterrupt
        begun.append(Imagined())
        return begun[-1]

    monkeypatch.setattr(room, "Interpreter", interrupted)
    with pytest.raises(KeyboardInterrupt):
        Processes(load_model().biology, 2)
    assert begun[0].ended


def test_two_processes_give_what_one_gives_to_the_last_bit(both, alone, tmp_path):
    store = Store(tmp_path)
    found = run_trial(DESIGN, load_model(), REPLICATES, SEED, store=store, processes=both)
    assert [path.read_bytes() for path in found.files] == list(alone.contents)
    np.testing.assert_array_equal(found.shown["mean_course"], alone.shown["mean_course"])


def test_both_compute_and_what_is_done_is_told(both, monkeypatch):
    """Each chunk is computed once, by this process or the other; batches come as batches."""
    here, done = [], []
    conducted = room._done
    monkeypatch.setattr(room, "_done", lambda chunk, *more: (
        here.append(chunk.first), conducted(chunk, *more))[1])  # fmt: skip
    counter = work(lambda so_far, whole: done.append((so_far, whole)))
    found = dict(both.results(chunks(), load_model(), counter, chunk_room.conduct_chunk))
    assert sorted(one.first for one in found) == [0, 4, 8]
    assert 0 < len(here) <= 3
    assert all(batch.data.sizes["replicate"] == 4 for batch in found.values())
    assert done[-1][0] >= 7 * REPLICATES * 2  # all were followed in both arms, at least


def test_without_this_process_the_other_computes_all(both, monkeypatch):
    monkeypatch.setattr(Processes, "_in_this_one", lambda *given: None)
    done = []
    counter = work(lambda so_far, whole: done.append(so_far))
    found = dict(both.results(chunks(), load_model(), counter, chunk_room.compute))
    assert len(found) == 3
    assert done == sorted(done)
    assert done[-1] >= 7 * REPLICATES * 2


def test_a_process_that_is_killed_costs_nothing_but_time(two, alone, tmp_path):
    process = two.ask(process_of, 1).result()
    two.expect(chunks(), load_model().biology, chunk_room.compute)
    os.kill(process, signal.SIGKILL)
    found = run_trial(DESIGN, load_model(), REPLICATES, SEED, store=Store(tmp_path), processes=two)
    assert [path.read_bytes() for path in found.files] == list(alone.contents)
    assert two.ask(tripled, 4).result() == 12  # by this process


def test_a_process_of_another_program_is_of_no_use(two, monkeypatch):
    """As after an update while a long run is under way: its chunks are computed here."""
    monkeypatch.setattr("gutskin.trials.chunks.program", lambda: "another")
    here = []
    monkeypatch.setattr(room, "_done", lambda chunk, *more: here.append(chunk.first))
    found = dict(two.results(chunks(), load_model(), work(), chunk_room.compute))
    assert len(found) == 3
    assert sorted(here) == [0, 4, 8]


def test_what_was_expected_is_there_when_it_is_asked_for(both, monkeypatch):
    """Chunks of the other stance are computed beside the last of the first, and once."""
    first, later = chunks(), chunks("article", explained=False)
    both.expect(later, load_model().biology, chunk_room.compute)
    seen = [one.stance for one, _ in both.results(first, load_model(), work(), chunk_room.compute)]
    assert seen == ["evidence"] * 3
    done = []
    counter = work(lambda so_far, whole: done.append(so_far))
    found = [one for one, _ in both.results(later, load_model(), counter, chunk_room.compute)]
    assert sorted(one.first for one in found) == [0, 4, 8]
    assert done[-1] >= 7 * REPLICATES * 2
    assert both._tasks._left == []


def test_a_trial_that_cannot_be_conducted_is_refused_as_by_one_process(both):
    changes = {"scorad": (102.0, 103.0)}
    nobody = DESIGN.model_copy(
        update={"eligibility": DESIGN.eligibility.model_copy(update=changes)}
    )
    model = load_model()
    asked = chunks_of(nobody, model.content_hash, "evidence", SEED, 2)
    with pytest.raises(InputError, match="hardly anyone"):
        list(both.results(asked, model, work(), chunk_room.compute))


def test_who_stops_listening_ends_the_others():
    before = {*threading.enumerate()}
    two = Processes(load_model().biology, 1)
    process = two.ask(process_of, 1).result()
    results = two.results(chunks(), load_model(), work(), chunk_room.compute)
    next(results)
    results.close()
    two.end()
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
    for one in {*threading.enumerate()} - before:
        if "_there" in one.name:
            one.join(5)
            assert not one.is_alive()


def test_a_large_run_begins_others_by_itself_and_ends_them(monkeypatch):
    begun = []

    class Watched(Processes):
        def __init__(self, biology, further):
            begun.append(further)
            super().__init__(biology, further)

        def end(self):
            begun.append("ended")
            super().end()

    monkeypatch.setattr(room, "Processes", Watched)
    monkeypatch.setattr(room, "cores", lambda: 2)
    monkeypatch.setattr(room, "WORTHWHILE", 7 * REPLICATES)
    monkeypatch.setenv(room.VARIABLE, "9")
    found = run_trial(DESIGN, load_model(), REPLICATES, SEED)
    assert begun == [1, "ended"]
    assert found.shown.sizes["replicate"] == REPLICATES
    run_trial(DESIGN, load_model(), REPLICATES - 4, SEED)
    assert begun == [1, "ended"]  # of few patients this process does it alone


def test_own_tables_are_known_to_the_others():
    """The other process computes with the overlay and the worlds of this one."""
    from dataclasses import replace

    posterior = load_model(replace(load_model().biology, draws="posterior"))
    design = load_trial("six-strain-children", posterior.biology)
    asked = chunks_of(design, posterior.content_hash, "evidence", SEED, 2)
    both = Processes(posterior.biology, 1)
    try:
        both._in_this_one = lambda *given: None
        there = [
            content for _, content in both.results(asked, posterior, work(), chunk_room.compute)
        ]
    finally:
        both.end()
    here = list(
        run_trial(design, posterior, 2, SEED, keep_patients=True).contents
    )  # this process alone
    assert there == here
