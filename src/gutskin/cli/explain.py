"""`gutskin explain`: why a trial comes out as it does, and in whom."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

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
from gutskin.errors import together
from gutskin.extras import require
from gutskin.report.progress import progress, waiting


def explain(
    name_or_file: Annotated[str, typer.Argument(help="A shipped trial or a TOML file.")],
    replicates: Annotated[int, typer.Option(help="How many worlds.")] = 50,
    shared: Annotated[
        int, typer.Option(help="Of how many of them the effect is shared among routes.")
    ] = 20,
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
    """Say which routes carry the effect, who responds, and what nobody could foretell."""
    from gutskin.trials.plan import plan_trial
    from gutskin.trials.route_shares import check_shared

    own = loading.find_biology(biology, draws)
    if figure is not None:
        require("A figure", "figures")
    with loading.starting():
        plan, *_ = together(
            lambda: plan_trial(name_or_file, replicates, seed, own),
            lambda: check_shared(shared),
            lambda: check_figure(figure),
            lambda: check_written(sheet, csv, xlsx),
        )
    with exit_status_of_a_run():
        model = loading.load_model(plan.biology)
        from gutskin.evidence.explain import explain as explained
        from gutskin.evidence.explain_summary import summarise_explanation

        with progress(f"Explaining, {stance.value} stance") as show:
            found = explained(plan.design, model, replicates, seed, stance.value, shared, show)
        with waiting("Looking for traits that foretell"):
            summary = summarise_explanation(found, model, replicates, seed, stance.value)
    if figure is not None:
        from gutskin.report.explain_figure import write_explain_figure

        write_explain_figure(summary, figure)
        tell(f"Written: {figure}")
    options = {
        "replicates": replicates, "shared": shared, "seed": seed, "stance": stance.value,
    }  # fmt: skip
    command = loading.command_line("explain", [name_or_file], options, own)
    _write(summary, command, sheet, (csv, xlsx))
    if as_json:
        print_values(summary)
        return
    from gutskin.report.explain import print_explanation

    print_explanation(summary, new_console())


def _write(
    summary: dict[str, Any],
    command: str,
    sheet: Path | None,
    tables: tuple[Path | None, Path | None],
) -> None:
    """Write the summary and the tables that are asked for."""
    from gutskin.report.sheets import explain_sheet
    from gutskin.report.spreadsheet import rows_of_explanation, write_tables

    for path in write_tables(rows_of_explanation(summary), *tables):
        tell(f"Written: {path}")
    write_summary(sheet, lambda: explain_sheet(summary, command))
