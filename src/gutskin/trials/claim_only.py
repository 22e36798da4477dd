"""Arrows that nothing in people supports: centred at no effect, and what is claimed for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gutskin.model.biology import shipped_biology
from gutskin.model.tables import read_tables

if TYPE_CHECKING:
    from gutskin.model.biology import Biology


def claim_only(biology: Biology | None = None) -> list[dict[str, Any]]:
    """The gains that the evidence stance centres at nothing and the article stance does not.

    Parameters
    ----------
    biology : what the model is made of; the shipped one without

    Returns
    -------
    list of dict, in the order of parameters.tsv: `parameter`, `means` (in words), `low` and `high`
    (95% of what human levels allow), `claimed` (the size under the article stance)

    Examples
    --------
    >>> claim_only()[0]["parameter"]
    'g_products_inflammation'
    """
    rows = read_tables(biology or shipped_biology()).parameters.values()
    return [
        {
            "parameter": row.id,
            "means": row.text("note"),
            "low": row.number("low"),
            "high": row.number("high"),
            "claimed": row.number("claimed"),
        }
        for row in rows
        if row.text("role") == "prior" and row.text("claimed") and row.number("value") == 0.0
    ]
