"""The page's reader of TOML is held to Python's, and its writer to what it was asked to write."""

import json
import math
import random
import subprocess
import tomllib
from importlib.resources import files

import pytest
from web_engine import NODE, SOURCE, each_kind_first

from gutskin.toml_lines import lines_of
from gutskin.trials.design import known_trials

TRIALS = {
    name: files("gutskin").joinpath(f"biology/trials/{name}.toml").read_text("utf-8")
    for name in known_trials()
}
ODD = (
    "", "a = 1", "a = 1\na = 2", "[a]\n[a]", "[a]\nb.c = 1\n[a.b]", "[a.b]\n[a]\nb.c = 1",
    "[[a]]\n[a]", "a = []\n[[a]]", "a = {}\n[a]", "a = { b = 1 }\na.c = 2", "a = { b = 1, }",
    "a = [1, 2, ]", "a = [1 2]", "a = 01", "a = 1__0", "a = 0x_1", "a = 0xfF", "a = 1e5",
    "a = .5", "a = 5.", "a = +inf\nb = nan", 'a = "x', 'a = """\n x"""', "a = 'it''s'",
    'a = """a""""', "a = '''x''''", 'a = "\\u00e9\\t"', 'a = "\\x"', 'a = """x \\\n   y"""',
    "a.b = 1\na.c = 2", "a = 1\n[a]", "[a.b.c]\n[a]\nx = 1", "= 1", "a", "a =", "a = b", "[a",
    "[[a]", "a = 1 b = 2", '"quoted key" = 1', "'' = 2", "a . b = 3", "a = true\nb = True",
    "a = 1 # remark\n# another\n", "a = 1\r\nb = 2\r\n", "a = 1\rb = 2", 'a = "\x01"', "# \x00",
    "[a]\nb = 1\n[a.b]", "[[a.b]]\n[a]\nc = 1", "[a]\n[[a.b]]\n[[a.b]]\nc = 1\n[a.b.d]\ne = 2",
    "a = [{ b = 1 }, { b = 2 }]", "a = [[1, 2], ['x']]", "[a]\nb.c = 1\nb.d = 2", "a = { b.c = 1 }",
    "a = { b = { c = 1 }, b.d = 2 }", "a = [\n1, # one\n2,\n]\n", "__proto__ = 1", "toString = 1",
    "[constructor]\nb = 1", "[__proto__]\nb = 1", "[[__proto__]]\n[[__proto__]]\na = 1",
    "__proto__.a = 1", "a = -0.0", "a = -0", "a = 1_000.5e-3", "a = 1.e5", "a = 1e", "é = 1",
    "a = \"é\U0001f600\"", 'a = "\\ud800"', "a = 1\n\n\n[b]\n\nc = 2", "a = { }", "a = [ ]", "[]",
    "a = 'x' 'y'", '"""a""" = 1', "a.b.c = 1\na.b = 2", "[a]\n[b]\n[a.c]\n[a]",
    "a = \"\"\"\\\n\"\"\"",
)  # fmt: skip


def plain(value):
    """A value as `run_toml.mjs` writes it."""
    if isinstance(value, dict):
        return {"table": [[key, plain(one)] for key, one in value.items()]}
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    return {"number": value, "whole": isinstance(value, int)}


def alike(ours, theirs):
    if isinstance(theirs, dict) and "number" in theirs:
        number = float(theirs["number"].replace("Infinity", "inf").replace("NaN", "nan"))
        same = math.isnan(number) if math.isnan(ours["number"]) else number == ours["number"]
        return same and ours["whole"] == theirs["whole"]
    if isinstance(theirs, dict):
        pairs = list(zip(ours["table"], theirs["table"], strict=True))
        return all(a[0] == b[0] and alike(a[1], b[1]) for a, b in pairs)
    if isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(alike, ours, theirs))
    return ours == theirs


def in_node(folder, texts=(), edited=()):
    (folder / "cases.json").write_text(json.dumps({"texts": list(texts), "edited": list(edited)}))
    script = SOURCE.parents[2] / "tests" / "page" / "run_toml.mjs"
    command = [str(NODE), str(script), str(folder), str(SOURCE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "found.json").read_text())


def compared(folder, texts):
    """That both readers make the same of every text; how many of them are sound."""
    sound = 0
    for text, found in zip(texts, in_node(folder, texts)["read"], strict=True):
        try:
            value = tomllib.loads(text)
        except tomllib.TOMLDecodeError:
            assert "line" in found, f"read what Python refuses: {text!r}"
            continue
        if "line" in found and ("-" in text or ":" in text) and _has_a_time(value):
            continue  # dates, which no trial file has
        assert "value" in found, f"refused ({found}) what Python reads: {text!r}"
        assert alike(plain(value), found["value"]), text
        sound += 1
    return sound


def _has_a_time(value):
    if isinstance(value, dict | list):
        return any(map(_has_a_time, value.values() if isinstance(value, dict) else value))
    return not isinstance(value, str | int | float)


def mangled(text, draw):
    """A text with a few letters taken out, doubled, exchanged or put elsewhere."""
    letters = list(text)
    for _ in range(draw.randint(1, 3)):
        at = draw.randrange(len(letters))
        what = draw.choice(("out", "twice", "other", "cut"))
        if what == "cut":
            end = min(len(letters), at + draw.randint(1, 30))
            piece = letters[at:end]
            del letters[at:end]
            where = draw.randrange(len(letters) + 1)
            letters[where:where] = piece
        elif what == "out":
            del letters[at]
        else:
            new = letters[at] if what == "twice" else draw.choice("[]{}\"'=.,#\n 0e_-abx\\\t")
            letters[at : at + (what == "other")] = [new]
    return "".join(letters)


def test_agreement_every_shipped_trial_is_read_as_python_reads_it(tmp_path):
    assert compared(tmp_path, TRIALS.values()) == len(TRIALS)


def test_agreement_odd_texts_are_read_or_refused_as_python_does(tmp_path):
    assert 30 < compared(tmp_path, ODD) < len(ODD)


def test_agreement_mangled_trials_are_read_or_refused_as_python_does(tmp_path):
    draw = random.Random(5)
    texts = [mangled(draw.choice(list(TRIALS.values())), draw) for _ in range(1500)]
    assert 200 < compared(tmp_path, texts) < 1400


def test_agreement_every_value_of_a_trial_has_the_line_that_the_package_tells(tmp_path):
    texts = list(TRIALS.values())
    for text, found in zip(texts, in_node(tmp_path, texts)["read"], strict=True):
        ours = {json.dumps(list(place), separators=(",", ":")): line
                for place, line in lines_of(text).items() if place}  # fmt: skip
        theirs = {place: found["lines"][place] for place in ours if place in found["lines"]}
        assert len(theirs) > 0.8 * len(ours)
        assert theirs == {place: ours[place] for place in theirs}


def places(value, path=()):
    """Every place of a value that is no table."""
    if isinstance(value, dict):
        return [found for key, one in value.items() for found in places(one, (*path, key))]
    if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
        return [found for n, one in enumerate(value) for found in places(one, (*path, n))]
    return [path]


def taken(value, path):
    *above, last = path
    for key in above:
        value = value[key]
    return value, last


@pytest.mark.parametrize("name", each_kind_first(TRIALS))
def test_inverse_what_is_put_added_or_taken_out_is_read_back_and_nothing_else_moves(tmp_path, name):
    draw, text = random.Random(name), TRIALS[name]
    before = tomllib.loads(text)
    cases, wanted = [], []
    for path in places(before):
        new = draw.choice(
            [3, 1.5e10, 'é "x"\n', True, [1, 2.5], [], -0.25, {"low": 1e9, "high": 2}]
        )
        value = tomllib.loads(text)
        holder, last = taken(value, path)
        holder[last] = new
        cases.append({"text": text, "edits": [["put", list(path), new]]})
        wanted.append(value)
        value = tomllib.loads(text)
        holder, last = taken(value, path)
        if "published" not in path or path[-1] == "reference":
            del holder[last]
            cases.append({"text": text, "edits": [["without", list(path)]]})
            wanted.append(value)
    for number in range(len(before["arms"])):
        value = tomllib.loads(text)
        value["arms"][number]["odd"] = 7
        value["conduct"] = value.get("conduct", {}) | {"adherence": 0.125}
        value["arms"][number].setdefault("interventions", []).append({"kind": "fibre", "factor": 2})
        cases.append({"text": text, "edits": [
            ["put", ["arms", number, "odd"], 7], ["put", ["conduct", "adherence"], 0.125],
            ["added", ["arms", number, "interventions"], {"kind": "fibre", "factor": 2}],
        ]})  # fmt: skip
        wanted.append(value)
        value = tomllib.loads(text)
        del value["arms"][number]
        value["arms"].append({"name": "new", "n": 20})
        cases.append({"text": text, "edits": [
            ["without", ["arms", number]], ["added", ["arms"], {"name": "new", "n": 20}],
        ]})  # fmt: skip
        wanted.append(value)
    for case, value, found in zip(
        cases, wanted, in_node(tmp_path, edited=cases)["edited"], strict=True
    ):
        assert _without_empty(tomllib.loads(found)) == _without_empty(value), case["edits"]
        kept = [line for line in text.splitlines() if line.startswith("#")]
        assert all(line in found for line in kept) or any(e[0] == "without" for e in case["edits"])


def _without_empty(value):
    """A value without tables that hold nothing."""
    if isinstance(value, dict):
        kept = {key: _without_empty(one) for key, one in value.items()}
        return {key: one for key, one in kept.items() if one != {}}
    return [_without_empty(one) for one in value] if isinstance(value, list) else value
