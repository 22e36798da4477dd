"""Sensitivity: which part of a trial's uncertain answer each unknown number, and chance, explains.

All that nobody knows is drawn at once, with its strains, its conduct and a few patients in each
world, every patient under both arms. The effect of a world is regressed on all unknowns together
(relevance determination), five times on four fifths of the worlds: as the unknowns are independent,
what the part of one has in common with the effect of the worlds that were left out is its share of
the variance (a first-order index, no larger by chance than by truth). What the few simulated
patients leave is taken off; what is left over is bent or goes together. A parameter counts for the
mechanisms in whose terms it stands and for the sources that its row cites, evenly.

References: Sobol2001 (indices), MacKay1992 (relevance determination).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from gutskin.calibration.emulator import relevance
from gutskin.calibration.trial_arms import followed_in_worlds, study_of
from gutskin.calibration.unknowns import CONDUCT, Unknown, prior_points, read_unknowns
from gutskin.calibration.unknowns import values_of_worlds as values_of
from gutskin.errors import InputError, Problem
from gutskin.model.evidence import load_evidence
from gutskin.model.fragments import SITE, read_source
from gutskin.model.model import Model
from gutskin.population.mother import strains_of
from gutskin.population.strain_places import places_for, sharers_of
from gutskin.trials.design import TrialDesign
from gutskin.trials.endpoints import unit_of
from gutskin.trials.study import Study

WORLDS, PATIENTS, BATCH = 2048, 16, 64
FOLDS = 5
LEAST = 0.002  # shares below that are not listed
STRAINS = "strains and drugs as this trial meets them"
CONDUCTED, BODIES = "conduct of the trial", "bodies"
DECLARED = "declared, no source"
NO_LABELS: Mapping[str, str] = MappingProxyType({})
WORD = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


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
    worlds, patients : how many were drawn, and patients in each
    effect, sd : mean and standard deviation of the true effect over worlds
    explained : share that all unknowns explain one by one, in worlds not fitted
    parts : strains, conduct, bodies; and what is left over
    report : of the variance of what a trial of its size reports: what nobody knows, and the chance
        of who takes part
    parameters, mechanisms, sources : largest first
    labels : what a reader sees of the trial, its endpoint and arms; the `unit` of the endpoint
    """

    trial: str
    endpoint: str
    arm: str
    against: str
    week: float
    worlds: int
    patients: int
    effect: float
    sd: float
    explained: float
    parts: tuple[Share, ...]
    report: tuple[Share, ...]
    parameters: tuple[Share, ...]
    mechanisms: tuple[Share, ...]
    sources: tuple[Share, ...]
    labels: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class _Inputs:
    """What varies between worlds: names, labels and parts [input], values [world, input]."""

    names: tuple[str, ...]
    labels: tuple[str, ...]
    parts: tuple[str, ...]
    values: np.ndarray

    @property
    def unknowns(self) -> np.ndarray:
        """Those that are no strain's [input] (bool)."""
        return np.array([one != STRAINS for one in self.parts])


def refuse_designs(design: TrialDesign) -> None:
    """Refuse trials whose answer is no difference of means of people who enrol.

    Raises
    ------
    InputError
        For trials from birth, crossovers and trials with one arm.
    """
    why = {
        "begins at birth": design.from_birth,
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
    refuse_designs(design)
    arms = (next(arm for arm in design.arms if not arm.control), design.control)
    week = design.visits.weeks[design.analysed]
    visits = design.visits.model_copy(update={"weeks": tuple(dict.fromkeys((0.0, week)))})
    asked = design.model_copy(
        update={"arms": arms, "visits": visits, "subgroups": (), "estimands": ()}
    )
    unknowns = read_unknowns(model)
    points, sets = prior_points(unknowns, range(worlds), seed)
    pairs: list[np.ndarray] = []  # [arm, world, patient]
    of_strains: list[Mapping[str, np.ndarray]] = []
    for start in range(0, worlds, BATCH):
        some = slice(start, start + BATCH)
        own = values_of(model, unknowns, points[some], sets[some])
        study = study_of(asked, model, own, start, seed)
        endpoint = [*asked.analysis.endpoints].index(asked.analysis.primary)
        pairs.append(followed_in_worlds(study, PATIENTS).values[:, endpoint, -1])
        of_strains.append(_strain_values(study))
        if progress is not None:
            progress(min(start + BATCH, worlds), worlds)
    table = np.concatenate(pairs, axis=1)
    inputs = _inputs(unknowns, points, of_strains)
    return _shared_out(asked, model, inputs, table, week, (arms[0].n, arms[1].n))


def _strain_values(study: Study) -> dict[str, np.ndarray]:
    """What a world draws of strains, drugs and doses: label -> Array [world]."""
    found: dict[str, np.ndarray] = {}
    for arm in study.design.arms:
        places = places_for(strains_of(arm.interventions), study.model.tables)
        strains = {
            place: " + ".join(name for name, _ in group)
            for place, group in sharers_of(places).items()
        }
        for name, values in study.traits[arm.name].items():
            drawn = np.asarray(values, float)
            if drawn.ndim != 1:
                continue
            trait, is_strain, place = name.partition("_strain_")
            of = strains.get(int(place), place) if is_strain and place.isdigit() else arm.name
            found[f"{trait} of {of}"] = drawn
        for number, values in study.doses[arm.name].items():
            found[f"dose {number + 1} of {arm.name}"] = np.asarray(values, float)
    return found


def _inputs(
    unknowns: tuple[Unknown, ...], points: np.ndarray, of_strains: list[Mapping[str, np.ndarray]]
) -> _Inputs:
    """All that varies, each as a standard normal number by its rank."""
    from scipy.special import ndtri
    from scipy.stats import rankdata

    strains = {
        name: np.concatenate([one[name] for one in of_strains]) for name in of_strains[0]
    }  # fmt: skip
    strains = _together({name: one for name, one in strains.items() if np.ptp(one) > 0})
    normal = [ndtri((rankdata(one) - 0.5) / len(one)) for one in strains.values()]
    return _Inputs(
        (*(one.id for one in unknowns), *strains),
        (*(one.row.text("note") or one.id for one in unknowns), *strains),
        (
            *(CONDUCTED if one.role == CONDUCT else BODIES for one in unknowns),
            *(STRAINS for _ in strains),
        ),
        np.column_stack([points, *normal]),
    )


def _together(strains: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Traits of several strains as their mean, and what each has beside it."""
    kinds: dict[str, list[str]] = {}
    for name in strains:
        kinds.setdefault(name.partition(" of ")[0], []).append(name)
    found: dict[str, np.ndarray] = {}
    for kind, names in kinds.items():
        if len(names) == 1:
            found[names[0]] = strains[names[0]]
            continue
        mean = np.mean([strains[name] for name in names], axis=0)
        found[f"{kind}, mean of the strains"] = mean
        found |= {f"{name}, beside the mean": strains[name] - mean for name in names}
    return found


def _shared_out(
    design: TrialDesign,
    model: Model,
    inputs: _Inputs,
    table: np.ndarray,
    week: float,
    sizes: tuple[int, int],
) -> Sensitivity:
    """Shares from what every patient came to [arm, world, patient]."""
    difference = table[0] - table[1]
    seen = np.isfinite(difference)
    use = seen.sum(axis=1) >= 3
    x, pairs = (
        inputs.values[use],
        [row[ok] for row, ok in zip(difference[use], seen[use], strict=True)],
    )
    effect = np.array([one.mean() for one in pairs])
    noise = float(np.mean([one.var(ddof=1) / len(one) for one in pairs]))
    own = contributions(x, effect, noise)
    between = max(float(effect.var(ddof=1)) - noise, 1e-12)
    of_patients = [
        float(np.nanmean(np.nanvar(arm[use], axis=1, ddof=1))) / size
        for arm, size in zip(table, sizes, strict=True)
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

    parts = grouped(_by_part(inputs))
    all_of_it = _share("all", "all", own.sum(axis=1) / between)
    whole = between + sum(of_patients)
    return Sensitivity(
        design.name, design.analysis.primary, design.arms[0].name, design.arms[1].name, week,
        int(use.sum()), PATIENTS, float(effect.mean()), float(np.sqrt(between)),
        all_of_it.share,
        (*parts, Share("rest", "bent, together, not found", 1.0 - all_of_it.share, all_of_it.se)),
        tuple(
            Share(name, name, value / whole, value / whole * np.sqrt(2.0 / len(effect)))
            for name, value in (("unknown", between), ("chance", sum(of_patients)))
        ),
        _told(grouped({name: {place: 1.0} for place, name in enumerate(inputs.names)})),
        _told(grouped(_by_mechanism(inputs, model), statements)),
        _told(grouped(_by_source(inputs, model))), _labels(design, model),
    )  # fmt: skip


def _labels(design: TrialDesign, model: Model) -> dict[str, str]:
    """What a reader sees of names that stand in a file."""
    row = model.tables.endpoints[design.analysis.primary]
    return {
        "trial": design.title or design.name, "endpoint": row.text("label"), "unit": unit_of(row),
        "arm": design.arms[0].title, "against": design.arms[1].title,
    }  # fmt: skip


def contributions(x: np.ndarray, effect: np.ndarray, noise: float) -> np.ndarray:
    """What the part of an input adds to the variance of an effect in each world [world, input].

    Their mean over worlds is the variance that an input explains in worlds that were not fitted,
    their spread over the root of the number of worlds its error.

    Parameters
    ----------
    x : Array [world, input], independent and standard normal
    noise : variance that few patients leave in the effect
    """
    fold = np.arange(len(effect)) % FOLDS
    found = np.empty_like(x)
    for one in range(FOLDS):
        train, test = fold != one, fold == one
        coefficients = relevance(x[train], effect[train], noise)[0][1:]
        away = effect[test] - effect[train].mean()
        found[test] = (x[test] - x[train].mean(axis=0)) * coefficients * away[:, None]
    return found


def _share(name: str, label: str, of_worlds: np.ndarray) -> Share:
    """A share from what each world adds to it."""
    error = of_worlds.std(ddof=1) / np.sqrt(len(of_worlds))
    return Share(name, label, float(of_worlds.mean()), float(error))


def _told(shares: tuple[Share, ...]) -> tuple[Share, ...]:
    """Those that are more than their own error."""
    return tuple(one for one in shares if one.share > max(one.se, LEAST))


def _by_part(inputs: _Inputs) -> dict[str, dict[int, float]]:
    return {
        part: {i: 1.0 for i, one in enumerate(inputs.parts) if one == part}
        for part in dict.fromkeys(inputs.parts)
    }


def _by_mechanism(inputs: _Inputs, model: Model) -> dict[str, dict[int, float]]:
    """Each parameter to the mechanisms in whose terms it stands, evenly."""
    source = read_source(model.biology)
    stands: dict[str, set[str]] = {}
    for row in model.tables.mechanisms.values():
        for name in row.items("rules_and_reactions"):
            line = source.definitions.get(name.replace(SITE, source.sites[0]))
            for word in WORD.findall(line.code if line is not None else ""):
                stands.setdefault(word, set()).add(row.id)
    return _shared_evenly(inputs, lambda name: sorted(stands.get(name, ())))


def _by_source(inputs: _Inputs, model: Model) -> dict[str, dict[int, float]]:
    """Each number to the sources that its row cites, evenly."""
    evidence, rows = (
        load_evidence(model.biology),
        {**model.tables.parameters, **model.tables.conduct},
    )

    def sources(name: str) -> Iterator[str]:
        cited = rows[name].items("evidence") if name in rows else ()
        found = [evidence[one].source or one for one in cited if one in evidence]
        yield from found or [DECLARED]

    return _shared_evenly(inputs, lambda name: [*sources(name)])


def _shared_evenly(inputs: _Inputs, to: Callable[[str], list[str]]) -> dict[str, dict[int, float]]:
    found: dict[str, dict[int, float]] = {}
    for place in np.flatnonzero(inputs.unknowns):
        names = to(inputs.names[place])
        for name in names:
            own = found.setdefault(name, {})
            own[int(place)] = own.get(int(place), 0.0) + 1.0 / len(names)
    return found
