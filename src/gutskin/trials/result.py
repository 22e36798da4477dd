"""What a trial leaves behind as files: the summary, patients as a table, courses as a grid.

`write_results` puts a whole folder in place at once (see `result_folder`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.atomic_write import write_file
from gutskin.trials.chunks import under
from gutskin.trials.failures import Failure
from gutskin.trials.manifest import RECORD, Manifest
from gutskin.trials.result_folder import COURSES, REPORT, SUMMARY, ResultFolder
from gutskin.trials.store import FAILED, OTHER_STANCE, PATIENTS, put, write_failures
from gutskin.trials.summary import to_json

if TYPE_CHECKING:
    import xarray as xr


QUANTILES = (0.025, 0.25, 0.5, 0.75, 0.975)
SINGLE_COURSES = 6


def trajectories(shown: xr.Dataset, files: Sequence[Path]) -> xr.Dataset:
    """Mean and quantiles over all replicates and patients by visit, and a few single courses.

    `measured_*` is by the arm the patient was in; `latent_*` by what all patients were `given`.
    Whatever the dataset holds by day is passed on as it is.

    Parameters
    ----------
    shown : the first replicate, or all of them, and what is known by day
    files : every patient; read one endpoint and one visit at a time
    """
    import xarray as xr

    found: dict[str, Any] = _spread(shown, files)
    for name in ("measured", "latent"):
        few = {"replicate": 0, "patient": slice(SINGLE_COURSES)}
        single = shown[name].isel(few, drop=True, missing_dims="ignore")
        found[f"{name}_single"] = single
    daily = [name for name in shown.data_vars if "day" in shown[name].dims]
    found |= {str(name): shown[name] for name in daily}
    courses = xr.Dataset(found, attrs=shown.attrs)
    courses["visit"].attrs["units"] = "week"
    flags = [name for name in courses.coords if courses[name].dtype == bool]
    return courses.assign_coords({name: courses[name].astype(np.int8) for name in flags})


def _as_netcdf(courses: xr.Dataset) -> bytes:
    """The bytes of a file; in memory, since what HDF5 makes of a full disk is no message.

    `to_netcdf` writes the same and asks Dask first who computes, whose import takes a second.
    """
    from xarray.backends import H5NetCDFStore

    file = BytesIO()
    store = H5NetCDFStore.open(file, mode="w", format="NETCDF4", lock=False)
    courses.dump_to_store(store)
    store.close()
    return file.getvalue()


def _spread(shown: xr.Dataset, files: Sequence[Path]) -> dict[str, xr.DataArray]:
    """Means and quantiles over all patients."""
    import pyarrow.dataset as ds
    import xarray as xr

    patients = ds.dataset([str(path) for path in files], format="parquet")
    names, arms = ([str(one) for one in shown[dim].values] for dim in ("endpoint", "arm"))
    weeks = shown["visit"].values.astype(float)
    shape = (1 + len(QUANTILES), len(names), len(arms), len(weeks))
    recorded, true = np.full(shape, np.nan), np.full(shape, np.nan)
    for (e, name), (v, week) in product(enumerate(names), enumerate(weeks)):
        columns = [name, *(under(name, arm) for arm in arms)]
        table = patients.to_table(["arm", *columns], filter=ds.field("visit_week") == week)
        arm_of: Any = table["arm"].unify_dictionaries().combine_chunks()
        codes, known = arm_of.indices.to_numpy(), arm_of.dictionary.to_pylist()
        for a, arm in enumerate(arms):
            recorded[:, e, a, v] = _about(table[name].to_numpy()[codes == known.index(arm)])
            true[:, e, a, v] = _about(table[under(name, arm)].to_numpy())
    found = {}
    for kind, values, dim in (("measured", recorded, "arm"), ("latent", true, "given")):
        dims = ("endpoint", dim, "visit")
        coords: dict[str, Any] = {one: shown[one] for one in dims}
        found[f"{kind}_mean"] = xr.DataArray(values[0], coords, dims)
        coords["quantile"] = ("quantile", list(QUANTILES))
        found[f"{kind}_quantile"] = xr.DataArray(values[1:], coords, ("quantile", *dims))
    return found


def _about(values: np.ndarray) -> np.ndarray:
    """Mean and quantiles of what is a number."""
    seen = values[np.isfinite(values)]
    if not seen.size:
        return np.full(1 + len(QUANTILES), np.nan)
    return np.array([seen.mean(), *np.quantile(seen, QUANTILES)])


def write_results(
    out: ResultFolder,
    summary: Mapping[str, Any],
    shown: xr.Dataset,
    files: Sequence[Path],
    failures: Sequence[Failure] = (),
    write_report: Callable[[Path], None] | None = None,
    other_files: Sequence[Path] = (),
) -> None:
    """Write summary, record of the run, patients, trajectories and the report, all or nothing.

    Parameters
    ----------
    out : replaced as a whole, at the very end
    summary : from `summarise`
    shown : what the courses are drawn from
    files : the chunks' files with every patient; they become the folder `patients.parquet`
    failures : patients who were left out; they become the folder `failed`, if there are any
    write_report : called with the path of report.html
    other_files : as `files`, under the other stance, if that was run

    Raises
    ------
    CannotWrite
        If the disk is full or the place closed; an earlier result stays as it is.
    Damaged
        If a file of a chunk is no longer what was written.
    """

    def write(folder: Path) -> None:
        write_file(folder / SUMMARY, to_json(summary) + "\n")
        patients = put(files, folder / PATIENTS)
        if other_files:
            put(other_files, folder / OTHER_STANCE)
        if failures:
            write_failures(folder / FAILED, failures)
        write_file(folder / COURSES, _as_netcdf(trajectories(shown, patients)))
        if write_report is not None:
            write_report(folder / REPORT)
        manifest = Manifest.of(folder, out.record, out.command)
        write_file(folder / RECORD, manifest.to_json())

    out.replace(write)
