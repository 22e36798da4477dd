"""A mother's product: what of it her child meets, in closed form and by the model's equations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from patient_texts import DOSE

from gutskin.model.compiled import load_model
from gutskin.model.vocabulary import vocabulary
from gutskin.population.calendar import MothersProduct
from gutskin.population.course import follow
from gutskin.population.doses import MaternalProbiotic, Probiotic, TopicalSteroid, calendar_of
from gutskin.population.mother import INPUTS, mothers_inputs, products_of, strains_of
from gutskin.population.regimen import regimens

MODEL = load_model()
KM, OWN = 0.15, 0.3
STRAIN = st.fixed_dictionaries(
    {
        "survival": st.floats(0.01, 1.0), "k_leave": st.floats(0.2, 3.0),
        "cell_wall": st.floats(0.0, 1.0), "viable": st.sampled_from([0.0, 1.0]),
        "bifid": st.sampled_from([0.0, 1.0]), "imprint": st.floats(-2.0, 3.0),
    }
)  # fmt: skip
MOTHER = DOSE.format("maternal_probiotic") + "strains = {}\ncfu_per_day = {}\nstart_day = 0\n"
BORN = 'start = "birth_vaginal"\ndays = 20\n'


def traits(*strains):
    return {
        f"{name}_strain_{place}": value
        for place, one in enumerate(strains, start=1)
        for name, value in one.items()
    } | {"km_strain": KM, "f_own_place": OWN}


def living(**other):
    same = {"survival": 0.5, "k_leave": 2.0, "cell_wall": 0.6, "viable": 1.0, "bifid": 0.0}
    return {**same, "imprint": 1.0, **other}


def inputs(*strains, gcfu=1.2, before=np.inf, adherence=1.0):
    names = tuple((f"s{n}", True) for n in range(len(strains)))
    product = MothersProduct(0, names, gcfu, before, 0.0, 100.0)
    places = {name: place for place, name in enumerate(names, start=1)}
    found = mothers_inputs(product, places, traits(*strains), adherence)
    return {name: float(value) for name, value in found.items()}


def test_closed_form_one_kind_fills_her_gut_by_the_half_way_dose_of_the_model():
    """1.2 GCFU a day, of which half arrives and leaves twice a day: 0.3 strong."""
    assert inputs(living()) == pytest.approx(
        {"maternal_strain_signal": 0.3 / 0.45, "prenatal_strain_signal": 0.3 / 0.45,
         "mother_strain_1": 1.0}
    )  # fmt: skip
    assert inputs(living(), adherence=0.5)["maternal_strain_signal"] == pytest.approx(0.15 / 0.3)


def test_closed_form_killed_cells_keep_the_voice_of_their_wall():
    """They take places at the wall as the living do, and say less there."""
    killed = inputs(living(viable=0.0))["maternal_strain_signal"]
    assert killed == pytest.approx(0.18 * (0.7 / 0.45 + 0.3 / (0.15 + 0.18)))


def test_closed_form_two_kinds_are_heard_a_little_more_than_one():
    one, two = inputs(living(), living()), inputs(living(), living(bifid=1.0))
    assert one["maternal_strain_signal"] == pytest.approx(0.3 / 0.45)
    assert two["maternal_strain_signal"] == pytest.approx(0.7 * 0.3 / 0.45 + 0.3 * 2 * 0.15 / 0.3)
    assert (two["mother_strain_1"], two["mother_strain_2"]) == pytest.approx((0.5, 0.5))


def test_closed_form_before_birth_her_strains_have_had_so_many_days_to_grow():
    for before in (0.0, 0.5, 7.0):
        cells = 0.3 * (1 - np.exp(-2.0 * before))
        found = inputs(living(), before=before)
        assert found["prenatal_strain_signal"] == pytest.approx(cells / (cells + KM))
        assert found["maternal_strain_signal"] == pytest.approx(0.3 / 0.45)


def test_closed_form_two_strains_before_birth_are_heard_together():
    """Half a dose each, 0.15 strong when grown; after a day 1 - exp(-2) of that."""
    cells = 0.3 * (1 - np.exp(-2.0))
    found = inputs(living(), living(), before=1.0)
    assert found["prenatal_strain_signal"] == pytest.approx(cells / (cells + KM))
    assert (found["mother_strain_1"], found["mother_strain_2"]) == pytest.approx((0.5, 0.5))


def test_unit_every_place_of_the_model_has_an_input_for_hers():
    hers = {name for name in MODEL.parameter_ids if name.startswith("mother_strain_")}
    assert hers == {name for name in INPUTS if name.startswith("mother_strain_")}
    assert len(INPUTS) == len(set(INPUTS)) == len(hers) + 2


def test_unit_products_are_doses_of_strains_the_childs_and_his_mothers():
    mix = {"cfu_per_day": 1e9, "start_day": 0}
    doses = [
        TopicalSteroid(kind="topical_steroid", level=1, start_day=0),
        Probiotic(kind="probiotic", strains=("w51", "w23"), **mix),
        MaternalProbiotic(kind="maternal_probiotic", strains=("w23",), **mix),
        Probiotic(kind="probiotic", strains=("w23",), viable=False, **mix),
    ]
    assert products_of(doses) == [("w51", "w23"), ("w23",), ("w23",)]
    assert list(strains_of(doses)) == [("w51", True), ("w23", True), ("w23", False)]


def test_closed_form_of_nothing_nothing_is_heard():
    found = inputs(living(), living(), gcfu=0.0)
    assert (found["maternal_strain_signal"], found["prenatal_strain_signal"]) == (0.0, 0.0)
    assert (found["mother_strain_1"], found["mother_strain_2"]) == (0.5, 0.5)


@settings(max_examples=20, deadline=None)
@given(strains=st.lists(STRAIN, min_size=1, max_size=6), gcfu=st.floats(0.1, 100.0))
def test_property_her_strains_say_what_the_equations_make_of_as_many_in_a_childs_gut(strains, gcfu):
    found = inputs(*strains, gcfu=gcfu)
    values = {**MODEL.values(), **traits(*strains), **found}
    state = np.array(MODEL.initial("birth_vaginal"), float)
    for place, one in enumerate(strains, start=1):
        cells = gcfu / len(strains) * one["survival"] / one["k_leave"]
        state[MODEL.state_ids.index(f"gut_strain_{place}")] = cells
    seen = np.asarray(MODEL.observe(0.0, state, [values[name] for name in MODEL.parameter_ids]))
    at = {name: float(seen[MODEL.assigned_ids.index(name)])
          for name in ("strain_imprint", "maternal_imprint")}  # fmt: skip
    hers = found["maternal_strain_signal"] * at["maternal_imprint"]
    assert hers == pytest.approx(at["strain_imprint"], rel=1e-3, abs=1e-3)


def test_a_patients_mother_has_the_traits_of_her_strains_and_shares_their_places(case):
    """The child's strain is one of hers: they have one place, and his dose is his own."""
    text = MOTHER.format("['W23', 'W58']", "3e9") + "end_day = 5\nweeks_before_birth = 4\n"
    text += DOSE.format("probiotic") + "strains = ['w58']\ncfu_per_day = 1e9\nstart_day = 3"
    its = case(text, days=20, start="birth_vaginal")
    product = calendar_of(its.patient.doses, 20.0, {}).mother[0]
    places = {("w23", True): 1, ("w58", True): 2}
    found = mothers_inputs(product, places, its.parameters)
    days = [0.0, 4.9, 5.0, 20.0]
    at = {name: its.schedule.values(name, days, 0.0).tolist() for name in INPUTS}
    for name in ("prenatal_strain_signal", "mother_strain_1", "mother_strain_2"):
        assert at[name] == pytest.approx([float(found[name])] * 4)
    milk = float(found["maternal_strain_signal"])
    assert 0.5 < milk < 1.0
    assert at["maternal_strain_signal"] == pytest.approx([milk, milk, 0.0, 0.0])
    assert at["mother_strain_3"] == [0.0] * 4
    assert its.schedule.values("dose_strain_2", days, 0.0).tolist() == [0.0, 1.0, 1.0, 1.0]
    assert its.schedule.values("dose_strain_1", days, 0.0).tolist() == [0.0] * 4


def test_a_mother_who_does_not_take_it_while_nursing_is_heard_before_birth_alone(case):
    text = MOTHER.format("['W23']", "3e9") + "weeks_before_birth = 4\nwhile_nursing = false"
    its = case(text, days=20, start="birth_vaginal")
    assert its.schedule.values("maternal_strain_signal", [0.0, 10.0], 0.0).tolist() == [0.0, 0.0]
    assert its.schedule.values("prenatal_strain_signal", [0.0], 0.0).min() > 0.5


STRAINS = "['W23', 'W51', 'W52', 'W55']"
REFUSED = {
    "not from birth": (
        'start = "severe"\n' + MOTHER.format("['W23']", "3e9"),
        4,
        'he is not followed from birth. Write `start = "birth_vaginal"`, or take it out.',
    ),
    "too many of both": (
        BORN
        + MOTHER.format("['W23', 'W55']", "3e9")
        + "".join(
            f"{DOSE.format('probiotic')}strains = ['{one}']\ncfu_per_day = 1e9\nstart_day = 0\n"
            for one in ("W51", "W52", "W56", "W57", "LGG")
        ),
        4,
        "too many strains: they name 7 strains; the model has places for 6, and these are of 7",
    ),
    "two products": (
        BORN + 2 * MOTHER.format("['W23']", "3e9"),
        11,
        "the mother takes two products; her strains are heard as one. Name all her strains in one.",
    ),
    "never": (
        BORN + MOTHER.format("['W23']", "3e9") + "while_nursing = false",
        9,
        "neither before birth nor while she nurses. Write `weeks_before_birth`, or take it out.",
    ),
    "a longer pregnancy": (
        BORN + MOTHER.format("['W23']", "3e9") + "weeks_before_birth = 41",
        9,
        "`weeks_before_birth = 41` is more than a person can take (0 to 40).",
    ),
    "a hold of the same": (
        BORN
        + MOTHER.format("['W23']", "3e9")
        + '[[holds]]\nparameter = "mother_strain_1"\nvalue = 1\nstart_day = 0\nend_day = 9',
        12,
        "overlaps the mother's product",
    ),
    "a strain twice": (
        BORN + MOTHER.format("['W23', 'w23']", "3e9"),
        6,
        "the mix names w23 more than once",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_no_mother_can_take_is_told_with_its_line_and_what_to_do(problems, name):
    text, line, says = REFUSED[name]
    assert [at for at, what in problems(text) if says in what] == [line], problems(text)


def test_closed_form_the_days_of_a_mothers_regimen_are_counted_from_before_birth():
    dose = {"strains": ("w23",), "cfu_per_day": 3e9, "weeks_before_birth": 4, "start_day": 0}
    names = vocabulary(MODEL.biology)

    def counted(**more):
        one = MaternalProbiotic(kind="maternal_probiotic", **dose, **more)
        (found,) = regimens((one,), calendar_of((one,), 100.0, {}), 100.0, names)
        return found.what, found.first, found.last, found.doses

    assert counted(end_day=60) == ("W23, to the mother", -28.0, 59.0, 88)
    assert counted() == ("W23, to the mother", -28.0, 99.0, 128)
    assert counted(while_nursing=False) == ("W23, to the mother", -28.0, -1.0, 28)


def test_a_child_of_such_a_mother_is_followed_and_written_as_sbml(case):
    """What she leaves in him is of the sign that her strains' imprint has."""
    text = MOTHER.format("['W23']", "3e9") + "weeks_before_birth = 4"
    its, other = (case(one, days=60, start="birth_vaginal") for one in (text, ""))
    on, off = (follow(one).quantities["type2_leaning"] for one in (its, other))
    imprint = float(its.parameters["imprint_strain_1"])
    assert imprint > 0
    assert (on < off)[1:].all()
    assert "mother_strain_1" in its.to_sbml()
