"""How many patients it takes: power, assurance and the chance of harm at any size of a trial.

Nothing is simulated here. From worlds that were, the effect and the scatter of each are known (see
`effect_sizes`); a trial of another size in the same world is significant with a probability that
the noncentral t distribution gives. At the best estimate that is the power; averaged over worlds,
over what nobody knows, it is the assurance.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gutskin.arguments import several, whole_number
from gutskin.errors import InputError, Problem
from gutskin.trials.analysis import Analysis, EndpointAnalysis
from gutskin.trials.design import TrialDesign
from gutskin.trials.effect_sizes import EffectSizes
from gutskin.trials.power_curves import MOST, Estimate, Needed, curves_of

WANTED = (0.8, 0.9)  # of power and of assurance
KINDS = ("power", "assurance", "harm", "wrong_sign", "exaggeration")


def check_sizes(numbers: Sequence[object]) -> list[int]:
    """Numbers of patients in the control arm, each once, in their order.

    Raises
    ------
    InputError
        For none, and for what is no whole number from 2 to a million.

    Examples
    --------
    >>> check_sizes([20, 100, 20])
    [20, 100]
    """
    good: list[int] = []
    wrong: list[object] = []
    for one in several("n", numbers, "numbers of patients"):
        try:
            whole = whole_number("n", one)
        except InputError:
            whole = 0
        if 2 <= whole <= MOST:
            good.append(whole)
        else:
            wrong.append(one)
    if wrong or not good:
        named = ", ".join(repr(one)[:40] for one in wrong[:5]) or "nothing"
        what = f"n: {named} can be no number of patients."
        remedy = f"Give whole numbers from 2 to {MOST}: n=[20, 50, 100]."
        raise InputError(Problem(what, remedy=remedy))
    return list(dict.fromkeys(good))


@dataclass(frozen=True)
class AtSize:
    """A trial of one size.

    Parameters
    ----------
    n : patients in the control arm
    sizes : arm -> its patients, in the ratio of the design
    power : chance of p < 0.05 in favour if the true effect is the best estimate
    assurance : the same, over what is not known
    harm : chance of p < 0.05 against the treatment, over what is not known
    wrong_sign : share of significant results that point against what is true in their world
    exaggeration : by which factor significant results are larger than the truth, on average
    """

    n: int
    sizes: Mapping[str, int]
    power: Estimate
    assurance: Estimate
    harm: Estimate
    wrong_sign: Estimate
    exaggeration: Estimate


@dataclass(frozen=True)
class ArmPower:
    """How many patients one active arm takes against the control.

    Parameters
    ----------
    worlds : in which something could be tested
    needed : power or assurance, and the share that is wanted -> what it takes
    still, few : worlds in which nothing scattered, or people were too few to test anything; they
        count as not significant, these up to the size that was simulated
    """

    arm: str
    worlds: int
    sizes: EffectSizes
    at: tuple[AtSize, ...]
    needed: Mapping[tuple[str, float], Needed]
    still: int = 0
    few: int = 0

    @property
    def by_chance(self) -> bool:
        """Whether the best estimate lies within two Monte-Carlo errors of none."""
        return abs(self.sizes.best) <= 2 * self.sizes.error

    def undecided(self, kind: str, wanted: float) -> bool:
        """Whether so many worlds leave open what a share of power or assurance takes."""
        chance = kind == "power" and self.by_chance
        return chance or self.needed[kind, wanted].undecided

    @property
    def power(self) -> Needed:
        """What 80% power takes."""
        return self.needed["power", WANTED[0]]

    @property
    def assurance(self) -> Needed:
        """What an assurance of 80% takes."""
        return self.needed["assurance", WANTED[0]]


def power_of(
    analysis: Analysis,
    design: TrialDesign,
    numbers: Sequence[int],
    simulated: TrialDesign | None = None,
) -> dict[str, ArmPower]:
    """Power, assurance and the chance of harm on the primary endpoint.

    Parameters
    ----------
    analysis : of simulated replicates
    design : the trial; its sizes are taken as a ratio
    numbers : patients in the control arm
    simulated : the trial as it was simulated in each world, where that is another one

    Returns
    -------
    dict active arm -> ArmPower

    Raises
    ------
    InputError
        If too few replicates could be tested to know an effect and a scatter.
    """
    check_control(design)
    endpoint = analysis.endpoints[analysis.primary]
    of = (simulated or design).control.n
    return {arm.name: _of_arm(endpoint, design, arm.name, numbers, of) for arm in design.active}


def check_control(design: TrialDesign) -> None:
    """Refuse a trial of a single arm, which has nothing to be compared with.

    Raises
    ------
    InputError
    """
    if design.single_arm:
        what = f"{design.name}: a trial of a single arm has no control to be compared with."
        raise InputError(Problem(what, remedy="Add a control arm to ask for its power."))


def _of_arm(
    endpoint: EndpointAnalysis, design: TrialDesign, arm: str, numbers: Sequence[int],
    simulated: int,
) -> ArmPower:  # fmt: skip
    curves = curves_of(endpoint, design, arm, simulated)
    ratio = {one.name: one.n / design.control.n for one in design.arms}
    at = tuple(
        AtSize(
            n,
            {name: max(2, round(n * times)) for name, times in ratio.items()},
            *(curves.at(kind, n) for kind in KINDS),
        )
        for n in numbers
    )
    sizes = curves.sides[0].sizes
    needed = {
        (kind, wanted): curves.needed(kind, wanted)
        for kind in ("power", "assurance") for wanted in WANTED
    }  # fmt: skip
    whole = curves.sides[0]
    return ArmPower(arm, len(sizes.effect), sizes, at, needed, whole.still, whole.few)
