"""What a reader asks of drugs and creams: where each acts, from which level on, and whether at all.

A row of a table may act on a target that no equation reads. It is listed, and refused where
somebody gives it.
"""

from __future__ import annotations

from typing import Any

from gutskin.model.biology import Biology
from gutskin.model.drugs import drugs, is_oral, read_ids, targets_of, tiers_of, unread_targets
from gutskin.model.topicals import AS_NEEDED, DAILY, TWICE_WEEKLY, inputs_of, topicals


def drug_list(biology: Biology) -> list[dict[str, Any]]:
    """Every drug of drugs.tsv, in its order.

    Returns
    -------
    list of dict: id, label, class, route; `targets`: name -> share that a saturating level takes
        away; `ec50`, `ec50_low`, `ec50_high` (95%) in `ec50_unit`; `usual_dose_from` (years; None
        without a usual dose); evidence, grade, note; `unread`: targets that no equation reads;
        `reaches_an_endpoint`

    Examples
    --------
    >>> from gutskin.model.biology import shipped_biology
    >>> first = drug_list(shipped_biology())[0]
    >>> first["id"], first["targets"], first["ec50"], first["ec50_unit"]
    ('dupilumab', {'il4ra': 1.0}, 6.0, 'mg/L')
    """
    found = []
    for row in drugs(biology).values():
        unread, ages = unread_targets(row, biology), [one.age_low for one in tiers_of(row)]
        found.append({
            "id": row.id,
            "label": row.text("label"),
            "class": row.text("class"),
            "route": row.text("route"),
            "targets": targets_of(row),
            "ec50": row.number("ec50"),
            "ec50_low": row.number("ec50_low"),
            "ec50_high": row.number("ec50_high"),
            "ec50_unit": "mg/d" if is_oral(row) else "mg/L",
            "usual_dose_from": min(ages, default=None),
            "evidence": list(row.items("evidence")),
            "grade": row.text("grade"),
            "note": row.text("note"),
            "unread": list(unread),
            "reaches_an_endpoint": len(unread) < len(targets_of(row)),
        })  # fmt: skip
    return found


def cream_list(biology: Biology) -> list[dict[str, Any]]:
    """Every cream of topicals.tsv, in its order.

    Returns
    -------
    list of dict: id, label, class; `moves`: input -> level in daily use; `uses` that a file may
        write; evidence, grade, note; `unread`: inputs that no equation reads;
        `reaches_an_endpoint`
    """
    found, read = [], read_ids(biology)
    for row in topicals(biology).values():
        moves = inputs_of(row, DAILY)
        uses = [DAILY, *(one for one in (AS_NEEDED, TWICE_WEEKLY) if row.number(one, 0.0))]
        unread = [name for name in moves if name not in read]
        found.append({
            "id": row.id,
            "label": row.text("label"),
            "class": row.text("class"),
            "moves": moves,
            "uses": uses,
            "evidence": list(row.items("evidence")),
            "grade": row.text("grade"),
            "note": row.text("note"),
            "unread": unread,
            "reaches_an_endpoint": not unread,
        })  # fmt: skip
    return found
