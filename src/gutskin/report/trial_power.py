"""How many patients a trial would take, from its own repetitions: sentences for its page."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gutskin.media import agreeing, counted, isolated
from gutskin.report.power import headline, sentences, with_ends
from gutskin.report.words import Summary, arm_titles, sizes
from gutskin.trials.certainty import FEWEST_DRAWS
from gutskin.trials.power_curves import GROUPS
from gutskin.user_text import in_sentence

TIMES = (1, 2, 5, 10)  # as large as the trial: sizes that are worth asking for
FIRST_OPTION = r"^( (?:\$?'.*?'|[^\s']\S*)) --replicates \d+"  # after the name of the trial
ENOUGH = max(FEWEST_DRAWS, 2 * GROUPS)  # worlds of which every number has an interval


@dataclass(frozen=True)
class HowMany:
    """What the page says of how many patients it would take.

    Parameters
    ----------
    paragraphs : sentences, those of each active arm together
    command : what answers for other sizes; empty where nothing can be asked
    """

    paragraphs: tuple[str, ...]
    command: str = ""


def how_many(summary: Summary, command: str) -> HowMany:
    """How many patients it would take, as far as the repetitions of this trial tell.

    Parameters
    ----------
    summary : of the trial, shares of patients as such
    command : the command or call that repeats it
    """
    n = {arm["name"]: arm["n"] for arm in summary["arms"]}
    control = next(arm["name"] for arm in summary["arms"] if arm["control"])
    if not n[control]:
        return HowMany(("A single arm has nothing to be compared with; add a control to ask.",))
    asked = [times * n[control] for times in TIMES]
    found = summary.get("power")
    if found is None:
        many = summary["replicates"]
        return HowMany((_too_few(many),), power_command(command, asked, max(many, ENOUGH)))
    arms = found["by_arm"]
    told = [[*_of_arm({**_about(summary), **one, "arm": arm})] for arm, one in arms.items()]
    paragraphs = told[0] if len(told) == 1 else [" ".join(one) for one in told]
    words = sentences({**_about(summary), **next(iter(arms.values())), "arm": next(iter(arms))})
    warnings = [_with_titles(one, arm_titles(summary)) for one in found["warnings"]]
    return HowMany((*paragraphs, *words[1:], *warnings), power_command(command, asked))


def _with_titles(warning: str, titles: Mapping[str, str]) -> str:
    """A warning that names arms as the file does, with the names that a reader sees."""
    for name, title in titles.items():
        warning = warning.replace(f"'{name}'", isolated(in_sentence(title)))
    return warning


def _too_few(replicates: int) -> str:
    """Why nothing is told."""
    if replicates < FEWEST_DRAWS:
        said = f"{counted(replicates, 'repetition')} {agreeing(replicates, 'is', 'are')} too few"
    else:
        said = f"Too few of the {counted(replicates, 'repetition')} could be tested"
    return f"{said} to say how many patients it would take ({FEWEST_DRAWS} are needed)."


def _about(summary: Summary) -> dict[str, Any]:
    """What a trial's answer to this question says besides its numbers."""
    one = summary["endpoints"][summary["primary"]]
    return {"arms": summary["arms"], "label": one["label"], "unit": one["unit"]}


def _of_arm(told: Summary) -> Iterator[str]:
    """The chances of the trial as it is, and what it would take."""
    (at,) = told["power"]
    titles = arm_titles(told)
    who = isolated(in_sentence(titles[told["arm"]]))
    yield (
        f"As large as it is ({sizes(told)} patients), the trial finds a significant benefit of "
        f"{who} with a chance of {with_ends(at, 'power')} if the best estimate is true (power) and "
        f"of {with_ends(at, 'assurance')} over all worlds (assurance), significant harm with one "
        f"of {with_ends(at, 'harm')}."
    )
    yield headline(told)
    yield sentences(told)[0]


def power_command(command: str, sizes: Sequence[int], worlds: int | None = None) -> str:
    """The command or call that answers for trials of other sizes.

    Parameters
    ----------
    command : what repeats the trial, of the command line or from Python
    sizes : patients of the control arm
    worlds : how many, if not those of the trial

    Examples
    --------
    >>> power_command("gutskin trial mine.toml --replicates 5 --seed 2 --report", [20, 40], 40)
    'gutskin power mine.toml --replicates 40 --seed 2 --n 20,40'
    >>> power_command("gutskin.run('mine.toml', replicates=5, seed=2, draws='prior')", [20])
    "gutskin.trial('mine.toml', draws='prior').power([20], replicates=5, seed=2)"
    >>> power_command("gutskin.trial('mine.toml').run(5, seed=2)", [20], 40)
    "gutskin.trial('mine.toml').power([20], replicates=40, seed=2)"
    >>> power_command("make demo", [20])
    'gutskin power FILE --n 20'
    """
    if command.startswith("gutskin trial "):
        bare = re.sub(
            r"( --(report|overwrite|explain))+$", "", command.removeprefix("gutskin trial")
        )
        if worlds is not None:
            bare = re.sub(FIRST_OPTION, rf"\g<1> --replicates {worlds}", bare)
        return f"gutskin power{bare} --n {','.join(str(one) for one in sizes)}"
    called = _called(command)
    if called is None:
        return f"gutskin power FILE --n {','.join(str(one) for one in sizes)}"
    trial, asked = called
    if worlds is not None:
        asked["replicates"] = str(worlds)
    kept = [f"{name}={asked[name]}" for name in ("replicates", "seed", "stance") if name in asked]
    return f"{trial}.power({', '.join([str([*sizes]), *kept])})"


def _called(command: str) -> tuple[str, dict[str, str]] | None:
    """The trial that a call from Python runs, and what it asks; None of what is no such call."""
    try:
        call = ast.parse(command, mode="eval").body
    except SyntaxError:
        return None
    if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.args):
        return None
    asked = {one.arg: ast.unparse(one.value) for one in call.keywords if one.arg is not None}
    first, whose = ast.unparse(call.args[0]), ast.unparse(call.func.value)
    if (whose, call.func.attr) == ("gutskin", "run"):
        of = [first, *(f"{name}={asked[name]}" for name in ("biology", "draws") if name in asked)]
        return f"gutskin.trial({', '.join(of)})", asked
    if whose.startswith("gutskin.trial(") and call.func.attr == "run":
        return whose, {"replicates": first, **asked}
    return None
