"""Faults that the tables show by themselves: numbers, words, sources, names of other rows."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from itertools import pairwise

from gutskin.errors import InputError, Problem, nearest
from gutskin.model.antibiotics import antibiotic_problems
from gutskin.model.check_populations import population_problems, source_problems
from gutskin.model.check_strain_trials import strain_trial_problems
from gutskin.model.drugs import drug_problems, drugs
from gutskin.model.evidence import Evidence
from gutskin.model.joint_draws import joint_draw_problems
from gutskin.model.rows import Row
from gutskin.model.strain_knowledge import AXIS, columns_of, knowledge
from gutskin.model.tables import AMOUNT, DISTRIBUTIONS, EITHER, ROLES, Tables, start_columns
from gutskin.model.topicals import topical_problems, topicals
from gutskin.model.unfilled import open_cells, open_problem
from gutskin.model.units import unit_of_row

GRADES = ("A", "B", "C")
ROUTES = (
    "gut", "cells", "metabolites", "mediators", "barriers", "blood", "skin", "airway", "treatment",
)  # fmt: skip
PULSE = "pulse"  # a state that nothing but the pulses of a schedule fills
SIGNS = ("+", "-", "+-")
SCALES = ("linear", "log", "root", "event", "ever", "fall", "below", "drop", "grade", "count")
WITH_CUTOFF = SCALES[3:]  # 1 in who reaches the cut-off, 0 in who does not
SET_FROM_OUTSIDE = ("switch", "input", "covariate", "patient", "trial", "setting", "reference")

Known = Mapping[str, Evidence]


def at(row: Row, message: str, remedy: str) -> Problem:
    """A problem of one row."""
    return Problem(f"{row.id}: {message}", row.file, row.line, remedy)


def number(row: Row, column: str) -> float | None:
    """The cell as a number; None if it is empty or no number."""
    try:
        return row.number(column)
    except InputError:
        return None


def number_problems(row: Row, *columns: str) -> Iterator[Problem]:
    """Cells that are neither empty nor a number."""
    for column in columns:
        if row.text(column):
            try:
                value = row.number(column)
            except InputError as error:
                yield from error.problems
            else:
                if math.isinf(value):
                    yield at(row, f"{column} is {row.text(column)}.", "Write a finite number.")


def word_problems(row: Row, column: str, words: Collection[str]) -> Iterator[Problem]:
    """A cell that is none of the words its column takes."""
    if row.text(column) not in words:
        shown = ", ".join(word or "nothing" for word in words)
        yield at(row, f"{column} is {row.text(column)!r}.", f"Write one of: {shown}.")


def unit_problems(row: Row) -> Iterator[Problem]:
    """A unit that is missing or not known."""
    try:
        unit_of_row(row)
    except InputError as error:
        yield from error.problems


def id_problems(row: Row, column: str, known: Collection[str], kind: str) -> Iterator[Problem]:
    """Ids in a cell that stand nowhere."""
    for name in row.items(column):
        if name not in known:
            remedy = nearest(name, tuple(known)) if len(known) < 1000 else "Correct or remove it."
            yield at(row, f"there is no {kind} {name}.", remedy)


def table_problems(tables: Tables, evidence: Known) -> Iterator[Problem]:
    """Every fault of every table of the biology folder."""
    yield from quantity_problems(tables)
    yield from strain_trial_problems(tables.biology)
    for row in (*tables.parameters.values(), *tables.conduct.values()):
        if open_cells(row):  # told as one
            continue
        yield from word_problems(row, "grade", ("", *GRADES))
        yield from id_problems(row, "evidence", evidence, "evidence")
        yield from _source(row, evidence)
    for row in tables.mechanisms.values():
        if open_cells(row):
            continue
        yield from _mechanism(row, evidence)
    sourced = (
        tables.strains,
        tables.strain_priors,
        drugs(tables.biology),
        topicals(tables.biology),
    )
    for row in (row for table in sourced for row in table.values()):
        yield from id_problems(row, "evidence", evidence, "evidence")
        yield from word_problems(row, "grade", GRADES)
    for row in tables.endpoints.values():
        yield from word_problems(row, "grade", GRADES)
        yield from id_problems(row, "evidence", evidence, "evidence")
    for text in tables.biology.texts("populations.toml"):
        yield from source_problems(text, evidence)
    for row in tables.biology.table("genotypes.tsv").values():
        yield from id_problems(row, "evidence", evidence, "evidence")


def quantity_problems(tables: Tables) -> Iterator[Problem]:
    """Numbers, units and roles with which nothing can be computed: missing, unreadable, no range.

    Nothing is compiled for them, and what a number rests on is not asked.
    """
    for row in tables.species.values():
        yield from _species(row, start_columns(tables))
    for row in (*tables.parameters.values(), *tables.conduct.values()):
        if open_cells(row):
            yield open_problem(row)
        else:
            yield from _parameter(row, tables)
    yield from antibiotic_problems(tables.biology)
    yield from drug_problems(tables.biology)
    yield from topical_problems(tables.biology)
    yield from strain_problems(tables)
    for text in tables.biology.texts("populations.toml"):
        yield from population_problems(text, tables)
    for row in tables.endpoints.values():
        yield from _endpoint(row)
    for row in tables.mechanisms.values():
        if not open_cells(row):
            yield from _switch(row, tables)
    yield from _side_tables(tables)


def strain_problems(tables: Tables) -> Iterator[Problem]:
    """The same of strains, and of what is known of strains like them."""
    for row in tables.strain_priors.values():
        yield from _prior(row, tables)
    for row in tables.strains.values():
        yield from _strain(row, tables)


def _strain(row: Row, tables: Tables) -> Iterator[Problem]:
    """What is known of a strain, or of strains like it: each trait, at some level."""
    for name, trait in tables.strain_traits.items():
        column, *beside = columns_of(trait)
        for other in beside:
            if row.text(other) and not row.text(column):
                yield at(row, f"{other} without {column}.", "Fill both, or leave both empty.")
        try:
            known = knowledge(tables, row.id, name)
        except InputError as error:  # those of other rows are told where they stand
            yield from (one for one in error.problems if one.file == row.file)
            continue
        if known.row is row:
            yield from _trait(row, trait, known.numbers)
    yield from number_problems(row, "factor_article")


def _trait(row: Row, trait: Row, numbers: tuple[float, ...]) -> Iterator[Problem]:
    """A trait's value and what stands beside it."""
    column, *beside = columns_of(trait)
    value, *others = numbers
    scale, least, most = trait.text("scale"), trait.number("least"), trait.number("most")
    if scale == AXIS and others[0] <= 0.0:
        yield at(row, f"{beside[0]} is {row.text(beside[0])}.", "Write a spread above 0.")
    if scale == AXIS:
        return
    if others and not others[0] <= value <= others[1]:
        yield at(
            row, f"{column} {row.text(column)} is not between {beside[0]} {row.text(beside[0])} "
            f"and {beside[1]} {row.text(beside[1])}.", "Correct the value or its width.",
        )  # fmt: skip
    for name, number_ in zip((column, *beside), numbers, strict=True):
        if scale == "logit" and not 0.0 < number_ < 1.0:
            yield at(row, f"{name} is {row.text(name)}.", "Write a share between 0 and 1.")
        elif scale == "log" and number_ <= 0.0:
            yield at(row, f"{name} is {row.text(name)}.", "Write a rate above 0.")
        elif not least <= number_ <= most:
            yield at(
                row, f"{name} is {row.text(name)}.", f"Write a number from {least:g} to {most:g}."
            )


def _prior(row: Row, tables: Tables) -> Iterator[Problem]:
    """What is known of a species, a genus, a class or any strain."""
    for trait in tables.strain_traits.values():
        columns = columns_of(trait)
        if row.text(columns[0]):
            yield from number_problems(row, *columns)
            found = [number(row, column) for column in columns]
            if None in found:
                what = f"{columns[0]} without {', '.join(columns[1:])}."
                yield at(row, what, "Write numbers with a decimal point.")
            else:
                yield from _trait(row, trait, tuple(one for one in found if one is not None))


def _species(row: Row, starts: Collection[str]) -> Iterator[Problem]:
    yield from unit_problems(row)
    yield from word_problems(row, "boundary", ("", "boundary", PULSE))
    yield from word_problems(row, "sign", (AMOUNT, EITHER))
    yield from number_problems(row, "carbon", "typical", *starts)
    typical = number(row, "typical")
    if typical is None or typical <= 0.0:
        yield at(row, f"typical is {row.text('typical')!r}.", "Write its usual size, above 0.")
    for start in starts:
        value = number(row, start)
        if value is not None and value < 0.0 and row.text("sign") == AMOUNT:
            yield at(row, f"{start} is {row.text(start)}.", f"Only what has the sign {EITHER} may "
                     "be below 0: a logarithm, or what its equation takes there.")  # fmt: skip


def _parameter(row: Row, tables: Tables) -> Iterator[Problem]:
    yield from unit_problems(row)
    yield from word_problems(row, "role", ROLES)
    yield from word_problems(row, "distribution", DISTRIBUTIONS)
    yield from _correlation(row, tables)
    yield from number_problems(row, "value", "claimed", "low", "high", "between_patient_cv")
    value = number(row, "value")
    if not row.text("value"):
        yield at(row, "value is missing.", "Give one, with its source or its width.")
    cv = number(row, "between_patient_cv")
    if cv is not None and cv < 0.0:
        yield at(
            row, f"between_patient_cv is {row.text('between_patient_cv')}.", "Write it above 0."
        )
    yield from _width(row, value)


def _correlation(row: Row, tables: Tables) -> Iterator[Problem]:
    """With which parameter this one goes together between patients, and how much: `NAME:R`."""
    if not (text := row.text("correlated_with")):
        return
    name, _, size = text.partition(":")
    example = "Write the id of another row that differs between patients and a number, such as "
    remedy = f"{example}`lean_th22:0.4`."
    other = tables.parameters.get(name)
    try:
        inside = -1.0 < float(size) < 1.0
    except ValueError:
        inside = False
    if other is None or other.id == row.id or not inside:
        yield at(row, f"correlated_with is {text!r}.", remedy)
    elif other.text("correlated_with"):
        yield at(row, f"{name}, with which it goes together, has a correlation of its own.", remedy)
    elif min(one.number("between_patient_cv", 0.0) for one in (row, other)) <= 0:
        yield at(row, f"{row.id} or {name} does not differ between patients.", remedy)


def _width(row: Row, value: float | None) -> Iterator[Problem]:
    """Low and high around the value, as the distribution wants them."""
    low, high, kind = number(row, "low"), number(row, "high"), row.text("distribution")
    if (low is None) != (high is None) or (low is None and kind not in ("", "fixed")):
        yield at(row, f"{kind or 'no distribution'} without both low and high.", "Give both.")
    if value is None or low is None or high is None:
        return
    if row.text("role") == "fixed":
        yield at(
            row, "a range beside the role fixed, which no world draws.",
            "Make the role prior or assumed, or leave out low and high.",
        )  # fmt: skip
    if not low <= value <= high:
        yield at(
            row, f"value {row.text('value')} is not between low {row.text('low')} and high "
            f"{row.text('high')}.", "Correct the value or its width.",
        )  # fmt: skip
    if kind == "lognormal" and low <= 0.0:
        yield at(row, f"a lognormal with low {row.text('low')}.", "Write a low above 0.")
    if kind == "logit" and not 0.0 < low <= high < 1.0:
        yield at(row, "a logit reaches 0 or 1, or beyond.", "Write low above 0, high below 1.")


def _source(row: Row, evidence: Known) -> Iterator[Problem]:
    """A source, a declared prior, or a role that is set from outside."""
    role, sources = row.text("role"), row.items("evidence")
    prior = row.text("distribution") != "fixed" and row.text("low") and row.text("high")
    if not sources and not prior and role not in SET_FROM_OUTSIDE:
        yield at(row, "neither a source nor a prior.", "Give evidence ids, or low and high.")
    known = [evidence[name] for name in sources if name in evidence]
    if role == "fitted" and known and not any(one.calibratable for one in known):
        yield at(
            row, f"fitted to {'; '.join(sources)}, whose sources were not seen or are withheld.",
            "Add a row that was seen, or make the role prior or assumed.",
        )  # fmt: skip


def _mechanism(row: Row, evidence: Known) -> Iterator[Problem]:
    yield from word_problems(row, "grade", GRADES)
    yield from word_problems(row, "route", ROUTES)
    yield from word_problems(row, "sign", SIGNS)
    yield from id_problems(row, "evidence", evidence, "evidence")
    yield from id_problems(row, "counter_evidence", evidence, "evidence")
    if not row.items("evidence"):
        yield at(row, "no evidence.", "Give evidence ids, or take the mechanism out.")
    if not row.items("rules_and_reactions"):
        yield at(row, "no rule or reaction.", "Every mechanism has one that carries it.")


def _switch(row: Row, tables: Tables) -> Iterator[Problem]:
    """A mechanism's switch, which must be a parameter of that role."""
    switch = row.text("switch")
    if not switch:
        remedy = f"Every mechanism has one, so that it can be switched off: s_{row.id.lower()}."
        yield at(row, "no switch.", remedy)
    elif switch not in tables.parameters:
        yield at(row, f"there is no parameter {switch}.", nearest(switch, [*tables.parameters]))
    elif (role := tables.parameters[switch].text("role")) != "switch":
        yield at(row, f"{switch} has the role {role}.", "Make its role switch.")


def _endpoint(row: Row) -> Iterator[Problem]:
    yield from unit_problems(row)
    yield from word_problems(row, "scale", SCALES)
    yield from number_problems(
        row, "noise", "noise_at", "noise_low", "noise_high", "low", "high", "expectation"
    )
    yield from _cutoff(row)
    if row.text("scale") == "root" and not row.text("noise_at"):
        what = "a noise that grows with the root of the score, and no score at which it is told."
        yield at(row, what, "Write that score into noise_at.")
    if row.text("noise_at") and not (number(row, "noise_at") or 0.0) > 0.0:
        yield at(row, f"noise_at is {row.text('noise_at')}.", "Write a score above 0.")
    if row.text("noise_at") and row.text("scale") in ("linear", "log"):
        yield at(row, f"noise_at with the scale {row.text('scale')}.", "Leave it out, or use root.")
    if (row.text("scale") in WITH_CUTOFF) != bool(row.text("cutoff")):
        what = (
            "a cut-off goes with the scales event, ever, fall, drop, below, grade and count, and "
            "with no other."
        )
        yield at(row, what, "Write both or neither.")
    if row.text("scale") == "fall" and not 0.0 < (number(row, "cutoff") or 0.0) < 1.0:
        yield at(row, f"a fall by {row.text('cutoff')}.", "Write a share between 0 and 1.")
    least, noise, most = (number(row, name) for name in ("noise_low", "noise", "noise_high"))
    if least is None or noise is None or most is None or not 0.0 <= least <= noise <= most:
        yield at(row, f"noise {row.text('noise')} is not between noise_low and noise_high.",
                 "Write the error of one record and the range in which it may lie.")  # fmt: skip
    low, high = number(row, "low"), number(row, "high")
    if low is not None and high is not None and low >= high:
        yield at(row, "low is not below high.", "Write the ends of the scale.")


def _cutoff(row: Row) -> Iterator[Problem]:
    """A cut-off that is no number; of grades several, that rise."""
    if row.text("scale") != "grade":
        yield from number_problems(row, "cutoff")
        return
    try:
        ends = [float(one) for one in row.text("cutoff").split(";")]
    except ValueError:
        ends = [1.0, 0.0]
    if any(b <= a for a, b in pairwise(ends)):
        what = f"the ends of grades are {row.text('cutoff')!r}."
        yield at(row, what, "Write numbers that rise, with semicolons between them: 1;7;21.")


def _side_tables(tables: Tables) -> Iterator[Problem]:
    """The genotypes, the rates hurried while a patient settles, and the states drawn for him."""
    for row in tables.biology.table("genotypes.tsv").values():
        for column in row.cells:
            if column not in ("id", "evidence", "note"):
                yield from number_problems(row, column)
                if column not in tables.parameters:
                    yield at(row, f"{column} is no parameter.", "Name columns after parameters.")
    for row in tables.biology.table("settle.tsv", ("id", "factor")).values():
        yield from number_problems(row, "factor")
        if row.text("factor") and not (number(row, "factor") or 1.0) > 0.0:
            yield at(row, f"factor is {row.text('factor')}.", "Write one above 0.")
        if row.id not in tables.parameters:
            yield at(row, "is no parameter.", nearest(row.id, tuple(tables.parameters)))
    yield from joint_draw_problems(tables.biology, tables.parameters)
    for row in tables.biology.table("drawn_states.tsv", ("id", "covariate")).values():
        if row.id not in tables.species:
            yield at(row, "is no state.", nearest(row.id, tuple(tables.species)))
        if row.text("covariate") not in tables.parameters:
            what = f"{row.text('covariate')} is no parameter."
            yield at(row, what, nearest(row.text("covariate"), tuple(tables.parameters)))
