"""Whether the check of an experiment could fail: that its arms differ in something that it reads.

Whether a difference can reach the quantity is asked of the equations, as the fragments state them
or, where those hold what is read by the compiler alone, of the compiled model.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from gutskin.evidence.experiment_parts import Arm, Check, Experiment
from gutskin.model.topicals import ON_SIGHT, POTENCY, topicals
from gutskin.population.drugs import ORAL_INPUT
from gutskin.population.mother import INPUTS as MOTHERS
from gutskin.toml_text import Found

if TYPE_CHECKING:
    from gutskin.model.graph import Readers
    from gutskin.model.model import Model
    from gutskin.model.tables import Tables
    from gutskin.model.written_equations import WrittenEquations

OF_ONE_ARM = ("change", "highest_on")  # reads in which one arm may differ from itself before
SETS = ("dose", "day0", "state", "off:")  # what an arm may differ in from itself before day 0


def weight_problems(check: Check, arms: Mapping[str, Arm]) -> Iterator[Found]:
    """Weights that are no numbers, that take an arm out, or that leave nothing of the contrast.

    Places are keys of the check.
    """
    for key in ("contrast", "control"):
        weights: Mapping[str, float] = getattr(check, key)
        wrong = [name for name, weight in weights.items() if not math.isfinite(weight)]
        none = [name for name, weight in weights.items() if weight == 0.0]
        for name in wrong:
            yield (key, name), f"the weight of {name!r} is no finite number.", "Write 1 or -1."
        for name in none:
            yield (
                (key, name),
                f"the weight of {name!r} is 0, which takes the arm out.",
                "Write 1 or -1, or leave the arm out.",
            )
        if wrong or none:
            continue
        if len(weights) > 1 and _cancel(weights, arms):
            what = f"`{key}` of {' and '.join(weights)} is the same whatever the arms do: "
            what += "arms that are the same cancel, so it could not fail."
            yield (key,), what, "Change something in one of them, or other weights."


def _cancel(weights: Mapping[str, float], arms: Mapping[str, Arm]) -> bool:
    """Whether nothing is left once arms that are the same are put together.

    Of arms that are all the same `same_problems` tells.
    """
    sums: dict[str, float] = {}
    for name, weight in weights.items():
        sources = repr(sorted(arms[name].sources().items()))
        sums[sources] = sums.get(sources, 0.0) + weight
    return len(sums) > 1 and all(abs(one) < 1e-12 for one in sums.values())


def same_problems(check: Check, arms: Mapping[str, Arm]) -> Iterator[Found]:
    """Comparisons between arms that do not differ; places are keys of the check."""
    reported: set[str] = set()
    for comparison in _comparisons(check):
        names = " and ".join(comparison)
        if not _differences(check, comparison, arms) and names not in reported:
            reported.add(names)
            what = f"arms {names} are the same, so it could not fail."
            if len(comparison) == 1:
                what = f"nothing happens in arm {names}, so it could not fail."
            yield (), what, "Change something in one of them."


def blind_problems(
    one: Experiment, arms: Mapping[str, Arm], equations: Model | WrittenEquations, tables: Tables
) -> Iterator[Found]:
    """The checks whose arms do not differ in anything that reaches what they read."""
    for number, check in enumerate(one.checks):
        for comparison in _comparisons(check):
            keys = _differences(check, comparison, arms)
            if not keys or keys & {"population", "start"}:
                continue
            off = set.intersection(*({*arms[n].off, *arms[n].off_always} for n in comparison))
            switches = frozenset(tables.mechanisms[name].text("switch") for name in off)
            if not _readers(equations, switches).reach(_ids(keys, tables), check.quantity):
                names = " and ".join(comparison)
                what = f"nothing that differs between {names} reaches {check.quantity}."
                remedy = "It could not fail; choose another quantity or perturbation."
                yield ("checks", number), what, remedy


def _comparisons(check: Check) -> list[dict[str, float]]:
    """What must differ: the contrasts, or, where nothing is to change, the control.

    Of a level of one arm that is away from nothing no difference is asked. What compares worlds
    of one arm with those of another must differ between the two. Patients of one arm who are told
    apart by a condition differ in that.
    """
    if check.between is not None or check.across == "sd":
        return []
    if check.across is not None and len(check.contrast) == 1:
        return [{**check.contrast, **check.control}]
    if check.stays is not None:
        return [check.control]
    low, high = check.expected or (check.null, check.null)
    level = low > check.null or high < check.null
    return [one for one in check.comparisons() if len(one) > 1 or not level]


def _differences(
    check: Check, comparison: Mapping[str, float], arms: Mapping[str, Arm]
) -> set[str]:
    """Keys of `Arm.sources` in which the arms of a comparison differ."""
    sets: list[dict[str, Any]] = [arms[name].sources() for name in comparison]
    keys = {key for one in sets for key in one if any(one.get(key) != o.get(key) for o in sets)}
    if check.read.kind in OF_ONE_ARM and len(sets) == 1:
        keys = {key for key in sets[0] if key.startswith(SETS)}
    return keys


def _ids(keys: set[str], tables: Tables) -> set[str]:
    """The parameters and states behind the keys of `Arm.sources`."""
    ids: set[str] = set()
    for key in keys:
        name = key.rpartition(":")[2]
        if key.startswith("off"):
            ids.add(tables.mechanisms[name].text("switch"))
        elif name == "strains":
            ids |= {one for one in tables.parameters if one.startswith("dose_strain_")}
        elif name == "mother":
            ids |= {*MOTHERS}
        elif name == "creams":
            creams = topicals(tables.biology).values()
            ids |= {ON_SIGHT, POTENCY, *(row.text("input") for row in creams)}
        elif name == "drugs":
            ids |= {ORAL_INPUT, *(one for one in tables.species if one.endswith("_depot"))}
        else:
            ids.add(name)
    return ids


@cache
def _readers(equations: Model | WrittenEquations, off: frozenset[str]) -> Readers:
    from gutskin.model.graph import Readers

    return Readers(equations, off, _readers(equations, frozenset()) if off else None)
