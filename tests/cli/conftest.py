"""A stand-in for the simulation of trials."""

import sys
import types

import pytest
from synthetic import in_a_file, synthetic

from gutskin import trial_files, trial_run
from gutskin.trials import strain_sources
from gutskin.trials.analysis import analyse
from gutskin.trials.chunks import chunks_of
from gutskin.trials.run import Trial


@pytest.fixture
def engine(monkeypatch):
    """A stand-in for the simulation, so that only the command line is tested."""
    calls = []

    def run_trial(
        design, model, replicates, seed, stance, *, store, keep_patients, explained, compute,
        processes, progress, tell,
    ):  # fmt: skip
        calls.append((replicates, seed, stance))
        for done in range(1, replicates + 1):
            progress(done, replicates)
        data = synthetic(design, replicates, seed, stance)
        content = design, model.content_hash, stance, seed, replicates
        name = chunks_of(*content, explained=explained)[0].name
        files = () if store is None else (in_a_file(data, design, store.folder, name),)
        return Trial(data, analyse(data, design), files, (), design, ())

    module = types.ModuleType("gutskin.trials.run")
    module.run_trial = run_trial
    monkeypatch.setitem(sys.modules, "gutskin.trials.run", module)
    monkeypatch.setattr(
        trial_run,
        "load_model",
        lambda biology: types.SimpleNamespace(content_hash=biology.content_hash, biology=biology),
    )
    monkeypatch.setattr(strain_sources, "strain_sources", lambda design, model: [])
    monkeypatch.setattr(trial_files, "axis_of", lambda design, model, stance, tell: None)
    monkeypatch.setattr(trial_files, "product_of", lambda design, model, stance, tell: None)
    return calls
