"""A trial analysed by other methods than ANCOVA: what they are given, and what comes out."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binom, mannwhitneyu
from synthetic import synthetic
from trial_texts import FULL, problems

from gutskin.report.methods import reported
from gutskin.statistics.kaplan_meier import kaplan_meier
from gutskin.statistics.mmrm import arm_columns, mmrm
from gutskin.statistics.multiplicity import holm
from gutskin.statistics.untested import Untested
from gutskin.trials.analysis import analyse, joined, per_replicate
from gutskin.trials.ancova import ancova
from gutskin.trials.chosen_method import missing_of
from gutskin.trials.contrast import METHODS, Records, compare
from gutskin.trials.design import load_trial
from gutskin.trials.event_times import first_events
from gutskin.trials.methods import FITS, IMPUTED, RULES, SCORES, fitting
from gutskin.trials.summary import summarise, to_json

DESIGN = load_trial("six-strain-children")


def designed(**analysis):
    return DESIGN.model_copy(update={"analysis": DESIGN.analysis.model_copy(update=analysis)})


def compared(design, data, name="scorad"):
    return analyse(data, design).endpoints[name].comparisons["six_strain"]


def test_methods_that_are_named_exist_and_fit_something():
    assert set(METHODS) == set(FITS)
    for scale in ("linear", "log", "event", "ever", "fall", "below"):
        assert fitting(scale)
    for methods, scales in RULES.values():
        assert all(FITS[one] & scales for one in methods)


def test_double_programming_mixed_model_of_a_whole_trial():
    data = synthetic(DESIGN, 5, dropout=0.15)
    for name in ("scorad", "il5"):
        its = compared(designed(method="mmrm"), data, name)
        own = data["measured"].sel(endpoint=name).transpose("arm", "replicate", "patient", "visit")
        values = np.concatenate([own.sel(arm=a).values for a in ("six_strain", "placebo")], axis=1)
        values = np.log(values) if name == "il5" else values
        arm = np.repeat([1, 0], data.sizes["patient"])
        visits = data.sizes["visit"] - 1
        contrast = np.zeros(3 * visits)
        contrast[2 * visits - 1] = 1
        x = arm_columns(values[..., 0], arm, visits)
        fit = mmrm(values[..., 1:], x, contrast).contrasts
        np.testing.assert_allclose(its.p, fit.p[:, 0], rtol=1e-9)
        np.testing.assert_allclose(its.tested_difference, fit.value[:, 0], rtol=1e-9)


def test_what_is_no_method_stays_ancova_to_the_last_bit():
    """Power and the true effect ask of the ANCOVA what they always did."""
    data = synthetic(DESIGN, 30, dropout=0.1)
    plain, mixed = compared(DESIGN, data), compared(designed(method="mmrm"), data)
    for name in ("true_effect", "residual_sd", "freedom", "tested_effect", "recorded_beyond"):
        np.testing.assert_array_equal(getattr(plain, name), getattr(mixed, name))
    assert (plain.p != mixed.p).all()
    summary = to_json(summarise(data, DESIGN, analyse(data, DESIGN)))
    for word in ('"method"', '"missing"', "adjusted", "hazard"):
        assert word not in summary


@pytest.mark.parametrize("rule", IMPUTED)
@pytest.mark.parametrize("log", [False, True])
def test_closed_form_where_nothing_is_missing_imputation_is_the_plain_analysis(rule, log):
    rng = np.random.default_rng(9)
    active, control = np.exp(rng.normal(2, 0.4, (2, 3, 20, 4)))
    records = Records(active, control, None, (0, 2, 4, 8), log, True, range(3), "x/y")
    found, plain = (compare(records, "ancova", one) for one in (rule, "as observed"))
    for name in ("difference", "tested_difference", "standard_error"):
        np.testing.assert_allclose(getattr(found, name), getattr(plain, name), rtol=1e-6)
    # Barnard and Rubin take off some freedom even then
    np.testing.assert_allclose(found.p, plain.p, rtol=0.01)


@pytest.mark.parametrize("missing", IMPUTED)
def test_replicates_one_by_one_give_what_all_give_together(missing):
    """Imputations are drawn of a replicate's own number."""
    design, data = designed(missing=missing), synthetic(DESIGN, 4, dropout=0.2)
    whole = per_replicate(data, design)
    parts = joined([per_replicate(data.isel(replicate=[one]), design) for one in range(4)])
    for name in ("scorad", "il5"):
        both = (one[name].comparisons["six_strain"] for one in (whole, parts))
        a, b = both
        np.testing.assert_allclose(a.p, b.p, rtol=1e-8)
        assert a.missing == b.missing == missing
        np.testing.assert_allclose(a.difference, b.difference, rtol=1e-8)


def test_locf_and_completers_are_ancova_of_other_records():
    data = synthetic(DESIGN, 6, dropout=0.0)
    own = data["measured"]
    gone = np.zeros(own.shape, bool)
    gone[:, :, :, ::5, -1] = True  # seen at all visits but the last
    data["measured"] = own.where(~gone)
    last = own.isel(visit=-1).where(~gone[..., -1], own.isel(visit=-2)).sel(endpoint="scorad")
    first = own.isel(visit=0).sel(endpoint="scorad")
    pairs = [(first.sel(arm=a).values, last.sel(arm=a).values) for a in ("six_strain", "placebo")]
    its = compared(designed(missing="locf"), data)
    np.testing.assert_allclose(its.p, ancova(*pairs).p, rtol=1e-9)
    plain, some = compared(DESIGN, data), compared(designed(missing="completers"), data)
    np.testing.assert_allclose(some.p, plain.p, rtol=1e-12)


def test_questions_are_adjusted_together():
    data = synthetic(DESIGN, 50)
    found = analyse(data, designed(multiplicity="holm"))
    names = list(found.endpoints)
    p = np.stack([found.endpoints[name].comparisons["six_strain"].p for name in names], axis=-1)
    mine = np.stack(
        [found.endpoints[name].comparisons["six_strain"].adjusted_p for name in names], axis=-1
    )
    np.testing.assert_allclose(mine, holm(p))
    ordered = analyse(data, designed(multiplicity="fixed sequence")).endpoints
    first = ordered[DESIGN.analysis.primary].comparisons["six_strain"]
    np.testing.assert_array_equal(first.adjusted_p, first.p)  # the primary one is asked first


def test_summary_and_sentences_name_the_method():
    design = designed(method="mann-whitney", missing="locf", multiplicity="holm")
    data = synthetic(DESIGN, 50)
    summary = summarise(data, design, analyse(data, design))
    its = summary["endpoints"]["scorad"]["difference"]
    assert (its["method"], its["missing"]) == ("mann-whitney", "locf")
    assert 0 <= its["share_adjusted_p_below_0_05_for"] <= its["share_p_below_0_05_for"]
    sentence = next(one for one in reported(summary) if one.startswith("SCORAD"))
    assert "Mann-Whitney test of changes, missing: locf; adjusted p < 0.05 in favour in" in sentence


def shares(rng, trials=400, n=40, leave=0.0, score=True, risk=(0.3, 0.3)):
    """Visits at which somebody has it, likelier the higher his score at baseline; none at entry."""
    arms, scores = [], []
    for chance in risk:
        level = rng.normal(0, 1, (trials, n))
        each = 1 / (1 + np.exp(-(np.log(chance / (1 - chance)) + level)))
        y = (rng.random((trials, n, 4)) < each[..., None]).astype(float)
        y[..., 0] = 0.0
        gone = np.maximum.accumulate(rng.random(y.shape) < leave * (np.arange(4) > 0), axis=-1)
        y[gone] = np.nan
        arms.append(y)
        scores.append(level)
    both = np.concatenate(scores, axis=1) if score else None
    return Records(arms[0], arms[1], both, (0, 2, 4, 8), False, True, range(trials), "x/y")


@pytest.mark.parametrize("leave", [0.0, 0.1])
@pytest.mark.parametrize("method", fitting("event"))
def test_null_of_every_method_for_shares(method, leave):
    found = compare(shares(np.random.default_rng(3), leave=leave), method, "as observed")
    assert (found.untested == 0).mean() > 0.99
    count, many = int((found.p < 0.05).sum()), int((found.untested == 0).sum())
    assert binom.ppf(0.0005, many, 0.04) <= count <= binom.ppf(0.9995, many, 0.065)
    sides = found.better[found.untested == 0].mean()
    assert 0.3 < sides < 0.7


@pytest.mark.parametrize("method", fitting("event"))
def test_fewer_events_in_the_active_arm_are_better(method):
    records = shares(np.random.default_rng(4), trials=30, n=100, risk=(0.15, 0.5))
    found = compare(records, method, "as observed")
    assert found.better.all()
    value = found.log_ratio if found.difference is None else found.difference
    assert (value < 0).all()
    assert (found.p < 0.05).mean() > 0.9


def test_an_arm_without_events_is_better_by_cox_though_its_ratio_has_no_finite_value():
    records = shares(np.random.default_rng(4), trials=30, n=100, risk=(1e-9, 0.3))
    found, tests = (compare(records, one, "as observed") for one in ("cox", "log-rank"))
    assert np.isneginf(found.log_ratio).all()
    assert (found.untested == 0).all()
    assert found.better.all()
    assert (found.p < 0.05).all()
    np.testing.assert_allclose(np.log(found.p), np.log(tests.p), rtol=0.15)  # ties, each its way
    turned = replace(records, active=records.control, control=records.active)
    assert not compare(turned, "cox", "as observed").better.any()


def test_an_arm_without_events_is_better_by_counts_though_its_ratio_has_no_finite_value():
    records = shares(np.random.default_rng(4), trials=30, n=100, risk=(1e-9, 0.3))
    found = compare(records, "negative-binomial", "as observed")
    assert np.isneginf(found.log_ratio).all()
    assert (found.untested == 0).all()
    assert found.better.all()
    assert (found.p < 0.05).all()
    turned = replace(records, active=records.control, control=records.active)
    assert not compare(turned, "negative-binomial", "as observed").better.any()


def test_closed_form_ranks_are_of_changes_from_the_first_visit_to_the_last():
    rng = np.random.default_rng(8)
    active, control = rng.normal(30, 8, (2, 3, 20, 4))
    records = Records(active, control, None, (0, 2, 4, 8), False, True, range(3), "x/y")
    found = compare(records, "mann-whitney", "as observed")
    for i in range(3):
        changes = [one[i, :, 3] - one[i, :, 0] for one in (active, control)]
        own = mannwhitneyu(*changes, method="exact")
        assert found.p[i] == pytest.approx(own.pvalue)
        pairs = changes[0][:, None] - changes[1]
        assert found.difference[i] == pytest.approx(np.median(pairs))


@pytest.mark.parametrize("method", sorted(set(fitting("linear"))))
@pytest.mark.parametrize("log", [False, True])
def test_null_of_every_method_for_scores(method, log):
    rng = np.random.default_rng(5)
    body = rng.normal(0, 1, (400, 50, 1))
    y = np.exp(2 + 0.3 * (body + rng.normal(0, 0.7, (400, 50, 4))))
    y[np.maximum.accumulate(rng.random(y.shape) < 0.08 * (np.arange(4) > 0), axis=-1)] = np.nan
    records = Records(y[:, :25], y[:, 25:], None, (0, 2, 4, 8), log, True, range(400), "x/y")
    rules = [rule for rule, (methods, scales) in RULES.items()
             if method in methods and scales & SCORES]  # fmt: skip
    for rule in rules:
        found = compare(records, method, rule)
        assert (found.untested == 0).all()
        count = int((found.p < 0.05).sum())
        lowest = 0.01 if rule in ("jump to reference", "copy increments") else 0.045
        assert binom.ppf(0.0005, 400, lowest) <= count <= binom.ppf(0.9995, 400, 0.055), rule


def test_times_are_of_the_first_visit_with_the_event_and_censored_at_the_last():
    nan = np.nan
    active = np.array([[[0, 0, 1, 1], [0, 0, nan, nan], [1, 1, 1, 1], [0, nan, nan, nan]]])
    control = np.array([[[0, 0, 0, 0], [0, nan, 1, 0], [nan, nan, nan, nan], [0, 1, 0, 0]]])
    records = Records(active, control, None, (0, 2, 4, 8), False, True, [0], "x/y")
    time, event = first_events(records.both, records.weeks)
    np.testing.assert_equal(time, [[4, 2, nan, nan, 8, 4, nan, 2]])
    at_risk = np.isfinite(time)
    assert event[at_risk].tolist() == [1, 0, 0, 1, 1]
    assert kaplan_meier(time, event).at(8.0)[0] == pytest.approx(4 / 5 * 1 / 3)


def test_who_is_missing_has_failed():
    records = shares(np.random.default_rng(6), trials=3, leave=0.3)
    found = compare(records, "mantel-haenszel", "non-responder")
    lower = Records(
        np.nan_to_num(records.active, nan=1.0), np.nan_to_num(records.control, nan=1.0),
        records.score, records.weeks, False, True, range(3), "x/y",
    )  # fmt: skip
    np.testing.assert_allclose(found.p, compare(lower, "mantel-haenszel", "as observed").p)


@pytest.mark.parametrize("method", METHODS)
def test_data_that_nobody_could_test_say_why(method):
    """Constant outcome, empty arm, one patient, everybody has the event: no nan in silence."""
    scale = "linear" if FITS[method] <= SCORES else "event"
    rules = [
        rule for rule, (methods, scales) in RULES.items() if method in methods and scale in scales
    ]
    flat, full = np.zeros((1, 9, 3)), np.ones((1, 9, 3))
    full[..., 0] = 0
    nobody = np.full((1, 9, 3), np.nan)
    alone = nobody.copy()
    alone[:, 0] = 0.0
    cases = [(flat, flat), (nobody, flat), (nobody, nobody), (alone, nobody), (full, full)]
    cases += [(alone, flat), (full, flat)]
    for active, control in cases:
        records = Records(active, control, None, (0, 4, 8), False, True, [0], "x/y")
        for rule in rules:
            found = compare(records, method, rule)
            assert np.isfinite(found.p).item() == (found.untested.item() == Untested.tested)
            if active is not full:
                assert found.untested.item() != Untested.tested


WRONG = {
    "score by a method of shares": ('method = "cox"', "'cox' does not fit scorad, a score"),
    "unknown": ('method = "anova"', "'ancova'"),
    "of an endpoint that is not measured": ('methods = { itch = "mmrm" }', "'itch' is not in"),
    "of single endpoints": ('methods = { scorad = "log-rank" }', "'log-rank' does not fit scorad"),
    "missing that fits nothing": ('missing = "non-responder"', "for shares of patients"),
    "carried forward in a mixed model": ('method = "mmrm"\nmissing = "locf"', "fits none of the"),
    "several methods instead": ('method = "cox"', 'Write "ancova", "mmrm" or "mann-whitney".'),
    "imputed in a mixed model": (
        'method = "mmrm"\nmissing = "multiple imputation"',
        'for scores analysed by "ancova".',
    ),
    "multiplicity": ('multiplicity = "bonferroni"', "'holm'"),
}


@pytest.mark.parametrize("rule", ["locf", "completers"])
def test_no_rule_stands_for_who_has_failed_to_respond(tmp_path, rule):
    """Said to be of completers, such shares counted who had left as a failure."""
    analysis = DESIGN.analysis.model_copy(update={"missing": rule})
    for scale in ("fall", "below", "drop"):
        assert missing_of(analysis, "g-computation", scale) == "as observed"
    assert missing_of(analysis, "g-computation", "event") == rule
    text = FULL.replace('primary = "scorad"', 'primary = "easi75"')
    text = text.replace('["scorad", "easi"]', f'["easi75"]\nmissing = "{rule}"', 1)
    told = [says for _, says in problems(tmp_path, text) if "`missing" in says]
    assert len(told) == 1
    assert "has failed to respond: nothing is missing of him. Write " in told[0]


@pytest.mark.parametrize("case", WRONG)
def test_methods_that_do_not_fit_are_told_with_their_line(tmp_path, case):
    lines, message = WRONG[case]
    text = FULL.replace(
        'endpoints = ["scorad", "easi"]', f'endpoints = ["scorad", "easi"]\n{lines}', 1
    )
    assert text != FULL
    found = problems(tmp_path, text)
    assert len(found) == 1, found
    assert found[0][0] == text.split("\n").index(lines.split("\n")[-1]) + 1
    assert message in found[0][1]


def test_a_whole_file_with_methods(tmp_path):
    path = tmp_path / "trial.toml"
    more = (
        'endpoints = ["scorad", "easi75", "easi"]\nmethod = "mmrm"\n'
        'methods = { easi75 = "cox" }\nmissing = "completers"\nmultiplicity = "holm"'
    )
    path.write_text(FULL.replace('endpoints = ["scorad", "easi"]', more, 1))
    analysis = load_trial(path).analysis
    assert analysis.methods == {"easi75": "cox"}
    assert analysis.multiplicity == "holm"
