"""`gutskin optimise`: which design shows an effect most surely for the same money."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
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
    SeedOption,
    SheetOption,
    Stance,
    StanceOption,
    XlsxOption,
)
from gutskin.cli.output import check_written, new_console, print_json, tell, write_summary
from gutskin.errors import together
from gutskin.extras import require
from gutskin.media import counted, one_line
from gutskin.report.progress import progress, waiting

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.optimisation.asked import Asked
    from gutskin.optimisation.search import Found
    from gutskin.optimisation.survey import Survey
    from gutskin.report.sheet import Sheet
    from gutskin.trials.plan import TrialPlan
    from gutskin.trials.run import Trial
    from gutskin.trials.store import Store


def optimise(
    name_or_file: Annotated[str, typer.Argument(help="A shipped trial or a TOML file.")],
    over: Annotated[
        Path | None,
        typer.Option(help="TOML file of the candidates and of what they cost."),
    ] = None,
    budget: Annotated[
        float | None, typer.Option(help="What every design may cost; else what the trial costs.")
    ] = None,
    replicates: Annotated[int, typer.Option(help="How many worlds.")] = 200,
    patients: Annotated[
        int, typer.Option(help="Simulated patients of each arm in each world.")
    ] = 30,
    seed: SeedOption = 1,
    stance: StanceOption = Stance.evidence,
    draws: DrawsOption = None,
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for numbers, table and figure; stopped, the same goes on."),
    ] = None,
    sheet: SheetOption = None,
    csv: CsvOption = None,
    xlsx: XlsxOption = None,
    plan: PlanOption = False,
    biology: BiologyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare designs of equal cost by assurance, and say what to learn before the decision."""
    own = loading.find_biology(biology, draws)
    require("Optimising a trial", "files")
    if out is not None:
        require("A folder with a figure", "figures")
    with loading.starting():
        from gutskin.optimisation.plan import plan_search

        (planned, asked, surveys), _ = together(
            lambda: plan_search(name_or_file, over, budget, replicates, patients, seed, own),
            lambda: _check_files(out, sheet, csv, xlsx),
        )
    if plan:
        _print_plan(planned, asked, surveys)
        return
    options = {"over": over, "budget": budget, "out": out, "csv": csv, "xlsx": xlsx}
    command = _command(name_or_file, replicates, patients, seed, stance, own, options)
    with exit_status_of_a_run():
        from gutskin.optimisation.search import search

        simulate = _Simulation(planned, surveys, stance.value, out, command)
        with simulate.ready():
            found = search(planned.design, asked, surveys, simulate, seed)
    summary = _summed_up(found, planned, asked, seed, stance.value)
    text = _as_json(summary)
    _write(out, (csv, xlsx), summary, text, found)
    write_summary(sheet, lambda: _sheet(summary, command))
    if as_json:
        print_json(text)
    else:
        _print(summary, out)


def _check_files(out: Path | None, sheet: Path | None, csv: Path | None, xlsx: Path | None) -> None:
    """Refuse a folder and files that cannot be written, all together."""
    from gutskin.trials.result_folder import check_out_dir

    together(lambda: check_written(sheet, csv, xlsx), lambda: out and check_out_dir(out))


def _summed_up(
    found: Found, planned: TrialPlan, asked: Asked, seed: int, stance: str
) -> dict[str, Any]:
    """What was found, as plain values."""
    from gutskin.optimisation.summary import summarise_search

    with waiting("Summing up"):
        return summarise_search(found, planned.design, asked, planned.biology, seed, stance)


def _sheet(summary: dict[str, Any], command: str) -> Sheet:
    """The answer on one sheet."""
    from gutskin.report.sheets import optimise_sheet

    return optimise_sheet(summary, command)


def _as_json(summary: dict[str, Any]) -> str:
    """The summary as one JSON document."""
    import json

    return json.dumps(summary, indent=2, ensure_ascii=False, allow_nan=False)


def _print(summary: dict[str, Any], out: Path | None) -> None:
    """The answer on the terminal."""
    from gutskin.report.optimise import print_search

    console = new_console()
    print_search(summary, console)
    if out is not None:
        console.print(f"\nFigure: {one_line(str(out / 'optimise.svg'))}", soft_wrap=True)


class _Simulation:
    """Runs surveys, each chunk once: finished ones are found again beside the folder."""

    def __init__(
        self, plan: TrialPlan, surveys: list[Survey], stance: str, out: Path | None, command: str
    ) -> None:
        self.plan, self.surveys, self.stance = plan, surveys, stance
        self.out, self.command = out, command
        self.store: Store | None = None
        self.model: Any = None

    @contextmanager
    def ready(self) -> Iterator[None]:
        """The model made and the folder held, as long as anything is simulated."""
        from gutskin.atomic_write import make_folder
        from gutskin.trials.chunks import chunks_of
        from gutskin.trials.folder_lock import locked
        from gutskin.trials.result_folder import check_out_dir, refuse_addition_to_another
        from gutskin.trials.run_record import RunRecord
        from gutskin.trials.stopped import kept_message
        from gutskin.trials.store import Store
        from gutskin.trials.store_owner import Owner

        plan = self.plan
        record = RunRecord.of(plan.design, plan.biology, plan.replicates, plan.seed, self.stance)
        if self.out is not None:
            refuse_addition_to_another(self.out, record)
        self.model = loading.load_model(plan.biology)
        if self.out is None:
            yield
            return
        chunks = [
            chunk
            for one in self.surveys
            for chunk in chunks_of(
                one.design, plan.biology.content_hash, self.stance, plan.seed, plan.replicates
            )
        ]
        path = check_out_dir(self.out)
        make_folder(path.parent)
        with locked(path, self.command, tell):
            self.store = Store.beside(path, Owner.of(record, chunks, self.command))
            self.store.tidy(tell)
            try:
                yield
            except KeyboardInterrupt as error:
                many = self.store.count(chunks)
                error.add_note(kept_message(many, len(chunks), self.store.folder, self.command))
                raise

    def __call__(self, survey: Survey) -> Trial:
        from gutskin.trials.run import run_trial

        plan = self.plan
        title = f"Simulating, {self.stance} stance"
        if len(self.surveys) > 1:
            title += f", run-in of {survey.run_in_weeks:g} weeks"
        with progress(title) as show:
            return run_trial(
                survey.design, self.model, plan.replicates, plan.seed, self.stance,
                store=self.store, keep_patients=self.store is None, progress=show, tell=tell,
            )  # fmt: skip


def _print_plan(plan: TrialPlan, asked: Asked, surveys: list[Survey]) -> None:
    """What would be simulated, and how many designs would be read from it."""
    from gutskin.optimisation.readings import keys_of
    from gutskin.report.console import say

    console = new_console()
    console.print(f"\n{plan.design.title or plan.design.name}", style="bold")
    many = sum(len(keys_of(one, asked.candidates)) for one in surveys)
    ratios = len(asked.candidates.allocation)
    say(console, f"{counted(many * ratios, 'design')} are compared, read from {len(surveys)} "
                 f"simulated trial{'s' if len(surveys) > 1 else ''}.")  # fmt: skip
    for one in surveys:
        sizes = " + ".join(f"{arm.n} {arm.title}" for arm in one.design.arms)
        patients = sum(arm.n for arm in one.design.arms) * plan.replicates
        run_in = f", run-in of {one.run_in_weeks:g} weeks" if one.run_in_weeks else ""
        weeks = ", ".join(f"{week:g}" for week in one.design.visits.weeks)
        say(console, f"{sizes}{run_in}; weeks {weeks}; {counted(plan.replicates, 'world')}: "
                     f"{counted(patients, 'patient')}, "
                     f"{counted(patients * len(one.design.arms), 'course')}.")  # fmt: skip
    costs = asked.candidates.cost.model_dump()
    say(console, "Costs: " + ", ".join(f"{name} {value:g}" for name, value in costs.items()) + ".")
    console.print("\nA plan; nothing was computed.", style="dim")


def _command(
    name_or_file: str,
    replicates: int,
    patients: int,
    seed: int,
    stance: Stance,
    biology: Biology,
    options: dict[str, Any],
) -> str:
    """The command line that goes on with the worlds of this one."""
    given = {
        "replicates": replicates, "patients": patients, "seed": seed, "stance": stance.value,
    }  # fmt: skip
    return loading.command_line("optimise", [name_or_file], {**given, **options}, biology)


def _write(
    out: Path | None,
    tables: tuple[Path | None, Path | None],
    summary: dict[str, Any],
    text: str,
    found: Found,
) -> None:
    """Write numbers, tables and figures."""
    from gutskin.atomic_write import make_folder, write_file
    from gutskin.optimisation.summary import rows_of
    from gutskin.report.optimise import write_search_figures
    from gutskin.report.spreadsheet import table_of, write_tables
    from gutskin.trials.result_folder import OPTIMISE_FILES

    for path in write_tables(rows_of(found), *tables):
        tell(f"Written: {path}")
    if out is None:
        return
    make_folder(out)
    numbers, table, *figures = (out / name for name in OPTIMISE_FILES)
    write_file(numbers, text + "\n")
    write_file(table, table_of(rows_of(found)))
    write_search_figures(summary, *figures)
