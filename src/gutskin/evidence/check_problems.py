"""What is wrong with one check of an experiment: its arms, what it reads and when, its range."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gutskin.errors import nearest
from gutskin.evidence.could_fail import same_problems, weight_problems
from gutskin.evidence.experiment_parts import AnyCheck, Arm, Check, Experiment, Read
from gutskin.model.vocabulary import Vocabulary
from gutskin.population.doses import DAYS_PER_WEEK
from gutskin.toml_text import Found

YES_OR_NO = ("above", "ever_above")  # reads of something that is so or not


def unknown_names(
    place: tuple[str | int, ...], names: Any, known: Sequence[str], what: str
) -> Iterator[Found]:
    """Names that there are not, each with the nearest that there is."""
    for name in names:
        if name not in known:
            yield place, f"the model has no {what} {name!r}.", nearest(name, known)


def check_problems(
    place: tuple[str | int, ...],
    check: Check,
    one: Experiment,
    arms: Mapping[str, Arm],
    names: Vocabulary,
    *,
    alike: bool = True,
) -> Iterator[Found]:
    """What is wrong with a check whose form is right.

    Parameters
    ----------
    place : of the check in the table of the experiment
    arms : whole, what they are like put in
    alike : whether arms that do not differ are told
    """
    known = names.quantities
    yield from unknown_names((*place, "quantity"), (check.quantity,), known, "quantity")
    for name in dict.fromkeys(check.arms()):
        if name not in arms:
            yield place, f"there is no arm {name!r}.", nearest(name, tuple(arms))
    yield from _read_problems((*place, "read"), check.read, one.days)
    forms = [bool(check.contrast), bool(check.rising), bool(check.falling)]
    if sum(forms) != 1 or not check.comparisons():
        yield (*place, "contrast"), "it must have one of `contrast`, `rising` and `falling`.", None
        return
    if (check.expected is None) == (check.near is None):
        yield (*place, "expected"), "it must have either `expected` or `near`.", None
        return
    yield from _condition_problems(place, check, one, names)
    if check.control_read is not None:
        yield from _read_problems((*place, "control_read"), check.control_read, one.days)
    if check.expected is not None:
        yield from range_problems(place, check)
        yield from _across_problems(place, check)
    elif check.stays is not None and any(math.isnan(one) for one in check.stays):
        yield (*place, "near"), "a number of it is no number.", "Write numbers."
    elif not check.control:
        what = "`near` without a `control` could not fail."
        yield place, what, "Add a second contrast that must lie outside it."
    elif check.stays is not None and not check.stays[0] <= check.null <= check.stays[1]:
        what = f"`near = [{check.stays[0]:g}, {check.stays[1]:g}]` leaves out {check.null:g}, "
        what += "which is no effect."
        yield (*place, "near"), what, "Write it as `expected`, or [low, high] about that."
    yield from _twice_problems(place, check)
    if not alike or any(name not in arms for name in check.arms()):
        return
    weights = list(weight_problems(check, arms))
    for rest, what, fix in weights or same_problems(check, arms):
        yield (*place, *rest), what, fix


def _twice_problems(place: tuple[str | int, ...], check: Check) -> Iterator[Found]:
    """Arms that a list names twice, and what nothing reads."""
    for key in ("rising", "falling", "members"):
        names = getattr(check, key)
        for name in dict.fromkeys(one for one in names if names.count(one) > 1):
            yield (*place, key), f"it names arm {name!r} more than once.", "Name each once."
    if check.near is not None and check.control == check.contrast:
        what = "`control` is the contrast itself, which cannot lie inside of `near` and outside."
        yield (*place, "control"), what, "Write a contrast that must show."
    if check.members and not str(check.across).startswith("lower_than"):
        what = "nothing reads `members` without `across`."
        yield (*place, "members"), what, 'Write `across = "lower_than_median"`, or take it out.'
    if check.control_read is not None and not check.control:
        what = "nothing reads `control_read` without a `control`."
        yield (*place, "control_read"), what, "Write a control, or take it out."


def _across_problems(place: tuple[str | int, ...], check: Check) -> Iterator[Found]:
    """A comparison of worlds without what it compares with, or of people by worlds."""
    if check.apart is not None and (check.across or check.conditions or not check.contrast):
        what = "`apart` counts people in whom two arms differ."
        yield (*place, "apart"), what, "Write it with a `contrast` alone."
    if check.across in ("spread", "size", "distinct") and not check.control:
        what = f"`across = {check.across!r}` without a `control` has nothing to compare with."
        yield place, what, "Add a second contrast."
    elif str(check.across).startswith("lower_than") and len(check.members) < 2:
        yield place, f"`across = {check.across!r}` without `members`.", "Name at least two arms."
    elif str(check.across).startswith("lower_than") and 1.0 not in check.contrast.values():
        what = "no arm of `contrast` stands at 1, where the members take its place."
        yield (*place, "contrast"), what, "Write { mixture = 1, none = -1 }."


def _condition_problems(
    place: tuple[str | int, ...], check: Check, one: Experiment, names: Vocabulary
) -> Iterator[Found]:
    """What patients cannot be told apart by."""
    if check.scale == "odds_ratio" and check.read.kind not in YES_OR_NO:
        what = "an odds ratio is of something that is so or not."
        yield (*place, "scale"), what, f"Read it with {' or '.join(YES_OR_NO)}."
    if check.between is not None and (len(check.comparisons()) != 1 or len(check.contrast) != 1):
        what = "`between` compares patients of one arm."
        yield (*place, "between"), what, "Write a contrast of one arm."
    if check.conditions and check.read.kind in ("recovered", "return_to"):
        what = f"`{check.read.kind}` is of a contrast, which has no patients to tell apart."
        yield (*place, "read"), what, "Read it otherwise, or drop the condition."
    for key, condition in (("among", check.among), ("between", check.between)):
        if condition is None:
            continue
        its = (*place, key)
        yield from unknown_names((*its, "quantity"), (condition.quantity,), names.quantities,
                            "quantity")  # fmt: skip
        if condition.read.kind not in YES_OR_NO:
            what = "a patient meets it or not."
            yield (*its, "read"), what, f"Write {' or '.join(YES_OR_NO)}."
        yield from _read_problems((*its, "read"), condition.read, one.days)


def _read_problems(place: tuple[str | int, ...], read: Read, last: float) -> Iterator[Found]:
    """Days that are negative, upside down, too few, or after the last."""
    days = read.days()
    first, end = min(days), max(days)
    if read.return_to is not None and not 0 < read.return_to[0] < 1:
        yield place, "the share of `return_to` lies between 0 and 1.", "Write such as [0.5, 7]."
    if end > last:
        yield place, f"it reads after the last day ({last:g}).", "Raise `days`."
    elif read.return_to is not None and end == last:
        what = f"it waits from day {last:g} on, the last, so that nothing can return."
        yield place, what, "Write an earlier day, or raise `days`."
    if first < 0:
        yield place, f"it reads on day {first:g}.", "Days count from 0."
    elif len(days) > 1 and (days != (first, end) or first == end):
        yield place, f"it reads from day {days[0]:g} to day {days[-1]:g}.", "Write [first, last]."
    elif read.ever_above is not None and end - first < DAYS_PER_WEEK:
        what = f"day {first:g} to day {end:g} hold no two weeks, which must both be above."
        yield place, what, f"Write a span of {DAYS_PER_WEEK:g} days or more."


def range_problems(place: tuple[str | int, ...], check: AnyCheck) -> Iterator[Found]:
    """A range that is none, or that holds no effect inside."""
    assert check.expected is not None
    low, high = check.expected
    if math.isnan(low) or math.isnan(high):
        yield (*place, "expected"), "an end of it is no number.", "Write [low, high]."
    elif not low < high:
        yield (*place, "expected"), "its ends are not in order.", "Write [low, high]."
    elif isinstance(check, Check) and check.scale in ("ratio", "odds_ratio") and high <= 0:
        yield (*place, "expected"), "a ratio is above 0, so it could never show.", "Write it so."
    elif check.by_size:
        return  # a size that a drug is held to
    elif low < check.null < high and getattr(check, "across", None) is None:  # judged by its range
        what = f"expected = [{low:g}, {high:g}] admits both signs, so it could not fail."
        yield (*place, "expected"), what, f"End it at {check.null:g}, or use `near`."
