"""What a product does in a trial: curves, weights and spread of a body whose answer is known."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from gutskin.engine import Course
from gutskin.errors import InputError
from gutskin.model.compiled import load_model
from gutskin.model.strain_knowledge import knowledge
from gutskin.population import strain_link
from gutskin.population.draw import draw_worlds
from gutskin.population.mother import mothers_inputs
from gutskin.population.own_strains import model_with_strains
from gutskin.population.strain_file import OwnStrain
from gutskin.population.strain_hierarchy import Link
from gutskin.population.strain_link import Conditions, People, link_of, scores, settled_people
from gutskin.population.strains import prior_traits

MODEL = load_model()
TREATED = Conditions(("lgg", "ls01"), True, 1e10, "ad_child", "scorad", weeks=8.0)
BORN = Conditions(
    ("w23",), True, 1e10, "newborn_high_risk", "eczema", months=14 / strain_link.MONTH
)
AXES = ("regulation", "type1", "type17", "seal", "imprint")  # in the order of strain_traits.tsv
POINTS = np.array([-4.0, -2.5, -1.2, 0.0, 1.2, 2.5, 4.0])  # a saturating axis needs its bend
FEW = np.array([-2.5, 0.0, 2.5])  # of an axis that does little
PEOPLE = People({}, np.zeros((0, 4)), np.array([0, 0, 1, 1]))
Answer = Callable[[Mapping[str, np.ndarray], float], np.ndarray]


@pytest.fixture
def body(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer, People], None]:
    """Put a known answer to what strains say in the place of the model's."""

    def answers(answer: Answer, people: People = PEOPLE) -> None:
        def followed(model, asked, who, own, gcfu):
            assert who is people
            return answer(own, gcfu)

        monkeypatch.setattr(strain_link, "_followed", followed)
        born = people is not PEOPLE
        monkeypatch.setattr(strain_link, "_newborns" if born else "settled_people",
                            lambda model, asked: people)  # fmt: skip

    return answers


def linear(*parts: float, by_world: Sequence[float] = (1.0, 1.0, 1.0, 1.0)) -> Answer:
    """-2 points a unit of regulation and +3 of type 1 for 10 GCFU a day, by each strain's part.

    Worlds differ in what they make of regulation.
    """

    def answer(own: Mapping[str, np.ndarray], gcfu: float) -> np.ndarray:
        said = np.zeros(4)
        assert own or gcfu == 0.0
        for place, part in enumerate(parts, start=1) if own else ():
            said += part * 3 * own[f"type1_strain_{place}"]
            said -= part * 2 * own[f"factor_strain_{place}"] * np.array(by_world)
        return 40 + np.arange(4) + gcfu / 10 * said

    return answer


def prior(axis: str, asked: Conditions = TREATED) -> tuple[float, float]:
    """Mean of the strains, and the widest of their priors."""
    numbers = [knowledge(MODEL.tables, strain, axis).numbers for strain in asked.strains]
    return float(np.mean([one[0] for one in numbers])), max(one[1] for one in numbers)


def test_closed_form_curves_pass_through_what_the_body_answers(body) -> None:
    body(linear(0.75, 0.25))
    told = []
    found = strain_link._computed(MODEL, TREATED, lambda done, of: told.append((done, of)))
    assert list(found.curves) == list(AXES)
    centres = {axis: prior(axis)[0] for axis in AXES}
    assert found.centres == pytest.approx(centres)
    base = 3 * centres["type1"] - 2 * centres["regulation"]
    for axis, curve in found.curves.items():
        off = prior(axis)[1] * (POINTS if axis == "regulation" else FEW)
        slope = {"regulation": -2.0, "type1": 3.0}.get(axis, 0.0)
        assert curve.points == pytest.approx(centres[axis] + off)
        assert curve.values == pytest.approx(base + slope * off)
    assert found.weights == pytest.approx([0.75, 0.25])
    assert found.spread == pytest.approx(0.0, abs=1e-12)
    assert told == [(done, 21) for done in range(1, 22)]  # 7 points, 3 of four axes, each strain


@pytest.mark.parametrize(
    ("parts", "weights"),
    [((0.6, -0.2), (1.0, 0.0)), ((-0.6, -0.2), (0.75, 0.25)), ((0.0, 0.0), (0.5, 0.5))],
)
def test_closed_form_a_strain_that_works_against_the_others_has_no_part(
    body, parts, weights
) -> None:
    """Of a product that does nothing every strain does the same."""
    body(linear(*parts))
    assert strain_link._computed(MODEL, TREATED, None).weights == pytest.approx(weights)


def test_closed_form_a_part_is_asked_for_with_one_sd_more_of_the_widest_prior(body) -> None:
    """By a body that hears nothing of what is less than nine tenths of that above the middle."""
    centre, sd = prior("regulation")

    def answer(own: Mapping[str, np.ndarray], gcfu: float) -> np.ndarray:
        said = [own[f"factor_strain_{place}"] if own else np.zeros(4) for place in (1, 2)]
        heard = [np.where(one > centre + 0.9 * sd, one, 0.0) for one in said]
        return 40 - 0.8 * heard[0] - 0.2 * heard[1]

    body(answer)
    assert strain_link._computed(MODEL, TREATED, None).weights == pytest.approx([0.8, 0.2])


def test_closed_form_worlds_that_answer_half_and_half_again_spread_by_their_sd(body) -> None:
    """Read where the product does most: all that regulation can say, and type 1 in the middle."""
    body(linear(0.75, 0.25, by_world=(0.5, 0.5, 1.5, 1.5)))
    found = strain_link._computed(MODEL, TREATED, None)
    centre, sd = prior("regulation")
    most, other = -2 * (centre + 4 * sd), 3 * prior("type1")[0]
    assert found.spread == pytest.approx(np.std([0.5, 1.5], ddof=1) * abs(most / (most + other)))


def test_closed_form_one_strain_is_the_whole_product(body) -> None:
    body(linear(1.0))
    told = []
    one = replace(TREATED, strains=("w23",))
    found = strain_link._computed(MODEL, one, lambda done, of: told.append(of))
    assert found.weights.tolist() == [1.0]
    assert set(told) == {19}


def test_closed_form_of_newborns_the_log_of_the_risk_ratio_by_the_imprint(body) -> None:
    newborns = People({}, np.zeros((0, 100)), np.arange(100))

    def answer(own: Mapping[str, np.ndarray], gcfu: float) -> np.ndarray:
        ill = 30 if not own else 30 - np.round(gcfu * own["imprint_strain_1"][0])
        return (np.arange(100) < ill).astype(float)

    body(answer, newborns)
    found = strain_link._computed(MODEL, BORN, None)
    assert next(iter(found.curves)) == "imprint"  # whose centre stands for that of all
    centre, sd = prior("imprint", BORN)
    curve = found.curves["imprint"]
    assert curve.points == pytest.approx(centre + sd * POINTS)
    ill = 30 - np.round(10 * curve.points)
    assert curve.values == pytest.approx(np.log((np.maximum(ill, 0) + 0.5) / 30.5))
    assert len(found.curves["regulation"].points) == 3
    assert found.spread == 0.0
    assert strain_link._log_ratio(np.ones(9), np.ones(19)) == pytest.approx(np.log(9.5 / 19.5))


@pytest.mark.parametrize(
    ("gains", "expected"),
    [
        ({0: (1, 3), 1: (5, 7)}, np.sqrt(8 - 1) / 4),
        ({0: (0.01, 0.03), 1: (0.05, 0.07)}, np.sqrt(8 - 1) / 4),
        ({0: (1, 3), 1: (5, 7), 2: (84,)}, np.sqrt(8 - 1) / 20),  # nothing is known of its luck
        ({0: (0, 10), 1: (1, 9)}, 0.0),  # less than luck alone
        ({0: (1, 3)}, 0.0),  # of one world no spread is known
        ({0: (-1, -1), 1: (1, 1)}, 0.0),  # a share of nothing
    ],
)
def test_closed_form_between_worlds_is_what_patients_of_a_world_do_not_explain(gains, expected):
    world = np.concatenate([[one] * len(some) for one, some in gains.items()])
    gain = np.concatenate([np.asarray(some, float) for some in gains.values()])
    assert strain_link._between(gain, world) == pytest.approx(expected)


def test_closed_form_weeks_and_months_in_days() -> None:
    assert TREATED.days == 56.0
    assert Conditions((), True, 1.0, "", "eczema", weeks=3.0, months=12.0).days == 365.25
    assert Conditions((), True, 1.0, "", "eczema").days == 0.0
    assert Conditions((), True, 1.0, "", "scorad").days == 0.0


def test_unit_people_live_in_worlds_and_have_the_traits_of_the_strains() -> None:
    """Those of one world share what a world draws and differ in what a patient draws."""
    keys, found = strain_link._drawn(MODEL, TREATED, 3, 2)
    assert keys.shape == (6, 3)
    assert keys[:, 0].tolist() == [0, 0, 1, 1, 2, 2]
    worlds = draw_worlds(MODEL, np.arange(3), 1, "evidence")
    rows = MODEL.tables.parameters
    shared = [name for name in worlds if not rows[name].number("between_patient_cv", 0.0)]
    for name in shared[:20]:
        assert found[name].tolist() == np.repeat(worlds[name], 2).tolist()
    assert len(set(found["age_at_start"])) == 6
    for name, value in prior_traits(
        MODEL, {("lgg", True): 1, ("ls01", True): 2}, "evidence"
    ).items():
        assert found[name].tolist() == [value] * 6


def settle(monkeypatch: pytest.MonkeyPatch, score: Callable[[int], np.ndarray]) -> list[int]:
    """People who come to rest with a known score; how many were asked."""
    asked = []

    def settled(model, parameters, count, **how):
        asked.append(count)
        ends = np.stack([np.full(count, 50.0), score(count)])  # at the first and the last day
        states = np.stack([np.zeros((1, count)), np.arange(count)[None]])
        return SimpleNamespace(quantities=lambda names: ends[:, None], states=states)

    monkeypatch.setattr(strain_link, "run_to_steady_state", settled)
    return asked


WITHIN = replace(TREATED, scorad=(20.0, 40.0))


def test_closed_form_the_first_four_of_each_world_with_the_score_take_part(monkeypatch) -> None:
    """24 are drawn in a world; the ends of the range are in it."""
    scores = np.full(48, 10.0)
    scores[[1, 2, 5, 7, 20]] = [20.0, 40.0, 25.0, 30.0, 30.0]
    scores[[30, 40]] = [40.5, 35.0]
    asked = settle(monkeypatch, lambda count: scores)
    found = settled_people(MODEL, WITHIN, worlds=2)
    assert asked == [48]
    assert found.start.tolist() == [[1, 2, 5, 7, 40]]
    assert found.world.tolist() == [0, 0, 0, 0, 1]
    everybody = strain_link._drawn(MODEL, WITHIN, 2, 24)[1]["age_at_start"]
    assert found.parameters["age_at_start"].tolist() == everybody[[1, 2, 5, 7, 40]].tolist()
    assert len(found) == 5


def test_unit_where_no_score_is_asked_for_four_of_a_world_are_enough(monkeypatch) -> None:
    asked = settle(monkeypatch, lambda count: np.zeros(count))
    found = settled_people(MODEL, TREATED, worlds=2)
    assert asked == [8]
    assert found.world.tolist() == [0, 0, 0, 0, 1, 1, 1, 1]
    assert found.start.tolist() == [list(range(8))]


def test_unit_hardly_anybody_is_told_with_the_range(monkeypatch) -> None:
    """As many as there are worlds are enough; one less is not."""
    settle(monkeypatch, lambda count: np.where(np.arange(count) < 2, 30.0, 0.0))
    assert len(settled_people(MODEL, WITHIN, worlds=2)) == 2
    settle(monkeypatch, lambda count: np.where(np.arange(count) < 1, 30.0, 0.0))
    with pytest.raises(
        InputError, match="hardly anybody of ad_child has a settled SCORAD of 20 to 40"
    ):
        settled_people(MODEL, WITHIN, worlds=2)


def test_unit_newborns_begin_at_birth_each_in_a_world_of_his_own(monkeypatch) -> None:
    monkeypatch.setattr(strain_link, "NEWBORNS", 3)
    found = strain_link._newborns(MODEL, BORN)
    assert found.world.tolist() == [0, 1, 2]
    assert found.parameters["age_at_start"].tolist() == [0.0] * 3
    assert found.start.T.tolist() == [MODEL.initial("birth_vaginal").tolist()] * 3
    assert [one.parameter for one in found.lived] == ["stress", "activity"]
    for one in found.lived:
        assert one.times[0] == 0.0
        assert one.times[-1] >= BORN.days + 1  # it lasts as long as they do
        assert one.values.shape[1] == 3


class Recorded:
    """A simulator that answers with given readings, and keeps what it was asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, readings: np.ndarray) -> None:
        def simulate(model, parameters, start, schedule, times, **how):
            self.parameters, self.schedule, self.times = parameters, schedule, list(times)
            return SimpleNamespace(quantities=lambda names: readings[:, None])

        monkeypatch.setattr("gutskin.engine.simulate", simulate)

    def dose(self, place: int, days: Sequence[float]) -> list[float]:
        """What the first patient takes of a strain on these days (GCFU)."""
        values = [self.schedule.values(f"dose_strain_{place}", day, 0.0) for day in days]
        return [float(np.ravel(one)[0]) for one in values]


CUT = MODEL.tables.endpoints["eczema"].number("cutoff")
HIGH = CUT + 1
WEEKLY = np.array([  # [child, week]
    (0, 0, 0), (0, HIGH, 0), (HIGH, 0, HIGH), (0, HIGH, HIGH), (HIGH, HIGH, 0), (CUT, CUT, CUT),
]).T  # fmt: skip


def children(count: int) -> People:
    traits = prior_traits(MODEL, {("w23", True): 1}, "evidence")
    own = {**MODEL.values(), **traits}
    lived = tuple(Course(name, [0.0, 20.0], np.ones((2, count))) for name in ("stress", "activity"))
    parameters = {name: np.full(count, value) for name, value in own.items()}
    return People(parameters, np.zeros((1, count)), np.arange(count), lived)


def test_closed_form_eczema_is_above_its_cut_off_at_two_weekly_readings_running(monkeypatch):
    seen = Recorded(monkeypatch, WEEKLY)
    found = strain_link._followed(MODEL, BORN, children(6), {}, 10.0)
    assert found.tolist() == [0.0, 0.0, 0.0, 1.0, 1.0, 0.0]
    assert seen.times == pytest.approx([0.0, 7.0, 14.0])
    assert seen.dose(1, (0.0, 13.9, 14.1)) == [10.0, 10.0, 0.0]
    assert seen.schedule.courses[0].parameter == "stress"
    assert "maternal_strain_signal" not in seen.parameters or not np.any(
        seen.parameters["maternal_strain_signal"]
    )


@pytest.mark.parametrize(("given_to", "child"), [("mother", 0.0), ("both", 10.0)])
def test_unit_a_mothers_product_is_heard_and_the_child_has_his_own_dose(
    monkeypatch, given_to, child
) -> None:
    seen, people = Recorded(monkeypatch, WEEKLY), children(6)
    asked = replace(BORN, given_to=given_to)
    strain_link._followed(MODEL, asked, people, {}, 10.0)
    assert seen.dose(1, (0.0, 13.9, 14.1)) == [child, child, 0.0]
    hers = strain_link.MothersProduct(0, (("w23", True),), 10.0, np.inf, 0.0, 14.0)
    expected = mothers_inputs(hers, {("w23", True): 1}, people.parameters)
    assert expected["maternal_strain_signal"].min() > 0.5
    for name, value in expected.items():
        assert seen.parameters[name].tolist() == np.broadcast_to(value, 6).tolist()


def test_unit_scores_are_read_on_the_days_asked_for_while_the_product_is_taken(monkeypatch):
    readings = np.array([[30.0, 40.0], [25.0, 36.0], [22.0, 31.0]])
    seen = Recorded(monkeypatch, readings)
    people = People({"k": np.ones(2)}, np.zeros((1, 2)), np.arange(2))
    found = scores(MODEL, TREATED, people, {"k": np.zeros(2)}, 12.0, (28.0, 56.0))
    assert found.tolist() == readings[1:].tolist()
    assert seen.times == [0.0, 28.0, 56.0]
    assert seen.parameters["k"].tolist() == [0.0, 0.0]  # what is asked comes before the person's
    assert [seen.dose(place, (0.0, 55.9, 56.1)) for place in (1, 2)] == [[6.0, 6.0, 0.0]] * 2
    Recorded(monkeypatch, readings[[0, 2]])
    last = strain_link._followed(MODEL, TREATED, people, {}, 12.0)
    assert last.tolist() == readings[2].tolist()


def test_unit_curves_are_kept_on_disk_and_made_anew_where_they_are_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body
) -> None:
    monkeypatch.setenv("GUTSKIN_CACHE_DIR", str(tmp_path))
    body(linear(0.75, 0.25, by_world=(0.5, 0.5, 1.5, 1.5)))
    made = []
    computed = strain_link._computed
    monkeypatch.setattr(
        strain_link, "_computed", lambda *asked: made.append(asked[1]) or computed(*asked)
    )

    def same(one: Link, other: Link) -> bool:
        curves = [(one.curves[axis], other.curves[axis]) for axis in AXES]
        return (
            np.array_equal(one.weights, other.weights)
            and (one.centres, one.spread) == (other.centres, other.spread)
            and all(np.array_equal(a.points, b.points) for a, b in curves)
            and all(np.array_equal(a.values, b.values) for a, b in curves)
        )

    first, again = link_of(MODEL, TREATED), link_of(MODEL, TREATED)
    assert same(first, again)
    assert list(first.curves) == list(again.curves)
    assert len(made) == 1
    killed = replace(TREATED, viable=False)
    link_of(MODEL, killed)
    assert made == [TREATED, killed]
    cache = strain_link.DiskCache.of(strain_link.CACHE)
    cache.write(strain_link._key(MODEL, TREATED), b'{"weights": [1.0]}')
    assert same(link_of(MODEL, TREATED), first)
    assert len(made) == 3


def test_unit_the_key_of_a_curve_hangs_on_what_is_known_of_the_strains() -> None:
    def key(**own: object) -> str:
        strain = OwnStrain.model_validate({"id": "mine", "class": "lactococci", **own})
        asked = replace(TREATED, strains=("mine",))
        return strain_link._key(model_with_strains(MODEL, [strain]), asked)

    assert key(survival=0.2) == key(survival=0.2, label="another name")
    assert len({key(survival=0.2), key(survival=0.3), key(survival=0.2, seal=2.0)}) == 3


def test_closed_form_two_that_share_a_place_have_half_its_part_each(body) -> None:
    """Place 1 is that of bb12 and w51, equally strong; the others come by their ids."""
    body(linear(0.4, 0.1, 0.05, 0.15, 0.1, 0.2))
    seven = replace(TREATED, strains=("w58", "w51", "w55", "w56", "w57", "w23", "bb12"))
    found = strain_link._computed(MODEL, seven, None)
    assert found.weights == pytest.approx([0.2, 0.2, 0.05, 0.15, 0.1, 0.1, 0.2])
    places = strain_link._places(MODEL, seven)
    doses = {one.parameter: one.value.tolist() for one in strain_link._doses(places, 7.0, 5.0, 2)}
    assert doses == {f"dose_strain_{n}": [2.0 if n == 1 else 1.0] * 2 for n in range(1, 7)}
