"""Every row of drugs.tsv and topicals.tsv acts where it says, in every use that it allows."""

import numpy as np
import pytest

from gutskin.engine import Schedule, simulate
from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.model.drugs import JAK, drugs, is_oral, targets_of
from gutskin.model.topicals import topicals
from gutskin.population.doses import Drug, Topical, dose_schedule
from gutskin.population.draw import draw_patients
from gutskin.population.drugs import drug_places, drug_traits
from gutskin.population.populations import find_population
from gutskin.population.streams import patient_keys

DRUGS, CREAMS = drugs(shipped_biology()), topicals(shipped_biology())
TARGETS = (
    "il4ra", "il13", "il31r", "il22", "il17", "il5", "tslp", "il33", "ox40", "ox40_depleted", "ige",
)  # fmt: skip
DAYS = 28.0
USES = [
    (name, use)
    for name, row in CREAMS.items()
    for use in ("daily", "as_needed", "twice_weekly")
    if use == "daily" or row.number(use, 0.0)
]


def followed(doses, quantities):
    """Those quantities of two adults after four weeks, and their states [state, patient]."""
    model = load_model()
    keys = patient_keys(0, "rows", 2)
    who = find_population("ad_adult", model.biology)
    own = dict(draw_patients(model, who, keys, 1, centres=model.values("evidence")).parameters)
    own |= drug_traits(model.biology, drug_places(doses, DRUGS))
    own = {name: np.broadcast_to(np.asarray(value, float), 2) for name, value in own.items()}
    plan = dose_schedule(doses, model, {}, own, DAYS + 1)
    start = np.repeat(model.initial("severe")[:, None], 2, axis=1)
    courses = simulate(
        model, own, start, Schedule(plan.holds, plan.pulses), [0.0, DAYS], rtol=1e-4,
        varying=model.input_ids, workers=1,
    )  # fmt: skip
    names = model.state_ids
    own_states = [n for n, one in enumerate(names) if not one.startswith("drug_")]
    read = dict(zip(quantities, courses.quantities(tuple(quantities))[-1], strict=True))
    return read, courses.states[-1][own_states]


@pytest.fixture(scope="module")
def untreated():
    return followed([], ["easi"])[1]


@pytest.mark.parametrize("name", DRUGS)
def test_a_drug_takes_its_targets_away_and_no_other(name, untreated):
    row = DRUGS[name]
    blocked = [f"blocked_{one}" for one in TARGETS]
    dose = Drug(kind="drug", name=name, start_day=0.0)
    read, states = followed([dose], [*blocked, "jak_skin"])
    for target in TARGETS:
        taken = read[f"blocked_{target}"]
        assert (taken > 0.1).all() if target in targets_of(row) else (taken == 0.0).all(), target
    assert (read["jak_skin"] > 0.1).all() == (JAK in targets_of(row)) == is_oral(row)
    assert np.abs(states - untreated).max() > 1e-3  # something of the body follows


@pytest.mark.parametrize(("name", "use"), USES)
def test_a_cream_acts_in_every_use(name, use):
    dose = Topical(kind="topical", name=name, use=use, start_day=0.0)
    own, plain = followed([dose], ["easi"])[0], followed([], ["easi"])[0]
    assert (own["easi"] < 0.999 * plain["easi"]).all()


def test_two_antibodies_and_a_tablet_act_at_once():
    doses = [
        Drug(kind="drug", name=name, start_day=0.0)
        for name in ("dupilumab", "nemolizumab", "abrocitinib")
    ]
    read, _ = followed(doses, ["blocked_il4ra", "blocked_il31r", "jak_skin"])
    assert all((value > 0.1).all() for value in read.values())


def test_closed_form_a_steroid_on_two_days_a_week_does_more_than_its_share():
    """Half of the most is had at `km_steroid_use` of the days; each week is a mean of its days."""
    model = load_model()
    half = model.tables.parameters["km_steroid_use"].number("value")
    effects = {}
    for use in ("daily", "twice_weekly"):
        dose = Topical(kind="topical", name="steroid_medium", use=use, start_day=0.0)
        read = followed([dose], ["steroid_effect", "skin_steroid", "skin_steroid_tolerance"])[0]
        tired = 1 + model.values("evidence")["g_steroid_tolerance"] * read["skin_steroid_tolerance"]
        effects[use] = (read["skin_steroid"], read["steroid_effect"] * tired)
    (often, most), (seldom, some) = effects["daily"], effects["twice_weekly"]
    assert seldom / often == pytest.approx(2 / 7, rel=0.02)
    assert some / most == pytest.approx(seldom * (half + often) / often / (half + seldom), rel=1e-3)
    assert (some / most > 1.5 * seldom / often).all()
