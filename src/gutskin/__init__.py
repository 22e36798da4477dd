"""A runnable, evidence-linked model of the gut-skin axis, and in-silico trials on it.

>>> import gutskin
>>> design = gutskin.load_trial("six-strain-children")
>>> design.control.name
'placebo'

`gutskin.trial` is a trial that can be asked, `gutskin.run` simulates one, `gutskin.simulate` a
patient, `gutskin.meta` a literature; nothing heavy is imported before
one of these names is used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gutskin.api import meta, run, simulate, trial
    from gutskin.engine import SimulationFailed
    from gutskin.errors import InputError
    from gutskin.evidence.strain_card import StrainCard, load_strain
    from gutskin.model.compiled import load_model
    from gutskin.model.model import Model
    from gutskin.population.course import PatientCourse
    from gutskin.population.patient_file import load_patient
    from gutskin.population.patient_format import PatientFile
    from gutskin.trial_result import TrialResult
    from gutskin.trials.design import TrialDesign, load_trial
    from gutskin.virtual_trial import Answer, VirtualTrial

__version__ = "0.1.0"

__all__ = [
    "Answer",
    "InputError",
    "Model",
    "PatientCourse",
    "PatientFile",
    "SimulationFailed",
    "StrainCard",
    "TrialDesign",
    "TrialResult",
    "VirtualTrial",
    "__version__",
    "load_model",
    "load_patient",
    "load_strain",
    "load_trial",
    "meta",
    "run",
    "simulate",
    "trial",
]

_HOMES = {
    "Answer": "virtual_trial",
    "InputError": "errors",
    "Model": "model.model",
    "PatientCourse": "population.course",
    "PatientFile": "population.patient_format",
    "SimulationFailed": "engine",
    "StrainCard": "evidence.strain_card",
    "TrialDesign": "trials.design",
    "TrialResult": "trial_result",
    "VirtualTrial": "virtual_trial",
    "load_model": "model.compiled",
    "load_patient": "population.patient_file",
    "load_strain": "evidence.strain_card",
    "load_trial": "trials.design",
    "meta": "api",
    "run": "api",
    "simulate": "api",
    "trial": "api",
}


def __getattr__(name: str) -> Any:
    """A public name, imported when it is first used."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"gutskin.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
