"""`gutskin trial`: a trial, simulated many times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gutskin.cli import loading
from gutskin.cli.options import BiologyOption, JsonOption, Stance, StanceOption
from gutskin.cli.output import new_console, print_json, tell
from gutskin.media import in_command, one_line

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.trials.design import TrialDesign
    from gutskin.trials.plan import TrialPlan

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
    from gutskin import api
    from gutskin.trials.summary import to_json

    folder = out or (Path("out") / plan.design.name if report else None)
    command = _command(name_or_file, replicates, seed, stance, out, own)
    with _exit_status():
        result = api.carry_out(
            plan, stance.value, out=folder,
            overwrite=overwrite, dask=dask, progress=True, command=command,
        )  # fmt: skip
    if as_json:
        print_json(to_json(result.summary))
        return
    _print_trial(result.summary, plan.design, folder)


def _print_plan(plan: TrialPlan, *, as_json: bool) -> None:
    """Print what would be done."""
    if as_json:
        import json

        print_json(json.dumps(plan.to_json(), indent=2, ensure_ascii=False, allow_nan=False))
        return
    from gutskin.report.plan import print_plan

    print_plan(plan, new_console())


@contextmanager
def _exit_status() -> Iterator[None]:
    """The exit status of a run that does not come to its end."""
    from gutskin.engine import SimulationFailed
    from gutskin.trials.cluster import ClusterLost
    from gutskin.trials.interrupt import Terminated
    from gutskin.trials.store import Damaged

    try:
        yield
    except Terminated:
        tell("Ended from outside. Earlier results are untouched.")
        raise typer.Exit(TERMINATED) from None
    except (SimulationFailed, ClusterLost, Damaged) as error:
        tell(str(error))
        raise typer.Exit(1) from None


def _print_trial(summary: Mapping[str, Any], design: TrialDesign, folder: Path | None) -> None:
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
