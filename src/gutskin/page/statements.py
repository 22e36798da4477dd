"""The article's statements on the page: what the model does, beside how good the evidence is.

Texts, grades and sources come from the tables; what the model does comes from a stored run of
`gutskin claims` under both stances (`statements.json`, written by `scripts/run_statements.py`),
which names the model that it was made with. A run takes minutes, so the page does not wait for it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from gutskin.evidence.experiment_parts import Arm
from gutskin.evidence.experiments import Statement, files_of, read_experiments
from gutskin.model.evidence import Evidence, load_evidence
from gutskin.model.model import Model
from gutskin.page.forest import forests_of

STORED = Path(__file__).with_name("statements.json")
DIGITS = 3  # significant ones, as `gutskin claims` prints
GIVEN = {
    "inulin": "g_per_day",
    "antibiotic": "level",
    "emollient": "level",
    "topical_steroid": "level",
}
PEOPLE = ("ad_child", "ad_adult")
WEEKS = (4, 52)
ALSO = {"sensitised": "sensitised"}  # parameters of a body that the page can set


def statements_of(model: Model, read: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """Every statement with its verdicts, mechanisms and sources, ready for JSON.

    Parameters
    ----------
    read : what the chart can show: name -> its quantity
    """
    run = stored_run()
    evidence = load_evidence(model.biology)
    found = {}
    for name, one in read_experiments(files_of("claims", model.biology), model).items():
        if name in run["statements"]:
            found[name] = _card(name, one, model, read, evidence) | run["statements"][name]
    return {"hash": run["hash"], "cards": found, "sources": _sources(model, found)}


@cache
def stored_run() -> dict[str, Any]:
    """What the stored run found: hash of its model, statements by id."""
    return json.loads(STORED.read_text(encoding="utf-8"))


def _card(
    name: str,
    one: Statement,
    model: Model,
    read: Mapping[str, Mapping[str, str]],
    evidence: Mapping[str, Evidence],
) -> dict[str, Any]:
    experiment = one.experiment
    carried = [row for row in model.tables.mechanisms.values() if name in row.items("claims")]
    cited = {
        "source": list(experiment.source),
        "mechanism": [name for row in carried for name in row.items("evidence")],
        "against": [name for row in carried for name in row.items("counter_evidence")],
    }
    return {
        "says": one.says,
        "grade": one.grade,
        "experiment": experiment.experiment,
        "evidence": experiment.evidence_verdict,
        "why": experiment.why,
        "mechanisms": [row.id for row in carried],
        "forests": forests_of(cited, model, evidence),
        "source": list(experiment.source),
        "show": show_address(one, model, read),
    }


def show_address(one: Statement, model: Model, read: Mapping[str, Mapping[str, str]]) -> str | None:
    """The address at which the first screen shows the experiment; none where it has not the means.

    It takes the last arm of which every part can be set there.
    """
    weeks = math.ceil(one.experiment.days / 7)
    if not WEEKS[0] <= weeks <= WEEKS[1]:
        return None
    looked_at = {getattr(check, "quantity", "") for check in one.experiment.checks}
    shown = [name for name, row in read.items() if row["quantity"] in looked_at]
    for arm in reversed(list(one.arms.values())):
        parts = list(_parts(arm, weeks, model))
        if None in parts or not any(part.startswith("give=") for part in parts if part):
            continue
        chart = [f"read={shown[0]}"] if shown and shown[0] != "scorad" else []
        return "&".join([f"weeks={weeks}", *map(str, parts), *chart])
    return None


def _parts(arm: Arm, weeks: int, model: Model) -> Iterator[str | None]:
    """Pieces of an address, None for what the first screen cannot set."""
    if arm.population not in PEOPLE or arm.changed or arm.state or arm.holds or arm.off:
        yield None
        return
    yield f"who={arm.population}"
    for name, value in arm.always.items():
        yield (
            f"{ALSO[name]}={'yes' if value else 'no'}" if name in ALSO and value in (0, 1) else None
        )
    if arm.off_always:
        known = all(name in model.tables.mechanisms for name in arm.off_always)
        yield f"off={'.'.join(arm.off_always)}" if known else None
    doses = [_dose(dose, weeks, model) for dose in arm.doses]
    if doses:
        kinds = {dose.kind for dose in arm.doses}
        whole = len(kinds) == len(doses) and None not in doses
        yield f"give={'!'.join(map(str, doses))}" if whole else None


def _dose(dose: Any, weeks: int, model: Model) -> str | None:
    start = dose.start_day / 7
    end = min(dose.end_day / 7, weeks)
    when = f"{dose.kind}~{start:g}~{end:g}"
    if dose.kind == "probiotic":
        ids = {row.text("strain"): row.id for row in model.tables.strains.values()}
        strains = [ids.get(name, name) for name in dose.strains]
        level = math.log10(dose.cfu_per_day)
        known = all(name in model.tables.strains for name in strains)
        whole = known and dose.viable and len(strains) <= 6 and 8 <= level <= 12
        return f"{when}~{level:.12g}~{'.'.join(map(str, strains))}" if whole else None
    if dose.kind not in GIVEN or end - start < 0.5:
        return None
    level = getattr(dose, GIVEN[dose.kind])
    if dose.kind == "antibiotic":
        return f"{when}~{level:g}~~{dose.name}" if level <= 1 else None
    return f"{when}~{level:g}"


def _sources(model: Model, cards: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Where evidence of statements and mechanisms stands: id of a row -> its source."""
    evidence = load_evidence(model.biology)
    names = {name for card in cards.values() for name in card["source"]}
    forests = [forest for card in cards.values() for forest in card["forests"]]
    names |= {row["id"] for forest in forests for row in forest["rows"]}
    for row in model.tables.mechanisms.values():
        names |= {*row.items("evidence"), *row.items("counter_evidence")}
    return {name: evidence[name].source for name in sorted(names) if name in evidence}
