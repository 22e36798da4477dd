"""Statements about a trial: what its replicates would report, and the effect behind them."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from gutskin.engine import run_chunks
from gutskin.evidence.arm_statistics import Records, each_replicate, of_all
from gutskin.evidence.experiment_parts import Experiment
from gutskin.evidence.running import Setting
from gutskin.evidence.verdicts import Finding, judged, judged_share, judged_together
from gutskin.trials.analysis import Analysis
from gutskin.trials.conduct import WorkCounter, enrol, pieces
from gutskin.trials.design import load_trial
from gutskin.trials.failures import refuse
from gutskin.trials.follow import follow
from gutskin.trials.run import run_trial
from gutskin.trials.study import prepare

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.evidence.trial_check import TrialCheck

_done: dict[tuple[object, ...], tuple[Analysis | None, Records]] = {}
_one_at_a_time = Lock()


def trial_findings(one: Experiment, setting: Setting) -> list[Finding]:
    """Judge the checks of trials; statements about the same trial share its courses."""
    return [_found(one, check, setting) for check in one.trial_checks]


def _found(one: Experiment, check: TrialCheck, setting: Setting) -> Finding:
    name = one.trial_of(check)
    assert name is not None
    analysis, records = _conducted(name, one, setting)
    if check.arm is not None:
        if one.crossed or check.statistic == "spread":
            return judged_together(check, *of_all(check, records), len(records.groups()))
        return judged(check, each_replicate(check, records))
    assert analysis is not None
    first = next(iter(analysis.endpoints[check.endpoint].comparisons.values()))
    if check.statistic == "significant_for":
        return judged_share(check, (first.significant & first.better)[first.asked])
    return judged(check, getattr(first, check.statistic))


def _conducted(name: str, one: Experiment, setting: Setting) -> tuple[Analysis | None, Records]:
    """A trial's analysis and what it wrote down; computed once."""
    model = setting.model
    size = (one.replicates, one.crossed, one.one_body)
    key = (name, *size, setting.stance, setting.seed, model.content_hash)
    with _one_at_a_time:
        if key not in _done:
            _done[key] = (
                _crossed(name, one, setting) if one.crossed else _as_it_is(name, one, setting)
            )
        return _done[key]


def _as_it_is(name: str, one: Experiment, setting: Setting) -> tuple[Analysis, Records]:
    design = load_trial(name, setting.model.biology)
    trial = run_trial(
        design, setting.model, one.replicates, setting.seed, setting.stance,
        keep_patients=True,
    )  # fmt: skip
    return trial.analysis, records_of(trial.data)


def records_of(data: xr.Dataset) -> Records:
    """What a trial wrote down of each patient in the arm that he was assigned to."""
    measured = data["measured"].transpose("arm", "endpoint", "visit", "replicate", "patient")
    values = measured.to_numpy()
    replicates, patients = values.shape[-2:]
    return Records(
        tuple(str(arm) for arm in measured["arm"].values),
        tuple(str(name) for name in measured["endpoint"].values),
        tuple(str(unit) for unit in data["unit"].values),
        tuple(float(week) for week in measured["visit"].values),
        values.reshape(*values.shape[:3], replicates * patients),
        np.repeat(np.arange(replicates), patients),
    )


def _crossed(name: str, one: Experiment, setting: Setting) -> tuple[None, Records]:
    """A trial whose every patient is written down under every arm."""
    model = setting.model
    design = load_trial(name, model.biology)
    study = prepare(
        design, model, one.replicates, setting.seed, setting.stance, one_body=one.one_body
    )
    enrolled = enrol(study, one.replicates, WorkCounter(None, 1, len(design.arms)))
    followed = run_chunks(lambda some: follow(study, some, in_every_arm=True), pieces(enrolled))
    refuse([lost for some in followed for lost in some.failures], len(enrolled))
    written = [some.under_each for some in followed if some.under_each is not None]
    return None, Records(
        tuple(arm.name for arm in design.arms),
        tuple(end.name for end in study.endpoints),
        tuple(end.unit for end in study.endpoints),
        tuple(float(week) for week in design.visits.weeks),
        np.concatenate(written, axis=3),
        enrolled.keys[:, 0].astype(int),
    )
