"""The patient file: what it means, and what is said about a wrong one."""

from pathlib import Path

import numpy as np
import pytest

from gutskin import cli
from gutskin.errors import InputError
from gutskin.model.compiled import load_model
from gutskin.population.course import follow, prepare
from gutskin.population.patient_file import load_patient, starts

EXAMPLES = Path(__file__).parents[2] / "examples"

DOSE = """
[[doses]]
kind = "{}"
"""


@pytest.fixture
def case(tmp_path):
    """Prepare the patient of a text."""

    def prepared(text, stance="evidence", days=56):
        path = tmp_path / "patient.toml"
        path.write_text('start = "healthy_adult"\n' + text)
        model = load_model()
        return prepare(load_patient(path, model), days, stance, model)

    return prepared


@pytest.fixture
def problems(tmp_path):
    """The problems of a text as (line, message with remedy)."""

    def found(text):
        path = tmp_path / "patient.toml"
        path.write_text(text)
        with pytest.raises(InputError) as error:
            load_patient(path, load_model())
        assert {problem.file for problem in error.value.problems} == {path}
        return [(one.line, f"{one.message} {one.remedy}") for one in error.value.problems]

    return found


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.stem)
def test_the_shipped_examples_are_read(path):
    assert load_patient(path, load_model()).name == path.stem


def test_starts_are_columns_of_the_species_table():
    assert starts(load_model()) == (
        "healthy_adult", "severe", "birth_vaginal", "birth_c_section", "settled", "given",
    )  # fmt: skip


def test_a_patient_without_anything_is_the_model_itself(case):
    one = case("")
    assert one.parameters == one.model.values()
    assert one.start.tolist() == one.model.initial("healthy_adult").tolist()
    assert one.schedule.parameters == ()
    assert one.patient.name == "patient"
    article = case("", "article")
    assert article.parameters == article.model.values("article")


def test_own_values_come_before_the_population_s(case):
    one = case(
        'population = "ad_child"\nage_years = 6\n[parameters]\natopy = 2.5\n[switches]\nM51 = false'
    )
    assert one.parameters["atopy"] == 2.5
    assert one.parameters["ige_level"] == pytest.approx(130)
    assert one.parameters["s_m51"] == 0.0
    assert one.parameters["age_at_start"] == 6 * 365.25


@pytest.mark.parametrize("start", ["severe", "settled"])
def test_a_few_states_take_the_place_of_those_of_the_start(tmp_path, start):
    text = f'start = "{start}"\npopulation = "ad_child"\nage_years = 6\n'
    path, model = tmp_path / "patient.toml", load_model()
    path.write_text(text)
    plain = prepare(load_patient(path, model), 2, model=model)
    path.write_text(f"{text}[states]\ngut_treg = 3\nskin_itch = 0.5\n")
    case = prepare(load_patient(path, model), 2, model=model)
    before, after = (dict(zip(model.state_ids, one.start, strict=True)) for one in (plain, case))
    moved = {name: value for name, value in after.items() if value != before[name]}
    assert moved == {"gut_treg": 3.0, "skin_itch": 0.5}
    first = {name: values[0] for name, values in follow(case).quantities.items()}
    assert (first["gut_treg"], first["skin_itch"]) == (3.0, 0.5)


def test_closed_form_what_is_read_follows_a_parameter_that_is_no_input(case):
    scale = load_model().values()["tewl_scale"]
    moves = f"""
        [[courses]]
        parameter = "tewl_scale"
        days = [1, 3]
        values = [{scale}, {2 * scale}]
    """
    plain, moved = (follow(case(text, days=4)).quantities for text in ("", moves))
    ratio = moved["tewl_lesional"] / plain["tewl_lesional"]
    np.testing.assert_allclose(ratio, [1.0, 1.0, 1.5, 2.0, 2.0], rtol=1e-6)


def test_a_newborn_is_of_age_0(tmp_path):
    path = tmp_path / "patient.toml"
    path.write_text('start = "birth_c_section"\npopulation = "healthy_child"')
    assert prepare(load_patient(path, load_model()), 7).parameters["age_at_start"] == 0.0


def test_the_dose_of_a_mix_is_shared_and_killed_strains_are_others(case):
    text = DOSE.format("probiotic") + 'strains = ["W23", "w51"]\ncfu_per_day = 4e9\nstart_day = 7\n'
    one = case(text + "end_day = 14" + text + "end_day = 9\nviable = false")
    values = {
        name: one.schedule.values(name, [6, 7, 9, 14], 0.0) for name in one.schedule.parameters
    }
    assert values["dose_strain_1"].tolist() == [0, 2, 2, 0]
    assert values["dose_strain_4"].tolist() == [0, 2, 0, 0]
    assert [one.parameters[f"viable_strain_{place}"] for place in (1, 4)] == [1, 0]


def test_inulin_is_counted_in_hexose(case):
    text = DOSE.format("inulin") + "g_per_day = 16.2\nstart_day = 7\nend_day = 14"
    assert case(text).schedule.values("dose_inulin", 7, 0.0) == pytest.approx(100)


def test_a_wash_is_one_wash_on_top_of_the_habit(case):
    text = DOSE.format("washing") + "washes_per_day = 2\nstart_day = 3\nend_day = 5"
    text += DOSE.format("wash") + "day = 4.5" + DOSE.format("wash") + "day = 10"
    holds = [h for h in case(text).schedule.holds if h.parameter == "washing"]
    assert sum(h.value * (h.end - h.start) for h in holds) == pytest.approx(2 * 2 + 1 + 1)


def test_dupilumab_is_loaded_and_repeated(case):
    text = (
        DOSE.format("dupilumab") + "loading_mg = 600\ndose_mg = 300\nevery_days = 14\nstart_day = 0"
    )
    pulses = case(text, days=28).schedule.pulses
    share = load_model().tables.conduct["bioavailability_drug"].number("value")
    assert [p.time for p in pulses] == [0.0, 14.0, 28.0]
    assert [p.add / share for p in pulses] == pytest.approx([600, 300, 300])


def test_season_and_noise_are_courses(case):
    one = case("[season]\namplitude = 0.3\npeak_day = 10\n[noise]\nseed = 4")
    assert one.schedule.parameters == ("season", "stress")
    assert one.schedule.values("season", 10.0, 1.0) == pytest.approx(1.3)
    stress = one.schedule.values("stress", np.arange(57.0), 1.0)
    assert (stress > 0).all()
    again = case("[noise]\nseed = 4").schedule.values("stress", np.arange(57.0), 1.0)
    assert stress.tolist() == again.tolist()


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ('start = "healty_adult"', 1, "Did you mean 'healthy_adult'?"),
        ('start = "severe"\nage = 5', 2, "unknown key 'age'"),
        ('start = "severe"\npopulation = "ad_chid"', 2, "Did you mean 'ad_child'?"),
        ('start = "birth_vaginal"\nage_years = 5', 2, "newborn"),
        ('start = "settled"\nage_years = 0.1', 2, "nobody has settled"),
        ('start = "settled"\nage_years = 0', 2, "nobody has settled"),
        ('start = "settled"\npopulation = "healthy_infant"', 1, "nobody has settled"),
        ('start = "severe"\n[parameters]\natopi = 1', 3, "Did you mean 'atopy'?"),
        ('start = "severe"\n[parameters]\natopy = "high"', 3, "a number"),
        ('start = "severe"\n[parameters]\ns_m51 = 0', 3, "Write `M51 = false` in [switches]."),
        ('start = "severe"\n[switches]\nM511 = false', 3, "there is no mechanism 'M511'"),
        ('start = "severe"\n[switches]\nM51 = 0', 3, "true or false"),
        ('start = "severe"\n[season]\namplitude = 2', 3, "less than or equal to 1"),
        ('start = "severe"\n[[doses]]\nkind = "probiotics"', 3, "Did you mean 'probiotic'?"),
        ("start = ", 1, "not valid TOML"),
        ("days = 5", None, "the key 'start' is missing"),
    ],
)
def test_a_problem_is_told_with_its_line(problems, text, line, says):
    [(at, message)] = problems(text)
    assert at == line
    assert says in message


@pytest.mark.parametrize(
    ("dose", "line", "says"),
    [
        ("kind = 'probiotic'\nstrains = ['W99']\ncfu_per_day = 1e9\nstart_day = 1", 4, "'W99'"),
        ("kind = 'probiotic'\nstrains = ['W23']\ncfu_per_day = -1\nstart_day = 1", 5, "negative"),
        ("kind = 'antibiotic'\nstart_day = 9\nend_day = 4", 5, "ends on day 4"),
        ("kind = 'antibiotic'\nstart_day = 9\nlevl = 1", 5, "Did you mean 'level'?"),
        ("kind = 'wash'\nday = -1", 4, "negative"),
        (
            "kind = 'probiotic'\nstrains = ['W23', 'w23']\ncfu_per_day = 1e9\nstart_day = 1",
            4,
            "once",
        ),
    ],
)
def test_a_problem_of_a_dose_is_told_with_its_line(problems, dose, line, says):
    [(at, message)] = problems(f'start = "severe"\n[[doses]]\n{dose}')
    assert at == line
    assert says in message


def test_doses_that_overlap_are_named_once_each(problems):
    text = 'start = "severe"'
    for start, end in ((1, 5), (5, 9), (4, 6)):
        text += DOSE.format("emollient") + f"level = 0.5\nstart_day = {start}\nend_day = {end}"
    found = problems(text)
    assert [line for line, _ in found] == [15, 15]
    assert "emollient from day 4 to day 6 overlaps emollient from day 1 to day 5." in found[0][1]


def test_more_than_six_strains_have_no_place(problems):
    strains = "['W23', 'W51', 'W52', 'W55', 'W56', 'W57', 'W58']"
    dose = DOSE.format("probiotic") + f"strains = {strains}\ncfu_per_day = 1e9\nstart_day = 0"
    [(_, message)] = problems('start = "severe"' + dose)
    assert "7 strains" in message


def test_all_problems_come_together_and_nothing_is_written(tmp_path, capsys):
    path, sbml = tmp_path / "patient.toml", tmp_path / "one.xml"
    path.write_text(
        'start = "sever"\n[parameters]\natopi = 1\n[[doses]]\nkind = "pollen"\nlevel = -1\n'
        "start_day = 4\nend_day = 4"
    )
    assert cli.main(["simulate", str(path), "--json", "--export-sbml", str(sbml)]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert [line.split(":")[1] for line in err.splitlines()] == ["1", "3", "6", "8"]
    assert not sbml.exists()


def test_a_settled_patient_stays_where_he_is(tmp_path):
    path = tmp_path / "patient.toml"
    path.write_text('start = "settled"\npopulation = "ad_adult"\nage_years = 35')
    scorad = follow(prepare(load_patient(path, load_model()), 56)).quantities["scorad"]
    assert scorad == pytest.approx(scorad[0], abs=0.1)


@pytest.mark.parametrize("absurd", ["k_ph = 1e12", "k_lesion_fast = 1e9", "k_barrier = -5"])
def test_a_course_that_cannot_be_computed_is_an_error_of_the_input(tmp_path, absurd):
    path = tmp_path / "patient.toml"
    path.write_text(f'start = "severe"\n[parameters]\n{absurd}')
    with pytest.raises(InputError, match="could not be computed"):
        follow(prepare(load_patient(path, load_model()), 7))
