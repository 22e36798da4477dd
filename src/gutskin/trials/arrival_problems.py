"""What is wrong with blocks, strata, seasons and an extension of a trial file."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gutskin.media import counted
from gutskin.toml_file import sound, sound_parts, table
from gutskin.toml_text import Found
from gutskin.trials.arm_names import alike_titles
from gutskin.trials.design_parts import (
    BY_SCORE,
    MINIMISATION,
    Extension,
    Randomisation,
    Stratum,
)
from gutskin.trials.parts import Analysis, Visits
from gutskin.user_text import canonical

FEWEST = 2  # patients of an arm
MOST_STRATA = 64
MOST_WEEKS = 522.0  # ten years of starts
OFF_THE_RATIO = 0.1  # of an arm: sizes as analysed are those randomised less who left


def arrival_problems(
    raw: Mapping[str, Any], arms: Sequence[Mapping[str, Any]], visits: Visits | None
) -> Iterator[Found]:
    """Blocks that hold no whole ratio, strata by what is not known, an extension of nothing.

    Blocks and minimisation in one, too.

    Parameters
    ----------
    raw : the file
    arms : its arms
    visits : of the file, where its weeks are sound
    """
    yield from _method(raw)
    yield from _blocks(raw, arms)
    yield from _strata(raw)
    yield from _site_problems(raw)
    yield from _extension(raw, visits)


def _method(raw: Mapping[str, Any]) -> Iterator[Found]:
    """What belongs to blocks in a minimisation, what belongs to it in blocks, and what is left."""
    if not isinstance(raw.get("randomisation"), dict):
        return
    values, place = table(raw, "randomisation"), ("randomisation",)
    if values.get("method", "blocks") == "blocks":
        if values.get("block_sizes") is None:
            fix = 'Add it, such as `block_sizes = [4]`, or write `method = "minimisation"`.'
            yield place, "blocks have no size: `block_sizes` is missing.", fix
        if values.get("probability") is not None:
            what = "`probability` belongs to a minimisation."
            yield (
                (*place, "probability"),
                what,
                f'Take it out, or write `method = "{MINIMISATION}"`.',
            )
    elif values["method"] == MINIMISATION:
        if values.get("block_sizes") is not None:
            yield (*place, "block_sizes"), "a minimisation has no blocks.", "Take it out."
        if not values.get("strata"):
            what = "a minimisation evens out groups of patients, and there are none."
            yield place, what, "Add [[randomisation.strata]]."


def _blocks(raw: Mapping[str, Any], arms: Sequence[Mapping[str, Any]]) -> Iterator[Found]:
    values = table(raw, "randomisation")
    sizes = [arm.get("n") for arm in arms]
    whole = sound(Randomisation, {"block_sizes": values.get("block_sizes")})
    blocks = None if whole is None else whole.block_sizes
    given = sound(Randomisation, {"block_sizes": (2,), "ratio": values.get("ratio", ())})
    if not values or given is None:
        return
    if given.ratio and len(given.ratio) != len(arms):
        what = f"`ratio` has {counted(len(given.ratio), 'part')}, and the trial "
        what += f"{counted(len(arms), 'arm')}."
        yield ("randomisation", "ratio"), what, "Write one part for each arm, in their order."
        return
    yield from _off_the_ratio(given.ratio, sizes, max(blocks or (0,)))
    ratio = given.ratio or tuple(one for one in sizes if isinstance(one, int) and one > 0)
    if blocks is None or not ratio or len(ratio) < len(arms):
        return
    unit = sum(ratio) // math.gcd(*ratio)
    parts = " to ".join(f"{one // math.gcd(*ratio)}" for one in ratio)
    for number, size in enumerate(blocks):
        if size % unit:
            what = f"a block of {size} cannot hold arms of {parts}."
            fix = f"Write a multiple of {unit}"
            fix += "." if given.ratio else ", or the `ratio` that was meant, such as [1, 1]."
            yield ("randomisation", "block_sizes", number), what, fix


def _off_the_ratio(ratio: Sequence[int], sizes: Sequence[Any], block: int) -> Iterator[Found]:
    """Arms of sizes that no randomisation in that ratio gives.

    The last block may stay open, and an arm may be a tenth larger or smaller than its part.

    Parameters
    ----------
    sizes : of the arms, as the file has them
    block : the largest block; 0 where none is known
    """
    if not ratio or any(type(one) is not int or one < 1 for one in sizes):
        return
    whole, patients = sum(ratio), sum(sizes)
    fair = [patients * part / whole for part in ratio]
    open_block = [max(block, 1) * part / whole * (1 - part / whole) for part in ratio]
    if all(
        abs(n - its) <= max(OFF_THE_RATIO * its, left, 1)
        for n, its, left in zip(sizes, fair, open_block, strict=True)
    ):
        return
    parts = [part // math.gcd(*ratio) for part in ratio]
    times = max(round(patients / sum(parts)), 1)
    while min(parts) * times < FEWEST:
        times += 1
    fits = ", ".join(f"{part * times}" for part in parts)
    what = f"arms of {', '.join(map(str, sizes))} patients are not {' to '.join(map(str, ratio))}."
    fix = f"Write `n` of {fits} (or other multiples of {', '.join(map(str, parts))}) in [[arms]], "
    yield ("randomisation", "ratio"), what, f"{fix}or the `ratio` of these arms."


def _strata(raw: Mapping[str, Any]) -> Iterator[Found]:
    values = table(raw, "randomisation")
    found = sound_parts(values.get("strata"), Stratum)
    seen: set[str] = set()
    groups: list[int] = []
    eligibility = table(raw, "eligibility")
    admits = "easi" if {"easi", "iga"} & set(eligibility) else "scorad"
    born = str(raw.get("start", "")).startswith("birth_")
    for number, one in found.items():
        if one.by is None:
            continue
        place = ("randomisation", "strata", number, "by")
        if one.by in seen:
            yield place, f"strata by {one.by!r} stand twice.", "Write all `cuts` in one of them."
        seen.add(one.by)
        groups += [one.groups(len(_sites(raw)))] if one.cuts is not None else []
        if one.by == "site" and not _sites(raw):
            yield place, "the trial has no sites.", "Add [[sites]], or take the strata out."
        if one.by in BY_SCORE and born:
            what = "a newborn has no score by which he could be told apart."
            yield place, what, "Take it out."
        elif one.by in BY_SCORE and one.by != admits:
            what = f"{one.by!r} is not the score that admits patients."
            fix = f'Write "{admits}", or ask for a range of {one.by} in [eligibility].'
            if one.by in eligibility:
                fix = f'Write "{admits}": where both are asked it is the one that admits.'
            yield place, what, fix
        else:
            for at, cut in _empty(one, eligibility):
                what = f"nobody whom [eligibility] admits lies on both sides of {cut:g}."
                yield (*place[:-1], "cuts", at), what, "Write a cut inside its range."
    what = ""
    if values.get("method") == MINIMISATION:  # it looks at each group by itself
        if (many := sum(groups)) > MOST_STRATA:
            what = f"{many} groups in `strata`: a minimisation evens out {MOST_STRATA} at most."
    elif (many := math.prod(groups)) > MOST_STRATA:
        what = f"{many} strata: a trial in blocks has at most {MOST_STRATA}."
    if what:
        fix = "Write fewer cuts." if any(one.cuts for one in found.values()) else "Take some out."
        yield ("randomisation", "strata"), what, fix


def _empty(one: Stratum, eligibility: Mapping[str, Any]) -> Iterator[tuple[int, float]]:
    """Cuts of a score or an age at an end of what [eligibility] admits, or beyond it, by place."""
    ends = eligibility.get(one.by)
    if not isinstance(ends, list | tuple) or len(ends) != 2:
        return
    if all(isinstance(end, int | float) for end in ends):
        cuts = enumerate(one.cuts or ())
        yield from ((at, cut) for at, cut in cuts if not ends[0] < cut < ends[1])


def _sites(raw: Mapping[str, Any]) -> list[Any]:
    found = raw.get("sites")
    return found if isinstance(found, list) else []


def _site_problems(raw: Mapping[str, Any]) -> Iterator[Found]:
    """A single site, one that stands twice, too many."""
    everything = _sites(raw)
    if len(everything) == 1:
        yield ("sites",), "one site alone is the trial itself.", "Add another, or take it out."
    if len(everything) > MOST_STRATA:
        what = f"{counted(len(everything), 'site')}: a trial has at most {MOST_STRATA}."
        yield ("sites",), what, "Write fewer of them."
    seen: set[str] = set()
    for number, one in enumerate(everything):
        name = one.get("name") if isinstance(one, dict) else None
        if isinstance(name, str) and canonical(name) in seen:
            yield ("sites", number, "name"), f"the site {name!r} stands twice.", "Rename it."
        if isinstance(name, str):
            seen.add(canonical(name))
    yield from alike_titles(raw, "sites", "site")


def _extension(raw: Mapping[str, Any], visits: Visits | None) -> Iterator[Found]:
    values = table(raw, "extension")
    whole = sound(Extension, {key: values[key] for key in values if key == "from_week"})
    if not values or whole is None or whole.from_week is None or visits is None:
        return
    if whole.from_week not in visits.weeks[1:-1]:
        what = f"`from_week = {whole.from_week:g}` is no visit between the first and the last."
        between = ", ".join(f"{week:g}" for week in visits.weeks[1:-1])
        fix = f"Write one of {between}." if between else "Add visits in between."
        yield ("extension", "from_week"), what, fix
    analysis = table(raw, "analysis")
    asked = sound(Analysis, {"primary": "", "endpoints": [""], "week": analysis.get("week")})
    if asked is not None and (asked.week is None or asked.week > whole.from_week):
        what = "arms are compared after patients chose whether they go on."
        fix = f"Write `week = {whole.from_week:g}` or an earlier visit in [analysis]."
        yield ("extension",), what, fix
    measured = analysis.get("endpoints")
    named = {str(one) for one in measured} if isinstance(measured, list) else set()
    if values.get("share_if_no_better") is not None and not {"scorad", "easi"} & named:
        what = "who goes on for how he fares is judged by SCORAD or EASI, neither an endpoint."
        yield ("extension", "share_if_no_better"), what, 'Add "scorad" to `endpoints`.'
    for key in ("responders", "estimands"):
        late = key == "responders" or any(
            isinstance(one, dict) and isinstance(one.get("week"), int | float)
            and one["week"] > whole.from_week
            for one in raw.get(key) or ()
        )  # fmt: skip
        if raw.get(key) and late:
            what = f"[{key}] asks for patients who may have chosen not to go on."
            yield (key,), what, "Take it, or [extension], out."
