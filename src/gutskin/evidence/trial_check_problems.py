"""What is wrong with the checks of a whole trial: its arms, visits, endpoints, range."""

from __future__ import annotations

from collections.abc import Iterator

from gutskin.errors import InputError
from gutskin.evidence.check_problems import range_problems, unknown_names
from gutskin.evidence.experiment_parts import Experiment
from gutskin.evidence.trial_check import OF_ARM, TrialCheck
from gutskin.model.biology import Biology
from gutskin.model.vocabulary import Vocabulary
from gutskin.toml_text import Found
from gutskin.trials.design import TrialDesign, known_trials, load_trial

Place = tuple[str | int, ...]


def trial_problems(one: Experiment, names: Vocabulary) -> Iterator[Found]:
    """A trial that there is not, and what it does not measure, or has no arm or visit for."""
    if one.trial is not None and not one.trial_checks:
        yield (
            ("trial",),
            "nothing is read from the trial.",
            "Write [[...trial_checks]], or drop it.",
        )
    if one.crossed and not one.trial_checks:
        yield ("crossed",), "there is no trial to cross.", "Write `trial`, or drop `crossed`."
    if one.one_body and one.trial_checks and not one.crossed:
        what = "a trial as it is conducted has a world for each replicate."
        yield ("one_body",), what, "Add `crossed = true`, or drop `one_body`."
    designs: dict[str, TrialDesign | None] = {}
    for name in dict.fromkeys([one.trial, *(check.trial for check in one.trial_checks)]):
        if name is not None:
            designs[name] = yield from _design(name, one, names.biology)
    endpoints = tuple(names.tables.endpoints)
    for number, check in enumerate(one.trial_checks):
        place = ("trial_checks", number)
        for name in check.endpoints:
            yield from unknown_names((*place, "endpoint"), (name,), endpoints, "endpoint")
        yield from range_problems(place, check)
        yield from _form_problems(place, check, one)
        name = one.trial_of(check)
        if name is None:
            yield (
                place,
                "it belongs to no trial.",
                "Write `trial` in the statement or in the check.",
            )
        elif (design := designs[name]) is not None:
            yield from _design_problems(place, check, design, endpoints)


def _design(name: str, one: Experiment, biology: Biology) -> Iterator[Found]:
    """What is wrong with the name of a trial; returns its design, if it has one."""
    place = ("trial",) if name == one.trial else ("trial_checks",)
    known = known_trials(biology)
    yield from unknown_names(place, (name,), known, "trial")
    if name not in known:
        return None
    try:
        return load_trial(name, biology)
    except InputError as error:  # of a user's own biology
        yield place, f"the trial {name!r} has a mistake: {error}", None
    return None


def _form_problems(place: Place, check: TrialCheck, one: Experiment) -> Iterator[Found]:
    """Keys that a statistic needs, or that nothing reads."""
    of_arm = check.statistic in OF_ARM
    if of_arm != (check.arm is not None):
        what = f"`statistic = {check.statistic!r}` is " + ("of" if of_arm else "not of")
        yield (*place, "statistic"), f"{what} one arm.", "Write or drop `arm`."
    if check.less is not None and (not of_arm or check.less == check.arm):
        what = f"nothing is compared with `less = {check.less!r}`."
        yield (*place, "less"), what, "Write another `arm`, or drop it."
    if check.scale == "ratio" and check.less is None:
        yield (*place, "scale"), "a ratio is over another arm.", "Add `less`, or drop `scale`."
    if (check.with_entry is not None) != (check.statistic == "correlation"):
        what = "`with_entry` and `correlation` belong together."
        yield (*place, "with_entry"), what, "Write both or none."
    if one.crossed and not of_arm:
        what = f"`statistic = {check.statistic!r}` is of arms that people were assigned to."
        yield (*place, "statistic"), what, "Take `crossed` out of the statement."


def _design_problems(
    place: Place, check: TrialCheck, design: TrialDesign, endpoints: tuple[str, ...]
) -> Iterator[Found]:
    """Arms, endpoints and visits that the trial does not have."""
    arms = tuple(arm.name for arm in design.arms)
    for key in ("arm", "less"):
        name = getattr(check, key)
        if name is not None:
            yield from unknown_names((*place, key), (name,), arms, "arm of this trial")
    for name in check.endpoints:
        if name in endpoints and name not in design.analysis.endpoints:
            yield (*place, "endpoint"), f"the trial does not measure {name!r}.", None
    weeks = design.visits.weeks
    wanted = check.weeks
    if check.arm is not None and check.statistic != "baseline" and check.week is None:
        yield (*place, "week"), "it has no week to read.", "Write `week`."
    for week in wanted:
        if week not in weeks:
            what = f"the trial has no visit at week {week:g}."
            yield (*place, "week"), what, f"Write one of {', '.join(f'{w:g}' for w in weeks)}."
