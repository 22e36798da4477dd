"""What no longer shows without a mechanism, on the page, where no statement tells it."""

from __future__ import annotations

from gutskin.evidence.experiments import SHIPPED, files_of, plan_experiments
from gutskin.model.model import Model

STATEMENTS = "claims"  # have cards of their own


def absences_of(model: Model) -> dict[str, list[str]]:
    """Of mechanisms that no statement tells from nothing: an experiment, what it shows with them.

    Returns
    -------
    mechanism -> the experiment in words, and each of its checks
    """
    found = {}
    for name in SHIPPED:
        if name != STATEMENTS:
            found |= plan_experiments(files_of(name, model.biology), model.biology)
    rows = {row.id: row.text("shown_by") for row in model.tables.mechanisms.values()}
    return {
        name: [found[by].experiment.experiment, *(one.says for one in found[by].experiment.checks)]
        for name, by in rows.items()
        if by in found
    }
