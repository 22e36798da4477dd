"""How the replicates of a study are cut."""

import pytest

from gutskin.trials import batches as room
from gutskin.trials.batches import batches_of
from gutskin.trials.design import load_trial

DESIGN = load_trial("six-strain-children")


@pytest.mark.parametrize("replicates", [1, 11, 12, 13, 250, 2000])
def test_property_every_replicate_is_in_one_batch_and_none_is_too_large(replicates):
    batches = batches_of(DESIGN, replicates)
    assert [number for one in batches for number in one] == list(range(replicates))
    assert max(map(len, batches)) * 40 <= room.LARGEST


def test_property_batches_of_fewer_replicates_are_among_those_of_more_but_the_last():
    many = batches_of(DESIGN, 2000)
    for replicates in range(1, 300):
        assert (
            batches_of(DESIGN, replicates)[:-1] == many[: len(batches_of(DESIGN, replicates)) - 1]
        )


def test_a_short_run_is_finished_in_several_steps_and_a_long_one_is_not_cut_into_crumbs():
    assert len(batches_of(DESIGN, 200)) == 6
    assert len(batches_of(DESIGN, 10_000)) <= 10_000 * 40 / room.LARGEST + 6


def test_a_replicate_of_many_patients_is_a_batch_of_its_own():
    many = tuple(arm.model_copy(update={"n": 3000}) for arm in DESIGN.arms)
    assert [len(one) for one in batches_of(DESIGN.model_copy(update={"arms": many}), 3)] == [1] * 3


@pytest.mark.parametrize(
    ("n", "sizes"),
    [(20, [12, 12, 24]), (240, [1, 1, 2, 4]), (250, [1, 1, 2, 4]), (100, [2, 2, 4])],
)
def test_closed_form_the_first_batch_is_of_so_many_patients_and_of_one_replicate_at_least(n, sizes):
    """As many replicates as 512 patients make, one at least; then as many as were before."""
    arms = tuple(arm.model_copy(update={"n": n}) for arm in DESIGN.arms)
    design = DESIGN.model_copy(update={"arms": arms})
    first = max(1, room.FIRST // (2 * n))
    found = [len(one) for one in batches_of(design, 10_000)]
    assert found[0] == first == sizes[0]
    assert found[: len(sizes)] == sizes
    assert max(found) == room.LARGEST // (2 * n)


@pytest.mark.parametrize("patients", [9, 19, 27, 57, 171, 241, 482])
def test_property_the_first_batch_is_of_512_patients_at_most_and_any_of_8192(patients):
    """And one replicate more would be too many."""
    arms = (DESIGN.arms[0].model_copy(update={"n": 1}),
            DESIGN.arms[1].model_copy(update={"n": patients - 1}))  # fmt: skip
    sizes = [len(one) for one in batches_of(DESIGN.model_copy(update={"arms": arms}), 20_000)]
    assert sizes[0] * patients <= 512 < (sizes[0] + 1) * patients
    assert max(sizes) * patients <= 8192 < (max(sizes) + 1) * patients
