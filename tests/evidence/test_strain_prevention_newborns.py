"""What is asked of newborns and made of it, where children answer by formulas made up here."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import ndtr

from gutskin.engine import Course
from gutskin.evidence import strain_prevention as room
from gutskin.evidence.strain_prevention import MIDDLE, REGIMENS
from gutskin.model.compiled import load_model
from gutskin.model.strain_knowledge import knowledge
from gutskin.population.strain_posterior import central_traits
from gutskin.population.strain_traits import axes_of

PLACES = {("w23", True): 1, ("lgg", True): 2}
CALM = Course("stress", [0.0, 400.0], [1.0, 1.0])


class Children:
    """As many in each world, with parameters of their own."""

    def __init__(self, worlds, each):
        self.world = np.repeat(np.arange(worlds), each)
        self.parameters = {"k_ph": np.ones(len(self.world)), "atopy": np.ones(len(self.world))}
        self.start, self.lived = "start", (CALM,)

    def __len__(self):
        return len(self.world)


def test_closed_form_eczema_is_the_worst_two_weeks_in_a_row_and_food_the_last_wheal(monkeypatch):
    easi = np.array([
        [0.0, 9.0, 0.0], [5.0, 1.0, 9.0], [1.0, 9.0, 0.0], [4.0, 2.0, 0.0], [4.5, 3.0, 0.0],
    ])  # fmt: skip
    wheal = np.array([[9.0, 9.0, 9.0]] * 4 + [[3.0, 6.0, 0.0]])
    asked = []

    def simulate(model, parameters, start, schedule, times, **control):
        asked.append((parameters, start, schedule, times, control))
        return SimpleNamespace(quantities=lambda names: np.stack([easi, wheal], axis=1))

    monkeypatch.setattr("gutskin.engine.simulate", simulate)
    model = load_model()
    risk = room.followed(model, Children(3, 1), PLACES, {"atopy": np.full(3, 3.0)}, None)
    ends = [model.tables.endpoints[name] for name in ("eczema", "food_sensitisation")]
    (cut, noise), (food, error) = ((row.number("cutoff"), row.number("noise")) for row in ends)
    worst = np.array([4.0, 2.0])  # the error of a diagnosis grows with the root of the score
    far = (worst - cut) / (noise * np.sqrt(worst / ends[0].number("noise_at")))
    np.testing.assert_allclose(risk[0], [*ndtr(far), 0.0])  # skin without eczema is not called so
    np.testing.assert_allclose(risk[1], ndtr((np.array([3.0, 6.0, 0.0]) - food) / error))
    ((parameters, start, schedule, times, control),) = asked
    np.testing.assert_array_equal(parameters["atopy"], [3.0, 3.0, 3.0])
    np.testing.assert_array_equal(parameters["k_ph"], [1.0, 1.0, 1.0])
    assert (start, schedule.holds, schedule.courses) == ("start", (), (CALM,))
    np.testing.assert_array_equal(times, 7.0 * np.arange(53))  # to 364 of 365 days
    assert (control["rtol"], control["precision"]) == (1e-2, "single")


@pytest.fixture
def asked(monkeypatch):
    """Risks by a formula: each regimen lowers them more than the one before, worlds differ."""
    found = SimpleNamespace(regimens=[], own=[], people=None)

    def newborns(model, conditions, worlds, each):
        found.conditions, found.people = conditions, Children(worlds, each)
        return found.people

    def followed(model, people, places, own, regimen):
        found.regimens.append(regimen)
        found.own.append(own)
        if regimen is None:
            return np.stack([np.full(len(people), 0.4), np.full(len(people), 0.2)])
        number = REGIMENS.index(regimen) + 1.0
        said = own["imprint_strain_1"] + own["imprint_strain_2"]
        return np.stack([0.4 * np.exp(-0.01 * number * said), np.full(len(people), 0.02 * number)])

    def drawn(model, places, products, worlds, seed, stance):
        found.drawn = (places, products, seed, stance)
        values = np.linspace(-10.0, 10.0, len(worlds))
        return {"imprint_strain_1": values, "imprint_strain_2": values}

    monkeypatch.setattr(room, "newborns", newborns)
    monkeypatch.setattr(room, "followed", followed)
    monkeypatch.setattr(room, "strain_traits", drawn)
    return found


def test_closed_form_what_each_regimen_prevents_in_the_same_children(asked):
    steps = []
    told = room.prevention_of(
        load_model(), ["w23", "lgg"], "article", 5, lambda: steps.append(len(asked.regimens))
    )
    children = 48 * 32
    assert len(asked.people) == children
    one = asked.conditions
    assert (one.strains, one.viable, one.cfu_per_day, one.months) == (("w23", "lgg"), True, 4e9, 12)
    assert (one.population, one.endpoint) == ("newborn_high_risk", "eczema")
    assert asked.drawn == (PLACES, [["w23", "lgg"]], 5, "article")
    assert told.risk_without == pytest.approx(0.4)
    assert [one.says for one in told.regimens] == [one.says for one in REGIMENS]
    drawn = np.linspace(-10.0, 10.0, 48)
    for number, one in enumerate(told.regimens, start=1):
        cases = 0.4 * 32 * np.exp(-0.02 * number * drawn)
        assert one.eczema.mean == pytest.approx((cases.sum() + 0.5) / (0.4 * children + 0.5))
        assert one.eczema.harm == 0.5
        food = (0.02 * number * children + 0.5) / (0.2 * children + 0.5)
        assert one.food.mean == pytest.approx(food)
        assert one.food.harm == 0.0
        assert (one.months, one.who) == (12.0, "newborns with a family history of atopy")
    late = [one.child_from_months for one in told.regimens]
    assert late == [None, None, 0.0, pytest.approx(3.0), 0.0, 0.0, 0.0]
    assert told.from_strains == pytest.approx(1.0)  # at their centre worlds do not differ
    assert len(steps) == room.STEPS == 9
    assert steps[:8] == list(range(1, 9))


def test_unit_where_worlds_do_not_differ_nobody_carries_a_doubt(asked, monkeypatch):
    monkeypatch.setattr(
        room, "strain_traits",
        lambda model, places, products, worlds, seed, stance: {
            f"imprint_strain_{place}": np.ones(len(worlds)) for place in (1, 2)},
    )  # fmt: skip
    told = room.prevention_of(load_model(), ["w23", "lgg"], "evidence", 1)
    assert told.from_strains is None
    assert {one.doubt for one in told.carriers} == {None}


def test_closed_form_an_axis_carries_what_is_lost_when_it_is_silent(asked):
    """Only the imprint acts: silent, both taking it, nothing is prevented; it is all the doubt."""
    model = load_model()
    told = room.prevention_of(model, ["w23", "lgg"], "evidence", 1)
    centre = central_traits(model, PLACES, "evidence")
    said = centre["imprint_strain_1"] + centre["imprint_strain_2"]
    number = REGIMENS.index(MIDDLE) + 1
    children = 48 * 32

    def ratio(imprint):
        cases = 0.4 * children * np.exp(-0.01 * number * imprint)
        return (cases + 0.5) / (0.4 * children + 0.5)

    assert told.at_centre == pytest.approx(ratio(said))
    assert told.carriers[0].id == "imprint"
    assert told.carriers[0].ratio_without == pytest.approx(1.0)
    assert told.carriers[0].doubt == pytest.approx(1.0)
    assert {one.id for one in told.carriers} == {axis.id for axis in axes_of(model.biology)}
    for one in told.carriers[1:]:
        assert one.ratio_without == pytest.approx(told.at_centre)
        assert one.doubt == pytest.approx(0.0)
    further = max(own["imprint_strain_1"].mean() for own in asked.own[9:])
    sd = knowledge(model.tables, "w23", "imprint").numbers[1]
    assert further == pytest.approx(centre["imprint_strain_1"] + sd)


def test_closed_form_the_luck_of_a_world_is_that_of_paired_shares():
    """Two worlds of two: risks over their mean, less those without, over the number of children."""
    on, off = np.array([0.2, 0.4, 0.3, 0.3]), np.array([0.5, 0.5, 0.2, 0.6])
    world = np.array([0, 0, 1, 1])
    logs, luck = room._logs(on, off, world)
    a, b = np.array([1.1, 1.1]) / 2, np.array([1.5, 1.3]) / 2  # half a case is added
    np.testing.assert_allclose(logs, np.log(a / b))
    apart = on / a[world] - off / b[world]
    expected = [np.var(apart[:2], ddof=1) / 2, np.var(apart[2:], ddof=1) / 2]
    assert luck == pytest.approx(np.mean(expected))


def test_property_worlds_that_differ_by_the_luck_of_children_alone_have_a_narrow_interval():
    rng, world = np.random.default_rng(1), np.repeat(np.arange(48), 32)
    off = rng.uniform(0.1, 0.5, len(world))
    on = off * np.exp(rng.normal(-0.2, 0.4, len(world)))
    logs, _ = room._logs(on, off, world)
    found = room.ratio_of(on, off, world)
    told = np.log(found.ci95_high / found.ci95_low)
    assert 0 <= told < 0.7 * np.ptp(np.quantile(logs, [0.025, 0.975]))


def test_closed_form_a_mother_nurses_six_months_and_a_late_child_is_of_three():
    month = 365.25 / 12
    assert max(one.nursing for one in REGIMENS) == pytest.approx(6 * month)
    assert max(one.child_from or 0.0 for one in REGIMENS) == pytest.approx(3 * month)


def test_unit_who_is_late_or_takes_it_all_the_year_takes_it_to_the_end():
    parameters = {**load_model().values(), **central_traits(load_model(), PLACES, "evidence")}
    for regimen in REGIMENS:
        for hold in room.holds_of(regimen, PLACES, parameters, 3):
            if hold.parameter.startswith("dose_strain"):
                assert hold.end > 365.0
