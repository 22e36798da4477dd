"""Power, assurance, harm: in closed form, by other programs, beside trials made one by one."""

from dataclasses import replace

import numpy as np
import pytest
from known_worlds import DESIGN, analysis_of, design_with, replicates_of
from scipy.stats import norm
from scipy.stats import t as student
from synthetic import synthetic

from gutskin.errors import InputError
from gutskin.trials import power_curves, power_summary
from gutskin.trials.analysis import analyse
from gutskin.trials.difference_test import chance_of_significance
from gutskin.trials.effect_sizes import effect_sizes, usable
from gutskin.trials.power import ArmPower, power_of
from gutskin.trials.power_curves import GROUPS, MOST, Estimate, curves_of
from gutskin.trials.power_summary import _warnings, summarise_power


@pytest.mark.parametrize("luck", [0.0, 1.0, 4.0])
@pytest.mark.parametrize("spread", [0.0, 4.0])
def test_property_the_luck_of_patients_is_taken_out_of_the_spread_of_worlds(luck, spread):
    """Over many studies: mean and variance of the worlds, whatever the luck of their patients."""
    rng = np.random.default_rng(6)
    means, variances = [], []
    for _ in range(300):
        its, *_ = replicates_of(rng, 100, spread=spread, luck=luck, recorded=0.0)
        its = its.__class__(**{**its.__dict__, "recorded_beyond": np.zeros(100)})
        sizes = effect_sizes(its, usable(its))
        means.append(sizes.best)
        variances.append(sizes.effect.var(ddof=1))
    error = np.std(means) / np.sqrt(300)
    assert abs(np.mean(means) + 3.0) < 4 * max(error, 1e-9)
    # A variance is at least nothing, so where worlds do not differ what is left is a little.
    off = np.mean(variances) - spread**2
    most = 4 * np.std(variances) / np.sqrt(300) + (0.12 * luck**2 if spread == 0 else 0)
    assert abs(off) <= most + 1e-9


def test_property_scatter_between_patients_loses_the_scatter_of_its_estimate():
    rng = np.random.default_rng(7)
    its, _, truth = replicates_of(rng, 4000, sd_spread=0.2, freedom=10)
    sizes = effect_sizes(its, usable(its))
    assert np.log(sizes.residual_sd).std() == pytest.approx(0.2, rel=0.06)
    assert np.log(sizes.residual_sd).mean() == pytest.approx(np.log(truth).mean(), abs=0.02)
    assert np.log(its.residual_sd).std() > 0.28  # what was seen
    alike, *_ = replicates_of(rng, 400, sd_spread=0.0, freedom=10)
    assert np.ptp(effect_sizes(alike, usable(alike)).residual_sd) / 12 < 0.5
    assert effect_sizes(alike, usable(alike)).typical_sd == pytest.approx(12.0, rel=0.05)


def test_property_what_records_take_off_a_difference_is_taken_off():
    rng = np.random.default_rng(8)
    its, truth, _ = replicates_of(rng, 4000, recorded=-0.1)
    sizes = effect_sizes(its, usable(its))
    assert sizes.recorded == pytest.approx(0.9, abs=0.02)
    assert sizes.best == pytest.approx(0.9 * truth.mean(), rel=0.04)
    none, *_ = replicates_of(rng, 50, effect=0.1, spread=0.1, luck=0.0)
    assert abs(effect_sizes(none, usable(none)).best) < 1.0  # noise is no share


@pytest.mark.parametrize("worlds", [40, 200])
def test_property_two_errors_of_the_recorded_share_hold_it(worlds):
    """Forty worlds said 129% where two hundred said 100%, and nothing told that both are one."""
    rng, held, means = np.random.default_rng(14), [], []
    for _ in range(400):
        its, *_ = replicates_of(rng, worlds, effect=-1.0, spread=1.6)
        its = replace(its, recorded_beyond=rng.normal(0, 1.5, worlds))
        sizes = effect_sizes(its, usable(its))
        held.append(abs(sizes.recorded - 1) <= 2 * sizes.recorded_error)
        without = sizes.effect.std(ddof=1) / np.sqrt(worlds)
        means.append(np.square(sizes.error) - np.square(without))
    assert np.mean(held) >= 0.94
    assert min(means) > 0  # the error of the best estimate has that of the share


def test_closed_form_assurance_of_normal_worlds():
    """Effects N(m, T) and a known scatter: assurance is a normal integral for large trials."""
    rng = np.random.default_rng(9)
    its, *_ = replicates_of(rng, 40_000, freedom=100_000, luck=0.0)
    its = its.__class__(**{**its.__dict__, "recorded_beyond": np.zeros(40_000)})
    (at,) = power_of(analysis_of(its), DESIGN, [400])["six_strain"].at
    error = 12 * np.sqrt(2 / 400)
    whole = np.hypot(4, error)
    assert at.power.value == pytest.approx(norm.cdf(3 / error - 1.96), abs=0.01)
    assert at.assurance.value == pytest.approx(norm.cdf((3 - 1.96 * error) / whole), abs=0.01)
    assert at.harm.value == pytest.approx(norm.cdf((-3 - 1.96 * error) / whole), abs=0.005)


@pytest.mark.parametrize("luck", [0.3, 4.0])
def test_property_assurance_is_that_of_the_worlds_and_not_of_the_replicates(luck):
    """Unbiased where the patients of a replicate blur as much as worlds differ, too."""
    rng, n = np.random.default_rng(10), 100
    off, naive = [], []
    for _ in range(100):
        its, truth, sd = replicates_of(rng, 200, luck=luck, freedom=17, sd_spread=0.2)
        its = its.__class__(**{**its.__dict__, "recorded_beyond": np.zeros(200)})
        assurance = curves_of(analysis_of(its).endpoints["scorad"], DESIGN, "six_strain")
        chance = chance_of_significance(n, n, True, 3.0)
        off.append(assurance.at("assurance", n).value - chance(-truth / sd).mean())
        naive.append(
            chance(-its.tested_effect / its.residual_sd).mean() - chance(-truth / sd).mean()
        )
    assert abs(np.mean(off)) < 4 * np.std(off) / 10 + 0.004
    if luck == 4.0:
        assert abs(np.mean(naive)) > 3 * abs(np.mean(off))


def test_property_the_interval_holds_the_assurance_in_95_percent():
    rng, held, many = np.random.default_rng(11), 0, 500
    chance = chance_of_significance(100, 100, True, 3.0)
    everything = rng.normal(-3, 4, 400_000)
    truth = float(chance(-everything / 12).mean())
    for _ in range(many):
        its, *_ = replicates_of(rng, 60)
        its = its.__class__(**{**its.__dict__, "recorded_beyond": np.zeros(60)})
        curves = curves_of(analysis_of(its).endpoints["scorad"], DESIGN, "six_strain")
        told = curves.at("assurance", 100)
        held += told.ci95_low <= truth <= told.ci95_high
    assert 0.92 <= held / many <= 0.98


@pytest.mark.parametrize(
    ("sizes", "name", "effect"),
    [
        ((20, 20), "scorad", -6.0),
        ((20, 10), "scorad", -6.0),
        ((12, 12), "il5", -4.0),  # tested on logarithms
        ((12, 12), "il10", 6.0),  # higher is better
    ],
)
def test_property_larger_trials_made_one_by_one_find_what_small_ones_foretell(sizes, name, effect):
    """Five times as large, in the same worlds, with dropout: the share that is significant."""
    small = design_with(sizes, (name,))
    large = design_with([5 * size for size in sizes], (name,))
    worlds = 300
    told = power_of(
        analyse(synthetic(small, worlds, 2, effect=effect, spread=6.0, dropout=0.15), small),
        small, [5 * sizes[1]],
    )["six_strain"].at[0]  # fmt: skip
    data = synthetic(large, worlds, 3, effect=effect, spread=6.0, dropout=0.15)
    found = analyse(data, large).endpoints[name].comparisons["six_strain"]
    for estimate, share in ((told.assurance, found.share_for), (told.harm, found.share_against)):
        half = (estimate.ci95_high - estimate.ci95_low) / 3.92
        assert abs(estimate.value - share.value) < 3.5 * np.hypot(half, share.error)
    assert 0.5 < told.assurance.value < 0.95
    assert dict(told.sizes) == {arm.name: arm.n for arm in large.arms}


def test_unit_the_smallest_number_that_reaches_80_percent_is_the_smallest():
    rng = np.random.default_rng(12)
    its, *_ = replicates_of(rng, 400, effect=-6.0, spread=2.0)
    analysis = analysis_of(its)
    found = power_of(analysis, DESIGN, [20])["six_strain"]
    for kind in ("power", "assurance"):
        needed = getattr(found, kind)
        below, at = power_of(analysis, DESIGN, [needed.n - 1, needed.n])["six_strain"].at
        assert getattr(below, kind).value < 0.8 <= getattr(at, kind).value
        assert needed.low <= needed.n <= needed.high
    assert found.power.limit.value == 1.0


def test_unit_an_assurance_of_80_percent_may_never_be_reached():
    rng = np.random.default_rng(13)
    its, *_ = replicates_of(rng, 400, effect=-2.0, spread=4.0)
    found = power_of(analysis_of(its), DESIGN, [20])["six_strain"]
    share = float(np.mean(its.tested_effect < 0))
    assert found.assurance.n is None
    assert found.assurance.limit.value == pytest.approx(share, abs=0.01)
    assert found.assurance.limit.ci95_low < share < found.assurance.limit.ci95_high
    assert found.power.n is not None


def test_unit_harm_and_benefit_change_places_with_the_better_direction():
    its, *_ = replicates_of(np.random.default_rng(14), 400, effect=-2.0)
    (low,) = power_of(analysis_of(its), DESIGN, [100])["six_strain"].at
    (high,) = power_of(analysis_of(its, better_is_lower=False), DESIGN, [100])["six_strain"].at
    assert low.assurance.value == pytest.approx(high.harm.value)
    assert low.harm.value == pytest.approx(high.assurance.value)
    assert high.power.value < 0.025 < low.power.value


def test_unit_an_effect_of_nothing_has_the_power_of_chance_at_any_size():
    its, *_ = replicates_of(np.random.default_rng(15), 60, effect=0.0, spread=1e-6, luck=0.0)
    found = power_of(analysis_of(its), DESIGN, [20, 100_000])["six_strain"]
    for at in found.at:
        for one in (at.power, at.assurance, at.harm):
            assert one.value == pytest.approx(0.025, abs=1e-4)
    assert found.assurance.n is found.power.n is None
    assert found.assurance.limit.value == pytest.approx(0.025)


def test_unit_few_worlds_have_numbers_and_no_interval_and_one_has_none():
    its, *_ = replicates_of(np.random.default_rng(16), 2 * GROUPS - 1)
    found = power_of(analysis_of(its), DESIGN, [20])["six_strain"]
    assert np.isnan(found.at[0].assurance.ci95_low)
    assert found.assurance.low is None
    two, *_ = replicates_of(np.random.default_rng(16), 2)
    assert power_of(analysis_of(two), DESIGN, [20])["six_strain"].worlds == 2
    one, *_ = replicates_of(np.random.default_rng(16), 1)
    with pytest.raises(InputError, match="need two at least"):
        power_of(analysis_of(one), DESIGN, [20])


def test_unit_several_active_arms_each_have_their_own_numbers():
    design = design_with((10, 10), high=20)
    data = synthetic(design, 45, effect=-5.0)
    found = power_of(analyse(data, design), design, [10, 30])
    assert list(found) == ["six_strain", "high"]
    assert dict(found["high"].at[1].sizes) == {"six_strain": 30, "placebo": 30, "high": 60}
    assert found["high"].at[1].assurance.value > found["six_strain"].at[1].assurance.value
    summary = summarise_power(data, design, analyse(data, design), found)
    assert list(summary["by_arm"]) == ["six_strain", "high"]
    assert summary["power"] == summary["by_arm"]["six_strain"]["power"]


@pytest.mark.parametrize(
    ("rule", "arms", "told"),
    [("none", {}, False), ("holm", {}, True), ("fixed sequence", {}, False),
     ("fixed sequence", {"high": 10}, True)],
)  # fmt: skip
def test_power_of_one_question_says_where_the_trial_adjusts_for_several(rule, arms, told):
    design = design_with((10, 10), **arms)
    asked = design.analysis.model_copy(update={"multiplicity": rule})
    design = design.model_copy(update={"analysis": asked})
    data = synthetic(design, 45, effect=-5.0)
    analysis = analyse(data, design)
    said = summarise_power(data, design, analysis, power_of(analysis, design, [10]))["warnings"]
    assert any("one question by itself" in text and rule in text for text in said) == told


def test_keys_of_the_json():
    design = design_with()
    data = synthetic(design, 60, effect=-5.0)
    analysis = analyse(data, design)
    summary = summarise_power(data, design, analysis, power_of(analysis, design, [20, 100]))
    assert [at["n"] for at in summary["power"]] == [20, 100]
    for at in summary["power"]:
        assert 0 < at["harm"] < at["assurance"] < 1
        for kind in ("power", "assurance", "harm", "wrong_sign", "exaggeration"):
            low, high = at[f"{kind}_ci95"]
            assert low <= at[kind] <= high
        assert at["exaggeration"] > 1 > 0.5 > at["wrong_sign"]
    assert summary["n_for_80"] == summary["n_for_80_assurance"]
    assert summary["n_for_90"] == summary["n_for_90_assurance"]
    assert summary["n_for_80_power"] < summary["n_for_90_power"]
    assert summary["n_for_80_power"] < MOST
    assert summary["power_limit"] == 1.0
    assert (summary["arm"], summary["endpoint"], summary["replicates"]) == (
        "six_strain", "scorad", 60,
    )  # fmt: skip
    few = synthetic(design, 10)
    few_analysis = analyse(few, design)
    said = summarise_power(few, design, few_analysis, power_of(few_analysis, design, [20]))
    assert said["power"][0]["power_ci95"] == [None, None]
    assert any("needs 40" in text for text in said["warnings"])


def test_closed_form_the_jackknife_of_a_share_is_students_on_the_logit():
    without = np.array([0.5, 0.6, 0.7, 0.6] * (GROUPS // 4))
    found = power_curves._jackknifed([0.6, *without])
    logits = np.log(without / (1 - without))
    error = np.sqrt((GROUPS - 1) / GROUPS * np.sum((logits - logits.mean()) ** 2))
    half = student.ppf(0.975, GROUPS - 1) * error
    middle = np.log(0.6 / 0.4)
    low, high = (1 / (1 + np.exp(-(middle + side * half))) for side in (-1, 1))
    assert (found.value, found.ci95_low, found.ci95_high) == pytest.approx((0.6, low, high))


def test_closed_form_a_share_of_all_or_nothing_has_no_width_and_one_of_few_worlds_no_interval():
    for whole in (0.0, 1.0):
        assert power_curves._jackknifed([whole, whole, whole]) == power_curves.Estimate(
            whole, whole, whole
        )
    for whole in (1 - 2.0**-53, 2.0**-60):  # nearer to certainty than a logit is taken of
        found = power_curves._jackknifed([whole, *[whole] * GROUPS])
        assert found.ci95_low <= whole <= found.ci95_high
    alone = power_curves._jackknifed([0.3])
    assert alone.value == 0.3
    assert np.isnan([alone.ci95_low, alone.ci95_high]).all()


@pytest.mark.parametrize("first", [2, 3, 7, 100, 999_999, MOST])
def test_closed_form_the_smallest_size_is_the_first_that_reaches_80_percent(first):
    assert power_curves._smallest(lambda n: 0.8 if n >= first else 0.79, 0.8) == first


def test_closed_form_no_size_reaches_what_never_comes_or_is_no_number():
    assert power_curves._smallest(lambda n: 0.79, 0.8) is None
    assert power_curves._smallest(lambda n: float("nan"), 0.8) is None
    assert power_curves._smallest(lambda n: 0.8, 0.8) == 2
    assert power_curves._smallest(lambda n: 0.8, 0.9) is None


def needed(n, high):
    nothing = power_curves.Estimate(0.5, 0.4, 0.6)
    return power_curves.Needed(n, n, high, nothing, 0.8)


@pytest.mark.parametrize(
    ("worlds", "n", "high", "says"),
    [
        (40, None, None, []), (39, None, None, ["the jackknife"]),
        (38, None, None, ["the jackknife", "over worlds: 38 worlds; it needs 39"]),
        (40, 100, 120, []), (40, 100, None, ["do not decide whether 80% assurance of 'mix'"]),
    ],
)  # fmt: skip
def test_closed_form_what_so_many_worlds_do_not_say(worlds, n, high, says):
    takes = {("power", 0.8): needed(None, None), ("assurance", 0.8): needed(n, high)}
    one = ArmPower("mix", worlds, None, (), takes)
    told = _warnings({"mix": one})
    assert len(told) == len(says)
    assert all(part in whole for part, whole in zip(says, told, strict=True))


@pytest.mark.parametrize(
    ("share", "adjusted"), [(0.0, False), (0.5, False), (0.6, True), (1.0, True)]
)
def test_closed_form_trials_are_adjusted_as_most_of_their_repetitions_were(share, adjusted):
    its, *_ = replicates_of(np.random.default_rng(1), 100)
    some = its.__class__(**{**its.__dict__, "adjusted": np.arange(100) < 100 * share})
    assert effect_sizes(some, usable(some)).adjusted is adjusted


@pytest.mark.parametrize(
    ("effect", "spread", "missed", "says"),
    [
        (-9.0, 1.0, (), None),
        (-4.5, 4.0, (90,), "an assurance of 90% is open: 400 worlds leave it between 83% and 92%"),
        (-2.0, 4.0, (80, 90), "An assurance of 80% or 90% is not reached at any number of"),
        (-1.0, 4.0, (80, 90), "not reached at any number of patients, because assurance ends at"),
        (0.0, 0.0, (80, 90), "because there is no effect"),
    ],
)  # fmt: skip
def test_why_a_number_of_patients_is_not_there(effect, spread, missed, says):
    design = design_with()
    data = synthetic(design, 400, effect=effect, spread=spread)
    analysis = analyse(data, design)
    summary = summarise_power(data, design, analysis, power_of(analysis, design, [20]))
    assert tuple(n for n in (80, 90) if summary[f"n_for_{n}"] is None) == missed
    assert (summary["why"] is None) == (says is None)
    if says is not None:
        assert says in summary["why"]


def test_unit_a_level_below_the_limit_is_not_reached_for_another_reason_than_one_above():
    design = design_with()
    data = synthetic(design, 400, effect=-4.5, spread=4.0)
    analysis = analyse(data, design)
    (one,) = power_of(analysis, design, [20]).values()
    nowhere = {
        key: replace(each, n=None, low=None, limit=Estimate(*[each.limit.value] * 3))
        for key, each in one.needed.items()
    }
    says = power_summary._why(replace(one, needed=nowhere), analysis)
    first, second = says.split(". ")
    assert "assurance of 80% is not reached at any number of patients up to 1,000,000" in first
    assert "so near nothing" in first
    assert "assurance of 90% is not reached at any number of patients, because assurance" in second


def test_closed_form_worlds_in_which_nobody_had_an_effect_are_on_no_side():
    """They were drawn in to the mean and took its sign."""
    its, *_ = replicates_of(np.random.default_rng(1), 60, effect=-3.0, spread=4.0)
    effect = np.where(np.arange(60) < 50, 0.0, its.tested_effect)
    its = replace(its, tested_effect=effect, recorded_beyond=np.zeros(60))
    sizes = effect_sizes(its, usable(its))
    assert sizes.seen.sum() == 10
    assert sizes.error == pytest.approx(effect.std(ddof=1) / np.sqrt(60))
    told = power_summary._effect(power_of(analysis_of(its), DESIGN, [20])["six_strain"],
                                 analysis_of(its))  # fmt: skip
    assert told["worlds_none"] == 50
    assert told["worlds_for"] == (effect < 0).sum()
    assert told["worlds_against"] == (effect > 0).sum()
    assert told["monte_carlo_error"] == sizes.error
    curves = curves_of(analysis_of(its).endpoints["scorad"], DESIGN, "six_strain")
    favour = (effect < 0).mean() + 50 / 60 * 0.025  # in those one in forty by chance
    assert curves.needed("assurance", 0.8).limit.value == pytest.approx(favour)


def test_closed_form_the_jackknife_of_a_factor_is_students_on_the_logarithm():
    without = np.array([1.5, 1.6, 1.7, 1.6] * (GROUPS // 4))
    found = power_curves._jackknifed([1.6, *without], share=False)
    logs = np.log(without)
    error = np.sqrt((GROUPS - 1) / GROUPS * np.sum((logs - logs.mean()) ** 2))
    half = student.ppf(0.975, GROUPS - 1) * error
    assert found.ci95_low == pytest.approx(1.6 * np.exp(-half))
    assert found.ci95_high == pytest.approx(1.6 * np.exp(half))
    unknown = power_curves._jackknifed([1.6, np.nan], share=False)
    assert np.isnan([unknown.ci95_low, unknown.ci95_high]).all()
