"""The page is one file that loads nothing, says everything in both languages, and is this model."""

import base64
import gzip
import hashlib
import json
import re
from dataclasses import replace

import pytest

from gutskin.errors import InputError
from gutskin.model.biology import DRAWS
from gutskin.model.compiled import load_model
from gutskin.model.tables import STANCES
from gutskin.page.axis_map import Spot, map_of
from gutskin.page.bundle import FIRST, HERE, LANGUAGES, joined, page, words_of
from gutskin.page.kinds import KINDS
from gutskin.page.scene import scene_of
from gutskin.report.axis_chart import GRADES, SIGNS
from gutskin.report.published import SAYS

MODEL = load_model()
TEXTS = {name: words_of(name) for name in LANGUAGES}


@pytest.fixture(scope="module")
def document():
    return page(MODEL)


def carried(document, name):
    text = re.search(rf'<script type="text/plain" id="{name}">(.*?)</script>', document, re.S)[1]
    return gzip.decompress(base64.b64decode(text))


def test_limit_of_size_whole_and_packed(document):
    assert len(document.encode()) < 1.5e6
    assert len(gzip.compress(document.encode())) < 500e3


def test_policy_allows_its_own_script_and_style_and_nothing_from_elsewhere(document):
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', document)[1]
    assert policy.startswith("default-src 'none'")
    assert "unsafe-inline" not in policy
    assert "'unsafe-eval'" not in policy
    for tag in ("style", 'script id="code"'):
        text = re.search(rf"<{tag}>(.*?)</(?:style|script)>", document, re.S)[1]
        digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    assert not re.search(r'\b(?:src|href)="', document)
    named = set(re.findall(r"https?://[^\s\"'`]+", document))
    links = {
        "https://doi.org/${id}",
        "https://pubmed.ncbi.nlm.nih.gov/${id}/",
    }  # that a reader opens
    assert named == {"http://www.w3.org/2000/svg", *links}


@pytest.mark.parametrize("draws", DRAWS)
def test_unit_it_says_of_which_worlds_it_is(draws):
    """The one text that the page puts beside the name of its model, in both languages."""
    model = load_model(replace(MODEL.biology, draws=draws))
    assert scene_of(model)["about"]["draws"] == draws
    said = [texts[f"worlds_{draws}"] for texts in TEXTS.values()]
    assert len(set(said)) == len(LANGUAGES)
    assert "worlds_${draws}" in (HERE / "app" / "texts.js").read_text(encoding="utf-8")


def test_it_carries_this_model(document):
    assert json.loads(carried(document, "layout"))["hash"] == MODEL.content_hash
    assert carried(document, "module").startswith(b"\0asm")


def test_the_same_model_gives_the_same_page(document):
    assert page(MODEL) == document


def test_both_languages_say_the_same_things_with_the_same_blanks():
    assert TEXTS["en"].keys() == TEXTS["nl"].keys()
    for key, english in TEXTS["en"].items():
        blanks = re.findall(r"\{(\w+)\}", english)
        assert sorted(blanks) == sorted(re.findall(r"\{(\w+)\}", TEXTS["nl"][key])), key
        assert english == "" or TEXTS["nl"][key] != ""


def test_every_word_that_is_asked_for_is_there_and_none_is_idle(document):
    code = joined(FIRST)
    markup = document[: document.index('id="words"')]
    asked = set(re.findall(r'data-(?:say|name)="(\w+)"', markup))
    asked |= set(re.findall(r'\bsay\("(\w+)"', code))
    assert asked <= TEXTS["en"].keys()
    quoted = set(re.findall(r'"(\w+)"', code)) | set(re.findall(r"\b(\w+): \{ low", code))
    scene = json.loads(carried(document, "scene"))
    from_data = {*scene["people"], *scene["read"], "with_evidence", "with_article"}
    bands = scene["map"]["bands"]
    from_data |= {f"map_{spot}" for _, rows in bands for row in rows for spot, _ in row}
    from_data |= {f"band_{band}" for band, _ in bands}
    from_data |= {f"sign_{sign}" for sign in SIGNS} | {f"grade_{grade}" for grade in GRADES}
    cards = scene["statements"]["cards"].values()
    verdicts = {one for card in cards for of, rows in card["found"].values()
                for one in (of, *(row[0] for row in rows))}  # fmt: skip
    from_data |= {f"verdict_{one.replace(' ', '_')}" for one in verdicts}
    from_data |= {f"known_{card['evidence']}" for card in cards}
    from_data |= {f"graded_{grade}" for grade in (*GRADES, *(card["grade"] for card in cards))}
    from_data |= set(words_of_the_form(scene["trial"]["schema"]))
    from_data |= {f"measure_{measure}" for measure in SAYS}
    assert from_data <= TEXTS["en"].keys()
    guesses = re.search(r"GUESSES = (\[.*?\]);", code)[1]
    from_data |= {f"guess_{guess}" for guess in (*json.loads(guesses), "skip")}
    from_data |= {f"task_{number}{part}" for number in range(1, 7) for part in ("", "_seen")}
    from_data |= {f"filter_{key}" for key in ("model", "evidence", "grade")}
    from_data |= {f"under_{stance}" for stance in STANCES}
    from_data |= {f"worlds_{draws}" for draws in DRAWS}
    from_data |= {f"tab_{name}" for name in scene["read"]}
    from_data |= {f"cards_{one}" for one in json.loads(re.search(r"CARDS = (\[.*?\]);", code)[1])}
    from_data |= {
        f"kind_{trait}{of}" for trait, some in KINDS.items()
        for of in ("", "_usual", *(f"_{kind}" for kind in some))
    }  # fmt: skip
    from_data |= {f"gives_{one}" for one in ("rule", "rate", "gain", "loss")}
    named = json.loads(re.search(r"NAMED = (\[.*?\]);", code)[1])
    from_data |= {f"group_{kind}" for kind in named}
    from_data |= {f"use_{use}" for row in scene["cream"].values() for use in row["uses"]}
    from_data |= {f"why_{why}" for why in ("given", "age", "together", "room")}
    from_data |= {f"reason_{why}" for why in ("age", "together", "room")}
    from_data |= {f"tier_{of}{ends}" for of in ("age", "kg") for ends in ("", "_from")}
    from_data.add("verdict_not_shown")  # of a model that fails a statement whole
    from_data |= {f"{kind}_unit" for kind in TEXTS["en"] if f"{kind}_unit" in TEXTS["en"]}
    assert TEXTS["en"].keys() <= asked | quoted | from_data


WITHIN = {  # tables in which a key is called otherwise than elsewhere
    ("conduct", "rescue"): "Conduct",
    ("randomisation", "method"): "Randomisation",
    ("strategies", "rescue"): "Strategies",
    ("strategies", "discontinuation"): "Strategies",
    ("strategies", "dropout"): "Strategies",
    ("responders", "arms"): "Responders",
    ("estimands", "population"): "Estimand",
}


def words_of_the_form(schema):
    """Words that the form of a trial file asks for: keys that it shows, kinds, types."""
    tables = {name: one for name, one in schema["$defs"].items() if not name.startswith("Own")}
    kinds = schema["$defs"]["Arm"]["properties"]["interventions"]["items"]["discriminator"]
    hidden = {"kind", "published", "strains"}  # of the form; strains are those of an arm
    yield from ("key_published", "key_own_strains", "key_strains")
    yield from (f"kind_{kind}" for kind in kinds["mapping"])
    yield from (f"form_{one}" for one in ("string", "number", "integer", "boolean", "array"))
    yield "form_object"
    shown = [one for name, one in tables.items() if "Published" not in name]
    for table in (schema, *(one for one in shown if "value" not in one["properties"])):
        yield from (f"key_{key}" for key in table["properties"] if key not in hidden)
    for (place, key), table in WITHIN.items():
        assert key in schema["$defs"][table]["properties"]
        yield f"key_{place}_{key}"


@pytest.mark.parametrize("again", ["function y() {}", "const [z, y] = [1, 2];", "let { y } = {};"])
def test_two_modules_that_declare_one_name_are_refused(tmp_path, again):
    (tmp_path / "a.js").write_text('import { x } from "./b.js";\nexport const y = x;\n')
    (tmp_path / "b.js").write_text("export const x = 1;\n")
    assert joined([str(tmp_path / "a.js")]) == "const x = 1;\nconst y = x;\n"
    (tmp_path / "b.js").write_text(f"export const x = 1;\n{again}\n")
    with pytest.raises(ValueError, match="both declare y"):
        joined([str(tmp_path / "a.js")])


def test_modules_are_short_and_say_first_what_they_are_for():
    for path in [*(HERE / "app").glob("*.js"), *(HERE / "engine").glob("*.js")]:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert lines[0].startswith("// "), path.name
        assert len(lines) < 300, path.name


def test_every_mechanism_is_on_the_map_between_two_places_and_read_from_what_is_there():
    drawn = map_of(MODEL)
    spots = {spot for _, rows in drawn["bands"] for row in rows for spot, _ in row}
    assert drawn["arrows"].keys() == MODEL.tables.mechanisms.keys()
    known = {*MODEL.state_ids, *MODEL.assigned_ids}
    for start, end, sign, ends, others in drawn["arrows"].values():
        assert {start, end} <= spots
        assert sign in SIGNS
        assert {*ends, *others} <= known
        assert ends or others


def test_a_place_that_shows_what_the_model_does_not_have_is_told(monkeypatch):
    lost = (("gut", ((Spot("flora", "gut_nobody", ("gut",)),),)),)
    monkeypatch.setattr("gutskin.page.axis_map.BANDS", lost)
    with pytest.raises(InputError, match="gut_nobody"):
        map_of(MODEL)
