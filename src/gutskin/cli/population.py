"""`gutskin population`: virtual patients beside what was seen of such people."""

from __future__ import annotations

from typing import Annotated

import typer

from gutskin.atomic_write import check_place
from gutskin.cli import loading
from gutskin.cli.exit_status import exit_status_of_a_run
from gutskin.cli.options import (
    BiologyOption,
    DrawsOption,
    FigureOption,
    JsonOption,
    SeedOption,
    check_figure,
)
from gutskin.cli.output import model_entry, new_console, print_values, tell
from gutskin.errors import together
from gutskin.extras import require
from gutskin.report.progress import progress


def population(
    name: Annotated[str, typer.Argument(help="A population: ad_child, or children-ad.")],
    worlds: Annotated[
        int, typer.Option(min=1, max=500, help="How many; 39 at least for an interval.")
    ] = 40,
    patients: Annotated[
        int | None,
        typer.Option(
            min=64, max=10_000, help="Drawn of it in each world.",
            show_default="512; of newborns 128",
        ),
    ] = None,
    draws: DrawsOption = None,
    match: Annotated[
        bool, typer.Option("--match", help="Also weigh the patients of each world to the targets.")
    ] = False,
    figure: FigureOption = None,
    seed: SeedOption = 1,
    biology: BiologyOption = None,
    as_json: JsonOption = False,
) -> None:  # fmt: skip
    """Hold virtual patients beside what cohorts showed: means, shares, what goes with what."""
    own = loading.find_biology(biology, draws)
    if figure is not None:
        require("A figure", "figures")
    with loading.starting():
        from gutskin.calibration.cohort import check_cohort, cohort_of
        from gutskin.population.streams import check_seed

        together(
            lambda: check_cohort(name, own, match=match),
            lambda: check_figure(figure),
            lambda: check_place(figure),
            lambda: check_seed(seed),
        )
    with exit_status_of_a_run():
        model = loading.load_model(own)
        with progress("Following patients") as show:
            cohort = cohort_of(model, name, patients, worlds, seed, match=match, show=show)
    from gutskin.report.cohort import print_cohort, write_cohort_figure

    if figure is not None:
        write_cohort_figure(cohort, figure)
        tell(f"Written: {figure}")
    if as_json:
        print_values(cohort.to_json() | {"model": model_entry(own)})
        return
    print_cohort(cohort, new_console())
