"""How many patients power simulates in each world: by rule, and beside larger arms."""

import numpy as np
import pytest

from gutskin.errors import InputError
from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.model.vocabulary import vocabulary
from gutskin.trials.design import TrialDesign, load_trial
from gutskin.trials.power import power_of
from gutskin.trials.power_curves import MOST
from gutskin.trials.run import run_trial
from gutskin.trials.simulated_sizes import ENOUGH, LEAST, check_patients, simulated

NAMES = vocabulary(shipped_biology())
SHIPPED = load_trial("six-strain-children")  # 20 and 20


def with_arms(*sizes: int):
    arms = (SHIPPED.arms[0], SHIPPED.arms[1])
    its = tuple(arm.model_copy(update={"n": n}) for arm, n in zip(arms, sizes, strict=True))
    return SHIPPED.model_copy(update={"arms": its})


def sizes_of(design):
    return [arm.n for arm in design.arms]


@pytest.mark.parametrize(
    ("worlds", "sizes", "expected"),
    [
        (200, (20, 20), [20, 20]),
        (1000, (20, 20), [20, 20]),  # just as many patients as are enough
        (10_000, (20, 20), [LEAST, LEAST]),
        (10_000, (130, 65), [2 * LEAST, LEAST]),
        (10_000, (5, 5), [5, 5]),  # never larger than the trial
        (400, (100, 100), [50, 50]),
    ],
)
def test_closed_form_arms_get_smaller_in_their_ratio_but_keep_eight(worlds, sizes, expected):
    found = simulated(with_arms(*sizes), worlds, NAMES)
    assert sizes_of(found) == expected
    assert worlds * sum(expected) <= max(ENOUGH, worlds * len(sizes) * 2 * LEAST)
    assert found.analysis == SHIPPED.analysis


def test_an_event_and_a_cohort_from_birth_keep_their_size():
    newborns = load_trial("lgg-newborns")
    assert simulated(newborns, 100_000, NAMES) == newborns
    answered = SHIPPED.analysis.model_copy(update={"primary": "easi75", "endpoints": ("easi75",)})
    responders = SHIPPED.model_copy(update={"analysis": answered})
    assert simulated(responders, 100_000, NAMES) == responders


@pytest.mark.parametrize(
    "parts",
    [
        {"sites": ({"name": "a"}, {"name": "b"})},
        {"randomisation": {"block_sizes": (4,), "strata": ({"by": "sensitised"},)}},
    ],
)
def test_sites_and_strata_keep_the_size_that_fills_them(parts):
    whole = TrialDesign.model_validate({**SHIPPED.model_dump(), **parts})
    assert sizes_of(simulated(whole, 100_000, NAMES)) == [20, 20]
    assert sizes_of(simulated(SHIPPED, 100_000, NAMES)) == [LEAST, LEAST]


def test_closed_form_a_part_of_a_patient_is_one_and_no_arm_has_fewer_than_two():
    assert sizes_of(simulated(with_arms(30, 20), 200, NAMES, 3)) == [5, 3]
    assert sizes_of(simulated(with_arms(20, 100), 200, NAMES, 2)) == [2, 10]


def test_what_is_asked_for_holds_in_either_direction():
    assert sizes_of(simulated(with_arms(40, 20), 200, NAMES, 30)) == [60, 30]
    assert sizes_of(simulated(with_arms(40, 20), 200, NAMES, 3)) == [6, 3]


@pytest.mark.parametrize("wrong", [0, 1, -3, 2.5, "8", True, 10**7])
def test_what_is_no_number_of_patients_is_refused(wrong):
    with pytest.raises(InputError, match="can be no number of patients of an arm"):
        check_patients(wrong)
    assert [check_patients(one) for one in (2, 8, MOST)] == [2, 8, MOST]
    assert check_patients(None) is None


@pytest.mark.slow
def test_reference_few_patients_of_a_world_foretell_what_many_do():
    """The same 600 worlds with 8 and with 40 patients in an arm."""
    model = load_model()
    analysis = SHIPPED.analysis.model_copy(update={"endpoints": ("scorad",)})
    design = SHIPPED.model_copy(update={"analysis": analysis})
    told = {}
    for n in (LEAST, 40):
        run = run_trial(simulated(design, 600, NAMES, n), model, 600, 1, "article")
        told[n] = power_of(run.analysis, design, [20, 100, 400])["six_strain"]
    few, many = told[LEAST], told[40]
    for a, b in zip(few.at, many.at, strict=True):
        assert a.assurance.value == pytest.approx(b.assurance.value, abs=0.04)
        assert a.power.value == pytest.approx(b.power.value, abs=0.08)
        assert a.harm.value == pytest.approx(b.harm.value, abs=0.02)
    assert few.sizes.best == pytest.approx(many.sizes.best, abs=0.25)
    assert few.sizes.typical_sd == pytest.approx(many.sizes.typical_sd, rel=0.04)
    assert np.std(few.sizes.effect) == pytest.approx(np.std(many.sizes.effect), rel=0.1)
