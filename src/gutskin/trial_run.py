"""A planned trial, run: simulated, summed up and, into a folder, written; for both stances."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gutskin.arguments import one_of, path_to, switch
from gutskin.errors import together
from gutskin.extras import require
from gutskin.model.tables import STANCES
from gutskin.trial_result import TrialResult
from gutskin.trials.cluster_address import check_address
from gutskin.trials.plan import TrialPlan

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.model.model import Model
    from gutskin.trial_files import Pictures
    from gutskin.trials.computing import Compute
    from gutskin.trials.processes import Processes
    from gutskin.trials.result_folder import ResultFolder
    from gutskin.trials.run import Trial

Tell = Callable[[str], None]
EXPLAINED, SHARED = 50, 20  # worlds; of so many the effect is shared among routes


def settings_of(
    stance: str,
    out: str | PathLike[str] | None,
    *,
    overwrite: bool,
    progress: bool,
    explain: bool,
) -> dict[str, Any]:
    """What a call from Python sets of `carry_out`, of the kinds that it takes.

    Raises
    ------
    InputError
        With all that is of another kind.
    """
    asked = {"overwrite": overwrite, "progress": progress, "explain": explain}
    stance, folder, *switches = together(
        lambda: one_of("stance", stance, STANCES),
        lambda: None if out is None else path_to("out", out, "a folder"),
        *(lambda name=name: switch(name, asked[name]) for name in asked),
    )
    return {"stance": stance, "out": folder, **dict(zip(asked, switches, strict=True))}


def carry_out(
    plan: TrialPlan,
    stance: str,
    *,
    out: Path | None = None,
    overwrite: bool = False,
    dask: str = "",
    keep_patients: bool = False,
    progress: bool = False,
    command: str = "",
    explain: bool = False,
) -> TrialResult:
    """Do what a plan says; see `run`.

    Parameters
    ----------
    keep_patients : keep them in memory where no folder is written
    explain : say also what carries the effect and who responds
    """
    from gutskin.trial_files import doubts_of, drawn_of, write_trial
    from gutskin.trials.certainty import of_other_stance
    from gutskin.trials.interrupt import sigterm_heard
    from gutskin.trials.stopped import note_what_is_finished

    _refuse_what_is_lacking(out, dask)
    tell, few = _tell if progress else _silent, of_other_stance(plan.replicates)
    with (
        sigterm_heard(),
        _held(plan, few, stance, out, overwrite, command, tell) as held,
        note_what_is_finished(held),
        _together(plan, held, dask) as processes,
        _computing(dask, model := _made(plan.biology, progress), tell) as compute,
        _beside(held) as beside,
    ):
        pictures = beside and _prepared(beside, plan, model, stance, draws=processes is None)
        _learn_from_own_trials(model, progress)
        conduct = partial(
            _conducted, plan, model, held, keep_patients, compute, processes, progress, tell
        )
        _announce(processes, held, plan.biology)
        conducted = conduct(plan.replicates, stance)
        power, ask = partial(_power_of, conducted), partial(_asked, processes, beside)
        if beside is not None:  # while the other stance is simulated
            power = beside.submit(power).result
        drawn = ask(drawn_of, conducted.shown, conducted.analysis, conducted.design)
        second = None if held is None else conduct(few, other_stance(stance), explained=False)
        summary = _summed_up(conducted, second, power, model, progress)
        if explain:
            summary["explanation"] = _explained(plan, model, stance, progress)
        if held is not None and second is not None and pictures is not None:
            with _waiting("Writing the result and its report", progress):
                conducted = write_trial(
                    held, summary, conducted, second, model, pictures.result(), drawn.result,
                    ask(doubts_of, summary).result, command, tell,
                )  # fmt: skip
    folder = None if held is None else held.path
    return TrialResult(
        plan.design, summary, plan.replicates, plan.seed, stance, folder, conducted, command
    )


def _power_of(conducted: Trial) -> dict[str, Any]:
    """What the trial says of the power of a trial of its size."""
    from gutskin.trials.power_summary import power_of_its_size

    return power_of_its_size(conducted.design, conducted.analysis)


def _announce(processes: Processes | None, held: ResultFolder | None, biology: Biology) -> None:
    """Let further processes go on with the other stance as soon as they have time."""
    from gutskin.trials.chunks import compute

    if processes is not None and held is not None:
        processes.expect(held.missing(), biology, compute)


def _asked(
    processes: Processes | None,
    beside: ThreadPoolExecutor | None,
    function: Callable[..., Any],
    *given: Any,
) -> Future[Any]:
    """A call that another process makes or at least another thread; nobody without a folder."""
    if beside is None:
        return Future()
    return (beside.submit if processes is None else processes.ask)(function, *given)


def _refuse_what_is_lacking(out: Path | None, dask: str) -> None:
    if out is not None:
        require("A folder of results", "files", "figures")
    if dask:
        require("A cluster", "files", "cluster")
        check_address(dask)


def _summed_up(
    conducted: Trial,
    second: Trial | None,
    power: Callable[[], dict[str, Any]],
    model: Model,
    progress: bool,
) -> dict[str, Any]:
    """The trial in one dictionary, with the other stance beside it if that was run."""
    from gutskin.trials.strain_sources import strain_sources
    from gutskin.trials.summary import summarise

    with _waiting("Summing up", progress):
        summary = summarise(
            conducted.shown, conducted.design, conducted.analysis,
            None if second is None else (second.shown, second.analysis),
            conducted.failures, model.biology, strain_sources(conducted.design, model),
        )  # fmt: skip
        return summary | power()


def _explained(plan: TrialPlan, model: Model, stance: str, progress: bool) -> dict[str, Any]:
    """What carries the effect and who responds, of no more worlds than the trial has."""
    from gutskin.evidence.explain import explain
    from gutskin.evidence.explain_summary import summarise_explanation
    from gutskin.report.progress import progress as shown

    worlds = min(plan.replicates, EXPLAINED)
    with shown(f"Explaining, {stance} stance") if progress else nullcontext() as show:
        found = explain(plan.design, model, worlds, plan.seed, stance, SHARED, show)
    summary = summarise_explanation(found, model, worlds, plan.seed, stance)
    return {key: one for key, one in summary.items() if key not in ("model", "limits", "title")}


def _waiting(label: str, progress: bool) -> AbstractContextManager[None]:
    """Shown while something is under way, if anything is."""
    from gutskin.report.progress import waiting

    return waiting(label) if progress else nullcontext()


def _made(biology: Biology, progress: bool) -> Model:
    """The compiled model; shown while it is made."""
    with _waiting("Making the model", progress):
        return load_model(biology)


def _learn_from_own_trials(model: Model, progress: bool) -> None:
    """Compute what own trials say of strains before anybody is drawn, and show it."""
    from gutskin.population.strain_posterior import posterior_for, trials_of
    from gutskin.report.progress import progress as shown

    if trials_of(model) and progress:
        with shown("What own trials say of the strains") as show:
            posterior_for(model, show)


def load_model(biology: Biology) -> Model:
    """The compiled model of a biology; what compiles it is imported when it is needed."""
    from gutskin.trials.interrupt import undisturbed

    with undisturbed():
        from gutskin.model.compiled import load_model

    return load_model(biology)


def other_stance(stance: str) -> str:
    """The other one of the two."""
    return next(one for one in STANCES if one != stance)


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _silent(text: str) -> None:
    pass


def _held(
    plan: TrialPlan,
    few: int,
    stance: str,
    out: Path | None,
    overwrite: bool,
    command: str,
    tell: Tell,
) -> AbstractContextManager[ResultFolder | None]:
    """The folder of the result, if one is wanted, for this run alone."""
    from gutskin.trials.chunks import chunks_of
    from gutskin.trials.result_folder import result_folder
    from gutskin.trials.run_record import RunRecord

    if out is None:
        return nullcontext()
    design, seed, model_hash = plan.design, plan.seed, plan.biology.content_hash
    record = RunRecord.of(design, plan.biology, plan.replicates, seed, stance)
    chunks = [
        *chunks_of(design, model_hash, stance, seed, plan.replicates),
        *chunks_of(design, model_hash, other_stance(stance), seed, few, explained=False),
    ]
    return result_folder(out, record, chunks, overwrite=overwrite, command=command, tell=tell)


def _together(
    plan: TrialPlan, held: ResultFolder | None, dask: str
) -> AbstractContextManager[Processes | None]:
    """The processes that compute beside this one, begun while this one makes the model."""
    from gutskin.trials.processes import several_processes

    if dask:
        return nullcontext()
    patients = plan.replicates * sum(arm.n for arm in plan.design.arms)
    if held is not None:
        patients = sum(chunk.patients for chunk in held.missing())
    return several_processes(plan.biology, patients)


@contextmanager
def _computing(dask: str, model: Model, tell: Tell) -> Iterator[Compute | None]:
    """Who computes: a cluster, if one is named, else this process."""
    if not dask:
        yield None
        return
    from gutskin.trials.cluster import on_cluster

    with on_cluster(dask, model, tell) as compute:
        yield compute


@contextmanager
def _beside(held: ResultFolder | None) -> Iterator[ThreadPoolExecutor | None]:
    """A thread for what is done beside the simulation; none without a folder.

    Who is interrupted waits for no more than is under way.
    """
    if held is None:
        yield None
        return
    beside = ThreadPoolExecutor(1)
    try:
        yield beside
    finally:
        beside.shutdown(wait=False, cancel_futures=True)


def _prepared(
    beside: ThreadPoolExecutor, plan: TrialPlan, model: Model, stance: str, *, draws: bool
) -> Future[Pictures]:
    """The pictures of the report that need no result; then what the end needs is imported."""
    from gutskin.trial_files import import_for_the_end, pictures_of

    pictures = beside.submit(pictures_of, plan.design, model, stance)
    beside.submit(import_for_the_end, draws=draws)
    return pictures


def _conducted(
    plan: TrialPlan,
    model: Model,
    held: ResultFolder | None,
    keep_patients: bool,
    compute: Compute | None,
    processes: Processes | None,
    progress: bool,
    tell: Tell,
    replicates: int,
    stance: str,
    *,
    explained: bool = True,
) -> Trial:
    """Conduct and analyse the trial under one stance."""
    from gutskin.report.progress import progress as shown
    from gutskin.trials.run import run_trial

    with shown(f"Simulating, {stance} stance") if progress else nullcontext() as show:
        return run_trial(
            plan.design, model, replicates, plan.seed, stance,
            store=None if held is None else held.store,
            keep_patients=keep_patients and held is None, explained=explained,
            compute=compute, processes=processes, progress=show, tell=tell,
        )  # fmt: skip
