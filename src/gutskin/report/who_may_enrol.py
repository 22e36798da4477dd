"""Who may enrol in a trial and what its arms are given, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from gutskin.media import counted, ends
from gutskin.report.words import listed, percent
from gutskin.report.words import units as units_of
from gutskin.trials.parts import OTHER_CRITERIA

if TYPE_CHECKING:
    from gutskin.trials.parts import Eligibility, Infants, Subgroup


BARE = ("points", "1")  # units that the name of what is measured says


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
    units = {rows[name].text("label"): _unit(rows[name]) for name in OTHER_CRITERIA}
    parts = [] if asked.weight_kg is None else ["{:g} to {:g} kg".format(*asked.weight_kg)]
    parts += [f"measured {name} {ends(f'{both[0]:g}', f'{both[1]:g}')}{units.get(name, '')}"
              for name, both in measured.items() if both is not None]  # fmt: skip
    parts += _sensitised(asked)
    parts += ["not helped by steroid cream"] if asked.steroid_failed else []
    parts += ["helped by steroid cream"] if asked.steroid_helped else []
    return parts


def subgroup_words(one: Subgroup, rows: Mapping[str, Words]) -> str:
    """Who is in a subgroup."""
    parts = [] if one.age_years is None else ["{:g} to {:g} years".format(*one.age_years)]
    parts += [
        f"{rows[name].text('label')} {ends(f'{both[0]:g}', f'{both[1]:g}')}{_unit(rows[name])} "
        "at the first visit"
        for name in ("scorad", "easi", "itch", "total_ige")
        if (both := getattr(one, name)) is not None
    ]
    return f"{one.title}: {', '.join([*parts, *_sensitised(one)])}"


def _unit(row: Words) -> str:
    """The unit behind a number, where its name does not say it."""
    unit = row.text("unit")
    return "" if unit in BARE else f" {units_of(unit)}"


def people_words(labels: Sequence[str]) -> str:
    """Several populations in a row: what they all end with stands once.

    Examples
    --------
    >>> people_words(["children with eczema", "adolescents with eczema"]), people_words(["a", "b"])
    ('children and adolescents with eczema', 'a; b')
    """
    begins, ends_so = zip(*(one.partition(" ")[::2] for one in labels), strict=True)
    if len({*ends_so}) == 1 and ends_so[0] and len(labels) > 1:
        return f"{listed(list(begins))} {ends_so[0]}"
    return "; ".join(labels)


def infant_words(asked: Infants, start: str) -> list[str]:
    """How newborns and infants were born and are fed, where the file says it.

    Examples
    --------
    >>> from gutskin.trials.parts import Infants
    >>> (
    ...     infant_words(Infants(formula_share=0.2), "birth_vaginal"),
    ...     infant_words(Infants(), "settled"),
    ... )
    (['20% without human milk'], [])
    """
    by_section = asked.c_section_share
    if by_section is None:
        by_section = float(start == "birth_c_section")
    shares = ((by_section, "born by section"), (asked.formula_share, "without human milk"))
    return [f"{percent(share)} {words}" for share, words in shares if share]


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
