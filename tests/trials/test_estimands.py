"""Estimators beside true values, on trials that were made up with known effects."""

import numpy as np
import pytest
import xarray as xr
from trial_texts import FULL, REPORTED, problems

from gutskin.model.compiled import load_model
from gutskin.trials.ancova import ancova
from gutskin.trials.design import TrialDesign, load_trial
from gutskin.trials.endpoints import endpoints_of
from gutskin.trials.estimand_parts import EVENTS, OF
from gutskin.trials.estimand_summary import event_shares, summarised, unreported
from gutskin.trials.estimands import EstimandNumbers, estimators_of, measure_of, of_each_replicate

WEEKS = (0.0, 4.0, 8.0)
NAMES = ("easi", "easi75", "total_ige")


def trial(*estimands, estimators=(), conduct=None, **parts):
    return TrialDesign.model_validate(
        {
            "name": "made_up",
            "population": "ad_adult",
            "visits": {"weeks": WEEKS},
            "arms": ({"name": "drug", "n": 60}, {"name": "placebo", "n": 40, "control": True}),
            "estimands": estimands,
            "estimators": estimators,
            "conduct": conduct or {},
            "analysis": {"primary": "easi", "endpoints": NAMES},
            **parts,
        }
    )


def made_up(design, replicates, effect=-4.0, rescue_at=None, harm=0.0, seed=1):
    """Scores that fall by 5 and, on the drug, by 4 more; who is above `rescue_at` at week 4 is
    rescued after it and is 8 points better for it. Whose score at week 4 is high leaves with the
    chance `harm`."""
    rng = np.random.default_rng(seed)
    shape = (replicates, 2, 60)
    first = rng.normal(30, 5, shape)
    middle = first - 2 + rng.normal(0, 3, shape)
    on = np.array([effect, 0.0])
    ends = (middle - 3)[..., None] + on + rng.normal(0, 3, shape)[..., None]  # given
    given_middle = middle[..., None] + on / 2
    rescued = given_middle > (np.inf if rescue_at is None else rescue_at)
    policy = ends - 8 * rescued
    own = np.arange(2)[:, None]
    pick = (slice(None), own, np.arange(60), own)
    score = np.stack([first, given_middle[pick], policy[pick]], axis=-1)
    leaves = (given_middle[pick] > 28) & (rng.random(shape) < harm)
    score[leaves, 2] = np.nan
    event = np.full((3, *shape), np.nan)
    event[0][rescued[pick]] = 4.0
    event[2][leaves] = 4.0
    observed = np.stack([score, (score < 20) * 1.0, np.exp(score / 10)])
    observed[1][np.isnan(score)] = np.nan
    outcomes = {"treatment policy": policy, "hypothetical": ends,
                "composite": np.where(rescued, first[..., None], ends),
                "while on treatment": np.where(rescued, given_middle, ends)}  # fmt: skip
    potential = np.empty((len(design.estimands), 2, *shape, 2))
    for number, one in enumerate(design.estimands):
        value = outcomes[one.strategies.rescue]
        value = {"easi75": (value < 20) * 1.0, "total_ige": np.exp(value / 10)}.get(
            one.endpoint, value
        )
        potential[number] = value
    observed[:, :, 1, 40:], event[:, :, 1, 40:], potential[:, :, :, 1, 40:] = np.nan, np.nan, np.nan
    people = ("replicate", "arm", "patient")
    return xr.Dataset(
        {
            "observed": (("endpoint", *people, "visit"), observed),
            "event": (("kind", *people), event),
            "potential": (("estimand", "of", *people, "given"), potential),
        },
        coords={
            "endpoint": list(NAMES), "replicate": np.arange(replicates),
            "arm": ["drug", "placebo"], "given": ["drug", "placebo"], "visit": list(WEEKS),
            "kind": list(EVENTS), "of": list(OF),
            "estimand": [one.name for one in design.estimands],
        },
    )  # fmt: skip


def numbers(design, data):
    ends = endpoints_of(load_model(), NAMES)
    return of_each_replicate(data, design, ends)


def bias(values, place, estimator):
    """Bias and its Monte-Carlo error."""
    gap = values[place, 0, len(OF) + estimator] - values[place, 0, 0]
    return gap.mean(), gap.std(ddof=1) / np.sqrt(len(gap))


def whole(way):
    return {"name": way.replace(" ", "_"), "strategies": {"rescue": way}}


def test_treatment_policy_without_missing_data_is_the_mean_of_ancova():
    design = trial(whole("treatment policy"))
    values = numbers(design, made_up(design, 200)).values
    mean, error = bias(values, 0, 0)
    assert abs(mean) < 3 * error < 0.3
    assert values[0, 0, 0].mean() == pytest.approx(-4.0)


def test_double_programming_an_estimator_is_the_analysis_of_covariance_of_its_record():
    design = trial(whole("treatment policy"))
    data = made_up(design, 5)
    record = data["observed"].sel(endpoint="easi").transpose("arm", "replicate", "patient", "visit")
    drug, placebo = (record.values[arm] for arm in range(2))
    fit = ancova((drug[..., 0], drug[..., -1]), (placebo[..., 0], placebo[..., -1]))
    assert np.allclose(numbers(design, data).values[0, 0, len(OF)], fit.difference, rtol=1e-12)


def test_each_strategy_has_an_estimator_without_bias_and_one_with():
    """Rescue of who is badly at week 4: those left out are the worst, so a mixed model that sees
    week 4 is right of the hypothetical estimand, and an analysis of who was not rescued is not."""
    ways = ("treatment policy", "hypothetical", "composite", "while on treatment")
    design = trial(*(whole(way) for way in ways), conduct={"rescue": True})
    values = numbers(design, made_up(design, 200, rescue_at=29.0)).values
    asked, every, before, mixed = range(4)
    for place, right in enumerate((asked, mixed, asked, asked)):
        mean, error = bias(values, place, right)
        assert abs(mean) < 3.5 * error, ways[place]
    for place, wrong in ((0, before), (1, every), (1, before), (2, every), (3, every)):
        mean, error = bias(values, place, wrong)
        assert abs(mean) > 5 * error, (ways[place], wrong)


def test_closed_form_risks_and_ratios():
    summaries = (
        ("risk", "easi75", "risk difference"), ("ratio", "easi75", "risk ratio"),
        ("geometric", "total_ige", "ratio of geometric means"),
    )  # fmt: skip
    design = trial(*({"name": n, "endpoint": e, "summary": s} for n, e, s in summaries))
    data = made_up(design, 120)
    values = numbers(design, data).values
    both = data["potential"].isel(of=0).mean(("patient", "arm"))
    of = {name: both.sel(estimand=name) for name in ("risk", "ratio")}
    assert np.allclose(
        values[0, 0, 0], of["risk"].sel(given="drug") - of["risk"].sel(given="placebo"), atol=0.02
    )
    assert values[2, 0, 0] == pytest.approx(-0.4)  # 4 points on exp(x / 10)
    for place in range(3):
        mean, error = bias(values, place, 0)
        assert abs(mean) < 3.5 * error + 0.01
    assert np.isnan(values[:2, 0, len(OF) + 1]).all()  # no mixed model of a share


def test_who_has_no_value_under_one_arm_counts_under_neither():
    """A share of 0 has no logarithm: the patient is left out of both means, not of one."""
    design = trial(
        {"name": "geometric", "endpoint": "total_ige", "summary": "ratio of geometric means"}
    )
    data = made_up(design, 3)
    potential = data["potential"].values  # [estimand, of, replicate, arm, patient, given]
    potential[0, 0, :, 0, :7, 1] = 0.0
    seen = np.isfinite(potential[0, 0]).all(axis=-1) & (potential[0, 0] > 0).all(axis=-1)
    logs = np.log(np.where(seen[..., None], potential[0, 0], 1.0)).sum(axis=(1, 2))
    counted = seen.sum(axis=(1, 2))
    assert (counted == 93).all()
    expected = (logs[:, 0] - logs[:, 1]) / counted
    assert np.allclose(numbers(design, data).values[0, 0, 0], expected, rtol=1e-12)


def test_leaving_by_how_one_fares_biases_completers_and_not_the_mixed_model():
    design = trial(whole("hypothetical"))
    values = numbers(design, made_up(design, 300, harm=0.9)).values
    completers, mixed = bias(values, 0, 0), bias(values, 0, 1)
    assert abs(completers[0]) > 4 * completers[1]
    assert abs(mixed[0]) < 3.5 * mixed[1]


def test_named_estimators_are_used_where_they_fit():
    estimators = (
        {"name": "locf", "missing": "locf"},
        {"name": "risk", "method": "g-computation", "missing": "non-responder"},
    )
    design = trial(whole("hypothetical"), {"name": "share", "endpoint": "easi75"},
                   estimators=estimators)  # fmt: skip
    assert [one.name for one in estimators_of(design)] == ["locf", "risk"]
    values = numbers(design, made_up(design, 3, harm=0.5)).values
    seen = np.isfinite(values[:, 0, len(OF) :]).all(axis=-1)
    assert seen.tolist() == [[True, False], [True, True]]


def test_a_population_is_that_of_a_subgroup():
    group = {"name": "mild", "easi": (0.0, 28.0)}
    design = trial({"name": "mild", "population": "mild"}, whole("treatment policy"),
                   subgroups=(group,))  # fmt: skip
    data = made_up(design, 4)
    first = data["observed"].sel(endpoint="easi").isel(visit=0)
    data = data.assign(
        member=(("subgroup", "replicate", "arm", "patient"), (first <= 28).values[None])
    )
    values = numbers(design, data).values
    few = data["observed"].where(first <= 28).sel(endpoint="easi").transpose("arm", ..., "visit")
    pairs = [(one[..., 0], one[..., -1]) for one in few.values]
    assert np.allclose(values[0, 0, len(OF)], ancova(*pairs).difference)
    assert not np.allclose(values[0, 0, len(OF)], values[1, 0, len(OF)])


def test_the_summary_has_every_estimator_with_its_bias():
    design = trial(whole("treatment policy"), {"name": "ige", "endpoint": "total_ige",
                   "summary": "ratio of geometric means", "week": 8.0})  # fmt: skip
    found: EstimandNumbers = numbers(design, made_up(design, 40))
    scales = {"easi": "root", "easi75": "fall", "total_ige": "log"}
    units = {"easi": "points", "easi75": "1", "total_ige": "kU/L"}
    score, ratio = summarised(design, found.values, scales, units)
    (arm,) = score["arms"]
    assert arm["true"]["over"] == "worlds"
    assert arm["estimators"][0]["bias"] == pytest.approx(bias(found.values, 0, 0)[0])
    assert arm["estimators"][0]["replicates"] == 40
    assert ratio["unit"] == "ratio"
    assert ratio["arms"][0]["true"]["mean"] == pytest.approx(np.exp(-0.4))
    assert ratio["arms"][0]["estimators"][0]["bias"] == pytest.approx(1.0, abs=0.1)
    assert event_shares(design, found.shares)["drug"] == dict.fromkeys(EVENTS, 0.0)


def test_what_an_estimator_cannot_report_of_every_repetition_is_told_with_the_reason():
    design = trial(whole("treatment policy"))
    data = made_up(design, 3)
    scales, units = {"easi": "root"}, {"easi": "points"}
    titles = {"drug": "drug", "placebo": "placebo"}

    def notes():
        told = summarised(design, numbers(design, data).values, scales, units)
        return list(unreported(told, 3, titles))

    assert notes() == []
    data["observed"].values[:, 0, 0] = np.nan  # nobody of the first trial's drug arm is left
    found = notes()
    assert len(found) == len(estimators_of(design))
    assert all("of drug could be estimated in 2 of 3 repetitions by " in one for one in found)
    data["observed"].values[:, :, 0] = np.nan
    assert all("in no repetition" in one for one in notes())
    data["potential"].values[:] = np.nan
    assert "no true value" in notes()[0]


POLICY = '\n[[estimands]]\nname = "policy"\n'
WRONG = [
    (POLICY + 'population = "sever"\n', "the trial has no subgroup 'sever'"),
    (POLICY + 'endpoint = "itch"\n', "'itch' is not among the endpoints of the trial"),
    (POLICY + "week = 5\n", "`week = 5` is no visit after the first. Write one of 4, 8."),
    (POLICY + 'summary = "risk ratio"\n', "'risk ratio' does not fit scorad. Write \"difference"),
    (POLICY + 'strategies = { rescue = "ignored" }\n', "treatment policy"),
    (POLICY + "strategies = { rescued = 1 }\n", "rescued"),
    (POLICY + POLICY, "two estimands are called 'policy'"),
    (POLICY + '[[estimands]]\nname = "x"\nlabel = "Policy"\n', "takes 'Policy' for an earlier est"),
    ('\n[[estimators]]\nname = "one"\n', "the trial has none"),
    (POLICY + '[[estimators]]\nname = "risk"\nmethod = "g-computation"\n', "none of the estimands"),
    (POLICY + '[[estimators]]\nname = "x"\nmethod = "mmrm"\nmissing = "locf"\n', "'locf' does not"),
    ("\n[discontinuation]\n", "nobody stops"),
    ('\n[discontinuation]\nshare = 0.1\nkinds = ["fibre"]\n', "no arm receives any fibre"),
    ('\n[discontinuation]\nshare = 0.1\nkinds = ["pill"]\n', "not the kind of an intervention"),
    ("\n[rescue]\nstops_product = true\n", "Write `rescue = true` in [conduct]"),
    ("\n[conduct]\nrescue = true\n[rescue]\n", "brings nothing and ends nothing"),
    (
        "\n[conduct]\nrescue = true\n[rescue]\ninterventions = "
        '[{ kind = "emollient", level = 1, start_week = 2 }]\n',
        "begins with its visit",
    ),
    (
        POLICY + '[responders]\nat_week = 4\nrule = "easi75"\n',
        "everybody who was randomised",
    ),
]


@pytest.mark.parametrize(("more", "says"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_with_estimands_is_told_with_its_line(tmp_path, more, says):
    text = FULL + more
    found = problems(tmp_path, text)
    assert any(says in message for _, message in found), found
    assert all(line is not None for line, _ in found)


def test_edge_pollen_alone_is_not_stopped_but_by_name(tmp_path):
    """A plan said "The product is stopped by 10%" of a trial that gives pollen alone."""
    fibre, meadow = 'kind = "fibre"\nfactor = 2', 'kind = "pollen"\nlevel = 1'
    pollen = REPORTED.replace(fibre, meadow)
    assert meadow in pollen
    stops = "\n[discontinuation]\nshare = 0.1\n"
    ((_, says),) = problems(tmp_path, pollen + stops)
    assert "nothing is stopped: pollen is met, not taken." in says
    named = tmp_path / "named.toml"
    named.write_text(pollen + stops + 'kinds = ["pollen"]\n', encoding="utf-8")
    assert load_trial(named).discontinuation.kinds == ("pollen",)


def test_edge_a_kind_that_is_no_text_is_told_beside_a_discontinuation(tmp_path):
    text = FULL.replace('kind = "probiotic"', 'kind = ["probiotic"]')
    found = problems(tmp_path, text + '\n[discontinuation]\nshare = 0.1\nkinds = ["emollient"]\n')
    assert any("kind" in message and "text in quotes" in message for _, message in found), found


def test_a_sound_file_with_all_of_it_is_read_and_survives_the_way_through_json(tmp_path):
    more = (
        "\n[conduct]\nrescue = true\n[discontinuation]\nif_worse = 0.2\nkinds = [\"probiotic\"]\n"
        '[rescue]\ninterventions = [{ kind = "topical_steroid", level = 0.8 }]\n'
        '[run_in]\nweeks = 2\ninterventions = [{ kind = "emollient", level = 0.5 }]\n'
        + POLICY + 'strategies = { rescue = "composite", dropout = "hypothetical" }\n'
        '[[estimators]]\nname = "mixed"\nmethod = "mmrm"\n'
    )  # fmt: skip
    path = tmp_path / "trial.toml"
    path.write_text(FULL + more)
    design = load_trial(path)
    assert design.rescue.interventions[0].end_week == design.end_week
    assert TrialDesign.model_validate_json(design.model_dump_json()) == design


@pytest.mark.parametrize(
    ("summary", "told"),
    [(None, "ratio of geometric means"), ("difference of means", "difference of means")],
)
def test_what_is_tested_on_logarithms_is_compared_by_ratios_unless_a_difference_is_asked(
    summary, told
):
    """Of values with a heavy tail a difference of means stood beside what the test is of."""
    asked = {"name": "ige", "endpoint": "total_ige"} | ({"summary": summary} if summary else {})
    design = trial(asked)
    assert measure_of(design.estimands[0], "log") == told
    found = of_each_replicate(made_up(design, 60), design, endpoints_of(load_model(), NAMES))
    true, _, own, mixed = found.values[0, 0]
    assert np.isfinite(true).all()
    if summary is None:  # ends of exp(score / 10) that differ by 4 points are a ratio of exp(-0.4)
        assert true == pytest.approx(np.full(60, -0.4))
        for reported in (own, mixed):
            gap = reported - true
            assert abs(gap.mean()) < 3 * gap.std(ddof=1) / np.sqrt(60)
    else:
        assert (true < -1).all()


def test_a_file_may_leave_the_summary_out_or_ask_for_either():
    from gutskin.trials.estimand_problems import MEASURES

    assert MEASURES["log"][0] == measure_of(trial({"name": "x"}).estimands[0], "log")
    assert set(MEASURES["log"]) == {"ratio of geometric means", "difference of means"}
