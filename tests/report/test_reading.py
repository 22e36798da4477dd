"""How the table of a trial is read in its design: unit tests of the words."""

import pytest

from gutskin.report.reading import before_it, true_effect
from gutskin.trials.design import load_trial


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("six-strain-children", "on both treatments"),
        ("watts-hay-fever-adults", "the same patients on it and untreated"),
        ("rosenfeldt-children", "at the end of the first period"),
    ],
)
def test_whom_a_true_effect_compares(name: str, says: str) -> None:
    assert true_effect(load_trial(name)).endswith(says)


def test_where_rescue_falls_upon_trials_a_true_effect_is_without_it() -> None:
    """Differences of 36 points stood beside a true effect of 41, and no word of why."""
    plain = load_trial("six-strain-children")
    conduct = plain.conduct.model_copy(update={"rescue": True})
    assert "nobody is rescued" in true_effect(plain.model_copy(update={"conduct": conduct}))


def test_a_true_effect_of_a_second_part_is_of_who_begins_the_first() -> None:
    """Differences of responders stood beside a true effect of everybody, and no word of it."""
    says = true_effect(load_trial("withdrawal-adults"))
    assert says.endswith(", of all who begin and not of those alone who respond and go on")
    assert "all who begin" not in true_effect(load_trial("solo1-adults"))


def test_arms_of_a_crossover_are_sequences() -> None:
    design = load_trial("rosenfeldt-children")
    told = before_it(design)
    assert design.active[0].title in told
    assert "sequences" in told
    assert not before_it(load_trial("six-strain-children"))
