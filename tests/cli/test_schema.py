"""`gutskin schema`: the form of files, as programs read it."""

import json

import pytest

from gutskin.cli.program import main
from gutskin.trials.design import FILE, known_trials


def keys_of(schema, part):
    return set(schema["$defs"][part]["properties"])


@pytest.mark.parametrize("kind", ["trial", "patient"])
def test_it_is_one_json_document(capsys, kind):
    assert main(["schema", kind]) == 0
    found = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert found["$schema"].startswith("https://json-schema.org/")
    assert found["additionalProperties"] is False


def test_every_table_and_kind_of_a_trial_file_is_in_it(capsys):
    main(["schema", "trial"])
    schema = json.loads(capsys.readouterr().out)
    for part in (*FILE.parts.values(), *FILE.kinds.values()):
        names = {field.alias or name for name, field in part.model_fields.items()}
        assert keys_of(schema, part.__name__) == names


def test_every_key_of_every_shipped_trial_is_in_it(capsys):
    import tomllib
    from importlib.resources import files

    main(["schema", "trial"])
    schema = json.loads(capsys.readouterr().out)
    for name in known_trials():
        text = files("gutskin").joinpath(f"biology/trials/{name}.toml").read_text("utf-8")
        assert set(tomllib.loads(text)) <= set(schema["properties"]), name
