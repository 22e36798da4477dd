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
# One program for many commands: each is run in a fork of it, which has refused two before.
FORKS = """
import json, os, sys, traceback
from gutskin.cli import main

def say(name, number):
    os.dup2(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)

def refuse(arguments, heavy):
    try:
        status = main(arguments)
    except SystemExit as end:
        status = end.code
    except BaseException:
        traceback.print_exc()
        status = None
    print(json.dumps([status, sorted(set(heavy) & set(sys.modules))]), flush=True)
    sys.stderr.flush()
    os._exit(0)

answer = os.fdopen(os.dup(1), "w")
say(os.devnull, 1)
say(os.devnull, 2)
main(["trial", "six-strain-children", "--replicates", "0"])
main(["claims", "C99"])
for line in sys.stdin:
    arguments, heavy, place, out, err = json.loads(line)
    child = os.fork()
    if child == 0:
        os.chdir(place)
        say(out, 1)
        say(err, 2)
        refuse(arguments, heavy)
    print(os.waitpid(child, 0)[1], file=answer, flush=True)
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

BY_ITSELF = ("a folder of somebody else", "a difference that reaches nothing")  # real programs


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    """What a command says when run in a folder: its status, what heavy it brought, its errors."""
    said = tmp_path_factory.mktemp("said")
    out, err = said / "out", said / "err"
    with subprocess.Popen(
        [sys.executable, "-c", FORKS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as running:
        asks, answers = running.stdin, running.stdout
        assert asks is not None
        assert answers is not None

        def run(arguments, place):
            asked = [arguments, HEAVY, str(place), str(out), str(err)]
            asks.write(json.dumps(asked) + "\n")
            asks.flush()
            assert answers.readline() == "0\n", err.read_text()
            return *json.loads(out.read_text()), err.read_text()

        yield run
        asks.close()


def by_itself(arguments, place):
    """The same of a program that is started for this command."""
    command = [sys.executable, "-c", CODE, json.dumps(HEAVY), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=place)
    return *json.loads(done.stdout), done.stderr


@pytest.mark.parametrize("case", COMMANDS)
def test_nothing_heavy_is_imported_for_a_refusal(tmp_path, refused, case):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.docx").write_text("years of work")
    (tmp_path / "same.toml").write_text(SAME)
    (tmp_path / "blind.toml").write_text(BLIND)
    (tmp_path / "zero.toml").write_text('start = "healthy_adult"\n[parameters]\nkm_mast = 0\n')
    (tmp_path / "late.toml").write_text('start = "healthy_adult"\n')
    arguments, says = COMMANDS[case]
    run = by_itself if case in BY_ITSELF else refused
    status, brought, told = run(arguments, tmp_path)
    assert says in told, told
    assert len(told.splitlines()) == 1
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
    "strain": (["strain", "W5x", "--figure", "no/x.png"], ("'W5x'", "an .svg file", "no such")),
    "evidence": (["evidence", "M999", "--html", "no/x.html"], ("'M999'", "no such folder")),
    "population": (
        ["population", "nobody", "--figure", "no/x.svg"],
        ("'nobody'", "no such folder"),
    ),
}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["equations", "--html", "no/a.html", "--latex", "none/b.tex"], ("no:", "none:")),
        (["axis", "--trial", "nobody", "--out", "no/a.png"], ("'nobody'", "no:", "an .svg file")),
    ],
)
def test_what_is_wrong_with_a_picture_of_the_model_is_told_together(
    tmp_path, refused, arguments, says
):
    """Integration: of two wrong places one was told, and of a picture only its trial."""
    status, _, told = refused(["model", *arguments], tmp_path)
    assert status == 2, told
    for one in says:
        assert told.count(one) == 1, told


@pytest.mark.parametrize("case", WRONG_TOGETHER)
def test_a_seed_that_cannot_be_is_told_with_all_else_that_is_wrong(tmp_path, refused, case):
    (tmp_path / "trial.toml").write_text('name = "t"\n')
    (tmp_path / "over.toml").write_text("wekes = [4]\n")
    arguments, says = WRONG_TOGETHER[case]
    status, _, told = refused([*arguments, "--seed", "-1"], tmp_path)
    assert status == 2, told
    for one in (*says, "seed -1: it lies between 0 and"):
        assert told.count(one) == 1, told
