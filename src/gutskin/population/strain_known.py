"""What is known of a strain, trait by trait, from where, and what was tried with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from gutskin.model.rows import Row
from gutskin.model.strain_knowledge import knowledge
from gutskin.population.draw import WIDTH
from gutskin.population.own_trial import is_lopsided
from gutskin.population.populations import find_population
from gutskin.population.strain_hierarchy import Posterior, Voice
from gutskin.population.strain_posterior import tried_in, voice_of
from gutskin.population.strain_traits import TraitValue, strain_traits_of, trait_of
from gutskin.population.strains import cfu

if TYPE_CHECKING:
    from gutskin.model.model import Model

UNTOUCHED = 0.02  # of its sd: an axis that own trials move by less is told as it was


@dataclass(frozen=True)
class KnownTrait:
    """A trait of a strain.

    Parameters
    ----------
    before : from the tables or the file; the same as `now` but for what own trials moved
    now : given its trials
    level : where it is known: measured on the strain, of its species, genus, class, or a prior
    evidence : ids of the rows of evidence behind it
    """

    id: str
    label: str
    unit: str
    before: TraitValue
    now: TraitValue
    level: str
    evidence: tuple[str, ...]
    note: str
    acts: str
    measured: str
    is_axis: bool
    is_flag: bool


@dataclass(frozen=True)
class OwnResult:
    """A trial that bears on a strain: what it reports, and what the model expected of it.

    Parameters
    ----------
    estimate, se : as reported, or the error from the interval; of a risk ratio its logarithm
    low, high : 95% interval as reported, on the same scale, if a file gives one
    is_ratio : whether numbers are logarithms of risk ratios, else points
    is_lopsided : whether the estimate lies far from the middle of that interval
    expected : before the trial
    taken : what the update takes it for: less than the estimate where that lies beyond what the
        product can do by more than luck explains
    reach : the least and the greatest effect that the product can have, if it was computed
    counts : whether it updates the strain, or stands in its traits already
    """

    id: str
    what: str
    is_ratio: bool
    estimate: float
    se: float
    low: float | None
    high: float | None
    is_lopsided: bool
    expected: float | None
    taken: float
    reach: tuple[float, float] | None
    counts: bool
    evidence: tuple[str, ...]
    note: str

    @property
    def beyond(self) -> str:
        """What a reader is told of more than the product can do and luck explains; else nothing."""
        if self.reach is None or self.taken == self.estimate:
            return ""
        ends = (self.reach[self.taken < self.estimate], self.taken)
        sizes = [f"{x:+.1f} points" for x in ends]
        if self.is_ratio:
            sizes = [f"a risk ratio of {np.exp(x):.2f}" for x in ends]
        return (
            f"the model's product reaches {sizes[0]} there at most, whatever its strains say; "
            f"with the luck of a trial {sizes[1]}, for which the report is taken"
        )


@dataclass(frozen=True)
class Member:
    """One strain of the product."""

    id: str
    label: str
    species: str
    genus_class: str
    note: str
    traits: tuple[KnownTrait, ...]
    trials: tuple[OwnResult, ...]


def member_of(model: Model, strain: str, product: str, posterior: Posterior | None) -> Member:
    """What is known of one strain of a product.

    Parameters
    ----------
    strain : id of a row of strains.tsv
    product : its name in the random streams, see `product_name`
    posterior : what own trials say, if there are any
    """
    row = model.tables.strains[strain]
    traits = strain_traits_of(model.biology)
    known = []
    for name, trait in traits.items():
        before, found = trait_of(model.tables, row, trait), knowledge(model.tables, strain, name)
        now = before
        if posterior is not None and trait.is_axis:
            now = _given_trials(posterior, voice_of(model, strain, name, product), before)
        known.append(
            KnownTrait(
                name, trait.label, trait.domain.unit, before, now, found.level,
                found.row.items("evidence"), found.row.text("note"), trait.acts, trait.measured,
                trait.is_axis, trait.scale == "flag",
            )
        )  # fmt: skip
    rows = model.biology.table("strain_trials.tsv").values()
    its = [one for one in rows if strain in (one.text("strain"), *one.items("with"))]
    results = tuple(_result(model, one) for one in its)
    return Member(
        strain, row.text("strain") or strain, row.text("species"), row.text("genus_class"),
        row.text("note"), tuple(known), results,
    )  # fmt: skip


def _given_trials(posterior: Posterior, voice: Voice, before: TraitValue) -> TraitValue:
    mean, covariance = posterior.moments([voice])
    centre, sd = float(mean[0]), float(np.sqrt(covariance[0, 0]))
    if abs(centre - before.value) < UNTOUCHED * before.sd and sd > (1 - UNTOUCHED) * before.sd:
        return before  # the trial bears on it by nothing that shows
    return TraitValue(centre, centre - sd * WIDTH / 2, centre + sd * WIDTH / 2, before.source)


def _result(model: Model, row: Row) -> OwnResult:
    counts = row.text("updates") == "yes"
    expected, reach, value = None, None, row.number("estimate")
    taken = value
    if counts:  # its curves are there already
        one = tried_in(model, row)
        said = {axis: np.array([v.mean for v in some]) for axis, some in one.voices.items()}
        expected, taken, reach = one.link.effect(said), one.taken, one.link.reach
    treatment = row.text("endpoint") != "eczema"
    unit = "weeks" if treatment else "months"
    score = row.text("endpoint").upper() if treatment else "eczema"
    what = f"{score}, {row.number(unit):.3g} {unit}, {cfu(row.number('cfu_per_day'))} CFU a day, "
    what += find_population(row.text("population"), model.biology).label
    what += f", given to {row.text('given_to')}" if row.text("given_to") else ""
    low, high = None, None
    if row.text("low"):
        low, high = row.number("low"), row.number("high")
    lopsided = low is not None and high is not None and is_lopsided(value, low, high)
    return OwnResult(
        row.id, what, not treatment, value, row.number("se"), low, high, lopsided, expected,
        taken, reach, counts, row.items("evidence"), row.text("note"),
    )  # fmt: skip
