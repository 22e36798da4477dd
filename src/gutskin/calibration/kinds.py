"""Kinds of trials foretold by all others: how much wider an interval must be outside.

A source that is left out has others of its own kind beside it. So the trials of a whole kind are
left out together: of products those in the youngest, the longer or the shorter half, those of the
larger doses, those of lactobacilli; of drugs the arms of all that act at one place, what they came
to early or late, what is scored or felt. Worlds are drawn without them on the same emulator, and
where what was seen lies among what would have been printed is told in standard normal numbers. If
intervals reach as far outside the evidence as they say, their mean square is 1; if it is more, its
root is how much wider they must be.
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
from gutskin.calibration.wave import PUBLISHED, Simulator
from gutskin.model.biology import Biology
from gutskin.model.drugs import JAK
from gutskin.model.drugs import TABLE as DRUGS
from gutskin.model.drugs import TARGETS as PLACES
from gutskin.model.tables import read_tables
from gutskin.population.mother import strains_of
from gutskin.trials.applicability import ages_of, weeks_of
from gutskin.trials.design import TrialDesign, load_trial
from gutskin.trials.doses_given import doses_of
from gutskin.trials.outside import ACTION, OF_DRUGS

FEWEST = 2  # trials (of drugs: numbers) of a kind, and beside it
YOUNG, CHILDREN = 3.0, 12.0  # years: the middle of the ages that a trial admits lies below
EARLY = 12.0  # weeks
ACTS = {"il4ra": "IL-4 and IL-13", "il13": "IL-4 and IL-13"}  # at one place; else each by itself
FELT = ("itch", "itch4")
HEADER = """\
# Written by `make calibrate`: by axis, how much wider intervals are outside the evidence: of trials
# of products, with `drug:` of drugs. Each kind was left out whole and foretold by all others.
# numbers: differences of products, active arms of drugs. rms: of where those seen lie among those
# foretold, in standard normal numbers; wider: the same, 1 at least."""
COLUMNS = ("id", "kinds", "numbers", "rms", "wider")


@dataclass(frozen=True, eq=False)
class Axis:
    """What the kinds of one axis come to.

    Parameters
    ----------
    id : age, duration, dose or strain of products; `drug:` action, duration or endpoint
    foretold : the difference of every product trial, or the active arms of drugs, by the kind that
        was left out
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
        for number, (kind, those) in enumerate(kinds.items()):
            own = np.array([one.id in those for one in simulator.targets])
            drawn, there = drawn_without(problem, whole, shown, own, seed + number)
            every = foretold_of(simulator.targets, own, problem, drawn, there, seed + number)
            foretold[kind] = tuple(one for one in every if _is_asked(one.target))
        axes.append(Axis(name, foretold))
    return axes


def kinds_of(targets: Sequence[Target], biology: Biology) -> dict[str, dict[str, set[str]]]:
    """Axis -> kind -> ids of its targets; kinds of too few trials are none."""
    of_products = [one for one in targets if one.table == PUBLISHED]
    names = {
        trial: {one.id for one in of_products if one.trial == trial}
        for trial in dict.fromkeys(one.trial for one in of_products if _is_difference(one))
    }
    found = {
        axis: {kind: set().union(*(names[one] for one in those)) for kind, those in kinds.items()}
        for axis, kinds in _of_products(names, biology).items()
    }
    return found | _of_drugs([one for one in targets if _is_active(one, biology)], biology)


def _of_products(names: Iterable[str], biology: Biology) -> dict[str, dict[str, set[str]]]:
    """Axis -> kind -> names of its product trials."""
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
    return {axis: _large_enough(kinds, len(designs)) for axis, kinds in found.items()}


def _of_drugs(arms: Sequence[Target], biology: Biology) -> dict[str, dict[str, set[str]]]:
    """Axis -> kind -> ids of the active arms of drugs."""
    late = {one.id: one.number.week > EARLY for one in arms if one.number is not None}
    found = {
        ACTION: {one.id: _acts_on(one, biology) for one in arms},
        "duration": {
            name: f"{'more than' if own else 'up to'} {EARLY:g} weeks" for name, own in late.items()
        },
        "endpoint": {one.id: _of_endpoint(one) for one in arms},
    }
    return {
        OF_DRUGS + axis: _large_enough(_grouped(kinds), len(arms)) for axis, kinds in found.items()
    }


def _large_enough(kinds: Mapping[str, set[str]], every: int) -> dict[str, set[str]]:
    """Those of which there are enough, and enough beside them."""
    return {
        kind: those
        for kind, those in kinds.items()
        if kind and FEWEST <= len(those) <= every - FEWEST
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


def _drug_of(one: Target, biology: Biology) -> str:
    """What the arm of this target is given; empty of a control and of what is no arm."""
    if one.table != "arms" or one.number is None:
        return ""
    arms = {arm.name: arm for arm in load_trial(one.trial, biology).arms}
    given = arms[one.number.arm].interventions
    return next((its.name for its in given if its.kind == "drug"), "")


def _acts_on(one: Target, biology: Biology) -> str:
    """At which place the drug of this arm acts."""
    row = biology.table(DRUGS)[_drug_of(one, biology)]
    place = next((each for each in (*PLACES, JAK) if row.text(each)), "")
    return ACTS.get(place, place.upper())


def _of_endpoint(one: Target) -> str:
    """What is scored or felt; empty of a range, which has no place among what was foretold."""
    if one.number is None or one.is_range:
        return ""
    return "itch" if one.number.endpoint in FELT else "EASI"


def _is_active(one: Target, biology: Biology) -> bool:
    return bool(_drug_of(one, biology))


def _is_asked(one: Target) -> bool:
    """Whether it has a place among what was foretold: a range has none, a control arm is known."""
    return _is_difference(one) if one.table == PUBLISHED else not one.is_range


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
