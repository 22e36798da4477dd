"""What a strain or a mixture does in newborns, printed: who takes it, from when, how much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gutskin.population.strains import cfu
from gutskin.report.console import say
from gutskin.report.words import percent

if TYPE_CHECKING:
    from gutskin.evidence.strain_prevention import Prevention, Ratio
    from gutskin.report.console import Terminal

LEAST = 0.005  # share of the variance below which an axis is not listed


def print_prevention(found: Prevention, console: Terminal) -> None:
    """Print what follows for prevention: risk ratios by who takes it and from when."""
    from gutskin.report.console import Folding

    first = found.regimens[0]
    console.print()
    title = f"What follows for prevention: risk ratios in {first.who} (95% of worlds)"
    say(console, title, "bold")
    table = Folding()
    for name in ("Given to", "CFU a day"):
        table.add_column(name, justify="left" if name == "Given to" else "right")
    months = f"{first.months:g} months"
    for name in (f"eczema by {months}", "more than without", f"food sensitised at {months}"):
        table.add_column(name, justify="right")
    for one in found.regimens:
        table.add_row(
            one.says, cfu(one.cfu_per_day), ratio(one.eczema), percent(one.eczema.harm),
            ratio(one.food),
        )  # fmt: skip
    console.print(table)
    say(console, carried(found), "dim")
    doubts = sorted((one for one in found.carriers if one.doubt), key=lambda one: -(one.doubt or 0))
    if found.from_strains is None or not doubts:
        return
    console.print()
    say(console, "What would be worth measuring for prevention: share of the variance of the risk "
        "ratio (both, from before birth)", "bold")  # fmt: skip
    for one in doubts:
        if one.doubt is not None and one.doubt >= LEAST:
            say(console, f"{one.doubt:6.1%}  {one.label}: measured by {one.measured}", indent="  ")
    rest = 1 - found.from_strains
    say(console, f"{rest:6.1%}  what is not known of the body", indent="  ")


def ratio(one: Ratio) -> str:
    """A risk ratio with its interval.

    >>> from gutskin.evidence.strain_prevention import Ratio
    >>> ratio(Ratio(0.912, None, None, 0.2))
    '0.91'
    """
    text = f"{one.mean:.2f}"
    if one.ci95_low is None or one.ci95_high is None:
        return text
    return f"{text}\n({one.ci95_low:.2f} to {one.ci95_high:.2f})"


def carried(found: Prevention) -> str:
    """How many have eczema without it, and what carries the difference."""
    parts = [
        f"{one.ratio_without:.2f} with {one.label} silent"
        for one in found.carriers
        if abs(one.ratio_without - found.at_centre) >= 0.01
    ]
    silent = f", {', '.join(parts)}" if parts else ", and no axis by itself carries it"
    return (
        f"{percent(found.risk_without)} have eczema by then without it (an EASI above 3.5 in two "
        "weeks running, as a doctor would call it). The same children; more than without: share "
        "of worlds with a ratio above 1. With what is known of the strains at its centre, both "
        f"taking it, the ratio is {found.at_centre:.2f}{silent}. Mothers nurse throughout."
    )
