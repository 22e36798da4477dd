"""What is wrong with who may enrol: ages nobody has, subgroups of nobody, newborns."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gutskin.model.biology import Biology
from gutskin.model.vocabulary import vocabulary
from gutskin.population.body_weight import usual_weights
from gutskin.population.draw import DAYS_PER_YEAR
from gutskin.population.populations import Population, covered_ages, load_populations, with_ages
from gutskin.toml_file import sound, sound_parts, table
from gutskin.toml_lines import Place
from gutskin.toml_text import Found
from gutskin.trials.arm_names import alike_titles
from gutskin.trials.endpoints import asked_of
from gutskin.trials.estimand_parts import EVERYBODY
from gutskin.trials.out_of_reach import out_of_reach
from gutskin.trials.parts import OTHER_CRITERIA, Eligibility, Subgroup, visits_told
from gutskin.trials.score_problems import RECORDED, score_problems
from gutskin.trials.wrong_ends import end_beside_a_wrong_one

STARTS = ("settled", "birth_vaginal", "birth_c_section")  # from when on a trial follows people
WEEKS_PER_YEAR = DAYS_PER_YEAR / 7
SUBGROUP_KEYS = ("sensitised", "food_sensitised", "age_years", *RECORDED)


def eligibility_problems(raw: Mapping[str, Any], biology: Biology) -> Iterator[Found]:
    """All that is wrong with populations, ages and scores of a trial file.

    Parameters
    ----------
    raw : the file
    """
    yield from _ages(raw, biology)
    yield from _weights(raw, biology)
    yield from _steroid(raw)
    yield from _sensitised(raw)
    yield from score_problems(raw, biology)
    yield from out_of_reach(raw, _people(raw, biology), biology)
    yield from _newborns(raw, biology)
    yield from _infants(raw)
    yield from _subgroups(raw)
    yield from _empty_subgroups(raw, biology)
    yield from _questionnaires(raw, biology)


def youngest(raw: Mapping[str, Any], biology: Biology) -> float | None:
    """The age of the youngest who may enrol (years); None of an unknown population."""
    people = _people(raw, biology)
    if not people:
        return None
    return max(_first_age(raw), covered_ages(people)[0][0])


def ages_told(raw: Mapping[str, Any], biology: Biology) -> tuple[float, float] | None:
    """The ages of the youngest and the oldest who may enrol (years); None of nobody known."""
    people = _people(raw, biology)
    whole = sound(Eligibility, {"age_years": table(raw, "eligibility").get("age_years")})
    if not people:
        return None
    ranges = covered_ages(people)
    return (whole and whole.age_years) or (ranges[0][0], ranges[-1][1])


def _people(raw: Mapping[str, Any], biology: Biology) -> list[Population]:
    """The populations that a file names, as far as they are known."""
    named, known = raw.get("population"), load_populations(biology)
    names = [named] if isinstance(named, str) else named if isinstance(named, list | tuple) else []
    return [known[name] for name in names if isinstance(name, str) and name in known]


def _ages(raw: Mapping[str, Any], biology: Biology) -> Iterator[Found]:
    """Ages that the populations do not have."""
    people, asked = _people(raw, biology), table(raw, "eligibility").get("age_years")
    whole = sound(Eligibility, {"age_years": asked}) if asked is not None else None
    if not people or raw.get("start", "settled") != "settled":
        return  # nobody is chosen by his age on the day of birth: told there
    ranges = covered_ages(people)
    if whole is None:
        yield from _age_beside_a_wrong_end(("eligibility", "age_years"), asked, ranges)
    if whole is None or whole.age_years is None:
        return
    low, high = whole.age_years
    if _within(people, low, high):
        return
    names = " and ".join(repr(one.name) for one in people)
    has = ", and ".join(f"{first:g} to {last:g}" for first, last in ranges)
    of = f"population {names}: it has" if len(people) == 1 else f"populations {names}: they have"
    what = f"`age_years = [{low:g}, {high:g}]` is not within {of} {has} years."
    both = [(max(low, first), min(high, last)) for first, last in ranges]
    both = [ends for ends in both if ends[0] < ends[1]]
    every = load_populations(biology).values()
    alike = [one for one in every if one.name[:2] == people[0].name[:2] and one not in people]
    others = [one for one in alike if one.ages[0] < high and low < one.ages[1]]
    alone = any(one.ages[0] <= low and high <= one.ages[1] for one in alike)
    if not alone and _within([*people, *others], low, high):
        for one in sorted(others, key=lambda one: min(one.ages[1], high) - max(one.ages[0], low)):
            rest = [each for each in others if each is not one]
            others = rest if _within([*people, *rest], low, high) else others
        some = sorted([*people, *others], key=lambda one: one.ages)
        names = ", ".join(f'"{one.name}"' for one in some)
        other = f"write `population = [{names}]`"
    else:
        other = with_ages(people[0].name, low, high, biology)
    remedy = "Write another range"
    if both:
        first, last = both[0]
        first = max(first, _earliest(biology)) if _earliest(biology) < last else first
        remedy = f"Write `age_years = [{first:g}, {last:g}]`, which both have in common"
    yield ("eligibility", "age_years"), what, f"{remedy}, or {other}."


def _age_beside_a_wrong_end(
    place: Place, asked: Any, ranges: Sequence[tuple[float, float]]
) -> Iterator[Found]:
    """An age that nobody has, where the other end is no age at all."""
    if (end := end_beside_a_wrong_one("age_years", asked)) is None:
        return
    number, age = end
    if any(low <= age <= high for low, high in ranges):
        return
    has = ", and ".join(f"{low:g} to {high:g}" for low, high in ranges)
    what = f"{age:g} is beyond the ages of the population, which has {has} years."
    yield (*place, number), what, f"Write an age within {has}."


def _within(people: list[Population], low: float, high: float) -> bool:
    """Whether populations together have all of these ages."""
    return any(first <= low and high <= last for first, last in covered_ages(people))


def _weights(raw: Mapping[str, Any], biology: Biology) -> Iterator[Found]:
    """Weights that hardly anybody of these ages has."""
    asked, ages = table(raw, "eligibility").get("weight_kg"), ages_told(raw, biology)
    if asked is None or ages is None:
        return
    low, high = usual_weights(*ages, biology)
    whole = sound(Eligibility, {"weight_kg": asked})
    place: Place = ("eligibility", "weight_kg")
    if whole is not None and whole.weight_kg is not None:
        first, last = whole.weight_kg
        told = f"{first:g} to {last:g} kg"
    elif (end := end_beside_a_wrong_one("weight_kg", asked)) is not None:
        number, weight = end
        first, last = ((weight, math.inf), (0.0, weight))[number]
        told = ("{:g} kg or more", "{:g} kg or less")[number].format(weight)
        place = (*place, number)
    else:
        return
    if max(low, first) < min(high, last):
        return
    what = f"hardly anybody of {ages[0]:g} to {ages[1]:g} years weighs {told}."
    fix = f"Write a range that shares something with {low:.3g} to {high:.3g} kg, or other ages."
    yield place, what, fix


def _steroid(raw: Mapping[str, Any]) -> Iterator[Found]:
    """Steroid cream that is to have helped and failed."""
    asked = table(raw, "eligibility")
    if asked.get("steroid_failed") is True and asked.get("steroid_helped") is True:
        what = "steroid cream cannot have failed and helped the same patient."
        yield ("eligibility", "steroid_helped"), what, "Take one of both out."


def _sensitised(raw: Mapping[str, Any]) -> Iterator[Found]:
    """Somebody sensitised to food who is sensitised to nothing."""
    places: list[tuple[Place, Any]] = [(("eligibility",), table(raw, "eligibility"))]
    groups = raw.get("subgroups")
    places += [
        (("subgroups", number), one)
        for number, one in enumerate(groups if isinstance(groups, list) else ())
    ]
    for place, one in places:
        if not isinstance(one, dict) or one.get("food_sensitised") is not True:
            continue
        if one.get("sensitised") is False:
            what = "nobody is in it: who is sensitised to food is sensitised."
            yield (*place, "sensitised"), what, "Take one of both out."


def _earliest(biology: Biology) -> float:
    """The age from which on patients can enrol who are not followed from birth (years)."""
    names = vocabulary(biology)
    days = names.number("youngest_settled_days") + names.number("noisy_days")
    return math.ceil(100 * days / DAYS_PER_YEAR) / 100


def _newborns(raw: Mapping[str, Any], biology: Biology) -> Iterator[Found]:
    """Patients who would settle, or live in noise before they enrol, from before they are born."""
    start = raw.get("start", "settled")
    if not _people(raw, biology) or start not in STARTS:
        return  # from when on they are followed is told to be wrong
    names = vocabulary(biology)
    if start != "settled":
        yield from _born(raw, biology)
        return
    earliest = names.number("youngest_settled_days") + names.number("noisy_days")
    first, lowest = _first_age(raw), youngest(raw, biology) or 0.0
    if lowest * DAYS_PER_YEAR >= earliest:
        return
    what = f"the youngest are {lowest * DAYS_PER_YEAR:.3g} days old; nobody enrols before he is "
    what += f"{earliest:g} days old, since patients settle and then live some weeks in noise."
    remedy = f"Write `age_years` from {_earliest(biology):g} on, or "
    remedy += 'write `start = "birth_vaginal"` at the top: the trial then begins at birth.'
    place: Place = ("eligibility", "age_years") if first else ("population",)
    yield place, what, remedy


def _questionnaires(raw: Mapping[str, Any], biology: Biology) -> Iterator[Found]:
    """Questionnaires that nobody is asked: at enrolment, or of newborns until the last visit.

    They are endpoints, or the scores of rules.
    """
    people = _people(raw, biology)
    if not people:
        return
    ages = covered_ages(people)
    asked = sound(Eligibility, {"age_years": table(raw, "eligibility").get("age_years")})
    born = raw.get("start", "settled") != "settled"  # then nobody is chosen by his age
    own = None if asked is None or born else asked.age_years
    low, high = own or (ages[0][0], ages[-1][1])
    visits = visits_told(raw)
    if visits is not None and visits.weeks and born:
        high += visits.weeks[-1] / WEEKS_PER_YEAR
    rows = vocabulary(biology).tables.endpoints
    for place, name in _scores_named(raw):
        row = rows.get(name)
        if row is None or (ends := asked_of(row)) is None or _meet(ends, low, high):
            continue
        others = [
            one.id for one in rows.values()
            if one.text("quantity") == row.text("quantity") and one.text("scale") == "linear"
            and _meet(asked_of(one) or (0.0, math.inf), low, high)
        ]  # fmt: skip
        what = f"{name} is asked of people {of_ages(ends)}, and nobody of the trial is "
        what += f"({low:.3g} to {high:.3g} years)."
        fix = f"Write {others[0]!r}, or take it out." if others else "Take it out."
        yield place, what, fix


def _scores_named(raw: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    """Every endpoint that is measured or that a rule decides by, with its place in the file."""
    named = table(raw, "analysis").get("endpoints")
    for number, name in enumerate(named if isinstance(named, list | tuple) else ()):
        if isinstance(name, str):
            yield ("analysis", "endpoints", number), name
    arms = raw.get("arms")
    for arm, one in enumerate(arms if isinstance(arms, list | tuple) else ()):
        given = one.get("interventions") if isinstance(one, dict) else None
        for number, dose in enumerate(given if isinstance(given, list | tuple) else ()):
            score = table(dose, "when").get("score") if isinstance(dose, dict) else None
            if isinstance(score, str):
                yield ("arms", arm, "interventions", number, "when", "score"), score


def _meet(ends: tuple[float, float], low: float, high: float) -> bool:
    return ends[0] < high and low < ends[1]


def of_ages(ends: tuple[float, float]) -> str:
    """Whom a questionnaire is asked of, in words (ends in years)."""
    first, last = ends
    return f"from {first:g} years on" if last == math.inf else f"of {first:g} to {last:g} years"


def _subgroups(raw: Mapping[str, Any]) -> Iterator[Found]:
    """Subgroups that ask nothing, that stand twice, or are told by what nobody writes down."""
    measured = table(raw, "analysis").get("endpoints")
    seen: set[str] = set()
    yield from alike_titles(raw, "subgroups", "subgroup")
    for number, one in sound_parts(raw.get("subgroups"), Subgroup).items():
        place: Place = ("subgroups", number)
        if one.name in seen:
            yield (*place, "name"), f"two subgroups are called {one.name!r}.", "Rename one of them."
        if one.name == EVERYBODY:
            what = f"{EVERYBODY!r} is what estimands call everybody who was randomised."
            yield (*place, "name"), what, "Rename the subgroup."
        seen.add(one.name)
        asked = [key for key in SUBGROUP_KEYS if getattr(one, key) is not None]
        if not set(raw["subgroups"][number]) - {"name", "label"}:  # another key is told as such
            keys = ", ".join(SUBGROUP_KEYS)
            yield place, "the subgroup does not say who is in it.", f"Add one of {keys}."
        for key in asked:
            if key in RECORDED and isinstance(measured, list) and key not in measured:
                what = f"{key!r} is not among the endpoints of the trial."
                yield (*place, key), what, "Add it to `endpoints` in [analysis]."
            if raw.get("start", "settled") != "settled":
                what = f"nobody is told apart by `{key}` on the day of birth."
                yield (*place, key), what, "Take the subgroup out."


def _empty_subgroups(raw: Mapping[str, Any], biology: Biology) -> Iterator[Found]:
    """Subgroups of whom the trial enrols nobody, by their age or their sensitisation."""
    enrolled = table(raw, "eligibility")
    whole = sound(Eligibility, {"age_years": enrolled.get("age_years")})
    ages = None if whole is None else whole.age_years
    people = _people(raw, biology)
    low, high = ages or (0.0, math.inf)
    ranges = [(max(a, low), min(b, high)) for a, b in covered_ages(people)] if people else []
    ranges = [(a, b) for a, b in ranges if a <= b]
    for number, one in sound_parts(raw.get("subgroups"), Subgroup).items():
        place: Place = ("subgroups", number)
        if one.age_years is None and ranges:
            asked = raw["subgroups"][number].get("age_years")
            yield from _age_beside_a_wrong_end((*place, "age_years"), asked, ranges)
        if one.age_years is not None and ranges:
            first, last = one.age_years
            if not any(a <= last and first <= b for a, b in ranges):
                has = " or ".join(f"{a:g} to {b:g}" for a, b in ranges)
                what = f"nobody of the trial is {first:g} to {last:g} years old."
                yield (*place, "age_years"), what, f"Write ages within {has}."
        admits = "easi" if enrolled.get("easi") is not None else "scorad"
        within = sound(Eligibility, {admits: enrolled.get(admits)})
        admitted, own = getattr(within, admits, None), getattr(one, admits, None)
        again = table(raw, "run_in").get("criteria_again") is not False
        if admitted and own and again and (own[1] < admitted[0] or own[0] > admitted[1]):
            low, high = admitted
            what = f"nobody is in it: [eligibility] asks `{admits} = [{low:g}, {high:g}]`."
            yield (*place, admits), what, "Write a range that lies within it, or overlaps it."
        for key in ("sensitised", "food_sensitised"):
            own, asked = getattr(one, key), enrolled.get(key)
            if own is not None and isinstance(asked, bool) and own != asked:
                what = f"nobody is in it: [eligibility] asks `{key} = {str(asked).lower()}`."
                yield (*place, key), what, "Take the subgroup or the criterion out."


def _infants(raw: Mapping[str, Any]) -> Iterator[Found]:
    """Births of those who are born already, a run-in of those who are not."""
    infants, born = table(raw, "infants"), raw.get("start", "settled") != "settled"
    if infants.get("c_section_share") is not None and not born:
        what = "how patients were born is asked in a trial from birth alone."
        fix = 'Write `start = "birth_vaginal"` at the top, or take it out.'
        yield ("infants", "c_section_share"), what, fix
    if born and isinstance(raw.get("run_in"), dict):
        yield ("run_in",), "nobody is watched before he is born.", "Take it out."


def _first_age(raw: Mapping[str, Any]) -> float:
    """The lowest age that may enrol (years); 0 where the file does not say it."""
    asked = sound(Eligibility, {"age_years": table(raw, "eligibility").get("age_years")})
    return 0.0 if asked is None or asked.age_years is None else asked.age_years[0]


def _born(raw: Mapping[str, Any], biology: Biology) -> Iterator[Found]:
    """A trial that begins at birth with people who are older, or who are chosen by a score."""
    for one in _people(raw, biology):
        if one.ages[1] * DAYS_PER_YEAR > vocabulary(biology).number("newborn_days"):
            what = f"a trial from birth has newborns, but of {one.name!r} some are older."
            yield ("population",), what, "Take a population of newborns, such as newborn_high_risk."
    keys = (
        "scorad",
        "easi",
        "iga",
        *OTHER_CRITERIA,
        "age_years",
        "weight_kg",
        "steroid_failed",
        "steroid_helped",
    )
    for key in (*keys, "sensitised", "food_sensitised"):
        if table(raw, "eligibility").get(key) not in (None, False):
            what = f"nobody is chosen by `{key}` on the day of birth."
            yield ("eligibility", key), what, "Take it out; the population says who they are."
    if table(raw, "visits").get("screening_weeks"):
        what = "nobody is watched before he is born."
        yield ("visits", "screening_weeks"), what, "Take it out."
