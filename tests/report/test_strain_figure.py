"""The picture of a strain: what it shows, in colours that say from where, as wide as a phone."""

from xml.etree import ElementTree

import pytest

from gutskin.evidence.strain_card import StrainCard, make_card
from gutskin.evidence.strain_routes import Carried
from gutskin.model.compiled import load_model
from gutskin.report.strain_figure import ANY, NEAR, OF_IT, alt, colour_of, strain_figure
from gutskin.report.strain_figure import strain_picture as drawn

CARRIED = Carried(
    -3.1, {"regulation": -3.0, "seal": -0.1, "type1": 0.02}, {"cells": -2.9, "metabolites": 0.0}
)


def card(*strains: str) -> StrainCard:
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
