"""What commands load: the model, and the names that a trial file may use."""

from __future__ import annotations

from typing import Any


def load_model() -> Any:
    """The compiled model."""
    from gutskin.model.compiled import load_model

    return load_model()


def known(model: Any) -> Any:
    """The names that a trial file may use."""
    from gutskin.population.populations import load_populations
    from gutskin.trials.design import Known

    return Known(
        populations=tuple(load_populations()),
        strains={key: row.text("strain") for key, row in model.tables.strains.items()},
        endpoints=tuple(model.tables.endpoints),
    )
