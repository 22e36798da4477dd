"""`gutskin trial`: a trial, simulated many times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gutskin.cli import loading
from gutskin.cli.options import BiologyOption, JsonOption, Stance, StanceOption
from gutskin.cli.output import new_console, print_json, tell
from gutskin.errors import InputError, Problem
from gutskin.extras import require
from gutskin.media import in_command, one_line

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.trials.design import TrialDesign
    from gutskin.trials.plan import TrialPlan
    from gutskin.trials.result_folder import ResultFolder
    from gutskin.trials.run import Compute, Trial
    from gutskin.trials.store import Store

TERMINATED = 143


def trial(
    name_or_file: Annotated[str, typer.Argument(help="A shipped trial or a TOML file.")],
    replicates: Annotated[int, typer.Option(min=1, help="How often to repeat the trial.")] = 200,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same result.")] = 1,
    stance: StanceOption = Stance.evidence,
    out: Annotated[
        Path | None, typer.Option(help="Folder for result, patients, courses and report.")
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Write them to out/NAME if --out is not given.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the result of another run.")
    ] = False,
    dask: Annotated[
        str, typer.Option(help="A cluster, tcp://host:port, or local: one on this machine.")
    ] = "",
    biology: BiologyOption = None,
    plan_only: Annotated[
        bool, typer.Option("--plan", help="Print what would be done, and do nothing.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Simulate a trial many times and say what it would find; stopped, it goes on where it was."""
    from gutskin.trials.plan import plan_trial

    own = loading.find_biology(biology)
    plan = plan_trial(name_or_file, replicates, seed, own, elsewhere=bool(dask))
    if plan_only:
        _print_plan(plan, as_json=as_json)
        return
    if out or report:
        require("A folder of results", "files", "figures")
    if dask:
        require("A cluster", "files", "cluster")
    from gutskin.trials.certainty import of_other_stance
    from gutskin.trials.interrupt import sigterm_heard
    from gutskin.trials.summary import summarise, to_json

    design = plan.design
    folder = out or (Path("out") / design.name if report else None)
    command = _command(name_or_file, replicates, seed, stance, out, own)
    few = of_other_stance(replicates)
    with sigterm_heard(), _held(
        folder, design, own.content_hash, replicates, few, seed, stance, overwrite, command
    ) as held, _stopped(held):  # fmt: skip
        model = loading.load_model(own)
        store = None if held is None else held.store
        other, second = None, None
        with _computing(dask, model) as compute:
            its = _run(design, model, replicates, seed, stance, store, compute)
            if held is not None:
                second = _run(design, model, few, seed, stance.other, store, compute)
                other = (second.shown, second.analysis)
        summary = summarise(its.shown, design, its.analysis, other, its.failures)
        if held is not None and second is not None:
            _write(held, summary, its, second, design, model, stance, command)
    if as_json:
        print_json(to_json(summary))
        return
    _print_trial(summary, design, folder)


def _print_plan(plan: TrialPlan, *, as_json: bool) -> None:
    """Print what would be done."""
    if as_json:
        import json

        print_json(json.dumps(plan.to_json(), indent=2, ensure_ascii=False, allow_nan=False))
        return
    from gutskin.report.plan import print_plan

    print_plan(plan, new_console())


def _held(
    folder: Path | None,
    design: TrialDesign,
    model_hash: str,
    replicates: int,
    few: int,
    seed: int,
    stance: Stance,
    overwrite: bool,
    command: str,
) -> AbstractContextManager[ResultFolder | None]:
    """The folder of the result, if one is wanted, for this run alone."""
    from gutskin.trials.chunks import chunks_of
    from gutskin.trials.result_folder import result_folder
    from gutskin.trials.run_record import RunRecord

    if folder is None:
        return nullcontext()
    record = RunRecord.of(design, model_hash, replicates, seed, stance.value)
    chunks = [
        *chunks_of(design, model_hash, stance.value, seed, replicates),
        *chunks_of(design, model_hash, stance.other.value, seed, few),
    ]
    return result_folder(folder, record, chunks, overwrite=overwrite, command=command, tell=tell)


def _write(
    held: ResultFolder,
    summary: dict[str, Any],
    its: Trial,
    second: Trial,
    design: TrialDesign,
    model: Any,
    stance: Stance,
    command: str,
) -> None:
    """Write everything that a trial leaves behind."""
    from gutskin.report.page import write_report
    from gutskin.trials.result import write_results

    axis = _axis_figure(design, model, stance)
    write_results(
        held,
        summary,
        its.shown,
        its.files,
        its.failures,
        lambda path: write_report(path, summary, its.analysis, its.shown, design, command, axis),
        second.files,
    )


def _run(
    design: TrialDesign,
    model: Any,
    replicates: int,
    seed: int,
    stance: Stance,
    store: Store | None,
    compute: Compute | None,
) -> Trial:
    """Conduct and analyse one trial, showing progress on the error stream."""
    from gutskin.report.progress import progress
    from gutskin.trials.run import run_trial

    with progress(f"Simulating, {stance.value} stance") as show:
        return run_trial(
            design, model, replicates, seed, stance.value,
            store=store, compute=compute, progress=show, tell=tell,
        )  # fmt: skip


@contextmanager
def _computing(dask: str, model: Any) -> Iterator[Compute | None]:
    """Who computes: a cluster, if one is named, else this process."""
    if not dask:
        yield None
        return
    from gutskin.trials.cluster import on_cluster

    with on_cluster(dask, model, tell) as compute:
        yield compute


@contextmanager
def _stopped(held: ResultFolder | None) -> Iterator[None]:
    """Say what is kept of a run that does not come to its end."""
    from gutskin.atomic_write import CannotWrite
    from gutskin.engine import SimulationFailed
    from gutskin.trials.cluster import ClusterLost
    from gutskin.trials.interrupt import Terminated
    from gutskin.trials.store import Damaged

    try:
        yield
    except Terminated:
        tell(f"{_kept(held)}\nEnded from outside. Earlier results are untouched.")
        raise typer.Exit(TERMINATED) from None
    except KeyboardInterrupt:
        tell(_kept(held))
        raise
    except CannotWrite as error:
        kept = (Problem(line) for line in _kept(held).splitlines())
        raise CannotWrite([*error.problems, *kept]) from None
    except (ClusterLost, Damaged) as error:
        tell(f"{error}\n{_kept(held)}")
        raise typer.Exit(1) from None
    except SimulationFailed as error:
        tell(str(error))
        if held is not None and (failures := getattr(error, "failures", ())):
            tell(f"Their patient files: {held.store.list_failures(failures)}")
        raise typer.Exit(1) from None


def _kept(held: ResultFolder | None) -> str:
    """What a user should know of a run that was stopped."""
    if held is None:
        return "Nothing is kept: without --out or --report no file is written."
    count, chunks = held.kept(), len(held.chunks)
    if not count:
        return f"Nothing is kept: none of the {chunks} chunks of this run was finished yet."
    return (
        f"{count} of {chunks} chunks are finished and kept in {held.store.folder}.\n"
        "The same command goes on from there."
    )


def _axis_figure(design: TrialDesign, model: Any, stance: Stance) -> Any:
    """The axis in one patient of a trial; none where his course cannot be computed."""
    from gutskin.evidence.fluxes import change_in_trial
    from gutskin.report.axis_in_page import axis_figure

    try:
        return axis_figure(model, change_in_trial(design, stance.value, model))
    except InputError as error:
        tell(f"The report lacks the picture of the axis: {error}")
        return None


def _print_trial(summary: dict[str, Any], design: TrialDesign, folder: Path | None) -> None:
    from gutskin.report.terminal import print_summary

    console = new_console()
    print_summary(summary, design, console)
    if folder is not None:
        console.print()
        for what, name in (("Report", "report.html"), ("Result", "result.json")):
            console.print(f"{what}: {one_line(str(folder / name))}", soft_wrap=True)


def _command(
    name_or_file: str,
    replicates: int,
    seed: int,
    stance: Stance,
    out: Path | None,
    biology: Biology,
) -> str:
    """The command line that repeats a trial."""
    # A file that begins with a hyphen is no option.
    name = f"./{name_or_file}" if name_or_file.startswith("-") else name_or_file
    parts = ["gutskin", "trial", name, "--replicates", str(replicates), "--seed", str(seed)]
    parts += ["--stance", stance.value]
    parts += ["--report"] if out is None else ["--out", str(out)]
    parts += ["--biology", str(biology.overlay.folder)] if biology.overlay is not None else []
    return in_command(parts)
