"""What a real trial reported: its numbers in the file, and the same numbers of simulated trials."""

import numpy as np
import pytest
import xarray as xr
from trial_texts import REPORTED, problems

from gutskin.trials.ancova import ancova
from gutskin.trials.design import load_trial
from gutskin.trials.published import (
    PublishedNumber,
    beside,
    headline,
    published_numbers,
    simulated,
    simulated_numbers,
)

MIX = np.array([[[30.0, 25, 20], [40, 30, 35], [50, 44, np.nan]]])
PLACEBO = np.array([[[33.0, 30, 31], [38, 36, 30], [52, 40, 44]]])
EVENTS = np.array([[[0.0, 1, 1], [0, 0, 1], [0, 0, 0]]])


@pytest.fixture(scope="module")
def record():
    """One replicate: SCORAD, and who responded (nobody on placebo)."""
    values = np.stack(
        [np.stack([MIX, PLACEBO], axis=1), np.stack([EVENTS, 0 * EVENTS], axis=1)]
    )  # fmt: skip
    return xr.Dataset(
        {"measured": (("endpoint", "replicate", "arm", "patient", "visit"), values)},
        coords={
            "endpoint": ["scorad", "easi75"], "arm": ["mix", "placebo"], "visit": [0.0, 4.0, 8.0],
        },
    )  # fmt: skip


def of(measure, week=8.0, against="", endpoint="scorad", adjusted=True):
    return PublishedNumber(
        endpoint, "mix", week, measure, 0.0, against=against, adjusted=adjusted
    )  # fmt: skip


CLOSED = {
    "mean of who is there": (of("mean"), 27.5),
    "median": (of("median", 4.0), 30.0),
    "change of who is there at both visits": (of("change"), -7.5),
    "in percent of their own mean": (of("change_percent"), -100 * 7.5 / 35),
    "sd with n - 1": (of("sd", 4.0), np.std([25, 30, 44], ddof=1)),
    "sd of the change": (of("change_sd", 4.0), np.std([-5, -10, -6], ddof=1)),
    "geometric mean": (of("geometric_mean", 4.0), np.exp(np.mean(np.log([25, 30, 44])))),
    "geometric mean over that of the start": (
        of("change_ratio"), np.sqrt(20 / 30 * 35 / 40)
    ),
    "change of the median": (of("median_change", 4.0), 30.0 - 40.0),
    "ratio of what geometric means changed by": (
        of("ratio", 8.0, "placebo", adjusted=False),
        np.sqrt(20 / 30 * 35 / 40) / np.cbrt(31 / 33 * 30 / 38 * 44 / 52),
    ),
    "difference of what medians changed by": (
        of("median_difference", 4.0, "placebo", adjusted=False), (30.0 - 40.0) - (36.0 - 38.0)
    ),
    "share": (of("share", 8.0, endpoint="easi75"), 2 / 3),
    "difference of changes": (of("difference", 8.0, "placebo", adjusted=False), -7.5 + 6),
    "risk ratio, none in one arm": (of("risk_ratio", 8.0, "placebo", "easi75"), 2 / 3 * 8),
    "odds ratio, none in one arm": (of("odds_ratio", 8.0, "placebo", "easi75"), 2 * 3.5 / 0.5),
    "hazards in proportion": (
        of("hazard_ratio", 8.0, "placebo", "easi75"), np.log(1 / 3) / np.log(1 - 0.125)
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", CLOSED)
def test_closed_form_of_every_measure(record, case):
    number, expected = CLOSED[case]
    assert simulated(record, (number,))[0, 0] == pytest.approx(expected)


def test_double_programming_an_adjusted_difference_is_that_of_the_analysis(record):
    pairs = [(one[..., 0], one[..., 1]) for one in (MIX, PLACEBO)]
    (found,) = simulated(record, (of("difference", 4.0, "placebo"),))
    assert found == pytest.approx(ancova(*pairs).difference)
    (ratio,) = simulated(record, (of("ratio", 4.0, "placebo"),))
    logs = [tuple(np.log(one) for one in pair) for pair in pairs]
    assert ratio == pytest.approx(np.exp(ancova(*logs).difference))


def test_closed_form_events_of_a_count_are_of_who_had_one_at_least(record):
    """Flares were no event, though the same trial tests the time to one."""
    counts = record.assign(measured=record["measured"] * 3)  # three flares in place of an event
    for measure, value in (("share", 2 / 3), ("risk_ratio", 16 / 3), ("odds_ratio", 14.0)):
        number = of(measure, 8.0, "" if measure == "share" else "placebo", "easi75")
        assert simulated(counts, (number,))[0, 0] == pytest.approx(value)


@pytest.mark.parametrize("measure", ["risk_ratio", "odds_ratio", "hazard_ratio"])
def test_ratios_of_flares_may_have_been_published(tmp_path, measure):
    flares = REPORTED.replace('"easi75"]', '"flares"]')
    text = f'differences = [{{ endpoint = "flares", {measure} = 0.17 }}]\n'
    text += 'values = [{ endpoint = "flares", arm = "mix", week = 8, n = 9, events = 4 }]\n'
    told = [(one.measure, one.value) for one in published_numbers(design(tmp_path, text, flares))]
    assert told == [("share", 4 / 9), (measure, 0.17)]


@pytest.mark.parametrize(
    ("endpoint", "key", "instead"),
    [
        ("flares", "geometric_mean", "events"), ("easi75", "geometric_mean", "events"),
        ("iga", "geometric_mean", "mean"), ("flares", "ratio", "risk_ratio"),
        ("easi75", "ratio", "risk_ratio"), ("iga", "ratio", "difference"),
    ],
)  # fmt: skip
def test_no_geometric_mean_is_of_what_is_0_in_many(tmp_path, endpoint, key, instead):
    """Such a ratio was recommended, and compared with what no simulated trial has."""
    row = f'values = [{{ endpoint = "{endpoint}", arm = "mix", week = 8, {key} = 0.5 }}]\n'
    if key == "ratio":
        row = f'differences = [{{ endpoint = "{endpoint}", ratio = 0.5 }}]\n'
    text = REPORTED.replace('["scorad", "easi75"]', f'["scorad", "{endpoint}"]')
    ((line, says),) = problems(tmp_path, text + row)
    assert line == 20
    assert says.endswith(f"is 0 in many, which has no logarithm. Write `{instead}`.")


def design(tmp_path, text, trial=REPORTED):

    path = tmp_path / "trial.toml"
    path.write_text(trial + text, encoding="utf-8")
    return load_trial(path)


def test_rows_become_numbers_one_by_one_and_stand_beside_what_trials_print(tmp_path, record):
    trial = design(
        tmp_path,
        'values = [{ endpoint = "scorad", arm = "mix", week = 8, n = 20, mean = 24, sd = 9 },\n'
        '  { endpoint = "easi75", arm = "mix", week = 8, n = 20, events = 5 }]\n'
        'differences = [{ endpoint = "scorad", difference = -3.2, low = -9, high = 2.6 }]\n',
    )
    numbers = published_numbers(trial)
    told = [(one.measure, one.value, one.week) for one in numbers]
    assert told == [("mean", 24, 8), ("sd", 9, 8), ("share", 0.25, 8), ("difference", -3.2, 8)]
    found = simulated_numbers(record, trial)
    assert found.shape == (4, 1)
    last = beside(trial, found)[-1]
    assert last["published"] == {"value": -3.2, "low": -9, "high": 2.6}
    assert last["against"] == "placebo"
    assert last["simulated"]["mean"] == pytest.approx(found[-1, 0])


def test_the_centre_of_ratios_is_their_geometric_mean(tmp_path):
    """A half and a double are no difference, as they are in the score of the same trial."""
    row = 'differences = [{{ endpoint = "{}", {} = 0.8 }}]\n'
    for endpoint, measure, centre in (
        ("easi75", "risk_ratio", 1.0), ("easi75", "odds_ratio", 1.0),
        ("easi75", "hazard_ratio", 1.0), ("scorad", "difference", 1.25),
    ):  # fmt: skip
        trial = design(tmp_path, row.format(endpoint, measure))
        (found,) = beside(trial, np.array([[0.5, 2.0, np.nan]]))
        assert found["simulated"]["mean"] == pytest.approx(centre)


def test_closed_form_where_a_trial_prints_a_ratio_of_0_the_centre_is_the_middle(tmp_path):
    row = 'differences = [{ endpoint = "easi75", risk_ratio = 0.8 }]\n'
    (found,) = beside(design(tmp_path, row), np.array([[0.0, 1.0, 3.0, np.nan]]))
    assert found["simulated"]["mean"] == 1.0


def test_a_scale_without_an_end_takes_any_number(tmp_path):
    text = REPORTED.replace('"easi75"]', '"easi75", "skin_ph"]')
    row = 'values = [{ endpoint = "skin_ph", arm = "mix", week = 8, mean = -5.1, sd = 0.4 }]'
    trial = design(tmp_path, row, text)
    assert [one.value for one in published_numbers(trial)] == [-5.1, 0.4]


def arms(name, mix, placebo, endpoint="scorad"):
    """Rows of two arms at the first visit and at week 8."""
    rows = [
        f'{{ endpoint = "{endpoint}", arm = "{arm}", week = {week}, {name} = {value} }}'
        for arm, values in (("mix", mix), ("placebo", placebo))
        for week, value in zip((0, 8), values, strict=True)
    ]
    return f"values = [{', '.join(rows)}]\n"


def test_closed_form_geometric_means_of_two_visits_are_ratios(tmp_path):
    """They were told as numbers that cannot be scored."""
    rows = arms("geometric_mean", (26.0, 13.0), (35.0, 28.0))
    difference, control = headline(design(tmp_path, rows))
    assert (difference.measure, difference.adjusted) == ("ratio", False)
    assert difference.value == pytest.approx(0.5 / 0.8)
    assert (control.measure, control.week) == ("change_ratio", 8)
    assert control.value == pytest.approx(0.8)
    assert difference.is_ratio
    assert control.is_ratio


def test_closed_form_medians_of_two_visits_are_differences(tmp_path):
    difference, control = headline(design(tmp_path, arms("median", (26, 13), (35, 28))))
    assert (difference.measure, difference.value) == ("median_difference", -6)
    assert (control.measure, control.value) == ("median_change", -7)
    assert not difference.is_ratio


def test_what_is_told_best_is_taken_of_several_numbers(tmp_path):
    row = (
        'values = [{{ endpoint = "scorad", arm = "placebo", week = 0, mean = 40, median = 38 }},\n'
        ' {{ endpoint = "scorad", arm = "placebo", week = 8, {} median = 30 }}]\n'
    )
    for more, told in (
        ("change = -7, mean = 34,", ("change", -7)),
        ("mean = 34, change_percent = -14,", ("change", -6)),
        ("change_percent = -14,", ("change_percent", -14)),
        ("", ("median_change", -8)),
    ):
        control = headline(design(tmp_path, row.format(more)))[1]
        assert (control.measure, control.value) == told


WRONG = {
    "nobody's arm": ('values = [{ endpoint = "scorad", arm = "mx", week = 8, mean = 3 }]', "'mix'"),
    "no visit": ('values = [{ endpoint = "scorad", arm = "mix", week = 6, mean = 3 }]', "no visit"),
    "not measured": ('values = [{ endpoint = "itch", arm = "mix", week = 8, mean = 3 }]', "Add it"),
    "nothing": ('values = [{ endpoint = "scorad", arm = "mix", week = 8 }]', "without a number"),
    "off the scale": (
        'values = [{ endpoint = "scorad", arm = "mix", week = 8, mean = 104 }]', "not on the scale"
    ),
    "a share in percent": (
        'values = [{ endpoint = "easi75", arm = "mix", week = 8, mean = 40 }]', "not on the scale"
    ),
    "events of nobody": (
        'values = [{ endpoint = "easi75", arm = "mix", week = 8, events = 4 }]', "Add `n"
    ),
    "more events than patients": (
        'values = [{ endpoint = "easi75", arm = "mix", week = 8, events = 4, n = 3 }]', "no more"
    ),
    "events of a score": (
        'values = [{ endpoint = "scorad", arm = "mix", week = 8, events = 4, n = 9 }]', "no event"
    ),
    "two measures": (
        'differences = [{ endpoint = "scorad", difference = -3, ratio = 0.8 }]',
        "one number, here difference and ratio.",
    ),
    "no measure": ('differences = [{ endpoint = "scorad", p = 0.03 }]', "here none"),
    "half an interval": (
        'differences = [{ endpoint = "scorad", difference = -3, low = -5 }]', "`high` of the"
    ),
    "beside its interval": (
        'differences = [{ endpoint = "scorad", difference = -7.9, low = -5, high = 1 }]',
        "not within its interval",
    ),
    "a ratio of nothing": (
        'differences = [{ endpoint = "easi75", risk_ratio = 0.7, low = 0, high = 2 }]',
        "`low = 0` of a ratio",
    ),
    "the control against itself": (
        'differences = [{ endpoint = "scorad", arm = "placebo", difference = -7 }]', "the control"
    ),
    "a risk of a score": (
        'differences = [{ endpoint = "scorad", risk_ratio = 0.7 }]', "which is no event"
    ),
    "unknown key": (
        'values = [{ endpoint = "scorad", arm = "mix", week = 8, maen = 3 }]', "Did you mean 'mean'"
    ),
    "a risk difference in percent": (
        'differences = [{ endpoint = "easi75", difference = 30 }]', "as a share, 0.3 for 30%."
    ),
    "a difference beyond the scale": (
        'differences = [{ endpoint = "scorad", difference = -104 }]', "the whole scale, 103."
    ),
    "a change beyond the scale": (
        'values = [{ endpoint = "scorad", arm = "mix", week = 8, change = -104 }]',
        "`change = -104` is more than the whole scale",
    ),
    "a spread beyond the scale": (
        'values = [{ endpoint = "scorad", arm = "mix", week = 8, mean = 30, sd = 104 }]',
        "`sd = 104` is more than the whole scale",
    ),
    "more than all of it": (
        'values = [{ endpoint = "scorad", arm = "mix", week = 8, change_percent = -101 }]',
        "nothing falls by more than all of it",
    ),
    "a change since the first visit at it": (
        'values = [{ endpoint = "scorad", arm = "mix", week = 0, change = -1 }]', "since the first"
    ),
    "a response at the first visit": (
        'values = [{ endpoint = "easi75", arm = "mix", week = 0, n = 9, events = 4 }]',
        "nobody has changed by the first visit",
    ),
    "a difference at the first visit": (
        'differences = [{ endpoint = "scorad", week = 0, difference = -1 }]', "not parted"
    ),
    "a p of another interval": (
        'differences = [{ endpoint = "scorad", difference = -3, low = -7, high = 1, p = 0.001 }]',
        "`p = 0.001` contradicts the interval -7 to 1, which does not exclude no difference: by it "
        "p is about 0.1.",
    ),
    "a p of an interval that excludes none": (
        'differences = [{ endpoint = "easi75", risk_ratio = 3, low = 2, high = 4.5, p = 0.6 }]',
        "which excludes no difference: by it p is about 1e-07.",
    ),
    "a standard error of another interval": (
        'differences = [{ endpoint = "scorad", difference = -3, low = -7, high = 1, se = 9 }]',
        "`se = 9` contradicts the interval -7 to 1: by it the standard error is 2.",
    ),
    "two numbers of one thing": (
        'values = [{ endpoint = "scorad", arm = "mix", week = 8, mean = 24 }, '
        '{ endpoint = "scorad", arm = "mix", week = 8, mean = 25 }]',
        "`mean = 25`, but of the same arm and visit stands 24.",
    ),
    "two differences of one thing": (
        'differences = [{ endpoint = "scorad", difference = -1 }, '
        '{ endpoint = "scorad", difference = -2 }]',
        "`difference = -2`, but",
    ),
    "a difference of the other sign": (
        'differences = [{ endpoint = "scorad", difference = 7.2 }]\n'
        'values = [{ endpoint = "scorad", arm = "mix", week = 8, change = -9.1 }, '
        '{ endpoint = "scorad", arm = "placebo", week = 8, change = -1.8 }]',
        "its arm changed by -9.1 and the control by -1.8. Write the arm's less the control's, -7.3",
    ),
    "reference": ('reference = "Nobody1999"', "there is no reference"),
    "how it was read": ('seen_in = "hearsay"', "'full text'"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_wrong_numbers_are_told_with_their_line_and_remedy(tmp_path, case):
    text, says = WRONG[case]
    found = problems(tmp_path, REPORTED + text)
    assert any(line == 20 and says in message for line, message in found), found


def test_edge_numbers_at_the_ends_of_the_scale_may_have_been_printed(tmp_path):
    found = design(
        tmp_path,
        'values = [{ endpoint = "scorad", arm = "mix", week = 8, change = -103, sd = 50 },\n'
        '  { endpoint = "scorad", arm = "mix", week = 0, mean = 30, sd = 9 },\n'
        '  { endpoint = "scorad", arm = "placebo", week = 8, change_percent = -100 },\n'
        '  { endpoint = "scorad", arm = "placebo", week = 4, mean = 24 },\n'
        '  { endpoint = "scorad", arm = "placebo", week = 4, mean = 24 }]\n'
        'differences = [{ endpoint = "easi75", difference = 1 },\n'
        '  { endpoint = "scorad", difference = -3 },\n'
        '  { endpoint = "scorad", difference = -4, adjusted = false }]\n',
    )
    assert len(published_numbers(found)) == 10


@pytest.mark.parametrize("difference", [-7.3, -6.0, 2.0])
def test_edge_a_difference_beside_changes_may_have_been_adjusted(tmp_path, difference):
    rows = (
        'values = [{ endpoint = "scorad", arm = "mix", week = 8, change = -9.1 },'
        ' { endpoint = "scorad", arm = "placebo", week = 8, change = -1.8 }]\n'
        f'differences = [{{ endpoint = "scorad", difference = {difference} }}]\n'
    )
    assert design(tmp_path, rows).published.differences


@pytest.mark.parametrize(
    "row",
    [
        '"scorad", difference = -6, low = -7, high = -5, p = 0.05',  # "p < 0.05"
        '"scorad", difference = -3, low = -6.2, high = 0.2, p = 0.04, se = 1.6',  # another test
        '"scorad", difference = -3, low = -7, high = 1, p = 0.2, se = 2.1',
        '"scorad", difference = -3, low = -7, high = 1, p = 1, se = 3.9',
        '"easi75", odds_ratio = 1.4, low = 0.7, high = 2.6, p = 0, se = 9',
        '"easi75", risk_ratio = 1.0, low = 0.7, high = 1.4, p = 0.9',
        '"scorad", difference = -3, p = 0.001, se = 9',
    ],
)
def test_edge_a_p_and_a_standard_error_that_may_be_of_the_interval_are_taken(tmp_path, row):
    assert design(tmp_path, f"differences = [{{ endpoint = {row} }}]\n").published.differences
