"""`gutskin evidence`: the card of a mechanism."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gutskin.atomic_write import check_place, write_file
from gutskin.cli import loading
from gutskin.cli.options import (
    BiologyOption,
    DrawsOption,
    JsonOption,
    SeedOption,
    Stance,
    StanceOption,
)
from gutskin.cli.output import new_console, print_values, tell
from gutskin.errors import InputError, Problem, together

if TYPE_CHECKING:
    from gutskin.model.biology import Biology


def evidence(
    mechanism: Annotated[str | None, typer.Argument(help="An id such as M47; none: all.")] = None,
    replicates: Annotated[
        int, typer.Option(min=0, help="How often the article's trial is repeated; 0: not at all.")
    ] = 40,
    seed: SeedOption = 1,
    stance: StanceOption = Stance.evidence,
    draws: DrawsOption = None,
    html: Annotated[Path | None, typer.Option(help="Write the card as one page.")] = None,
    biology: BiologyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Print a mechanism's card: equations, numbers, evidence, and what it does to a trial."""
    with loading.starting():
        from gutskin.evidence.card import find_mechanism, make_card

    own = loading.find_biology(biology, draws)
    if mechanism is None:
        _list_mechanisms(own, html, as_json)
        return
    row, *_ = together(
        lambda: find_mechanism(mechanism, own),
        lambda: check_place(html),
        lambda: _check_trial(replicates, seed, own),
    )
    model = loading.load_model(own)
    card = make_card(model, row, _switched(row, model, replicates, seed, stance))
    if html is not None:
        from gutskin.report.card import render_card

        write_file(html, render_card(card, model))
        tell(f"Written: {html}")
    if as_json:
        print_values(card.to_json())
    elif html is None:
        from gutskin.report.card import print_card

        print_card(card, new_console())


def _check_trial(replicates: int, seed: int, own: Biology) -> None:
    """Refuse repetitions and a seed that the article's trial cannot have; no trial, no refusal."""
    if replicates == 0:
        return
    from gutskin.evidence.switching import TRIAL
    from gutskin.trials.plan import plan_trial

    plan_trial(TRIAL, replicates, seed, own, keep_all=True)


def _list_mechanisms(own: Biology, html: Path | None, as_json: bool) -> None:
    """Print all mechanisms by place."""
    from gutskin.evidence.card import by_place

    if html is not None:
        raise InputError(
            Problem("--html writes the card of one mechanism.", None, None, "Name one, as M47.")
        )
    if as_json:
        places = by_place(own).items()
        rows = [{"place": place, **row.cells} for place, rows in places for row in rows]
        print_values(rows)
        return
    from gutskin.report.card import print_list

    print_list(by_place(own), new_console())


def _switched(row: Any, model: Any, replicates: int, seed: int, stance: Stance) -> Any:
    """The article's trial with a mechanism off, halved, as it is and doubled."""
    if replicates == 0:
        return None
    from gutskin.evidence.switching import TRIAL, consequence
    from gutskin.report.progress import progress
    from gutskin.trials.design import load_trial

    design = load_trial(TRIAL, model.biology)
    with progress(f"Simulating, {row.id} off, halved, doubled") as show:
        switch = row.text("switch")
        return consequence(design, model, switch, replicates, seed, stance.value, show)
