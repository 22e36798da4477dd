"""Names of arms: each is told from all others, by readers, disks and random streams."""

import pytest

from gutskin.trials.arm_names import RESERVED_ARMS, name_problems

MIX, PLACEBO = {"name": "mix"}, {"name": "placebo", "control": True}


def told(*arms):
    return [(place, what) for place, what, _ in name_problems(arms)]


@pytest.mark.parametrize(
    "others",
    [
        (), ({"name": "mix_2"},), ({"name": "six_strain", "label": "Mix of six"},),
        ({"name": "a", "label": "A mix"}, {"name": "b", "label": "Another mix"}),
    ],
)  # fmt: skip
def test_names_that_anybody_can_tell_apart_are_taken(others):
    assert told(MIX, *others, PLACEBO) == []


@pytest.mark.parametrize(
    ("other", "key", "says"),
    [
        ({"name": "Mix"}, "name", "the name 'Mix' differs from an earlier one in case only."),
        ({"name": "b", "label": "Mix"}, "label", "a reader takes 'Mix' for an earlier arm."),
        ({"name": "MIX", "label": "Another"}, "name", "differs from an earlier one in case only."),
        *(({"name": name}, "name", f"cannot be called {name!r}.") for name in RESERVED_ARMS),
    ],
)
def test_a_name_that_is_taken_for_another_is_told_once(other, key, says):
    ((place, what),) = told(MIX, other, PLACEBO)
    assert place == ("arms", 1, key)
    assert says in what


def test_a_name_that_stands_twice_is_told_as_that_alone():
    assert told(MIX, MIX, PLACEBO) == [(("arms", 1, "name"), "two arms are called 'mix'.")]


def test_names_with_spaces_and_underscores_are_read_alike():
    ((place, what),) = told({"name": "six_strain"}, {"name": "x", "label": "six strain"}, PLACEBO)
    assert (place, what) == (
        ("arms", 1, "label"), "a reader takes 'six strain' for an earlier arm.",
    )  # fmt: skip


@pytest.mark.parametrize("count", [0, 2, 3])
def test_one_arm_is_the_control(count):
    arms = [{"name": f"arm {n}", "control": n < count} for n in range(4)]
    ((place, what),) = told(*arms)
    assert place == (("arms", 1, "control") if count else ("arms", 0))
    assert what == f"there are {count} control arms."


def test_what_has_no_sound_name_is_told_elsewhere():
    assert told({"n": 3}, {"name": 4}, {"name": "mix", "label": 3}, PLACEBO) == []
