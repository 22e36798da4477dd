"""What is wrong with the estimates of strain_trials.tsv, which move what is believed of strains."""

from __future__ import annotations

import math
from collections.abc import Iterator

from gutskin.errors import InputError, Problem
from gutskin.model.biology import Biology
from gutskin.model.domains import limits
from gutskin.model.rows import Row

TABLE = "strain_trials.tsv"
RATIOS = ("eczema",)  # endpoints whose numbers are logarithms of risk ratios


def strain_trial_problems(biology: Biology) -> Iterator[Problem]:
    """Estimates and standard errors that no trial has, each with its line.

    An error of nothing, below nothing or of no number would make a trial count for everything, or
    the posterior no number.

    Examples
    --------
    >>> from gutskin.model.biology import shipped_biology
    >>> list(strain_trial_problems(shipped_biology()))
    []
    """
    for row in biology.table(TABLE).values() if biology.texts(TABLE) else ():
        yield from _problems(row)


def _problems(row: Row) -> Iterator[Problem]:
    ratio = row.text("endpoint") in RATIOS
    told = "the logarithm of a risk ratio" if ratio else "a difference in points"
    errors = limits()["strain_trial_log_se" if ratio else "strain_trial_se"]
    numbers: dict[str, float] = {}
    for column in ("estimate", "se", "low", "high"):
        if column in ("low", "high") and not row.text(column):
            continue
        try:
            numbers[column] = row.number(column)
        except InputError as error:
            yield from error.problems
            continue
        if not math.isfinite(numbers[column]):
            what = f"{row.id}: {column} is {row.text(column)}."
            yield Problem(what, row.file, row.line, "Write a finite number.")
            del numbers[column]
    se = numbers.get("se")
    if se is not None and se not in errors:
        what = f"{row.id}: se is {row.text('se')}; the standard error of {told} lies in "
        what += f"{errors.low:g} to {errors.high:g}."
        yield Problem(what, row.file, row.line, f"Write the standard error of {told}.")
    low, high = numbers.get("low"), numbers.get("high")
    if low is not None and high is not None and "estimate" in numbers:
        if low < numbers["estimate"] < high:
            return
        what = f"{row.id}: the estimate {row.text('estimate')} does not lie in its interval, "
        what += f"{row.text('low')} to {row.text('high')}."
        yield Problem(what, row.file, row.line, "Copy the three numbers again.")
