"""What a trial from birth cannot ask: nothing falls from a baseline that is nothing."""

import pytest
from trial_texts import problems

from gutskin.cli.program import main
from gutskin.model.compiled import load_model
from gutskin.report.methods import planned
from gutskin.trials.design import load_trial
from gutskin.trials.run import run_trial
from gutskin.trials.summary import BORN_ALONE, summarise

TEXT = """\
name = "born"
population = "newborn"
start = "birth_vaginal"
[visits]
weeks = [0, 13, 26]
[[arms]]
name = "early"
n = 3
[[arms]]
name = "usual"
n = 3
control = true
[conduct]
dropout_share = 0
[analysis]
primary = "eczema"
endpoints = ["eczema", "scorad"]
"""
CONTROL = """[[arms]]
name = "usual"
n = 3
control = true
"""


def test_falls_from_baseline_are_refused_together_with_what_to_ask_instead(tmp_path):
    measured = 'endpoints = ["eczema", "easi75", "itch4", "scorad_lower", "scorad_mild"]'
    text = TEXT.replace('endpoints = ["eczema", "scorad"]', measured)
    text = text.replace('primary = "eczema"', 'primary = "easi75"')
    found = problems(tmp_path, text)
    assert [line for line, _ in found] == [17]
    says = found[0][1]
    assert "'easi75', 'itch4', 'scorad_lower': newborns have no eczema that could fall" in says
    assert '"eczema", "atopic_eczema", "nonatopic_eczema"' in says
    assert "scorad_mild" not in says


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("conduct", "rescue", "true"),
        ("conduct", "leave_if_no_better", "0.1"),
        ("conduct", "leave_if_worse", "0.1"),
        ("discontinuation", "if_no_better", "0.1"),
        ("discontinuation", "if_worse", "0.1"),
        ("extension", "share_if_no_better", "0.1"),
    ],
)
def test_who_would_be_held_against_the_day_of_birth_is_refused(tmp_path, part, key, value):
    more = {"extension": "from_week = 13\n", "discontinuation": "share = 0.1\n"}.get(part, "")
    text = TEXT.replace("[conduct]\ndropout_share = 0\n", f"[{part}]\n{more}{key} = {value}\n")
    text = text.replace('"scorad"]', '"scorad", "easi"]\nweek = 13')
    found = problems(tmp_path, text)
    assert any(f"`{key}` holds patients against their first visit" in what for _, what in found)
    assert all(line is not None for line, _ in found)


BY_MILK = """\
[[arms.interventions]]
kind = "maternal_probiotic"
strains = ["LGG"]
cfu_per_day = 1e10
"""


@pytest.mark.parametrize(
    ("share", "before", "told"), [("1", "0", 1), ("0.9", "0", 0), ("1", "4", 0), ("0", "0", 0)]
)
def test_closed_form_a_product_that_no_child_meets_is_refused(tmp_path, share, before, told):
    """Milk carries it where anybody gets milk, birth where it was taken before it."""
    more = f'weeks_before_birth = {before}\n[[arms]]\nname = "usual"'
    text = TEXT.replace('[[arms]]\nname = "usual"', BY_MILK + more)
    text += f"[infants]\nformula_share = {share}\n"
    path = tmp_path / "trial.toml"
    path.write_text(text)
    if told:
        ((line, what),) = problems(tmp_path, text)
        assert line == 9
        assert "no child meets it" in what
    else:
        assert load_trial(path).infants.formula_share == float(share)


def test_a_plan_has_newborns_from_birth_and_no_age_of_a_thousandth_year(tmp_path, capsys):
    path = tmp_path / "trial.toml"
    path.write_text(TEXT)
    assert main(["trial", str(path), "--plan"]) == 0
    assert "Patients: newborns of the general population, from birth." in capsys.readouterr().out


def test_where_patients_have_eczema_all_of_it_is_taken(tmp_path):
    text = TEXT.replace('"newborn"', '"ad_child"').replace('start = "birth_vaginal"\n', "")
    text = text.replace("dropout_share = 0", "rescue = true\nleave_if_worse = 0.1")
    path = tmp_path / "trial.toml"
    path.write_text(text.replace('"scorad"]', '"scorad", "easi", "easi75"]'))
    assert load_trial(path).conduct.rescue


def test_a_single_arm_from_birth_is_told_and_not_tested(tmp_path):
    path, model = tmp_path / "trial.toml", load_model()
    path.write_text(TEXT.replace(CONTROL, "").replace('primary = "eczema"', 'primary = "scorad"'))
    design = load_trial(path)
    (says,) = planned(design, model.tables.endpoints)
    assert says.startswith("Estimated, not tested: Eczema")
    assert "every child that grows" in says
    trial = run_trial(design, model, 2)
    summary = summarise(trial.shown, design, trial.analysis)
    its = summary["endpoints"]["scorad"]["difference"]
    assert (its["method"], its["tested"], its["share_p_below_0_05"]) == ("estimate", 0, None)
    assert its["mean"] is not None
    assert summary["limits"][0] == BORN_ALONE


def test_an_age_range_of_a_cohort_from_birth_is_told_once_and_asks_nobody(tmp_path):
    """It was told to be outside the newborns too, and questionnaires were offered for it."""
    asked = TEXT.replace("[visits]", "[eligibility]\nage_years = [5, 10]\n[visits]", 1)
    found = [what for _, what in problems(tmp_path, asked.replace('"scorad"]', '"cdlqi"]', 1))]
    assert sum("age_years" in one for one in found) == 1
    assert any("cdlqi is asked of people of 4 to 16 years, and nobody" in one for one in found)
