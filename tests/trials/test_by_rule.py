"""Creams by a rule: closed forms (always, never), what patients see, and what is refused."""

import numpy as np
import pytest
from trial_texts import problems

from gutskin.model.compiled import load_model
from gutskin.population.streams import patient_keys
from gutskin.trials import by_rule, screening
from gutskin.trials.design import TrialDesign, load_trial
from gutskin.trials.follow import follow
from gutskin.trials.intervention_parts import When
from gutskin.trials.record import missed
from gutskin.trials.study import prepare
from gutskin.trials.under_arm import Setting

CREAM = '[[arms.interventions]]\nkind = "topical"\nname = "roflumilast"\n'
TRIAL = f"""\
name = "rules"
population = "ad_child"
[eligibility]
scorad = [15, 60]
[visits]
weeks = [0, 2, 4, 8]
[[arms]]
name = "daily"
n = 12
{CREAM}
[[arms]]
name = "always"
n = 12
{CREAM}when = {{ score = "scorad", at_least = 0 }}
[[arms]]
name = "never"
n = 12
{CREAM}when = {{ score = "scorad", at_least = 103, every_days = 9 }}
[[arms]]
name = "sometimes"
n = 12
{CREAM}when = {{ score = "scorad", at_least = 25, until_below = 20 }}
[[arms]]
name = "none"
control = true
n = 12
[analysis]
primary = "scorad"
endpoints = ["scorad", "easi75"]
"""
DAILY, ALWAYS, NEVER, SOMETIMES, NONE = range(5)


def study_of(tmp_path, text=TRIAL):
    path = tmp_path / "trial.toml"
    path.write_text(text)
    return prepare(load_trial(path), load_model(), 1, 1, "evidence")


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return study_of(tmp_path_factory.mktemp("rules"))


@pytest.fixture(scope="module")
def enrolled(study):
    found = screening.screen(study, screening.settle(study, patient_keys(0, "daily", 384)))
    return found.admitted()


@pytest.fixture(scope="module")
def followed(study, enrolled):
    return follow(study, enrolled)


def test_closed_form_always_is_daily_use_and_never_is_none(followed):
    values = followed.latent[0]
    assert np.allclose(values[ALWAYS], values[DAILY], rtol=0.02, atol=0.3)
    assert np.allclose(values[NEVER], values[NONE], rtol=0.02, atol=0.3)
    assert np.mean(values[DAILY, -1]) < np.mean(values[NONE, -1]) - 3


def test_property_who_is_well_puts_on_nothing_and_who_is_ill_all_of_it(followed, enrolled):
    values = followed.latent[0]
    well, ill = enrolled.score < 25, enrolled.score >= 25
    assert well.sum() > 5 < ill.sum()
    at_two = values[:, 1]
    assert np.allclose(at_two[SOMETIMES, well], at_two[NONE, well], rtol=0.02, atol=0.3)
    assert np.allclose(at_two[SOMETIMES, ill], at_two[DAILY, ill], rtol=0.02, atol=0.3)
    assert at_two[SOMETIMES, ill].mean() < at_two[NONE, ill].mean() - 1


def test_property_a_rule_lies_between_always_and_never(followed):
    last = followed.latent[0, :, -1].mean(axis=1)
    assert last[DAILY] < last[SOMETIMES] < last[NONE]


def test_property_days_between_visits_do_not_change_what_a_rule_decides(study, enrolled, followed):
    weekly = follow(study, enrolled, weekly=True)
    assert np.allclose(weekly.latent[0], followed.latent[0], rtol=0.02, atol=0.3)


def looked(study, enrolled, arm, monkeypatch):
    """Who uses it after each look, and by which score, of one arm."""
    kept, decided = [], by_rule._decided

    def keep(rule, using, day, looks, courses):
        after = decided(rule, using, day, looks, courses)
        at = int(np.flatnonzero(rule.looks == day)[0])
        kept.append((day, using, looks.at(rule, at, courses), after))
        return after

    monkeypatch.setattr(by_rule, "_decided", keep)
    Setting.of(study, enrolled).under(study.design.arms[arm])
    return kept


def test_unit_begin_and_end_have_ends_of_their_own(study, enrolled, monkeypatch):
    kept = looked(study, enrolled, SOMETIMES, monkeypatch)
    assert [day for day, *_ in kept] == [0.0, 14.0, 28.0]
    between = 0
    for _, before, score, after in kept:
        assert after[score >= 25].all()
        assert not after[score < 20].any()
        inside = (score >= 20) & (score < 25)
        assert (after[inside] == before[inside]).all()
        between += inside.sum()
    assert between > 5


def test_unit_at_a_visit_the_rule_sees_what_is_written_down_there(
    study, enrolled, followed, monkeypatch
):
    kept = looked(study, enrolled, SOMETIMES, monkeypatch)
    assert np.allclose(kept[0][2], enrolled.score)
    each = follow(study, enrolled, in_every_arm=True).under_each[SOMETIMES, 0]
    here = np.isfinite(each[1])
    assert np.allclose(kept[1][2][here], each[1][here], atol=0.5)


def test_unit_who_misses_a_visit_goes_on_as_before(tmp_path, enrolled, monkeypatch):
    study = study_of(tmp_path, TRIAL + "[conduct]\nmissed_visits = 0.5\n")
    away = missed(study, enrolled.keys, 4)
    kept = looked(study, enrolled, SOMETIMES, monkeypatch)
    for visit, (_, before, _, after) in enumerate(kept):
        assert (after[away[visit]] == before[away[visit]]).all()
    assert not away[0].any()
    assert 0.3 < away[1:].mean() < 0.7


def test_unit_felt_looks_come_so_many_days_apart_and_meet_visits(tmp_path, enrolled):
    text = TRIAL.replace("at_least = 103, every_days = 9", "at_least = 103, every_days = 7")
    study = study_of(tmp_path, text.replace("weeks = [0, 2, 4, 8]", "weeks = [0, 2.1, 4, 8]"))
    visits = np.array(study.design.visits.weeks) * 7
    (rule,) = by_rule.rules_of(
        study.design.arms[NEVER].interventions,
        study.model,
        visits,
        56.0,
        1,
        enrolled.keys,
        np.zeros((len(visits), len(enrolled)), bool),
    )
    assert rule.looks.tolist() == [0, 7, 14, 21, 28, 35, 42, 49]
    assert rule.z.shape == (8, len(enrolled.keys))
    assert abs(np.corrcoef(rule.z[0], rule.z[1])[0, 1]) < 0.4
    near = np.array([0.0, 14.0 + 1e-9, 28.0])
    (rule,) = by_rule.rules_of(
        study.design.arms[NEVER].interventions,
        study.model,
        near,
        56.0,
        1,
        enrolled.keys,
        np.zeros((len(near), len(enrolled)), bool),
    )
    assert rule.looks[2] == near[1]


def test_unit_a_rule_survives_a_file_and_words(study):
    assert TrialDesign.model_validate_json(study.design.model_dump_json()) == study.design
    assert When(score="iga", at_least=2).stays_from == 2


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ('"scorad", at_least = 0', '"easi75", at_least = 0', 20, "no score, but a yes or no"),
        ('"scorad", at_least = 0', '"scorad", at_least = 104', 20, "beyond the scale"),
        ('"scorad", at_least = 0', '"scord", at_least = 0', 20, "unknown endpoint 'scord'"),
        ("every_days = 9", "every_days = 0.5", 27, "1"),
        ("weeks = [0, 2, 4, 8]", "weeks = [0, 2, 4, 8, 520]", 27, "405 looks"),
        ("at_least = 0 }", "at_last = 0 }", 20, "at_least"),
        ('"scorad", at_least = 0', '"iga", at_least = 5', 20, "beyond the scale"),
        (
            '"scorad", at_least = 0',
            '"iga", until_below = 3, at_least = 2',
            20,
            "`until_below = 3` is above `at_least = 2`",
        ),
        (
            'when = { score = "scorad", at_least = 0',
            'start_week = 5\nend_week = 7\nwhen = { score = "scorad", at_least = 0',
            22,
            "nobody looks",
        ),
    ],
)
def test_unit_what_is_wrong_with_a_rule_is_told_with_its_line(tmp_path, old, new, line, words):
    found = problems(tmp_path, TRIAL.replace(old, new))
    assert (line, True) in [(at, words in what) for at, what in found], found


@pytest.mark.parametrize(
    ("rule", "told"),
    [
        (
            'score = "easi75", at_least = 0, every_days = 0',
            ["no score, but a yes or no", "every_days"],
        ),
        (
            'score = "scorad", at_least = 104, until_below = 105, every_days = "two"',
            ["beyond the scale of SCORAD", "is above `at_least = 104`", "it must be a number"],
        ),
        ('score = "scorad", at_least = 104, every_day = 3', ["beyond the scale", "'every_day'"]),
        ('score = "easi75", every_days = 0', ["no score", "'at_least' is missing", "`every_days"]),
        ('score = "easi75", at_least = 0, every_days = 7', ["no score, but a yes or no"]),
    ],
)
def test_all_that_is_wrong_within_a_rule_comes_at_once(tmp_path, rule, told):
    """What was wrong with its score stayed hidden until `every_days` was right."""
    found = problems(tmp_path, TRIAL.replace('score = "scorad", at_least = 0 ', f"{rule} "))
    assert len(found) == len(told), found
    assert all(any(words in what for _, what in found) for words in told), found
    assert {line for line, _ in found} == {20}


@pytest.mark.parametrize(("days", "told"), [("", "nobody looks"), (", every_days = 0", "must be")])
def test_who_wrote_how_often_wrongly_is_not_told_to_write_it(tmp_path, days, told):
    late = 'start_week = 5\nend_week = 7\nwhen = { score = "scorad", at_least = 0'
    text = TRIAL.replace('when = { score = "scorad", at_least = 0', late + days)
    ((line, what),) = problems(tmp_path, text)
    assert (line, told in what) == (22, True)


def test_unit_run_ins_and_rescues_have_no_rules(tmp_path):
    rule = CREAM.replace("arms.", "PLACE.") + 'when = { score = "scorad", at_least = 3 }\n'
    text = TRIAL + "[run_in]\nweeks = 2\n" + rule.replace("PLACE", "run_in")
    assert any("a run-in gives its creams without a rule" in what
               for _, what in problems(tmp_path, text))  # fmt: skip
    rescued = TRIAL.replace('"easi75"]', '"easi"]\n[conduct]\nrescue = true')
    text = rescued + "[rescue]\n" + CREAM.replace("arms.", "rescue.")
    found = [what for _, what in problems(tmp_path, text)]
    assert len([what for what in found if "a rescue gives topical_pde4 too" in what]) == 3
