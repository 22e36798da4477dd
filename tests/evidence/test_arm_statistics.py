"""What arms of a trial show, from records made up here."""

import numpy as np
import pytest

from gutskin.evidence.arm_statistics import Records, each_replicate, of_all
from gutskin.evidence.trial_check import TrialCheck
from gutskin.evidence.verdicts import judged_together, unit_of

WEEKS = (0.0, 4.0, 8.0)
EASI = {  # arm -> EASI of six patients at each visit
    "drug": [[20, 30, 40, 20, 30, 40], [10, 15, 10, 5, 30, 10], [2, 3, 20, 4, 30, 12]],
    "placebo": [[20, 30, 40, 20, 30, 40], [20, 30, 40, 20, 30, 40], [20, 27, 32, 20, 30, 40]],
}
IGE = [1, 2, 3, 4, 5, 6]
NOBODY = np.nan


def records(unseen=()):
    """Two arms; EASI, whether it has fallen by half, IgE; two replicates of three patients."""
    arms = []
    for rows in EASI.values():
        easi = np.array(rows, float)
        arms.append([easi, (easi <= 0.5 * easi[0]).astype(float), np.tile(IGE, (3, 1))])
    values = np.array(arms, float)
    for arm, patient in unseen:
        values[arm, :, 1:, patient] = NOBODY
    return Records(
        ("drug", "placebo"), ("easi", "easi50", "ige"), ("points", "1", "kU/L"), WEEKS, values,
        np.array([0, 0, 0, 1, 1, 1]),
    )  # fmt: skip


def check(statistic, endpoint="easi", **given):
    usual = {"says": "x", "expected": (-200.0, 200.0), "arm": "drug", "week": 8.0}
    return TrialCheck.model_validate(
        {"endpoint": endpoint, "statistic": statistic, **usual, **given}
    )


def value(*args, unseen=(), **given):
    return of_all(check(*args, **given), records(unseen))[0]


CHANGES = [-90, -90, -50, -80, 0, -70]  # per cent, on the drug at week 8


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"statistic": "baseline"}, 30.0),
        ({"statistic": "change"}, np.mean([-18, -27, -20, -16, 0, -28])),
        ({"statistic": "percent_change"}, np.mean(CHANGES)),
        ({"statistic": "median_percent_change"}, -75.0),
        ({"statistic": "three_quarters_less"}, 50.0),
        ({"statistic": "mean", "endpoint": "easi50"}, 100 * 5 / 6),
        ({"statistic": "mean"}, np.mean([2, 3, 20, 4, 30, 12])),
        ({"statistic": "percent_change", "less": "placebo"}, np.mean(CHANGES) + 5),
        ({"statistic": "percent_change", "less": "placebo", "scale": "ratio"},
         np.mean(CHANGES) / -5),
        ({"statistic": "percent_change", "less_week": 4.0},
         np.mean(CHANGES) + np.mean([50, 50, 75, 75, 0, 75])),
        ({"statistic": "mean", "endpoint": "easi50",
          "among": {"endpoint": "easi", "week": 0.0, "at_least": 30.0}}, 75.0),
        ({"statistic": "change", "among": {"endpoint": "ige", "half": "higher"}}, -44 / 3),
        ({"statistic": "change", "among": {"endpoint": "ige", "half": "higher"},
          "less_among": {"endpoint": "ige", "half": "lower"}}, -44 / 3 + 65 / 3),
        ({"statistic": "lost", "endpoint": "easi50"}, 100 / 6),
        ({"statistic": "lost", "endpoint": "easi50", "arm": "placebo"}, 100.0),
        ({"statistic": "spread"}, np.std([-65 / 3, -44 / 3], ddof=1)),
    ],
)  # fmt: skip
def test_closed_form_what_arms_show(given, expected):
    assert value(**given) == pytest.approx(expected)


def test_lost_counts_every_visit_after_the_first_and_no_earlier_one():
    values = records().values.copy()
    values[0, 1] = [[0] * 6, [0, 1, 1, 1, 1, 1], [1] * 6]  # the first is without it at week 4
    own = Records(*(getattr(records(), name) for name in ("arms", "endpoints", "units", "weeks")),
                  values, records().replicate)  # fmt: skip
    assert of_all(check("lost", "easi50"), own)[0] == pytest.approx(100 / 6)
    assert of_all(check("lost", "easi50", since=4.0), own)[0] == 0.0


def test_reference_correlation_of_ranks_is_that_of_scipy():
    from scipy.stats import spearmanr

    found = value("correlation", with_entry="ige")
    assert found == pytest.approx(spearmanr(CHANGES, IGE).statistic)


def test_who_was_not_seen_is_counted_nowhere():
    assert value("change", unseen=[(0, 4)]) == pytest.approx(np.mean([-18, -27, -20, -16, -28]))
    nobody = [(0, patient) for patient in range(6)]
    assert np.isnan(value("percent_change", unseen=nobody))
    assert np.isnan(value("median_percent_change", unseen=nobody))


def test_each_replicate_has_its_own_number_and_draws_lie_between_them():
    one = check("change")
    np.testing.assert_allclose(each_replicate(one, records()), [-65 / 3, -44 / 3])
    _, drawn = of_all(one, records())
    assert set(np.round(drawn, 6)) == set(np.round([-65 / 3, -44 / 3, -109 / 6], 6))


@pytest.mark.parametrize(
    ("given", "expected", "verdict"),
    [
        ({"statistic": "mean", "endpoint": "easi50"}, (80.0, 90.0), "shown"),  # a level: its size
        ({"statistic": "mean", "endpoint": "easi50"}, (85.0, 90.0), "not shown"),
        ({"statistic": "percent_change"}, (-70.0, -60.0), "shown"),
        ({"statistic": "percent_change"}, (-60.0, -50.0), "partly"),  # it falls, by too much
        ({"statistic": "percent_change", "less": "placebo"}, (-70.0, 0.0), "shown"),
        ({"statistic": "percent_change", "less": "placebo"}, (-15.0, 5.0), "not shown"),
    ],
)
def test_one_number_of_all_replicates_is_judged(given, expected, verdict):
    one = check(**given, expected=expected)
    found = judged_together(one, *of_all(one, records()), 2)
    assert (found.verdict, found.units) == (verdict, 2)


@pytest.mark.parametrize(
    ("given", "unit"),
    [
        ({"statistic": "percent_change", "less": "placebo", "scale": "ratio"}, "1"),
        ({"statistic": "lost", "endpoint": "easi50"}, "%"),
        ({"statistic": "correlation", "with_entry": "ige"}, "1"),
        ({"statistic": "spread"}, "points"),
    ],
)
def test_the_unit_of_what_arms_show(given, unit):
    assert unit_of(check(**given), "points") == unit
