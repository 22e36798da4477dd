"""`gutskin trial`: a trial, simulated many times."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gutskin.cli import loading
from gutskin.cli.exit_status import exit_status_of_a_run
from gutskin.cli.options import (
    BiologyOption,
    CsvOption,
    DrawsOption,
    JsonOption,
    PlanOption,
    SheetOption,
    Stance,
    StanceOption,
    XlsxOption,
)
from gutskin.cli.output import (
    check_written,
    new_console,
    print_json,
    print_values,
    tell,
    write_summary,
)
from gutskin.errors import together
from gutskin.media import one_line

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.trials.design import TrialDesign
    from gutskin.trials.plan import TrialPlan


def trial(
    name_or_file: Annotated[str, typer.Argument(help="A shipped trial or a TOML file.")],
    replicates: Annotated[int, typer.Option(help="How often to repeat the trial.")] = 200,
    seed: Annotated[int, typer.Option(help="The same seed gives the same result.")] = 1,
    stance: StanceOption = Stance.evidence,
    draws: DrawsOption = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for result, patients, courses and report.")
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Write them to out/NAME if --out is not given.")
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace the result of another run.")
    ] = False,
    explain: Annotated[
        bool,
        typer.Option("--explain", help="Say also what carries the effect, and who responds."),
    ] = False,
    sheet: SheetOption = None,
    csv: CsvOption = None,
    xlsx: XlsxOption = None,
    dask: Annotated[
        str, typer.Option(help="A cluster, tcp://host:port, or local: one on this machine.")
    ] = "",
    biology: BiologyOption = None,
    plan_only: PlanOption = False,
    as_json: JsonOption = False,
) -> None:
    """Simulate a trial many times and say what it would find; stopped, it goes on where it was."""
    from gutskin.trials.cluster_address import check_address
    from gutskin.trials.plan import plan_trial
    from gutskin.trials.result_folder import check_out_dir

    own = loading.find_biology(biology, draws)
    plan: TrialPlan
    with loading.starting():
        plan, *_ = together(
            lambda: plan_trial(name_or_file, replicates, seed, own, elsewhere=bool(dask)),
            lambda: out and check_out_dir(out),
            lambda: check_written(sheet, csv, xlsx),
            lambda: plan_only or not dask or check_address(dask),
        )
    if plan_only:
        _print_plan(plan, as_json=as_json)
        return
    folder = out or (Path("out") / plan.design.name if report else None)
    command = _command(
        name_or_file, replicates, seed, stance, out, own, overwrite=overwrite, explain=explain
    )
    with exit_status_of_a_run():
        from gutskin.trial_run import carry_out

        result = carry_out(
            plan, stance.value, out=folder,
            overwrite=overwrite, dask=dask, progress=True, command=command, explain=explain,
        )  # fmt: skip
    write_summary(sheet, lambda: result.sheet(command))
    _tell(result.summary, plan.design, folder, (csv, xlsx), as_json=as_json)


def _print_plan(plan: TrialPlan, *, as_json: bool) -> None:
    """Print what would be done."""
    if as_json:
        print_values(plan.to_json())
        return
    from gutskin.report.plan import print_plan

    print_plan(plan, new_console())


def _tell(
    summary: Mapping[str, Any],
    design: TrialDesign,
    folder: Path | None,
    tables: tuple[Path | None, Path | None],
    *,
    as_json: bool,
) -> None:
    """Print what was found, and write it into the tables that are asked for (.csv, .xlsx)."""
    if any(tables):
        from gutskin.report.spreadsheet import rows_of_trial, write_tables

        for path in write_tables(rows_of_trial(summary), *tables):
            tell(f"Written: {path}")
    if as_json:
        from gutskin.trials.summary import to_json

        print_json(to_json(dict(summary)))
        return
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
    *,
    overwrite: bool,
    explain: bool = False,
) -> str:
    """The command line that repeats a trial."""
    options = {"replicates": replicates, "seed": seed, "stance": stance.value, "out": out}
    flags = {"--report": out is None, "--overwrite": overwrite, "--explain": explain}
    line = loading.command_line("trial", [name_or_file], options, biology)
    return " ".join([line, *(flag for flag, there in flags.items() if there)])
