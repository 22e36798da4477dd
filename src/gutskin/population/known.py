"""The names that files of users may use: those of the shipped biology."""

from __future__ import annotations

from functools import cache

from gutskin.model.vocabulary import vocabulary
from gutskin.population.populations import load_populations
from gutskin.toml_file import Known


@cache
def known_names() -> Known:
    """Populations, strains, endpoints and references; nothing is compiled for them.

    >>> known_names().spelled("strain", "W23")
    'w23'
    """
    names = vocabulary()
    return Known(
        populations=tuple(load_populations()),
        strains={key: row.text("strain") for key, row in names.tables.strains.items()},
        endpoints=tuple(names.tables.endpoints),
        references=names.references,
    )
