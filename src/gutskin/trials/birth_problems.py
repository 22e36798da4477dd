"""What a trial from birth cannot ask: newborns have no eczema that could become better or worse.

Nor does a mother's product reach a child through milk that he does not get.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gutskin.model.rows import Row
from gutskin.population.patient_format import NEWBORN
from gutskin.toml_file import sound_parts, table
from gutskin.toml_text import Found
from gutskin.trials.endpoints import DROP, EVER, FALL
from gutskin.trials.intervention_parts import INTERVENTIONS

HELD_AGAINST_BIRTH = {
    "conduct": ("rescue", "leave_if_no_better", "leave_if_worse"),
    "discontinuation": ("if_no_better", "if_worse"),
    "extension": ("share_if_no_better",),
}


def birth_problems(raw: Mapping[str, Any], endpoints: Mapping[str, Row]) -> Iterator[Found]:
    """Falls from a baseline that is 0, and who is no better or worse than on the day of birth.

    Parameters
    ----------
    raw : the file
    endpoints : rows of endpoints.tsv
    """
    if not str(raw.get("start", "")).startswith(NEWBORN):
        return
    asked = table(raw, "analysis").get("endpoints")
    falls = {
        number: name
        for number, name in enumerate(asked if isinstance(asked, list | tuple) else ())
        if isinstance(name, str) and name in endpoints
        and endpoints[name].text("scale") in (FALL, DROP)
    }  # fmt: skip
    if falls:
        names = ", ".join(repr(name) for name in dict.fromkeys(falls.values()))
        what = f"{names}: newborns have no eczema that could fall from its baseline."
        instead = ", ".join(
            f'"{row.id}"' for row in endpoints.values() if row.text("scale") == EVER
        )
        fix = f"Ask who gets it ({instead}), or for a score at an age."
        yield ("analysis", "endpoints", min(falls)), what, fix
    for part, keys in HELD_AGAINST_BIRTH.items():
        for key in keys:
            if table(raw, part).get(key):
                what = f"`{key}` holds patients against their first visit, and newborns have no "
                what += "eczema on the day of birth."
                yield (part, key), what, "Take it out."
    yield from _without_milk(raw)


def _without_milk(raw: Mapping[str, Any]) -> Iterator[Found]:
    """A mother's product that comes through milk alone, where nobody gets human milk."""
    if table(raw, "infants").get("formula_share") != 1:
        return
    arms = raw.get("arms")
    for arm, one in enumerate(arms if isinstance(arms, list | tuple) else ()):
        given = one.get("interventions") if isinstance(one, dict) else None
        for number, dose in sound_parts(given, INTERVENTIONS).items():
            if dose.kind == "maternal_probiotic" and dose.weeks_before_birth == 0:
                what = (
                    "nobody gets human milk, and it is not taken before birth: no child meets it."
                )
                fix = "Write `weeks_before_birth`, or a smaller `formula_share` in [infants]."
                yield ("arms", arm, "interventions", number), what, fix
