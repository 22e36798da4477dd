"""A plain installation says which extra a command needs, before any work."""

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from gutskin import extras
from gutskin.cli import main
from gutskin.errors import InputError

PATIENT = str(Path(__file__).parents[1] / "examples" / "healthy_adult.toml")
PROJECT = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))


@pytest.fixture
def plain(monkeypatch):
    """An environment without the modules of any extra."""
    missing = {name for names in extras.EXTRAS.values() for name in names}
    found = extras.find_spec
    monkeypatch.setattr(extras, "find_spec", lambda name: None if name in missing else found(name))
    for name in [*missing, *(one for one in sys.modules if one.partition(".")[0] in missing)]:
        monkeypatch.setitem(sys.modules, name, None)


def test_reference_every_extra_stands_in_the_project_with_its_packages():
    declared = PROJECT["project"]["optional-dependencies"]
    for extra, modules in extras.EXTRAS.items():
        text = " ".join(declared[extra])
        assert all(name in text for name in modules), extra
        assert f"gutskin[{extra}]" in "".join(declared["all"]) or extra in "".join(declared["all"])


def test_unit_what_is_installed_is_not_asked_for():
    extras.require("This", *extras.EXTRAS)


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        (["trial", "six-strain-children", "--out", "x"], "gutskin[files,figures]"),
        (["trial", "six-strain-children", "--report"], "gutskin[files,figures]"),
        (["trial", "six-strain-children", "--dask", "local"], "gutskin[files,cluster]"),
        (["claims", "C16", "--out", "x"], "gutskin[figures]"),
        (["model", "check"], "gutskin[model]"),
        (["model", "export", "--sbml", "x.xml"], "gutskin[model]"),
        (["simulate", PATIENT, "--export-sbml", "x.xml"], "gutskin[model]"),
    ],
)
def test_unit_a_command_names_the_extra_it_lacks_before_any_work(
    arguments, names, plain, monkeypatch, capsys, tmp_path
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gutskin.cli.loading.load_model", lambda *_: pytest.fail("work began"))
    assert main(arguments) == 2
    assert names in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_unit_a_trial_to_the_terminal_needs_no_extra():
    """In a process of its own: pandas takes pyarrow where it finds it."""
    missing = [name for names in extras.EXTRAS.values() for name in names]
    code = (
        f"import sys; sys.modules.update(dict.fromkeys({missing}))\n"
        "from gutskin.cli import main\n"
        "sys.exit(main(['trial', 'six-strain-children', '--replicates', '1', '--json']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["replicates"] == 1


def test_unit_a_module_that_is_not_found_is_told_by_its_extra():
    found = extras.without("matplotlib.figure")
    assert isinstance(found, InputError)
    assert "gutskin[figures]" in str(found)
    assert extras.without("numpy") is None
    assert extras.without(None) is None
