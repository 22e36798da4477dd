"""The card of a mechanism, on a terminal and as a page; and the list of all mechanisms."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from gutskin.evidence.findings import AGAINST, FOR, Finding
from gutskin.media import counted
from gutskin.model.equations import RATE, RULE, Shown
from gutskin.model.formula import as_text
from gutskin.model.overlay import overlay_sentence
from gutskin.model.quantities import Quantity, in_words
from gutskin.model.typeset import symbol
from gutskin.report import words
from gutskin.report.console import say as console_say
from gutskin.report.equations import Markup, quantity_lines
from gutskin.report.templating import for_pages
from gutskin.report.terminal import print_biology

if TYPE_CHECKING:
    from gutskin.evidence.card import Card
    from gutskin.evidence.switching import Amount, Consequence, Switched
    from gutskin.model.model import Model
    from gutskin.model.rows import Row
    from gutskin.report.console import Terminal

GRADES = {
    "A": "a human experiment, or a consistent meta-analysis with a size",
    "B": "human observation or a small trial",
    "C": "animals, the laboratory, or human data that disagree",
}
SWITCHED = {0.0: "switched off", 0.5: "halved", 1.0: "as it is", 2.0: "doubled"}
PLACES = {
    "targets/levels.tsv": "reference value",
    "claims.toml": "statement of the article",
    "perturbations.toml": "measured challenge",
    "ecology.toml": "challenge of the gut ecology",
    "drugs.toml": "trial of a drug",
    "mechanisms_alone.toml": "mechanism alone",
}
Say = Callable[..., None]  # text, style, indent
SIDES = {FOR: "Evidence for it", AGAINST: "Evidence against it"}


def left_of(one: Shown) -> str:
    """What an equation gives, in words: a rule its quantity, a reaction a gain or a loss."""
    if one.kind == RULE:
        return one.id
    if one.kind == RATE:
        return f"rate of {one.id}"
    return f"{'gain' if one.terms[0].amount > 0 else 'loss'} of {one.id}"


def headline(one: Consequence) -> str:
    """What switching a mechanism off does to the trial, in a sentence."""
    from gutskin.evidence.switching import NOTHING

    if one.untouched:
        return (
            f"No value of its switch changes {one.label} by as much as {NOTHING:g} {one.unit}: "
            "nothing of weight in this trial goes through this mechanism."
        )
    by = {each.value: each for each in one.switched}
    off, full = by[0.0], by[1.0]
    if off.effect is None or full.effect is None:
        return "The trial could not be computed with it switched off."
    says = f"The mix changes {one.label} by {amount(full.effect, one.unit)} with it and by "
    says += f"{amount(off.effect, one.unit)} without it"
    placebo = off.control_change
    if placebo is None or abs(placebo.mean) < NOTHING:
        return f"{says}; {one.label} on placebo ends at the same."
    return f"{says}; without it {one.label} on placebo changes by {amount(placebo, one.unit)}."


def amount(one: Amount | None, unit: str = "") -> str:
    """A mean with its Monte-Carlo error and, of repetitions enough, its interval; or nothing."""
    if one is None:
        return ""
    numbers = asdict(one)
    mean = words.estimate(numbers, unit)
    return mean if one.ci95_low is None else f"{mean} ({words.span(numbers, unit)})"


def source_of(one: Quantity) -> str:
    """The evidence of a parameter, or that there is none."""
    if one.evidence:
        return ", ".join(one.evidence)
    return "declared, with its width" if one.span else ""


def circumstances(one: Consequence) -> str:
    """How the numbers of a trial came about."""
    return (
        f"{one.title}: week {one.week:g}, {counted(one.replicates, 'repetition')}, "
        f"{counted(one.patients, 'patient')}, "
        f"{one.stance} stance, seed {one.seed}. The same patients every time; they enrolled with "
        "the mechanism as it is, and its switch is moved in both arms from that day on. In "
        "brackets the interval that holds 95% of the repetitions, over patients and what the "
        "model draws as unknown; it misses what the model keeps fixed. ±: Monte-Carlo error."
    )


def share(card: Card) -> str:
    """What the values of the switch mean in the equations of this mechanism."""
    if card.whole:
        return "The switch multiplies the whole of each equation: at 2 it runs twice as fast."
    return (
        "The switch multiplies a part of these equations: off takes that part away, 2 doubles it."
    )


def print_card(card: Card, console: Terminal) -> None:
    """Print all that is known of a mechanism."""

    def say(text: str, style: str | None = None, indent: str = "") -> None:
        console_say(console, text, style, indent)

    def head(text: str) -> None:
        console.print()
        say(text, "bold")

    console.print()
    say(f"{card.id}  {card.statement}", "bold")
    say(f"{card.begins} → {card.ends} ({sign(card.sign)}); route {card.route}; stands in "
        f"{', '.join(card.places)}; switch {card.switch}", "dim")  # fmt: skip
    say(f"Grade {card.grade}: {GRADES.get(card.grade, 'not graded')}.")
    if card.silent:
        say(f"Its absence moves nothing that a clinic reads: {card.silent}.")
    print_biology(card.model, console)
    head("Equations it stands in")
    for one in card.equations:
        say(f"{left_of(one)} = {right_of(one)}", indent="  ")
        if one.kind == RATE:
            say(f"  {one.turnover}", "dim", "    ")
    if card.parameters:
        head("Its own parameters")
        _print_parameters(card.parameters, console)
    for rule, those in card.through.items():
        head(f"Parameters of {rule}, which it reads")
        _print_parameters(those, console)
    head("Names")
    for one in card.names:
        for line in quantity_lines(one, console.width):
            console.print(line, soft_wrap=True)
    for side, title in SIDES.items():
        head(title)
        _print_findings(card.of_side(side), say)
    head("Statements of the article it stands for")
    for name, says in card.claims.items():
        say(f"{name}  {says}", indent="  ")
    head("What uses it")
    for one in card.uses:
        why = f"{one.says} ({one.why})" if one.says else one.why
        say(f"{one.id}, {PLACES.get(one.where, one.where)}: {why}", indent="  ")
    if not card.uses:
        say("No reference value and no experiment names it.", indent="  ")
    if card.consequence is not None:
        head("What it does to a trial")
        _print_consequence(card, card.consequence, console, say)
    console.print("\nA research model; it gives no medical advice.", style="dim")


def right_of(one: Shown) -> str:
    """What stands on the right of an equation, without the sign that `left_of` tells."""
    return as_text(one.terms[0].sized)


def sign(text: str) -> str:
    """The sign of a mechanism as a reader writes it."""
    return {"+": "raises", "-": "lowers", "+-": "raises or lowers"}.get(text, text)


def _print_parameters(those: Iterable[Quantity], console: Terminal) -> None:
    from gutskin.report.console import Folding

    table = Folding()
    for title in ("Id", "Value", "Unit", "95% range", "Role", "Grade", "Source", "What it is"):
        table.add_column(title, no_wrap=title == "Id")
    for one in those:
        value = one.value + (f"\narticle {one.claimed}" if one.claimed else "")
        unit = "" if one.unit == "1" else words.units(one.unit)
        table.add_row(one.id, value, unit, one.span, one.role, one.grade, source_of(one), one.says)
    console.print(table)


def kind_of(one: Finding) -> str:
    """Species and design; a model has only the latter."""
    return one.design if one.species == "model" else f"{one.species}, {one.design}"


def _print_findings(findings: Sequence[Finding], say: Say) -> None:
    for one in findings:
        say(f"{one.id}  {kind_of(one)}: {one.finding}", indent="  ")
        about = [one.population] if one.species != "model" else []
        about += [one.source, f"read: {one.seen}", one.note]
        if one.withheld:
            about.append(f"never used: {one.withheld}")
        say("; ".join(part for part in about if part), "dim", "      ")
    if not findings:
        say("None stands in the tables.", indent="  ")


def _print_consequence(card: Card, one: Consequence, console: Terminal, say: Say) -> None:
    from gutskin.report.console import Folding

    say(headline(one))
    console.print()
    table = Folding(gap=2)
    table.add_column("Mechanism", no_wrap=True)
    for title in (
        f"True effect of\nthe mix on {one.label}",
        "against\nas it is",
        f"{one.label} on placebo,\nweek {one.week:g}",
        "against\nas it is",
    ):
        table.add_column(title, justify="right")
    for each in one.switched:
        table.add_row(named(each), *cells(each, one.unit))
    console.print(table)
    console.print()
    say(share(card), "dim")
    say(circumstances(one), "dim")


def named(one: Switched) -> str:
    """A value of the switch in words."""
    return f"{SWITCHED.get(one.value, '')} ({one.value:g})"


def cells(one: Switched, unit: str) -> list[str]:
    """The row of one value of the switch."""
    if one.failure:
        return [f"could not be computed: {one.failure}", "", "", ""]
    found = (one.effect, one.effect_change, one.control, one.control_change)
    return [amount(each, unit) for each in found]


def render_card(card: Card, model: Model) -> str:
    """The card as one self-contained page."""
    everything = [*card.parameters, *card.names]
    everything += [one for those in card.through.values() for one in those]
    markup = Markup(model, {one.id for one in everything})
    return (
        for_pages()
        .get_template("card.html.j2")
        .render(
            card=card,
            model=model,
            markup=markup,
            grades=GRADES,
            sides={title: card.of_side(side) for side, title in SIDES.items()},
            sign=sign,
            left=lambda one: _left(one, markup),
            right=lambda one: _right(one, markup),
            source_of=source_of,
            kind_of=kind_of,
            units=lambda unit: "" if unit == "1" else words.units(unit),
            headline=headline,
            share=share,
            circumstances=circumstances,
            named=named,
            named_id=lambda name: name_of(model, name),
            places=PLACES,
            cells=cells,
            overlay=overlay_sentence(card.model["overlay"]) if "overlay" in card.model else "",
        )
    )


def name_of(model: Model, name: str) -> str:
    """What an id of mechanisms.tsv is called: a quantity, an input, or the beginning of several."""
    if name in model.state_ids or name in model.assigned_ids:
        return in_words(model, name)[0]
    return symbol(name, model.tables.parameters, model.source.sites).base


def _left(one: Shown, markup: Markup) -> str:
    if one.kind == RULE:
        return markup.left(one)
    words_before = re.sub(r"of .*", "of ", left_of(one))
    if one.kind == RATE:
        return f"rate of {one.id.replace('_', ' ')}"
    return words_before + markup.name(one.id)


def _right(one: Shown, markup: Markup) -> str:
    pieces = markup.mathml.pieces(one.terms[0].sized)
    return "<wbr>".join(f'<math displaystyle="true">{piece}</math>' for piece in pieces)


def print_list(mechanisms: Mapping[str, Sequence[Row]], console: Terminal) -> None:
    """Print all mechanisms by place."""
    from gutskin.report.console import Folding

    table = Folding()
    for title in ("Id", "Grade", "Route", "Statement", "From → to"):
        table.add_column(title, no_wrap=title in ("Id", "Route"))
    for place, rows in mechanisms.items():
        table.add_section()
        table.add_row("", "", "", place.replace("_", " ").upper(), "", style="bold")
        for row in rows:
            way = f"{row.text('from')} → {row.text('to')} ({row.text('sign').replace('-', '−')})"
            table.add_row(row.id, row.text("grade"), row.text("route"), row.text("statement"), way)
    console.print(table)
    every = [row for rows in mechanisms.values() for row in rows]
    counts = (
        f"{sum(row.text('grade') == grade for row in every)} {grade} ({says})"
        for grade, says in GRADES.items()
    )
    console.print(
        f"\n{counted(len(every), 'mechanism')}: {'; '.join(counts)}.\n"
        "`gutskin evidence ID` prints a card.",
        style="dim",
    )  # fmt: skip
