"""Which methods a trial may be analysed by, and which endpoints each of them fits."""

from __future__ import annotations

from typing import Literal

Method = Literal[
    "ancova", "mmrm", "mann-whitney", "g-computation", "mantel-haenszel", "log-rank", "cox",
    "negative-binomial",
]  # fmt: skip
# Of a crossover, and three of a single arm; nobody chooses them.
WITHIN, CHANGE, CHANGED_SHARE, ESTIMATE = "within-patient", "before-after", "mcnemar", "estimate"
UsedMethod = Method | Literal["within-patient", "before-after", "mcnemar", "estimate"]
Missing = Literal[
    "as observed", "locf", "completers", "non-responder", "multiple imputation",
    "jump to reference", "copy increments",
]  # fmt: skip
Multiplicity = Literal["none", "holm", "fixed sequence"]
Boundary = Literal["obrien-fleming", "pocock", "spending obrien-fleming", "spending pocock"]

SCORES = frozenset({"linear", "log", "root", "grade"})  # scales of endpoints.tsv
COUNTS = frozenset({"count"})
SHARES = frozenset({"event", "ever", "fall", "below", "drop"})
RESPONDED = frozenset({"fall", "below", "drop"})  # of which who is not there has failed
WHOLE = COUNTS | SHARES | {"grade"}  # each patient has a whole number
FITS: dict[Method, frozenset[str]] = {
    "ancova": SCORES | SHARES | COUNTS,
    "mmrm": SCORES,
    "mann-whitney": SCORES | COUNTS,
    "g-computation": SHARES,
    "mantel-haenszel": SHARES,
    "log-rank": SHARES | COUNTS,
    "cox": SHARES | COUNTS,
    "negative-binomial": frozenset({"event"}) | COUNTS,
}
IMPUTED = ("multiple imputation", "jump to reference", "copy increments")
TIMED = ("log-rank", "cox")  # these compare times to an event
AT_LAST_VISIT = frozenset({"ancova", "mann-whitney", "g-computation", "mantel-haenszel"})
RULES: dict[Missing, tuple[frozenset[str], frozenset[str]]] = {  # methods, scales
    "as observed": (frozenset(FITS), SCORES | SHARES | COUNTS),
    "locf": (AT_LAST_VISIT, SCORES | SHARES | COUNTS),
    "completers": (AT_LAST_VISIT | {"mmrm", "negative-binomial"}, SCORES | SHARES | COUNTS),
    "non-responder": (AT_LAST_VISIT - {"mann-whitney"}, SHARES),
    **{rule: (frozenset({"ancova"}), SCORES) for rule in IMPUTED},
}
OF_WHO_IS_MISSING: tuple[Missing, ...] = ("locf", "completers")  # of a response nobody is missing
RATIOS: dict[str, str] = {
    "log-rank": "hazard_ratio",
    "cox": "hazard_ratio",
    "negative-binomial": "rate_ratio",
}

IN_WORDS: dict[str, str] = {
    "ancova": "analysis of covariance",
    "mmrm": "a mixed model of all visits (Kenward-Roger)",
    "mann-whitney": "the Mann-Whitney test of changes",
    "g-computation": "the risk difference (g-computation)",
    "mantel-haenszel": "Mantel and Haenszel's test",
    "log-rank": "the log-rank test",
    "cox": "Cox regression",
    "negative-binomial": "negative binomial regression",
    "before-after": "the paired t test of changes (a single arm)",
    "mcnemar": "McNemar's test (exact, mid-p) of who changed (a single arm)",
    "within-patient": "the t test within patients, given the period (crossover)",
}


def in_words(method: str, missing: str) -> str:
    """How an endpoint is analysed, after "by".

    >>> in_words("cox", "as observed"), in_words("ancova", "locf")
    ('Cox regression', 'analysis of covariance, missing: locf')
    """
    return IN_WORDS[method] + ("" if missing == "as observed" else f", missing: {missing}")


def simple_rule(missing: Missing) -> Missing:
    """The same rule where it is a simple one; nothing stands for what is missing where it imputes.

    >>> simple_rule("locf"), simple_rule("multiple imputation")
    ('locf', 'as observed')
    """
    return "as observed" if missing in IMPUTED else missing


def fitting(scale: str) -> tuple[Method, ...]:
    """The methods that fit endpoints of a scale."""
    return tuple(method for method, scales in FITS.items() if scale in scales)
