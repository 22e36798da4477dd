"""The command line. Everything heavy is imported inside the command that needs it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gutskin import __version__
from gutskin.errors import InputError, Problem

if TYPE_CHECKING:
    from gutskin.trials.design import TrialDesign
    from gutskin.trials.run import Compute, Trial
    from gutskin.trials.store import Store

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
    dask: Annotated[
        str, typer.Option(help="A cluster, tcp://host:port, or local: one on this machine.")
    ] = "",
    as_json: JsonOption = False,
) -> None:
    """Simulate a trial many times and say what it would find; stopped, it goes on where it was."""
    from gutskin.trials.design import load_trial
    from gutskin.trials.result import check_out_dir, summarise, to_json, write_results
    from gutskin.trials.store import Store

    model = _load_model()
    design = load_trial(name_or_file, _known(model))
    folder = out or (Path("out") / design.name if report else None)
    if folder is not None:
        check_out_dir(folder)
    store = None if folder is None else Store.beside(folder)
    other, others = None, ()
    with _stopped(store), _computing(dask, model) as compute:
        its = _run(design, model, replicates, seed, stance, store, compute)
        if folder is not None:
            second = _run(
                design, model, max(replicates // 10, 1), seed, stance.other, store, compute
            )
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
            store=store, compute=compute, progress=show, tell=_tell,
        )  # fmt: skip


@contextmanager
def _computing(dask: str, model: Any) -> Iterator[Compute | None]:
    """Who computes: a cluster, if one is named, else this process."""
    if not dask:
        yield None
        return
    from gutskin.trials.cluster import on_cluster

    with on_cluster(dask, model, _tell) as compute:
        yield compute


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


@contextmanager
def _stopped(store: Store | None) -> Iterator[None]:
    """Say what is kept of a run that does not come to its end."""
    from gutskin.engine import SimulationFailed
    from gutskin.trials.cluster import ClusterLost

    def kept() -> None:
        count = 0 if store is None else len(list(store.folder.glob("*.parquet")))
        if store is not None and count:
            _tell(f"{count} finished chunks are kept in {store.folder}.")
            _tell("The same command goes on from there.")

    try:
        yield
    except KeyboardInterrupt:
        kept()
        raise
    except SimulationFailed as error:
        _tell(str(error))
        if store is not None and (failures := getattr(error, "failures", ())):
            _tell(f"Their patient files: {store.list_failures(failures)}")
        raise typer.Exit(1) from None
    except ClusterLost as error:
        _tell(str(error))
        kept()
        raise typer.Exit(1) from None


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


@app.command()
def claims(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids such as C16; all without.")] = None,
    stance: StanceOption = Stance.evidence,
    which: Annotated[
        str,
        typer.Option(
            "--set", help="claims: the article's; perturbations: measured ones; mechanisms_alone."
        ),
    ] = "claims",
    file: Annotated[
        Path | None, typer.Option(help="Your own experiments; see docs/claims.md.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same result.")] = 1,
    out: Annotated[
        Path | None, typer.Option(help="Folder for figures; one statement alone draws its own.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Put every statement of the article to the model; status 1 if the stance's are not met."""
    from gutskin.evidence.claims import chosen, judge, setting_of, to_json
    from gutskin.evidence.experiments import read_experiments, shipped
    from gutskin.report.progress import progress

    model = _load_model()
    everything = read_experiments(file or shipped(which), model)
    statements = chosen(everything, ids or [])
    setting = setting_of(everything, model, stance.value, seed)
    with progress(f"Experiments, {stance.value} stance") as show:
        verdicts = judge(statements, setting, show)
    if as_json:
        print(to_json(verdicts, model, stance.value, seed))
    else:
        _print_claims(verdicts, setting, stance, out, alone=len(ids or []) == 1)
    if not all(one.holds(stance.value) for one in verdicts):
        raise typer.Exit(1)


def _print_claims(
    verdicts: Sequence[Any], setting: Any, stance: Stance, out: Path | None, *, alone: bool
) -> None:
    """The table, or one statement in full; and the figures."""
    from gutskin.evidence.claims import courses_of
    from gutskin.report.claims import draw_verdict, print_missed, print_verdict, print_verdicts

    console = _console()
    if alone:
        for one in verdicts:
            print_verdict(one, console)
        print_missed(verdicts, stance.value, console)
    else:
        print_verdicts(verdicts, stance.value, console)
    if out is None and not alone:
        return
    folder = out or Path("out") / "claims"
    folder.mkdir(parents=True, exist_ok=True)
    for one in verdicts:
        if one.findings and one.statement.arms:
            path = folder / f"{one.statement.id}.svg"
            draw_verdict(one, *courses_of(one, setting), path)
            console.print(f"Figure: {path}", highlight=False, soft_wrap=True)


@app.command()
def evidence(
    mechanism: Annotated[str | None, typer.Argument(help="An id such as M47; none: all.")] = None,
    replicates: Annotated[
        int, typer.Option(min=0, help="How often the article's trial is repeated; 0: not at all.")
    ] = 40,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same result.")] = 1,
    stance: StanceOption = Stance.evidence,
    html: Annotated[Path | None, typer.Option(help="Write the card as one page.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Print a mechanism's card: equations, numbers, evidence, and what it does to a trial."""
    from gutskin.evidence.card import find_mechanism, make_card

    if mechanism is None:
        _list_mechanisms(html, as_json)
        return
    row = find_mechanism(mechanism)
    _check_place(html)
    model = _load_model()
    card = make_card(model, row, _switched(row, model, replicates, seed, stance))
    if html is not None:
        from gutskin.report.card import render_card

        _write_text(html, render_card(card, model))
        print(f"Written: {html}", file=sys.stderr)
    if as_json:
        import json

        print(json.dumps(card.to_json(), indent=2, ensure_ascii=False, allow_nan=False))
    elif html is None:
        from gutskin.report.card import print_card

        print_card(card, _console())


def _list_mechanisms(html: Path | None, as_json: bool) -> None:
    """Print all mechanisms by place."""
    from gutskin.evidence.card import by_place

    if html is not None:
        raise InputError(
            Problem("--html writes the card of one mechanism.", None, None, "Name one, as M47.")
        )
    if as_json:
        import json

        places = by_place().items()
        rows = [{"place": place, **row.cells} for place, rows in places for row in rows]
        print(json.dumps(rows, indent=2, ensure_ascii=False))
        return
    from gutskin.report.card import print_list

    print_list(by_place(), _console())


def _switched(row: Any, model: Any, replicates: int, seed: int, stance: Stance) -> Any:
    """The article's trial with a mechanism off, halved, as it is and doubled."""
    if replicates == 0:
        return None
    from gutskin.evidence.switching import TRIAL, consequence
    from gutskin.report.progress import progress
    from gutskin.trials.design import load_trial

    design = load_trial(TRIAL, _known(model))
    with progress(f"Simulating, {row.id} off, halved, doubled") as show:
        switch = row.text("switch")
        return consequence(design, model, switch, replicates, seed, stance.value, show)


class Device(StrEnum):
    """What computes."""

    cpu = "cpu"
    gpu = "gpu"


class Bits(StrEnum):
    """How exact the numbers are that the engine computes with."""

    double = "double"
    single = "single"


@app.command()
def bench(
    device: Annotated[Device, typer.Option(help="What computes.")] = Device.cpu,
    patients: Annotated[int, typer.Option(min=1, help="Children in the batch.")] = 1000,
    days: Annotated[int, typer.Option(min=1, help="How long they are followed (d).")] = 56,
    rtol: Annotated[float, typer.Option(help="Tolerated error of a step.")] = 1e-3,
    precision: Annotated[Bits, typer.Option(help="64 or 32 bits.")] = Bits.double,
    lanes: Annotated[
        int | None, typer.Option(min=1, help="Children computed together; the device's by default.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure the engine on this machine: children with eczema, doses, daily output."""
    from dataclasses import asdict

    from gutskin.engine import xla
    from gutskin.population.benchmark import measure

    name = xla.use(device.value)
    found = measure(_load_model(), patients, days, rtol, precision.value, lanes)
    ms = 1e3 * found.seconds / patients
    if as_json:
        import json

        asked = {"device": name, "patients": patients, "days": days, "rtol": rtol}
        asked |= {"precision": precision.value, "ms_per_patient": ms}
        print(json.dumps(asked | asdict(found)))
        return
    print(f"{name}: {patients:,} children, {days} days, {precision.value}, rtol {rtol:g}")
    print(f"{ms:.3g} ms a child, {found.seconds:.3g} s in all, {found.lanes:,} together")
    print(f"first run, with compilation or its cache: {found.first:.3g} s")
    print(f"{found.steps / patients:.0f} steps a child; {found.evaluations:,} evaluations")


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


@model_app.command("equations")
def equations(
    html: Annotated[Path | None, typer.Option(help="Write them as one page.")] = None,
    latex: Annotated[Path | None, typer.Option(help="Write them as one LaTeX document.")] = None,
) -> None:
    """All equations with names, units and notes: as text, as a page, or as LaTeX."""
    from gutskin.report import equations as report

    _check_place(html)
    _check_place(latex)
    model = _load_model()
    for path, render in ((html, report.render_html), (latex, report.render_latex)):
        if path is not None:
            _write_text(path, render(model))
            print(f"Written: {path}", file=sys.stderr)
    if html is None and latex is None:
        for line in report.text_lines(model, _console().width):
            print(line)


def _check_place(path: Path | None) -> None:
    """Refuse a file that cannot be written before the work that fills it."""
    if path is not None and path.is_dir():
        raise InputError(Problem("this is a folder.", path, None, "Name a file in it."))
    if path is not None and not path.absolute().parent.is_dir():
        raise InputError(Problem("there is no such folder.", path.parent, None, "Make it first."))


@model_app.command("axis")
def axis(
    out: Annotated[Path, typer.Option(help="Where to write the picture (SVG).")] = Path(
        "out/axis.svg"
    ),
    trial_name: Annotated[
        str, typer.Option("--trial", help="The trial whose first arm acts: its name or TOML file.")
    ] = "six-strain-children",
    stance: StanceOption = Stance.evidence,
) -> None:
    """Draw the whole axis, before and after an intervention, in one patient."""
    from gutskin.evidence.fluxes import change_in_trial
    from gutskin.report.axis import axis_picture
    from gutskin.trials.design import load_trial

    model = _load_model()
    design = load_trial(trial_name, _known(model))
    picture = axis_picture(model, change_in_trial(design, stance.value, model))
    if out.parent == Path("out"):
        out.parent.mkdir(exist_ok=True)
    _write_text(out, picture)
    print(f"Written: {out}", file=sys.stderr)


def _axis_figure(design: TrialDesign, model: Any, stance: Stance) -> Any:
    """The axis in one patient of a trial; none where his course cannot be computed."""
    from gutskin.evidence.fluxes import change_in_trial
    from gutskin.report.figures import axis_figure

    try:
        return axis_figure(model, change_in_trial(design, stance.value, model))
    except InputError as error:
        print(f"The report lacks the picture of the axis: {error}", file=sys.stderr)
        return None


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


def run() -> None:
    """The program itself: `main`, and its exit status."""
    status = main()
    if status == INTERRUPTED:
        # Threads in the middle of a computation or of a compilation cannot be called back.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)
