"""By which method an endpoint of a trial is analysed, and after which rule for missing values."""

from __future__ import annotations

from gutskin.trials.methods import FITS, RULES, Method, Missing
from gutskin.trials.parts import Analysis


def method_of(analysis: Analysis, name: str, scale: str) -> Method:
    """By which method an endpoint is analysed: its own, the file's if it fits, else ANCOVA."""
    own = analysis.methods.get(name)
    if own is not None:
        return own
    return analysis.method if scale in FITS[analysis.method] else "ancova"


def missing_of(analysis: Analysis, method: Method, scale: str) -> Missing:
    """What stands for missing values: the file's rule where it fits, else nothing."""
    methods, scales = RULES[analysis.missing]
    return analysis.missing if method in methods and scale in scales else "as observed"
