"""What a real trial reported beside the simulation, in words."""

import pytest

from gutskin.report.published import published_rows, which_hazard_ratio


def row(measure, published, simulated):
    """One row of a summary in which a mix is tried against placebo."""
    keys = ("mean", "ci95_low", "ci95_high")
    one = {
        "endpoint": "eczema", "arm": "mix", "against": "placebo", "week": 104.0,
        "measure": measure,
        "published": dict(zip(("value", "low", "high"), published, strict=True)),
        "simulated": dict(zip(keys, simulated, strict=True)),
    }  # fmt: skip
    summary = {
        "arms": [{"name": "mix", "label": "Mix"}, {"name": "placebo", "label": "Placebo"}],
        "endpoints": {"eczema": {"label": "Eczema", "unit": "1"}},
        "published": [one],
    }
    (told,) = published_rows(summary)
    return told.published, told.simulated


@pytest.mark.parametrize(
    ("published", "simulated", "told"),
    [
        ((0.51, 0.32, 0.84), (0.87, 0.18, 1.62), ("0.51 (0.32 to 0.84)", "0.87 (0.18 to 1.62)")),
        ((3.2, 1.9, 5.2), (3.96, 2.04, 8.1), ("3.2 (1.9 to 5.2)", "4.0 (2.0 to 8.1)")),
        ((1.5, None, None), (0.95, 0.0, 1.4), ("1.5", "0.95 (0.00 to 1.40)")),
    ],
)
def test_a_ratio_has_two_figures_and_its_interval_the_same_decimals(published, simulated, told):
    assert row("risk_ratio", published, simulated) == told


@pytest.mark.parametrize(
    ("published", "told"),
    [
        ((3.1, -0.3, 6.5), "3.1 (−0.3 to 6.5)"), ((3.0, -0.3, 6.5), "3.0 (−0.3 to 6.5)"),
        ((-4.0, -12.0, 4.0), "−4 (−12 to 4)"), ((2.25, None, None), "2.25"),
    ],
)  # fmt: skip
def test_what_was_published_has_the_digits_of_its_source(published, told):
    assert row("difference_percent", published, (0.0, -9.0, 9.0))[0] == told


def test_a_share_of_events_has_no_decimals_that_nobody_printed():
    """15 of 64 stood there as 23.4375%, 31 of 68 as 45.5882%."""
    simulated = (0.372, 0.09, 0.75)
    assert row("share", (15 / 64, None, None), simulated)[0] == "23.4%"
    assert row("share", (31 / 68, None, None), simulated)[0] == "45.6%"


@pytest.mark.parametrize("measure", ["share", "hazard_ratio"])
def test_events_of_a_count_are_said_to_be_of_who_had_any(measure):
    one = {
        "endpoint": "flares", "arm": "mix", "week": 16.0, "measure": measure,
        "published": {"value": 0.25},
        "simulated": {"mean": 0.5, "ci95_low": None, "ci95_high": None},
    }  # fmt: skip
    summary = {
        "arms": [{"name": "mix", "label": "Mix"}, {"name": "placebo", "label": "Placebo"}],
        "endpoints": {"flares": {"label": "Flares so far", "unit": "flares"}},
        "published": [one],
    }
    (told,) = published_rows(summary)
    assert " of who had any," in told.label
    shown = ("25%", "50.0%") if measure == "share" else ("0.25", "0.50")
    assert (told.published, told.simulated) == shown


def test_a_share_is_a_percentage():
    assert row("share", (0.264, None, None), (0.372, 0.09, 0.75)) == ("26.4%", "37% (9 to 75)")


def test_of_which_hazard_ratio_an_interval_is_is_told():
    """One ratio had three intervals: of the test, beside what was published, and in the score."""
    one = {"endpoint": "eczema", "measure": "hazard_ratio"}
    tested = {"hn001": {"hazard_ratio": {"mean": 0.5}}}
    endpoints = {"eczema": {"label": "Eczema", "differences": {"hn001": {}}}}
    summary = {"endpoints": endpoints, "published": [one, one]}
    says = which_hazard_ratio(summary)
    assert says.endswith(
        "the shares with the event at that visit, as if hazards stayed in proportion."
    )
    endpoints["eczema"]["differences"] = tested
    assert "; that of the test of Eczema is made of the times of" in which_hazard_ratio(summary)
    assert which_hazard_ratio({**summary, "published": [{**one, "measure": "risk_ratio"}]}) == ""
    assert which_hazard_ratio({"endpoints": endpoints}) == ""
