"""Statements about a trial: what its replicates would report, and the effect behind them."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from gutskin.evidence.experiment_parts import Experiment
from gutskin.evidence.running import Setting
from gutskin.evidence.verdicts import Finding, judged, judged_share
from gutskin.trials.analysis import Analysis
from gutskin.trials.design import load_trial
from gutskin.trials.run import run_trial

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.evidence.experiment_parts import TrialCheck

THREE_QUARTERS = 75.0  # per cent
_done: dict[tuple[str, int, str, int, str], tuple[Analysis, xr.Dataset]] = {}
_one_at_a_time = Lock()


def trial_findings(one: Experiment, setting: Setting) -> list[Finding]:
    """Judge the checks of a trial; statements about the same trial share its courses."""
    assert one.trial is not None
    analysis, data = _conducted(one.trial, one.replicates, setting)
    found = []
    for check in one.trial_checks:
        if check.arm is not None:
            values = _of_one_arm(check, data, check.arm)
            if check.less is not None:
                values = values - _of_one_arm(check, data, check.less)
            found.append(judged(check, values))
            continue
        first = next(iter(analysis.endpoints[check.endpoint].comparisons.values()))
        if check.statistic == "significant_for":
            found.append(judged_share(check, (first.significant & first.better)[first.tested]))
        else:
            found.append(judged(check, getattr(first, check.statistic)))
    return found


def _of_one_arm(check: TrialCheck, data: xr.Dataset, arm: str) -> np.ndarray:
    """What one arm shows, as measured [replicate]."""
    measured = data["measured"].sel(endpoint=check.endpoint, arm=arm)
    entry = measured.isel(visit=0).to_numpy()
    if check.statistic == "baseline":
        return np.nanmean(entry, axis=1)
    if check.statistic == "mean":
        whole = 100.0 if str(measured["unit"].item()) == "1" else 1.0
        return whole * np.nanmean(measured.sel(visit=check.week).to_numpy(), axis=1)
    change = 100.0 * (measured.sel(visit=check.week).to_numpy() / entry - 1.0)
    if check.statistic == "percent_change":
        return np.nanmean(change, axis=1)
    seen = np.isfinite(change)
    return 100.0 * (seen & (change <= -THREE_QUARTERS)).sum(axis=1) / seen.sum(axis=1)


def _conducted(name: str, replicates: int, setting: Setting) -> tuple[Analysis, xr.Dataset]:
    """A trial's analysis and its patients; computed once."""
    model = setting.model
    key = (name, replicates, setting.stance, setting.seed, model.content_hash)
    with _one_at_a_time:
        if key not in _done:
            design = load_trial(name, model.biology)
            trial = run_trial(
                design, model, replicates, setting.seed, setting.stance, keep_patients=True
            )
            _done[key] = trial.analysis, trial.data
        return _done[key]
