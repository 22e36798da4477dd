"""What a survey shows: in whom, of which records, and as the analysis of a trial would say it."""

from dataclasses import replace

import numpy as np
import pytest
from made_up import SENSITISED, candidates, key, survey_data

from gutskin.model.overlay import biology_of
from gutskin.model.vocabulary import vocabulary
from gutskin.optimisation.candidates import EVERYBODY, Enrichment, Pilot
from gutskin.optimisation.readings import _mean, keys_of, medians, readings_of
from gutskin.optimisation.survey import Survey, surveys_of
from gutskin.trials.analysis import analyse
from gutskin.trials.ancova import ancova
from gutskin.trials.design import load_trial
from gutskin.trials.endpoints import endpoints_of

DESIGN = load_trial("six-strain-children")
BIOLOGY = biology_of(None)
UPPER = Enrichment(name="upper", upper_half=("scorad",))
LOWER = Enrichment(name="lower", lower_half=("scorad",))
SCORED = surveys_of(DESIGN, candidates(pilot=Pilot(n=4)), BIOLOGY, 8)[0].design
PILOT = Pilot(n=4, endpoints=("scorad", "il5"), weeks=(4.0, 8.0))


def surveyed(asked, replicates=12, patients=8, **more):
    (survey,) = surveys_of(DESIGN, asked, BIOLOGY, patients)
    return survey, survey_data(survey, replicates, **more)


def test_everybody_at_the_last_visit_is_the_analysis_of_the_trial():
    asked = candidates(pilot=PILOT, endpoints=("scorad", "il5"))
    survey, data = surveyed(asked)
    bare = Survey(survey.design, 0.0, survey.doses, {}, ("x", "y"), 0)
    found, _ = readings_of(bare, asked.model_copy(update={"pilot": Pilot(n=4)}), [data], {})
    whole = analyse(data, survey.design)
    for name in ("scorad", "il5"):
        one, its = found[key(name)], whole.endpoints[name].comparisons["six_strain"]
        assert one.effect == pytest.approx(its.tested_effect)
        assert one.error == pytest.approx(its.tested_effect_error)
        assert one.beyond == pytest.approx(its.recorded_beyond)
        assert one.residual_sd == pytest.approx(its.residual_sd)
        assert one.freedom == pytest.approx(its.freedom)
        assert np.all(one.share == 1)
        arms = whole.endpoints[name].complete
        assert one.active.mean() == pytest.approx(arms["six_strain"])
        assert one.control.mean() == pytest.approx(arms["placebo"])


@pytest.mark.parametrize(
    ("endpoint", "missing"),
    [("scorad", "locf"), ("scorad", "completers"), ("scorad50", "non-responder")],
)
def test_a_rule_for_what_is_missing_is_that_of_the_trial(endpoint, missing):
    """Agreement with the analysis of the trial itself, where half of the last records are gone."""
    asked = candidates(pilot=Pilot(n=4), endpoints=(endpoint,))
    plan = DESIGN.analysis.model_copy(update={"missing": missing})
    (survey,) = surveys_of(DESIGN.model_copy(update={"analysis": plan}), asked, BIOLOGY, 8)
    survey = replace(survey, pilot=("x", "y"))
    data = survey_data(replace(survey, design=SCORED), 12, dropout=0.2).sel(endpoint=["scorad"])
    if endpoint == "scorad50":
        passes = (data["measured"] < 30).astype(float)
        data["measured"] = passes.where(np.isfinite(data["measured"]))
        data = data.assign_coords(endpoint=[endpoint], lower_is_better=("endpoint", [False]))
    data["measured"][:, :, :, :4, -1] = np.nan
    data["measured"][:, :, :, 5, 1] = np.nan
    found, _ = readings_of(survey, asked, [data], {})
    plan = plan.model_copy(update={"primary": endpoint, "endpoints": (endpoint,)})
    design = survey.design.model_copy(update={"analysis": plan})
    rows = endpoints_of(vocabulary(BIOLOGY), [endpoint])
    one, its = found[key(endpoint)], analyse(data, design, rows).endpoints[endpoint]
    its = its.comparisons["six_strain"]
    assert one.residual_sd == pytest.approx(its.residual_sd)
    assert one.freedom == pytest.approx(its.freedom)
    assert one.active == pytest.approx(its.counted[:, 0])
    bare, _ = readings_of(replace(survey, missing="as observed"), asked, [data], {})
    assert not np.allclose(one.freedom, bare[key(endpoint)].freedom)


def test_patients_of_the_pilot_take_part_in_nothing_else():
    asked = candidates(pilot=PILOT)
    survey, data = surveyed(asked, dropout=0.0)
    before, _ = readings_of(survey, asked, [data], {})
    assert np.all(before[key()].freedom == 2 * 8 - 3)
    changed = data.copy(deep=True)
    changed["measured"][:, :, :, 8:] += 50.0
    changed["latent"][:, :, :, 8:] += 50.0
    after, _ = readings_of(survey, asked, [changed], {})
    assert np.array_equal(before[key()].effect, after[key()].effect)
    assert np.array_equal(before[key()].residual_sd, after[key()].residual_sd)


def test_a_pilot_reports_the_adjusted_difference_of_its_own_patients():
    asked = candidates(pilot=PILOT)
    survey, data = surveyed(asked, dropout=0.0)
    _, pilots = readings_of(survey, asked, [data], {})
    assert [(one.endpoint, one.week) for one in pilots] == [
        ("scorad", 4.0), ("scorad", 8.0), ("il5", 4.0), ("il5", 8.0),
    ]  # fmt: skip
    for one in pilots:
        record = data["measured"].sel(endpoint=one.endpoint)
        record = np.log(record) if one.endpoint == "il5" else record
        pairs = [
            tuple(record.sel(arm=arm, visit=week).values[:, 8:] for week in (0.0, one.week))
            for arm in ("six_strain", "placebo")
        ]
        assert one.difference == pytest.approx(ancova(*pairs).difference)


def test_halves_part_everybody_and_membership_is_asked_of_the_person():
    asked = candidates(pilot=PILOT, enrichment=(EVERYBODY, UPPER, LOWER, SENSITISED))
    survey, data = surveyed(asked, replicates=60, dropout=0.0)
    cuts = medians([data.isel(replicate=slice(0, 30)), data.isel(replicate=slice(30, 60))], asked)
    first = data["measured"].sel(endpoint="scorad").isel(visit=0).values
    assert cuts == {"scorad": pytest.approx(np.nanmedian(first))}
    found, _ = readings_of(survey, asked, [data], cuts)
    upper, lower = (found[key(enrichment=name)].share for name in ("upper", "lower"))
    assert upper + lower == pytest.approx(np.ones(60))
    assert upper.mean() == pytest.approx(0.5, abs=0.05)
    inside = data["member"].sel(subgroup="sensitised").values
    seats = np.zeros(inside.shape, bool)
    seats[:, :, :8] = True
    assert found[key(enrichment="sensitised")].share == pytest.approx(
        (inside & seats).sum(axis=(1, 2)) / seats[0].sum()
    )


def test_a_range_of_records_holds_both_ends():
    asked = candidates(pilot=PILOT)
    survey, data = surveyed(asked, replicates=1, dropout=0.0)
    first = data["measured"].sel(endpoint="scorad").isel(visit=0, replicate=0).values[:, :8]
    low, high = np.sort(first.ravel())[[3, 12]]
    ends = Enrichment(name="some", records={"scorad": (float(low), float(high))})
    more = asked.model_copy(update={"enrichment": (EVERYBODY, ends)})
    found, _ = readings_of(survey, more, [data], {})
    assert found[key(enrichment="some")].share[0] == pytest.approx(10 / 16)


def test_true_effects_are_of_all_arms_and_records_of_the_two_compared():
    """A dose's patients are followed under every arm; its records are its own."""
    asked = candidates(pilot=PILOT, dose_factors=(1.0, 2.0))
    survey, data = surveyed(asked, dropout=0.0)
    changed = data.copy(deep=True)
    changed["measured"].loc[{"arm": "six_strain_x2"}] += 30.0
    before, _ = readings_of(survey, asked, [data], {})
    after, _ = readings_of(survey, asked, [changed], {})
    assert np.array_equal(before[key()].beyond, after[key()].beyond)
    assert not np.array_equal(before[key(dose=2.0)].beyond, after[key(dose=2.0)].beyond)
    gain = data["latent"].sel(given="six_strain", endpoint="scorad", visit=8.0)
    gain = gain - data["latent"].sel(given="placebo", endpoint="scorad", visit=8.0)
    whole = gain.values[:, :, :8].reshape(12, -1)
    assert before[key()].effect == pytest.approx(whole.mean(axis=1))


def test_parts_follow_each_other():
    asked = candidates(pilot=PILOT)
    survey, data = surveyed(asked)
    whole, pilots = readings_of(survey, asked, [data], {})
    parts = [data.isel(replicate=slice(0, 5)), data.isel(replicate=slice(5, 12))]
    split, tried = readings_of(survey, asked, parts, {})
    assert np.array_equal(whole[key()].effect, split[key()].effect)
    assert np.array_equal(pilots[0].difference, tried[0].difference)


def test_several_records_are_averaged_on_the_tested_scale():
    values = np.array([[1.0, 4.0], [2.0, np.nan], [np.nan, np.nan]])
    assert np.allclose(_mean(values, False), [2.5, 2.0, np.nan], equal_nan=True)
    assert np.allclose(_mean(values, True), [2.0, 2.0, np.nan], equal_nan=True)
    assert np.array_equal(_mean(values[:, :1], True)[:2], [1.0, 2.0])


def test_two_records_are_those_of_the_last_two_weeks():
    asked = candidates(pilot=PILOT, records=(1, 2))
    survey, data = surveyed(asked, dropout=0.0)
    found, _ = readings_of(survey, asked, [data], {})
    record = data["measured"].sel(endpoint="scorad")
    pairs = [
        (of.sel(visit=0.0).values[:, :8], of.sel(visit=[7.0, 8.0]).mean("visit").values[:, :8])
        for of in (record.sel(arm=arm) for arm in ("six_strain", "placebo"))
    ]
    assert found[key(records=2)].residual_sd == pytest.approx(ancova(*pairs).residual_sd)


def test_shares_are_not_averaged_and_records_before_the_start_not_asked_for():
    asked = candidates(
        endpoints=("scorad", "scorad50"), weeks=(1.0, 8.0), records=(1, 2), pilot=PILOT
    )
    (survey,) = surveys_of(DESIGN, asked, BIOLOGY, 8)
    assert survey.shares == {"scorad50"}
    found = {(one.endpoint, one.week, one.records) for one in keys_of(survey, asked)}
    assert found == {
        ("scorad", 1.0, 1), ("scorad", 8.0, 1), ("scorad", 8.0, 2),
        ("scorad50", 1.0, 1), ("scorad50", 8.0, 1),
    }  # fmt: skip


def test_edge_who_is_at_the_median_belongs_to_the_upper_half_alone():
    asked = candidates(pilot=PILOT, enrichment=(EVERYBODY, UPPER, LOWER))
    survey, data = surveyed(asked, dropout=0.0)
    cut = float(data["measured"].sel(endpoint="scorad").isel(visit=0, replicate=0)[0, 0])
    found, _ = readings_of(survey, asked, [data], {"scorad": cut})
    shares = [found[key(enrichment=name)].share[0] for name in ("upper", "lower")]
    assert sum(shares) == pytest.approx(1.0)
