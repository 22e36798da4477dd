"""What is wrong with scores that admit or make subgroups: off the scale, too narrow, of no skin."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

from gutskin.model.biology import Biology
from gutskin.model.domains import limits
from gutskin.model.rows import Row
from gutskin.model.vocabulary import vocabulary
from gutskin.toml_file import sound, table
from gutskin.toml_lines import Place
from gutskin.toml_text import Found
from gutskin.trials.iga import easi_range
from gutskin.trials.parts import OTHER_CRITERIA, Eligibility
from gutskin.trials.wrong_ends import end_beside_a_wrong_one

RATED_MOST = 20.0  # points of SCORAD that itch and sleep can have
RECORDED = ("scorad", "easi", "itch", "total_ige")  # of a subgroup, told by the record of a visit
LIMITS = {"total_ige": "ige_level"}  # criterion without a scale -> row of limits.tsv


def score_problems(raw: Mapping[str, Any], biology: Biology) -> Iterator[Found]:
    """All that is wrong with the scores and levels of who may enrol.

    Parameters
    ----------
    raw : the file
    """
    yield from _scores(raw, biology)
    yield from _grades(raw, biology)
    yield from _pairs(raw)


def _scores(raw: Mapping[str, Any], biology: Biology) -> Iterator[Found]:
    """Scores that the scale does not have, of who may enrol and of subgroups."""
    asked = table(raw, "eligibility")
    for key in ("scorad", "easi", *OTHER_CRITERIA):
        if key in asked:
            yield from _on_its_scale(("eligibility", key), asked[key], biology)
    groups = raw.get("subgroups")
    for number, one in enumerate(groups if isinstance(groups, list) else ()):
        for key in RECORDED:
            if isinstance(one, dict) and key in one:
                yield from _on_its_scale(("subgroups", number, key), one[key], biology)


def _on_its_scale(place: Place, ends: Any, biology: Biology) -> Iterator[Found]:
    """What is wrong with a range of a score, as written in the file."""
    key = str(place[-1])
    row = vocabulary(biology).tables.endpoints[key]
    whole = sound(Eligibility, {key: ends})
    if whole is None:
        yield from _beside_a_wrong_end(place, ends, row)
    if whole is None or getattr(whole, key) is None:
        return
    low, high = getattr(whole, key)
    first, last = row.number("low", -math.inf), row.number("high", math.inf)
    most = limits()[LIMITS[key]].high if key in LIMITS else math.inf
    if low > most:
        what = f"`{key} = [{low:g}, {high:g}]`: nobody has a {row.text('label')} above "
        what += f"{most:g} {row.text('unit')}."
        yield place, what, f"Write a range below {most:g}."
    elif first <= low and high <= last:
        if place[0] == "eligibility":
            yield from _too_narrow(key, low, high, row)
    else:
        both = max(low, first), min(high, last)
        what = f"`{key} = [{low:g}, {high:g}]` is not within the scale of {_name(row)}: it runs "
        what += f"from {first:g} to {last:g}."
        fits = f"`{key} = [{both[0]:g}, {both[1]:g}]`, which both have in common"
        remedy = "Write another range" if both[0] >= both[1] else f"Write {fits}"
        yield place, what, f"{remedy}."


def _name(row: Row) -> str:
    return row.id.upper() if row.id in ("scorad", "easi") else row.text("label")


def _beside_a_wrong_end(place: Place, ends: Any, row: Row) -> Iterator[Found]:
    """The end of a range that is beyond the scale, where the other end is no score at all."""
    last, end = row.number("high", math.inf), end_beside_a_wrong_one(row.id, ends)
    if end is not None and end[1] > last:
        what = f"{end[1]:g} is beyond the scale of {_name(row)}, which runs to {last:g}."
        yield (*place, end[0]), what, f"Write {last:g} or less."


def _too_narrow(key: str, low: float, high: float, row: Row) -> Iterator[Found]:
    """A range within which no record can be placed: it is narrower than the error of one."""
    noise, scale = row.number("noise", 0.0), row.text("scale")
    if scale == "linear" and high - low < noise:
        wide = f"{noise:g} {row.text('unit')}"
    elif scale == "log" and low > 0 and math.log(high / low) < noise:
        wide = f"a factor of {math.exp(noise):.2g}"
    else:
        return
    what = f"`{key} = [{low:g}, {high:g}]` is narrower than the error of one record of "
    what += f"{row.text('label')}, {wide}: it chooses nobody."
    yield ("eligibility", key), what, "Write a wider range."


def _grades(raw: Mapping[str, Any], biology: Biology) -> Iterator[Found]:
    """Grades of IGA and a range of EASI that nobody has together."""
    values = table(raw, "eligibility")
    given = {key: values[key] for key in ("iga", "easi") if key in values}
    whole = sound(Eligibility, given) if "iga" in given else None
    if whole is None or whole.iga is None:
        return
    ends = easi_range(whole, vocabulary(biology).tables.endpoints["iga"])
    if ends is not None and ends[0] >= ends[1]:
        what = f"nobody has an IGA of {whole.iga[0]} to {whole.iga[1]} and the EASI that is asked."
        yield ("eligibility", "iga"), what, "Take one of the two out, or widen it."


def _pairs(raw: Mapping[str, Any]) -> Iterator[Found]:
    """Ranges of SCORAD, of its objective part and of itch that no skin has together."""
    given = table(raw, "eligibility")
    found = {}
    for key in ("scorad", "objective_scorad", "itch"):
        one = sound(Eligibility, {key: given[key]}) if key in given else None
        if one is not None and (its := getattr(one, key)) is not None:
            found[key] = its
    if (whole := found.get("scorad")) is None:
        return
    for key, most in (("objective_scorad", RATED_MOST), ("itch", math.inf)):
        if key not in found:
            continue
        low, high = found[key]
        if whole[1] < low or high + most < whole[0]:
            of = "what the patient rates, 0 to 20 points, is the rest of it"
            of = of if key == "objective_scorad" else "it is one of the parts that are added"
            what = f"nobody has a SCORAD of {whole[0]:g} to {whole[1]:g} and `{key}` of "
            what += f"{low:g} to {high:g}: {of}."
            yield ("eligibility", key), what, "Take one of the two out, or widen it."
