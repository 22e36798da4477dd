"""The picture of a strain: what it shows, in colours that say from where, as wide as a phone."""

import io
import json
from dataclasses import replace
from functools import cache
from xml.etree import ElementTree

import pytest
from nasty import LABELS

from gutskin.evidence.strain_card import StrainCard, make_card
from gutskin.evidence.strain_routes import Carried
from gutskin.model.compiled import load_model
from gutskin.report.console import Terminal
from gutskin.report.strain_card import print_strain_card
from gutskin.report.strain_figure import ANY, NEAR, OF_IT, alt, colour_of, strain_figure
from gutskin.report.strain_figure import strain_picture as drawn

CARRIED = Carried(
    -3.1, {"regulation": -3.0, "seal": -0.1, "type1": 0.02}, {"cells": -2.9, "metabolites": 0.0}
)


@cache
def card(*strains: str) -> StrainCard:
    """Nobody changes it."""
    return make_card(load_model(), strains, simulated=False)


def texts(svg: str) -> list[str]:
    return ["".join(one.itertext()) for one in ElementTree.fromstring(svg).iter() if
            one.tag.endswith("text")]  # fmt: skip


def test_unit_the_picture_names_every_axis_and_what_carries_the_effect() -> None:
    shown = texts(drawn(card("lgg"), CARRIED))
    for text in ("regulation", "imprint", "sealing", "immune cells", "−3.0", "GG (ATCC 53103)"):
        assert text in shown
    assert shown.count("−3.0") == 1


def test_unit_colours_say_from_where_a_trait_is_known() -> None:
    (member,) = card("lgg").members
    traits = {one.id: one for one in member.traits}
    assert colour_of(traits["regulation"]) == OF_IT
    assert colour_of(traits["survival"]) == NEAR
    assert colour_of(traits["type17"]) == ANY


def test_unit_it_is_as_wide_as_a_phone_and_its_letters_are_text() -> None:
    svg = drawn(card("w23", "w51"), CARRIED)
    root = ElementTree.fromstring(svg)
    assert float(root.attrib["width"].removesuffix("pt")) * 96 / 72 < 420
    assert "W23 + W51" in texts(svg)
    assert svg == drawn(card("w23", "w51"), CARRIED)


def test_unit_a_page_gets_both_widths_and_words() -> None:
    figure = strain_figure(card("lgg"), CARRIED, "product")
    assert figure.svg != figure.narrow
    assert 'id="product-title"' in figure.svg
    assert "most of it is carried by regulation" in figure.alt
    assert "regulation -0.4" in alt(card("lgg"), None)


@pytest.mark.parametrize("strains", [("lgg",), ("w23", "w51", "w55", "w56", "w57", "w58")])
def test_unit_it_is_drawn_without_what_carries_it(strains: tuple[str, ...]) -> None:
    assert "points of SCORAD lost" not in drawn(card(*strains), None)


QUICK = ("brackets", "mathematics", "end of svg", "underscore", "long word", "looks empty")


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(text, id=name, marks=() if name in QUICK else pytest.mark.slow)
        for name, text in LABELS.items()
    ],
)
def test_what_a_user_calls_a_strain_is_text_in_picture_page_terminal_and_numbers(text: str) -> None:
    """Label, species, note and the sources of its trials are a user's own words.

    What each medium makes of all labels is in test_media.py; those that are quick are one for each
    that would obey or lose them: terminal, letters of the figure, page, legend, width, nothing.
    """
    one = card("lgg")
    member = replace(one.members[0], label=text, species=text, note=text)
    mine = replace(one, members=(member, *card("w23").members))
    whole = "".join(text.split())
    assert whole in "".join("".join(texts(drawn(mine, CARRIED))).split())
    figure = strain_figure(mine, CARRIED, "product")
    page = "<p>" + figure.svg + figure.narrow + "</p>"
    assert "<script" not in page
    for svg in (figure.svg, figure.narrow):
        root = ElementTree.fromstring(svg)
        assert whole in "".join("".join(root.itertext()).split())
        assert text in (root.findtext("title") or "")
    assert text in figure.alt
    stream = io.StringIO()
    print_strain_card(mine, Terminal(file=stream, width=90))
    printed = "".join(stream.getvalue().split())
    assert printed.count(whole) >= 3
    assert "\x1b" not in printed
    assert text in json.dumps(mine.to_json(), ensure_ascii=False, allow_nan=False).replace(
        json.dumps(text, ensure_ascii=False)[1:-1], text
    )
