"""Targets as data: every observation that worlds answer to, from the tables of `biology/targets`.

Four tables, one reader. `levels.tsv` says what people at rest and newborns look like, `births.tsv`
how many of a cohort from birth fall ill, `arms.tsv` what arms of drug trials came to, and
`published.tsv` which trials count whose own files hold what they printed (`[published]`). Each
target has a value with its error, or a range inside which nothing is asked; the source it belongs
to; how it was seen; a class of discrepancy (`classes.tsv`); and what it is used for.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from gutskin.errors import InputError, Problem, nearest
from gutskin.model.biology import ENSEMBLE, Biology
from gutskin.model.evidence import NEVER_CALIBRATED, SEEN_IN, Evidence, load_evidence
from gutskin.model.joint_draws import MAKE_IT, OF_TARGETS, ensemble_made_of
from gutskin.model.rows import Row
from gutskin.trials.design import TrialDesign, load_trial
from gutskin.trials.published import RATIOS, PublishedNumber, headline

LEVELS, BIRTHS, ARMS = "targets/levels.tsv", "targets/births.tsv", "targets/arms.tsv"
PUBLISHED, CLASSES = "targets/published.tsv", "targets/classes.tsv"
FIT, VALIDATION, ELSEWHERE = "fit", "validation", "elsewhere"
USES = (FIT, VALIDATION, ELSEWHERE)
DEFINITION = "definition"  # who the people of a population are: seen nowhere, and no finding
ERRORS = ("se", "binomial", "declared", "range", "printed", DEFINITION)
NORMAL_95 = 1.959963984540054
COLUMNS = ("id", "evidence", "value", "low", "high", "error", "error_kind", "class", "use")


@dataclass(frozen=True)
class DiscrepancyClass:
    """By which share of a value the structure may miss observations of a kind.

    Parameters
    ----------
    middle : the prior's median
    log_sd : its sd on the logarithm; `low` and `high` of the table are its 95% range
    """

    name: str
    middle: float
    log_sd: float


@dataclass(frozen=True)
class Target:
    """One observation.

    Parameters
    ----------
    table : `levels`, `births`, `arms` or `published`
    value : what was seen; of a range None
    low, high : the ends of a range; else None
    error : its standard error on the scale on which it is compared; None where that of a
        simulated trial of the same size stands for it
    on_log : whether it is compared on the logarithm (of a ratio, or of odds)
    source : the study: targets of one share a level
    seen_in : how the source was read, the weakest of its rows
    trial : the trial file that is simulated for it; empty for levels
    number : what is read of that trial
    row : of its table
    """

    id: str
    label: str
    table: str
    value: float | None
    low: float | None
    high: float | None
    error: float | None
    error_kind: str
    on_log: bool
    source: str
    seen_in: str
    evidence: tuple[str, ...]
    discrepancy_class: str
    use: str
    row: Row
    trial: str = ""
    number: PublishedNumber | None = None

    @property
    def is_range(self) -> bool:
        """Whether nothing is asked between two ends."""
        return self.value is None

    @property
    def is_level(self) -> bool:
        """Whether it is read of people as they are, and not of a trial or a cohort from birth."""
        return self.table == "levels"

    @property
    def middle(self) -> float:
        """The value, or the middle of the range."""
        if self.value is not None:
            return self.value
        assert self.low is not None
        assert self.high is not None
        return (self.low + self.high) / 2

    @property
    def size(self) -> float:
        """What a discrepancy is a share of: the value, or half the range where that is more.

        A logarithm of a ratio has the size 1.
        """
        if self.on_log:
            return 1.0
        half = 0.0 if self.low is None or self.high is None else (self.high - self.low) / 2
        return max(abs(self.middle), half)


def read_classes(biology: Biology) -> Mapping[str, DiscrepancyClass]:
    """The classes of discrepancy by name."""
    rows = biology.table(CLASSES, ("id", "discrepancy", "low", "high"))
    return {
        row.id: DiscrepancyClass(
            row.id,
            row.number("discrepancy"),
            math.log(row.number("high") / row.number("low")) / (2 * NORMAL_95),
        )
        for row in rows.values()
    }


def read_calibration_targets(biology: Biology) -> tuple[Target, ...]:
    """Every target: levels, cohorts from birth, arms of drug trials, then published trials.

    Raises
    ------
    InputError
        For rows that cannot be: an unknown use, class or kind of error, a value without its error,
        ends the wrong way round, unknown evidence, and a fit to what was not seen; all of the
        tables together, then all of the trials.
    """
    evidence, classes = load_evidence(biology), read_classes(biology)
    found: list[Target] = []
    problems: list[Problem] = []
    for table in (LEVELS, BIRTHS, ARMS):
        for row in biology.table(table, COLUMNS).values():
            wrong = list(_problems(row, evidence, classes))
            problems += wrong
            if not wrong:
                found.append(_of_table(row, table, evidence))
    trials = list(biology.table(PUBLISHED, ("id", "class", "use")).values())
    problems += [one for row in trials for one in _word_problems(row, classes)]
    if problems:
        raise InputError(problems)
    for row in trials:
        design = load_trial(row.id, biology)
        if row.text("use") == FIT and design.published.seen_in in ("", *NEVER_CALIBRATED):
            problems.append(_unseen(row, design.published.seen_in or "no word"))
        found += _of_trial(row, design)
    if problems:
        raise InputError(problems)
    return tuple(found)


def problems_of_targets(biology: Biology) -> tuple[Problem, ...]:
    """What is wrong with the tables of targets, and whether the worlds were made of others."""
    try:
        now = targets_hash(biology)
    except InputError as error:
        return tuple(error.problems)
    made_of = ensemble_made_of(biology).get(OF_TARGETS, "")
    if biology.text(ENSEMBLE) is None or made_of == now:
        return ()
    message = (
        f"{ENSEMBLE} was made of other targets ({made_of or 'not told'}) than stand now ({now})."
    )
    return (Problem(message, biology.folder / ENSEMBLE, 1, MAKE_IT),)


def targets_hash(biology: Biology) -> str:
    """Sixteen hexadecimal digits that change with all that worlds answer to; labels do not count.

    Raises
    ------
    InputError
        Where the targets cannot be read.
    """
    asked = [
        _told(one, leave=("label", "row"))
        | {k: cell for k, cell in one.row.cells.items() if cell and k not in ("label", "note")}
        for one in read_calibration_targets(biology)
    ]
    classes = [_told(one) for _, one in sorted(read_classes(biology).items())]
    text = json.dumps([asked, classes], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _told(one: Any, leave: Collection[str] = ()) -> dict[str, Any]:
    """What a target, a number or a class holds, by name; a field that is empty is not told."""
    return {
        each.name: _told(value) if is_dataclass(value) else value
        for each in fields(one)
        if each.name not in leave and (value := getattr(one, each.name)) not in (None, "", ())
    }


def _word_problems(row: Row, classes: Mapping[str, DiscrepancyClass]) -> Iterator[Problem]:
    for column, known in (("use", USES), ("class", tuple(classes))):
        word = row.text(column)
        if word not in known:
            message = f"{row.id}: {column} is {word!r}."
            yield Problem(message, row.file, row.line, nearest(word, known))


def _problems(
    row: Row, evidence: Mapping[str, Evidence], classes: Mapping[str, DiscrepancyClass]
) -> Iterator[Problem]:
    yield from _word_problems(row, classes)
    kind = row.text("error_kind")
    if kind not in ERRORS:
        message = f"{row.id}: error_kind is {kind!r}."
        yield Problem(message, row.file, row.line, nearest(kind, ERRORS))
    ends = (row.text("low"), row.text("high"))
    if kind == "range" and not (all(ends) and row.number("low") < row.number("high")):
        message = f"{row.id}: a range from {ends[0]!r} to {ends[1]!r}."
        yield Problem(message, row.file, row.line, "Write the lower end first.")
    if kind != "range" and not (row.text("value") and row.number("error", 0.0) > 0):
        message = f"{row.id}: value {row.text('value')!r} with error {row.text('error')!r}."
        yield Problem(message, row.file, row.line, "Write both, the error above 0, or a range.")
    for name in row.items("evidence"):
        if name not in evidence:
            message = f"{row.id}: there is no evidence {name!r}."
            yield Problem(message, row.file, row.line, "Name a row of the evidence tables.")
    if row.text("use") == FIT and kind != DEFINITION:
        rows = [evidence[name] for name in row.items("evidence") if name in evidence]
        if not rows:
            yield _unseen(row, "no evidence")
        if unseen := [one for one in rows if not one.calibratable]:
            yield _unseen(row, f"{unseen[0].id}, {unseen[0].withheld or unseen[0].seen_in}")


def _unseen(row: Row, why: str) -> Problem:
    message = f"{row.id}: fitted to what was not seen ({why})."
    return Problem(message, row.file, row.line, "Read the source, or use it for nothing.")


def _of_table(row: Row, table: str, evidence: Mapping[str, Evidence]) -> Target:
    rows = [evidence[name] for name in row.items("evidence")]
    is_range, odds = row.text("error_kind") == "range", table == BIRTHS
    scale = _plain if not odds else math.log if row.text("given") else log_odds
    trial, number = row.text("trial"), None
    if trial:
        number = PublishedNumber(
            row.text("endpoint"), row.text("arm"), row.number("week"), row.text("measure"),
            0.0 if is_range else row.number("value"),
        )  # fmt: skip
    return Target(
        id=row.id,
        label=row.text("label"),
        table=table.removeprefix("targets/").removesuffix(".tsv"),
        value=None if is_range else scale(row.number("value")),
        low=scale(row.number("low")) if is_range else None,
        high=scale(row.number("high")) if is_range else None,
        error=None if is_range else row.number("error"),
        error_kind=row.text("error_kind"),
        on_log=odds,
        source=rows[0].study if rows else row.text("error_kind") or row.id,
        seen_in=max((one.seen_in for one in rows), key=SEEN_IN.index, default=""),
        evidence=row.items("evidence"),
        discrepancy_class=row.text("class"),
        use=row.text("use"),
        row=row,
        trial=trial,
        number=number,
    )


def _plain(value: float) -> float:
    return value


def log_odds(share: float) -> float:
    """Of a share between 0 and 1.

    >>> round(log_odds(0.2), 3)
    -1.386
    """
    return math.log(share / (1.0 - share))


def _of_trial(row: Row, design: TrialDesign) -> Iterator[Target]:
    """The headline of a trial: the difference that it found, and what its control arm did."""
    published = design.published
    for kind, number in zip(("difference", "control"), headline(design), strict=True):
        if number is None:
            continue
        on_log = number.measure in RATIOS
        yield Target(
            id=f"{design.name}:{kind}",
            label=f"{design.title}: {kind}",
            table="published",
            value=math.log(number.value) if on_log else number.value,
            low=None,
            high=None,
            error=None,
            error_kind="printed",
            on_log=on_log,
            source=published.source or published.reference or design.name,
            seen_in=published.seen_in,
            evidence=(),
            discrepancy_class=row.text("class"),
            use=row.text("use"),
            row=row,
            trial=design.name,
            number=number,
        )


__all__ = [
    "ELSEWHERE", "FIT", "VALIDATION", "DiscrepancyClass", "Target", "problems_of_targets",
    "read_calibration_targets", "read_classes", "targets_hash",
]  # fmt: skip
