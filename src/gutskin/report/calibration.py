"""The page of a calibration: misses first, then what was foretold unseen, then what is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from gutskin.calibration.calibrate import Calibrated
from gutskin.calibration.headline import Headline
from gutskin.calibration.kinds import Axis, normal_place
from gutskin.calibration.leave_out import Foretold
from gutskin.calibration.likelihood import Observations
from gutskin.calibration.posterior import contraction, draw_posterior
from gutskin.calibration.publication import shares_of_worlds
from gutskin.calibration.targets import Target
from gutskin.calibration.wave import Simulator
from gutskin.media import counted
from gutskin.report.identifiability import identifiability

REACHED = 2.0  # sd within which a world reaches a target
HARDLY = 0.01  # share of worlds of the prior that reach a target which the structure misses
MISSED = 1.5  # sd from which a posterior misses a target
KNOWN = (0.5, 0.3, 0.1)
DRAWS, SEED = 4096, 1  # of worlds that are described, where they are not weighted
SHOWN = 30  # unknowns that are listed
KINDS = {"levels": "levels", "births": "cohorts from birth", "arms": "arms of drug trials"}


@dataclass(frozen=True)
class _Stand:
    """Where worlds stand beside a target: before, after, missed by (sd), reached by (share)."""

    target: Target
    before: float
    after: float
    miss: float
    reach: float


def calibration_page(
    found: Calibrated,
    simulator: Simulator,
    foretold: Sequence[Foretold],
    axes: Sequence[Axis],
    headline: Headline,
) -> str:
    """docs/calibration.md.

    Parameters
    ----------
    foretold : every target, without its own source
    axes : the differences of product trials, without their own kind
    headline : what moves the answer of the trial that stands for all
    """
    parts = [
        "# Calibration\n\nThis page is written by `make calibrate`: nothing here is typed.\n",
        *_how(found, simulator),
        *_missed(found, simulator),
        *_without_own_source(foretold),
        *_without_own_kind(axes),
        *_printed(found),
        *_learnt(found, simulator),
        *identifiability(found.problem, simulator.targets, simulator.unknowns, headline),
    ]
    return "\n".join(parts) + "\n"


def _how(found: Calibrated, simulator: Simulator) -> Iterator[str]:
    runs = [len(one) for one in found.runs]
    shares = ", ".join(f"{one:.0%}" for one in found.shares)
    yield (
        f"Of the numbers `{simulator.model.biology.numbers_hash}`: "
        f"{counted(len(simulator.targets), 'target')} of "
        f"{counted(found.problem.observations.sources, 'source')}; "
        f"{counted(len(simulator.unknowns), 'number')} with a width and the jointly fitted sets "
        f"drawn together. {counted(len(found.prior), 'world')} of the prior, then "
        f"{' and '.join(map(str, runs))} drawn on the emulator. Weighted by what their runs show, "
        f"the worlds of each such wave are worth {shares} of those drawn (30% are asked for); the "
        f"tail of the last weights has the shape {found.correction.shape:.2f} (up to 0.7 they can "
        f"be trusted), so that the ensemble is {_made(found)}. The means of an unknown in two "
        f"seeds of the sampler are apart by {found.seeds_apart:.3f} sd at most.\n"
    )


def _made(found: Calibrated) -> str:
    if found.is_corrected:
        return "taken by weight"
    return "drawn on the emulator that has seen all runs, and not corrected further"


def _missed(found: Calibrated, simulator: Simulator) -> Iterator[str]:
    observations, emulator = found.problem.observations, found.emulator
    points, weights = _weighted(found)
    shown = emulator.at(points)
    prior = emulator.at(found.prior.points)
    rows, unreached = [], []
    for place, target in enumerate(simulator.targets):
        sd = _sd(observations, place)
        after = float(np.average(shown[place], weights=weights))
        miss = float(_miss(target, np.array([after]))[0]) / sd
        reach = float((np.abs(_miss(target, prior[place])) < REACHED * sd).mean())
        row = _Stand(target, float(prior[place].mean()), after, miss, reach)
        if reach <= HARDLY:
            unreached.append(row)
        elif abs(miss) >= MISSED:
            rows.append(row)
    yield "## What no world reaches\n"
    if unreached:
        yield "Misfits of the structure: declared, and fitted by nothing.\n"
    yield from _table_of(unreached, "Every target is reached by some world of the prior.")
    yield "## What is missed all the same\n"
    yield from _table_of(rows, f"Nothing by {MISSED:g} sd of all that may lie between or more.")


def _table_of(rows: Sequence[_Stand], none: str) -> Iterator[str]:
    if not rows:
        yield none + "\n"
        return
    yield "| target | seen | prior | posterior | missed by (sd) | prior worlds that reach it |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for one in sorted(rows, key=lambda row: -abs(row.miss)):
        yield (
            f"| {one.target.label} (`{one.target.id}`) | {_seen(one.target)} | {one.before:.3g} | "
            f"{one.after:.3g} | {one.miss:+.1f} | {one.reach:.0%} |"
        )
    yield ""


def _without_own_source(foretold: Sequence[Foretold]) -> Iterator[str]:
    yield "## Foretold without their own source\n"
    yield (
        "Each source was left out, worlds drawn of all others, and its numbers foretold. Of 50% "
        "intervals half should hold what was seen, of 95% intervals nineteen of twenty.\n"
    )
    yield "| | targets | in 50% | in 95% |"
    yield "| --- | --- | --- | --- |"
    for name, some in _groups(foretold):
        held = [np.mean([one.holds(share) for one in some]) for share in (0.5, 0.95)]
        yield f"| {name} | {len(some)} | {held[0]:.0%} | {held[1]:.0%} |"
    yield ""
    outside = [one for one in foretold if not one.holds(0.95)]
    if outside:
        yield "Outside their 95% interval:\n"
    for one in outside:
        low, high = one.interval(0.95)
        yield (
            f"- {one.target.label} (`{one.target.id}`): seen {_seen(one.target)}, foretold "
            f"{low:.3g} to {high:.3g}"
        )
    yield ""


def _groups(foretold: Sequence[Foretold]) -> Iterator[tuple[str, list[Foretold]]]:
    yield "all", [*foretold]
    kinds: dict[str, list[Foretold]] = {}
    for one in foretold:
        kind = KINDS.get(one.target.table, f"{one.target.id.partition(':')[2]}s of product trials")
        kinds.setdefault(kind, []).append(one)
    yield from kinds.items()


def _without_own_kind(axes: Sequence[Axis]) -> Iterator[str]:
    yield "## Foretold without their own kind\n"
    yield (
        "All product trials of a kind were left out together, and their differences foretold by "
        "all other targets; so were active arms of drugs (`drug:`), of which some numbers were "
        "fitted to these arms before the worlds were drawn. A root mean square of where they lie "
        "among what was foretold (in standard normal numbers) of 1 is as sure as was said; beyond "
        "it intervals outside the evidence are so much wider (`targets/outside.tsv`).\n"
    )
    yield "| axis | kind left out | numbers | root mean square |"
    yield "| --- | --- | --- | --- |"
    for axis in axes:
        for kind, those in axis.foretold.items():
            size = np.sqrt(np.mean([normal_place(one) ** 2 for one in those]))
            yield f"| {axis.id} | {kind} | {len(those)} | {size:.2f} |"
        if axis.foretold:
            yield f"| {axis.id} | **each** | | **{axis.rms:.2f}** |"
    yield ""


def _printed(found: Calibrated) -> Iterator[str]:
    """What passes the filter of publication, by the worlds of the last wave."""
    behind = found.problem.observations.behind
    if behind is None:
        return
    low, middle, high = shares_of_worlds(
        found.drawn.latents, found.correction.log_weights, (0.025, 0.5, 0.975)
    )
    yield "## What was never printed\n"
    seen = found.problem.observations.low[behind.places]
    yield (
        f"{counted(len(behind), 'difference')} of product trials passed a filter, "
        f"{int(behind.is_significant(seen).sum())} of them a significant benefit. Of trials "
        f"without one {middle:.0%} were printed ({low:.0%} to {high:.0%}; beforehand even between "
        "none and all). That is learnt with the effect of products: the less they do, the more "
        "must have stayed in a drawer.\n"
    )


def _learnt(found: Calibrated, simulator: Simulator) -> Iterator[str]:
    points, weights = _weighted(found)
    known = contraction(points, weights)
    mean = weights @ points / weights.sum()
    chance = 3.0 * np.sqrt(2.0 * (weights**2).sum()) / weights.sum()
    yield "## What the targets say of the numbers\n"
    counts = ", ".join(f"{int((known > one).sum())} by more than {one:.0%}" for one in KNOWN)
    yield (
        f"The variance of {counts} of {len(known)} in all is less than the prior's; with so "
        f"many worlds {chance:.0%} could be chance. All others keep their width.\n"
    )
    yield "| number | variance lost | moved by (sd) | note |"
    yield "| --- | --- | --- | --- |"
    for place in np.argsort(-known)[:SHOWN]:
        one = simulator.unknowns[place]
        note = one.row.text("note").replace("|", "/")
        yield f"| `{one.id}` | {known[place]:.0%} | {mean[place]:+.2f} | {note} |"
    yield ""


def _weighted(found: Calibrated) -> tuple[np.ndarray, np.ndarray]:
    """Worlds of the posterior [world, unknown] and their weights, as the ensemble is made."""
    if found.is_corrected:
        weights = np.exp(found.correction.log_weights - found.correction.log_weights.max())
        return found.drawn.points, weights
    points = draw_posterior(found.problem, DRAWS, SEED).points
    return points, np.ones(len(points))


def _miss(target: Target, shown: np.ndarray) -> np.ndarray:
    """How far above a target worlds are, below it negative [world]."""
    low = target.middle if target.low is None else target.low
    high = target.middle if target.high is None else target.high
    return np.maximum(shown - high, 0.0) - np.maximum(low - shown, 0.0)


def _sd(observations: Observations, place: int) -> float:
    """The sd of all that may lie between a world and what was seen."""
    share = observations.middle[observations.kind[place]] * observations.size[place]
    return float(np.sqrt(observations.variance[place] + share**2))


def _seen(target: Target) -> str:
    if target.value is not None:
        return f"{target.value:.3g}"
    return f"{target.low:.3g} to {target.high:.3g}"
