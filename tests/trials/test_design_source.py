"""How a call names its trial: by what a reader can repeat; unit."""

import pickle

import pytest
from trial_texts import FULL

from gutskin.model.biology import shipped_biology
from gutskin.trials.design import load_trial, resolved
from gutskin.trials.design_source import arguments, design_checksum, repeatable, source_of

SHIPPED = "six-strain-children"


@pytest.fixture
def own(tmp_path):
    path = tmp_path / "it's mine.toml"
    path.write_text(FULL, encoding="utf-8")
    return path


def test_unit_a_design_that_was_read_knows_from_where(own):
    assert source_of(load_trial(SHIPPED)) == SHIPPED
    assert source_of(load_trial(own)) == str(own)
    assert source_of(pickle.loads(pickle.dumps(load_trial(own)))) == str(own)
    assert source_of(own) == str(own)
    assert arguments(load_trial(own), None) == [repr(str(own))]
    assert arguments(SHIPPED, own.parent) == [repr(SHIPPED), f"biology={str(own.parent)!r}"]
    assert arguments(SHIPPED, shipped_biology()) == [repr(SHIPPED), "biology=biology"]


def test_unit_one_that_was_changed_in_python_says_so(own):
    design = load_trial(own)
    changed = design.model_copy(update={"title": "Another"})
    made = type(design).model_validate_json(design.model_dump_json())
    for one in (changed, made):
        assert source_of(one) is None
        assert arguments(one, None) == ["design"]
        told = repeatable("gutskin.run(design)", one)
        assert told.startswith("gutskin.run(design), where `design` was made or changed in Python")
        assert told.endswith(f" begins with {design_checksum(one)[:12]}")
    assert repeatable("gutskin.run('x')", design) == "gutskin.run('x')"
    assert source_of(changed.model_copy(update={"title": design.title})) == str(own)


def test_unit_where_it_was_read_is_no_part_of_a_design(own):
    design = load_trial(own)
    made = type(design).model_validate_json(design.model_dump_json())
    assert design == made
    assert repr(design) == repr(made)
    assert "_source" not in design.model_dump_json()
    assert resolved(design, shipped_biology()) == design
