"""`gutskin plan`: a plan that is frozen before a trial is simulated, and what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gutskin.atomic_write import check_folder
from gutskin.cli import loading
from gutskin.cli.options import (
    BiologyOption,
    DrawsOption,
    JsonOption,
    SeedOption,
    Stance,
    StanceOption,
)
from gutskin.cli.output import new_console, print_json, tell
from gutskin.errors import InputError, Problem, together
from gutskin.report.progress import waiting

if TYPE_CHECKING:
    from gutskin.credibility.frozen_plan import FrozenPlan
    from gutskin.model.biology import Biology
    from gutskin.report.credibility import Document

WROTE = "With --run: what `gutskin {} --json` wrote."  # help of an option
PLAN_NAME, REPORT_NAME = "plan", "credibility"


def plan(
    context: typer.Context,
    name_or_file: Annotated[str, typer.Argument(help="A shipped trial or a TOML file.")],
    run: Annotated[
        Path | None,
        typer.Option(help="Folder of the finished result: report how credible it is."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the frozen plan; plan/NAME without it.")
    ] = None,
    declare: Annotated[
        Path | None,
        typer.Option(help="TOML file: question, context of use, influence, consequence, criteria."),
    ] = None,
    replicates: Annotated[int, typer.Option(help="How often the trial will be repeated.")] = 200,
    seed: SeedOption = 1,
    stance: StanceOption = Stance.evidence,
    draws: DrawsOption = None,
    score: Annotated[Path | None, typer.Option(help=WROTE.format("score"))] = None,
    claims: Annotated[Path | None, typer.Option(help=WROTE.format("claims"))] = None,
    sensitivity: Annotated[
        Path | None, typer.Option(help=WROTE.format("sensitivity TRIAL"))
    ] = None,
    quick: Annotated[
        bool,
        typer.Option(
            "--quick", help="With --run: compute nothing now; targets are then not shown."
        ),
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Freeze another plan in place of one.")
    ] = False,
    biology: BiologyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Freeze the plan of a trial, or say after its run how credible the answer is."""
    from gutskin.credibility.declared import load_declared
    from gutskin.credibility.frozen_plan import freeze
    from gutskin.credibility.stored import read_stored
    from gutskin.trials.plan import plan_trial

    own = loading.find_biology(biology, draws)
    paths = {"score": score, "claims": claims, "sensitivity": sensitivity}
    with loading.starting():
        planned, declared, stored, *_ = together(
            lambda: plan_trial(name_or_file, replicates, seed, own),
            lambda: load_declared(declare),
            lambda: read_stored(paths),
            lambda: _fits(run, paths, quick=quick, frozen=_of_a_plan(context)),
            lambda: check_folder(out),
        )
    folder = out or Path("plan") / planned.design.name
    if run is None:
        _freeze(freeze(planned, declared, stance.value), folder, overwrite, as_json=as_json)
        return
    found = _assessed(folder, run, stored, planned.biology, quick=quick)
    from gutskin.report.credibility import credibility_document

    _write(folder, REPORT_NAME, _text(found), credibility_document(found), as_json=as_json)


def _of_a_plan(context: typer.Context) -> list[str]:
    """The options written on this command line that say what a plan freezes."""
    given = ("replicates", "seed", "stance", "declare")
    sources = {name: context.get_parameter_source(name) for name in given}
    return [f"--{name}" for name, its in sources.items() if its and its.name == "COMMANDLINE"]


def _fits(
    run: Path | None, paths: dict[str, Path | None], *, quick: bool, frozen: list[str]
) -> None:
    """Refuse what is only of use after a run, and after it what the plan has frozen.

    Parameters
    ----------
    frozen : options of a plan that stand on the command line
    """
    if run is not None:
        if frozen:
            what = f"{', '.join(frozen)}: after a run the plan says this; it was frozen before."
            raise InputError(Problem(what, remedy="Take it out, or freeze another plan."))
        return
    wrong = [f"--{name}" for name, path in paths.items() if path is not None]
    wrong += ["--quick"] if quick else []
    if wrong:
        what = f"{', '.join(wrong)}: a plan that is frozen takes no results."
        raise InputError(Problem(what, remedy="Name the finished result: --run out/NAME."))


def _freeze(frozen: FrozenPlan, folder: Path, overwrite: bool, *, as_json: bool) -> None:
    """Write a plan; one that stands there already must be the same."""
    from gutskin.credibility.frozen_plan import PLAN, FrozenPlan, changes
    from gutskin.report.credibility import plan_document

    if (folder / PLAN).exists() and not overwrite:
        before = FrozenPlan.read(folder)
        if found := [*changes(before, frozen)]:
            what = f"another plan is frozen here: {'; '.join(found)}."
            remedy = "Name another folder (--out), or write --overwrite."
            raise InputError(Problem(what, folder / PLAN, None, remedy))
    document = plan_document(frozen.values, frozen.checksum)
    _write(folder, PLAN_NAME, frozen.to_json(), document, as_json=as_json)


def _assessed(
    folder: Path, run: Path, stored: dict[str, Any], own: Biology, *, quick: bool
) -> dict[str, Any]:
    """The credibility report of a finished result."""
    from dataclasses import asdict, replace

    from gutskin.credibility.assessment import assess
    from gutskin.credibility.factors import Evidence
    from gutskin.credibility.frozen_plan import FrozenPlan, changes_of_run
    from gutskin.credibility.stored import (
        Known,
        published_models_now,
        published_trials,
        targets_now,
    )
    from gutskin.model.biology import DRAWS

    (frozen, (result, manifest)) = together(lambda: FrozenPlan.read(folder), lambda: _result(run))
    record = asdict(manifest.record)
    damaged = tuple(str(one.file) for one in manifest.damaged(run))
    known = Known(files=stored)
    if not quick:
        model = loading.load_model(own)
        with waiting("Computing reference levels and published models"):
            known = Known(targets_now(model), published_models_now(), stored)
    differs = tuple(changes_of_run(frozen, record))
    published = published_trials(own)
    of_numbers = tuple(replace(own, draws=draws).content_hash for draws in DRAWS)
    return assess(Evidence(frozen, result, record, damaged, differs, known, published, of_numbers))


def _result(run: Path) -> tuple[dict[str, Any], Any]:
    """result.json and run.json of a finished result.

    Raises
    ------
    InputError
        If they are not there.
    """
    import json

    from gutskin.trials.manifest import Manifest
    from gutskin.trials.result_folder import SUMMARY

    try:
        result = json.loads((run / SUMMARY).read_text(encoding="utf-8"))
        return result, Manifest.read(run)
    except (OSError, ValueError):
        what = "there is no finished result in this folder."
        remedy = "Run the trial with --out and name that folder."
        raise InputError(Problem(what, run, None, remedy)) from None


def _text(values: dict[str, Any]) -> str:
    import json

    return json.dumps(values, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _write(folder: Path, name: str, text: str, document: Document, *, as_json: bool) -> None:
    """Write JSON, Markdown and a page, and print one of them."""
    from gutskin.atomic_write import make_folder, write_file
    from gutskin.report.credibility import as_markdown, as_page, print_document

    make_folder(folder)
    write_file(folder / f"{name}.json", text)
    write_file(folder / f"{name}.md", as_markdown(document))
    write_file(folder / f"{name}.html", as_page(document))
    if as_json:
        print_json(text.rstrip())
    else:
        print_document(document, new_console())
    tell(f"Written: {folder / name}.json, .md and .html")
