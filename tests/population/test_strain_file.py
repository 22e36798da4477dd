"""Own strains in files: refused whole with every line, taken with what is given and borrowed."""

import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gutskin.errors import InputError
from gutskin.evidence.experiments import plan_experiments
from gutskin.model.biology import shipped_biology
from gutskin.model.check_tables import _strain
from gutskin.model.vocabulary import vocabulary
from gutskin.population.course import prepare
from gutskin.population.own_strains import traits_in, with_strains
from gutskin.population.patient_file import load_patient
from gutskin.population.strain_file import OwnStrain, strain_problems
from gutskin.population.strain_traits import Trait, find_strain, strain_traits_of
from gutskin.trials.design import load_trial
from gutskin.trials.plan import plan_trial

TRIAL = """
name = "mine"
population = "ad_child"
[visits]
weeks = [0, 8]
[[arms]]
name = "a"
n = 10
[[arms.interventions]]
kind = "probiotic"
strains = ["Mine-01", "W23"]
cfu_per_day = 4e9
[[arms]]
name = "p"
n = 10
control = true
[analysis]
primary = "scorad"
endpoints = ["scorad"]
"""
STRAIN = """
[[strains]]
id = "mine01"
label = "Mine-01"
species = "Lactiplantibacillus plantarum"
survival = 0.25
regulation = { value = 1.5, low = -0.5, high = 3.5 }
"""
RESULT = """
[[strains.trials]]
difference = -4.0
low = -7.5
high = -0.5
weeks = 8
cfu_per_day = 1e10
population = "ad_child"
"""
RATIO = """
[[strains.trials]]
risk_ratio = 0.6
low = 0.4
high = 0.9
months = 12
given_to = "both"
cfu_per_day = 6e9
population = "newborn_high_risk"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mine.toml"
    path.write_text(text)
    return path


def problems_of(path: Path) -> dict[int, list[str]]:
    with pytest.raises(InputError) as caught:
        load_trial(path)
    found: dict[int, list[str]] = {}
    for one in caught.value.problems:
        found.setdefault(one.line or 0, []).append(f"{one.message} {one.remedy}")
    return found


def test_documentation_the_example_of_the_page_is_sound(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "strains.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", page, flags=re.S)
    path = written(tmp_path, TRIAL.replace("Mine-01", "Mine 1") + example)
    plan = plan_trial(str(path))
    tried = plan.biology.table("strain_trials.tsv")
    assert tried["mine_1"].items("with") == ("w52",)
    assert tried["mine_2"].number("estimate") == pytest.approx(-0.3567, abs=1e-3)


def test_unit_a_patient_takes_his_own_strain(tmp_path: Path) -> None:
    dose = (
        '[[doses]]\nkind = "probiotic"\nstrains = ["Mine-01"]\ncfu_per_day = 4e9\nstart_day = 0\n'
    )
    head = 'start = "settled"\npopulation = "ad_child"\ndays = 7\n'
    patient = load_patient(written(tmp_path, head + dose + STRAIN))
    case = prepare(patient)
    assert case.parameters["survival_strain_1"] == pytest.approx(0.25)
    assert case.parameters["factor_strain_1"] == pytest.approx(1.5)
    with pytest.raises(InputError, match="unknown strain 'Mine-01'"):
        load_patient(written(tmp_path, head + dose))


def test_unit_an_experiment_brings_strains_under_its_id(tmp_path: Path) -> None:
    text = """
[X1]
experiment = "an own strain"
grade = "C"
evidence_verdict = "thin"
why = "a test"
days = 28
worlds = 8
[X1.arms.off]
population = "ad_child"
[X1.arms.on]
like = "off"
doses = [{ kind = "probiotic", strains = ["Mine-01"], cfu_per_day = 4e9, start_day = 0 }]
[[X1.checks]]
says = "more Treg"
quantity = "gut_treg"
read = { day = 28 }
contrast = { on = 1, off = -1 }
expected = [0, 10]
"""
    strain = STRAIN.replace("[[strains]]", "[[X1.strains]]")
    path = written(tmp_path, text + strain)
    (one,) = plan_experiments(path, shipped_biology()).values()
    assert one.arms["on"].doses[0].strains == ("mine01",)
    wrong = written(tmp_path, text + strain.replace("survival = 0.25", "survival = 25"))
    with pytest.raises(InputError, match=r"X1: survival cannot be 25"):
        plan_experiments(wrong, shipped_biology())


def test_unit_a_trial_takes_its_own_strain_by_its_label(tmp_path: Path) -> None:
    plan = plan_trial(str(written(tmp_path, TRIAL + STRAIN + RESULT)))
    assert plan.design.arms[0].interventions[0].strains == ("mine01", "w23")
    row = plan.biology.table("strains.tsv")["mine01"]
    assert row.number("survival") == 0.25
    assert "Mine-01" in plan.arms[0].courses[0].what
    tried = plan.biology.table("strain_trials.tsv")["mine01_1"]
    assert tried.number("se") == pytest.approx(7.0 / 3.9199, rel=1e-3)
    assert plan.biology.overlay is not None
    assert plan.biology.overlay.name == "mine"


def test_unit_strains_change_the_hash_of_a_model_and_not_that_of_its_equations(
    tmp_path: Path,
) -> None:
    shipped = shipped_biology()
    mine = plan_trial(str(written(tmp_path, TRIAL + STRAIN))).biology
    assert mine.content_hash != shipped.content_hash
    assert mine.equations_hash == shipped.equations_hash


def test_unit_a_design_that_was_read_is_planned_again_from_python(tmp_path: Path) -> None:
    design = load_trial(written(tmp_path, TRIAL + STRAIN + RESULT))
    plan = plan_trial(design)
    assert plan.design == design
    assert "mine01" in plan.biology.table("strains.tsv")


@pytest.mark.parametrize(
    ("line", "wrong", "says"),
    [
        ('id = "lgg"', 2, "ships with gutskin"),
        ('id = "one"\nlabel = "w23"\nclass = "lactococci"', 3, "ships with gutskin"),
        (
            'id = "one"\nspecies = "Bacillus coagulans"',
            3,
            'Write `class =` one of "bifidobacteria"',
        ),
        ('id = "one"\nclass = "bifido"', 3, "unknown class 'bifido'"),
        ('id = "one"', 2, "neither a species nor a class"),
        ('id = "one"\nclass = "bifidobacteria"\nsurvivl = 0.3', 4, "Did you mean 'survival'?"),
        ('id = "one"\nclass = "bifidobacteria"\nsurvival = 1.3', 4, "survival cannot be 1.3"),
        (
            'id = "one"\nclass = "bifidobacteria"\nsurvival = "much"',
            4,
            "it must be a number, true or false",
        ),
        (
            'id = "one"\nclass = "bifidobacteria"\n'
            "survival = { value = 0.3, low = 0.4, high = 0.5 }",
            4,
            "does not lie between",
        ),
        (
            'id = "one"\nclass = "bifidobacteria"\nsurvival = { value = 0.3, low = 0.2 }',
            4,
            "one end",
        ),
    ],
)
def test_unit_what_is_wrong_with_a_strain_has_its_line(
    tmp_path: Path, line: str, wrong: int, says: str
) -> None:
    text = f"[[strains]]\n{line}\n{TRIAL.replace('Mine-01', 'W51')}"
    path = written(tmp_path, text.replace('name = "mine"', "", 1))
    path.write_text(f"name = 'mine'\npopulation = 'ad_child'\n{text}".replace(
        '\nname = "mine"\npopulation = "ad_child"\n', "\n"))  # fmt: skip
    found = problems_of(path)
    assert list(found) == [wrong + 2]
    assert says in found[wrong + 2][0]


@pytest.mark.parametrize(
    ("name", "whose"),
    [
        ("GG", "GG (ATCC 53103)"), ("ATCC 53103", "GG (ATCC 53103)"), ("lgg", "GG (ATCC 53103)"),
        ("ls01", "LS01 (DSM 22775)"), ("DSM22775", "LS01 (DSM 22775)"), ("BB12", "BB-12"),
        ("bb_12", "BB-12"), ("HN 001", "HN001"), ("w\uff12\uff13", "W23"),
    ],
)  # fmt: skip
def test_unit_no_code_of_a_shipped_strain_is_taken_however_it_is_written(
    tmp_path: Path, name: str, whose: str
) -> None:
    text = TRIAL + STRAIN.replace('label = "Mine-01"', f'label = "{name}"')
    found = problems_of(written(tmp_path, text.replace('"Mine-01", "W23"', '"W51"')))
    line = text[: text.index("label = ")].count("\n") + 1
    assert list(found) == [line]
    assert f"it is the code of {whose}, which ships with gutskin. Rename it" in found[line][0]


def test_unit_codes_that_only_look_alike_are_not_taken() -> None:
    raw = [
        {"id": "mine_1", "label": "Mine-1", "class": "lactococci"},
        {"id": "w230", "label": "W2", "class": "lactococci"},
        {"id": "star", "label": "\u2605", "class": "lactococci"},
        {"id": "sun", "label": "\u2606", "class": "lactococci"},
    ]
    assert not list(strain_problems(raw, shipped_biology()))


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("difference = -4.0", "difference = -4.0\nrisk_ratio = 0.8", "exactly one"),
        ("difference = -4.0", "difference = -40.0", "does not lie in its interval"),
        ("low = -7.5\n", "", "Write both `low` and `high`"),
        ("low = -7.5\nhigh = -0.5\n", "", "or `se`"),
        ("weeks = 8", "", "Add `weeks = ...`"),
        ("weeks = 8", "weeks = 8000", "lasts 1 to 260 week"),
        ("weeks = 8", "weeks = 8\nmonths = 2", "not `months`"),
        ("cfu_per_day = 1e10", "cfu_per_day = 1e19", "has 1e+06 to 1e+14 CFU a day"),
        ('"ad_child"', '"newborn_high_risk"', "people who have settled"),
        ('"ad_child"', '"ad_chld"', "Did you mean 'ad_child'?"),
        ("weeks = 8", "weeks = 8\nage_years = [10, 40]", "within that of ad_child"),
        ("weeks = 8", 'weeks = 8\nwith = ["mine01"]', "names a strain twice"),
        ("weeks = 8", 'weeks = 8\nwith = ["w99"]', "unknown strain 'w99'"),
        ("weeks = 8", 'weeks = 8\nwith = ["Mine-01"]', "Mine-01 itself is not named here"),
        ("weeks = 8", 'weeks = 8\nwith = ["lgg", "GG (ATCC 53103)"]', "names a strain twice"),
        ("weeks = 8", 'weeks = 8\ngiven_to = "both"', "`given_to` belongs to a risk ratio"),
        ("1e10", "10", "a product that was tried has 1e+06 to 1e+14 CFU a day"),
    ],
)
def test_unit_what_is_wrong_with_a_trial_of_a_strain_is_told(
    tmp_path: Path, before: str, after: str, says: str
) -> None:
    text = TRIAL + STRAIN + RESULT.replace(before, after)
    found = problems_of(written(tmp_path, text))
    first = TRIAL.count("\n") + STRAIN.count("\n")
    assert all(line > first for line in found)
    assert says in " ".join(says for some in found.values() for says in some)


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("months = 12", "months = 12\nage_years = [0, 1]", "`age_years` belongs to a difference"),
        ("months = 12", "months = 12\nscorad = [0, 9]", "`scorad` belongs to a difference"),
        ("months = 12", 'months = 12\nendpoint = "easi"', "`endpoint` belongs to a difference"),
        ("months = 12", "weeks = 12", "Add `months = ...`"),
        ("months = 12", "months = 0.2", "lasts 0.23 to 59.8 months"),
        ("months = 12", "months = 61", "lasts 0.23 to 59.8 months"),
        ("risk_ratio = 0.6", "risk_ratio = 60", "does not lie in its interval"),
        ("low = 0.4\nhigh = 0.9", "se = 0", "greater than 0"),
        ("low = 0.4", "low = 0", "a risk ratio is above 0"),
        ('"newborn_high_risk"', '"ad_child"', "months are counted in newborns"),
        ('given_to = "both"', 'given_to = "father"', "'child', 'mother' or 'both'"),
    ],
)
def test_unit_what_is_wrong_with_a_risk_ratio_is_told(
    tmp_path: Path, before: str, after: str, says: str
) -> None:
    sound = TRIAL + STRAIN + RATIO
    plan_trial(str(written(tmp_path, sound)))
    found = problems_of(written(tmp_path, TRIAL + STRAIN + RATIO.replace(before, after)))
    first = TRIAL.count("\n") + STRAIN.count("\n")
    assert all(line > first for line in found)
    assert says in " ".join(says for some in found.values() for says in some)


def test_unit_all_problems_of_strains_and_arms_come_at_once(tmp_path: Path) -> None:
    text = TRIAL + STRAIN.replace("survival = 0.25", "survival = 25") + RESULT.replace("-7.5", "7")
    found = problems_of(written(tmp_path, text.replace("n = 10", "n = 1", 1)))
    assert len(found) == 3


def test_unit_what_is_not_given_comes_from_species_then_class() -> None:
    biology = shipped_biology()
    plantarum = OwnStrain.model_validate({"id": "x", "species": "Lactiplantibacillus plantarum"})
    found = traits_in(plantarum, biology)
    assert found["survival"].source in ("species", "genus", "class")
    unknown = OwnStrain.model_validate({"id": "x", "species": "None such", "class": "lactococci"})
    assert traits_in(unknown, biology)["survival"].source == "class"
    known = OwnStrain.model_validate({"id": "x", "class": "lactococci", "survival": 0.5})
    assert traits_in(known, biology)["survival"].value == 0.5


def test_unit_a_value_without_a_width_keeps_the_width_of_its_class_on_its_scale() -> None:
    biology = shipped_biology()
    bare = OwnStrain.model_validate({"id": "x", "class": "lactococci"})
    given = OwnStrain.model_validate({"id": "x", "class": "lactococci", "washout_per_day": 2.8})
    before, after = (traits_in(one, biology)["washout_per_day"] for one in (bare, given))
    assert after.high / after.low == pytest.approx(before.high / before.low)
    assert after.low < 2.8 < after.high


def test_unit_a_strain_is_found_by_code_or_id_and_nearest_names_are_offered() -> None:
    biology = shipped_biology()
    assert find_strain("LGG", biology).id == find_strain("GG (ATCC 53103)", biology).id == "lgg"
    assert find_strain("BB12", biology).id == "bb12"
    assert find_strain("dsm 22775", biology).id == "ls01"
    with pytest.raises(InputError, match="Did you mean 'w51'"):
        find_strain("w51x", biology)


def test_unit_no_problem_of_a_sound_strain() -> None:
    raw = [{"id": "x", "class": "lactococci", "survival": 0.5}]
    assert not list(strain_problems(raw, shipped_biology()))


def test_unit_strains_that_are_there_are_not_added_twice() -> None:
    one = OwnStrain.model_validate({"id": "x", "class": "lactococci"})
    biology = with_strains(shipped_biology(), [one])
    assert with_strains(biology, [one]) is biology


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from([*strain_traits_of(shipped_biology()).values()]),
    st.floats(0, 1) | st.sampled_from([0.0, 1.0]),
    st.sampled_from(["bifidobacteria", "lactococci", "heterofermentative lactobacilli"]),
)
def test_property_every_value_that_a_trait_may_have_is_accepted(
    known: Trait, place: float, genus_class: str
) -> None:
    """Also the first and the last: the width that it keeps of its class stays in the range."""
    biology, (least, most) = shipped_biology(), (known.domain.low, known.domain.high)
    value = min(max(least + place * (most - least), least), most)
    value = float(round(place)) if known.scale == "flag" else value
    raw = [{"id": "x", "class": genus_class, known.id: value}]
    assert not list(strain_problems(raw, biology))
    one = OwnStrain.model_validate(raw[0])
    found = traits_in(one, biology)[known.id]
    assert found.value == value
    assert found.low <= value <= found.high
    assert known.is_axis or (found.low in known.domain and found.high in known.domain)
    tables = vocabulary(with_strains(biology, [one])).tables
    assert not list(_strain(tables.strains["x"], tables))  # sound as a row of the tables too
