"""What is wrong with looks before the end of a trial."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from gutskin.toml_file import sound, table
from gutskin.toml_lines import Place
from gutskin.toml_text import Found
from gutskin.trials.parts import Interim

PLACE: Place = ("analysis", "interim")
FEWEST = 2  # patients of an arm without whom nothing scatters


def interim_problems(
    raw: Mapping[str, Any], arms: Sequence[Mapping[str, Any]], alone: bool
) -> Iterator[Found]:
    """Looks of a trial that cannot have them, and looks at nobody.

    Parameters
    ----------
    raw : the file
    arms : its arms
    alone : whether it is a trial of a single arm
    """
    analysis = table(raw, "analysis")
    values = analysis.get("interim")
    if not isinstance(values, dict):
        return
    if alone:
        yield PLACE, "a trial of a single arm compares no arms.", "Take it out."
        return
    if analysis.get("multiplicity", "none") != "none":
        what = "looks before the end are at one question, and no p-values of several are adjusted."
        yield ("analysis", "multiplicity"), what, "Take it out, or [analysis.interim]."
    if isinstance(raw.get("seasons"), dict) and not isinstance(raw.get("randomisation"), dict):
        what = "who comes first is not known of arms that are not filled in the order of the year."
        yield PLACE, what, "Add [randomisation], such as `block_sizes = [4]`."
    yield from _order(values.get("looks"))
    asked = sound(Interim, {"looks": values.get("looks")})
    sizes = [one["n"] for one in arms if type(one.get("n")) is int and one["n"] >= FEWEST]
    if asked is not None and sizes:
        yield from _too_few(asked, min(sizes))


def _order(looks: Any) -> Iterator[Found]:
    """Looks in a wrong order beside one that is no share, which is told by itself."""
    if not isinstance(looks, list):
        return
    shares = [one for one in looks if type(one) in (int, float) and 0 < one <= 1]
    wrong = []
    if any(later <= one for one, later in pairwise(shares)):
        wrong.append("each number must be larger than the one before it")
    if shares and looks[-1] in shares and looks[-1] != 1:
        wrong.append("the last look must be 1, all patients")
    if wrong:
        yield (*PLACE, "looks"), f"the looks: {'; '.join(wrong)}.", None


def _too_few(asked: Interim, n: int) -> Iterator[Found]:
    """Looks at which the smallest arm has too few patients, or no more than at the one before."""
    seen = asked.seen(n)
    for number, (share, many) in enumerate(zip(asked.looks, seen, strict=True)):
        if many < FEWEST:
            what = f"the look at {share:g} sees {many} of {n} patients of an arm: nothing could be "
            fix = "Write a larger share, or more patients."
            yield (*PLACE, "looks", number), f"{what}tested.", fix
    for number, (before, many) in enumerate(pairwise(seen), 1):
        if many == before >= FEWEST:
            what = f"the look at {asked.looks[number]:g} sees the same {many} of {n} patients of "
            fix = "Write fewer looks, or more patients."
            yield (*PLACE, "looks", number), f"{what}an arm as the one before.", fix
