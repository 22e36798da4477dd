"""`gutskin meta`: a literature simulated, with and without a filter, beside the real one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gutskin.cli import loading
from gutskin.cli.exit_status import exit_status_of_a_run
from gutskin.cli.options import (
    BiologyOption,
    CsvOption,
    DrawsOption,
    FigureOption,
    JsonOption,
    SeedOption,
    SheetOption,
    Stance,
    StanceOption,
    XlsxOption,
    check_figure,
)
from gutskin.cli.output import check_written, new_console, print_values, tell, write_summary
from gutskin.errors import InputError, Problem, together
from gutskin.extras import require

if TYPE_CHECKING:
    from gutskin.evidence.literature import TrialReports

PASSES = "0.5,0.2,0"


def meta(
    names_or_files: Annotated[
        list[str] | None,
        typer.Argument(help="Shipped trials or TOML files; without any all that can be pooled."),
    ] = None,
    passes: Annotated[
        str,
        typer.Option(help="Shares of trials without a significant benefit that are published."),
    ] = PASSES,
    replicates: Annotated[int, typer.Option(help="Literatures, each in its own world.")] = 100,
    seed: SeedOption = 1,
    stance: StanceOption = Stance.evidence,
    draws: DrawsOption = None,
    figure: FigureOption = None,
    sheet: SheetOption = None,
    csv: CsvOption = None,
    xlsx: XlsxOption = None,
    biology: BiologyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Pool simulated trials as a reader would, and say what a publication filter does to them."""
    own = loading.find_biology(biology, draws)
    if figure is not None:
        require("A figure", "figures")
    from gutskin.evidence.literature_plan import plan_literature

    (plans, left_out), filters, *_ = together(
        lambda: plan_literature(names_or_files, replicates, seed, own),
        lambda: read_passes(passes),
        lambda: check_figure(figure),
        lambda: check_written(sheet, csv, xlsx),
    )
    with exit_status_of_a_run():
        from gutskin.evidence.literature import report_trial
        from gutskin.evidence.literature_summary import summarise_literature
        from gutskin.report.progress import progress
        from gutskin.trials.processes import processes_of

        reports = []
        with processes_of(plans) as processes:
            model = loading.load_model(own)
            for plan in plans:
                with progress(plan.design.name) as show:
                    of_trial = loading.load_model(plan.biology)
                    reports.append(report_trial(
                        plan.design, of_trial, replicates, seed, stance.value, show, processes
                    ))  # fmt: skip
        summary = summarise_literature(reports, left_out, filters, model, seed, stance.value)
    options = {
        "passes": passes, "replicates": replicates, "seed": seed, "stance": stance.value,
    }  # fmt: skip
    command = loading.command_line("meta", names_or_files or [], options, own)
    _write(summary, reports, command, (figure, sheet, csv, xlsx))
    if as_json:
        print_values(summary)
        return
    from gutskin.report.meta import print_literature

    print_literature(summary, new_console())


def _write(
    summary: dict[str, Any],
    reports: list[TrialReports],
    command: str,
    files: tuple[Path | None, Path | None, Path | None, Path | None],
) -> None:
    """Write the figure, the summary and the tables that are asked for."""
    from gutskin.report.sheets import meta_sheet
    from gutskin.report.spreadsheet import rows_of_literature, write_tables

    figure, sheet, csv, xlsx = files
    if figure is not None:
        from gutskin.report.meta_figure import write_meta_figure

        write_meta_figure(summary, reports, figure)
        tell(f"Written: {figure}")
    for path in write_tables(rows_of_literature(summary), csv, xlsx):
        tell(f"Written: {path}")
    write_summary(sheet, lambda: meta_sheet(summary, reports, command))


def read_passes(text: str) -> list[float]:
    """Shares, separated by commas; each once, in their order.

    Raises
    ------
    InputError
        naming every part that is none

    Examples
    --------
    >>> read_passes("0.5, 0")
    [0.5, 0.0]
    """
    wrong, found = [], []
    for part in (one.strip() for one in text.split(",")):
        try:
            value = float(part)
        except ValueError:
            value = -1.0
        (found if 0 <= value <= 1 else wrong).append(value if 0 <= value <= 1 else part[:40])
    if wrong:
        named = ", ".join(f"'{one}'" for one in wrong)
        fix = "Write numbers from 0 to 1, separated by commas: --passes 0.5,0.2,0."
        raise InputError(Problem(f"--passes: {named} is no share.", remedy=fix))
    return list(dict.fromkeys(found))
