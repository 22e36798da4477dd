"""What carries the effect of a product, where people answer by a formula made up here."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from gutskin.evidence import strain_routes
from gutskin.model.biology import shipped_biology
from gutskin.model.compiled import load_model
from gutskin.population.strain_places import places_for
from gutskin.population.strain_posterior import central_traits
from gutskin.population.strain_traits import axes_of
from gutskin.trials.routes import ROUTES, switches_of

STRAINS = ("w23", "w56")
SIZE = dict(zip(ROUTES, (-1.0, -3.0, 0.5, -0.25), strict=False))  # points by route
SAID = 0.5  # points for each unit that a strain says on an axis, in either place
FIRST = 10.0  # what the first of two people has on top, whatever he is given


@pytest.fixture
def asked(monkeypatch):
    """An effect that is linear in the dose (GCFU), in what is said, and in each open route."""
    model, found = load_model(), []
    axes = [axis.parameter for axis in axes_of(model.biology) if axis.parameter]

    def scores(model, asked, people, full, gcfu, days):
        found.append(SimpleNamespace(asked=asked, full=full, gcfu=gcfu, days=days))
        said = sum(SAID * full[f"{axis}_{place}"] for axis in axes for place in (1, 2))
        open_ = sum(size * full[switches_of(model, name)[0]] for name, size in SIZE.items())
        effect = gcfu * (said + open_)
        return np.array([FIRST, 0.0]) + np.asarray(effect)[None, :]

    monkeypatch.setattr(strain_routes, "scores", scores)
    monkeypatch.setattr(strain_routes, "settled_people", lambda model, asked: np.zeros(2))
    return found


def test_closed_form_what_is_lost_without_an_axis_is_what_it_said_and_without_a_route_its_size(
    asked,
):
    model = load_model()
    centre = central_traits(
        model, places_for([(one, True) for one in STRAINS], model.tables), "evidence"
    )
    told = strain_routes.carried(model, STRAINS)
    axes = {axis.id: axis.parameter for axis in axes_of(model.biology)}
    said = {
        name: 4.0 * SAID * (centre[f"{parameter}_1"] + centre[f"{parameter}_2"])
        for name, parameter in axes.items() if parameter
    }  # fmt: skip
    assert len(said) > 2
    assert max(abs(one) for one in said.values()) > 0.01
    assert dict(told.axes) == pytest.approx(said)
    assert dict(told.routes) == pytest.approx({name: 4 * SIZE.get(name, 0.0) for name in ROUTES})
    assert told.effect == pytest.approx(sum(said.values()) + 4 * sum(SIZE.values()))


def test_unit_the_same_people_are_asked_with_the_product_and_without_after_twelve_weeks(asked):
    model = load_model()
    strain_routes.carried(model, STRAINS)
    assert {(one.gcfu, one.days) for one in asked} == {(4.0, (84.0,)), (0.0, (84.0,))}
    assert [one.gcfu for one in asked] == [4.0, 0.0] * (len(asked) // 2)
    for one in asked:
        assert (one.asked.strains, one.asked.population) == (STRAINS, "ad_child")
        assert all(np.shape(values) == (2,) for values in one.full.values())
    alive = central_traits(
        model, places_for([(one, True) for one in STRAINS], model.tables), "evidence"
    )
    first = {name: value[0] for name, value in asked[0].full.items()}
    assert alive.items() <= first.items()
    assert set(first) - set(alive) == set(switches_of(model, "all"))


def test_unit_an_axis_that_nothing_reads_carries_nothing(asked, monkeypatch):
    silent = replace(axes_of(shipped_biology())[0], id="whisper", parameter="")
    monkeypatch.setattr(strain_routes, "axes_of", lambda biology: (*axes_of(biology), silent))
    assert "whisper" not in strain_routes.carried(load_model(), STRAINS).axes
    assert not any(name.startswith("_") for one in asked for name in one.full)
