"""How far every mechanism moves what a clinic reads, over five scenes in which much happens."""

from pathlib import Path

import numpy as np

from gutskin.engine import simulate
from gutskin.population.course import prepare
from gutskin.population.patient_file import load_patient
from gutskin.population.steady_state import run_to_steady_state

SCENES = tuple(sorted((Path(__file__).parent / "scenes").glob("*.toml")))
# What a clinic reads, and the least change of it that anybody could see.
LEAST = {
    "scorad": 0.05, "easi": 0.02, "itch_score": 0.01, "airway_inflammation": 0.01,
    "tewl_lesional": 0.1, "skin_prick_food": 0.01, "skin_prick_aero": 0.01,
}  # fmt: skip


def moved_by_mechanisms(scene: Path, rtol: float = 1e-5) -> dict[str, float]:
    """Mechanism -> the most that its absence moves, over the least that counts.

    Every mechanism is absent from the start: settled without it, where the scene settles.
    """
    case = prepare(load_patient(scene), stance="evidence")
    model = case.model
    names = list(model.tables.mechanisms)
    bodies = len(names) + 1  # the last has them all
    parameters = {name: np.asarray(value, float) for name, value in case.parameters.items()}
    for place, name in enumerate(names):
        switch = model.tables.mechanisms[name].text("switch")
        parameters[switch] = np.full(bodies, float(np.max(parameters[switch])))
        parameters[switch][place] = 0.0
    start = np.repeat(case.start[:, None], bodies, axis=1)
    if case.patient.start == "settled":
        settled = run_to_steady_state(
            model, parameters, bodies, rtol=rtol, varying=model.input_ids, workers=1
        )
        start = settled.states[-1]
    times = np.arange(0.0, case.days + 1.0, 2.0)
    courses = simulate(
        model, parameters, start, case.schedule, times, varying=model.input_ids, rtol=rtol
    )
    read = courses.quantities(tuple(LEAST))  # [time, quantity, body]
    apart = np.abs(read[:, :, :-1] - read[:, :, -1:]).max(axis=0)
    share = (apart / np.array(list(LEAST.values()))[:, None]).max(axis=0)
    return dict(zip(names, share.tolist(), strict=True))
