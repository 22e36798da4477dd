"""The trials that are simulated so that all designs can be read from them.

One survey serves every endpoint, week, number of records, enrichment and allocation: it measures
all of them in the same patients, who are followed under every dose. Only a run-in changes who
enrols, so that each length has a survey of its own, in the same worlds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from gutskin.errors import InputError, Problem
from gutskin.model.vocabulary import vocabulary
from gutskin.optimisation.candidates import Candidates
from gutskin.population.known import known_names
from gutskin.population.own_strains import with_strains
from gutskin.toml_file import parsed
from gutskin.toml_lines import Place
from gutskin.toml_text import Found, TomlFile, in_order
from gutskin.trials.consistency import inconsistencies
from gutskin.trials.design import FILE, TrialDesign
from gutskin.trials.methods import SHARES, Missing, simple_rule

if TYPE_CHECKING:
    from gutskin.model.biology import Biology

SCALABLE = ("cfu_per_day", "dose_mg", "loading_mg", "g_per_day")  # keys of a dose
RECORD_GAP = 1.0  # weeks between records that are averaged


@dataclass(frozen=True, eq=False)
class Survey:
    """A trial from which designs are read.

    Parameters
    ----------
    design : the trial that is simulated
    run_in_weeks : on placebo, before anybody is randomised
    doses : factor of the dose -> arm
    member : enrichment -> subgroup of the design, where it asks for more than records
    pilot : arms whose last patients stand for a pilot, the active one and the control
    pilot_n : how many of each
    shares : endpoints that are yes or no
    missing : what stands for a missing record; a rule that imputes is told as it was observed
    file_weeks : visits of the trial's file, the first among them
    """

    design: TrialDesign
    run_in_weeks: float
    doses: Mapping[float, str]
    member: Mapping[str, str]
    pilot: tuple[str, str]
    pilot_n: int
    shares: frozenset[str] = frozenset()
    missing: Missing = "as observed"
    file_weeks: tuple[float, ...] = ()


def scalable(design: TrialDesign, arm: str) -> bool:
    """Whether an arm has a dose that can be another one."""
    active = next(one for one in design.active if one.name == arm)
    return any(
        getattr(one, key, None) is not None for one in active.interventions for key in SCALABLE
    )


def possible_doses(
    design: TrialDesign, arm: str, factors: tuple[float, ...], biology: Biology
) -> tuple[float, ...]:
    """Those of some factors whose dose a person may take; 1 is that of the file."""
    own = with_strains(biology, design.strains, design.name)
    values = design.model_dump(mode="json")
    number = [one["name"] for one in values["arms"]].index(arm)
    kept = []
    for factor in factors:
        arms = list(values["arms"])
        arms[number] = _arm(arms[number], factor, values["visits"]["weeks"][-1], 2, arm)
        changed = _without_nothing({**values, "arms": arms})
        wrong = [*parsed(FILE, changed, known_names(own))[1], *inconsistencies(changed, own)]
        if factor == 1 or not any(place[:2] == ("arms", number) for place, _, _ in wrong):
            kept.append(factor)
    return tuple(kept)


def surveys_of(
    design: TrialDesign,
    asked: Candidates,
    biology: Biology,
    patients: int,
    file: TomlFile | None = None,
) -> list[Survey]:
    """The surveys that candidates need, one for each run-in.

    Parameters
    ----------
    patients : of each arm, beside those of the pilot
    file : in which the candidates stand

    Raises
    ------
    InputError
        With all that is wrong with a design: a dose that nobody may take, weeks too far off.
    """
    found: list[Survey] = []
    wrong: list[Found] = []
    for weeks in asked.run_in_weeks:
        survey, faults = _survey(design, asked, biology, patients, weeks)
        wrong += faults
        found += [] if survey is None else [survey]
    if wrong:
        there = {} if file is None else file.values
        once = dict.fromkeys(
            (place if place and place[0] in there else (), what, fix) for place, what, fix in wrong
        )
        if file is None:
            raise InputError([Problem(what, None, None, fix) for _, what, fix in once])
        raise InputError(in_order(file.problem(*one) for one in once))
    return found


def _survey(
    design: TrialDesign, asked: Candidates, biology: Biology, patients: int, run_in: float
) -> tuple[Survey | None, list[Found]]:
    """The survey with one run-in, or what is wrong with it, each at its place among candidates."""
    values = design.model_dump(mode="json")
    longest = max((*asked.weeks, *asked.pilot.weeks))
    active = next(one for one in values["arms"] if one["name"] == asked.arm)
    control = next(one for one in values["arms"] if one["control"])
    together = patients + asked.pilot.n
    doses: dict[float, str] = {}
    arms = [_arm(control, 1.0, longest, together, control["name"])]
    for factor in dict.fromkeys((1.0, *asked.dose_factors)):
        name = asked.arm if factor == 1 else f"{asked.arm[:40]}_x{_as_name(factor)}"
        doses[factor] = name
        arms.append(_arm(active, factor, longest, together if factor == 1 else patients, name))
    member: dict[str, str] = {}
    groups: list[dict[str, Any]] = []
    for one in asked.enrichment:
        if one.of_the_person:
            member[one.name] = one.name
            kept = {"name", "sensitised", "food_sensitised", "age_years"}
            groups.append(one.model_dump(mode="json", include=kept, exclude_none=True))
    values |= {
        "arms": arms,
        "subgroups": groups,
        "estimands": [], "estimators": [], "published": {},
        "randomisation": None, "extension": None,
        "visits": {
            "weeks": sorted(_weeks(design, asked, longest)),
            "screening_weeks": values["visits"]["screening_weeks"],
            "end_week": longest,
        },
        "analysis": {
            "primary": asked.endpoints[0],
            "endpoints": list(_endpoints(design, asked)),
        },
    }  # fmt: skip
    if run_in:
        values["run_in"] = values["run_in"] or {"weeks": run_in}
    made, faults = _made(values, design, biology)
    if made is None:
        said = [_among_candidates(one, asked, list(doses), design) for one in faults]
        return None, said
    pilot = (asked.arm, control["name"])
    rows = vocabulary(biology).tables.endpoints
    shares = {one for one in made.analysis.endpoints if rows[one].text("scale") in SHARES}
    return Survey(
        made, run_in, doses, member, pilot, asked.pilot.n, frozenset(shares),
        simple_rule(design.analysis.missing), tuple(design.visits.weeks),
    ), []  # fmt: skip


def _as_name(factor: float) -> str:
    """A factor as a part of a name: no two read alike.

    >>> _as_name(0.5), _as_name(1e9), _as_name(1e-30), _as_name(1 / 3)
    ('0_5', '1e09', '1em30', '0_3333333333333333')
    """
    text = f"{factor:g}" if float(f"{factor:g}") == factor else repr(factor)
    return text.replace(".", "_").replace("+", "").replace("-", "m")


def _among_candidates(
    fault: Found, asked: Candidates, factors: list[float], design: TrialDesign
) -> Found:
    """What is wrong with the trial of a survey, told of the candidates that it was made of."""
    place, what, remedy = fault
    at: Place = ()
    if place[:1] == ("visits",) or place[-1:] == ("end_week",):
        at = ("weeks",)
    elif place[:1] == ("run_in",):
        at = ("run_in_weeks",)
    elif place[:1] == ("arms",) and len(place) > 1 and int(place[1]) > 1:
        factor = factors[int(place[1]) - 1]
        at, what = ("dose_factors", asked.dose_factors.index(factor)), f"{factor:g} times: {what}"
        if place[-1] == "label":
            remedy = "Write factors further apart."
    return at, f"{design.name}, other design: {what}", remedy


def _made(
    values: dict[str, Any], design: TrialDesign, biology: Biology
) -> tuple[TrialDesign | None, list[Found]]:
    """A design of such values, checked as a file is, or what is wrong with it."""
    own = with_strains(biology, design.strains, design.name)
    values = {key: one for key, one in values.items() if one is not None}
    found, faults = parsed(FILE, _without_nothing(values), known_names(own))
    wrong = [*faults, *inconsistencies(_without_nothing(values), own)]
    return (None if wrong else found), wrong


def _without_nothing(value: Any) -> Any:
    """The same without keys that are None, as a file would be written."""
    if isinstance(value, dict):
        return {key: _without_nothing(one) for key, one in value.items() if one is not None}
    return [_without_nothing(one) for one in value] if isinstance(value, list) else value


def _arm(arm: dict[str, Any], factor: float, longest: float, n: int, name: str) -> dict[str, Any]:
    """An arm at another dose, treated until the last week that is asked for."""
    given = []
    last = max((one["end_week"] for one in arm["interventions"]), default=0.0)
    for one in arm["interventions"]:
        own = dict(one)
        for key in SCALABLE:
            if own.get(key) is not None:
                own[key] = _times(own[key], factor)
        own["end_week"] = longest if own["end_week"] in (last, None) else own["end_week"]
        if own["start_week"] < longest:
            given.append({**own, "end_week": min(own["end_week"], longest)})
    label = arm["label"] if factor == 1 else f"{(arm['label'] or arm['name'])[:60]} (× {factor:g})"
    return {**arm, "name": name, "label": label, "n": n, "interventions": given}


def _times(dose: Any, factor: float) -> Any:
    """A dose, or both ends of a prior of it, times a factor."""
    if isinstance(dose, dict):
        return {key: one * factor for key, one in dose.items()}
    return dose * factor


def _weeks(design: TrialDesign, asked: Candidates, longest: float) -> set[float]:
    """Every week in which somebody is measured."""
    found = {0.0, *asked.weeks, *asked.pilot.weeks}
    found |= {week for week in design.visits.weeks if week <= longest}
    for week in asked.weeks:
        for back in range(1, asked.records[-1]):
            if week > back * RECORD_GAP:
                found.add(week - back * RECORD_GAP)
    return found


def _endpoints(design: TrialDesign, asked: Candidates) -> tuple[str, ...]:
    """Every endpoint that is read, and those by which patients leave or are rescued."""
    by = [name for one in asked.enrichment for name in one.measured]
    events = [name for name in ("scorad", "easi") if name in design.analysis.endpoints]
    names = (*asked.endpoints, *asked.pilot.endpoints, *by, *events)
    return tuple(dict.fromkeys(names))
