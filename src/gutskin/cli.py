"""The command line. Everything heavy is imported inside the command that needs it."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gutskin import __version__
from gutskin.errors import InputError, Problem

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.trials.analysis import Analysis
    from gutskin.trials.design import TrialDesign

INTERRUPTED = 130


class Stance(StrEnum):
    """Where mechanisms without human evidence are put."""

    evidence = "evidence"
    article = "article"

    @property
    def other(self) -> Stance:
        """The other one."""
        return Stance.article if self is Stance.evidence else Stance.evidence


app = typer.Typer(
    name="gutskin",
    help="A model of the gut-skin axis, and in-silico trials on it; no medical advice.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
model_app = typer.Typer(help="Look at the model itself.", no_args_is_help=True)
app.add_typer(model_app, name="model")

StanceOption = Annotated[
    Stance, typer.Option(help="evidence: what human data support; article: what it claims.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document, nothing else.")]


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"gutskin {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_print_version, help="Version.")
    ] = False,
) -> None:
    pass


@app.command()
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
    as_json: JsonOption = False,
) -> None:
    """Simulate a trial many times and say what it would find."""
    from gutskin.trials.design import load_trial
    from gutskin.trials.result import check_out_dir, summarise, to_json, write_results

    model = _load_model()
    design = load_trial(name_or_file, _known(model))
    folder = out or (Path("out") / design.name if report else None)
    if folder is not None:
        check_out_dir(folder)
    data, analysis = _run(design, model, replicates, seed, stance)
    other = None
    if folder is not None:
        other = _run(design, model, max(replicates // 10, 1), seed, stance.other)
    summary = summarise(data, design, analysis, other)
    if folder is not None:
        from gutskin.report.page import write_report

        command = _command(name_or_file, replicates, seed, stance, out)
        write_results(
            folder,
            summary,
            data,
            design,
            lambda path: write_report(path, summary, analysis, data, design, command),
        )
    if as_json:
        print(to_json(summary))
        return
    _print_trial(summary, design, folder)


def _load_model() -> Any:
    from gutskin.model.compiled import load_model

    return load_model()


def _known(model: Any) -> Any:
    """The names that a trial file may use."""
    from gutskin.population.populations import load_populations
    from gutskin.trials.design import Known

    return Known(
        populations=tuple(load_populations()),
        strains={key: row.text("strain") for key, row in model.tables.strains.items()},
        endpoints=tuple(model.tables.endpoints),
    )


def _run(
    design: TrialDesign, model: Any, replicates: int, seed: int, stance: Stance
) -> tuple[xr.Dataset, Analysis]:
    """Conduct and analyse one trial, showing progress on the error stream."""
    from gutskin.report.progress import progress
    from gutskin.trials.analysis import analyse
    from gutskin.trials.conduct import conduct

    with progress(f"Simulating, {stance.value} stance") as show:
        data = conduct(design, model, replicates, seed, stance.value, show)
    return data, analyse(data, design)


def _print_trial(summary: dict[str, Any], design: TrialDesign, folder: Path | None) -> None:
    from gutskin.report.terminal import print_summary

    console = _console()
    print_summary(summary, design, console)
    if folder is not None:
        console.print(f"\nReport: {folder / 'report.html'}", highlight=False, soft_wrap=True)
        console.print(f"Result: {folder / 'result.json'}", highlight=False, soft_wrap=True)


def _console() -> Any:
    from rich.console import Console

    # A log file has no width of its own; the tables need about this much.
    return Console() if sys.stdout.isatty() else Console(width=110)


def _command(
    name_or_file: str, replicates: int, seed: int, stance: Stance, out: Path | None
) -> str:
    """The command line that repeats a trial."""
    import shlex

    parts = ["gutskin", "trial", name_or_file, "--replicates", str(replicates), "--seed", str(seed)]
    parts += ["--stance", stance.value]
    parts += ["--report"] if out is None else ["--out", str(out)]
    return shlex.join(parts)


@app.command()
def simulate(
    patient_file: Annotated[Path, typer.Argument(help="A patient as a TOML file.")],
    days: Annotated[
        int | None, typer.Option(min=1, help="How long (d); by default what the file says.")
    ] = None,
    stance: StanceOption = Stance.evidence,
    as_json: JsonOption = False,
    export_sbml: Annotated[
        Path | None, typer.Option(help="Write this patient and schedule as one SBML document.")
    ] = None,
) -> None:
    """Simulate the course of one patient, day by day."""
    from gutskin.population.course import follow, prepare
    from gutskin.population.patient_file import load_patient

    model = _load_model()
    case = prepare(load_patient(patient_file, model), days, stance.value, model)
    course = follow(case)
    if export_sbml is not None:
        _write_text(export_sbml, case.to_sbml())
        print(f"Written: {export_sbml}", file=sys.stderr)
    if as_json:
        import json

        print(json.dumps(course.to_json(), allow_nan=False))
        return
    from gutskin.report.course import print_course

    print_course(course, _console())


@model_app.command("check")
def check() -> None:
    """Look for clashing units, missing sources, missing switches, unused names."""
    from gutskin.model.check import check_model

    problems = check_model()
    for problem in problems:
        print(problem)
    if problems:
        raise typer.Exit(1)
    print("The model is sound.")


@model_app.command("export")
def export(
    sbml: Annotated[Path, typer.Option(help="Where to write the model as SBML.")],
) -> None:
    """Write the model as SBML, for any other simulator."""
    _write_text(sbml, _load_model().sbml)
    print(f"Written: {sbml}", file=sys.stderr)


def _write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all."""
    new = path.with_name(f".{path.name}.new")
    try:
        new.write_text(text, encoding="utf-8")
        new.replace(path)
    except OSError as error:
        raise InputError(Problem(f"cannot be written: {error.strerror}.", path)) from None
    finally:
        new.unlink(missing_ok=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; gives its exit status (0 done, 1 a check failed, 2 the input was wrong)."""
    try:
        status = app(args=arguments, prog_name="gutskin", standalone_mode=False)
    except InputError as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        return 2
    except typer.TyperException as error:
        # Errors of usage show themselves with the command's usage; their base class does not.
        show = getattr(error, "show", None)
        if show is None:
            print(f"Error: {error}", file=sys.stderr)
        else:
            show()
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    if status == INTERRUPTED:
        # The argument parser turns an interruption into this status without a word.
        print("Interrupted. Earlier results are untouched.", file=sys.stderr)
    return status if isinstance(status, int) else 0
