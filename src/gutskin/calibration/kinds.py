"""Kinds of product trials foretold by all others: how much wider an interval must be outside.

A source that is left out has others of its own kind beside it. So the trials of a whole kind are
left out together: those in the youngest, the longer or the shorter half, those of the larger
doses, those of lactobacilli. Worlds are drawn without them on the same emulator, and where the
differences that were seen lie among those that would have been printed is told in standard normal
numbers. If intervals reach as far outside the evidence as they say, their mean square is 1; if it
is more, its root is how much wider they must be.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from gutskin.calibration.calibrate import Calibrated
from gutskin.calibration.leave_out import WHOLE, Foretold, drawn_without, foretold_of
from gutskin.calibration.posterior import draw_posterior
from gutskin.calibration.targets import Target
from gutskin.calibration.wave import Simulator
from gutskin.model.biology import Biology
from gutskin.model.tables import read_tables
from gutskin.population.mother import strains_of
from gutskin.trials.applicability import ages_of, weeks_of
from gutskin.trials.design import TrialDesign, load_trial
from gutskin.trials.doses_given import doses_of

FEWEST = 2  # trials of a kind, and beside it
YOUNG, CHILDREN = 3.0, 12.0  # years: the middle of the ages that a trial admits lies below
HEADER = """\
# Written by `make calibrate`: by axis, how much wider intervals of product trials are outside.
# Each kind of trial was left out whole and foretold by all others. rms: of where the differences
# seen lie among those foretold, in standard normal numbers; wider: the same, 1 at least."""
COLUMNS = ("id", "kinds", "trials", "rms", "wider")


@dataclass(frozen=True, eq=False)
class Axis:
    """What the kinds of one axis come to.

    Parameters
    ----------
    id : age, duration, dose or strain
    foretold : the difference of every trial, by the kind that was left out
    """

    id: str
    foretold: Mapping[str, tuple[Foretold, ...]]

    @property
    def rms(self) -> float:
        """Of all differences, 1 where intervals say how far they reach."""
        every = [one for those in self.foretold.values() for one in those]
        return float(np.sqrt(np.mean([normal_place(one) ** 2 for one in every])))

    @property
    def wider(self) -> float:
        """How much wider intervals must be."""
        return max(self.rms, 1.0)


def normal_place(one: Foretold) -> float:
    """Where among the draws the value lies, as a standard normal number.

    Beyond all draws it is as far as half a draw is left beyond it.
    """
    least = 0.5 / len(one.draws)
    return float(ndtri(np.clip(one.position, least, 1.0 - least)))


def left_out_kinds(found: Calibrated, simulator: Simulator, seed: int) -> list[Axis]:
    """Every axis, each of its kinds foretold by all other targets."""
    problem = found.problem
    whole = draw_posterior(problem, WHOLE, seed)
    shown = problem.emulator.at(whole.points)
    axes = []
    for name, kinds in kinds_of(simulator.targets, simulator.model.biology).items():
        foretold = {}
        for number, (kind, trials) in enumerate(kinds.items()):
            own = np.array([one.trial in trials for one in simulator.targets])
            drawn, there = drawn_without(problem, whole, shown, own, seed + number)
            every = foretold_of(simulator.targets, own, problem, drawn, there, seed + number)
            foretold[kind] = tuple(one for one in every if _is_difference(one.target))
        axes.append(Axis(name, foretold))
    return axes


def kinds_of(targets: Sequence[Target], biology: Biology) -> dict[str, dict[str, set[str]]]:
    """Axis -> kind -> names of its product trials; kinds of too few trials are none."""
    names = dict.fromkeys(one.trial for one in targets if _is_difference(one))
    designs = {name: load_trial(name, biology) for name in names}
    found: dict[str, dict[str, set[str]]] = {
        "age": _grouped({name: _of_age(one, biology) for name, one in designs.items()}),
        "duration": _halves({name: weeks_of(one) for name, one in designs.items()}, "weeks"),
        "dose": _halves(
            {name: float(np.median(doses)) for name, one in designs.items()
             if (doses := doses_of(one))}, "CFU a day"
        ),
        "strain": _grouped({name: _of_class(one, biology) for name, one in designs.items()}),
    }  # fmt: skip
    return {
        axis: {
            kind: those
            for kind, those in kinds.items()
            if kind and len(those) >= FEWEST and len(names) - len(those) >= FEWEST
        }
        for axis, kinds in found.items()
    }


def _grouped(kinds: Mapping[str, str]) -> dict[str, set[str]]:
    return {kind: {name for name, own in kinds.items() if own == kind} for kind in kinds.values()}


def _halves(values: Mapping[str, float], unit: str) -> dict[str, set[str]]:
    """Up to the value in the middle, and beyond it."""
    middle = float(np.median(list(values.values())))
    return _grouped({
        name: f"{'up to' if value <= middle else 'more than'} {middle:.3g} {unit}"
        for name, value in values.items()
    })  # fmt: skip


def _of_age(design: TrialDesign, biology: Biology) -> str:
    age = float(np.mean(ages_of(design, biology)))
    if age < YOUNG:
        return f"under {YOUNG:g} years"
    return f"{YOUNG:g} to {CHILDREN:g} years" if age < CHILDREN else f"from {CHILDREN:g} years"


def _of_class(design: TrialDesign, biology: Biology) -> str:
    rows = read_tables(biology).strains
    strains = {name for arm in design.active for name, _ in strains_of(arm.interventions)}
    classes = {rows[name].text("genus_class") == "bifidobacteria" for name in strains & {*rows}}
    if len(classes) != 1:
        return "mixtures" if classes else ""
    return "bifidobacteria" if True in classes else "lactobacilli"


def _is_difference(one: Target) -> bool:
    return bool(one.trial) and one.id.endswith(":difference")


def table_of(axes: Iterable[Axis]) -> str:
    """The text of `targets/outside.tsv`."""
    rows = [
        (
            one.id, ";".join(one.foretold), str(sum(map(len, one.foretold.values()))),
            f"{one.rms:.2f}", f"{one.wider:.2f}",
        )
        for one in axes
        if one.foretold
    ]  # fmt: skip
    return "\n".join([HEADER, "\t".join(COLUMNS), *("\t".join(row) for row in rows)]) + "\n"


__all__ = ["Axis", "kinds_of", "left_out_kinds", "normal_place", "table_of"]
