"""What is wrong with the second part of a trial, which is of those who responded to the first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gutskin.errors import nearest
from gutskin.model.rows import Row
from gutskin.toml_file import sound, sound_keys, table
from gutskin.toml_text import Found
from gutskin.trials.chosen_method import method_of
from gutskin.trials.endpoints import RESPONSES
from gutskin.trials.methods import TIMED
from gutskin.trials.parts import Analysis, Responders, visits_told


def responder_problems(
    raw: Mapping[str, Any], arms: Sequence[Mapping[str, Any]], endpoints: Mapping[str, Row]
) -> Iterator[Found]:
    """A visit, a rule or arms that the trial does not have; times to what all have already.

    Parameters
    ----------
    raw : the file
    endpoints : rows of endpoints.tsv
    """
    values = table(raw, "responders")
    rule, measured = values.get("rule"), table(raw, "analysis").get("endpoints")
    if isinstance(rule, str) and rule in endpoints:
        if endpoints[rule].text("scale") not in RESPONSES:
            known = [row.id for row in endpoints.values() if row.text("scale") in RESPONSES]
            what = f"{rule!r} does not say who responds."
            yield ("responders", "rule"), what, f"Write one of {', '.join(known)}."
        elif isinstance(measured, list) and rule not in measured:
            what = f"{rule!r} is not among the endpoints of the trial."
            yield ("responders", "rule"), what, "Add it to `endpoints`."
        yield from _nothing_to_wait_for(raw, rule, endpoints[rule].text("scale"))
    whole = sound(Responders, {"at_week": values.get("at_week"), "rule": "easi75"})
    visits = visits_told(raw)
    if whole is not None and visits is not None and whole.at_week not in visits.weeks[1:-1]:
        what = f"`at_week = {whole.at_week:g}` is no visit between the first and the last."
        between = ", ".join(f"{week:g}" for week in visits.weeks[1:-1])
        remedy = f"Write one of {between}." if between else "Add visits in between."
        yield ("responders", "at_week"), what, remedy
    names = [str(arm.get("name")) for arm in arms]
    chosen = values.get("arms")
    for number, name in enumerate(chosen if isinstance(chosen, list) else []):
        if name not in names:
            what = f"the trial has no arm {name!r}."
            yield ("responders", "arms", number), what, nearest(str(name), tuple(names))


def _nothing_to_wait_for(raw: Mapping[str, Any], rule: str, scale: str) -> Iterator[Found]:
    """Times to the response itself, which everybody of the second part has as it begins."""
    whole = sound_keys(Analysis, table(raw, "analysis"))
    week = sound(Responders, {"at_week": table(raw, "responders").get("at_week"), "rule": rule})
    if whole is None or week is None or rule not in (whole.endpoints or ()):
        return
    method = method_of(whole, rule, scale)
    if method in TIMED and (whole.week is None or whole.week > week.at_week):
        what = f"times to {rule!r} would be compared ({method}), and who goes on has it already."
        remedy = f'Write `methods = {{ {rule} = "g-computation" }}` in [analysis]: the share that '
        remedy += "still has it; the time to a flare is that of `flares`."
        yield ("responders", "rule"), what, remedy
