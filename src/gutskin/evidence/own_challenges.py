"""Our own model under the challenges of published ones, without noise or measurement error.

All courses share the inputs that may move and the quantities that are read, so that one compiled
function serves all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np

from gutskin.engine import Hold, Schedule
from gutskin.engine.trajectories import Trajectories
from gutskin.evidence.reference_models import DAYS_PER_WEEK, Floats, doses_of, experiment
from gutskin.model.compiled import load_model
from gutskin.model.drugs import drugs
from gutskin.model.model import Model
from gutskin.population.bounds import refuse_unsound
from gutskin.population.draw import draw_patients
from gutskin.population.drugs import DUPILUMAB, drug_traits
from gutskin.population.populations import find_population
from gutskin.population.steady_state import broadcast_parameters, run_to_steady_state
from gutskin.population.streams import patient_keys

PATIENTS = 256
INFANTS = 64
SEED = 1
RTOL = 3e-3
MOLAR_MASS_CARBON = 12.011e-3  # g/mmol
MOVED = (
    "emollient", "topical_steroid", "bleach_bath", "g_phage_kill", "diet_fibre", "allergen_skin",
)  # fmt: skip
GUILDS = ("bifidobacteria", "bacteroides", "butyrate_producers", "lactate_users", "enterobacteria")
ACIDS = ("acetate", "propionate", "butyrate")
QUANTITIES = (
    "easi", "scorad", "drug_1_level", "s_aureus_log10_lesional", "gut_ph", "gut_biomass",
    "stool_scfa_output",
    *(f"{acid}_concentration" for acid in ACIDS), *(f"gut_{guild}" for guild in GUILDS),
)  # fmt: skip

Parameters = dict[str, Any]


@cache
def _populations() -> Mapping[str, Parameters]:
    """Parameters of three populations, the same ids drawn in each."""
    model = load_model()
    drawn = {}
    for name in ("ad_adult", "healthy_adult", "healthy_infant"):
        patients = draw_patients(
            model, find_population(name, model.biology), patient_keys(0, name, PATIENTS), SEED,
            centres=model.values(),
        )  # fmt: skip
        weaning = np.full(PATIENTS, model.values()["t_weaning"])
        antibody = drug_traits(model.biology, {DUPILUMAB: 1})  # nobody has any of it before a dose
        drawn[name] = {**patients.parameters, "t_weaning": weaning, **antibody}
    return broadcast_parameters(drawn)


def _read(courses: Trajectories) -> dict[str, Floats]:
    """Every quantity that is looked at, id -> Array [time, patient]."""
    read = dict(zip(QUANTITIES, np.moveaxis(courses.quantities(QUANTITIES), 1, 0), strict=True))
    refuse_unsound(load_model(), courses, read)
    return read


def _follow(
    parameters: Parameters, start: Floats, schedule: Schedule, days: Sequence[float] | Floats
) -> dict[str, Floats]:
    from gutskin.engine import simulate

    return _read(
        simulate(load_model(), parameters, start, schedule, days, rtol=RTOL, varying=MOVED)
    )


@cache
def _settled(population: str) -> Floats:
    """The stationary state of a population [state, patient]."""
    courses = run_to_steady_state(
        load_model(), _populations()[population], PATIENTS, rtol=RTOL, varying=MOVED
    )
    return courses.end


@cache
def _severe_adults() -> tuple[Parameters, Floats]:
    """Adults with atopic dermatitis as trials of dupilumab enrol them, and their states."""
    parameters, start = _populations()["ad_adult"], _settled("ad_adult")
    easi = _follow(parameters, start, Schedule(), [0.0, 1.0])["easi"][0]
    chosen = easi >= experiment("own")["easi_from"]
    return _of(parameters, chosen), start[:, chosen]


def _of(parameters: Parameters, chosen: Any) -> Parameters:
    return {name: v[chosen] if np.ndim(v) else v for name, v in parameters.items()}


def own_dupilumab() -> dict[str, Floats]:
    """EASI over 16 weeks on dupilumab and on placebo, both with the care of a trial.

    Returns
    -------
    dict
        "placebo", "dupilumab": Array [week, patient] (points); "weeks"
    """
    plan, model = experiment("own"), load_model()
    parameters, start = _severe_adults()
    weeks = np.arange(0, 17, 1.0)
    end = weeks[-1] * DAYS_PER_WEEK
    care = [
        Hold(name, 0.0, end, np.minimum(parameters.get(name, model.values()[name]) + more, 1.0))
        for name, more in plan["care"].items()
    ]
    drug = doses_of(experiment("dupilumab"), "drug_1_depot", _bioavailability(model))[1]
    arms = {"placebo": Schedule(tuple(care)), "dupilumab": Schedule(tuple(care), drug.pulses)}
    seen = {
        arm: _follow(parameters, start, schedule, weeks * DAYS_PER_WEEK)["easi"]
        for arm, schedule in arms.items()
    }
    return {**seen, "weeks": weeks}


def own_dupilumab_levels() -> Floats:
    """Dupilumab in the blood (mg/L) of adults, every day of 16 weeks and after [day, patient]."""
    times, schedule, *_ = doses_of(
        experiment("dupilumab"), "drug_1_depot", _bioavailability(load_model())
    )
    parameters = _populations()["ad_adult"]
    return _follow(parameters, _settled("ad_adult"), schedule, times)["drug_1_level"]


def _bioavailability(model: Model) -> float:
    return drugs(model.biology)[DUPILUMAB].number("bioavailability")


def own_killing() -> dict[str, Floats]:
    """EASI and S. aureus (log10) at weeks 0, 4 and 16, killed with CoNS spared or with them.

    Returns
    -------
    dict
        "spared", "killed": Array [week, patient] (points); "spared_log10", "killed_log10": the
        fall of S. aureus at week 16, Array [patient]
    """
    plan = experiment("own")
    parameters, start = _severe_adults()
    seen = {}
    for arm in ("spared", "killed"):
        holds = tuple(Hold(name, 0.0, 113.0, value) for name, value in plan[arm].items())
        read = _follow(parameters, start, Schedule(holds), [0.0, 28.0, 112.0])
        log10 = read["s_aureus_log10_lesional"]
        seen |= {arm: read["easi"], f"{arm}_log10": log10[0] - log10[-1]}
    return seen


def own_colon() -> dict[str, float]:
    """Acids, acidity and microbes of the colon of healthy adults, by id of results.tsv."""
    plan, model = experiment("own"), load_model()
    parameters, start = _populations()["healthy_adult"], _settled("healthy_adult")
    days = [0.0, float(plan["fibre_days"])]
    fibre = Schedule((Hold("diet_fibre", 0.0, days[-1] + 1, plan["fibre"]),))
    slow = {**parameters, "k_transit": parameters["k_transit"] / plan["slower"]}
    usual = _follow(parameters, start, Schedule(), days)
    total, butyrate = _acids(usual)
    fed, fed_butyrate = _acids(_follow(parameters, start, fibre, days))
    stayed = _follow(slow, start, Schedule(), days)
    slower, _ = _acids(stayed)
    leaves = stayed["stool_scfa_output"][-1].mean() / usual["stool_scfa_output"][-1].mean()
    values, transit = model.values(), parameters["k_transit"]
    leaving = np.zeros(PATIENTS)
    for guild in GUILDS:
        there = usual[f"gut_{guild}"][-1]
        crowding = values["g_crowding"] * there / values["x_gut"]
        leaving += transit * there * (1 + (guild != "enterobacteria") * crowding)
    shares = {
        f"r4_{acid}": 100 * usual[f"{acid}_concentration"][-1].mean() / total for acid in ACIDS
    }
    return shares | {
        "r4_total": total,
        "r4_ph": float(usual["gut_ph"][-1].mean()),
        "r4_microbes": leaving.mean() * MOLAR_MASS_CARBON / plan["carbon_share"],
        "r4_fibre": 100 * (fed / total - 1),
        "r4_fibre_butyrate": 100 * (fed_butyrate - butyrate),
        "r4_transit": 100 * (slower / total - 1),
        "r4_transit_stool": 100 * (leaves - 1),
    }


def _acids(read: Mapping[str, Floats]) -> tuple[float, float]:
    """All acids (mmol/L) and the butyrate share at the end, means over patients."""
    each = [float(read[f"{acid}_concentration"][-1].mean()) for acid in ACIDS]
    return sum(each), each[-1] / sum(each)


def own_infants() -> dict[str, tuple[Floats, Floats]]:
    """log10 of bifidobacteria over Bacteroides and kin by age, per birth and weaning."""
    plan, model = experiment("own"), load_model()
    days = np.array([0.0, *plan["infant_days"]])
    infants = _of(_populations()["healthy_infant"], slice(INFANTS))
    curves = {}
    for birth in ("birth_vaginal", "birth_c_section"):
        start = np.repeat(model.initial(birth)[:, None], INFANTS, axis=1)
        for weaning in plan["infant_weaning"]:
            parameters = {
                **infants,
                "t_weaning": np.full(INFANTS, float(weaning)),
                "age_at_start": np.zeros(INFANTS),
            }
            read = _follow(parameters, start, Schedule(), days)
            ratio = np.log10(read["gut_bifidobacteria"] / read["gut_bacteroides"]).mean(axis=1)
            curves[f"own_{birth}_{weaning}"] = (days[1:], ratio[1:])
    return curves


def own_hysteresis() -> dict[str, tuple[Floats, Floats]]:
    """SCORAD at rest by everyday allergen, come from health and come from severe disease."""
    plan = experiment("own")
    allergen = np.array(plan["allergen"], float)
    typical = {
        name: np.full(len(allergen), np.median(v)) if np.ndim(v) else v
        for name, v in _populations()["ad_adult"].items()
    }
    curves = {}
    for atopy in plan["atopy"]:
        parameters = {
            **typical, "atopy": atopy * typical["atopy"], "allergen_skin": allergen,
        }  # fmt: skip
        for start in ("healthy_adult", "severe"):
            courses = run_to_steady_state(
                load_model(), parameters, len(allergen), start=start, days=120.0, rtol=1e-3,
                varying=MOVED,
            )  # fmt: skip
            curves[f"own_{start}_{atopy}"] = (allergen, _read(courses)["scorad"][-1])
    return curves
