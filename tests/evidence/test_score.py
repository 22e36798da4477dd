"""Scores of trials: what stands beside what, on which scale, and what all of them say."""

import math

import numpy as np
import pytest

from gutskin.evidence.score import (
    Predicted,
    Scored,
    _predicted,
    chance_of,
    score_trial,
    why_not_scored,
)
from gutskin.evidence.score_rules import crps_of_draws, crps_of_normal, random_effects
from gutskin.evidence.score_summary import summarise_scores
from gutskin.model.compiled import load_model
from gutskin.report.score import headline, lines, published_and_simulated
from gutskin.report.score_figure import write_score_figure
from gutskin.report.spreadsheet import rows_of_scores
from gutskin.trials.design import known_trials, load_trial
from gutskin.trials.published import (
    PublishedNumber,
    published_error,
    published_numbers,
)
from gutskin.trials.published import headline as scored_by


def number(value, measure="difference", endpoint="scorad", **told):
    return PublishedNumber(endpoint, "mix", 8.0, measure, value, "placebo", **told)


def predicted(value, draws, measure="difference", error=1.0):
    one = number(value, measure)
    log = math.log if one.is_ratio else float
    draws = np.log(draws) if one.is_ratio else np.asarray(draws, float)
    return Predicted(one, log(value), error, draws)


DRAWS = np.linspace(-4, 4, 79)


def scored(*pairs):
    trial = load_trial("lgg-infants")
    return [Scored(trial, difference, control) for difference, control in pairs]


def test_coverage_bias_and_misses_first():
    hit = (predicted(0.1, DRAWS), predicted(-1.0, DRAWS))
    half = (predicted(3.0, DRAWS), None)
    miss = (predicted(7.0, DRAWS), predicted(0.0, DRAWS))
    found = summarise_scores(scored(hit, half, miss), {}, 79, "evidence")
    assert found["n"] == 3
    assert found["coverage"]["difference"] == {"50": 1 / 3, "95": 2 / 3, "n": 3}
    assert found["coverage"]["control"] == {"50": 1.0, "95": 1.0, "n": 2}
    assert found["bias"] == pytest.approx(-(0.1 + 3.0 + 7.0) / 3)
    assert found["trials"][0]["difference"]["published"]["value"] == 7.0
    assert [one["missed"] for one in found["trials"]] == [True, False, False]
    assert found["trials"][1]["control"] is None


def test_a_trial_that_is_scored_by_another_endpoint_than_its_primary_says_so():
    (one,) = summarise_scores(scored((predicted(0.1, DRAWS), None)), {}, 79, "evidence")["trials"]
    assert one["primary"] == "scorad"
    one |= {"not_scored": []}
    assert len(lines(one)) == 1
    _, says = lines(one | {"primary_label": "scorad50"})
    assert says.startswith("By scorad: what was published of the primary endpoint, scorad50, is no")


def test_the_table_and_the_figure_have_every_scored_number_once(tmp_path):
    pairs = (predicted(7.0, DRAWS), predicted(0.0, DRAWS)), (predicted(3.0, DRAWS), None)
    found = summarise_scores(scored(*pairs), {}, 79, "evidence") | {"model": {"content_hash": "h"}}
    rows = rows_of_scores(found)
    assert [(row["of"], row["published"], row["within_95"]) for row in rows] == [
        ("difference", 7.0, False), ("control", 0.0, True), ("difference", 3.0, True),
    ]  # fmt: skip
    assert rows[0]["simulated_95"] == pytest.approx([-3.9, 3.9], abs=0.2)
    write_score_figure(found, tmp_path / "score.svg")
    drawn = (tmp_path / "score.svg").read_text()
    assert drawn.count("lgg-infants") >= 2
    assert "where 50% and 95% should lie" in drawn


def test_skill_is_one_for_who_knows_and_none_for_who_says_no_effect():
    truth = [-6.0, -5.0, -7.0]
    knows = [predicted(one, one + 1e-6 * DRAWS) for one in truth]
    found = summarise_scores(scored(*((one, None) for one in knows)), {}, 79, "evidence")
    assert found["skill"]["zero"] == pytest.approx(1.0, abs=1e-4)
    assert found["skill"]["pool"] == pytest.approx(1.0, abs=1e-4)
    rng = np.random.default_rng(1)
    nothing = [predicted(one, rng.normal(size=4000)) for one in truth]
    found = summarise_scores(scored(*((one, None) for one in nothing)), {}, 79, "evidence")
    assert found["skill"]["zero"] == pytest.approx(0.0, abs=0.02)
    assert found["skill"]["pool"] < 0


def test_closed_form_a_pool_of_others_spreads_by_its_error_the_trials_and_the_error_of_the_one():
    values, errors = [-6.0, -2.0, 1.0], [2.0, 0.5, 1.5]
    some = [predicted(v, v + DRAWS, error=e) for v, e in zip(values, errors, strict=True)]
    pool = []
    for i in range(3):
        others = [j for j in range(3) if j != i]
        mean, error, between = random_effects(
            [values[j] for j in others], [errors[j] for j in others]
        )
        assert between > 0
        spread = math.sqrt(error**2 + between**2 + errors[i] ** 2)
        pool.append(crps_of_normal(mean, spread, values[i]))
    found = summarise_scores(scored(*((one, None) for one in some)), {}, 79, "evidence")
    ours = np.mean([crps_of_draws(one.draws, one.found) for one in some])
    assert found["skill"]["pool"] == pytest.approx(1 - ours / np.mean(pool))
    zero = [crps_of_normal(0.0, e, v) for v, e in zip(values, errors, strict=True)]
    assert found["skill"]["zero"] == pytest.approx(1 - ours / np.mean(zero))
    two = summarise_scores(scored(*((one, None) for one in some[:2])), {}, 79, "evidence")
    assert two["skill"]["pool"] is None  # one other trial is no pool


def test_ratios_are_compared_on_the_logarithm_and_told_as_ratios():
    one = predicted(0.5, np.exp(DRAWS), "risk_ratio")
    told = one.to_json()
    assert told["published"]["value"] == 0.5
    assert told["simulated"]["mean"] == pytest.approx(1.0)
    assert told["bias"] == pytest.approx(math.log(2))
    found = summarise_scores(scored((one, None)), {}, 79, "evidence")
    assert found["bias"] is None  # no trial in points
    assert found["by_scale"]["log ratio"]["n"] == 1


def foretold(measure, value, mean, low, high):
    """What is printed of one number."""
    simulated = {"mean": mean, "interval_95": [low, high]}
    return published_and_simulated(
        {"measure": measure, "published": {"value": value}, "simulated": simulated}
    )


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (("risk_ratio", 0.58, 0.7, 0.223, 3.66), ("0.58", "0.70 (0.22 to 3.66)")),
        (("risk_ratio", 3.2, 3.96, 2.04, 8.1), ("3.2", "4.0 (2.0 to 8.1)")),
        (("risk_ratio", 2.4, 2.6, 1.02, 5.9), ("2.4", "2.6 (1.0 to 5.9)")),
        (("odds_ratio", 1.5, 0.997, 0.83, 1.4), ("1.5", "1.0 (0.8 to 1.4)")),
        (("hazard_ratio", 0.51, 1.2, 0.04, 9.1), ("0.51", "1.20 (0.04 to 9.10)")),
        (("difference", -19.2, -2.1, -14.7, 8.2), ("−19.2", "−2 (−15 to 8)")),
        (("difference", -0.4, -0.6, -7.7, 4.24), ("−0.4", "−0.6 (−7.7 to 4.2)")),
        (("difference_percent", -36.0, -44.2, -61, -29.6), ("−36.0", "−44 (−61 to −30)")),
        (("risk_ratio", 0.5, 0.81, 0.2, None), ("0.50", "0.81 (0.20 to not known)")),
        (("share", 0.22, 0.143, 0.079, 0.234), ("22.0%", "14% (8 to 23)")),
    ],
)
def test_a_value_and_its_interval_have_the_same_decimals_and_a_ratio_two_figures(asked, told):
    assert foretold(*asked) == told


def test_one_miss_of_many_is_chance_and_many_are_not():
    hits = [(predicted(0.1, DRAWS), None)] * 15
    one = summarise_scores(scored(*hits, (predicted(9.0, DRAWS), None)), {}, 79, "evidence")
    assert one["calibrated"]["difference"]["holds"]
    many = summarise_scores(scored(*hits, *[(predicted(9.0, DRAWS), None)] * 5), {}, 79, "evidence")
    assert not many["calibrated"]["difference"]["holds"]


def test_of_one_number_or_none_it_is_not_known_how_often_intervals_hold():
    """A control arm that nobody published was said not to hold, and one trial to be calibrated."""
    found = summarise_scores(scored((predicted(0.1, DRAWS), None)), {}, 79, "evidence")
    one, none = found["calibrated"]["difference"], found["calibrated"]["control"]
    assert (one["misses"], one["of"], one["p"], one["holds"]) == (0, 1, None, None)
    assert (none["misses"], none["of"], none["p"], none["holds"]) == (None, 0, None, None)
    assert one["why"] == "one difference does not say how often"
    assert none["why"] == "no control arm was scored"
    assert headline(found).endswith("1 of 1 differences: one number of a kind does not say how "
                                    "often they do.")  # fmt: skip
    two = [(predicted(each, DRAWS), None) for each in (0.1, 9.0)]
    found = summarise_scores(scored(*two), {}, 79, "evidence")
    assert found["calibrated"]["difference"]["holds"]
    assert found["calibrated"]["difference"]["p"] == pytest.approx(1 - 0.95**2)
    assert "as many as may by chance" in headline(found)
    nothing = summarise_scores(scored((None, None)), {}, 79, "evidence")
    assert headline(nothing) == "Of 1 published trial no number could be scored."


def test_every_number_that_is_not_known_has_its_reason():
    ratio = predicted(0.5, np.exp(DRAWS), "risk_ratio")
    found = summarise_scores(scored((ratio, None)), {}, 79, "evidence")
    assert found["unit"] is None
    assert set(found["why"]) == {"coverage.control", "skill.pool", "bias", "crps", "unit"}
    assert "by_scale" in found["why"]["bias"]
    nothing = summarise_scores(scored((None, predicted(0.0, DRAWS))), {}, 79, "evidence")
    assert set(nothing["why"]) == {
        "coverage.difference", "skill.zero", "skill.pool", "bias", "crps", "unit",
    }  # fmt: skip
    whole = [(predicted(one, DRAWS), predicted(one, DRAWS)) for one in (0.1, 0.2, 0.3)]
    assert summarise_scores(scored(*whole), {}, 79, "evidence")["why"] == {}


@pytest.mark.parametrize(
    ("measure", "unit", "bias_unit", "scale"),
    [
        ("difference", "kU/L", "kU/L", "total_ige, kU/L"),
        ("median_difference", "kU/L", "kU/L", "total_ige, kU/L of medians"),
        ("difference_percent", "percent", "percent", "total_ige, percent"),
        ("ratio", "ratio", "log ratio", "log ratio"),
    ],
)
def test_a_number_has_the_unit_of_its_endpoint_or_of_its_kind(measure, unit, bias_unit, scale):
    """IgE was scored in points."""
    one = number(1.5, measure, "total_ige")
    whole = np.linspace(1.0, 3.0, 50)
    draws = {one: np.stack([whole, whole + 0.4, whole - 0.4])}
    told = _predicted(one, draws, None, {"total_ige": "kU/L"})
    assert (told.unit, told.scale) == (unit, scale)
    assert (told.to_json()["unit"], told.to_json()["bias_unit"]) == (unit, bias_unit)
    found = summarise_scores(scored((told, None)), {}, 79, "evidence")
    assert list(found["by_scale"]) == [scale]
    says = lines(found["trials"][0] | {"not_scored": []})[0]
    assert ("(kU/L)" in says) == (unit == "kU/L")


def test_without_any_trial_there_are_no_numbers_but_a_summary():
    found = summarise_scores([], {"x": "why"}, 79, "evidence")
    assert found["n"] == 0
    assert found["coverage"]["difference"]["95"] is None
    assert found["left_out"] == {"x": "why"}


def test_closed_form_what_is_foretold_of_a_number():
    whole = np.r_[np.linspace(1.0, 3.0, 50), np.nan]
    draws = np.stack([whole, whole + 0.4, whole - 0.4])  # of all, and of two halves
    one = _predicted(number(1.5), {number(1.5): draws})
    assert one.found == 1.5
    assert one.mean == pytest.approx(2.0)
    assert len(one.draws) == 50
    assert one.error == pytest.approx(0.4)  # where none was published
    assert _predicted(number(1.5, se=0.3), {number(1.5, se=0.3): draws}).error == 0.3
    ratio = number(1.5, "risk_ratio", low=1.0, high=2.25)
    told = _predicted(ratio, {ratio: draws})
    assert told.found == pytest.approx(math.log(1.5))
    assert told.mean == pytest.approx(np.log(whole[:50]).mean())
    assert told.error == pytest.approx(math.log(2.25) / (2 * 1.959963984540054))
    points = number(1.5, low=-1.0, high=4.0)
    assert _predicted(points, {points: draws}).error == pytest.approx(5 / (2 * 1.959963984540054))


def test_nothing_is_foretold_of_nothing_or_from_too_few_draws():
    assert _predicted(None, {}) is None
    enough, few = (
        np.tile(np.r_[np.arange(float(n)), np.full(60, np.nan)], (3, 1)) for n in (39, 38)
    )
    assert _predicted(number(1.5), {number(1.5): few}) is None
    assert _predicted(number(1.5), {number(1.5): enough}) is not None


def test_what_was_not_seen_is_not_scored():
    trial = load_trial("lgg-infants")
    unseen = trial.published.model_copy(update={"seen_in": "unverified"})
    assert not why_not_scored(trial)
    assert "unverified" in why_not_scored(trial.model_copy(update={"published": unseen}))
    assert "no number" in why_not_scored(load_trial("six-strain-children"))


def test_medians_alone_are_numbers_that_cannot_be_scored():
    """They were told as if nothing had been published."""
    trial = load_trial("six-strain-children")
    row = {"endpoint": "scorad", "arm": "placebo", "week": 8.0, "median": 8.0}
    rows = type(trial.published).model_validate({"values": (row,)})
    why = why_not_scored(trial.model_copy(update={"published": rows}))
    assert "neither a share nor a change" in why


def test_a_difference_that_nobody_printed_follows_from_the_arms():
    difference, control = scored_by(load_trial("lgg-infants"))
    assert difference.value == pytest.approx((19.6 - 24.6) - (15.1 - 23.6))
    assert not difference.adjusted
    assert (control.measure, control.value) == ("change", pytest.approx(-8.5))
    difference, control = scored_by(load_trial("killed-rhamnosus-children"))
    assert difference.value == pytest.approx(-5.52)
    assert difference.se == pytest.approx(math.sqrt((10.05**2 + 9.95**2) / 33))
    difference, control = scored_by(load_trial("lavri-newborns"))
    assert difference.value == pytest.approx((23 / 89) / (20 / 88))
    assert difference.se == pytest.approx(math.sqrt(1 / 23 - 1 / 89 + 1 / 20 - 1 / 88))
    assert control.value == pytest.approx(20 / 88)


@pytest.mark.parametrize("name", known_trials())
def test_every_shipped_trial_with_numbers_says_where_they_stand(name):
    published = load_trial(name).published
    if published_numbers(load_trial(name)):
        assert published.source or published.reference
        assert published.seen_in


def test_closed_form_chance_is_read_from_halves_and_worlds_are_not_in_it():
    """Forty patients of sd 6 leave 6 / sqrt(40) in a mean, however far worlds lie apart."""
    rng = np.random.default_rng(4)
    worlds = 50.0 * rng.normal(size=(4000, 1))
    patients = worlds + 6.0 * rng.normal(size=(4000, 40))
    halves = np.stack([patients[:, ::2].mean(axis=1), patients[:, 1::2].mean(axis=1)])
    assert chance_of(halves) == pytest.approx(6 / np.sqrt(40), rel=0.05)
    halves[0, :100] = np.nan
    assert chance_of(halves) == pytest.approx(6 / np.sqrt(40), rel=0.05)


def test_engine_an_error_that_was_not_published_is_what_chance_leaves():
    design = load_trial("cect-children")
    found = score_trial(design, load_model(), 40)
    of_worlds = found.difference.draws.std(ddof=1)
    assert published_error(found.difference.number) is None
    assert 0.5 * of_worlds < found.difference.error < 1.2 * of_worlds
    assert found.difference.error != of_worlds
