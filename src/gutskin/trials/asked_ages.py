"""Questionnaires that some patients of a trial are too young or too old for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gutskin.model.vocabulary import vocabulary
from gutskin.population.populations import covered_ages, load_populations
from gutskin.trials.eligibility_problems import WEEKS_PER_YEAR, asked_of, of_ages

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.trials.design import TrialDesign

GROWN = 1.0  # years beyond its ages that a patient may be by the last visit


def beyond_their_ages(design: TrialDesign, biology: Biology) -> Iterator[str]:
    """What is asked of patients who do not have the age of it, a sentence for each endpoint."""
    rows, known = vocabulary(biology).tables.endpoints, load_populations(biology)
    ages = covered_ages([known[name] for name in design.population])
    low, high = design.eligibility.age_years or (ages[0][0], ages[-1][1])
    end = high + design.visits.weeks[-1] / WEEKS_PER_YEAR
    for name in design.analysis.endpoints:
        asked = asked_of(rows[name])
        if asked is not None and not (asked[0] <= low and end <= asked[1] + GROWN):
            yield (
                f"{rows[name].text('label')}: it is asked of people {of_ages(asked)}; here "
                f"everybody answers it, from {low:.3g} to {end:.3g} years."
            )


__all__ = ["beyond_their_ages"]
