"""`gutskin population`: virtual patients beside what was seen of such people."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from gutskin.atomic_write import check_place, write_file
from gutskin.cli import loading
from gutskin.cli.options import BiologyOption, JsonOption, SeedOption
from gutskin.cli.output import new_console, print_values, tell
from gutskin.errors import together


def population(
    name: Annotated[str, typer.Argument(help="A population: ad_child, or children-ad.")],
    patients: Annotated[int, typer.Option(min=64, max=100_000, help="Drawn of it.")] = 512,
    figure: Annotated[
        Path | None, typer.Option(help="Draw where each target stands in its range (SVG).")
    ] = None,
    seed: SeedOption = 1,
    biology: BiologyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hold virtual patients beside what cohorts showed: means, shares, what goes with what."""
    own = loading.find_biology(biology)
    with loading.starting():
        from gutskin.population.cohort import cohort_of, named_population
        from gutskin.population.streams import check_seed

        together(
            lambda: named_population(name, own),
            lambda: check_place(figure),
            lambda: check_seed(seed),
        )
    model = loading.load_model(own)
    cohort = cohort_of(model, name, patients, seed)
    from gutskin.report.cohort import cohort_picture, print_cohort

    if figure is not None:
        write_file(figure, cohort_picture(cohort))
        tell(f"Written: {figure}")
    if as_json:
        print_values(cohort.to_json())
        return
    print_cohort(cohort, new_console())
