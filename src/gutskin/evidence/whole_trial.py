"""Statements about a trial: what its replicates would report, and the effect behind them."""

from __future__ import annotations

from threading import Lock

from gutskin.evidence.experiments import Experiment
from gutskin.evidence.running import Setting
from gutskin.evidence.verdicts import Finding, judged, judged_share
from gutskin.population.populations import load_populations
from gutskin.toml_file import Known
from gutskin.trials.analysis import Analysis, analyse
from gutskin.trials.conduct import conduct
from gutskin.trials.design import load_trial

_done: dict[tuple[str, int, str, int, str], Analysis] = {}
_one_at_a_time = Lock()


def trial_findings(one: Experiment, setting: Setting) -> list[Finding]:
    """Judge the checks of a trial; statements about the same trial share its courses."""
    assert one.trial is not None
    endpoints = _analysis(one.trial, one.replicates, setting).endpoints
    found = []
    for check in one.trial_checks:
        first = next(iter(endpoints[check.endpoint].comparisons.values()))
        if check.statistic == "significant_for":
            found.append(judged_share(check, first.significant & first.better))
        else:
            found.append(judged(check, getattr(first, check.statistic)))
    return found


def _analysis(trial: str, replicates: int, setting: Setting) -> Analysis:
    model = setting.model
    key = (trial, replicates, setting.stance, setting.seed, model.content_hash)
    with _one_at_a_time:
        if key not in _done:
            known = Known(
                populations=tuple(load_populations()),
                strains={name: row.text("strain") for name, row in model.tables.strains.items()},
                endpoints=tuple(model.tables.endpoints),
            )
            design = load_trial(trial, known)
            data = conduct(design, model, replicates, setting.seed, setting.stance)
            _done[key] = analyse(data, design)
        return _done[key]
