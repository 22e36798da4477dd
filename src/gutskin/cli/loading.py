"""What commands load: the biology that a user names, and the model of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gutskin.cli.options import Draws
from gutskin.cli.output import tell
from gutskin.report.progress import waiting

if TYPE_CHECKING:
    from gutskin.model.biology import Biology


def find_biology(folder: Path | None, draws: str | None = Draws.prior) -> Biology:
    """The shipped biology with a user's own on top; says what that changes.

    Parameters
    ----------
    draws : how worlds are drawn; None where a trial is foretold and nobody said

    Raises
    ------
    InputError
        For worlds of a posterior that is not there.
    """
    from gutskin.model.biology import DEFAULT_DRAWS, POSTERIOR
    from gutskin.model.overlay import biology_entry, overlay_sentence
    from gutskin.model.usual_draws import NO_POSTERIOR, biology_of_worlds, usual_draws

    found = biology_of_worlds(folder, None if draws is None else str(draws))
    if overlay := biology_entry(found).get("overlay"):
        tell(overlay_sentence(overlay))
    if draws is None and found.draws != DEFAULT_DRAWS:
        tell(NO_POSTERIOR)
    if draws == POSTERIOR and usual_draws(found) != POSTERIOR:
        tell(
            "The worlds of the posterior were made of the shipped numbers: they do not know "
            "of your own."
        )
    return found


def draws_in_command(biology: Biology) -> list[str]:
    """The option that asks for these worlds, where they are not the usual ones."""
    from gutskin.model.usual_draws import usual_draws

    return [] if biology.draws == usual_draws(biology) else ["--draws", biology.draws]


def command_line(
    verb: str, names: Sequence[str], options: Mapping[str, Any], biology: Biology
) -> str:
    """The command line that repeats an answer.

    Parameters
    ----------
    options : by name; those that are None are left out

    Examples
    --------
    >>> from gutskin.model.usual_draws import biology_of_worlds
    >>> command_line("power", ["-mine.toml"], {"seed": 2, "out": None}, biology_of_worlds())
    'gutskin power ./-mine.toml --seed 2'
    """
    from gutskin.media import in_command

    # A file that begins with a hyphen is no option.
    parts = ["gutskin", verb, *(f"./{one}" if one.startswith("-") else one for one in names)]
    for name, value in options.items():
        parts += [] if value is None else [f"--{name}", str(value)]
    parts += draws_in_command(biology)
    parts += ["--biology", str(biology.overlay.folder)] if biology.overlay is not None else []
    return in_command(parts)


def load_model(source: Biology | Path | None) -> Any:
    """The compiled model of a biology, or of a user's folder on top of the shipped one."""
    from gutskin.trials.interrupt import undisturbed

    found = find_biology(source) if source is None or isinstance(source, Path) else source
    with waiting("Making the model"):
        with undisturbed():
            from gutskin.model.compiled import load_model

        return load_model(found)


def starting() -> AbstractContextManager[None]:
    """Shown on a terminal while a command reads what it was given, and its code."""
    return waiting("Starting", line=False)
