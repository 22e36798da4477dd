"""A mixture beside its members on a terminal: when it is better or worse, and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from gutskin.evidence.mixtures import AS_IT_IS, NO_PLACES, ONE_AXIS
from gutskin.population.strains import cfu
from gutskin.report.console import say

if TYPE_CHECKING:
    from gutskin.evidence.mixtures import Beside
    from gutskin.report.console import Terminal

HELD_BACK = 0.5  # points by which a member does less than the mixture, to be named
Number = tuple[float, float, float]
EFFECTS = ("effect of the mixture", "effect of a member")
RATIO = "spread over that of a member"
COLUMNS = {
    AS_IT_IS: "as it is", NO_PLACES: "no places of their own", ONE_AXIS: "regulation alone",
}  # fmt: skip


def print_mixture(beside: Beside, labels: Mapping[str, str], console: Terminal) -> None:
    """Print a mixture beside its members.

    Parameters
    ----------
    labels : id of a member -> what a reader calls it
    """
    from gutskin.report.console import Folding

    console.print()
    dose, weeks = cfu(beside.cfu_per_day), beside.weeks
    title = f"Beside its members: change of SCORAD in {weeks} weeks, children, {dose} CFU a day"
    say(console, title, "bold")
    table = Folding()
    table.add_column("")
    for case in beside.cases:
        table.add_column(COLUMNS[case], justify="right")
    for what in beside.cases[AS_IT_IS]:
        table.add_row(what, *(_shown(what, one[what]) for one in beside.cases.values()))
    console.print(table)
    alone = "; ".join(
        f"{labels[name]} {mean:+.1f}, harm {beside.harm[name]:.0%}"
        for name, mean in beside.members.items()
    )
    say(console, f"Each alone, at the dose of the whole: {alone}.")
    for sentence in reasons(beside, labels):
        say(console, sentence)
    say(
        console,
        "The same children of a settled SCORAD of 25 and more in every column, each world with "
        "its own strains and the body at its centre; 95% intervals, of members the least and the "
        "most.",
        "dim",
    )


def reasons(beside: Beside, labels: Mapping[str, str]) -> Sequence[str]:
    """Why it is better or worse than its members, in sentences."""
    here, crowded = beside.cases[AS_IT_IS], beside.cases[NO_PLACES]
    one_axis = beside.cases[ONE_AXIS]
    spread, harm, lone = here[RATIO][0], here["harm by the mixture"][0], here["harm by a member"][0]
    best, median = here["better than the best member"][0], here["better than the median member"][0]
    said = [
        "Cells that crowd at the same places say together what they say on average, so it "
        f"spreads {spread:.2f} times as much as a member and harms in {harm:.0%} of worlds "
        f"instead of {lone:.0%}.",
        f"It is better than its median member in {median:.0%} of worlds and than its best in "
        f"{best:.0%}.",
    ]
    gain = {
        "bifidobacteria and lactic acid bacteria having places of their own at the wall":
            best - crowded["better than the best member"][0],
        "axes other than regulation": best - one_axis["better than the best member"][0],
    }  # fmt: skip
    carried = [f"{what} ({share:.0%} of worlds)" for what, share in gain.items() if share >= 0.005]
    if carried:
        said.append(f"What lets it beat its best member: {'; '.join(carried)}.")
    weak = [
        f"{labels[name]} ({mean:+.1f})"
        for name, mean in beside.members.items()
        if mean > here["effect of the mixture"][0] + HELD_BACK
    ]
    if weak:
        said.append(f"What holds it back from its best member: {', '.join(weak)}.")
    return said


def _shown(what: str, number: Number) -> str:
    """A value with its interval."""
    value, low, high = number
    if what in EFFECTS:
        return f"{value:+.1f}\n({low:.1f} to {high:.1f})"
    if what == RATIO:
        return f"{value:.2f}\n({low:.2f} to {high:.2f})"
    return f"{value:.0%}\n({low:.0%} to {high:.0%})"
