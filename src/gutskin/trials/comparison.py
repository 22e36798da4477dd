"""What each replicate of a trial reports: its arms, and active arms against the control."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from gutskin.trials.ancova import ALPHA, Untested
from gutskin.trials.certainty import Share, share_of
from gutskin.trials.methods import Missing, UsedMethod

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Comparison:
    """One active arm against the control on one endpoint, in each replicate.

    What is tested is the value itself or, where the endpoint is flagged so, its logarithm.

    Parameters
    ----------
    difference : Array [replicate] (the endpoint's unit)
        adjusted difference, active minus control
    standard_error : Array [replicate] (the endpoint's unit)
    p : Array [replicate]
        of the two-sided t test; NaN where `untested` says why
    better : Array [replicate]
        bool, whether the tested difference favours the active arm
    true_effect : Array [replicate] (the endpoint's unit)
        mean paired difference of the noise-free values
    untested : Array [replicate] (int)
        see `Untested`
    tested_difference, residual_sd, freedom, adjusted : Array [replicate]
        of the test: adjusted difference, standard deviation that the baseline leaves, degrees of
        freedom, whether the baseline is a covariate; on the tested scale
    tested_effect : Array [replicate]
        mean paired difference of the noise-free values on the tested scale
    tested_effect_error : Array [replicate]
        its standard error from the luck of who enrolled
    recorded_beyond : Array [replicate]
        by how much the record of the active arm lies further above the true values at the last
        visit than that of the control, on the tested scale: expectation, ends of the scale, noise;
        where a rule stands for missing values, what the rule makes of it too (see `with_filled`);
        of a crossover by how much the comparison within patients shows more than the first period
    method, missing : by which, and what stands for missing values
    log_ratio : Array [replicate], of hazards or rates where the method gives one; infinite where an
        arm has no event
    adjusted_p : Array [replicate], for asking several questions, if the design says so
    earlier : Array [replicate, look, 2], of each look before the end the evidence in favour (z, see
        `evidence`) and the difference (the endpoint's unit), if the design has any
    earlier_tested : Array [replicate, look], the difference at these looks on the tested scale
    counted : Array [replicate, 2], which shares of the patients of the active and the control arm
        are tested, where a rule stands for missing values; None: of those with both visits
    tested_standard_error : Array [replicate], of `tested_difference`; None where that is
        `difference` itself
    of_patients : Array [replicate], the share of the squared error of `tested_difference` that is
        who takes part and how he fares, not how he is measured; None where that is not asked

    With another method than ANCOVA `difference`, `standard_error`, `tested_difference`, `p`,
    `better` and `untested` are that method's, where it gives them (of a crossover those of the
    test and `recorded_beyond` too); the others stay ANCOVA's.
    """

    difference: Array
    standard_error: Array
    p: Array
    better: NDArray[np.bool_]
    true_effect: Array
    untested: NDArray[np.int8]
    tested_difference: Array
    residual_sd: Array
    freedom: Array
    adjusted: NDArray[np.bool_]
    tested_effect: Array
    tested_effect_error: Array
    recorded_beyond: Array
    method: UsedMethod = "ancova"
    missing: Missing = "as observed"
    log_ratio: Array | None = None
    adjusted_p: Array | None = None
    earlier: Array | None = None
    earlier_tested: Array | None = None
    of_patients: Array | None = None
    counted: Array | None = None
    tested_standard_error: Array | None = None

    @property
    def tested_error(self) -> Array:
        """The standard error of what is tested [replicate]."""
        found = self.tested_standard_error
        return self.standard_error if found is None else found

    @property
    def tested(self) -> NDArray[np.bool_]:
        """Whether each replicate's difference could be tested [replicate]."""
        return self.untested == Untested.tested

    @property
    def asked(self) -> NDArray[np.bool_]:
        """Which replicates a share of significant results is of [replicate].

        All of them: one that could not be tested found nothing. None where no replicate could be.
        """
        return np.full(self.untested.shape, bool(self.tested.any()))

    @property
    def untestable(self) -> int:
        """How many replicates could not be tested."""
        return int((~self.tested).sum())

    @property
    def significant(self) -> NDArray[np.bool_]:
        """Whether each replicate would report p < 0.05 [replicate]."""
        return self.p < ALPHA

    @property
    def evidence(self) -> Array:
        """How strongly each replicate favours the active arm [replicate]: the z of its p.

        Below 0 where it is against it, NaN where nothing was tested.
        """
        from scipy.special import ndtri

        return np.where(self.better, -1.0, 1.0) * ndtri(self.p / 2)

    @property
    def share_significant(self) -> Share:
        """Of all replicates, those with p < 0.05, for or against; of none if none was tested."""
        return share_of(self.significant, self.asked)

    @property
    def share_for(self) -> Share:
        """Of all replicates, those with p < 0.05 in favour of the active arm."""
        return share_of(self.significant & self.better, self.asked)

    @property
    def share_against(self) -> Share:
        """Of all replicates, those with p < 0.05 against the active arm."""
        return share_of(self.significant & ~self.better, self.asked)

    @property
    def share_adjusted_for(self) -> Share | None:
        """Of all replicates, those with an adjusted p < 0.05 in favour; None if none was asked."""
        if self.adjusted_p is None:
            return None
        return share_of((self.adjusted_p < ALPHA) & self.better, self.asked)


@dataclass(frozen=True)
class ArmNumbers:
    """How one arm fared in each replicate; patients with both visits only.

    Parameters
    ----------
    baseline_mean, end_mean, change_mean : Array [replicate] (the endpoint's unit)
    change_sd : Array [replicate] (the endpoint's unit), between the patients of the arm
    complete : Array [replicate], patients with both visits
    asked : Array [replicate], patients with the first visit: of a questionnaire those of its ages
    log_change_sd : Array [replicate], between the patients of the arm, of the change of logarithms,
        where these are tested
    log_change : Array [replicate], mean over the patients of that change
    """

    baseline_mean: Array
    end_mean: Array
    change_mean: Array
    change_sd: Array
    complete: Array
    asked: Array
    log_change_sd: Array | None = None
    log_change: Array | None = None


@dataclass(frozen=True)
class EndpointNumbers:
    """One endpoint in each replicate: all that the analysis needs of its patients.

    `whole` is whether each of them has a whole number: yes or no, a count, a grade.
    """

    name: str
    label: str
    unit: str
    log: bool
    lower_is_better: bool
    arms: dict[str, ArmNumbers]
    comparisons: dict[str, Comparison]
    whole: bool = False
