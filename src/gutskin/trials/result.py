"""What a trial leaves behind as files: the summary, patients as a table, courses as a grid.

`write_results` puts a whole folder in place at once. Whoever interrupts it keeps the old result.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.errors import InputError, Problem
from gutskin.trials.chunks import under
from gutskin.trials.failures import Failure
from gutskin.trials.store import FAILED, OTHER_STANCE, PATIENTS, put, write_failures
from gutskin.trials.summary import to_json

if TYPE_CHECKING:
    import xarray as xr


RESULT_FILES = ("result.json", PATIENTS, OTHER_STANCE, "trajectories.nc", "report.html")
OLDER = ("patients.parquet",)  # what an earlier version left may be replaced too
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


def check_out_dir(out_dir: Path) -> None:
    """Refuse a folder that cannot be written or holds anything but an earlier result.

    Raises
    ------
    InputError
        naming what stands in the way
    """
    if out_dir.exists() and not out_dir.is_dir():
        raise InputError(Problem("this is a file, not a folder.", out_dir, None, "Name another."))
    strange = [] if not out_dir.exists() else sorted(p.name for p in out_dir.iterdir())
    strange = [name for name in strange if name not in (*RESULT_FILES, *OLDER, FAILED)]
    if strange:
        what = f"the folder holds other files ({', '.join(strange[:3])})."
        raise InputError(Problem(what, out_dir, None, "Name a new folder; it would be replaced."))
    above = next(one for one in out_dir.absolute().parents if one.exists())
    if not above.is_dir() or not os.access(above, os.W_OK | os.X_OK):
        raise InputError(Problem("nothing can be written there.", out_dir, None, "Name another."))


def write_results(
    out_dir: Path,
    summary: Mapping[str, Any],
    shown: xr.Dataset,
    files: Sequence[Path],
    failures: Sequence[Failure] = (),
    write_report: Callable[[Path], None] | None = None,
    other_files: Sequence[Path] = (),
) -> None:
    """Write result.json, patients, trajectories.nc and the report, all or nothing.

    Parameters
    ----------
    out_dir : replaced as a whole, at the very end
    summary : from `summarise`
    shown : what the courses are drawn from
    files : parquet files with every patient; they become the folder `patients`
    failures : patients who were left out; they become the folder `failed`, if there are any
    write_report : called with the path of report.html
    other_files : as `files`, under the other stance, if that was run
    """

    def write(folder: Path) -> None:
        (folder / "result.json").write_text(to_json(summary) + "\n", encoding="utf-8")
        put(files, folder / PATIENTS)
        if other_files:
            put(other_files, folder / OTHER_STANCE)
        if failures:
            write_failures(folder / FAILED, failures)
        trajectories(shown, files).to_netcdf(folder / "trajectories.nc", engine="h5netcdf")
        if write_report is not None:
            write_report(folder / "report.html")

    check_out_dir(out_dir)
    replace_folder(out_dir, write)


def replace_folder(out_dir: Path, write: Callable[[Path], None]) -> None:
    """Let `write` fill a new folder, then put it in the place of the old one.

    Interrupted at any moment, the old folder is whole: in its place, or, if the program was killed
    between two renames, beside it until the next call puts it back.
    """
    out_dir = out_dir.absolute()
    new = out_dir.with_name(f".{out_dir.name}.new-{os.getpid()}")
    old = out_dir.with_name(f".{out_dir.name}.old")
    out_dir.parent.mkdir(parents=True, exist_ok=True)
    if old.exists():
        if out_dir.exists():
            shutil.rmtree(old)
        else:
            old.rename(out_dir)
    new.mkdir()
    try:
        write(new)
        if out_dir.exists():
            out_dir.rename(old)
        new.rename(out_dir)
    except BaseException:
        if old.exists() and not out_dir.exists():
            old.rename(out_dir)
        shutil.rmtree(new, ignore_errors=True)
        raise
    shutil.rmtree(old, ignore_errors=True)
