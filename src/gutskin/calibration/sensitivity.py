"""Sensitivity: which part of a trial's uncertain answer each unknown number, and chance, explains.

Worlds are drawn as a trial draws them: of the posterior those that meet the targets, of the prior
every number with a width by itself; strains, conduct and a few patients with them, every patient
under both arms. The effect of a world (the difference of means between two arms; of an illness that
of risks) is regressed on all unknowns together (relevance determination), five times on four fifths
of the worlds: what the part of one has in common with the effect of the worlds that were left out
is its share of the variance. Of the prior, where unknowns are independent, that is a first-order
index, no larger by chance than by truth. Of the posterior unknowns go together, and the share is
the covariance of an unknown's part with the effect: its own variance and half of what it does
together with others, so that all shares still add up; it may be below nothing. Worlds of the
ensemble repeat, with other strains and people: all of one are left out together. What the few
simulated patients leave is taken off; what is left over is bent or goes together. A parameter
counts for the mechanisms in whose terms it stands and for the sources that its row cites, evenly.

References: Sobol2001 (indices), Li2010 (shares of what goes together), MacKay1994 (relevance).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np

from gutskin.calibration.emulator import relevance
from gutskin.calibration.sampling_error import beside_baseline
from gutskin.calibration.sensitivity_groups import by_mechanism, by_part, by_source
from gutskin.calibration.sensitivity_inputs import (
    Inputs,
    inputs_of_posterior,
    inputs_of_prior,
    strain_values,
)
from gutskin.calibration.trial_arms import followed_in_worlds, study_of
from gutskin.calibration.unknowns import prior_points, read_unknowns
from gutskin.calibration.unknowns import values_of_worlds as values_of
from gutskin.errors import InputError, Problem
from gutskin.media import counted
from gutskin.model.biology import CENTRE, POSTERIOR, Biology
from gutskin.model.model import Model
from gutskin.population.own_strains import model_with_strains
from gutskin.trials.design import TrialDesign
from gutskin.trials.endpoints import unit_of
from gutskin.trials.outside import told_as_it_is
from gutskin.trials.parting import of_one_arm
from gutskin.trials.scales import log
from gutskin.trials.study import Study, prepare

WORLDS, PATIENTS, BATCH = 2048, 16, 64
FOLDS = 5
FEWEST = 3  # patients of whom the effect of a world is made
LEAST = 0.002  # shares below that are not listed
LEAST_VARIANCE = 1e-12  # between worlds; below that there is none
NO_LABELS: Mapping[str, str] = MappingProxyType({})
NOT_LATE: Mapping[str, float] = MappingProxyType({})
ALL_ALIKE = "the effect is the same in every world"
BELOW_CHANCE = "worlds differ by no more than the chance of the {patients} simulated in each"


@dataclass(frozen=True)
class Share:
    """A share of the variance of the effect between worlds.

    Parameters
    ----------
    name, label : of a parameter, a mechanism, a source, or a part
    share, se : the share and its standard error
    """

    name: str
    label: str
    share: float
    se: float


@dataclass(frozen=True)
class Sensitivity:
    """Shares of the variance of a trial's answer.

    Parameters
    ----------
    trial, endpoint, arm, against, week : the answer: difference of means at that week
    worlds, patients : in how many there is an effect, and patients in each
    drawn : how many were drawn; in the others too few of who is asked meet the criteria
    effect, sd : mean and standard deviation of the true effect over worlds
    explained : share that all unknowns explain one by one, in worlds not fitted
    parts : strains, conduct, bodies; and what is left over
    report : of the variance of what a trial of its size reports, given the first visit: what nobody
        knows, and the chance of who takes part
    parameters, mechanisms, sources : largest first
    draws : of which worlds: prior or posterior
    applicability : where the trial stands to the evidence
    labels : what a reader sees of the trial, its endpoint and arms; the `unit` of the endpoint
    why_nothing : why there is no variance that could be shared out; empty where there is one
    not_parted : the arm, if it has been given what the control has been given, and until which week
    notes : the same in a sentence
    """

    trial: str
    endpoint: str
    arm: str
    against: str
    week: float
    worlds: int
    patients: int
    drawn: int
    effect: float
    sd: float
    explained: float
    parts: tuple[Share, ...]
    report: tuple[Share, ...]
    parameters: tuple[Share, ...]
    mechanisms: tuple[Share, ...]
    sources: tuple[Share, ...]
    draws: str
    applicability: Mapping[str, Any]
    labels: Mapping[str, str]
    why_nothing: str = ""
    not_parted: Mapping[str, float | None] = NOT_LATE
    notes: tuple[str, ...] = ()


def refuse_designs(design: TrialDesign, biology: Biology | None = None) -> None:
    """Refuse trials whose answer is no difference of means between two arms.

    Raises
    ------
    InputError
        For crossovers, trials with one arm, and for the central world alone.
    """
    if biology is not None and biology.draws == CENTRE:
        what = "In the central world bodies do not differ: there is nothing of them to share out."
        raise InputError(Problem(what, None, None, "Draw worlds: --draws posterior, or prior."))
    why = {
        "is a crossover": design.crossover is not None,
        "has one arm": design.single_arm,
    }
    for what, wrong in why.items():
        if wrong:
            message = f"{design.name} {what}: its answer is not shared out among unknowns."
            raise InputError(Problem(message, None, None, "Take a parallel trial."))


def sensitivity_of(
    design: TrialDesign,
    model: Model,
    worlds: int = WORLDS,
    seed: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> Sensitivity:
    """Share out the variance of the effect of a trial's first active arm on its primary endpoint.

    Parameters
    ----------
    worlds : how many are drawn
    progress : called with worlds done, worlds in all
    """
    asked, inputs, table, first = simulated(design, model, worlds, seed, progress)
    late, notes = of_one_arm(design, model.biology)
    found = _shared_out(asked, model, inputs, table, first)
    return replace(found, not_parted=late, notes=tuple(notes))


def simulated(
    design: TrialDesign,
    model: Model,
    worlds: int,
    seed: int,
    progress: Callable[[int, int], None] | None = None,
) -> tuple[TrialDesign, Inputs, np.ndarray, np.ndarray]:
    """The trial as it is followed, what varies, and what patients come to [arm, world, patient].

    Last what they had at the first visit, in the same places. Every patient is followed under both
    arms, the active one first, to the visit of the analysis.
    """
    refuse_designs(design)
    arms = (next(arm for arm in design.arms if not arm.control), design.control)
    week = design.visits.weeks[design.analysed]
    weeks = tuple(one for one in design.visits.weeks if one <= week)
    if not design.from_birth:  # what is seen of newborns hangs on when they are seen
        weeks = tuple(dict.fromkeys((0.0, week)))
    visits = design.visits.model_copy(update={"weeks": weeks})
    asked = design.model_copy(
        update={"arms": arms, "visits": visits, "subgroups": (), "estimands": ()}
    )
    of_posterior = model.biology.draws == POSTERIOR
    pairs: list[np.ndarray] = []  # [first or last visit, arm, world, patient]
    studies: list[Study] = []
    batches = _posterior_batches if of_posterior else _prior_batches
    for study in batches(asked, model, worlds, seed):
        endpoint = [*asked.analysis.endpoints].index(asked.analysis.primary)
        place = [*asked.visits.weeks].index(week)
        values = followed_in_worlds(study, PATIENTS).values[:, endpoint]
        pairs.append(np.stack([values[:, 0], values[:, place]]))
        studies.append(study)
        if progress is not None:
            progress(sum(one.shape[2] for one in pairs), worlds)
    first, table = np.concatenate(pairs, axis=2)
    if of_posterior:
        inputs = inputs_of_posterior(model, studies)
    else:
        unknowns = read_unknowns(model)
        points, _ = prior_points(unknowns, range(worlds), seed)
        inputs = inputs_of_prior(unknowns, points, [strain_values(one) for one in studies])
    return asked, inputs, table, first


@dataclass(frozen=True, eq=False)
class Effects:
    """The effect in every world that shows one.

    Parameters
    ----------
    x : Array [world, input]
    effect : Array [world], the mean of what patients differ by under both arms
    noise : variance that few patients leave in it
    use : Array [world] (bool), which of all worlds these are
    """

    x: np.ndarray
    effect: np.ndarray
    noise: float
    use: np.ndarray

    @classmethod
    def of(cls, inputs: Inputs, table: np.ndarray) -> Effects:
        """From what `simulated` gives."""
        difference = table[0] - table[1]
        seen = np.isfinite(difference)
        use = seen.sum(axis=1) >= FEWEST
        pairs = [row[ok] for row, ok in zip(difference[use], seen[use], strict=True)]
        return cls(
            inputs.values[use],
            np.array([one.mean() for one in pairs]),
            float(np.mean([one.var(ddof=1) / len(one) for one in pairs])),
            use,
        )


def _prior_batches(design: TrialDesign, model: Model, worlds: int, seed: int) -> Iterator[Study]:
    """The trial in worlds in which every unknown is drawn by itself, batch after batch."""
    unknowns = read_unknowns(model)
    points, sets = prior_points(unknowns, range(worlds), seed)
    for start in range(0, worlds, BATCH):
        some = slice(start, start + BATCH)
        yield study_of(
            design, model, values_of(model, unknowns, points[some], sets[some]), start, seed
        )


def _posterior_batches(
    design: TrialDesign, model: Model, worlds: int, seed: int
) -> Iterator[Study]:
    """The trial in worlds of the ensemble, as a trial of so many replicates would draw them."""
    own = model_with_strains(model, design.strains)
    for start in range(0, worlds, BATCH):
        yield prepare(design, own, min(BATCH, worlds - start), seed, "evidence", start)


def _shared_out(
    design: TrialDesign,
    model: Model,
    inputs: Inputs,
    table: np.ndarray,
    first: np.ndarray,
) -> Sensitivity:
    """Shares from what every patient came to, and had at the first visit [arm, world, patient]."""
    week, sizes = design.visits.weeks[-1], [one.n for one in design.arms]
    labels = _labels(design, model)
    if labels["scale"] == "log":  # the effect is that of logarithms
        table, first = log(table), log(first)
    found = Effects.of(inputs, table)
    x, effect, noise, use = found.x, found.effect, found.noise, found.use
    between = max(float(effect.var(ddof=1)) - noise, 0.0)
    why = "" if between > LEAST_VARIANCE else _why_nothing(effect)
    of_patients = [
        beside_baseline(before[use], after[use]) / size
        for before, after, size in zip(first, table, sizes, strict=True)
    ]

    statements = {row.id: row.text("statement") for row in model.tables.mechanisms.values()}

    def grouped(
        groups: Mapping[str, Mapping[int, float]], labels: Mapping[str, str] = NO_LABELS
    ) -> tuple[Share, ...]:
        found = []
        for name, members in groups.items():
            places, weight = np.array([*members]), np.array([*members.values()])
            label = inputs.labels[places[0]] if name in inputs.names else labels.get(name, name)
            found.append(_share(name, label, own[:, places] @ weight / between))
        return tuple(sorted(found, key=lambda one: -one.share))

    whole = between + sum(of_patients)
    told = Sensitivity(
        design.name, design.analysis.primary, design.arms[0].name, design.arms[1].name, week,
        int(use.sum()), PATIENTS, len(use), float(effect.mean()), float(np.sqrt(between)),
        0.0, (),
        tuple(
            Share(name, name, value / whole, value / whole * np.sqrt(2.0 / len(effect)))
            for name, value in (("unknown", between), ("chance", sum(of_patients)))
        ) if whole > 0 else (),
        (), (), (),
        model.biology.draws, told_as_it_is(design, model.biology).to_json(), labels, why,
    )  # fmt: skip
    if why:
        return told
    own = contributions(x, effect, noise, inputs.group[use])
    parts = grouped(by_part(inputs))
    all_of_it = _share("all", "all", own.sum(axis=1) / between)
    rest = Share("rest", "bent, together, not found", 1.0 - all_of_it.share, all_of_it.se)
    return replace(
        told,
        explained=all_of_it.share,
        parts=(*parts, rest),
        parameters=_told(grouped({name: {place: 1.0} for place, name in enumerate(inputs.names)})),
        mechanisms=_told(grouped(by_mechanism(inputs, model), statements)),
        sources=_told(grouped(by_source(inputs, model))),
    )


def _why_nothing(effect: np.ndarray) -> str:
    """Why there is no variance between worlds that could be shared out."""
    same = bool(np.all(effect == effect[0]))
    return ALL_ALIKE if same else BELOW_CHANCE.format(patients=counted(PATIENTS, "patient"))


def _labels(design: TrialDesign, model: Model) -> dict[str, str]:
    """What a reader sees of names that stand in a file."""
    row = model.tables.endpoints[design.analysis.primary]
    return {
        "trial": design.title or design.name, "endpoint": row.text("label"), "unit": unit_of(row),
        "scale": row.text("scale"),
        "arm": design.arms[0].title, "against": design.arms[1].title,
    }  # fmt: skip


def contributions(
    x: np.ndarray, effect: np.ndarray, noise: float, group: np.ndarray | None = None
) -> np.ndarray:
    """What the part of an input adds to the variance of an effect in each group [group, input].

    Their mean is the variance that an input explains in worlds that were not fitted, their spread
    over the root of the number of groups its error. Of inputs that go together each has what its
    own part has in common with the effect.

    Parameters
    ----------
    x : Array [world, input], standard normal
    noise : variance that few patients leave in the effect
    group : Array [world] (int), worlds that are left out together; each alone if not given
    """
    _, own = np.unique(np.arange(len(effect)) if group is None else group, return_inverse=True)
    fold = own % FOLDS
    found = np.empty_like(x)
    for one in range(FOLDS):
        train, test = fold != one, fold == one
        coefficients = relevance(x[train], effect[train], noise)[0][1:]
        away = effect[test] - effect[train].mean()
        found[test] = (x[test] - x[train].mean(axis=0)) * coefficients * away[:, None]
    count = int(own.max()) + 1
    sums = np.zeros((count, x.shape[1]))
    np.add.at(sums, own, found)
    return sums * count / len(effect)


def _share(name: str, label: str, of_worlds: np.ndarray) -> Share:
    """A share from what each world adds to it."""
    error = of_worlds.std(ddof=1) / np.sqrt(len(of_worlds))
    return Share(name, label, float(of_worlds.mean()), float(error))


def _told(shares: tuple[Share, ...]) -> tuple[Share, ...]:
    """Those that are more than their own error."""
    return tuple(one for one in shares if one.share > max(one.se, LEAST))
