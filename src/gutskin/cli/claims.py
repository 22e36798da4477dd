"""`gutskin claims`: the article's statements and measured findings, put to the model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gutskin.atomic_write import check_folder, make_folder
from gutskin.cli import loading
from gutskin.cli.options import (
    BiologyOption,
    DrawsOption,
    JsonOption,
    PlanOption,
    SeedOption,
    Stance,
    StanceOption,
)
from gutskin.cli.output import new_console, print_json, print_values
from gutskin.errors import InputError, Problem, together
from gutskin.extras import missing, require
from gutskin.media import one_line
from gutskin.report.progress import waiting

if TYPE_CHECKING:
    from gutskin.evidence.plan import ExperimentsPlan


def claims(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids such as C16; all without.")] = None,
    stance: StanceOption = Stance.evidence,
    draws: DrawsOption = None,
    which: Annotated[
        str | None,
        typer.Option(
            "--set",
            help="claims: the article's, which is also the default; perturbations: measured ones; "
            "ecology: the gut's; drugs: trials of drugs; mechanisms_alone.",
        ),
    ] = None,
    file: Annotated[
        Path | None, typer.Option(help="Your own experiments; see docs/claims.md.")
    ] = None,
    seed: SeedOption = 1,
    out: Annotated[
        Path | None, typer.Option(help="Folder for figures; one statement alone draws its own.")
    ] = None,
    biology: BiologyOption = None,
    plan_only: PlanOption = False,
    as_json: JsonOption = False,
) -> None:
    """Put every statement of the article to the model; status 1 if the stance's are not met."""
    own = loading.find_biology(biology, draws)
    if out is not None:
        require("A figure", "figures")
    with loading.starting():
        from gutskin.evidence.experiments import chosen, files_of, read_experiments
        from gutskin.evidence.plan import plan_of_experiments
        from gutskin.population.streams import check_seed

        paths = (file,) if file else files_of(which or "claims", own)
        plan, *_ = together(  # whatever is wrong comes before the model is compiled
            lambda: plan_of_experiments(paths, own, ids or []),
            lambda: _check_one_source(which, file),
            lambda: check_folder(out),
            lambda: check_seed(seed),
        )
    if plan_only:
        _print_plan(plan, as_json=as_json)
        return
    model = loading.load_model(own)
    with waiting("Reading the experiments"):
        everything = read_experiments(paths, model)
        statements = chosen(everything, ids or [])
        from gutskin.evidence.claims import judge, setting_of, to_json
        from gutskin.report.progress import progress

        setting = setting_of(everything, model, stance.value, seed)
    if out is not None and not as_json:
        make_folder(out)
    with progress(f"Experiments, {stance.value} stance") as show:
        verdicts = judge(statements, setting, show)
    if as_json:
        print_json(to_json(verdicts, model, stance.value, seed))
    else:
        _print_claims(verdicts, setting, stance, out, alone=len(ids or []) == 1)
    if not all(one.holds(stance.value) for one in verdicts):
        raise typer.Exit(1)


def _check_one_source(which: str | None, file: Path | None) -> None:
    """Refuse shipped experiments beside those of a file: only one of them would be run."""
    if which is not None and file is not None:
        what = f"--set {which} is of shipped experiments, and --file {file} of your own."
        raise InputError(
            Problem(what, None, None, "Give one of them, and run the other by itself.")
        )


def _print_plan(plan: ExperimentsPlan, *, as_json: bool) -> None:
    """Print what would be simulated."""
    if as_json:
        print_values(plan.to_json())
        return
    from gutskin.report.plan import print_experiments_plan

    print_experiments_plan(plan, new_console())


def _print_claims(
    verdicts: Sequence[Any], setting: Any, stance: Stance, out: Path | None, *, alone: bool
) -> None:
    """The table, or one statement in full; and the figures."""
    from gutskin.evidence.claims import courses_of
    from gutskin.model.overlay import biology_entry
    from gutskin.report.claim_figure import draw_verdict
    from gutskin.report.claims import print_missed, print_verdict, print_verdicts
    from gutskin.report.terminal import print_biology

    console = new_console()
    print_biology(biology_entry(setting.model.biology), console)
    if alone:
        for one in verdicts:
            print_verdict(one, console)
        print_missed(verdicts, stance.value, console)
    else:
        print_verdicts(verdicts, stance.value, console)
    if out is None and (not alone or missing("figures")):
        return
    folder = out or Path("out") / "claims"
    make_folder(folder)
    for one in verdicts:
        if one.findings and one.statement.arms:
            path = folder / f"{one.statement.id}.svg"
            with waiting(f"Drawing {one.statement.id}"):
                draw_verdict(one, *courses_of(one, setting), path)
            console.print(f"Figure: {one_line(str(path))}", soft_wrap=True)
