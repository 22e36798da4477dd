"""Subgroups named beforehand: who is in them, what is told of them, what is refused."""

from dataclasses import replace

import numpy as np
import pytest
from trial_texts import problems

from gutskin.model.compiled import load_model
from gutskin.population.streams import patient_keys
from gutskin.trials import screening
from gutskin.trials.ancova import ancova
from gutskin.trials.chunks import from_bytes, to_bytes
from gutskin.trials.conduct import ReplicateBatch, labelled
from gutskin.trials.design import load_trial
from gutskin.trials.endpoints import endpoints_of
from gutskin.trials.parts import Subgroup
from gutskin.trials.study import prepare
from gutskin.trials.subgroups import members, of_each_replicate, summarised

TRIAL = """\
name = "small"
population = "ad_child"
[visits]
weeks = [0, 8]
[[arms]]
name = "mix"
n = 6
[[arms.interventions]]
kind = "fibre"
factor = 2
[[arms]]
name = "placebo"
n = 5
control = true
[analysis]
primary = "scorad"
endpoints = ["scorad", "total_ige"]
[[subgroups]]
name = "sensitised"
sensitised = true
[[subgroups]]
name = "young_and_severe"
label = "Young and severe"
age_years = [1, 6]
scorad = [40, 103]
"""


@pytest.fixture(scope="module")
def design(tmp_path_factory):
    path = tmp_path_factory.mktemp("trial") / "trial.toml"
    path.write_text(TRIAL)
    return load_trial(path)


def test_who_is_in_a_subgroup_is_what_he_is_and_what_was_written_down(design):
    study = prepare(design, load_model(), 1, 1, "evidence")
    keys = patient_keys(0, "mix", 200)
    people = screening.patients_of(study, keys)
    score = np.linspace(10, 90, 200)
    start = screening.Enrolled(keys, np.zeros((1, 200)), np.zeros(200), score, np.arange(200))
    found = members(study, start, np.stack([score, score]))
    air, food = (people.parameters[name] > 0 for name in ("sensitised", "sensitised_food"))
    assert np.array_equal(found[0], air | food)
    assert np.array_equal(found[1], (people.age_years <= 6) & (score >= 40))


def test_a_trial_without_subgroups_has_nobody_in_any(design):
    none = replace(
        prepare(design, load_model(), 1, 1, "evidence"),
        design=design.model_copy(update={"subgroups": ()}),
    )
    keys = patient_keys(0, "mix", 4)
    start = screening.Enrolled(keys, np.zeros((1, 4)), np.zeros(4), np.ones(4), np.arange(4))
    assert members(none, start, np.ones((2, 4))).shape == (0, 4)


def test_the_ends_of_a_range_belong_to_it(design):
    study = prepare(design, load_model(), 1, 1, "evidence")
    keys = patient_keys(0, "mix", 50)
    start = screening.Enrolled(keys, np.zeros((1, 50)), np.zeros(50), np.ones(50), np.arange(50))
    people = screening.at_enrolment(screening.patients_of(study, keys), start)
    age = np.sort(np.asarray(people["age_at_start"]) / 365.25)
    score = np.linspace(10, 90, 50)
    for ends, key in (((age[10], age[20]), "age_years"), ((score[10], score[20]), "scorad")):
        one = Subgroup.model_validate({"name": "some", key: tuple(float(end) for end in ends)})
        own = replace(study, design=design.model_copy(update={"subgroups": (one,)}))
        assert members(own, start, np.stack([score, score])).sum() == 11, key


def batch(design):
    rng = np.random.default_rng(1)
    measured = rng.normal(40, 8, (2, 3, 2, 6, 2))
    measured[:, :, 1, 5] = np.nan  # placebo has five
    latent = rng.normal(40, 8, (2, 3, 2, 6, 2, 2))
    latent[:, :, 1, 5] = np.nan
    member = rng.random((2, 3, 2, 6)) < 0.7
    member[:, :, 1, 5] = False
    ends = endpoints_of(load_model(), design.analysis.endpoints)
    return labelled(design, ends, measured, latent, 0, member), ends, member


def test_double_programming_the_comparison_in_a_subgroup_is_that_of_its_people_alone(design):
    data, _, member = batch(design)
    found = of_each_replicate(data, design)
    assert found.shape == (2, 1, 5, 3)
    for group in range(2):
        for replicate in range(3):
            pairs, gains = [], []
            for arm in (0, 1):
                inside = member[group, replicate, arm]
                own = data["measured"].values[0, replicate, arm][inside]
                pairs.append((own[:, 0], own[:, 1]))
                true = data["latent"].values[0, replicate, arm][inside][:, :, -1]
                gains.append(true[:, 0] - true[:, 1])
            many, difference, effect, *tested = found[group, 0, :, replicate]
            assert tested == [difference, effect]  # nothing is on logarithms
            assert many == sum(len(one) for one in gains)
            assert difference == pytest.approx(float(ancova(*pairs).difference))
            assert effect == pytest.approx(np.concatenate(gains).mean())


def test_double_programming_on_logarithms_the_subgroup_has_their_difference_too(design):
    data, _, member = batch(design)
    data = data.assign_coords(log=("endpoint", [True] * data.sizes["endpoint"]))
    found = of_each_replicate(data, design)
    inside = [member[0, 1, arm] for arm in (0, 1)]
    own = [np.log(data["measured"].values[0, 1, arm][inside[arm]]) for arm in (0, 1)]
    true = [np.log(data["latent"].values[0, 1, arm][inside[arm]][..., -1]) for arm in (0, 1)]
    gains = np.concatenate([one[:, 0] - one[:, 1] for one in true])
    expected = ancova(*((one[:, 0], one[:, 1]) for one in own)).difference
    np.testing.assert_allclose(found[0, 0, 3:, 1], [float(expected), gains.mean()])
    told = summarised(design, np.repeat(found, 20, axis=3), on_logs=True)[0]
    for name, row in (("difference", 3), ("true_effect", 4)):
        ratio, logs = told[name]["ratio"], found[0, 0, row]
        assert ratio["mean"] == pytest.approx(np.exp(logs.mean()))
        assert ratio["ci95_low"] == pytest.approx(np.exp(logs.min()))
    assert "ratio" not in summarised(design, found)[0]["difference"]


def test_a_chunk_keeps_who_is_in_which_subgroup(design):
    data, ends, _ = batch(design)
    back = from_bytes(to_bytes(ReplicateBatch(data, {}, None, ()), design), design, ends, 0)
    assert np.array_equal(back.data["member"].values, data["member"].values)
    assert back.data["subgroup"].values.tolist() == ["sensitised", "young_and_severe"]


def test_few_replicates_have_no_interval_and_every_subgroup_has_its_label(design):
    data, _, _ = batch(design)
    found = summarised(design, of_each_replicate(data, design))
    assert [one["label"] for one in found] == ["sensitised", "Young and severe"]
    assert np.isnan(found[0]["difference"]["ci95_low"])
    assert found[0]["true_effect"]["over"] == "worlds"


def test_closed_form_a_subgroup_shows_the_middle_and_the_ends_of_its_replicates(design):
    draws = np.random.default_rng(3).normal(size=(2, 1, 5, 200))
    found = summarised(design, draws)
    assert [one["subgroup"] for one in found] == ["sensitised", "young_and_severe"]
    for group, one in enumerate(found):
        assert one["patients"] == pytest.approx(draws[group, 0, 0].mean())
        for place, name in ((1, "difference"), (2, "true_effect")):
            mine, own = one[name], draws[group, 0, place]
            assert mine["mean"] == pytest.approx(own.mean())
            within = ((own >= mine["ci95_low"]) & (own <= mine["ci95_high"])).mean()
            assert within == pytest.approx(0.95, abs=0.01)
            assert mine["ci95_low"] < mine["mean"] < mine["ci95_high"]


WRONG = {
    "not measured": (
        '"total_ige"]', '"tarc"]\n[[subgroups]]\nname = "x"\ntotal_ige = [1, 2]', "Add"
    ),
    "nothing asked": ("sensitised = true", 'label = "S"', "does not say who"),
    "older than all": ("[1, 6]", "[50, 60]", "nobody of the trial is 50 to 60 years old"),
    "older than who enrol": (
        "[analysis]", "[eligibility]\nage_years = [7, 12]\n[analysis]", "Write ages within 7 to 12",
    ),
    "not who enrol": (
        "[analysis]", "[eligibility]\nsensitised = false\n[analysis]", "asks `sensitised = false`",
    ),
    "read alike": ("sensitised = true", 'sensitised = true\nlabel = "young and severe"', "takes"),
    "everybody": ('"young_and_severe"', '"all"', "what estimands call everybody"),
    "twice": ('"young_and_severe"', '"sensitised"', "two subgroups"),
    "newborns": ('"ad_child"', '"newborn"\nstart = "birth_vaginal"', "on the day of birth"),
    "unknown key": ("age_years", "age_year", "Did you mean 'age_years'"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("ages", "sensitised"), [("[6, 12]", "true"), ("[1, 13]", "true"), ("[2, 7]", "true")]
)
def test_closed_form_a_subgroup_whose_ages_touch_those_of_the_trial_is_allowed(
    tmp_path, ages, sensitised
):
    entry = f"[eligibility]\nage_years = {ages}\nsensitised = {sensitised}\n[analysis]"
    path = tmp_path / "trial.toml"
    path.write_text(TRIAL.replace("[analysis]", entry, 1))
    assert len(load_trial(path).subgroups) == 2


@pytest.mark.parametrize("case", WRONG)
def test_wrong_subgroups_are_told_with_their_line(tmp_path, case):
    old, new, says = WRONG[case]
    assert old in TRIAL
    found = problems(tmp_path, TRIAL.replace(old, new, 1))
    assert any(line >= 17 and says in message for line, message in found), found
