"""What commands ask for beyond what fits, refused before the work with exit status 2."""

import pytest

from gutskin import cli
from gutskin.errors import InputError
from gutskin.model.biology import shipped_biology
from gutskin.model.vocabulary import vocabulary
from gutskin.population import memory
from gutskin.population.asked import check_batch


@pytest.mark.parametrize(
    ("patients", "days", "rtol", "says"),
    [
        (10**12, 56, 1e-3, "GB of memory; this machine has"),
        (1, 10**11, 1e-3, "nobody is followed for more than 14,640"),
        (1, 56, float("nan"), "it lies between 1e-12 and 0.1"),
        (1, 56, -1.0, "it lies between 1e-12 and 0.1"),
        (1, 56, 1e300, "it lies between 1e-12 and 0.1"),
    ],
)
def test_a_batch_that_has_no_room_is_refused(patients, days, rtol, says):
    with pytest.raises(InputError, match=says):
        check_batch(patients, days, rtol, shipped_biology())


def test_a_million_children_of_a_year_are_a_matter_of_memory_alone():
    check_batch(1000, 365, 1e-3, shipped_biology())


@pytest.mark.parametrize(
    "command",
    [
        ["trial", "six-strain-children", "--seed", "9223372036854775808"],
        ["trial", "six-strain-children", "--replicates", "999999999999"],
        ["trial", "six-strain-children", "--replicates", "-1"],
        ["claims", "C16", "--seed", "9223372036854775808"],
        ["claims", "C16", "--seed", "-1"],
        ["evidence", "M47", "--seed", "100000000000000000000000"],
        ["evidence", "M47", "--replicates", "999999999999"],
        ["bench", "--patients", "999999999999"],
        ["bench", "--days", "999999999999"],
        ["bench", "--rtol", "nan"],
    ],
    ids=" ".join,
)
def test_numbers_without_room_end_with_status_2(command, capsys, monkeypatch):
    def compile_model(given):
        raise AssertionError("the model was loaded")

    monkeypatch.setattr("gutskin.cli.loading.load_model", compile_model)
    assert cli.main(command) == 2
    assert capsys.readouterr().err


def test_closed_form_the_room_of_a_batch_is_two_copies_of_its_daily_states(monkeypatch):
    needed = 2 * 8 * 1000 * len(vocabulary(shipped_biology()).states) * (56 + 1) + memory.PROGRAM
    monkeypatch.setattr(memory, "machine_memory", lambda: needed)
    check_batch(1000, 56, 1e-3, shipped_biology())
    monkeypatch.setattr(memory, "machine_memory", lambda: needed - 1)
    with pytest.raises(InputError, match="1,000 patients over 56 days needs"):
        check_batch(1000, 56, 1e-3, shipped_biology())


@pytest.mark.parametrize("rtol", [1e-12, 0.1])
def test_closed_form_the_ends_of_the_tolerance_are_allowed(rtol):
    check_batch(1, 1, rtol, shipped_biology())


@pytest.mark.parametrize("rtol", [0.9e-12, 0.11])
def test_closed_form_what_lies_beyond_them_is_not(rtol):
    with pytest.raises(InputError, match="it lies between"):
        check_batch(1, 1, rtol, shipped_biology())
