"""What a number may be: the domain of every parameter, input and state.

`limits.tsv` says what a person can take or be; each row has its reason. Where it has no row, the
prior of a parameter says it: a share lies from 0 to 1, what is spread log-normally is not negative,
and nothing lies a thousand times beyond its 95% range.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache

from gutskin.model.biology import biology_folder
from gutskin.model.rows import Row, read_table


@dataclass(frozen=True)
class Domain:
    """A range to which both ends belong.

    >>> str(Domain(0, 1)), str(Domain(0, 100, "year")), 2 in Domain(0, 1)
    ('0 to 1', '0 to 100 year', False)
    """

    low: float
    high: float
    unit: str = "1"

    def __contains__(self, value: float) -> bool:
        return self.low <= value <= self.high

    def __str__(self) -> str:
        unit = "" if self.unit == "1" else f" {self.unit}"
        return f"{self.low:g} to {self.high:g}{unit}"


@cache
def limits() -> Mapping[str, Domain]:
    """The rows of `limits.tsv`.

    >>> limits()["age_years"].high
    100.0
    """
    rows = read_table(
        biology_folder() / "limits.tsv", ("id", "low", "high", "unit", "source", "reason")
    )
    return {
        key: Domain(row.number("low"), row.number("high"), row.text("unit"))
        for key, row in rows.items()
    }


def limit_of(name: str) -> Domain | None:
    """The row of `limits.tsv` for an id, if there is one; an id may end in `*` there.

    >>> str(limit_of("dose_strain_3"))
    '0 to 100000 GCFU/day'
    """
    table = limits()
    if name in table:
        return table[name]
    return next((table[one] for one in table if "*" in one and fnmatchcase(name, one)), None)


def daily_limit(name: str) -> Domain | None:
    """What a day's total of an input may be, where it can be taken faster for an hour.

    >>> str(daily_limit("dose_inulin"))
    '0 to 370.4 mmol'
    """
    return limits().get(f"{name}_a_day")


def habit_domain(row: Row) -> Domain:
    """What a parameter may be all day long."""
    found = daily_limit(row.id)
    return Domain(found.low, found.high, row.text("unit")) if found else parameter_domain(row)


def parameter_domain(row: Row) -> Domain:
    """What a parameter may be."""
    unit = row.text("unit")
    if (found := limit_of(row.id)) is not None:
        return Domain(found.low, found.high, unit)
    value, excess = row.number("value"), limits()["prior_excess"].high
    low, high = row.number("low", value), row.number("high", value)
    kind = row.text("distribution")
    if kind == "logit":
        return Domain(0.0, 1.0, unit)
    if kind == "lognormal":
        return Domain(0.0, high * excess, unit)
    if kind in ("normal", "uniform"):
        return Domain(low - excess * (high - low), high + excess * (high - low), unit)
    most = (abs(value) or 1.0) * limits()["fixed_excess"].high
    return Domain(0.0 if value >= 0 else -most, most, unit)


def is_signed(row: Row) -> bool:
    """Whether a state may lie below nothing, as species.tsv says."""
    return row.text("sign") == "+-"


def state_domain(row: Row) -> Domain:
    """What a state may be: an amount lies not below nothing, but for rounding."""
    typical, most = row.number("typical"), limits()["beyond_typical"].high
    below = most if is_signed(row) else limits()["below_nothing"].high
    return Domain(-below * typical, most * typical, row.text("unit"))


def pulse_domain(row: Row) -> Domain:
    """What may be added to a state at once: to an amount, nothing below 0."""
    found, whole = limit_of(row.id), state_domain(row)
    if found is not None:
        return Domain(found.low, found.high, row.text("unit"))
    return Domain(whole.low if is_signed(row) else 0.0, whole.high, row.text("unit"))
