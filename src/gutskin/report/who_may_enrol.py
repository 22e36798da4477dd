"""Who may enrol in a trial and what its arms are given, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from gutskin.media import counted, ends
from gutskin.trials.parts import OTHER_CRITERIA

if TYPE_CHECKING:
    from gutskin.trials.parts import Eligibility, Subgroup


class Words(Protocol):
    """A row of endpoints.tsv, or what a frozen plan holds of it."""

    def text(self, column: str, /) -> str:
        """What stands in a column."""
        ...


def entry_words(asked: Eligibility, rows: Mapping[str, Words]) -> list[str]:
    """What is asked of who may enrol, beside his age.

    Parameters
    ----------
    rows : of endpoints.tsv
    """
    measured = {
        "SCORAD": asked.scorad, "EASI": asked.easi, "IGA": asked.iga,
        **{rows[name].text("label"): getattr(asked, name) for name in OTHER_CRITERIA},
    }  # fmt: skip
    parts = [] if asked.weight_kg is None else ["{:g} to {:g} kg".format(*asked.weight_kg)]
    parts += [f"measured {name} {ends(f'{both[0]:g}', f'{both[1]:g}')}"
              for name, both in measured.items() if both is not None]  # fmt: skip
    parts += _sensitised(asked)
    parts += ["not helped by steroid cream"] if asked.steroid_failed else []
    parts += ["helped by steroid cream"] if asked.steroid_helped else []
    return parts


def subgroup_words(one: Subgroup, rows: Mapping[str, Words]) -> str:
    """Who is in a subgroup."""
    parts = [] if one.age_years is None else ["{:g} to {:g} years".format(*one.age_years)]
    parts += [
        f"{rows[name].text('label')} {ends(f'{both[0]:g}', f'{both[1]:g}')} at the first visit"
        for name in ("scorad", "easi", "itch", "total_ige")
        if (both := getattr(one, name)) is not None
    ]
    return f"{one.title}: {', '.join([*parts, *_sensitised(one)])}"


def _sensitised(asked: Eligibility | Subgroup) -> list[str]:
    words = {"sensitised": "sensitised", "food_sensitised": "sensitised to food"}
    found = {told: getattr(asked, name) for name, told in words.items()}
    return [told if wanted else f"not {told}" for told, wanted in found.items()
            if wanted is not None]  # fmt: skip


def given_words(courses: Sequence[Mapping[str, Any]]) -> str:
    """What an arm is given: each thing, how much, from which day to which, how often.

    Parameters
    ----------
    courses : regimens as plain values

    Examples
    --------
    >>> given_words([dict(what="W23", amount="4e9 CFU a day", first=0.0, last=55.0, doses=56)])
    'W23, 4e9 CFU a day, days 0 to 55 (56 doses)'
    >>> given_words([])
    'nothing'
    """
    told = []
    for one in courses:
        first, last = f"{one['first']:g}", f"{one['last']:g}"
        days = f"day {first}" if first == last else f"days {first} to {last}"
        told.append(f"{one['what']}, {one['amount']}, {days} ({counted(one['doses'], 'dose')})")
    return "; ".join(told) or "nothing"
