"""A standard error that no trial has is told with its line, before anything is computed."""

import pytest

from gutskin.errors import InputError
from gutskin.model.biology import shipped_biology
from gutskin.model.overlay import biology_of
from gutskin.model.vocabulary import vocabulary

TEXT = shipped_biology().texts("strain_trials.tsv")[0].text


def overlay(folder, **changed):
    """A biology whose first shipped trial is of a user's own, with other cells."""
    head, first = [line for line in TEXT.splitlines() if not line.startswith("#")][:2]
    columns = head.split("\t")
    cells = dict(zip(columns, first.split("\t"), strict=True)) | {"id": "mine"} | changed
    row = "\t".join(cells[name] for name in columns)
    (folder / "strain_trials.tsv").write_text(f"{head}\n{row}\n", encoding="utf-8")
    return biology_of(folder)


@pytest.mark.parametrize(
    "changed",
    [
        {"se": "-2.7"},
        {"se": "0"},
        {"se": "nan"},
        {"se": "inf"},
        {"se": "1e160"},
        {"se": ""},
        {"se": "two"},
        {"estimate": "nan"},
        {"endpoint": "eczema", "estimate": "-0.4", "se": "20"},  # points, not a logarithm
        {"low": "5", "high": "9"},  # the estimate is 4.5
        {"low": "inf", "high": "9"},
    ],
)
def test_an_odd_number_of_an_own_trial_is_told_with_file_and_line(tmp_path, changed):
    with pytest.raises(InputError) as error:
        vocabulary(overlay(tmp_path, **changed))
    assert len(error.value.problems) == 1
    (found,) = error.value.problems
    assert (found.file.name, found.line) == ("strain_trials.tsv", 2), found


def test_a_sound_one_stands(tmp_path):
    vocabulary(overlay(tmp_path, low="-1", high="10"))
