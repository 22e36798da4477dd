"""Whatever a valid design combines, it is planned, run, and every missing number is explained."""

import json

import pytest
from random_designs import random_trial

from gutskin import cli
from gutskin.trials.axes import UNPLACED
from gutskin.trials.plan import plan_trial

EXPLAINED = ("ci95", "outside", "wider")  # an interval of too few repetitions is told once
PLANNED = 250  # designs; every shape and every part is among them


def missing(value, path=()):
    """The places of `null` in a result, and the labels of what they belong to."""
    if isinstance(value, dict):
        for key, one in value.items():
            yield from missing(one, (*path, key))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from missing(one, (*path, number))
    elif value is None and not any(word in str(path[-1]) for word in EXPLAINED):
        yield path


def label(result, path):
    """What a warning calls the thing that a missing number belongs to."""
    if path[0] in ("endpoints", "estimands", "subgroups"):
        return result[path[0]][path[1]]["label"]
    if path[0] == "applicability" and path[1] == "axes":
        one = result["applicability"]["axes"][path[2]]
        assert one["where"] == UNPLACED
        return f"It cannot be placed by {one['axis']}"
    if path[0].startswith("variance_shares"):
        return "patients, chance or unknown is not told"
    if path[0] == "interim":
        return "Looks before the end"
    return "differs between sites" if path[0] == "control_change" else "a number of no known place"


def unexplained(result):
    """What is missing in a result and not named in its warnings."""
    warnings = " ".join([*result["warnings"], result["applicability"]["sentence"]])
    for path in missing({key: one for key, one in result.items() if key != "warnings"}):
        nobody = "untreated" in path  # of a single arm
        if not nobody and label(result, path) not in warnings:
            yield ".".join(map(str, path))


def run(tmp_path, capsys, seed):
    path = tmp_path / "trial.toml"
    path.write_text(random_trial(seed))
    assert cli.main(["trial", str(path), "--replicates", "2", "--json"]) == 0
    result = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert list(unexplained(result)) == []


def test_every_drawn_design_is_valid(tmp_path):
    path, seen = tmp_path / "trial.toml", set()
    for seed in range(PLANNED):
        path.write_text(random_trial(seed))
        design = plan_trial(path, 2).design
        seen |= {part for part in ("crossover", "responders", "extension", "seasons", "run_in")
                 if getattr(design, part) is not None}  # fmt: skip
        seen |= {"looks"} if design.analysis.interim is not None else set()
        seen |= {design.analysis.method, design.analysis.missing, design.start}
    assert seen >= {"crossover", "responders", "extension", "seasons", "run_in", "birth_vaginal"}
    assert "looks" in seen
    assert seen >= {"mmrm", "cox", "log-rank", "negative-binomial", "jump to reference"}


@pytest.mark.parametrize("seed", [1, 4, 9])
def test_a_drawn_design_runs_and_explains_what_is_missing(tmp_path, capsys, seed):
    run(tmp_path, capsys, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(10, 90))
def test_many_drawn_designs_run_and_explain_what_is_missing(tmp_path, capsys, seed):
    run(tmp_path, capsys, seed)
