"""What is given to people in whom it acts on nothing, and doses that leave all as it is.

Food that is eaten early, or left out, acts on what is learnt of food, and that on sensitisation
which is still to come. Who is followed from birth acquires his; all others keep what they were
drawn with (`sensitised_acquires`), so that in them neither does anything to eczema.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gutskin.population.doses import HELD, MULTIPLES
from gutskin.population.populations import load_populations

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.trials.design import TrialDesign

LEARNT = ("elimination_diet", "food_early")  # kinds that act on what is learnt of food alone


def without_effect(design: TrialDesign, biology: Biology) -> Iterator[str]:
    """A sentence for each arm that is given what does nothing, or does nothing in these people."""
    for arm in design.arms:
        for one in arm.interventions:
            if one.kind in HELD and getattr(one, HELD[one.kind][1], None) == _as_it_is(one.kind):
                yield (
                    f"`{one.kind}` of arm {arm.title!r} has {HELD[one.kind][1]} "
                    f"{_as_it_is(one.kind):g}, which adds nothing to what a patient has anyway: it "
                    "changes nothing."
                )
    yield from _of_food(design, biology)


def _as_it_is(kind: str) -> float:
    """The dose that moves nothing: once the usual, or nothing."""
    return 1.0 if kind in MULTIPLES else 0.0


def _of_food(design: TrialDesign, biology: Biology) -> Iterator[str]:
    """Food early or left out, to people who keep the sensitisation they were drawn with."""
    known = load_populations(biology)
    people = [known[name] for name in design.population]
    if any("sensitised_acquires" in one.covariates for one in people):
        return
    who = " and ".join(f"{one.label} (`{one.name}`)" for one in people)
    for arm in design.arms:
        given = dict.fromkeys(
            one.kind
            for one in arm.interventions
            if one.kind in LEARNT and getattr(one, HELD[one.kind][1]) > 0
        )
        if given:
            kinds = " and ".join(f"`{kind}`" for kind in given)
            yield (
                f"{kinds} of arm {arm.title!r}: food left out or eaten early acts on sensitisation "
                f"to food that is still to come, and {who} keep what they were drawn with: it does "
                "nothing to their eczema. In people followed from birth it acts (`newborn`, "
                "`newborn_high_risk`)."
            )
