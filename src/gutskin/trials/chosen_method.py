"""By which method an endpoint of a trial is analysed, and after which rule for missing values."""

from __future__ import annotations

from gutskin.trials.methods import FITS, OF_WHO_IS_MISSING, RESPONDED, RULES, Method, Missing
from gutskin.trials.parts import Analysis


def method_of(analysis: Analysis, name: str, scale: str) -> Method:
    """By which method an endpoint is analysed: its own, the file's if it fits, else ANCOVA."""
    own = analysis.methods.get(name)
    if own is not None:
        return own
    return analysis.method if scale in FITS[analysis.method] else "ancova"


def missing_of(analysis: Analysis, method: Method, scale: str) -> Missing:
    """What stands for missing values: the file's rule where it fits, else nothing.

    In a trial's own record who does not come has failed to respond, so that nothing is missing.
    """
    if scale in RESPONDED and analysis.missing in OF_WHO_IS_MISSING:
        return "as observed"
    return rule_of(analysis, method, scale)


def rule_of(analysis: Analysis, method: Method, scale: str) -> Missing:
    """The same of a record in which nothing is written down of who does not come."""
    methods, scales = RULES[analysis.missing]
    return analysis.missing if method in methods and scale in scales else "as observed"
