"""Statements of the page are those of the tables, with a stored run that belongs to them."""

import re

from shown_page import shown

from gutskin.evidence.experiments import files_of, read_experiments
from gutskin.model.compiled import load_model
from gutskin.model.tables import STANCES
from gutskin.page.drawn import PANELS
from gutskin.page.statements import stored_run

MODEL = load_model()
SCENE = shown()
CARDS = SCENE["statements"]["cards"]


def test_every_statement_has_a_card_and_a_result_for_each_check_under_both_stances():
    statements = read_experiments(files_of("claims", MODEL.biology), MODEL)
    assert CARDS.keys() == statements.keys()
    for name, one in statements.items():
        card = CARDS[name]
        assert [says for says, *_ in card["checks"]] == [
            check.says for check in one.experiment.checks
        ]
        assert card["found"].keys() == set(STANCES)
        for verdict, rows in card["found"].values():
            assert verdict in ("shown", "partly", "not shown")
            assert len(rows) == len(card["checks"])


def test_every_card_has_its_experiment_drawn_under_both_stances():
    statements = read_experiments(files_of("claims", MODEL.biology), MODEL)
    for name, one in statements.items():
        figure = CARDS[name]["figure"]
        assert figure["arms"] == [arm.title(key) for key, arm in one.arms.items()], name
        assert figure["days"][0] == 0, name
        assert figure["days"][-1] >= one.experiment.days - 1, name
        assert 1 <= len(figure["panels"]) <= PANELS, name
        for panel in figure["panels"]:
            assert panel["lines"].keys() == set(STANCES), name
            assert panel["ends"][0] < panel["ends"][1], name


def test_the_run_names_its_model():
    assert re.fullmatch(r"[0-9a-f]{16}", stored_run()["hash"])


def test_mechanisms_and_sources_of_a_card_are_there():
    known = SCENE["statements"]["sources"]
    for card in CARDS.values():
        assert {*card["mechanisms"]} <= MODEL.tables.mechanisms.keys()
        assert {*card["source"]} <= known.keys()


def test_what_is_shown_on_the_axis_is_an_experiment_of_which_all_can_be_set():
    shown = {name: card["show"] for name, card in CARDS.items() if card["show"]}
    mix = "w23.w51.w55.w56.w57.w58"
    assert shown["C44"] == f"weeks=8&who=ad_child&give=probiotic~0~8~9.60205999133~{mix}"
    assert "C46" not in shown  # newborns
    assert "C01" not in shown  # a diet held for a while
