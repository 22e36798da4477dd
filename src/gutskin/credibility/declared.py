"""What only a user can say of a simulated trial: what it is for, and what must hold of it."""

from __future__ import annotations

from os import PathLike
from typing import Annotated, Literal

from pydantic import Field

from gutskin.toml_file import Format, NotNegative, Part, Share, validate
from gutskin.toml_text import path_of, read_toml
from gutskin.user_text import Title

Level = Literal["low", "medium", "high", "not declared"]
NOT_DECLARED = "not declared"
LEVELS: tuple[Level, ...] = ("low", "medium", "high")


class Acceptance(Part):
    """What must hold of the model and of the run before its answer is used.

    `failed_patients` is the share who may be left out, `monte_carlo_error` that of the chance of a
    significant benefit, `targets_met` the share of reference levels of populations, `reproduced`
    that of published models' numbers, `statements_shown` that of the article's statements whose
    verdict is as foretold, `coverage_95` the least share of published results within their 95%
    intervals, `applicability` how far from the evidence the trial may be.
    """

    failed_patients: Share = 0.001
    monte_carlo_error: NotNegative = 0.02
    targets_met: Share = 0.95
    reproduced: Share = 0.9
    statements_shown: Share = 0.9
    coverage_95: Share = 0.85
    applicability: Literal["inside", "edge", "outside"] = "edge"


class Declared(Part):
    """The question that the trial is simulated for, and what hangs on its answer.

    `question` is the question of interest, `context_of_use` what the answer is used for and with
    which other evidence, `influence` how much it weighs beside that, `consequence` how bad a wrong
    decision is, `impact` what is decided on the model that would else be decided otherwise.
    """

    question: Title = ""
    context_of_use: Title = ""
    influence: Level = NOT_DECLARED
    influence_because: Title = ""
    consequence: Level = NOT_DECLARED
    consequence_because: Title = ""
    impact: Level = NOT_DECLARED
    acceptance: Annotated[Acceptance, Field()] = Acceptance()


FILE = Format(Declared, {"acceptance": Acceptance}, {}, "a declaration")


def load_declared(path: str | PathLike[str] | None) -> Declared:
    """What a file declares; nothing without one.

    Raises
    ------
    InputError
        With all that is wrong with it, each with its line.
    """
    return (
        Declared()
        if path is None
        else validate(FILE, read_toml(path_of(path, "what is declared")), ())
    )


def risk_of(declared: Declared) -> Level:
    """The risk of the model: influence and consequence together; the higher one, once both say.

    >>> risk_of(Declared(influence="low", consequence="high"))
    'medium'
    >>> risk_of(Declared(influence="low"))
    'not declared'
    """
    both = (declared.influence, declared.consequence)
    if NOT_DECLARED in both:
        return NOT_DECLARED
    places = [LEVELS.index(one) for one in both]
    return LEVELS[round(sum(places) / 2 + 1e-9)]
