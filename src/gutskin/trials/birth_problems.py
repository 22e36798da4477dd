"""What a trial from birth cannot ask: newborns have no eczema that could become better or worse."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gutskin.model.rows import Row
from gutskin.population.patient_format import NEWBORN
from gutskin.toml_file import table
from gutskin.toml_text import Found
from gutskin.trials.endpoints import DROP, EVER, FALL

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
