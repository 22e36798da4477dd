"""Routes: which switches a route has, and what is read of patients followed without it."""

from types import SimpleNamespace

import numpy as np
import pytest

from gutskin.engine.trajectories import SimulationFailed
from gutskin.model.compiled import load_model
from gutskin.population.streams import patient_keys
from gutskin.trials import follow, routes, screening

ARMS = [SimpleNamespace(name="placebo"), SimpleNamespace(name="drug"), SimpleNamespace(name="more")]
DESIGN = SimpleNamespace(
    arms=ARMS,
    control=ARMS[0],
    active=ARMS[1:],
    analysis=SimpleNamespace(primary="itch"),
    analysed=-1,
)
STUDY = SimpleNamespace(
    design=DESIGN,
    model=load_model(),
    endpoints=[SimpleNamespace(name=name, log=False) for name in ("scorad", "itch")],
)


def patients(*replicates, each=3):
    keys = np.concatenate([patient_keys(number, "drug", each) for number in replicates])
    nothing = np.zeros(len(keys))
    return screening.Enrolled(keys, np.zeros((1, len(keys))), nothing, nothing, nothing)


def pieces(some):
    """Two pieces of unequal size."""
    return [some[:2], some[2:]]


def run(function, some):
    return [function(one) for one in some]


@pytest.fixture
def followed(monkeypatch):
    """Every patient loses 10 points on placebo; on the drug as many more as his number plus one."""
    asked = []

    def made_up(study, some, switched):
        asked.append(dict(switched))
        index = some.keys[:, 2].astype(float)
        gain = (1 + index) * switched.get("gain", 1.0)
        latent = np.full((2, 3, 2, len(some)), 777.0)
        latent[1, 0, -1] = 30.0 + some.keys[:, 0]
        latent[1, 1, -1] = latent[1, 0, -1] - gain
        return follow.FollowUp(latent[:, 0], latent, np.zeros(1), np.zeros((2, 2, 3, 1)))

    monkeypatch.setattr(follow, "follow", made_up)
    return asked


def test_closed_form_the_effect_is_drug_less_control_averaged_over_each_replicate(followed):
    last = routes.switched(STUDY, patients(4, 5), run, pieces, {})
    assert last.effect.tolist() == [-2.0, -2.0]
    assert last.control.tolist() == [34.0, 35.0]


def test_closed_form_on_logarithms_what_a_route_carries_is_of_the_ratio(followed):
    """Of 34 points each loses one, two or three."""
    ends = [SimpleNamespace(name=name, log=True) for name in ("scorad", "itch")]
    study = SimpleNamespace(**{**vars(STUDY), "endpoints": ends})
    last = routes.switched(study, patients(4), run, pieces, {})
    assert last.effect.tolist() == [-2.0]
    expected = np.mean(np.log(np.array([33.0, 32.0, 31.0]) / 34.0))
    assert last.tested.tolist() == pytest.approx([expected])
    found = routes.without(study, patients(4), run, pieces)
    assert found[""].tolist() == pytest.approx([expected])
    assert routes.switched(STUDY, patients(4), run, pieces, {}).tested.tolist() == [-2.0]


def test_who_is_not_asked_a_questionnaire_is_not_counted(followed, monkeypatch):
    whole = follow.follow

    def asked(study, some, switched):
        found = whole(study, some, switched)
        found.latent[1][..., some.keys[:, 2] == 2] = np.nan
        return found

    monkeypatch.setattr(follow, "follow", asked)
    last = routes.switched(STUDY, patients(4, 5), run, pieces, {})
    assert last.effect.tolist() == [-1.5, -1.5]
    assert last.control.tolist() == [34.0, 35.0]


def test_switches_reach_the_follow_up_of_every_piece(followed):
    last = routes.switched(STUDY, patients(0, 1), run, pieces, {"gain": 0.5})
    assert followed == [{"gain": 0.5}] * 2
    assert last.effect.tolist() == [-1.0, -1.0]


def test_replicates_need_not_be_of_one_size(followed):
    some = patients(2, each=5)
    last = routes.switched(STUDY, some[:4], run, pieces, {})
    assert last.effect.tolist() == [-2.5]


def test_every_route_is_closed_by_the_switches_of_its_mechanisms(followed):
    found = routes.without(STUDY, patients(0, each=2), run, lambda some: [some])
    assert list(found) == ["", *routes.ROUTES, "all"]
    for name, asked in zip(found, followed, strict=True):
        expected = set(routes.switches_of(STUDY.model, name)) if name else set()
        assert set(asked) == expected, name
        assert set(asked.values()) <= {0.0}, name


def test_the_switches_of_a_route_are_those_of_the_table():
    rows = STUDY.model.tables.mechanisms.values()
    for route in routes.ROUTES:
        expected = {row.cells["switch"] for row in rows if row.cells["route"] == route}
        assert set(routes.switches_of(STUDY.model, route)) == expected
        assert expected
    every = [name for route in routes.ROUTES for name in routes.switches_of(STUDY.model, route)]
    assert sorted(routes.switches_of(STUDY.model, "all")) == sorted(every)
    within = {row.cells["switch"] for row in rows if row.cells["route"] not in routes.ROUTES}
    assert not within & set(every)


def test_a_patient_who_cannot_be_computed_makes_the_route_unknown_and_no_other(monkeypatch):
    cells = set(routes.switches_of(STUDY.model, "cells"))

    def breaking(study, some, switched):
        latent = np.zeros((2, 3, 2, len(some)))
        latent[1, 1] = -1.0
        lost = ("Ann was lost.",) if set(switched) == cells else ()
        return follow.FollowUp(
            latent[:, 0], latent, np.zeros(1), np.zeros((2, 2, 3, 1)), failures=lost
        )

    monkeypatch.setattr(follow, "follow", breaking)
    found = routes.without(STUDY, patients(0, 1), run, pieces)
    assert np.isnan(found["cells"]).tolist() == [True, True]
    assert all((found[name] == -1.0).all() for name in found if name != "cells")
    with pytest.raises(SimulationFailed, match="2 of 6 patients"):
        routes.switched(STUDY, patients(0, 1), run, pieces, dict.fromkeys(cells, 0.0))


def test_parts_of_a_study_follow_each_other():
    parts = [{"": np.array([1.0]), "cells": np.array([2.0])}, {},
             {"": np.array([3.0, 4.0]), "cells": np.array([5.0, 6.0])}]  # fmt: skip
    joined = routes.together(parts)
    assert joined[""].tolist() == [1.0, 3.0, 4.0]
    assert joined["cells"].tolist() == [2.0, 5.0, 6.0]
    assert routes.together([{}, {}]) == {}
