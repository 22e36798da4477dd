"""Who comes to which visit, where times to a response are compared.

Of who has left a trial writes down that he has failed to respond, which is right for the share of
responders at a visit and says nothing of when he would have responded. A time is censored at the
last visit that a patient came to, so it must be known which one that was. No other analysis needs
it: scores, and what is no response, have no record of who is gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa
    import xarray as xr


CAME = "came"  # a variable of a trial's dataset, and a column of its patient table
PEOPLE = ("replicate", "arm", "patient")
Flags = NDArray[np.bool_]


def with_attendance(
    data: xr.Dataset, came: Flags, shape: tuple[int, ...], seat: tuple[np.ndarray, ...]
) -> xr.Dataset:
    """The values of some replicates with who came to which visit.

    Parameters
    ----------
    came : Array [visit, patient]
    shape : (replicate, arm, patient)
    seat : the place of every patient in it, an Array [patient] for each axis
    """
    table = np.zeros((*shape, len(came)), bool)
    table[seat] = came.T
    return data.assign({CAME: ((*PEOPLE, "visit"), table)})


def of_who_came(measured: xr.DataArray, dataset: xr.Dataset) -> xr.DataArray:
    """Records in which nothing is known of who did not come to a visit, of a response neither.

    Parameters
    ----------
    measured : DataArray [endpoint, arm, replicate, patient, visit], of all visits
    dataset : to which they belong
    """
    return measured.where(dataset[CAME]) if CAME in dataset else measured


def columns(
    data: xr.Dataset, where: tuple[np.ndarray, ...]
) -> Iterator[tuple[str, NDArray[np.bool_]]]:
    """The column of a patient table that holds it; none where it is not kept.

    Parameters
    ----------
    where : replicate, arm, patient, visit of each row
    """
    if CAME in data:
        yield CAME, data[CAME].transpose(*PEOPLE, "visit").values[where]


def read_back(
    table: pa.Table, data: xr.Dataset, seats: Sequence[tuple[int, np.ndarray]]
) -> xr.Dataset:
    """The values of some replicates with what the column of their table holds.

    Parameters
    ----------
    seats : each arm's place and its rows
    """
    if CAME not in table.column_names:
        return data
    *people, visits = (data.sizes[name] for name in (*PEOPLE, "visit"))
    found, values = np.zeros((*people, visits), bool), table[CAME].to_numpy()
    for place, rows in seats:
        block = values[rows].reshape(people[0], -1, visits)
        found[:, place, : block.shape[1]] = block
    return data.assign({CAME: ((*PEOPLE, "visit"), found)})
