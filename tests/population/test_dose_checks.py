"""What nobody can take, for as long as nobody lives, or twice at a time is refused at its edge."""

import math
from types import SimpleNamespace as Dose

import pytest

from gutskin.media import plain
from gutskin.population.calendar import Move
from gutskin.population.dose_checks import (
    amount_problems,
    called,
    dose_moves,
    dose_problems,
    few_of_the_late,
    injection_problems,
    late_problems,
    mother_problems,
    overlap_problems,
    present,
    strain_problems,
    times_problems,
    wash_moves,
)

KEYS = ("start_day", "end_day")


def amounts(**given):
    return [what for _, what, _ in amount_problems(Dose(**given))]


def times(start, end, days=1.0):
    found = list(times_problems(start, end, KEYS, "day", "the cream", days))
    return [(place[0], what) for place, what, _ in found]


@pytest.mark.parametrize(
    ("kind", "key", "most"),
    [
        ("washing", "washes_per_day", 100), ("wash", "minutes", 60), ("emollient", "level", 1),
        ("probiotic", "cfu_per_day", 1e14), ("dupilumab", "loading_mg", 2000),
        ("dupilumab", "dose_mg", 2000), ("fibre", "factor", 4), ("inulin", "g_per_day", 324),
        ("allergen", "level", 1000), ("pollen", "level", 25),
        ("maternal_probiotic", "cfu_per_day", 1e14),
        ("maternal_probiotic", "weeks_before_birth", 40),
    ],
)  # fmt: skip
def test_closed_form_the_most_of_a_table_is_allowed_and_no_more(kind, key, most):
    assert amounts(kind=kind, **{key: most}) == []
    (what,) = amounts(kind=kind, **{key: most * 1.01})
    assert f"`{key} = {plain(most * 1.01)}` is more than a person can take" in what
    assert what.endswith(f"to {plain(most)}).")


@pytest.mark.parametrize("kind", ["probiotic", "maternal_probiotic"])
def test_unit_doses_in_billions_are_told_and_none_at_all_is_a_dose(kind):
    """10 cells a day were simulated: "best estimate 0.000000 points lower"."""
    assert amounts(kind=kind, cfu_per_day=0) == amounts(kind=kind, cfu_per_day=1e6) == []
    ((place, what, fix),) = amount_problems(Dose(kind=kind, cfu_per_day=10.0))
    assert (place, what) == (
        ("cfu_per_day",), "`cfu_per_day = 10` is less than any product has (1e6 cells).",
    )  # fmt: skip
    assert "such as `cfu_per_day = 1e10`" in fix
    each = Dose(kind=kind, cfu_per_day=1e5, per_kg=True)  # of twenty kilograms
    assert [*amount_problems(each, 20.0)] == []
    assert len([*amount_problems(each, 5.0)]) == 1


def test_closed_form_the_shortest_wash_lasts_six_seconds():
    assert amounts(kind="wash", minutes=0.1) == []
    assert amounts(kind="wash", minutes=0.09) == [
        "`minutes = 0.09` is less than 0.1, the least there is."
    ]


def test_unit_what_is_missing_or_of_another_kind_is_not_looked_at():
    assert amounts(kind="wash", minutes=None) == []
    assert amounts(kind="emollient", minutes=1e9, level=0.5) == []
    assert present(Dose(a=1, b=0.0), "a", "b")
    assert not present(Dose(a=1, b=None), "a", "b")
    assert called(Dose(kind="topical_steroid")) == "topical steroid"


def test_unit_a_strain_is_named_once():
    assert list(strain_problems(Dose(strains=("w23", "w51")))) == []
    assert list(strain_problems(Dose(strains=None))) == []
    (found,) = strain_problems(Dose(strains=("w55", "w23", "w55", "w23", "w51")))
    assert found[1] == "the mix names w23, w55 more than once."


def test_closed_form_nobody_is_followed_for_more_than_forty_years():
    assert times(0.0, 14640.0) == []
    assert times(14639.0, math.inf) == []
    assert times(-14640.0, 0.0) == []
    (found,) = times(0.0, 14641.0)
    assert found[0] == "end_day"
    assert found[1] == "`end_day = 14641`: nobody is followed for longer than 14640 days."
    assert [key for key, _ in times(14641.0, 14642.0)] == ["start_day"]
    assert [key for key, _ in times(-14641.0, 0.0)] == ["start_day"]
    assert times(0.0, 2091.0, days=7.0) == []
    assert [key for key, _ in times(0.0, 2092.0, days=7.0)] == ["end_day"]


def test_closed_form_what_lasts_ends_after_its_start_and_not_at_once():
    assert times(3.0, 3.0) == [("end_day", "the cream ends on day 3 but starts on day 3.")]
    assert times(3.0, 2.0) == [("end_day", "the cream ends on day 2 but starts on day 3.")]
    assert times(0.0, 5e-5) == []
    (found,) = times(0.0, 4.9e-5)
    assert found == ("end_day", "the cream is over within 5e-05 days of its start.")
    assert times(0.0, 4.9e-5, days=7.0) == []


def test_closed_form_at_most_24_injections_a_day_and_20_000_in_all():
    assert list(injection_problems(0.0, 10.0, 1 / 24, "every_days")) == []
    (found,) = injection_problems(0.0, 10.0, 0.9 / 24, "every_days")
    assert found[0] == ("every_days",)
    assert "nobody is given more than 24 injections a day" in found[1]
    assert list(injection_problems(0.0, 1.0, 1 / 168, "every_weeks", days=7.0)) == []
    assert list(injection_problems(0.0, 2000.0, 0.1, "every_days")) == []
    (found,) = injection_problems(0.0, 2000.1, 0.1, "every_days")
    assert "makes 20,001 injections; at most 20,000 fit." in found[1]


def dupilumab(**given):
    usual = {"kind": "dupilumab", "loading_mg": 600, "dose_mg": 300, "start_day": 0.0,
             "end_day": math.inf, "every_days": 14.0}  # fmt: skip
    return Dose(**{**usual, **given})


def test_unit_every_dose_is_looked_at_with_its_number_and_its_key():
    doses = {
        1: dupilumab(every_days=0.001),
        4: Dose(kind="wash", day=1e6, minutes=10.0),
        5: Dose(kind="probiotic", strains=("w23", "w23"), cfu_per_day=1e20),
        6: Dose(kind="wash", day=None, minutes=10.0),
    }
    found = [place for place, _, _ in dose_problems(doses, {}, 56.0)]
    assert found == [(1, "every_days"), (4, "day"), (5, "cfu_per_day"), (5, "strains")]


def test_closed_form_injections_are_counted_as_long_as_he_is_followed():
    every = 0.05
    assert list(dose_problems({0: dupilumab(every_days=every)}, {}, 1000.0)) == []
    found = list(dose_problems({0: dupilumab(every_days=every)}, {}, 1000.1))
    assert [place for place, _, _ in found] == [(0, "every_days")]
    early = dupilumab(every_days=every, end_day=999.0)
    assert list(dose_problems({0: early}, {}, 5000.0)) == []
    late = dupilumab(every_days=every, start_day=2000.0, end_day=9000.0)
    assert list(dose_problems({0: late}, {}, 56.0)) == []
    half = dupilumab(every_days=0.001, end_day=None)
    assert list(dose_problems({0: half}, {}, 56.0)) == []


def test_unit_times_are_told_with_the_words_of_the_dose():
    lasts = {0: Dose(start_day=5.0, end_day=4.0), 3: Dose(start_day=5.0, end_day=4.0),
             4: Dose(start_day=None, end_day=4.0)}  # fmt: skip
    found = list(dose_problems({0: Dose(kind="bleach_bath", level=1.0)}, lasts, 56.0))
    assert [(place, what) for place, what, _ in found] == [
        ((0, "end_day"), "the bleach bath ends on day 4 but starts on day 5."),
        ((3, "end_day"), "it ends on day 4 but starts on day 5."),
    ]


def test_unit_what_moves_which_input():
    cream = Dose(kind="topical_steroid", level=1.0, start_day=7.0, end_day=21.0)
    mix = Dose(kind="probiotic", strains=("w23", "w51"), viable=True, start_day=0.0, end_day=9.0)
    over = Dose(kind="emollient", level=1.0, start_day=5.0, end_day=5.0)
    wash = Dose(kind="wash", day=3.0, minutes=14.4)
    moves = dose_moves({0: cream, 2: mix, 3: over, 4: wash, 5: dupilumab()})
    assert set(moves) == {"topical_steroid", "w23, True", "w51, True", "dupilumab"}
    (one,) = moves["topical_steroid"]
    assert one == Move((0, "start_day"), "topical steroid from day 7 to day 21", 7.0, 21.0)
    assert moves["w23, True"][0].place == (2, "start_day")
    (of_wash,) = wash_moves({0: cream, 4: wash, 6: Dose(kind="wash", day=None, minutes=1.0)})
    assert of_wash == Move((4, "day"), "wash on day 3", 3.0, 3.01)


def test_unit_what_overlaps_is_told_where_the_later_stands():
    first, second = Move((0, "start_day"), "one", 0.0, 9.0), Move((1, "start_day"), "two", 3.0, 4.0)
    (found,) = overlap_problems({"washing": [first, second]})
    assert found[:2] == ((1, "start_day"), "two overlaps one.")


def test_closed_form_what_begins_on_the_last_day_is_not_late():
    assert [*late_problems(4.0, 4.0, "day", "it")] == [*late_problems(None, 4.0, "day", "it")] == []
    ((place, what, _),) = late_problems(4.5, 4.0, "day", "it")
    assert (place, what) == (("day",), "it begins on day 4.5, after the last day, 4.")
    assert len([*late_problems(14640.0, 4.0, "day", "it")]) == 1
    assert [*late_problems(14641.0, 4.0, "day", "it")] == []  # told as too far away


def test_closed_form_of_seven_things_that_come_too_late_five_are_told_and_the_rest_counted():
    late = [
        ((n,), what, fix)
        for n in range(7)
        for _, what, fix in late_problems(9.0, 4.0, "day", f"number {n}")
    ]
    other = ((9,), "something else", "")
    assert few_of_the_late([*late[:6], other]) == [*late[:6], other]
    found = few_of_the_late([other, *late])
    assert found[:6] == [other, *late[:5]]
    assert found[6][:2] == ((5,), "this and 1 more begin after the last day.")
    assert len(found) == 7


def hers(weeks=4, nursing=True):
    return Dose(kind="maternal_probiotic", weeks_before_birth=weeks, while_nursing=nursing)


def test_unit_a_mother_takes_one_product_before_birth_or_while_she_nurses():
    def told(*doses, born=True):
        return [place for place, _, _ in mother_problems(dict(enumerate(doses)), born, "")]

    cream = Dose(kind="emollient", level=1.0)
    assert (
        told(cream, hers()) == told(hers(0)) == told(hers(4, False)) == told(hers(1, False)) == []
    )
    assert told(hers(0, False)) == [(0, "while_nursing")]
    assert told(cream, hers(), hers()) == [(2, "kind")]
    assert told(cream, hers(), born=False) == [(1, "kind")]
    assert told(cream, born=False) == []


def test_unit_a_dose_moves_the_input_that_holds_its_amount():
    lasts = {"start_day": 0.0, "end_day": 9.0}
    moves = dose_moves({
        0: Dose(kind="inulin", g_per_day=1.0, **lasts), 1: Dose(kind="washing", **lasts),
        2: Dose(kind="probiotic", strains=None, viable=True, **lasts),
        3: Dose(kind="maternal_probiotic", **lasts), 4: Dose(kind="maternal_probiotic", **lasts),
        5: Dose(kind="emollient", level=1.0, start_day=0.0, end_day=None),
    })  # fmt: skip
    hers = {name for name in moves if name.startswith(("mother", "maternal", "prenatal"))}
    assert set(moves) - hers == {"dose_inulin", "washing"}
    assert len(hers) == 8
    assert {(one.place, one.start, one.end) for name in hers for one in moves[name]} == {
        ((3, "start_day"), -math.inf, math.inf)
    }


def test_unit_an_antibiotic_goes_by_its_name_unless_it_is_the_usual():
    names = [
        called(Dose(kind="antibiotic", name=name)) for name in ("broad", None, "oral_penicillin")
    ]
    assert names == ["antibiotic", "antibiotic", "oral penicillin"]
    assert called(Dose(kind="wash", name="soap")) == "wash"
