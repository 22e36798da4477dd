"""Each bound of an own strain and its trials at its edge: allowed there, told beyond it."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from gutskin.model.biology import shipped_biology
from gutskin.model.domains import limits
from gutskin.model.vocabulary import vocabulary
from gutskin.population.own_trial import estimate_of, is_lopsided
from gutskin.population.strain_file import (
    OwnStrain,
    OwnTrial,
    are_newborn,
    class_of,
    sound_strains,
    strain_problems,
    trial_problems,
    without_faults,
)

BIOLOGY = shipped_biology()
ROWS = vocabulary(BIOLOGY).tables.strains
TREATED = {"difference": -4.0, "low": -7.5, "high": -0.5, "weeks": 8.0, "cfu_per_day": 1e10,
           "population": "ad_child"}  # fmt: skip
PREVENTED = {"risk_ratio": 0.7, "low": 0.5, "high": 0.98, "months": 24.0, "cfu_per_day": 2e9,
             "population": "newborn_high_risk"}  # fmt: skip


def told(base: dict[str, Any], **changes: Any) -> list[tuple[tuple[Any, ...], str]]:
    """What is said of a trial with some of its keys otherwise: (place, message)."""
    one = OwnTrial.model_validate({**base, **changes})
    return [(place, what) for place, what, _ in trial_problems("mine", one, BIOLOGY)]


def said(base: dict[str, Any], **changes: Any) -> str:
    """The one thing that is said."""
    ((_, what),) = told(base, **changes)
    return what


def strains(*entries: dict[str, Any]) -> list[tuple[tuple[Any, ...], str]]:
    raw = [one if "genus_class" in one else {"class": "lactococci", **one} for one in entries]
    return [(place[1:], what) for place, what, _ in strain_problems(raw, BIOLOGY)]


def trait(name: str, value: Any) -> list[tuple[tuple[Any, ...], str]]:
    return [(place[2:], what) for place, what in strains({"id": "mine", name: value})]


def test_unit_a_trial_finds_a_difference_or_a_ratio() -> None:
    assert told(TREATED) == told(PREVENTED) == []
    for both in ({"difference": None}, {"risk_ratio": 0.8}):
        ((place, what),) = told(TREATED, **both)
        assert place == ()
        assert "either `difference` (points, treatment) or `risk_ratio` (prevention)" in what


@pytest.mark.parametrize(("base", "name"), [(TREATED, "difference"), (PREVENTED, "risk_ratio")])
def test_unit_an_estimate_has_an_interval_or_an_error(base, name) -> None:
    alone = {"low": None, "high": None}
    assert told(base, **alone, se=0.5) == []
    for changes in (alone, {"se": 0.5}, {"low": None, "se": 0.5}, {"high": None, "se": 0.5}):
        assert told(base, **changes) == [
            ((name,), f"`{name}` needs either its 95% interval or its standard error.")
        ]
    for end in ("low", "high"):
        assert told(base, **{end: None}) == [((name,), "the interval has one end.")]


@pytest.mark.parametrize(
    ("base", "low", "high", "inside"),
    [
        (TREATED, -7.5, -0.5, True), (TREATED, -4.1, -3.9, True), (TREATED, -4.0, -0.5, False),
        (TREATED, -7.5, -4.0, False), (TREATED, -0.5, -7.5, False), (TREATED, -3.0, -0.5, False),
        (PREVENTED, 0.68, 0.72, True), (PREVENTED, 0.7, 0.98, False), (PREVENTED, 0.5, 0.7, False),
    ],
)  # fmt: skip
def test_closed_form_an_estimate_lies_within_its_interval(base, low, high, inside) -> None:
    found = told(base, low=low, high=high)
    name = "difference" if base is TREATED else "risk_ratio"
    assert found == [] if inside else [place for place, _ in found] == [(name,)]
    assert inside or "does not lie in its interval" in found[0][1]


@pytest.mark.parametrize(
    ("base", "row"), [(TREATED, "strain_trial_se"), (PREVENTED, "strain_trial_log_se")]
)
def test_closed_form_an_error_is_one_that_a_trial_has_as_written_or_as_its_interval_has_it(
    base, row
) -> None:
    least, most = limits()[row].low, limits()[row].high
    alone = {"low": None, "high": None}
    value = base.get("difference", base.get("risk_ratio"))
    for se in (least, most):
        assert told(base, **alone, se=se) == []
    for se in (least / 1.01, most * 1.01, 1e-300, 1e150, 1e160):
        ((place, what),) = told(base, **alone, se=se)
        assert place == ("se",)
        assert what.startswith(f"`se = {se:g}`: ")
        assert what.endswith(f"lies in {least:g} to {most:g}.")
    for wide in (least * 1.95, most * 1.97, 1e300):  # half of an interval is 1.96 errors
        ends = {"low": value - wide, "high": value + wide}
        if base is PREVENTED:
            ends = {"low": value * np.exp(-min(wide, 600)), "high": value * np.exp(min(wide, 600))}
        ((place, what),) = told(base, **ends)
        assert (place, "has a standard error of" in what) == (("low",), True)


@pytest.mark.parametrize(
    ("base", "low", "high", "lopsided"),
    [
        (TREATED, -7.5, -0.5, False), (TREATED, -8.0, -2.7, True), (TREATED, -8.0, -2.6, False),
        (TREATED, -8.0, -3.0, True), (TREATED, -5.0, 0.0, True), (PREVENTED, 0.5, 0.98, False),
        (PREVENTED, 0.69, 1.1, True), (PREVENTED, 0.3, 0.71, True),
        (PREVENTED, 0.07, 7.0, False), (PREVENTED, 0.007, 7.0, False),
    ],
)  # fmt: skip
def test_closed_form_an_estimate_is_lopsided_by_a_quarter_of_its_interval(
    base, low, high, lopsided
) -> None:
    one = estimate_of(OwnTrial.model_validate({**base, "low": low, "high": high}))
    assert one.low is not None
    assert one.high is not None
    assert is_lopsided(one.value, one.low, one.high) is lopsided
    assert told(base, low=low, high=high) == []  # it is warned of, and not refused


def test_closed_form_a_ratio_is_above_nothing_and_a_difference_is_not() -> None:
    assert told(PREVENTED, low=0.001) == []
    for low in (0.0, -0.1):
        assert told(PREVENTED, low=low) == [
            (("low",), f"`low = {low:g}`: a risk ratio is above 0.")
        ]
    assert told(TREATED, low=-7.5, high=0.0) == []
    assert told(TREATED, difference=2.0, low=0.0, high=4.0) == []


@pytest.mark.parametrize(("endpoint", "most"), [("scorad", 103.0), ("easi", 72.0)])
def test_closed_form_a_difference_is_no_more_than_the_scale(endpoint, most) -> None:
    for sign in (1, -1):
        ends = {"low": sign * most - 1, "high": sign * most + 1, "endpoint": endpoint}
        assert told(TREATED, difference=sign * most, **ends) == []
        ((place, what),) = told(TREATED, difference=sign * (most + 0.5), **ends)
        assert place == ("difference",)
        assert f"is more than the scale of {endpoint.upper()}, {most:g}." in what


def test_closed_form_a_ratio_lies_in_the_range_of_the_table() -> None:
    ratios = limits()["strain_risk_ratio"]
    for end, beyond in ((ratios.low, ratios.low / 1.01), (ratios.high, ratios.high * 1.01)):
        assert told(PREVENTED, risk_ratio=end, low=end / 2, high=end * 2) == []
        ((place, what),) = told(PREVENTED, risk_ratio=beyond, low=end / 2, high=end * 2)
        assert (place, "it lies in 0.02 to 50" in what) == (("risk_ratio",), True)
    assert told(TREATED, difference=-90.0, low=-95.0) == []  # no ratio


def of_trial(**entry: Any) -> list[tuple[tuple[Any, ...], str]]:
    """What is said between the keys of a trial in a file, whatever its form."""
    raw = [{"id": "mine", "class": "lactococci", "trials": [entry]}]
    return [(place[4:], what) for place, what, _ in strain_problems(raw, BIOLOGY)]


def test_unit_a_key_of_a_wrong_form_hides_nothing_of_a_trial() -> None:
    """Dose, population and endpoint are told by their form; this is what stood behind them."""
    found = of_trial(difference=-300, cfu_per_day=-1, population="ad_kid", endpoint="itch")
    assert [place for place, _ in found] == [("difference",), ("difference",), ()]
    assert [what for _, what in found] == [
        "`difference = -300` is more than the scale of SCORAD, 103.",
        "`difference` needs either its 95% interval or its standard error.",
        "the key 'weeks' is missing.",
    ]
    found = of_trial(endpoint="itch", cfu_per_day=1.0, population="ad_child")
    assert [what.split(":")[0] for _, what in found] == [
        "a trial has either `difference` (points, treatment) or `risk_ratio` (prevention).",
        "`cfu_per_day = 1`",
    ]


@pytest.mark.parametrize(
    "wrong", [{"weeks": "8"}, {"difference": "-4"}, {"low": "-7"}, {"se": 0.0, "low": -7.0}]
)
def test_unit_of_a_key_of_a_wrong_form_it_is_not_said_that_it_is_missing(wrong) -> None:
    assert of_trial(**{**TREATED, **wrong}) == []


@pytest.mark.parametrize(
    ("key", "slip"), [("weeks", "week"), ("low", "lo"), ("difference", "diference")]
)
def test_unit_of_a_slip_of_the_pen_it_is_not_said_that_the_key_is_missing(key, slip) -> None:
    assert of_trial(**{slip if name == key else name: one for name, one in TREATED.items()}) == []


@pytest.mark.parametrize(
    ("base", "key", "fits", "beyond"),
    [
        (TREATED, "weeks", (1.0, 260.0), (0.99, 260.1)),
        # of 12 in 365.25 days: 59.79 months are 260 weeks, 0.23 are one
        (PREVENTED, "months", (0.231, 59.79), (0.229, 59.81)),
    ],
)
def test_closed_form_a_trial_lasts_from_a_week_to_five_years(base, key, fits, beyond) -> None:
    for time in fits:
        assert told(base, **{key: time}) == []
    for time in beyond:
        ((place, what),) = told(base, **{key: time})
        assert place == (key,)
        span = "1 to 260 weeks" if key == "weeks" else "0.23 to 59.8 months"
        assert what == f"`{key} = {time:g}`: a trial of a strain lasts {span}."


def test_unit_a_difference_is_read_after_weeks_and_a_risk_at_months() -> None:
    assert told(TREATED, weeks=None) == [((), "the key 'weeks' is missing.")]
    assert told(PREVENTED, months=None) == [((), "the key 'months' is missing.")]
    assert told(TREATED, months=2.0) == [
        (("months",), "a difference is read after weeks, not `months`.")
    ]
    assert told(PREVENTED, weeks=2.0) == [(("weeks",), "a risk is read at months, not `weeks`.")]


def test_unit_treatment_is_tried_in_the_settled_and_prevention_in_newborns() -> None:
    assert are_newborn("newborn", BIOLOGY)
    assert not are_newborn("ad_child", BIOLOGY)
    for base, name, which, fits in (
        (TREATED, "newborn", "people who have settled", "healthy_adult, healthy_child, ad_child"),
        (PREVENTED, "ad_child", "newborns", "healthy_infant, newborn, newborn_high_risk"),
    ):
        one = OwnTrial.model_validate({**base, "population": name})
        ((place, what, fix),) = trial_problems("mine", one, BIOLOGY)
        assert place == ("population",)
        assert what.endswith(f"are counted in {which}.")
        assert fix.startswith(f"Write one of {fits}")
        assert name not in fix.removeprefix("Write one of ").rstrip(".").split(", ")
    assert told(TREATED, population="nobody") == []  # a name that is unknown is told elsewhere


@pytest.mark.parametrize(
    ("ages", "fits"),
    [
        ((1, 13), True), ((0.9, 13), False), ((1, 13.1), False), ((5, 5), False), ((6, 5), False),
        ((5, 6), True),
    ],
)  # fmt: skip
def test_closed_form_ages_are_a_range_within_the_population_s(ages, fits) -> None:
    found = told(TREATED, age_years=ages)
    assert [place for place, _ in found] == ([] if fits else [("age_years",)])
    assert fits or "within that of ad_child, 1 to 13." in found[0][1]
    ((place, what),) = told(PREVENTED, age_years=ages)  # newborns are of one age
    assert (place, what) == (("age_years",), "`age_years` belongs to a difference.")


@pytest.mark.parametrize(
    ("scores", "fits"),
    [((0, 103), True), ((20, 20), False), ((20, 103.5), False), ((30, 20), False)],
)
def test_closed_form_a_score_at_entry_is_a_range_of_the_scale(scores, fits) -> None:
    found = told(TREATED, scorad=scores)
    assert [place for place, _ in found] == ([] if fits else [("scorad",)])


def test_closed_form_a_product_has_its_strains_each_once_and_no_more_than_a_person_can_take():
    assert told(TREATED, cfu_per_day=1e14) == []
    assert told(TREATED, cfu_per_day=1.01e14)[0][0] == ("cfu_per_day",)
    five = ("w23", "w51", "w52", "w55", "w56")
    assert told(TREATED, **{"with": five}) == []
    assert told(TREATED, **{"with": (*five, "w57", "w58")}) == []
    assert "twice" in said(TREATED, **{"with": ("w23", "w23")})
    assert "twice" in said(TREATED, **{"with": ("mine",)})


def test_closed_form_a_trait_lies_in_its_domain_with_both_ends() -> None:
    assert trait("survival", 1e-6) == trait("survival", 0.999) == []
    for value in (9e-7, 0.9991):
        assert trait("survival", value)[0][0] == ("value",)
    assert trait("survival", {"value": 0.5, "low": 1e-6, "high": 0.999}) == []
    for key, value in (("low", -0.1), ("high", 1.1)):
        ((place, what),) = trait("survival", {"value": 0.5, "low": 0.4, "high": 0.6, key: value})
        assert place == (key,)
        assert what == f"survival cannot be {value:g}: it lies in 1e-06 to 0.999."


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("survival", {"value": 0.5, "low": 0.4}, "one end"),
        ("survival", {"value": 0.5, "high": 0.6}, "one end"),
        ("survival", {"value": 0.5, "low": 0.4, "high": 0.6}, ""),
        ("survival", {"value": 0.5, "low": 0.5, "high": 0.6}, "does not lie between 0.5 and 0.6"),
        ("survival", {"value": 0.5, "low": 0.4, "high": 0.5}, "does not lie between 0.4 and 0.5"),
        ("lactate_yield", {"value": 1.0, "low": 0.5, "high": 1.5}, "is not drawn"),
        ("lactate_yield", 1.0, ""), ("vancomycin_resistant", True, ""),
        ("vancomycin_resistant", False, ""), ("vancomycin_resistant", 1, ""),
        ("vancomycin_resistant", 0.5, "is yes or no"),
        ("vancomycin_resistant", {"value": 1.0, "low": 0.0, "high": 1.0}, "is not drawn"),
        ("vancomycin_resistant", {"value": 1.0, "low": 0.0}, "one end"),
    ],
)  # fmt: skip
def test_closed_form_a_range_goes_round_its_value_and_what_is_not_drawn_has_none(name, value, says):
    found = trait(name, value)
    assert [place for place, _ in found] == [()] * bool(says)
    assert says in "".join(what for _, what in found)


def test_unit_two_strains_have_two_names_and_none_that_ships() -> None:
    assert strains({"id": "one"}, {"id": "two"}) == []
    assert strains({"id": "one", "label": "one"}) == []  # it may be labelled by its id
    found = strains({"id": "one", "label": "My strain"}, {"id": "mystrain", "label": "ONE"})
    assert [place for place, _ in found] == [(1, "id"), (1, "label")]
    assert "My strain stands above" in found[0][1]
    ((place, what),) = strains({"id": "one", "label": "gg"})
    assert (place, "ships with gutskin" in what) == ((0, "label"), True)


def test_unit_a_class_is_told_by_name_by_species_or_not_at_all() -> None:
    assert strains({"id": "one", "genus_class": "lactococci"}) == []
    assert strains({"id": "one", "class": "bifido"})[0] == (
        (0, "class"), "unknown class 'bifido' of strain one.",
    )  # fmt: skip
    assert strains({"id": "one", "class": ""}) == [
        ((0, "id"), "strain one has neither a species nor a class.")
    ]
    ((place, what),) = strains({"id": "one", "class": "", "species": "Bacillus subtilis"})
    assert place == (0, "species")
    assert "the species 'Bacillus subtilis' of strain one is not known here" in what
    assert strains({"id": "one", "survivl": 0.5})[0][0] == (0, "survivl")
    wrong = {"id": "one", "trials": [{"weeks": 3}, {**TREATED, "weeks": None}]}
    assert [place for place, _ in strains(wrong)] == [(0, "trials", 0), (0, "trials", 1)]


def kind(species: str, **given: Any) -> str:
    """The class of a strain among three whose genus A has two classes and B one."""
    some = [("A x", "one"), ("A y", "two"), ("B z", "three")]
    rows = {
        name: replace(ROWS["w23"], cells={"species": name, "genus_class": group})
        for name, group in some
    }
    return class_of(OwnStrain.model_validate({"id": "mine", "species": species, **given}), rows)


def test_closed_form_a_class_is_that_of_the_species_else_of_a_genus_that_has_one() -> None:
    assert [kind("A x"), kind("a Y"), kind("B z"), kind("b new"), kind("A new"), kind("")] == [
        "one", "two", "three", "three", "", "",
    ]  # fmt: skip
    assert kind("A x", **{"class": "two"}) == "two"  # as it says
    assert kind("A x", **{"class": "four"}) == ""


def test_unit_what_is_wrong_is_left_out_of_a_strain_and_the_rest_is_kept() -> None:
    raw = [
        {"id": "one", "label": 5, "species": "A x", "class": 3, "survival": "much", "seal": 2,
         "trials": [TREATED, {"weeks": 3}, "none"]},
        "no table", {"label": "without an id"}, {"id": "two", "vancomycin_resistant": True},
        {"id": "three", "trials": 3},
    ]  # fmt: skip
    found = sound_strains(raw)
    assert {number: one.id for number, one in found.items()} == {0: "one", 3: "two", 4: "three"}
    one = found[0]
    assert (one.label, one.species, one.genus_class) == ("", "A x", "")
    assert list(one.traits) == ["seal"]
    assert (one.traits["seal"].value, one.traits["seal"].low) == (2.0, None)
    assert [trial.difference for trial in one.trials] == [-4.0]
    assert found[3].traits["vancomycin_resistant"].value == 1.0
    assert (found[4].trials, one.title, found[0].trials[0].viable) == ((), "one", True)
    assert sound_strains(None) == sound_strains({"id": "one"}) == {}


def test_unit_a_trait_that_no_strain_could_have_is_taken_out() -> None:
    good = OwnStrain.model_validate({"id": "one", "seal": 2.0})
    assert without_faults(good, BIOLOGY) is good
    bad = {"label": "One", "survival": 5.0, "milk_use": 0.5, "none": 1.0, "trials": (TREATED,)}
    found = without_faults(good.model_validate({"id": "one", "seal": 2.0, **bad}), BIOLOGY)
    assert set(found.traits) == {"seal", "milk_use"}
    assert (found.title, len(found.trials)) == ("One", 1)


def test_unit_keys_are_written_as_in_a_file_or_as_in_python() -> None:
    for key in ("class", "genus_class"):
        one = OwnStrain.model_validate({"id": "mine", key: "lactococci"})
        assert one.genus_class == "lactococci"
    for key in ("with", "with_strains"):
        assert OwnTrial.model_validate({**TREATED, key: ("w23",)}).with_strains == ("w23",)
    with pytest.raises(ValidationError):
        OwnStrain.model_validate({"id": "mine", "survival": "much"})
