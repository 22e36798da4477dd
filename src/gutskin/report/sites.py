"""How far the sites of a trial differ, in a sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gutskin.media import isolated
from gutskin.report.words import number, percent, units


def of_sites(summary: Mapping[str, Any]) -> Iterator[str]:
    """Who is seen where, and how much of the control arm's spread lies between sites.

    Nothing of a trial without sites.
    """
    if not (places := summary.get("sites")):
        return
    told = ", ".join(f"{isolated(one['label'])} {percent(one['patients'])}" for one in places)
    found, primary = summary["control_change"], summary["endpoints"][summary["primary"]]
    says = f"Patients by site: {told}."
    if found["share_between"] is not None:
        unit = units(primary["unit"])
        alone = next(arm["n"] for arm in summary["arms"] if arm["control"]) == 0
        says += (
            f" Changes of {isolated(primary['label'])} in the {'single' if alone else 'control'} "
            "arm differ by "
            f"{number(found['between_sites_sd'], primary['unit'])} {unit} (standard deviation) "
            f"between sites and {number(found['within_sites_sd'], primary['unit'])} within them: "
            f"{percent(found['share_between'])} of the variance lies between."
        )
    yield says
