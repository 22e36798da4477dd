"""What the page's code has to know of a model to run it: ids, order, central values, control."""

from __future__ import annotations

from typing import Any

from gutskin.engine.kernel_frame import FRAME, NUMBERS
from gutskin.engine.rkc import stage_coefficients
from gutskin.engine.step_size_controller import FLOOR, INITIAL_STEP, STAGES
from gutskin.model.model import Model
from gutskin.model.tables import STANCES, start_columns
from gutskin.page.wasm_code import LANES, free_parameters
from gutskin.page.wasm_link import Linked
from gutskin.population.steady_state import LONGEST_STEP, accelerated_rates, drawn_states
from gutskin.population.steady_state import STAGES as SETTLING_STAGES

RTOL = 1e-3  # as `simulate` has it
# With results asked once a week accuracy allows steps of a day and more. Eight stages bear them and
# take 584 evaluations for twelve weeks of who is given nothing, where four (0.35 days) take 984.
FOLLOWING_STAGES = 8
LONGEST_FOLLOWED = 1.2  # days, a step: below the limit of stability of the fastest states
START = "severe"  # from where bodies settle, as `run_to_steady_state` has it


def layout_of(model: Model, linked: Linked) -> dict[str, Any]:
    """All of it, ready for JSON.

    Parameters
    ----------
    linked : the compiled model
    """
    conduct = model.tables.conduct
    shares = {
        stages: [*stage_coefficients(stages).along, stage_coefficients(stages).first[-1]]
        for stages in (STAGES, SETTLING_STAGES, FOLLOWING_STAGES)
    }
    return {
        "hash": model.content_hash,
        "lanes": LANES,
        "states": model.state_ids,
        "parameters": model.parameter_ids,
        "quantities": model.assigned_ids,
        "reactions": model.reaction_ids,
        "inputs": model.input_ids,
        "free": sorted(free_parameters(model)),
        "frame": FRAME,
        "numbers": NUMBERS,
        "addresses": linked.data,
        "end": linked.end,
        "values": {stance: list(model.values(stance).values()) for stance in STANCES},
        "starts": {name: model.initial(name).tolist() for name in start_columns(model.tables)},
        "scales": model.scales.tolist(),
        "control": {"rtol": RTOL, "floor": FLOOR, "first": INITIAL_STEP, "stages": STAGES},
        "shares": shares,
        "following": {"longest": LONGEST_FOLLOWED, "stages": FOLLOWING_STAGES},
        "settling": {
            "start": START,
            "days": conduct["settle_days"].number("value"),
            "youngest": conduct["youngest_settled_days"].number("value"),
            "longest": LONGEST_STEP,
            "stages": SETTLING_STAGES,
            "faster": dict(accelerated_rates(model.biology)),
            "drawn": dict(drawn_states(model.biology)),
        },
    }
