"""What is wrong with the numbers that a file says a real trial reported."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from gutskin.errors import nearest, short
from gutskin.model.rows import Row
from gutskin.toml_file import Known, sound, sound_parts, table
from gutskin.toml_text import Found
from gutskin.trials.contradictions import contradictions
from gutskin.trials.design_parts import Crossover
from gutskin.trials.endpoints import COUNT, DROP, EVENT, EVER, FALL, GRADE, RESPONSES, grades_of
from gutskin.trials.parts import Visits, visits_told
from gutskin.trials.published_parts import (
    BETWEEN_ARMS,
    OF_AN_ARM,
    SPREADS,
    PublishedDifference,
    PublishedValue,
)

YES_OR_NO = (EVENT, EVER, *RESPONSES)  # scales of endpoints that a patient has or has not
WITH_EVENTS = (*YES_OR_NO, COUNT)  # of a count: who had one at least
OF_EVENTS = ("risk_ratio", "odds_ratio", "hazard_ratio")
PERCENT = 100.0
TURNED = 0.1  # share of a difference: so near to its opposite is its opposite, rounded or adjusted
LOST = -PERCENT  # percent: nothing is left
COUNTED_IN_LOGS = "_log10"  # in the quantity of an endpoint that is a logarithm
SINCE_THE_FIRST = ("change", "change_sd", "change_percent")  # of an arm, at a later visit


def published_problems(
    raw: Mapping[str, Any],
    arms: Sequence[Mapping[str, Any]],
    known: Known,
    endpoints: Mapping[str, Row],
) -> Iterator[Found]:
    """References, endpoints, arms and visits that nobody knows, and numbers that cannot be.

    Parameters
    ----------
    raw : the file
    endpoints : rows of endpoints.tsv
    """
    published = table(raw, "published")
    reference = published.get("reference")
    references = known.references
    if isinstance(reference, str) and reference and references and reference not in references:
        remedy = f"{short(nearest(reference, references))} Else write it in `source`."
        yield ("published", "reference"), f"there is no reference {reference!r}.", remedy
    for name in table(published, "directions"):
        if known.endpoints and name not in known.endpoints:
            place = ("published", "directions", name)
            why = known.refused.get(name.casefold())
            remedy = why or nearest(name, tuple(known.endpoints))
            yield place, f"there is no endpoint {name!r}.", remedy
    names = {str(one.get("name")): bool(one.get("control")) for one in arms}
    visits = visits_told(raw)
    measured = table(raw, "analysis").get("endpoints")
    for key, part in (("values", PublishedValue), ("differences", PublishedDifference)):
        for number, row in sound_parts(published.get(key), part).items():
            # a number of a wrong form is none that is missing; of a design in Python all keys stand
            written = {name for name, cell in published[key][number].items() if cell is not None}
            own = _value if key == "values" else _difference
            found = [*_names(row, key, names, visits, measured), *own(row, endpoints, written)]
            for place, what, remedy in found:
                yield ("published", key, number, *place), what, remedy
        yield from _told_twice(published.get(key), key, part)
    yield from _of_two_periods(raw, published)
    yield from _of_other_sign(raw, published, names)


def _of_two_periods(raw: Mapping[str, Any], published: Mapping[str, Any]) -> Iterator[Found]:
    """Differences between the sequences of a crossover after its first period, of both treatments.

    Parameters
    ----------
    raw, published : the file, and its table of that name
    """
    if not isinstance(raw.get("crossover"), dict):
        return
    whole = sound(Crossover, {"periods": table(raw, "crossover").get("periods")})
    if whole is None:
        return
    first = whole.periods[0][1]
    for number, row in sound_parts(published.get("differences"), PublishedDifference).items():
        if row.week is not None and row.week > 0 and row.week != first:
            what = f"at week {row.week:g} each sequence has had both treatments."
            fix = f"Take `week` out of a difference within patients; week {first:g} is that of the "
            yield ("published", "differences", number, "week"), what, f"{fix}first period alone."


def _of_other_sign(
    raw: Mapping[str, Any], published: Mapping[str, Any], arms: Mapping[str, bool]
) -> Iterator[Found]:
    """Differences that are the control's changes less the active arm's.

    Parameters
    ----------
    raw, published : the file, and its table of that name
    arms : name -> whether it is the control
    """
    visits, compared = visits_told(raw), table(raw, "analysis").get("week")
    changes = {
        (row.endpoint, row.arm, row.week): row.change
        for row in sound_parts(published.get("values"), PublishedValue).values()
    }
    control = next((name for name, is_control in arms.items() if is_control), "")
    active = next((name for name, is_control in arms.items() if not is_control), "")
    if visits is None or isinstance(raw.get("crossover"), dict):
        return
    usual = compared if isinstance(compared, int | float) else visits.weeks[-1]
    for number, row in sound_parts(published.get("differences"), PublishedDifference).items():
        week = usual if row.week is None else row.week
        pair = [changes.get((row.endpoint, arm, week)) for arm in (row.arm or active, control)]
        if row.difference is None or pair[0] is None or pair[1] is None:
            continue
        gap = pair[0] - pair[1]
        if row.difference * gap < 0 and abs(row.difference + gap) < TURNED * abs(gap):
            what = f"`difference = {row.difference:g}`, but its arm changed by {pair[0]:g} and the "
            what += f"control by {pair[1]:g}."
            fix = f"Write the arm's less the control's, {gap:.3g}."
            yield ("published", "differences", number, "difference"), what, fix


def _told_twice(
    rows: Any, key: str, part: type[PublishedValue] | type[PublishedDifference]
) -> Iterator[Found]:
    """Numbers of one thing, by one measure, of which an earlier row has another."""
    told: dict[tuple[Any, ...], Any] = {}
    of_what = ("endpoint", "arm", "week", "adjusted")
    for number, row in sound_parts(rows, part).items():
        thing = tuple(getattr(row, name, None) for name in of_what)
        for measure in OF_AN_ARM + SPREADS if key == "values" else BETWEEN_ARMS:
            value = getattr(row, measure)
            before = told.setdefault((*thing, measure), value) if value is not None else value
            if before != value:
                what = f"`{measure} = {value:g}`, but of the same arm and visit stands {before:g}."
                yield ("published", key, number, measure), what, "Keep the one that was printed."


def _names(
    row: Any, key: str, arms: Mapping[str, bool], visits: Visits | None, measured: Any
) -> Iterator[Found]:
    if row.arm and row.arm not in arms:
        yield ("arm",), f"the trial has no arm {row.arm!r}.", nearest(row.arm, tuple(arms))
    elif key == "differences" and arms.get(row.arm):
        yield ("arm",), f"{row.arm!r} is the control.", "Name the arm that is compared with it."
    if visits is not None and row.week is not None and row.week not in visits.weeks:
        what = f"there is no visit at week {row.week:g}."
        yield ("week",), what, "Write one of `weeks` in [visits], or add it there."
    if row.endpoint is not None and isinstance(measured, list) and row.endpoint not in measured:
        what = f"{row.endpoint!r} is not among the endpoints of the trial."
        yield ("endpoint",), what, "Add it to `endpoints` in [analysis]."


def _value(
    row: PublishedValue, endpoints: Mapping[str, Row], written: Collection[str]
) -> Iterator[Found]:
    if not any(key in written for key in (*OF_AN_ARM, *SPREADS)):
        yield (), "a published value without a number.", "Add `mean`, `change` or `events`."
    if row.events is not None:
        if row.n is None:
            yield ("events",), "of how many patients is not said.", "Add `n = ...`."
        elif row.events > row.n:
            what = f"`events = {row.events}` of `n = {row.n}` patients."
            yield ("events",), what, "Write no more events than patients."
    if row.endpoint not in endpoints:
        return
    scale = endpoints[row.endpoint]
    if row.events is not None and scale.text("scale") not in WITH_EVENTS:
        what = f"{row.endpoint!r} is no event that a patient has or has not."
        yield ("events",), what, "Write `mean` or `change`."
    low, high = _ends(scale)
    for key in ("mean", "geometric_mean", "median"):
        value = getattr(row, key)
        if value is not None and not low <= value <= high:
            what = f"`{key} = {value:g}` is not on the scale, which runs from {low:g} to {high:g}."
            yield (key,), what, "Write a number on it."
    for key in ("sd", "change", "change_sd"):
        yield from _beyond(row, key, scale)
    if row.geometric_mean is not None:
        yield from _no_logarithm("geometric_mean", scale)
    if row.change_percent is not None and COUNTED_IN_LOGS in scale.text("quantity"):
        yield ("change_percent",), *_of_a_logarithm(row.change_percent, scale)
    elif row.change_percent is not None and low == 0 and row.change_percent < LOST:
        what = f"`change_percent = {row.change_percent:g}`: nothing falls by more than all of it."
        yield ("change_percent",), what, f"Write {LOST:g} or more."
    yield from _at_the_start(row, scale)


def _of_a_logarithm(percent: float, scale: Row) -> tuple[str, str]:
    """What is wrong with the percent of a logarithm, and what to write."""
    what = f"`change_percent = {percent:g}`: {scale.text('label')} is a logarithm, whose percent "
    what += "means nothing."
    fix = "Write `change` in powers of ten"
    if percent > LOST:
        fix += f": {percent:g}% is {math.log10(1 + percent / PERCENT):.2g}"
    return what, f"{fix}."


def _ends(scale: Row) -> tuple[float, float]:
    """The lowest and the highest number that an endpoint may have.

    Parameters
    ----------
    scale : its row of endpoints.tsv
    """
    if scale.text("scale") in YES_OR_NO:
        return 0.0, 1.0
    most = float(len(grades_of(scale))) or scale.number("high", math.inf)
    return scale.number("low", -math.inf), most


def _beyond(row: Any, key: str, scale: Row) -> Iterator[Found]:
    """A change, a spread or a difference that is more than the whole scale.

    Parameters
    ----------
    scale : as of `_ends`
    """
    low, high = _ends(scale)
    value = getattr(row, key)
    if value is not None and abs(value) > high - low:
        remedy = "Write a number within it."
        if scale.text("scale") in YES_OR_NO:
            remedy = f"Write it as a share, {value / PERCENT:g} for {value:g}%."
        yield (key,), f"`{key} = {value:g}` is more than the whole scale, {high - low:g}.", remedy


def _no_logarithm(key: str, scale: Row) -> Iterator[Found]:
    """A geometric mean of what is 0 in many a patient, or a ratio of such.

    Parameters
    ----------
    scale : as of `_ends`
    """
    if scale.text("scale") not in (*WITH_EVENTS, GRADE):
        return
    what = f"`{key}` is of geometric means, and {scale.text('label')} is 0 in many, which has no "
    what += "logarithm."
    graded = scale.text("scale") == GRADE
    if key == "ratio":
        yield (key,), what, f"Write `{'difference' if graded else 'risk_ratio'}`."
    else:
        yield (key,), what, f"Write `{'mean' if graded else 'events'}`."


def _at_the_start(row: PublishedValue, scale: Row) -> Iterator[Found]:
    """Changes since the first visit at the first visit."""
    if row.week != 0:
        return
    for key in SINCE_THE_FIRST:
        if getattr(row, key) is not None:
            what = f"`{key}` is since the first visit, and week 0 is that."
            yield (key,), what, "Write the week of a later visit."
    if row.events and scale.text("scale") in (FALL, DROP):
        what = f"`events = {row.events}` at week 0: nobody has changed by the first visit."
        yield ("events",), what, "Write the week of a later visit."


def _difference(
    row: PublishedDifference, endpoints: Mapping[str, Row], written: Collection[str]
) -> Iterator[Found]:
    given = [key for key in BETWEEN_ARMS if key in written]
    if len(given) == 1 and getattr(row, given[0]) is None:
        return
    if len(given) != 1:
        what = "a published difference has one number"
        what += f", here {' and '.join(given)}." if given else ", here none."
        fix = f"Write one of {', '.join(BETWEEN_ARMS)}, each in a table of its own."
        yield (given[1],) if given else (), what, fix
        return
    key = given[0]
    value = getattr(row, key)
    if (row.low is None) != (row.high is None):
        there, missing = ("low", "high") if row.high is None else ("high", "low")
        yield (there,), f"`{missing}` of the interval is missing.", f"Add `{missing} = ...`."
    elif row.low is not None and row.high is not None and not row.low <= value <= row.high:
        what = f"`{key} = {value:g}` is not within its interval, {row.low:g} to {row.high:g}."
        yield (key,), what, "Write them as they were printed."
    if row.low is not None and key != "difference" and row.low <= 0:
        yield ("low",), f"`low = {row.low:g}` of a ratio.", "A ratio is above 0."
    yield from contradictions(row, key)
    if row.week == 0:
        yield ("week",), "arms have not parted by the first visit.", "Write a later visit."
    if row.endpoint not in endpoints:
        return
    if key == "difference":
        yield from _beyond(row, key, endpoints[row.endpoint])
    if key == "ratio":
        yield from _no_logarithm(key, endpoints[row.endpoint])
    if key in OF_EVENTS and endpoints[row.endpoint].text("scale") not in WITH_EVENTS:
        what = f"`{key}` of {row.endpoint!r}, which is no event."
        yield (key,), what, "Write `difference` or `ratio`."
