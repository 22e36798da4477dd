"""Drugs by injection or by mouth: targets, pharmacokinetics and doses, as a table.

A row of `drugs.tsv` is one drug. Its targets are shares: how much of a target a saturating level
takes away. An antibody takes one of two places in the body (`drug_1_*`, `drug_2_*`), whose
parameters of role `trial` the row fills; a tablet turns over in hours and is an input, its mean
occupancy over a day. A new drug is a row and needs no equation.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from gutskin.errors import InputError, Problem
from gutskin.media import counted
from gutskin.model.biology import Biology
from gutskin.model.fragments import read_source
from gutskin.model.rows import Row

TABLE = "drugs.tsv"
PLACES = 2  # in the fragments, for antibodies given at the same time
JAK = "jak1"  # the target of tablets, which are no state
TARGETS = (
    "il4ra", "il13", "il31r", "il22", "il17", "il5", "tslp", "il33", "ox40", "ox40_depleted", "ige",
)  # fmt: skip
ORAL, DEPOT, VEIN = "oral", "subcutaneous", "intravenous"
ROUTES = (DEPOT, VEIN, ORAL)
# column -> parameter of a place, without its number
KINETICS = {
    "ka": "ka_drug", "volume": "v_drug", "ke": "ke_drug", "k12": "k12_drug", "k21": "k21_drug",
    "vmax": "vmax_drug", "km": "km_drug", "x_volume": "x_volume_drug",
    "x_clearance": "x_clearance_drug", "weight_reference": "weight_drug", "ec50": "ec50_drug",
}  # fmt: skip
NEEDED = ("ka", "volume", "ke", "x_volume", "x_clearance", "weight_reference", "bioavailability")
COLUMNS = (
    "id", "label", "class", *TARGETS, JAK, "route", *KINETICS, "bioavailability", "ec50_low",
    "ec50_high", "ada_share", "doses", "evidence", "grade", "note",
)  # fmt: skip
FASTEST = 50.0  # 1/day, of every rate of the model
WEEKS_LEAST = 1 / 7
_FIELDS = 8  # of a tier
_SHARE_TAKEN = {JAK: "jak_skin"} | {name: f"blocked_{name}" for name in TARGETS}
_WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Tier:
    """The dose of people of some age and weight, as a label has it; ends above are excluded.

    Parameters
    ----------
    age_low, age_high : (years)
    kg_low, kg_high : (kg)
    loading : amount of each of the first `loadings` doses (mg)
    dose : amount of each later one (mg); of a tablet the dose of a day
    weeks : from one dose to the next
    """

    age_low: float
    age_high: float
    kg_low: float
    kg_high: float
    loading: float
    loadings: int
    dose: float
    weeks: float

    @property
    def people(self) -> str:
        """Whom it is for, in words.

        >>> Tier(6, 18, 30, 60, 400, 1, 200, 2).people
        '6 to 18 years, 30 to 60 kg'
        """
        found = []
        for low, high, unit in (
            (self.age_low, self.age_high, "years"), (self.kg_low, self.kg_high, "kg"),
        ):  # fmt: skip
            if math.isfinite(high):
                found.append(f"{low:g} to {high:g} {unit}")
            elif low > 0:
                found.append(f"from {low:g} {unit}")
        return ", ".join(found)


def drugs(biology: Biology) -> dict[str, Row]:
    """The drugs of a biology, by id.

    >>> from gutskin.model.biology import shipped_biology
    >>> drugs(shipped_biology())["dupilumab"].text("label")
    'Dupilumab'
    """
    return biology.table(TABLE, COLUMNS) if biology.texts(TABLE) else {}


def is_oral(row: Row) -> bool:
    """Whether a drug is a tablet: an input, not a state."""
    return row.text("route") == ORAL


def targets_of(row: Row) -> dict[str, float]:
    """The targets of a drug: target -> share that a saturating level takes away."""
    found = {name: row.number(name, 0.0) for name in (*TARGETS, JAK)}
    return {name: share for name, share in found.items() if share}


def tiers_of(row: Row) -> tuple[Tier, ...]:
    """The usual doses of a drug, youngest and lightest first; none where no label is known.

    Raises
    ------
    InputError
        For a tier that cannot be read.

    Examples
    --------
    >>> from gutskin.model.biology import shipped_biology
    >>> tiers_of(drugs(shipped_biology())["dupilumab"])[2].people
    '6 to 18 years, 15 to 30 kg'
    """
    return tuple(_tier(row, text.strip()) for text in row.text("doses").split("|") if text.strip())


def _tier(row: Row, text: str) -> Tier:
    cells = [cell.strip() for cell in text.split(";")]
    oral = is_oral(row)
    try:
        if len(cells) != _FIELDS:
            raise ValueError(f"it has {counted(len(cells), 'field')}")
        age_low, age_high, kg_low, kg_high, loading, loadings, dose, weeks = cells
        found = Tier(
            float(age_low or 0), float(age_high or math.inf), float(kg_low or 0),
            float(kg_high or math.inf), float(loading or dose), int(loadings or 1), float(dose),
            WEEKS_LEAST if oral and not weeks else float(weeks),
        )  # fmt: skip
        if not (found.age_low < found.age_high and found.kg_low < found.kg_high):
            raise ValueError("a range is upside down")
        if not (min(found.loading, found.dose) >= 0 and found.loadings >= 1 and found.weeks > 0):
            raise ValueError("an amount or a time is below nothing")
    except ValueError as error:
        message = f"{row.id}: the dose tier {text!r} cannot be read: {error}."
        remedy = "Write age_low;age_high;kg_low;kg_high;loading;n_loading;dose;weeks."
        raise InputError(Problem(message, row.file, row.line, remedy)) from None
    return found


def place_values(row: Row, place: int) -> dict[str, float]:
    """What a drug in a place sets there: parameter id -> value.

    Parameters
    ----------
    place : 1 or 2
    """
    default = {"k12": 0.0, "k21": 0.0, "vmax": 0.0, "km": 1.0}
    found = {
        f"{parameter}_{place}": row.number(column, default.get(column))
        for column, parameter in KINETICS.items()
    }
    if row.text("route") == VEIN:
        found[f"ka_drug_{place}"] = row.number("ka", 1.0)
    return found | {f"f_{name}_drug_{place}": row.number(name, 0.0) for name in TARGETS}


def state_of(row: Row, place: int) -> str:
    """The state into which a drug is given: under the skin, or into the blood."""
    return f"drug_{place}_{'central' if row.text('route') == VEIN else 'depot'}"


def unread_targets(row: Row, biology: Biology) -> tuple[str, ...]:
    """The targets of a drug of which no equation of the model takes notice.

    >>> from gutskin.model.biology import shipped_biology
    >>> shipped = shipped_biology()
    >>> unread_targets(drugs(shipped)["dupilumab"], shipped)
    ()
    """
    read = read_ids(biology)
    return tuple(name for name in targets_of(row) if _SHARE_TAKEN.get(name) not in read)


@cache
def read_ids(biology: Biology) -> frozenset[str]:
    """Every id of which a state or an endpoint takes notice, at whatever distance.

    What only a quantity reads that nobody reads in turn counts as not read.
    """
    endpoints = frozenset(row.text("quantity") for row in biology.table("endpoints.tsv").values())
    code = [line.text.split("//")[0].rpartition(":=") for line in read_source(biology).lines]
    rules = [(left.strip(), frozenset(_WORD.findall(right))) for left, _, right in code]
    while True:
        read = frozenset(word for _, words in rules for word in words)
        used = [one for one in rules if not one[0] or one[0] in read or one[0] in endpoints]
        if len(used) == len(rules):
            return read
        rules = used


def drug_problems(biology: Biology) -> Iterator[Problem]:
    """What is wrong with the table: numbers, routes, targets, tiers; every row by itself."""
    for row in drugs(biology).values():
        yield from _drug(row)


def _drug(row: Row) -> Iterator[Problem]:
    numbers = _numbers(row)
    yield from (one for one in numbers.values() if isinstance(one, Problem))
    known = {name: one for name, one in numbers.items() if isinstance(one, float)}
    if row.text("route") not in ROUTES:
        what = f"route is {row.text('route')!r}."
        yield _problem(row, what, f"Write one of: {', '.join(ROUTES)}.")
    elif not is_oral(row):
        yield from _kinetics(row, known)
    yield from _targets(row, known)
    low, middle, high = (known.get(name) for name in ("ec50_low", "ec50", "ec50_high"))
    if low is None or middle is None or high is None or not 0 < low <= middle <= high:
        what = f"ec50 {row.text('ec50')!r} is not above 0 and between ec50_low and ec50_high."
        yield _problem(row, what, "Write the half-effective level and the range it may lie in.")
    if not 0 <= known.get("ada_share", 0.0) <= 1:
        yield _problem(row, f"ada_share is {row.text('ada_share')}.", "Write a share, 0 to 1.")
    try:
        tiers_of(row)
    except InputError as error:
        yield from error.problems


def _numbers(row: Row) -> Mapping[str, float | Problem]:
    """The numbers of a row by column; of an empty cell nothing."""
    columns = (*TARGETS, JAK, *KINETICS, "bioavailability", "ec50_low", "ec50_high", "ada_share")
    found: dict[str, float | Problem] = {}
    for column in columns:
        if not row.text(column):
            continue
        try:
            found[column] = row.number(column)
        except InputError as error:
            found[column] = error.problems[0]
        else:
            if math.isinf(row.number(column)):
                found[column] = _problem(row, f"{column} is infinite.", "Write a finite number.")
    return found


def _kinetics(row: Row, known: Mapping[str, float]) -> Iterator[Problem]:
    """Rates that are missing, negative, or faster than the model can follow."""
    needed = [one for one in NEEDED if one != "ka" or row.text("route") == DEPOT]
    missing = [name for name in needed if not row.text(name)]
    if missing:
        what = f"{', '.join(missing)} missing: an antibody has kinetics."
        yield _problem(row, what, "Write numbers, those of a usual antibody if no other is known.")
    for name in ("volume", "weight_reference", "km"):
        if known.get(name, 1.0) <= 0:
            yield _problem(row, f"{name} is {row.text(name)}.", "Write a number above 0.")
    for name in ("ka", "ke", "k12", "k21", "vmax"):
        if not 0 <= known.get(name, 0.0) <= FASTEST:
            what = f"{name} is {row.text(name)} a day."
            yield _problem(row, what, f"Write a rate from 0 to {FASTEST:g}.")
    if not 0 < known.get("bioavailability", 1.0) <= 1:
        what = f"bioavailability is {row.text('bioavailability')}."
        yield _problem(row, what, "Write a share, above 0 and up to 1.")
    if known.get("vmax", 0.0) and "km" not in known:
        yield _problem(row, "vmax without km.", "Write the level at half of vmax.")
    elif known.get("vmax", 0.0) > FASTEST * known.get("km", 1.0) > 0:
        what = f"vmax / km is {known['vmax'] / known['km']:.3g} a day."
        yield _problem(row, what, f"Raise km: no rate may exceed {FASTEST:g} a day.")
    if bool(known.get("k12")) != bool(known.get("k21")):
        yield _problem(row, "k12 and k21 belong together.", "Write both or neither.")


def _targets(row: Row, known: Mapping[str, float]) -> Iterator[Problem]:
    """A drug without a target, a share that is none, and the target of another route."""
    shares = {name: known[name] for name in (*TARGETS, JAK) if name in known}
    for name, share in shares.items():
        if not 0 <= share <= 1:
            yield _problem(row, f"{name} is {row.text(name)}.", "Write a share, 0 to 1.")
    hit = [name for name, share in shares.items() if share]
    if not hit:
        yield _problem(row, "it has no target.", "Write a share above 0 under one of them.")
    if is_oral(row) and any(name != JAK for name in hit):
        yield _problem(row, f"a tablet acts on {JAK} alone.", "Give it another route.")
    if not is_oral(row) and JAK in hit:
        yield _problem(row, f"{JAK} is the target of tablets.", "Write `oral` as its route.")


def _problem(row: Row, what: str, remedy: str) -> Problem:
    return Problem(f"{row.id}: {what}", row.file, row.line, remedy)
