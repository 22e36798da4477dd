"""The card of a strain or a mixture on a terminal, and the list of all strains."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from gutskin.population.strains import cfu
from gutskin.report import rounding, words
from gutskin.report.console import say
from gutskin.report.strain_mixture import print_mixture
from gutskin.report.strain_prevention import print_prevention

if TYPE_CHECKING:
    from gutskin.evidence.strain_card import StrainCard
    from gutskin.evidence.strain_effects import Effect
    from gutskin.model.biology import Biology
    from gutskin.population.strain_known import KnownTrait, Member, OwnResult
    from gutskin.report.console import Terminal

FROM = {
    "measured": "of the strain", "species": "its species", "genus": "its genus",
    "class": "its class", "prior": "any strain",
}  # fmt: skip
LEAST = 0.005  # share of the variance below which a trait is not listed
LIMITS = (
    "A research model; it gives no medical advice. What a strain does in culture says little of "
    "what it does in people, with either sign (SR0006, SR0007, SR0008)."
)


def print_strain_card(card: StrainCard, console: Terminal) -> None:
    """Print all that is known of a strain or a mixture."""
    console.print()
    say(console, card.title, "bold")
    for member in card.members:
        _print_member(member, console, alone=len(card.members) == 1)
    if card.effects:
        _print_effects(card.effects, console)
        _print_standing(card, "treats", console)
        _print_doubts(card, console)
    if card.beside is not None:
        print_mixture(card.beside, {one.id: one.label for one in card.members}, console)
    if card.prevention is not None:
        print_prevention(card.prevention, console)
        _print_standing(card, "prevents", console)
    console.print()
    say(console, LIMITS, "dim")


def _print_standing(card: StrainCard, what: str, console: Terminal) -> None:
    """Where what follows stands to the evidence."""
    if card.applicability is not None:
        console.print()
        say(console, card.applicability[what]["sentence"])


def _print_member(member: Member, console: Terminal, *, alone: bool) -> None:
    from gutskin.report.console import Folding

    name = member.species or "species not told"
    about = f"{name}; {member.genus_class}; id {member.id}"
    say(console, about if alone else f"{member.label}: {about}", None if alone else "bold")
    if member.note:
        say(console, member.note, "dim")
    console.print()
    table = Folding()
    for title in ("Trait", "Value", "95% range", "Known from", "Evidence", "What it acts through"):
        table.add_column(title)
    for one in member.traits:
        evidence = ", ".join(one.evidence[:4]) + (", ..." if len(one.evidence) > 4 else "")
        known = FROM[one.level] + ("\nand its own trials" if one.now != one.before else "")
        style = "bold" if one.level == "measured" or one.now != one.before else None
        table.add_row(one.label, _value(one), _range(one), known, evidence, one.acts, style=style)
    console.print(table)
    if member.trials:
        console.print()
        say(console, "Its trials", "bold")
        for result in member.trials:
            say(console, result_in_words(result), indent="  ")


def _value(one: KnownTrait) -> str:
    """A value with its unit."""
    if one.is_flag:
        return "yes" if one.now.value else "no"
    unit = "" if one.unit == "1" else f" {words.units(one.unit)}"
    if one.unit == "class effect":
        unit = ""
    digits = _digits(one)
    before = (
        f"\n(was {rounding.rounded(one.before.value, digits)})" if one.now != one.before else ""
    )
    return f"{rounding.rounded(one.now.value, digits)}{unit}{before}"


def _range(one: KnownTrait) -> str:
    if one.now.low == one.now.high:
        return ""
    return " to ".join(rounding.rounded(end, _digits(one)) for end in (one.now.low, one.now.high))


def _digits(one: KnownTrait) -> int:
    """Decimals of everything that is told of a trait: its unit is that of no other."""
    ends = [(each.low, each.high) for each in (one.now, one.before)]
    return rounding.decimals([one.now.value, one.before.value], intervals=ends)


def result_in_words(one: OwnResult) -> str:
    """A trial in one line: what it reports, what was expected, and whether it counts."""
    ratio = one.is_ratio
    ends = (one.estimate - 1.96 * one.se, one.estimate + 1.96 * one.se)
    taken = _in_words(one.estimate, *ends, ratio=ratio)
    number = taken
    if one.low is not None and one.high is not None:
        number = _in_words(one.estimate, one.low, one.high, ratio=ratio, as_written=True)
    text = f"{one.id}: {number} in {one.what}"
    if one.expected is not None:
        shown = f"{math.exp(one.expected):.2f}" if ratio else f"{one.expected:+.1f}"
        text += f"; expected before it {shown}"
    if one.is_lopsided:
        text += "; warning: the estimate lies far from the middle of its interval, whose width "
        text += f"alone gives the error, so that the model takes it as {taken}: copy the three "
        text += "numbers again, or write `se`"
    if one.beyond:
        text += f"; warning: {one.beyond}"
    text += "; it moves the strain" if one.counts else "; its traits hold it already"
    evidence = f" [{', '.join(one.evidence)}]" if one.evidence else ""
    return f"{text}{evidence}{f' ({one.note})' if one.note else ''}"


def _in_words(
    estimate: float, low: float, high: float, *, ratio: bool, as_written: bool = False
) -> str:
    """An estimate with its 95% interval; of a ratio all are logarithms.

    Parameters
    ----------
    as_written : with all the digits that were reported
    """
    if ratio:
        shown = [f"{math.exp(one):{'g' if as_written else '.2f'}}" for one in (estimate, low, high)]
        return f"risk ratio {shown[0]} ({shown[1]} to {shown[2]})"
    style = "g" if as_written else ".1f"
    return f"difference {estimate:+{style}} points ({low:{style}} to {high:{style}})"


def _print_effects(effects: Iterable[Effect], console: Terminal) -> None:
    from gutskin.report.console import Folding

    some = list(effects)
    weeks = list(dict.fromkeys(one.weeks for one in some))
    console.print()
    say(console, "What follows: change of SCORAD by the product, points (95% of worlds)", "bold")
    table = Folding()
    table.add_column("Who")
    table.add_column("CFU a day", justify="right")
    for week in weeks:
        table.add_column(f"{week:g} weeks", justify="right", no_wrap=True)
    table.add_column(f"harm at {weeks[-1]:g}", justify="right")
    last = ""
    for key in dict.fromkeys((one.who, one.age_years, one.cfu_per_day) for one in some):
        row = [one for one in some if (one.who, one.age_years, one.cfu_per_day) == key]
        who = f"{key[0]}, {key[1][0]:g} to {key[1][1]:g} years"
        dose = cfu(key[2])
        first = "" if who == last else who
        table.add_row(first, dose, *(_effect(one) for one in row), f"{row[-1].harm:.0%}")
        last = who
    console.print(table)
    say(
        console,
        "People at rest without the noise of daily life, as they are in the population; a trial "
        "that enrols in a flare sees more. Interval over worlds: what is not known of strain and "
        "body. Harm: share of worlds in which it is worse than nothing.",
        "dim",
    )


def _effect(one: Effect) -> str:
    if one.ci95_low is None or one.ci95_high is None:
        return f"{one.mean:+.1f}"
    return f"{one.mean:+.1f}\n({one.ci95_low:.1f} to {one.ci95_high:.1f})"


def _print_doubts(card: StrainCard, console: Terminal) -> None:
    console.print()
    say(console, "What would be worth measuring: share of the variance of the effect "
         "(children, 4e9 CFU a day, 12 weeks)", "bold")  # fmt: skip
    for one in card.doubts:
        if one.share >= LEAST:
            what = f"{one.share:6.1%}  {one.label}"
            say(console, f"{what}: measured by {one.measured}", indent="  ")
    levels: Mapping[str, float] = card.levels or {}
    parts = ", ".join(f"{level} {share:.0%}" for level, share in levels.items())
    say(console, f"Of what the strains leave open, by level: {parts}. Only a trial of the very "
         "strain takes the part of the strain away; trials of its species take that of the "
         "species.", "dim")  # fmt: skip


def short_species(species: str) -> str:
    """A species with the first letter of its genus.

    >>> short_species("Bifidobacterium animalis subsp. lactis")
    'B. animalis subsp. lactis'
    """
    genus, _, rest = species.partition(" ")
    return f"{genus[:1]}. {rest}" if rest else species


def print_strains(biology: Biology, console: Terminal) -> None:
    """Print all strains, class by class."""
    from gutskin.model.strain_knowledge import levels_of
    from gutskin.model.vocabulary import vocabulary
    from gutskin.population.strain_traits import axes_of, trait_of
    from gutskin.report.console import Folding

    tables, axes = vocabulary(biology).tables, axes_of(biology)
    classes = sorted({row.text("genus_class") for row in tables.strains.values()})
    for genus_class in classes:
        console.print()
        say(console, genus_class.capitalize(), "bold")
        table = Folding()
        for title in ("Id", "Strain", "Species"):
            table.add_column(title, no_wrap=title == "Id")
        for axis in axes:
            table.add_column(axis.label.removesuffix(" signal"), justify="right")
        table.add_column("Known of it")
        for row in tables.strains.values():
            if row.text("genus_class") != genus_class:
                continue
            values = [f"{trait_of(tables, row, axis).value:.2g}" for axis in axes]
            of_it = [name for name, level in levels_of(tables, row.id).items()
                     if level == "measured"]  # fmt: skip
            known = ", ".join(name.replace("_", " ") for name in of_it) or "nothing"
            species = short_species(row.text("species"))
            table.add_row(row.id, row.text("strain"), species, *values, known)
        console.print(table)
    console.print()
    say(console, "Axes in units of the class effect (type 1 and type 17: of a standard deviation "
         "between strains). `gutskin strain NAME` prints the card of one, several names that of a "
         "mixture.", "dim")  # fmt: skip
