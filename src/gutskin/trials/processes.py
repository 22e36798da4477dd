"""Chunks of a trial by several processes of this machine, of which this one is the first.

What chunks need besides the compiled equations is Python, which runs in one thread at a time: two
cores of one process are worth little more than one. So a run that is worth it begins a process for
each further core, before the model is there, and hands each chunk to whoever has time. Who computes
a chunk changes nothing in it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import Condition, Lock, Thread
from typing import TYPE_CHECKING, Any

from gutskin.engine.interpreter import Gone, Interpreter
from gutskin.engine.parallel import cores, run_chunks
from gutskin.trials.chunks import Chunk, program

if TYPE_CHECKING:
    from gutskin.engine.parallel import Run
    from gutskin.model.biology import Biology, Overlay
    from gutskin.model.model import Model
    from gutskin.trials.conduct import WorkCounter
    from gutskin.trials.plan import TrialPlan

    How = Callable[[Chunk, Model, WorkCounter, Run], Any]  # a function of a module, or a partial

VARIABLE = "GUTSKIN_PROCESSES"
WORTHWHILE = 3000  # patients for each further process, which takes three seconds to begin
MEMORY = 2**30  # bytes of the machine for each process
LIMITS = (  # of the memory of a container, which has less than the machine
    "/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes",
)  # fmt: skip
CALLS, NEXT, LATER = range(3)  # what is done first


def processes_for(patients: int) -> int:
    """How many processes a run of so many patients is worth, this one among them.

    One for each core, no more than there is memory for; `GUTSKIN_PROCESSES` sets the most. A worker
    of `multiprocessing`, which has others beside it, is all that computes what it was given.
    """
    shared: Any = sys.modules.get("multiprocessing")
    if shared is not None and shared.parent_process() is not None:
        return 1
    most = cores()
    with suppress(AttributeError, ValueError, OSError):  # not every system says it
        most = min(most, os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // MEMORY)
    for limit in LIMITS:
        with suppress(ValueError, OSError):  # there is none
            most = min(most, int(Path(limit).read_text()) // MEMORY)
    with suppress(ValueError):
        most = min(most, int(os.environ.get(VARIABLE, "")))
    return max(1, min(most, 1 + patients // WORTHWHILE))


@contextmanager
def several_processes(biology: Biology, patients: int) -> Iterator[Processes | None]:
    """Processes for the chunks of a run, or of several; none where it is not worth another.

    Parameters
    ----------
    biology : of the (first) run
    patients : who are to be simulated
    """
    further = processes_for(patients) - 1
    if further < 1:
        yield None
        return
    found = Processes(biology, further)
    try:
        yield found
    finally:
        found.end()


def processes_of(plans: Sequence[TrialPlan]) -> AbstractContextManager[Processes | None]:
    """The same for several trials, one after the other."""
    patients = [plan.replicates * sum(arm.n for arm in plan.design.arms) for plan in plans]
    if not plans:
        return nullcontext()
    return several_processes(plans[0].biology, sum(patients))


class Processes:
    """Ourselves and other processes, among which chunks are shared out.

    Parameters
    ----------
    biology : of which the others make a model at once
    further : how many others
    """

    def __init__(self, biology: Biology, further: int) -> None:
        self._tasks, self._heard = _Tasks(), _Heard()
        self._chunks: dict[str, Future[Any]] = {}
        self._others: list[Interpreter] = []
        self._here: ThreadPoolExecutor | None = None
        self._model: Any = None  # of what this process computes now
        try:
            with suppress(Gone):
                for _ in range(further):
                    self._others.append(Interpreter())
            # Whole, before any answer asks for a part of it: a thread that meanwhile asks for all
            # of it would fail (a deadlock of imports).
            import xarray  # noqa: F401

            for one in self._others:
                Thread(target=self._there, args=(one, biology), daemon=True).start()
        except BaseException:  # interrupted, or no more threads
            self.end()
            raise

    def expect(self, chunks: Iterable[Chunk], biology: Biology, how: How) -> None:
        """Chunks that will be asked for: computed as soon as all others are under way.

        Parameters
        ----------
        biology : they are computed with
        how : as of `results`
        """
        self._put(chunks, biology, how, LATER)

    def results(
        self, chunks: Sequence[Chunk], model: Model, work: WorkCounter, how: How
    ) -> Generator[tuple[Chunk, Any]]:
        """Each chunk with what came of it, as they are finished.

        Parameters
        ----------
        model : of this process
        work : told of what is done
        how : what is done with a chunk

        Raises
        ------
        InputError, SimulationFailed
            Of a trial that cannot be conducted.
        """
        self._model = model
        self._heard.listen([one.name for one in chunks], work)
        self._put(chunks, model.biology, how, NEXT)
        if self._here is None:
            # One thread shares out the pieces of a chunk, the other computes them: so whoever is
            # interrupted waits for a piece and not for a chunk.
            self._here = ThreadPoolExecutor(2)
            self._here.submit(self._in_this_one, partial(run_chunks, pool=self._here))
        of = {self._chunks.pop(one.name): one for one in chunks}
        for done in as_completed(list(of)):
            yield of.pop(done), done.result()

    def ask(self, function: Callable[..., Any], *given: Any) -> Future[Any]:
        """Let another process call a function before it goes on; this one, if there is no other.

        Parameters
        ----------
        function : of a module
        given : copied
        """
        task = _Task(CALLS, 0, partial(function, *given), _called, (function, given))
        self._tasks.put(task)
        return task.future

    def end(self) -> None:
        """End the others, and what has not begun here."""
        self._tasks.end()
        if self._here is not None:
            self._here.shutdown(wait=False, cancel_futures=True)
        for one in self._others:
            one.end()

    def _put(self, chunks: Iterable[Chunk], biology: Biology, how: How, rank: int) -> None:
        """Large chunks first: the small ones fill up what is left of the time."""
        for one in chunks:
            if self._tasks.sooner(one.name, rank) or one.name in self._chunks:
                continue
            hear = partial(self._heard, one.name)
            task = _Task(rank, -one.patients, partial(_done, one, how, hear), _done_there,
                         (one, biology.overlay, biology.draws, how), hear, one.name)  # fmt: skip
            self._chunks[one.name] = task.future
            self._tasks.put(task)

    def _there(self, other: Interpreter, biology: Biology) -> None:
        """Let another process do one task after the other, once its model is made."""
        try:
            other(_made_ready, biology.overlay, biology.draws)
        except Exception:  # this process makes the same model, and says why it cannot
            other.end()
            return
        self._tasks.one_more()
        while (task := self._tasks.take()) is not None:
            try:
                task.future.set_result(other(task.there, *task.given, hear=task.hear))
            except Gone:
                self._heard.forget(task.name)
                self._tasks.give_back(task)
                other.end()
                return
            except Exception as error:
                task.future.set_exception(error)

    def _in_this_one(self, run: Run) -> None:
        """Do one task after the other in this process."""
        while (task := self._tasks.take(here=True)) is not None:
            try:
                task.future.set_result(task.here(self._model, run) if task.name else task.here())
            except Exception as error:
                task.future.set_exception(error)


@dataclass(frozen=True, eq=False)
class _Task:
    """What some process does.

    Parameters
    ----------
    rank, size : the smaller the sooner
    here : in this process; a chunk is given the model and `run`
    there, given : in another
    hear : told of the work on the way
    name : of a chunk; empty of a call, which is for another process
    """

    rank: int
    size: int
    here: Callable[..., Any]
    there: Callable[..., Any]
    given: tuple[Any, ...]
    hear: Callable[[Any], None] | None = None
    name: str = ""
    future: Future[Any] = field(default_factory=Future)


class _Tasks:
    """What is to be done, until it is over; who waits for more is told that it is cancelled."""

    def __init__(self) -> None:
        self._others = 0  # further processes that are ready
        self._left: list[_Task] = []
        self._over, self._changed = False, Condition()

    def put(self, task: _Task) -> None:
        """Another task."""
        with self._changed:
            if self._over:
                task.future.cancel()
                return
            self._left.append(task)
            self._changed.notify_all()

    def one_more(self) -> None:
        """Another process that is ready."""
        with self._changed:
            self._others += 1

    def sooner(self, name: str, rank: int) -> bool:
        """Do a chunk that waits at another rank; False if none of that name waits."""
        with self._changed:
            for place, one in enumerate(self._left):
                if one.name == name:
                    self._left[place] = replace(one, rank=min(rank, one.rank))
                    return True
        return False

    def take(self, *, here: bool = False) -> _Task | None:
        """The next one, waited for; None when it is over.

        Parameters
        ----------
        here : for this process, which leaves calls to others while any are ready
        """
        with self._changed:
            self._changed.wait_for(lambda: self._over or self._next(here) is not None)
            task = None if self._over else self._next(here)
            if task is not None:
                self._left.remove(task)
            return task

    def _next(self, here: bool) -> _Task | None:
        fit = [one for one in self._left if one.name or not here or not self._others]
        return min(fit, key=lambda one: (one.rank, one.size), default=None)

    def give_back(self, task: _Task) -> None:
        """A task of a process that is gone: whoever is left does it."""
        with self._changed:
            self._others -= 1
        self.put(task)

    def end(self) -> None:
        """Nobody gets any more."""
        with self._changed:
            self._over = True
            for task in self._left:
                task.future.cancel()
            self._left.clear()
            self._changed.notify_all()


class _Heard:
    """What is told of the work on chunks, of those too that nobody waits for yet."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._names: set[str] = set()
        self._work: WorkCounter | None = None
        self._told: dict[str, int] = {}

    def listen(self, names: Sequence[str], work: WorkCounter) -> None:
        """Tell from now on of these chunks, and at once what was done of them before."""
        with self._lock:
            for one in self._names:  # they are finished
                self._told.pop(one, None)
            self._names, self._work = set(names), work
            done = sum(self._told.get(one, 0) for one in names)
        if done:
            work.add(done)

    def __call__(self, name: str, amount: int) -> None:
        with self._lock:
            self._told[name] = self._told.get(name, 0) + amount
            work = self._work if name in self._names else None
        if work is not None:
            work.add(amount)

    def forget(self, name: str) -> None:
        """Take back what was told of a chunk that must be computed anew."""
        self(name, -self._told.get(name, 0))


def _made_ready(overlay: Overlay | None, draws: str, tell: Callable[[Any], None]) -> None:
    """Make the model there, before the first chunk comes."""
    no: Any = None
    sys.modules.setdefault("dask", no)  # xarray looks for it, which takes half a second
    _model(overlay, draws)


def _called(
    function: Callable[..., Any], given: tuple[Any, ...], tell: Callable[[Any], None]
) -> Any:
    return function(*given)


def _done_there(
    chunk: Chunk, overlay: Overlay | None, draws: str, how: How, tell: Callable[[int], None]
) -> Any:
    """A chunk, in another process: no use if its code or tables are others by now."""
    model = _model(overlay, draws)
    if (program(), model.content_hash) != (chunk.program, chunk.model):
        raise Gone
    return _done(chunk, how, tell, model, partial(run_chunks, workers=1))


def _done(chunk: Chunk, how: How, tell: Callable[[int], None], model: Model, run: Run) -> Any:
    """What is done with a chunk, its work told of in steps."""
    from gutskin.trials.conduct import WorkCounter

    class Work(WorkCounter):
        def add(self, amount: int) -> None:
            tell(amount)

    return how(chunk, model, Work(None, chunk.patients, len(chunk.trial.arms)), run)


def _model(overlay: Overlay | None, draws: str) -> Model:
    from gutskin.model.biology import shipped_biology
    from gutskin.model.compiled import load_model

    return load_model(replace(shipped_biology(), overlay=overlay, draws=draws))
