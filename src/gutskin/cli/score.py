"""`gutskin score`: published trials foretold and compared."""

from __future__ import annotations

from collections.abc import Sequence
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
from gutskin.cli.output import (
    check_written,
    model_entry,
    new_console,
    print_values,
    tell,
    write_summary,
)
from gutskin.errors import InputError, together
from gutskin.extras import require

if TYPE_CHECKING:
    from gutskin.evidence.score import Scored
    from gutskin.model.biology import Biology
    from gutskin.trials.plan import TrialPlan


def score(
    names_or_files: Annotated[
        list[str] | None,
        typer.Argument(
            help="Shipped trials or TOML files; without any all that ship with numbers."
        ),
    ] = None,
    replicates: Annotated[int, typer.Option(help="Of each trial; 39 or more.")] = 100,
    seed: SeedOption = 1,
    stance: StanceOption = Stance.evidence,
    draws: DrawsOption = None,
    passes: Annotated[
        float | None,
        typer.Option(
            help="Share of product trials without a significant benefit that are printed; 1: all.",
            show_default="as the worlds have it",
        ),
    ] = None,
    figure: FigureOption = None,
    sheet: SheetOption = None,
    csv: CsvOption = None,
    xlsx: XlsxOption = None,
    biology: BiologyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Foretell trials whose results are published, and say how often and how well that holds."""
    own = loading.find_biology(biology, draws)
    if figure is not None:
        require("A figure", "figures")
    written = (figure, sheet, csv, xlsx)
    plans, _ = together(
        lambda: _plans(names_or_files, replicates, seed, own),
        lambda: _check(passes, *written),
    )
    scored, left_out = _scored(plans, replicates, seed, stance.value, passes)
    from gutskin.evidence.score_summary import summarise_scores

    summary = summarise_scores(scored, left_out, replicates, stance.value, own)
    summary |= {"draws": own.draws, "model": model_entry(own)}
    options = {"replicates": replicates, "seed": seed, "stance": stance.value, "passes": passes}
    command = loading.command_line("score", names_or_files or [], options, own)
    _write(summary, command, *written)
    if as_json:
        print_values(summary)
        return
    from gutskin.report.score import print_scores

    print_scores(summary, new_console())


def _scored(
    plans: Sequence[TrialPlan], replicates: int, seed: int, stance: str, passes: float | None
) -> tuple[list[Scored], dict[str, str]]:
    """Every trial foretold and compared, one after the other; why others cannot be."""
    with exit_status_of_a_run():
        from gutskin.evidence.score import score_trial, why_not_scored
        from gutskin.report.progress import progress
        from gutskin.trials.processes import processes_of

        left_out = {
            plan.design.name: why for plan in plans if (why := why_not_scored(plan.design))
        }  # fmt: skip
        asked, found = [plan for plan in plans if plan.design.name not in left_out], []
        with processes_of(asked) as processes:
            for plan in asked:
                with progress(plan.design.name) as show:
                    model = loading.load_model(plan.biology)
                    found.append(score_trial(
                        plan.design, model, replicates, seed, stance, show, passes, processes
                    ))  # fmt: skip
        return found, left_out


def _check(
    passes: float | None, figure: Path | None, sheet: Path | None, csv: Path | None,
    xlsx: Path | None,
) -> None:  # fmt: skip
    """Refuse a share that is none and files of another kind, all together."""
    from gutskin.evidence.as_printed import check_share

    together(
        lambda: check_share(passes),
        lambda: check_figure(figure),
        lambda: check_written(sheet, csv, xlsx),
    )


def _write(
    summary: dict[str, Any],
    command: str,
    figure: Path | None,
    sheet: Path | None,
    csv: Path | None,
    xlsx: Path | None,
) -> None:
    """Write the figure, the summary and the tables that are asked for."""
    from gutskin.report.sheets import score_sheet
    from gutskin.report.spreadsheet import rows_of_scores, write_tables

    for path in write_tables(rows_of_scores(summary), csv, xlsx):
        tell(f"Written: {path}")
    if figure is not None:
        from gutskin.report.score_figure import write_score_figure

        write_score_figure(summary, figure)
        tell(f"Written: {figure}")
    write_summary(sheet, lambda: score_sheet(summary, command))


def _plans(
    names_or_files: list[str] | None, replicates: int, seed: int, own: Biology
) -> list[TrialPlan]:
    """All trials planned; what is wrong with any of them comes together.

    Raises
    ------
    InputError
        With all problems of all files, and of the number of replicates; for trials of one name.
    """
    from gutskin.evidence.literature_plan import namesakes
    from gutskin.trials.certainty import check_interval
    from gutskin.trials.design import known_trials
    from gutskin.trials.plan import plan_trial

    plans: list[TrialPlan]
    _, *plans = together(
        lambda: check_interval(replicates),
        *(
            lambda one=name: plan_trial(one, replicates, seed, own)
            for name in names_or_files or known_trials(own)
        ),
    )
    if twice := [*namesakes(plans)]:
        raise InputError(twice)
    if not names_or_files:
        plans = [plan for plan in plans if plan.design.published.values
                 or plan.design.published.differences]  # fmt: skip
    return plans
