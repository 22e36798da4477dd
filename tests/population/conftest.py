"""Patient files as texts: prepared, or refused with lines."""

import pytest

from gutskin.errors import InputError
from gutskin.model.compiled import load_model
from gutskin.population.course import prepare
from gutskin.population.patient_file import load_patient


@pytest.fixture
def case(tmp_path):
    """Prepare the patient of a text."""

    def prepared(text, stance="evidence", days=56, start="healthy_adult"):
        path = tmp_path / "patient.toml"
        path.write_text(f'start = "{start}"\n' + text)
        model = load_model()
        return prepare(load_patient(path), days, stance, model)

    return prepared


@pytest.fixture
def problems(tmp_path):
    """The problems of a text as (line, message with remedy)."""

    def found(text):
        path = tmp_path / "patient.toml"
        path.write_text(text)
        with pytest.raises(InputError) as error:
            load_patient(path)
        assert {problem.file for problem in error.value.problems} == {path}
        return [(one.line, f"{one.message} {one.remedy}") for one in error.value.problems]

    return found
