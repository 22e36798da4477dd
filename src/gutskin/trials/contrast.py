"""One active arm against the control on one endpoint, by the method that the trial names."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from gutskin.statistics.cox import cox
from gutskin.statistics.crossover import crossover
from gutskin.statistics.estimate import Estimate, estimated
from gutskin.statistics.log_rank import log_rank
from gutskin.statistics.mann_whitney import mann_whitney
from gutskin.statistics.mantel_haenszel import counted, mantel_haenszel
from gutskin.statistics.missing_values import carried_forward, completers, failed_if_missing
from gutskin.statistics.mmrm import arm_columns, mmrm
from gutskin.statistics.multiple_imputation import Rule, imputations
from gutskin.statistics.negative_binomial import negative_binomial
from gutskin.statistics.rubin import pooled
from gutskin.statistics.small_samples import in_small_samples
from gutskin.statistics.standardised_risk import standardised_risks
from gutskin.statistics.untested import Untested
from gutskin.trials.adjustment import Adjustment
from gutskin.trials.ancova import Ancova, ancova
from gutskin.trials.event_times import first_events
from gutskin.trials.methods import IMPUTED, Method, Missing
from gutskin.trials.scales import log
from gutskin.trials.stratified_ancova import stratified_ancova

Array = NDArray[np.float64]
IMPUTATIONS = 20


@dataclass(frozen=True, eq=False)
class Records:
    """What was recorded of two arms.

    Parameters
    ----------
    active, control : Array [replicate, patient, visit], the first visit is the baseline
    score : Array [replicate, patient], of active, then control patients
        baseline of the score behind a share, where the trial records it; else None
    weeks : of the visits
    log, lower_is_better : of the endpoint
    replicates : numbers of the replicates
    name : endpoint and arm, of which imputations are drawn
    adjustment : for the factors of the randomisation, each field [replicate, patient, ...]
        None where the analysis is not adjusted for them
    counts : whether values are counts so far, and not yes or no
    counted_from : number of the visit from which events and times are counted
    """

    active: Array
    control: Array
    score: Array | None
    weeks: Sequence[float]
    log: bool
    lower_is_better: bool
    replicates: Sequence[int]
    name: str
    adjustment: Adjustment | None = None
    counts: bool = False
    counted_from: int = 0

    @property
    def counted(self) -> tuple[Array, Sequence[float]]:
        """Active, then control patients since events are counted; weeks since then [visit]."""
        begins = self.counted_from
        weeks = [week - self.weeks[begins] for week in self.weeks[begins:]]
        return self.both[..., begins:], weeks

    @property
    def factors(self) -> Array | None:
        """Main effects of the factors that are adjusted for [..., patient, column]."""
        return None if self.adjustment is None else self.adjustment.columns

    @property
    def stratum(self) -> NDArray[np.int_] | None:
        """The strata of tests within strata [..., patient]."""
        return None if self.adjustment is None else self.adjustment.stratum

    @property
    def arm(self) -> NDArray[np.intp]:
        """1 of active, 0 of control patients [patient]."""
        return np.repeat([1, 0], [self.active.shape[1], self.control.shape[1]])

    @property
    def both(self) -> Array:
        """Active, then control patients [replicate, patient, visit]."""
        return np.concatenate([self.active, self.control], axis=1)


@dataclass(frozen=True, eq=False)
class Contrast:
    """What the method says; every array has shape [replicate].

    Parameters
    ----------
    difference, standard_error : Array (the endpoint's unit), active less control; None of a ratio
    tested_difference : Array, on the tested scale; None of a ratio
    log_ratio : Array, logarithm of a hazard or rate ratio, infinite where an arm has no event; None
        of a difference
    p : Array, NaN where `untested` says why
    better : Array (bool), whether what was tested favours the active arm
    untested : Array (int)
    log_risk_ratio : Array, logarithm of a ratio of shares, where the method gives one
    residual_sd, freedom, adjusted : Array, of the test on its scale, where power follows from them
    tested_standard_error : Array, of `tested_difference`, where logarithms are tested
    """

    difference: Array | None
    standard_error: Array | None
    tested_difference: Array | None
    log_ratio: Array | None
    p: Array
    better: NDArray[np.bool_]
    untested: NDArray[np.int8]
    log_risk_ratio: Array | None = None
    residual_sd: Array | None = None
    freedom: Array | None = None
    adjusted: NDArray[np.bool_] | None = None
    tested_standard_error: Array | None = None


def within_patients(
    active_first: Array, control_first: Array, on_logs: bool, lower_is_better: bool
) -> Contrast:
    """Compare treatments of a crossover within patients, given the period.

    Parameters
    ----------
    active_first, control_first : Array [replicate, patient, 2], records at the ends of both periods
    on_logs : whether logarithms are tested
    """
    found = crossover(active_first, control_first)
    test = crossover(log(active_first), log(control_first)) if on_logs else found
    value = test.treatment
    return Contrast(
        found.treatment.value, found.treatment.standard_error, value.value, None, value.p,
        (value.value < 0) == lower_is_better, value.untested,
        residual_sd=test.within_sd, freedom=value.freedom,
        adjusted=np.zeros(value.p.shape, bool),
        tested_standard_error=value.standard_error if on_logs else None,
    )  # fmt: skip


def compare(records: Records, method: Method, missing: Missing) -> Contrast:
    """Test one endpoint in every replicate."""
    if missing in IMPUTED:
        return _imputed(records, "at random" if missing == "multiple imputation" else missing)
    return METHODS[method](ruled(records, missing))


def ruled(records: Records, missing: Missing) -> Records:
    """The records after a simple rule for what is missing, none of `IMPUTED`."""
    if missing == "as observed":
        return records
    arms = []
    for values in (records.active, records.control):
        if missing == "locf":
            arms.append(carried_forward(values))
        elif missing == "completers":
            arms.append(completers(values))
        else:
            entered = np.isfinite(values[..., 0])
            arms.append(failed_if_missing(values, entered, float(records.lower_is_better)))
    return replace(records, active=arms[0], control=arms[1])


def _of_difference(
    records: Records, natural: Estimate, on_scale: Estimate | None = None
) -> Contrast:
    """A difference that is tested as it is, or on another scale."""
    test = natural if on_scale is None else on_scale
    return Contrast(
        natural.value, natural.standard_error, test.value, None, test.p,
        (test.value < 0) == records.lower_is_better, test.untested,
        tested_standard_error=None if on_scale is None else on_scale.standard_error,
    )  # fmt: skip


def _of_ratio(records: Records, found: Estimate) -> Contrast:
    """A ratio; where it has no finite value the test still says which arm it favours."""
    endless = found.tested & ~np.isfinite(found.value)
    logs = np.where(endless, np.copysign(np.inf, found.statistic), found.value)
    return Contrast(
        None, None, None, logs, found.p, (found.statistic < 0) == records.lower_is_better,
        found.untested,
    )  # fmt: skip


def _covariance(records: Records) -> Contrast:
    natural = adjusted(records, records.active, records.control)
    test = natural
    if records.log:
        test = adjusted(records, log(records.active), log(records.control))
    on_scale = _estimate_of(test) if records.log else None
    told = _of_difference(records, _estimate_of(natural), on_scale)
    return replace(
        told, residual_sd=test.residual_sd, freedom=test.freedom, adjusted=test.adjusted
    )  # fmt: skip


def adjusted(records: Records, active: Array, control: Array) -> Ancova:
    """The analysis of covariance at the last visit, given the factors that are adjusted for.

    Parameters
    ----------
    active, control : Array [..., patient, visit]
    """
    pairs = [(one[..., 0], one[..., -1]) for one in (active, control)]
    if (factors := records.factors) is None:
        return ancova(pairs[0], pairs[1])
    return stratified_ancova(pairs[0], pairs[1], factors)


def _estimate_of(fit: Ancova) -> Estimate:
    return Estimate(fit.difference, fit.standard_error, fit.freedom, fit.t, fit.p, fit.untested)


def _imputed(records: Records, rule: Rule) -> Contrast:
    """ANCOVA of each imputation, pooled; imputed on the tested scale."""
    values = log(records.both) if records.log else records.both
    generators = [
        np.random.default_rng([crc32(records.name.encode()), int(number)])
        for number in records.replicates
    ]
    baseline, arm = values[..., 0], records.arm
    drawn, possible = imputations(values[..., 1:], baseline, arm, generators, IMPUTATIONS, rule)

    def on(first: Array, last: Array) -> Estimate:
        both = np.stack([np.broadcast_to(first, last.shape), last], axis=-1)
        fit = adjusted(records, both[..., arm == 1, :], both[..., arm == 0, :])
        one = pooled(fit.difference, fit.standard_error, fit.freedom[0]).estimate
        why = np.where(possible, fit.untested[0], Untested.too_few)
        return estimated(one.value, one.standard_error, one.freedom, why)

    if not records.log:
        return _of_difference(records, on(baseline, drawn[..., -1]))
    natural = on(np.exp(baseline), np.exp(drawn[..., -1]))
    return _of_difference(records, natural, on(baseline, drawn[..., -1]))


def _repeated(records: Records) -> Contrast:
    """The mixed model of all visits, at the last one."""
    visits, factors = records.active.shape[-1] - 1, records.factors
    more = 0 if factors is None else factors.shape[-1]
    contrast = np.zeros((3 + more) * visits)
    contrast[2 * visits - 1] = 1.0

    def on(values: Array) -> Estimate:
        columns = arm_columns(values[..., 0], records.arm, visits)
        if factors is not None:  # of each visit its own
            wide = factors[..., None, :, None] * np.eye(visits)[:, None, :]
            wide = wide.reshape(*columns.shape[:-1], more * visits)
            columns = np.concatenate([columns, wide], axis=-1)
        found = mmrm(values[..., 1:], columns, contrast).contrasts
        return Estimate(*(getattr(found, name)[:, 0] for name in vars(found)))

    natural = on(records.both)
    return _of_difference(records, natural, on(log(records.both)) if records.log else None)


def _ranks(records: Records) -> Contrast:
    """The rank test of changes; its shift stands for a difference, without a standard error."""

    def on(active: Array, control: Array) -> tuple[Array, Array, NDArray[np.int8]]:
        found = mann_whitney(active[..., -1] - active[..., 0], control[..., -1] - control[..., 0])
        return found.shift, found.p, found.untested

    shift, p, why = on(records.active, records.control)
    moved = shift
    if records.log:
        moved, p, why = on(log(records.active), log(records.control))
    none = np.full_like(shift, np.nan)
    better = (moved < 0) == records.lower_is_better
    on_scale = none if records.log else None
    return Contrast(shift, none, moved, None, p, better, why, tested_standard_error=on_scale)


def _standardised(records: Records) -> Contrast:
    """The risk difference by g-computation, given the baseline of the score where it is known.

    Tested as few patients need it (`in_small_samples`).
    """
    last = records.both[..., -1]
    known = (None if records.score is None else records.score[..., None], records.factors)
    given = [one for one in known if one is not None]
    more = np.concatenate(given, axis=-1) if given else None
    arm = np.broadcast_to(records.arm, last.shape).astype(float)
    found = standardised_risks(last, arm, more)
    seen, width = np.isfinite(last), 0 if more is None else more.shape[-1]
    if more is not None:
        seen &= ~found.adjusted[..., None] | np.isfinite(more).all(axis=-1)
    columns = 2 + width * found.adjusted
    told = _of_difference(
        records, in_small_samples(found.difference, seen.sum(axis=-1), columns)
    )  # fmt: skip
    return replace(told, log_risk_ratio=found.log_ratio.value)


def _stratified(records: Records) -> Contrast:
    """Mantel and Haenszel's difference and test.

    In the strata of the randomisation, else in halves by the score at baseline.
    """
    last = records.both[..., -1]
    stratum = np.zeros(last.shape, int)
    if (given := records.stratum) is not None:
        stratum = given
    elif records.score is not None:
        ordered = np.sort(records.score, axis=1)  # NaN last
        many = np.isfinite(records.score).sum(axis=1)
        middle = np.take_along_axis(
            ordered, np.maximum(many // 2, 0)[:, None] - (many > 0)[:, None], 1
        )
        stratum = (records.score > middle).astype(int)
    strata = max(2, int(stratum.max(initial=0)) + 1)
    found = mantel_haenszel(*counted(last, records.arm, stratum, strata))
    value = found.difference.value
    better = (value < 0) == records.lower_is_better
    return Contrast(
        value, found.difference.standard_error, value, None, found.p, better, found.untested,
        found.log_ratio.value,
    )  # fmt: skip


def _log_rank(records: Records) -> Contrast:
    """The log-rank test; the hazard ratio beside it is Peto's."""
    time, event = first_events(*records.counted)
    found = log_rank(time, event, np.broadcast_to(records.arm, time.shape), records.stratum)
    spread = found.variance[:, 1, 1]
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(spread > 0, (found.observed - found.expected)[:, 1] / spread, np.nan)
    better = (value < 0) == records.lower_is_better
    return Contrast(None, None, None, value, found.p, better, found.untested)


def _hazards(records: Records) -> Contrast:
    time, event = first_events(*records.counted)
    x = np.broadcast_to(records.arm, time.shape)[..., None].astype(float)
    if records.adjustment is not None:
        x = np.concatenate([x, records.adjustment.columns], axis=-1)
        event = np.where(records.adjustment.where_events_are(event), event, np.nan)
    found = cox(time, event, x).coefficients
    return _of_ratio(records, Estimate(*(getattr(found, name)[:, 0] for name in vars(found))))


def _counts(records: Records) -> Contrast:
    """Visits after the first at which a patient has the event, of those he came to.

    Of a count so far it is that of his last visit, over the weeks until then. In a second part its
    beginning is the first. Tested as few patients need it (`in_small_samples`).
    """
    values, weeks = records.counted
    after = values[..., 1:]
    came = np.isfinite(after).sum(axis=-1).astype(float)
    many = np.where(came > 0, np.where(np.isfinite(after), after, 0.0).sum(axis=-1), np.nan)
    if records.counts:
        seen = np.isfinite(after)
        came = np.where(seen, np.asarray(weeks[1:], float), 0.0).max(axis=-1)
        many = np.where(came > 0, np.where(seen, after, 0.0).max(axis=-1), np.nan)
    x = np.stack([np.ones(many.shape), np.broadcast_to(records.arm, many.shape)], axis=-1)
    if records.adjustment is not None:
        x = np.concatenate([x, records.adjustment.columns], axis=-1)
        many = np.where(records.adjustment.where_events_are(many), many, np.nan)
    found = negative_binomial(many, x, came).coefficients
    seen = (np.isfinite(many) & (came > 0)).sum(axis=-1)
    columns = np.isfinite(found.value).sum(axis=-1)
    one = Estimate(*(getattr(found, name)[:, 1] for name in vars(found)))
    return _of_ratio(records, in_small_samples(one, seen, columns))


METHODS: dict[Method, Callable[[Records], Contrast]] = {
    "ancova": _covariance,
    "mmrm": _repeated,
    "mann-whitney": _ranks,
    "g-computation": _standardised,
    "mantel-haenszel": _stratified,
    "log-rank": _log_rank,
    "cox": _hazards,
    "negative-binomial": _counts,
}
