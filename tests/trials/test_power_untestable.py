"""Worlds that cannot be tested find nothing: in closed form, and as power tells of them."""

from dataclasses import replace

import numpy as np
import pytest
from known_worlds import DESIGN, analysis_of, design_with, replicates_of
from synthetic import synthetic

from gutskin.trials.analysis import analyse
from gutskin.trials.ancova import Untested
from gutskin.trials.power import power_of
from gutskin.trials.power_summary import _left_out, summarise_power


def with_untestable(its, still, few):
    """The comparison with worlds in which nothing scatters, and some with too few people."""
    count = len(its.p)
    why, scatter, freedom = its.untested.copy(), its.residual_sd.copy(), its.freedom.copy()
    why[:still], scatter[:still] = Untested.no_spread, 0.0
    why[count - few :], scatter[count - few :] = Untested.too_few, np.nan
    freedom[count - few :] = 0
    p = np.where(why == 0, its.p, np.nan)
    return replace(its, untested=why, residual_sd=scatter, freedom=freedom, p=p)


def test_closed_form_worlds_that_cannot_be_tested_find_nothing():
    its, *_ = replicates_of(np.random.default_rng(5), 400)
    part = slice(100, 320)
    inner = replace(its, **{
        name: value[part] for name, value in vars(its).items() if isinstance(value, np.ndarray)
    })  # fmt: skip
    sizes = [DESIGN.control.n, 10 * DESIGN.control.n]
    alone = power_of(analysis_of(inner), DESIGN, sizes)["six_strain"]
    found = power_of(analysis_of(with_untestable(its, 100, 80)), DESIGN, sizes)["six_strain"]
    assert (found.worlds, found.still, found.few) == (220, 100, 80)
    for at, one, share in zip(found.at, alone.at, (220 / 400, 220 / 320), strict=True):
        for kind in ("power", "assurance", "harm"):
            assert getattr(at, kind).value == pytest.approx(share * getattr(one, kind).value)
            assert getattr(at, kind).ci95_low < getattr(at, kind).value
        assert at.wrong_sign.value == pytest.approx(one.wrong_sign.value)
    limit = found.assurance.limit.value
    assert limit == pytest.approx(220 / 320 * alone.assurance.limit.value)


def test_unit_where_assurance_ends_is_told_by_the_worlds_of_each_sign():
    design = design_with()
    data = synthetic(design, 200, dropout=0, effect=-1.0, spread=4.0)
    data["measured"].loc[{"endpoint": "scorad", "visit": 8}].values[:20] = 20.0
    analysis = analyse(data, design)
    summary = summarise_power(data, design, analysis, power_of(analysis, design, [20]))
    effect, why = summary["effect"], summary["why"]
    good, bad = effect["worlds_for"], effect["worlds_against"]
    assert good + bad + effect["worlds_none"] == 180
    assert summary["assurance_limit"] == pytest.approx(good / 200)
    assert f"because assurance ends at {good / 200:.0%}: in {good} of 200 worlds the effect" in why
    assert f"in {bad} of 200 worlds it is against it" in why
    assert "in 20 nothing scatters among so few, so that nothing is found" in why
    assert "not there" not in why


def test_unit_power_says_how_many_worlds_could_not_be_tested_and_what_is_made_of_them():
    design = design_with()
    data = synthetic(design, 60, dropout=0, effect=-3)
    data["measured"].loc[{"endpoint": "scorad", "visit": 8}].values[:6] = 20.0
    data["measured"].loc[{"endpoint": "scorad", "visit": 8}].values[6:9, :, 1:] = np.nan
    analysis = analyse(data, design)
    summary = summarise_power(data, design, analysis, power_of(analysis, design, [20]))
    assert summary["untestable"] == {"nothing_scatters": 6, "too_few_people": 3}
    (said,) = (text for text in summary["warnings"] if "could not be tested" in text)
    assert said.startswith("9 of 60 worlds of 'six_strain' could not be tested: ")
    assert "The 3 with too few people count as not significant up to the size" in said
    assert said.endswith("The other 6 do so at every size.")


def test_unit_power_of_a_share_says_that_a_rare_event_is_not_none():
    """It said "is not reached at any number of patients" of 20, and of 60 that 131 suffice."""
    design = design_with()
    data = synthetic(design, 60, dropout=0, effect=-3)
    data["measured"].loc[{"endpoint": "scorad", "visit": 8}].values[:6] = 20.0
    analysis = analyse(data, design)
    (arm, one), = power_of(analysis, design, [20]).items()  # fmt: skip
    its = analysis.endpoints[analysis.primary].comparisons[arm]
    (of_shares,), (of_scores,) = (_left_out(one, its, share) for share in (True, False))
    assert of_shares.endswith("some have among more (simulate larger arms: --patients).")
    assert of_scores.endswith("They count as not significant at every size.")
