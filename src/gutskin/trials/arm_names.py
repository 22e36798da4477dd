"""Names of the arms and other parts of a trial: each must be told from all others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gutskin.population.streams import name_number
from gutskin.toml_text import Found
from gutskin.trials.parts import UNTREATED
from gutskin.user_text import canonical

RESERVED_ARMS = ("difference", "differences", "event_free", "label", "unit")


def name_problems(arms: Sequence[Mapping[str, Any]]) -> Iterator[Found]:
    """Names that stand twice, that are kept for something else, or that draw the same people.

    Parameters
    ----------
    arms : tables of a trial file; what is wrong with their form is told elsewhere
    """
    numbers: dict[int, str] = {}
    seen: set[str] = set()
    for i, name in enumerate(arm.get("name") for arm in arms):
        if not isinstance(name, str):
            continue
        if name in seen:
            yield ("arms", i, "name"), f"two arms are called {name!r}.", "Rename one of them."
        if name in RESERVED_ARMS:
            yield ("arms", i, "name"), f"an arm cannot be called {name!r}.", "Rename it."
        seen.add(name)
        other = numbers.setdefault(name_number(name), name)
        if other != name:  # both would be the same people
            what = f"the random streams cannot tell {name!r} from {other!r}."
            yield ("arms", i, "name"), what, "Change a letter in one of the two."
    yield from _taken_for_another(arms)
    for i, arm in enumerate(arms):
        if arm.get("n") == 0 and (arm.get("name") != UNTREATED or len(arms) == 1):
            yield ("arms", i, "n"), "an arm has 2 patients at least.", "Write more."
    alone = [arm for arm in arms if (arm.get("name"), arm.get("n")) != (UNTREATED, 0)]
    if len(alone) == 1:
        if alone[0].get("control") is True:
            what = "a trial of a single arm has no control."
            yield ("arms", 0, "control"), what, "Take `control` out, or add an arm."
        if alone[0].get("name") == UNTREATED:
            what = f"the single arm of a trial cannot be called {UNTREATED!r}."
            yield ("arms", 0, "name"), what, "Rename it."
        return
    controls = [i for i, arm in enumerate(arms) if arm.get("control") is True]
    if any(not isinstance(arm.get("control", False), bool) for arm in arms):
        return  # one that is wrong in its form may be meant
    if arms and len(controls) != 1:
        place = ("arms", controls[1], "control") if controls else ("arms", 0)
        remedy = "Write `control = true` in exactly one arm."
        yield place, f"there are {len(controls)} control arms.", remedy


def _taken_for_another(arms: Sequence[Mapping[str, Any]]) -> Iterator[Found]:
    """Arms that a reader, or a disk without upper and lower case, takes for an earlier one."""
    spelled: set[str] = set()
    names: set[str] = set()
    titles: set[str] = set()
    for i, arm in enumerate(arms):
        name, label = arm.get("name"), arm.get("label", "")
        if not isinstance(name, str) or not isinstance(label, str):
            continue
        title = label or name.replace("_", " ")
        if canonical(name) in names:
            if name not in spelled:
                what = f"the name {name!r} differs from an earlier one in case only."
                yield ("arms", i, "name"), what, "Rename it."
        elif canonical(title) in titles:
            what = f"a reader takes {title!r} for an earlier arm."
            yield ("arms", i, "label"), what, "Write a `label` of its own."
        spelled.add(name)
        names.add(canonical(name))
        titles.add(canonical(title))


def alike_titles(raw: Mapping[str, Any], part: str, one: str) -> Iterator[Found]:
    """Parts of a file whose labels a reader takes for each other; equal names are told elsewhere.

    Parameters
    ----------
    part : key of the list in the file, such as "sites"
    one : what a single one is called
    """
    rows = raw.get(part)
    titles: dict[str, str] = {}
    for number, row in enumerate(rows if isinstance(rows, list) else ()):
        name, label = (row.get("name"), row.get("label", "")) if isinstance(row, dict) else (0, 0)
        if not isinstance(name, str) or not isinstance(label, str):
            continue
        title = label or name.replace("_", " ")
        if titles.setdefault(canonical(title), canonical(name)) != canonical(name):
            what = f"a reader takes {title!r} for an earlier {one}."
            yield (part, number, "label" if label else "name"), what, "Write a `label` of its own."
