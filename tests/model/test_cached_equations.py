"""The equations are made once, anew where anything changed, and read only in their own form."""

import json

import pytest

from gutskin.disk_cache import DiskCache, key_of
from gutskin.model.cached_equations import CACHE, CachedEquations, cached_equations
from gutskin.model.equation import Equation
from gutskin.model.equation_code import EquationCode

TEXT = """def f_dxdt(t, x, p):
    return jnp.array([x[0] * 2.0])
def f_y(t, x, p):
    return [x[0]]
"""
MADE = Equation("make", "k * β", frozenset(("k", "β")), {"a": 2.0}, {"a": 2.0, "skin": -1.0}, True)
EQUATIONS = CachedEquations({"skin": 1.0}, {"make": MADE}, EquationCode(("a",), (), ("y",), TEXT))


@pytest.fixture
def made(tmp_path, monkeypatch):
    monkeypatch.setenv("GUTSKIN_CACHE_DIR", str(tmp_path))
    return []


def get(made, *reasons):
    return cached_equations(reasons, lambda: made.append(1) or EQUATIONS)


def test_unit_the_same_is_made_once(made):
    for reasons in (["a", b"b"], ["a", b"b"], ["ab"], ["a", b"c"]):
        assert get(made, *reasons) == EQUATIONS
    assert len(made) == 3


def changed(**changes):
    return json.loads(EQUATIONS.to_bytes()) | changes


@pytest.mark.parametrize(
    "entry",
    [
        None,
        [1],
        {"equations": [], "code": "import os; os.abort()", "constants": {}},
        {"equations": []},
        {"written_by": "another version"},
        changed(more=1),
        changed(equations=1),
        changed(equations=[1]),
        changed(equations=[["make", "k", ["k"], {"a": 2.0}]]),
        changed(equations=[["make", 1, ["k"], {"a": 2.0}, True]]),
        changed(equations=[["make", "k", [1], {"a": 2.0}, True]]),
        changed(equations=[["make", "k", ["k"], {"a": "2"}, True]]),
        changed(equations=[["make", "k", ["k"], {"a": 2.0}, 1]]),
        changed(constants=[]),
        changed(constants={"skin": "1.0"}),
        changed(constants={"skin": float("nan")}),
        changed(code="text"),
        changed(code={"text": TEXT.split("\n")}),
        changed(code=changed()["code"] | {"text": TEXT}),
        changed(code=changed()["code"] | {"states": "a"}),
        changed(code=changed()["code"] | {"states": [1]}),
        changed(code=changed()["code"] | {"text": ["raise SystemExit"]}),
        changed(code=changed()["code"] | {"text": 1}),
        changed(code=changed()["code"] | {"text": TEXT.replace("2.0", "exit()").split("\n")}),
    ],
)
def test_unit_an_entry_of_another_form_is_made_anew_and_nothing_in_it_is_run(made, entry):
    key = key_of(["a"])
    DiskCache.of(CACHE).write(key, json.dumps(entry).encode())
    assert get(made, "a") == EQUATIONS
    assert get(made, "a") == EQUATIONS
    assert len(made) == 1


def test_unit_an_entry_that_is_no_json_is_made_anew(made):
    for content in (b"", b"{", b"\xff", b"[" * 100_000):
        DiskCache.of(CACHE).write(key_of(["a"]), content)
        assert get(made, "a") == EQUATIONS
    assert len(made) == 4


def test_property_a_model_of_other_equations_is_the_same_from_disk(tmp_path, monkeypatch, folder):
    from gutskin.model import compiled
    from gutskin.model.biology import Biology

    path = folder / "airway.ant"
    path.write_text(path.read_text(encoding="utf-8") + "\nmore := 2 * airway_inflammation\n")
    monkeypatch.setenv("GUTSKIN_CACHE_DIR", str(tmp_path / "cache"))
    first = compiled.compile_model(Biology(folder))
    assert "more" in first.assigned_ids
    monkeypatch.setattr(compiled, "make_equations", lambda *_: pytest.fail("made anew"))
    second = compiled.compile_model(Biology(folder))
    assert first.rhs.content_hash == second.rhs.content_hash
    assert (first.equations, first.constants) == (second.equations, second.constants)
    assert first.reaction_ids == second.reaction_ids
