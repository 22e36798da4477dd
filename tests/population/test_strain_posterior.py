"""Own trials in the draws of a product's strains: who is moved, how far, and who is not."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from gutskin.model.compiled import load_model
from gutskin.model.model import Model
from gutskin.population import strain_posterior
from gutskin.population.own_strains import model_with_strains
from gutskin.population.strain_file import OwnStrain
from gutskin.population.strain_hierarchy import Curve, Link
from gutskin.population.strain_link import Conditions, link_of
from gutskin.population.strain_posterior import (
    central_traits,
    conditions_of,
    posterior_for,
    strain_traits,
    trials_of,
    tried_in,
    voice_of,
)
from gutskin.population.strains import drawn_traits
from gutskin.population.streams import draw

WORLDS = np.arange(4000)
TRIED = {"population": "ad_child", "weeks": 8.0, "cfu_per_day": 1e10}
PLANTARUM = "Lactiplantibacillus plantarum"


def own(identity: str = "mine", **trial: float) -> OwnStrain:
    trials = ({**TRIED, **trial},) if trial else ()
    return OwnStrain.model_validate({"id": identity, "species": PLANTARUM, "trials": trials})


@pytest.fixture
def straight(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The model's effect replaced by a straight line of -2.5 points a unit of regulation."""
    line = Curve(np.array([-5.0, 5.0]), np.array([12.5, -12.5]))

    def link(model: Model, asked: Conditions, progress: object = None) -> Link:
        return Link(np.ones(1), {"regulation": line}, {"regulation": 1.0})

    monkeypatch.setattr(strain_posterior, "link_of", link)
    strain_posterior._posterior.cache_clear()
    yield
    strain_posterior._posterior.cache_clear()


def drawn(model: Model, *strains: str) -> dict[str, np.ndarray]:
    places = {(strain, True): place for place, strain in enumerate(strains, start=1)}
    return strain_traits(model, places, [strains], WORLDS, 1, "evidence")


def test_unit_shipped_strains_are_drawn_from_the_tables() -> None:
    model = load_model()
    assert posterior_for(model) is None
    places = {("w51", True): 1}
    expected = drawn_traits(model, places, [["w51"]], WORLDS, 1, "evidence")
    for name, values in drawn(model, "w51").items():
        assert np.array_equal(values, expected[name])


@pytest.mark.usefixtures("straight")
def test_closed_form_draws_of_a_tried_strain_and_its_centre() -> None:
    model = model_with_strains(load_model(), [own(difference=-6.0, se=1.0)])
    posterior = posterior_for(model)
    assert posterior is not None
    (mean,), ((variance,),) = posterior.moments([voice_of(model, "mine", "regulation", "mine")])
    values = drawn(model, "mine")["factor_strain_1"]
    assert mean > 1.1  # -6 points are more than the class effect
    # shares of the levels and the spread between trials are drawn, so about
    assert values.mean() == pytest.approx(mean, abs=0.15)
    assert values.std() == pytest.approx(np.sqrt(variance), rel=0.1)
    centre = central_traits(model, {("mine", True): 1}, "evidence")["factor_strain_1"]
    assert centre == pytest.approx(mean, rel=1e-9)


@pytest.mark.usefixtures("straight")
def test_property_sisters_move_less_and_strangers_not_at_all() -> None:
    before = load_model()
    after = model_with_strains(before, [own(difference=-9.0, se=0.5)])
    sister, stranger = (
        drawn(after, name)["factor_strain_1"].mean() - drawn(before, name)["factor_strain_1"].mean()
        for name in ("cjlp133", "w51")
    )
    mine = drawn(after, "mine")["factor_strain_1"].mean() - voice_of(
        after, "mine", "regulation", "mine").mean  # fmt: skip
    assert 0.1 < sister < 0.6 * mine
    assert stranger == 0.0  # another species of another class


@pytest.mark.usefixtures("straight")
def test_property_what_the_trial_is_silent_of_is_not_moved() -> None:
    before = model_with_strains(load_model(), [own()])
    after = model_with_strains(load_model(), [own(difference=-9.0, se=0.5)])
    one, other = drawn(before, "mine"), drawn(after, "mine")
    assert np.array_equal(one["survival_strain_1"], other["survival_strain_1"])
    assert not np.array_equal(one["factor_strain_1"], other["factor_strain_1"])


@pytest.mark.usefixtures("straight")
def test_unit_draws_of_some_worlds_are_those_of_all() -> None:
    model = model_with_strains(load_model(), [own(difference=-9.0, se=0.5)])
    places = {("mine", True): 1}
    some = strain_traits(model, places, [["mine"]], np.arange(100, 110), 1, "evidence")
    everything = drawn(model, "mine")
    assert np.allclose(some["factor_strain_1"], everything["factor_strain_1"][100:110])


@pytest.mark.usefixtures("straight")
def test_unit_every_shipped_trial_can_be_read_as_a_report() -> None:
    model = load_model()
    rows = model.biology.table("strain_trials.tsv").values()
    assert not trials_of(model)
    for row in rows:
        one = tried_in(model, row)
        assert one.se > 0
        assert one.tau > 0
        assert len(one.voices["regulation"]) == 1


@pytest.mark.usefixtures("straight")
def test_unit_without_strains_no_trial_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    model = model_with_strains(load_model(), [own(difference=-6.0, se=1.0)])
    monkeypatch.setattr(strain_posterior, "link_of", None)
    assert central_traits(model, {}, "evidence") == {}
    assert strain_traits(model, {}, [], WORLDS, 1, "evidence") == {}


def test_unit_the_effect_of_each_trial_is_computed_once_and_first_where_somebody_waits(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[tuple[str, object]] = []
    line = Link(np.ones(1), {"regulation": Curve(np.array([0.0, 1.0]), np.array([0.0, -2.5]))},
                {"regulation": 1.0})  # fmt: skip
    monkeypatch.setattr(
        strain_posterior, "link_of",
        lambda model, one, progress=None: asked.append((one.strains[0], progress)) or line,
    )  # fmt: skip
    strain_posterior._posterior.cache_clear()
    model = model_with_strains(
        load_model(), [own(difference=-6.0, se=1.0), own("other", difference=-1.0, se=1.0)]
    )
    assert posterior_for(model) is not None
    assert asked == [("mine", None), ("other", None)]
    assert posterior_for(model) is posterior_for(model)  # known by now
    assert len(asked) == 2

    def show(done: int, of: int) -> None:
        """Nobody looks."""

    posterior_for(model, show)
    assert asked[2:] == [("mine", show), ("other", show)]
    strain_posterior._posterior.cache_clear()


def test_unit_a_row_of_trials_is_read_with_what_it_leaves_out() -> None:
    model = load_model()
    rows = model.biology.table("strain_trials.tsv")
    treated = conditions_of(rows["lgg_gruber"], model)
    assert treated == Conditions(
        ("lgg",), True, 1e10, "ad_child", "scorad", 12.0, 0.0, "child", (1.0, 2.0), (15.0, 40.0)
    )
    newborn = conditions_of(rows["lgg_kalliomaki"], model)
    assert newborn == Conditions(
        ("lgg",), True, 1e10, "newborn_high_risk", "eczema", 0.0, 24.0, "both", None, None
    )
    cells = {**rows["lgg_gruber"].cells, "viable": "0", "with": "W23;w51", "weeks": "",
             "given_to": ""}  # fmt: skip
    killed = conditions_of(replace(rows["lgg_gruber"], cells=cells), model)
    assert (killed.strains, killed.viable, killed.weeks) == (("lgg", "w23", "w51"), False, 0.0)
    cells["viable"] = ""
    assert conditions_of(replace(rows["lgg_gruber"], cells=cells), model).viable


@pytest.mark.usefixtures("straight")
def test_closed_form_the_spread_between_trials_is_log_normal_within_its_range() -> None:
    """Of every kind of endpoint one number in a world, whichever trials it is of."""
    prevented = {"risk_ratio": 0.7, "se": 0.2, "months": 24.0, "cfu_per_day": 1e10,
                 "population": "newborn_high_risk"}  # fmt: skip
    treated = ({**TRIED, "difference": change, "se": 1.0} for change in (-6.0, -2.0))
    trials = (*treated, prevented)
    one = OwnStrain.model_validate({"id": "mine", "species": PLANTARUM, "trials": trials})
    model = model_with_strains(load_model(), [one])
    posterior = posterior_for(model)
    assert posterior is not None
    keys = WORLDS.astype(np.uint32)[:, None]
    first, second, third = strain_posterior._taus(model, posterior, keys, 1)
    assert first.tolist() == second.tolist()
    for kind, found, own in (("scorad", first, 0), ("eczema", third, 2)):
        row = model.tables.conduct[f"between_trials_{kind}"]
        centre, low, high = (np.log(row.number(name)) for name in ("value", "low", "high"))
        z = draw(1, [f"trials/{kind}"], keys)[0, :, 0]
        assert np.log(found) == pytest.approx(centre + z * (high - low) / (2 * 1.959964), rel=1e-5)
        assert posterior.taus[own] == row.number("value")


@pytest.mark.usefixtures("straight")
def test_property_of_more_trials_each_has_a_luck_of_its_own() -> None:
    """Ten trials of one strain leave less spread than one, and the same in every world again."""
    one, many = (
        OwnStrain.model_validate(
            {"id": "mine", "species": PLANTARUM,
             "trials": ({**TRIED, "difference": -6.0, "se": 3.0},) * count}
        )
        for count in (1, 10)
    )  # fmt: skip
    few, more = (drawn(model_with_strains(load_model(), [own]), "mine") for own in (one, many))
    assert more["factor_strain_1"].std() < 0.6 * few["factor_strain_1"].std()
    assert len(np.unique(more["factor_strain_1"])) == len(WORLDS)


@pytest.mark.slow
def test_property_the_effect_of_the_model_is_monotone_and_saturates() -> None:
    asked = Conditions(("cjlp133",), True, 1e10, "ad_child", "scorad", 8.0)
    found = link_of(load_model(), asked)
    curve = found.curves["regulation"]
    steps = np.diff(curve.values)
    assert (steps < 0).all()
    slopes = steps / np.diff(curve.points)
    assert abs(slopes[-1]) < 0.8 * abs(slopes).max()
    assert np.ptp(found.curves["imprint"].values) < 0.05  # of children who have settled
    again = link_of(load_model(), asked)  # from disk
    assert np.array_equal(again.curves["regulation"].values, curve.values)
