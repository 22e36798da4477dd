"""What trials differ by: known worlds found again, too few told as such, and nothing drawn anew."""

import numpy as np
import pytest
from synthetic import synthetic

from gutskin.model.biology import PRIOR, shipped_biology
from gutskin.model.compiled import load_model
from gutskin.population.draw import conduct_rows, draw_conduct, spread_at
from gutskin.population.own_conduct import own_conduct, own_share
from gutskin.trials.analysis import analyse
from gutskin.trials.design import load_trial
from gutskin.trials.study import prepare
from gutskin.trials.variance_parts import (
    OF_TRIAL,
    own_of_trials,
    shares_of_variance,
    variance_shares_of,
    why_untold,
)

DESIGN = load_trial("six-strain-children")


def test_closed_form_the_parts_of_a_trial_that_was_made_up():
    """Of 20 patients an arm: sd 9 of the body, all of it in the baseline; error 5.4; worlds 4."""
    data = synthetic(DESIGN, 2000, spread=4.0, dropout=0.0)
    found = shares_of_variance(data, DESIGN, analyse(data, DESIGN))["variance_shares"]
    assert sum(one["share"] for one in found.values()) == pytest.approx(1.0)
    slope = 81 / (81 + 5.4**2)
    error = 5.4**2 * (1 + slope**2) + (1 - slope) ** 2 * 81
    whole = 16 + error * (2 / 20) * (1 + 1 / 38)
    assert found["unknown"]["share"] == pytest.approx(16 / whole, abs=0.02)
    # The same body is at both visits, so that who takes part is no luck that a baseline leaves.
    assert found["patients"]["share"] < 0.01
    low, high = found["unknown"]["ci95"]
    assert low < found["unknown"]["share"] < high


def test_closed_form_on_logarithms_they_are_shares_of_the_ratio():
    """As if the logarithms were the endpoint: sd 0.93 of the body; error 0.3; worlds 0.41."""
    asked = {"primary": "total_ige", "endpoints": ("total_ige",)}
    design = DESIGN.model_copy(update={"analysis": DESIGN.analysis.model_copy(update=asked)})
    data = synthetic(design, 400, spread=4.0, dropout=0.0)
    found = shares_of_variance(data, design, analyse(data, design))["variance_shares"]
    plain = data.assign(measured=np.log(data["measured"]), latent=np.log(data["latent"]))
    plain = plain.assign_coords(log=("endpoint", [False]))
    again = shares_of_variance(plain, design, analyse(plain, design))["variance_shares"]
    for kind, one in found.items():
        assert one["share"] == pytest.approx(again[kind]["share"])
    assert found["unknown"]["share"] > 0.5


def test_unit_larger_trials_differ_by_their_worlds():
    data = synthetic(DESIGN, 60)
    found = variance_shares_of(data, DESIGN, analyse(data, DESIGN), {"large": 50.0})["six_strain"]
    assert found["large"]["unknown"]["share"] > found[""]["unknown"]["share"]


def test_unit_too_few_repetitions_are_told_as_such():
    data = synthetic(DESIGN, 20)
    analysis = analyse(data, DESIGN)
    found = shares_of_variance(data, DESIGN, analysis)["variance_shares"]
    assert {*found} == {"patients", "chance", "unknown"}
    assert all(one == {"share": None, "ci95": None} for one in found.values())
    assert "not told" in next(why_untold(DESIGN, analysis))


@pytest.mark.parametrize("draws", [PRIOR, "posterior"])
def test_double_programming_what_a_trial_has_of_its_own_is_what_was_drawn(draws):
    from gutskin.model.usual_draws import biology_of_worlds

    model, numbers = load_model(biology_of_worlds(draws=draws)), np.arange(6)
    rows = {name: conduct_rows(model)[name] for name in OF_TRIAL}
    drawn = draw_conduct(model, numbers, 3)
    own = own_conduct(OF_TRIAL, numbers, 3)
    if draws == PRIOR:
        assert own_share(model) == 0.5
        for place, (name, row) in enumerate(rows.items()):
            np.testing.assert_allclose(
                drawn[name], spread_at(row, row.number("value"), own[:, place])
            )
    else:
        assert own_share(model) == 1.0
        again = draw_conduct(model, numbers, 3, own_seed=4)  # the same worlds, other trials
        apart = own - own_conduct(OF_TRIAL, numbers, 4)
        row = rows["rater_shift"]
        width = (row.number("high") - row.number("low")) / 3.919927969080108
        np.testing.assert_allclose(
            drawn["rater_shift"] - again["rater_shift"], np.sqrt(0.5) * width * apart[:, 1]
        )


def test_unit_a_product_shifts_and_worlds_of_the_ensemble_repeat():
    model = load_model(shipped_biology())
    found = own_of_trials(prepare(DESIGN, model, 1200, 1, "evidence"))
    (_, own), (_, share), (_, world) = (
        found[name] for name in ("own", "own_share", "world_number")
    )
    assert own.shape == (1200, len(share))
    assert len(share) > len(OF_TRIAL)
    assert own.std(axis=0).min() > 0
    repeats = len(np.unique(world)) < 1200
    assert repeats == (model.biology.draws == "posterior")
