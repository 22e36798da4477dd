"""Untreated patients hold still, come to rest in one state, and stay inside every scale."""

from dataclasses import replace

import numpy as np
import pytest

from gutskin.engine import Course, Schedule, simulate
from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.population.draw import draw_patients, draw_worlds
from gutskin.population.populations import find_population, load_populations
from gutskin.population.steady_state import broadcast_parameters, run_to_steady_state
from gutskin.population.streams import patient_keys
from gutskin.trials.design import TrialDesign
from gutskin.trials.run import run_trial

SEED = 2
RTOL = 3e-3
LONGEST_STEP = 0.7  # days
LONG = 550.0  # hurried days, until both starts have met wherever there is one state
YOUNGEST = 3 * 365.25  # days: before that the body grows up
SIGNED = {"tolerance_imprint"}  # an early imprint may go either way
MOVED = ("stress",)
FLARE = Course("stress", (0.0, 0.5, 5.0, 5.5), (1.0, 6.0, 6.0, 1.0))
SETTLED = ("healthy_adult", "healthy_child", "ad_child", "ad_adult")
SCALES = {
    "s_aureus_log10_lesional": (-12, 10),  # a share of a cell where nobody carries it
    "scorad": (0, 103),
    "easi": (0, 72),
    "body_extent": (0, 100),
    "itch_score": (0, 10),
    "sleep_loss": (0, 10),
    "sign_erythema": (0, 3),
    "sign_oedema": (0, 3),
    "sign_oozing": (0, 3),
    "sign_excoriation": (0, 3),
    "sign_lichenification": (0, 3),
    "sign_dryness": (0, 3),
}


def drawn(count):
    """Parameters of `count` patients of every population, each in a world of his own."""
    model = load_model()
    centres = dict(model.values()) | draw_worlds(model, np.arange(count), SEED, "evidence")
    return broadcast_parameters(
        {
            name: draw_patients(
                model,
                find_population(name, shipped_biology()),
                patient_keys(0, name, count),
                SEED,
                centres=centres,
            ).parameters
            for name in load_populations(shipped_biology())
        }
    )


def grown_up(parameters):
    age = np.maximum(parameters["age_at_start"], YOUNGEST)
    return dict(parameters) | {"age_at_start": age}


def scorad(courses):
    return courses.quantities(("scorad",))[:, 0]


@pytest.mark.parametrize("name", ["healthy_adult", "ad_child"])
def test_an_untreated_patient_does_not_drift_over_a_year(name):
    model, parameters, count = load_model(), grown_up(drawn(256)[name]), 256
    start = run_to_steady_state(
        model, parameters, count, days=LONG, rtol=RTOL, varying=MOVED
    ).states[-1]
    year = simulate(
        model, parameters, start, Schedule(), np.arange(0.0, 366.0, 36.5),
        rtol=RTOL, h_max=LONGEST_STEP, varying=MOVED,
    ).raise_if_failed()  # fmt: skip
    score = scorad(year)
    assert np.abs(score - score[0]).max() < 1.0  # points


def test_healthy_and_severe_starts_come_to_the_same_state():
    model, count = load_model(), 2000
    parameters = grown_up(drawn(count)["ad_child"])
    ends = [
        scorad(
            run_to_steady_state(
                model, parameters, count, start=start, days=LONG, rtol=RTOL, varying=MOVED
            )
        )[-1]
        for start in ("healthy_adult", "severe")
    ]
    assert (np.abs(ends[1] - ends[0]) > 1.0).mean() < 0.005


def inside_its_scales(courses):
    """Nothing negative or without bound, and every item and endpoint inside its scale."""
    model = courses.model
    assert np.isfinite(courses.states).all()
    below = {
        name: courses.states[:, place].min()
        for place, name in enumerate(model.state_ids)
        if not name.startswith("ln_")
        and name not in SIGNED
        and courses.states[:, place].min() < 0.0
    }
    assert below == {}
    ends = {
        row.text("quantity"): (row.number("low", 0.0), row.number("high", np.inf))
        for row in model.tables.endpoints.values()
    }
    scales = ends | SCALES
    assert {name for name in model.assigned_ids if name.startswith("sign_")} <= scales.keys()
    table = courses.quantities(tuple(scales))
    assert np.isfinite(table).all()
    outside = {
        name: (table[:, place].min(), table[:, place].max())
        for place, (name, (low, high)) in enumerate(scales.items())
        if table[:, place].min() < low or table[:, place].max() > high
    }
    assert outside == {}
    assert np.isfinite(courses.assigned()).all()


@pytest.mark.parametrize("name", SETTLED)
def test_a_flare_stays_inside_every_scale(name):
    model, count = load_model(), 2000
    parameters = drawn(count)[name]
    settled = run_to_steady_state(model, parameters, count, rtol=RTOL, varying=MOVED).states[-1]
    flare = simulate(
        model, parameters, settled, Schedule(courses=(FLARE,)), [0.0, 2.0, 5.0, 8.0, 28.0],
        rtol=RTOL,
    ).raise_if_failed()  # fmt: skip
    assert scorad(flare).max() > scorad(flare)[0].max()
    inside_its_scales(flare)


@pytest.mark.parametrize("start", ["birth_vaginal", "birth_c_section"])
def test_the_first_year_from_birth_stays_inside_every_scale(start):
    model, count = load_model(), 1000
    newborn = np.repeat(model.initial(start)[:, None], count, axis=1)
    days = [0.0, 2.0, 5.0, 8.0, 28.0, 90.0, 180.0, 270.0, 365.0]
    year = simulate(
        model, drawn(count)["healthy_infant"], newborn, Schedule(courses=(FLARE,)), days, rtol=RTOL
    ).raise_if_failed()
    inside_its_scales(year)


def everyone(model):
    """The model, but no family waits for a flare before it enrols."""
    rows = dict(model.tables.conduct)
    for name in ("flare_share", "flare_share_infant"):
        rows[name] = replace(rows[name], cells={**rows[name].cells, "value": "0"})
    return replace(model, tables=replace(model.tables, conduct=rows))


def test_life_in_noise_is_stationary_without_selection_and_care():
    nothing = {"kind": "probiotic", "strains": ("w23",), "cfu_per_day": 0.0}
    design = TrialDesign.model_validate(
        {
            "name": "nothing-happens",
            "population": "ad_child",
            "eligibility": {"scorad": (0.0, 103.0)},
            "visits": {"weeks": (0.0, 8.0)},
            "arms": (
                {"name": "left", "n": 64, "interventions": (nothing,)},
                {"name": "right", "n": 64, "control": True},
            ),
            "conduct": {"in_trial_care": False},
            "analysis": {"primary": "scorad", "endpoints": ("scorad",)},
        }
    )
    asked = design, everyone(load_model()), 8
    trial = run_trial(*asked, seed=3, keep_patients=True, explained=False).data
    score = trial.latent.sel(endpoint="scorad", given="right")
    assert score.notnull().all()
    change = float(score.isel(visit=1).mean() - score.isel(visit=0).mean())
    assert abs(change) < 0.8  # points; standard error 0.25


def test_any_amount_of_indoles_does_to_skin_no_more_than_full_receptors():
    """M52 and M67: the exponents end at their gain times one more than `km_indole_skin`."""
    model, gain = load_model(), 0.1
    full = np.exp(gain * (1 + model.values()["km_indole_skin"]))
    start = np.repeat(model.initial("healthy_adult")[:, None], 2, axis=1)
    start[model.state_ids.index("gut_indole")] = (1.0, 1e9)
    moved = {"g_indole_skin": gain, "g_indole_filaggrin": gain, "k_indole": 1e-9}
    courses = simulate(model, moved, start, Schedule(), [0.0, 60.0], rtol=RTOL)
    brake = courses.quantities(("brake_skin",))[0, 0]
    assert brake[1] == pytest.approx(brake[0] / full, rel=0.01)
    filaggrin = courses.quantities(("skin_filaggrin_nonlesional",))[-1, 0]
    assert filaggrin[0] < filaggrin[1] < 1.1 * filaggrin[0] * full  # less type 2 adds a little
