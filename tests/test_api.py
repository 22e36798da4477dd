"""The public face: one way for each thing, light to import, the same numbers as the commands."""

import ast
import json
import subprocess
import sys
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest

import gutskin
from gutskin import cli
from gutskin.errors import InputError

ROOT = Path(__file__).parents[1]
HEAVY = ("jax", "numpy", "pydantic", "scipy", "xarray", "pandas", "typer", "libsbml")


@pytest.fixture(scope="module")
def result():
    return gutskin.run("six-strain-children", replicates=2, seed=3)


def test_importing_brings_nothing_heavy_and_its_names_are_all_there():
    code = f"import sys, gutskin; print([one for one in {HEAVY} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    for name in gutskin.__all__:
        assert getattr(gutskin, name) is not None
        assert name in dir(gutskin)
    with pytest.raises(AttributeError, match="nothing_like_it"):
        _ = gutskin.nothing_like_it


def test_editors_see_every_name_that_is_imported_when_it_is_used():
    tree = ast.parse(Path(gutskin.__file__).read_text(encoding="utf-8"))
    (typed,) = [node for node in tree.body if isinstance(node, ast.If)]
    seen = {name.name for node in typed.body for name in node.names}
    assert seen | {"__version__"} == set(gutskin.__all__)
    assert (Path(gutskin.__file__).parent / "py.typed").exists()


@pytest.mark.parametrize("name", [one for one in gutskin.__all__ if one != "__version__"])
def test_every_public_name_has_an_example_that_is_run(name):
    assert ">>> " in getattr(gutskin, name).__doc__


def test_the_names_of_a_shipped_trial_are_those_of_the_model():
    design = gutskin.load_trial("six-strain-children")
    strains = design.active[0].interventions[0].strains
    assert set(strains) <= set(gutskin.load_model().tables.strains)


def test_a_trial_gives_what_the_command_prints(result, capsys):
    command = ["trial", "six-strain-children", "--replicates", "2", "--seed", "3", "--json"]
    assert cli.main(command) == 0
    assert json.loads(capsys.readouterr().out) == json.loads(json.dumps(result.summary))


def test_a_result_holds_every_patient_says_what_it_found_and_stays_as_it_is(result):
    sizes = {"endpoint": 5, "replicate": 2, "arm": 2, "patient": 20, "visit": 3}
    assert {name: result.data["measured"].sizes[name] for name in sizes} | {"endpoint": 5} == sizes
    assert "six-strain-children" in repr(result)
    assert "SCORAD" in repr(result)
    with pytest.raises(FrozenInstanceError):
        result.seed = 4


def test_what_is_written_is_what_is_held_in_memory(result, tmp_path):
    there = gutskin.run(result.design, replicates=2, seed=3, out=tmp_path / "out")
    assert there.folder == tmp_path / "out"
    written = json.loads((tmp_path / "out" / "result.json").read_text())
    assert written["endpoints"] == json.loads(json.dumps(result.summary["endpoints"]))
    assert np.array_equal(there.data["latent"], result.data["latent"])
    again = gutskin.run(result.design, replicates=2, seed=3, out=tmp_path / "out")
    assert np.array_equal(again.data["latent"], result.data["latent"])


def test_codes_of_strains_in_a_design_made_in_python_are_resolved(result):
    design = result.design
    arm = design.arms[0]
    drug = arm.interventions[0].model_copy(update={"strains": ("W23", "w51")})
    arms = (arm.model_copy(update={"interventions": (drug,)}), *design.arms[1:])
    made = design.model_copy(update={"arms": arms})
    done = gutskin.run(made, replicates=1)
    assert done.design.arms[0].interventions[0].strains == ("w23", "w51")
    wrong = drug.model_copy(update={"strains": ("W99",)})
    arms = (arm.model_copy(update={"interventions": (wrong,)}), *design.arms[1:])
    with pytest.raises(InputError, match="W99"):
        gutskin.run(design.model_copy(update={"arms": arms}), replicates=1)


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"stance": "hope"}, "'hope'"),
        ({"replicates": 0}, "replicates"),
        ({"seed": -1}, "seed"),
        ({"biology": "nowhere"}, "no such folder"),
        ({"draws": "posterier"}, "'posterior'"),
    ],
)
def test_a_wrong_call_is_told_before_anything_is_computed(options, says):
    with pytest.raises(InputError, match=says):
        gutskin.run("six-strain-children", **options)


def test_a_course_has_a_unit_for_everything_and_is_that_of_the_command(capsys):
    path = ROOT / "examples" / "healthy_adult.toml"
    course = gutskin.simulate(path, days=3)
    assert all(one.attrs["units"] for one in course.data.data_vars.values())
    assert cli.main(["simulate", str(path), "--days", "3", "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)["quantities"]
    assert printed["scorad"] == course.data["scorad"].values.tolist()
    from_object = gutskin.simulate(gutskin.load_patient(path), days=3)
    assert np.array_equal(from_object.data["tewl_lesional"], course.data["tewl_lesional"])
