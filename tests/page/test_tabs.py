"""The tabs of the charts, the week that is looked at, and the cards of all mechanisms."""

import re

import pytest
from browser import needs_browser
from driven import READY
from playwright.sync_api import expect
from shown_page import shown

pytestmark = needs_browser
TABS = list(shown()["read"])


def test_every_tab_shows_its_quantity_with_decimals_that_say_something(opened):
    tab = opened("#severity=severe&who=ad_adult&give=biologic~0~12~1~~dupilumab")
    seen = set()
    for name in TABS:
        tab.locator(f"#tab-{name}").click()
        assert tab.locator(f"#tab-{name}").get_attribute("aria-selected") == "true"
        assert tab.locator("#read [aria-selected=true]").count() == 1
        assert tab.locator("#shown").get_attribute("aria-labelledby") == f"tab-{name}"
        said = tab.locator("#band-evidence").inner_text()
        numbers = re.findall(r"[−+]?\d[\d,]*\.\d+", said)
        assert len(numbers) == 4, said
        assert {len(one.split(".")[1]) for one in numbers} == {shown()["read"][name]["digits"]}
        seen.add(said)
    assert len(seen) == len(TABS)
    assert f"read={TABS[-1]}" in tab.url


def test_keyboard_one_tab_is_reached_and_arrows_lead_on_to_the_ends(opened):
    tab = opened("#severity=severe")
    tab.locator(f"#tab-{TABS[0]}").focus()
    here = "() => document.activeElement.id.replace('tab-', '')"
    for key, name in (
        ("ArrowRight", TABS[1]), ("ArrowDown", TABS[2]), ("ArrowLeft", TABS[1]),
        ("End", TABS[-1]), ("ArrowRight", TABS[-1]), ("Home", TABS[0]), ("ArrowUp", TABS[0]),
    ):  # fmt: skip
        tab.keyboard.press(key)
        assert tab.evaluate(here) == name, key
        assert tab.locator("#read [tabindex='0']").get_attribute("id") == f"tab-{name}"


def test_phone_brings_the_chosen_tab_into_view(opened):
    tab = opened("#read=total_ige&give=emollient~0~12~0.5", 390)
    box = tab.locator("#tab-total_ige").bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390


def test_inverse_the_address_keeps_the_week_and_other_tabs_leave_it(opened):
    tab = opened("#severity=severe")
    last = tab.locator("#middle-evidence").inner_text()
    tab.locator("#cursor").fill("4")
    said = tab.locator("#middle-evidence").inner_text()
    assert said != last
    assert "week=4" in tab.url
    tab.locator("#tab-itch").click()
    assert tab.locator("#cursor").input_value() == "4"
    tab.locator("#tab-scorad").click()
    again = opened(tab.url[tab.url.index("#") :])
    assert again.locator("#middle-evidence").inner_text() == said
    assert again.locator("#cursor-says").inner_text() == "week 4"
    again.locator("#weeks-typed").fill("4")
    again.locator(READY).wait_for(state="attached")
    assert "week=" not in again.url
    assert opened(again.url[again.url.index("#") :]).locator("#trouble").inner_text() == ""


def test_every_mechanism_has_a_card_with_equation_numbers_absence_and_command(opened):
    tab = opened("#screen=evidence")
    tab.locator("#cards-mechanisms").click()
    mechanisms = shown()["mechanisms"]
    cards = tab.locator("#cards details.card")
    expect(cards).to_have_count(len(mechanisms))
    tab.evaluate("() => document.querySelectorAll('.card').forEach(one => { one.open = true; })")
    expect(tab.locator("#cards .card > p > button")).to_have_count(len(mechanisms))
    told = tab.evaluate("""() => [...document.querySelectorAll('#cards .card')].map((card) => [
        card.id.slice(5), card.querySelectorAll('.equation').length,
        card.querySelectorAll('tbody tr').length, card.textContent])""")
    statements = shown()["statements"]["cards"]
    for name, equations, numbers, text in told:
        _, _, says, evidence, against, formula, without = mechanisms[name]
        assert equations == len(formula["equations"])
        assert numbers == len(formula["numbers"])
        by = formula["shown_by"]
        absent = [statements[by]["says"]] if by in statements else without
        for one in (says, *absent, f"gutskin evidence {name}"):
            assert one in text, (name, one)
        assert ("Sources:" in text) == bool(evidence), name
        assert ("What speaks against it:" in text) == bool(against), name


def test_mechanisms_are_filtered_by_grade_and_words_and_lead_to_the_map(opened):
    tab = opened("#screen=evidence&grade=structure&open=M47")
    tab.locator("#cards-mechanisms").click()
    assert tab.locator("#filter-grade").input_value() == ""  # no mechanism has that grade
    counts = []
    for grade in "ABC":
        tab.locator("#filter-grade").select_option(grade)
        counts.append(tab.locator("#cards details.card").count())
    tab.locator("#filter-grade").select_option("")
    assert min(counts) > 0
    assert sum(counts) == len(shown()["mechanisms"])
    tab.locator("#filter-words").fill("m47")
    assert tab.locator("#cards details.card").count() == 1
    again = opened(tab.url[tab.url.index("#") :])
    assert again.locator("#card-M47 .equation").is_visible()
    again.get_by_role("button", name="Show M47 on the map").click()
    assert again.locator("#screen-axis").is_visible()
    assert again.locator("#formula-M47").is_visible()
    again.go_back()
    assert again.locator("#card-M47").is_visible()
    again.locator("#cards-statements").click()
    assert "cards=" not in again.url
    assert again.locator("#filter-model").is_visible()


@pytest.mark.parametrize("language", ["en", "nl"])
def test_all_tabs_are_seen_where_the_map_stands_beside_the_charts(opened, language):
    tab = opened(f"#lang={language}")
    for width in (1200, 1280, 1499, 1500, 1600, 1649, 1650, 1920):
        tab.set_viewport_size({"width": width, "height": 800})
        hidden = tab.locator("#read").evaluate("row => row.scrollWidth - row.clientWidth")
        assert hidden == 0, width
        left = tab.locator("#read").bounding_box()
        assert tab.locator("#map").bounding_box()["x"] >= left["x"] + left["width"], width
