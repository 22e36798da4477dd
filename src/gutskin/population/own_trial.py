"""A trial of an own strain: what it reports, its estimate and its error, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import ConfigDict, Field

from gutskin.model.biology import Biology
from gutskin.model.domains import limits
from gutskin.model.vocabulary import vocabulary
from gutskin.population.draw import WIDTH
from gutskin.toml_file import NotNegative, Part, Positive, known_name
from gutskin.toml_text import Found
from gutskin.user_text import Title


class OwnTrial(Part):
    """What a trial of a strain found: a `difference` in points (treatment), or a `risk_ratio`.

    Parameters
    ----------
    low, high, se : its 95% interval, or its standard error (of a ratio: of its logarithm)
    endpoint, weeks : of a difference: which score, after how long
    months, given_to : of a risk ratio: age at which eczema was counted (month), who took it
    cfu_per_day : dose of the whole product (CFU/d)
    population, age_years : who took part
    with_strains : the other strains of the product (`with`)
    """

    model_config = ConfigDict(validate_by_name=True, validate_by_alias=True)

    cfu_per_day: Positive
    population: Annotated[str, known_name("population")]
    difference: float | None = None
    risk_ratio: Positive | None = None
    low: float | None = None
    high: float | None = None
    se: Positive | None = None
    endpoint: Literal["scorad", "easi"] = "scorad"
    weeks: Positive | None = None
    months: Positive | None = None
    given_to: Literal["child", "mother", "both"] = "child"
    age_years: tuple[NotNegative, NotNegative] | None = None
    scorad: tuple[NotNegative, NotNegative] | None = None
    viable: bool = True
    with_strains: tuple[Annotated[str, known_name("strain")], ...] = Field((), alias="with")
    source: Title = ""


@dataclass(frozen=True)
class Estimate:
    """An estimate as the model takes it: points, or the logarithm of a risk ratio.

    Parameters
    ----------
    se : as reported, else from the width of the interval, as of a normal
    low, high : 95% interval as reported, if it is
    """

    value: float
    se: float
    low: float | None
    high: float | None


def estimate_of(one: OwnTrial) -> Estimate:
    """What a sound trial reports, on the scale on which the model reads it."""
    value, low, high = one.difference, one.low, one.high
    if value is None:
        assert one.risk_ratio is not None
        value = float(np.log(one.risk_ratio))
        low, high = (None if end is None else float(np.log(end)) for end in (low, high))
    if one.se is not None:
        return Estimate(value, one.se, low, high)
    assert low is not None
    assert high is not None
    return Estimate(value, (high - low) / WIDTH, low, high)


def is_lopsided(value: float, low: float, high: float) -> bool:
    """Whether an estimate lies too far from the middle of its interval, all on the model's scale.

    >>> is_lopsided(-4.0, -7.5, -0.5), is_lopsided(-7.0, -7.5, -0.5)
    (False, True)
    """
    off = abs(value - (low + high) / 2) / (high - low)
    return off not in limits()["strain_trial_off_middle"]


def estimate_problems(one: OwnTrial, biology: Biology) -> Iterator[Found]:
    """An estimate beyond the scale or its interval, without an error, or with an odd one."""
    treatment = one.difference is not None
    value = one.difference if treatment else one.risk_ratio
    assert value is not None
    name = "difference" if treatment else "risk_ratio"
    row = vocabulary(biology).tables.endpoints[one.endpoint]
    most = row.number("high")
    if treatment and abs(value) > most:
        what = f"`difference = {value:g}` is more than the scale of {row.text('label')}, {most:g}."
        yield ("difference",), what, "Write points, not percent."
    if not treatment and value not in (ratios := limits()["strain_risk_ratio"]):
        what = f"`risk_ratio = {value:g}`: it lies in {ratios}."
        yield ("risk_ratio",), what, "Write the risk on the product over the risk without it."
    interval = one.low is not None or one.high is not None
    if interval == (one.se is not None):
        what = f"`{name}` needs either its 95% interval or its standard error."
        yield (name,), what, "Write `low` and `high`, or `se`."
    elif interval and (one.low is None or one.high is None):
        yield (name,), "the interval has one end.", "Write both `low` and `high`."
    elif one.low is not None and one.high is not None and not one.low < value < one.high:
        what = f"`{name} = {value:g}` does not lie in its interval, {one.low:g} to {one.high:g}."
        yield (name,), what, "Copy the three numbers again."
    elif not treatment and one.low is not None and one.low <= 0:
        yield ("low",), f"`low = {one.low:g}`: a risk ratio is above 0.", "Copy it again."
    else:
        yield from _error_problems(one)


def _error_problems(one: OwnTrial) -> Iterator[Found]:
    """A standard error that no trial of people has, as it is written or as its interval has it."""
    treatment = one.difference is not None
    errors = limits()["strain_trial_se" if treatment else "strain_trial_log_se"]
    se = estimate_of(one).se
    if se in errors:
        return
    of = "a difference in points" if treatment else "the logarithm of a risk ratio"
    told = f"the standard error of {of} lies in {errors.low:g} to {errors.high:g}."
    if one.se is not None:
        fix = f"Write the standard error of {of}, or `low` and `high`."
        yield ("se",), f"`se = {se:g}`: {told}", fix
    else:
        what = (
            f"an interval of {one.low:g} to {one.high:g} has a standard error of {se:.3g}: {told}"
        )
        yield ("low",), what, "Copy the 95% interval again."
