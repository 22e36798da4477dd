"""The names that files of users may use: those of the shipped biology, and of a user's own."""

from __future__ import annotations

from functools import cache

from gutskin.model.antibiotics import antibiotics
from gutskin.model.biology import Biology
from gutskin.model.drugs import drugs
from gutskin.model.topicals import topicals
from gutskin.model.vocabulary import vocabulary
from gutskin.population.populations import genotypes, load_populations
from gutskin.toml_file import Known


@cache
def known_names(biology: Biology) -> Known:
    """The names of a biology that files may use; nothing is compiled for them.

    >>> from gutskin.model.biology import shipped_biology
    >>> known_names(shipped_biology()).spelled("strain", "W23")
    'w23'
    """
    names = vocabulary(biology)
    return Known(
        populations=tuple(load_populations(biology)),
        strains={key: row.text("strain") for key, row in names.tables.strains.items()},
        endpoints=tuple(names.tables.endpoints),
        antibiotics=antibiotics(biology),
        drugs=tuple(drugs(biology)),
        topicals=tuple(topicals(biology)),
        genotypes=tuple(genotypes(biology)),
        references=names.references,
        refused={
            row.id: row.text("why") for row in biology.table("refused_endpoints.tsv").values()
        },
    )
