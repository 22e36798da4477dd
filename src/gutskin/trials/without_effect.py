"""What is given to people in whom it acts on nothing, as the equations have it.

Food that is eaten early, or left out, acts on what is learnt of food, and that on sensitisation
which is still to come. Who is followed from birth acquires his; all others keep what they were
drawn with (`sensitised_acquires`), so that in them neither does anything to eczema.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gutskin.population.populations import load_populations

if TYPE_CHECKING:
    from gutskin.model.biology import Biology
    from gutskin.trials.design import TrialDesign

LEARNT = ("elimination_diet", "food_early")  # kinds that act on what is learnt of food alone


def without_effect(design: TrialDesign, biology: Biology) -> Iterator[str]:
    """A sentence for each arm that is given what does nothing in these people."""
    known = load_populations(biology)
    people = [known[name] for name in design.population]
    if any("sensitised_acquires" in one.covariates for one in people):
        return
    who = " and ".join(f"{one.label} (`{one.name}`)" for one in people)
    for arm in design.arms:
        given = dict.fromkeys(one.kind for one in arm.interventions if one.kind in LEARNT)
        if given:
            kinds = " and ".join(f"`{kind}`" for kind in given)
            yield (
                f"{kinds} of arm {arm.title!r}: food left out or eaten early acts on sensitisation "
                f"to food that is still to come, and {who} keep what they were drawn with: it does "
                "nothing to their eczema. In people followed from birth it acts (`newborn`, "
                "`newborn_high_risk`)."
            )
