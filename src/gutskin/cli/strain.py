"""`gutskin strain`: the card of a strain or a mixture."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gutskin.atomic_write import write_file
from gutskin.cli import loading
from gutskin.cli.options import (
    BiologyOption,
    DrawsOption,
    JsonOption,
    SeedOption,
    Stance,
    StanceOption,
    check_svg,
)
from gutskin.cli.output import model_entry, new_console, print_values, tell
from gutskin.errors import InputError, Problem, together
from gutskin.report.progress import progress, waiting

if TYPE_CHECKING:
    from gutskin.evidence.strain_card import StrainCard
    from gutskin.model.biology import Biology


def strain(
    names: Annotated[
        list[str] | None, typer.Argument(help="A strain; several: a mixture; none: all strains.")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="A trial, patient or experiment file with own [[strains]]."),
    ] = None,
    simulated: Annotated[
        bool, typer.Option("--simulate/--no-simulate", help="Say what follows in people.")
    ] = True,
    figure: Annotated[
        Path | None, typer.Option(help="Draw it: traits and what carries the effect (SVG).")
    ] = None,
    seed: SeedOption = 1,
    stance: StanceOption = Stance.evidence,
    draws: DrawsOption = None,
    biology: BiologyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print a strain's card: what is known, from where, what follows, what to measure."""
    from gutskin.population.streams import check_seed

    own = loading.find_biology(biology, draws)
    (own, rows), *_ = together(
        lambda: _found(names or [], file, own),
        lambda: _check_figure(names or [], figure),
        lambda: check_seed(seed),
    )
    if not rows:
        _list_strains(own, as_json)
        return
    model = loading.load_model(own)
    with loading.starting():
        from gutskin.evidence.strain_card import make_card

    with progress("Simulating what follows") as show:
        card = make_card(
            model, rows, stance.value, seed, simulated=simulated,
            progress=show if simulated else None,
        )  # fmt: skip
    if figure is not None:
        with waiting("Drawing what carries the effect"):
            from gutskin.evidence.strain_routes import carried
            from gutskin.report.strain_figure import strain_picture

            picture = strain_picture(card, carried(model, rows, stance.value))
        write_file(figure, picture)
        tell(f"Written: {figure}")
    _tell(card, rows, own, as_json=as_json)


def _tell(card: StrainCard, strains: list[str], own: Biology, *, as_json: bool) -> None:
    """Print a card, and of which strains nobody knows the species."""
    from gutskin.population.unknown_species import species_notes

    notes = [*species_notes(strains, own)]
    if as_json:
        of = {"draws": own.draws, "model": model_entry(own)}
        print_values(card.to_json() | of | ({"notes": notes} if notes else {}))
        return
    from gutskin.report.console import say
    from gutskin.report.strain_card import print_strain_card

    console = new_console()
    print_strain_card(card, console)
    for note in notes:
        say(console, note)


def _check_figure(names: list[str], figure: Path | None) -> None:
    """Refuse a figure of no strain, of another kind, or at a place that cannot be written."""
    if figure is not None and not names:
        what = "--figure draws the card of a strain or of a mixture."
        raise InputError(Problem(what, remedy="Name one, as LGG."))
    check_svg("--figure", figure)


def _found(names: list[str], file: Path | None, own: Biology) -> tuple[Biology, list[str]]:
    """The biology with the strains of a file, and ids; all unknown names are told at once."""
    from gutskin.population.own_strains import biology_with_file
    from gutskin.population.strain_traits import find_strain

    if file is not None:
        own = biology_with_file(own, file)
    problems: list[Problem] = []
    ids: list[str] = []
    for name in names:
        try:
            ids.append(find_strain(name, own).id)
        except InputError as error:
            problems += error.problems
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        what = f"the mix names {', '.join(twice)} more than once."
        problems.append(Problem(what, None, None, "Name each strain once."))
    if problems:
        raise InputError(problems)
    return own, ids


def _list_strains(own: Biology, as_json: bool) -> None:
    """Print all strains."""
    if as_json:
        from gutskin.model.strain_knowledge import levels_of
        from gutskin.model.vocabulary import vocabulary

        tables = vocabulary(own).tables
        rows = [
            {**row.cells, "known": levels_of(tables, key)} for key, row in tables.strains.items()
        ]
        print_values(rows)
        return
    from gutskin.report.strain_card import print_strains

    print_strains(own, new_console())
