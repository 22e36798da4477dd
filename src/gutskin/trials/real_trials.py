"""The real trials whose numbers were seen: of their own files, and of `targets/arms.tsv`."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from gutskin.model.biology import Biology
from gutskin.model.evidence import NEVER_CALIBRATED
from gutskin.model.rows import Row
from gutskin.trials.design import TrialDesign, every_trial

ARMS = "targets/arms.tsv"
FACTS = "evidence/other_interventions.tsv"


@dataclass(frozen=True, eq=False)
class RealTrial:
    """A real trial: the design that stands for it, and the endpoints of which numbers were seen."""

    name: str
    design: TrialDesign
    endpoints: frozenset[str]


@cache
def real_trials(biology: Biology) -> tuple[RealTrial, ...]:
    """Every real trial once: rows of `targets/arms.tsv` belong to the trial's own file, if any.

    Which trial a row is of is told by its evidence, with whose words the file's name begins. Of
    several designs that stand for a trial without a file of its own the first counts.
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
    studies: dict[str, list[Row]] = {}
    for row in biology.table(ARMS, ("id", "trial", "arm", "endpoint")).values():
        studies.setdefault(row.id.partition("_")[0], []).append(row)
    others = []
    for study, rows in studies.items():
        endpoints = frozenset(row.text("endpoint") for row in rows)
        if own := _own_file(rows, tuple(found), biology.table(FACTS)):
            found[own] = replace(found[own], endpoints=found[own].endpoints | endpoints)
            continue
        trial = rows[0].text("trial")
        named = {row.text("arm") for row in rows if row.text("trial") == trial}
        design = designs[trial]
        arms = tuple(arm for arm in design.arms if arm.control or arm.name in named)
        others.append(RealTrial(study, design.model_copy(update={"arms": arms}), endpoints))
    return (*found.values(), *others)


def _own_file(rows: Sequence[Row], names: Sequence[str], facts: Mapping[str, Row]) -> str:
    """The file of the trial that rows are of; empty if it has none."""
    known = [facts[name] for row in rows for name in row.items("evidence") if name in facts]
    for fact in known:
        words = re.findall(r"[a-z0-9]+", fact.text("item_id").lower())
        for name in names:
            if words and name.split("-")[: len(words)] == words:
                return name
    return ""
