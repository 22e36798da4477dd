"""Who takes part: the flow of people and the table of the first visit, as sums over replicates."""

import json
from dataclasses import replace
from fractions import Fraction
from types import SimpleNamespace

import numpy as np
import pytest
from followed import enrolled, study
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gutskin.model.compiled import load_model
from gutskin.trials import batches as batches_room
from gutskin.trials import conduct, first_visit, follow, taking_part
from gutskin.trials.analysis import analyse
from gutskin.trials.design import TrialDesign, load_trial
from gutskin.trials.left_out import LeftOut, Why
from gutskin.trials.record import Fate
from gutskin.trials.run import run_trial
from gutskin.trials.store import Store
from gutskin.trials.study import prepare
from gutskin.trials.summary import summarise, to_json
from gutskin.trials.taking_part import TakingPart, is_analysed, mean_and_error, sums_of

SEED = 3
MIX = {"kind": "probiotic", "strains": ("w23",), "cfu_per_day": 4e9}
SETTLED = {
    "name": "small",
    "population": "ad_child",
    "eligibility": {"scorad": (20.0, 103.0), "sensitised": True},
    "run_in": {"weeks": 1.0, "stable": 0.2},
    "visits": {"weeks": (0.0, 1.0), "screening_weeks": 2.0},
    "arms": (
        {"name": "active", "n": 3, "interventions": (MIX,)},
        {"name": "placebo", "n": 4, "control": True},
    ),
    "conduct": {"dropout_share": 0.3},
    "analysis": {"primary": "scorad", "endpoints": ("scorad", "il5")},
}
BORN = {
    "name": "born",
    "population": "newborn",
    "start": "birth_vaginal",
    "visits": {"weeks": (0.0, 1.0)},
    "arms": ({"name": "all", "n": 5, "interventions": (MIX,)},),
    "analysis": {"primary": "easi", "endpoints": ("easi",)},
}


def design_of(parts, **changes):
    return TrialDesign.model_validate({**parts, **changes})


def told(trial, design):
    return summarise(trial.shown, design, trial.analysis)


# --- sums ---------------------------------------------------------------------------------------

VALUES = arrays(float, (2, 5), elements=st.floats(-1e9, 1e9) | st.just(np.nan))


@given(VALUES, st.integers(0, 5))
def test_property_however_replicates_are_cut_their_sums_are_the_same_to_the_last_digit(values, cut):
    whole = sums_of(values)
    parts = sums_of(values[:, :cut]) + sums_of(values[:, cut:])
    assert (parts == whole).all()
    assert mean_and_error(parts)[0].tolist() == pytest.approx(
        mean_and_error(whole)[0].tolist(), nan_ok=True, rel=0, abs=0
    )


def test_closed_form_mean_and_error_are_those_of_the_replicates_that_are_known():
    gap = np.nan
    values = np.array([[1.0, 2.0, 6.0, gap], [gap, 4.0, gap, gap], [gap] * 4, [1.0, gap, 3.0, gap]])
    mean, error = mean_and_error(sums_of(values))
    np.testing.assert_array_equal(mean, [3.0, 4.0, gap, 2.0])
    np.testing.assert_allclose(error, [np.std([1, 2, 6], ddof=1) / np.sqrt(3), gap, gap, 1.0])
    assert sums_of(values).shape == (3, 4)


def test_closed_form_moments_are_of_each_group_by_itself():
    values = np.array([1.0, 4.0, 7.0, np.nan, 2.0, 9.0])
    many, mean, variance = taking_part.moments_of(values, np.array([0, 0, 0, 0, 2, 3]), 5)
    assert many.tolist() == [3, 0, 1, 1, 0]
    np.testing.assert_array_equal(mean, [4.0, np.nan, 2.0, 9.0, np.nan])
    np.testing.assert_array_equal(variance, [9.0, np.nan, np.nan, np.nan, np.nan])


def test_unit_as_plain_values_and_back_nothing_is_rounded():
    rng = np.random.default_rng(1)
    parts = [
        TakingPart(sums_of(rng.random((2, 3))), sums_of(rng.random((2, 2, 3))),
                   sums_of(np.exp(9 * rng.normal(size=(2, 4, 3, 3)))))
        for _ in range(2)
    ]  # fmt: skip
    whole = TakingPart.together(parts)
    back = TakingPart.from_json(json.loads(json.dumps(whole.to_json())))
    for name in taking_part.PARTS:
        assert (getattr(back, name) == getattr(whole, name)).all()
        assert (getattr(whole, name) == getattr(parts[0], name) + getattr(parts[1], name)).all()


# --- a batch ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def batch():
    """Two replicates of three arms of three, followed without a model; what is known of them."""
    made = study(endpoints=("scorad", "il5"))
    people = enrolled(made)
    count = len(people)
    rng = np.random.default_rng(4)
    measured = rng.uniform(20, 60, (2, 3, count))
    measured[0, 2, 4] = np.nan
    measured[0, 0, 7] = np.nan
    fate = np.arange(count) % len(Fate)
    keys = people.keys[[0, 0, 9]].copy()
    people = replace(people, left_out=LeftOut(keys, np.array([1, 4, 4])))
    follow_ups = [
        SimpleNamespace(measured=measured[:, :, part], fate=fate[part], rescued=fate[part] == 2)
        for part in (slice(0, 5), slice(5, count))
    ]
    found = taking_part.of_batch(made, 2, people, follow_ups)
    return made, people, measured, fate, found


def test_closed_form_a_batch_counts_who_is_left_out_and_what_becomes_of_each_arm(batch):
    made, people, measured, fate, found = batch
    arm, replicate = follow.arm_of(made, people), people.keys[:, 0].astype(int)
    analysed = np.isfinite(measured[0, 0]) & np.isfinite(measured[0, 2])
    rows = [*(fate == one for one in Fate), fate == 2, analysed]
    for place in range(3):
        counts = np.array(
            [[(row & (arm == place) & (replicate == r)).sum() for r in (0, 1)] for row in rows]
        )
        many, total, squares = found.ends[:, place].astype(float)
        assert (many == 2).all()
        assert (total == counts.sum(axis=1)).all()
        assert (squares == (counts**2).sum(axis=1)).all()
    totals = dict(zip(Why, found.left_out[1], strict=True))
    assert totals[Why.far_score] == 1
    assert totals[Why.does_not_come] == 2
    assert sum(totals.values()) == 3


def test_closed_form_a_batch_holds_mean_and_variance_of_every_arm_at_the_first_visit(batch):
    made, people, measured, _, found = batch
    arm, replicate = follow.arm_of(made, people), people.keys[:, 0].astype(int)
    names = [one.name for one in first_visit.traits(made.design, made.model)]
    assert found.baseline.shape == (3, 3, len(names), 3)
    values = {"scorad": measured[0, 0], "il5": np.log(measured[1, 0])}
    for place in range(3):
        for name, of in values.items():
            groups = [of[(arm == place) & (replicate == r)] for r in (0, 1)]
            groups = [one[np.isfinite(one)] for one in groups]
            expected = [
                [len(one), one.mean(), one.var(ddof=1) if len(one) > 1 else np.nan]
                for one in groups
            ]
            mean = mean_and_error(found.baseline)[0][place, names.index(name)]
            np.testing.assert_allclose(mean, np.mean(expected, axis=0))


# --- who is analysed ----------------------------------------------------------------------------

GAP = np.nan
RECORDS = np.array([
    [1.0, 1.0, 1.0],  # at every visit
    [1.0, GAP, 1.0],  # missed the second
    [1.0, 1.0, GAP],  # left after it
    [1.0, GAP, GAP],  # left after the first
    [GAP, 1.0, 1.0],  # no baseline
    [GAP, GAP, GAP],  # not computed
    [0.0, 1.0, GAP],  # an event at the second
    [0.0, GAP, GAP],  # never seen again
])  # fmt: skip
BOTH, BASELINE, LAST = "11000000", "11110011", "11001000"


@pytest.mark.parametrize(
    ("method", "missing", "scale", "who"),
    [
        ("ancova", "as observed", "linear", BOTH),
        ("mann-whitney", "as observed", "linear", BOTH),
        ("ancova", "locf", "linear", BASELINE),
        ("ancova", "completers", "linear", "10000000"),
        ("ancova", "multiple imputation", "linear", BASELINE),
        ("ancova", "jump to reference", "linear", BASELINE),
        ("mmrm", "as observed", "linear", "11100010"),
        ("ancova", "non-responder", "event", BASELINE),
        ("mantel-haenszel", "as observed", "event", LAST),
        ("g-computation", "as observed", "event", LAST),
        ("g-computation", "non-responder", "event", "11111011"),
        ("log-rank", "as observed", "event", "00000010"),
        ("cox", "as observed", "event", "00000010"),
        ("negative-binomial", "as observed", "event", "11101010"),
    ],
)
def test_closed_form_who_is_analysed_depends_on_the_method(method, missing, scale, who):
    analysis = {"primary": "scorad", "endpoints": ("scorad",), "method": method, "missing": missing}
    design = design_of(SETTLED, visits={"weeks": (0.0, 1.0, 2.0)})
    asked = design.analysis.model_copy(update=analysis)
    found = is_analysed(design.model_copy(update={"analysis": asked}), scale, RECORDS, 0.0)
    assert "".join(str(int(one)) for one in found) == who


def test_closed_form_visits_after_the_analysis_make_nobody_analysed_or_not():
    analysis = {"primary": "scorad", "endpoints": ("scorad",), "week": 1.0}
    design = design_of(SETTLED, visits={"weeks": (0.0, 1.0, 2.0)}, analysis=analysis)
    found = is_analysed(design, "linear", RECORDS, 0.0)
    assert "".join(str(int(one)) for one in found) == "10100010"
    timed = design.analysis.model_copy(update={"method": "log-rank"})
    found = is_analysed(design.model_copy(update={"analysis": timed}), "event", RECORDS, 0.0)
    assert "".join(str(int(one)) for one in found) == "00000010"


def test_closed_form_of_a_crossover_the_ends_of_both_periods_count():
    weeks = (0.0, 4.0, 8.0, 12.0)
    design = design_of(
        SETTLED, visits={"weeks": weeks}, crossover={"periods": ((0.0, 4.0), (8.0, 12.0))}
    )
    record = np.array([[GAP, 1.0, GAP, 1.0], [1.0, 1.0, 1.0, GAP], [1.0, GAP, 1.0, 1.0]])
    assert is_analysed(design, "linear", record, 0.0).tolist() == [True, False, False]
    assert design.watched_until == 3
    assert design.analysed == 1


def test_closed_form_of_a_single_arm_first_and_last_visit_count_whatever_the_method():
    analysis = {"primary": "scorad", "endpoints": ("scorad",), "missing": "locf"}
    arms = (SETTLED["arms"][0],)
    design = design_of(SETTLED, arms=arms, visits={"weeks": (0.0, 1.0, 2.0)}, analysis=analysis)
    found = is_analysed(design, "linear", RECORDS, 0.0)
    assert "".join(str(int(one)) for one in found) == BOTH


# --- a trial ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def settled(tmp_path_factory):
    """A trial with a run-in and dropout, in two chunks; the design, the trial, its store."""
    design, patch = design_of(SETTLED), pytest.MonkeyPatch()
    patch.setattr(batches_room, "LARGEST", 14)  # two replicates
    store = Store(tmp_path_factory.mktemp("people") / "kept")
    trial = run_trial(design, load_model(), 4, SEED, store=store)
    yield design, trial, store
    patch.undo()


def test_all_add_up_from_the_population_to_the_analysis(settled):
    design, trial, _ = settled
    flow = told(trial, design)["flow"]
    assert flow["candidates"] == pytest.approx(flow["screened"] + sum(flow["not_seen"].values()))
    refused = sum(flow["not_admitted"].values())
    assert flow["screened"] == pytest.approx(flow["randomised"] + refused)
    assert (flow["randomised"], flow["week"]) == (7, 1.0)
    assert flow["not_seen"]["other_body"] > 0
    assert flow["not_admitted"]["run_in"] > 0
    for arm in design.arms:
        its = flow["arms"][arm.name]
        assert its["randomised"] == arm.n
        assert its["completed"] + its["lost"] == pytest.approx(arm.n)
        assert its["lost"] == pytest.approx(sum(its["reasons"].values()))
        assert its["reasons"]["left"] == its["lost"]
        complete = trial.analysis.endpoints["scorad"].complete[arm.name]
        assert its["analysed"] == pytest.approx(complete * arm.n)
        assert its["completed"] == its["analysed"]
    assert sum(its["lost"] for its in flow["arms"].values()) > 0


def test_the_flow_is_of_the_candidates_until_the_last_seat(settled):
    design, trial, _ = settled
    flow = told(trial, design)["flow"]
    made = prepare(design, load_model(), 4, SEED, "evidence")
    people = conduct.enrol(made, 4, conduct.WorkCounter(None, 28, 2))
    last = {}
    for replicate, arm, index in people.keys.tolist():
        last[replicate, arm] = max(index, last.get((replicate, arm), -1))
    assert flow["candidates"] == sum(index + 1 for index in last.values()) / 4
    assert len(people.left_out) == 4 * (flow["candidates"] - 7)


def test_closed_form_the_table_holds_what_the_first_visits_hold(settled):
    design, trial, _ = settled
    lines = {one["name"]: one for one in told(trial, design)["baseline"]}
    assert [*lines] == [
        "age", "body_weight", "flg_carrier", "sensitised", "food_sensitised", "scorad", "il5",
        "easi", "total_ige", "s_aureus",
    ]  # fmt: skip
    first = trial.data["measured"].isel(visit=0)
    for place, arm in enumerate(design.arms):
        score = first.sel(endpoint="scorad").values[:, place, : arm.n]
        cell = lines["scorad"]["arms"][arm.name]
        assert cell["n"] == arm.n
        assert cell["mean"] == pytest.approx(score.mean())
        assert cell["sd"] == pytest.approx(np.sqrt(score.var(axis=1, ddof=1).mean()))
        error = score.mean(axis=1).std(ddof=1) / 2
        assert cell["monte_carlo_error"] == pytest.approx(error)
        logs = np.log(first.sel(endpoint="il5").values[:, place, : arm.n])
        cell = lines["il5"]["arms"][arm.name]
        assert cell["mean"] == pytest.approx(np.exp(logs.mean()))
        assert cell["sd"] == pytest.approx(np.exp(np.sqrt(logs.var(axis=1, ddof=1).mean())))
        factor = np.exp(logs.mean()) * logs.mean(axis=1).std(ddof=1) / 2
        assert cell["monte_carlo_error"] == pytest.approx(factor)
        assert lines["sensitised"]["arms"][arm.name] == {
            "n": arm.n, "mean": 1.0, "monte_carlo_error": 0.0,
        }  # fmt: skip
    assert lines["il5"] | {"arms": {}} == {
        "name": "il5", "label": "IL-5 in serum", "unit": "pg/mL", "kind": "geometric mean",
        "source": "recorded", "arms": {},
    }  # fmt: skip


def test_resumed_and_in_memory_it_is_the_same_to_the_last_digit(settled):
    design, trial, store = settled
    trial.files[1].unlink()
    resumed = run_trial(design, load_model(), 4, SEED, store=store)
    in_memory = run_trial(design, load_model(), 4, SEED)
    texts = {to_json(told(one, design)) for one in (trial, resumed, in_memory)}
    assert len(texts) == 1


def test_from_birth_nobody_is_screened_and_an_empty_arm_is_not_told():
    design = design_of(BORN)
    trial = run_trial(design, load_model(), 2, SEED)
    summary = told(trial, design)
    assert set(summary["flow"]) == {"randomised", "week", "arms"}
    assert (summary["flow"]["randomised"], [*summary["flow"]["arms"]]) == (5, ["all"])
    assert summary["flow"]["arms"]["all"]["completed"] == 5.0
    assert [one["name"] for one in summary["baseline"]] == [
        "body_weight", "flg_carrier", "human_milk", "easi",
    ]  # fmt: skip
    assert all([*one["arms"]] == ["all"] for one in summary["baseline"])


def test_unit_where_a_part_does_not_know_nothing_is_told(settled):
    design, trial, _ = settled
    made = prepare(design, load_model(), 1, SEED, "evidence")
    assert taking_part.shown([], made) == {}
    people = conduct.conduct_batch(made, 1, conduct.WorkCounter(None, 7, 2)).people
    assert taking_part.shown([people, None], made) == {}
    assert {"left_out", "ends", "baseline"} <= set(taking_part.shown([people], made))
    bare = trial.data.drop_vars(["baseline", "left_out", "ends"])
    assert "flow" not in summarise(bare, design, analyse(bare, design))


def test_several_populations_and_sites_add_up_as_one():
    sites = ({"name": "north"}, {"name": "south", "share": 2.0})
    design = design_of(
        SETTLED, population=("ad_child", "ad_adult"), sites=sites, run_in=None,
        eligibility={"scorad": (20.0, 103.0)},
    )  # fmt: skip
    trial = run_trial(design, load_model(), 2, SEED)
    flow = told(trial, design)["flow"]
    refused = flow["not_admitted"]
    assert flow["screened"] == pytest.approx(7 + sum(refused.values()))
    assert (refused["run_in"], refused["steroid"], flow["not_seen"]["other_body"]) == (0, 0, 0)


def test_property_sums_are_exact_whatever_the_sizes_of_the_numbers():
    """Against fractions, of numbers a thousand million million times as large as others."""
    rng = np.random.default_rng(3)
    values = rng.normal(size=(4, 30)) * 10.0 ** rng.integers(-15, 15, size=(4, 30))
    values[0, ::4], values[1], values[2] = np.nan, 0.0, np.nan
    found = sums_of(values)
    for row, sums in zip(values, found.T, strict=True):
        known = [Fraction(one) for one in row if np.isfinite(one)]
        assert list(sums) == [len(known), sum(known), sum(one * one for one in known)]
    halves = [sums_of(values[:, part]) for part in (slice(0, 7), slice(7, 30))]
    assert (np.sum(halves, axis=0) == found).all()


def test_engine_of_a_withdrawal_no_more_are_analysed_than_take_part():
    trial = load_trial("withdrawal-ox40l")
    flow = taking_part.summarised(trial, run_trial(trial, load_model(), 2, SEED).shown)["flow"]
    for arm in flow["arms"].values():
        assert 0 <= arm["analysed"] <= arm["completed"] <= arm["randomised"]
    assert sum(arm["analysed"] > 0 for arm in flow["arms"].values()) > 1
