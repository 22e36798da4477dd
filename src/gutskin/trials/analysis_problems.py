"""Methods of analysis that do not fit the endpoints of a trial."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gutskin.errors import nearest
from gutskin.model.rows import Row
from gutskin.toml_file import sound_keys
from gutskin.toml_text import Found
from gutskin.trials.chosen_method import method_of, missing_of
from gutskin.trials.methods import FITS, OF_WHO_IS_MISSING, RESPONDED, RULES, fitting
from gutskin.trials.parts import Analysis

KINDS = {
    "linear": "a score", "log": "a score", "root": "a score",
    "grade": "a grade", "count": "a count",
    "event": "a share of patients", "ever": "a share of patients", "fall": "a share of patients",
    "below": "a share of patients", "drop": "a share of patients",
}  # fmt: skip


def method_problems(raw: Mapping[str, Any], endpoints: Mapping[str, Row]) -> Iterator[Found]:
    """What is wrong with `method`, `methods` and `missing` of the analysis.

    Parameters
    ----------
    raw : the table [analysis]
    endpoints : rows of endpoints.tsv
    """
    whole = sound_keys(Analysis, raw)
    if whole is None or whole.primary is None or whole.endpoints is None:
        return
    scales = {one: endpoints[one].text("scale") for one in whole.endpoints if one in endpoints}
    for name, method in (whole.methods or {}).items():
        place = ("analysis", "methods", name)
        if name not in whole.endpoints:
            fix = nearest(name, tuple(whole.endpoints))
            if not any(f"'{one}'" in fix for one in whole.endpoints if one not in endpoints):
                yield place, f"{name!r} is not in `endpoints`.", fix  # else that one is mistyped
        elif name in scales and scales[name] not in FITS[method]:
            yield place, _misfit(method, name, scales[name]), _instead(scales[name])
    primary = scales.get(whole.primary)
    if primary is None or any(one not in scales for one in whole.endpoints):
        return
    if whole.primary not in whole.methods and primary not in FITS[whole.method]:
        what = _misfit(whole.method, whole.primary, primary)
        remedy = f"{_instead(primary)} Or give the primary endpoint a method of its own: "
        yield (
            ("analysis", "method"),
            what,
            f"{remedy}`methods = {{ {whole.primary} = ... }}`.",
        )
        return
    rule, allowed = whole.missing, RULES[whole.missing]
    responses = {*scales.values()} <= RESPONDED and rule in OF_WHO_IS_MISSING
    used = (missing_of(whole, method_of(whole, one, scale), scale) for one, scale in scales.items())
    if rule not in used:
        kind = "scores" if "linear" in allowed[1] else "shares of patients"
        kind = "endpoints" if {"linear", "event"} <= allowed[1] else kind
        what = f"`missing = {rule!r}` fits none of the endpoints: it is for {kind} analysed by "
        what += f"{_listed(sorted(allowed[0]))}."
        if responses:
            what += " Who does not come has failed to respond: nothing is missing of him."
        yield ("analysis", "missing"), what, 'Write "as observed", or another method.'


def _misfit(method: str, name: str, scale: str) -> str:
    return f"{method!r} does not fit {name}, {KINDS[scale]}."


def _instead(scale: str) -> str:
    return f"Write {_listed(fitting(scale))}."


def _listed(names: Any) -> str:
    texts = [f'"{one}"' for one in names]
    return texts[0] if len(texts) == 1 else f"{', '.join(texts[:-1])} or {texts[-1]}"
