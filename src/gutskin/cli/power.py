"""`gutskin power`: how many patients it would take."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gutskin.cli import loading
from gutskin.cli.exit_status import exit_status_of_a_run
from gutskin.cli.options import (
    BiologyOption,
    CsvOption,
    DrawsOption,
    JsonOption,
    SheetOption,
    Stance,
    StanceOption,
    XlsxOption,
)
from gutskin.cli.output import check_written, new_console, print_json, tell, write_summary
from gutskin.errors import InputError, Problem, together
from gutskin.extras import require
from gutskin.media import one_line
from gutskin.report.progress import progress, waiting

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.report.sheet import Sheet
    from gutskin.trials.chunks import Chunk
    from gutskin.trials.design import TrialDesign
    from gutskin.trials.plan import TrialPlan
    from gutskin.trials.run import Trial
    from gutskin.trials.store import Store
    from gutskin.trials.store_owner import Owner

REPLICATES = 200


def power(
    name_or_file: Annotated[str, typer.Argument(help="A shipped trial or a TOML file.")],
    n: Annotated[
        str, typer.Option("--n", help="Patients per arm (the control's), separated by commas.")
    ] = "20,50,100,200,500",
    replicates: Annotated[
        int | None,
        typer.Option(help="How many worlds; those of a finished result, else 200."),
    ] = None,
    patients: Annotated[
        int | None,
        typer.Option(
            help="Simulated patients of the smallest arm in each world; by default those of the "
            "trial, fewer where there are very many worlds."
        ),
    ] = None,
    seed: Annotated[int, typer.Option(help="The same seed gives the same result.")] = 1,
    stance: StanceOption = Stance.evidence,
    draws: DrawsOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            help="Folder for the figure and the numbers; worlds that `gutskin trial` left there "
            "(or in out/NAME) are used again."
        ),
    ] = None,
    sheet: SheetOption = None,
    csv: CsvOption = None,
    xlsx: XlsxOption = None,
    biology: BiologyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say how many patients a trial needs: power, assurance, the chance of harm."""
    own = loading.find_biology(biology, draws)
    if out is not None:
        require("A folder for figure and worlds", "files", "figures")
    with loading.starting():
        written = (out, sheet, csv, xlsx)
        numbers, plan = _planned(name_or_file, n, replicates, patients, seed, written, own)
    design, own = plan.design, plan.biology  # its own strains are in it
    command = _command(name_or_file, n, replicates, patients, seed, stance, out, own)
    with exit_status_of_a_run():
        worlds = _worlds(design, own, replicates, patients, seed, stance, out, command)
    with waiting("Looking for numbers of patients"):
        from gutskin.trials.power import power_of
        from gutskin.trials.power_summary import summarise_power

        found = power_of(worlds.analysis, design, numbers, worlds.design)
        summary = summarise_power(
            worlds.shown, design, worlds.analysis, found, own, simulated=worlds.design
        )
    _tell(summary, command, out, (csv, xlsx, sheet), as_json=as_json)


def _tell(
    summary: dict[str, Any],
    command: str,
    out: Path | None,
    tables: tuple[Path | None, Path | None, Path | None],
    *,
    as_json: bool,
) -> None:
    """Write what was asked for, and print the rest.

    Parameters
    ----------
    tables : CSV, workbook, summary
    """
    import json

    csv, xlsx, sheet = tables
    text = json.dumps(summary, indent=2, ensure_ascii=False, allow_nan=False)
    if out is not None:
        _write(out, summary, text)
    _write_tables(summary, csv, xlsx)
    write_summary(sheet, lambda: _sheet(summary, command))
    if as_json:
        print_json(text)
        return
    from gutskin.report.power import print_power

    console = new_console()
    print_power(summary, console)
    if out is not None:
        console.print(f"\nFigure: {one_line(str(out / 'power.svg'))}", soft_wrap=True)


def _sheet(summary: dict[str, Any], command: str) -> Sheet:
    """The answer on one sheet."""
    from gutskin.report.sheets import power_sheet

    return power_sheet(summary, command)


def _write_tables(summary: dict[str, Any], csv: Path | None, xlsx: Path | None) -> None:
    """Write the tables that are asked for."""
    from gutskin.report.spreadsheet import rows_of_power, write_tables

    for path in write_tables(rows_of_power(summary), csv, xlsx):
        tell(f"Written: {path}")


def _planned(
    name_or_file: str,
    n: str,
    replicates: int | None,
    patients: int | None,
    seed: int,
    written: tuple[Path | None, Path | None, Path | None, Path | None],
    own: Biology,
) -> tuple[list[int], TrialPlan]:
    """The numbers that are asked for and the plan of the trial; all that is wrong, together.

    Parameters
    ----------
    written : the folder, the summary and the tables that are written
    """
    from gutskin.trials.plan import plan_trial
    from gutskin.trials.power import check_control
    from gutskin.trials.result_folder import check_out_dir
    from gutskin.trials.simulated_sizes import check_patients

    out, *files = written
    worlds = REPLICATES if replicates is None else replicates
    numbers, plan, *_ = together(
        lambda: read_numbers(n),
        lambda: plan_trial(name_or_file, worlds, seed, own),
        lambda: check_worlds(replicates),
        lambda: check_patients(patients),
        lambda: out and check_out_dir(out),
        lambda: check_written(*files),
    )
    check_control(plan.design)
    return numbers, plan


def check_worlds(replicates: int | None) -> None:
    """Refuse one world alone: effect and scatter need two.

    Raises
    ------
    InputError
        for 1
    """
    if replicates == 1:
        what = "1 replicate: effect and scatter of worlds need two at least."
        raise InputError(Problem(what, remedy="Write more of them."))


def read_numbers(text: str) -> list[int]:
    """Numbers of patients, separated by commas; each once, in their order.

    Raises
    ------
    InputError
        naming every part that is none, in one message

    Examples
    --------
    >>> read_numbers("20, 50,100,50")
    [20, 50, 100]
    """
    from gutskin.trials.power_curves import MOST

    parts = [part.strip() for part in text.split(",")]
    good = [part for part in parts if part.isascii() and part.isdigit() and len(part) < 9]
    wrong = [part for part in parts if part not in good or not 2 <= int(part) <= MOST]
    if wrong:
        named = ", ".join(f"'{part[:40]}'" for part in wrong[:5])
        more = f" and {len(wrong) - 5} more" if len(wrong) > 5 else ""
        raise InputError(
            Problem(
                f"--n: {named}{more} can be no number of patients.", None, None,
                f"Write whole numbers from 2 to {MOST}, separated by commas: --n 20,50,100.",
            )
        )  # fmt: skip
    return list(dict.fromkeys(int(part) for part in parts))


def _worlds(
    design: TrialDesign,
    own: Biology,
    replicates: int | None,
    patients: int | None,
    seed: int,
    stance: Stance,
    out: Path | None,
    command: str,
) -> Trial:
    """The trial in worlds that were simulated before, as far as there are any."""
    with loading.starting():
        from gutskin.model.vocabulary import vocabulary
        from gutskin.trials.chunks import chunks_of
        from gutskin.trials.result_folder import finished_replicates, refuse_addition_to_another
        from gutskin.trials.run import run_trial
        from gutskin.trials.run_record import RunRecord
        from gutskin.trials.simulated_sizes import simulated
        from gutskin.trials.store_owner import Owner

    folder = out or Path("out") / design.name
    record = RunRecord.of(design, own, replicates or REPLICATES, seed, stance.value)
    if out is not None:
        refuse_addition_to_another(out, record)
    there = finished_replicates(folder, record, tell)
    worlds = replicates or there or REPLICATES
    if patients is not None or (there or 0) < worlds:
        design = simulated(design, worlds, vocabulary(own), patients)
        record = RunRecord.of(design, own, worlds, seed, stance.value)
    chunks = chunks_of(design, own.content_hash, stance.value, seed, worlds)
    owner = Owner.of(record, chunks, command)
    title = f"Simulating, {stance.value} stance"
    with _store(folder, owner, keep=out is not None, there=there is not None) as store:
        model = loading.load_model(own)
        kept_in = store if out is not None else None
        with _kept_is_noted(kept_in, chunks, command), progress(title) as show:
            return run_trial(
                design, model, worlds, seed, stance.value,
                store=store, progress=show, tell=tell,
            )  # fmt: skip


@contextmanager
def _store(folder: Path, owner: Owner, *, keep: bool, there: bool) -> Iterator[Store | None]:
    """Where worlds are found; new ones are kept beside the folder, or not at all.

    Parameters
    ----------
    owner : of the new ones
    keep : a folder was named, into which this command writes
    there : it holds a finished result
    """
    from gutskin.atomic_write import make_folder
    from gutskin.trials.folder_lock import locked
    from gutskin.trials.result_folder import check_out_dir
    from gutskin.trials.store import Store

    if keep:
        path = check_out_dir(folder)
        make_folder(path.parent)
        with locked(path, owner.command, tell):
            store = Store.beside(path, owner)
            store.tidy(tell)
            yield store
    elif there:
        with TemporaryDirectory(prefix="gutskin-") as place:
            yield Store(Path(place), Store.beside(folder).earlier)
    else:
        yield None


@contextmanager
def _kept_is_noted(store: Store | None, chunks: Sequence[Chunk], command: str) -> Iterator[None]:
    """Note on what ends the simulation what is kept of it."""
    from gutskin.trials.stopped import kept_message

    try:
        yield
    except KeyboardInterrupt as error:
        says = "Nothing is kept: without --out no file is written."
        if store is not None:
            says = kept_message(store.count(chunks), len(chunks), store.folder, command)
        error.add_note(says)
        raise


def _command(
    name_or_file: str,
    n: str,
    replicates: int | None,
    patients: int | None,
    seed: int,
    stance: Stance,
    out: Path | None,
    biology: Biology,
) -> str:
    """The command line that goes on with the worlds of this one."""
    options = {
        "n": n, "seed": seed, "stance": stance.value, "replicates": replicates,
        "patients": patients, "out": out,
    }  # fmt: skip
    return loading.command_line("power", [name_or_file], options, biology)


def _write(out: Path, summary: dict[str, Any], text: str) -> None:
    """Write the numbers and the figure into a folder."""
    from gutskin.atomic_write import make_folder, write_file
    from gutskin.report.power import write_power_figures
    from gutskin.trials.result_folder import POWER_FILES

    make_folder(out)
    numbers, *figures = (out / name for name in POWER_FILES)
    write_file(numbers, text + "\n")
    write_power_figures(summary, *figures)
