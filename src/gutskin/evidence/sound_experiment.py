"""What is right of an experiment with a mistake in its form, so that one mistake hides no other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gutskin.evidence.experiment_parts import FORMAT, Experiment
from gutskin.model.domains import limits
from gutskin.toml_file import Known, parsed
from gutskin.toml_lines import Place
from gutskin.toml_text import Found

WHOLE = ("doses", "holds", "trial_checks", "values", "strains", "trials")  # right, or left out
ENTRIES = ("always", "changed", "state")  # tables of an arm of which each entry stands by itself
QUANTITY = "quantity"  # of a check: nothing can stand for it
READ = {"above": [0.0, 0.0]}  # stands for a wrong one


@dataclass(frozen=True)
class SoundExperiment:
    """An experiment without what is wrong in its form.

    Parameters
    ----------
    experiment : what is left
    comparable : whether arms, and how checks read them, are as they were written
    checks_whole : whether no check was left out
    kept : place of each array of which something was left out -> the numbers of what is left
    """

    experiment: Experiment
    comparable: bool
    checks_whole: bool
    kept: Mapping[Place, tuple[int, ...]]

    def place_in_file(self, place: Place) -> Place:
        """Where something of the experiment stands in the table that was written."""
        return _as_written(place, self.kept)


def sound_experiment(
    values: Any, wrong: Iterable[Found], known: Known, name: str
) -> SoundExperiment | None:
    """An experiment without what is wrong in its form; nothing if too little is left.

    Parameters
    ----------
    values : the table as it was written
    wrong : what `parsed` said of it
    known : names that a file may use
    name : of the experiment
    """
    cut = {_left_out(place) for place, _, _ in wrong}
    if () in cut:
        return None
    kept: dict[Place, tuple[int, ...]] = {}
    rest = _without(values, (), cut, kept)
    rest = {**_stand_ins(), **rest}
    read = [check.setdefault("read", READ) for check in rest.get("checks", ())]
    for check in rest.get("checks", ()):
        check.setdefault("says", "?")
    one, _ = parsed(FORMAT, rest, known, name)
    if one is None:
        return None
    touched = {place[0] for place in cut}
    comparable = "arms" not in touched and not any(how is READ for how in read)
    checks_whole = not {"checks", "trial_checks", "values"} & touched
    return SoundExperiment(one, comparable, checks_whole, kept)


def _stand_ins() -> dict[str, Any]:
    """What stands for what an experiment must say; in the longest time everything can be read."""
    longest = int(limits()["days"].high)
    return {"experiment": "?", "evidence_verdict": "thin", "why": "?", "days": longest}


def _left_out(place: Place) -> Place:
    """The smallest part around a mistake without which the rest can be read; () if there is none.

    >>> _left_out(("checks", 0, "scale")), _left_out(("checks", 0, "read", "dayy"))
    (('checks', 0, 'scale'), ('checks', 0, 'read'))
    >>> _left_out(("arms", "a", "doses", 1, "level")), _left_out(("arms", "a"))
    (('arms', 'a', 'doses', 1), ())
    """
    for at, key in enumerate(place[:-1]):
        if key in WHOLE and isinstance(place[at + 1], int):
            return place[: at + 2]
    if place[:1] == ("checks",):
        if len(place) < 2:
            return ()
        return place[:2] if place[2:3] == (QUANTITY,) else place[:3]
    if place[:1] == ("arms",):
        return () if len(place) < 3 else place[: 4 if place[2] in ENTRIES else 3]
    return place[:1]


def _without(value: Any, place: Place, cut: set[Place], kept: dict[Place, tuple[int, ...]]) -> Any:
    """A copy of a value without the places that are cut; `kept` takes what arrays keep."""
    if isinstance(value, Mapping):
        rest = {key: one for key, one in value.items() if (*place, key) not in cut}
        return {key: _without(one, (*place, key), cut, kept) for key, one in rest.items()}
    if isinstance(value, list):
        left = tuple(number for number in range(len(value)) if (*place, number) not in cut)
        if len(left) < len(value):
            kept[place] = left
        return [_without(value[number], (*place, number), cut, kept) for number in left]
    return value


def _as_written(place: Place, kept: Mapping[Place, tuple[int, ...]]) -> Place:
    """A place with the numbers that arrays had before something was left out.

    >>> _as_written(("checks", 0, "read"), {("checks",): (1,)})
    ('checks', 1, 'read')
    """
    whole: Place = ()
    for part in place:
        left = kept.get(whole)
        whole = (*whole, left[part] if left and isinstance(part, int) else part)
    return whole
