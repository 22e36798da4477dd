"""The names of the model before it is compiled."""

import subprocess
import sys

from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.model.vocabulary import vocabulary


def test_double_programming_the_names_are_those_of_the_compiled_model():
    model, names = load_model(), vocabulary(shipped_biology())
    assert set(names.states) == set(model.state_ids)
    assert set(names.parameters) == set(model.parameter_ids) - set(model.constants)
    assert set(names.assigned) == set(model.assigned_ids)
    assert set(names.constants) == set(model.constants)
    assert names.inputs == model.input_ids


def test_reading_names_brings_nothing_heavy():
    code = (
        "import sys\n"
        "from gutskin.model import biology\n"
        "from gutskin.model.vocabulary import vocabulary\n"
        "from gutskin.population import patient_file, populations\n"
        "from gutskin.trials import design\n"
        "vocabulary(biology.shipped_biology())\n"
        "print(*{'jax', 'libsbml', 'antimony', 'scipy', 'llvmlite', 'pandas'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
