"""Which visits a trial of the calibration holds."""

from gutskin.calibration.trial_arms import _only
from gutskin.model.biology import shipped_biology
from gutskin.trials.design import load_trial
from gutskin.trials.published import published_numbers


def weeks(name: str, week: float) -> tuple[float, ...]:
    design = load_trial(name, shipped_biology())
    asked = [one for one in published_numbers(design) if one.week == week]
    assert asked
    return _only(design, asked).visits.weeks


def test_closed_form_every_visit_that_may_decide_on_a_rescue_is_held() -> None:
    assert weeks("solo1-adults", 16.0) == (0, 2, 4, 8, 12, 16)


def test_closed_form_without_a_decision_only_the_visits_that_are_asked_for_are() -> None:
    assert weeks("plantarum-children", 12.0) == (0, 12)
