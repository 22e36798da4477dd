"""The patient file: what it means."""

from pathlib import Path

import numpy as np
import pytest
from patient_texts import DOSE, INJECTED

from gutskin.errors import InputError
from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.model.drugs import drugs
from gutskin.model.vocabulary import vocabulary
from gutskin.population.course import follow, prepare
from gutskin.population.patient_file import load_patient
from gutskin.population.patient_format import starts

EXAMPLES = Path(__file__).parents[2] / "examples"


OTHERS = {"candidates", "declared"}  # of `gutskin optimise` and `gutskin plan`
PATIENTS = sorted(path for path in EXAMPLES.glob("*.toml") if path.stem not in OTHERS)


@pytest.mark.parametrize("path", PATIENTS, ids=lambda path: path.stem)
def test_the_shipped_examples_are_read(path):
    assert load_patient(path).name == path.stem


def test_starts_are_columns_of_the_species_table():
    assert starts(vocabulary(shipped_biology())) == (
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
    assert one.parameters["ige_level"] == pytest.approx(30)
    assert one.parameters["s_m51"] == 0.0
    assert one.parameters["age_at_start"] == 6 * 365.25


@pytest.mark.parametrize("start", ["severe", "settled"])
def test_a_few_states_take_the_place_of_those_of_the_start(tmp_path, start):
    text = f'start = "{start}"\npopulation = "ad_child"\nage_years = 6\n'
    path, model = tmp_path / "patient.toml", load_model()
    path.write_text(text)
    plain = prepare(load_patient(path), 2, model=model)
    path.write_text(f"{text}[states]\ngut_treg = 3\nskin_itch = 0.5\n")
    case = prepare(load_patient(path), 2, model=model)
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
    bare = load_model().values()["tewl_bare"]  # a resistance in a row with the horn's
    open_then, open_now = (1 / (1 / found["tewl_lesional"] - 1 / bare) for found in (plain, moved))
    np.testing.assert_allclose(open_now / open_then, [1.0, 1.0, 1.5, 2.0, 2.0], rtol=1e-6)


def test_a_newborn_is_of_age_0(tmp_path):
    path = tmp_path / "patient.toml"
    path.write_text('start = "birth_c_section"\npopulation = "healthy_child"')
    assert prepare(load_patient(path), 7).parameters["age_at_start"] == 0.0


def test_the_dose_of_a_mix_is_shared_and_killed_strains_are_others(case):
    text = DOSE.format("probiotic") + 'strains = ["W23", "w51"]\ncfu_per_day = 4e9\nstart_day = 7\n'
    one = case(text + "end_day = 14" + text + "end_day = 9\nviable = false")
    values = {
        name: one.schedule.values(name, [6, 7, 9, 14], 0.0) for name in one.schedule.parameters
    }
    assert values["dose_strain_1"].tolist() == [0, 2, 2, 0]
    assert values["dose_strain_4"].tolist() == [0, 2, 0, 0]
    assert [one.parameters[f"viable_strain_{place}"] for place in (1, 4)] == [1, 0]


def test_lactulose_is_counted_in_hexose(case):
    text = DOSE.format("lactulose") + "g_per_day = 17.1\nstart_day = 7\nend_day = 14"
    assert case(text).schedule.values("dose_lactulose", 7, 0.0) == pytest.approx(100)


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
    share = drugs(load_model().biology)["dupilumab"].number("bioavailability")
    assert [p.time for p in pulses] == [0.0, 14.0, 28.0]
    assert [p.add / share for p in pulses] == pytest.approx([600, 300, 300])


def test_season_and_noise_are_courses(case):
    one = case("[season]\namplitude = 0.3\npeak_day = 10\n[noise]\nseed = 4")
    assert one.schedule.parameters == ("activity", "season", "stress")
    assert one.schedule.values("season", 10.0, 1.0) == pytest.approx(1.3)
    again = case("[noise]\nseed = 4").schedule
    for name in ("stress", "activity"):
        values = one.schedule.values(name, np.arange(57.0), 1.0)
        assert (values > 0).all()
        assert values.tolist() == again.values(name, np.arange(57.0), 1.0).tolist()


def test_a_shorter_course_of_the_command_leaves_out_what_comes_later(tmp_path):
    path = tmp_path / "patient.toml"
    path.write_text('start = "severe"\n[[doses]]\nkind = "wash"\nday = 50\n')
    assert load_patient(path, days=7).doses[0].day == 50


@pytest.mark.parametrize("given", [None, "", 5])
def test_what_is_no_file_is_one_message(given):
    with pytest.raises(InputError, match="is no file of a patient"):
        load_patient(given)


def test_a_settled_patient_stays_where_he_is(tmp_path):
    path = tmp_path / "patient.toml"
    path.write_text('start = "settled"\npopulation = "ad_adult"\nage_years = 35')
    scorad = follow(prepare(load_patient(path), 56)).quantities["scorad"]
    assert scorad == pytest.approx(scorad[0], abs=0.1)


def test_a_course_that_cannot_be_computed_is_an_error_of_the_input(tmp_path):
    absurd = "k_full_s_aureus = 0\ng_barrier_s_aureus = 5000"
    path = tmp_path / "patient.toml"
    path.write_text(f'start = "severe"\n[parameters]\n{absurd}')
    with pytest.raises(InputError, match="could not be computed"):
        follow(prepare(load_patient(path), 7))


@pytest.mark.parametrize(
    ("every", "start", "end", "days"),
    [
        (0.1, 1, 1.3, [1.0, 1.1, 1.2]), (0.1, 0.7, 1.0, [0.7, 0.8, 0.9]), (14, 0, 28, [0.0, 14.0]),
        (0.3, 0, 0.9, [0.0, 0.3, 0.6]), (1.1, 0, 3.3, [0.0, 1.1, 2.2]), (7, 3, 3.5, [3.0]),
    ],
)  # fmt: skip
def test_closed_form_no_injection_falls_on_an_end_that_is_excluded(case, every, start, end, days):
    text = INJECTED.format(2, 1, every, start) + f"end_day = {end}"
    assert [one.time for one in case(text).schedule.pulses] == days
