"""Whatever is wrong with a command is told before anything heavy is imported, in one message."""

import json
import subprocess
import sys

import pytest

HEAVY = ("jax", "scipy", "pandas", "xarray", "libsbml", "antimony", "distributed", "matplotlib")
CODE = """
import json, sys
from gutskin.cli import main
status = main(sys.argv[2:])
print(json.dumps([status, sorted(set(json.loads(sys.argv[1])) & set(sys.modules))]))
"""
SAME = """
[X1]
experiment = "nothing"
evidence_verdict = "thin"
why = "none"
days = 7
arms = { a = { population = "ad_child" }, b = { like = "a" } }
checks = [{ says = "it moves", quantity = "scorad", read = { day = 7 }, \
contrast = { a = 1, b = -1 }, expected = [0, 1] }]
"""
BLIND = SAME.replace('"scorad"', '"gut_butyrate"').replace(
    'a = { population = "ad_child" }, b = { like = "a" }',
    'a = { population = "ad_child", off = ["cells", "metabolites", "mediators", "barriers"] }, '
    'b = { like = "a", doses = [{ kind = "washing", washes_per_day = 5, start_day = 0 }] }',
)
TRIAL = ["trial", "six-strain-children"]
COMMANDS = {
    "a folder of somebody else": ([*TRIAL, "--out", "mine"], "mine: the folder holds other files"),
    "a file": ([*TRIAL, "--out", "mine/thesis.docx"], "this is a file"),
    "a file above": ([*TRIAL, "--out", "mine/thesis.docx/x"], "nothing can be written"),
    "no disk": ([*TRIAL, "--out", "/proc/x"], "/proc/x: cannot be written"),
    "no address": ([*TRIAL, "--dask", "foo"], "no address of a scheduler"),
    "no port": ([*TRIAL, "--dask", "tcp://127.0.0.1:99999"], "no address of a scheduler"),
    "nobody there": ([*TRIAL, "--dask", "tcp://127.0.0.1:9"], "no Dask scheduler answers"),
    "no replicates": ([*TRIAL, "--replicates", "0"], "0 replicates: a trial has 1 to"),
    "a negative seed": ([*TRIAL, "--seed", "-1"], "seed -1: it lies between 0 and"),
    "a seed too large": (["claims", "--seed", "9" * 20], "it lies between 0 and"),
    "one world": (["power", "six-strain-children", "--replicates", "1"], "need two at least"),
    "no number": (["power", "six-strain-children", "--n", "abc"], "'abc' can be no number"),
    "power into a file": (
        ["power", "six-strain-children", "--out", "mine/thesis.docx"], "this is a file",
    ),
    "no biology": ([*TRIAL, "--biology", "mine"], "nothing in this folder is part of a biology"),
    "arms that are the same": (["claims", "--file", "same.toml"], "are the same"),
    "a difference that reaches nothing": (
        ["claims", "--file", "blind.toml"], "nothing that differs between a and b reaches",
    ),
    "no statement": (["claims", "C99"], "no statement 'C99' here"),
    "figures into a file": (["claims", "--out", "mine/thesis.docx"], "this is a file"),
    "a divisor at 0": (["simulate", "zero.toml"], "km_mast cannot be 0"),
    "SBML to no disk": (
        ["simulate", "late.toml", "--export-sbml", "/proc/x.xml"], "/proc/x.xml: cannot be written",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", COMMANDS)
def test_nothing_heavy_is_imported_for_a_refusal(tmp_path, case):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.docx").write_text("years of work")
    (tmp_path / "same.toml").write_text(SAME)
    (tmp_path / "blind.toml").write_text(BLIND)
    (tmp_path / "zero.toml").write_text('start = "healthy_adult"\n[parameters]\nkm_mast = 0\n')
    (tmp_path / "late.toml").write_text('start = "healthy_adult"\n')
    arguments, says = COMMANDS[case]
    command = [sys.executable, "-c", CODE, json.dumps(HEAVY), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=tmp_path)
    status, brought = json.loads(done.stdout)
    assert says in done.stderr, done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert (status, brought) == (2, [])
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["blind.toml", "late.toml", "mine", "same.toml", "zero.toml"]


def test_all_that_is_wrong_with_a_command_is_told_together(tmp_path):
    path = tmp_path / "trial.toml"
    path.write_text('name = "t"\n')
    command = [sys.executable, "-m", "gutskin", "trial", str(path), "--dask", "foo"]
    command += ["--out", str(path), "--replicates", "99999999999"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 2
    for says in ("'population' is missing", "--dask: 'foo'", "this is a file", "99,999,999,999"):
        assert says in done.stderr


WRONG_TOGETHER = {
    "explain": (["explain", "trial.toml"], ("'population' is missing",)),
    "meta": (["meta", "trial.toml", "--passes", "7"], ("'population' is missing", "no share")),
    "score": (
        ["score", "trial.toml", "--replicates", "2"],
        ("'population' is missing", "needs 39"),
    ),
    "plan": (["plan", "trial.toml"], ("'population' is missing",)),
    "optimise": (
        ["optimise", "trial.toml", "--over", "over.toml", "--budget", "-1"],
        ("'population' is missing", "unknown key 'wekes'", "budget -1: nothing costs that"),
    ),
    "claims": (["claims", "C99", "--out", "trial.toml"], ("no statement 'C99' here", "is a file")),
    "population": (
        ["population", "nobody", "--figure", "no/x.svg"],
        ("'nobody'", "no such folder"),
    ),
}


@pytest.mark.parametrize("case", WRONG_TOGETHER)
def test_a_seed_that_cannot_be_is_told_with_all_else_that_is_wrong(tmp_path, case):
    (tmp_path / "trial.toml").write_text('name = "t"\n')
    (tmp_path / "over.toml").write_text("wekes = [4]\n")
    arguments, says = WRONG_TOGETHER[case]
    command = [sys.executable, "-m", "gutskin", *arguments, "--seed", "-1"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 2
    for one in (*says, "seed -1: it lies between 0 and"):
        assert done.stderr.count(one) == 1, done.stderr
