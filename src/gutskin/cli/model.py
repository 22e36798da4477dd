"""`gutskin model`: look at the model itself."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Annotated

import typer

from gutskin.atomic_write import (
    check_folder,
    check_place,
    make_folder,
    write_file,
    write_files,
)
from gutskin.cli import loading
from gutskin.cli.options import BiologyOption, Stance, StanceOption, check_svg
from gutskin.cli.output import new_console, tell
from gutskin.errors import together
from gutskin.extras import require
from gutskin.report.progress import waiting

OUT = Path("out")


def check(biology: BiologyOption = None) -> None:
    """Look for clashing units, missing sources and switches, unused names, targets not seen."""
    require("Checking a model", "model")
    with loading.starting():
        from gutskin.calibration.targets import problems_of_targets
        from gutskin.model.check import check_model
        from gutskin.model.overlay import differences

    own = loading.find_biology(biology)
    for one in differences(own):
        print(f"The overlay {one}.")
    with waiting("Checking the model"):
        problems = dict.fromkeys((*check_model(own), *problems_of_targets(own)))  # each once
    for problem in problems:
        print(problem)
    if problems:
        raise typer.Exit(1)
    print("The model is sound.")


def new_mechanism(
    name: Annotated[str | None, typer.Argument(help="Its id; the next free one without.")] = None,
    source: Annotated[str, typer.Option("--from", help="What acts: a state, rule or input.")] = "?",
    target: Annotated[str, typer.Option("--to", help="What it acts on.")] = "?",
    sign: Annotated[str, typer.Option(help="+, - or +-.")] = "?",
    route: Annotated[str, typer.Option(help="cells, metabolites, ..., or an organ.")] = "?",
    fragment: Annotated[
        str | None, typer.Option(help="The .ant file where it happens; that of --to without.")
    ] = None,
    biology: BiologyOption = None,
) -> None:
    """Write the rows of a new mechanism, with a ? wherever you have to fill something in."""
    from gutskin.model.new_mechanism import NewMechanism, draft_mechanism
    from gutskin.model.overlay import overlay_folder

    new = NewMechanism(name, source, target, sign, route, fragment)
    own, folder = overlay_folder(biology)
    draft = draft_mechanism(new, own, folder)
    if folder is not None:
        make_folder(folder)
    write_files(draft.files)
    for path in draft.files:
        tell(f"{draft.id}: {path}")
    if draft.copied:
        tell(f"The shipped {draft.copied} was copied whole: yours stands in its place.")
    ask = f" --biology {shlex.quote(str(biology))}" if biology else ""
    tell(f"Fill in every ?; `gutskin model check{ask}` names those that are left.")


def references(
    write: Annotated[
        bool, typer.Option("--write", help="Put the computed values into parameters.tsv.")
    ] = False,
    biology: BiologyOption = None,
) -> None:
    """What the model comes to at rest, beside the references that its equations measure against."""
    from gutskin.model.biology import biology_folder
    from gutskin.model.overlay import overlay_folder

    with loading.starting():
        from gutskin.population.references import (
            CLOSE_ENOUGH,
            NUMBERS,
            compute_references,
            write_references,
        )

    own, folder = overlay_folder(biology)
    model = loading.load_model(own)
    with waiting("Bringing bodies to rest"):
        found = compute_references(model)
    for one in found:
        far = "" if one.apart <= CLOSE_ENOUGH else "  *"
        print(f"{one.id:36}{one.written:>12.6g}{one.computed:>12.6g}  {one.quantity}{far}")
    if write:
        path = (folder or biology_folder()) / NUMBERS
        if folder is not None:
            make_folder(folder)
        write_references(path, found, model.tables.parameters)
        tell(f"Written: {path}")
    elif any(one.apart > CLOSE_ENOUGH for one in found):
        tell("Those with * have moved: `gutskin model references --write` puts them in place.")
        raise typer.Exit(1)


def export(
    sbml: Annotated[Path, typer.Option(help="Where to write the model as SBML.")],
    biology: BiologyOption = None,
) -> None:
    """Write the model as SBML, for any other simulator."""
    together(lambda: require("SBML", "model"), lambda: check_place(sbml))
    from gutskin.model.export import export_model

    write_file(sbml, export_model(loading.load_model(biology)))
    tell(f"Written: {sbml}")


def equations(
    html: Annotated[Path | None, typer.Option(help="Write them as one page.")] = None,
    latex: Annotated[Path | None, typer.Option(help="Write them as one LaTeX document.")] = None,
    biology: BiologyOption = None,
) -> None:
    """All equations with names, units and notes: as text, as a page, or as LaTeX."""
    from gutskin.report import equations as report

    own, *_ = together(
        lambda: loading.find_biology(biology), lambda: check_place(html), lambda: check_place(latex)
    )
    model = loading.load_model(own)
    for path, render in ((html, report.render_html), (latex, report.render_latex)):
        if path is not None:
            with waiting("Setting the equations"):
                document = render(model)
            write_file(path, document)
            tell(f"Written: {path}")
    if html is None and latex is None:
        for line in report.text_lines(model, new_console().width):
            print(line)


def axis(
    out: Annotated[Path, typer.Option(help="Where to write the picture (SVG).")] = OUT / "axis.svg",
    trial_name: Annotated[
        str, typer.Option("--trial", help="The trial whose first arm acts: its name or TOML file.")
    ] = "six-strain-children",
    stance: StanceOption = Stance.evidence,
    biology: BiologyOption = None,
) -> None:
    """Draw the whole axis, before and after an intervention, in one patient."""
    with loading.starting():
        from gutskin.evidence.fluxes import change_in_trial
        from gutskin.population.own_strains import with_strains
        from gutskin.report.axis import axis_picture
        from gutskin.trials.design import load_trial

    own = loading.find_biology(biology)
    design, _ = together(lambda: load_trial(trial_name, own), lambda: _check_picture(out))
    own = with_strains(own, design.strains, design.name)
    model = loading.load_model(own)
    with waiting("Following one patient with and without the first arm"):
        picture = axis_picture(model, change_in_trial(design, stance.value, model))
    if out.parent == OUT:
        make_folder(OUT)
    write_file(out, picture)
    tell(f"Written: {out}")


def _check_picture(out: Path) -> None:
    """Refuse a picture of another kind, or where it cannot be written; `out` itself is made."""
    if out.parent == OUT and not OUT.exists():
        check_folder(OUT)
        check_svg("--out", Path(out.name))
    else:
        check_svg("--out", out)
