"""The plan of a trial: what it counts, what it refuses, and that nothing is compiled for it."""

import json
import subprocess
import sys
from dataclasses import replace
from math import isfinite
from pathlib import Path

import pytest

from gutskin import cli
from gutskin.errors import InputError
from gutskin.model.biology import shipped_biology
from gutskin.model.joint_draws import read_ensemble
from gutskin.model.vocabulary import vocabulary
from gutskin.population import memory
from gutskin.population.memory import machine_memory
from gutskin.trials import plan as room
from gutskin.trials.design import load_trial
from gutskin.trials.plan import plan_of, plan_trial

TRIAL = """\
name = "planned"
population = "ad_child"

[visits]
weeks = [0, 4, 8]
end_week = 8

[[arms]]
name = "all"
n = 10
interventions = [
    {kind = "probiotic", strains = ["W23", "w51"], cfu_per_day = 4e9, viable = false},
    {kind = "antibiotic", days = 7, start_week = 2},
    {kind = "antibiotic", name = "amoxicillin", days = 3, start_week = 3},
    {kind = "washing", washes_per_day = 3, start_week = 1, end_week = 2},
    {kind = "dupilumab", loading_mg = 600, dose_mg = 300, every_weeks = 2},
    {kind = "emollient", level = 0.5, end_week = 1},
    {kind = "emollient", level = 0.7, start_week = 1, end_week = 2},
]

[[arms]]
name = "placebo"
n = 12
control = true

[analysis]
primary = "scorad"
endpoints = ["scorad", "easi"]
"""


@pytest.fixture
def planned(tmp_path):
    """The plan of the trial above, with a change."""

    def plan(old="", new="", replicates=10, seed=1):
        assert old in TRIAL
        path = tmp_path / "trial.toml"
        path.write_text(TRIAL.replace(old, new, 1) if old else TRIAL)
        return plan_trial(path, replicates, seed)

    return plan


def test_closed_form_doses_are_counted_and_dated(planned):
    arm, placebo = planned().arms
    assert [(one.what, one.first, one.last, one.doses) for one in arm.courses] == [
        ("W23, W51, killed", 0.0, 55.0, 56),
        ("antibiotic", 14.0, 20.0, 7),
        ("amoxicillin", 21.0, 23.0, 3),
        ("washing", 7.0, 13.0, 21),
        ("dupilumab", 0.0, 0.0, 1),
        ("dupilumab", 14.0, 42.0, 3),
        ("emollient", 0.0, 6.0, 7),
        ("emollient", 7.0, 13.0, 7),
    ]
    assert arm.courses[5].amount == "300 mg"
    assert [one.day for one in arm.calendar.injections] == [0.0, 14.0, 28.0, 42.0]
    assert placebo.courses == ()


def test_closed_form_sizes_are_counted(planned):
    plan = planned()
    assert (plan.sizes.patients, plan.sizes.courses, plan.sizes.days) == (220, 440, 56.0)
    assert plan.sizes.doses == 10 * (56 + 7 + 3 + 21 + 4 + 14)
    assert plan.ages == (1, 13)


def test_memory_grows_with_replicates_and_with_patients_of_one_replicate(planned, monkeypatch):
    monkeypatch.setattr(memory, "machine_memory", lambda: 1e12)
    monkeypatch.setattr(room, "machine_memory", lambda: 1e12)
    few, many = (planned(replicates=10**power).sizes.memory for power in (6, 7))
    assert 9 < many / few < 10
    small, large = (
        plan_of(with_n(n), 1, 1, shipped_biology()).sizes.memory for n in (10_000, 20_000)
    )
    assert 1.9 < large / small < 2.1
    away = plan_of(with_n(20_000), 1, 1, shipped_biology(), elsewhere=True).sizes.memory
    assert away < 0.01 * large


@pytest.mark.parametrize(
    ("replicates", "held", "given"),
    [
        (10, 220, {}),  # everybody
        (1000, 2 * 8192, {}),  # two parts of 8,192
        (1000, 22_000, {"keep_all": True}),
        (1000, 0, {"elsewhere": True}),
    ],
)
def test_closed_form_the_memory_of_a_trial(tmp_path, replicates, held, given):
    """Of a patient six copies of his states and four of two endpoints at three visits, measured
    and true under two arms; of a replicate two draws of each prior, and of each endpoint and arm
    twenty numbers."""
    path = tmp_path / "trial.toml"
    path.write_text(TRIAL)
    biology = shipped_biology()
    names = vocabulary(biology)
    priors = [row for row in names.parameters.values() if row.text("role") == "prior"]
    patient = 6 * len(names.states) + 4 * 2 * 3 * 3
    replicate = 2 * len(priors) + 20 * 2 * 2
    found = plan_trial(path, replicates, biology=biology, **given).sizes.memory
    assert found == 8 * (held * patient + replicates * replicate)
    assert plan_of(load_trial(path), replicates, 1, biology, **given).sizes.memory == found


def test_closed_form_a_world_of_the_posterior_holds_all_its_numbers():
    def of_replicate(draws):
        own = replace(shipped_biology(), draws=draws)
        few, more = (plan_of(load_trial("six-strain-children"), count, 1, own, elsewhere=True)
                     for count in (1, 2))  # fmt: skip
        return more.sizes.memory - few.sizes.memory

    posterior = replace(shipped_biology(), draws="posterior")
    drawn = len(read_ensemble(posterior).numbers.ids)
    rows = vocabulary(shipped_biology()).parameters.values()
    priors = sum(row.text("role") == "prior" for row in rows)
    assert of_replicate("posterior") - of_replicate("prior") == 8 * 2 * (drawn - priors)


def test_closed_form_of_large_replicates_two_are_held(planned):
    """6,000 and 12 patients are fewer than 8,192; 30,000 and 12 are more."""

    def patients(n, replicates):
        each, more = (planned("n = 10", f"n = {n}", replicates=replicates + i).sizes.memory
                      for i in (0, 1))  # fmt: skip
        return more - each

    numbers = patients(30_000, 5)  # no further patient is held
    assert patients(6_000, 5) == numbers
    of_patient = planned("n = 10", "n = 11", 1).sizes.memory - planned("", "", 1).sizes.memory
    assert patients(30_000, 1) == pytest.approx(numbers + 30_012 * of_patient)
    assert patients(30_000, 2) == numbers
    assert patients(6_000, 2) == pytest.approx(numbers + (2 * 8192 - 2 * 6_012) * of_patient)


def test_closed_form_replicates_from_one_to_the_last_word_of_the_streams(planned):
    for replicates in (0, -1, 2**32):
        with pytest.raises(InputError, match="a trial has 1 to 4,294,967,295"):
            planned(replicates=replicates)
    assert planned(replicates=1).replicates == 1
    with pytest.raises(InputError, match="4,294,967,295 replicates of 22 patients needs about"):
        planned(replicates=2**32 - 1)


def test_unit_what_is_too_large_is_told_with_what_to_write_less_of(planned):
    with pytest.raises(InputError, match="Write fewer patients, or take a larger machine"):
        planned("n = 10", f"n = {10**12}", replicates=1)
    with pytest.raises(InputError, match="Write fewer replicates, or take a larger machine"):
        planned(replicates=2**32 - 1)


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("n = 10", "n = 13", 10, "one replicate of 25 patients needs .* Write fewer patients"),
        (
            "[0, 4, 8]",
            str([8 * i / 101 for i in range(102)]),
            5,
            "102 visits .* Write fewer visits",
        ),
    ],
)
def test_unit_what_has_no_room_at_all_is_told_with_its_line(
    planned, monkeypatch, old, new, line, says
):
    monkeypatch.setattr(memory, "machine_memory", lambda: memory.PROGRAM + 1.0)
    with pytest.raises(InputError, match=says) as caught:
        planned(old, new, replicates=2)
    (problem,) = caught.value.problems
    assert (Path(problem.file).name, problem.line) == ("trial.toml", line)


def test_unit_where_nothing_is_said_a_trial_is_repeated_200_times_from_the_first_seed():
    plan = plan_trial("six-strain-children")
    assert (plan.replicates, plan.seed, plan.sizes.machine) == (200, 1, machine_memory())
    again = plan_trial(plan.design, 3, 7)
    assert (again.replicates, again.seed, again.design) == (3, 7, plan.design)


def test_unit_ages_are_those_of_the_trial_where_it_has_some(planned):
    own = planned('population = "ad_child"', 'population = "ad_child"\neligibility.age_years=[2,5]')
    assert own.ages == (2, 5)


def with_n(n):
    design = load_trial("six-strain-children")
    return design.model_copy(
        update={"arms": tuple(arm.model_copy(update={"n": n}) for arm in design.arms)}
    )


@pytest.mark.parametrize("replicates", [999_999_999_999, 10**30, 2**32, 500_000_000])
def test_replicates_without_room_are_refused(planned, replicates):
    with pytest.raises(InputError, match=r"replicates"):
        planned(replicates=replicates)


@pytest.mark.parametrize("seed", [2**63, 10**23, -1])
def test_a_seed_that_the_streams_cannot_take_is_refused(planned, seed):
    with pytest.raises(InputError, match="it lies between 0 and"):
        planned(seed=seed)


def test_more_patients_than_memory_are_refused(planned):
    with pytest.raises(InputError, match=r"needs about .* GB of memory; this machine has"):
        planned("n = 10", f"n = {10**12}", replicates=1)


def test_a_container_s_limit_counts(tmp_path, monkeypatch, planned):
    limit = tmp_path / "memory.max"
    limit.write_text("max\n")
    monkeypatch.setattr(memory, "CGROUP", limit)
    whole = machine_memory()
    limit.write_text("700000000\n")
    assert machine_memory() == 7e8 < whole
    with pytest.raises(InputError, match=r"this machine has 0.7 GB"):
        planned(replicates=100_000)


def test_what_the_file_and_the_command_have_wrong_comes_at_once(planned):
    with pytest.raises(InputError) as error:
        planned("4e9", "1e30", replicates=10**12, seed=2**64)
    lines = [one.line for one in error.value.problems]
    assert lines == [12, None, None]


def test_a_plan_is_one_document_of_numbers(planned):
    document = json.loads(json.dumps(planned().to_json(), allow_nan=False))
    assert document["sizes"]["patients"] == 220
    assert document["arms"][0]["injections"][1] == {
        "day": 14.0, "amount": 300.0, "number": 1, "what": "dupilumab",
    }  # fmt: skip
    assert isfinite(document["sizes"]["memory"])
    assert (document["ages"], document["weeks"], document["end_week"]) == ([1, 13], [0, 4, 8], 8)
    assert (document["endpoints"], document["primary"]) == (["scorad", "easi"], "scorad")
    assert (document["replicates"], document["seed"]) == (10, 1)
    less = planned("[analysis]", "[conduct]\nadherence = 0.8\n\n[analysis]").to_json()
    assert (document["adherence"], less["adherence"]) == (1.0, 0.8)
    assert (document["conduct"]["dropout_share"], document["rescue"]) == (0.0, None)
    lost = planned("[analysis]", "[conduct]\ndropout_share = 0.2\n\n[analysis]").to_json()
    assert lost["conduct"]["dropout_share"] == 0.2
    assert {one["dropout_share"] for one in lost["arms"]} == {None}
    assert [(one["name"], one["n"], one["control"]) for one in document["arms"]] == [
        ("all", 10, False), ("placebo", 12, True),
    ]  # fmt: skip


def test_the_command_prints_a_plan_and_computes_nothing(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(room, "machine_memory", lambda: 25e9)
    path = tmp_path / "trial.toml"
    path.write_text(TRIAL)
    assert cli.main(["trial", str(path), "--plan", "--out", str(tmp_path / "out")]) == 0
    out = capsys.readouterr().out
    assert "Everybody takes all doses, comes to all visits and stays to the end." in out
    assert "W23, W51, killed" in out
    assert "300 mg" in out
    assert "4,400 patients" in out
    assert "nothing was computed" in out
    assert not (tmp_path / "out").exists()
    assert cli.main(["trial", str(path), "--plan", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["trial"] == "planned"


WRONG = TRIAL.replace("4e9", "1e30").replace('"w51"', '"nobody"').replace("[0, 4, 8]", "[0, 1e9]")


def test_all_is_told_before_anything_heavy_is_imported(tmp_path):
    path = tmp_path / "trial.toml"
    path.write_text(WRONG)
    code = (
        "import sys\n"
        "from gutskin.cli import main\n"
        f"status = main(['trial', {str(path)!r}])\n"
        "print(status, *{'jax', 'libsbml', 'antimony', 'scipy', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "2"
    assert [line.split(":")[1] for line in done.stderr.splitlines()] == ["5", "12", "12"]


@pytest.mark.parametrize(
    ("kind", "given", "says"),
    [
        ("probiotic", {"cfu_per_day": 4e9}, ("4e9 CFU a day", 1.0)),
        ("maternal_probiotic", {"cfu_per_day": 4e9}, ("4e9 CFU a day", 1.0)),
        ("washing", {"washes_per_day": 2}, ("2 times a day", 2.0)),
        ("fibre", {"factor": 1.5}, ("1.5 times the usual", 1.0)),
        ("emollient", {"level": 0.5}, ("level 0.5", 1.0)),
        ("antibiotic", {}, ("full course", 1.0)),
    ],
)
def test_unit_how_much_of_each_kind_in_words(kind, given, says):
    from types import SimpleNamespace

    from gutskin.population.regimen import _amount

    assert _amount(SimpleNamespace(kind=kind, **given)) == says


@pytest.mark.parametrize(
    ("who", "amounts"),
    [
        ("age_years = [2, 5]\nweight_kg = [16, 25]", ["300 mg"]),
        ("age_years = [6, 13]\nweight_kg = [31, 59]", ["400 mg", "200 mg"]),
        ("age_years = [6.5, 7]", ["600 mg", "300 mg", "400 mg", "200 mg"]),
    ],
)
def test_unit_of_a_usual_dose_the_plan_has_what_somebody_there_is_given(planned, who, amounts):
    arm = planned("[visits]", f"[eligibility]\n{who}\n\n[visits]").arms[0]
    assert [one.amount for one in arm.courses if one.what.startswith("dupi")] == [
        "600 mg",
        "300 mg",
    ]
    usual = TRIAL.replace("loading_mg = 600, dose_mg = 300, every_weeks = 2", 'name = "dupilumab"')
    usual = usual.replace('kind = "dupilumab"', 'kind = "drug"')
    usual = usual.replace("[visits]", f"[eligibility]\n{who}\n\n[visits]")
    assert [
        one.amount for one in planned(TRIAL, usual).arms[0].courses if one.what.startswith("dupi")
    ] == amounts


def test_closed_form_the_doses_of_a_run_in_are_dated_and_counted_for_everybody(tmp_path):
    given = '[run_in]\nweeks = 4\n[[run_in.interventions]]\nkind = "dupilumab"\n'
    given += "loading_mg = 600\ndose_mg = 300\nevery_weeks = 2\n"
    path = tmp_path / "run_in.toml"
    path.write_text(TRIAL + given)
    plain = tmp_path / "plain.toml"
    plain.write_text(TRIAL)
    before, without = plan_trial(path, 5), plan_trial(plain, 5)
    told = before.to_json()
    assert told["run_in"]["weeks"] == 4
    assert [one.day for one in before.run_in.calendar.injections] == [0.0, 14.0]
    assert before.sizes.doses == without.sizes.doses + 22 * 2
    assert without.run_in is None
    assert "run_in" not in without.to_json()
    states = {one.state for arm in before.arms for one in arm.calendar.injections}
    assert states == {"drug_1_depot"}  # the arm goes on with it, in its place
