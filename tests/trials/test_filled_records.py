"""Power of analyses that a rule fills records for, beside trials of that size made one by one."""

import numpy as np
import pytest
from known_worlds import design_with
from synthetic import synthetic

from gutskin.trials.analysis import analyse, compared
from gutskin.trials.contrast import Records
from gutskin.trials.effect_sizes import effect_sizes, usable
from gutskin.trials.filled_records import with_filled
from gutskin.trials.power import ArmPower, power_of


def trial_of(n, missing):
    design = design_with((n, n))
    analysis = design.analysis.model_copy(update={"method": "ancova", "missing": missing})
    return design.model_copy(update={"analysis": analysis})


def records(design, trials, seed, spread=0.0, chosen=False):
    """Two in five leave after the first visit; `chosen`: mostly those who are worse in the end."""
    data = synthetic(design, trials, seed=seed, dropout=0.0, effect=-6.0, spread=spread)
    own = np.stack([data["latent"].values[0, :, a, :, a, -1] for a in range(2)], axis=1)
    risk = np.where(own > 33.0, 0.6, 0.1) if chosen else np.full(own.shape, 0.4)
    gone = np.random.default_rng([seed, 1]).random(own.shape) < risk
    data["measured"].values[:, gone, 1:] = np.nan
    return data


@pytest.mark.parametrize("spread", [0.0, 4.0])
@pytest.mark.parametrize(
    ("missing", "chosen"),
    [
        ("locf", False), ("locf", True), ("completers", False), ("completers", True),
        ("as observed", False), ("as observed", True),
    ],
)  # fmt: skip
def test_monte_carlo_assurance_is_the_share_of_significant_trials(missing, chosen, spread):
    """Effect and patients were those of what was observed, the scatter that of filled records."""
    small = trial_of(30, missing)
    analysis = analyse(records(small, 800, 1, spread, chosen), small)
    found = power_of(analysis, small, [30, 60])["six_strain"]
    for at in found.at:
        design = trial_of(at.n, missing)
        many = analyse(records(design, 1000, 2, spread, chosen), design)
        share = many.endpoints["scorad"].comparisons["six_strain"].share_for.value
        # Errors of the trials here, and of the effect that 800 smaller ones have shown.
        assert at.assurance.value == pytest.approx(share, abs=3.3 * np.sqrt(0.25 / 1000) + 0.03)


def test_closed_form_what_is_carried_forward_shows_the_effect_of_those_who_stayed():
    """Who leaves after the first visit has no effect then: 60% of it is left; nobody is lost."""
    design = trial_of(50, "locf")
    its = analyse(records(design, 400, 3, 3.0), design).endpoints["scorad"]
    compared = its.comparisons["six_strain"]
    sizes = effect_sizes(compared, usable(compared))
    assert sizes.recorded == pytest.approx(0.6, abs=0.05)
    assert (compared.counted == 1.0).all()
    assert its.complete["six_strain"] == pytest.approx(0.6, abs=0.02)


def test_closed_form_completers_are_who_came_to_every_visit():
    design = trial_of(20, "completers")
    data = records(design, 3, 4)
    data["measured"].values[0, 0, 0, :, 1] = np.nan  # between the first visit and the last
    whole = np.isfinite(data["measured"].values[0]).all(axis=-1)  # replicate, arm, patient
    counted = analyse(data, design).endpoints["scorad"].comparisons["six_strain"].counted
    names = [str(one) for one in data["arm"].values]
    places = [names.index("six_strain"), names.index("placebo")]
    np.testing.assert_allclose(counted, whole.mean(axis=-1)[:, places])
    assert counted[0, 0] == 0.0


@pytest.mark.parametrize("on_logs", [False, True])
@pytest.mark.parametrize("chosen", [False, True])
def test_the_same_people_have_the_same_power_by_whichever_rule_they_are_left(chosen, on_logs):
    """Who leaves comes to no later visit: completers are those with the last one."""
    found: dict[str, ArmPower] = {}
    for missing in ("as observed", "completers"):
        design = trial_of(30, missing)
        data = records(design, 60, 6, 2.0, chosen)
        data = data.assign_coords(log=("endpoint", [on_logs]))
        analysis = analyse(data, design)
        found[missing] = power_of(analysis, design, [30, 90])["six_strain"]
    plain, some = found["as observed"], found["completers"]
    for one, two in zip(plain.at, some.at, strict=True):
        for kind in ("power", "assurance", "harm"):
            ends = [[*vars(getattr(of, kind)).values()] for of in (one, two)]
            np.testing.assert_allclose(*ends, rtol=1e-9)
    assert [one.n for one in plain.needed.values()] == [one.n for one in some.needed.values()]


@pytest.mark.parametrize("on_logs", [False, True])
def test_closed_form_shares_and_effect_of_filled_records(on_logs):
    """By hand: who is counted has both ends after the rule; effects are compared on the scale."""
    rng = np.random.default_rng(5)
    arms = [rng.uniform(10, 40, (3, 6, 3)) for _ in range(2)]
    arms[0][0, 1, 1:], arms[0][1, :2, 2] = np.nan, np.nan
    arms[1][2, 4, 0] = np.nan  # without a baseline nobody is compared
    ends = tuple(rng.uniform(10, 30, (3, 6)) for _ in range(2))
    records = Records(*arms, None, (0, 4, 8), on_logs, True, range(3), "scorad")
    plain = compared(
        tuple((one[..., 0], one[..., 2]) for one in arms), (*ends,), ends, on_logs, True
    )
    firsts = [one[..., 0] for one in arms]
    truth = tuple(zip(firsts, ends, strict=True))
    found = with_filled(plain, records, "locf", truth, (6, 0))
    last = [np.where(np.isnan(one[..., 2]), np.where(np.isnan(one[..., 1]), one[..., 0],
                     one[..., 1]), one[..., 2]) for one in arms]  # fmt: skip
    seen = [np.isfinite(one[..., 0]) & np.isfinite(end)
            for one, end in zip(arms, last, strict=True)]  # fmt: skip
    shares = [seen[0].sum(axis=1) / 6, seen[1].sum(axis=1) / 1]  # nobody enrolled: no division
    np.testing.assert_allclose(found.counted, np.stack(shares, axis=-1))
    scale = np.log if on_logs else np.asarray
    by_rule, true = (
        [_ancova(scale(arms[0][i, :, 0]), scale(some[0][i]),
                 scale(arms[1][i, :, 0]), scale(some[1][i])) for i in range(3)]
        for some in (last, ends)
    )  # fmt: skip
    np.testing.assert_allclose(found.recorded_beyond, np.subtract(by_rule, true))


def _ancova(x, y, of_control, control):
    """The difference of two arms given the baseline, by least squares."""
    arm = np.repeat([1.0, 0.0], [len(x), len(of_control)])
    columns = np.column_stack([np.ones(len(arm)), arm, np.concatenate([x, of_control])])
    values = np.concatenate([y, control])
    use = np.isfinite(columns).all(axis=1) & np.isfinite(values)
    return np.linalg.lstsq(columns[use], values[use])[0][1]
