"""When a mixture of strains is better or worse than its members: the six strains, and why.

    .venv/bin/python scripts/mixtures.py                    the six strains of the article
    .venv/bin/python scripts/mixtures.py w51 lgg hn001      others, by their ids

Prints the mixture beside its members (`gutskin.evidence.mixtures`) as the model is, and again with
what could let it beat them taken away or made strong: places of their own at the wall, and axes
other than regulation; then how the chance of harm falls with the number of members.
"""

import argparse
from collections.abc import Sequence

from gutskin.evidence.mixtures import CASES, Mixture, compared
from gutskin.model.compiled import load_model
from gutskin.model.model import Model
from gutskin.population.strain_traits import find_strain

SIX = ("w23", "w51", "w55", "w56", "w57", "w58")
CFU_PER_DAY, WORLDS = 4e9, 256


def main() -> None:
    """Print the numbers."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("strains", nargs="*", default=SIX, help="ids; by default the six")
    model = load_model()
    named = parser.parse_args().strains
    strains = tuple(find_strain(name, model.biology).id for name in named)
    for case, (always, off) in CASES.items():
        tell(case, compared(model, strains, CFU_PER_DAY, worlds=WORLDS, always=always, off=off))
    tell_harm(model, strains)


def tell(case: str, found: Mixture) -> None:
    """One case."""
    print(f"{'+'.join(found.members)}, {CFU_PER_DAY:g} CFU a day, 8 weeks: {case}")
    for what, (value, low, high) in found.numbers().items():
        print(f"  {what:32} {value:6.2f} ({low:.2f} to {high:.2f})")


def tell_harm(model: Model, strains: Sequence[str]) -> None:
    """The chance of harm of the first two, three, ... strains together."""
    for count in range(2, len(strains) + 1):
        found = compared(model, strains[:count], CFU_PER_DAY, worlds=WORLDS)
        mixed = found.numbers()["harm by the mixture"]
        print(f"  {count} members: harm in {mixed[0]:.2f} ({mixed[1]:.2f} to {mixed[2]:.2f})")


if __name__ == "__main__":
    main()
