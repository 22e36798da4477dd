"""Scores and levels by which a trial asks for people whom no population of it has.

Who has no eczema has a clear skin: below where the bands of `severity_bands.py` begin. A count of
cells in blood is of whole cells: what lies below one is written in another unit.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gutskin.model.biology import Biology
from gutskin.model.vocabulary import vocabulary
from gutskin.population.populations import Population, load_populations
from gutskin.toml_file import sound, table
from gutskin.toml_text import Found
from gutskin.trials.iga import easi_range
from gutskin.trials.parts import Eligibility
from gutskin.trials.severity_bands import VALUES, Interval, as_scorad, has_eczema, least_scorad

SCORES = {"scorad": "SCORAD", "easi": "EASI", "iga": "IGA", "objective_scorad": "objective SCORAD"}
USUAL = {"eosinophils": "Blood eosinophil normal range"}  # criterion -> what people usually have
THOUSAND = 1000.0  # cells of a microlitre that are 1e9 of a litre


def out_of_reach(
    raw: Mapping[str, Any], people: Sequence[Population], biology: Biology
) -> Iterator[Found]:
    """All criteria that nobody of these populations meets.

    Parameters
    ----------
    raw : the file
    people : the populations that it names; nothing is said of none
    """
    if people and not any(has_eczema(one) for one in people):
        yield from _scores(raw, people, biology)
    yield from _counts(raw, biology)


def _scores(
    raw: Mapping[str, Any], people: Sequence[Population], biology: Biology
) -> Iterator[Found]:
    """Scores of eczema that are asked of people without it."""
    names = " or ".join(repr(one.name) for one in people)
    least = least_scorad(biology)
    for key, label in SCORES.items():
        ends = _asked(raw, key, biology)
        if ends is None or as_scorad("easi" if key == "iga" else key, ends, biology)[0] < least:
            continue
        low, high = table(raw, "eligibility")[key]
        what = f"{label} {low:g} to {high:g} is of eczema, and population {names} is of people "
        what += f"without it, whose skin is clear (below {least:g} SCORAD)."
        yield ("eligibility", key), what, f"Take it out, or write {_with_eczema(people, biology)}."


def _asked(raw: Mapping[str, Any], key: str, biology: Biology) -> Interval | None:
    """The range of a score that a file asks for, of grades of IGA that of EASI."""
    asked = table(raw, "eligibility")
    whole = sound(Eligibility, {key: asked[key]}) if key in asked else None
    if whole is None:
        return None
    return (
        easi_range(whole, vocabulary(biology).tables.endpoints["iga"])
        if key == "iga"
        else getattr(whole, key)
    )


def _with_eczema(people: Sequence[Population], biology: Biology) -> str:
    """Populations of people with eczema who are as old as some of these."""
    (low, high) = min(one.ages[0] for one in people), max(one.ages[1] for one in people)
    found = [
        f'`population = "{one.name}"`'
        for one in load_populations(biology).values()
        if has_eczema(one) and max(one.ages[0], low) < min(one.ages[1], high)
    ]
    return " or ".join(found) or "a population with eczema"


def _counts(raw: Mapping[str, Any], biology: Biology) -> Iterator[Found]:
    """Counts of cells below one."""
    for key, quantity in USUAL.items():
        asked = table(raw, "eligibility")
        whole = sound(Eligibility, {key: asked[key]}) if key in asked else None
        if whole is None or getattr(whole, key) is None or getattr(whole, key)[1] >= 1.0:
            continue
        low, high = getattr(whole, key)
        rows = biology.table(VALUES).values()
        usual = next((row for row in rows if row.text("quantity") == quantity), None)
        row = vocabulary(biology).tables.endpoints[key]
        unit = row.text("unit").replace("uL", "µL")
        what = f"`{key} = [{low:g}, {high:g}]`: nobody has less than one cell, and it is a count "
        what += f"of cells ({row.text('label')}, {unit})"
        if usual is not None:
            first, last = (THOUSAND * usual.number(end) for end in ("low", "high"))
            what += f"; healthy adults have {first:g} to {last:g}"
        fix = f"Write `{key} = [{THOUSAND * low:g}, {THOUSAND * high:g}]` if it is in 1e9 cells a "
        yield ("eligibility", key), f"{what}.", f"{fix}litre."
