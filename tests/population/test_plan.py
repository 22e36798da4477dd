"""The plan of a patient: what will happen to him, counted and dated before anything is compiled."""

import json
import sys

import pytest

from gutskin import cli
from gutskin.errors import InputError
from gutskin.model.biology import shipped_biology
from gutskin.model.vocabulary import vocabulary
from gutskin.population import memory
from gutskin.population.plan import plan_patient
from gutskin.population.populations import load_populations

PATIENT = """
name = "planned"
start = "settled"
population = "ad_child"
age_years = 6
days = 28
parameters = { atopy = 2.0 }
switches = { M51 = false }

[[doses]]
kind = "probiotic"
strains = ["W23", "w51"]
cfu_per_day = 4e9
start_day = 7
end_day = 21

[[doses]]
kind = "dupilumab"
loading_mg = 600
dose_mg = 300
every_days = 7
start_day = 0
end_day = 28

[[doses]]
kind = "wash"
day = 1.5

[[doses]]
kind = "wash"
day = 0.5

[[doses]]
kind = "emollient"
level = 0.5
start_day = 14

[[holds]]
parameter = "pollen"
start_day = 3
end_day = 9
value = 0.3

[[pulses]]
state = "gut_treg"
day = 20
add = 0.1
"""


@pytest.fixture
def path(tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "machine_memory", lambda: 25e9)
    file = tmp_path / "patient.toml"
    file.write_text(PATIENT)
    return file


def test_closed_form_doses_are_counted_and_dated(path):
    plan = plan_patient(path)
    assert [(one.what, one.amount, one.first, one.last, one.doses) for one in plan.regimens] == [
        ("W23, W51", "4e9 CFU a day", 7, 20, 14),
        ("dupilumab", "600 mg", 0, 0, 1),
        ("dupilumab", "300 mg", 7, 21, 3),
        ("single wash", "10 min", 0.5, 1.5, 2),
        ("emollient", "level 0.5", 14, 27, 14),
    ]
    assert [(one.what, one.moves, one.first, one.last) for one in plan.happenings] == [
        ("hold", "pollen", 3, 9), ("pulse", "gut_treg", 20, 20),
    ]  # fmt: skip
    assert (plan.sizes.days, plan.sizes.doses, plan.sizes.left_out) == (28, 34, 0)
    assert plan.age == 6


def test_a_shorter_course_says_what_it_leaves_out(path):
    plan = plan_patient(path, days=10)
    assert plan.sizes.left_out == 2  # the emollient, the pulse
    assert [(one.what, one.last, one.doses) for one in plan.regimens][:2] == [
        ("W23, W51", 9, 3), ("dupilumab", 0, 1),
    ]  # fmt: skip
    assert [one.moves for one in plan.happenings] == ["pollen"]


def test_a_plan_is_one_document_with_every_dose(path):
    document = json.loads(json.dumps(plan_patient(path).to_json(), allow_nan=False))
    assert [one["day"] for one in document["injections"]] == [0, 7, 14, 21]
    assert [one["day"] for one in document["washes"]] == [1.5, 0.5]
    assert document["holds"][0]["value"] == 0.3
    assert document["parameters"] == {"atopy": 2.0}
    assert document["sizes"]["doses"] == 34


def test_the_command_prints_a_plan_and_computes_nothing(path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "gutskin.population.course", None)
    assert cli.main(["simulate", str(path), "--plan", "--days", "10"]) == 0
    out = capsys.readouterr().out
    for says in (
        "W23, W51",
        "600 mg",
        "single wash",
        "M51 off",
        "Left out",
        "nothing was computed",
    ):
        assert says in out
    assert cli.main(["simulate", str(path), "--plan", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["patient"] == "planned"


def test_a_long_calendar_is_printed_in_part_and_whole_in_json(path, capsys):
    doses = "".join(
        f"[[doses]]\nkind = 'bleach_bath'\nstart_day = {day}\nend_day = {day + 0.5}\n"
        for day in range(300)
    )
    path.write_text(PATIENT.replace("days = 28", "days = 300") + doses)
    assert cli.main(["simulate", str(path), "--plan"]) == 0
    out = capsys.readouterr().out
    assert len(out.splitlines()) < 60
    assert "more (--json has all)" in out
    assert cli.main(["simulate", str(path), "--plan", "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["courses"]) > 300


def test_a_course_without_room_is_refused_before_anything_is_computed(path, monkeypatch):
    monkeypatch.setattr(memory, "machine_memory", lambda: 6e8)
    path.write_text(PATIENT.replace("days = 28", "days = 14000"))
    with pytest.raises(InputError, match="14,000 days"):
        plan_patient(path)


def test_closed_form_what_begins_on_the_last_day_still_happens(path):
    """A pulse of day 20 and the hold of day 3 to 9 are left out of a course that ends before."""
    for days, happens, left in ((20, 2, 0), (19, 1, 1), (3, 1, 1), (2, 0, 2)):
        plan = plan_patient(path, days=days)
        assert len(plan.happenings) == happens
        assert plan.sizes.left_out == left + (days < 14) + (days < 7)  # emollient, strains
    path.write_text(PATIENT.replace("day = 1.5", "day = 20"))
    assert plan_patient(path, days=20).sizes.left_out == 0
    assert plan_patient(path, days=19).sizes.left_out == 2  # the wash, the pulse


def test_closed_form_a_course_is_held_three_times_with_eight_bytes_a_number(path):
    names = vocabulary(shipped_biology())
    sizes = plan_patient(path).sizes
    assert sizes.values == (len(names.states) + len(names.assigned)) * 29  # with day 0
    assert sizes.memory == 24.0 * sizes.values


@pytest.mark.parametrize(
    ("start", "more", "age"),
    [
        ("settled", 'population = "ad_child"', "middle"), ("severe", "", None),
        ("severe", 'population = "ad_child"', "middle"), ("birth_vaginal", "", 0.0),
        ("birth_vaginal", 'population = "newborn_high_risk"', 0.0),
        ("severe", "age_years = 7", 7.0), ("birth_vaginal", "age_years = 0.01", 0.01),
    ],
)  # fmt: skip
def test_unit_the_age_is_his_own_or_that_of_his_birth_or_of_his_population(path, start, more, age):
    path.write_text(f'start = "{start}"\n{more}\n')
    if age == "middle":
        age = load_populations(shipped_biology())["ad_child"].middle_age
        assert 1.0 < age < 13.0
    assert plan_patient(path).age == age


def test_unit_courses_season_and_noise_happen_for_as_long_as_they_are_given(path):
    path.write_text(
        'start = "severe"\ndays = 28\n'
        '[[courses]]\nparameter = "pollen"\ndays = [3, 9, 30]\nvalues = [0.5, 0.1, 0.3]\n'
        "[season]\namplitude = 0.3\npeak_day = 10\n[noise]\nseed = 4\n"
        '[[holds]]\nparameter = "washing"\nvalue = 1\nstart_day = 5\nend_day = 90\n'
    )
    found = plan_patient(path).happenings
    assert [(one.what, one.moves, one.value, one.first, one.last) for one in found] == [
        ("hold", "washing", "1", 5, 28),
        ("course", "pollen", "0.1 to 0.5, 3 points", 3, 30),
        ("season", "season", "amplitude 0.3, peak on day 10", 0, 28),
        ("noise", "stress", "seed 4", 0, 28),
        ("noise", "activity", "seed 4", 0, 28),
    ]


@pytest.mark.parametrize(
    ("own", "amounts"),
    [
        ("age_years = 30", ["600 mg", "300 mg"]),
        ("age_years = 7\nparameters = { body_weight = 40 }", ["400 mg", "200 mg"]),
        ("age_years = 3", ["200 mg"]),
        ("age_years = 10", ["400 mg", "200 mg"]),
    ],
)
def test_unit_of_a_usual_dose_the_plan_has_what_the_patient_is_given(tmp_path, own, amounts):
    file = tmp_path / "patient.toml"
    dose = '[[doses]]\nkind = "drug"\nname = "dupilumab"\nstart_day = 0\n'
    people = "ad_adult" if "30" in own else "ad_child"
    head = f'name = "own"\npopulation = "{people}"\nstart = "settled"\ndays = 90\n'
    file.write_text(f"{head}{own}\n{dose}")
    plan = plan_patient(file)
    assert [one.amount for one in plan.regimens] == amounts
    assert plan.sizes.doses == sum(one.doses for one in plan.regimens)
    assert len(plan.to_json()["injections"]) == plan.sizes.doses


def test_unit_a_plan_tells_the_genotype(path, capsys):
    path.write_text(PATIENT.replace("age_years = 6", 'age_years = 6\nflg = "homozygous"'))
    assert plan_patient(path).to_json()["flg"] == "homozygous"
    assert cli.main(["simulate", str(path), "--plan"]) == 0
    assert "filaggrin homozygous; followed" in " ".join(capsys.readouterr().out.split())
    path.write_text(PATIENT.replace("age_years = 6", 'age_years = 6\nflg = "hetero"'))
    with pytest.raises(InputError, match="unknown genotype 'hetero'"):
        plan_patient(path)
