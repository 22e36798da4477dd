"""The real trials whose numbers were seen: of their own files, and of `targets/arms.tsv`.

A row of the targets is simulated in a design that stands for its trial (`trial`), of adults for
whatever drug. Which trial it is of, and of whom, is told by its evidence: rows that are simulated
alike may be of other studies, and of people of other ages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from gutskin.model.biology import Biology
from gutskin.model.evidence import NEVER_CALIBRATED, Evidence, load_evidence
from gutskin.model.rows import Row
from gutskin.population.populations import SINGULAR, load_populations
from gutskin.trials.design import TrialDesign, every_trial
from gutskin.trials.severity import populations

ARMS = "targets/arms.tsv"
FROM_TO = re.compile(r"([\d.]+) (mo|y)-([\d.]+) (mo|y)")  # ages, as in "6 mo-17 y"
FROM = re.compile(r"([\d.]+) (mo|y) and older")
YEARS = {"mo": 1 / 12, "y": 1.0}


@dataclass(frozen=True, eq=False)
class RealTrial:
    """A real trial: the design that stands for it, and the endpoints of which numbers were seen.

    Parameters
    ----------
    name : of its file, else what its evidence calls the study
    design : with the people of the trial
    """

    name: str
    design: TrialDesign
    endpoints: frozenset[str]


@cache
def real_trials(biology: Biology) -> tuple[RealTrial, ...]:
    """Every real trial once: rows of `targets/arms.tsv` belong to the trial's own file, if any.

    Which trial a row is of is told by its evidence, with whose words the file's name begins; where
    it has none, by its own name. Of several designs that stand for a trial without a file of its
    own the first counts. Trials that a paper puts together count as one.
    """
    designs = every_trial(biology)
    found = {
        name: RealTrial(
            name, one,
            frozenset(row.endpoint for row in (*one.published.values, *one.published.differences)),
        )
        for name, one in designs.items()
        if (one.published.values or one.published.differences)
        and one.published.seen_in not in ("", *NEVER_CALIBRATED)
    }  # fmt: skip
    facts, studies = load_evidence(biology), dict[str, list[Row]]()
    for row in biology.table(ARMS, ("id", "trial", "arm", "endpoint")).values():
        named = (one.study for one in _known([row], facts) if one.study != one.id)
        study = next(named, row.id.partition("_")[0])
        studies.setdefault(study, []).append(row)
    others = []
    for study, rows in studies.items():
        endpoints = frozenset(row.text("endpoint") for row in rows)
        known = _known(rows, facts)
        if own := _own_file(known, tuple(found)):
            found[own] = replace(found[own], endpoints=found[own].endpoints | endpoints)
            continue
        trial = rows[0].text("trial")
        given = {row.text("arm") for row in rows if row.text("trial") == trial}
        design = _with_people(designs[trial], known, biology)
        arms = tuple(arm for arm in design.arms if arm.control or arm.name in given)
        others.append(RealTrial(study, design.model_copy(update={"arms": arms}), endpoints))
    return (*found.values(), *others)


def _known(rows: Sequence[Row], facts: Mapping[str, Evidence]) -> list[Evidence]:
    """The evidence of rows, as far as there is any."""
    return [facts[name] for row in rows for name in row.items("evidence") if name in facts]


def _own_file(known: Sequence[Evidence], names: Sequence[str]) -> str:
    """The file of the trial that evidence is of; empty if it has none."""
    for fact in known:
        words = re.findall(r"[a-z0-9]+", fact.study.lower())
        for name in names:
            if words and name.split("-")[: len(words)] == words:
                return name
    return ""


def _with_people(design: TrialDesign, known: Sequence[Evidence], biology: Biology) -> TrialDesign:
    """The design with people of the ages that evidence tells of; as it is where none is told."""
    own = populations(design)
    alike = {
        name: one.ages
        for name, one in load_populations(biology).items()
        if name.partition("_")[0] == own[0].partition("_")[0]  # ill, or healthy
    }
    for fact in known:
        told = fact.fields.get("population", "")
        if (ages := _ages(told, max(high for _, high in alike.values()))) is not None:
            low, high = ages
            names = [name for name, (a, b) in alike.items() if a < high and low < b]
        else:
            words = {SINGULAR.get(word, word) for word in re.findall(r"[a-z]+", told.lower())}
            names = [name for name in alike if name.partition("_")[2] in words]
        if names and (ages is not None or {*names} != {*own}):
            asked = design.eligibility.model_copy(update={"age_years": ages})
            return design.model_copy(update={"population": tuple(names), "eligibility": asked})
    return design


def _ages(told: str, oldest: float) -> tuple[float, float] | None:
    """The ages that words on people name (years); None where they name none.

    >>> _ages("three trials (6 mo-17 y)", 85.0), _ages("12 y and older, n 601", 85.0)
    ((0.5, 17.0), (12.0, 85.0))
    """
    if both := FROM_TO.search(told):
        low, first, high, last = both.groups()
        return float(low) * YEARS[first], float(high) * YEARS[last]
    if least := FROM.search(told):
        return float(least[1]) * YEARS[least[2]], oldest
    return None
