"""Which experiments of a file use a mechanism, and how a card says so."""

from types import SimpleNamespace

import pytest

from gutskin.evidence import card
from gutskin.model.compiled import load_model

MODEL = load_model()


def row(**cells):
    its = {"claims": "", "shown_by": "X9", "switch": "s_m07", "route": "cells"}
    its |= {"from": "gut_treg", "to": "itch", **cells}
    return SimpleNamespace(
        id="M07", text=lambda name: its[name], items=lambda name: its[name].split()
    )


def why(one, parameters=(), touched=(), key="X1", **cells):
    return list(card._why(key, one, MODEL, row(**cells), set(parameters), set(touched)))


def arms(**first):
    return {"arms": {"a": first, "b": {}, "c": 3}}


@pytest.mark.parametrize(
    ("one", "says"),
    [
        (arms(), []),
        (arms(off=["M08", "M07"]), ["switches it off"]),
        (arms(off_always=["M07"]), ["switches it off"]),
        (arms(off=["M08"]), []),
        (arms(off=["cells"]), ["switches it off"]),  # with its whole route
        (arms(off_always=["mediators", "cells"]), ["switches it off"]),
        (arms(off=["barriers"]), []),
        (arms(always={"k_ph": 1.0}), ["moves "]),
        (arms(changed={"k_ph": 1.0}), ["moves "]),
        (arms(changed={"s_m07": 0.5}), ["moves "]),
        (arms(holds=[{"parameter": "k_ph"}]), ["moves "]),
        (arms(holds=[{"parameter": "k_itch"}]), []),
        ({"sides": {"low": {"k_ph": 1.0}}}, ["moves "]),
        ({"gain": {"id": "k_ph", "most": 3.0}}, ["moves "]),
        ({"gain": {"id": "k_itch", "most": 3.0}}, []),
        ({"gain": {}}, []),
        ({"checks": [{"quantity": "skin_ph_lesional"}]}, ["reads "]),
        ({"checks": [{"quantity": "skin_th2_lesional"}]}, []),
        ({"checks": [{}]}, []),
    ],
)
def test_unit_what_an_experiment_does_with_it(one, says):
    found = why(one, ["k_ph"], ["skin_ph_SITE"])
    assert len(found) == len(says)
    assert all(text.startswith(part) for part, text in zip(says, found, strict=True))


def test_unit_an_experiment_of_its_statement_or_that_shows_it():
    assert why({}, claims="X0 X1") == ["tests its statement"]
    assert why({}, shown_by="X1") == ["fails without it"]
    assert why({}, key="X2", claims="X0 X1", shown_by="X1") == []


@pytest.mark.parametrize(
    ("name", "touched", "is_so"),
    [
        ("gut_treg", "gut_treg", True), ("skin_ph_lesional", "skin_ph_SITE", True),
        ("skin_ph_nonlesional", "skin_ph_SITE", True), ("skin_ph_lesional", "skin_ph", True),
        ("ln_s_aureus_lesional", "s_aureus", True), ("gut_treg", "gut", False),
        ("skin_ph_other", "skin_ph_SITE", False),
    ],
)  # fmt: skip
def test_unit_a_quantity_is_touched_by_its_own_name_or_that_of_all_sites(name, touched, is_so):
    assert card._is_touched(name, {touched}, ("lesional", "nonlesional")) is is_so


def test_unit_a_mechanism_stands_where_its_rules_are_and_nowhere_without_any():
    places = card.by_place(MODEL.biology)
    ids = [one.id for some in places.values() for one in some]
    assert sorted(ids) == sorted(MODEL.tables.mechanisms)
    assert "elsewhere" not in places
    assert all(places.values())
    assert card._places(SimpleNamespace(items=lambda name: ["no_rule"]), MODEL.source) == ()


def test_unit_parameters_of_rules_that_it_reads_are_told_without_its_own_and_switches():
    for mechanism in list(MODEL.tables.mechanisms.values())[:30]:
        one = card.make_card(MODEL, mechanism)
        own = {each.id for each in one.parameters}
        for rule, those in one.through.items():
            assert rule in MODEL.equations
            assert those
            assert not own & {each.id for each in those}
            assert all(each.kind == "parameter" for each in those)
            assert all(each.role != "switch" for each in those)
        assert one.switch not in {each.id for each in one.names}
        assert not own & {each.id for each in one.names}
        assert one.to_json()["trial"] is None
