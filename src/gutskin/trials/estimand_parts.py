"""What a trial wants to know, as parts of its file: estimands, intercurrent events, estimators.

An intercurrent event is something that happens to a patient after he was randomised and changes
what his values mean: rescue, the end of the product, his leaving. An estimand says of each what
becomes of it (its strategy); an estimator what is done with the values after it. ICH E9(R1).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from gutskin.toml_file import NotNegative, Part, Share, known_name
from gutskin.trials.intervention_parts import (
    INTERVENTIONS,
    Emollient,
    Topical,
    TopicalSteroid,
)
from gutskin.trials.methods import Method, Missing
from gutskin.user_text import Identifier, Label

EventKind = Literal["rescue", "discontinuation", "dropout"]
EVENTS: tuple[EventKind, ...] = ("rescue", "discontinuation", "dropout")
Strategy = Literal["treatment policy", "hypothetical", "composite", "while on treatment"]
SummaryMeasure = Literal[
    "difference of means", "ratio of geometric means", "risk difference", "risk ratio"
]

EVERYBODY = "all"  # the population of an estimand that is no subgroup
OF = ("record", "body")  # an estimand is of what raters write down; beside it the noise-free body
RATIOS = ("ratio of geometric means", "risk ratio")
GIVES: dict[SummaryMeasure, tuple[Method, ...]] = {
    "difference of means": ("ancova", "mmrm"),
    "ratio of geometric means": ("ancova", "mmrm"),
    "risk difference": ("ancova", "g-computation", "mantel-haenszel"),
    "risk ratio": ("g-computation", "mantel-haenszel"),
}


def _intervention(name: str) -> str:
    if name not in INTERVENTIONS or name == "maternal_probiotic":
        raise ValueError(f"{name!r} is not the kind of an intervention that a patient can stop")
    return name


class Discontinuation(Part):
    """Patients who stop the product and stay in the trial.

    A `share` of them stops after a visit at random; at each visit after the first who is no better
    than at it stops with the chance `if_no_better`, who is worse by a quarter with `if_worse` (by
    the first score among the endpoints that is SCORAD or EASI; all default 0). `kinds` are the
    kinds of interventions that are stopped; without it all that the arm receives.
    """

    share: Share = 0.0
    if_no_better: Share = 0.0
    if_worse: Share = 0.0
    kinds: tuple[Annotated[str, AfterValidator(_intervention)], ...] = ()


class RescueTreatment(Part):
    """What a patient is given from his rescue on, in trials with `rescue`.

    `interventions` are creams from then until the end of the trial; with `stops_product` (default
    false) he also takes no more of what his arm receives.
    """

    interventions: tuple[
        Annotated[Emollient | TopicalSteroid | Topical, Field(discriminator="kind")], ...
    ] = ()
    stops_product: bool = False


class Strategies(Part):
    """What becomes of each intercurrent event; without a word `treatment policy`: it counts."""

    rescue: Strategy = "treatment policy"
    discontinuation: Strategy = "treatment policy"
    dropout: Strategy = "treatment policy"

    def those(self, *strategies: Strategy) -> frozenset[EventKind]:
        """The events with one of these strategies."""
        return frozenset(kind for kind in EVENTS if getattr(self, kind) in strategies)


class Estimand(Part):
    """One quantity that the trial is to estimate.

    `population` is `"all"` or the name of a subgroup, `endpoint` one of the endpoints (the primary
    one), `week` a visit (the last one). `summary` is a difference of means of a score, a ratio of
    geometric means of what is tested on logarithms, a risk difference of a share (those without a
    word), a risk ratio, or, of what is tested on logarithms too, a difference of means.
    """

    name: Identifier
    label: Label = ""
    population: str = EVERYBODY
    endpoint: Annotated[str, known_name("endpoint")] | None = None
    week: NotNegative | None = None
    summary: SummaryMeasure | None = None
    strategies: Strategies = Strategies()

    @property
    def title(self) -> str:
        """The estimand's name as a reader sees it."""
        return self.label or self.name.replace("_", " ")


class Estimator(Part):
    """One analysis that is compared with the true values of the estimands.

    `method` and `missing` as in [analysis]; `strategies` is what is done with the record after an
    event: it is used (`treatment policy`), left out (`hypothetical`), failure (`composite`), or the
    last value before it stands for it (`while on treatment`). Without it as the estimand has it.
    """

    name: Identifier
    label: Label = ""
    method: Method = "ancova"
    missing: Missing = "as observed"
    strategies: Strategies | None = None

    @property
    def title(self) -> str:
        """The estimator's name as a reader sees it."""
        return self.label or self.name.replace("_", " ")
