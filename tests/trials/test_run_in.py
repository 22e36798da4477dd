"""Run-ins, entry by other measures, how infants are fed and born, who leaves and why."""

from dataclasses import replace

import numpy as np
import pytest
from trial_texts import problems

from gutskin.model.compiled import load_model
from gutskin.model.drugs import drugs
from gutskin.population.drugs import neutralised
from gutskin.population.streams import patient_keys
from gutskin.trials import run_in, screening
from gutskin.trials.design import load_trial
from gutskin.trials.interventions import calendar_of, places_of
from gutskin.trials.parts import RunIn
from gutskin.trials.record import recorded
from gutskin.trials.run_in_doses import begun_before
from gutskin.trials.study import prepare

TRIAL = """\
name = "small"
population = "ad_child"
[eligibility]
scorad = [20, 50]
[visits]
weeks = [0, 4, 8, 12]
screening_weeks = 4
[[arms]]
name = "mix"
n = 20
[[arms.interventions]]
kind = "fibre"
factor = 2
[[arms]]
name = "placebo"
n = 20
control = true
[analysis]
primary = "scorad"
endpoints = ["scorad", "easi75"]
"""
BIRTH = TRIAL.replace('"ad_child"', '"newborn"\nstart = "birth_vaginal"').replace(
    "[eligibility]\nscorad = [20, 50]\n", ""
).replace("screening_weeks = 4\n", "").replace('"easi75"', '"easi"')  # fmt: skip


def study_of(tmp_path, text, replicates=2):
    path = tmp_path / "trial.toml"
    path.write_text(text)
    return prepare(load_trial(path), load_model(), replicates, 1, "evidence")


def enrolled_of(study, n=64):
    keys = patient_keys(0, "mix", n)
    return screening.screen(study, screening.settle(study, keys))


@pytest.fixture(scope="module")
def screened(tmp_path_factory):
    return enrolled_of(study_of(tmp_path_factory.mktemp("plain"), TRIAL))


def test_without_a_run_in_everybody_goes_on_as_he_was(tmp_path, screened):
    study = study_of(tmp_path, TRIAL)
    assert run_in.through(study, screened) is screened


def test_after_a_run_in_the_score_is_that_of_its_end_and_again_in_the_range(tmp_path, screened):
    study = study_of(tmp_path, TRIAL + "[run_in]\nweeks = 2\n")
    after = run_in.through(study, screened)
    before = screened.admitted()
    assert np.array_equal(after.keys, before.keys)
    stayed = after.day >= 0
    assert 0 < stayed.sum() < len(stayed)
    assert np.array_equal(after.day[stayed], before.day[stayed] + 14)
    assert ((after.score[stayed] >= 20) & (after.score[stayed] <= 50)).all()
    out = (after.score < 20) | (after.score > 50)
    assert (out == ~stayed).all()
    assert after.score.mean() < before.score.mean()  # who came at his worst is better by then
    assert not np.allclose(after.start, before.start)


def test_a_stable_score_is_within_a_share_of_itself(tmp_path, screened):
    study = study_of(tmp_path, TRIAL + "[run_in]\nweeks = 2\nstable = 0.1\n")
    after, before = run_in.through(study, screened), screened.admitted()
    stayed = after.day >= 0
    assert (np.abs(after.score - before.score)[stayed] <= 0.1 * before.score[stayed]).all()


def test_an_active_run_in_acts_before_week_0(tmp_path, screened):
    cream = '[run_in]\nweeks = 2\n[[run_in.interventions]]\nkind = "topical_steroid"\nlevel = 1\n'
    plain, treated = (
        run_in.through(study_of(tmp_path, TRIAL + text), screened)
        for text in ("[run_in]\nweeks = 2\n", cream)
    )
    assert treated.score.mean() < plain.score.mean() - 3


DUPILUMAB = '[[run_in.interventions]]\nkind = "drug"\nname = "dupilumab"\n'
PRODUCT = """\
[[run_in.interventions]]
kind = "probiotic"
strains = ["W23", "W51"]
cfu_per_day = 1e10
"""


def left_over(study, screened, state):
    """What of a state is in those who have been through a run-in [patient]."""
    return run_in.through(study, screened).start[study.model.state_ids.index(state)]


def test_closed_form_a_drug_of_a_run_in_is_in_the_blood_at_week_0(tmp_path, screened):
    """A drug without loss into tissue or by saturation: one dose, absorbed and cleared."""
    text = TRIAL.replace("screening_weeks = 4", "screening_weeks = 4\n[run_in]\nweeks = 4")
    given = DUPILUMAB + "dose_mg = 300\nloading_mg = 300\nevery_weeks = 52\n"
    study = study_of(tmp_path, text + given)
    for name in ("k12_drug_1", "vmax_drug_1"):
        study.before.traits[name][:] = 0.0
    found = left_over(study, screened, "drug_1_central")
    parameters = screening.patients_of(study, screened.admitted().keys).parameters
    own = {name: np.asarray(value, float) for name, value in parameters.items()}
    one = {name: float(value[0]) for name, value in study.before.traits.items()}
    weight = own["body_weight"] / one["weight_drug_1"]
    out = one["ke_drug_1"] * own["ke_drug"]
    out = out * weight ** (one["x_clearance_drug_1"] - one["x_volume_drug_1"])
    into = one["ka_drug_1"] * own["ka_drug"]
    whole = float(study.before.traits["f_drug_1"][0]) if "f_drug_1" in one else None
    shape = into / (into - out) * (np.exp(-28 * out) - np.exp(-28 * into))
    ratio = found / shape
    assert ratio.std() < 0.02 * ratio.mean()
    assert 100 < ratio.mean() <= 300  # of 300 mg what reaches the blood
    assert whole is None or ratio.mean() == pytest.approx(300 * whole, rel=0.02)
    nobody = left_over(study_of(tmp_path, text), screened, "drug_1_central")
    assert np.abs(nobody).max() < 1e-9


def test_what_is_left_of_a_run_in_acts_under_its_own_numbers_in_every_arm(tmp_path):
    study = study_of(tmp_path, TRIAL + "[run_in]\nweeks = 4\n" + DUPILUMAB + PRODUCT)
    assert study.before.traits["f_il4ra_drug_1"].min() > 0
    for arm in ("mix", "placebo"):
        for name, drawn in study.before.traits.items():
            assert np.array_equal(study.traits[arm][name], drawn), name


def test_closed_form_who_goes_on_after_a_run_in():
    written = np.array([[20.0, 50.0, 19.9, 50.1, 30.0, 30.0], [5.0, 9.0, 5.0, 5.0, 4.9, 9.1]])
    ends, before = np.array([[20.0, 50.0], [5.0, 9.0]]), np.full(6, 25.0)

    def fits(**asked):
        return run_in.goes_on(RunIn(weeks=2, **asked), written, before, ends).tolist()

    assert fits() == [True, True, False, False, False, False]  # ends belong; all that is asked
    assert fits(criteria_again=False) == [True] * 6
    assert fits(criteria_again=False, stable=0.2) == [True, False, False, False, True, True]


def test_a_strain_of_a_run_in_is_the_same_in_an_arm_that_gives_it_among_others(tmp_path):
    mix = 'kind = "probiotic"\nstrains = ["W55", "W51", "W56"]\ncfu_per_day = 1e10'
    text = TRIAL.replace('kind = "fibre"\nfactor = 2', mix)
    study = study_of(tmp_path, text + "[run_in]\nweeks = 4\n" + PRODUCT, 3)
    tables, arm = study.model.tables, study.design.active[0]
    before, after = (
        places_of(given, tables) for given in (study.design.before, study.design.taken(arm))
    )
    assert before == {("w23", True): 1, ("w51", True): 2}
    assert {one: after[one] for one in before} == before
    assert sorted(after.values()) == [1, 2, 3, 4]
    own = [name for name in study.before.traits if name.endswith(("_1", "_2"))]
    moved = [name for name in own if np.ptp(study.before.traits[name]) > 0]
    assert len(moved) > 4
    for name in own:
        assert np.array_equal(study.before.traits[name], study.traits[arm.name][name]), name


def test_every_replicate_has_its_own_numbers_of_what_a_run_in_gives(tmp_path, screened):
    """Of a study that begins with replicate 3: its first patients are in its first world."""
    dose = "{ low = 1e9, high = 1e11 }"
    text = TRIAL + "[run_in]\nweeks = 4\n" + DUPILUMAB + PRODUCT.replace("1e10", dose)
    whole = study_of(tmp_path, text, 4)
    assert len(np.unique(whole.before.doses[1])) == 4
    part = prepare(whole.design, whole.model, 2, 1, "evidence", first=2)
    for name, drawn in part.before.traits.items():
        assert np.array_equal(drawn, whole.before.traits[name][2:]), name
    moved = patient_keys(2, "mix", 40)
    found = [
        run_in.through(one, screening.screen(one, screening.settle(one, moved)))
        for one in (whole, part)
    ]
    assert len(found[0]) > 5
    assert np.array_equal(found[0].start, found[1].start)


def test_another_antibody_of_an_arm_takes_the_other_place(tmp_path):
    text = TRIAL.replace("ad_child", "ad_adult").replace(
        'kind = "fibre"\nfactor = 2', 'kind = "drug"\nname = "nemolizumab"'
    )
    study = study_of(tmp_path, text + "[run_in]\nweeks = 4\n" + DUPILUMAB)
    table = drugs(study.model.biology)
    arm = study.design.active[0]
    states = {
        one.state
        for one in calendar_of(
            arm.interventions, 84.0, table, before=study.design.before
        ).injections
    }
    assert {name[:6] for name in states} == {"drug_2"}
    assert study.traits[arm.name]["f_il31r_drug_2"].min() > 0
    assert study.traits[arm.name]["f_il4ra_drug_1"].min() > 0
    assert begun_before(study.design.run_in, table) == {"dupilumab": -28.0}


def test_who_takes_nothing_of_an_active_run_in_has_nothing_of_it(tmp_path, screened):
    text = TRIAL + "[conduct]\nadherence = 0.0\n[run_in]\nweeks = 4\n" + DUPILUMAB + PRODUCT
    study = study_of(tmp_path, text)
    for state in ("drug_1_central", "gut_strain_1"):
        assert np.abs(left_over(study, screened, state)).max() < 1e-6
    half = study_of(tmp_path, text.replace("adherence = 0.0", "adherence = 0.5"))
    whole = study_of(tmp_path, text.replace("adherence = 0.0", "adherence = 1.0"))
    some, every = (left_over(one, screened, "drug_1_central") for one in (half, whole))
    assert 0.2 < (some > 0.9 * every).mean() < 0.95  # some missed the last injection, some did not
    some, every = (left_over(one, screened, "gut_strain_1") for one in (half, whole))
    assert np.median(some / every) == pytest.approx(0.5, abs=0.05)


def test_antibodies_against_a_drug_of_the_run_in_come_when_they_are_due(tmp_path):
    study = study_of(tmp_path, TRIAL + "[run_in]\nweeks = 4\n" + DUPILUMAB)
    table, keys = drugs(study.model.biology), patient_keys(0, "mix", 8)
    nothing = calendar_of((), 84.0, table)
    due = study.model.tables.conduct["antidrug_days"].number("value")
    begun = begun_before(study.design.run_in, table)
    (hold,) = neutralised(study.model, nothing, {"dupilumab": 1}, 1, keys, 500.0, begun)
    assert hold.start == pytest.approx(max(due - 28.0, 0.0))
    assert not neutralised(study.model, nothing, {"dupilumab": 1}, 1, keys, 500.0)


def test_a_run_in_and_an_arm_must_have_room_in_one_body(tmp_path):
    three = DUPILUMAB + DUPILUMAB.replace("dupilumab", "nemolizumab")
    text = TRIAL.replace("ad_child", "ad_adult").replace(
        'kind = "fibre"\nfactor = 2', 'kind = "drug"\nname = "tralokinumab"'
    )
    ((line, message),) = problems(tmp_path, text + "[run_in]\nweeks = 4\n" + three)
    assert "the run-in and the arm give dupilumab, nemolizumab, tralokinumab: of" in message
    many = '"W23", "W51", "W52", "W55", "W56", "W57", "W58"'
    text = TRIAL.replace(
        'kind = "fibre"\nfactor = 2',
        f'kind = "probiotic"\nstrains = [{many}]\ncfu_per_day = 1e10',
    )
    ((line, message),) = problems(tmp_path, text + "[run_in]\nweeks = 4\n" + PRODUCT)
    assert "the run-in and the arm give 7 strains" in message
    six = text.replace('"W23", "W51", "W52", ', '"W23", "W51", ')
    path = tmp_path / "six.toml"
    path.write_text(six + "[run_in]\nweeks = 4\n" + PRODUCT)
    assert load_trial(path).before  # of two that are the same six are left
    assert line == text.splitlines().index("[[arms.interventions]]") + 1


def test_who_became_well_in_a_run_in_is_lost_unless_the_criteria_are_not_asked_again(
    tmp_path, screened
):
    text = TRIAL + "[run_in]\nweeks = 2\n{}" + DUPILUMAB
    asked, not_asked = (
        run_in.through(study_of(tmp_path, text.format(line)), screened)
        for line in ("", "criteria_again = false\n")
    )
    assert np.array_equal(asked.score, not_asked.score)
    assert (not_asked.day >= 0).all()
    assert 0 < (asked.day >= 0).mean() < 0.6
    assert (asked.score[asked.day >= 0] >= 20).all()


def test_entry_by_sensitisation_and_by_other_measures(tmp_path):
    text = TRIAL.replace("[20, 50]", "[20, 50]\nsensitised = true\ntotal_ige = [150, 100000]")
    study = study_of(tmp_path, text)
    keys = patient_keys(0, "mix", 64)
    drawn = screening.patients_of(study, keys).parameters
    either = (drawn["sensitised"] + drawn["sensitised_food"]) > 0
    settled = screening.settle(study, keys)
    assert set(settled.keys[:, 2]) <= set(keys[either, 2])
    names = [one.name for one in screening.criteria(study)]
    assert names == ["scorad", "total_ige"]
    plain = screening.screen(study_of(tmp_path, TRIAL), settled)
    asked = screening.screen(study, settled)
    assert 0 < (asked.day >= 0).sum() < (plain.day >= 0).sum()


def test_food_sensitised_asks_for_food_alone(tmp_path):
    study = study_of(tmp_path, TRIAL.replace("[20, 50]", "[20, 50]\nfood_sensitised = false"))
    keys = patient_keys(0, "mix", 64)
    food = screening.patients_of(study, keys).parameters["sensitised_food"] > 0
    assert not set(screening.settle(study, keys).keys[:, 2]) & set(keys[food, 2])


def test_how_newborns_are_fed_and_born(tmp_path):
    shares = "[infants]\nformula_share = 0.3\nc_section_share = 0.2\n"
    study = study_of(tmp_path, BIRTH + shares)
    keys = patient_keys(0, "mix", 1000)
    milk = screening.patients_of(study, keys).parameters["breast_milk"]
    assert set(milk) == {0.0, 1.0}
    assert (milk == 0).mean() == pytest.approx(0.3, abs=0.04)
    start = screening.born(study, keys).start
    section = load_model().initial("birth_c_section")
    assert (start == section[:, None]).all(axis=0).mean() == pytest.approx(0.2, abs=0.04)
    plain = study_of(tmp_path, BIRTH)
    assert np.ndim(screening.patients_of(plain, keys).parameters["breast_milk"]) == 0


def written(study, latent, n=600):
    """What is written down of patients whose true SCORAD and EASI are these [visit]."""
    keys = patient_keys(0, "mix", n)
    nothing = np.full(n, np.nan)
    people = screening.Enrolled(keys, np.zeros((1, n)), np.zeros(n), nothing, np.arange(n))
    true = np.broadcast_to(latent, (2, 2, 4)).astype(float)[..., None] * np.ones(n)
    quiet = tuple(replace(one, noise=0.0) for one in study.endpoints)
    study = replace(study, endpoints=quiet)
    of = {arm: np.full(n, place) for place, arm in enumerate(("mix", "placebo"))}
    return {arm: recorded(study, people, place, true, 0 * true).values for arm, place in of.items()}


def test_each_arm_has_its_own_share_of_those_who_leave(tmp_path):
    text = TRIAL.replace('"mix"\nn = 20', '"mix"\nn = 20\ndropout_share = 0.4')
    found = written(study_of(tmp_path, text + "[conduct]\ndropout_share = 0.1\n"), [40, 39, 38, 37])
    left = {arm: np.isnan(values[0, -1]).mean() for arm, values in found.items()}
    assert left["mix"] == pytest.approx(0.4, abs=0.06)
    assert left["placebo"] == pytest.approx(0.1, abs=0.04)


def test_who_is_no_better_or_worse_leaves_by_the_chance_of_each_visit(tmp_path):
    leave = "[conduct]\nleave_if_no_better = 0.2\nleave_if_worse = 0.5\n"
    study = study_of(tmp_path, TRIAL + leave)
    better = written(study, [40, 20, 20, 20])["mix"][0]
    assert np.isfinite(better).all()
    flat = written(study, [20, 24, 24, 24])["mix"]  # raters of a trial move it by less than a fifth
    assert np.isfinite(flat[0, :2]).all()  # who decides at a visit is there at it
    assert np.isnan(flat[0, 2]).mean() == pytest.approx(0.2, abs=0.05)
    assert np.isnan(flat[0, 3]).mean() == pytest.approx(1 - 0.8**2, abs=0.05)
    assert (flat[1, -1][np.isnan(flat[0, -1])] == 0).all()  # who left is no responder
    worse = written(study, [20, 40, 40, 40])["mix"][0]
    assert np.isnan(worse[2]).mean() == pytest.approx(0.5, abs=0.06)


def test_a_missed_visit_does_not_end_the_trial(tmp_path):
    study = study_of(tmp_path, TRIAL + "[conduct]\nmissed_visits = 0.2\n")
    found = written(study, [40, 30, 30, 30])["mix"][0]
    assert np.isfinite(found[0]).all()
    for visit in (1, 2, 3):
        assert np.isnan(found[visit]).mean() == pytest.approx(0.2, abs=0.05)
    assert (np.isnan(found[1]) & np.isfinite(found[3])).any()


WRONG = {
    "c-section of the settled": (
        TRIAL, "[infants]\nc_section_share = 0.2", "c_section_share =", "from birth alone"
    ),
    "run-in of newborns": (BIRTH, "[run_in]\nweeks = 2", "[run_in]", "before he is born"),
    "short run-in": (TRIAL, "[run_in]\nweeks = 0.5", "weeks = 0.5", "greater than or equal to 1"),
    "a mother's product in a run-in": (
        TRIAL, '[run_in]\nweeks = 2\n[[run_in.interventions]]\nkind = "maternal_probiotic"',
        'kind = "mat', "maternal_probiotic",
    ),
    "leaving by no score": (
        TRIAL.replace('["scorad", "easi75"]', '["itch"]').replace('"scorad"', '"itch"'),
        "[conduct]\nleave_if_worse = 0.2", "leave_if", 'Add "scorad"'
    ),
    "an arm that all leave": (
        TRIAL.replace("control = true", "control = true\ndropout_share = 0.99"), "", "0.99",
        "leaves 0.2"
    ),
    "itch beyond its scale": (
        TRIAL.replace("[20, 50]", "[20, 50]\nitch = [4, 12]"), "", "itch =", "scale of Itch"
    ),
    "unknown key": (TRIAL, "[run_in]\nweks = 2", "weks", "Did you mean 'weeks'?"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_wrong_files_name_line_and_remedy(tmp_path, case):
    text, more, marked, message = WRONG[case]
    text += more + "\n"
    (line,) = [i for i, one in enumerate(text.split("\n"), 1) if marked in one][-1:]
    found = problems(tmp_path, text)
    assert any(at == line and message in says for at, says in found), found
