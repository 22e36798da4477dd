"""The investigator's global assessment, read from EASI: which scores have which grades."""

from __future__ import annotations

import numpy as np

from gutskin.model.rows import Row
from gutskin.trials.endpoints import grades_of
from gutskin.trials.parts import Eligibility


def easi_range(asked: Eligibility, grades: Row) -> tuple[float, float] | None:
    """The range of EASI that a trial asks for, by itself or by grades of IGA.

    Parameters
    ----------
    grades : the row of endpoints.tsv that has the ends of grades
    """
    if asked.iga is None:
        return asked.easi
    ends = (-np.inf, *grades_of(grades), np.inf)
    low, high = float(np.nextafter(ends[asked.iga[0]], np.inf)), ends[asked.iga[1] + 1]
    if asked.iga[0] == 0:
        low = 0.0
    easi = asked.easi or (0.0, np.inf)
    return max(low, easi[0]), min(high, easi[1])
