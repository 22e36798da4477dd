"""An endpoint of a trial analysed by the method that the design names."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from gutskin.trials.adjustment import adjustment_in
from gutskin.trials.attendance import of_who_came
from gutskin.trials.chosen_method import method_of, missing_of
from gutskin.trials.methods import IMPUTED, TIMED, WITHIN, Missing, UsedMethod
from gutskin.trials.scales import log
from gutskin.trials.second_part import counted_from, of_who_go_on

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.trials.comparison import Comparison, EndpointNumbers
    from gutskin.trials.contrast import Contrast, Records
    from gutskin.trials.design import TrialDesign
    from gutskin.trials.endpoints import Endpoint

    _Pair = tuple[np.ndarray, np.ndarray]


def by_method(
    one: EndpointNumbers, dataset: xr.Dataset, design: TrialDesign, endpoint: Endpoint | None
) -> EndpointNumbers:
    """One endpoint by the method that the design names for it; ANCOVA as it is."""
    scale = "linear" if endpoint is None else endpoint.scale
    if design.crossover is not None:
        return _within(one, dataset, design)
    if design.single_arm:
        return _before_after(one, dataset, design, scale)
    method = method_of(design.analysis, one.name, scale)
    missing = missing_of(design.analysis, method, scale)
    if (method, missing) == ("ancova", "as observed") and design.adjusted_strata == 1:
        return one
    from gutskin.trials.contrast import compare
    from gutskin.trials.filled_records import with_filled

    comparisons = {}
    for arm, compared in one.comparisons.items():
        records = _records(one, dataset, design, arm, endpoint, timed=method in TIMED)
        found = _with_test(compared, compare(records, method, missing), method, missing)
        if method == "ancova" and missing not in ("as observed", *IMPUTED):
            truth, enrolled = _truth(one.name, dataset, design, arm)
            found = with_filled(found, records, missing, truth, enrolled)
        comparisons[arm] = found
    return replace(one, comparisons=comparisons)


def _truth(
    name: str, dataset: xr.Dataset, design: TrialDesign, arm: str
) -> tuple[tuple[_Pair, _Pair], list[int]]:
    """Of an arm and the control first records and true ends, and how many enrolled."""
    both = (arm, design.control.name)
    first = dataset["measured"].sel(endpoint=name).isel(visit=0)
    first = first.transpose("arm", "replicate", "patient")
    latent = dataset["latent"].sel(endpoint=name).isel(visit=design.analysed)
    latent = latent.transpose("arm", "given", "replicate", "patient")
    active, control = (
        (first.sel(arm=one).values, latent.sel(arm=one, given=one).values) for one in both
    )
    many = {one.name: one.n for one in design.arms}
    return (active, control), [many[one] for one in both]


def _within(one: EndpointNumbers, dataset: xr.Dataset, design: TrialDesign) -> EndpointNumbers:
    """One endpoint of a crossover: each patient compared with himself at the ends of periods."""
    from gutskin.trials.contrast import within_patients
    from gutskin.trials.who_left import beyond_within

    assert design.crossover is not None
    ends = [design.visits.weeks.index(period[1]) for period in design.crossover.periods]
    measured = dataset["measured"].sel(endpoint=one.name).isel(visit=ends)
    both = measured.transpose("arm", "replicate", "patient", "visit")
    latent = dataset["latent"].sel(endpoint=one.name).isel(visit=ends)
    true = latent.transpose("arm", "replicate", "patient", "given", "visit")
    comparisons = {}
    for arm, compared in one.comparisons.items():
        pair = [arm, design.control.name]
        records, so = both.sel(arm=pair).values, true.sel(arm=pair, given=pair).values
        active, control = log(records) if one.log else records
        of_active, of_control = log(so) if one.log else so
        beyond = beyond_within((active, control), (of_active, of_control))
        comparisons[arm] = _with_test(
            replace(compared, recorded_beyond=beyond),
            within_patients(records[0], records[1], one.log, one.lower_is_better),
            WITHIN, "as observed",
        )  # fmt: skip
    return replace(one, comparisons=comparisons)


def _before_after(
    one: EndpointNumbers, dataset: xr.Dataset, design: TrialDesign, scale: str
) -> EndpointNumbers:
    """One endpoint of a single arm: the change since the first visit."""
    from gutskin.trials.before_after import before_after, way_of
    from gutskin.trials.luck import share_of_changes

    measured = dataset["measured"].sel(endpoint=one.name).isel(visit=[0, design.analysed])
    both = measured.transpose("arm", "replicate", "patient", "visit")
    latent = dataset["latent"].sel(endpoint=one.name).isel(visit=[0, design.analysed])
    true = latent.transpose("arm", "given", "replicate", "patient", "visit")
    born = design.from_birth
    comparisons = {
        arm: _with_test(
            replace(compared, of_patients=share_of_changes(
                *(_ends(of, on_logs=one.log)
                  for of in (both.sel(arm=arm), true.sel(arm=arm, given=arm)))
            )),
            before_after(both.sel(arm=arm).values, scale, one.log, one.lower_is_better, born),
            way_of(scale, born), "as observed",
        )
        for arm, compared in one.comparisons.items()
    }  # fmt: skip
    return replace(one, comparisons=comparisons)


def _ends(both: xr.DataArray, *, on_logs: bool) -> tuple[np.ndarray, np.ndarray]:
    """Values at the first visit and at that of the analysis, as tested [replicate, patient]."""
    values = log(both.values) if on_logs else both.values
    return values[..., 0], values[..., 1]


def _records(
    one: EndpointNumbers, dataset: xr.Dataset, design: TrialDesign, arm: str,
    endpoint: Endpoint | None, *, timed: bool = False,
) -> Records:  # fmt: skip
    from gutskin.trials.contrast import Records

    measured = of_who_go_on(dataset["measured"], design)
    measured = measured.transpose("endpoint", "arm", "replicate", "patient", "visit")
    measured = measured.isel(visit=slice(design.analysed + 1))
    own = measured.sel(endpoint=one.name)
    if timed:
        own = of_who_came(own, dataset).transpose(*own.dims)
    arms, score = (arm, design.control.name), None
    behind = "" if endpoint is None or endpoint.cutoff is None else endpoint.stream
    if behind != one.name and behind in design.analysis.endpoints:
        first = measured.sel(endpoint=behind).isel(visit=0)
        score = np.concatenate([first.sel(arm=each).values for each in arms], axis=-1)
    return Records(
        own.sel(arm=arm).values, own.sel(arm=design.control.name).values, score,
        design.visits.weeks[: design.analysed + 1], one.log, one.lower_is_better,
        [int(number) for number in np.atleast_1d(dataset["replicate"].values)],
        f"{one.name}/{arm}", adjustment_in(dataset, design, arms),
        endpoint is not None and endpoint.counts, counted_from(design),
    )  # fmt: skip


def _with_test(
    compared: Comparison, found: Contrast, method: UsedMethod, missing: Missing
) -> Comparison:
    """A comparison that reports what another method says."""
    mine = {name: getattr(found, name) for name in ("p", "better", "untested", "log_ratio")}
    of_test = ("residual_sd", "freedom", "adjusted")
    told = ("difference", "standard_error", "tested_difference", "tested_standard_error")
    for name in (*told, *of_test):
        if getattr(found, name) is not None:
            mine[name] = getattr(found, name)
    return replace(compared, method=method, missing=missing, **mine)
