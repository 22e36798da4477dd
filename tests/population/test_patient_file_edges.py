"""A patient file at the edge of what is allowed: taken there, told beyond it, and told once."""

import pytest
from patient_texts import COURSE, DOSE, HOLD, PULSE

from gutskin.errors import InputError
from gutskin.model.compiled import load_model
from gutskin.population.course_length import check_days
from gutskin.population.patient_file import load_patient


@pytest.fixture
def told(tmp_path):
    """What is told of a text, as (line, message); nothing of one that is taken."""

    def found(text, start="severe", days=None):
        path = tmp_path / "a_child.toml"
        path.write_text(f'start = "{start}"\n{text}' if start else text)
        try:
            load_patient(path, days=days)
        except InputError as error:
            return [(one.line, one.message) for one in error.problems]
        return []

    return found


@pytest.mark.parametrize(
    ("start", "text", "says"),
    [
        ("severe", "age_years = 100.1", "nobody is simulated beyond 100 years"),
        ("severe", "age_years = 99\ndays = 365", ""),
        ("severe", "age_years = 96\ndays = 1461", ""),  # four years to the day
        ("severe", "age_years = 99\ndays = 366", "after 366 days he is beyond 100 years"),
        ("severe", "age_years = 59\ndays = 14640", ""),  # 40.1 years
        ("severe", "age_years = 60\ndays = 14640", "after 14640 days he is beyond 100 years"),
        ("severe", "age_years = 60\ndays = 14641", "nobody is followed for more than 14,640"),
        ("severe", 'age_years = 1\npopulation = "ad_child"', ""),
        ("severe", 'age_years = 13\npopulation = "ad_child"', ""),
        ("severe", 'age_years = 0.99\npopulation = "ad_child"', "is 0.99 years old; it has 1 to"),
        ("severe", 'age_years = 13.01\npopulation = "ad_child"', "is 13.01 years old"),
        ("severe", "age_years = 0.5", ""),
        ("birth_vaginal", 'age_years = 0.01\npopulation = "ad_child"', ""),  # of that birth
        ("birth_vaginal", "age_years = 0.01916", ""),  # 7 days are 0.019165 years
        ("birth_vaginal", "age_years = 0.01917", "is a newborn, but the age is 0.01917 years"),
        ("settled", "age_years = 0.1643", ""),  # 60 days are 0.16427 years
        ("settled", "age_years = 0.1642", "at 0.16 years nobody has settled yet."),
        ("settled", "", ""),  # without an age he is grown up
        ("birth_vaginal", "age_years = true", "a number"),
        ("severe", "age_years = -1", "must not be negative"),
    ],
)
def test_closed_form_how_old_a_patient_may_be(told, start, text, says):
    found = told(text, start)
    assert len(found) == bool(says)
    assert says in "".join(message for _, message in found)


def test_closed_form_nobody_is_followed_for_more_than_forty_years():
    for days in (None, 1, 14640):
        check_days(days)
    with pytest.raises(InputError, match="14,641 days are too long"):
        check_days(14641)


def test_unit_a_course_that_is_longer_than_the_file_says_reaches_its_late_doses(told):
    """And one that is shorter leaves them out in silence: the command asked for it."""
    text = "days = 28\n" + DOSE.format("wash") + "day = 40\n"
    ((line, message),) = told(text)
    assert (line, message.startswith("the wash begins on day 40, after the last day")) == (6, True)
    assert told(text, days=56) == []
    assert told(text.replace("28", "56"), days=7) == []
    ((line, message),) = told("days = 28", days=20000)
    assert (line, message.startswith("20,000 days are too long")) == (None, True)
    assert told("days = 20000")[0][0] == 2


def test_unit_a_patient_is_called_as_his_file_says_or_as_his_file(tmp_path):
    path = tmp_path / "a_child.toml"
    for text, name in (('name = "Ada"\n', "Ada"), ("", "a_child")):
        path.write_text(f'{text}start = "severe"\n')
        assert load_patient(path).name == name


def test_unit_a_start_that_is_given_has_every_state(told):
    model = load_model()
    states = dict(zip(model.state_ids, model.initial("severe").tolist(), strict=True))

    def text(names):
        return "[states]\n" + "".join(f"{name} = {states[name]!r}\n" for name in names)

    assert told(text(states), "given") == []
    ((line, message),) = told(text([*states][1:]), "given")
    assert (line, message) == (1, f"start 'given' leaves out 1 state ({min(states)}).".replace(
        min(states), next(iter(states))))  # fmt: skip
    assert told(text([*states][1:])) == []  # those of the start stay


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("holds = 3\npulses = [1]\n", [2, 3]), ('days = "many"\n', [2]),
        (HOLD.format("pollens", 1, 2, 0.5), [4]),
        ('[[holds]]\nparameter = "emollient"\nstart_day = 1\nvalue = 0.5\n', [2]),  # no end
        ('[[holds]]\nparameter = "emollient"\nstart_day = 1\nend_day = 2\n', [2]),  # no value
        ("[[holds]]\nstart_day = 1\nend_day = 2\nvalue = 0.5\n" + HOLD.format("pollen", 1, 2, 1),
         [2]),
        (PULSE.format("gut_tregs", 1, 1.0), [4]),
        ('[[pulses]]\nstate = "gut_treg"\nday = 1\n', [2]),
        ('[[pulses]]\nstate = "gut_treg"\nadd = 1\n', [2]),
        ("[[pulses]]\nday = 1\nadd = 1\n", [2]),
        (COURSE.format("stresses", [0, 1], [-9, 1]), [4]),
        ('[[courses]]\nparameter = "stress"\nvalues = [1]\n', [2]),
        ('[[courses]]\nparameter = "stress"\ndays = [1]\n', [2]),
        ("[states]\ngut_tregs = 1\n", [3]), ("[states]\ngut_treg = inf\n", [3]),
        ("[parameters]\nage_at_start = 1\n", [3]), ("[switches]\nM001 = false\n", [3]),
    ],
)  # fmt: skip
def test_unit_what_is_missing_or_unknown_is_told_once(told, text, lines):
    assert [line for line, _ in told(text)] == lines


@pytest.mark.parametrize(
    ("start", "end", "value", "fits"),
    [
        (5, 5.9, 1000, False), (5, 6, 1000, False), (5, 6, 370, True), (5, 6, 371, False),
        (5, 5.9, 411, True), (5, 5.1, 2000, True), (5, 5.1, 2001, False),
    ],
)  # fmt: skip
def test_closed_form_less_than_a_day_long_more_may_be_eaten_than_all_day(
    told, start, end, value, fits
):
    """As fast as 2000 mmol of hexose a day, but no more than 370 in any one, by whatever ways."""
    found = told(HOLD.format("dose_inulin", start, end, value))
    assert {line for line, _ in found} == (set() if fits else {7})


@pytest.mark.parametrize(
    ("days", "fits"),
    [
        ("[0, 5e-5]", True), ("[0, 4.9e-5]", False), ("[-14640, 0]", True), ("[-14641, 0]", False),
        ("[0, 14640]", True), ("[0, 14641]", False), ("[0, 60]", True),
    ],
)  # fmt: skip
def test_closed_form_the_days_of_a_course(told, days, fits):
    found = told(COURSE.format("stress", days, [1, 1]))
    assert [line for line, _ in found] == ([] if fits else [5])


def test_unit_a_wrong_day_of_a_course_has_the_line_it_stands_on(told):
    course = COURSE.format("stress", "[\n0,\n5,\n4,\n20000\n]", "[\n1,\n1,\n-1,\n1\n]")
    assert [line for line, _ in told(course)] == [8, 9, 14]


INVERTED, EMPTY = HOLD.format("stress", 3, 2, 1), HOLD.format("stress", 2, 2, 1)
OTHER = HOLD.format("stress", 1, 9, 1)
WASHED = DOSE.format("wash") + "day = 1\n"
FED = DOSE.format("inulin") + "g_per_day = 9\nstart_day = 0\n"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (INVERTED + OTHER, "ends on day 2 but starts on day 3"),
        (EMPTY + OTHER, "ends on day 2 but starts on day 2"),
        ("[noise]\nseed = -1\n" + OTHER, "must not be negative"),
        ('noise = "much"\n' + OTHER, "a table"),
        (WASHED + COURSE.format("washing", [0], [1]), "overlaps wash on day 1"),
        (FED + HOLD.format("dose_inulin", 1, 2, 9), "overlaps inulin"),
        (OTHER + "[season]\namplitude = 0.1\n", ""),
        (WASHED + HOLD.format("washing", 2, 3, 1), ""),
    ],
)  # fmt: skip
def test_unit_what_is_over_before_it_starts_or_is_none_is_at_odds_with_nothing(told, text, says):
    found = told(text)
    assert len(found) == bool(says), found
    assert says in "".join(message for _, message in found)
