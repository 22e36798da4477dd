"""Readings of worlds whose truth is known, and surveys made up in the form that a trial gives."""

import numpy as np
from synthetic import ENDPOINTS, synthetic

from gutskin.optimisation.candidates import EVERYBODY, Candidates, Enrichment
from gutskin.optimisation.readings import Key, Reading

HALVES = {"s_aureus": (False, 3.5, 1.0), "stool_butyrate": (True, 17.0, 8.0)}


def key(endpoint="scorad", week=8.0, records=1, dose=1.0, run_in_weeks=0.0, enrichment="all"):
    return Key(endpoint, week, records, dose, run_in_weeks, enrichment)


def reading(rng, worlds, effect=-3.0, spread=4.0, luck=0.5, sd=12.0, freedom=77, share=1.0, **more):
    """A comparison whose true effects are normal; `truth` is drawn first, so that it is shared."""
    z = more.get("z")
    truth = effect + spread * (rng.normal(size=worlds) if z is None else z)
    nothing = np.zeros(worlds)
    stays = more.get("stays", 1.0)
    return Reading(
        truth + rng.normal(0, luck, worlds), nothing + luck, nothing,
        sd * np.sqrt(rng.chisquare(freedom, worlds) / freedom), nothing + freedom, nothing + 1.0,
        nothing + stays, nothing + stays, nothing + share,
    )  # fmt: skip


def candidates(**more):
    """Candidates complete in every list, of one choice unless more is said."""
    values = {
        "arm": "six_strain", "endpoints": ("scorad",), "weeks": (8.0,), "dose_factors": (1.0,),
        "run_in_weeks": (0.0,), "records": (1,), "allocation": (1.0,), "visit_every_weeks": 4.0,
        "enrichment": (EVERYBODY,),
    } | more  # fmt: skip
    return Candidates(**values)


def survey_data(survey, replicates, seed=1, **more):
    """A dataset for the design of a survey, with who is in its subgroups at random."""
    rows = ENDPOINTS | {
        name: (name, "1", log, True, mean, sd) for name, (log, mean, sd) in HALVES.items()
    }
    kept = dict(ENDPOINTS)
    ENDPOINTS.update(rows)
    try:
        data = synthetic(survey.design, replicates, seed, **more)
    finally:
        ENDPOINTS.clear()
        ENDPOINTS.update(kept)
    rng = np.random.default_rng([seed, 9])
    groups = [one.name for one in survey.design.subgroups]
    inside = rng.random((len(groups), *data["measured"].shape[1:4])) < 0.5
    if groups:
        where = (("subgroup", "replicate", "arm", "patient"), inside)
        data = data.assign(member=where).assign_coords(subgroup=groups)
    return data


SENSITISED = Enrichment(name="sensitised", sensitised=True)
