"""What the page finds wrong with a trial file is what the package finds, at the same line."""

import json
import random
import re
import subprocess

import pytest
from web_engine import NODE, SOURCE, each_kind_first

from gutskin.errors import InputError, nearest
from gutskin.model.biology import shipped_biology
from gutskin.page.trial_form import trial_form_of
from gutskin.trials.design import load_trial

BIOLOGY = shipped_biology()
FORM = trial_form_of(BIOLOGY)
TRIALS = FORM["trials"]
KEY = re.compile(r"^(\w+)(?= = )", re.M)
FORM_ALONE = (
    ("n = 20", "n = 20.0"), ("n = 20", "n = 1"), ("n = 20", 'n = "20"'), ("n = 20", "n = true"),
    ("adherence = 0.9", "adherence = 1.5"), ("adherence = 0.9", "adherence = nan"),
    ("viable = true", 'viable = "yes"'), ("scorad = [25, 103]", "scorad = [25]"),
    ("scorad = [25, 103]", "scorad = [25, 50, 103]"), ("scorad = [25, 103]", "scorad = 25"),
    ("weeks = [0, 4, 8]", "weeks = [0]"), ("weeks = [0, 4, 8]", 'weeks = [0, "4", 8]'),
    ('kind = "probiotic"', 'kind = "probiotics"'), ('kind = "probiotic"', "kind = 3"),
    ('kind = "probiotic"\n', ""), ('population = "ad_child"', 'population = "ad_children"'),
    ('population = "ad_child"', 'population = ["ad_child", "ad_adlt"]'),
    ('population = "ad_child"', "population = 3"), ('primary = "scorad"\n', ""),
    ('"W23", "W51"', '"W23", "W15"'), ('"easi", "itch"', '"EASI", "ich"'),
    ('method = "ancova"', 'method = "t-test"'), ('name = "six_strain"\n', ""),
    ("cfu_per_day = 4e9", "cfu_per_day = -1"), ("cfu_per_day = 4e9", 'cfu_per_day = "many"'),
    ("cfu_per_day = 4e9", "cfu_per_day = { low = 1e9 }"),
    ("cfu_per_day = 4e9", "cfu_per_day = { low = 0, high = 1e9 }"),
    ("meaningful_difference = 8.7", "meaningful_difference = 0"),
    ("start_week = 0\n", "start_week = -2\n"), ("[conduct]", "[conducts]"),
    ("directions.il5 = ", "directions.il5 = 5 # "),
)  # fmt: skip


def in_node(folder, texts=(), words=()):
    cases = {"form": FORM, "texts": list(texts), "words": list(words)}
    (folder / "cases.json").write_text(json.dumps(cases))
    script = SOURCE.parents[2] / "tests" / "page" / "run_schema.mjs"
    command = [str(NODE), str(script), str(folder), str(SOURCE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads((folder / "found.json").read_text())


def told(folder, text):
    """The problems of a file as the package tells them."""
    place = folder / "trial.toml"
    place.write_text(text)
    try:
        load_trial(place)
    except InputError as trouble:
        return list(trouble.problems)
    return []


def test_every_shipped_trial_has_the_form_that_the_schema_states(tmp_path):
    assert in_node(tmp_path, TRIALS.values())["found"] == [[]] * len(TRIALS)


def test_agreement_faults_of_the_form_stand_at_the_lines_that_the_package_names(tmp_path):
    text = TRIALS["six-strain-children"]
    texts = [text.replace(old, new, 1) for old, new in FORM_ALONE]
    assert text not in texts
    for (old, new), one, found in zip(
        FORM_ALONE, texts, in_node(tmp_path, texts)["found"], strict=True
    ):
        problems = told(tmp_path, one)
        assert found, (old, new)
        lines = {fault["line"] for fault in found}
        assert lines <= {each.line for each in problems}, (old, new, found, problems)


@pytest.mark.parametrize("name", each_kind_first(TRIALS))
def test_agreement_a_misspelt_key_is_told_at_its_line_with_the_same_nearest_one(tmp_path, name):
    text, draw = TRIALS[name], random.Random(name)
    texts = []
    for key in KEY.finditer(text):
        at = draw.randrange(key.start(), key.end())
        texts.append(text[:at] + "x" + text[at + draw.randint(0, 1) :])
    for one, found in zip(texts, in_node(tmp_path, texts)["found"], strict=True):
        problems = told(tmp_path, one)
        lines = {each.line for each in problems}
        assert found, one
        assert {fault["line"] for fault in found} <= lines
        for fault in found:
            if fault["nearest"]:
                said = [each.remedy for each in problems if each.line == fault["line"]]
                assert any(f"'{fault['nearest']}'" in remedy for remedy in said), (fault, said)


def test_agreement_the_nearest_name_is_that_of_the_package(tmp_path):
    draw = random.Random(1)
    words = []
    for known in FORM["names"].values():
        for _ in range(60):
            name = list(draw.choice(known))
            for _ in range(draw.randint(1, 5)):
                at = draw.randrange(len(name) + 1)
                name[at : at + draw.randint(0, 2)] = draw.choice(["", "x", "_1", "E"])
            words.append(("".join(name), known))
    for (name, known), found in zip(words, in_node(tmp_path, words=words)["nearest"], strict=True):
        said = nearest(name, known)
        assert (said == f"Did you mean {found!r}?") if found else said.startswith("Known"), name
