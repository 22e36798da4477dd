"""How severe the eczema of a trial's patients is, on one scale: SCORAD.

A trial asks for patients by SCORAD, objective SCORAD, EASI or grades of IGA. One study found bands
of severity of the first three in the same patients, 13 years and older: the ends of its bands stand
for each other, and between two of them a score is read along a straight line. Children are read so
too, since nobody's table holds bands of theirs. IGA is read as EASI first, as everywhere in a
trial. Where no score is asked, or one that leaves nobody out (0 to 103 SCORAD), patients are as ill
as those of their population usually are, as far as the tables of targets say it. What neither tells
cannot be placed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gutskin.media import ends
from gutskin.model.biology import Biology
from gutskin.model.rows import Row
from gutskin.model.tables import read_tables
from gutskin.population.populations import find_population
from gutskin.trials.design import TrialDesign
from gutskin.trials.iga import easi_range
from gutskin.trials.severity_bands import Interval, as_scorad, band_ends, has_eczema

WORDS = {
    "scorad": "{} SCORAD", "easi": "{} EASI", "iga": "IGA {}",
    "objective_scorad": "{} points of objective SCORAD",
}  # fmt: skip
TARGETS = ("targets/levels.tsv", "targets/cohorts.tsv")
MIDDLES = ("mean", "median")  # statistics that say how ill people usually are


@dataclass(frozen=True)
class Severity:
    """How severe the eczema of a trial's patients is.

    Parameters
    ----------
    asked : by what they are chosen, in words
    scorad : the same as a range of SCORAD; None where it cannot be placed
    missing : what would have to be known to place it, in words
    """

    asked: str
    scorad: Interval | None
    missing: str = ""


def some_are_ill(design: TrialDesign, biology: Biology) -> bool:
    """Whether anybody who may enrol has eczema, or is born to have it."""
    return any(_is_ill(name, biology) for name in populations(design))


def _is_ill(name: str, biology: Biology) -> bool:
    return has_eczema(find_population(name, biology))


def populations(design: TrialDesign) -> tuple[str, ...]:
    """The names of the populations that a trial enrols from."""
    own = design.population
    return (own,) if isinstance(own, str) else tuple(own)


def severity_of(design: TrialDesign, biology: Biology) -> Severity:
    """By the scores that a trial asks for, else by what is usual in its populations.

    Parameters
    ----------
    design : a trial of people who have eczema at its start
    """
    asked = design.eligibility
    ranges = {
        "scorad": asked.scorad,
        "easi": easi_range(asked, read_tables(biology).endpoints["iga"]),
        "objective_scorad": asked.objective_scorad,
    }
    read = [as_scorad(name, one, biology) for name, one in ranges.items() if one is not None]
    least, *_, most = band_ends("scorad", biology)
    found = [one for one in read if one != (least, most)]  # what leaves somebody out
    if not found:
        row = read_tables(biology).endpoints["itch"]
        if asked.itch in (None, (row.number("low"), row.number("high"))):
            return _usual(design, biology)
        itch = ends(*(f"{one:g}" for one in asked.itch))
        return Severity(
            f"itch of {itch} and no score of the skin", None, "which SCORAD goes with an itch"
        )
    low, high = max(low for low, _ in found), min(high for _, high in found)
    by = {name: getattr(asked, name) for name in WORDS if getattr(asked, name) is not None}
    told = " and ".join(WORDS[name].format(_ends(*one)) for name, one in by.items())
    if low > high:
        return Severity(told, None, "who meets all of that (by bands of severity nobody does)")
    if [*by] != ["scorad"]:
        told += f", about {_ends(low, high, 0)} SCORAD"
    return Severity(told, (low, high))


def _usual(design: TrialDesign, biology: Biology) -> Severity:
    """How ill those who have eczema usually are; told only where it is of all their populations."""
    names = [name for name in populations(design) if _is_ill(name, biology)]
    labels = {name: find_population(name, biology).label for name in names}
    rows = {name: _middles(name, biology) for name in names}
    if unknown := [labels[name] for name, found in rows.items() if not found]:
        asked = f"{' and '.join(labels.values())}, chosen by no score"
        return Severity(asked, None, f"how ill {' and '.join(unknown)} usually are")
    every = [row for found in rows.values() for row in found]
    low = min(row.number("low") for row in every)
    high = max(row.number("high") for row in every)
    return Severity(f"usually {_ends(low, high)} SCORAD", (low, high))


def _middles(name: str, biology: Biology) -> Sequence[Row]:
    """Rows on the usual SCORAD of a population, or of the one whose people these are."""
    found = [row for table in TARGETS for row in biology.table(table).values() if _is_middle(row)]
    own = [row for row in found if row.text("population") == name]
    like = find_population(name, biology).like
    return own or [row for row in found if row.text("population") == like]


def _is_middle(row: Row) -> bool:
    """Whether it says how ill all the people of a population usually are."""
    plain = not any(row.text(key) for key in ("given", "versus", "at_day"))
    return plain and row.text("quantity") == "scorad" and row.text("statistic") in MIDDLES


def _ends(low: float, high: float, digits: int | None = None) -> str:
    numbers = (low, high) if digits is None else (round(low, digits), round(high, digits))
    return ends(*(f"{one:g}" for one in numbers))
