"""`gutskin sensitivity`: which unknown numbers a trial's answer hangs on."""

from __future__ import annotations

from typing import Annotated

import typer

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


def sensitivity(
    name_or_file: Annotated[str, typer.Argument(help="A shipped trial or a TOML file.")],
    worlds: Annotated[int, typer.Option(min=64, max=4096, help="How many are drawn.")] = 2048,
    seed: SeedOption = 1,
    draws: DrawsOption = None,
    figure: FigureOption = None,
    biology: BiologyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Share out the variance of a trial's answer among numbers, mechanisms, sources, and chance."""
    from dataclasses import asdict

    from gutskin.trials.plan import plan_trial

    own = loading.find_biology(biology, draws)
    if figure is not None:
        require("A figure", "figures")
    with loading.starting():
        from gutskin.calibration.sensitivity import refuse_designs, sensitivity_of

        plan, *_ = together(
            lambda: plan_trial(name_or_file, 1, seed, own), lambda: check_figure(figure)
        )
        refuse_designs(plan.design, plan.biology)
    with exit_status_of_a_run():
        model = loading.load_model(plan.biology)
        with progress("Drawing worlds") as show:
            found = sensitivity_of(plan.design, model, worlds, seed, show)
    from gutskin.report.sensitivity import (
        EVENLY,
        left_out,
        print_sensitivity,
        write_sensitivity_figure,
    )

    if figure is not None:
        write_sensitivity_figure(found, figure)
        tell(f"Written: {figure}")
    if as_json:
        model_of = model_entry(plan.biology)
        told = asdict(found) | {"left_out": found.drawn - found.worlds}
        told |= {"why_left_out": left_out(found), "shared_evenly": EVENLY, "model": model_of}
        print_values(told)
        return
    print_sensitivity(found, new_console())
