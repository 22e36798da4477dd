"""`gutskin trial`: a trial, simulated many times."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gutskin.cli import loading
from gutskin.cli.options import JsonOption, Stance, StanceOption
from gutskin.cli.output import new_console, print_json, tell
from gutskin.errors import InputError
from gutskin.media import in_command, one_line

if TYPE_CHECKING:
    from gutskin.trials.design import TrialDesign
    from gutskin.trials.run import Compute, Trial
    from gutskin.trials.store import Store


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
    dask: Annotated[
        str, typer.Option(help="A cluster, tcp://host:port, or local: one on this machine.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Simulate a trial many times and say what it would find; stopped, it goes on where it was."""
    from gutskin.trials.certainty import of_other_stance
    from gutskin.trials.design import load_trial
    from gutskin.trials.result import check_out_dir, write_results
    from gutskin.trials.store import Store
    from gutskin.trials.summary import summarise, to_json

    model = loading.load_model()
    design = load_trial(name_or_file, loading.known(model))
    folder = out or (Path("out") / design.name if report else None)
    if folder is not None:
        check_out_dir(folder)
    store = None if folder is None else Store.beside(folder)
    other, others = None, ()
    with _stopped(store), _computing(dask, model) as compute:
        its = _run(design, model, replicates, seed, stance, store, compute)
        if folder is not None:
            few = of_other_stance(replicates)
            second = _run(design, model, few, seed, stance.other, store, compute)
            other, others = (second.shown, second.analysis), second.files
    summary = summarise(its.shown, design, its.analysis, other, its.failures)
    if folder is not None and store is not None:
        from gutskin.report.page import write_report

        command = _command(name_or_file, replicates, seed, stance, out)
        axis = _axis_figure(design, model, stance)
        write_results(
            folder,
            summary,
            its.shown,
            its.files,
            its.failures,
            lambda path: write_report(
                path, summary, its.analysis, its.shown, design, command, axis
            ),
            others,
        )
        store.remove()
    if as_json:
        print_json(to_json(summary))
        return
    _print_trial(summary, design, folder)


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
def _stopped(store: Store | None) -> Iterator[None]:
    """Say what is kept of a run that does not come to its end."""
    from gutskin.engine import SimulationFailed
    from gutskin.trials.cluster import ClusterLost

    def kept() -> None:
        count = 0 if store is None else len(list(store.folder.glob("*.parquet")))
        if store is not None and count:
            tell(f"{count} finished chunks are kept in {store.folder}.")
            tell("The same command goes on from there.")

    try:
        yield
    except KeyboardInterrupt:
        kept()
        raise
    except SimulationFailed as error:
        tell(str(error))
        if store is not None and (failures := getattr(error, "failures", ())):
            tell(f"Their patient files: {store.list_failures(failures)}")
        raise typer.Exit(1) from None
    except ClusterLost as error:
        tell(str(error))
        kept()
        raise typer.Exit(1) from None


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
    name_or_file: str, replicates: int, seed: int, stance: Stance, out: Path | None
) -> str:
    """The command line that repeats a trial."""
    # A file that begins with a hyphen is no option.
    name = f"./{name_or_file}" if name_or_file.startswith("-") else name_or_file
    parts = ["gutskin", "trial", name, "--replicates", str(replicates), "--seed", str(seed)]
    parts += ["--stance", stance.value]
    parts += ["--report"] if out is None else ["--out", str(out)]
    return in_command(parts)
