"""A trial's dataset made up in the exact form that `conduct` gives, for tests of what reads it."""

import numpy as np
import xarray as xr

from gutskin.trials.chunks import to_bytes
from gutskin.trials.conduct import ReplicateBatch
from gutskin.trials.store import file_name

ENDPOINTS = {
    # name: label, unit, log, lower is better, mean, sd between patients
    "scorad": ("SCORAD", "points", False, True, 40.0, 9.0),
    "easi": ("EASI", "points", False, True, 15.0, 5.0),
    "itch": ("Itch", "points", False, True, 6.0, 1.5),
    "tewl": ("TEWL", "g/m2/h", False, True, 25.0, 6.0),
    "skin_ph": ("Skin pH", "pH", False, True, 5.6, 0.3),
    "il5": ("IL-5", "pg/mL", True, True, 8.0, 4.0),
    "il6": ("IL-6", "pg/mL", True, True, 3.0, 1.5),
    "il10": ("IL-10", "pg/mL", True, False, 5.0, 2.0),
    "ifn_gamma": ("IFN-γ", "pg/mL", True, True, 10.0, 5.0),
    "total_ige": ("Total IgE", "kU/L", True, True, 300.0, 280.0),
}


def synthetic(
    design, replicates=50, seed=1, stance="evidence", effect=-3.0, dropout=0.05, spread=4.0
):
    """A dataset for `design` whose true effect on SCORAD is normal(effect, spread) points."""
    rng = np.random.default_rng([seed, stance == "article"])
    names = list(design.analysis.endpoints)
    arms = [arm.name for arm in design.arms]
    size = max(arm.n for arm in design.arms)
    weeks = np.array(design.visits.weeks)
    shape = (replicates, len(arms), size)
    world = rng.normal(size=(replicates, 5))
    gain = effect / 9.0 + spread / 9.0 * world[:, 0]
    latent = np.empty((len(names), *shape, len(arms), len(weeks)))
    measured = np.empty((len(names), *shape, len(weeks)))
    for e, name in enumerate(names):
        _, _, log, _, mean, sd = ENDPOINTS[name]
        patient = rng.normal(size=shape)
        fall = 0.6 * weeks / weeks[-1]
        for g, arm in enumerate(design.arms):
            on = 0.0 if arm.control else 1.0
            z = patient[..., None] - fall + on * gain[:, None, None, None] * weeks / weeks[-1]
            latent[e, ..., g, :] = np.exp(np.log(mean) + sd / mean * z) if log else mean + sd * z
        noise = rng.normal(size=measured[e].shape) * (0.3 if log else 0.6 * sd)
        own = np.stack([latent[e, :, a, :, a] for a in range(len(arms))], axis=1)
        measured[e] = own * np.exp(noise) if log else own + noise
    gone = rng.random(shape) < dropout
    measured[:, gone, 1:] = np.nan
    for a, arm in enumerate(design.arms):
        measured[:, :, a, arm.n :], latent[:, :, a, arm.n :] = np.nan, np.nan
    rows = [ENDPOINTS[name] for name in names]
    return xr.Dataset(
        {
            "measured": (("endpoint", "replicate", "arm", "patient", "visit"), measured),
            "latent": (("endpoint", "replicate", "arm", "patient", "given", "visit"), latent),
            "world": (("replicate", "uncertain"), world),
        },
        coords={
            "endpoint": names,
            "label": ("endpoint", [row[0] for row in rows]),
            "unit": ("endpoint", [row[1] for row in rows]),
            "log": ("endpoint", [row[2] for row in rows]),
            "lower_is_better": ("endpoint", [row[3] for row in rows]),
            "replicate": np.arange(replicates),
            "arm": arms,
            "given": arms,
            "patient": np.arange(size),
            "visit": weeks,
            "uncertain": [f"k_{i}" for i in range(5)],
            "note": ("uncertain", ["strain gain on gut Treg", *(f"rate {i}" for i in range(4))]),
        },
        attrs={
            "trial": design.name,
            "stance": stance,
            "seed": seed,
            "model_version": "0.1.0",
            "model_hash": "0123abcd",
        },
    )


def with_routes(data, lost, replicates=10, effect=-3.0, seed=3):
    """The dataset with true effects under closed routes, of which these shares are lost."""
    rng = np.random.default_rng(seed)
    whole = rng.normal(effect, 4.0, replicates)
    kept = [
        whole,
        *(whole * (1 - share + rng.normal(0, 0.02, replicates)) for share in lost.values()),
    ]
    values = (("route", "followed"), np.stack(kept))
    return data.assign(effect_without=values).assign_coords(route=["", *lost])


def in_a_file(data, design, folder, name="synthetic"):
    """The patients of a dataset as the file of one chunk."""
    folder.mkdir(parents=True, exist_ok=True)
    content = to_bytes(ReplicateBatch(data, {}, None, ()), design)
    path = folder / file_name(name, content)
    path.write_bytes(content)
    return path
