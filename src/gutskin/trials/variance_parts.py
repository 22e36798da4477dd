"""What trials of one design differ by: who takes part, chance, and what nobody knows.

[statistics.md](statistics.md) defines each share.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from gutskin.media import counted
from gutskin.population.mother import products_of
from gutskin.population.own_conduct import numbers_of_worlds, own_conduct, own_share
from gutskin.population.strains import product_name
from gutskin.population.trial_spread import shifts_of_trial
from gutskin.statistics.variance_shares import KINDS, ReportedTrials, VarianceShare, variance_shares
from gutskin.trials.certainty import FEWEST_DRAWS

if TYPE_CHECKING:
    import xarray as xr

    from gutskin.trials.analysis import Analysis, EndpointAnalysis
    from gutskin.trials.design import TrialDesign
    from gutskin.trials.study import Study

OF_TRIAL = ("trial_level", "rater_shift")  # of conduct.tsv: season, region, year; raters
Shares = dict[str, dict[str, Any]]
NONE: Mapping[str, float] = MappingProxyType({})


def own_of_trials(study: Study) -> dict[str, Any]:
    """What `variance_shares_of` reads of a dataset: variables of an `xarray.Dataset`."""
    model, count = study.model, len(next(iter(study.conduct.values())))
    numbers = study.first + np.arange(count)
    levels = own_conduct(OF_TRIAL, numbers, study.seed)
    shifts = list(_shifts(study, numbers))
    return {
        "own": (("replicate", "own_number"), np.column_stack([levels, *shifts])),
        "own_share": (("own_number",), [own_share(model)] * len(OF_TRIAL) + [1.0] * len(shifts)),
        "world_number": (("replicate",), numbers_of_worlds(model, numbers, study.seed)),
    }


def _shifts(study: Study, numbers: np.ndarray) -> Iterator[np.ndarray]:
    """How far each trial shifts what its products do, one Array [replicate] for each axis."""
    design, keys = study.design, numbers.astype(np.uint32)[:, None]
    products = {
        product_name(one): None for arm in design.arms for one in products_of(design.taken(arm))
    }
    for product in products:
        yield from (
            shift
            for shift in shifts_of_trial(
                study.model, product, keys, study.seed, study.seed
            ).values()
            if np.ptp(shift) > 0
        )


def variance_shares_of(
    dataset: xr.Dataset,
    design: TrialDesign,
    analysis: Analysis,
    smaller: Mapping[str, float] = NONE,
) -> dict[str, dict[str, Shares]]:
    """Shares of the variance of the primary difference that trials report, arm by arm.

    It is that of the scale that is tested: of logarithms that of the logarithm of the ratio.

    Parameters
    ----------
    dataset, analysis : of `run_trial`
    smaller : a name -> how many times as many patients trials of another size have

    Returns
    -------
    dict active arm -> name (``""`` of the trial itself) -> kind -> share and `ci95`; None where
    they are not told
    """
    found = {}
    primary = analysis.endpoints[analysis.primary]
    for arm, compared in primary.comparisons.items():
        value, error = _reported(primary, arm)
        of_patients = np.nan if compared.of_patients is None else compared.of_patients
        with np.errstate(invalid="ignore"):  # an error without end: `usable` leaves it out
            own = of_patients * error
        trials = ReportedTrials(value, error, own, *_of_dataset(dataset, len(error)))
        told = untold(design, int(trials.usable.sum())) is None
        shares = variance_shares(trials, smaller) if told else dict.fromkeys(("", *smaller))
        found[arm] = {name: _plain(one) for name, one in shares.items()}
    return found


def untold(design: TrialDesign, usable: int) -> str | None:
    """Why shares of the variance are not told; None where they are."""
    if design.crossover is not None:
        return "in a crossover each patient is compared with himself"
    if usable < FEWEST_DRAWS:
        return (
            f"{counted(usable, 'repetition')} with a difference and its error, and worlds cannot "
            f"be told from chance by fewer than {FEWEST_DRAWS}"
        )
    return None


def shares_of_variance(
    dataset: xr.Dataset, design: TrialDesign, analysis: Analysis
) -> dict[str, Any]:
    """The shares of the first active arm, and of each where there are several."""
    found = {arm: one[""] for arm, one in variance_shares_of(dataset, design, analysis).items()}
    told: dict[str, Any] = {"variance_shares": found[design.active[0].name]}
    return told | ({"variance_shares_by_arm": found} if len(found) > 1 else {})


def why_untold(design: TrialDesign, analysis: Analysis) -> Iterator[str]:
    """Why shares are missing, in a sentence."""
    primary = analysis.endpoints[analysis.primary]
    usable = [int(np.isfinite(sum(_reported(primary, arm))).sum()) for arm in primary.comparisons]
    if (why := untold(design, min(usable, default=0))) is not None:
        yield f"Which share of the variance is patients, chance or unknown is not told: {why}."


def _reported(primary: EndpointAnalysis, arm: str) -> tuple[np.ndarray, np.ndarray]:
    """What each trial reports of an arm, and its squared error, as it is tested [replicate]."""
    its = primary.comparisons[arm]
    if primary.log:
        return its.tested_difference, np.square(its.tested_error)
    return its.difference, np.square(its.standard_error)


def _of_dataset(dataset: xr.Dataset, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What trials have of their own, which share of it is theirs, and worlds; of any dataset."""
    if "own" not in dataset:
        return np.zeros((count, 0)), np.zeros(0), np.arange(count)
    return (
        dataset["own"].transpose("replicate", "own_number").values,
        dataset["own_share"].values,
        dataset["world_number"].values,
    )


def _plain(shares: Mapping[str, VarianceShare] | None) -> Shares:
    if shares is None:
        return {kind: {"share": None, "ci95": None} for kind in KINDS}
    return {
        kind: {"share": one.share, "ci95": [one.ci95_low, one.ci95_high]}
        for kind, one in shares.items()
    }
