"""What is said: numbers, shares, the headline, the table on a terminal, progress."""

import io
import re

import numpy as np
import pytest
from synthetic import synthetic, with_routes

from gutskin.report.answer import headline, verdict
from gutskin.report.console import Terminal
from gutskin.report.points import BARE, in_points, matters
from gutskin.report.progress import progress
from gutskin.report.terminal import _found, print_summary
from gutskin.report.told_effect import direction, told_true
from gutskin.report.words import centre, named, number, percent, span, with_error
from gutskin.trials.analysis import analyse
from gutskin.trials.design import load_trial
from gutskin.trials.endpoints import BARE as OF_ENDPOINTS
from gutskin.trials.summary import summarise

DESIGN = load_trial("six-strain-children")


def summary_of(effect, spread, replicates=200, other=True):
    data = synthetic(DESIGN, replicates, effect=effect, spread=spread)
    data = with_routes(data, {"cells": 0.9, "all": 1.0})
    second = synthetic(DESIGN, 20, stance="article", effect=-9)
    pair = (second, analyse(second, DESIGN)) if other else None
    return summarise(data, DESIGN, analyse(data, DESIGN), pair)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0.00"),
        (-0.0001, "−0.00010"),
        (12.345, "12.3"),
        (-1234.5, "−1234"),
        (None, "not known"),
    ],
)
def test_numbers(value, text):
    assert number(value) == text


@pytest.mark.parametrize("digits", [None, 0, 1, 2])
def test_property_no_error_has_more_decimals_than_its_number(digits):
    """A difference was 0.0±0.03."""
    rng = np.random.default_rng(3)
    for value, error in rng.normal(size=(300, 2)) * 10.0 ** rng.uniform(-4, 3, (300, 2)):
        told = with_error(value, abs(error), digits=digits)
        mean, _, behind = told.partition("±")
        places = [len(one.partition(".")[2]) for one in (mean, behind)]
        assert not behind or places[0] == places[1], told
        assert not behind or float(behind) > 0
        assert behind or digits is not None, told  # a tiny one is left out of a column alone
    assert with_error(0.02, 0.03, digits=1) == "0.02±0.03"


def test_shares_are_not_rounded_to_none_or_all():
    assert [percent(x) for x in (0, 0.004, 0.5, 0.996, 1)] == [
        "0%",
        "under 1%",
        "50%",
        "over 99%",
        "100%",
    ]


@pytest.mark.parametrize(
    ("effect", "spread", "says"),
    [
        (-10, 1, "Six-strain mix lowers SCORAD by"),
        (10, 1, "Six-strain mix raises SCORAD by"),
        (-3, 2, "Six-strain mix probably lowers SCORAD by"),
        (-3, 4, "Six-strain mix may or may not change SCORAD: best estimate"),
    ],
)
def test_the_headline_is_as_sure_as_the_interval(effect, spread, says):
    sentence = headline(summary_of(effect, spread))
    assert sentence.startswith(says)
    assert "points against placebo after 8 weeks (" in sentence.replace(" lower ", " ").replace(
        " higher ", " "
    )
    assert "(95% interval over worlds " in sentence
    assert sentence.endswith(" of worlds).")


def test_the_verdict_compares_with_what_matters():
    assert "less than the 8.7 points" in verdict(summary_of(-3, 2), DESIGN)[0]
    assert "at least the 8.7 points" in verdict(summary_of(-12, 1), DESIGN)[0]


def printed(summary):
    stream = io.StringIO()
    print_summary(summary, DESIGN, Terminal(file=stream, width=110))
    return stream.getvalue()


def test_the_table_on_a_terminal():
    text = printed(summary_of(-3, 4))
    for part in (
        "SCORAD",
        "IL-5",
        "IL-6",
        "IFN-γ",
        "Total IgE",
        "Under the article stance",
        "least sure",
        "a prior, not a finding",
        "immune cells that travel 9",
        "strain gain on gut Treg",
        "no medical advice",
        "p < 0.05",
    ):
        assert part in text
    assert max(map(len, text.splitlines())) <= 110
    assert "Under the" not in printed(summary_of(-3, 4, other=False))


def test_progress_without_a_terminal_is_a_line_per_tenth(capsys):
    with progress("Simulating") as show:
        for done in range(1, 1001):
            show(done, 1000)
    out, err = capsys.readouterr()
    assert out == ""
    assert len(err.splitlines()) == 10
    assert "100 of 1000 (10%)" in err.splitlines()[0]


def test_every_endpoint_has_its_means_above_their_intervals_in_the_table():
    lines = printed(summary_of(-3, 4)).splitlines()
    for name in ("SCORAD (points)", "TEWL (g/m²/h)", "Skin pH", "IL-6 (pg/mL)", "Total IgE (kU/L)"):
        (place,) = [i for i, line in enumerate(lines) if line.strip().startswith(name)]
        means, intervals = lines[place], lines[place + 1]
        assert means.count("±") == 5  # both arms, both effects, and the share of trials
        assert intervals.count(" to ") == 2
        assert intervals.count("±") == 1


def test_the_words_follow_from_the_share_of_worlds_alone():
    """Whatever the size of the effect: 97.5% is "lowers", 90% "probably", less is open."""
    summary = summary_of(-3, 4)
    effect = summary["endpoints"]["scorad"]["difference"]["true_effect"]
    said = {
        "certain": ("mix lowers SCORAD by", "lower"),
        "probable": ("mix probably lowers SCORAD by", "probably lower"),
        "open": ("mix may or may not change SCORAD: best estimate", "remains possible"),
        "no effect": ("mix does not change SCORAD against placebo", "no change"),
        "too few replicates": ("SCORAD on Six-strain mix: best estimate", "few repetitions"),
    }
    for word, (sentence, way) in said.items():
        effect["certainty"] = word
        assert sentence in headline(summary)
        assert way in direction(told_true({"true_effect": effect}, "points"))


def test_a_share_that_changed_in_nobody_of_few_is_not_told_as_no_change():
    """Nor as a worsening, of eczema, where nothing is lower."""
    summary = summary_of(-3, 4)
    primary = summary["endpoints"]["scorad"]
    effect = primary["difference"]["true_effect"]
    effect |= {"certainty": "too few replicates", "mean": 0.0}
    says = " ".join(printed(summary).split())
    assert "the same in everybody, of too few to say that it is so in others" in says
    assert "is a worsening" not in says
    assert "does not change" not in says


def test_benefit_and_harm_are_told_apart_in_every_sentence_about_trials():
    summary = summary_of(9, 2)
    text = printed(summary)
    assert "mix raises SCORAD" in headline(summary)
    assert "The best estimate is a worsening." in text
    assert "matter to a patient" not in text  # 9 points worse do not "reach 8.7 points"
    found = summary["endpoints"]["scorad"]["difference"]
    assert found["share_p_below_0_05_against"] > 0.5
    assert found["share_p_below_0_05_for"] < 0.05
    flat = " ".join(text.split())
    for sentence in flat.split(". "):
        if "p < 0.05" in sentence and "repetitions" in sentence:
            assert "against it in" in sentence
    assert "p < 0.05 for six-strain mix in" in flat.split("Under the article stance")[1]


def test_too_few_repetitions_have_no_interval_anywhere():
    summary = summary_of(-3, 4, replicates=10)
    text = " ".join(printed(summary).split())
    table = text.split("Under the article stance")[0]
    assert "too few repetitions for an interval" in headline(summary)
    rows = table.split("Mean change")[1].split("Difference:")[0]
    assert re.search(r"\d to [−-]?\d", rows) is None
    assert re.search(r"\d to [−-]?\d", "-3 (-5 to −1)") is not None
    assert "10 repetitions, and the ends of an interval that holds 95% need 39" in text


def test_an_effect_of_nothing_has_no_shares_and_no_direction():
    data = with_routes(synthetic(DESIGN, 60, effect=0, spread=0), {"cells": 0.9}, effect=0.0)
    data["effect_without"].values[0] = 1e-9 * np.arange(10)
    summary = summarise(data, DESIGN, analyse(data, DESIGN))
    assert summary["lost_without_route"] == {}
    assert summary["least_sure"] == []
    text = printed(summary)
    assert "does not change SCORAD" in text
    assert "lost without" not in text
    assert "least sure" not in text
    assert "is not excluded" not in text


def test_most_of_the_fall_is_said_of_the_better_direction_only():
    summary = summary_of(-3, 4)
    arms = summary["endpoints"]["scorad"]
    arms["placebo"]["change_mean"], arms["six_strain"]["change_mean"] = -6.0, -9.0
    assert "most of the fall comes without" in verdict(summary, DESIGN)[-1]
    arms["placebo"]["change_mean"] = -4.0
    assert "most of the" not in verdict(summary, DESIGN)[-1]
    arms["placebo"]["change_mean"], arms["six_strain"]["change_mean"] = 6.0, 9.0
    assert "most of the" not in verdict(summary, DESIGN)[-1]
    arms["lower_is_better"] = False
    assert "most of the rise comes without" in verdict(summary, DESIGN)[-1]


def test_a_mean_and_its_interval_share_their_decimals():
    ph = {"mean": -0.0742, "ci95_low": -0.2337, "ci95_high": 0.1094}
    assert f"{centre(ph, 'pH')} ({span(ph, 'pH')})" == "−0.07 (−0.23 to 0.11)"
    il6 = {"mean": -0.256, "ci95_low": -1.31, "ci95_high": 0.594}
    assert f"{centre(il6)} ({span(il6)})" == "−0.3 (−1.3 to 0.6)"
    ige = {"mean": -13.2, "ci95_low": -188.6, "ci95_high": 61.1}
    assert f"{centre(ige)} ({span(ige)})" == "−13 (−189 to 61)"
    nothing = {"mean": None, "ci95_low": None, "ci95_high": None}
    assert centre(nothing) == "not known"


def of_shares(effect: float):
    """A summary whose primary endpoint is one that a patient has or has not."""
    summary = summary_of(effect, 0.01)
    scorad = {**summary["endpoints"]["scorad"], "unit": "1", "label": "Eczema"}
    return {**summary, "endpoints": {**summary["endpoints"], "scorad": scorad}}


def test_unit_shares_of_patients_are_told_in_percentage_points():
    summary = of_shares(-0.05)
    primary = summary["endpoints"]["scorad"]
    mean = primary["difference"]["true_effect"]["mean"]
    told = in_points(summary)
    assert told["endpoints"]["scorad"]["difference"]["true_effect"]["mean"] == 100 * mean
    assert told["endpoints"]["tewl"] == summary["endpoints"]["tewl"]
    other = summary["article_stance"]["difference"]["mean"]
    assert told["article_stance"]["difference"]["mean"] == 100 * other
    assert headline(told).startswith(
        f"Six-strain mix lowers the share with eczema by {-100 * mean:.1f}±"
    )
    assert "percentage points against placebo" in headline(told)
    assert "eczema is found in" in verdict(told, DESIGN)[-1]
    for shown in (headline(told), *verdict(told, DESIGN)):
        assert " 1 " not in shown


def test_unit_what_matters_is_told_in_the_same_points():
    analysis = DESIGN.analysis.model_copy(update={"meaningful_difference": 0.03})
    design = DESIGN.model_copy(update={"analysis": analysis})
    summary = of_shares(-0.05)
    assert matters(design, summary) == 0.03
    assert matters(design, in_points(summary)) == 3.0
    says = " ".join(verdict(in_points(summary), design))
    assert "at least the 3.0 percentage points that matter" in says


def test_unit_the_other_stance_that_tested_nothing_is_not_tested():
    """It stood as "p < 0.05 for mix in not known"."""
    assert _found({"tested": 0}, "Mix") == "not tested"
    ways = {f"share_p_below_0_05_{way}": 0.5 for way in ("for", "against")}
    errors = {f"{name}_monte_carlo_error": 0.1 for name in ways}
    says = _found({"tested": 5, "untestable": 0, **ways, **errors}, "Mix")
    assert says == "p < 0.05 for mix in 50% (±10), against it in 50% (±10)"


def test_what_has_no_unit_is_told_without_one():
    assert BARE == OF_ENDPOINTS
    assert named({"label": "Share of gut bacteria", "unit": BARE}) == "Share of gut bacteria"
    assert named({"label": "Calprotectin", "unit": "ug/g"}) == "Calprotectin (µg/g)"
