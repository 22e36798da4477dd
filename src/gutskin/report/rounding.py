"""How many decimals a number and what stands beside it share: one rule, of sentences and tables.

A number is told as far as it is known: its Monte-Carlo error just shows in the last digit. A mean,
its error and its interval have the same decimals, and so has a whole column. Where there is no such
error the narrowest interval decides, else nothing but the size. A number whose error is smaller
than its column shows has the decimals of that error (`words.with_error`).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Any

from gutskin.report.points import told_mean

MOST = 6  # decimals
ROUNDING = 1e-8  # what is below this no decimal shows: the error of adding floats, of a solver
FIGURES = 3  # of a column of which nothing but sizes is known
ERRORS = 4  # standard errors that a 95% interval is wide
OF_RATIO = 4  # decimals of a ratio at most, to tell its ends apart: a hundredth of a percent
SEEN = 30  # of a spread between patients, of a last digit: what part of it still says something
WIDE = 20  # of an interval in points: from here on no decimal says anything


def decimals(
    values: Iterable[float | None],
    errors: Iterable[float | None] = (),
    intervals: Iterable[tuple[float | None, float | None]] = (),
) -> int:
    """Decimals for all numbers of a column.

    Parameters
    ----------
    values : of the column; what is None or not finite is left out
    errors : Monte-Carlo errors; the smallest just shows in the last digit
    intervals : of 95%; of the narrowest one standard error keeps one figure

    Examples
    --------
    >>> decimals([-13.02, 0.3], errors=[0.04, 1.2]), decimals([1.98], errors=[0.06])
    (2, 1)
    >>> decimals([2.5], errors=[0.5]), decimals([2.5], errors=[0.51])  # half of 1 rounds to 0
    (1, 0)
    >>> decimals([4, 9], intervals=[(2, 31), (3, 15)])
    0
    >>> decimals([21.2, 9.97]), decimals([0.0432, 0.01]), decimals([1234.0]), decimals([])
    (1, 4, 0, 0)
    """
    known = [one for one in errors if one is not None and ROUNDING <= one < math.inf]
    widths = [
        (high - low) / ERRORS
        for low, high in intervals
        if low is not None and high is not None and ROUNDING <= high - low < math.inf
    ]
    sizes = [abs(one) for one in values if one is not None and ROUNDING <= abs(one) < math.inf]
    if known or widths:
        return _until_seen(min(known)) if known else _first_figure(min(widths))
    return _first_figure(max(sizes), FIGURES) if sizes else 0


def _until_seen(error: float) -> int:
    """The fewest decimals with which an error is not told as none."""
    return next((n for n in range(MOST) if float(f"{error:.{n}f}") > 0), MOST)


def _first_figure(size: float, figures: int = 1) -> int:
    """Decimals that show so many figures of a size, after it is rounded to them."""
    shown = float(f"{size:.{figures - 1}e}")
    return min(max(0, figures - 1 - math.floor(math.log10(shown))), MOST)


def of_ratio(mean: float, low: float, high: float | None = None) -> int:
    """Decimals of a ratio and its interval: two figures of the mean, and no end told as nothing.

    Both ends and what lies between them are told apart: a standard error keeps one figure.

    Examples
    --------
    >>> of_ratio(0.7, 0.22), of_ratio(3.67, 0.8), of_ratio(0.996, 0.7), of_ratio(12.0, 3.0)
    (2, 1, 1, 0)
    >>> of_ratio(1.2, 0.04), of_ratio(1.2, 1e-9), of_ratio(0.0, 0.0)  # the last two are nothing
    (2, 3, 2)
    >>> of_ratio(0.993, 0.990, 0.996), of_ratio(0.7, 0.22, 3.66)
    (3, 2)
    """
    seen = _first_figure(mean, FIGURES - 1) if mean > 0 else FIGURES - 1
    of_end = min(_first_figure(low), FIGURES) if low > 0 else 0
    apart = 0
    if high is not None and ROUNDING <= high - low < math.inf:
        apart = min(_first_figure((high - low) / ERRORS), OF_RATIO)
    return max(seen, of_end, apart)


def of_ratios(numbers: Iterable[Mapping[str, Any]]) -> int:
    """Decimals of ratios that stand together, with their errors and intervals.

    Without an interval two Monte-Carlo errors either way are its ends.

    Parameters
    ----------
    numbers : each with `mean`, `ci95_low`, `ci95_high`, `monte_carlo_error`

    Examples
    --------
    >>> of_ratios([{"mean": 0.99, "ci95_low": None, "monte_carlo_error": 0.0012}])
    3
    """
    return max((_of_one_ratio(one) for one in numbers if one["mean"] is not None), default=0)


def _of_one_ratio(one: Mapping[str, Any]) -> int:
    mean, low, high = one["mean"], one.get("ci95_low"), one.get("ci95_high")
    if low is None or high is None:
        around = 2.0 * (one.get("monte_carlo_error") or 0.0)
        return max(of_ratio(mean, mean), of_ratio(mean, mean - around, mean + around))
    return of_ratio(mean, low, high)


def of_points(low: float, high: float) -> int:
    """Decimals of a score that is foretold, and of its interval: one where that is 2 to 20 wide.

    Examples
    --------
    >>> of_points(-15, 8), of_points(-9.3, 2), of_points(-0.4, 0.3)
    (0, 1, 2)
    """
    width = high - low
    return min(max(0, math.ceil(math.log10(WIDE / width))), MOST) if width > ROUNDING else 1


def of_estimates(numbers: Iterable[Mapping[str, Any]]) -> int:
    """Decimals of means that stand together, with their errors and intervals.

    Parameters
    ----------
    numbers : each with `mean` and, as far as they are known, `monte_carlo_error`, `ci95_low`,
        `ci95_high`
    """
    every = list(numbers)
    return decimals(
        [one["mean"] for one in every],
        [one.get("monte_carlo_error") for one in every],
        [(one.get("ci95_low"), one.get("ci95_high")) for one in every],
    )


def of_endpoint(one: Mapping[str, Any], arms: Iterable[str]) -> int:
    """Decimals of everything that is told of an endpoint: its unit is that of no other.

    A true effect next to nothing has a tiny error; what is less than a thirtieth of the spread
    between patients does not make a column longer.

    Parameters
    ----------
    one : the endpoint in a summary
    arms : names of all arms
    """
    trials, true = (
        [*one["differences"].values()],
        [each["true_effect"] for each in one["differences"].values()],
    )
    mean = told_mean(one["unit"])
    errors = [one[arm]["monte_carlo_error"][mean] for arm in arms]
    means = [one[arm][mean] for arm in arms]
    recorded, whole = (
        decimals(
            [*means, *(each["mean"] for each in compared)],
            [*errors, *(each["monte_carlo_error"] for each in compared)],
            [(each["ci95_low"], each["ci95_high"]) for each in compared],
        )
        for compared in (trials, [*trials, *true])
    )
    spread = max((one[arm].get("change_sd") or 0.0 for arm in arms), default=0.0)
    return max(recorded, min(whole, _first_figure(spread / SEEN))) if spread > 0 else whole


def of_shares(endpoints: Iterable[Mapping[str, Any]]) -> int:
    """Decimals of the percentages in which trials are significant, for and against."""
    errors = [
        100 * difference[f"share_p_below_0_05_{way}_monte_carlo_error"]
        for one in endpoints
        for difference in one["differences"].values()
        if difference["tested"]
        for way in ("for", "against")
    ]
    return decimals((), errors)


def rounded(value: float, digits: int) -> str:
    """A number with so many decimals; nothing is told as less than nothing.

    >>> rounded(-0.04, 1), rounded(-3.26, 1), rounded(float("nan"), 1)
    ('0.0', '−3.3', 'not known')
    """
    if not math.isfinite(value):
        return "not known"
    text = f"{value:.{digits}f}"
    return (text[1:] if float(text) == 0 and text.startswith("-") else text).replace("-", "−")


def share(value: float, digits: int) -> str:
    """A share as a percentage with so many decimals; what is neither none nor all stays so.

    >>> share(0.126, 0), share(0.0004, 1), share(0.0, 1), share(0.9996, 0)
    ('13%', 'under 0.1%', '0.0%', 'over 99%')
    """
    text = rounded(100 * value, digits)
    step = 10.0**-digits
    if value > 0 and float(text) == 0:
        return f"under {step:.{digits}f}%"
    if value < 1 and float(text.replace("−", "-")) == 100:
        return f"over {100 - step:.{digits}f}%"
    return f"{text}%"
