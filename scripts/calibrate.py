"""Draw worlds that meet the targets, write them into the biology, and tell how well they do.

    .venv/bin/python scripts/calibrate.py                      all of it; stopped, it goes on
    .venv/bin/python scripts/calibrate.py --worlds 64 --try    few worlds, nothing is written

The targets stand in `biology/targets/`, the worlds go into `biology/posterior.tsv`, how much wider
intervals are outside the evidence into `biology/targets/outside.tsv`, which share of product trials
is printed into `biology/targets/printed.tsv`, what is missed and what is known into
docs/calibration.md. Finished batches lie in .cache/calibration.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from gutskin.atomic_write import write_file
from gutskin.calibration.calibrate import ENSEMBLE, calibrate
from gutskin.calibration.ensemble import ensemble_table
from gutskin.calibration.headline import headline_of
from gutskin.calibration.kinds import left_out_kinds, table_of
from gutskin.calibration.leave_out import left_out_sources
from gutskin.calibration.publication import printed_table
from gutskin.calibration.targets import problems_of_targets
from gutskin.calibration.workers import Workers, shipped_simulator
from gutskin.model.biology import ENSEMBLE as TABLE
from gutskin.model.biology import PRINTED, biology_folder, shipped_biology
from gutskin.model.check import check_model
from gutskin.model.model import Model
from gutskin.population.references import CLOSE_ENOUGH, compute_references
from gutskin.report.calibration import calibration_page
from gutskin.trials.design import load_trial
from gutskin.trials.outside import TABLE as OUTSIDE

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "calibration.md"
HEADLINE = "six-strain-children"  # the trial whose answer stands for all


def _refuse_stale_references(model: Model) -> None:
    """Leave before any work where references are not what the model comes to."""
    stale = [one.id for one in compute_references(model) if one.apart >= CLOSE_ENOUGH]
    if stale:
        sys.exit(
            f"References are of other numbers ({', '.join(stale)}). Write them first: "
            "gutskin model references --write."
        )


def _refuse_unsound_tables() -> None:
    """Leave before any work where a row says what it cannot mean: it would not be drawn.

    That the worlds which stand there are of other targets is why they are made anew.
    """
    found = [*check_model(), *problems_of_targets(shipped_biology())]
    problems = [one for one in found if one.file != biology_folder() / TABLE]
    if problems:
        sys.exit("\n".join(map(str, problems)))


def main() -> None:
    """Run the calibration and write what it finds."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--worlds", type=int, default=2816, help="of each wave")
    asked.add_argument("--waves", type=int, default=6, help="after the prior's, at most")
    asked.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--try", dest="only_try", action="store_true", help="write nothing")
    options = asked.parse_args()
    _refuse_unsound_tables()
    folder = ROOT / ".cache" / "calibration"
    simulator = shipped_simulator(folder, options.seed)
    _refuse_stale_references(simulator.model)
    workers = Workers(options.workers, folder, options.seed)
    found = calibrate(
        simulator, options.worlds, options.waves, options.seed, print, _progress, workers
    )
    left_out = left_out_sources(found, simulator, options.seed)
    axes = left_out_kinds(found, simulator, options.seed)
    headline = headline_of(
        load_trial(HEADLINE), simulator.model, options.seed, progress=_progress(HEADLINE)
    )
    page = calibration_page(found, simulator, left_out, axes, headline)
    if options.only_try:
        print(page)
        return
    points, sets = found.ensemble(ENSEMBLE, options.seed)
    how = "by weight of their runs" if found.is_corrected else "on the emulator, not corrected"
    provenance = (
        f"{ENSEMBLE} worlds {how}; {len(found.last)} of wave {len(found.runs)}, seed "
        f"{options.seed}, {len(simulator.targets)} targets, effective share {found.shares[-1]:.2f}"
    )
    text = ensemble_table(simulator.model, simulator.unknowns, points, sets, provenance)
    write_file(biology_folder() / TABLE, text)
    write_file(biology_folder() / OUTSIDE, table_of(axes))
    printed = printed_table(found.drawn.latents, found.correction.log_weights)
    write_file(biology_folder() / PRINTED, printed)
    write_file(PAGE, page)


def _progress(label: str) -> Callable[[int, int], None]:
    """Tells on the error stream how many worlds are done and how long the rest takes."""
    start = time.monotonic()

    def tell(done: int, total: int) -> None:
        left = (time.monotonic() - start) / done * (total - done)
        print(f"{label}: {done} of {total} worlds, {left:.0f} s left", file=sys.stderr, flush=True)

    return tell


if __name__ == "__main__":
    main()
