"""Calls from Python: what is of another kind is one plain message, and nothing is begun for it."""

import inspect
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest

import gutskin
from gutskin import api, trial_run, virtual_trial
from gutskin.arguments import finite_number, one_of, path_to, several, switch, text, whole_number
from gutskin.errors import InputError, together
from gutskin.evidence import strain_card
from gutskin.population import course
from gutskin.virtual_trial import Answer, VirtualTrial

ROOT = Path(__file__).parents[1]
TRIAL = "six-strain-children"
CHILD = ROOT / "examples" / "ad_child.toml"

NO_NUMBER = ["2", None, 2.5, float("nan"), True, np.True_, b"2", [2], np.array([2]), 2 + 1j]
NOT_COUNTED = [*NO_NUMBER, 0, -1, np.int64(-1), 10**30]
NO_SEED = [*NO_NUMBER, -1, 2**63]
NO_DAYS = [one for one in NOT_COUNTED if one is not None]
NO_COST = ["5", float("nan"), float("inf"), True, b"5", [5], 0, -1, 2 + 1j, 10**400]
NO_STANCE = [None, 3, "", "hope", b"evidence", ["evidence"]]
NO_SWITCH = [None, "yes", "no", 0, 1, []]
NO_PATH = [3, 2.5, True, "", b"/x", [], {}, object()]
NO_TEXT = [3, None, b"x", []]
NO_SIZES = [None, 20, "20", b"20", np.array(20), [], [1.5], ["20"], [None], [float("nan")], [[20]]]
NO_SHARES = [None, 0.5, "0.5", [2], [-0.1], ["0.5"], [None], [float("nan")], [True]]
NO_SHARE = ["0.5", b"0.5", True, [0.5], float("nan"), float("inf"), -0.1, 1.5, 2 + 1j]
NO_NAMES = [3, "", TRIAL, b"x", [3], [None], [""], ["nope"], object()]

WRONG = {
    "simulate": {"patient": [*NO_PATH, None, "nowhere.toml"], "days": NO_DAYS},
    "run": {
        "trial": [*NO_PATH, None, "nope"], "dask": NO_TEXT, "command": NO_TEXT,
    },
    "trial": {"name_or_path": [*NO_PATH, None, "nope"]},
    "meta": {"trials": NO_NAMES, "passes": NO_SHARES, "replicates": [*NOT_COUNTED, 38]},
    "load_model": {},
    "load_patient": {"path": [*NO_PATH, None, "nowhere.toml"], "days": NO_DAYS},
    "load_trial": {"name_or_path": [*NO_PATH, None, "nope"]},
    "load_strain": {
        "names": [[], [3], [None], [""], [b"LGG"], [["LGG"]], ["nope"], ["LGG", 3]],
        "file": [*NO_PATH, "nowhere.toml"], "simulated": NO_SWITCH,
    },
    "VirtualTrial.run": {},
    "VirtualTrial.power": {"n": NO_SIZES, "patients": [*NO_DAYS, 1]},
    "VirtualTrial.explain": {"shared": NOT_COUNTED[:-1]},
    "VirtualTrial.optimise": {
        "over": [*NO_PATH, "nowhere.toml"], "budget": NO_COST, "patients": [*NOT_COUNTED, 3],
        "replicates": [*NOT_COUNTED, 1],
    },
    "VirtualTrial.score": {"replicates": [*NOT_COUNTED, 38], "passes": NO_SHARE},
    "VirtualTrial.plan": {"declared": [*NO_PATH, "nowhere.toml"]},
    "Answer.plot": {"path": [*NO_PATH, "a.pdf"]},
}  # fmt: skip
EVERYWHERE = {
    "replicates": NOT_COUNTED, "seed": NO_SEED, "stance": NO_STANCE, "overwrite": NO_SWITCH,
    "progress": NO_SWITCH, "explain": NO_SWITCH, "out": NO_PATH,
    "biology": [*NO_PATH, "nowhere"], "draws": [1, "", "Posterior", True, ["prior"]],
}  # fmt: skip
POOLED = ["cect-children", "lgg-infants", "sakei-children"]  # of all that may be, three
FIRST = {"simulate": CHILD, "run": TRIAL, "trial": TRIAL, "load_patient": CHILD,
         "load_trial": TRIAL, "meta": POOLED}  # fmt: skip


@cache
def shipped():
    """The trial whose methods are called; nobody changes it."""
    return gutskin.trial(TRIAL)


def called(verb):
    """A function of keywords alone, and their names."""
    if verb.startswith("VirtualTrial."):
        method = verb.partition(".")[2]
        names = list(inspect.signature(getattr(VirtualTrial, method)).parameters)[1:]
        return lambda **given: getattr(shipped(), method)(**given), names
    if verb == "Answer.plot":
        return Answer("power", {}, ()).plot, ["path"]
    names = list(inspect.signature(getattr(gutskin, verb)).parameters)
    if verb == "load_strain":
        return lambda names=("LGG",), **given: gutskin.load_strain(*names, **given), names
    if verb in FIRST:
        usual = {names[0]: FIRST[verb]}
        return lambda **given: getattr(gutskin, verb)(**{**usual, **given}), names
    return getattr(gutskin, verb), names


CASES = [
    (verb, name, value)
    for verb, own in WRONG.items()
    for name in called(verb)[1]
    for value in own.get(name, EVERYWHERE.get(name, ()))
]


@pytest.fixture
def idle(monkeypatch):
    """No model, so nothing can be begun."""
    for room in (api, trial_run, virtual_trial, strain_card, course):
        monkeypatch.setattr(room, "load_model", None)


@pytest.mark.parametrize(("verb", "name", "value"), CASES)
@pytest.mark.usefixtures("idle")
def test_every_wrong_argument_of_every_call_is_one_message(verb, name, value):
    with pytest.raises(InputError) as caught:
        called(verb)[0](**{name: value})
    (said,) = str(caught.value).splitlines()
    assert len(said) < 900


def test_structure_every_public_call_and_all_that_it_takes_are_tried():
    public = {name for name in gutskin.__all__ if inspect.isfunction(getattr(gutskin, name))}
    asked = {
        f"VirtualTrial.{name}" for name, _ in inspect.getmembers(VirtualTrial, inspect.isfunction)
        if not name.startswith("_")
    }  # fmt: skip
    assert public | asked | {"Answer.plot"} == set(WRONG)
    for verb in WRONG:
        assert set(called(verb)[1]) == {name for one, name, _ in CASES if one == verb}


@pytest.mark.usefixtures("idle")
def test_all_that_is_wrong_with_a_call_comes_together(tmp_path):
    (tmp_path / "t.toml").write_text("nonsense = 1\n")
    with pytest.raises(InputError) as caught:
        gutskin.run(tmp_path / "t.toml", replicates="2", seed=-1, stance="hope", out=3, dask=4)
    told = str(caught.value)
    for one in ("nonsense", "replicates is '2'", "seed -1", "'hope'", "out is 3", "dask is 4"):
        assert one in told
    with pytest.raises(InputError) as caught:
        gutskin.trial(TRIAL).optimise("nowhere.toml", budget="a", patients=3, replicates=[1])
    told = str(caught.value).splitlines()
    assert len(told) == 4
    with pytest.raises(InputError) as caught:
        gutskin.meta([TRIAL, "nope"], passes=[2], replicates="1", stance="hope")
    assert len(str(caught.value).splitlines()) == 4


@pytest.fixture(scope="module")
def plain():
    return gutskin.run(TRIAL, replicates=2, seed=3)


@pytest.mark.parametrize("kind", [int, np.int64, np.uint8, np.array])
def test_whole_numbers_of_numpy_are_numbers_and_the_result_is_the_same(kind, plain):
    done = gutskin.run(Path("six-strain-children"), replicates=kind(2), seed=kind(3))
    assert (type(done.replicates), type(done.seed)) == (int, int)
    assert done.summary == plain.summary
    assert gutskin.trial(TRIAL).run(kind(2), seed=kind(3)).summary == plain.summary


def test_lists_of_any_kind_are_lists():
    trial = gutskin.trial(TRIAL)
    answers = [
        trial.power(n, replicates=2).summary
        for n in ([20, 40], (20, 40), np.array([20, 40]), range(20, 60, 20), iter([20, 40]))
    ]
    assert all(one == answers[0] for one in answers)


def test_paths_are_texts_or_paths(tmp_path):
    for kind in (str, Path):
        assert gutskin.load_patient(kind(CHILD)).name == "ad_child"
        own = kind(ROOT / "examples" / "overlay")
        assert "m1" in gutskin.load_model(own).tables.strains
        there = gutskin.run(TRIAL, replicates=1, out=kind(tmp_path / kind.__name__))
        assert there.folder == tmp_path / kind.__name__


def test_days_of_a_call_are_as_many():
    one = gutskin.simulate(CHILD, days=np.int64(2))
    assert one.data.sizes["day"] == 3
    assert gutskin.simulate(gutskin.load_patient(CHILD), days=2).to_json() == one.to_json()


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (whole_number, [(3, 3), (np.int8(3), 3), (np.array(3), 3)], [3.0, "3", False, np.False_]),
        (finite_number, [(3, 3.0), (np.float32(0.5), 0.5)], [float("nan"), "1", True]),
        (switch, [(True, True), (np.False_, False)], [0, "True", None]),
        (text, [("a", "a"), ("", "")], [b"a", 1]),
        (partial(one_of, known=("a", "b")), [("a", "a"), (np.str_("b"), "b")], ["c", ["a"], 1]),
        (partial(path_to, what="a file"), [("a", Path("a")), (Path("a"), Path("a"))], ["", 1]),
        (partial(several, what="them"), [(["ab"], ["ab"]), ({}, [])], ["ab", 1, Path("a")]),
    ],
)
def test_unit_each_kind_takes_its_own_and_names_what_it_refuses(check, good, bad):
    for given, found in good:
        assert check("it", given) == found
        assert type(check("it", given)) is type(found)
    for given in bad:
        with pytest.raises(InputError, match=r"^it (is )?"):
            check("it", given)


def test_unit_what_is_refused_twice_is_told_once():
    def refuse():
        whole_number("n", "x")

    with pytest.raises(InputError) as caught:
        together(refuse, refuse, lambda: switch("s", 1))
    assert len(caught.value.problems) == 2
