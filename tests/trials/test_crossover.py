"""Crossover trials and the visit of the analysis: read, compared within patients, told."""

import numpy as np
import pytest
import xarray as xr
from trial_texts import problems

from gutskin.model.compiled import load_model
from gutskin.report.design_words import designed
from gutskin.statistics.crossover import crossover
from gutskin.trials.analysis import per_replicate
from gutskin.trials.design import TrialDesign, load_trial
from gutskin.trials.effect_sizes import effect_sizes, usable
from gutskin.trials.endpoints import endpoints_of, flares, with_events
from gutskin.trials.estimand_summary import summarised as estimands_told
from gutskin.trials.estimands import FIRST_PERIOD, estimators_of, of_each_replicate
from gutskin.trials.run import run_trial
from gutskin.trials.second_part import counted_anew
from gutskin.trials.summary import summarise

TEXT = """\
name = "both"
population = "ad_adult"

[visits]
weeks = [0, 4, 8, 12]
screening_weeks = 2

[crossover]
periods = [[0, 4], [8, 12]]

[[arms]]
name = "cream_first"
n = 12

[[arms.interventions]]
kind = "topical_steroid"
level = 1
end_week = 4

[[arms]]
name = "placebo_first"
n = 12
control = true

[[arms.interventions]]
kind = "topical_steroid"
level = 1
start_week = 8
end_week = 12

[analysis]
primary = "scorad"
endpoints = ["scorad", "tewl"]
"""


def read(tmp_path, text):
    path = tmp_path / "trial.toml"
    path.write_text(text)
    return load_trial(path)


def test_a_crossover_is_analysed_at_the_end_of_its_periods(tmp_path):
    design = read(tmp_path, TEXT)
    assert design.analysed == 1
    assert TrialDesign.model_validate_json(design.model_dump_json()) == design


NEVER = TEXT.replace("start_week = 8\nend_week = 12", "start_week = 5\nend_week = 7")
BOTH_FIRST = TEXT.replace("start_week = 8\nend_week = 12", "end_week = 4")
WEAKER = TEXT.replace("level = 1\nstart_week", "level = 0.5\nstart_week")
SHORTER = TEXT.replace("start_week = 8\nend_week = 12", "start_week = 8\nend_week = 10")
LATER = TEXT.replace("start_week = 8\nend_week = 12", "start_week = 9\nend_week = 12")


@pytest.mark.parametrize("text", [NEVER, BOTH_FIRST, WEAKER, SHORTER, LATER])
def test_what_is_no_crossover_is_refused(tmp_path, text):
    found = problems(tmp_path, text)
    assert any("no two sequences of the same two treatments" in what for _, what in found)


@pytest.mark.parametrize(
    ("old", "new"), [("\nend_week = 4", "\nend_week = 7"), ("start_week = 8", "start_week = 6")]
)
def test_nothing_is_given_in_a_wash_out_to_one_sequence_alone(tmp_path, old, new):
    found = problems(tmp_path, TEXT.replace(old, new))
    assert [line for line, what in found if "in the wash-out (weeks 4 to 8)" in what] == [8]


def test_what_both_sequences_are_given_all_along_is_no_matter_of_the_wash_out(tmp_path):
    always = '[[arms.interventions]]\nkind = "emollient"\nlevel = 0.5\n'
    both = TEXT.replace("[[arms.interventions]]", always + "\n[[arms.interventions]]")
    assert read(tmp_path, both).crossover is not None


def made_up(design, replicates=400, effect=-3.0, seed=1):
    """Patients of both sequences; the second period lowers everybody by 2."""
    rng = np.random.default_rng(seed)
    shape = (2, replicates, 2, 12)
    person = rng.normal(40, 9, shape)
    on = np.array([[0, effect, 0, 0], [0, 0, 0, effect]])  # sequence, visit
    latent = person[..., None, None] + on - np.array([0, 0, 1, 2.0])
    measured = np.stack([latent[:, :, a, :, a] for a in range(2)], axis=2)
    measured = measured + rng.normal(0, 4, measured.shape)
    arms = [arm.name for arm in design.arms]
    return xr.Dataset(
        {
            "measured": (("endpoint", "replicate", "arm", "patient", "visit"), measured),
            "latent": (("endpoint", "replicate", "arm", "patient", "given", "visit"), latent),
        },
        coords={"endpoint": ["scorad", "tewl"], "replicate": np.arange(replicates), "arm": arms,
                "given": arms, "visit": list(design.visits.weeks), "log": ("endpoint", [False] * 2),
                "lower_is_better": ("endpoint", [True] * 2)},
    )  # fmt: skip


def test_double_programming_each_replicate_reports_the_test_within_patients(tmp_path):
    design = read(tmp_path, TEXT)
    data, ends = made_up(design), endpoints_of(load_model(), ("scorad", "tewl"))
    its = per_replicate(data, design, ends)["scorad"].comparisons["cream_first"]
    record = data["measured"].sel(endpoint="scorad").isel(visit=[1, 3])
    record = record.transpose("arm", "replicate", "patient", "visit").values
    expected = crossover(record[0], record[1]).treatment
    assert its.method == "within-patient"
    assert np.allclose(its.difference, expected.value)
    assert np.allclose(its.p, expected.p)
    assert np.allclose(its.true_effect, -3.0)
    error = its.difference.std() / 20
    assert abs(its.difference.mean() + 3) < 3 * error
    assert np.allclose(its.standard_error, its.residual_sd * np.sqrt(2 / 12))
    assert (its.significant & its.better).mean() > 0.5  # a parallel trial of 24 sees it in a tenth
    null = per_replicate(made_up(design, 2000, effect=0.0), design, ends)["scorad"]
    share = null.comparisons["cream_first"].significant.mean()
    assert abs(share - 0.05) < 3 * np.sqrt(0.05 * 0.95 / 2000)


@pytest.mark.parametrize("left", [0.0, 2.0])
def test_closed_form_what_is_carried_over_is_taken_off_what_records_show(tmp_path, left):
    """Power took the first period for what both show: a third more than trials reported."""
    design = read(tmp_path, TEXT)
    data, ends = made_up(design, 2000), endpoints_of(load_model(), ("scorad", "tewl"))
    for name, where in (
        ("latent", (..., 0, 3)),
        ("measured", (slice(None), slice(None), 0, ..., 3)),
    ):
        data[name].values[where] -= left  # the cream of the first period, at the end of the second
    its = per_replicate(data, design, ends)["scorad"].comparisons["cream_first"]
    assert np.allclose(its.true_effect, -3.0)
    error = its.recorded_beyond.std() / np.sqrt(2000)
    assert abs(its.recorded_beyond.mean() - left / 2) < 3 * error
    sizes = effect_sizes(its, usable(its))
    assert abs(sizes.recorded - (1 - left / 6)) < 3 * sizes.recorded_error + 1e-9


def test_a_crossover_runs_and_its_summary_says_how_it_was_tested(tmp_path):
    design = read(tmp_path, TEXT)
    trial = run_trial(design, load_model(), 2)
    summary = summarise(trial.shown, design, trial.analysis)
    difference = summary["endpoints"]["scorad"]["difference"]
    assert summary["weeks"] == 4
    assert difference["method"] == "within-patient"
    assert difference["mean"] < 0
    assert difference["true_effect"]["mean"] < -2


def test_with_a_week_of_the_analysis_what_follows_is_not_tested(tmp_path):
    """An extension in which all are treated changes nothing at week 4, under ANCOVA and a mixed
    model alike."""
    plain = TEXT.replace("[crossover]\nperiods = [[0, 4], [8, 12]]\n", "")
    for method in ("ancova", "mmrm"):
        text = f'{plain}method = "{method}"\n'
        long = read(tmp_path, f"{text}week = 8\n")
        short = read(tmp_path, text.replace("[0, 4, 8, 12]", "[0, 4, 8]\nend_week = 12"))
        assert (long.analysed, short.analysed) == (2, 2)
        data = made_up(long, 20)
        ends = endpoints_of(load_model(), ("scorad", "tewl"))
        of_long = per_replicate(data, long, ends)["scorad"].comparisons["cream_first"]
        cut = data.isel(visit=slice(3))
        of_short = per_replicate(cut, short, ends)["scorad"].comparisons["cream_first"]
        assert of_long.method == method
        assert np.array_equal(of_long.p, of_short.p)
        assert np.array_equal(of_long.true_effect, of_short.true_effect)


WRONG = [
    (("[[0, 4], [8, 12]]", "[[0, 4], [8, 11]]"), "week 11 is an end of a period and no visit"),
    (("[[0, 4], [8, 12]]", "[[0, 9], [8, 12]]"), "before the next one starts"),
    (("[[0, 4], [8, 12]]", "[[0, 4]]"), "at least 2"),
    (("[[0, 4], [8, 12]]", "[[4, 8], [8, 12]]"), "must begin with week 0"),
    (('"scorad"\nend', '"scorad"\nmethod = "mmrm"\nend'), "Take `method` out"),
    (('"scorad"\nend', '"scorad"\nweek = 4\nend'), "at the ends of its periods"),
    (('"scorad"\nend', '"scorad"\nweek = 5\nend'), "no visit after the first"),
    (("[analysis]", '[[subgroups]]\nname = "x"\nsensitised = true\n[analysis]'), "parallel arms"),
    (("[analysis]", "[extension]\nfrom_week = 4\n[analysis]"), "no extension"),
    (("\n[", "\nestimands = 12\n["), "`estimands = 12`"),
    (("[analysis]", '[[arms]]\nname = "x"\nn = 2\n[analysis]'), "and the trial 3 arms"),
]


@pytest.mark.parametrize(("change", "says"), WRONG, ids=range(len(WRONG)))
def test_what_is_wrong_with_a_crossover_is_told_with_its_line(tmp_path, change, says):
    assert change[0] in TEXT
    found = problems(tmp_path, TEXT.replace(*change, 1))
    assert any(says in message for _, message in found), found
    assert all(line is not None for line, _ in found)


ESTIMANDS = """
[[estimands]]
name = "policy"

[[estimands]]
name = "ratio"
endpoint = "tewl"
summary = "ratio of geometric means"
"""


def test_closed_form_flares_are_counted_anew_in_each_period(tmp_path):
    """The count at the end of the second period held that of the first."""
    text = TEXT.replace("[0, 4, 8, 12]", "[0, 2, 4, 8, 10, 12]")
    made = read(tmp_path, text.replace('["scorad", "tewl"]', '["scorad", "flares", "easi"]'))
    assert counted_anew(made) == (0, 3)
    at_once = read(tmp_path, text.replace("[8, 12]]", "[4, 12]]").replace("k = 8", "k = 4"))
    assert counted_anew(at_once) == (0, 2)
    score = np.array([[10.0, 30.0, 12.0, 20.0, 19.0, 26.0]]).T[None]
    (ends,) = [endpoints_of(load_model(), ("flares",))]
    assert with_events(ends, score, (0, 3))[0, :, 0].tolist() == [0, 1, 1, 2, 0, 1]
    assert with_events(ends, score, (0, 2))[0, :, 0].tolist() == [0, 1, 1, 1, 1, 2]
    trial = run_trial(made, load_model(), 2)
    record = trial.shown["measured"].transpose("endpoint", "arm", "patient", "visit")
    second = np.moveaxis(record.sel(endpoint="easi").values[..., 3:], -1, -2)
    expected = flares(second, 6.6)[..., -1, :]
    assert expected.max() > 0
    np.testing.assert_array_equal(record.sel(endpoint="flares").values[..., -1], expected)
    assert "Flares are counted from the first visit of each period on." in [
        *designed(made, load_model().tables.endpoints)
    ]


def as_asked(data):
    """A made-up crossover as estimands read it: nothing happens to anybody."""
    shape = data["measured"].shape[1:4]
    latent = data["latent"].transpose("endpoint", "given", "arm", "replicate", "patient", "visit")
    people = ("arm", "replicate", "patient")
    outcome = np.stack([latent.values[..., 1]] * 2, axis=1)  # [estimand, of, given, ...]
    return data.assign(
        observed=data["measured"],
        event=(("kind", "replicate", "arm", "patient"), np.full((3, *shape), np.nan)),
        potential=(("estimand", "of", "given", *people), outcome),
    )


def test_closed_form_what_is_carried_over_is_the_bias_within_patients(tmp_path):
    made = read(tmp_path, TEXT + ESTIMANDS)
    endpoints = endpoints_of(load_model(), ("scorad", "tewl"))
    data = made_up(made, 300)
    carried = data["measured"].values
    true, within, first = (
        of_each_replicate(as_asked(data), made, endpoints).values[0, 0, n].mean() for n in (0, 2, 3)
    )
    assert abs(true + 3) < 1e-9
    assert abs(within - true) < 0.15
    assert abs(first - true) < 0.6
    carried[:, :, 0, :, 3] -= 2.0  # the second period of who had the cream first keeps some of it
    biased = of_each_replicate(as_asked(data), made, endpoints).values[0, 0, 2].mean()
    assert abs((biased - within) - 1.0) < 1e-6


def test_engine_the_summary_has_both_estimators_of_every_estimand(tmp_path):
    made = read(tmp_path, TEXT + ESTIMANDS)
    assert [one.name for one in estimators_of(made)] == ["as_asked", FIRST_PERIOD]
    trial = run_trial(made, load_model(), 3, keep_patients=True)
    scales = {"scorad": "linear", "tewl": "log"}
    values = trial.shown["estimands"].values
    told = estimands_told(made, values, scales, {"scorad": "points", "tewl": "g"})
    assert np.isfinite(values).all()
    methods = [each["method"] for each in told[0]["arms"][0]["estimators"]]
    assert methods == ["within-patient", "ancova"]
    assert told[0]["arms"][0]["true"]["mean"] < 0
    assert told[1]["unit"] == "ratio"
    assert told[1]["arms"][0]["true"]["mean"] < 1


def test_unit_what_does_not_fit_a_crossover_is_refused(tmp_path):
    wrong = '\n[[estimands]]\nname = "late"\nweek = 12\n\n[[estimators]]\nname = "own"\n'
    found = [what for _, what in problems(tmp_path, TEXT + wrong)]
    assert len(found) == 2
    assert any("end of its periods" in one for one in found)
    assert any("by its first period" in one for one in found)


@pytest.mark.parametrize("name", ["eczema", "atopic_eczema", "nonatopic_eczema"])
def test_edge_what_is_had_for_good_is_not_compared_within_patients(tmp_path, name):
    """Who had it in the first period had it in the second too: half of the effect was told."""
    found = problems(tmp_path, TEXT.replace('"tewl"]', f'"tewl", "{name}"]'))
    ((line, what),) = found
    assert line == TEXT.splitlines().index('endpoints = ["scorad", "tewl"]') + 1
    assert f"{name}: who has had it in the first period has it in the second too" in what
    assert 'Write "easi", or a share of those who are below' in what
    parallel = TEXT.replace("[crossover]\nperiods = [[0, 4], [8, 12]]\n", "")
    assert read(tmp_path, parallel.replace('"tewl"]', f'"tewl", "{name}"]')).crossover is None
