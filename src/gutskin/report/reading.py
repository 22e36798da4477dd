"""How the table of a trial is read: what is a difference, and what a true effect, in its design."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gutskin.media import isolated
from gutskin.trials.second_part import counted_from

if TYPE_CHECKING:
    from gutskin.trials.design import TrialDesign


def true_effect(design: TrialDesign) -> str:
    """Which people are compared in a true effect, as the end of a sentence."""
    if design.single_arm:
        return "the same patients on it and untreated"
    if design.crossover is not None:
        return "the same patients on both treatments, at the end of the first period"
    says = "the same patients on both treatments"
    if design.conduct.rescue or design.discontinuation is not None:
        says += ", as they are meant to be taken: nobody is rescued, stops or leaves"
    if counted_from(design):
        says += ", of all who begin and not of those alone who respond and go on"
    return says


def before_it(design: TrialDesign) -> str:
    """What a reader must know of the table before; nothing of parallel arms."""
    if design.crossover is None:
        return ""
    first, other = design.active[0].title, design.control.title
    return (
        f"{isolated(first)} and {isolated(other)} are sequences: each column of changes is of the "
        "first period, and a difference is that of the treatments they begin with, within patients."
    )
