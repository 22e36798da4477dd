"""Questionnaires that some patients of a trial are too young or too old for: they are not asked.

A questionnaire is chosen at enrolment. Who is not of its ages then has no record of it and no true
value, and so is in no analysis of it: nothing is imputed for him, and he has not failed. Who grows
beyond its ages goes on with it. Newborns of a trial from birth all have one age, and all answer.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.model.vocabulary import vocabulary
from gutskin.population.draw import DAYS_PER_YEAR
from gutskin.population.populations import covered_ages, load_populations
from gutskin.trials.eligibility_problems import WEEKS_PER_YEAR, of_ages
from gutskin.trials.endpoints import asked_of
from gutskin.user_text import in_sentence

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from gutskin.model.biology import Biology
    from gutskin.trials.design import TrialDesign
    from gutskin.trials.study import Study

GROWN = 1.0  # years beyond its ages that a patient may be by the last visit
SEEN = 0.99  # of an arm: who could not be computed has no record either, one in a thousand at most
NOTHING_KNOWN: Mapping[str, Mapping[str, Any]] = MappingProxyType({})


def not_asked(study: Study, age: ArrayLike, count: int) -> NDArray[np.bool_]:
    """Who is asked no such questionnaire, Array [endpoint, patient] (bool).

    Parameters
    ----------
    age : at enrolment, a number or Array [patient] (days)
    count : of patients
    """
    years = np.broadcast_to(np.asarray(age, float) / DAYS_PER_YEAR, count)
    found = np.zeros((len(study.endpoints), count), bool)
    for place, one in enumerate(study.endpoints):
        if one.asked is not None and not study.design.from_birth:
            found[place] = (years < one.asked[0]) | (years >= one.asked[1])
    return found


def beyond_their_ages(
    design: TrialDesign,
    biology: Biology,
    found: Mapping[str, Mapping[str, Any]] = NOTHING_KNOWN,
) -> Iterator[str]:
    """What is asked of patients who do not all have the age of it, a sentence for each endpoint.

    Parameters
    ----------
    found : endpoint -> what is told of it; those that not everybody answers have `answered`
    """
    rows, known = vocabulary(biology).tables.endpoints, load_populations(biology)
    ages = covered_ages([known[name] for name in design.population])
    low, high = design.eligibility.age_years or (ages[0][0], ages[-1][1])
    end = high + design.visits.weeks[-1] / WEEKS_PER_YEAR
    for name in design.analysis.endpoints:
        asked = asked_of(rows[name])
        if asked is None:
            continue
        label = f"{rows[name].text('label')}: it is asked of people {of_ages(asked)}"
        if design.from_birth:
            if not (asked[0] <= low and end <= asked[1] + GROWN):
                yield f"{label}; here everybody answers it, from {low:.3g} to {end:.3g} years."
        elif not (asked[0] <= low and high <= asked[1]):
            told = _counts(design, found.get(name, {}).get("answered"))
            yield f"{label}; who is not at enrolment is not asked and in no analysis of it{told}."


def answered(asked: Mapping[str, float], design: TrialDesign) -> dict[str, dict[str, float]]:
    """How many patients of each arm answer, on average, where that is not everybody.

    Parameters
    ----------
    asked : arm -> how many of its patients have the first visit
    """
    whole = {arm.name: arm.n for arm in design.arms if arm.n}
    if all(asked[name] >= SEEN * n for name, n in whole.items()):
        return {}
    return {"answered": {name: asked[name] for name in whole}}


def _counts(design: TrialDesign, answers: Mapping[str, float] | None) -> str:
    """How many of each arm answer, in words; empty where that is not known."""
    if answers is None:
        return ""
    of = (f"{answers[arm.name]:.3g} of {arm.n} on {in_sentence(arm.title)}"
          for arm in design.arms if arm.n)  # fmt: skip
    return f": {', '.join(of)} answer"


__all__ = ["answered", "beyond_their_ages", "not_asked"]
