"""The short table that a trial prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from gutskin.media import counted, isolated, one_line
from gutskin.model.biology import PRIOR
from gutskin.model.overlay import overlay_sentence
from gutskin.report import answer, explain_words, methods, reading, words
from gutskin.report.console import say
from gutskin.report.endpoint_table import print_endpoints
from gutskin.report.estimands import print_estimands
from gutskin.report.interim import print_interim
from gutskin.report.origins import origins, sharing
from gutskin.report.points import in_points
from gutskin.report.published import print_published
from gutskin.report.sites import of_sites
from gutskin.report.subgroups import print_subgroups
from gutskin.report.told_effect import told_effect
from gutskin.report.variance_shares import variance_sentences
from gutskin.user_text import in_sentence

if TYPE_CHECKING:
    from gutskin.report.console import Terminal
    from gutskin.trials.design import TrialDesign


def _explained(summary: Mapping[str, Any]) -> Iterator[str]:
    """What carries the effect and who responds, where that was asked."""
    if "explanation" in summary:
        yield from explain_words.sentences(summary["explanation"])


def print_summary(summary: Mapping[str, Any], design: TrialDesign, console: Terminal) -> None:
    """Print what a clinician wants to know: the answer, the table, both stances, the doubts."""
    summary = in_points(summary)
    title = summary["title"] or summary["trial"]
    stance = summary["stance"]
    console.print(f"\n{title}", style="bold")
    says = f"{counted(summary['replicates'], 'repetition')} of {words.sizes(summary)} patients, "
    says += f"{words.weeks(summary)}; {stance} stance; seed {summary['seed']}"
    console.print(says, style="dim")
    print_biology(summary["model"], console)
    console.print(f"\n{answer.headline(summary)}", style="bold")
    for sentence in answer.comparisons(summary):
        say(console, sentence, indent="  ")
    for sentence in (*answer.verdict(summary, design), *answer.where_it_stands(summary)):
        console.print(sentence)
    _print_endpoints(summary, design, console)
    print_interim(summary, console)
    _print_other_stance(summary, console)
    print_subgroups(summary, console)
    for sentence in _explained(summary):
        say(console, sentence)
    for sentence in of_sites(summary):
        say(console, sentence)
    print_estimands(summary, console)
    print_published(summary, console)
    _print_routes(summary, console)
    for sentence in variance_sentences(summary):
        console.print(f"\n{sentence}")
    _print_doubts(summary, console)
    _print_origins(summary, console)
    for warning in summary["warnings"]:
        console.print(f"Note: {warning}")
    console.print("\nA research model; it gives no medical advice.", style="dim")


def print_biology(model: Mapping[str, Any], console: Terminal) -> None:
    """Print that a result is of a user's own biology, if it is, and of which worlds."""
    if draws := model.get("draws"):
        say(console, f"Drawn of {words.WORLDS[draws]}.")
    if overlay := model.get("overlay"):
        console.print(one_line(overlay_sentence(overlay)), style="dim")


def _print_endpoints(summary: Mapping[str, Any], design: TrialDesign, console: Terminal) -> None:
    print_endpoints(summary, console)
    console.print()
    if sequences := reading.before_it(design):
        say(console, sequences)
    for sentence in methods.reported(summary):
        say(console, sentence)
    less = "" if summary["model"].get("draws", PRIOR) != PRIOR else ", less what it keeps fixed"
    console.print(
        "Difference: what trials would report; 95% of them between the ends. True effect: "
        f"{reading.true_effect(design)}; 95% of the worlds that the model holds possible between "
        f"the ends{less}.\n±: Monte-Carlo error: what so few repetitions leave "
        "open. More of them make it smaller, but no interval.",
        style="dim",
    )


def _found(difference: Mapping[str, Any], title: str) -> str:
    """In which share of trials it is significant either way."""
    if not difference["tested"]:
        return "not tested"
    lost = difference["untestable"]
    says = f" ({lost} of {lost + difference['tested']} not testable)" if lost else ""
    return (
        f"p < 0.05 for {in_sentence(title)} in "
        f"{words.share_of(difference, 'share_p_below_0_05_for')}, against it in "
        f"{words.share_of(difference, 'share_p_below_0_05_against')}{says}"
    )


def _print_other_stance(summary: Mapping[str, Any], console: Terminal) -> None:
    other = words.other_stance(summary)
    if other is None:
        return
    stance, line = other
    one = summary["endpoints"][line["endpoint"]]
    unit, titles = one["unit"], words.arm_titles(summary)
    differences = words.of_stance(summary, line)
    trials = "1 trial" if line["replicates"] == 1 else f"{line['replicates']} trials"
    begins = f"Under the {stance} stance ({words.STANCES[stance]}), {trials}: {one['label']}"
    lines = []
    for arm, difference in differences.items():
        mine, its = told_effect(difference, unit)
        found = _found(difference, titles[arm])
        told = [one.with_interval(named=True) for one in (mine, its)]
        lines.append(f"{mine.quantity} {told[0]}, true effect {told[1]}, {found}.")
    if len(lines) == 1:
        console.print(f"\n{begins} {lines[0]}")
        return
    console.print(f"\n{begins}")
    for text in lines:
        say(console, text, indent="  ")


def _print_routes(summary: Mapping[str, Any], console: Terminal) -> None:
    lost = words.routes(summary)
    if not lost:
        return
    shares = ", ".join(f"{name} {words.route_share(*share)}" for name, *share in lost)
    many = summary["lost_without_route_replicates"]
    text = "\nEffect lost without a route (a prior, not a finding; routes overlap; 95% confidence "
    text += f"interval from {many} repetitions): {shares}."
    console.print(text)


def _print_origins(summary: Mapping[str, Any], console: Terminal) -> None:
    """Which part of the answer is known of the strains themselves."""
    if not (strains := summary.get("strains")):
        return
    console.print()
    say(console, "What the answer knows of the strains, and from where (gutskin strain NAME):")
    for one in strains:
        own = ", own strain" if one["own"] else ""
        say(console, f"{isolated(one['label'])}{own}: {origins(one)}.", indent="  ")
    for one in summary.get("shared_places", ()):
        say(console, f"{sharing(one)}.", indent="  ")


def _print_doubts(summary: Mapping[str, Any], console: Terminal) -> None:
    doubts = words.doubts(summary, 5)
    if not summary["least_sure"]:
        return
    if not doubts:
        console.print("\nNo single uncertain quantity stands out; more repetitions may show one.")
        return
    console.print(
        "\nWhat the model is least sure of (share of the effect's spread, 95% confidence interval):"
    )
    for one in doubts:
        ends = words.between(one["share_ci95_low"], one["share_ci95_high"])
        text = f"  {words.percent(one['share']):>8} ({ends})  {one['note']}"
        console.print(text)
