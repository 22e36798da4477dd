"""Replicates in worlds whose effect and scatter are known, for tests of power."""

import numpy as np

from gutskin.trials.analysis import Analysis, Comparison, EndpointAnalysis
from gutskin.trials.design import load_trial

DESIGN = load_trial("six-strain-children")


def design_with(sizes=(20, 20), endpoints=("scorad",), **arms):
    """The shipped trial with arms of these sizes (active first) and few endpoints."""
    its = [arm.model_copy(update={"n": n}) for arm, n in zip(DESIGN.arms, sizes, strict=True)] + [
        DESIGN.arms[0].model_copy(update={"name": name, "n": n}) for name, n in arms.items()
    ]
    analysis = DESIGN.analysis.model_copy(update={"endpoints": endpoints, "primary": endpoints[0]})
    return DESIGN.model_copy(update={"arms": tuple(its), "analysis": analysis})


def replicates_of(
    rng, worlds, effect=-3.0, spread=4.0, luck=0.3, sd=12.0, sd_spread=0.0, freedom=37, recorded=0.0
):
    """Replicates of worlds whose truth is known: (comparison, true effects, true sd)."""
    truth = rng.normal(effect, spread, worlds)
    scatter = sd * np.exp(rng.normal(0, sd_spread, worlds))
    seen = truth + rng.normal(0, luck, worlds)
    nothing = np.zeros(worlds)
    its = Comparison(
        difference=seen, standard_error=nothing, p=nothing + 0.5, better=seen < 0, true_effect=seen,
        untested=nothing.astype(np.int8), tested_difference=seen,
        residual_sd=scatter * np.sqrt(rng.chisquare(freedom, worlds) / freedom),
        freedom=nothing + freedom, adjusted=nothing == 0, tested_effect=seen,
        tested_effect_error=luck * np.sqrt(rng.chisquare(39, worlds) / 39),
        recorded_beyond=recorded * truth + rng.normal(0, 1.5, worlds),
    )  # fmt: skip
    return its, truth, scatter


def analysis_of(its, complete=1.0, better_is_lower=True, design=DESIGN):
    """An analysis with this comparison of the first active arm."""
    names = [arm.name for arm in design.arms]
    comparisons = {arm.name: its for arm in design.active}
    one = EndpointAnalysis(
        "scorad", "SCORAD", "points", False, better_is_lower, {}, comparisons, 12.0,
        dict.fromkeys(names, complete), {arm.name: arm.n for arm in design.arms}, 0.0,
    )  # fmt: skip
    return Analysis({"scorad": one}, (), {}, "scorad")
