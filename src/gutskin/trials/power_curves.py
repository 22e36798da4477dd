"""Power, assurance and harm by the size of a trial: curves over worlds, with their error.

From worlds that were simulated, the effect and the scatter of each are known (see `effect_sizes`);
leaving groups of them out in turn says how well the curves are known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from gutskin.errors import InputError, Problem
from gutskin.media import counted
from gutskin.trials.analysis import EndpointAnalysis
from gutskin.trials.ancova import ALPHA
from gutskin.trials.certainty import TAIL
from gutskin.trials.design import TrialDesign
from gutskin.trials.difference_test import chance_of_significance, expected_size
from gutskin.trials.effect_sizes import EffectSizes, effect_sizes, usable, without_scatter
from gutskin.trials.significant_results import (
    exaggeration,
    reported_if_significant,
    wrong_sign,
)

Array = NDArray[np.float64]
MOST = 1_000_000  # patients per arm beyond which no size is looked for
GROUPS = 20  # of worlds, one left out at a time
ENDS = 1e-12, 1 - 1e-12  # between which a chance has a logit


@dataclass(frozen=True)
class Estimate:
    """A number and its 95% confidence interval from so many worlds; NaN of too few."""

    value: float
    ci95_low: float
    ci95_high: float


@dataclass(frozen=True)
class Needed:
    """The smallest size that reaches what is wanted, and where the curve ends.

    Parameters
    ----------
    n : patients in the control arm; None if no size up to a million does
    low, high : the same for the upper and the lower end of the curve's 95% interval; None likewise
    limit : what a trial without end would reach
    wanted : the share that is wanted
    """

    n: int | None
    low: int | None
    high: int | None
    limit: Estimate
    wanted: float

    @property
    def open_limit(self) -> bool:
        """Whether the interval of the limit holds the share that is wanted, or goes on beyond it.

        So many worlds then do not say whether a trial without end reaches it.
        """
        return self.limit.ci95_low < self.wanted <= self.limit.ci95_high

    @property
    def undecided(self) -> bool:
        """Whether so many worlds do not decide that any size reaches it.

        The upper end of the curve's interval does and the lower does not, or that of the limit may.
        What all of them reach just so depends on single worlds: it is no number to plan by.
        """
        return self.high is None and (self.low is not None or self.open_limit)

    @property
    def told(self) -> int | None:
        """`n`; None where it is undecided whether there is any."""
        return None if self.undecided else self.n


def curves_of(
    endpoint: EndpointAnalysis, design: TrialDesign, arm: str, simulated: int | None = None
) -> Curves:
    """Power, assurance and harm of an active arm at any size.

    Parameters
    ----------
    simulated : patients of the control arm as it was simulated; without it those of the design

    Raises
    ------
    InputError
        If fewer than two replicates could be tested.
    """
    comparison = endpoint.comparisons[arm]
    use = usable(comparison)
    if use.sum() < 2:
        raise InputError(
            Problem(
                f"'{arm}' has {counted(int(use.sum()), 'repetition')} that could be tested on "
                f"{endpoint.label}; effect and scatter need two at least.",
                None, None, "Repeat more often (--replicates), or give the arms more patients.",
            )
        )  # fmt: skip
    none = endpoint.is_nothing(arm)
    kept = [np.ones(use.shape, bool)]
    if use.sum() >= 2 * GROUPS:
        for left_out in range(GROUPS):
            some = kept[0].copy()
            for places in (np.flatnonzero(use), np.flatnonzero(~use)):
                some[places[left_out::GROUPS]] = False
            kept.append(some)
    sides = [_Side.of(endpoint, design, arm, some, none) for some in kept]
    return Curves(sides, design.control.n if simulated is None else simulated)


@dataclass(frozen=True, eq=False)
class _Side:
    """Some worlds, and how a trial in them is laid out.

    `effect` and `best` are in residual standard deviations; above zero is better. Beside the worlds
    of `effect` there are `still` in which nothing scatters and `few` with too few people to test.
    """

    sizes: EffectSizes
    effect: Array
    best: float
    ratio: float
    complete: tuple[float, float]
    still: int
    few: int

    @classmethod
    def of(
        cls,
        endpoint: EndpointAnalysis,
        design: TrialDesign,
        arm: str,
        some: NDArray[np.bool_],
        none: bool,
    ) -> _Side:
        comparison = endpoint.comparisons[arm]
        use, still = usable(comparison) & some, without_scatter(comparison) & some
        sizes = effect_sizes(comparison, use)
        way = 0.0 if none else -1.0 if endpoint.lower_is_better else 1.0
        active = next(one for one in design.arms if one.name == arm)
        complete = endpoint.complete[arm], endpoint.complete[design.control.name]
        if comparison.counted is not None:
            shares = comparison.counted.mean(axis=0)
            complete = float(shares[0]), float(shares[1])
        return cls(
            sizes,
            # drawn towards their mean, worlds in which nobody has an effect would have some
            way * np.where(sizes.seen, sizes.effect, 0.0) / sizes.residual_sd,
            way * sizes.best / sizes.typical_sd,
            active.n / design.control.n,
            complete,
            int(still.sum()),
            int((some & ~use & ~still).sum()),
        )

    def tested(self, as_small: bool) -> float:
        """The share of worlds in which a trial can find anything.

        Parameters
        ----------
        as_small : no larger than what was simulated, so that too few people are so again
        """
        many = len(self.effect)
        return many / (many + self.still + (self.few if as_small else 0))

    @cached_property
    def largest(self) -> float:
        """The largest effect of any world, in residual standard deviations."""
        return float(max(np.abs(self.effect).max(), abs(self.best)))

    def of_kind(self, kind: str, chance: Callable[[Array], Array]) -> float:
        """Power, assurance or harm, from the chance of significance in favour [effect].

        Of the worlds in which a trial can be tested.
        """
        if kind == "power":
            return float(chance(np.array([self.best]))[0])
        effect = self.effect if kind == "assurance" else -self.effect
        return float(np.mean(chance(effect)))

    def limit(self, kind: str) -> float:
        """What a trial without end would reach."""
        where = np.array([self.best]) if kind == "power" else self.effect
        found = float(np.mean(np.where(where == 0, ALPHA / 2, where > 0)))
        return self.tested(as_small=False) * found


class Curves:
    """The curves of all worlds and, for the interval, of all but a group of them.

    The first of `sides` holds all worlds; each other leaves a group out. `simulated` is the number
    of patients in the control arm of what was simulated. A world that could not be tested finds
    nothing: where nothing scatters at any size, where people were too few up to that number.
    """

    def __init__(self, sides: Sequence[_Side], simulated: int) -> None:
        self.sides, self.simulated = sides, simulated
        # Rounded up, so that other studies find the same curves again.
        self.largest = 2.0 ** np.ceil(np.log2(max(side.largest for side in sides) + 0.01))
        self.chances: dict[int, Callable[[Array], Array]] = {}

    def chance(self, n: int) -> Callable[[Array], Array]:
        """The chance of significance in favour at a size, by standardised effect."""
        if n not in self.chances:
            self.chances[n] = chance_of_significance(*self._layout(n), self.largest)
        return self.chances[n]

    def reported(self, n: int) -> Callable[[Array], Array]:
        """The mean size of a significant result at a size of the trial, by standardised effect."""
        active, control, adjusted = self._layout(n)
        return reported_if_significant(active, control, adjusted, self.largest, ALPHA)

    def _layout(self, n: int) -> tuple[float, float, bool]:
        """Expected patients who count in both arms; whether the baseline is a covariate."""
        whole = self.sides[0]
        arms = [n * share for share in (whole.ratio * whole.complete[0], whole.complete[1])]
        left = [1 - share for share in whole.complete]
        active, control = (expected_size(*one) for one in zip(arms, left, strict=True))
        return active, control, whole.sizes.adjusted

    def at(self, kind: str, n: int) -> Estimate:
        """What one kind of number is at a size."""
        chance = self.chance(n)
        if kind == "wrong_sign":
            return _jackknifed([wrong_sign(side.effect, chance) for side in self.sides])
        if kind == "exaggeration":
            shown = self.reported(n)
            found = [exaggeration(side.effect, chance, shown) for side in self.sides]
            return _jackknifed(found, share=False)
        return _jackknifed([self._share(side, kind, n) for side in self.sides])

    def _share(self, side: _Side, kind: str, n: int) -> float:
        """Power, assurance or harm at a size, of all worlds."""
        return side.tested(n <= self.simulated) * side.of_kind(kind, self.chance(n))

    def needed(self, kind: str, wanted: float) -> Needed:
        """The smallest size that reaches a share."""
        limit = _jackknifed([side.limit(kind) for side in self.sides])
        return Needed(
            _smallest(lambda n: self._share(self.sides[0], kind, n), wanted),
            _smallest(lambda n: self.at(kind, n).ci95_high, wanted),
            _smallest(lambda n: self.at(kind, n).ci95_low, wanted),
            limit,
            wanted,
        )


def _smallest(curve: Callable[[int], float], wanted: float) -> int | None:
    """The smallest n from which on a curve is at the share that is wanted; None without one."""
    if not curve(MOST) >= wanted:
        return None
    low, high = 1, 2  # at one patient nothing can be tested
    while not curve(high) >= wanted:
        low, high = high, min(2 * high, MOST)
    while high - low > 1:
        middle = (low + high) // 2
        if curve(middle) >= wanted:
            high = middle
        else:
            low = middle
    return high


def _jackknifed(values: Sequence[float], share: bool = True) -> Estimate:
    """A share with the interval of the jackknife, on the logit so that it stays a share.

    Parameters
    ----------
    values : of all worlds, then with one group left out at a time; of all alone there is none
    share : else it is a factor, and its logarithm is taken
    """
    from scipy.special import expit, logit, stdtrit

    whole, *without = values
    if not without or not np.isfinite(values).all():
        return Estimate(whole, float("nan"), float("nan"))
    if share and whole in (0.0, 1.0):
        return Estimate(whole, whole, whole)
    # Each on its own logit: near 0 or 1 the slope at the whole says nothing of the others.
    if share:
        centre, others = logit(np.clip(whole, *ENDS)), logit(np.clip(without, *ENDS))
    else:
        centre, others = np.log(whole), np.log(without)
    error = np.sqrt((GROUPS - 1) / GROUPS * np.square(others - others.mean()).sum())
    half = stdtrit(GROUPS - 1, 1 - TAIL) * error
    back = expit if share else np.exp
    low, high = back(centre - half), back(centre + half)
    # Beyond `ENDS` the interval ends before the share does.
    return Estimate(whole, min(float(low), whole), max(float(high), whole))
