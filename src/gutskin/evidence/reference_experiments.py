"""What published models show, run again, and what our own shows under the same challenge.

One function per experiment; each is computed once per process. What is done stands in
`biology/reference_models/experiments.toml`, what was reported in `results.tsv`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

import numpy as np
from numpy.typing import NDArray

from gutskin.engine.trajectories import Trajectories
from gutskin.evidence.own_challenges import (
    own_colon,
    own_dupilumab,
    own_dupilumab_levels,
    own_hysteresis,
    own_infants,
    own_killing,
)
from gutskin.evidence.reference_models import (
    DAYS_PER_WEEK,
    Floats,
    ReferenceModel,
    Result,
    doses_of,
    experiment,
    load_reference,
    repeated,
    results_of,
    run,
    virtual_patients,
)

Bools = NDArray[np.bool_]

PATIENTS = 4096  # virtual patients of a published model
SITES = 2048  # virtual sites of the skin


@dataclass(frozen=True)
class Experiment:
    """Numbers beside what was reported, and the curves for the picture.

    Parameters
    ----------
    results : the numbers
    curves : name -> (x, y), what `gutskin.report.reference_models` draws
    """

    results: tuple[Result, ...]
    curves: Mapping[str, tuple[Floats, Floats]] = field(default_factory=dict)


def _trial(name: str, model: ReferenceModel) -> tuple[dict[str, Floats], Floats]:
    """EASI of every virtual patient under every arm of an experiment.

    Returns
    -------
    arm -> Array [week, patient] (points), and the weeks
    """
    plan = experiment(name)
    patients = virtual_patients(model, PATIENTS)
    settled = run(
        model, patients, repeated(model, PATIENTS),
        [0.0, plan["settle_weeks"] * DAYS_PER_WEEK], inputs=plan.get("settle_with"),
    )  # fmt: skip
    weeks = np.array(plan["weeks"], float)
    low, high = plan["kept"]
    easi = settled.quantities(["easi"])[-1, 0]
    enrolled = ~settled.failed & (easi >= low) & (easi <= high)
    start = settled.end[:, enrolled]
    parameters = {one: value[enrolled] for one, value in patients.items()}
    arms = {}
    for arm, inputs in plan["arms"].items():
        courses = run(model, parameters, start, weeks * DAYS_PER_WEEK, inputs=inputs)
        arms[arm] = courses.raise_if_failed().quantities(["easi"])[:, 0]
    return arms, weeks


def _improvement(easi: Floats) -> Floats:
    """Fall of EASI against the start (%) [week, patient]."""
    return 100 * (1 - easi / easi[0])


def _easi75(easi: Floats) -> Floats:
    """Share of patients with 75% improvement (%) [week]."""
    return 100 * (_improvement(easi) >= 75).mean(axis=-1)


@cache
def biologics() -> Experiment:
    """R1: nine biologics against atopic dermatitis, and what is left for non-responders.

    References
    ----------
    Miyano2022
    """
    arms, weeks = _trial("biologics", load_reference("miyano_2022"))
    at_16, last = int(np.flatnonzero(weeks == 16)[0]), -1
    left = _improvement(arms["dupilumab"])[last] < 75
    second = {
        arm: 100 * (_improvement(easi)[last, left] >= 75).mean()
        for arm, easi in arms.items() if arm != "dupilumab"
    }  # fmt: skip
    numbers = {f"r1_{arm}": _easi75(easi)[at_16] for arm, easi in arms.items()}
    del numbers["r1_il13_il22"]
    numbers["r1_second_line"] = second.pop("il13_il22")
    numbers["r1_best_single"] = max(second.values())
    own = own_dupilumab()
    curves = {
        arm: (weeks, _improvement(arms[arm]).mean(axis=1)) for arm in ("placebo", "dupilumab")
    }
    ours = {f"r1_{arm}": _easi75(own[arm])[-1] for arm in ("placebo", "dupilumab")}
    curves |= {
        f"own_{arm}": (own["weeks"], _improvement(own[arm]).mean(axis=1))
        for arm in ("placebo", "dupilumab")
    }
    return Experiment(results_of(numbers, ours), curves)


@cache
def flares() -> Experiment:
    """R2: the phenotypes of the double switch, and where our own skin comes to rest.

    References
    ----------
    DominguezHuttinger2017
    """
    plan, model = experiment("flares"), load_reference("double_switch_2017")
    step = 0.02
    days = np.arange(0, plan["days"] + step / 2, step)
    arms = plan["arms"]
    grid = np.arange(0.836, 0.8481, 0.001)
    kp = np.concatenate([[one["kP"] for one in arms.values()], grid])
    ai = np.concatenate([[one["aI"] for one in arms.values()], np.full(len(grid), 0.1)])
    courses = run(model, {"kP": kp, "aI": ai}, repeated(model, len(kp)), days).raise_if_failed()
    state = dict(zip(model.state_ids, np.moveaxis(courses.states, 1, 0), strict=True))
    late = days >= plan["counted_from"]
    flare = state["innate"] > 0.5
    begins = np.diff(flare.astype(int), axis=0) > 0
    share = 100 * flare[late].mean(axis=0)
    barrier = state["barrier"][late].mean(axis=0)
    place = {name: number for number, name in enumerate(arms)}
    locked = int(np.argmax(state["th2_priming"][:, place["locking"]] > 0.5))
    numbers = {
        "r2_threshold": float(grid[np.argmax(flare[:, len(arms) :].any(axis=0))]),
        "r2_healthy": share[place["healthy"]],
        "r2_mild": share[place["mild"]],
        "r2_mild_barrier": barrier[place["mild"]],
        "r2_moderate": share[place["moderate"]],
        "r2_moderate_barrier": barrier[place["moderate"]],
        "r2_locking": begins[:locked, place["locking"]].sum(),
        "r2_locking_flare": share[place["locking"]],
        "r2_severe": share[place["severe"]],
        "r2_severe_dendritic": state["dendritic_cells"][:, place["severe"]].max(),
    }
    curves = {name: (days, state["pathogens"][:, place[name]]) for name in arms}
    return Experiment(results_of(numbers, {}), curves | own_hysteresis())


@cache
def s_aureus() -> Experiment:
    """R3: S. aureus killed with CoNS spared, and killed with them.

    References
    ----------
    Miyano2022SA
    """
    arms, weeks = _trial("s_aureus", load_reference("miyano_2022_s_aureus"))
    week_4 = int(np.flatnonzero(weeks == 4)[0])
    fall = {arm: _improvement(easi)[week_4].mean() for arm, easi in arms.items()}
    numbers = {f"r3_{arm}": _easi75(arms[arm])[-1] for arm in ("dupilumab", "spared", "both")}
    for drug, arm in (("antibiotic", "flucloxacillin"), ("sha9", "sha9_resistant")):
        numbers[f"r3_{drug}"] = fall[arm] - fall["placebo"]
        numbers[f"r3_{drug}_spared"] = fall[f"{arm}_spared"] - fall["placebo"]
    own = own_killing()
    mean = {arm: _improvement(own[arm]).mean(axis=1) for arm in ("spared", "killed")}
    ours = {
        "r3_spared": _easi75(own["spared"])[-1],
        "r3_antibiotic": mean["killed"][1],
        "r3_antibiotic_spared": mean["spared"][1],
    }
    curves = {
        "own_spared": (np.array([0.0, 4, 16]), mean["spared"]),
        "own_killed": (np.array([0.0, 4, 16]), mean["killed"]),
    }
    return Experiment(results_of(numbers, ours), curves)


@dataclass(frozen=True)
class _Sites:
    """Virtual sites of the skin under one set of inputs."""

    parameters: Mapping[str, Floats]
    inputs: Mapping[str, float]

    def treated(self, start: Floats, days: float, **more: float) -> Trajectories:
        """The sites after some days; at a hard switch 32 bits may be too few to get past it."""
        courses = run(
            load_reference("lee_2024"), self.parameters, start, [0.0, days],
            inputs={**self.inputs, **more}, rtol=3e-3,
        )  # fmt: skip
        return courses.raise_if_failed()

    def balances(self) -> tuple[Bools, Bools, Floats]:
        """Who has a damaged balance, who a healthy one, and everybody's worst.

        A damaged balance is searched from several starts; a healthy one is known in closed form.
        """
        plan, model = experiment("sites"), load_reference("lee_2024")
        full = np.log(model.rows["capacity"].number("value"))
        count = len(next(iter(self.parameters.values())))
        ends = [
            self.treated(
                repeated(model, count, ln_s_aureus=a * full, ln_s_epidermidis=e * full, barrier=b),
                plan["settle_days"],
            )
            for a, e, b in plan["starts"]
        ]
        read = [
            one.quantities(["agr_aureus", "damage", "barrier", "damage_whole"])[-1] for one in ends
        ]
        agr, damage, barrier, whole = np.moveaxis(np.array(read), 1, 0)
        # worst: with agr of S. aureus on, then the thinnest barrier
        worst = np.argmin(np.where(damage > 0, barrier + (agr == 0), np.inf), axis=0)
        states = np.array([one.end for one in ends])[worst, :, np.arange(count)].T
        return (damage > 0).any(axis=0), whole[0] == 0, states

    def healed(self, start: Floats, strength: float, days: float) -> Bools:
        """Whether killing S. aureus leaves a site healthy for good.

        For good: without damage when it has settled, and nothing that grows slowly brings it back.
        """
        killed = self.treated(start, days, kill_s_aureus=strength).end
        later = self.treated(killed, experiment("sites")["settle_days"])
        damage, whole = later.quantities(["damage", "damage_whole"])[-1]
        return (damage == 0) & (whole == 0)

    def stay_healthy(self, start: Floats, days: float) -> Bools:
        """Who is found without damage each time, over many years, without knowing any balance.

        Looked at each time a damaged site would have settled; who is damaged then is ill for good.
        """
        span = experiment("sites")["settle_days"]
        left = np.arange(start.shape[1])
        for _ in range(math.ceil(days / span)):
            if not len(left):
                break
            some = {name: value[left] for name, value in self.parameters.items()}
            later = _Sites(some, self.inputs).treated(start, span)
            sound = later.quantities(["damage"])[-1, 0] == 0
            left, start = left[sound], later.end[:, sound]
        return np.isin(np.arange(len(next(iter(self.parameters.values())))), left)


def healed_by_long_killing(parameters: Mapping[str, Floats], start: Floats, which: Bools) -> Bools:
    """Who of some sites stays healthy once the strongest killing, kept up for years, has ended.

    FollowUp in time, as the paper does; whether a healthy balance exists is not asked.

    Parameters
    ----------
    parameters : id -> Array [site]
    start : Array [state, site]
    which : Array [site]
    """
    plan = experiment("sites")
    sites = _Sites({name: value[which] for name, value in parameters.items()}, {})
    strength, days = plan["long_kill"]
    killed = sites.treated(start[:, which], days, kill_s_aureus=strength).end
    return sites.stay_healthy(killed, plan["followed_days"])


@cache
def skin_sites() -> Experiment:
    """R3: which sites of the skin are healed for good by killing S. aureus.

    References
    ----------
    Lee2024
    """
    plan = experiment("sites")
    drawn = virtual_patients(load_reference("lee_2024"), SITES)
    damaged, healthy, worst = _Sites(drawn, {}).balances()
    ill = {name: value[damaged] for name, value in drawn.items()}
    worst, stays = worst[:, damaged], ~healthy[damaged]
    numbers = {
        "r3_reversible": 100 * (damaged & healthy).mean(),
        "r3_irreversible": 100 * (damaged & ~healthy).mean(),
    }
    for strength, days in plan["kills"]:
        healed = _Sites(ill, {}).healed(worst, strength, days)
        numbers[f"r3_kill_{strength}_{days}"] = 100 * healed.mean()
    numbers["r3_kill_irreversible"] = 100 * healed_by_long_killing(ill, worst, stays).mean()
    stronger = _Sites(ill, {"attenuation": plan["attenuation"]})
    still, _, worst = stronger.balances()
    numbers["r3_attenuated"] = 100 * (~still).mean()
    numbers["r3_attenuated_kill"] = 100 * stronger.healed(worst, *plan["kills"][-1]).mean()
    return Experiment(results_of(numbers, {}))


@cache
def colon() -> Experiment:
    """R4: acids, acidity and microbes of the colon; our own model, which has a colon.

    References
    ----------
    Kettle2015, Kettle2018
    """
    return Experiment(results_of({}, own_colon()))


@cache
def infants() -> Experiment:
    """R5: milk for long enough makes up for a caesarean birth; in ours birth leaves no mark.

    References
    ----------
    XiongInfant
    """
    plan, model = experiment("infants"), load_reference("xiong_infant")
    weaning = np.array(plan["weaning"], float)
    ends = {}
    for birth, start in plan["arms"].items():
        courses = run(
            model, {"weaning": weaning}, repeated(model, len(weaning), **start),
            [0.0, float(plan["days"])], rtol=1e-4,
        )  # fmt: skip
        ends[birth] = courses.raise_if_failed().quantities(["log_ratio"])[-1, 0]
    at = {day: int(np.flatnonzero(weaning == day)[0]) for day in (90, 180, 365)}
    numbers = {f"r5_c_section_{day}": ends["c_section"][place] for day, place in at.items()}
    numbers["r5_vaginal"] = ends["vaginal"].min()
    numbers["r5_switch"] = float(weaning[np.argmax(ends["c_section"] > 0)])
    curves = {birth: (weaning, ends[birth]) for birth in ends} | own_infants()
    return Experiment(results_of(numbers, {}), curves)


@cache
def dupilumab() -> Experiment:
    """R6: dupilumab in the blood while it is given and after.

    References
    ----------
    Kovalenko2016
    """
    plan, model = experiment("dupilumab"), load_reference("kovalenko_2016")
    times, schedule, trough, last = doses_of(plan, "depot", model.rows["F"].number("value"))
    typical = run(model, {}, repeated(model, 1), times, schedule=schedule, rtol=1e-4)
    level = typical.raise_if_failed().quantities(["concentration"])[:, 0, 0]
    own = own_dupilumab_levels()
    gone = times[np.argmax((own < plan["detected"]) & (times > last)[:, None], axis=0)]
    numbers = {
        "r6_trough_typical": level[trough],
        "r6_washout_typical": _gone(times, level, last, plan["detected"]),
    }
    ours = {
        "r6_trough": own[trough].mean(),
        "r6_washout": float(np.median(gone - last)) / DAYS_PER_WEEK,
    }
    curves = {"published": (times / DAYS_PER_WEEK, level)}
    for share in (5, 50, 95):
        curves[f"own_{share}"] = (times / DAYS_PER_WEEK, np.percentile(own, share, axis=1))
    return Experiment(results_of(numbers, ours), curves)


def _gone(times: Floats, level: Floats, last: float, detected: float) -> float:
    """Days from the last dose until a level is below what is detected."""
    return float(times[np.argmax((level < detected) & (times > last))] - last)


EXPERIMENTS: Mapping[str, Callable[[], Experiment]] = {
    "R1": biologics, "R2": flares, "R3": s_aureus, "R3 sites": skin_sites, "R4": colon,
    "R5": infants, "R6": dupilumab,
}  # fmt: skip
