"""What a patient file means where it says nothing, and the ends of its numbers."""

import pytest
from pydantic import ValidationError

from gutskin.population import patient_format as form
from gutskin.population.patient_format import PatientFile


def test_unit_what_a_file_means_that_says_nothing():
    one = PatientFile.model_validate({"start": "severe"})
    assert (one.days, one.name, one.age_years, one.population) == (56, "", None, None)
    assert (one.doses, one.holds, one.pulses, one.courses) == ((), (), (), ())
    assert (one.season, one.noise, one.numerics) == (None, None, None)
    assert form.Season(amplitude=0.5).peak_day == 0.0
    exact = form.Numerics()
    assert (exact.rtol, exact.precision, exact.longest_step_days) == (1e-6, "double", None)
    assert exact.stages == 4


@pytest.mark.parametrize(
    ("part", "key", "low", "high", "off"),
    [
        (form.Season, "peak_day", -366.0, 366.0, 1.0), (form.Numerics, "rtol", 1e-10, 0.1, 1e-11),
        (form.Noise, "seed", 0, 2**31 - 1, 1), (form.PatientFile, "days", 1, None, 1),
        (form.Numerics, "longest_step_days", 1e-3, None, 1e-4), (form.Numerics, "stages", 3, 8, 1),
    ],
)  # fmt: skip
def test_closed_form_the_ends_of_a_number_are_allowed_and_nothing_beyond(part, key, low, high, off):
    more = {"amplitude": 0.5} if part is form.Season else {}
    more |= {"start": "severe"} if part is form.PatientFile else {}
    for end, beyond in ((low, low - off if low is not None else None), (high, None)):
        if end is not None:
            assert getattr(part.model_validate({**more, key: end}), key) == end
        if beyond is not None:
            with pytest.raises(ValidationError):
                part.model_validate({**more, key: beyond})
    if high is not None:
        with pytest.raises(ValidationError):
            part.model_validate({**more, key: high + off})


@pytest.mark.parametrize("key", ["days", "values"])
def test_unit_a_course_has_a_point(key):
    whole = {"parameter": "pollen", "days": (0.0,), "values": (1.0,)}
    assert form.GivenCourse.model_validate(whole).days == (0.0,)
    with pytest.raises(ValidationError):
        form.GivenCourse.model_validate({**whole, key: ()})
