"""The answer of a trial in sentences: of one comparison, or of each of several with the control."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from gutskin.media import counted, isolated
from gutskin.report import told_arm, words
from gutskin.report.points import POINTS, matters
from gutskin.report.rounding import decimals
from gutskin.report.told_effect import TIMES, Told, told_true
from gutskin.report.words import Summary
from gutskin.user_text import in_sentence

if TYPE_CHECKING:
    from gutskin.trials.design import TrialDesign

SAYS = {
    "certain": "{arm} {verb} {what} by {amount}",
    "probable": "{arm} probably {verb} {what} by {amount}",
    "open": "{arm} may or may not change {what}: best estimate {amount} {side}",
    "too few replicates": "{what} on {arm}: best estimate {amount} {side}",
    "no effect": "{arm} does not change {what}",
}
RATIO_SAYS = {  # of what is tested on logarithms
    "certain": "{arm} {verb} {what}",
    "probable": "{arm} probably {verb} {what}",
    "open": "{arm} may or may not change {what}",
    "too few replicates": "{what} on {arm}",
}
NOBODY = "nobody takes any of what sets it apart"
WAYS = ("for", "against")


def question(summary: Summary) -> str:
    """What the trial asks, in one sentence."""
    primary, weeks = summary["endpoints"][summary["primary"]], words.weeks(summary)
    titles, control = words.arm_titles(summary), words.control(summary)
    arms = words.listed([isolated(titles[arm]) for arm in words.active_arms(summary)])
    if not any(one["n"] for one in summary["arms"] if one["name"] == control):
        return f"The question: how does {_what(primary)} change in {weeks} on {arms}?"
    verb = "does" if len(words.active_arms(summary)) == 1 else "do"
    what, than = _what(primary), against(summary)
    return f"The question: what {verb} {arms} do to {what} in {weeks}, against {than}?"


def headline(summary: Summary) -> str:
    """The honest answer in one sentence; of several comparisons what `comparisons` go on from."""
    primary = summary["endpoints"][summary["primary"]]
    after = f"against {against(summary)} after {words.weeks(summary)}"
    arms = words.active_arms(summary)
    if len(arms) > 1:
        return f"{_begun(_what(primary))} {after}, arm by arm:"
    if not told_true(words.comparison(summary, arms[0]), primary["unit"]).known:
        label = isolated(primary["label"])
        return f"{label} could not be compared: nobody's true values are known."
    return f"{_begun(_says(summary, arms[0], _what(primary), f' {after}'))}."


def comparisons(summary: Summary) -> list[str]:
    """What each of several arms does against the control; nothing of one, as the headline says it.

    `certainty` decides on the words.
    """
    arms = words.active_arms(summary)
    return [f"{_says(summary, arm, 'it')}." for arm in arms] if len(arms) > 1 else []


def against(summary: Summary) -> str:
    """The control's name, in the middle of a sentence."""
    return in_sentence(words.arm_titles(summary)[words.control(summary)])


def _begun(sentence: str) -> str:
    """A sentence with the capital of its own first word; a user's words stay as they are."""
    return f"T{sentence[1:]}" if sentence.startswith("the share with") else sentence


def _what(primary: Mapping[str, Any]) -> str:
    """An endpoint in a sentence: of what a patient has or has not, the share who have it."""
    if primary["unit"] == POINTS:
        return f"the share with {in_sentence(primary['label'])}"
    return isolated(primary["label"])


def _says(summary: Summary, arm: str, what: str, after: str = "") -> str:
    unit = summary["endpoints"][summary["primary"]]["unit"]
    true = told_true(words.comparison(summary, arm), unit)
    title = isolated(words.arm_titles(summary)[arm])
    if not true.known:
        return f"{title} could not be compared: nobody's true values are known"
    certainty = true.numbers["certainty"]
    if arm in summary.get("not_parted", {}) and true.numbers["mean"] == true.none:
        why = "nobody has taken any of it" if words.alone(summary) else "nothing sets it apart"
        why = f"{why} by then" if summary["not_parted"][arm] is not None else NOBODY
        return f"{title} cannot have changed {what}{after}: {why}"
    if certainty == "no effect":
        return SAYS["no effect"].format(arm=title, what=what) + after
    if certainty == "too few replicates" and true.numbers["mean"] == true.none:
        subject = title if what == "it" else f"{what} on {title}"
        return f"{subject}{after}: the same in everybody, of too few to say that it is so in others"
    verb, side = ("lowers", "lower") if true.lower else ("raises", "higher")
    form = (RATIO_SAYS if true.ratio else SAYS)[certainty]
    if what == "it":
        form = form.replace("{what} on {arm}", "{arm}")
    says = form.format(arm=title, verb=verb, side=side, what=what, amount=_amount(true))
    if true.ratio:
        open_side = certainty in ("open", "too few replicates") and not true.nothing
        best = f"best estimate {side}, " if open_side else ""
        after += f": {best}{true.quantity} {_amount(true)}"
    return f"{says}{after} ({_over_worlds(true, side)})"


def _amount(true: Told) -> str:
    """How large an effect is, whichever way: a ratio says its way itself."""
    if true.ratio:
        return true.named
    mean, error = abs(true.numbers["mean"]), true.numbers["monte_carlo_error"]
    return f"{words.with_error(mean, error, true.unit, true.digits)} {true.named_unit}"


def _over_worlds(true: Told, side: str) -> str:
    """Where the truth may lie, or why that is not known."""
    effect = true.numbers
    if not true.ends:
        return "too few repetitions for an interval"
    ends = ("ci95_low", "ci95_high")
    says = f"95% interval over worlds {true.ends}"
    if effect.get("ci95_outside_low") is not None:
        outside = {end: effect[end.replace("ci95", "ci95_outside")] for end in ends}
        says += f", widened outside the evidence to {words.span(outside, true.unit, true.digits)}"
    return f"{says}; {_which_side(effect, side)}"


def _which_side(effect: Mapping[str, Any], side: str) -> str:
    """In which share of worlds the truth is on the side of the mean; if few, of the other too."""
    other = {"lower": "higher", "higher": "lower"}[side]
    mine, its = (words.share_of(effect, f"share_{one}") for one in (side, other))
    if (effect[f"share_{side}"] or 0.0) >= (effect[f"share_{other}"] or 0.0):
        return f"{side} in {mine} of worlds"
    return f"{side} in {mine} of worlds and, by less, {other} in {its}"


def verdict(summary: Summary, design: TrialDesign) -> list[str]:
    """What the headline means: for a patient, for the trial, for the fall that families see."""
    says = [*_for_a_patient(summary, design), *_not_excluded(summary)]
    says += trials_that_find(summary)
    return [*says, _measured(summary, design)]


def where_it_stands(summary: Summary) -> list[str]:
    """Where the trial stands to the evidence, if that was looked up and somebody takes anything."""
    found, late = summary.get("applicability"), summary.get("not_parted", {})
    arms = words.active_arms(summary) if "arms" in summary else [*late]  # else of one arm
    if arms and all(late.get(arm, 0.0) is None for arm in arms):
        return []
    return [found["sentence"]] if found else []


def _for_a_patient(summary: Summary, design: TrialDesign) -> Iterator[str]:
    """Which best estimates are a worsening, and which reach what matters to a patient."""
    primary = summary["endpoints"][summary["primary"]]
    least = matters(design, summary)
    found: dict[str, list[str]] = {}
    for arm in words.active_arms(summary):
        true = told_true(words.comparison(summary, arm), primary["unit"])
        effect = true.numbers
        if not true.known or effect["mean"] == true.none or effect["certainty"] == "no effect":
            continue
        if true.nothing:  # it rounds to it
            found.setdefault("no difference", []).append(arm)
            continue
        if not true.beyond_chance:
            found.setdefault("within two Monte-Carlo errors of no difference", []).append(arm)
        elif true.lower != primary["lower_is_better"]:
            found.setdefault("a worsening", []).append(arm)
        elif least is not None:
            reach = "less than" if abs(effect["mean"]) < least else "at least"
            what = f"{reach} the {words.number(least)} {primary['unit']} that matter to a patient"
            found.setdefault(what, []).append(arm)
    for what, arms in found.items():
        yield f"The best estimate{_on(summary, arms)} is {what}."


def _not_excluded(summary: Summary) -> Iterator[str]:
    unit = summary["endpoints"][summary["primary"]]["unit"]
    arms = [
        arm
        for arm in words.active_arms(summary)
        if (true := told_true(words.comparison(summary, arm), unit)).known
        and true.numbers["certainty"] in ("probable", "open")
    ]
    if arms:
        yield f"No effect at all, or one the other way, is not excluded{_on(summary, arms)}."


def _on(summary: Summary, arms: list[str]) -> str:
    """Of which of several arms a sentence speaks."""
    if len(words.active_arms(summary)) == 1:
        return ""
    titles = words.arm_titles(summary)
    return f" on {words.listed([in_sentence(titles[arm]) for arm in arms])}"


def trials_that_find(summary: Summary) -> list[str]:
    """The chance of a significant trial: for each treatment, and against it."""
    arms, titles = words.active_arms(summary), words.arm_titles(summary)
    ways = {arm: _for_and_against(summary, words.comparison(summary, arm)) for arm in arms}
    if len(arms) > 1:
        parts = [f"{in_sentence(titles[arm])} {says or 'not tested'}" for arm, says in ways.items()]
        return [f"Trials of this size with p < 0.05 for an arm and against it: {'; '.join(parts)}."]
    says = ways[arms[0]]
    if not says:
        return [f"No trial of {words.sizes(summary)} could be tested; the notes say why."]
    arm = in_sentence(titles[arms[0]])
    if words.alone(summary):
        primary = summary["endpoints"][summary["primary"]]
        way, other = ("fall", "rise") if primary["lower_is_better"] else ("rise", "fall")
        return [
            f"A trial of {words.sizes(summary)} would report a {way} since the first visit with "
            f"p < 0.05 in {says.replace('against it in', f'a {other} in')}; whether it comes from "
            f"{arm} no single arm can say."
        ]
    return [f"A trial of {words.sizes(summary)} would report p < 0.05 for {arm} in {says}."]


def _for_and_against(summary: Summary, difference: Mapping[str, Any]) -> str:
    """The shares of trials that are significant either way; nothing if none could be tested."""
    if not difference["tested"]:
        return ""
    found, against_it = (words.share_of(difference, f"share_p_below_0_05_{way}") for way in WAYS)
    several = len(words.active_arms(summary)) > 1
    if not several:
        found += " of its repetitions"
    says = f"{found} and {against_it}" if several else f"{found}, against it in {against_it}"
    if (lost := difference["untestable"]) > 0:
        says += f" ({counted(lost, 'repetition')} could not be tested and found nothing)"
    return says


def _measured(summary: Summary, design: TrialDesign) -> str:
    """What families see: how every arm has changed by the end, as far as that is known."""
    primary = summary["endpoints"][summary["primary"]]
    told, label = told_arm.told_of(primary), isolated(primary["label"])
    if primary["unit"] == POINTS:
        label = in_sentence(primary["label"])
    arms = {one["name"]: in_sentence(one["label"]) for one in summary["arms"] if one["n"]}
    unknown = [name for name in arms if primary[name].get(told) is None]
    on = words.listed([arms[name] for name in unknown])
    nobody = f"What measured {label} comes to on {on} is not known."
    if len(unknown) == len(arms):
        return nobody
    # in a withdrawal the control has had the treatment in the first part
    without = "" if design.responders is not None else _without(summary)
    parts = words.listed([
        f"{_come_to(primary, name)} on {arms[name]}" for name in arms if name not in unknown
    ])  # fmt: skip
    if primary["unit"] == POINTS:
        found = f"Measured at the end, {label} is found in {parts}{without}."
    elif told == told_arm.TO_START:
        of = "(geometric means over those of the start)"
        found = f"Measured {label} changes by a factor of {parts} {of}{without}."
    else:
        found = f"Measured {label} changes by {parts}{without}."
    return f"{found} {nobody}" if unknown else found


def _come_to(primary: Mapping[str, Any], arm: str) -> str:
    """What a sentence says that an arm has come to."""
    if primary["unit"] == POINTS:
        return _share_at_end(primary[arm])
    return told_arm.outcome(primary, arm).removeprefix(TIMES)


def _share_at_end(numbers: Mapping[str, Any]) -> str:
    """The patients of an arm who have something at the last visit, with its Monte-Carlo error."""
    mean, error = numbers["end_mean"], numbers["monte_carlo_error"]["end_mean"]
    return f"{words.with_error(mean, error, digits=decimals([mean], [error]))}%"


def _without(summary: Summary) -> str:
    """That most of what is seen comes without the treatment, if it does on every arm."""
    primary = summary["endpoints"][summary["primary"]]
    if not all(_mostly_control(summary, arm) for arm in words.active_arms(summary)):
        return ""
    moved = "fall" if primary["lower_is_better"] else "rise"
    moved = "response" if primary["unit"] == POINTS and moved == "rise" else moved
    return f": most of the {moved} comes without the treatment"


def _mostly_control(summary: Summary, arm: str) -> bool:
    """Whether the control changes for the better by more than half of what an active arm does."""
    primary = summary["endpoints"][summary["primary"]]
    true = words.comparison(summary, arm)["true_effect"]
    moved = [_moved(primary, one) for one in (words.control(summary), arm)]
    effect = true["mean"], true["monte_carlo_error"]
    if told_arm.told_of(primary) == told_arm.TO_START:
        effect = _on_log(true["ratio"]["mean"], true["ratio"]["monte_carlo_error"])
    (without, _), (total, _) = moved
    errors = [error for _, error in moved]
    if words.alone(summary) and None not in (total, effect[0]):  # what would come untreated
        without, errors[0] = total - effect[0], effect[1]
    if without is None or total is None or total == 0:
        return False
    if (total < 0) != primary["lower_is_better"] or not without / total > 0.5:
        return False
    # Of few tiny trials the share may be anything: twice its error is to be on the same side.
    if any(one is None for one in errors):
        return False
    return abs(without) - abs(total) / 2 > 2 * math.hypot(errors[0], errors[1] / 2)


def _moved(primary: Mapping[str, Any], arm: str) -> tuple[Any, Any]:
    """How an arm has changed, with its error: of what is told as a ratio on the logarithm."""
    told = told_arm.told_of(primary)
    if told != told_arm.TO_START:
        told = told_arm.CHANGE
    numbers, errors = primary[arm], primary[arm]["monte_carlo_error"]
    moved = numbers.get(told), errors.get(told)
    return _on_log(*moved) if told == told_arm.TO_START else moved


def _on_log(ratio: float | None, error: float | None) -> tuple[Any, Any]:
    """A ratio and its error on the logarithm."""
    if ratio is None:
        return None, None
    return math.log(ratio), None if error is None else error / ratio
