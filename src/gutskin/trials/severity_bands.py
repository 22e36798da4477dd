"""Bands of severity of one study: where scores of the skin stand for each other, and where none is.

Who has no eczema is below the first band.
"""

from __future__ import annotations

import numpy as np

from gutskin.model.biology import Biology
from gutskin.population.populations import Population

Interval = tuple[float, float]
VALUES = "evidence/reference_values.tsv"
STUDY = "doi:10.1111/bjd.15641"  # whose bands are of the same patients
BANDS = ("mild", "moderate", "severe")
SCORES = {"scorad": "SCORAD", "easi": "EASI", "objective_scorad": "Objective SCORAD"}


def has_eczema(people: Population) -> bool:
    """Whether people of a population have eczema, or are born to have it."""
    return "severity_scale" in people.covariates


def as_scorad(score: str, own: Interval, biology: Biology) -> Interval:
    """A range of another score as one of SCORAD.

    Parameters
    ----------
    score : one of `SCORES`

    Examples
    --------
    >>> from gutskin.model.biology import shipped_biology
    >>> as_scorad("easi", (6.0, 72.0), shipped_biology())
    (29.0, 103.0)
    """
    low, high = np.interp(own, band_ends(score, biology), band_ends("scorad", biology))
    return float(low), float(high)


def where_most_are(own: Interval, biology: Biology) -> Interval:
    """Where most are of whom a range of SCORAD is asked that is open above.

    Few are much more ill than is asked for, so that an end that leaves nobody out says nothing of
    them: two bands of severity above the lower end count, mild and moderate together.

    Examples
    --------
    >>> from gutskin.model.biology import shipped_biology
    >>> (
    ...     where_most_are((25.0, 103.0), shipped_biology()),
    ...     where_most_are((25.0, 50.0), shipped_biology()),
    ... )
    ((25.0, 64.0), (25.0, 50.0))
    """
    _, mild, _, severe, most = band_ends("scorad", biology)
    low, high = own
    return (low, min(most, low + severe - mild)) if high >= most else own


def least_scorad(biology: Biology) -> float:
    """From which SCORAD on a skin is no longer clear."""
    return band_ends("scorad", biology)[1]


def band_ends(score: str, biology: Biology) -> list[float]:
    """Of a score nothing, where its bands begin, and the end of the last."""
    rows = {
        row.text("quantity"): row
        for row in biology.table(VALUES).values()
        if row.text("source") == STUDY
    }
    bands = [rows[f"{SCORES[score]} band {name}"] for name in BANDS]
    return [0.0, *(row.number("low") for row in bands), bands[-1].number("high")]
