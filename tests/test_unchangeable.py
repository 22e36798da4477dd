"""Values that cannot be changed: every way of changing one is refused; copies are plain."""

import copy
import json
import pickle

import numpy as np
import pytest

from gutskin.unchangeable import FrozenDict, FrozenList, unchangeable

PLAIN = {"a": [1, {"b": [2.0]}], "c": (3, [4])}


@pytest.mark.parametrize(
    "change",
    [
        lambda one: one.update(a=1), lambda one: one.__setitem__("a", 1), lambda one: one.pop("a"),
        lambda one: one.clear(), lambda one: one.setdefault("z", 1), lambda one: one.popitem(),
        lambda one: one.__delitem__("a"), lambda one: one.__ior__({"z": 1}),
        lambda one: one["a"].append(1), lambda one: one["a"].sort(), lambda one: one["a"].pop(),
        lambda one: one["a"].__setitem__(0, 5), lambda one: one["a"].extend([1]),
        lambda one: one["a"].__iadd__([1]), lambda one: one["a"].insert(0, 1),
        lambda one: one["a"].__imul__(2), lambda one: one["a"].reverse(),
        lambda one: one["a"].remove(1), lambda one: one["a"].clear(),
        lambda one: one["a"][1].update(b=1), lambda one: one["a"][1]["b"].append(1),
        lambda one: one["c"][1].append(1),
    ],
)  # fmt: skip
def test_every_way_of_changing_is_refused(change):
    one = unchangeable(PLAIN)
    with pytest.raises(TypeError, match="change a copy of it"):
        change(one)
    assert one == PLAIN


def test_no_method_that_changes_a_plain_one_is_left():
    ways = {
        FrozenDict: "__setitem__ __delitem__ __ior__ clear pop popitem setdefault update",
        FrozenList: "__setitem__ __delitem__ __iadd__ __imul__ append clear extend insert pop "
        "remove reverse sort",
    }
    for kind, names in ways.items():
        for name in names.split():
            assert getattr(kind, name) is not getattr(kind.__base__, name), name


def test_copies_are_plain_and_json_and_pickles_are_the_same():
    one = unchangeable(PLAIN)
    again = copy.deepcopy(one)
    again["a"][1]["b"].append(5)
    assert (type(again), type(again["a"])) == (dict, list)
    assert one == PLAIN
    assert json.dumps(one) == json.dumps(PLAIN)
    back = pickle.loads(pickle.dumps(one))
    assert back == PLAIN
    assert type(back) is FrozenDict


def test_arrays_are_read_only():
    values = unchangeable({"x": np.arange(3.0)})["x"]
    with pytest.raises(ValueError, match="read-only"):
        values[0] = 1.0
