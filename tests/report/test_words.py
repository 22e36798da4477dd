"""What is said: numbers, shares, the headline, the table on a terminal, progress."""

import io

import pytest
from synthetic import synthetic

from gutskin.report.console import Terminal
from gutskin.report.progress import progress
from gutskin.report.terminal import print_summary
from gutskin.report.words import centre, headline, number, percent, span, verdict
from gutskin.trials.analysis import analyse
from gutskin.trials.design import load_trial
from gutskin.trials.result import summarise

DESIGN = load_trial("six-strain-children")


def summary_of(effect, spread, replicates=200, other=True):
    data = synthetic(DESIGN, replicates, effect=effect, spread=spread)
    data = data.assign(lost_without=("route", [0.9, 1.0])).assign_coords(route=["cells", "all"])
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
    assert "against placebo after 8 weeks (95% interval" in sentence


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
        "immune cells that travel 90%",
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


def test_every_endpoint_takes_one_line_of_the_table():
    lines = printed(summary_of(-3, 4)).splitlines()
    for name in ("SCORAD (points)", "TEWL (g/m²/h)", "Skin pH", "IL-6 (pg/mL)", "Total IgE (kU/L)"):
        (line,) = [line for line in lines if line.strip().startswith(name)]
        assert line.rstrip().endswith("%")
        assert line.count(" to ") == 2


def test_a_mean_and_its_interval_share_their_decimals():
    ph = {"mean": -0.0742, "ci95_low": -0.2337, "ci95_high": 0.1094}
    assert f"{centre(ph, 'pH')} ({span(ph, 'pH')})" == "−0.07 (−0.23 to 0.11)"
    il6 = {"mean": -0.256, "ci95_low": -1.31, "ci95_high": 0.594}
    assert f"{centre(il6)} ({span(il6)})" == "−0.26 (−1.31 to 0.59)"
    ige = {"mean": -13.2, "ci95_low": -188.6, "ci95_high": 61.1}
    assert f"{centre(ige)} ({span(ige)})" == "−13 (−189 to 61)"
    nothing = {"mean": None, "ci95_low": None, "ci95_high": None}
    assert centre(nothing) == "not known"
