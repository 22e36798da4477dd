"""The command line: how it is used, and all commands but trials."""

import json
import subprocess
import sys
import types

import pytest

from gutskin import __version__, cli, trial_files
from gutskin.cli import loading, program
from gutskin.errors import Problem


def test_output_that_cannot_be_written_is_one_message():
    command = [sys.executable, "-m", "gutskin", "--version"]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 2
    assert done.stderr == "The output cannot be written: No space left on device.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["trial", "six-strain-children", "--replicates", "many"],
        ["trial", "six-strain-children", "--stance", "hope"],
        ["trial"],
        ["treat"],
        ["trial", "six-strain-children", "--replicate", "3"],
    ],
)
def test_wrong_use_is_status_2(engine, capsys, arguments):
    assert cli.main(arguments) == 2
    assert "Error" in capsys.readouterr().err
    assert engine == []


@pytest.fixture
def one_patient(monkeypatch):
    """A stand-in for the patient's course, so that only the command line is tested."""
    course = types.ModuleType("gutskin.population.course")
    planner = types.ModuleType("gutskin.population.plan")
    one = types.SimpleNamespace(strains=(), name="p")
    planner.plan_patient = lambda path, days, biology: types.SimpleNamespace(patient=one)
    course.prepare = lambda patient, days, stance, model: types.SimpleNamespace(
        to_sbml=lambda: f"<sbml days='{days}' stance='{stance}'/>"
    )
    document = {"times": [0.0, 1.0], "quantities": {"skin_il13": [1.0, 2.5]}}
    course.follow = lambda case: types.SimpleNamespace(to_json=lambda: document)
    monkeypatch.setitem(sys.modules, "gutskin.population.course", course)
    monkeypatch.setitem(sys.modules, "gutskin.population.plan", planner)
    monkeypatch.setattr(loading, "load_model", lambda biology: None)
    monkeypatch.setattr(trial_files, "axis_of", lambda design, model, stance, tell: None)
    return document


def test_simulate_prints_one_document_and_writes_the_sbml(one_patient, capsys, tmp_path):
    sbml = tmp_path / "one.xml"
    command = ["simulate", "p.toml", "--days", "56", "--json", "--export-sbml", str(sbml)]
    assert cli.main(command) == 0
    assert json.loads(capsys.readouterr().out) == one_patient
    assert sbml.read_text() == "<sbml days='56' stance='evidence'/>"
    assert cli.main([*command[:-1], str(tmp_path / "none" / "one.xml")]) == 2


@pytest.mark.parametrize("of", ["equations", "targets"])
@pytest.mark.parametrize(("problems", "status"), [([], 0), ([Problem("no unit", "a.tsv", 3)], 1)])
def test_model_check(capsys, monkeypatch, problems, status, of):
    module = types.ModuleType("gutskin.model.check")
    module.check_model = lambda biology: problems if of == "equations" else []
    monkeypatch.setitem(sys.modules, "gutskin.model.check", module)
    monkeypatch.setattr(
        "gutskin.calibration.targets.problems_of_targets",
        lambda biology: tuple(problems) if of == "targets" else (),
    )
    assert cli.main(["model", "check"]) == status
    assert ("a.tsv:3: no unit" in capsys.readouterr().out) == bool(problems)


def test_a_problem_that_two_checks_of_the_model_find_is_told_once(capsys, monkeypatch):
    """Unit: both read numbers and equations of an overlay; each line stood there twice."""
    module = types.ModuleType("gutskin.model.check")
    module.__dict__["check_model"] = lambda biology: [Problem("no unit", "a.tsv", 3)]
    monkeypatch.setitem(sys.modules, "gutskin.model.check", module)
    monkeypatch.setattr(
        "gutskin.calibration.targets.problems_of_targets",
        lambda biology: (Problem("no unit", "a.tsv", 3), Problem("no target")),
    )
    assert cli.main(["model", "check"]) == 1
    assert capsys.readouterr().out.splitlines() == ["a.tsv:3: no unit", "no target"]


def test_model_export(monkeypatch, tmp_path):
    monkeypatch.setattr(
        loading, "load_model", lambda biology: types.SimpleNamespace(sbml="<sbml/>")
    )
    monkeypatch.setattr("gutskin.model.export.export_model", lambda model: model.sbml)
    assert cli.main(["model", "export", "--sbml", str(tmp_path / "model.xml")]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["model.xml"]


def test_a_card_is_printed_written_or_given_as_json(capsys, tmp_path):
    page = tmp_path / "m47.html"
    assert cli.main(["evidence", "m47", "--replicates", "0", "--html", str(page), "--json"]) == 0
    card = json.loads(capsys.readouterr().out)
    assert card["id"] == "M47"
    assert card["trial"] is None
    assert card["statement"] in page.read_text(encoding="utf-8")
    assert cli.main(["evidence", "M47", "--replicates", "0"]) == 0
    assert card["statement"] in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["m47.html"]


def test_all_mechanisms_are_listed_without_simulating(engine, capsys):
    assert cli.main(["evidence", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {"M01", "M47"} <= {row["id"] for row in rows}
    assert all(row["grade"] in "ABC" for row in rows)
    assert engine == []


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["evidence", "M47x"], "'M47'"),
        (["evidence", "--html", "card.html"], "Name one"),
        (["evidence", "M47", "--html", "none/card.html"], "no such folder"),
        (["model", "equations", "--latex", "none/equations.tex"], "no such folder"),
        (["model", "equations", "--html", "."], "folder"),
        (["model", "axis", "--out", "axis.png"], "an .svg file"),
        (["strain", "--figure", "lgg.svg"], "Name one"),
        (["strain", "LGG", "--figure", "lgg.png"], "an .svg file"),
        (["page", "--trial", "none"], "no whole result here"),
    ],
)
def test_a_card_that_cannot_be_made_is_told_before_the_work(
    capsys, tmp_path, monkeypatch, arguments, says
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        loading, "load_model", lambda biology: pytest.fail("the model was compiled first")
    )
    assert cli.main(arguments) == 2
    assert says in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_equations_as_text_as_a_page_and_as_latex(capsys, tmp_path):
    page, tex = tmp_path / "equations.html", tmp_path / "equations.tex"
    assert cli.main(["model", "equations", "--html", str(page), "--latex", str(tex)]) == 0
    assert capsys.readouterr().out == ""
    assert "<math" in page.read_text(encoding="utf-8")
    assert tex.read_text(encoding="utf-8").rstrip().endswith(r"\end{document}")
    assert cli.main(["model", "equations"]) == 0
    text = capsys.readouterr().out
    for name in ("scorad = ", "d gut_treg/dt = ", "M47 ["):
        assert name in text


def test_help_imports_nothing_heavy():
    heavy = ["jax", "numpy", "scipy", "xarray", "pandas", "pydantic", "rich", "matplotlib"]
    code = (
        "import sys; from gutskin.cli import main; status = main(['--help']); "
        f"print([m for m in {heavy} if m in sys.modules], file=sys.stderr); sys.exit(status)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr.strip() == "[]"
    assert "trial" in done.stdout


def test_version(capsys):
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out.strip() == f"gutskin {__version__}"


def test_bench_measures_a_batch(capsys, monkeypatch):
    from gutskin.population import benchmark

    asked = []

    def measured(*given):
        asked.append(given)
        return benchmark.Speed(lanes=128, first=2.0, seconds=1.0, steps=4000, evaluations=900)

    monkeypatch.setattr(benchmark, "measure", measured)
    monkeypatch.setattr(loading, "load_model", lambda biology: "model")
    options = ["--device", "cpu", "--patients", "10", "--precision", "single"]
    assert cli.main(["bench", *options, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["ms_per_patient"], found["evaluations"]) == (100.0, 900)
    assert cli.main(["bench", *options]) == 0
    assert "100 ms a child" in capsys.readouterr().out
    assert asked == [("model", 10, 56, 1e-3, "single", None)] * 2


def test_bench_says_how_a_card_is_made_known(capsys, monkeypatch):
    import jax

    def none(kind):
        raise RuntimeError(f"Unknown backend {kind}")

    monkeypatch.setattr(jax, "devices", none)
    assert cli.main(["bench", "--device", "gpu"]) == 2
    assert 'pip install "jax[cuda12]"' in capsys.readouterr().err


@pytest.mark.parametrize(("words", "there"), [([], False), (["--dask", "local"], True)])
def test_dask_is_looked_for_only_where_a_cluster_is_asked_for(monkeypatch, words, there):
    """xarray takes half a second to import it, for nothing."""
    monkeypatch.setattr(sys, "argv", ["gutskin", "trial", *words])
    monkeypatch.delitem(sys.modules, "dask", raising=False)
    monkeypatch.setattr(program, "main", lambda: 0)
    with pytest.raises(SystemExit):
        program.run()
    left_out = "dask" in sys.modules and sys.modules["dask"] is None
    sys.modules.pop("dask", None)
    assert left_out is not there
