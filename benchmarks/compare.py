"""Speed and error of gutskin beside other simulators, on the same exported SBML, in one run.

    make bench
    .venv/bin/python benchmarks/compare.py [--quick] [--only gutskin ...] [--out out/benchmarks]

Every engine runs in a process of its own, one after the other, and a process that needs longer
than its limit is ended and said to have been. Times are the shortest of some runs: by the clock,
which wants an idle machine, and of the processor; with --busy only the latter are asked for.
Compilation and the loading of documents come apart. What is measured stands in `study.py`, how each
engine is driven in `engines.py` and the files that it names.

Prints the table; writes `benchmarks.json`, `benchmarks.svg` and `benchmarks.md` into the folder.
With --docs, the page docs/benchmarks.md and its figure are brought up to date with them; with
--report-only, nothing is measured and what lies in the folder is reported again.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor, TimeoutError
from dataclasses import asdict, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from multiprocessing import get_context
from pathlib import Path
from shutil import copy
from time import perf_counter
from typing import Any

from engines import run
from job import Job, Row
from report import bring_up_to_date, draw, summary, table
from study import SETTLED

from gutskin.errors import exit_on_input_error

PACKAGES = (
    "gutskin", "jax", "jaxlib", "numpy", "scipy",
    "libroadrunner", "copasi-basico", "python-copasi", "scikit-sundae", "diffrax",
)  # fmt: skip
DOSES, LIFE = "doses", "doses and daily life"
RTOLS = (1e-2, 3e-3, 1e-3, 7e-4, 5e-4, 1e-4, 1e-5)
NEAR = (1e-3, 7e-4, 5e-4)  # where our error meets that of libRoadRunner at 1e-4
PEER_RTOLS = (1e-3, 1e-4, 1e-6)
YEARS = 1095  # days


def jobs(folder: str) -> list[Job]:
    """Everything that is measured, in this order; libRoadRunner finds the truth for the others."""
    ours = Job("gutskin", folder, rtols=RTOLS, repeats=5)
    peer = Job("libRoadRunner", folder, rtols=PEER_RTOLS, workers=(1, 2), repeats=5)
    few = Job("COPASI", folder, rtols=PEER_RTOLS, computed=4, repeats=2)
    years = replace(ours, days=YEARS, patients=(256,), rtols=(5e-4, 3e-4, 2e-4), repeats=2)
    both = ("double", "single")
    return [
        Job("compilation", folder, precisions=both),
        Job("compilation", folder, precisions=both),
        Job("starts", folder),
        Job("right-hand side", folder),
        peer,
        ours,
        replace(ours, rtols=NEAR, workers=(2,)),
        replace(ours, rtols=(1e-2, *NEAR, 1e-4), precisions=("single",), workers=(1, 2)),
        replace(ours, rtols=(1e-3,), patients=(1, 100), precisions=both),
        replace(ours, rtols=(1e-3,), patients=(10_000,), workers=(1, 2)),
        replace(ours, rtols=(1e-3,), patients=(10_000,), workers=(2,), precisions=("single",)),
        few,
        replace(few, engine="CVODE"),
        replace(few, engine="SciPy LSODA"),
        replace(few, engine="SciPy BDF", computed=2, rtols=(1e-3, 1e-4), repeats=1),
        replace(few, engine="diffrax Tsit5", computed=64, rtols=(1e-3, 1e-4)),
        replace(few, engine="diffrax Kvaerno3", computed=2, rtols=(1e-3,), repeats=1),
        replace(peer, schedule=LIFE, rtols=(1e-4,)),
        replace(ours, schedule=LIFE, rtols=NEAR, workers=(1, 2), repeats=3),
        replace(peer, days=YEARS, rtols=(1e-4,), computed=4, repeats=3),
        replace(years, workers=(1, 2)),
    ]


def measured(job: Job, limit: float) -> list[Row]:
    """The rows of a job, from a process of its own; a row that says so where it failed."""
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    future = pool.submit(run, job)
    about = {"engine": job.engine, "schedule": job.schedule, "days": job.days,
             "computed": job.computed}  # fmt: skip
    try:
        return future.result(limit)
    except TimeoutError:
        for process in list(pool._processes.values()):
            process.terminate()
        return [about | {"failed": f"not finished after {limit:.0f} s"}]
    except Exception as error:
        return [about | {"failed": f"{type(error).__name__}: {error}"[:200]}]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def machine() -> dict[str, Any]:
    """Processor, cores, load and versions."""
    about = Path("/proc/cpuinfo")
    lines = about.read_text().splitlines() if about.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    found = {}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    from gutskin.engine.parallel import cores
    from gutskin.model.compiled import load_model

    model = load_model()
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": f"{names[0] if names else platform.processor()} ({platform.machine()})",
        "cores": cores(),
        "load_before": os.getloadavg()[0] if hasattr(os, "getloadavg") else None,
        "system": platform.system(),
        "python": platform.python_version(),
        "packages": found,
        "model": f"{model.version} ({model.content_hash})",
        "states": len(model.state_ids),
        "parameters": len(model.parameter_ids),
    }


def chosen(every: list[Job], only: list[str], quick: bool, busy: bool) -> list[Job]:
    """Those of the engines that are asked for, in a small version if that is.

    On a busy machine only what the time of the processor tells is measured.
    """
    needed = ("starts", "libRoadRunner")  # the children, and the truth
    every = [job for job in every if not only or job.engine in (*only, *needed)]
    if busy:
        every = [
            replace(job, workers=(1,), computed=4 if job.computed == 8 else job.computed)
            for job in every
            if job.days < YEARS and 1 in job.workers and max(job.patients) <= SETTLED
        ]
    if not quick:
        return every
    return [
        replace(job, patients=(min(max(job.patients), 128),), computed=min(job.computed, 2),
                rtols=job.rtols[:3], repeats=1)
        for job in every if job.days < YEARS
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, default=Path("out/benchmarks"))
    parser.add_argument("--only", nargs="*", default=[], help="names of engines")
    parser.add_argument("--quick", action="store_true", help="few patients, a minute or two")
    parser.add_argument("--busy", action="store_true", help="others use the machine: one core")
    parser.add_argument("--docs", action="store_true", help="bring the page up to date")
    parser.add_argument("--report-only", action="store_true", help="report again what was measured")
    parser.add_argument("--limit", type=float, default=300.0, help="seconds for one process")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if not options.report_only:
        measure(options)
    text = report(options.out)
    if options.docs:
        docs = Path(__file__).parents[1] / "docs"
        copy(options.out / "benchmarks.svg", docs / "images" / "benchmarks.svg")
        bring_up_to_date(docs / "benchmarks.md", text)
    print(text)


def measure(options: argparse.Namespace) -> None:
    """Run every job; what is known is written after each."""
    about = machine()
    rows: list[Row] = []
    began = perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["JAX_COMPILATION_CACHE_DIR"] = f"{folder}/compiled"
        os.environ["GUTSKIN_CACHE_DIR"] = f"{folder}/kernels"
        work = chosen(jobs(folder), options.only, options.quick, options.busy)
        for number, job in enumerate(work, start=1):
            found = measured(job, options.limit)
            said = next((row["failed"] for row in found if "failed" in row), "done")
            print(
                f"{number} of {len(work)}: {job.engine}, {job.schedule}, {job.days} days, "
                f"{perf_counter() - began:.0f} s: {said}", file=sys.stderr, flush=True,
            )  # fmt: skip
            rows += [{**row, "job": {k: v for k, v in asdict(job).items() if k != "folder"}}
                     for row in found]  # fmt: skip
            about["load_after"] = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
            result = {"machine": about, "rows": rows}
            (options.out / "benchmarks.json").write_text(json.dumps(result, indent=1) + "\n")


def report(out: Path) -> str:
    """What the measurements in a folder say, as text; the folder gets text and figure."""
    result = json.loads((out / "benchmarks.json").read_text())
    text = f"{summary(result)}\n{table(result)}"
    (out / "benchmarks.md").write_text(text)
    draw(result, out / "benchmarks.svg")
    return text


if __name__ == "__main__":
    with exit_on_input_error():
        main()
