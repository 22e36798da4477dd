"""Data sets and reference numbers of R, as small tables; the first line of each is its source."""

import csv
from functools import cache
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent


def _rows(path):
    with path.open() as file:
        assert file.readline().startswith("# ")
        return list(csv.DictReader(file, delimiter="\t"))


@cache
def data(name):
    """The columns of a data set: name -> list of texts."""
    rows = _rows(HERE / "data" / f"{name}.tsv")
    return {key: [row[key] for row in rows] for key in rows[0]}


def numbers(name, key):
    """A column of a data set; NaN of an empty cell."""
    return np.array([float(one) if one else np.nan for one in data(name)[key]])


def texts(name, key):
    return np.array(data(name)[key])


@cache
def reference(case):
    """What R says of a case: quantity -> value."""
    rows = _rows(HERE / "reference.tsv")
    found = {row["quantity"]: float(row["value"]) for row in rows if row["case"] == case}
    assert found, case
    return found


def terms(case, kind):
    """The numbers of one kind, such as "value", in the order of the terms."""
    found = reference(case).items()
    return np.array([value for name, value in found if name.split(" ", 1)[0] == kind])
