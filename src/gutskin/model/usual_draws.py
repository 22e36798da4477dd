"""Of which worlds a trial is foretold: of the posterior, wherever it is of these numbers."""

from __future__ import annotations

from dataclasses import replace
from fnmatch import fnmatch
from os import PathLike

from gutskin.arguments import one_of
from gutskin.model.biology import (
    DECIDES,
    DEFAULT_DRAWS,
    DRAWS,
    EXPERIMENTS,
    POSTERIOR,
    PRIOR,
    Biology,
)
from gutskin.model.joint_draws import is_of_these_numbers, read_ensemble
from gutskin.model.overlay import STRAIN_FILES, biology_of, differences

# what may be added without a number of the calibration becoming another one
BESIDE = STRAIN_FILES | {"populations.toml", "drugs.tsv", "endpoints.tsv", *EXPERIMENTS}
NO_POSTERIOR = (
    "Worlds are drawn of the prior: there are none of the posterior that were made of these "
    "numbers (docs/calibration.md)."
)


def usual_draws(biology: Biology) -> str:
    """How worlds of a trial are drawn if nobody says: one of `DRAWS`.

    `DEFAULT_DRAWS`, if the ensemble was made of these numbers, or of the shipped ones and an
    overlay only adds strains, drugs, populations, endpoints, experiments or trials to them. Else
    the prior.
    """
    shipped = replace(biology, overlay=None)
    there = is_of_these_numbers(biology) or (_adds_beside(biology) and is_of_these_numbers(shipped))
    return DEFAULT_DRAWS if there else PRIOR


def _adds_beside(biology: Biology) -> bool:
    """Whether an overlay leaves every number alone that the calibration has seen."""
    files = () if biology.overlay is None else biology.overlay.files
    decides = {
        name for name in files if "/" not in name and any(fnmatch(name, one) for one in DECIDES)
    }
    return decides <= BESIDE and not any(
        one.replaces for one in differences(biology) if one.file in decides
    )


def biology_of_worlds(
    source: Biology | str | PathLike[str] | None = None, draws: str | None = None
) -> Biology:
    """The biology that is meant, with worlds drawn as asked.

    Parameters
    ----------
    source : see `biology_of`; a `Biology` says itself how worlds are drawn
    draws : one of `DRAWS`; without it `usual_draws`

    Raises
    ------
    InputError
        For a folder that cannot be read, an unknown word, and worlds of a posterior that is not
        there or was made of other numbers than the shipped ones.

    Examples
    --------
    >>> biology_of_worlds(draws="1").draws
    '1'
    """
    own = biology_of(source)
    if draws is None:
        return own if isinstance(source, Biology) else replace(own, draws=usual_draws(own))
    asked = replace(own, draws=one_of("draws", draws, DRAWS))
    if asked.draws == POSTERIOR:
        read_ensemble(asked)
    return asked
