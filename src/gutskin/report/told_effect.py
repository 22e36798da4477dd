"""An effect as a reader is told it: a difference or, of what is tested on logarithms, a ratio.

A trial tests logarithms where the endpoint is flagged so, and their quantity is the ratio of
geometric means. A difference of means is another quantity, which the few highest values decide; a
reader who is told both takes them for the same. So everything that is told goes through here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gutskin.report import words
from gutskin.report.rounding import of_estimates, of_ratios
from gutskin.trials.methods import CHANGE, ESTIMATE

RATIO = "ratio of geometric means"
MISSING = {  # what a rule for missing values adds to that
    None: "",
    "as observed": ", and who is there need not fare as who is not",
    "completers": ", and who came to every visit need not fare as the others",
    "locf": ", and where a value is missing the one before it stands (locf)",
    "non-responder": ", and who is not there counts as a failure",
}
OF_ONE_ARM = (CHANGE, ESTIMATE)  # methods by which ratios of a single arm are told
TIMES = "× "
UNKNOWN: Mapping[str, Any] = dict.fromkeys(("mean", "ci95_low", "ci95_high", "monte_carlo_error"))


@dataclass(frozen=True)
class Told:
    """One estimate in the quantity that is told.

    Parameters
    ----------
    numbers : `mean`, `ci95_low`, `ci95_high`, `monte_carlo_error`; of a true effect `certainty` and
        the shares of worlds on either side too
    unit : of a difference; a ratio has none
    digits : decimals; as many as its own error deserves if None
    ratio : whether it is one of geometric means
    """

    numbers: Mapping[str, Any]
    unit: str
    digits: int | None
    ratio: bool

    @property
    def known(self) -> bool:
        """Whether there is a mean."""
        return self.numbers["mean"] is not None

    @property
    def none(self) -> float:
        """What stands for no effect."""
        return 1.0 if self.ratio else 0.0

    @property
    def lower(self) -> bool:
        """Whether the active arm is lower."""
        return bool(self.numbers["mean"] < self.none)

    @property
    def nothing(self) -> bool:
        """Whether what is told of it is no effect, rounded as it is told."""
        bare = words.centre(self.numbers, self.unit, self.digits)
        return bare == f"{self.none:.{self.digits or 0}f}" if self.ratio else not bare.strip("−0.")

    @property
    def beyond_chance(self) -> bool:
        """Whether it is further from no effect than two Monte-Carlo errors."""
        return abs(self.numbers["mean"] - self.none) > 2 * (
            self.numbers["monte_carlo_error"] or 0.0
        )

    @property
    def centre(self) -> str:
        """The mean with its Monte-Carlo error."""
        times = TIMES if self.ratio and self.known else ""
        return times + words.estimate(self.numbers, self.unit, self.digits)

    @property
    def named(self) -> str:
        """The same in a sentence that says what it is: without the sign of a ratio."""
        return self.centre.removeprefix(TIMES)

    @property
    def quantity(self) -> str:
        """What it is, in a sentence."""
        return RATIO if self.ratio else "difference"

    @property
    def ends(self) -> str:
        """The interval; nothing where there is none."""
        if self.numbers["ci95_low"] is None:
            return ""
        return words.span(self.numbers, self.unit, self.digits)

    @property
    def named_unit(self) -> str:
        """What stands behind a number in a sentence: nothing of a ratio."""
        return "" if self.ratio else words.units(self.unit)

    def with_interval(self, gap: str = " ", *, named: bool = False) -> str:
        """The mean with its error and, where it is known, its interval."""
        centre = self.named if named else self.centre
        return f"{centre}{gap}({self.ends})" if self.ends else centre


def on_logarithms(difference: Mapping[str, Any]) -> bool:
    """Whether an effect is told as a ratio: it is tested on logarithms and the true one is known.

    Parameters
    ----------
    difference : of a summary, with its true effect
    """
    found = difference["true_effect"].get("ratio")
    return found is not None and found["mean"] is not None


def told_effect(
    difference: Mapping[str, Any], unit: str, digits: int | None = None
) -> tuple[Told, Told]:
    """What trials report beside what is true, in the same quantity and with the same decimals.

    What a single arm has changed by is no comparison, and has the decimals of its own.

    Parameters
    ----------
    difference : of a summary, with its true effect
    unit : of the endpoint
    digits : decimals of a difference; each its own if None

    Examples
    --------
    >>> found = {"mean": 0.62, "ci95_low": 0.5, "ci95_high": 0.7, "monte_carlo_error": 0.01}
    >>> mine, true = told_effect({"ratio": found, "true_effect": {"ratio": found}}, "kU/L")
    >>> mine.with_interval(), true.lower
    ('× 0.62±0.01 (0.50 to 0.70)', True)
    """
    true = difference["true_effect"]
    if not on_logarithms(difference):
        return Told(difference, unit, digits, False), Told(true, unit, digits, False)
    both = difference.get("ratio") or UNKNOWN, {**true, **true["ratio"]}
    if difference.get("method") in OF_ONE_ARM:
        mine, its = (Told(one, "", of_ratios((one,)), True) for one in both)
        return mine, its
    return _ratios(*both)


def _ratios(reported: Mapping[str, Any], true: Mapping[str, Any]) -> tuple[Told, Told]:
    """Two ratios with the same decimals."""
    digits = of_ratios((reported, true))
    return Told(reported, "", digits, True), Told(true, "", digits, True)


def told_true(difference: Mapping[str, Any], unit: str) -> Told:
    """The true effect alone, as a sentence tells it: with the decimals that its own error asks for.

    Parameters
    ----------
    difference : of a summary, with its true effect
    """
    if on_logarithms(difference):
        return told_effect(difference, unit)[1]
    true = difference["true_effect"]
    digits = None if true["mean"] is None else of_estimates([true])
    return Told(true, unit, digits, False)


def looks_told(part: Mapping[str, Any], unit: str, digits: int | None = None) -> tuple[Told, Told]:
    """The same of a look before the end, whose means stand beside each other without intervals.

    Parameters
    ----------
    part : with `difference` and `true_effect`, and `ratio` and `true_ratio` on logarithms
    """
    names = ("ratio", "true_ratio") if "ratio" in part else ("difference", "true_effect")
    mine, true = (
        {**UNKNOWN, "mean": part[name], "monte_carlo_error": part[f"{name}_monte_carlo_error"]}
        for name in names
    )
    if "ratio" in part:
        return _ratios(mine, true)
    return told_effect({**mine, "true_effect": true}, unit, digits)


def direction(true: Told) -> str:
    """Where an effect goes, by the same rule as the headline."""
    if true.numbers["mean"] in (None, true.none):
        return "no change"
    side, other = ("lower", "higher") if true.lower else ("higher", "lower")
    return {
        "no effect": "no change",
        "certain": side,
        "probable": f"probably {side}",
        "open": f"{side} in the best estimate; no effect, or {other}, remains possible",
    }.get(true.numbers["certainty"], f"{side} in the best estimate of few repetitions")


def why_recorded(effect: Mapping[str, Any]) -> str:
    """Why it is not the true effect that stands elsewhere, where it is another number.

    A share that so few worlds cannot tell from all has no reason but them.
    """
    value, error = effect["recorded_share"], effect["recorded_share_monte_carlo_error"]
    if f"{100 * value:.0f}" == "100":
        return ""
    on_logs = " (on logarithms)" if effect["tested_on"] == "logarithm" else ""
    says = f"; it is {words.known(value, error)} of the true effect{on_logs}"
    if error is None or abs(value - 1) <= 2 * error:
        return f"{says}, which so few worlds do not tell from all of it"
    carried = ", and a wash-out leaves some of the first period in the second"
    return (
        f"{says}, since errors, expectation and the ends of the scale move what is written down"
        f"{MISSING[effect['missing']]}{carried if effect['carried_over'] else ''}"
    )
