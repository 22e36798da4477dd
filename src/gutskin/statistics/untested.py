"""Why a trial's data cannot be tested, in words a reader understands."""

from __future__ import annotations

from enum import IntEnum


class Untested(IntEnum):
    """Why a comparison has no p-value; 0 if it has one."""

    tested = 0
    nobody = 1
    too_few = 2
    no_spread = 3
    empty_arm = 4
    no_events = 5
    separation = 6
    singular = 7
    not_estimable = 8
    no_maximum = 9
    no_reference = 10
    newborn = 11
    no_pair = 12

    @property
    def words(self) -> str:
        """The reason as a reader sees it."""
        return WORDS[self]

    def of(self, share: bool) -> str:
        """The reason, of an endpoint that is a share of patients or a score.

        Examples
        --------
        >>> Untested.no_spread.of(share=False)
        'the values at the last visit do not scatter'
        """
        return ALL_ALIKE if share and self is Untested.no_spread else self.words


ALL_ALIKE = (
    "in each arm nobody has it at the last visit, or everybody, or exactly those who had it at the "
    "first"
)
WORDS = {
    Untested.tested: "it was tested",
    Untested.nobody: "in one of the two arms nobody has a value at both visits",
    Untested.too_few: "too few patients have values at both visits to estimate an error",
    Untested.no_spread: "the values at the last visit do not scatter",
    Untested.empty_arm: "in one of the two arms nobody has a value",
    Untested.no_events: "too few patients had an event, or too few had none, to compare arms",
    Untested.separation: (
        "arm and covariates tell exactly who has events and who has none, so that the ratio has "
        "no finite value (in small strata `adjust = false` of [randomisation] helps)"
    ),
    Untested.singular: (
        "the covariance between visits cannot be estimated (singular): too few patients with "
        "values for so many visits, or visits that determine each other (more patients, fewer "
        'visits or `method = "ancova"` helps)'
    ),
    Untested.not_estimable: "the data do not tell the difference from another column of the model",
    Untested.no_maximum: "the likelihood was not brought to its maximum",
    Untested.no_reference: (
        "a single arm has nobody to be compared with, and what starts alike for everybody at the "
        "first visit can change in one direction alone"
    ),
    Untested.newborn: (
        "a single arm has nobody to be compared with, and what changes from the day of birth on "
        "changes in every child that grows"
    ),
    Untested.no_pair: "nobody has a value at both visits",
}
