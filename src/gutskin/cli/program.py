"""The program: all commands, and its exit status. Heavy imports stand inside the commands."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from gutskin import __version__
from gutskin.atomic_write import FULL
from gutskin.cli import (
    bench,
    claims,
    drugs,
    evidence,
    explain,
    meta,
    model,
    optimise,
    page,
    plan,
    population,
    power,
    schema,
    score,
    sensitivity,
    simulate,
    strain,
    trial,
    verify,
)
from gutskin.cli.exit_status import TERMINATED
from gutskin.errors import MOST_PROBLEMS, InputError, listed
from gutskin.extras import without
from gutskin.media import let_nothing_be_lost

INTERRUPTED = 130

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

for _command in (
    trial.trial,
    power.power,
    optimise.optimise,
    plan.plan,
    score.score,
    explain.explain,
    meta.meta,
    simulate.simulate,
    claims.claims,
    evidence.evidence,
    strain.strain,
    drugs.drugs,
    population.population,
    sensitivity.sensitivity,
    schema.schema,
    verify.verify,
    page.page,
    bench.bench,
):
    app.command()(_command)
for _command in (
    model.check, model.references, model.export, model.equations, model.axis, model.new_mechanism,
):  # fmt: skip
    model_app.command()(_command)


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


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; gives its exit status (0 done, 1 a check failed, 2 the input was wrong)."""
    for stream in (sys.stdout, sys.stderr):
        let_nothing_be_lost(stream)
    try:
        status = app(args=arguments, prog_name="gutskin", standalone_mode=False)
        sys.stdout.flush()
    except InputError as error:
        for line in listed(error.problems, MOST_PROBLEMS):
            print(line, file=sys.stderr)
        return 2
    except ModuleNotFoundError as error:
        missing = without(error.name)
        if missing is None:
            raise
        print(missing, file=sys.stderr)
        return 2
    except typer.TyperException as error:
        # Errors of usage show themselves with the command's usage; their base class does not.
        show = getattr(error, "show", None)
        if show is None:
            print(f"Error: {error}", file=sys.stderr)
        else:
            show()
        return error.exit_code
    except OSError as error:
        if error.errno not in FULL:
            raise
        print(f"The output cannot be written: {error.strerror}.", file=sys.stderr)
        # What was not written stays in Python's buffer, and would fail again when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except (KeyboardInterrupt, typer.Abort):
        status = INTERRUPTED
    if status == INTERRUPTED:
        # The argument parser turns an interruption into this status without a word.
        print("Interrupted. Earlier results are untouched.", file=sys.stderr)
    return status if isinstance(status, int) else 0


def run() -> None:
    """The program itself: `main`, and its exit status."""
    if not any(word.startswith("--dask") for word in sys.argv):
        no: Any = None
        sys.modules.setdefault("dask", no)  # xarray looks for it, which takes half a second
    status = main()
    if status in (INTERRUPTED, TERMINATED):
        # Threads in the middle of a computation or of a compilation cannot be called back.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)
    sys.exit(status)
