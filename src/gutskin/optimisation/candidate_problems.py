"""What is wrong between a file of candidates and its trial."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from gutskin.errors import nearest
from gutskin.optimisation.candidates import EVERYBODY, Candidates, Enrichment
from gutskin.optimisation.survey import scalable
from gutskin.toml_text import Found
from gutskin.trials.arm_names import alike_titles

if TYPE_CHECKING:
    from gutskin.model.rows import Row
    from gutskin.trials.design import TrialDesign

OF_ALL_VISITS = ("ever", "count")  # scales whose value hangs on how many visits there are


def candidate_problems(
    asked: Candidates, raw: Mapping[str, Any], design: TrialDesign, rows: Mapping[str, Row]
) -> Iterator[Found]:
    """What is wrong between the file and the trial.

    Parameters
    ----------
    asked : of the file, keys left out whose form is wrong
    raw : values of the file
    rows : endpoints.tsv
    """
    arms = [one.name for one in design.active]
    if asked.arm and asked.arm not in arms:
        yield ("arm",), f"{asked.arm!r} is no active arm of the trial.", nearest(asked.arm, arms)
    elif asked.dose_factors not in ((), (1.0,)) and not scalable(design, asked.arm or arms[0]):
        what = f"`{asked.arm or arms[0]}` receives nothing of which there could be another dose."
        yield ("dose_factors",), what, "Take it out."
    if asked.run_in_weeks and design.run_in is not None:
        what = "the trial has a run-in of its own."
        yield ("run_in_weeks",), what, "Take it out, or take [run_in] out of the trial."
    for number, weeks in enumerate(asked.run_in_weeks):
        if 0 < weeks < 1:
            what = f"`run_in_weeks`: {weeks:g} weeks; a run-in has one week at least."
            yield ("run_in_weeks", number), what, "Write 0 or 1 or more."
    if asked.records and asked.weeks and asked.weeks[0] <= asked.records[-1] - 1:
        what = f"{asked.records[-1]} records a week apart end at week {asked.records[-1]} or later."
        yield ("records",), what, "Write fewer of them, or later `weeks`."
    for place, name in _names(asked):
        if name in rows and rows[name].text("scale") in OF_ALL_VISITS:
            what = f"{name!r} hangs on how many visits there are, which differ between designs."
            yield place, what, "Take another endpoint."
    yield from alike_titles(raw, "enrichment", "enrichment")
    names = [one.name for one in asked.enrichment]
    for number, one in enumerate(asked.enrichment):
        place = ("enrichment", number)
        if names.index(one.name) < number or one.name == EVERYBODY.name:
            what = f"the enrichment {one.name!r} stands twice."
            yield (*place, "name"), what, "Write another name; 'all' is everybody."
        if not one.measured and not one.of_the_person:
            yield place, f"the enrichment {one.name!r} asks for nothing.", "Say whom it takes."
        for key, what, remedy in _takes_nobody(one, design, rows):
            yield (*place, key), what, remedy


def _takes_nobody(
    one: Enrichment, design: TrialDesign, rows: Mapping[str, Row]
) -> Iterator[tuple[str, str, str]]:
    """Why nobody whom the trial admits fits an enrichment: key, what is wrong, remedy."""
    low, high = design.eligibility.age_years or (0.0, 200.0)
    if one.age_years and (one.age_years[1] <= low or one.age_years[0] >= high):
        what = f"the trial admits nobody of {one.age_years[0]:g} to {one.age_years[1]:g} years."
        yield "age_years", what, f"Its ages are {low:g} to {high:g} years."
    for key in ("sensitised", "food_sensitised"):
        own, admitted = getattr(one, key), getattr(design.eligibility, key)
        if own is not None and admitted is not None and own != admitted:
            what = f"nobody is in it: the trial asks `{key} = {str(admitted).lower()}`."
            yield key, what, "Take it out."
    if one.food_sensitised and one.sensitised is False:
        what = "nobody is in it: who is sensitised to food is sensitised."
        yield "sensitised", what, "Take one of both out."
    for name, (first, last) in one.records.items():
        least, most = rows[name].number("low", -math.inf), rows[name].number("high", math.inf)
        if last < least or first > most:
            what = f"`{name} = [{first:g}, {last:g}]` is not within its scale."
            yield "records", what, f"It runs from {least:g} to {most:g}."
    both = [name for name in one.upper_half if name in one.lower_half]
    if both:
        what = f"nobody lies above and below the median of {both[0]!r}."
        yield "lower_half", what, "Take it out of one of both."


def _names(asked: Candidates) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """Every endpoint of a file with its place."""
    for number, name in enumerate(asked.endpoints):
        yield ("endpoints", number), name
    for number, name in enumerate(asked.pilot.endpoints):
        yield ("pilot", "endpoints", number), name
    for number, one in enumerate(asked.enrichment):
        for name in one.measured:
            yield ("enrichment", number), name
